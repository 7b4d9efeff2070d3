/** Waiting for conditions, always with a bound. */
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;

/** Waits for a condition, with a bound; the error names the condition that was not met. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 20_000,
): Promise<void> {
  const endsAt = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`waited ${boundMs} ms in vain: ${what}`);
    await pause(POLL_MS);
  }
}
