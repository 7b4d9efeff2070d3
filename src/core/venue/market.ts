/** A venue's public market data in our words and units: books, trades, candles, figures of the day. */
import type { Decimal } from '../decimal.ts';
import type { InstrumentSymbol, TimeMs } from '../ids.ts';
import type { Side } from '../order/terms.ts';

export interface BookLevel {
  readonly price: Decimal;
  /** Base units. */
  readonly quantity: Decimal;
}

/** An order book as it stood at one moment, the best price of each side first. */
export interface OrderBook {
  readonly symbol: InstrumentSymbol;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** When the venue says it was so; null where it does not say. */
  readonly venueAt: TimeMs | null;
  /** When we read it, on our own clock. */
  readonly receivedAt: TimeMs;
}

/** An execution between any two parties. */
export interface PublicTrade {
  /** The venue's id, as it writes it; null where it gives none. */
  readonly tradeId: string | null;
  readonly price: Decimal;
  /** Base units. */
  readonly quantity: Decimal;
  /** Which side took what the other had in the book. */
  readonly takerSide: Side;
  /** Venue clock. */
  readonly executedAt: TimeMs;
}

/** Trading in the 24 hours before `closesAt`; null where the venue does not say, or where nothing was traded yet. */
export interface DayFigures {
  readonly last: Decimal | null;
  readonly open: Decimal | null;
  readonly high: Decimal | null;
  readonly low: Decimal | null;
  /** Base units. */
  readonly volume: Decimal | null;
  /** Quote units. */
  readonly quoteVolume: Decimal | null;
  /** From the price 24 hours ago to the last one, quote units. */
  readonly change: Decimal | null;
  /** The same as a percentage, as the venue rounds it. */
  readonly changePercent: Decimal | null;
  /** Venue clock. */
  readonly closesAt: TimeMs | null;
}

/** From the shortest; `1M` is a calendar month. Days, weeks (from Monday) and months begin at 00:00 UTC. */
export const CANDLE_INTERVALS = [
  '1m',
  '3m',
  '5m',
  '15m',
  '30m',
  '1h',
  '2h',
  '4h',
  '6h',
  '8h',
  '12h',
  '1d',
  '3d',
  '1w',
  '1M',
] as const;
export type CandleInterval = (typeof CANDLE_INTERVALS)[number];

export interface Candle {
  /** Venue clock, inclusive. */
  readonly openedAt: TimeMs;
  /** Venue clock, the last millisecond that belongs to it. */
  readonly closesAt: TimeMs;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  /** Base units. */
  readonly volume: Decimal;
  /** Quote units; null where the venue does not count them. */
  readonly quoteVolume: Decimal | null;
  /** Null where the venue does not count them. */
  readonly trades: number | null;
  /** False for the one that still changes. */
  readonly isComplete: boolean;
}

/**
 * Which candles are asked for: those opened at `since` or later and before `until` (venue clock). With `since` the
 * first `limit` of them, without it the last.
 */
export interface CandleSpan {
  readonly since: TimeMs | null;
  readonly until: TimeMs | null;
  readonly limit: number;
}
