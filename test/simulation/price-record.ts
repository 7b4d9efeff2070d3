/**
 * The prices that a venue had, instrument by instrument: those that a reading can have shown.
 *
 * Entry point: `PriceRecord`. Times are of the venue's clock.
 */
import type { Decimal } from '../../src/core/decimal.ts';
import type { Exchange } from '../../src/simulators/exchange/exchange.ts';

/** The lowest and the highest of some prices. */
export interface PriceRange {
  readonly lowest: Decimal;
  readonly highest: Decimal;
}

interface Held {
  readonly at: number;
  readonly price: Decimal;
}

export class PriceRecord {
  readonly #held = new Map<string, Held[]>();
  readonly #priceOf: (symbol: string) => Decimal | null;

  /** Begins with the prices of now. `priceOf` says which of an instrument's prices is kept; null while it has none. */
  constructor(exchange: Exchange, startAt: number, priceOf: (symbol: string) => Decimal | null) {
    this.#priceOf = priceOf;
    for (const { symbol } of exchange.instruments()) this.#note(symbol, startAt);
    exchange.subscribe((events) => {
      for (const event of events)
        if (event.kind === 'book' || event.kind === 'mark') this.#note(event.symbol, event.at);
    });
  }

  #note(symbol: string, at: number): void {
    const price = this.#priceOf(symbol);
    if (price === null) return;
    const held = this.#held.get(symbol) ?? [];
    this.#held.set(symbol, held);
    if (held.at(-1)?.price.equals(price) !== true) held.push({ at, price });
  }

  /** Of the prices from one time to another, with the one that stood when they began; null where there was none. */
  between(symbol: string, from: number, until: number): PriceRange | null {
    const held = this.#held.get(symbol) ?? [];
    const prices = held
      .filter(({ at }, index) => at <= until && (held[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= from)
      .map(({ price }) => price);
    const [first, ...others] = prices;
    if (first === undefined) return null;
    return {
      lowest: others.reduce((lowest, price) => lowest.min(price), first),
      highest: others.reduce((highest, price) => highest.max(price), first),
    };
  }
}
