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

  it('may be larger than the position: the venue holds it to that', () => {
    desk.hold(SWAP, '1');
    expect(desk.refusalBy('reduce_only', { ...close, side: 'sell', quantity: decimal('5') })).toBeNull();
  });
});
