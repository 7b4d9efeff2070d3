/**
 * The alarms of a portfolio's risk, in one list: all that `GET /risk/status` shows of its modes that is not as it should be.
 *
 * Entry points: `riskAlarmView`, `toRiskAlarms`.
 */
import { z } from 'zod';
import { ACCOUNT_MODES } from '../../core/ids.ts';
import { PROTECTION_ALARM_KINDS } from '../../core/order/protection-alarms.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { LADDER_STEPS } from '../../core/risk/ladder-step.ts';
import { MARGIN_ALARM_KINDS } from '../../core/risk/liquidation.ts';
import { TRADING_STATES } from '../../core/risk/trading-state-record.ts';
import { decimalOut, timeOut } from '../fields.ts';
import { WALLET_VIEWS } from './balance.ts';
import type { RiskStatusView } from './risk-status.ts';

/**
 * - `trading_halted`: nothing is decided any more. `kill_switch`: it is engaged.
 * - `trading_state`: somebody made a scope reduce-only or halted. `instrument_held`: an instrument takes no new risk.
 * - `ladder_step`: a step of the ladder is taken. `ladder_unconfirmed`: one reading asks for a step, and a second is waited for.
 * - `equity_uncertain`: the equity is too wide an interval to take new risk on.
 * - `account_blind`: the equity of an account is not known from its exchange.
 * - `balance_unexplained`: a balance changed and nothing says why.
 * - `margin_ratio`, `liquidation_distance`, `margin_unknown`: near liquidation, or not known to be far from it.
 * - `stop_too_large`, `stop_unfilled`, `stop_lost`: a stop does not protect the open position that it was to protect.
 * - `stop_missing`: a stop was canceled to make room for another order, and is not in its place again.
 */
export const RISK_ALARM_KINDS = [
  'trading_halted',
  'kill_switch',
  'trading_state',
  'instrument_held',
  'ladder_step',
  'ladder_unconfirmed',
  'equity_uncertain',
  'account_blind',
  'balance_unexplained',
  'stop_missing',
  ...MARGIN_ALARM_KINDS,
  ...PROTECTION_ALARM_KINDS,
] as const;

export const riskAlarmView = z
  .object({
    id: z.string().meta({ description: 'The same for as long as the alarm stands.' }),
    alarm: z.enum(RISK_ALARM_KINDS),
    mode: z.enum(ACCOUNT_MODES).nullable().meta({ description: 'Null for what concerns every mode.' }),
    account: z.string().nullable(),
    symbol: z.string().nullable(),
    position_side: z.enum(POSITION_SIDES).nullable(),
    order_id: z.string().nullable().meta({ description: 'Of an alarm about a stop.' }),
    wallet: z.enum(WALLET_VIEWS).nullable(),
    ladder_step: z.enum(LADDER_STEPS).nullable(),
    trading_state: z.enum(TRADING_STATES).nullable(),
    why: z
      .string()
      .nullable()
      .meta({ description: 'In words, or the reason by its name in `/risk/status`.' }),
    threshold: decimalOut.nullable(),
    actual: decimalOut.nullable().meta({ description: 'As the list was made.' }),
    since: timeOut.nullable(),
  })
  .meta({ id: 'RiskAlarm', description: 'Something in `GET /risk/status` that is not as it should be.' });

export type RiskAlarmView = z.output<typeof riskAlarmView>;

const NOTHING_ELSE = {
  mode: null,
  account: null,
  symbol: null,
  position_side: null,
  order_id: null,
  wallet: null,
  ladder_step: null,
  trading_state: null,
  why: null,
  threshold: null,
  actual: null,
  since: null,
} as const;

/** The alarms that the statuses of all modes show, each once. */
export function toRiskAlarms(statuses: readonly RiskStatusView[]): readonly RiskAlarmView[] {
  const alarms = new Map<string, RiskAlarmView>();
  const add = (
    alarm: RiskAlarmView['alarm'],
    subject: readonly (string | null)[],
    more: Partial<Omit<RiskAlarmView, 'id' | 'alarm'>>,
  ): void => {
    const id = [alarm, ...subject.filter((part) => part !== null)].join(' ');
    alarms.set(id, { ...NOTHING_ELSE, ...more, id, alarm });
  };
  for (const status of statuses) {
    ofPortfolio(status, add);
    ofMode(status, add);
    for (const { account, mode, why, since } of status.blind)
      add('account_blind', [account], { account, mode, why, since });
    for (const { alarm, ...more } of status.margin_alarms) {
      const { account, wallet, symbol, position_side: side } = more;
      add(alarm, [account, wallet, symbol, side], more);
    }
    for (const {
      alarm,
      stop_quantity: actual,
      position_quantity: threshold,
      ...more
    } of status.protection_alarms)
      add(alarm, [more.account, more.symbol, more.position_side, more.order_id], {
        ...more,
        threshold,
        actual,
      });
    for (const missing of status.missing_stops) {
      const { order_id: orderId, mode, account, symbol, position_side: side, why, since } = missing;
      const found = { mode, account, symbol, position_side: side, why, since, actual: missing.uncovered };
      add('stop_missing', [orderId], { ...found, threshold: missing.stop_price });
    }
  }
  return [...alarms.values()];
}

type Add = (
  alarm: RiskAlarmView['alarm'],
  subject: readonly (string | null)[],
  more: Partial<Omit<RiskAlarmView, 'id' | 'alarm'>>,
) => void;

function ofPortfolio(
  { halted, kill_switch: killSwitch, trading_states: states }: RiskStatusView,
  add: Add,
): void {
  if (halted !== null) add('trading_halted', [], { why: halted });
  if (killSwitch.engaged) add('kill_switch', [], { why: killSwitch.reason, since: killSwitch.at });
  for (const { scope, account, exchange, symbol, strategy, state, reason, set_at: since } of states)
    add('trading_state', [scope, account, exchange, symbol, strategy], {
      account,
      symbol,
      trading_state: state,
      why: reason,
      since,
    });
}

function ofMode({ mode, ladder, equity, unexplained, instruments }: RiskStatusView, add: Add): void {
  if (ladder.step !== 'none')
    add('ladder_step', [mode], { mode, ladder_step: ladder.step, why: ladder.why, since: ladder.since });
  if (ladder.unconfirmed !== null)
    add('ladder_unconfirmed', [mode], { mode, ladder_step: ladder.unconfirmed });
  if (equity !== null && equity.uncertain !== null)
    add('equity_uncertain', [mode], { mode, why: equity.uncertain });
  for (const { id, account, asset, amount, at } of unexplained)
    add('balance_unexplained', [id], { mode, account, actual: amount, why: asset, since: at });
  for (const { account, symbol, trading, why } of instruments)
    if (trading !== 'open')
      add('instrument_held', [account, symbol], { mode, account, symbol, trading_state: trading, why });
}
