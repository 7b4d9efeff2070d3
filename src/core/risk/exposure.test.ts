import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { venueOrderId } from '../ids.ts';
import { openOn } from '../order/open-orders.ts';
import type { OrderRequest } from '../order/order.ts';
import { ACCOUNT, Desk, fillOf, orderRequest, SPOT, SWAP } from '../testing/fixture.ts';
import { closesPosition, exposedRequest, exposureOf, isClosing, netQuantityOf } from './exposure.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

function exposure(symbol = SWAP, mark = '100'): { long: string; short: string } {
  const kind = symbol === SWAP ? 'linear_swap' : 'spot';
  const at = decimal(mark);
  const open = openOn(desk.state, ACCOUNT, symbol, 'net', at, null);
  const found = exposureOf(netQuantityOf(desk.state, ACCOUNT, symbol, 'net'), open, kind, at, null);
  return { long: found.longNotional.toString(), short: found.shortNotional.toString() };
}

const sell = (given: Partial<OrderRequest> = {}): void => {
  desk.open({ symbol: SWAP, side: 'sell', price: decimal('101'), ...given });
};

describe('worst-case exposure', () => {
  it('adds each side up on its own', () => {
    desk.hold(SWAP, '3');
    desk.open({ symbol: SWAP, quantity: decimal('2') });
    sell({ quantity: decimal('4') });
    expect(exposure()).toEqual({ long: '500', short: '404' });
  });

  it.each([
    ['a limit below the mark at the mark', { price: decimal('90') }, '100'],
    ['a limit above the mark at its limit', { price: decimal('105') }, '105'],
    ['a market order at its protection', { type: 'market' }, '102.02'],
    ['a raw market order beyond the mark', { type: 'market', marketProtectionBps: 0 }, '102'],
    ['a stop-market order beyond its stop price', { type: 'stop_market', stopPrice: decimal('200') }, '204'],
    [
      'a stop-limit order at its limit',
      { type: 'stop_limit', stopPrice: decimal('150'), price: decimal('160') },
      '160',
    ],
    ['a reduce-only order as nothing', { side: 'buy', reduceOnly: true }, '0'],
  ] as const)('counts %s', (_what, given, long) => {
    if ('reduceOnly' in given) desk.hold(SWAP, '-1');
    desk.submitting({ symbol: SWAP, ...given });
    expect(exposure().long).toBe(long);
  });

  it('counts what is left of an order', () => {
    const order = desk.open({ symbol: SWAP, quantity: decimal('4') });
    desk.fill(order, 't1', { quantity: decimal('1') });
    expect(exposure()).toEqual({ long: '400', short: '0' });
    desk.report(order, { status: 'canceled', filledQuantity: decimal('1') });
    expect(exposure()).toEqual({ long: '100', short: '0' });
  });

  it('counts an order by cost with what it has not spent', () => {
    const order = desk.open({ type: 'market', quantity: null, cost: decimal('500') });
    desk.fill(order, 't1', { quantity: decimal('2') });
    expect(exposure(SPOT)).toEqual({ long: '500', short: '0' });
  });

  it('does not net sales against a long position: it may be gone before they trade', () => {
    desk.hold(SWAP, '5');
    sell({ quantity: decimal('5') });
    expect(exposure()).toEqual({ long: '500', short: '505' });
  });

  it('does not net purchases against a short position either', () => {
    desk.hold(SWAP, '-3');
    desk.open({ symbol: SWAP, quantity: decimal('2') });
    expect(exposure()).toEqual({ long: '200', short: '300' });
  });

  it('counts a sale with its limit below the mark at the mark', () => {
    desk.submitting({ symbol: SWAP, side: 'sell', price: decimal('95') });
    expect(exposure()).toEqual({ long: '0', short: '100' });
  });

  it.each([
    ['buy', '95', ['100', '0']],
    ['buy', '104', ['104', '0']],
    ['sell', '95', ['0', '100']],
    ['sell', '104', ['0', '104']],
  ] as const)(
    'counts a request to %s at %s at the dearer of its limit and the mark',
    (side, price, after) => {
      const mark = decimal('100');
      const open = openOn(desk.state, ACCOUNT, SWAP, 'net', mark, null);
      const adding = exposedRequest(
        orderRequest({ symbol: SWAP, side, quantity: decimal('1'), price: decimal(price) }),
        null,
      );
      const { longNotional, shortNotional } = exposureOf(decimal('0'), open, 'linear_swap', mark, adding);
      expect([longNotional, shortNotional].map(String)).toEqual(after);
    },
  );

  it('of an execution that is not ours on a swap is counted, for the account holds it', () => {
    const order = desk.open({ symbol: SWAP });
    const alien = fillOf(order, 'x', { venueOrderId: venueOrderId('alien'), venueClientOrderId: null });
    desk.fills([{ ...alien, quantity: decimal('7') }]);
    expect(exposure().long).toBe('800');
    desk.expectReplayEqual();
  });

  it('takes two sales against one long position for more than a close', () => {
    desk.hold(SWAP, '5');
    sell({ quantity: decimal('3') });
    const reducing = (quantity: string): boolean | undefined =>
      desk.review({ symbol: SWAP, side: 'sell', quantity: decimal(quantity) }).approved?.reducing;
    expect(reducing('2')).toBe(true);
    expect(reducing('2.001')).toBe(false);
    sell({ quantity: decimal('1'), reduceOnly: true });
    expect(reducing('2')).toBe(false);
  });

  it('takes a purchase for a close of a short position alone, and no further than it reaches', () => {
    const closes = (side: 'buy' | 'sell', net: string): boolean =>
      isClosing(orderRequest({ symbol: SWAP, side, quantity: decimal('3') }), decimal(net), {
        buyQuantity: decimal('1'),
        sellQuantity: decimal('2'),
      });
    expect(['-5', '-4', '-3', '4', '5'].map((net) => closes('buy', net))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(['6', '5', '4', '-5', '-6'].map((net) => closes('sell', net))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('leaves out of what stands beside a sale of spot no more than the sales that may never trade', () => {
    desk.hold(SPOT, '3');
    desk.open({ side: 'sell', quantity: decimal('2'), price: decimal('110') });
    desk.open({
      type: 'stop_limit',
      side: 'buy',
      quantity: decimal('2'),
      stopPrice: decimal('105'),
      price: decimal('106'),
    });
    const closes = (quantity: string): boolean =>
      closesPosition(desk.state, orderRequest({ side: 'sell', quantity: decimal(quantity) }));
    expect([closes('1'), closes('3')]).toEqual([true, false]);
  });
});
