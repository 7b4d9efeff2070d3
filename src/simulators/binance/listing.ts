/**
 * A symbol of one Binance product as market data names it and prints its figures: what spot and futures differ in
 * behind endpoints and streams that are otherwise the same (market-data.ts, market-topics.ts).
 */
import { Decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';

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

/** The fields that symbols of both products have: names and grid. */
export interface GridSymbol {
  readonly base: string;
  readonly quote: string;
  readonly tickSize: Decimal;
  readonly stepSize: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  readonly minNotional: Decimal;
}

const COST_STEP = Decimal.of(1n, 8);

/** The symbol's part of an instrument that both products fill alike; Binance counts quantity in base units everywhere. */
export function gridOf(symbol: GridSymbol) {
  return {
    base: symbol.base,
    quote: symbol.quote,
    priceTick: symbol.tickSize,
    quantityStep: symbol.stepSize,
    minQuantity: symbol.minQuantity,
    maxQuantity: symbol.maxQuantity,
    maxMarketQuantity: symbol.maxMarketQuantity,
    minNotional: symbol.minNotional,
    costStep: COST_STEP,
    contractSize: Decimal.one,
  } satisfies Partial<Instrument>;
}
