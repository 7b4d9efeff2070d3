import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, SPOT_INSTRUMENT, SWAP, SWAP_INSTRUMENT } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('instrument_filters', () => {
  const code = (...asked: Parameters<Desk['review']>): string | undefined =>
    desk.refusalBy('instrument_filters', ...asked)?.code;

  it.each([
    ['price_off_tick', { price: decimal('100.005') }],
    ['price_out_of_range', { price: decimal('1000000.01') }],
    ['price_out_of_range', { price: decimal('0') }],
    ['price_out_of_range', { price: decimal('-1') }],
    ['price_off_tick', { type: 'stop_market', stopPrice: decimal('110.001') }],
    ['quantity_off_lot', { quantity: decimal('1.0001') }],
    ['quantity_too_small', { quantity: decimal('0') }],
    ['quantity_too_small', { quantity: decimal('-1') }],
    ['quantity_too_large', { quantity: decimal('10001') }],
    ['quantity_too_large', { type: 'market', marketProtectionBps: 0, quantity: decimal('1001') }],
    ['notional_too_small', { quantity: decimal('0.049') }],
    ['notional_too_small', { type: 'market', quantity: null, cost: decimal('4.99') }],
    ['notional_too_small', { type: 'market', quantity: null, cost: decimal('0') }],
  ] as const)('%s', (expected, asked) => {
    expect(code(asked)).toBe(expected);
  });

  it('passes on the very bounds', () => {
    expect(code({ quantity: decimal('0.05') })).toBeUndefined();
    expect(code({ quantity: decimal('10000') })).toBeUndefined();
    expect(code({ type: 'market', quantity: decimal('10000') })).toBeUndefined();
    expect(code({ price: decimal('1000000') })).toBeUndefined();
  });

  it('has no least quantity of zero', () => {
    const instrument = { ...SPOT_INSTRUMENT, minQuantity: decimal('0'), minNotional: null };
    expect(code({ quantity: decimal('0') }, { instrument })).toBe('quantity_too_small');
  });

  it('lets a small rest be closed by a reduce-only order', () => {
    const rest = { symbol: SWAP, side: 'sell', quantity: decimal('0.001') } as const;
    expect(code(rest, { instrument: SWAP_INSTRUMENT })).toBe('notional_too_small');
    expect(code({ ...rest, reduceOnly: true }, { instrument: SWAP_INSTRUMENT })).toBeUndefined();
  });
});
