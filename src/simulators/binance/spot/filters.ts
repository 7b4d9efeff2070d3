/**
 * The symbol filters of Binance spot: which figures an order may carry.
 *
 * Entry point: `checkFilters`. Pure: the average price comes in as data; the counts of open orders are the
 * exchange's own check. Throws `-1013 Filter failure: <NAME>` for the first filter that fails, in the order in which the venue
 * lists them. Source: filters.md of binance-spot-api-docs.
 */
import type { Decimal } from '../../../core/decimal.ts';
import { filterFailure } from '../errors.ts';
import { SPOT_LIMITS, type SpotSymbol } from './symbols.ts';

/** The figures of an order that filters look at. */
export type FilteredOrder = {
  readonly side: 'BUY' | 'SELL';
  /** The limit price, where the type has one. */
  readonly price?: Decimal | undefined;
  readonly stopPrice?: Decimal | undefined;
  /** Absent for a market order by quote amount, which cannot break the lot. */
  readonly quantity?: Decimal | undefined;
  readonly quoteQuantity?: Decimal | undefined;
  readonly icebergQuantity?: Decimal | undefined;
  /** In hundredths of a percent. */
  readonly trailingDelta?: number | undefined;
  /** Executes at market price: MARKET, STOP_LOSS, TAKE_PROFIT. */
  readonly atMarket: boolean;
};

export function checkFilters(symbol: SpotSymbol, order: FilteredOrder, averagePrice: Decimal): void {
  for (const price of [order.price, order.stopPrice]) if (price !== undefined) checkPrice(symbol, price);
  if (order.price !== undefined) checkPercentPrice(symbol, order.price, averagePrice);
  for (const quantity of [order.quantity, order.icebergQuantity])
    if (quantity !== undefined) checkLot(symbol, quantity);
  checkIcebergParts(order);
  checkTrailingDelta(order);
  checkNotional(symbol, order, averagePrice);
  if (order.atMarket && order.quantity?.greaterThan(symbol.maxMarketQuantity) === true)
    throw filterFailure('MARKET_LOT_SIZE');
}

function checkPrice(symbol: SpotSymbol, price: Decimal): void {
  if (
    price.lessThan(symbol.minPrice) ||
    price.greaterThan(symbol.maxPrice) ||
    !price.isMultipleOf(symbol.tickSize)
  )
    throw filterFailure('PRICE_FILTER');
}

function checkPercentPrice(symbol: SpotSymbol, price: Decimal, averagePrice: Decimal): void {
  if (
    price.greaterThan(averagePrice.multiply(symbol.priceUp)) ||
    price.lessThan(averagePrice.multiply(symbol.priceDown))
  )
    throw filterFailure('PERCENT_PRICE_BY_SIDE');
}

function checkLot(symbol: SpotSymbol, quantity: Decimal): void {
  if (
    quantity.lessThan(symbol.minQuantity) ||
    quantity.greaterThan(symbol.maxQuantity) ||
    !quantity.isMultipleOf(symbol.stepSize)
  )
    throw filterFailure('LOT_SIZE');
}

function checkIcebergParts(order: FilteredOrder): void {
  if (order.icebergQuantity === undefined || order.quantity === undefined) return;
  if (!order.icebergQuantity.isPositive()) return;
  const parts = order.quantity.countOf(order.icebergQuantity, 'up');
  if (parts > BigInt(SPOT_LIMITS.icebergParts)) throw filterFailure('ICEBERG_PARTS');
}

/** Above and below the market the same bounds hold here. */
function checkTrailingDelta({ trailingDelta }: FilteredOrder): void {
  if (trailingDelta === undefined) return;
  if (trailingDelta < SPOT_LIMITS.minTrailingDelta || trailingDelta > SPOT_LIMITS.maxTrailingDelta)
    throw filterFailure('TRAILING_DELTA');
}

/** The minimum holds for market orders too, valued at the average price; the maximum only with a price. */
function checkNotional(symbol: SpotSymbol, order: FilteredOrder, averagePrice: Decimal): void {
  const notional = notionalOf(order, averagePrice);
  if (notional === undefined) return;
  if (notional.lessThan(symbol.minNotional)) throw filterFailure('NOTIONAL');
  if (!order.atMarket && notional.greaterThan(symbol.maxNotional)) throw filterFailure('NOTIONAL');
}

function notionalOf(order: FilteredOrder, averagePrice: Decimal): Decimal | undefined {
  if (order.quoteQuantity !== undefined) return order.quoteQuantity;
  const price = order.price ?? (order.atMarket ? averagePrice : undefined);
  return price === undefined || order.quantity === undefined ? undefined : price.multiply(order.quantity);
}
