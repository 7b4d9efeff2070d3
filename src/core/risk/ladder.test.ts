import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { accountRecord, ACCOUNT, Desk, NO_LIMITS, SPOT, START, SWAP, typesOf } from '../testing/fixture.ts';
import {
  dailyLossOf,
  drawdownOf,
  nextEquity,
  realizedToday,
  tradingResult,
  type Valuation,
} from './equity.ts';
import { stepAt } from './ladder.ts';
import { exactly } from './valuation.ts';
import { isReduceOnlyStep, LADDER_STEPS } from './ladder-step.ts';

const MIDNIGHT = START + 12 * 3_600_000;
const LIMITS = { ...NO_LIMITS, maxDailyLoss: decimal('100'), maxDrawdown: decimal('0.5') };

const UNPRICED: Valuation = { priceOf: () => null };
const NOTHING = { low: Decimal.zero, high: Decimal.zero };
const all = (): boolean => true;

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** A reading `laterMs` after the last one. */
function read(
  pnl: string,
  laterMs = 0,
  given: { limits?: typeof LIMITS; once?: boolean } = {},
): ReturnType<Desk['run']> {
  desk.at += laterMs;
  return desk.readEquity(pnl, { limits: LIMITS, ...given });
}

const reasons = (decision: ReturnType<Desk['run']>): readonly string[] =>
  decision.events.map((event) => (event.type === 'equity_observed' ? event.reasonOfReading : event.type));

describe('readings of equity', () => {
  it('start from what the accounts are worth, less what trading has made', () => {
    read('40');
    expect(desk.equity).toMatchObject({ current: decimal('1000'), capital: decimal('960') });
  });

  it('are journaled every five seconds, at once on a new peak, and otherwise not', () => {
    read('0');
    expect(reasons(read('-1', 4_999))).toEqual([]);
    expect(reasons(read('-1', 1))).toEqual(['interval']);
    expect(reasons(read('5', 1))).toEqual(['peak']);
    expect(reasons(read('5', 1))).toEqual([]);
    expect(desk.equity?.peak.toString()).toBe('1005');
  });

  it('set back over midnight, the clock starts no new day, and readings go on being journaled', () => {
    read('0');
    desk.at = MIDNIGHT - 1_000;
    read('-10');
    desk.at = MIDNIGHT + 1_000;
    read('-30');
    expect(desk.equity).toMatchObject({ dayStart: decimal('990'), day: MIDNIGHT });
    desk.run({ type: 'clock_stepped', stepMs: -600_000 });
    desk.at -= 600_000;
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe('20');
    expect(reasons(read('-40'))).toEqual(['interval']);
    expect(desk.equity).toMatchObject({ dayStart: decimal('990'), day: MIDNIGHT, at: desk.at });
    expect([4_999, 1].map((laterMs) => reasons(read('-40', laterMs)))).toEqual([[], ['interval']]);
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe('30');
    desk.at = MIDNIGHT + 1_000;
    expect(reasons(read('-40'))).toEqual(['interval']);
    expect(desk.equity).toMatchObject({ dayStart: decimal('990'), day: MIDNIGHT });
  });

  it('a clock that was days ahead leaves no day that lasts until then, and loses no loss', () => {
    read('0');
    desk.at += 10 * 86_400_000;
    read('-30');
    desk.at -= 10 * 86_400_000;
    read('-40');
    expect(desk.equity).toMatchObject({ dayStart: decimal('1000'), day: MIDNIGHT - 86_400_000 });
  });

  it('begin each day at the equity of midnight', () => {
    read('0');
    desk.at = MIDNIGHT - 1_000;
    read('-30');
    desk.at = MIDNIGHT + 1_000;
    expect(reasons(read('-31'))).toEqual(['day_start']);
    expect(desk.equity).toMatchObject({ dayStart: decimal('970'), day: MIDNIGHT });
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe('1');
  });

  it('count what was lost while nobody looked at midnight to the new day', () => {
    read('0');
    desk.at = MIDNIGHT + 8 * 3_600_000;
    read('-60');
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe('60');
  });

  it('begin at the first reading of the day when that is higher than the last one before', () => {
    read('0');
    desk.at = MIDNIGHT + 8 * 3_600_000;
    read('60');
    read('10', 5_000);
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe('50');
  });

  it('round a drawdown up', () => {
    read('0');
    read('-0.0000001', 5_000);
    expect(drawdownOf(desk.equity, 'low').toString()).toBe('0.000001');
  });
});

it('a peak is what the equity has been at least: the low end of its interval', () => {
  desk.readEquity('0');
  const before = desk.equity;
  if (before === null) throw new RangeError('there is no reading');
  const wide = { current: decimal('1100'), low: decimal('1040'), high: decimal('1160') };
  const { peak } = nextEquity(before, desk.at, { ...before, ...wide, rebased: false });
  expect([before.peak, peak].map(String)).toEqual(['1000', '1040']);
});

describe('the ladder', () => {
  it.each([
    ['none', '79.99'],
    ['warn', '80'],
    ['warn', '99.99'],
    ['no_new_risk', '100'],
    ['cancel_orders', '110'],
    ['cancel_orders', '124.99'],
    ['flatten', '125'],
    ['none', '-500'],
    ['none', '0'],
  ] as const)('stands at %s for a loss of %s of 100', (step, loss) => {
    expect(stepAt(decimal(loss), decimal('100'))).toBe(step);
  });

  it('takes a limit of nothing for passed by any loss', () => {
    expect(stepAt(Decimal.zero, Decimal.zero)).toBe('none');
    expect(stepAt(decimal('0.01'), Decimal.zero)).toBe('flatten');
  });

  it('is climbed step by step, journaled at once, and never left by recovering', () => {
    read('0');
    for (const [pnl, step] of [
      ['-80', 'warn'],
      ['-100', 'no_new_risk'],
      ['-110', 'cancel_orders'],
      ['-125', 'flatten'],
    ] as const) {
      expect(reasons(read(pnl, 1))).toEqual(['ladder']);
      expect(desk.ladder).toMatchObject({ step, steppedAt: desk.at });
      expect(reasons(read(pnl, 1))).toEqual([]);
    }
    expect(desk.ladder.why).toBe('daily loss is 125, its limit 100');
    read('50', 5_000);
    expect(desk.ladder.step).toBe('flatten');
  });

  it('takes the higher step of the two limits', () => {
    read('0', 0, { limits: { ...LIMITS, maxDrawdown: decimal('0.05') } });
    read('-85', 1, { limits: { ...LIMITS, maxDrawdown: decimal('0.05') } });
    expect(desk.ladder).toMatchObject({ step: 'flatten', why: 'drawdown is 0.085, its limit 0.05' });
  });

  it('has no steps without limits, or with checks off', () => {
    read('0');
    read('-900', 1, { limits: { ...LIMITS, checksEnabled: false } });
    read('-900', 1, {
      limits: { ...NO_LIMITS, maxDailyLoss: null, maxDrawdown: null } as unknown as typeof LIMITS,
    });
    expect(desk.ladder.step).toBe('none');
  });

  it('cancels working orders but keeps those that protect', () => {
    desk.hold(SWAP, '1');
    const buy = desk.open();
    const sent = desk.submitting();
    const waiting = desk.submitting();
    desk.outcome(waiting, { kind: 'not_sent', reason: 'connect_failed', detail: '' });
    const protective = desk.open({
      symbol: SWAP,
      side: 'sell',
      reduceOnly: true,
      type: 'stop_market',
      stopPrice: decimal('90'),
    });
    read('0');
    const decision = read('-110', 1);
    expect(typesOf(decision)[0]).toBe('equity_observed');
    expect(decision.effects.filter(({ type }) => type === 'cancel')).toEqual([
      { type: 'cancel', orderId: buy.orderId },
      { type: 'cancel', orderId: sent.orderId },
    ]);
    // The log has the step with its figures and orders; each order has its cause.
    expect(decision.reply).toMatchObject({
      kind: 'equity',
      stepped: {
        ladder: { step: 'cancel_orders', why: desk.ladder.why },
        canceled: expect.arrayContaining([buy.orderId, sent.orderId, waiting.orderId]) as unknown,
      },
    });
    expect(desk.ladder.why).toMatch(/ is .*, its limit /);
    for (const { orderId } of [buy, sent, waiting])
      expect(desk.order(orderId).cancelCause).toEqual({
        by: 'risk ladder: cancel_orders',
        why: desk.ladder.why,
      });
    desk.expectStatus(buy.orderId, 'canceling');
    desk.expectStatus(sent.orderId, 'submitting');
    desk.expectStatus(waiting.orderId, 'canceled');
    desk.expectStatus(protective.orderId, 'open');
  });

  it('keeps the stop-loss of a spot position, and cancels its take-profit', () => {
    desk.hold(SPOT, '2');
    const sell = { symbol: SPOT, side: 'sell', quantity: decimal('1'), trigger: 'last' } as const;
    const stop = desk.open({ ...sell, type: 'stop_market', stopPrice: decimal('90') });
    const profit = desk.open({ ...sell, type: 'take_profit_market', stopPrice: decimal('120') });
    read('0');
    const decision = read('-110', 1);
    expect(desk.ladder.step).toBe('cancel_orders');
    expect(decision.effects.filter(({ type }) => type === 'cancel')).toEqual([
      { type: 'cancel', orderId: profit.orderId },
    ]);
    desk.expectStatus(stop.orderId, 'open');
  });

  it('is left by a reset with a reason only, which measures losses anew from there', () => {
    read('0');
    read('-125', 1);
    const reset = { type: 'reset_ladder', mode: 'paper', requestedBy: 'ann', why: 'looked into it' } as const;
    expect(reasons(desk.run(reset))).toEqual(['reset']);
    expect(desk.ladder).toMatchObject({ step: 'none', why: 'reset by ann: looked into it' });
    expect(dailyLossOf(desk.equity, desk.at, 'low').isZero()).toBe(true);
    expect(drawdownOf(desk.equity, 'low').isZero()).toBe(true);
    expect(desk.run(reset)).toMatchObject({ events: [], reply: { outcome: { kind: 'nothing_to_reset' } } });
    read('-205', 1);
    expect(desk.ladder.step).toBe('warn');
  });

  it('lets no new risk in from its second working step on', () => {
    expect(LADDER_STEPS.filter(isReduceOnlyStep)).toEqual(['no_new_risk', 'cancel_orders', 'flatten']);
  });
});

describe('what trading has made', () => {
  it('is realised and open PnL and funding, less fees in any asset', () => {
    const order = desk.open({ symbol: SWAP, quantity: decimal('2') });
    desk.fill(order, 't1', { fee: decimal('1'), feeAsset: asset('USDT') });
    const spot = desk.open();
    desk.fill(spot, 't2', { fee: decimal('0.01'), feeAsset: asset('BTC') });
    const paid = desk.open({ quantity: decimal('0.1') });
    desk.fill(paid, 't3', { fee: decimal('0.001'), feeAsset: asset('BNB') });
    desk.records([accountRecord({ amount: decimal('-3') })]);
    const prices = new Map([
      [instrumentKey(ACCOUNT, SWAP), decimal('110')],
      [instrumentKey(ACCOUNT, SPOT), decimal('105')],
      ['BNB', decimal('600')],
    ]);
    const valuation: Valuation = {
      priceOf: (key) => {
        const price = prices.get(key);
        return price === undefined ? null : exactly(price);
      },
    };
    const { realized, unrealized } = tradingResult(desk.state, valuation, all);
    // Fees of 1, 0.01 at the price of the purchase of 100, and 0.001 x 600, funding of 3.
    expect(realized).toEqual(exactly(decimal('-5.6')));
    // Swap 2 x 10; spot (0.99 + 0.1) x 5.
    expect(unrealized).toEqual(exactly(decimal('25.45')));
  });

  it('does not count inventory from before, nor what is sold of it', () => {
    const order = desk.open({ side: 'sell', quantity: decimal('5') });
    desk.fill(order, 't1');
    expect(tradingResult(desk.state, UNPRICED, all)).toMatchObject({
      realized: NOTHING,
      unrealized: NOTHING,
    });
  });

  it('leaves a position without a price out, and lists it', () => {
    desk.hold(SWAP, '2');
    expect(tradingResult(desk.state, UNPRICED, all)).toMatchObject({
      realized: NOTHING,
      unrealized: NOTHING,
    });
  });
});

describe('what was realised today', () => {
  const today = (): string => String(realizedToday(desk.state, ACCOUNT, desk.at, UNPRICED));
  const sell = (price: string, trade: string): void => {
    const order = desk.open({ symbol: SWAP, side: 'sell', price: decimal(price) });
    desk.fill(order, trade, { fee: decimal('0.5'), feeAsset: asset('USDT'), executedAt: desk.at });
  };

  it('begins with nothing at 00:00 UTC and counts closing, fees and funding from there', () => {
    desk.hold(SWAP, '3');
    sell('110', 't1');
    expect(today()).toBe('9.5');
    desk.at = MIDNIGHT;
    expect(today()).toBe('0');
    sell('95', 't2');
    desk.records([accountRecord({ amount: decimal('-2') })]);
    expect(today()).toBe('-7.5');
    expect(tradingResult(desk.state, UNPRICED, all).realized.low.toString()).toBe('2');
  });

  it('is what the daily loss counts while nothing is open', () => {
    read('0');
    desk.hold(SWAP, '1');
    sell('80', 't1');
    desk.at += 5_000;
    read('0');
    expect(dailyLossOf(desk.equity, desk.at, 'low').toString()).toBe('20.5');
    expect(today()).toBe('-20.5');
  });

  it('goes on when the clock is set back over midnight', () => {
    desk.hold(SWAP, '3');
    desk.at = MIDNIGHT + 1_000;
    sell('110', 't1');
    desk.at = MIDNIGHT - 600_000;
    expect(today()).toBe('9.5');
    sell('90', 't2');
    expect(today()).toBe('-1');
  });

  it('is forgotten with an account that begins anew', () => {
    desk.openAccount('one');
    desk.hold(SWAP, '1');
    sell('80', 't1');
    desk.openAccount('two');
    expect(today()).toBe('0');
    expect(desk.state.dayStarts.size).toBe(0);
  });
});

describe('the kill switch', () => {
  it('is set by a journaled event that says who and why', () => {
    const who = { requestedBy: 'ann', why: 'smaller' };
    desk.run({ type: 'kill_switch', engaged: true, ...who, idempotency: null });
    expect(desk.state.killSwitch).toEqual({ engaged: true, ...who, at: START });
  });
});
