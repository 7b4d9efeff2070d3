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
      category: 'SPOT',
      symbol: 'BTCUSDT',
      side: 'buy',
      orderType: 'limit',
      qty: '0.123456789012345678',
      price: '123456789012.345678',
      timeInForce: 'gtc',
      clientOid: 'id1',
    });
  });

  it('are sized in the quote coin where they buy at the market, and in no other unit', () => {
    const cost = made('spot', { ...MARKET, quantity: null, cost: Decimal.parse('100.5') });
    expect(cost).toMatchObject({ orderType: 'market', qty: '100.5' });
    expect(cost['price']).toBeUndefined();
    expect(made('spot', { ...MARKET, side: 'sell' })).toMatchObject({ qty: '0.123456789012345678' });
    expect(() => made('spot', MARKET)).toThrow(Inexpressible);
  });

  it.each([
    ['a stop', STOP],
    ['reduce-only', { ...LIMIT, reduceOnly: true }],
    ['a side of a position', { ...LIMIT, positionSide: 'long' }],
    ['a limit without a price', { ...LIMIT, price: null }],
    ['a limit by cost', { ...LIMIT, cost: Decimal.one }],
    ['a sale by cost', { ...MARKET, side: 'sell', quantity: null, cost: Decimal.one }],
    ['an end', { ...LIMIT, timeInForce: 'GTD', expiresAt: 1 }],
    ['post-only that is immediate', { ...LIMIT, timeInForce: 'IOC', postOnly: true }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('spot', order)).toThrow(Inexpressible);
  });
});

describe('swap orders', () => {
  it.each([
    [{}, { timeInForce: 'gtc', reduceOnly: 'no' }],
    // A price beyond the limit of the moment is moved to it for what does not rest.
    [{ timeInForce: 'IOC' }, { timeInForce: 'ioc', pxAmendType: 'yes' }],
    [
      { timeInForce: 'FOK', reduceOnly: true },
      { timeInForce: 'fok', reduceOnly: 'yes' },
    ],
    [{ postOnly: true }, { timeInForce: 'post_only' }],
    [{ positionSide: 'long' }, { posSide: 'long', side: 'buy' }],
    // "side: sell, posSide: long" closes a long position.
    [
      { positionSide: 'long', side: 'sell', reduceOnly: true },
      { posSide: 'long', side: 'sell' },
    ],
    [
      { positionSide: 'short', side: 'buy' },
      { posSide: 'short', side: 'buy' },
    ],
  ] as const)('%o becomes %o', (change, parameters) => {
    expect(made('linear_swap', { ...LIMIT, ...change })).toMatchObject({
      category: 'USDT-FUTURES',
      ...parameters,
    });
  });

  it('name a side of a hedged position or say whether they reduce, never both', () => {
    const hedged = made('linear_swap', { ...LIMIT, positionSide: 'long', side: 'sell', reduceOnly: true });
    expect(hedged['reduceOnly']).toBeUndefined();
    expect(made('linear_swap', LIMIT)['posSide']).toBeUndefined();
  });

  it('are bought at the market by quantity', () => {
    expect(made('linear_swap', MARKET)).toMatchObject({ orderType: 'market', qty: '0.123456789012345678' });
    const cost = { ...MARKET, quantity: null, cost: Decimal.one };
    expect(() => made('linear_swap', cost)).toThrow(Inexpressible);
    expect(() => made('linear_swap', STOP)).toThrow('cannot be looked up');
  });
});
