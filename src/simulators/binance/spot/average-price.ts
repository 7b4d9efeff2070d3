/**
 * The average price that spot filters and `GET /api/v3/avgPrice` use: volume weighted over the trades of the
 * last minutes, or the last price when there was none.
 *
 * Entry point: `AveragePrices.of`. A figure is kept for a second, so that placing orders does not weigh
 * a thousand trades each time. Source: PERCENT_PRICE_BY_SIDE and NOTIONAL in filters.md.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { SPOT_LIMITS } from './symbols.ts';

const WINDOW_MS = SPOT_LIMITS.averagePriceMinutes * 60_000;
const KEPT_FOR_MS = 1000;
const MOST_TRADES = 1000;

export type AveragePrice = { readonly price: Decimal; readonly closeTimeMs: number };

export class AveragePrices {
  readonly #exchange: Exchange;
  readonly #kept = new Map<string, { readonly at: number; readonly average: AveragePrice }>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** `symbol` is a unified one that the exchange knows. */
  of(symbol: string, at: number): AveragePrice {
    const kept = this.#kept.get(symbol);
    if (kept !== undefined && at - kept.at < KEPT_FOR_MS) return kept.average;
    const average = this.#compute(symbol, at);
    this.#kept.set(symbol, { at, average });
    return average;
  }

  #compute(symbol: string, at: number): AveragePrice {
    let quantity = Decimal.zero;
    let cost = Decimal.zero;
    let closeTimeMs = at;
    for (const trade of this.#exchange.recentTrades(symbol, MOST_TRADES)) {
      if (trade.at < at - WINDOW_MS) continue;
      quantity = quantity.add(trade.quantity);
      cost = cost.add(trade.price.multiply(trade.quantity));
      closeTimeMs = trade.at;
    }
    const price = quantity.isPositive()
      ? cost.divide(quantity, 8, 'half_even')
      : (this.#exchange.market(symbol)?.lastPrice ?? Decimal.zero);
    return { price, closeTimeMs };
  }
}
