/**
 * Spot account events as Binance pushes them: executionReport, outboundAccountPosition, balanceUpdate, listStatus.
 *
 * Entry point: `spotUserEvents` turns one batch of exchange events into the payloads of one account, in order.
 * Source: user-data-stream.md of binance-spot-api-docs.
 */
import type { PreventedMatch } from '../../exchange/account.ts';
import type { BalanceEvent, ExchangeEvent, OrderEvent } from '../../exchange/event.ts';
import type { Order, OrderList } from '../../exchange/order.ts';
import { eight, eightOrZero, freeAndLocked, ZERO_EIGHT } from '../figures.ts';
import { selfTradeName, sideName, statusName } from '../order-words.ts';
import {
  contingencyName,
  expiryReason,
  listIdOf,
  orderTypeName,
  stopPriceOf,
  symbolId,
  trailingOf,
} from './order-json.ts';

/** Numbers executions; rising over the life of the venue, also over a restart. */
export class ExecutionIds {
  #last = 0;

  /** `at` in ms keeps the ids of a restarted venue above those of the one before. */
  next(at: number): number {
    this.#last = Math.max(this.#last + 1, at * 100);
    return this.#last;
  }
}

/**
 * The payloads of `accountId` for one batch. All balance changes of a batch with one cause go into one
 * `outboundAccountPosition` behind the order events, as the venue sends them.
 */
export function spotUserEvents(
  events: readonly ExchangeEvent[],
  accountId: string,
  clockMs: number,
  executionIds: ExecutionIds,
): Record<string, unknown>[] {
  const payloads: Record<string, unknown>[] = [];
  const positions = new Map<string, BalanceEvent>();
  const flushPositions = (): void => {
    const changed = [...positions.values()];
    positions.clear();
    const latest = changed.at(-1);
    if (latest !== undefined) payloads.push(accountPosition(changed, latest.at, clockMs));
  };
  for (const event of events) {
    switch (event.kind) {
      case 'order':
        if (event.order.accountId !== accountId || event.order.marketType !== 'spot') break;
        payloads.push(executionReport(event, clockMs, executionIds.next(event.at)));
        break;
      case 'list':
        if (event.list.accountId === accountId) payloads.push(listStatus(event.list, event.at, clockMs));
        break;
      case 'balance':
        if (event.accountId !== accountId || event.wallet !== 'spot') break;
        positions.set(event.asset, event);
        if (event.reason === 'deposit' || event.reason === 'transfer') {
          payloads.push(balanceUpdate(event, clockMs));
          flushPositions();
        }
        break;
      case 'position':
      case 'trade':
      case 'book':
      case 'mark':
        break;
    }
  }
  flushPositions();
  return payloads;
}

function accountPosition(
  changed: readonly BalanceEvent[],
  at: number,
  clockMs: number,
): Record<string, unknown> {
  return {
    e: 'outboundAccountPosition',
    E: clockMs,
    u: at,
    B: changed.map(({ asset, total, free }) => {
      const shown = freeAndLocked(total, free);
      return { a: asset, f: shown.free, l: shown.locked };
    }),
  };
}

function balanceUpdate(event: BalanceEvent, clockMs: number): Record<string, unknown> {
  return { e: 'balanceUpdate', E: clockMs, a: event.asset, d: eight(event.change), T: event.at };
}

function listStatus(list: OrderList, at: number, clockMs: number): Record<string, unknown> {
  const done = list.status === 'done';
  return {
    e: 'listStatus',
    E: clockMs,
    s: symbolId(list.symbol),
    g: Number(list.listId),
    c: contingencyName(list),
    l: done ? 'ALL_DONE' : 'EXEC_STARTED',
    L: done ? 'ALL_DONE' : 'EXECUTING',
    r: 'NONE',
    C: list.clientListId ?? '',
    T: at,
    O: list.legs.map((leg) => ({
      s: symbolId(list.symbol),
      i: Number(leg.venueOrderId),
      c: leg.clientOrderId ?? '',
    })),
  };
}

function executionType(event: OrderEvent): string {
  switch (event.change) {
    case 'accepted':
    case 'triggered':
      return 'NEW';
    case 'filled':
      return 'TRADE';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
      return event.order.endReason === 'self_trade_prevention' ? 'TRADE_PREVENTION' : 'EXPIRED';
    case 'rejected':
      return 'REJECTED';
    case 'amended':
      return 'REPLACED';
    case 'prevented':
      return 'TRADE_PREVENTION';
  }
}

function rejectReason(order: Order): string {
  if (order.status !== 'rejected') return 'NONE';
  switch (order.endReason) {
    case 'insufficient_balance':
      return 'INSUFFICIENT_BALANCES';
    case 'post_only_would_take':
      return 'WOULD_MATCH_IMMEDIATELY';
    case 'user_canceled':
    case 'rest_not_filled':
    case 'fok_not_fillable':
    case 'self_trade_prevention':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'reduce_only':
    case 'liquidation':
    case 'refused_on_trigger':
    case 'symbol_settled':
    case null:
      return 'NONE';
  }
}

function executionReport(event: OrderEvent, clockMs: number, executionId: number): Record<string, unknown> {
  const { order, fill } = event;
  const canceled = event.change === 'canceled';
  const onBook = order.status === 'open' || order.status === 'partially_filled';
  return {
    e: 'executionReport',
    E: clockMs,
    s: symbolId(order.symbol),
    c: (canceled ? event.requestClientOrderId : null) ?? order.clientOrderId ?? '',
    S: sideName(order),
    o: orderTypeName(order),
    f: order.timeInForce,
    q: eight(order.quantity),
    p: eightOrZero(order.price),
    P: eightOrZero(stopPriceOf(order)),
    F: order.tags['icebergQty'] ?? ZERO_EIGHT,
    g: listIdOf(order),
    C: canceled && event.requestClientOrderId !== null ? (order.clientOrderId ?? '') : '',
    x: executionType(event),
    X: statusName(order),
    r: rejectReason(order),
    i: Number(order.venueOrderId),
    l: eightOrZero(fill?.quantity),
    z: eight(order.filled),
    L: eightOrZero(fill?.price),
    n: fill === null ? '0' : eight(fill.fee),
    N: fill === null ? null : fill.feeAsset,
    T: event.at,
    t: fill === null ? -1 : Number(fill.tradeId),
    I: executionId,
    w: onBook,
    m: fill?.liquidity === 'maker',
    M: false,
    O: order.createdAt,
    Z: eight(order.filledCost),
    Y: eightOrZero(fill?.cost),
    Q: eightOrZero(order.cost),
    ...(order.workingAt === null ? {} : { W: order.workingAt }),
    V: selfTradeName(order),
    ...optionalFields(event),
  };
}

function optionalFields({ order, preventedMatch }: OrderEvent): Record<string, unknown> {
  const { strategyId, strategyType } = order.tags;
  const reason = expiryReason(order);
  const trailing = trailingOf(order);
  return {
    ...(trailing === null ? {} : { d: trailing.delta, D: trailing.since }),
    ...(strategyId === undefined ? {} : { j: Number(strategyId) }),
    ...(strategyType === undefined ? {} : { J: Number(strategyType) }),
    ...(order.tags['usedSor'] === undefined ? {} : { k: 'EXCHANGE', uS: true }),
    ...(preventedMatch === null ? {} : preventionFields(order, preventedMatch)),
    ...(reason === undefined ? {} : { eR: reason }),
  };
}

/** Accounts belong to no trade group here. */
const NO_TRADE_GROUP = -1;

function preventionFields(order: Order, match: PreventedMatch): Record<string, unknown> {
  const isTaker = order.venueOrderId === match.takerOrderId;
  return {
    v: match.number,
    A: eight(order.preventedQuantity),
    B: eightOrZero(isTaker ? match.takerPrevented : match.makerPrevented),
    u: NO_TRADE_GROUP,
    U: Number(isTaker ? match.makerOrderId : match.takerOrderId),
    Cs: symbolId(match.symbol),
    pl: eight(match.quantity),
    pL: eight(match.price),
    pY: eight(match.price.multiply(match.quantity)),
  };
}
