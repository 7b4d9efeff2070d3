import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { WireOrder } from '../gateway.ts';
import { LIMIT, MARKET, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { createParameters } from './order-parameters.ts';
import { LISTED } from './testing/listed.ts';

const made = (kind: InstrumentKind, order: WireOrder) =>
  createParameters(LISTED[kind], order, venueClientOrderId('id1'));

describe('spot orders', () => {
  it('send figures digit for digit', () => {
    expect(made('spot', LIMIT)).toEqual({
      clientOid: 'id1',
      symbol: 'BTC-USDT',
      side: 'buy',
      type: 'limit',
      size: '0.123456789012345678',
      price: '123456789012.345678',
      timeInForce: 'GTC',
    });
  });

  it('size a market order in either unit', () => {
    expect(made('spot', MARKET)).toMatchObject({ type: 'market', size: MARKET.quantity?.toString() });
    const cost = made('spot', { ...MARKET, quantity: null, cost: Decimal.parse('100.5') });
    expect(cost).toEqual({
      clientOid: 'id1',
      symbol: 'BTC-USDT',
      side: 'buy',
      type: 'market',
      funds: '100.5',
    });
  });

  it('say post-only beside the lifetime that it needs', () => {
    expect(made('spot', { ...LIMIT, postOnly: true })).toMatchObject({ postOnly: true, timeInForce: 'GTC' });
    // The venue would take it without being post-only.
    expect(() => made('spot', { ...LIMIT, postOnly: true, timeInForce: 'IOC' })).toThrow(Inexpressible);
  });

  it.each([
    ['a stop', STOP],
    ['reduce-only', { ...LIMIT, reduceOnly: true }],
    ['a side of a position', { ...LIMIT, positionSide: 'long' }],
    ['good till a date', { ...LIMIT, timeInForce: 'GTD', expiresAt: 1 }],
    ['a limit without a price', { ...LIMIT, price: null }],
    ['an order without a quantity', { ...LIMIT, quantity: null }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('spot', order)).toThrow(Inexpressible);
  });
});

describe('swap orders', () => {
  const whole = { ...LIMIT, quantity: Decimal.parse('0.123') };

  it('count lots, and state cross mode always', () => {
    expect(made('linear_swap', { ...whole, reduceOnly: true, timeInForce: 'IOC' })).toEqual({
      clientOid: 'id1',
      symbol: 'XBTUSDTM',
      side: 'buy',
      type: 'limit',
      marginMode: 'CROSS',
      size: 123,
      reduceOnly: true,
      price: '123456789012.345678',
      timeInForce: 'IOC',
    });
    expect(made('linear_swap', { ...MARKET, quantity: Decimal.parse('0.001') })).toEqual({
      clientOid: 'id1',
      symbol: 'XBTUSDTM',
      side: 'buy',
      type: 'market',
      marginMode: 'CROSS',
      size: 1,
    });
  });

  it.each([
    ['parts of a lot', { ...whole, quantity: Decimal.parse('0.1235') }],
    ['more lots than a number holds', { ...whole, quantity: Decimal.parse('99999999999999999') }],
    ['fill or kill', { ...whole, timeInForce: 'FOK' }],
    ['a cost', { ...MARKET, quantity: null, cost: Decimal.parse('100') }],
    ['a side of a hedged account', { ...whole, positionSide: 'short' }],
    ['a stop', STOP],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('linear_swap', order)).toThrow(Inexpressible);
  });
});
