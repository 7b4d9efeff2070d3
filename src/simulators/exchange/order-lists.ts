/** One-cancels-the-other lists: their review and placing. How a leg's end ends the others stands in endings.ts. */
import { emitList } from './emit.ts';
import { spotNeed } from './book.ts';
import { accept } from './intake.ts';
import { isOpen, type OrderListRequest, type OrderRequest } from './order.ts';
import { duplicate, knownBefore } from './placing.ts';
import type { Refusal } from './refusal.ts';
import { review } from './review.ts';
import type { AccountState, ListState, SymbolState } from './state.ts';
import { start } from './triggers.ts';
import type { World } from './world.ts';

/** The list with its legs waiting or at work. */
export function placeList(
  world: World,
  account: AccountState,
  request: OrderListRequest,
): ListState | Refusal {
  const symbol = world.symbols.get(request.symbol);
  if (symbol === undefined) return { code: 'unknown_symbol', symbol: request.symbol };
  for (const leg of request.legs) {
    const known = knownBefore(world, account, symbol, leg);
    if (known !== null) return duplicate(known);
    const refusal = reviewLeg(request, leg) ?? review(world, account, symbol, leg);
    if (refusal !== null) return refusal;
  }
  if (!standsAstride(symbol, request)) return { code: 'list_prices_refused' };
  const listId = String(world.nextListNumber);
  world.nextListNumber += 1;
  // The two legs can never both trade, so the dearer one's hold covers the other.
  const [first, second] = request.legs;
  const firstHolds = spotNeed(symbol, first).atLeast(spotNeed(symbol, second));
  const legs = [
    accept(world, account, symbol, first, { listId, withoutLock: !firstHolds }),
    accept(world, account, symbol, second, { listId, withoutLock: firstHolds }),
  ];
  const list: ListState = {
    listId,
    clientListId: request.clientListId ?? null,
    accountId: account.accountId,
    symbol: request.symbol,
    legs,
    status: 'executing',
    tags: request.tags ?? {},
    createdAt: world.now,
    updatedAt: world.now,
  };
  world.lists.set(listId, list);
  emitList(world, list);
  for (const leg of legs) if (isOpen(leg.status)) start(world, symbol, account, leg);
  return list;
}

function reviewLeg(request: OrderListRequest, leg: OrderRequest): Refusal | null {
  const [one] = request.legs;
  const bad = (field: string, detail: string): Refusal => ({ code: 'bad_field', field, detail });
  if (leg.symbol !== request.symbol) return bad('symbol', "must be the list's");
  if (leg.side !== one.side) return bad('side', 'must be the same for both legs');
  if (leg.quantity === undefined || one.quantity?.equals(leg.quantity) !== true)
    return bad('quantity', 'must be the same for both legs');
  if (leg.type === 'market') return bad('type', 'a leg must wait for its price');
  return null;
}

/** One leg fires or trades above the market and the other below it. */
function standsAstride(symbol: SymbolState, request: OrderListRequest): boolean {
  const last = symbol.lastPrice;
  const isAbove = (leg: OrderRequest): boolean => (leg.stopPrice ?? leg.price ?? last).greaterThan(last);
  const isBelow = (leg: OrderRequest): boolean => (leg.stopPrice ?? leg.price ?? last).lessThan(last);
  const [first, second] = request.legs;
  return (isAbove(first) && isBelow(second)) || (isBelow(first) && isAbove(second));
}
