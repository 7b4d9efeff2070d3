import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('self_cross', () => {
  const refusal = (given: Parameters<Desk['review']>[0]): ReturnType<Desk['refusalBy']> =>
    desk.refusalBy('self_cross', given);

  it('refuses a purchase that would trade with our own offer', () => {
    desk.open({ side: 'sell', price: decimal('100.01') });
    expect(refusal({ price: decimal('100.01') })).toMatchObject({
      code: 'would_self_cross',
      limit: '100.01',
      actual: '100.01',
    });
    expect(refusal({ price: decimal('100') })).toBeNull();
    expect(refusal({ type: 'market' })).not.toBeNull();
    expect(refusal({ type: 'market', marketProtectionBps: 0 })).not.toBeNull();
  });

  it('lets a market sale trade at the best bid with our own bid far below', () => {
    desk.open({ price: decimal('95') });
    expect(refusal({ side: 'sell', type: 'market' })).toBeNull();
    expect(refusal({ side: 'sell', price: decimal('1') })).toBeNull();
  });

  it('measures against our best order where several rest', () => {
    desk.open({ price: decimal('95') });
    desk.open({ price: decimal('99.99') });
    desk.open({ price: decimal('97') });
    expect(refusal({ side: 'sell', type: 'market' })).toMatchObject({ limit: '99.99' });
  });

  it('forgets our best order as it ends, and finds the next one', () => {
    const best = desk.open({ price: decimal('99.99') });
    desk.open({ price: decimal('95') });
    const sale = { side: 'sell', type: 'market' } as const;
    expect(refusal(sale)).not.toBeNull();
    desk.report(best, { status: 'canceled' });
    expect(refusal(sale)).toBeNull();
    desk.open({ price: decimal('99.99') });
    expect(refusal(sale)).not.toBeNull();
  });

  it('crosses an order of ours that the quote does not show yet', () => {
    desk.submitting({ side: 'sell', price: decimal('99') });
    expect(refusal({ price: decimal('99.5') })).not.toBeNull();
  });

  it.each([
    ['on another instrument', { symbol: SWAP, type: 'market' }],
    ['that is post-only', { price: decimal('101'), postOnly: true }],
    ['that waits for its trigger', { type: 'stop_market', stopPrice: decimal('110') }],
  ] as const)('does not concern an order %s', (_what, asked) => {
    desk.open({ side: 'sell', price: decimal('100.01') });
    expect(refusal(asked)).toBeNull();
  });

  it('does not count orders of ours that cannot rest', () => {
    desk.open({ side: 'sell', type: 'stop_limit', stopPrice: decimal('90'), price: decimal('90') });
    desk.open({ side: 'sell', timeInForce: 'IOC', price: decimal('90') });
    expect(refusal({ type: 'market' })).toBeNull();
  });

  it('never stops a closing order', () => {
    desk.hold(SWAP, '1');
    desk.open({ symbol: SWAP, price: decimal('99.99') });
    expect(refusal({ symbol: SWAP, side: 'sell', type: 'market', reduceOnly: true })).toBeNull();
  });
});
