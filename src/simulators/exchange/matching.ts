/**
 * An order at work: it meets the opposite side of the book, better price first and older first at a price, and rests
 * with what is left if its type and time in force let it. Entry point: `work`.
 *
 * The order was accepted, so nothing here refuses it: a rule that it breaks (post-only, fill or kill, nothing left to
 * reduce, self-trade prevention) ends it, as the policy says.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PreventedMatch } from './account.ts';
import { emitOrder } from './emit.ts';
import { affordable, affordableOfRest, crosses, first, opposite, withFee, wouldTake } from './book.ts';
import { closeListOf, end, endOtherLegs, forget, lockBought } from './endings.ts';
import { holdLess } from './holds.ts';
import { notional } from './instrument.ts';
import { remaining, hasLimitPrice, isOpen, type EndReason } from './order.ts';
import { closable } from './positions.ts';
import { leaveBook, rest, restLess } from './resting.ts';
import { convertQuotes, settleSide } from './settlement.ts';
import {
  MONEY_SCALE,
  MAKER_ACCOUNT,
  type AccountState,
  type SymbolState,
  type TradeRecord,
  type WorkingOrder,
} from './state.ts';
import { follow } from './trailing.ts';
import type { World } from './world.ts';

/** Public trades kept per symbol. */
const TRADES_KEPT = 1000;

/** Lets an order that waits for nothing (any more) trade, rest or end. */
export function work(world: World, symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
  order.workingAt = world.now;
  const { postOnlyWouldTake, unfilledRest } = symbol.policy;
  if (order.postOnly && wouldTake(symbol, order)) {
    const status = postOnlyWouldTake === 'refuse' ? 'expired' : postOnlyWouldTake;
    end(world, order, status, 'post_only_would_take');
    return;
  }
  if (order.timeInForce === 'FOK' && !isFillable(world, symbol, account, order)) {
    end(world, order, unfilledRest, 'fok_not_fillable');
    return;
  }
  match(world, symbol, account, order);
  if (!isOpen(order.status)) return;
  const mayRest = hasLimitPrice(order.type) && (order.timeInForce === 'GTC' || order.timeInForce === 'GTD');
  if (mayRest) rest(world, symbol, order);
  else end(world, order, unfilledRest, 'rest_not_filled');
}

/** Whether the book holds the whole rest of the order at its price; a reduce-only order in it gives no more than it can close. */
function isFillable(world: World, symbol: SymbolState, account: AccountState, order: WorkingOrder): boolean {
  let left = remaining(order);
  if (order.reduceOnly && closable(account, symbol, order).lessThan(left)) return false;
  /** The quantity of each position that reduce-only orders may still close. */
  const closes = new Map<string, Decimal>();
  const givenBy = (maker: WorkingOrder): Decimal => {
    if (!maker.reduceOnly) return remaining(maker);
    const key = `${maker.accountId} ${maker.positionSide}`;
    const most = closes.get(key) ?? closable(world.account(maker.accountId), symbol, maker);
    const given = remaining(maker).min(most);
    closes.set(key, most.subtract(given));
    return given;
  };
  for (const level of opposite(symbol, order.side).bestFirst()) {
    if (order.price !== null && !crosses(order.side, order.price, level.price)) break;
    if (order.selfTradePrevention === 'none' && symbol.reduceOnly.size === 0) {
      left = left.subtract(level.total);
    } else {
      for (const maker of level.queue) {
        if (order.selfTradePrevention === 'none' || maker.accountId !== order.accountId)
          left = left.subtract(givenBy(maker));
        else if (order.selfTradePrevention !== 'expire_maker') return !left.isPositive();
        if (!left.isPositive()) return true;
      }
    }
    if (!left.isPositive()) return true;
  }
  return false;
}

function match(world: World, symbol: SymbolState, account: AccountState, taker: WorkingOrder): void {
  const book = opposite(symbol, taker.side);
  while (isOpen(taker.status)) {
    const level = book.best();
    if (level === undefined) return;
    if (taker.price !== null && !crosses(taker.side, taker.price, level.price)) return;
    const maker = first(level.queue);
    if (maker === null) throw new Error('a level has orders');
    if (preventSelfTrade(world, symbol, taker, maker)) continue;
    let quantity = remaining(maker).min(takeable(world, symbol, account, taker, level.price));
    if (taker.reduceOnly) quantity = quantity.min(closable(account, symbol, taker));
    if (!quantity.isPositive()) {
      end(world, taker, symbol.policy.unfilledRest, exhaustion(taker));
      return;
    }
    if (maker.reduceOnly) quantity = quantity.min(closable(world.account(maker.accountId), symbol, maker));
    if (!quantity.isPositive()) {
      end(world, maker, symbol.policy.unfilledRest, 'reduce_only');
      continue;
    }
    trade(world, symbol, taker, maker, level.price, quantity);
  }
}

/** The quantity that the taker may still take at this price: the least of its rest, its unspent cost and its account's means. */
function takeable(
  world: World,
  symbol: SymbolState,
  account: AccountState,
  taker: WorkingOrder,
  price: Decimal,
): Decimal {
  const { instrument, policy } = symbol;
  if (taker.cost !== null) return affordableOfRest(symbol, taker, taker.cost, price);
  const left = remaining(taker);
  const isUncovered =
    !account.internal &&
    instrument.marketType === 'spot' &&
    taker.side === 'buy' &&
    !hasLimitPrice(taker.type);
  if (!isUncovered) return left;
  const free = world.ledger.free(account, policy.wallet, instrument.quote);
  return left.min(affordable(symbol, free, withFee(symbol, price)));
}

/** Why a taker can take no more: its cost is spent, its balance gone, or it has nothing left to reduce. */
function exhaustion(taker: WorkingOrder): EndReason {
  if (taker.reduceOnly) return 'reduce_only';
  return taker.cost === null ? 'insufficient_balance' : 'rest_not_filled';
}

// ── Self-trade prevention ──────────────────────────────────────────────────────────────────────────────────────

/** True when the two orders belong together and one of them had to go. */
function preventSelfTrade(
  world: World,
  symbol: SymbolState,
  taker: WorkingOrder,
  maker: WorkingOrder,
): boolean {
  if (taker.accountId !== maker.accountId || taker.selfTradePrevention === 'none') return false;
  const { selfTradePrevention: mode } = taker;
  const both = remaining(taker).min(remaining(maker));
  const account = world.account(taker.accountId);
  const { symbol: name } = symbol.instrument;
  const lost: Readonly<
    Record<typeof mode, { readonly taker: Decimal | null; readonly maker: Decimal | null }>
  > = {
    expire_taker: { taker: remaining(taker), maker: null },
    expire_maker: { taker: null, maker: remaining(maker) },
    expire_both: { taker: remaining(taker), maker: remaining(maker) },
    decrement: { taker: both, maker: both },
  };
  const match: PreventedMatch = {
    number: account.preventedMatches.filter((earlier) => earlier.symbol === name).length,
    symbol: name,
    takerOrderId: taker.venueOrderId,
    makerOrderId: maker.venueOrderId,
    mode,
    price: maker.price ?? symbol.lastPrice,
    quantity: both,
    takerPrevented: lost[mode].taker,
    makerPrevented: lost[mode].maker,
    at: world.now,
  };
  account.preventedMatches.push(match);
  for (const [order, quantity] of [
    [maker, match.makerPrevented],
    [taker, match.takerPrevented],
  ] as const)
    if (quantity !== null) prevent(world, symbol, order, quantity, match);
  return true;
}

/** Takes `quantity` off the order; one that has nothing left expires. */
function prevent(
  world: World,
  symbol: SymbolState,
  order: WorkingOrder,
  quantity: Decimal,
  match: PreventedMatch,
): void {
  const isSpent = order.cost !== null || remaining(order).equals(quantity);
  if (order.cost === null) {
    // A leg that is cut counts as one that traded; the hold that the legs share would no longer cover the others.
    endOtherLegs(world, order);
    holdLess(world, world.symbolOf(order), order, quantity);
    order.preventedQuantity = order.preventedQuantity.add(quantity);
    if (order.resting) restLess(world, symbol, order, quantity);
  }
  order.preventedMatchNumber = match.number;
  order.updatedAt = world.now;
  if (isSpent) end(world, order, 'expired', 'self_trade_prevention', null, match);
  else emitOrder(world, order, 'prevented', { preventedMatch: match });
}

// ── A trade ────────────────────────────────────────────────────────────────────────────────────────────────────

/** The quote units of a trade: spot moves no finer amounts than the venue books, and both sides the same; a swap moves what it realises. */
function costOf({ instrument, policy }: SymbolState, price: Decimal, quantity: Decimal): Decimal {
  const exact = notional(instrument, price, quantity);
  const isExact = instrument.marketType === 'swap' || policy.spotCostIsExact === true;
  return isExact ? exact : exact.divide(Decimal.one, MONEY_SCALE, 'down');
}

function trade(
  world: World,
  symbol: SymbolState,
  taker: WorkingOrder,
  maker: WorkingOrder,
  price: Decimal,
  quantity: Decimal,
): void {
  endOtherLegs(world, maker);
  endOtherLegs(world, taker);
  const tradeId = String(symbol.nextTradeNumber);
  symbol.nextTradeNumber += 1;
  const cost = costOf(symbol, price, quantity);
  for (const order of [maker, taker]) {
    holdLess(world, world.symbolOf(order), order, quantity);
    if (order.cost !== null) order.quantity = order.quantity.add(quantity);
    order.filled = order.filled.add(quantity);
    order.filledCost = order.filledCost.add(cost);
    order.updatedAt = world.now;
  }
  restLess(world, symbol, maker, quantity);
  if (remaining(maker).isZero()) leaveBook(world, symbol, maker);
  for (const order of [maker, taker])
    order.status = isComplete(symbol, order, price) ? 'filled' : 'partially_filled';
  if (maker.accountId === MAKER_ACCOUNT) symbol.quotesHit = true;
  for (const order of [maker, taker]) {
    const liquidity = order === maker ? 'maker' : 'taker';
    const fill = settleSide(
      world,
      world.symbolOf(order),
      order,
      { tradeId, price, quantity, cost },
      liquidity,
    );
    if (fill !== null) lockBought(world, order, fill);
    if (!isOpen(order.status)) forget(world, order);
    if (fill !== null) emitOrder(world, order, 'filled', { fill });
  }
  convertQuotes(world, maker, taker, cost);
  record(world, symbol, { tradeId, price, quantity, takerSide: taker.side, at: world.now });
  for (const order of [maker, taker]) {
    if (!isOpen(order.status)) closeListOf(world, order);
    if (symbol.instrument.marketType === 'swap') endUselessReduceOnly(world, symbol, order.accountId);
  }
}

/** The public side of a trade. */
function record(world: World, symbol: SymbolState, done: TradeRecord): void {
  setLastPrice(world, symbol, done.price);
  symbol.trades.push(done);
  if (symbol.trades.length > 2 * TRADES_KEPT) symbol.trades.splice(0, symbol.trades.length - TRADES_KEPT);
  world.emit({ kind: 'trade', symbol: (symbol.sharedWith ?? symbol).instrument.symbol, ...done });
}

function isComplete(symbol: SymbolState, order: WorkingOrder, price: Decimal): boolean {
  if (order.cost === null) return remaining(order).isZero();
  const next = opposite(symbol, order.side).best()?.price ?? price;
  return affordableOfRest(symbol, order, order.cost, next).isZero();
}

/** The last price is this one; what waits for it fires when the call settles. */
export function setLastPrice(world: World, symbol: SymbolState, price: Decimal): void {
  symbol.lastPrice = price;
  follow(symbol, 'last', price, world.now);
  symbol.traded =
    symbol.traded === null
      ? { lowest: price, highest: price }
      : { lowest: symbol.traded.lowest.min(price), highest: symbol.traded.highest.max(price) };
  world.markDirty(symbol);
}

/** Shows a trade that was made elsewhere: no account of this venue has a part in it. */
export function printTrade(
  world: World,
  symbol: SymbolState,
  takerSide: 'buy' | 'sell',
  price: Decimal,
  quantity: Decimal,
): void {
  const tradeId = String(symbol.nextTradeNumber);
  symbol.nextTradeNumber += 1;
  record(world, symbol, { tradeId, price, quantity, takerSide, at: world.now });
}

/** Ends the account's resting reduce-only orders that have nothing left to reduce, the oldest first. */
function endUselessReduceOnly(world: World, symbol: SymbolState, accountId: string): void {
  if (symbol.reduceOnly.size === 0) return;
  const account = world.account(accountId);
  const useless = [...symbol.reduceOnly]
    .filter((order) => order.accountId === accountId && closable(account, symbol, order).isZero())
    .sort((left, right) => left.sequence - right.sequence);
  for (const order of useless) end(world, order, symbol.policy.unfilledRest, 'reduce_only');
}
