import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { decimal, Decimal } from '../decimal.ts';
import type { OrderRequest } from '../order/order.ts';
import type { MarketContext } from '../risk/rule.ts';
import { review } from '../risk/review.ts';
import {
  accepted,
  ACCOUNT,
  Desk,
  marketContext,
  NO_LIMITS,
  orderRequest,
  setting,
  SPOT,
  SPOT_INSTRUMENT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { sizeOrder, type SizingBasis } from './sizing.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded('1000', '10');
});

function size(
  given: Partial<OrderRequest> = {},
  context: Partial<MarketContext> = {},
  basis: SizingBasis | null = null,
): { most: string | null; suggested: string | null } {
  const instrument = given.symbol === SWAP ? SWAP_INSTRUMENT : SPOT_INSTRUMENT;
  const market = marketContext({ at: desk.at, instrument, ...context });
  const sized = sizeOrder(desk.state, orderRequest(given), setting(instrument), market, basis);
  return {
    most: sized.maxQuantity?.toString() ?? null,
    suggested: sized.suggestedQuantity?.toString() ?? null,
  };
}

const limited = (limits: Partial<typeof NO_LIMITS>): Partial<MarketContext> => ({
  limits: { ...NO_LIMITS, ...limits },
});

describe('the largest size that every rule would approve', () => {
  it('is bounded by the balance, in whole lots', () => {
    expect(size({ price: decimal('99.99') }).most).toBe('10.001');
    expect(size({ side: 'sell' }).most).toBe('10');
  });

  it.each([
    [{ maxOrderNotional: decimal('350.05') }, '3.5'],
    [{ maxOrderQuantity: decimal('0.25') }, '0.25'],
    [{ maxPositionNotional: decimal('420') }, '4.2'],
  ])('is bounded by %j', (limits, most) => {
    expect(size({}, limited(limits)).most).toBe(most);
  });

  it('counts what is held and open', () => {
    desk.hold(SWAP, '2');
    desk.open({ symbol: SWAP, quantity: decimal('1') });
    expect(size({ symbol: SWAP }, limited({ maxPositionNotional: decimal('420') })).most).toBe('1.2');
  });

  it('is none where even the least is refused', () => {
    expect(size({}, limited({ maxPositionNotional: decimal('4.99') }))).toEqual({
      most: null,
      suggested: null,
    });
    expect(size({}, { quote: null })).toEqual({ most: null, suggested: null });
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y', idempotency: null });
    expect(size().most).toBeNull();
  });

  it('of a reduce-only order is the position', () => {
    desk.hold(SWAP, '2.5');
    expect(size({ symbol: SWAP, side: 'sell', reduceOnly: true }).most).toBe('2.5');
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y', idempotency: null });
    expect(size({ symbol: SWAP, side: 'sell', quantity: decimal('9') })).toEqual({
      most: '2.5',
      suggested: '2.5',
    });
  });

  it('ends where nothing bounds it', () => {
    const boundless = { ...SPOT_INSTRUMENT, maxQuantity: null, maxMarketQuantity: null };
    const rich = Desk.funded('1e30');
    const context = marketContext({ instrument: boundless });
    const sized = sizeOrder(rich.state, orderRequest(), setting(), context, null);
    expect(sized.maxQuantity?.isPositive()).toBe(true);
  });

  it('is approved, and one lot more is not, whatever the limits', () => {
    const figure = fc.integer({ min: 1, max: 2_000_000 }).map((cents) => Decimal.of(BigInt(cents), 2));
    fc.assert(
      fc.property(figure, figure, fc.integer({ min: 9_000, max: 11_000 }), (position, order, ticks) => {
        const price = Decimal.of(BigInt(ticks), 2);
        const context = limited({ maxPositionNotional: position, maxOrderNotional: order });
        const { most } = size({ price }, context);
        const approved = (quantity: Decimal): boolean =>
          desk.review({ price, quantity }, context).refusals.length === 0;
        const lot = SPOT_INSTRUMENT.lotSize;
        if (most === null) {
          const least = decimal('5').divide(price, 3, 'up');
          expect(approved(least)).toBe(false);
          return;
        }
        expect(approved(decimal(most))).toBe(true);
        expect(approved(decimal(most).add(lot))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the largest size, whatever is held, open and limited', () => {
  const cents = (min: number, max: number): fc.Arbitrary<Decimal> =>
    fc.integer({ min, max }).map((value) => Decimal.of(BigInt(value), 2));
  const lots = (min: number, max: number): fc.Arbitrary<Decimal> =>
    fc.integer({ min, max }).map((value) => Decimal.of(BigInt(value), 3));
  const side = fc.constantFrom('buy' as const, 'sell' as const);
  const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
    fc.option(value, { freq: 2 });
  const order = fc.record({
    swap: fc.boolean(),
    side,
    type: fc.constantFrom('limit' as const, 'market' as const, 'raw' as const, 'stop_market' as const),
    price: cents(9_500, 10_500),
    reduceOnly: fc.boolean(),
  });
  type AnyOrder = typeof order extends fc.Arbitrary<infer Value> ? Value : never;
  const limits = fc.record({
    maxPositionNotional: maybe(cents(100, 100_000)),
    maxTotalExposure: maybe(cents(10_000, 120_000)),
    maxOrderNotional: maybe(cents(100, 400_000)),
    maxOrderQuantity: maybe(lots(1, 40_000)),
    maxOpenOrders: maybe(fc.integer({ min: 3, max: 9 })),
    maxLeverage: maybe(fc.integer({ min: 1, max: 4 }).map((times) => Decimal.fromInteger(times))),
    priceCollarBps: maybe(fc.integer({ min: 100, max: 1_000 })),
  });
  /** Enough to be bought in one order, or nothing. */
  const held = fc.oneof(fc.constant(Decimal.zero), lots(60, 6_000));
  const situation = fc.record({
    spotHeld: held,
    swapHeld: fc.tuple(held, fc.boolean()).map(([size, isShort]) => (isShort ? size.negate() : size)),
    open: fc.array(fc.record({ order, quantity: lots(60, 2_000), isFilled: fc.boolean() }), { maxLength: 4 }),
    asked: order,
    limits,
    leverage: fc.integer({ min: 1, max: 5 }),
    isKilled: fc.nat({ max: 7 }).map((drawn) => drawn === 0),
    above: fc.integer({ min: 1, max: 20_000 }),
  });

  const requestOf = ({ swap, side: on, type, price, reduceOnly }: AnyOrder): Partial<OrderRequest> => ({
    side: on,
    ...(swap ? { symbol: SWAP, reduceOnly } : {}),
    ...(type === 'limit'
      ? { price }
      : type === 'stop_market'
        ? { type, stopPrice: price, trigger: 'last' as const }
        : { type: 'market', marketProtectionBps: type === 'raw' ? 0 : 200 }),
  });

  function arranged({ spotHeld, swapHeld, open, isKilled }: Omit<Situation, 'asked'>): Desk {
    const at = Desk.funded('1000', '10');
    if (spotHeld.isPositive()) at.hold(SPOT, spotHeld.toString());
    if (!swapHeld.isZero()) at.hold(SWAP, swapHeld.toString());
    for (const { order: each, quantity, isFilled } of open) {
      const { reply } = at.place({ ...requestOf(each), quantity });
      if (reply.kind !== 'accepted') continue;
      at.outcome(reply.order, accepted(reply.order));
      if (isFilled) at.fill(reply.order, `t-${reply.order.orderId}`, { quantity: decimal('0.05') });
    }
    if (isKilled)
      at.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y', idempotency: null });
    return at;
  }
  type Situation = typeof situation extends fc.Arbitrary<infer Value> ? Value : never;

  it('is approved, and one lot more is refused by the rule that is named', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(situation, ({ asked, limits: given, leverage, above, ...rest }) => {
        desk = arranged({ limits: given, leverage, above, ...rest });
        const instrument = asked.swap ? SWAP_INSTRUMENT : SPOT_INSTRUMENT;
        const context = marketContext({
          at: desk.at,
          instrument,
          limits: { ...NO_LIMITS, ...given },
          leverages: new Map([[`${ACCOUNT} ${SWAP}`, Decimal.fromInteger(leverage)]]),
          marks: new Map([SPOT, SWAP].map((symbol) => [`${ACCOUNT} ${symbol}`, decimal('100')])),
        });
        const request = orderRequest(requestOf(asked));
        const { maxQuantity, boundBy } = sizeOrder(desk.state, request, setting(instrument), context, null);
        const refusalOf = (quantity: Decimal): string | undefined =>
          review(desk.state, { ...request, quantity }, setting(instrument), context, null).refusals[0]?.rule;
        const lot = instrument.lotSize;
        const further = lot.multiply(Decimal.fromInteger(above));
        if (maxQuantity === null) {
          expect(boundBy).toBeNull();
          expect(refusalOf(further)).toBeDefined();
          seen.set('none', (seen.get('none') ?? 0) + 1);
          return;
        }
        expect(refusalOf(maxQuantity)).toBeUndefined();
        expect(boundBy).not.toBeNull();
        seen.set(boundBy ?? '', (seen.get(boundBy ?? '') ?? 0) + 1);
        if (request.reduceOnly) {
          const held = desk.state.positions.get(`${ACCOUNT} ${SWAP}`)?.netQuantity.abs() ?? Decimal.zero;
          expect(maxQuantity.atMost(held)).toBe(true);
          if (boundBy === 'reduce_only') expect(maxQuantity.add(lot).greaterThan(held)).toBe(true);
          return;
        }
        expect(refusalOf(maxQuantity.add(lot))).toBe(boundBy);
        expect(refusalOf(maxQuantity.add(further))).toBeDefined();
      }),
      { numRuns: 300 },
    );
    // Every bound that the runs must have met: a bound that no run met would be untested.
    for (const bound of [
      'none',
      'available_balance',
      'order_size',
      'position_limit',
      'total_exposure',
      'reduce_only',
    ])
      expect([...seen.keys()]).toContain(bound);
  });
});

describe('the suggested size', () => {
  const roomy = { quantity: decimal('1000') };

  it('without a basis is what was asked, as far as it would be approved', () => {
    expect(size({ quantity: decimal('3') }).suggested).toBe('3');
    expect(size({ quantity: decimal('3.0019') }).suggested).toBe('3.001');
    expect(size(roomy).suggested).toBe('10');
    expect(size({ type: 'market', quantity: null, cost: decimal('510.1') }).suggested).toBe('5');
    expect(size({ quantity: decimal('0.001') }).suggested).toBeNull();
  });

  it('puts a fixed fraction at risk, fees of both ends included', () => {
    const basis = (stop: string): SizingBasis => ({
      kind: 'fixed_fraction',
      equity: decimal('1000'),
      riskFraction: decimal('0.01'),
      stopPrice: decimal(stop),
    });
    // 10 at risk over 100 - 95 + 0.1 % of 195.
    expect(size(roomy, {}, basis('95')).suggested).toBe('1.924');
    expect(size({ ...roomy, side: 'sell' }, {}, basis('105')).suggested).toBe('1.921');
    expect(size(roomy, {}, basis('105')).suggested).toBeNull();
    expect(size(roomy, {}, basis('99.99')).suggested).toBe('10');
  });

  it('targets a volatility', () => {
    const basis = (volatility: string): SizingBasis => ({
      kind: 'volatility_target',
      equity: decimal('1000'),
      targetVolatility: decimal('0.1'),
      volatility: decimal(volatility),
    });
    expect(size(roomy, {}, basis('0.6')).suggested).toBe('1.666');
    expect(size({ quantity: decimal('1') }, {}, basis('0.6')).suggested).toBe('1');
    expect(size(roomy, {}, basis('0')).suggested).toBeNull();
  });
});
