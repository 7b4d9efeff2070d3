/**
 * Repeats reads: three further attempts with exponential backoff and jitter, inside one deadline.
 *
 * Entry point: `retryRead`, only for requests without an effect at the venue; a create is never repeated.
 */
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import type { ReadFailureReason } from './gateway.ts';

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

export interface ReadRetryOptions {
  /** For all attempts and the waits between them. */
  readonly timeoutMs: number;
  readonly furtherAttempts?: number;
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
  readonly now?: () => number;
}

/**
 * Runs `attempt` with the milliseconds left to it. Resolves with its value, or rejects with `ReadFailure`:
 * at once for any error that is not `RetryableReadFailure`, else after the last attempt.
 */
export async function retryRead<Value>(
  attempt: (timeoutMs: number) => Promise<Value>,
  options: ReadRetryOptions,
): Promise<Value> {
  const now = options.now ?? Date.now;
  const endsAt = now() + options.timeoutMs;
  let last: RetryableReadFailure | null = null;
  const policy = retry(
    handleType(RetryableReadFailure, (failure) => now() + (failure.retryAfterMs ?? 0) < endsAt),
    {
      maxAttempts: options.furtherAttempts ?? 3,
      backoff: new ExponentialBackoff({
        initialDelay: options.firstWaitMs ?? 100,
        maxDelay: options.longestWaitMs ?? 2_000,
      }),
    },
  );
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new ReadFailure(
          last?.message ?? `no answer within ${options.timeoutMs} ms`,
          last?.reason ?? 'unreachable',
        ),
      );
    }, options.timeoutMs);
  });
  const reading = policy.execute(async () => {
    const wait = last?.retryAfterMs ?? 0;
    if (wait > 0) await waitFor(Math.min(wait, endsAt - now()));
    const left = endsAt - now();
    if (left <= 0) throw new ReadFailure(last?.message ?? 'no time left', last?.reason ?? 'unreachable');
    try {
      return await attempt(left);
    } catch (error) {
      if (error instanceof RetryableReadFailure) last = error;
      throw error;
    }
  });
  try {
    return await Promise.race([reading, deadline]);
  } catch (error) {
    if (error instanceof RetryableReadFailure)
      throw new ReadFailure(error.message, error.reason, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function waitFor(durationMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
