/**
 * I3, I4: losses of the day and of the peak, computed anew from the readings of equity and the moves of capital; what the rules on
 * them and the ladder make of it.
 *
 * Entry point: `lossesHold`. A decision rests on what the journal has before it, so that no room is needed: the readings are folded
 * here by arithmetic of its own. That the last reading is true, `equity.ts` says from the venue's truth.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { AnsweredRefusal } from '../answers.ts';
import type { AuditedRun } from './audited-run.ts';
import type { JournaledLine } from './evidence.ts';

const DAY_MS = 86_400_000;
const STEPS = ['none', 'warn', 'no_new_risk', 'cancel_orders', 'flatten'];
/** Hundredths of a limit, by step. */
const SHARES = [0, 80, 100, 110, 125];
/** Digits of the fraction of a peak that is lost, rounded up (docs/risk.md, Ladder). */
const DRAWDOWN_DIGITS = 6;
/** One unit of the last digit of a loss that is stated. */
const STATED_UNIT = Decimal.of(1n, 8);
/** Peaks are rounded when flows scale them. */
const MOST_ROUNDED = Decimal.parse('0.000000001');
const HUNDRED = Decimal.fromInteger(100);
const DIGITS = 30;

/** The equity of a mode as its last reading and the moves since have it. */
interface Equity {
  readonly current: Decimal;
  readonly low: Decimal;
  readonly high: Decimal;
  readonly peak: Decimal;
  readonly dayStart: Decimal;
  readonly day: number;
  /** Flows that the next reading scales the peak by. */
  readonly toScale: Decimal;
  readonly step: number;
}

type End = 'low' | 'high';

export function lossesHold(run: AuditedRun): void {
  const { maxDailyLoss, maxDrawdown } = run.evidence.losses;
  if (maxDailyLoss === null && maxDrawdown === null) return;
  let equity: Equity | null = null;
  for (const line of run.evidence.journal) {
    const { type, payload } = line;
    if (type === 'equity_observed') {
      const before: Equity | null = equity;
      equity = read(before, line);
      stepHolds(run, before, equity, line);
    } else if (type === 'capital_moved') {
      // A change that nothing explains moves the figures by rules of its own, and its explanation moves them back.
      if (!['joined', 'flow', 'exchanged'].includes(String(payload['cause']))) return;
      equity = moved(equity, line);
    } else if (type === 'order_denied') {
      for (const refusal of payload['refusals'] as readonly AnsweredRefusal[])
        refusalHolds(run, equity, line, refusal);
    } else if (type === 'order_accepted') acceptanceHolds(run, equity, line);
  }
}

function read(before: Equity | null, { at, payload }: JournaledLine): Equity {
  const current = figure(payload, 'equity');
  const low = figure(payload, 'low', current);
  const high = figure(payload, 'high', current);
  const ladder = payload['ladder'] as { readonly step: string } | null;
  const step = ladder === null ? (before?.step ?? 0) : STEPS.indexOf(ladder.step);
  const today = Math.floor(at / DAY_MS);
  const reading = { current, low, high, step, toScale: Decimal.zero };
  if (before === null || payload['reasonOfReading'] === 'reset')
    return { ...reading, peak: current, dayStart: current, day: today };
  const scaled = before.toScale.isZero()
    ? before.peak
    : scaledBy(before.peak, current.subtract(before.toScale), current);
  const day = Math.max(before.day, today);
  return {
    ...reading,
    peak: scaled.max(low),
    // A day that no reading began begins with the higher of the last one before midnight and the first one after.
    dayStart: day > before.day ? before.current.max(current) : before.dayStart,
    day,
  };
}

/** A flow is no loss: it moves the baseline of the day, and scales the peak by equity after / before. */
function moved(before: Equity | null, { at, payload }: JournaledLine): Equity {
  const change = figure(payload, 'equity');
  const baseline = figure(payload, 'baseline');
  if (before === null)
    return {
      current: change,
      low: change,
      high: change,
      peak: change,
      dayStart: change,
      day: Math.floor(at / DAY_MS),
      toScale: Decimal.zero,
      step: 0,
    };
  const current = before.current.add(change);
  const isLater = payload['scaledAtReading'] === true;
  return {
    ...before,
    current,
    low: before.low.add(change),
    high: before.high.add(change),
    dayStart: before.dayStart.add(figure(payload, 'dayBaseline', baseline)),
    peak: isLater ? before.peak : scaledBy(before.peak, current.subtract(baseline), current),
    toScale: isLater ? before.toScale.add(baseline) : before.toScale,
  };
}

function scaledBy(peak: Decimal, before: Decimal, after: Decimal): Decimal {
  return peak.multiply(after).divide(before, DIGITS, 'half_even');
}

function figure(payload: JournaledLine['payload'], name: string, otherwise?: Decimal): Decimal {
  const text = payload[name];
  if (text === undefined && otherwise !== undefined) return otherwise;
  return Decimal.parse(String(text));
}

function dailyLoss({ day, dayStart, ...ends }: Equity, at: number, end: End): Decimal {
  return Math.floor(at / DAY_MS) > day ? Decimal.zero : dayStart.subtract(ends[end]).max(Decimal.zero);
}

function drawdown({ peak, ...ends }: Equity, end: End): Decimal {
  return peak.subtract(ends[end]).max(Decimal.zero).divide(peak, DRAWDOWN_DIGITS, 'up');
}

/** The higher of the shares of both limits that are lost, in hundredths. */
function shareLost(run: AuditedRun, equity: Equity, at: number, end: End): Decimal {
  const { maxDailyLoss, maxDrawdown } = run.evidence.losses;
  const share = (lost: Decimal, limit: Decimal | null): Decimal =>
    limit === null ? Decimal.zero : lost.multiply(HUNDRED).divide(limit, DIGITS, 'half_even');
  return share(dailyLoss(equity, at, end), maxDailyLoss).max(share(drawdown(equity, end), maxDrawdown));
}

/** A step is taken as its share of a limit is lost, no sooner and no later; those that cancel and close, on what is surely lost. */
function stepHolds(
  run: AuditedRun,
  before: Equity | null,
  after: Equity,
  { at, payload }: JournaledLine,
): void {
  if (payload['reasonOfReading'] === 'reset') return;
  const low = shareLost(run, after, at, 'low');
  const high = shareLost(run, after, at, 'high');
  const say = (what: string): void =>
    run.fail(
      'I3',
      `the ladder ${what} at ${at}, with ${low.toString()} to ${high.toString()} hundredths of a limit lost`,
    );
  const reaches = (share: Decimal, step: number): boolean =>
    share.add(MOST_ROUNDED).atLeast(Decimal.fromInteger(SHARES[step] ?? 0));
  const { step } = after;
  if (step > (before?.step ?? 0) && !reaches(step > 2 ? high : low, step)) say(`takes ${STEPS[step] ?? ''}`);
  const due = [2, 1].find((one) => low.subtract(MOST_ROUNDED).atLeast(Decimal.fromInteger(SHARES[one] ?? 0)));
  if (due !== undefined && step < due) say(`stays at ${STEPS[step] ?? ''}`);
}

function refusalHolds(
  run: AuditedRun,
  equity: Equity | null,
  { at }: JournaledLine,
  { actual, code, limit }: AnsweredRefusal,
): void {
  if (code !== 'daily_loss_limit' && code !== 'drawdown_limit') return;
  const isDaily = code === 'daily_loss_limit';
  const { maxDailyLoss, maxDrawdown } = run.evidence.losses;
  const own = isDaily ? maxDailyLoss : maxDrawdown;
  const lost =
    equity === null ? Decimal.zero : isDaily ? dailyLoss(equity, at, 'low') : drawdown(equity, 'low');
  const stated = Decimal.parse(actual ?? '0').subtract(lost);
  // Losses are stated with eight digits after the point, rounded up.
  const isNear =
    stated.add(MOST_ROUNDED).atLeast(Decimal.zero) && stated.atMost(STATED_UNIT.add(MOST_ROUNDED));
  if (own === null || limit !== own.toString() || !isNear || lost.add(MOST_ROUNDED).lessThan(own))
    run.fail(
      'I3',
      `${code} at ${at} names ${String(actual)} of ${String(limit)}, where ${lost.toString()} is lost and the limit ${own?.toString() ?? 'none'}`,
    );
}

/** Purchases on spot, which always add risk. */
function acceptanceHolds(run: AuditedRun, equity: Equity | null, { at, payload }: JournaledLine): void {
  const { request } = payload as {
    readonly request: { readonly orderId: string; readonly side: string; readonly symbol: string };
  };
  if (request.side !== 'buy' || request.symbol.includes(':') || equity === null) return;
  const lost = shareLost(run, equity, at, 'low');
  if (lost.subtract(MOST_ROUNDED).atLeast(HUNDRED) || equity.step >= 2)
    run.fail(
      'I3',
      `${request.orderId} was accepted with ${lost.toString()} hundredths of a limit lost, at ${STEPS[equity.step] ?? ''}`,
    );
}
