/**
 * The risk ladder: what is done as equity nears and passes the limits on daily loss and drawdown.
 *
 * Each step holds all before it, and is latched: it is left only by a reset with a reason, which also makes the peak
 * and the day's baseline start from the equity of that moment. Both sit in the journal with the reading they rest on.
 */
import { Decimal } from '../decimal.ts';
import type { TimeMs } from '../ids.ts';
import { cancelOrder } from '../order/cancel.ts';
import { mayBeAtVenue } from '../order/order.ts';
import { protects } from '../order/protection.ts';
import { onlyReduces } from '../order/terms.ts';
import type { Draft } from '../portfolio/draft.ts';
import { dailyLossOf, drawdownOf, nextEquity, type TradingResult } from './equity.ts';
import { LADDER_STEPS, type LadderState, type LadderStep } from './ladder-step.ts';
import type { RiskLimits } from './limits.ts';
import type { EquityRecord } from './equity-record.ts';

/** Hundredths of a limit at which each step is taken, highest first. */
export const LADDER_THRESHOLDS = [
  ['flatten', 125],
  ['cancel_orders', 110],
  ['no_new_risk', 100],
  ['warn', 80],
] as const satisfies readonly (readonly [LadderStep, number])[];

/** How far apart readings are journaled while nothing else asks for one. */
const READING_INTERVAL_MS = 5_000;

export interface EquityReading {
  /** The result of trading, by `tradingResult`; quote units. */
  readonly result: TradingResult;
  /** The worth of the accounts now, open PnL included; the first reading takes the starting capital from it. */
  readonly accountValue: Decimal;
  /** Quote units moved in (or, negative, out) since the last reading. */
  readonly transferred: Decimal;
  readonly limits: RiskLimits;
}

/** Takes a reading: journals it when it says something new, climbs the ladder, and cancels what the ladder says. */
export function readEquity(draft: Draft, reading: EquityReading): void {
  const before = draft.state.equity;
  const { realized, unrealized } = reading.result;
  const pnl = realized.add(unrealized);
  const capital =
    before === null ? reading.accountValue.subtract(pnl) : before.capital.add(reading.transferred);
  const equity = capital.add(pnl);
  const after = nextEquity(before, draft.at, { equity, capital, rebased: false });
  const climbed = climb(draft.state.ladder.step, after, draft.at, reading.limits);
  const reason = climbed === null ? reasonToJournal(before, after) : 'ladder';
  if (reason === null) return;
  draft.emit({
    type: 'equity_observed',
    equity,
    capital,
    reasonOfReading: reason,
    ladder: climbed,
    realized,
    unrealized,
  });
  if (climbed?.step === 'cancel_orders' || climbed?.step === 'flatten') cancelWorking(draft, climbed.step);
}

export type LadderReply =
  | { readonly kind: 'ladder_reset'; readonly left: LadderState }
  | { readonly kind: 'nothing_to_reset' };

/** Leaves every step, and measures losses anew from here. Nothing to leave: nothing is journaled. */
export function resetLadder(draft: Draft, requestedBy: string, why: string): LadderReply {
  const { equity, ladder } = draft.state;
  if (ladder.step === 'none' || equity === null) return { kind: 'nothing_to_reset' };
  draft.emit({
    type: 'equity_observed',
    equity: equity.current,
    capital: equity.capital,
    reasonOfReading: 'reset',
    ladder: { step: 'none', steppedAt: draft.at, why: `reset by ${requestedBy}: ${why}` },
  });
  return { kind: 'ladder_reset', left: ladder };
}

function reasonToJournal(
  before: EquityRecord | null,
  after: EquityRecord,
): 'day_start' | 'peak' | 'interval' | null {
  if (before === null || before.day !== after.day) return 'day_start';
  const transferred = after.capital.subtract(before.capital);
  if (after.peak.greaterThan(before.peak.add(transferred))) return 'peak';
  return !transferred.isZero() || after.at - before.at >= READING_INTERVAL_MS ? 'interval' : null;
}

/** The step that a record asks for, where it is above the one that stands. */
function climb(
  standing: LadderStep,
  record: EquityRecord,
  at: TimeMs,
  limits: RiskLimits,
): LadderState | null {
  if (!limits.checksEnabled) return null;
  const loss = dailyLossOf(record, at);
  const drawdown = drawdownOf(record);
  let highest: LadderState | null = null;
  for (const [name, actual, limit] of [
    ['daily loss', loss, limits.maxDailyLoss],
    ['drawdown', drawdown, limits.maxDrawdown],
  ] as const) {
    const step = limit === null ? 'none' : stepAt(actual, limit);
    if (limit === null || LADDER_STEPS.indexOf(step) <= LADDER_STEPS.indexOf(highest?.step ?? standing))
      continue;
    highest = {
      step,
      steppedAt: at,
      why: `${name} is ${actual.toString()}, its limit ${limit.toString()}`,
    };
  }
  return highest;
}

/** The step for a loss measured against its limit. */
export function stepAt(actual: Decimal, limit: Decimal): LadderStep {
  if (!actual.isPositive()) return 'none';
  const found = LADDER_THRESHOLDS.find(([, hundredths]) =>
    actual.multiply(Decimal.fromInteger(100)).atLeast(limit.multiply(Decimal.fromInteger(hundredths))),
  );
  return found?.[0] ?? 'none';
}

function cancelWorking(draft: Draft, step: LadderStep): void {
  for (const order of draft.state.unfinished.values()) {
    // An order that only reduces takes no risk. A stop on spot is never marked so, and protects all the same.
    if (order.cancelRequested || onlyReduces(order) || protects(draft.state, order)) continue;
    if (mayBeAtVenue(order) || order.status === 'accepted' || order.status === 'armed')
      cancelOrder(draft, order.orderId, `risk ladder: ${step}`);
  }
}
