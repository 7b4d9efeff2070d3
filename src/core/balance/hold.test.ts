import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { heldAmount, type OrderRequest } from '../order/order.ts';
import type { MarketContext } from '../risk/rule.ts';
import { ACCOUNT, Desk, SPOT_INSTRUMENT, SWAP } from '../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

/** Amount and asset of what an order reserves once it is accepted. */
function hold(given: Partial<OrderRequest>, context: Partial<MarketContext> = {}): string {
  const order = desk.submitting(given, context);
  return `${heldAmount(order).toString()} ${order.hold?.holdAsset ?? ''}`;
}

describe('what an order reserves', () => {
  const onTop = { instrument: { ...SPOT_INSTRUMENT, buyFeeTakenFrom: 'quote' } } as const;
  const fiveTimes = { leverages: new Map([[instrumentKey(ACCOUNT, SWAP), decimal('5')]]) };

  it.each([
    ['a spot purchase: its limit', { quantity: decimal('2'), price: decimal('90') }, {}, '180 USDT'],
    ['with the fee where it comes on top', { quantity: decimal('2') }, onTop, '200.2 USDT'],
    ['a spot sale: base', { side: 'sell', quantity: decimal('2') }, {}, '2 BTC'],
    ['a market purchase: its protection', { type: 'market' }, {}, '102.02 USDT'],
    ['a raw market purchase: beyond the mark', { type: 'market', marketProtectionBps: 0 }, {}, '102 USDT'],
    ['a stop: beyond its stop price', { type: 'stop_market', stopPrice: decimal('200') }, {}, '204 USDT'],
    ['an order by cost: its cost', { type: 'market', quantity: null, cost: decimal('50') }, {}, '50 USDT'],
    ['and the fee', { type: 'market', quantity: null, cost: decimal('50') }, onTop, '50.05 USDT'],
    ['a swap: initial margin and fee', { symbol: SWAP, quantity: decimal('2') }, fiveTimes, '40.2 USDT'],
    ['in full without a leverage', { symbol: SWAP }, {}, '100.1 USDT'],
    [
      'a swap sale below the mark: at the mark, and what it loses at once',
      { symbol: SWAP, side: 'sell', price: decimal('95') },
      {},
      '105.1 USDT',
    ],
    [
      'a swap purchase above the mark: at its limit, and what it loses at once',
      { symbol: SWAP, quantity: decimal('2'), price: decimal('105') },
      fiveTimes,
      '52.21 USDT',
    ],
    ['below it: at its limit', { symbol: SWAP, price: decimal('95') }, {}, '95.095 USDT'],
    [
      'a swap stop: beyond its stop price, and what it loses from there',
      { symbol: SWAP, type: 'stop_market', stopPrice: decimal('200') },
      fiveTimes,
      '45.004 USDT',
    ],
    ['above it: at its limit', { symbol: SWAP, side: 'sell', price: decimal('105') }, {}, '105.105 USDT'],
  ] as const)('%s', (_what, given, context, expected) => {
    expect(hold(given, context)).toBe(expected);
  });

  it('a swap purchase that closes a short position while no mark is known: no loss that nobody measured', () => {
    desk.fill(desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('2') }), 't1', {
      quantity: decimal('2'),
    });
    expect(hold({ symbol: SWAP, price: decimal('105') }, { quote: null })).toBe('105.105 USDT');
  });

  it('shrinks as the order is filled and is gone when it ends', () => {
    const order = desk.open({ quantity: decimal('4') });
    desk.fill(order, 't1', { quantity: decimal('1'), price: decimal('80') });
    expect(heldAmount(desk.order(order.orderId)).toString()).toBe('300');
    desk.report(order, { status: 'canceled', filledQuantity: decimal('1') });
    expect(heldAmount(desk.order(order.orderId)).toString()).toBe('0');
  });

  it('by cost shrinks by what was spent, and never below nothing', () => {
    const order = desk.open({ type: 'market', quantity: null, cost: decimal('100') });
    desk.fill(order, 't1', { quantity: decimal('0.4') });
    expect(heldAmount(desk.order(order.orderId)).toString()).toBe('60');
    desk.fill(order, 't2', { quantity: decimal('0.7') });
    expect(heldAmount(desk.order(order.orderId)).toString()).toBe('0');
  });
});
