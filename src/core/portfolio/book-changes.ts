/** Changes of positions and balances as `evolve` folds them. */
import { balanceDeltas, type BalanceDelta } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, TimeMs } from '../ids.ts';
import { fillKey } from '../order/order.ts';
import { addFee, applyFill, FLAT, type Position } from '../position/position.ts';
import { dayOf } from '../risk/equity.ts';
import type { PortfolioEvent } from './events.ts';
import { balanceKey, executionKey, positionKeyOf } from './keys.ts';
import { knownOrder, linkVenueOrder, moveOrder } from './order-changes.ts';
import { steadyTimeOf } from './steady-time.ts';
import type { PortfolioState } from './state.ts';

/** An execution of one of our orders: the order, its position and the balances move. */
export function bookFill(
  state: PortfolioState,
  at: TimeMs,
  event: Extract<PortfolioEvent, { type: 'fill_booked' }>,
): void {
  const { fill } = event;
  state.parkedFills.delete(executionKey(event.accountId, fill));
  moveOrder(state, event.orderId, 'fill_booked', at, (copy) => {
    linkVenueOrder(state, copy, fill.venueOrderId);
    copy.fillKeys = [...copy.fillKeys, fillKey(fill.venueOrderId, fill.tradeId)];
    copy.filledQuantity = copy.filledQuantity.add(fill.quantity);
    copy.filledCost = copy.filledCost.add(fill.price.multiply(fill.quantity));
    copy.fees = addFee(copy.fees, fill.feeAsset, fill.fee);
  });
  const order = knownOrder(state, event.orderId);
  const before = positionOf(state, order);
  noteDayStart(state, at, before);
  const { position, realizedPnl } = applyFill(before, fill);
  state.positions.set(positionKeyOf(order), { ...position, updatedAt: at });
  for (const delta of balanceDeltas(order, fill, fill.realizedPnl ?? realizedPnl))
    addToBalance(state, order.accountId, delta, at);
}

/** An execution of an order that is not ours. */
export function bookExternalFill(
  state: PortfolioState,
  at: TimeMs,
  { accountId, fill, setting }: Extract<PortfolioEvent, { type: 'external_fill_seen' }>,
): void {
  const key = executionKey(accountId, fill);
  state.parkedFills.delete(key);
  state.externalFills.set(key, steadyTimeOf(state, at));
  let realizedPnl = Decimal.zero;
  if (setting.kind === 'linear_swap') {
    // A swap position at the venue includes everybody's trades on the account; a spot position is only our own purchases.
    const { symbol, positionSide } = fill;
    const before = positionOf(state, { accountId, symbol, positionSide, ...setting });
    noteDayStart(state, at, before);
    const applied = applyFill(before, fill);
    state.positions.set(positionKeyOf(before), { ...applied.position, updatedAt: at });
    realizedPnl = fill.realizedPnl ?? applied.realizedPnl;
  }
  for (const delta of balanceDeltas(setting, fill, realizedPnl)) addToBalance(state, accountId, delta, at);
}

/** The venue's swap positions become ours; `noteDayStart` is left alone, since a reading is no result. */
export function observePositions(
  state: PortfolioState,
  at: TimeMs,
  { accountId, positions }: Extract<PortfolioEvent, { type: 'positions_observed' }>,
): void {
  for (const { symbol, positionSide, setting, netQuantity, openCost } of positions) {
    const before = positionOf(state, { accountId, symbol, positionSide, ...setting });
    state.positions.set(positionKeyOf(before), { ...before, netQuantity, openCost, updatedAt: at });
  }
}

/** The position that an order's fills go into; a flat one when there is none yet. */
export function positionOf(
  state: PortfolioState,
  owner: Pick<
    Position,
    'accountId' | 'symbol' | 'positionSide' | 'venue' | 'mode' | 'kind' | 'wallet' | 'base' | 'quote'
  >,
): Position {
  const { accountId, symbol, positionSide, venue, mode, kind, wallet, base, quote } = owner;
  return (
    state.positions.get(positionKeyOf(owner)) ?? {
      accountId,
      venue,
      mode,
      symbol,
      positionSide,
      kind,
      wallet,
      base,
      quote,
      ...FLAT,
      fees: [],
      fundingTotal: Decimal.zero,
      recent: [],
      beforeRecent: FLAT,
      updatedAt: 0,
    }
  );
}

/** Keeps the results of a position until today, before the first event that moves them today. */
export function noteDayStart(state: PortfolioState, at: TimeMs, before: Position): void {
  const key = positionKeyOf(before);
  const day = dayOf(at);
  if (state.dayStarts.get(key)?.day === day) return;
  const { realizedPnl, fundingTotal, fees } = before;
  state.dayStarts.set(key, { day, realizedPnl, fundingTotal, fees });
}

export function addToBalance(
  state: PortfolioState,
  account: AccountId,
  change: BalanceDelta,
  at: TimeMs,
): void {
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
