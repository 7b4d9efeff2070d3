/** Every kind of alarm comes from what `GET /risk/status` shows, once. */
import { expect, it } from 'vitest';
import { RISK_ALARM_KINDS, toRiskAlarms } from './risk-alarm.ts';
import type { RiskStatusView } from './risk-status.ts';

const SINCE = '2026-01-31T12:00:00.000Z';
const QUIET: RiskStatusView = {
  trading: 'open',
  base_currency: 'USDT',
  kill_switch: { engaged: false, requested_by: null, reason: null, at: null },
  halted: null,
  trading_states: [],
  mode: 'paper',
  modes: ['paper', 'live'],
  equity: null,
  ladder: { step: 'none', latched: false, since: null, why: null, unconfirmed: null, steps: [] },
  blind: [],
  margin: [],
  margin_alarms: [],
  protection_alarms: [],
  missing_stops: [],
  unexplained: [],
  rules: [],
  instruments: [],
  usage: {
    open_orders: { limit: null, actual: 0 },
    daily_loss: { limit: null, actual: null },
    drawdown: { limit: null, actual: null },
  },
  limits: {} as RiskStatusView['limits'],
  as_of_seq: 1,
};

const marginAlarm = (
  alarm: (typeof RISK_ALARM_KINDS)[number] & RiskStatusView['margin_alarms'][number]['alarm'],
) => ({
  account: 'b',
  mode: 'live' as const,
  alarm,
  wallet: null,
  symbol: 'BTC/USDT:USDT',
  position_side: 'net' as const,
  threshold: '0.8',
  actual: '0.9',
  since: SINCE,
});

const LOUD: RiskStatusView = {
  ...QUIET,
  halted: 'a broken assertion',
  kill_switch: { engaged: true, requested_by: 'a', reason: 'stop', at: SINCE },
  trading_states: [
    {
      scope: 'strategy',
      account: null,
      exchange: null,
      symbol: null,
      strategy: 'one',
      state: 'halted',
      version: 1,
      set_by: 'a',
      reason: 'r',
      set_at: SINCE,
    },
  ],
  equity: {
    current: '1',
    low: '1',
    high: '1',
    capital: '1',
    unpriced: [],
    uncertain: 'too wide',
    peak: '1',
    day_start: '1',
    day_pnl: '0',
    at: SINCE,
  },
  ladder: { step: 'warn', latched: true, since: SINCE, why: 'loss', unconfirmed: 'flatten', steps: [] },
  blind: [{ account: 'a', mode: 'paper', why: 'unreachable', since: SINCE, detached: null }],
  margin_alarms: (['margin_ratio', 'liquidation_distance', 'margin_unknown'] as const).map(marginAlarm),
  protection_alarms: (['stop_too_large', 'stop_unfilled', 'stop_lost'] as const).map((alarm) => ({
    account: 'b',
    mode: 'live' as const,
    alarm,
    symbol: 'BTC/USDT:USDT',
    position_side: 'long' as const,
    order_id: 'o',
    stop_quantity: '10',
    position_quantity: '9',
    why: 'too large',
    since: SINCE,
  })),
  missing_stops: [
    {
      account: 'a',
      mode: 'paper',
      symbol: 'BTC/USDT',
      position_side: 'net',
      order_id: 'o',
      stop_price: '50000',
      uncovered: '1',
      why: 'refused',
      since: SINCE,
      tried: true,
    },
  ],
  unexplained: [{ id: 'u', account: 'a', asset: 'BTC', amount: '-1', lost: '60000', at: SINCE }],
  instruments: [
    {
      exchange: 'binance',
      account: 'a',
      symbol: 'BTC/USDT',
      trading: 'reduce_only',
      why: 'drift',
      drift_id: 'd',
      position: { limit: null, actual: null, headroom_percent: null },
      leverage: { limit: null, actual: null, headroom_percent: null },
    },
  ],
};

it('a quiet portfolio has none', () => {
  expect(toRiskAlarms([QUIET, { ...QUIET, mode: 'live' }])).toEqual([]);
});

it('each kind is listed once, also where the statuses of two modes show it', () => {
  const alarms = toRiskAlarms([LOUD, { ...QUIET, mode: 'live', blind: LOUD.blind, halted: LOUD.halted }]);
  expect(alarms.map(({ alarm }) => alarm).toSorted()).toEqual([...RISK_ALARM_KINDS].toSorted());
  expect(new Set(alarms.map(({ id }) => id)).size).toBe(alarms.length);
  expect(alarms.find(({ alarm }) => alarm === 'trading_state')).toMatchObject({
    id: 'trading_state strategy one',
    trading_state: 'halted',
    why: 'r',
    since: SINCE,
  });
  expect(alarms.find(({ alarm }) => alarm === 'stop_too_large')).toMatchObject({
    order_id: 'o',
    position_side: 'long',
    threshold: '9',
    actual: '10',
  });
  expect(alarms.find(({ alarm }) => alarm === 'margin_ratio')).toMatchObject({
    account: 'b',
    mode: 'live',
    symbol: 'BTC/USDT:USDT',
    threshold: '0.8',
    actual: '0.9',
  });
});
