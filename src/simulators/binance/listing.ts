/**
 * A symbol of one Binance product as market data names it and prints its figures: what spot and futures differ in
 * behind endpoints and streams that are otherwise the same (market-data.ts, market-topics.ts).
 */
import type { Decimal } from '../../core/decimal.ts';

export interface Listing {
  /** `BTCUSDT` */
  readonly id: string;
  readonly unified: string;
  readonly price: (value: Decimal) => string;
  readonly quantity: (value: Decimal) => string;
  /** Quote amounts of trades and candles. */
  readonly amount: (value: Decimal) => string;
  /** The quote amount of a day. */
  readonly turnover: (value: Decimal) => string;
  /** Digits that a day's average price is computed to. */
  readonly averageScale: number;
}
