/** A request for one order, from its client id to its work in the book. */
import { end } from './endings.ts';
import { accept, isConditionalObject } from './intake.ts';
import type { EndReason, OrderRequest } from './order.ts';
import type { Refusal } from './refusal.ts';
import { review } from './review.ts';
import type { AccountState, SymbolState, WorkingOrder } from './state.ts';
import { start } from './triggers.ts';
import type { World } from './world.ts';

export type Placed =
  | { readonly kind: 'new'; readonly order: WorkingOrder }
  /** The policy gives back an earlier order with the same client id. */
  | { readonly kind: 'existing'; readonly order: WorkingOrder }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export function place(world: World, account: AccountState, request: OrderRequest): Placed {
  const symbol = world.symbols.get(request.symbol);
  if (symbol === undefined)
    return { kind: 'refused', refusal: { code: 'unknown_symbol', symbol: request.symbol } };
  const known = knownBefore(world, account, symbol, request);
  if (known !== null)
    return symbol.policy.clientOrderId.onDuplicate === 'return_existing'
      ? { kind: 'existing', order: known }
      : { kind: 'refused', refusal: duplicate(known) };
  const refusal = review(world, account, symbol, request);
  if (refusal !== null) {
    const reason = lateReason(symbol, refusal);
    if (reason === null) return { kind: 'refused', refusal };
    const rejected = accept(world, account, symbol, request, { withoutLock: true });
    end(world, rejected, 'rejected', reason);
    return { kind: 'new', order: rejected };
  }
  const order = accept(world, account, symbol, request);
  start(world, symbol, account, order);
  return { kind: 'new', order };
}

/** Why an order with this fault is rejected after it was accepted; null where the fault is refused in the answer. */
function lateReason({ policy }: SymbolState, { code }: Refusal): EndReason | null {
  const late = policy.rejectsLate.find((fault) => fault === code);
  switch (late) {
    case undefined:
      return null;
    case 'insufficient_balance':
      return 'insufficient_balance';
    case 'reduce_only_refused':
      return 'reduce_only';
  }
}

/** The earlier order that makes the request's client id a duplicate; null: there is none, or no client id. */
export function knownBefore(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  request: OrderRequest,
): WorkingOrder | null {
  if (request.clientOrderId === undefined) return null;
  const conditional = isConditionalObject(symbol, request, {});
  const { accountId } = account;
  return world.index.knownBefore(world.now, accountId, symbol, conditional, request.clientOrderId);
}

export function duplicate(known: WorkingOrder): Refusal {
  return { code: 'duplicate_client_order_id', venueOrderId: known.venueOrderId };
}
