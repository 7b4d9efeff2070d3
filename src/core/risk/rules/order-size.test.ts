import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, NO_LIMITS, SPOT, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('order_size', () => {
  const byQuantity = { limits: { ...NO_LIMITS, maxOrderQuantity: decimal('2') } };
  const byNotional = { limits: { ...NO_LIMITS, maxOrderNotional: decimal('500') } };

  it('bounds base units', () => {
    expect(desk.refusalBy('order_size', { quantity: decimal('2') }, byQuantity)).toBeNull();
    expect(desk.refusalBy('order_size', { quantity: decimal('2.001') }, byQuantity)).toMatchObject({
      code: 'order_quantity_limit',
      limit: '2',
      actual: '2.001',
    });
  });

  it.each([
    ['a limit below the mark at the mark', { quantity: decimal('5.001'), price: decimal('50') }, '500.1'],
    ['a limit above the mark at its limit', { quantity: decimal('5'), price: decimal('101') }, '505'],
    ['a market order at its protection', { type: 'market', quantity: decimal('5') }, '510.1'],
    [
      'a raw market order beyond the mark',
      { type: 'market', marketProtectionBps: 0, quantity: decimal('5') },
      '510',
    ],
    [
      'a stop beyond its stop price',
      { type: 'stop_market', stopPrice: decimal('110'), quantity: decimal('5') },
      '561',
    ],
    ['an order by cost at its cost', { type: 'market', quantity: null, cost: decimal('500.01') }, '500.01'],
  ] as const)('values %s', (_what, asked, actual) => {
    expect(desk.refusalBy('order_size', asked, byNotional)).toMatchObject({
      code: 'order_notional_limit',
      actual,
    });
  });

  it('passes at the limit', () => {
    expect(desk.refusalBy('order_size', { quantity: decimal('5') }, byNotional)).toBeNull();
  });

  it('does not stop what closes a position, however large it is', () => {
    desk.hold(SWAP, '20');
    desk.hold(SPOT, '20');
    const sell = { side: 'sell', quantity: decimal('20') } as const;
    expect(desk.refusalBy('order_size', { ...sell, symbol: SWAP }, byNotional)).toBeNull();
    expect(desk.refusalBy('order_size', sell, byNotional)).toBeNull();
    expect(desk.refusalBy('order_size', { ...sell, quantity: decimal('21') }, byNotional)).not.toBeNull();
  });
});
