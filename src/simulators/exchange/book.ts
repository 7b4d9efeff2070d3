/** Questions to one symbol's book and market that reviewing, matching and triggers ask. Pure: nothing here changes a state. */
import { Decimal } from '../../core/decimal.ts';
import { hasLimitPrice, type OrderRequest } from './order.ts';
import type { PriceLevels } from './price-levels.ts';
import { markOf, type SymbolState, type WorkingOrder } from './state.ts';

/** The side of the book on which orders of `side` rest. */
export function own(symbol: SymbolState, side: 'buy' | 'sell'): PriceLevels<WorkingOrder> {
  return side === 'buy' ? symbol.bids : symbol.asks;
}

/** The side of the book that orders of `side` take from. */
export function opposite(symbol: SymbolState, side: 'buy' | 'sell'): PriceLevels<WorkingOrder> {
  return side === 'buy' ? symbol.asks : symbol.bids;
}

/** Whether an order of `side` limited at `limit` trades with one resting at `price`. */
export function crosses(side: 'buy' | 'sell', limit: Decimal, price: Decimal): boolean {
  return side === 'buy' ? price.atMost(limit) : price.atLeast(limit);
}

/** Whether a limit order of this price would trade at once. */
export function wouldTake(
  symbol: SymbolState,
  order: { readonly side: 'buy' | 'sell'; readonly price?: Decimal | null },
): boolean {
  const best = opposite(symbol, order.side).best();
  return (
    best !== undefined &&
    order.price !== undefined &&
    order.price !== null &&
    crosses(order.side, order.price, best.price)
  );
}

/** The quantity on the grid that `cost` buys or brings at `price`. */
export function affordable(symbol: SymbolState, cost: Decimal, price: Decimal): Decimal {
  if (!cost.isPositive()) return Decimal.zero;
  const { instrument } = symbol;
  // Cutting digits before the step never adds any.
  return cost
    .divide(price.multiply(instrument.contractSize), 18, 'down')
    .roundToMultipleOf(instrument.quantityStep, 'down');
}

/** The price that bands and a market order's worth are taken from: the last one on spot, the mark on swaps. */
export function referencePrice(symbol: SymbolState): Decimal {
  return symbol.instrument.marketType === 'spot' ? symbol.lastPrice : markOf(symbol.market);
}

/** Buy stops and sell take-profits fire when the price rises to the trigger; the others when it falls to it. */
function firesOnRise(order: Pick<OrderRequest, 'type' | 'side'>): boolean {
  const isStop = order.type === 'stop_market' || order.type === 'stop_limit';
  return isStop === (order.side === 'buy');
}

/** Where an order waits for its trigger. */
export function waitingLevels(symbol: SymbolState, order: WorkingOrder): PriceLevels<WorkingOrder> {
  const side = symbol.waiting[order.triggerSource];
  return firesOnRise(order) ? side.rising : side.falling;
}

/** Whether the market stands at or beyond the trigger price. */
export function isReached(
  symbol: SymbolState,
  order: Pick<OrderRequest, 'type' | 'side' | 'triggerSource'> & { readonly stopPrice?: Decimal | null },
): boolean {
  const { stopPrice } = order;
  if (stopPrice === undefined || stopPrice === null) return false;
  const price = order.triggerSource === 'mark' ? markOf(symbol.market) : symbol.lastPrice;
  return firesOnRise(order) ? price.atLeast(stopPrice) : price.atMost(stopPrice);
}

/** A cost in quote with the highest fee that a spot buy of it pays on top, where the venue takes fees in quote. */
export function withFee({ policy, instrument }: SymbolState, cost: Decimal): Decimal {
  const { spotFeesIn = 'received', fees } = policy;
  if (instrument.marketType !== 'spot' || spotFeesIn === 'received') return cost;
  return cost.add(cost.multiply(fees.taker.max(fees.maker)));
}

function isFeeWithinCost({ policy }: SymbolState, side: 'buy' | 'sell'): boolean {
  return side === 'buy' && policy.spotFeesIn === 'quote_within_cost';
}

/** The quantity on the grid that what is left of a market order's `cost` buys or brings at `price`. */
export function affordableOfRest(
  symbol: SymbolState,
  { side, filledCost }: Pick<WorkingOrder, 'side' | 'filledCost'>,
  cost: Decimal,
  price: Decimal,
): Decimal {
  return isFeeWithinCost(symbol, side)
    ? affordable(symbol, cost.subtract(withFee(symbol, filledCost)), withFee(symbol, price))
    : affordable(symbol, cost.subtract(filledCost), price);
}

/** The amount that a spot order may have to pay: quote for a buy, base for a sell. */
export function spotNeed(symbol: SymbolState, request: OrderRequest): Decimal {
  const { side, quantity, cost } = request;
  const unitPrice = request.price ?? request.stopPrice;
  if (side === 'buy') {
    if (cost !== undefined) return isFeeWithinCost(symbol, side) ? cost : withFee(symbol, cost);
    if (quantity === undefined) return Decimal.zero;
    if (unitPrice !== undefined) return withFee(symbol, unitPrice.multiply(quantity));
    let left = quantity;
    let needed = Decimal.zero;
    for (const level of symbol.asks.bestFirst()) {
      const taken = left.min(level.total);
      needed = needed.add(taken.multiply(level.price));
      left = left.subtract(taken);
      if (!left.isPositive()) break;
    }
    return withFee(symbol, needed);
  }
  if (quantity !== undefined) return quantity;
  let left = cost ?? Decimal.zero;
  let needed = Decimal.zero;
  for (const level of symbol.bids.bestFirst()) {
    const taken = affordable(symbol, left, level.price).min(level.total);
    needed = needed.add(taken);
    left = left.subtract(taken.multiply(level.price));
    if (taken.isZero() || !left.isPositive()) break;
  }
  return needed;
}

/** The hold of one unit of quantity while the order is open; null: none. Base or quote on spot, notional on swaps. */
export function holdPerUnit(symbol: SymbolState, order: WorkingOrder): Decimal | null {
  if (order.conditional || order.reduceOnly) return null;
  const isWaitingMarket = order.status === 'untriggered' && !hasLimitPrice(order.type);
  if (symbol.instrument.marketType === 'swap') {
    if (order.status === 'untriggered' || order.price === null) return null;
    return order.price.multiply(symbol.instrument.contractSize);
  }
  if (!hasLimitPrice(order.type) && !isWaitingMarket) return null;
  if (order.side === 'sell') return Decimal.one;
  const price = order.price ?? order.stopPrice;
  return price === null ? null : withFee(symbol, price);
}

/** The oldest of a queue. */
export function first<Item>(queue: Set<Item>): Item | null {
  for (const item of queue) return item;
  return null;
}
