import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { availableBalance } from '../balance/available.ts';
import { marginTiedUp } from '../balance/margin.ts';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import type { Order, OrderRequest } from '../order/order.ts';
import { instrumentKey, positionKey } from '../portfolio/keys.ts';
import { sizeOrder } from '../position/sizing.ts';
import {
  ACCOUNT,
  Desk,
  marketContext,
  NO_CONVERSIONS,
  NO_LIMITS,
  orderRequest,
  quoteAt,
  SPOT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import type { RiskLimits } from './limits.ts';
import type { MarketContext } from './rule.ts';
import { riskUsage, type RiskUsage } from './usage.ts';

const USDT = asset('USDT');
type Terms = Partial<OrderRequest>;
const OPEN_LONG: Terms = { symbol: SWAP, side: 'buy', positionSide: 'long', postOnly: true };
const CLOSE_LONG: Terms = { symbol: SWAP, side: 'sell', positionSide: 'long', postOnly: true };
const OPEN_SHORT: Terms = { symbol: SWAP, side: 'sell', positionSide: 'short', postOnly: true };
const CLOSE_SHORT: Terms = { symbol: SWAP, side: 'buy', positionSide: 'short', postOnly: true };
const of = (terms: Terms, quantity: string): Terms => ({ ...terms, quantity: decimal(quantity) });
const limited = (limits: Partial<RiskLimits>): Partial<MarketContext> => ({
  limits: { ...NO_LIMITS, ...limits },
});

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded('10000', '10');
  desk.hedge();
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** Both positions as the venue shows them at first, entered at 100. */
function holding(long: string, short: string): void {
  desk.positions([
    { positionSide: 'long', quantity: decimal(long) },
    { positionSide: 'short', quantity: decimal(short) },
  ]);
}

describe('exposure of the sides', () => {
  it('is held against the position limit for each side alone', () => {
    holding('5', '-3');
    desk.open(of(OPEN_LONG, '2'));
    const limit = limited({ maxPositionNotional: decimal('900') });
    expect(desk.refusalBy('position_limit', of(OPEN_LONG, '2'), limit)).toBeNull();
    expect(desk.refusalBy('position_limit', of(OPEN_LONG, '2.001'), limit)).toMatchObject({
      actual: '900.1',
    });
    expect(desk.refusalBy('position_limit', of(OPEN_SHORT, '6'), limit)).toBeNull();
    expect(desk.refusalBy('position_limit', of(OPEN_SHORT, '6.001'), limit)).toMatchObject({
      actual: '900.1',
    });
  });

  it('is not made less by closing orders, which may never be filled', () => {
    holding('5', '-3');
    desk.open(of(CLOSE_LONG, '5'));
    desk.open(of(CLOSE_SHORT, '3'));
    const limit = limited({ maxPositionNotional: decimal('600'), maxTotalExposure: decimal('900') });
    expect(desk.refusalBy('position_limit', of(OPEN_LONG, '1.001'), limit)).not.toBeNull();
    expect(desk.refusalBy('total_exposure', of(OPEN_LONG, '1'), limit)).toBeNull();
    expect(desk.refusalBy('total_exposure', of(OPEN_LONG, '1.001'), limit)).toMatchObject({
      actual: '900.1',
    });
    expect(desk.refusalBy('total_exposure', of(OPEN_SHORT, '1.001'), limit)).toMatchObject({
      actual: '900.1',
    });
  });

  it('is not made more by a target and a stop that each close all of it', () => {
    holding('5', '-3');
    desk.open(of(CLOSE_LONG, '5'));
    desk.open({
      ...of(CLOSE_LONG, '5'),
      postOnly: false,
      type: 'stop_market',
      price: null,
      stopPrice: decimal('90'),
      trigger: 'mark',
    });
    const limit = limited({ maxTotalExposure: decimal('900') });
    expect(desk.refusalBy('total_exposure', of(OPEN_SHORT, '1'), limit)).toBeNull();
  });

  it('of all is the sum of both sides and of everything else, each order in it once', () => {
    holding('5', '-3');
    desk.hold(SPOT, '2');
    desk.open(of(OPEN_LONG, '1'));
    desk.open(of(OPEN_SHORT, '2'));
    const limit = limited({ maxTotalExposure: decimal('1300') });
    // 600 long, 500 short, 200 spot.
    expect(desk.refusalBy('total_exposure', of(OPEN_LONG, '0.001'), limit)).toMatchObject({
      actual: '1300.1',
    });
    expect(desk.refusalBy('total_exposure', of(OPEN_SHORT, '0.001'), limit)).toMatchObject({
      actual: '1300.1',
    });
  });

  it('values the other side at the quote that the order is judged on', () => {
    holding('5', '-3');
    const context = {
      ...limited({ maxTotalExposure: decimal('1700') }),
      quote: quoteAt(SWAP_INSTRUMENT, decimal('200'), desk.at),
    };
    const asked = { ...of(OPEN_SHORT, '1'), price: decimal('200') };
    expect(desk.refusalBy('total_exposure', asked, context)).toMatchObject({ limit: '1700', actual: '1800' });
  });

  it('is never a reason against an order that closes', () => {
    holding('5', '-3');
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'tests', why: '', idempotency: null });
    const tight = limited({
      maxPositionNotional: decimal('1'),
      maxTotalExposure: decimal('1'),
      maxLeverage: decimal('0.5'),
    });
    for (const asked of [of(CLOSE_LONG, '5'), of(CLOSE_SHORT, '3')])
      expect(desk.review(asked, tight).refusals).toEqual([]);
    for (const asked of [of(OPEN_LONG, '1'), of(OPEN_SHORT, '1')])
      expect(desk.review(asked, tight).refusals.map(({ rule }) => rule)).toEqual([
        'kill_switch',
        'position_limit',
        'total_exposure',
        'leverage',
      ]);
  });
});

describe('the rules on what an order of a hedged account is', () => {
  it.each([
    ['closing a long', CLOSE_LONG, ['5', '-3'], null],
    ['closing a short', CLOSE_SHORT, ['5', '-3'], null],
    ['closing a long that is none', CLOSE_LONG, ['0', '-3'], 'not_reducing'],
    ['closing a short that is none', CLOSE_SHORT, ['5', '0'], 'not_reducing'],
    ['reduce-only that opens a long', { ...OPEN_LONG, reduceOnly: true }, ['5', '-3'], 'not_reducing'],
    ['reduce-only that opens a short', { ...OPEN_SHORT, reduceOnly: true }, ['5', '-3'], 'not_reducing'],
    ['reduce-only that closes a long', { ...CLOSE_LONG, reduceOnly: true }, ['5', '-3'], null],
  ] as const)('%s', (_what, asked, [long, short], code) => {
    holding(long, short);
    expect(desk.refusalBy('reduce_only', asked)?.code ?? null).toBe(code);
  });

  it.each([
    ['hedged', { symbol: SWAP }, 'position_side: the account is in hedged mode; give long or short'],
    ['hedged', OPEN_LONG, null],
    ['hedged', {}, null],
    ['hedged', { positionSide: 'long' }, 'position_side: spot has no long and short positions'],
    ['one_way', { symbol: SWAP }, null],
    ['one_way', OPEN_LONG, 'position_side: the account is in one-way mode; leave it out or give net'],
    ['one_way', CLOSE_SHORT, 'position_side: the account is in one-way mode; leave it out or give net'],
    ['one_way', { positionSide: 'short' }, 'position_side: spot has no long and short positions'],
  ] as const)('in %s mode: %j', (positionMode, asked, detail) => {
    desk.run({ type: 'position_mode', accountId: ACCOUNT, positionMode });
    expect(desk.refusalBy('order_shape', asked)?.detail ?? null).toBe(detail);
  });

  it('an order that waits for a retry is not sent into another mode', () => {
    const order = desk.submitting(of(OPEN_LONG, '1'));
    desk.outcome(order, { kind: 'not_sent', reason: 'connect_failed', detail: '' });
    desk.run({ type: 'position_mode', accountId: ACCOUNT, positionMode: 'one_way' });
    desk.at += 1_000;
    const context = marketContext({ at: desk.at, instrument: SWAP_INSTRUMENT });
    desk.run({ type: 'retry_due', orderId: order.orderId, context });
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'failed',
      reason: { code: 'unsupported_order' },
    });
  });

  it('one side may not trade with the other: they meet in one book', () => {
    const short = { ...of(OPEN_SHORT, '1'), price: decimal('100') };
    desk.open(short);
    const buys = { symbol: SWAP, side: 'buy', positionSide: 'long', price: decimal('100.01') } as const;
    expect(desk.refusalBy('self_cross', buys)).toMatchObject({ limit: '100' });
    holding('0', '-2');
    expect(desk.refusalBy('self_cross', { ...buys, positionSide: 'short' })).toBeNull();
  });

  it('the same figures on the other position are no duplicate', () => {
    const limits = { ...NO_LIMITS, duplicateWindowMs: 1_000 };
    holding('5', '-3');
    desk.open(of(CLOSE_SHORT, '1'));
    expect(desk.refusalBy('duplicate_order', of(OPEN_LONG, '1'), { limits })).toBeNull();
    desk.open(of(OPEN_LONG, '1'));
    expect(desk.refusalBy('duplicate_order', of(OPEN_LONG, '1'), { limits })).not.toBeNull();
  });
});

describe('margin of both sides', () => {
  const marks = new Map([[instrumentKey(ACCOUNT, SWAP), decimal('110')]]);

  it('is added up, with open losses of one not made good by gains of the other', () => {
    holding('5', '-3');
    const byside = new Map([
      [positionKey(ACCOUNT, SWAP, 'long'), decimal('10')],
      [positionKey(ACCOUNT, SWAP, 'short'), decimal('5')],
    ]);
    // 5 x 110 / 10, 3 x 110 / 5, and the loss of 30 of the short side.
    expect(marginTiedUp(desk.state, ACCOUNT, 'linear_swap', USDT, marks, byside).toString()).toBe('151');
    const market = { marks, leverages: byside, collateralWorth: new Map() };
    const available = (): string =>
      availableBalance(desk.state, ACCOUNT, 'linear_swap', USDT, 'holds_margin', market, null).toString();
    expect(available()).toBe('9849');
    desk.open(of(CLOSE_LONG, '5'));
    expect(available()).toBe('9849');
    desk.open(of(OPEN_SHORT, '1'), { leverages: byside });
    expect(available()).toBe('9828.9');
  });

  it('takes the leverage of the instrument where a side has none of its own', () => {
    holding('5', '-3');
    const leverages = new Map([
      [instrumentKey(ACCOUNT, SWAP), decimal('2')],
      [positionKey(ACCOUNT, SWAP, 'short'), decimal('5')],
    ]);
    expect(marginTiedUp(desk.state, ACCOUNT, 'linear_swap', USDT, marks, leverages).toString()).toBe('371');
    const limit = { ...limited({ maxLeverage: decimal('4') }), leverages };
    expect(desk.refusalBy('leverage', of(OPEN_LONG, '1'), limit)).toBeNull();
    expect(desk.refusalBy('leverage', of(OPEN_SHORT, '1'), limit)).toMatchObject({ actual: '5' });
  });
});

describe('the risk ladder on a hedged account', () => {
  it('cancels what opens and keeps what closes', () => {
    holding('5', '-3');
    const opening = [desk.open(of(OPEN_LONG, '1')), desk.open(of(OPEN_SHORT, '1'))];
    const protecting = [
      desk.open(of(CLOSE_LONG, '1')),
      desk.open(of(CLOSE_SHORT, '1')),
      desk.open({
        ...of(CLOSE_LONG, '4'),
        postOnly: false,
        type: 'stop_market',
        price: null,
        stopPrice: decimal('90'),
        trigger: 'mark',
      }),
    ];
    const limits = { ...NO_LIMITS, maxDailyLoss: decimal('100') };
    desk.readEquity('0', { limits });
    desk.readEquity('-115', { limits });
    expect(desk.ladder.step).toBe('cancel_orders');
    const statuses = (orders: readonly Order[]): readonly string[] =>
      orders.map((order) => desk.status(order));
    expect(statuses(opening)).toEqual(['canceling', 'canceling']);
    expect(statuses(protecting)).toEqual(['open', 'open', 'open']);
  });
});

describe('sizes', () => {
  const size = (terms: Terms, given: Partial<MarketContext> = {}): readonly (string | null)[] => {
    const context = marketContext({ at: desk.at, instrument: SWAP_INSTRUMENT, ...given });
    const sized = sizeOrder(desk.state, orderRequest(terms), desk.settingOf(SWAP_INSTRUMENT), context, null);
    return [
      sized.maxQuantity?.toString() ?? null,
      sized.boundBy,
      sized.suggestedQuantity?.toString() ?? null,
    ];
  };

  it('of a closing order are those of its own side', () => {
    holding('5', '-3');
    expect(size(of(CLOSE_LONG, '9'))).toEqual(['5', 'reduce_only', '5']);
    expect(size(of(CLOSE_SHORT, '2'))).toEqual(['3', 'reduce_only', '2']);
    desk = Desk.funded();
    desk.hedge();
    holding('5', '0');
    expect(size(of(CLOSE_SHORT, '2'))).toEqual([null, null, null]);
  });

  it('of an opening order leave the other side out of its position limit and in the total', () => {
    holding('5', '-3');
    expect(size(of(OPEN_LONG, '9'), limited({ maxPositionNotional: decimal('800') }))).toEqual([
      '3',
      'position_limit',
      '3',
    ]);
    expect(size(of(OPEN_SHORT, '9'), limited({ maxTotalExposure: decimal('1000') }))).toEqual([
      '2',
      'total_exposure',
      '2',
    ]);
  });

  it('of an opening order are bounded by what both positions leave of the balance', () => {
    holding('50', '-30');
    // 10,000 less 8,000 of margin, at 100.1 a unit.
    expect(size(of(OPEN_LONG, '99'))).toEqual(['19.98', 'available_balance', '19.98']);
  });
});

describe('usage', () => {
  const usage = (limits: Partial<RiskLimits>): RiskUsage =>
    riskUsage(desk.state, {
      mode: 'paper',
      at: desk.at,
      limits: () => ({ ...NO_LIMITS, ...limits }),
      marks: new Map([[instrumentKey(ACCOUNT, SWAP), decimal('100')]]),
      margins: new Map(),
      removedAccounts: new Set(),
      leverages: new Map([
        [positionKey(ACCOUNT, SWAP, 'long'), decimal('3')],
        [positionKey(ACCOUNT, SWAP, 'short'), decimal('8')],
      ]),
      halted: null,
      ...NO_CONVERSIONS,
    });

  it('is of one instrument: the worse of its sides, and the higher leverage', () => {
    holding('5', '-3');
    desk.open(of(OPEN_SHORT, '4'));
    const { instruments, rules } = usage({
      maxPositionNotional: decimal('1000'),
      maxTotalExposure: decimal('2000'),
      maxLeverage: decimal('10'),
    });
    expect(instruments).toMatchObject([
      {
        symbol: SWAP,
        position: { actual: '700', headroomPercent: '30' },
        leverage: { actual: '8', headroomPercent: '20' },
      },
    ]);
    expect(rules.find(({ rule }) => rule === 'total_exposure')).toMatchObject({ actual: '1200' });
  });

  it('knows a swap by an open order on either side', () => {
    desk.open(of(OPEN_SHORT, '4'));
    expect(usage({ maxLeverage: decimal('10') }).instruments).toMatchObject([{ leverage: { actual: '8' } }]);
  });
});
