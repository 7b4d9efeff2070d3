import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { accountId } from '../ids.ts';
import { assetKey, instrumentKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  Desk,
  ETH_BTC_INSTRUMENT,
  NO_CONVERSIONS,
  NO_LIMITS,
  positionReport,
  setting,
  SPOT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { bookedSwaps } from './booked-swaps.ts';
import type { LadderStep } from './ladder-step.ts';
import type { RiskLimits } from './limits.ts';
import type { TradingState } from './trading-state-record.ts';
import { RISK_RULES, type RiskRuleName } from './refusal.ts';
import { riskUsage, type RiskUsage, type Usage } from './usage.ts';
import { exactly } from './valuation.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

const MARKS = new Map([SPOT, SWAP].map((symbol) => [instrumentKey(ACCOUNT, symbol), decimal('100')]));

function usage(
  limits: Partial<RiskLimits> = {},
  halted: string | null = null,
  given: Partial<Parameters<typeof riskUsage>[1]> = {},
): RiskUsage {
  return riskUsage(desk.state, {
    mode: 'paper',
    at: desk.at,
    limits: () => ({ ...NO_LIMITS, ...limits }),
    marks: MARKS,
    margins: new Map(),
    removedAccounts: new Set(),
    leverages: new Map([[instrumentKey(ACCOUNT, SWAP), decimal('5')]]),
    halted,
    ...NO_CONVERSIONS,
    ...given,
  });
}

function ruleOf(rule: RiskRuleName, limits: Partial<RiskLimits> = {}): Usage | undefined {
  const { rules } = usage(limits);
  expect(rules.map((each) => each.rule)).toEqual([...RISK_RULES]);
  const found = rules.find((each) => each.rule === rule);
  if (found === undefined) return undefined;
  const { limit, actual, headroomPercent } = found;
  return { limit, actual, headroomPercent };
}

function standAt(step: LadderStep): void {
  desk.state.ladder.set('paper', { step, steppedAt: desk.at, why: 'a test' });
}

function setState(state: TradingState): void {
  desk.run({
    type: 'set_trading_state',
    scope: { kind: 'portfolio' },
    state,
    expectedVersion: null,
    mayLoosen: true,
    requestedBy: 'tests',
    why: 'a test',
  });
}

describe('the usage of a rule', () => {
  it.each([
    ['nothing', (): void => undefined, 'active'],
    ['the ladder at warn', () => standAt('warn'), 'active'],
    ['the ladder from no_new_risk on', () => standAt('no_new_risk'), 'reduce_only'],
    ['a person', () => setState('reduce_only'), 'reduce_only'],
    ['a person, however the ladder stands', () => setState('halted'), 'halted'],
  ] as const)('of trading_state is the state in force over the portfolio: by %s', (_by, prepare, actual) => {
    prepare();
    expect(ruleOf('trading_state')).toEqual({ limit: 'active', actual, headroomPercent: null });
  });

  it('of trading_state is halted by a broken assertion', () => {
    const { rules } = usage({}, 'a test');
    expect(rules.find(({ rule }) => rule === 'trading_state')).toMatchObject({
      limit: 'active',
      actual: 'halted',
    });
  });

  it('is what an order of nothing would be measured at', () => {
    desk.hold(SWAP, '3');
    desk.open({ quantity: decimal('2') });
    expect(ruleOf('total_exposure', { maxTotalExposure: decimal('800') })).toEqual({
      limit: '800',
      actual: '500',
      headroomPercent: '37.5',
    });
    expect(ruleOf('open_orders', { maxOpenOrders: 3 })).toEqual({
      limit: '3',
      actual: '1',
      headroomPercent: '66.66',
    });
    expect(ruleOf('order_rate', { maxOrdersPerWindow: 10 })).toEqual({
      limit: '10',
      actual: '2',
      headroomPercent: '80',
    });
  });

  it('measured on instruments shows the one with the least headroom', () => {
    desk.hold(SWAP, '3');
    desk.hold(SPOT, '1');
    expect(ruleOf('position_limit', { maxPositionNotional: decimal('400') })).toEqual({
      limit: '400',
      actual: '300',
      headroomPercent: '25',
    });
    expect(ruleOf('leverage', { maxLeverage: decimal('4') })).toEqual({
      limit: '4',
      actual: '5',
      headroomPercent: '0',
    });
  });

  it('has no headroom without a limit, and none measured without a figure', () => {
    expect(ruleOf('total_exposure')).toEqual({ limit: null, actual: '0', headroomPercent: null });
    expect(ruleOf('daily_loss', { maxDailyLoss: decimal('9') })).toEqual({
      limit: '9',
      actual: null,
      headroomPercent: null,
    });
    expect(ruleOf('price_collar', { priceCollarBps: 50 })).toMatchObject({ limit: '50', actual: null });
  });

  it('of daily loss and drawdown follows the equity', () => {
    desk.readEquity('0');
    desk.at += 5_000;
    desk.readEquity('-30');
    expect(ruleOf('daily_loss', { maxDailyLoss: decimal('40') })).toEqual({
      limit: '40',
      actual: '30',
      headroomPercent: '25',
    });
    expect(ruleOf('drawdown', { maxDrawdown: decimal('0.3') })).toMatchObject({ headroomPercent: '90' });
  });

  it('of daily loss and drawdown is of the low end of an equity that is known to an interval', () => {
    desk.readEquity('0');
    desk.at += 5_000;
    desk.readEquity('-30');
    for (const [mode, record] of desk.state.equity) {
      const [low, high] = [record.low.subtract(decimal('30')), record.high.add(decimal('30'))];
      desk.state.equity.set(mode, { ...record, low, high });
    }
    expect(ruleOf('daily_loss', { maxDailyLoss: decimal('80') })).toMatchObject({ actual: '60' });
    expect(ruleOf('drawdown', { maxDrawdown: decimal('0.3') })).toMatchObject({ actual: '0.06' });
  });

  it('of the margin is not known while one account that holds a swap has no figure of it', () => {
    desk.hold(SWAP, '1');
    const wallet = {
      wallet: 'linear_swap',
      marginBalance: decimal('100'),
      maintenanceMargin: decimal('10'),
    } as const;
    const positions = [positionReport({ quantity: decimal('1'), marginMode: 'cross' })];
    const booked = bookedSwaps(desk.state, ACCOUNT);
    const margins = new Map([[ACCOUNT, { readAt: desk.at, margins: [wallet], positions, booked }]]);
    const actual = (): string | null | undefined =>
      usage({}, null, { margins }).rules.find(({ rule }) => rule === 'margin')?.actual;
    expect(actual()).toBe('0.1');
    const other = accountId('acc-9');
    const held = { symbol: SWAP, positionSide: 'net', setting: setting(SWAP_INSTRUMENT) } as const;
    desk.force({ type: 'account_opened', accountId: other, venue: 'binance', mode: 'paper' });
    desk.force({
      type: 'positions_observed',
      accountId: other,
      positions: [{ ...held, netQuantity: decimal('1'), openCost: decimal('100') }],
    });
    expect(actual()).toBeNull();
  });

  it('says which rules run while checks are off', () => {
    const active = usage({ checksEnabled: false })
      .rules.filter((rule) => rule.active)
      .map(({ rule }) => rule);
    expect(active).toContain('kill_switch');
    expect(active).not.toContain('position_limit');
  });
});

describe('the instruments', () => {
  it('are those with a position, an open order, or a case that holds them', () => {
    expect(usage().instruments).toEqual([]);
    desk.open();
    const order = desk.open({ symbol: SWAP });
    desk.fill(order, 't1');
    desk.fill(order, 't2');
    const [spot, swap] = usage().instruments;
    expect([spot?.symbol, swap?.symbol]).toEqual([SPOT, SWAP]);
    expect(spot).toMatchObject({ accountId: ACCOUNT, venue: 'binance', reduceOnly: null });
    expect(swap?.reduceOnly?.driftId).toContain('order_contradiction');
    expect(desk.refusalBy('trading_state', { symbol: SWAP })?.detail).toContain(swap?.reduceOnly?.why);
  });

  it('are measured in the base currency, and not where it is not known', () => {
    const { symbol, base, quote } = ETH_BTC_INSTRUMENT;
    desk.settings.set(symbol, desk.settingOf(ETH_BTC_INSTRUMENT));
    const baseRates = new Map([[assetKey(ACCOUNT, quote), exactly(decimal('60000'))]]);
    const given = { instrument: ETH_BTC_INSTRUMENT, ...NO_CONVERSIONS, baseRates };
    desk.open({ symbol, quantity: decimal('10'), price: decimal('0.04') }, given);
    expect(base).toBe('ETH');
    const marks = new Map([[instrumentKey(ACCOUNT, symbol), decimal('0.04')]]);
    const limits = { maxPositionNotional: decimal('96000') };
    const [known] = usage(limits, null, { marks, baseRates }).instruments;
    expect(known?.position).toEqual({ limit: '96000', actual: '24000', headroomPercent: '75' });
    const [unknown] = usage(limits, null, { marks }).instruments;
    expect(unknown?.position).toEqual({ limit: '96000', actual: null, headroomPercent: null });
  });

  it('say why they are reduce-only', () => {
    desk.open();
    const why = (halted: string | null = null): string | undefined =>
      usage({}, halted).instruments[0]?.reduceOnly?.why;
    expect(why()).toBeUndefined();
    expect(why('a bug')).toBe('trading is halted: a bug');
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'ann', why: 'seen', idempotency: null });
    expect(why()).toBe('the kill switch is engaged: seen');
  });
});

describe('the ladder', () => {
  it('lists the loss at which each step is taken, from the first to the last', () => {
    const { ladder } = usage({ maxDailyLoss: decimal('200'), maxDrawdown: decimal('0.1') });
    expect(
      ladder.map(({ step, dailyLoss, drawdown }) => [step, String(dailyLoss), String(drawdown)]),
    ).toEqual([
      ['warn', '160', '0.08'],
      ['no_new_risk', '200', '0.1'],
      ['cancel_orders', '220', '0.11'],
      ['flatten', '250', '0.125'],
    ]);
    expect(ladder.every(({ reached }) => !reached)).toBe(true);
    expect(usage().ladder.every(({ dailyLoss, drawdown }) => dailyLoss === null && drawdown === null)).toBe(
      true,
    );
  });
});
