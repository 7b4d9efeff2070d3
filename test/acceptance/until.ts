/** Waiting for conditions, always with a bound. */
import { setTimeout as pause } from 'node:timers/promises';

const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;
/** A long wait is asked about less often: a condition is noticed late by at most this part of what it took. */
const LATENESS = 0.1;

/** How long to wait before the next look, after `waitedMs` of waiting for the same thing, milliseconds. */
export function pollAfterMs(waitedMs: number): number {
  return Math.min(Math.max(waitedMs * LATENESS, FIRST_POLL_MS), LONGEST_POLL_MS);
}

/** Waits for a condition, with a bound; the error names the condition that was not met. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 20_000,
): Promise<void> {
  const beganAt = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - beganAt;
    if (waitedMs > boundMs) throw new Error(`waited ${boundMs} ms in vain: ${what}`);
    await pause(pollAfterMs(waitedMs));
  }
}
