/**
 * Readings of the prices of all instruments at once, made for all accounts at one address and kept within a share of the
 * address's rate allowance.
 *
 * Entry points: `AllPrices`, one for a kind of instrument at an address; `pricesIn` and `pricesOf` for what they read. A stream that is connected and silent may have
 * nothing to report or may have lost its subscription: only a reading shows which.
 */
import type { JsonObject, JsonValue } from '../core/json.ts';
import { asObject, text } from './ccxt/exact-json.ts';

/** The share of an address's rate allowance that these readings draw at most. */
export const ALL_PRICES_SHARE = 0.1;

/** The prices of one reading by the venue's names of the instruments, each of some moment after `startedAt`. */
export interface PriceReading<Price> {
  /** Monotonic milliseconds: a reading is as old as it is, whatever becomes of the wall clock. */
  readonly startedAt: number;
  readonly prices: ReadonlyMap<string, Price>;
}

export interface AllPricesOptions {
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
  /** Request weight that the address may draw in `intervalMs`. */
  readonly allowance: { readonly limit: number; readonly intervalMs: number };
}

export class AllPrices {
  readonly #options: AllPricesOptions;
  /** By their names: `books`, `marks`. */
  readonly #kept = new Map<string, Promise<PriceReading<unknown>>>();
  /** When the share of the allowance that was drawn so far is made up for. */
  #freeAt = -Infinity;

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
    const now = this.#options.monotonic();
    if (now >= this.#freeAt) {
      this.#freeAt = now + this.#pauseMs(weight);
      const reading = read().then((prices) => ({ startedAt: now, prices }));
      this.#kept.set(name, reading);
    }
    const kept = this.#kept.get(name);
    // One name is read by one kind of `read`.
    return kept === undefined ? null : (kept as Promise<PriceReading<Price>>);
  }

  /** The time in which the share of the allowance grows by `weight`. */
  #pauseMs(weight: number): number {
    const { limit, intervalMs } = this.#options.allowance;
    return (weight * intervalMs) / (limit * ALL_PRICES_SHARE);
  }
}

/** The price that each row of a list states, by the venue's name under `key`. */
export function pricesIn<Price>(
  rows: readonly JsonValue[],
  key: string,
  priceOf: (row: JsonObject) => Price,
): ReadonlyMap<string, Price> {
  return new Map(
    rows.map((item) => {
      const row = asObject(item, 'price');
      return [text(row, key), priceOf(row)] as const;
    }),
  );
}

/** One price of each row of a reading that holds several; rows that state none are left out. */
export function pricesOf<Row, Price>(
  reading: PriceReading<Row> | null,
  priceOf: (row: Row) => Price | null,
): PriceReading<Price> | null {
  if (reading === null) return null;
  const prices = new Map<string, Price>();
  for (const [venueSymbol, row] of reading.prices) {
    const price = priceOf(row);
    if (price !== null) prices.set(venueSymbol, price);
  }
  return { startedAt: reading.startedAt, prices };
}
