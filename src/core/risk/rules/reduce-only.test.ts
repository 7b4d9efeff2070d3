import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('reduce_only', () => {
  const close = { symbol: SWAP, reduceOnly: true } as const;

  it('needs a position on the other side', () => {
    expect(desk.refusalBy('reduce_only', { ...close, side: 'sell' })).toMatchObject({ code: 'not_reducing' });
    desk.hold(SWAP, '1');
    expect(desk.refusalBy('reduce_only', { ...close, side: 'sell' })).toBeNull();
    expect(desk.refusalBy('reduce_only', { ...close, side: 'buy' })).not.toBeNull();
  });

  it('of a short position is a purchase', () => {
    desk.hold(SWAP, '-1');
    expect(desk.refusalBy('reduce_only', { ...close, side: 'buy' })).toBeNull();
  });

  it('of a hedged side closes no more than resting orders leave of it, and says so in words', () => {
    desk.hedge();
    const open = desk.open({ symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('5') });
    desk.fill(open, 'long');
    const limit = (quantity: string) =>
      ({
        symbol: SWAP,
        side: 'sell',
        positionSide: 'long',
        quantity: decimal(quantity),
        price: decimal('120'),
      }) as const;
    const resting = desk.open(limit('3'));
    expect(desk.refusalBy('reduce_only', limit('2'))).toBeNull();
    expect(desk.refusalBy('reduce_only', limit('2.001'))).toMatchObject({
      code: 'not_reducing',
      limit: '2',
      actual: '2.001',
      detail:
        'quantity: resting orders close 3 of the long position of 5 already; cancel them first, or close at most 2',
    });
    // The way out at the market is never denied for that, nor a stop, which counts from its trigger on.
    expect(desk.refusalBy('reduce_only', { ...limit('5'), type: 'market', price: null })).toBeNull();
    desk.run({ type: 'cancel_order', orderId: resting.orderId, requestedBy: 'tests' });
    expect(desk.refusalBy('reduce_only', limit('5'))).toBeNull();
  });

  describe('larger than a hedged side', () => {
    const sell = (quantity: string) =>
      ({ symbol: SWAP, side: 'sell', positionSide: 'long', quantity: decimal(quantity) }) as const;
    const market = (quantity: string) => ({ ...sell(quantity), type: 'market', price: null }) as const;
    const limit = (quantity: string) => ({ ...sell(quantity), price: decimal('120') }) as const;
    beforeEach(() => {
      desk.hedge();
      const open = desk.open({ symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('5') });
      desk.fill(open, 'long');
    });

    it.each([
      ['a market order', market],
      ['a limit order', limit],
    ] as const)('%s is refused here in words, since the venue would refuse it in its own', (_what, order) => {
      expect(desk.refusalBy('reduce_only', order('5'))).toBeNull();
      expect(desk.refusalBy('reduce_only', order('5.001'))).toMatchObject({
        code: 'not_reducing',
        limit: '5',
        actual: '5.001',
        detail: 'quantity: the long position is 5; close at most that',
      });
    });

    it('a stop is none: the side may grow until it triggers', () => {
      const stop = {
        ...market('9'),
        type: 'stop_market',
        stopPrice: decimal('90'),
        trigger: 'mark',
      } as const;
      expect(desk.refusalBy('reduce_only', stop)).toBeNull();
    });

    it('an order is left to the venue while the side may be larger than the books have it', () => {
      const more = { symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('1') } as const;
      const resting = desk.open({ ...more, price: decimal('90') });
      expect(desk.refusalBy('reduce_only', market('6'))).toBeNull();
      desk.run({ type: 'cancel_order', orderId: resting.orderId, requestedBy: 'tests' });
      expect(desk.refusalBy('reduce_only', market('6'))).toBeNull();
      desk.report(resting, { status: 'canceled' });
      expect(desk.refusalBy('reduce_only', market('6'))).not.toBeNull();
      desk.submitting({ ...more, type: 'market', price: null });
      expect(desk.refusalBy('reduce_only', market('6'))).toBeNull();
    });
  });

  it('may be larger than the position in one-way mode: the venue closes what there is', () => {
    desk.hold(SWAP, '1');
    expect(desk.refusalBy('reduce_only', { ...close, side: 'sell', quantity: decimal('5') })).toBeNull();
  });
});
