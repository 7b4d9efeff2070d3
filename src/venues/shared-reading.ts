/**
 * One reading that many callers need: made once, kept for a while, and made again by the first caller that finds it old.
 *
 * Entry point: `SharedReading`.
 */
export class SharedReading<Value> {
  readonly #monotonic: () => number;
  #latest: { readonly at: number; readonly value: Promise<Value> } | null = null;

  /** `monotonic`, in milliseconds, is never set: a value is as old as it is, whatever becomes of the wall clock. */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /**
   * Resolves with the value that was read less than `maxAgeMs` ago or is being read; else with what `read` brings. A
   * failure rejects those who wait for it; the value before then stands again, and the next caller that finds it old
   * reads anew.
   */
  async get(maxAgeMs: number, read: () => Promise<Value>): Promise<Value> {
    const known = this.#latest;
    if (known !== null && this.#monotonic() - known.at < maxAgeMs) return known.value;
    const reading = { at: this.#monotonic(), value: read() };
    this.#latest = reading;
    try {
      return await reading.value;
    } catch (error) {
      if (this.#latest === reading) this.#latest = known;
      throw error;
    }
  }
}
