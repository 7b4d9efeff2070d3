/** Limits, how much of them is used, and whether trading is open, as the API shows it. */
import { z } from 'zod';
import { ACCOUNT_MODES, VENUES, type AccountMode } from '../../core/ids.ts';
import { dailyLossOf, drawdownOf } from '../../core/risk/equity.ts';
import { isReduceOnlyStep, LADDER_STEPS } from '../../core/risk/ladder-step.ts';
import { RISK_RULES } from '../../core/risk/refusal.ts';
import type { Usage } from '../../core/risk/usage.ts';
import { BLIND_REASONS } from '../../core/risk/blind-account.ts';
import type { Desk, RiskReading } from '../../engine/desk.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';
import { shownAmount, shownLoss } from './figures.ts';
import { marginAlarmView, marginView, toMarginAlarmView, toMarginView } from './margin.ts';
import { protectionAlarmView, toProtectionAlarmView } from './protection-alarm.ts';
import { missingStopView, toMissingStopView } from './missing-stop.ts';
import { toTradingStateView, tradingStateView } from './trading-state.ts';
import { limitsInForceView, toLimitsInForceView } from './limits.ts';

const usage = {
  limit: z.string().nullable(),
  actual: z.string().nullable(),
  headroom_percent: decimalOut.nullable().meta({
    description:
      'The unused part of the limit, in percent of it, rounded down; null where nothing is measured.',
  }),
};

export const modeField = z.enum(ACCOUNT_MODES, { error: `must be one of ${ACCOUNT_MODES.join(', ')}` });

const blindView = z.object({
  account: z.string(),
  mode: modeField,
  why: z.enum(BLIND_REASONS),
  since: timeOut,
  detached: z
    .object({ requested_by: z.string(), reason: z.string(), at: timeOut })
    .nullable()
    .meta({ description: 'Who took it out of the equity, and why.' }),
});

const unexplainedView = z.object({
  id: z.string(),
  account: z.string(),
  asset: z.string(),
  amount: decimalOut.meta({ description: 'Units of the asset; negative for a decrease.' }),
  lost: decimalOut.meta({ description: 'What it took from the equity, in the base currency.' }),
  at: timeOut,
});

/** Whether orders that add risk are taken. */
export const TRADING_WORDS = ['open', 'reduce_only', 'killed', 'halted'] as const;

export const riskStatusView = z
  .object({
    trading: z
      .enum(TRADING_WORDS)
      .meta({ description: 'Of the portfolio; `instruments` shows where a single one is reduce-only.' }),
    base_currency: z.string().meta({ description: 'The currency of every limit, loss and exposure.' }),
    kill_switch: z.object({
      engaged: z.boolean(),
      requested_by: z.string().nullable(),
      reason: z.string().nullable(),
      at: timeOut.nullable(),
    }),
    halted: z.string().nullable().meta({ description: 'Why trading is halted.' }),
    trading_states: z
      .array(tradingStateView)
      .meta({ description: 'Scopes that somebody has made reduce-only or halted.' }),
    mode: modeField.meta({
      description: 'The accounts that equity, ladder, rules and usage are measured over: those of one mode.',
    }),
    modes: z.array(modeField).meta({ description: 'The modes that the portfolio has accounts in.' }),
    equity: z
      .object({
        current: decimalOut.meta({ description: 'At the last confirmed prices.' }),
        low: decimalOut.meta({ description: 'The least it can be: steps that take no new risk rest on it.' }),
        high: decimalOut.meta({
          description: 'The most it can be: steps that cancel and flatten rest on it.',
        }),
        capital: decimalOut,
        unpriced: z.array(z.string()).meta({
          description: 'Positions and assets of fees that no market has priced; their value is left out.',
        }),
        uncertain: z.string().nullable().meta({ description: 'Why no new risk is taken on it.' }),
        peak: decimalOut,
        day_start: decimalOut,
        day_pnl: decimalOut,
        at: timeOut,
      })
      .nullable(),
    ladder: z.object({
      step: z.enum(LADDER_STEPS),
      latched: z.boolean().meta({ description: 'Whether a step stays taken until `POST /risk/reset`.' }),
      since: timeOut.nullable(),
      why: z.string().nullable(),
      unconfirmed: z.enum(LADDER_STEPS).nullable().meta({
        description: 'A step that one reading asks for and that waits for a second one.',
      }),
      steps: z
        .array(
          z.object({
            step: z.enum(LADDER_STEPS),
            share_percent: z.int().meta({ description: 'Of the limit.' }),
            daily_loss: decimalOut
              .nullable()
              .meta({ description: 'The loss at which it is taken, in the base currency.' }),
            drawdown: decimalOut.nullable().meta({ description: 'Fraction at which it is taken.' }),
            reached: z.boolean(),
          }),
        )
        .meta({ description: 'From the first step to the last.' }),
    }),
    blind: z.array(blindView).meta({
      description: 'Accounts of any mode of which the equity is not known from their venue now.',
    }),
    margin: z.array(marginView),
    margin_alarms: z.array(marginAlarmView),
    protection_alarms: z.array(protectionAlarmView).meta({
      description:
        'Stops, of accounts of any mode, that do not protect the open position that they were to protect.',
    }),
    missing_stops: z.array(missingStopView),
    unexplained: z.array(unexplainedView).meta({
      description:
        'Changes of balances that nothing explains: a decrease is a loss, an increase counts for nothing.',
    }),
    rules: z
      .array(
        z.object({
          rule: z.enum(RISK_RULES),
          active: z.boolean().meta({ description: 'False while the risk check is off for it.' }),
          ...usage,
        }),
      )
      .meta({
        description:
          'In the order in which they run. A rule that is measured on instruments shows the tightest one.',
      }),
    instruments: z
      .array(
        z.object({
          exchange: z.enum(VENUES),
          account: z.string(),
          symbol: z.string(),
          trading: z.enum(['open', 'reduce_only', 'halted']),
          why: z.string().nullable().meta({ description: 'Why it is reduce-only or halted.' }),
          drift_id: z.string().nullable().meta({ description: 'The case to resolve, where that is why.' }),
          position: z.object(usage).meta({ description: 'In the base currency, worst case.' }),
          leverage: z.object(usage),
        }),
      )
      .meta({ description: 'Every instrument with a position, an open order, or a case that holds it.' }),
    usage: z.object({
      open_orders: z.object({ limit: z.int().nullable(), actual: z.int() }),
      daily_loss: z.object({ limit: decimalOut.nullable(), actual: decimalOut.nullable() }),
      drawdown: z.object({ limit: decimalOut.nullable(), actual: decimalOut.nullable() }),
    }),
    limits: limitsInForceView,
    as_of_seq: z.int(),
  })
  .meta({ id: 'RiskStatus' });

export type RiskStatusView = z.output<typeof riskStatusView>;

/** The status of a mode as the books have it now; of the most serious one where none is named. */
export async function riskStatusNow(desk: Desk, mode?: AccountMode): Promise<RiskStatusView> {
  const { value, seq } = await desk.books.risk(mode);
  return toRiskStatusView(value, seq);
}

export function toRiskStatusView(reading: RiskReading, seq: number): RiskStatusView {
  const { limits, killSwitch, equity, ladder, halted } = reading;
  const wasSet = killSwitch.at > 0;
  const wasStepped = ladder.steppedAt > 0;
  return {
    trading: tradingOf(reading),
    base_currency: reading.baseCurrency,
    kill_switch: {
      engaged: killSwitch.engaged,
      requested_by: wasSet ? killSwitch.requestedBy : null,
      reason: wasSet ? killSwitch.why : null,
      at: wasSet ? isoTime(killSwitch.at) : null,
    },
    halted,
    trading_states: reading.tradingStates.filter(({ state }) => state !== 'active').map(toTradingStateView),
    mode: reading.mode,
    modes: [...reading.modes],
    equity:
      equity === null
        ? null
        : {
            current: shownAmount(equity.current),
            low: shownAmount(equity.low),
            high: shownLoss(equity.high),
            capital: shownAmount(equity.capital),
            unpriced: equity.unpriced.map(({ key }) => key),
            uncertain: equity.uncertain,
            peak: shownLoss(equity.peak),
            day_start: shownAmount(equity.dayStart),
            day_pnl: shownAmount(equity.current.subtract(equity.dayStart)),
            at: isoTime(equity.at),
          },
    ladder: {
      step: ladder.step,
      latched: ladder.step !== 'none',
      since: wasStepped ? isoTime(ladder.steppedAt) : null,
      why: wasStepped ? ladder.why : null,
      unconfirmed: reading.unconfirmedStep,
      steps: reading.usage.ladder.map(({ step, share, dailyLoss, drawdown, reached }) => ({
        step,
        share_percent: share,
        daily_loss: dailyLoss?.toString() ?? null,
        drawdown: drawdown?.toString() ?? null,
        reached,
      })),
    },
    blind: reading.blind.map(({ accountId, mode, why, since }) => ({
      account: accountId,
      mode,
      why,
      since: isoTime(since),
      detached: detachedView(reading.detached.find((one) => one.accountId === accountId)),
    })),
    margin: reading.margins.map(toMarginView),
    margin_alarms: reading.marginAlarms.map(toMarginAlarmView),
    protection_alarms: reading.protectionAlarms.map(toProtectionAlarmView),
    missing_stops: reading.lostStops.map(toMissingStopView),
    unexplained: reading.unexplained.map(({ changeId, accountId, asset, amount, lost, at }) => ({
      id: changeId,
      account: accountId,
      asset,
      amount: amount.toString(),
      lost: shownLoss(lost),
      at: isoTime(at),
    })),
    rules: reading.usage.rules.map(({ rule, active, ...of }) => ({ rule, active, ...usageView(of) })),
    instruments: reading.usage.instruments.map(
      ({ venue, accountId, symbol, reduceOnly, position, leverage }) => ({
        exchange: venue,
        account: accountId,
        symbol,
        trading: reduceOnly?.state ?? 'open',
        why: reduceOnly?.why ?? null,
        drift_id: reduceOnly?.driftId ?? null,
        position: usageView(position),
        leverage: usageView(leverage),
      }),
    ),
    usage: {
      open_orders: { limit: limits.maxOpenOrders, actual: reading.openOrders },
      daily_loss: {
        limit: limits.maxDailyLoss?.toString() ?? null,
        actual: equity === null ? null : shownLoss(dailyLossOf(equity, equity.at, 'low')),
      },
      drawdown: {
        limit: limits.maxDrawdown?.toString() ?? null,
        actual: equity === null ? null : drawdownOf(equity, 'low').toString(),
      },
    },
    limits: toLimitsInForceView(limits),
    as_of_seq: seq,
  };
}

function detachedView(
  detached: RiskReading['detached'][number] | undefined,
): RiskStatusView['blind'][number]['detached'] {
  if (detached === undefined) return null;
  return { requested_by: detached.requestedBy, reason: detached.why, at: isoTime(detached.at) };
}

/** Over the portfolio, for orders of the mode that the reading is of. */
export function tradingOf({
  halted,
  killSwitch,
  ladder,
  equity,
  limits,
  tradingStates,
}: RiskReading): RiskStatusView['trading'] {
  const set = tradingStates.find(({ scope }) => scope.kind === 'portfolio')?.state ?? 'active';
  if (halted !== null || set === 'halted') return 'halted';
  if (killSwitch.engaged) return 'killed';
  const isUncertain = equity !== null && equity.uncertain !== null;
  const isHeld = limits.checksEnabled && (isReduceOnlyStep(ladder.step) || isUncertain);
  return isHeld || set === 'reduce_only' ? 'reduce_only' : 'open';
}

function usageView({ limit, actual, headroomPercent }: Usage): {
  limit: string | null;
  actual: string | null;
  headroom_percent: string | null;
} {
  return { limit, actual, headroom_percent: headroomPercent };
}
