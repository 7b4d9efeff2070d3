/** Orders going into a book, changing there and leaving it. Each touched price is in the book event of the call. */
import type { Decimal } from '../../core/decimal.ts';
import { own } from './book.ts';
import { remaining, type Side } from './order.ts';
import { MAKER_ACCOUNT, type SymbolState, type WorkingOrder } from './state.ts';
import type { World } from './world.ts';

/** Puts the order behind the others at its price. */
export function rest(world: World, symbol: SymbolState, order: WorkingOrder): void {
  const price = priceOf(order);
  own(symbol, order.side).add(price, order, remaining(order));
  order.resting = true;
  if (order.reduceOnly) symbol.reduceOnly.add(order);
  touch(world, symbol, order.side, price);
}

/** Takes quantity off a resting order, which keeps its place. */
export function restLess(world: World, symbol: SymbolState, order: WorkingOrder, quantity: Decimal): void {
  const price = priceOf(order);
  own(symbol, order.side).adjust(price, quantity.negate());
  touch(world, symbol, order.side, price);
}

export function leaveBook(world: World, symbol: SymbolState, order: WorkingOrder): void {
  const price = priceOf(order);
  own(symbol, order.side).remove(price, order, remaining(order));
  order.resting = false;
  symbol.reduceOnly.delete(order);
  touch(world, symbol, order.side, price);
  if (order.accountId === MAKER_ACCOUNT)
    (order.side === 'buy' ? symbol.quotes.bids : symbol.quotes.asks).delete(price.toString());
}

/** Takes an order of the venue's own out of the book. */
export function withdraw(world: World, symbol: SymbolState, order: WorkingOrder): void {
  leaveBook(world, symbol, order);
  order.status = 'canceled';
}

function touch(world: World, symbol: SymbolState, side: Side, price: Decimal): void {
  (side === 'buy' ? symbol.touchedBids : symbol.touchedAsks).set(price.toString(), price);
  world.markDirty(symbol);
}

function priceOf(order: WorkingOrder): Decimal {
  if (order.price === null) throw new Error('a resting order has a price');
  return order.price;
}
