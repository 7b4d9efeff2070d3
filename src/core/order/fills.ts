/**
 * Executions: each is booked exactly once, by (account, instrument, venue order id, trade id), and only from a record
 * that has a trade id. One that matches nothing waits while any order on its instrument is unresolved.
 */
import { balanceDeltas } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type {
  AccountId,
  Asset,
  InstrumentSymbol,
  OrderId,
  VenueClientOrderId,
  VenueOrderId,
} from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { positionOf } from '../portfolio/book-changes.ts';
import { executionKey, instrumentKey } from '../portfolio/keys.ts';
import { findByVenueIds, type PortfolioState } from '../portfolio/state.ts';
import type { ShownBefore } from '../position/awaited-record.ts';
import { applyExecution, shownBefore } from '../position/awaited.ts';
import { openingMarks, signedQuantity, type Position } from '../position/position.ts';
import { quoteAmount, quoteAmountOf } from '../position/quote-amount.ts';
import { driftId } from '../reconcile/drift.ts';
import { unlockedBy } from '../reconcile/external-locks.ts';
import { replaceExplainedCuts, takenByOthers } from '../reconcile/holdings.ts';
import { weighSales } from '../reconcile/sales-in-order.ts';
import { feeWorthOf, takeFeeFromInventory } from '../risk/fee-worth.ts';
import { exchangeBeside, exchangeInventory } from '../risk/exchanges.ts';
import { takeFound } from '../risk/unexplained.ts';
import { strategyQuantity } from '../risk/strategy-parts.ts';
import type { FillsCursor, VenueFill } from '../venue/report.ts';
import { reissueCancel } from './cancel.ts';
import { currentOrder, applyTransition, openContradiction, settleLostFromSight } from './apply-transition.ts';
import { hasUnresolvedOrder, stopsOn } from './open-orders.ts';
import { fillKey, isAwaitingTrigger, type Order } from './order.ts';
import { closeOrder } from './report.ts';
import { isFinished } from './transitions.ts';

const MORE_THAN_ORDERED = 'more was filled than was ordered';

/** Looks up what an instrument of an account is made of; for executions of orders that are not ours. */
export type SettingOf = (accountId: AccountId, symbol: InstrumentSymbol) => OrderSetting | null;

/**
 * Books one execution, parks it, or records it as external. Repeats are left out.
 * `ruledOut` is a stop that the venue, asked after the execution, has shown still waiting for its trigger.
 */
export function bookFill(
  draft: Draft,
  accountId: AccountId,
  fill: VenueFill,
  settingOf: SettingOf,
  ruledOut: OrderId | null = null,
): void {
  const key = executionKey(accountId, fill);
  if (draft.state.externalFills.has(key)) return;
  const order = findByVenueIds(
    draft.state,
    accountId,
    fill.symbol,
    fill.venueOrderId,
    fill.venueClientOrderId,
  );
  if (order === undefined) {
    // A client id that is none of ours settles it; without one, an order that has no venue id yet may be its owner.
    if (fill.venueClientOrderId === null && hasUnresolvedOrder(draft.state, accountId, fill.symbol)) {
      // One `identify` at once; if its answer does not come, a timer repeats it. Events in between do not.
      if (draft.state.parkedFills.has(key)) return;
      draft.emit({ type: 'fill_parked', accountId, fill, ruledOut: [] });
      draft.effect({ type: 'identify', accountId, symbol: fill.symbol, venueOrderId: fill.venueOrderId });
      return;
    }
    if (parkedForStop(draft, accountId, fill, key, ruledOut)) return;
    recordExternal(draft, accountId, fill, settingOf);
    return;
  }
  bookToOrder(draft, order, fill);
}

/**
 * A stop that triggers can become a new venue order with ids of its own: until each stop that may have done so has
 * been looked up, the execution waits for it.
 */
function parkedForStop(
  draft: Draft,
  accountId: AccountId,
  fill: VenueFill,
  key: string,
  ruledOut: OrderId | null,
): boolean {
  const parked = draft.state.parkedFills.get(key);
  const before = parked?.ruledOut ?? [];
  const excluded = ruledOut === null || before.includes(ruledOut) ? before : [...before, ruledOut];
  const candidates = waitingStops(draft.state, accountId, fill).filter(
    (order) => !excluded.includes(order.orderId),
  );
  if (candidates.length === 0) return false;
  // Asked once per step, or a stop that cannot be ruled out would be looked up without end. Whose order the execution
  // belongs to may have been learned since: that is a step, and is kept with it.
  const isStep =
    parked === undefined ||
    excluded.length > before.length ||
    parked.fill.venueClientOrderId !== fill.venueClientOrderId;
  if (!isStep) return true;
  draft.emit({ type: 'fill_parked', accountId, fill, ruledOut: excluded });
  for (const { orderId } of candidates) draft.effect({ type: 'look_up', orderId });
  return true;
}

/** Stops on the side of an execution that work at the venue and of which it has not reported the trigger yet. */
function waitingStops(state: PortfolioState, accountId: AccountId, fill: VenueFill): readonly Order[] {
  return stopsOn(state, accountId, fill.symbol).filter(
    (order) =>
      order.side === fill.side && order.positionSide === fill.positionSide && isAwaitingTrigger(order),
  );
}

function bookToOrder(draft: Draft, order: Order, fill: VenueFill): void {
  const { orderId } = order;
  if (order.fillKeys.includes(fillKey(fill.venueOrderId, fill.tradeId))) return;
  replaceExplainedCuts(draft, order.accountId, fill, order);
  const before = positionOf(draft.state, order);
  const feeWorth = feeWorthOf(draft.state, before, fill, draft.at);
  const { position, realizedPnl } = applyExecution(before, fill, { feeWorth });
  const shown = shownOf(draft, before, fill, realizedPnl);
  const booked = applyTransition(draft, orderId, 'fill_booked', {
    type: 'fill_booked',
    orderId,
    accountId: order.accountId,
    fill,
    positionPnl: realizedPnl,
    ...openingMarks(before, position),
    ...(order.strategy === null ? {} : { strategy: order.strategy }),
    ...(feeWorth === undefined ? {} : { feeWorth }),
    ...(shown === undefined ? {} : { shown }),
    ...strategyQuantity(draft.state, order, fill, shown?.closing),
  });
  if (!booked) return;
  const base = signedQuantity(before, fill);
  const paid = quoteAmountOf(fill, base.abs());
  exchangeBeside(draft, before, { base, quote: base.isNegative() ? paid : paid.negate() });
  takeFeeFromInventory(draft, before, fill, feeWorth);
  weighSalesSince(draft, order.accountId, fill, order);
  settleLostFromSight(draft, orderId);
  const after = currentOrder(draft, orderId);
  if (after.quantity !== null && after.filledQuantity.greaterThan(after.quantity))
    openContradiction(draft, after, `${after.filledQuantity.toString()} filled`, MORE_THAN_ORDERED);
  if (after.status === 'filled') return;
  if (after.quantity !== null && after.filledQuantity.atLeast(after.quantity)) {
    closeOrder(draft, orderId, { status: 'filled', filledQuantity: after.filledQuantity, detail: '' });
    return;
  }
  if (isFinished(after.status)) return;
  if (after.final !== null && after.filledQuantity.atLeast(after.final.filledQuantity)) {
    closeOrder(draft, orderId, after.final);
    return;
  }
  reissueCancel(draft, orderId);
}

/**
 * Looks again at executions that were parked on an instrument: some order may have learned its venue id,
 * and once nothing there is unresolved the rest are not ours. `ruledOut` as for `bookFill`.
 */
export function settleParkedFills(
  draft: Draft,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  settingOf: SettingOf,
  ruledOut: OrderId | null = null,
): void {
  for (const parked of draft.state.parkedFills.values()) {
    if (parked.accountId === accountId && parked.fill.symbol === symbol)
      bookFill(draft, accountId, parked.fill, settingOf, ruledOut);
  }
}

function recordExternal(draft: Draft, accountId: AccountId, fill: VenueFill, settingOf: SettingOf): void {
  const setting = settingOf(accountId, fill.symbol);
  // An instrument that the venue no longer lists cannot be booked; its balances show up in the next comparison.
  if (setting === null) return;
  replaceExplainedCuts(draft, accountId, fill, setting);
  const { symbol, positionSide } = fill;
  const before = positionOf(draft.state, { accountId, symbol, positionSide, ...setting });
  const feeWorth =
    setting.kind === 'linear_swap' ? feeWorthOf(draft.state, before, fill, draft.at) : undefined;
  const applied = applyExecution(before, fill, { feeWorth });
  const shown = shownOf(draft, before, fill, applied.realizedPnl);
  draft.emit({
    type: 'external_fill_seen',
    accountId,
    fill,
    setting,
    ...takenByOthers(draft.state, accountId, fill, setting),
    ...(setting.kind === 'spot' ? { keepsMoves: true as const } : {}),
    ...(setting.kind === 'linear_swap' ? openingMarks(before, applied.position) : {}),
    ...(feeWorth === undefined ? {} : { feeWorth }),
    ...(shown === undefined ? {} : { shown }),
    ...unlockedBy(draft.state, accountId, fill, setting),
  });
  if (before.kind === 'linear_swap') takeFeeFromInventory(draft, before, fill, feeWorth);
  else exchangeExternal(draft, before, fill);
  weighSalesSince(draft, accountId, fill, setting);
  const id = driftId('external_fill', accountId, fill.symbol);
  if (draft.state.drift.has(id)) return;
  draft.emit({
    type: 'drift_opened',
    drift: {
      driftId: id,
      kind: 'external_fill',
      accountId,
      subject: fill.symbol,
      symbol: fill.symbol,
      orderId: null,
      ours: 'no such order',
      theirs: `first seen: an execution of ${fill.quantity.toString()} at ${fill.price.toString()}, of the ${fill.side} order ${fill.venueOrderId} of the venue`,
      // One case stands for all of them: an order that others fill in many parts is one difference, not many.
      detail:
        'orders that were not placed here trade on this instrument; the execution may be a part of its order, and later ones are not in the case: GET /trading/v2/fills lists each',
      openedAt: draft.at,
    },
  });
}

/**
 * The part of a swap's execution that a reading had shown; undefined where it is none. The wallet has moved by what was realised for it, and
 * what comparisons have found of the rest, the fee included, is taken back.
 */
function shownOf(
  draft: Draft,
  before: Position,
  fill: VenueFill,
  realizedPnl: Decimal,
): ShownBefore | undefined {
  const { quantity, closing, realizedPnl: expected, since } = shownBefore(before, fill);
  if (quantity.isZero()) return undefined;
  const fee = fill.feeAsset === before.quote ? fill.fee : Decimal.zero;
  const amount = (fill.realizedPnl ?? realizedPnl).subtract(fee).subtract(expected);
  const found = takeFound(draft, before.accountId, { asset: before.quote, amount }, since);
  return { quantity, closing, inWallet: expected.add(found) };
}

/** An execution that becomes known after later sales by others shows that they found another inventory. */
function weighSalesSince(draft: Draft, accountId: AccountId, fill: VenueFill, setting: OrderSetting): void {
  if (setting.kind !== 'spot') return;
  for (const { asset } of balanceDeltas(setting, fill, Decimal.zero))
    weighSales(draft, accountId, asset, fill.executedAt, fill.tradeId);
}

/** Trades of others beside our position are trades of inventory, their fee included. */
function exchangeExternal(draft: Draft, before: Position, fill: VenueFill): void {
  const bought = fill.side === 'buy' ? fill.quantity : fill.quantity.negate();
  const paid = quoteAmount(fill);
  const feeIn = (asset: Asset): Decimal => (fill.feeAsset === asset ? fill.fee : Decimal.zero);
  exchangeBeside(draft, before, {
    base: bought.subtract(feeIn(before.base)),
    quote: (fill.side === 'buy' ? paid.negate() : paid).subtract(feeIn(before.quote)),
  });
  const { feeAsset } = fill;
  if (feeAsset !== null && feeAsset !== before.base && feeAsset !== before.quote)
    exchangeInventory(draft, before.accountId, [{ asset: feeAsset, amount: fill.fee.negate() }]);
}

/** A page of executions read from the venue; `cursor` is moved only once all of it is taken in. */
export function noteFills(
  draft: Draft,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  fills: readonly VenueFill[],
  cursor: FillsCursor | null,
  settingOf: SettingOf,
): void {
  for (const fill of fills) bookFill(draft, accountId, fill, settingOf);
  if (cursor !== null && draft.state.fillsCursors.get(instrumentKey(accountId, symbol)) !== cursor) {
    draft.emit({ type: 'fills_cursor_moved', accountId, symbol, cursor });
  }
}

/** Takes the venue's answer for a parked execution: the client id of its order, which is ours or provably is not. */
export function noteIdentified(
  draft: Draft,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  venueOrderId: VenueOrderId,
  venueClientOrderId: VenueClientOrderId,
  settingOf: SettingOf,
): void {
  for (const parked of draft.state.parkedFills.values()) {
    const { fill } = parked;
    if (parked.accountId !== accountId || fill.symbol !== symbol || fill.venueOrderId !== venueOrderId)
      continue;
    bookFill(draft, accountId, { ...fill, venueClientOrderId }, settingOf);
  }
}
