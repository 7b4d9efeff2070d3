/**
 * One reading that many ask for: made once, kept for a while, and made by whoever first finds it old.
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
   * What was read less than `maxAgeMs` ago or is being read; else what `read` brings. A failure is told to those who
   * wait for it; after it the value before stands again, to be read anew by the next who finds it old.
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
