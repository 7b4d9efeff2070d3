/**
 * The risk ladder: what is done as a mode's equity nears and passes the limits on daily loss and drawdown.
 *
 * Each step holds all before it, and is latched: it is left only by a reset with a reason, which also makes the peak
 * and the day's baseline start from the equity of that moment. Both sit in the journal with the reading they rest on.
 *
 * Steps that take no new risk are taken on the low end of the equity, on one reading. Steps that cancel and flatten are
 * taken on its high end, so on what is surely lost, and on two readings whose prices are apart in time.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, OrderId, TimeMs } from '../ids.ts';
import { cancelOrder } from '../order/cancel.ts';
import { mayBeAtVenue } from '../order/order.ts';
import { isProtective } from '../order/protection.ts';
import { onlyReduces } from '../order/terms.ts';
import type { Draft } from '../portfolio/draft.ts';
import { dailyLossOf, drawdownOf, nextEquity } from './equity.ts';
import { restNote, stepLeftOver } from './explained-steps.ts';
import { measureEquity, type DecidingPrice, type MeasuredEquity } from './equity-reading.ts';
import type { EquityRecord, KeptPrice } from './equity-record.ts';
import { LADDER_STEPS, type LadderState, type LadderStep } from './ladder-step.ts';
import type { RiskLimits } from './limits.ts';
import { equityOf, ladderOf } from './mode-books.ts';
import { roundedUp } from './stated-figure.ts';
import type { IntervalEnd } from './valuation.ts';

/** Hundredths of a limit at which each step is taken, highest first. */
export const LADDER_THRESHOLDS = [
  ['flatten', 125],
  ['cancel_orders', 110],
  ['no_new_risk', 100],
  ['warn', 80],
] as const satisfies readonly (readonly [LadderStep, number])[];

/** How far apart readings are journaled while nothing else asks for one. */
const READING_INTERVAL_MS = 5_000;

/** By how much the prices of a second reading are later, at least, than those of the first one, for a step that cancels or flattens. */
export const SECOND_DATUM_AFTER_MS = 250;
/** How long after the first reading the second one counts. */
export const SECOND_DATUM_WITHIN_MS = 2_000;

/** A reading that asks for a step which needs a second one. */
export interface FirstDatum {
  readonly step: LadderStep;
  readonly at: TimeMs;
  readonly decidingPrice: DecidingPrice;
}

export interface EquityReading {
  readonly mode: AccountMode;
  /** The newest price of each thing that is held, as far as markets have confirmed one. */
  readonly prices: readonly KeptPrice[];
  /** Accounts whose holdings have fresh prices, as far as they have a market: they join once their books are known. */
  readonly joinable: readonly AccountId[];
  /** The last reading, where it asked for a second one. */
  readonly first: FirstDatum | null;
  /** Somebody waits for its figures: it is journaled whatever it says. */
  readonly isAsked?: boolean;
  readonly limits: RiskLimits;
}

/** `second` asks for another reading soon; null where none is needed. */
export interface EquityReply {
  readonly second: FirstDatum | null;
  /** The step that the reading led to; null where none was taken. */
  readonly stepped: LadderStepped | null;
}

/** A step that was taken, the figures that it rests on (base currency), and the orders that it cancels. */
export interface LadderStepped {
  readonly ladder: LadderState;
  readonly equity: Pick<EquityRecord, 'current' | 'low' | 'high' | 'dayStart' | 'peak'>;
  readonly canceled: readonly OrderId[];
}

/** Takes a reading: journals it when it says something new, climbs the ladder, and cancels what the ladder says. */
export function readEquity(draft: Draft, reading: EquityReading): EquityReply {
  const { mode, limits } = reading;
  const isFirst = equityOf(draft.state, mode) === null;
  const joinedBefore = draft.state.capitals.size;
  const measured = measureEquity(draft, mode, reading.prices, reading.joinable);
  if (measured === null) return { second: null, stepped: null };
  const before = equityOf(draft.state, mode);
  const after = nextEquity(before, draft.at, { ...measured.reading, rebased: false });
  const ladder = ladderOf(draft.state, mode);
  // A step that asks for a second reading is taken by that one alone.
  const stepFor = (record: EquityRecord): LadderStep => stepAtOnce(climb('none', record, draft.at, limits));
  const left = stepLeftOver(draft.state, ladder, after, draft.at, stepFor);
  const standing = (left ?? ladder).step;
  const asked = climb(standing, after, draft.at, limits);
  const { first } = reading;
  const decidingPrice = decidingPriceFor(asked, standing, after, measured, draft.at, limits);
  const isConfirmed = first !== null && confirms(first, draft.at, decidingPrice);
  const confirmedStep = isConfirmed ? first.step : 'no_new_risk';
  const climbed = asked === null ? null : asLowAs(asked, confirmedStep, standing);
  const taken = ladderAfter(draft, mode, after, { ladder, left, climbed }, limits);
  const hasJoined = draft.state.capitals.size !== joinedBefore;
  const reason =
    climbed !== null || left !== null
      ? 'ladder'
      : isFirst
        ? 'day_start'
        : (reasonToJournal(before, after) ??
          (hasJoined || taken !== null || reading.isAsked === true ? 'interval' : null));
  if (reason !== null) {
    const { current, low, high, capital, prices, unpriced, uncertain } = after;
    draft.emit({
      type: 'equity_observed',
      mode,
      equity: current,
      ...(low.equals(current) && high.equals(current) ? {} : { low, high }),
      capital,
      reasonOfReading: reason,
      ladder: taken,
      realized: measured.realized,
      unrealized: measured.unrealized,
      prices,
      unpriced,
      ...(uncertain === null ? {} : { uncertain }),
    });
  }
  const canceled =
    climbed?.step === 'cancel_orders' || climbed?.step === 'flatten'
      ? cancelWorking(draft, mode, climbed)
      : [];
  const isUnmet = asked !== null && rank(asked.step) > rank(climbed?.step ?? standing);
  return {
    second: isUnmet ? { step: asked.step, at: draft.at, decidingPrice } : null,
    stepped: climbed === null ? null : { ladder: climbed, equity: after, canceled },
  };
}

/** The ladder as the reading leaves it, with what its step rests on; null where it stays what it was. */
function ladderAfter(
  { state, at }: Draft,
  mode: AccountMode,
  record: EquityRecord,
  {
    ladder,
    left,
    climbed,
  }: {
    readonly ladder: LadderState;
    readonly left: LadderState | null;
    readonly climbed: LadderState | null;
  },
  limits: RiskLimits,
): LadderState | null {
  const { restsOn: _rests, otherwise: _otherwise, ...taken } = climbed ?? left ?? ladder;
  if (taken.step === 'none') return left;
  const isStanding = climbed === null && left === null;
  if (isStanding && ladder.restsOn === undefined) return null;
  const stepFor = (other: EquityRecord): LadderStep => {
    const step = climb('none', other, at, limits)?.step ?? 'none';
    return rank(step) <= rank(taken.step) ? step : taken.step;
  };
  const note = restNote(state, mode, record, taken.step, stepFor, isStanding ? ladder : null);
  const isSame = note.otherwise === ladder.otherwise && note.restsOn?.length === ladder.restsOn?.length;
  return isStanding && isSame ? null : { ...taken, ...note };
}

/** A step that one reading may take. */
function stepAtOnce(asked: LadderState | null): LadderStep {
  if (asked === null) return 'none';
  return endFor(asked.step) === 'high' ? 'no_new_risk' : asked.step;
}

export type LadderReply =
  | { readonly kind: 'ladder_reset'; readonly left: LadderState }
  | { readonly kind: 'nothing_to_reset' };

/** Leaves every step of a mode, and measures its losses anew from here. Nothing to leave: nothing is journaled. */
export function resetLadder(draft: Draft, mode: AccountMode, requestedBy: string, why: string): LadderReply {
  const equity = equityOf(draft.state, mode);
  const ladder = ladderOf(draft.state, mode);
  if (ladder.step === 'none' || equity === null) return { kind: 'nothing_to_reset' };
  draft.emit({
    type: 'equity_observed',
    mode,
    equity: equity.current,
    low: equity.low,
    high: equity.high,
    capital: equity.capital,
    reasonOfReading: 'reset',
    ladder: { step: 'none', steppedAt: draft.at, why: `reset by ${requestedBy}: ${why}` },
    ...(equity.uncertain === null ? {} : { uncertain: equity.uncertain }),
  });
  return { kind: 'ladder_reset', left: ladder };
}

function reasonToJournal(
  before: EquityRecord | null,
  after: EquityRecord,
): 'day_start' | 'peak' | 'interval' | null {
  if (before === null || before.day !== after.day) return 'day_start';
  if (after.peak.greaterThan(before.peak)) return 'peak';
  const turned =
    (before.uncertain === null) !== (after.uncertain === null) ||
    before.unpriced.length !== after.unpriced.length;
  const isDue = after.at < before.at || after.at - before.at >= READING_INTERVAL_MS;
  // A clock that was set back: the reading brings the record to its time, and the interval counts from there.
  return turned || isDue ? 'interval' : null;
}

/** The end of the equity that a step is taken on. */
function endFor(step: LadderStep): IntervalEnd {
  return step === 'cancel_orders' || step === 'flatten' ? 'high' : 'low';
}

/** The step that a record asks for, where it is above the one that stands. */
function climb(
  standing: LadderStep,
  record: EquityRecord,
  at: TimeMs,
  limits: RiskLimits,
): LadderState | null {
  if (!limits.checksEnabled) return null;
  let highest: LadderState | null = null;
  for (const end of ['low', 'high'] as const) {
    for (const [name, actual, limit] of [
      ['daily loss', dailyLossOf(record, at, end), limits.maxDailyLoss],
      ['drawdown', drawdownOf(record, end), limits.maxDrawdown],
    ] as const) {
      const step = limit === null ? 'none' : stepOn(end, actual, limit);
      if (limit === null || rank(step) <= rank(highest?.step ?? standing)) continue;
      highest = {
        step,
        steppedAt: at,
        why: `${name} is ${roundedUp(actual).toString()}, its limit ${limit.toString()}`,
      };
    }
  }
  return highest;
}

/** The highest step that may be taken on that end. */
function stepOn(end: IntervalEnd, actual: Decimal, limit: Decimal): LadderStep {
  const step = stepAt(actual, limit);
  return end === 'low' && endFor(step) === 'high' ? 'no_new_risk' : step;
}

/** The step for a loss measured against its limit. */
export function stepAt(actual: Decimal, limit: Decimal): LadderStep {
  if (!actual.isPositive()) return 'none';
  const found = LADDER_THRESHOLDS.find(([, hundredths]) =>
    actual.multiply(Decimal.fromInteger(100)).atLeast(limit.multiply(Decimal.fromInteger(hundredths))),
  );
  return found?.[0] ?? 'none';
}

/**
 * The price that has to be newer for the step asked for. Where only positions with old prices lose, and the step stands although each
 * of them is off by the largest haircut, the loss is realised elsewhere: it rests on no price, and time alone confirms it.
 */
function decidingPriceFor(
  asked: LadderState | null,
  standing: LadderStep,
  record: EquityRecord,
  { decidingPrice, highWithoutOldPrices }: Pick<MeasuredEquity, 'decidingPrice' | 'highWithoutOldPrices'>,
  at: TimeMs,
  limits: RiskLimits,
): DecidingPrice {
  if (asked === null || highWithoutOldPrices === null) return decidingPrice;
  const without = climb(standing, { ...record, high: highWithoutOldPrices }, at, limits);
  return without !== null && rank(without.step) >= rank(asked.step) ? { key: null, at } : decidingPrice;
}

function rank(step: LadderStep): number {
  return LADDER_STEPS.indexOf(step);
}

/**
 * Whether this reading is the second datum that the first one asked for. Where another position loses most by now, its price must be
 * of after the first reading: that one may have rested on the same.
 */
function confirms(first: FirstDatum, at: TimeMs, price: DecidingPrice): boolean {
  const isSamePosition = price.key === first.decidingPrice.key;
  return (
    at - first.at >= SECOND_DATUM_AFTER_MS &&
    at - first.at <= SECOND_DATUM_WITHIN_MS &&
    price.at - first.decidingPrice.at >= SECOND_DATUM_AFTER_MS &&
    (isSamePosition || price.at > first.at)
  );
}

/** The step asked for, no higher than what is confirmed; null where that is not above the one that stands. */
function asLowAs(asked: LadderState, confirmed: LadderStep, standing: LadderStep): LadderState | null {
  const step = rank(asked.step) <= rank(confirmed) ? asked.step : confirmed;
  return rank(step) > rank(standing) ? { ...asked, step } : null;
}

/** The orders that are canceled. */
function cancelWorking(draft: Draft, mode: AccountMode, { step, why }: LadderState): readonly OrderId[] {
  const canceled: OrderId[] = [];
  for (const order of draft.state.unfinished.values()) {
    if (order.mode !== mode) continue;
    // An order that only reduces takes no risk. A stop on spot is never marked so, and protects all the same.
    if (order.cancelRequested || onlyReduces(order) || isProtective(draft.state, order)) continue;
    if (!mayBeAtVenue(order) && order.status !== 'accepted' && order.status !== 'armed') continue;
    cancelOrder(draft, order.orderId, `risk ladder: ${step}`, why);
    canceled.push(order.orderId);
  }
  return canceled;
}
