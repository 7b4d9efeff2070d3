/**
 * Projects a batch of events to changes of the read models.
 *
 * Entry point: `project`. Invariant: the changes are a function of the events and of the state after them alone, so that a
 * rebuild from the journal gives the same rows.
 */
import type { Balance } from '../core/balance/balance.ts';
import type { AccountId, InstrumentSymbol, OrderId, TimeMs } from '../core/ids.ts';
import { keysOf, type Order } from '../core/order/order.ts';
import { POSITION_SIDES } from '../core/order/terms.ts';
import { isFinished } from '../core/order/transitions.ts';
import { payloadOf } from '../core/portfolio/codec.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { balanceKey, positionKey, positionKeyOf } from '../core/portfolio/keys.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import { FLAT } from '../core/position/position.ts';
import { driftId, type DriftCase } from '../core/reconcile/drift.ts';
import { equityRowsOf, WHOLE_PORTFOLIO, type ReadModelChange } from '../journal/journal.ts';

/** An event and when it was journaled. */
export interface DatedEvent {
  readonly at: TimeMs;
  readonly event: PortfolioEvent;
}

/** The finished orders, positions, balances and other rows that `events` touched, as they are in `state` after all of them. */
export function project(events: readonly DatedEvent[], state: PortfolioState): ReadModelChange[] {
  const changes: ReadModelChange[] = [];
  const orders = new Set<OrderId>();
  const contradicted = new Set<OrderId>();
  const positions = new Set<string>();
  const balances = new ChangedBalances();
  for (const { at, event } of events) {
    switch (event.type) {
      case 'order_accepted':
      case 'order_denied':
        orders.add(event.request.orderId);
        for (const key of keysOf(event.request)) {
          const { orderId, idempotency } = event.request;
          changes.push({
            model: 'idempotency',
            key,
            contentHash: idempotency?.contentHash ?? '',
            orderId,
            answer: null,
          });
        }
        break;
      case 'request_answered':
        changes.push({
          model: 'idempotency',
          key: event.key,
          contentHash: event.contentHash,
          orderId: null,
          answer: event.answer,
        });
        break;
      case 'send_attempted':
      case 'send_accepted':
      case 'send_refused':
      case 'send_not_sent':
      case 'send_unknown':
      case 'stop_reached':
      case 'stop_closes_now':
      case 'absence_observed':
      case 'absence_proven':
      case 'order_given_up':
      case 'working_seen':
      case 'stop_trigger_seen':
      case 'venue_order_linked':
      case 'final_seen':
      case 'order_closed':
      case 'cancel_requested':
      case 'cancel_refused':
      case 'order_annulled':
        orders.add(event.orderId);
        break;
      case 'fill_booked':
        orders.add(event.orderId);
        addPositionOf(positions, event.accountId, event.fill.symbol, orderOf(state, event.orderId));
        balances.moved(event.accountId, at);
        changes.push(fillRow(event.accountId, event.fill, event.orderId));
        break;
      case 'external_fill_seen':
        balances.moved(event.accountId, at);
        positions.add(positionKey(event.accountId, event.fill.symbol, event.fill.positionSide));
        changes.push(fillRow(event.accountId, event.fill, null));
        break;
      case 'position_adopted':
      case 'position_cut':
      case 'position_cut_changed':
        positions.add(positionKey(event.accountId, event.symbol, 'net'));
        break;
      case 'position_cut_replaced':
        positions.add(positionKey(event.accountId, event.symbol, 'net'));
        balances.moved(event.accountId, at);
        break;
      case 'balances_observed':
        balances.observed(event.balances);
        break;
      case 'funding_booked':
        balances.moved(event.accountId, at);
        addEachSide(positions, event.accountId, event.funding.symbol);
        break;
      case 'account_record_booked':
        balances.moved(event.accountId, at);
        if (event.record.symbol !== null) addEachSide(positions, event.accountId, event.record.symbol);
        break;
      case 'fees_valued':
        positions.add(positionKey(event.accountId, event.symbol, event.positionSide));
        break;
      case 'positions_observed':
        for (const { symbol, positionSide, awaited = [] } of event.positions) {
          positions.add(positionKey(event.accountId, symbol, positionSide));
          if (awaited.length > 0) balances.moved(event.accountId, at);
        }
        break;
      case 'drift_opened':
        addContradiction(contradicted, event.drift);
        changes.push({
          model: 'drift',
          driftId: event.drift.driftId,
          open: true,
          document: event.drift,
        });
        break;
      case 'drift_resolved':
        if (event.drift !== undefined) addContradiction(contradicted, event.drift);
        changes.push({
          model: 'drift',
          driftId: event.driftId,
          open: false,
          document: {
            ...(event.drift === undefined ? { driftId: event.driftId } : event.drift),
            resolution: event.resolution,
            resolvedBy: event.requestedBy ?? null,
            resolvedAt: at,
          },
        });
        break;
      case 'equity_observed': {
        // Prices are kept for the state: they would make a long history of the row.
        const { prices: _prices, unpriced: _unpriced, ...reading } = event;
        const { mode } = event;
        const accountId = mode === undefined ? WHOLE_PORTFOLIO : equityRowsOf(mode);
        const document = { ...payloadOf(reading), at };
        changes.push({ model: 'equity', accountId, at, document });
        break;
      }
      case 'account_reset':
        changes.push({ model: 'account_instance', accountId: event.accountId, instance: event.instance });
        for (const order of state.finished.values())
          if (order.accountId === event.accountId) orders.add(order.orderId);
        balances.all(event.accountId);
        break;
      case 'wallets_declared':
        for (const order of state.finished.values())
          if (order.accountId === event.accountId) orders.add(order.orderId);
        balances.all(event.accountId);
        for (const [key, position] of state.positions)
          if (position.accountId === event.accountId) positions.add(key);
        break;
      case 'ownership_taken':
      case 'clock_stepped':
      case 'base_currency_set':
      case 'trading_state_set':
      case 'account_opened':
      case 'position_mode_seen':
      case 'fill_parked':
      case 'fills_cursor_moved':
      case 'account_records_read':
      case 'capital_moved':
      case 'price_stated':
      case 'strategy_parts_closed':
      case 'strategy_books_netted':
      case 'limits_changed':
      case 'kill_switch_set':
      case 'kill_switch_answered':
      case 'stop_kept':
      case 'stop_released':
      case 'external_cancel_requested':
      case 'setting_requested':
      case 'setting_denied':
      case 'setting_answered':
      case 'order_recalled':
      case 'orders_evicted':
        break;
    }
  }
  for (const orderId of orders) {
    const order = orderOf(state, orderId);
    if (order === undefined || !hasRow(order, contradicted, state)) continue;
    changes.push({
      model: 'order',
      orderId,
      accountId: order.accountId,
      exchange: order.venue,
      symbol: order.symbol,
      clientOrderId: order.clientOrderId,
      venueClientOrderId: order.venueClientOrderId,
      venueOrderIds: order.venueOrderIds,
      status: order.status,
      finished: isFinished(order.status),
      createdAt: order.createdAt,
      updatedAt: order.updatedAt,
      side: order.side,
      strategy: order.strategy,
      document: order,
    });
  }
  for (const key of positions) {
    const position = state.positions.get(key);
    if (position !== undefined) {
      changes.push({
        model: 'position',
        accountId: position.accountId,
        symbol: position.symbol,
        positionSide: position.positionSide,
        // The executions kept for late ones are of no use to a reader.
        document: {
          ...position,
          recent: [],
          beforeRecent: FLAT,
          earlierCuts: undefined,
          formerPnl: undefined,
          openedAt: undefined,
        },
      });
    }
  }
  for (const balance of state.balances.values()) {
    if (!balances.has(balance)) continue;
    changes.push({
      model: 'balance',
      accountId: balance.accountId,
      wallet: balance.wallet,
      asset: balance.asset,
      document: balance,
    });
  }
  return changes;
}

/** Which balances a batch of events changed. An account holds many assets, and an execution moves two or three of them. */
class ChangedBalances {
  readonly #accounts = new Set<AccountId>();
  readonly #keys = new Set<string>();
  /** By account, the times of events that moved some: a balance is of the time of its last change. */
  readonly #times = new Map<AccountId, Set<TimeMs>>();

  all(accountId: AccountId): void {
    this.#accounts.add(accountId);
  }

  observed(balances: readonly Balance[]): void {
    for (const { accountId, wallet, asset } of balances) this.#keys.add(balanceKey(accountId, wallet, asset));
  }

  moved(accountId: AccountId, at: TimeMs): void {
    const times = this.#times.get(accountId);
    if (times === undefined) this.#times.set(accountId, new Set([at]));
    else times.add(at);
  }

  has({ accountId, wallet, asset, updatedAt }: Balance): boolean {
    return (
      this.#times.get(accountId)?.has(updatedAt) === true ||
      this.#accounts.has(accountId) ||
      this.#keys.has(balanceKey(accountId, wallet, asset))
    );
  }
}

/** The position that an execution went into: its order's, whatever side the execution itself names. */
function addPositionOf(
  positions: Set<string>,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  order: Order | undefined,
): void {
  if (order === undefined) addEachSide(positions, accountId, symbol);
  else positions.add(positionKeyOf(order));
}

/** Rows are written for those that the state has. */
function addEachSide(positions: Set<string>, accountId: AccountId, symbol: InstrumentSymbol): void {
  for (const side of POSITION_SIDES) positions.add(positionKey(accountId, symbol, side));
}

/**
 * Whether an order has a row: once it is finished. An unfinished one is in the state of its portfolio, and nobody asks for
 * it elsewhere; but one that has come alive again, against what its venue had said, must not stay among the finished.
 */
function hasRow(order: Order, contradicted: ReadonlySet<OrderId>, state: PortfolioState): boolean {
  return (
    isFinished(order.status) ||
    contradicted.has(order.orderId) ||
    state.drift.has(driftId('order_contradiction', order.accountId, order.orderId))
  );
}

function addContradiction(contradicted: Set<OrderId>, { kind, orderId }: DriftCase): void {
  if (kind === 'order_contradiction' && orderId !== null) contradicted.add(orderId);
}

function fillRow(
  accountId: AccountId,
  fill: Extract<PortfolioEvent, { type: 'fill_booked' }>['fill'],
  orderId: OrderId | null,
): ReadModelChange {
  const { symbol, venueOrderId, tradeId, executedAt } = fill;
  return {
    model: 'fill',
    accountId,
    symbol,
    venueOrderId,
    tradeId,
    orderId,
    executedAt,
    document: fill,
  };
}
