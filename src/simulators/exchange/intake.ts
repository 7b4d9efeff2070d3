/** Makes an order out of a request that was reviewed (or needs no review), gives it its id and takes its hold. */
import { Decimal } from '../../core/decimal.ts';
import { emitOrder } from './emit.ts';
import { hold } from './holds.ts';
import { closesSide, hasTrigger, type OrderRequest } from './order.ts';
import type { AccountState, SymbolState, WorkingOrder } from './state.ts';
import type { World } from './world.ts';

/** Where an order comes from, if not from a plain request. */
export interface Origin {
  /** The conditional order that creates this one. */
  readonly conditional?: WorkingOrder;
  readonly listId?: string;
  /** Set for a leg whose list has already locked what it needs. */
  readonly withoutLock?: boolean;
  /** Set for an order that is placed when the first one of its list is filled. */
  readonly isPending?: boolean;
}

/** Whether the request makes a conditional order that is an object of its own, with ids that count separately. */
export function isConditionalObject(symbol: SymbolState, request: OrderRequest, origin: Origin): boolean {
  return (
    origin.conditional === undefined && hasTrigger(request.type) && symbol.policy.onTrigger === 'new_order'
  );
}

/** The accepted order, not yet waiting or working (triggers.ts: `start`). */
export function accept(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  request: OrderRequest,
  origin: Origin = {},
): WorkingOrder {
  const { instrument, policy } = symbol;
  const conditional = isConditionalObject(symbol, request, origin);
  const isWaiting = hasTrigger(request.type);
  const order: WorkingOrder = {
    venueOrderId: account.internal
      ? `internal-${world.nextSequence}`
      : newOrderId(world, symbol, conditional),
    clientOrderId: request.clientOrderId ?? null,
    accountId: account.accountId,
    symbol: instrument.symbol,
    marketType: instrument.marketType,
    side: request.side,
    positionSide: request.positionSide ?? 'net',
    type: request.type,
    timeInForce: request.timeInForce ?? 'GTC',
    expiresAt: request.expiresAt ?? null,
    postOnly: request.postOnly ?? false,
    price: request.price ?? null,
    stopPrice: request.stopPrice ?? null,
    ...(request.trailing === undefined
      ? {}
      : { trailing: { activationPrice: null, ...request.trailing, best: null } }),
    triggerSource: request.triggerSource ?? 'last',
    quantity: request.quantity ?? Decimal.zero,
    cost: request.cost ?? null,
    reduceOnly: request.reduceOnly === true || closesSide(request),
    closePosition: request.closePosition ?? false,
    selfTradePrevention: request.selfTradePrevention ?? policy.defaultSelfTradePrevention,
    status: origin.isPending === true ? 'pending' : isWaiting ? 'untriggered' : 'open',
    filled: Decimal.zero,
    filledCost: Decimal.zero,
    preventedQuantity: Decimal.zero,
    fees: [],
    endReason: null,
    listId: origin.listId ?? null,
    conditional,
    conditionalVenueOrderId: origin.conditional?.venueOrderId ?? null,
    triggeredVenueOrderId: null,
    tags: request.tags ?? {},
    createdAt: world.now,
    updatedAt: world.now,
    workingAt: isWaiting || origin.isPending === true ? null : world.now,
    triggeredAt: null,
    sequence: world.nextSequence,
    lock: Decimal.zero,
    resting: false,
  };
  world.nextSequence += 1;
  if (!account.internal) world.addOrder(account, order);
  if (origin.withoutLock !== true) hold(world, account, symbol, order);
  emitOrder(world, order, 'accepted');
  return order;
}

/** A request of one of the venue's own accounts. */
export function internalRequest(symbol: SymbolState, request: Omit<OrderRequest, 'symbol'>): OrderRequest {
  return { symbol: symbol.instrument.symbol, selfTradePrevention: 'none', ...request };
}

/** Ids of 19 digits: read as a double they lose their last ones. */
const LONG_IDS_FROM = 2_500_000_000_000_000_001n;

function newOrderId(world: World, symbol: SymbolState, conditional: boolean): string {
  if (symbol.policy.orderIds === 'uuid') return world.idRandom.uuid();
  return `${symbol.policy.orderIdPrefix ?? ''}${nextOrderNumber(world, symbol, conditional)}`;
}

function nextOrderNumber(world: World, symbol: SymbolState, conditional: boolean): string {
  const { conditionalIdsFrom } = symbol.policy;
  if (conditional && conditionalIdsFrom !== null) {
    world.nextConditionalNumber += 1;
    return String(conditionalIdsFrom + world.nextConditionalNumber - 1);
  }
  if (conditional) {
    symbol.nextConditionalNumber += 1;
    return String(symbol.nextConditionalNumber - 1);
  }
  if (symbol.policy.orderIds === 'per_symbol') {
    symbol.nextOrderNumber += 1;
    return String(symbol.nextOrderNumber - 1);
  }
  if (symbol.policy.orderIds === 'per_venue') {
    world.nextOrderNumbers.spot += 1;
    return String(LONG_IDS_FROM + BigInt(world.nextOrderNumbers.spot - 1));
  }
  const { marketType } = symbol.instrument;
  world.nextOrderNumbers[marketType] += 1;
  return String(world.nextOrderNumbers[marketType] - 1);
}
