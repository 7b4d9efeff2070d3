import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { decimal, Decimal } from '../decimal.ts';
import type { OrderRequest } from '../order/order.ts';
import type { MarketContext } from '../risk/rule.ts';
import {
  Desk,
  marketContext,
  NO_LIMITS,
  orderRequest,
  setting,
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
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y' });
    expect(size().most).toBeNull();
  });

  it('of a reduce-only order is the position', () => {
    desk.hold(SWAP, '2.5');
    expect(size({ symbol: SWAP, side: 'sell', reduceOnly: true }).most).toBe('2.5');
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y' });
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

describe('the suggested size', () => {
  const roomy = { quantity: decimal('1000') };

  it('without a basis is what was asked, as far as it would be approved', () => {
    expect(size({ quantity: decimal('3') }).suggested).toBe('3');
    expect(size({ quantity: decimal('3.0019') }).suggested).toBe('3.001');
    expect(size(roomy).suggested).toBe('10');
    expect(size({ type: 'market', quantity: null, cost: decimal('510') }).suggested).toBe('5');
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
