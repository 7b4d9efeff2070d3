import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import type { WireOrder } from '../gateway.ts';
import { LIMIT, MARKET, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { createParameters } from './order-parameters.ts';

const made = (order: WireOrder) => createParameters('BTC-USD', order, venueClientOrderId('id1'));
const SIZES = { base_size: '0.123456789012345678', limit_price: '123456789012.345678' };

describe('orders', () => {
  it('send figures digit for digit, in the configuration of their type and time in force', () => {
    expect(made(LIMIT)).toEqual({
      client_order_id: 'id1',
      product_id: 'BTC-USD',
      side: 'BUY',
      order_configuration: { limit_limit_gtc: { ...SIZES, post_only: false } },
    });
  });

  it.each([
    [{ ...LIMIT, postOnly: true }, { limit_limit_gtc: { ...SIZES, post_only: true } }],
    [{ ...LIMIT, timeInForce: 'IOC' }, { sor_limit_ioc: SIZES }],
    [{ ...LIMIT, timeInForce: 'FOK' }, { limit_limit_fok: SIZES }],
    [
      { ...LIMIT, timeInForce: 'GTD', expiresAt: 1_796_000_000_500 },
      { limit_limit_gtd: { ...SIZES, end_time: '2026-11-30T00:53:20.500Z', post_only: false } },
    ],
    [MARKET, { market_market_ioc: { base_size: SIZES.base_size } }],
  ] as const)('%j', (order, configuration) => {
    expect(made(order)['order_configuration']).toEqual(configuration);
  });

  it.each([
    ['a stop', STOP],
    ['a stop with a limit', { ...LIMIT, ...STOP, type: 'stop_limit' }],
    ['a cost', { ...MARKET, quantity: null, cost: Decimal.parse('100') }],
    ['reduce-only', { ...LIMIT, reduceOnly: true }],
    ['a side of a position', { ...LIMIT, positionSide: 'long' }],
    ['a limit without a price', { ...LIMIT, price: null }],
    ['an order without a quantity', { ...LIMIT, quantity: null }],
    ['an end without a time', { ...LIMIT, timeInForce: 'GTD' }],
    ['an order that must not take and cannot rest', { ...LIMIT, timeInForce: 'IOC', postOnly: true }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made(order)).toThrow(Inexpressible);
  });
});
