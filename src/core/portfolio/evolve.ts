/**
 * `evolve`: one event folded into the state. It decides nothing: `decide` settled everything before the event
 * was journaled, so an event that does not fit is a broken assertion, which halts the portfolio.
 */
import { BrokenAssertion } from '../broken-assertion.ts';
import type { AccountId, AccountMode, TimeMs } from '../ids.ts';
import { modesOf } from '../risk/mode-books.ts';
import type { OrderEventType } from '../order/transitions.ts';
import { bookAccountRecord, bookFunding, noteRecordsRead } from './account-record-changes.ts';
import {
  adoptPosition,
  changeCut,
  observeBalances,
  bookExternalFill,
  bookFill,
  cutPosition,
  observePositions,
  replaceCut,
} from './book-changes.ts';
import { applyFeePrice } from '../risk/fee-changes.ts';
import { moveCapital } from '../risk/capital-changes.ts';
import { keepStatedPrice, observeEquity } from '../risk/equity-changes.ts';
import { rememberKey, rememberReceipt } from '../risk/kill-switch-record.ts';
import { moveReadingTimes } from '../risk/reading-times.ts';
import { PORTFOLIO_SCOPE, scopeKey } from '../risk/limit-scopes.ts';
import type { AccountBooks } from './account-books.ts';
import { declareWallets, inWallets, resetAccount } from './account-changes.ts';
import type { PortfolioEvent } from './events.ts';
import { executionKey, instrumentKey, venueOrderKey } from './keys.ts';
import { openSetting, settleSetting } from './open-settings.ts';
import {
  closeStopNow,
  evictOrder,
  linkVenueOrder,
  moveOrder,
  moveRetries,
  newOrder,
  replaceOrder,
  storeOrder,
} from './order-changes.ts';
import { closeStrategyParts } from '../risk/strategy-books.ts';
import { SEPARATE_WALLETS } from '../balance/wallet.ts';
import { steadyTimeOf } from './steady-time.ts';
import { COUNTED_ACCEPTANCES, walletsOf, type PortfolioState } from './state.ts';

/** How many acceptance times are kept before the older half is dropped. */
const RECENT_ACCEPTANCES = 2 * COUNTED_ACCEPTANCES;

/** Folds `event`, journaled at `at`, into `state`. Throws `BrokenAssertion` for an event that the state rules out. */
export function evolve(state: PortfolioState, at: TimeMs, event: PortfolioEvent): void {
  switch (event.type) {
    case 'ownership_taken':
      return;
    case 'base_currency_set':
      state.baseCurrency = event.asset;
      return;
    case 'clock_stepped':
      state.clockStepsMs += event.stepMs;
      moveRetries(state, event.stepMs);
      moveReadingTimes(state, event.stepMs);
      return;
    case 'account_opened':
      state.accounts.set(event.accountId, {
        accountId: event.accountId,
        venue: event.venue,
        mode: event.mode,
        wallets: SEPARATE_WALLETS,
        positionMode: null,
        instance: null,
        balancesKnown: false,
        positionsKnown: false,
      });
      return;
    case 'wallets_declared':
      declareWallets(state, event.accountId, event.wallets);
      return;
    case 'position_mode_seen':
      replaceAccount(state, event.accountId, { positionMode: event.positionMode });
      return;
    case 'account_reset':
      resetAccount(state, event.accountId, event.instance, at);
      return;
    case 'order_accepted': {
      const countedFrom = steadyTimeOf(state, at);
      const order = newOrder(event.request, event.setting, 'accepted', at, countedFrom, {
        protectionPrice: event.protectionPrice,
        stopDirection: event.stopDirection,
        hold: event.hold,
        approval: event.approval,
      });
      storeOrder(state, order);
      countAcceptance(state, event.setting.mode, countedFrom);
      return;
    }
    case 'order_denied': {
      const first = event.refusals[0];
      const order = newOrder(event.request, event.setting, 'denied', at, steadyTimeOf(state, at), {});
      storeOrder(state, {
        ...order,
        reason: first === undefined ? null : { code: first.code, detail: first.detail },
      });
      return;
    }
    case 'send_attempted':
      moveOrder(state, event.orderId, 'send_attempted', at, (copy) => {
        copy.attempts = [...copy.attempts, event.attempt];
        copy.retryAt = null;
        copy.absentAt = null;
      });
      return;
    case 'send_accepted':
      moveOrder(state, event.orderId, 'send_accepted', at, (copy) => {
        linkVenueOrder(state, copy, event.venueOrderId);
      });
      return;
    case 'send_refused':
      moveOrder(state, event.orderId, 'send_refused', at, (copy) => {
        copy.reason = {
          code: event.venueRefusal.kind,
          detail: `${event.venueRefusal.venueCode} ${event.venueRefusal.venueMessage}`.trim(),
        };
      });
      return;
    case 'send_not_sent':
      moveOrder(state, event.orderId, 'send_not_sent', at, (copy) => {
        copy.retryAt = event.retryAt;
        copy.reason = { code: event.notSentReason, detail: event.detail };
      });
      return;
    case 'send_unknown':
      moveOrder(state, event.orderId, 'send_unknown', at, (copy) => {
        copy.landed ||= event.landed;
        copy.reason = { code: 'unknown', detail: event.detail };
      });
      return;
    case 'stop_reached':
      moveOrder(state, event.orderId, 'send_not_sent', at, (copy) => {
        copy.retryAt = at;
        if (copy.stopPrice !== null) copy.insteadOfStop = { stopPrice: copy.stopPrice, marketPrice: null };
        copy.reason = {
          code: event.venueRefusal.kind,
          detail: `${event.venueRefusal.venueCode} ${event.venueRefusal.venueMessage}`.trim(),
        };
      });
      return;
    case 'stop_closes_now':
      closeStopNow(state, event);
      return;
    case 'absence_observed':
      replaceOrder(state, event.orderId, (copy) => {
        copy.absentAt = event.venueTime;
      });
      return;
    case 'absence_proven':
      moveOrder(state, event.orderId, 'absence_proven', at, (copy) => {
        copy.absentAt = null;
        copy.retryAt = event.retryAt;
        copy.reason = { code: 'absent', detail: 'two look-ups past its lifetime found nothing' };
      });
      return;
    case 'order_given_up':
      moveOrder(state, event.orderId, 'given_up', at, (copy) => {
        copy.retryAt = null;
        copy.reason = { code: event.code, detail: event.detail };
      });
      return;
    case 'working_seen':
      moveOrder(state, event.orderId, 'working_seen', at, (copy) => {
        linkVenueOrder(state, copy, event.venueOrderId);
        copy.reason = null;
      });
      return;
    case 'stop_kept': {
      const { orderId, requestedBy, beside, isShort } = event;
      state.keptStops.set(orderId, {
        orderId,
        requestedBy,
        beside,
        ...(isShort === undefined ? {} : { isShort }),
      });
      return;
    }
    case 'stop_released':
      state.keptStops.delete(event.orderId);
      return;
    case 'stop_trigger_seen':
      replaceOrder(state, event.orderId, (copy) => {
        copy.stopTriggered = true;
      });
      return;
    case 'venue_order_linked':
      replaceOrder(state, event.orderId, (copy) => {
        linkVenueOrder(state, copy, event.venueOrderId);
      });
      return;
    case 'final_seen':
      replaceOrder(state, event.orderId, (copy) => {
        copy.final = event.final;
        copy.updatedAt = at;
      });
      return;
    case 'order_closed':
      moveOrder(state, event.orderId, CLOSED[event.as], at, (copy) => {
        copy.retryAt = null;
        copy.reason = event.detail === '' ? null : { code: event.as, detail: event.detail };
        if (event.as === 'canceled' && copy.cancelCause !== undefined)
          copy.reason = {
            code: 'canceled_by_service',
            detail: `${copy.cancelCause.by}: ${copy.cancelCause.why}`,
          };
      });
      return;
    case 'fill_booked':
      bookFill(state, at, event);
      return;
    case 'strategy_parts_closed':
      closeStrategyParts(state, at, event);
      return;
    case 'strategy_books_netted':
      closeStrategyParts(state, at, { ...event, positionSide: 'net', by: null });
      return;
    case 'fill_parked':
      state.parkedFills.set(executionKey(event.accountId, event.fill), {
        accountId: event.accountId,
        fill: event.fill,
        ruledOut: event.ruledOut,
      });
      return;
    case 'external_fill_seen':
      bookExternalFill(state, at, event);
      return;
    case 'position_cut':
      cutPosition(state, at, event);
      return;
    case 'position_cut_replaced':
      replaceCut(state, at, event);
      return;
    case 'position_cut_changed':
      changeCut(state, at, event);
      return;
    case 'position_adopted':
      adoptPosition(state, at, event);
      if (event.idempotency !== undefined) rememberKey(state.adoptionKeys, event.idempotency);
      return;
    case 'fills_cursor_moved':
      state.fillsCursors.set(instrumentKey(event.accountId, event.symbol), event.cursor);
      return;
    case 'cancel_requested':
      moveOrder(state, event.orderId, 'cancel_requested', at, (copy) => {
        copy.cancelRequested = true;
        if (event.why !== undefined) copy.cancelCause = { by: event.requestedBy, why: event.why };
      });
      return;
    case 'external_cancel_requested':
      return;
    case 'cancel_refused':
      moveOrder(state, event.orderId, 'cancel_refused', at, (copy) => {
        copy.cancelRequested = false;
        delete copy.cancelCause;
      });
      return;
    case 'order_annulled':
      moveOrder(state, event.orderId, 'annulled', at, (copy) => {
        copy.retryAt = null;
        copy.reason = { code: 'annulled', detail: 'canceled before it was sent' };
        if (event.why !== undefined) {
          copy.cancelCause = { by: event.requestedBy, why: event.why };
          copy.reason = {
            code: 'annulled',
            detail: `canceled before it was sent, by ${event.requestedBy}: ${event.why}`,
          };
        }
      });
      return;
    case 'drift_opened':
      state.drift.set(event.drift.driftId, event.drift);
      return;
    case 'drift_resolved':
      state.drift.delete(event.driftId);
      return;
    case 'balances_observed': {
      const isComparison =
        event.isComplete === true && state.accounts.get(event.accountId)?.balancesKnown === true;
      observeBalances(state, event);
      replaceAccount(state, event.accountId, {
        balancesKnown: true,
        ...(isComparison ? { balancesCompared: true } : {}),
      });
      return;
    }
    case 'positions_observed':
      replaceAccount(state, event.accountId, { positionsKnown: true });
      observePositions(state, at, event);
      return;
    case 'funding_booked':
      bookFunding(state, at, event);
      return;
    case 'account_record_booked':
      bookAccountRecord(state, at, event);
      return;
    case 'account_records_read':
      noteRecordsRead(state, event);
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
    case 'trading_state_set': {
      const { scope, state: tradingState, version, requestedBy, why } = event;
      const stored = { scope, state: tradingState, version, requestedBy, why, at };
      state.tradingStates.set(scopeKey(scope), stored);
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
    case 'request_answered':
      // The read model knows every key; the state only those of the orders in it.
      return;
    case 'capital_moved':
      moveCapital(state, at, event);
      return;
    case 'price_stated':
      keepStatedPrice(state, at, event);
      return;
    case 'fees_valued':
      applyFeePrice(state, event);
      return;
    case 'equity_observed':
      observeEquity(state, at, event);
      return;
    case 'order_recalled':
      // Counts as touched, so that it stays for as long as what it was recalled for can take.
      storeOrder(state, {
        ...inWallets(event.order, walletsOf(state, event.order.accountId)),
        updatedAt: at,
      });
      for (const venueOrderId of event.order.venueOrderIds) {
        state.byVenueOrderId.set(
          venueOrderKey(event.order.accountId, event.order.symbol, venueOrderId),
          event.order.orderId,
        );
      }
      return;
    case 'orders_evicted':
      for (const orderId of event.orderIds) evictOrder(state, orderId);
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

function replaceAccount(state: PortfolioState, accountId: AccountId, change: Partial<AccountBooks>): void {
  const account = state.accounts.get(accountId);
  if (account === undefined)
    throw new BrokenAssertion(`an event of an account that was never opened: ${accountId}`);
  state.accounts.set(accountId, { ...account, ...change });
}

/** Counts an acceptance for the order rate of its mode. */
function countAcceptance(state: PortfolioState, mode: AccountMode, countedFrom: TimeMs): void {
  const isShared = modesOf(state).size < 2;
  const times = isShared ? state.recentAcceptances : (state.acceptancesOfMode.get(mode) ?? []);
  // In rising order although the wall clock may be slewed back a little.
  times.push(Math.max(countedFrom, times.at(-1) ?? countedFrom));
  const kept = times.length > RECENT_ACCEPTANCES ? times.slice(-COUNTED_ACCEPTANCES) : times;
  if (isShared) state.recentAcceptances = kept;
  else state.acceptancesOfMode.set(mode, kept);
}
