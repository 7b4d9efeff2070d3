import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { WireOrder } from '../gateway.ts';
import { LIMIT, MARKET, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { createParameters } from './order-parameters.ts';

const made = (kind: InstrumentKind, order: WireOrder) =>
  createParameters(kind, 'BTCUSDT', order, venueClientOrderId('id1'));

describe('spot orders', () => {
  it('send figures digit for digit, and borrow nothing', () => {
    expect(made('spot', LIMIT)).toEqual({
      category: 'spot',
      symbol: 'BTCUSDT',
      side: 'Buy',
      orderType: 'Limit',
      qty: '0.123456789012345678',
      price: '123456789012.345678',
      timeInForce: 'GTC',
      isLeverage: 0,
      orderFilter: 'Order',
      orderLinkId: 'id1',
    });
  });

  it('say in which unit a market order is sized', () => {
    // "Market Buy order: qty is in quote coin" where nothing is said.
    expect(made('spot', MARKET)).toMatchObject({ orderType: 'Market', marketUnit: 'baseCoin' });
    const cost = made('spot', { ...MARKET, quantity: null, cost: Decimal.parse('100.5') });
    expect(cost).toMatchObject({ orderType: 'Market', marketUnit: 'quoteCoin', qty: '100.5' });
    expect(cost['price']).toBeUndefined();
  });

  it.each([
    ['a stop', STOP],
    ['reduce-only', { ...LIMIT, reduceOnly: true }],
    ['a side of a position', { ...LIMIT, positionSide: 'long' }],
    ['a limit without a price', { ...LIMIT, price: null }],
    ['an order without a quantity', { ...LIMIT, quantity: null }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('spot', order)).toThrow(Inexpressible);
  });
});

describe('swap orders', () => {
  it.each([
    [{}, { timeInForce: 'GTC', positionIdx: 0, reduceOnly: false }],
    [{ timeInForce: 'IOC' }, { timeInForce: 'IOC' }],
    [
      { timeInForce: 'FOK', reduceOnly: true },
      { timeInForce: 'FOK', reduceOnly: true },
    ],
    [{ postOnly: true }, { timeInForce: 'PostOnly' }],
    // "You must specify it as true when you are about to close/reduce the position."
    [{ positionSide: 'long' }, { positionIdx: 1, reduceOnly: false }],
    [
      { positionSide: 'long', side: 'sell' },
      { positionIdx: 1, reduceOnly: true, side: 'Sell' },
    ],
    [
      { positionSide: 'short', side: 'sell' },
      { positionIdx: 2, reduceOnly: false },
    ],
    [
      { positionSide: 'short', side: 'buy' },
      { positionIdx: 2, reduceOnly: true },
    ],
  ] as const)('%o becomes %o', (change, parameters) => {
    expect(made('linear_swap', { ...LIMIT, ...change })).toMatchObject({
      category: 'linear',
      ...parameters,
    });
  });

  it('name direction and price of a trigger', () => {
    expect(made('linear_swap', STOP)).toMatchObject({
      orderType: 'Market',
      triggerPrice: '100',
      triggerDirection: 1,
      triggerBy: 'LastPrice',
    });
    const limit = {
      ...STOP,
      type: 'stop_limit',
      price: Decimal.parse('99'),
      stopDirection: 'down',
      trigger: 'mark',
    } as const;
    expect(made('linear_swap', limit)).toMatchObject({
      orderType: 'Limit',
      price: '99',
      triggerDirection: 2,
      triggerBy: 'MarkPrice',
    });
    expect(made('linear_swap', { ...STOP, trigger: 'index' })).toMatchObject({ triggerBy: 'IndexPrice' });
  });

  it.each([
    ['a cost', { ...MARKET, quantity: null, cost: Decimal.parse('100') }],
    ['an order that ends at a time', { ...LIMIT, timeInForce: 'GTD' }],
    ['post-only that takes at once', { ...LIMIT, postOnly: true, timeInForce: 'IOC' }],
    ['a stop without a price', { ...STOP, stopPrice: null }],
    ['a stop without a direction', { ...STOP, stopDirection: null }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('linear_swap', order)).toThrow(Inexpressible);
  });
});
