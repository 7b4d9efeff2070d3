/**
 * The part of a position that a strategy may close: what its book holds, as far as the account has it there too.
 *
 * Entry points: `closablePart` for a close on request, `leftToClose` for an order that a strategy closes with by itself.
 */
import { Decimal } from '../decimal.ts';
import type { OrderId } from '../ids.ts';
import { finishesAtOnce, remainingQuantity, type Order, type OrderRequest } from '../order/order.ts';
import { isUnprovable } from '../order/unprovable.ts';
import { claimsHedgedSide, onlyReduces, type Side } from '../order/terms.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { StrategyBook } from '../risk/strategy-book-record.ts';
import { strategyKey } from '../risk/strategy-books.ts';
import { closableQuantity } from './closable.ts';
import { flatPosition, type Position } from './position.ts';

/** Base units, none negative. */
export interface ClosablePart {
  /** The position of the strategy's book, negative for short. */
  readonly part: Position;
  /** The account's position, on the side of the part: less than the part where other strategies hold the opposite. */
  readonly ofAccount: Decimal;
  /** The part less its own orders on their way that close it. */
  readonly left: Decimal;
  /** As much of `left` as the account holds, and as orders of others leave of it. */
  readonly closable: Decimal;
}

export function closablePart(state: PortfolioState, book: StrategyBook): ClosablePart {
  const { strategy, position: part } = book;
  const position = state.positions.get(positionKeyOf(part)) ?? flatPosition(part);
  const side: Side = part.netQuantity.isNegative() ? 'buy' : 'sell';
  const ofAccount = onSide(position.netQuantity, side);
  let [own, all, atRest] = [Decimal.zero, Decimal.zero, Decimal.zero];
  for (const order of ordersOn(state, part, side)) {
    const quantity = remainingQuantity(order) ?? Decimal.zero;
    if (isEndless(state, order)) continue;
    if (finishesAtOnce(order)) {
      all = all.add(quantity);
      if (order.strategy === strategy) own = own.add(quantity);
    } else if (order.strategy !== strategy && (part.kind === 'spot' || claimsHedgedSide(order)))
      atRest = atRest.add(quantity);
  }
  const left = part.netQuantity.abs().subtract(own).max(Decimal.zero);
  const there = part.kind === 'spot' ? closableQuantity(state, position) : ofAccount;
  return {
    part,
    ofAccount,
    left,
    closable: left.min(there.subtract(all).subtract(atRest)).max(Decimal.zero),
  };
}

/**
 * Base units of the strategy's part that its own orders leave to close for one more; null for an order that closes nothing by its terms:
 * one that may open. On spot every sale counts; on a swap stops and other orders count apart, so that a target and a stop may wait side
 * by side.
 */
export function leftToClose(
  state: PortfolioState,
  request: OrderRequest,
  kind: Position['kind'],
  excluding: OrderId | null,
): Decimal | null {
  const { strategy, side } = request;
  if (strategy === null || !(kind === 'spot' ? side === 'sell' : onlyReduces(request))) return null;
  const held = state.strategyBooks.get(strategyKey(strategy, request))?.position.netQuantity ?? Decimal.zero;
  const isStop = request.stopPrice !== null;
  let left = onSide(held, side);
  for (const order of ordersOn(state, request, side)) {
    const isOther =
      order.orderId === excluding || order.orderId === request.replaces || order.strategy !== strategy;
    if (request.getsOut === true && isEndless(state, order)) continue;
    if (isOther || (kind !== 'spot' && (!onlyReduces(order) || (order.stopPrice !== null) !== isStop)))
      continue;
    left = left.subtract(remainingQuantity(order) ?? Decimal.zero);
  }
  return left.max(Decimal.zero);
}

/** Whether nobody will ever know of an order at the market whether it has closed anything: nothing waits for it (`quantityBeingClosed`). */
function isEndless(state: PortfolioState, order: Order): boolean {
  return finishesAtOnce(order) && isUnprovable(state, order);
}

/** The quantity that a side would close. */
function onSide(netQuantity: Decimal, side: Side): Decimal {
  return (side === 'sell' ? netQuantity : netQuantity.negate()).max(Decimal.zero);
}

function ordersOn(
  { unfinished }: PortfolioState,
  position: Parameters<typeof positionKeyOf>[0],
  side: Side,
): readonly Order[] {
  const key = positionKeyOf(position);
  return [...unfinished.values()].filter((order) => order.side === side && positionKeyOf(order) === key);
}
