/**
 * Readings of the prices of all instruments at once, made for all accounts at one address and kept within a share of the
 * address's rate allowance.
 *
 * Entry point: `AllPrices`, one for a kind of instrument at an address. A stream that is connected and silent may have
 * nothing to report or may have lost its subscription: only a reading shows which.
 */
import type { TimeMs } from '../core/ids.ts';

/** The share of an address's rate allowance that these readings draw at most. */
export const ALL_PRICES_SHARE = 0.1;

/** The prices of one reading by the venue's names of the instruments, each of some moment after `startedAt`. */
export interface PriceReading<Price> {
  /** Our own clock. */
  readonly startedAt: TimeMs;
  readonly prices: ReadonlyMap<string, Price>;
}

export interface AllPricesOptions {
  /** Our own clock. */
  readonly localNow: () => TimeMs;
  /** Request weight that the address may draw in `intervalMs`. */
  readonly allowance: { readonly limit: number; readonly intervalMs: number };
}

/** A reading by its name: `books`, `marks`. */
interface Kept {
  readonly startedAt: TimeMs;
  readonly reading: Promise<PriceReading<unknown>>;
}

export class AllPrices {
  readonly #options: AllPricesOptions;
  readonly #kept = new Map<string, Kept>();
  /** When the share of the allowance that was drawn so far is made up for. */
  #freeAt = 0;

  constructor(options: AllPricesOptions) {
    this.#options = options;
  }

  /**
   * The last reading of that name, made anew by `read`, which costs `weight`, where the allowance's share permits one;
   * null before the first. A reading under way is shared by all who ask meanwhile; a failed one rejects for each of them.
   */
  async get<Price>(
    name: string,
    weight: number,
    read: () => Promise<ReadonlyMap<string, Price>>,
  ): Promise<PriceReading<Price> | null> {
    const now = this.#options.localNow();
    // A clock that was put back frees the share at once rather than after the time it was put back by.
    const isFree = now >= this.#freeAt || this.#freeAt - now > this.#pauseMs(weight) * LONGEST_PAUSE;
    if (isFree) {
      this.#freeAt = now + this.#pauseMs(weight);
      const reading = read().then((prices) => ({ startedAt: now, prices }));
      this.#kept.set(name, { startedAt: now, reading });
    }
    const kept = this.#kept.get(name);
    // One name is read by one kind of `read`.
    return kept === undefined ? null : (kept.reading as Promise<PriceReading<Price>>);
  }

  /** The time in which the share of the allowance grows by `weight`. */
  #pauseMs(weight: number): number {
    const { limit, intervalMs } = this.#options.allowance;
    return (weight * intervalMs) / (limit * ALL_PRICES_SHARE);
  }
}

/** No pause is longer than this many times the one that follows a reading of the weight asked for. */
const LONGEST_PAUSE = 16;
