/**
 * A reading of the venue as the gateway answers it: with when it began and ended, or with why it failed.
 *
 * Entry points: `readAnswer`, `failedRead`; `ClassifiedRead`, the form that a venue's classifier gives to answers.
 */
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { JsonValue } from '../core/json.ts';
import type { ReadAnswer } from './gateway.ts';
import { ReadFailure } from './read-retry.ts';
import type { VenueClock } from './venue-clock.ts';

/** The proof that status, code and text of the answer to a reading give. */
export type ClassifiedRead =
  | { readonly kind: 'ok'; readonly body: JsonValue }
  | { readonly kind: 'no_such_order' }
  /** Another attempt may succeed; `unhealthy` when it says something of the venue's state. */
  | {
      readonly kind: 'retryable';
      readonly detail: string;
      readonly unhealthy: boolean;
      readonly clockRefused: boolean;
    }
  | { readonly kind: 'refused'; readonly detail: string };

type FailedRead = Extract<ReadAnswer<never>, { kind: 'failed' }>;

/** Rejects only with what is neither `ReadFailure` nor `MalformedAnswer`. */
export async function readAnswer<Value>(
  clock: VenueClock,
  read: () => Promise<Value>,
): Promise<ReadAnswer<Value>> {
  const startedAt = clock.localNow();
  try {
    const value = await read();
    return { kind: 'ok', value, startedAt, finishedAt: clock.localNow() };
  } catch (error) {
    return failedRead(error);
  }
}

/** Throws what is no failure of a read. */
export function failedRead(error: unknown): FailedRead {
  if (error instanceof ReadFailure) return { kind: 'failed', reason: error.reason, detail: error.message };
  if (error instanceof MalformedAnswer)
    return { kind: 'failed', reason: 'unreachable', detail: error.message };
  throw error;
}
