/**
 * One reading that many callers need: made once, kept for a while, and made again by the first caller that finds it old.
 *
 * Entry point: `SharedReading`.
 */
import type { TimeMs } from '../core/ids.ts';

export class SharedReading<Value> {
  readonly #localNow: () => TimeMs;
  #latest: { readonly at: TimeMs; readonly value: Promise<Value> } | null = null;

  /** `localNow` is our own clock. */
  constructor(localNow: () => TimeMs) {
    this.#localNow = localNow;
  }

  /**
   * Resolves with the value that was read less than `maxAgeMs` ago or is being read; else with what `read` brings. A
   * failure rejects those who wait for it; the value before then stands again, and the next caller that finds it old
   * reads anew.
   */
  async get(maxAgeMs: number, read: () => Promise<Value>): Promise<Value> {
    const known = this.#latest;
    if (known !== null && this.#localNow() - known.at < maxAgeMs) return known.value;
    const reading = { at: this.#localNow(), value: read() };
    this.#latest = reading;
    try {
      return await reading.value;
    } catch (error) {
      if (this.#latest === reading) this.#latest = known;
      throw error;
    }
  }
}
