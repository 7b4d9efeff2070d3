/** Changes of positions and balances as `evolve` folds them. */
import { balanceDeltas, type BalanceDelta } from '../balance/balance.ts';
import { BrokenAssertion } from '../broken-assertion.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, InstrumentSymbol, TimeMs } from '../ids.ts';
import { fillKey } from '../order/order.ts';
import { adoptionFill } from '../position/adoption.ts';
import type { ShownBefore } from '../position/awaited-record.ts';
import { applyExecution, MOST_AWAITED } from '../position/awaited.ts';
import { cutFill, withCutChanged, withoutCut } from '../position/cuts.ts';
import { addFee } from '../position/fees.ts';
import {
  changedAt,
  isOpened,
  applyFill,
  flatPosition,
  type Position,
  type PositionFill,
  type PositionOwner,
} from '../position/position.ts';
import { quoteAmount, withQuantity } from '../position/quote-amount.ts';
import { releaseLock } from '../reconcile/external-locks.ts';
import { dayAfter, dayOf } from '../risk/equity.ts';
import { bookStrategyFill, giveBackParts, restoreParts } from '../risk/strategy-books.ts';
import type { VenueFill } from '../venue/report.ts';
import { keepExternalMoves, keepPutBack, keepReading, noteOwnMoves } from './asset-move-changes.ts';
import type { PortfolioEvent } from './events.ts';
import { balanceKey, executionKey, positionKey, positionKeyOf } from './keys.ts';
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
    copy.filledCost = copy.filledCost.add(quoteAmount(fill));
    copy.fees = addFee(copy.fees, fill.feeAsset, fill.fee);
  });
  const order = knownOrder(state, event.orderId);
  const before = positionOf(state, order);
  noteDayStart(state, at, before);
  const { position, realizedPnl } = applyExecution(before, fill, event);
  state.positions.set(positionKeyOf(order), changedAt(before, position, at, event.dated));
  if (event.strategy !== undefined) bookStrategyFill(state, at, event, order);
  const deltas = balanceDeltas(order, fill, walletResult(fill.realizedPnl ?? realizedPnl, event.shown));
  for (const delta of deltas) addToBalance(state, order.accountId, delta, at);
  if (order.kind === 'spot') noteOwnMoves(state, order.accountId, deltas, fill.executedAt);
}

/** An execution of an order that is not ours. */
export function bookExternalFill(
  state: PortfolioState,
  at: TimeMs,
  {
    accountId,
    fill,
    setting,
    taken,
    takenAt,
    keepsMoves,
    opens,
    dated,
    feeWorth,
    shown,
    unlocked,
  }: Extract<PortfolioEvent, { type: 'external_fill_seen' }>,
): void {
  const key = executionKey(accountId, fill);
  state.parkedFills.delete(key);
  state.externalFills.set(key, steadyTimeOf(state, at));
  let realizedPnl = Decimal.zero;
  if (setting.kind === 'linear_swap') {
    // A swap position at the venue includes everybody's trades on the account; a spot position is what is left of our own purchases.
    const { symbol, positionSide } = fill;
    const before = positionOf(state, { accountId, symbol, positionSide, ...setting });
    noteDayStart(state, at, before);
    const applied = applyExecution(before, fill, { opens, feeWorth });
    state.positions.set(positionKeyOf(before), changedAt(before, applied.position, at, dated));
    realizedPnl = walletResult(fill.realizedPnl ?? applied.realizedPnl, shown);
  } else if (taken !== undefined) {
    const before = positionOf(state, { accountId, symbol: fill.symbol, positionSide: 'net', ...setting });
    moveSpotPosition(state, at, before, externalSale(fill, taken, takenAt));
  }
  if (keepsMoves === true) keepExternalMoves(state, accountId, fill, setting);
  for (const delta of balanceDeltas(setting, fill, realizedPnl)) addToBalance(state, accountId, delta, at);
  if (unlocked !== undefined) releaseLock(state, accountId, fill, setting, unlocked);
}

/** The movement of a swap's wallet by an execution, its fee apart: less what the wallet has moved by already. */
export function walletResult(realizedPnl: Decimal, shown: ShownBefore | undefined): Decimal {
  return shown === undefined ? realizedPnl : realizedPnl.subtract(shown.inWallet);
}

/** The part of an external sale that a position gives up; its fee is none of ours. */
export function externalSale(
  fill: VenueFill,
  taken: Decimal,
  executedAt: TimeMs = fill.executedAt,
): PositionFill {
  return {
    ...withQuantity(fill, taken),
    fee: Decimal.zero,
    feeAsset: null,
    executedAt,
    cut: 'external_sale',
  };
}

function moveSpotPosition(
  state: PortfolioState,
  at: TimeMs,
  before: Position,
  fill: PositionFill,
  dated?: true,
): void {
  noteDayStart(state, at, before);
  const { position } = applyFill(before, fill);
  state.positions.set(positionKeyOf(before), changedAt(before, position, at, dated));
}

export function adoptPosition(
  state: PortfolioState,
  at: TimeMs,
  {
    accountId,
    symbol,
    setting,
    adoption,
    opens,
    dated,
  }: Extract<PortfolioEvent, { type: 'position_adopted' }>,
): void {
  const before = positionOf(state, { accountId, symbol, positionSide: 'net', ...setting });
  moveSpotPosition(state, at, before, { ...adoptionFill(adoption), opens }, dated);
}

export function cutPosition(
  state: PortfolioState,
  at: TimeMs,
  { accountId, symbol, cut }: Extract<PortfolioEvent, { type: 'position_cut' }>,
): void {
  moveSpotPosition(state, at, knownPosition(state, accountId, symbol), cutFill(cut));
}

export function replaceCut(
  state: PortfolioState,
  at: TimeMs,
  {
    accountId,
    symbol,
    cutId,
    quantity,
    balances,
    executedAt,
  }: Extract<PortfolioEvent, { type: 'position_cut_replaced' }>,
): void {
  const before = knownPosition(state, accountId, symbol);
  noteDayStart(state, at, before);
  const after = withoutCut(before, cutId, quantity);
  state.positions.set(positionKeyOf(before), changedAt(before, after, at));
  giveBackParts(state, at, { before, after, cutId });
  for (const change of balances) {
    addToBalance(state, accountId, change, at);
    if (executedAt !== undefined) keepPutBack(state, accountId, change, executedAt);
  }
}

export function changeCut(
  state: PortfolioState,
  at: TimeMs,
  { accountId, symbol, cut, sequence }: Extract<PortfolioEvent, { type: 'position_cut_changed' }>,
): void {
  const before = knownPosition(state, accountId, symbol);
  noteDayStart(state, at, before);
  const changed = withCutChanged(before, { ...cutFill(cut), sequence });
  state.positions.set(positionKeyOf(before), changedAt(before, changed, at));
  restoreParts(state, at, before, cut.cutId);
}

/** The venue's totals become ours. */
export function observeBalances(
  state: PortfolioState,
  {
    accountId,
    balances,
    askedAt,
    readAt,
    isComplete,
  }: Extract<PortfolioEvent, { type: 'balances_observed' }>,
): void {
  const isTakeOver = state.accounts.get(accountId)?.balancesKnown !== true;
  const found = new Map<Asset, Decimal>();
  for (const balance of balances) {
    const key = balanceKey(balance.accountId, balance.wallet, balance.asset);
    const before = state.balances.get(key)?.total ?? Decimal.zero;
    state.balances.set(key, balance);
    const other = balance.total.subtract(before);
    if (isTakeOver || !other.isZero())
      found.set(balance.asset, (found.get(balance.asset) ?? Decimal.zero).add(other));
  }
  // Earlier releases have kept no moves.
  if (readAt !== undefined)
    keepReading(state, accountId, found, {
      askedAt,
      readAt,
      isComplete: isComplete === true,
      isTakeOver,
    });
}

function knownPosition(state: PortfolioState, accountId: AccountId, symbol: InstrumentSymbol): Position {
  const position = state.positions.get(positionKey(accountId, symbol, 'net'));
  if (position === undefined)
    throw new BrokenAssertion(`a cut of a position that never was: ${accountId} ${symbol}`);
  return position;
}

/** The venue's swap positions become ours. A part that was closed without executions is realised, in the wallet too. */
export function observePositions(
  state: PortfolioState,
  at: TimeMs,
  { accountId, positions }: Extract<PortfolioEvent, { type: 'positions_observed' }>,
): void {
  for (const { symbol, positionSide, setting, netQuantity, openCost, awaited = [], settled } of positions) {
    const before = positionOf(state, { accountId, symbol, positionSide, ...setting });
    const made = awaited.reduce((sum, { realizedPnl }) => sum.add(realizedPnl), Decimal.zero);
    // A reading without a result begins no day.
    if (!made.isZero()) noteDayStart(state, at, before);
    const realizedPnl = before.realizedPnl.add(made);
    const opened =
      before.formerPnl !== undefined && isOpened(before, { netQuantity }) ? { formerPnl: realizedPnl } : {};
    const after = {
      ...before,
      ...opened,
      netQuantity,
      openCost,
      realizedPnl,
      ...(awaited.length === 0
        ? {}
        : { awaited: [...(before.awaited ?? []), ...awaited].slice(-MOST_AWAITED) }),
    };
    state.positions.set(positionKeyOf(before), changedAt(before, after, at));
    const delta = made.subtract(settled ?? Decimal.zero);
    if (!delta.isZero())
      addToBalance(state, accountId, { wallet: before.wallet, asset: before.quote, delta }, at);
  }
}

/** The position that an order's fills go into; a flat one when there is none yet. */
export function positionOf(state: PortfolioState, owner: PositionOwner): Position {
  return state.positions.get(positionKeyOf(owner)) ?? flatPosition(owner);
}

/** Keeps the results of a position until today, before the first event that moves them today. */
export function noteDayStart(state: PortfolioState, at: TimeMs, before: Position): void {
  const key = positionKeyOf(before);
  const standing = state.dayStarts.get(key)?.day;
  const day = standing === undefined ? dayOf(at) : dayAfter(standing, at);
  if (standing === day) return;
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
