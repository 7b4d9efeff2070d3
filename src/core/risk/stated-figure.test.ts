/** Losses and exposures of many digits, as rules, usage and ladder state them: with eight decimals, rounded up. */
import { beforeEach, describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../decimal.ts';
import { Desk, NO_CONVERSIONS, NO_LIMITS, quoteAt, SPOT_INSTRUMENT } from '../testing/fixture.ts';
import { dailyLossOf } from './equity.ts';
import type { RiskLimits } from './limits.ts';
import { riskUsage } from './usage.ts';

const LOST = '562.0503109224';
const STATED = '562.05031093';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded('100000', '10');
  desk.readEquity('0', { worth: '100000' });
  desk.at += 5_000;
});

const withLimits = (limits: Partial<RiskLimits>): RiskLimits => ({ ...NO_LIMITS, ...limits });
const usageOf = (limits: RiskLimits, rule: string): unknown => {
  const context = {
    ...NO_CONVERSIONS,
    mode: 'paper',
    at: desk.at,
    limits: () => limits,
    marks: new Map<string, Decimal>(),
    leverages: new Map<string, Decimal>(),
    margins: new Map(),
    removedAccounts: new Set<never>(),
    halted: null,
  } as const;
  return riskUsage(desk.state, context).rules.find((one) => one.rule === rule)?.actual;
};

describe('a loss of the day', () => {
  it('is rounded up in the denial, in its words, in the usage and in the step of the ladder, and kept with every digit', () => {
    const limits = withLimits({ maxDailyLoss: decimal('562') });
    desk.readEquity(`-${LOST}`, { limits });
    expect(desk.refusalBy('daily_loss', {}, { limits })).toMatchObject({
      actual: STATED,
      detail: `${STATED} USDT were lost since 00:00 UTC`,
    });
    expect(usageOf(limits, 'daily_loss')).toBe(STATED);
    expect(desk.ladder.why).toBe(`daily loss is ${STATED}, its limit 562`);
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe(LOST);
  });

  it('is measured against the limit with every digit', () => {
    const limits = withLimits({ maxDailyLoss: decimal(STATED) });
    desk.readEquity(`-${LOST}`, { limits });
    expect(desk.refusalBy('daily_loss', {}, { limits })).toBeNull();
  });
});

it.each([
  ['total_exposure', { maxTotalExposure: decimal('1') }],
  ['position_limit', { maxPositionNotional: decimal('1') }],
  ['order_size', { maxOrderNotional: decimal('1') }],
] as const)('an exposure that %s refuses is rounded up', (rule, limits) => {
  const quote = quoteAt(SPOT_INSTRUMENT, decimal('100.000000001'), desk.at);
  const order = { quantity: decimal('1'), price: decimal('100') };
  const refusal = desk.refusalBy(rule, order, { limits: withLimits(limits), quote });
  expect(refusal?.actual).toBe('100.00000001');
  expect(refusal?.detail).not.toContain('000000001 ');
});
