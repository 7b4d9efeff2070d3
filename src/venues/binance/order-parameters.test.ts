import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { WireOrder } from '../gateway.ts';
import { LIMIT, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { createParameters } from './order-parameters.ts';

function made(kind: InstrumentKind, order: Partial<WireOrder>) {
  return createParameters(kind, 'BTCUSDT', { ...LIMIT, ...order }, venueClientOrderId('id1'));
}

describe('spot orders', () => {
  it('sends figures digit for digit', () => {
    expect(made('spot', {}).parameters).toEqual({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.123456789012345678',
      price: '123456789012.345678',
      newClientOrderId: 'id1',
      newOrderRespType: 'FULL',
    });
  });

  it.each([
    [{ postOnly: true }, { type: 'LIMIT_MAKER', timeInForce: undefined }],
    [{ timeInForce: 'IOC' }, { type: 'LIMIT', timeInForce: 'IOC' }],
    [
      { type: 'market', price: null },
      { type: 'MARKET', price: undefined, timeInForce: undefined },
    ],
    [
      { type: 'market', price: null, quantity: null, cost: Decimal.parse('100.5') },
      { type: 'MARKET', quoteOrderQty: '100.5', quantity: undefined },
    ],
    [STOP, { type: 'STOP_LOSS', stopPrice: '100' }],
    [{ ...STOP, side: 'sell' }, { type: 'TAKE_PROFIT' }],
    [{ ...STOP, side: 'sell', stopDirection: 'down' }, { type: 'STOP_LOSS' }],
    [{ ...STOP, stopDirection: 'down' }, { type: 'TAKE_PROFIT' }],
    [
      { ...STOP, type: 'stop_limit', price: Decimal.parse('101') },
      { type: 'STOP_LOSS_LIMIT', price: '101', timeInForce: 'GTC' },
    ],
    [
      { ...STOP, type: 'stop_limit', side: 'sell', price: Decimal.parse('101') },
      { type: 'TAKE_PROFIT_LIMIT' },
    ],
  ] as const)('%o', (order, expected) => {
    const { parameters, conditional } = made('spot', order);
    for (const [key, value] of Object.entries(expected)) expect(parameters[key]).toBe(value);
    expect(conditional).toBe(false);
  });

  it.each([
    [{ timeInForce: 'GTD' }],
    [{ reduceOnly: true }],
    [{ positionSide: 'long' }],
    [{ positionSide: 'short', side: 'sell' }],
    [{ ...STOP, type: 'stop_limit', price: Decimal.one, postOnly: true }],
    [{ price: null }],
    [{ quantity: null }],
    [{ ...STOP, stopDirection: null }],
  ] as const)('does not bend %o into something else', (order) => {
    expect(() => made('spot', order)).toThrow(Inexpressible);
  });
});

describe('USD-M orders', () => {
  it.each([
    [{}, { type: 'LIMIT', timeInForce: 'GTC', newOrderRespType: 'RESULT', reduceOnly: undefined }],
    [
      { postOnly: true, reduceOnly: true },
      { timeInForce: 'GTX', reduceOnly: 'true' },
    ],
    [{ timeInForce: 'GTD', expiresAt: 1_800_000_000_000 }, { goodTillDate: 1_800_000_000_000 }],
    [
      { type: 'market', price: null },
      { type: 'MARKET', timeInForce: undefined },
    ],
  ] as const)('%o', (order, expected) => {
    const { parameters, conditional, endpoint } = made('linear_swap', order);
    for (const [key, value] of Object.entries(expected)) expect(parameters[key]).toBe(value);
    expect(parameters['newClientOrderId']).toBe('id1');
    expect(conditional).toBe(false);
    expect(endpoint.path).toBe('order');
  });

  it.each([
    [STOP, { type: 'STOP_MARKET', triggerPrice: '100', workingType: 'CONTRACT_PRICE' }],
    [
      { ...STOP, trigger: 'mark', side: 'sell' },
      { type: 'TAKE_PROFIT_MARKET', workingType: 'MARK_PRICE' },
    ],
    [
      { ...STOP, type: 'stop_limit', price: Decimal.parse('101'), reduceOnly: true },
      { type: 'STOP', price: '101', timeInForce: 'GTC', reduceOnly: 'true' },
    ],
  ] as const)('puts %o among the conditional orders', (order, expected) => {
    const { parameters, conditional, endpoint } = made('linear_swap', order);
    for (const [key, value] of Object.entries(expected)) expect(parameters[key]).toBe(value);
    expect(parameters['clientAlgoId']).toBe('id1');
    expect(parameters['algoType']).toBe('CONDITIONAL');
    expect(conditional).toBe(true);
    expect(endpoint.path).toBe('algoOrder');
  });

  it.each([
    ['buy', 'long', false],
    ['sell', 'long', false],
    ['sell', 'long', true],
    ['sell', 'short', false],
    ['buy', 'short', false],
    ['buy', 'short', true],
  ] as const)(
    'a hedged %s on the %s side names it, and never says reduceOnly',
    (side, positionSide, reduceOnly) => {
      const hedged = { side, positionSide, reduceOnly };
      for (const order of [
        {},
        { type: 'market', price: null },
        { postOnly: true },
        STOP,
        { ...STOP, type: 'stop_limit', price: Decimal.parse('101') },
      ] as const) {
        const { parameters } = made('linear_swap', { ...order, ...hedged });
        expect(parameters).toMatchObject({
          side: side === 'buy' ? 'BUY' : 'SELL',
          positionSide: positionSide === 'long' ? 'LONG' : 'SHORT',
        });
        expect(parameters).not.toHaveProperty('reduceOnly');
      }
    },
  );

  it.each([{}, STOP] as const)('a one-way order names no side: %o', (order) => {
    expect(made('linear_swap', order).parameters).not.toHaveProperty('positionSide');
    expect(made('linear_swap', { ...order, reduceOnly: true }).parameters).toMatchObject({
      reduceOnly: 'true',
    });
    expect(made('spot', order).parameters).not.toHaveProperty('positionSide');
  });

  it('does not bend what it cannot say', () => {
    expect(() => made('linear_swap', { ...STOP, trigger: 'index' })).toThrow(Inexpressible);
    expect(() => made('linear_swap', { timeInForce: 'GTD' })).toThrow(Inexpressible);
    expect(() => made('linear_swap', { type: 'market', quantity: null, cost: Decimal.one })).toThrow(
      Inexpressible,
    );
  });
});
