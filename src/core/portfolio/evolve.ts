/**
 * `evolve`: one event folded into the state. It decides nothing: what may happen was settled before the event was
 * journaled, so an event that does not fit is a broken assertion, which halts the portfolio.
 */
import { balanceDeltas, type BalanceDelta } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, OrderId, TimeMs, VenueOrderId } from '../ids.ts';
import { noteOrderForgotten, noteOrderKept } from '../order/duplicate-index.ts';
import { noteOrderReplaced } from '../order/open-orders.ts';
import { fillKey, keysOf, type Order, type OrderRequest } from '../order/order.ts';
import { isFinished, TRANSITIONS, type OrderEventType, type OrderStatus } from '../order/transitions.ts';
import { addFee, applyFill, FLAT, type Position } from '../position/position.ts';
import { dayOf, nextEquity } from '../risk/equity.ts';
import { rememberReceipt } from '../risk/kill-switch.ts';
import { PORTFOLIO_SCOPE, scopeKey } from '../risk/limit-scopes.ts';
import type { OrderSetting, PortfolioEvent } from './events.ts';
import { openSetting, settleSetting } from './settings.ts';
import {
  balanceKey,
  COUNTED_ACCEPTANCES,
  executionKey,
  instrumentKey,
  orderOf,
  venueClientOrderKey,
  venueOrderKey,
  type PortfolioState,
} from './state.ts';

/** How many acceptance times are kept before the older half is let go. */
const RECENT_ACCEPTANCES = 2 * COUNTED_ACCEPTANCES;

/** A contradiction between the journal and the rules of this code: a bug, never input. */
export class BrokenAssertion extends Error {
  override readonly name = 'BrokenAssertion';
}

/** Folds `event`, journaled at `at`, into `state`. Throws `BrokenAssertion` when it cannot have happened. */
export function evolve(state: PortfolioState, at: TimeMs, event: PortfolioEvent): void {
  switch (event.type) {
    case 'ownership_taken':
      return;
    case 'account_opened':
      state.accounts.set(event.accountId, {
        accountId: event.accountId,
        venue: event.venue,
        mode: event.mode,
        instance: null,
        balancesKnown: false,
        positionsKnown: false,
      });
      return;
    case 'account_reset':
      resetAccount(state, event.accountId, event.instance, at);
      return;
    case 'order_accepted': {
      const order = newOrder(event.request, event.setting, 'accepted', at, {
        protectionPrice: event.protectionPrice,
        stopDirection: event.stopDirection,
        hold: event.hold,
        approval: event.approval,
      });
      store(state, order);
      state.recentAcceptances.push(at);
      if (state.recentAcceptances.length > RECENT_ACCEPTANCES) {
        state.recentAcceptances = state.recentAcceptances.slice(-COUNTED_ACCEPTANCES);
      }
      return;
    }
    case 'order_denied': {
      const first = event.refusals[0];
      const order = newOrder(event.request, event.setting, 'denied', at, {});
      store(state, {
        ...order,
        reason: first === undefined ? null : { code: first.code, detail: first.detail },
      });
      return;
    }
    case 'send_attempted':
      move(state, event.orderId, 'send_attempted', at, (copy) => {
        copy.attempts = [...copy.attempts, event.attempt];
        copy.retryAt = null;
        copy.absentAt = null;
      });
      return;
    case 'send_accepted':
      move(state, event.orderId, 'send_accepted', at, (copy) => {
        link(state, copy, event.venueOrderId);
      });
      return;
    case 'send_refused':
      move(state, event.orderId, 'send_refused', at, (copy) => {
        copy.reason = {
          code: event.venueRefusal.kind,
          detail: `${event.venueRefusal.venueCode} ${event.venueRefusal.venueMessage}`.trim(),
        };
      });
      return;
    case 'send_not_sent':
      move(state, event.orderId, 'send_not_sent', at, (copy) => {
        copy.retryAt = event.retryAt;
        copy.reason = { code: event.notSentReason, detail: event.detail };
      });
      return;
    case 'send_unknown':
      move(state, event.orderId, 'send_unknown', at, (copy) => {
        copy.landed ||= event.landed;
        copy.reason = { code: 'unknown', detail: event.detail };
      });
      return;
    case 'absence_observed':
      replace(state, event.orderId, (copy) => {
        copy.absentAt = event.venueTime;
      });
      return;
    case 'absence_proven':
      move(state, event.orderId, 'absence_proven', at, (copy) => {
        copy.absentAt = null;
        copy.retryAt = event.retryAt;
        copy.reason = { code: 'absent', detail: 'two look-ups past its lifetime found nothing' };
      });
      return;
    case 'order_given_up':
      move(state, event.orderId, 'given_up', at, (copy) => {
        copy.retryAt = null;
        copy.reason = { code: event.code, detail: event.detail };
      });
      return;
    case 'working_seen':
      move(state, event.orderId, 'working_seen', at, (copy) => {
        link(state, copy, event.venueOrderId);
        copy.reason = null;
      });
      return;
    case 'venue_order_linked':
      replace(state, event.orderId, (copy) => {
        link(state, copy, event.venueOrderId);
      });
      return;
    case 'final_seen':
      replace(state, event.orderId, (copy) => {
        copy.final = event.final;
        copy.updatedAt = at;
      });
      return;
    case 'order_closed':
      move(state, event.orderId, CLOSED[event.as], at, (copy) => {
        copy.retryAt = null;
        copy.reason = event.detail === '' ? null : { code: event.as, detail: event.detail };
      });
      return;
    case 'fill_booked':
      bookFill(state, at, event);
      return;
    case 'fill_parked':
      state.parkedFills.set(executionKey(event.accountId, event.fill), {
        accountId: event.accountId,
        fill: event.fill,
        ruledOut: event.ruledOut,
      });
      return;
    case 'external_fill_seen': {
      const key = executionKey(event.accountId, event.fill);
      state.parkedFills.delete(key);
      state.externalFills.set(key, at);
      let realizedPnl = Decimal.zero;
      if (event.setting.kind === 'linear_swap') {
        // A swap position is one at the venue, whoever trades it; a spot position is only what we bought.
        const identity = { accountId: event.accountId, symbol: event.fill.symbol, ...event.setting };
        const before = positionOf(state, identity);
        noteDayStart(state, at, before);
        const applied = applyFill(before, event.fill);
        const positionKey = instrumentKey(event.accountId, event.fill.symbol);
        state.positions.set(positionKey, { ...applied.position, updatedAt: at });
        realizedPnl = event.fill.realizedPnl ?? applied.realizedPnl;
      }
      for (const delta of balanceDeltas(event.setting, event.fill, realizedPnl))
        addToBalance(state, event.accountId, delta, at);
      return;
    }
    case 'fills_cursor_moved':
      state.fillsCursors.set(instrumentKey(event.accountId, event.symbol), event.cursor);
      return;
    case 'cancel_requested':
      move(state, event.orderId, 'cancel_requested', at, (copy) => {
        copy.cancelRequested = true;
      });
      return;
    case 'external_cancel_requested':
      return;
    case 'cancel_refused':
      move(state, event.orderId, 'cancel_refused', at, (copy) => {
        copy.cancelRequested = false;
      });
      return;
    case 'order_annulled':
      move(state, event.orderId, 'annulled', at, (copy) => {
        copy.retryAt = null;
        copy.reason = { code: 'annulled', detail: 'canceled before it was sent' };
      });
      return;
    case 'drift_opened':
      state.drift.set(event.drift.driftId, event.drift);
      return;
    case 'drift_resolved':
      state.drift.delete(event.driftId);
      return;
    case 'balances_observed': {
      const account = state.accounts.get(event.accountId);
      if (account === undefined)
        throw new BrokenAssertion(`balances of an account that was never opened: ${event.accountId}`);
      state.accounts.set(event.accountId, { ...account, balancesKnown: true });
      for (const balance of event.balances)
        state.balances.set(balanceKey(balance.accountId, balance.wallet, balance.asset), balance);
      return;
    }
    case 'positions_observed': {
      const account = state.accounts.get(event.accountId);
      if (account === undefined)
        throw new BrokenAssertion(`positions of an account that was never opened: ${event.accountId}`);
      state.accounts.set(event.accountId, { ...account, positionsKnown: true });
      for (const { symbol, setting, netQuantity, openCost } of event.positions) {
        const before = positionOf(state, { accountId: event.accountId, symbol, ...setting });
        const key = instrumentKey(event.accountId, symbol);
        state.positions.set(key, { ...before, netQuantity, openCost, updatedAt: at });
      }
      return;
    }
    case 'funding_booked':
      bookFunding(state, at, event);
      return;
    case 'limits_changed': {
      const scope = event.scope ?? PORTFOLIO_SCOPE;
      const key = scopeKey(scope);
      state.storedLimits.set(key, {
        scope,
        limits: event.limits,
        version: event.version ?? (state.storedLimits.get(key)?.version ?? 0) + 1,
        requestedBy: event.requestedBy,
        why: event.why,
        at,
      });
      return;
    }
    case 'setting_requested': {
      const { accountId, setting, symbol, value } = event;
      const request = { accountId, setting, symbol, value, requestedAt: at };
      state.openSettings = openSetting(state.openSettings, request);
      return;
    }
    case 'setting_answered':
      state.openSettings = settleSetting(state.openSettings, event);
      return;
    case 'setting_denied':
      return;
    case 'kill_switch_set':
      state.killSwitch = { engaged: event.engaged, requestedBy: event.requestedBy, why: event.why, at };
      if (event.idempotency !== undefined) rememberKey(state.killSwitchKeys, event.idempotency);
      return;
    case 'kill_switch_answered':
      rememberReceipt(state.killSwitchReceipts, event);
      return;
    case 'equity_observed':
      state.equity = nextEquity(state.equity, at, {
        equity: event.equity,
        capital: event.capital,
        rebased: event.reasonOfReading === 'reset',
      });
      if (event.ladder !== null) state.ladder = event.ladder;
      return;
    case 'order_recalled':
      // Counts as touched, so that it stays for as long as what it was recalled for can take.
      store(state, { ...event.order, updatedAt: at });
      for (const venueOrderId of event.order.venueOrderIds) {
        state.byVenueOrderId.set(
          venueOrderKey(event.order.accountId, event.order.symbol, venueOrderId),
          event.order.orderId,
        );
      }
      return;
    case 'orders_evicted':
      for (const orderId of event.orderIds) evict(state, orderId);
      for (const [key, takenInAt] of state.externalFills) {
        if (takenInAt >= event.externalFillsBefore) break;
        state.externalFills.delete(key);
      }
      return;
  }
}

const CLOSED: Readonly<Record<'filled' | 'canceled' | 'expired' | 'rejected', OrderEventType>> = {
  filled: 'closed_filled',
  canceled: 'closed_canceled',
  expired: 'closed_expired',
  rejected: 'closed_rejected',
};

/** The status an order has after a happening; null when the table says that it changes nothing. */
export function nextStatus(order: Order, eventType: OrderEventType): OrderStatus | null {
  const outcome = TRANSITIONS[order.status][eventType];
  switch (outcome.kind) {
    case 'becomes':
    case 'contradicts':
      return outcome.status === 'working'
        ? order.filledQuantity.isZero()
          ? 'open'
          : 'partially_filled'
        : outcome.status;
    case 'ignored':
    case 'impossible':
      return null;
  }
}

function newOrder(
  request: OrderRequest,
  setting: OrderSetting,
  status: OrderStatus,
  at: TimeMs,
  decided: Partial<Pick<Order, 'protectionPrice' | 'stopDirection' | 'hold' | 'approval'>>,
): Order {
  return {
    ...request,
    ...setting,
    status,
    reason: null,
    native: true,
    protectionPrice: decided.protectionPrice ?? null,
    stopDirection: decided.stopDirection ?? null,
    hold: decided.hold ?? null,
    approval: decided.approval ?? null,
    attempts: [],
    retryAt: null,
    absentAt: null,
    landed: false,
    venueOrderIds: [],
    fillKeys: [],
    filledQuantity: Decimal.zero,
    filledCost: Decimal.zero,
    fees: [],
    final: null,
    cancelRequested: false,
    createdAt: at,
    updatedAt: at,
  };
}

function store(state: PortfolioState, order: Order): void {
  const { orderId } = order;
  const unfinished = state.unfinished.get(orderId) ?? null;
  const isNew = unfinished === null && !state.finished.has(orderId);
  const finishes = isFinished(order.status);
  noteOrderReplaced(state, unfinished, finishes ? null : order);
  if (finishes) {
    state.unfinished.delete(orderId);
    state.finished.set(orderId, order);
  } else {
    state.finished.delete(orderId);
    state.unfinished.set(orderId, order);
  }
  // What an order is found under by its request is the same for all its life.
  if (!isNew) return;
  state.byVenueClientOrderId.set(venueClientOrderKey(order.accountId, order.venueClientOrderId), orderId);
  for (const key of keysOf(order)) state.byIdempotencyKey.set(key, orderId);
  noteOrderKept(state, order);
}

function known(state: PortfolioState, orderId: OrderId): Order {
  const order = orderOf(state, orderId);
  if (order === undefined)
    throw new BrokenAssertion(`an event for an order that is not in memory: ${orderId}`);
  return order;
}

/** A copy of an order that is not in the state yet: the one place where an order may be changed. */
type OrderCopy = { -readonly [Name in keyof Order]: Order[Name] };

/** `change` is given a copy to change. */
function replace(state: PortfolioState, orderId: OrderId, change: (copy: OrderCopy) => void): void {
  const copy: OrderCopy = { ...known(state, orderId) };
  change(copy);
  store(state, copy);
}

/** As `replace`, and moves the status by what happened to the order with these changes in it. */
function move(
  state: PortfolioState,
  orderId: OrderId,
  eventType: OrderEventType,
  at: TimeMs,
  change: (copy: OrderCopy) => void,
): void {
  const copy: OrderCopy = { ...known(state, orderId) };
  change(copy);
  const status = nextStatus(copy, eventType);
  if (status === null)
    throw new BrokenAssertion(`${eventType} was journaled for an order that is ${copy.status}: ${orderId}`);
  copy.status = status;
  copy.updatedAt = at;
  store(state, copy);
}

function link(state: PortfolioState, copy: OrderCopy, venueOrderId: VenueOrderId): void {
  state.byVenueOrderId.set(venueOrderKey(copy.accountId, copy.symbol, venueOrderId), copy.orderId);
  if (!copy.venueOrderIds.includes(venueOrderId)) copy.venueOrderIds = [...copy.venueOrderIds, venueOrderId];
}

function bookFill(
  state: PortfolioState,
  at: TimeMs,
  event: Extract<PortfolioEvent, { type: 'fill_booked' }>,
): void {
  const { fill } = event;
  state.parkedFills.delete(executionKey(event.accountId, fill));
  move(state, event.orderId, 'fill_booked', at, (copy) => {
    link(state, copy, fill.venueOrderId);
    copy.fillKeys = [...copy.fillKeys, fillKey(fill.venueOrderId, fill.tradeId)];
    copy.filledQuantity = copy.filledQuantity.add(fill.quantity);
    copy.filledCost = copy.filledCost.add(fill.price.multiply(fill.quantity));
    copy.fees = addFee(copy.fees, fill.feeAsset, fill.fee);
  });
  const order = known(state, event.orderId);
  const before = positionOf(state, order);
  noteDayStart(state, at, before);
  const { position, realizedPnl } = applyFill(before, fill);
  state.positions.set(instrumentKey(order.accountId, order.symbol), { ...position, updatedAt: at });
  for (const delta of balanceDeltas(order, fill, fill.realizedPnl ?? realizedPnl))
    addToBalance(state, order.accountId, delta, at);
}

/** The position an order's fills go into; a flat one when there is none yet. */
export function positionOf(
  state: PortfolioState,
  order: Pick<Order, 'accountId' | 'symbol' | 'venue' | 'mode' | 'kind' | 'base' | 'quote'>,
): Position {
  return (
    state.positions.get(instrumentKey(order.accountId, order.symbol)) ?? {
      accountId: order.accountId,
      venue: order.venue,
      mode: order.mode,
      symbol: order.symbol,
      kind: order.kind,
      base: order.base,
      quote: order.quote,
      ...FLAT,
      fees: [],
      fundingTotal: Decimal.zero,
      recent: [],
      beforeRecent: FLAT,
      updatedAt: 0,
    }
  );
}

/** Keeps what a position had made until today, before the first thing that moves it today. */
function noteDayStart(state: PortfolioState, at: TimeMs, before: Position): void {
  const key = instrumentKey(before.accountId, before.symbol);
  const day = dayOf(at);
  if (state.dayStarts.get(key)?.day === day) return;
  const { realizedPnl, fundingTotal, fees } = before;
  state.dayStarts.set(key, { day, realizedPnl, fundingTotal, fees });
}

function addToBalance(state: PortfolioState, account: AccountId, change: BalanceDelta, at: TimeMs): void {
  const key = balanceKey(account, change.wallet, change.asset);
  const before = state.balances.get(key);
  state.balances.set(key, {
    accountId: account,
    wallet: change.wallet,
    asset: change.asset,
    total: (before?.total ?? Decimal.zero).add(change.delta),
    externalLocked: before?.externalLocked ?? Decimal.zero,
    updatedAt: at,
  });
}

function bookFunding(
  state: PortfolioState,
  at: TimeMs,
  event: Extract<PortfolioEvent, { type: 'funding_booked' }>,
): void {
  const { funding } = event;
  state.fundingSeen.set(`${event.accountId} ${funding.id}`, funding.at);
  addToBalance(
    state,
    event.accountId,
    { wallet: 'linear_swap', asset: funding.asset, delta: funding.amount },
    at,
  );
  const key = instrumentKey(event.accountId, funding.symbol);
  const position = state.positions.get(key);
  if (position !== undefined) {
    noteDayStart(state, at, position);
    state.positions.set(key, {
      ...position,
      fundingTotal: position.fundingTotal.add(funding.amount),
      updatedAt: at,
    });
  }
}

function evict(state: PortfolioState, orderId: OrderId): void {
  const order = state.finished.get(orderId);
  if (order === undefined) throw new BrokenAssertion(`only a finished order can leave memory: ${orderId}`);
  state.finished.delete(orderId);
  noteOrderForgotten(state, order);
  state.byVenueClientOrderId.delete(venueClientOrderKey(order.accountId, order.venueClientOrderId));
  for (const venueOrderId of order.venueOrderIds) {
    state.byVenueOrderId.delete(venueOrderKey(order.accountId, order.symbol, venueOrderId));
  }
  for (const key of keysOf(order)) state.byIdempotencyKey.delete(key);
}

function resetAccount(state: PortfolioState, account: AccountId, instance: string, at: TimeMs): void {
  const books = state.accounts.get(account);
  if (books === undefined)
    throw new BrokenAssertion(`a reset of an account that was never opened: ${account}`);
  const known = books.instance !== null;
  state.accounts.set(account, {
    ...books,
    instance,
    balancesKnown: known ? false : books.balancesKnown,
    positionsKnown: known ? false : books.positionsKnown,
  });
  if (!known) return;
  // The new simulator counts its ids from the start again: the old ones must not lead to the old orders.
  for (const order of [...state.unfinished.values(), ...state.finished.values()]) {
    if (order.accountId !== account) continue;
    for (const id of order.venueOrderIds)
      state.byVenueOrderId.delete(venueOrderKey(account, order.symbol, id));
    if (isFinished(order.status)) {
      store(state, { ...order, venueOrderIds: [] });
      continue;
    }
    store(state, {
      ...order,
      status: 'canceled',
      venueOrderIds: [],
      retryAt: null,
      updatedAt: at,
      reason: { code: 'account_reset', detail: 'the simulator began anew and no longer knows this order' },
    });
  }
  for (const [key, position] of state.positions)
    if (position.accountId === account) state.positions.delete(key);
  for (const [key, balance] of state.balances) if (balance.accountId === account) state.balances.delete(key);
  for (const map of [state.fillsCursors, state.externalFills, state.fundingSeen, state.dayStarts]) {
    for (const key of map.keys()) if (key.startsWith(`${account} `)) map.delete(key);
  }
  for (const [key, parked] of state.parkedFills)
    if (parked.accountId === account) state.parkedFills.delete(key);
  for (const [key, drift] of state.drift) if (drift.accountId === account) state.drift.delete(key);
}

/** How many requests that set the kill switch are known when they come again. */
const KILL_SWITCH_KEYS = 1_000;

function rememberKey(
  keys: Map<string, string>,
  { key, contentHash }: { readonly key: string; readonly contentHash: string },
): void {
  keys.set(key, contentHash);
  for (const oldest of keys.keys()) {
    if (keys.size <= KILL_SWITCH_KEYS) break;
    keys.delete(oldest);
  }
}
