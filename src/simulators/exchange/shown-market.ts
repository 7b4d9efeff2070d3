/**
 * A market that is made elsewhere, live or recorded, in place of the maker's own: its book, its trades, its prices.
 *
 * Entry points: `showMarket`, `blankMarket`, `releaseMarket`. The maker quotes the book that it is shown. Orders of users stand
 * beside it, and those are filled that a real one would have filled at the latest then:
 *  - by a level on the other side that comes to their price or past it: that level's quantity, each order at its own price;
 *  - by a trade past their price: in full. A trade at their price alone fills nothing, since who stood before them is unknown.
 * The part of a level that users took comes back only with another quantity of it: nobody takes the same lot twice.
 */
import { Decimal } from '../../core/decimal.ts';
import { crosses, own } from './book.ts';
import type { ShownMarket } from './command.ts';
import { emitMark } from './emit.ts';
import { accept, internalRequest } from './intake.ts';
import { printTrade, setLastPrice } from './matching.ts';
import type { Refusal } from './refusal.ts';
import { withdraw } from './resting.ts';
import { remaining } from './order.ts';
import {
  FLOW_ACCOUNT,
  isTrading,
  MAKER_ACCOUNT,
  markOf,
  UNTOUCHED_MARKET,
  type QuotedLevel,
  type ShownBook,
  type SymbolState,
} from './state.ts';
import { start } from './triggers.ts';
import type { World } from './world.ts';

const SIDES = ['bids', 'asks'] as const;
const HALF = Decimal.of(5n, 1);

/** Shows the market as it is elsewhere now. Refused, with nothing changed, for levels off the grid or sides that cross. */
export function showMarket(world: World, symbol: SymbolState, shown: ShownMarket): Refusal | null {
  const refusal = review(symbol, shown);
  if (refusal !== null) return refusal;
  const { market, instrument } = symbol;
  const former = market.isBlank ? null : market.shown;
  const formerMark = markOf(market);
  const { bids, asks, trades, last, mark, index } = shown;
  Object.assign(market, { path: [], held: true, holdAtEnd: true, isBlank: false, shown: { bids, asks } });
  market.mid = middleOf(symbol, { bids, asks }) ?? market.mid;
  if (instrument.swap !== null) Object.assign(market, { mark, index });
  world.markDirty(symbol);
  if (isTrading(market)) {
    withdrawChanged(world, symbol, former);
    const passed = trades.flatMap(({ side, price }) => fillPassed(world, symbol, side, price));
    quoteLevels(world, symbol, former, passed);
  }
  for (const { side, price, quantity } of trades) printTrade(world, symbol, side, price, quantity);
  if (last !== null && trades.length === 0 && !last.equals(symbol.lastPrice))
    setLastPrice(world, symbol, last);
  if (instrument.swap !== null && !markOf(market).equals(formerMark)) emitMark(world, symbol);
  return null;
}

/** Nothing is known of the market any more: the book is empty, and orders can be canceled alone, until it is shown again. */
export function blankMarket(world: World, symbol: SymbolState): void {
  const { market } = symbol;
  Object.assign(market, { path: [], held: true, holdAtEnd: true, isBlank: true, shown: null });
  withdrawAll(world, symbol);
}

/** The maker makes the market itself again, from where it stands. */
export function releaseMarket(world: World, symbol: SymbolState): void {
  const { market } = symbol;
  const { mark, index } = UNTOUCHED_MARKET;
  Object.assign(market, { held: false, holdAtEnd: false, isBlank: false, shown: null, mark, index });
  withdrawAll(world, symbol);
  world.markDirty(symbol);
}

/** Quotes the whole shown book anew. */
export function quoteShown(world: World, symbol: SymbolState): void {
  withdrawAll(world, symbol);
  quoteLevels(world, symbol, null, []);
}

/** Quotes the levels that `former` did not have with the same quantity, and those at the prices of `anew`. */
function quoteLevels(
  world: World,
  symbol: SymbolState,
  former: ShownBook | null,
  anew: readonly string[],
): void {
  const { shown } = symbol.market;
  if (shown === null) return;
  const maker = world.account(MAKER_ACCOUNT);
  for (const side of SIDES) {
    const known = quantities(former?.[side] ?? []);
    for (const { price, quantity } of shown[side]) {
      const key = price.toString();
      if (known.get(key)?.equals(quantity) === true && !anew.includes(key)) continue;
      const request = { side: sideOf(side), type: 'limit', price, quantity } as const;
      const order = accept(world, maker, symbol, internalRequest(symbol, request));
      start(world, symbol, maker, order);
      if (order.resting) symbol.quotes[side].set(key, order);
    }
  }
}

function sideOf(side: (typeof SIDES)[number]): 'buy' | 'sell' {
  return side === 'bids' ? 'buy' : 'sell';
}

function quantities(levels: readonly QuotedLevel[]): ReadonlyMap<string, Decimal> {
  return new Map(levels.map(({ price, quantity }) => [price.toString(), quantity]));
}

function review(
  { instrument }: SymbolState,
  { bids, asks, trades, last, mark, index }: ShownMarket,
): Refusal | null {
  for (const { price, quantity } of [...bids, ...asks, ...trades]) {
    if (!price.isMultipleOf(instrument.priceTick))
      return { code: 'price_off_tick', field: 'price', tick: instrument.priceTick };
    if (!price.isPositive() || !quantity.isPositive())
      return { code: 'bad_field', field: 'price', detail: 'and quantity must be above zero' };
  }
  for (const price of [last, mark, index])
    if (price !== null && !price.isPositive())
      return { code: 'bad_field', field: 'price', detail: 'must be above zero' };
  const [bid, ask] = [bids[0], asks[0]];
  return bid !== undefined && ask !== undefined && bid.price.atLeast(ask.price)
    ? { code: 'bad_field', field: 'bids', detail: 'must be below the asks' }
    : null;
}

/** On the tick grid; of a book with one side, the best price there; null for an empty one. */
function middleOf({ instrument }: SymbolState, { bids, asks }: ShownBook): Decimal | null {
  const bid = bids[0]?.price ?? asks[0]?.price;
  const ask = asks[0]?.price ?? bid;
  if (bid === undefined || ask === undefined) return null;
  return bid.add(ask).multiply(HALF).roundToMultipleOf(instrument.priceTick, 'half_even');
}

/** Takes the quotes out whose level is gone or has another quantity. */
function withdrawChanged(world: World, symbol: SymbolState, former: ShownBook | null): void {
  const { shown } = symbol.market;
  for (const side of SIDES) {
    const before = quantities(former?.[side] ?? []);
    const now = quantities(shown?.[side] ?? []);
    for (const [price, order] of symbol.quotes[side]) {
      const [was, is] = [before.get(price), now.get(price)];
      if (was === undefined || is === undefined || !was.equals(is)) withdraw(world, symbol, order);
    }
  }
}

function withdrawAll(world: World, symbol: SymbolState): void {
  for (const side of SIDES) for (const order of symbol.quotes[side].values()) withdraw(world, symbol, order);
}

/**
 * Fills users' orders whose price a trade elsewhere went past, each in full and at its own price. Answers the prices of quotes that
 * it took out on the way.
 */
function fillPassed(
  world: World,
  symbol: SymbolState,
  takerSide: 'buy' | 'sell',
  price: Decimal,
): readonly string[] {
  const { priceTick } = symbol.instrument;
  const limit = takerSide === 'sell' ? price.add(priceTick) : price.subtract(priceTick);
  const book = own(symbol, takerSide === 'sell' ? 'buy' : 'sell');
  let quantity = Decimal.zero;
  for (const level of book.bestFirst()) {
    if (!crosses(takerSide, limit, level.price)) break;
    for (const order of level.queue)
      if (order.accountId !== MAKER_ACCOUNT) quantity = quantity.add(remaining(order));
  }
  if (!quantity.isPositive()) return [];
  // The maker's quotes before them are no obstacle: the trade elsewhere went past those as well.
  const side = takerSide === 'sell' ? 'bids' : 'asks';
  const passed: string[] = [];
  for (const [key, order] of symbol.quotes[side]) {
    if (order.price === null || !crosses(takerSide, limit, order.price)) continue;
    withdraw(world, symbol, order);
    passed.push(key);
  }
  const account = world.account(FLOW_ACCOUNT);
  const request = { side: takerSide, type: 'limit', timeInForce: 'IOC', quantity, price: limit } as const;
  start(world, symbol, account, accept(world, account, symbol, internalRequest(symbol, request)));
  return passed;
}
