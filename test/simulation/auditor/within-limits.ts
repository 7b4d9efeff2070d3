/** I3: no order reaches the venue that was not approved, or that the account cannot pay, or for another position than asked. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Asked, KillSwitchWindow, PlaceCall } from '../answers.ts';
import type { CreateOnWire } from '../wire/venue-on-wire.ts';
import type { AuditedRun } from './audited-run.ts';
import { isBetween, onlyReduces, orderOfFills } from './positions.ts';

export function batchesAreWhole(run: AuditedRun): void {
  const byLabel = new Map(run.evidence.service.all.map((order) => [order.strategy ?? '', order]));
  const atVenue = new Set(run.ours.map((order) => order.clientOrderId));
  for (const labels of run.evidence.calls.batches) {
    const isSent = labels.some((label) => atVenue.has(byLabel.get(label)?.venueClientOrderId ?? ''));
    if (!isSent) continue;
    for (const label of labels) {
      const status = byLabel.get(label)?.status ?? 'not known to the service';
      if (status === 'denied' || !byLabel.has(label))
        run.fail('I3', `${label} is ${status}, yet its all-or-none batch reached the venue`);
    }
  }
  for (const { answer, asked } of run.evidence.calls.places)
    if (answer.kind === 'withheld' && atVenue.has(byLabel.get(asked.label)?.venueClientOrderId ?? ''))
      run.fail('I3', `${asked.label} was answered as withheld and is at the venue`);
}

export function nothingRefusedForBalance(run: AuditedRun): void {
  // A venue that counts too few executions at an order's end makes its books ours: then this cannot be answer.
  // Nor where its owner takes money out, which a comparison finds later.
  const { movedOut, staleAnswers } = run.evidence.venue;
  if (run.external.length > 0 || staleAnswers.size > 0 || movedOut.size > 0) return;
  for (const create of run.evidence.venue.creates) {
    if (create.verdict.kind !== 'refused' || create.verdict.code !== 'insufficient_balance') continue;
    const shown = run.shownByClientId.get(create.clientOrderId);
    const isRaw = shown?.price === null && shown.protectionPrice === null && shown.side === 'buy';
    const isSwap = shown?.symbol.includes(':') === true;
    // The mark may have moved since: what a raw market order costs, and what margin leaves of a wallet.
    const isBesideMargin = isUnified(run) && shown?.side === 'buy';
    if ((isRaw || isSwap || isBesideMargin) && !run.evidence.venue.pinned) continue;
    if (isBesideMargin && isPaidMeanwhile(run, create)) continue;
    run.fail('I3', `${create.clientOrderId} was approved and the account could not pay it`);
  }
}

/**
 * Whether the wallet paid for swaps while an order was on its way. Closing one is never refused for its fee and its loss, and funding asks
 * nobody: neither is held back for.
 */
function isPaidMeanwhile(run: AuditedRun, { signedAt, arrivedAt }: CreateOnWire): boolean {
  const { exchange, ourAccount } = run.evidence.venue;
  const isMeanwhile = (at: number): boolean => at >= signedAt && at <= arrivedAt;
  const closings = run.fills.filter(
    ({ clientOrderId, marketType, at }) =>
      marketType === 'swap' && isMeanwhile(at) && onlyReducesAs(run, clientOrderId),
  );
  const funding = exchange.funding(ourAccount).filter(({ at }) => isMeanwhile(at));
  const paid = [
    ...closings.map(({ fee, realizedPnl }) => fee.subtract(realizedPnl)),
    ...funding.map(({ amount }) => amount.negate()),
  ].reduce((sum, one) => sum.add(one), Decimal.zero);
  return paid.isPositive();
}

/** Whether an order was asked for as one that only reduces. */
function onlyReducesAs(run: AuditedRun, clientOrderId: string | null): boolean {
  if (run.isOfLadder(clientOrderId)) return true;
  const label = run.shownByClientId.get(clientOrderId ?? '')?.strategy ?? '';
  return run.evidence.calls.places.some(({ asked }) => asked.label === label && onlyReduces(asked));
}

function isUnified(run: AuditedRun): boolean {
  const { exchange, ourAccount } = run.evidence.venue;
  return exchange.balances(ourAccount).some(({ wallet }) => wallet === 'unified');
}

/** A conditional order waits at the venue for the move that it was asked for, whatever the market did meanwhile. */
export function directionsHold(run: AuditedRun): void {
  const typesAsked = new Map<string, Set<string>>();
  for (const { asked } of run.evidence.calls.places) {
    const types = typesAsked.get(asked.label) ?? new Set();
    typesAsked.set(asked.label, types.add(asked.type));
  }
  for (const order of run.ours) {
    if (order.stopPrice === null || run.isOfLadder(order.clientOrderId)) continue;
    const label = run.shownByClientId.get(order.clientOrderId ?? '')?.strategy ?? '';
    if (typesAsked.get(label)?.has(order.type) !== true)
      run.fail('I3', `${order.clientOrderId ?? ''} waits as ${order.type}, which nobody asked for`);
  }
}

export function sidesHold(run: AuditedRun): void {
  // A key that is used again with other content repeats the label with another side.
  const byLabel = new Map<string, Asked[]>();
  for (const { asked } of run.evidence.calls.places)
    byLabel.set(asked.label, [...(byLabel.get(asked.label) ?? []), asked]);
  const askedFor = (
    clientOrderId: string | null,
    { symbol, side, positionSide }: Pick<Asked, 'symbol' | 'side' | 'positionSide'>,
  ): Asked | undefined =>
    byLabel
      .get(run.shownByClientId.get(clientOrderId ?? '')?.strategy ?? '')
      ?.find(
        (asked) => asked.symbol === symbol && asked.side === side && asked.positionSide === positionSide,
      );
  for (const create of run.evidence.venue.creates)
    if (!run.isOfLadder(create.clientOrderId) && askedFor(create.clientOrderId, create) === undefined)
      run.fail(
        'I3',
        `${create.clientOrderId} was sent as ${create.side} ${create.positionSide} ${create.symbol}, which nobody asked for`,
      );
  const held = new Map<string, Decimal>();
  for (const fill of run.fills.toSorted(orderOfFills(true))) {
    if (fill.marketType !== 'swap') continue;
    const key = `${fill.symbol} ${fill.positionSide}`;
    const before = held.get(key) ?? Decimal.zero;
    const after = fill.side === 'buy' ? before.add(fill.quantity) : before.subtract(fill.quantity);
    held.set(key, after);
    const request = askedFor(fill.clientOrderId, fill);
    const mayOnlyReduce =
      run.isOfLadder(fill.clientOrderId) || (request !== undefined && onlyReduces(request));
    if (mayOnlyReduce && !isBetween(after, before))
      run.fail(
        'I3',
        `${fill.clientOrderId ?? ''} only reduces and moved ${key} from ${before.toString()} to ${after.toString()}`,
      );
  }
}

export function killSwitchHolds(run: AuditedRun): void {
  for (const call of run.evidence.calls.places)
    if (isUnder(call, run.evidence.calls.killSwitch) && !mayReduce(call.asked))
      run.fail('I3', `${call.asked.label} was accepted under the kill switch`);
}

/** Halted takes nothing that a program sends, reduce-only what shrinks exposure. */
export function tradingStatesHold(run: AuditedRun): void {
  const { places, tradingStates } = run.evidence.calls;
  for (const call of places)
    for (const window of tradingStates) {
      const isOfIt = window.symbol === null || window.symbol === call.asked.symbol;
      if (!isOfIt || !isUnder(call, [window])) continue;
      if (window.state === 'halted' || !mayReduce(call.asked))
        run.fail(
          'I3',
          `${call.asked.label} was accepted while ${window.symbol ?? 'all'} was ${window.state}`,
        );
    }
}

/** Whether a new order was asked for, and accepted, while one of these was known to be in force. */
function isUnder(
  { answer, arrivedAt, answeredAt }: PlaceCall,
  windows: readonly KillSwitchWindow[],
): boolean {
  if (answer.kind !== 'accepted' || answer.replayed || arrivedAt === null || answeredAt === null)
    return false;
  return windows.some(({ from, until }) => arrivedAt > from && answeredAt < until);
}

function mayReduce(asked: Asked): boolean {
  return asked.positionSide === 'net'
    ? asked.side === 'sell' || asked.symbol.includes(':')
    : onlyReduces({ ...asked, reduceOnly: false });
}
