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

  it('may be larger than the position: the venue holds it to that', () => {
    desk.hold(SWAP, '1');
    expect(desk.refusalBy('reduce_only', { ...close, side: 'sell', quantity: decimal('5') })).toBeNull();
  });
});
