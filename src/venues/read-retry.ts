/**
 * Repeats reads: three further attempts with exponential backoff and jitter, inside one deadline.
 *
 * Entry points: `retryRead`, only for requests without an effect at the venue (a create is never repeated); `nullIfUnread`.
 */
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { ReadFailureReason } from './gateway.ts';
import type { Scheduler } from './platform.ts';

/** One attempt of a read that failed in a way that another attempt may mend. */
export class RetryableReadFailure extends Error {
  override readonly name = 'RetryableReadFailure';
  /** The venue's own word on how long to wait; null when it gave none. */
  readonly retryAfterMs: number | null;
  /** The reason that is given when no attempt is left. */
  readonly reason: ReadFailureReason;

  constructor(
    message: string,
    retryAfterMs: number | null = null,
    reason: ReadFailureReason = 'unreachable',
  ) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.reason = reason;
  }
}

/** A read that failed for good, by its nature or because the attempts are used up. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';
  readonly reason: ReadFailureReason;

  constructor(message: string, reason: ReadFailureReason, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The venue knows no order of that id. */
export class NoSuchOrder extends ReadFailure {
  constructor(message: string) {
    super(message, 'refused');
  }
}

/** The reading of something that its caller can do without; null where it failed. */
export async function nullIfUnread<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ReadFailure || error instanceof MalformedAnswer) return null;
    throw error;
  }
}

export interface ReadRetryOptions {
  /** For all attempts and the waits between them. */
  readonly timeoutMs: number;
  readonly scheduler: Scheduler;
  /** As `Platform.random`. */
  readonly random: () => number;
}

const FURTHER_ATTEMPTS = 3;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/**
 * Runs `attempt` with the milliseconds left to it. Resolves with its value, or rejects with `ReadFailure`:
 * at once for any error that is not `RetryableReadFailure`, else after the last attempt.
 */
export async function retryRead<Value>(
  attempt: (timeoutMs: number) => Promise<Value>,
  options: ReadRetryOptions,
): Promise<Value> {
  const { random, scheduler, timeoutMs } = options;
  const endsAt = scheduler.monotonic() + timeoutMs;
  const failed: { last: RetryableReadFailure | null } = { last: null };
  let stopDeadline: (() => void) | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    stopDeadline = scheduler.after(timeoutMs, () => {
      reject(failed.last === null ? unanswered(timeoutMs) : endOf(failed.last));
    });
  });
  const reading = async (): Promise<Value> => {
    for (let attempts = 1; ; attempts += 1) {
      const leftMs = endsAt - scheduler.monotonic();
      if (leftMs <= 0) throw failed.last === null ? unanswered(timeoutMs) : endOf(failed.last);
      try {
        return await attempt(leftMs);
      } catch (error) {
        if (!(error instanceof RetryableReadFailure)) throw error;
        failed.last = error;
        const askedMs = error.retryAfterMs ?? 0;
        if (attempts > FURTHER_ATTEMPTS || scheduler.monotonic() + askedMs >= endsAt) throw endOf(error);
        const ceilingMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
        const waitMs = ceilingMs / 2 + (random() * ceilingMs) / 2;
        await new Promise<void>((resolve) => {
          scheduler.after(Math.max(askedMs, waitMs), resolve);
        });
      }
    }
  };
  try {
    return await Promise.race([reading(), deadline]);
  } finally {
    stopDeadline?.();
  }
}

function unanswered(timeoutMs: number): ReadFailure {
  return new ReadFailure(`no answer within ${timeoutMs} ms`, 'unreachable');
}

function endOf(last: RetryableReadFailure): ReadFailure {
  return new ReadFailure(last.message, last.reason, { cause: last });
}
