/** A close of spot is a close also beside sales that may never trade: a stop of the position, an order that can never be proven. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import type { OrderRequest } from '../order/order.ts';
import { Desk, NO_LIMITS, orderRequest, SPOT, SWAP } from '../testing/fixture.ts';
import { closesPosition } from './exposure.ts';

const close = {
  type: 'market',
  side: 'sell',
  quantity: decimal('2'),
  timeInForce: 'IOC',
  getsOut: true,
} as const;
const codes = (desk: Desk, context: Parameters<Desk['review']>[1] = {}) =>
  desk.review(close, context).refusals.map(({ code }) => code);

/** A market sale of all of the position of which nothing can ever be proven. */
function withUnprovable(): Desk {
  const desk = Desk.funded('1000000', '10');
  desk.hold(SPOT, '2');
  const lost = desk.submitting({ type: 'market', side: 'sell', quantity: decimal('2'), price: null });
  desk.outcome(lost, { kind: 'unknown', detail: 'no answer' });
  desk.at += 4 * 86_400_000;
  desk.lookUp(lost, { kind: 'absent', venueTime: desk.at, fills: [] });
  expect([...desk.state.drift.values()].map(({ kind }) => kind)).toEqual(['unprovable_order']);
  return desk;
}
/** A stop for all of the position, beside which the owner's own coins cover a close. */
function withStop(): Desk {
  const desk = Desk.funded('1000000', '10');
  desk.hold(SPOT, '2');
  desk.open({
    type: 'stop_market',
    side: 'sell',
    quantity: decimal('2'),
    price: null,
    stopPrice: decimal('90'),
  });
  return desk;
}
/** A resting sale of as much as the position, which the owner's own coins cover. */
function withRestingSale(): Desk {
  const desk = Desk.funded('1000000', '10');
  desk.hold(SPOT, '2');
  desk.open({ side: 'sell', quantity: decimal('2'), price: decimal('120') });
  return desk;
}
function alone(): Desk {
  const desk = Desk.funded('1000000', '10');
  desk.hold(SPOT, '2');
  return desk;
}

describe.each([
  ['alone', alone],
  ['beside an order that can never be proven', withUnprovable],
  ['beside its stop', withStop],
  ["beside a resting sale that the owner's coins cover", withRestingSale],
])('a close of spot %s is never denied', (_name, desk) => {
  it('for want of a quote', () => {
    expect(codes(desk(), { quote: null })).toEqual([]);
  });
  it('by the size of orders', () => {
    expect(codes(desk(), { limits: { ...NO_LIMITS, maxOrderNotional: decimal('150') } })).toEqual([]);
  });
  it('by the number of open orders', () => {
    expect(codes(desk(), { limits: { ...NO_LIMITS, maxOpenOrders: 0 } })).toEqual([]);
  });
  it('by the rate of orders', () => {
    expect(codes(desk(), { limits: { ...NO_LIMITS, maxOrdersPerWindow: 0 } })).toEqual([]);
  });
  it('by an own purchase that rests at the bid', () => {
    const made = desk();
    made.open({ side: 'buy', quantity: decimal('0.1'), price: decimal('99.5') });
    expect(codes(made)).toEqual([]);
  });
  it('by the instruments that are allowed', () => {
    expect(codes(desk(), { limits: { ...NO_LIMITS, allowedSymbols: [SWAP] } })).toEqual([]);
  });
});

describe('beside a stop for all of a position of 2', () => {
  const limits = { ...NO_LIMITS, maxOpenOrders: 0 };
  const refusals = (desk: Desk, request: Parameters<Desk['review']>[0]) =>
    desk.review({ ...close, ...request }, { limits }).refusals.map(({ code }) => code);

  it.each([
    ['a sale of all of it is a close', { quantity: decimal('2') }, []],
    ['a sale of more is none', { quantity: decimal('2.001') }, ['open_orders_limit']],
    [
      'a second stop is none',
      { type: 'stop_market', timeInForce: 'GTC', stopPrice: decimal('80') },
      ['open_orders_limit'],
    ],
  ] as const)('of spot %s', (_what, request, expected) => {
    expect(refusals(withStop(), request)).toEqual(expected);
  });

  it('of spot a second sale of all of it is no close, unless somebody asked to get out: the first one counts', () => {
    const desk = withStop();
    desk.open({ side: 'sell', quantity: decimal('2'), price: decimal('120') });
    const { getsOut: _getsOut, ...sale } = close;
    const limited = (request: Partial<OrderRequest>) =>
      desk.review(request, { limits }).refusals.map(({ code }) => code);
    expect(limited(sale)).toEqual(['open_orders_limit']);
    expect(limited(close)).toEqual([]);
    // One that is on its way to the book closes the position already.
    desk.submitting({ ...sale, price: null });
    expect(limited(close)).toEqual(['open_orders_limit']);
  });

  it('of spot one that is sent again is a close beside itself', () => {
    const desk = withStop();
    const first = desk.submitting({ ...close, price: null });
    expect(closesPosition(desk.state, desk.order(first.orderId))).toBe(true);
  });

  it('of a swap a sale is no close where both together turn the position over', () => {
    const desk = Desk.funded();
    desk.hold(SWAP, '2');
    const stop = {
      type: 'stop_market',
      quantity: decimal('2'),
      price: null,
      stopPrice: decimal('90'),
    } as const;
    desk.open({ symbol: SWAP, side: 'sell', ...stop });
    const request = orderRequest({ ...close, symbol: SWAP });
    expect(closesPosition(desk.state, request)).toBe(false);
    expect(closesPosition(desk.state, { ...request, reduceOnly: true })).toBe(true);
  });
});
