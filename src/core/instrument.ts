/**
 * An instrument: one tradable symbol on one venue, with the rules its orders must keep.
 *
 * All quantities in core are in base units, also for swaps; `contractSize` converts at the boundary to the
 * venue and nowhere else (`toContracts`, `fromContracts`).
 */
import type { Decimal } from './decimal.ts';
import type { Asset, InstrumentSymbol, TimeMs, Venue } from './ids.ts';

export type InstrumentKind = 'spot' | 'linear_swap';

/** Multiples of a reference price between which a venue takes limit prices; null where it sets no bound. */
export interface PriceMultiples {
  readonly down: Decimal | null;
  readonly up: Decimal | null;
}

/**
 * The band of prices that a venue takes, by the side of the order. It is measured from the venue's mark price, or from the
 * average price of its trades of the last minutes.
 */
export interface PriceBand {
  readonly reference: 'mark' | 'average';
  readonly buy: PriceMultiples;
  readonly sell: PriceMultiples;
}

export interface Instrument {
  readonly venue: Venue;
  readonly symbol: InstrumentSymbol;
  readonly kind: InstrumentKind;
  readonly base: Asset;
  readonly quote: Asset;
  /** The asset that profit and margin are counted in; the quote asset for spot. */
  readonly settle: Asset;
  /** Prices are multiples of this, in quote units. */
  readonly tickSize: Decimal;
  /** Quantities are multiples of this, in base units. */
  readonly lotSize: Decimal;
  readonly minQuantity: Decimal;
  /** Null where the venue states no bound. */
  readonly maxQuantity: Decimal | null;
  /** The bound for raw market orders; null where it is the same as `maxQuantity`. */
  readonly maxMarketQuantity: Decimal | null;
  /** Least price x quantity of an order, in quote units; null where the venue states none. */
  readonly minNotional: Decimal | null;
  readonly minPrice: Decimal | null;
  readonly maxPrice: Decimal | null;
  /** Null where the venue states none. */
  readonly priceBand: PriceBand | null;
  /** Base units in one contract of the venue's own counting; one for spot. */
  readonly contractSize: Decimal;
  /** Rates the venue charges in the worst case, as fractions of the traded amount (0.001 is 0.1 %). */
  readonly makerFeeRate: Decimal;
  readonly takerFeeRate: Decimal;
  /** Whether a buy is charged out of what it receives (base) or on top of what it pays (quote). */
  readonly buyFeeTakenFrom: 'base' | 'quote';
  readonly active: boolean;
}

/** Base units to the venue's contracts; the quantity must be whole in them, which the lot rule ensures. */
export function toContracts(instrument: Instrument, quantity: Decimal): Decimal {
  const contracts = quantity.divide(instrument.contractSize, 18, 'toward_zero');
  if (!contracts.multiply(instrument.contractSize).equals(quantity)) {
    throw new RangeError(
      `${quantity.toString()} is not a countable number of contracts of ${instrument.symbol}`,
    );
  }
  return contracts;
}

/** The venue's contracts to base units. */
export function fromContracts(instrument: Instrument, contracts: Decimal): Decimal {
  return contracts.multiply(instrument.contractSize);
}

/** Where a mark comes from: the venue's own mark price, or the middle of the best bid and ask. */
export type MarkSource = 'venue' | 'book';

/**
 * The best bid and ask of an instrument, and the mark price risk is measured against. The book and the mark are two data,
 * each with its own time: one may be fresh while the other is old, and either may be missing.
 */
export interface Quote {
  readonly symbol: InstrumentSymbol;
  /** Null where the book has no sound bid (`soundTop`). */
  readonly bid: Decimal | null;
  readonly bidQuantity: Decimal | null;
  /** Null where the book has no sound ask. */
  readonly ask: Decimal | null;
  readonly askQuantity: Decimal | null;
  /** When the venue says the book was so; null where it does not say. */
  readonly venueAt: TimeMs | null;
  /** When the book was last known to be so, on our own clock; null before the first. */
  readonly bookAt: TimeMs | null;
  /** Null where neither the venue states one nor both sides of the book are sound. */
  readonly mark: Decimal | null;
  /** Null without a mark. */
  readonly markSource: MarkSource | null;
  /** When the mark was last known to be so, on our own clock; null without a mark. */
  readonly markAt: TimeMs | null;
  /** The average of the venue's trades of the last minutes, which its price band is measured from; null where not known. */
  readonly averagePrice: Decimal | null;
  /** When it was stated, on our own clock; null without one. */
  readonly averagePriceAt: TimeMs | null;
  /**
   * The mark for what the service does by itself: the last one that was no jump, or a jump that a second datum confirmed.
   * Null before the first.
   */
  readonly confirmedMark: Decimal | null;
  /** When the confirmed mark was last known to be so, on our own clock; null without one. */
  readonly confirmedMarkAt: TimeMs | null;
}
