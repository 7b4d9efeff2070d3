import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, NO_LIMITS, SPOT, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('position_limit', () => {
  const context = { limits: { ...NO_LIMITS, maxPositionNotional: decimal('1000') } };
  const refusal = (given: Parameters<Desk['review']>[0]): ReturnType<Desk['refusalBy']> =>
    desk.refusalBy('position_limit', given, context);

  it('counts what is held and everything open on that side', () => {
    desk.hold(SPOT, '4');
    desk.open({ quantity: decimal('3'), price: decimal('90') });
    expect(refusal({ quantity: decimal('3') })).toBeNull();
    expect(refusal({ quantity: decimal('3.001') })).toMatchObject({
      code: 'position_limit',
      limit: '1000',
      actual: '1000.1',
    });
  });

  it('counts orders in doubt', () => {
    const order = desk.submitting({ quantity: decimal('8') });
    desk.outcome(order, { kind: 'unknown', detail: '' });
    expect(refusal({ quantity: decimal('3') })).not.toBeNull();
  });

  it('never nets buys against sells', () => {
    desk.open({ symbol: SWAP, quantity: decimal('10') });
    expect(refusal({ symbol: SWAP, quantity: decimal('1') })).not.toBeNull();
    desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('10'), price: decimal('101') });
    expect(refusal({ symbol: SWAP, quantity: decimal('1') })).not.toBeNull();
  });

  it('counts a sale in full where another already covers the position, for the position may be closed before it', () => {
    desk.hold(SWAP, '10');
    desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('10'), price: decimal('105') });
    expect(refusal({ symbol: SWAP, side: 'sell', quantity: decimal('1') })).not.toBeNull();
  });

  it('lets a position that is past the limit already be closed, in parts too', () => {
    desk.hold(SWAP, '50');
    for (const quantity of ['1', '50'])
      expect(refusal({ symbol: SWAP, side: 'sell', quantity: decimal(quantity) })).toBeNull();
    expect(refusal({ symbol: SWAP, side: 'sell', quantity: decimal('99'), reduceOnly: true })).toBeNull();
    expect(refusal({ symbol: SWAP, quantity: decimal('0.1') })).not.toBeNull();
  });

  it('leaves spot sales alone', () => {
    expect(refusal({ side: 'sell', quantity: decimal('900') })).toBeNull();
  });
});
