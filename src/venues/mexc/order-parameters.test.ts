import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol, venueClientOrderId } from '../../core/ids.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { WireOrder } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { LIMIT, MARKET, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { spotParameters, swapParameters } from './order-parameters.ts';
import { BTC_SPOT, BTC_SWAP } from './testing/payloads.ts';

const json = (value: unknown) => parseExactJson(JSON.stringify(value));
const ID = venueClientOrderId('id1');

function only(listed: readonly ListedInstrument[]): ListedInstrument {
  const [first] = listed;
  if (first === undefined) expect.fail('nothing is listed');
  return first;
}
const SPOT = only(parseSpotInstruments(json({ symbols: [BTC_SPOT] })));
const SWAP = only(parseSwapInstruments(json([BTC_SWAP])));

describe('spot orders', () => {
  const made = (order: WireOrder) => spotParameters(SPOT, order, ID);

  it('send figures digit for digit', () => {
    expect(made(LIMIT)).toEqual({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '0.123456789012345678',
      price: '123456789012.345678',
      newClientOrderId: 'id1',
    });
  });

  it.each([
    [{ timeInForce: 'IOC' }, 'IMMEDIATE_OR_CANCEL'],
    [{ timeInForce: 'FOK' }, 'FILL_OR_KILL'],
    [{ postOnly: true }, 'LIMIT_MAKER'],
  ] as const)('%o is a type of its own', (terms, type) => {
    const parameters = made({ ...LIMIT, ...terms });
    expect(parameters).toMatchObject({ type });
    expect(parameters['timeInForce']).toBeUndefined();
  });

  it('at the market are sized in either coin', () => {
    expect(made({ ...MARKET, side: 'sell' })).toMatchObject({
      side: 'SELL',
      type: 'MARKET',
      quantity: '0.123456789012345678',
    });
    const byCost = made({ ...MARKET, quantity: null, cost: Decimal.parse('100.5') });
    expect(byCost).toMatchObject({ type: 'MARKET', quoteOrderQty: '100.5' });
    expect(byCost['quantity']).toBeUndefined();
  });

  it.each([
    ['a stop', STOP],
    ['reduce-only', { ...LIMIT, reduceOnly: true }],
    ['a side of a position', { ...LIMIT, positionSide: 'long' }],
    ['a limit without a price', { ...LIMIT, price: null }],
    ['an end', { ...LIMIT, timeInForce: 'GTD', expiresAt: 1 }],
    ['post-only that is immediate', { ...LIMIT, timeInForce: 'IOC', postOnly: true }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made(order)).toThrow(Inexpressible);
  });
});

describe('contract orders', () => {
  const BASE: WireOrder = {
    ...LIMIT,
    symbol: instrumentSymbol('BTC/USDT:USDT'),
    quantity: Decimal.parse('0.0123'),
    price: Decimal.parse('60000.5'),
  };
  const made = (changes: Partial<WireOrder> = {}) => swapParameters(SWAP, { ...BASE, ...changes }, ID);

  it('count contracts, are crossed, and state the mode that they are for', () => {
    expect(made()).toEqual({
      symbol: 'BTC_USDT',
      type: 1,
      price: 60_000.5,
      vol: 123,
      openType: 2,
      side: 1,
      positionMode: 2,
      externalOid: 'id1',
    });
  });

  it.each([
    [{ timeInForce: 'IOC' }, 3],
    [{ timeInForce: 'FOK' }, 4],
    [{ postOnly: true }, 2],
    [{ type: 'market', price: null }, 5],
  ] as const)('%o is type %i', (terms, type) => {
    expect(made(terms)).toMatchObject({ type });
  });

  it.each([
    [{ side: 'buy' }, { side: 1, positionMode: 2 }],
    [{ side: 'sell' }, { side: 3, positionMode: 2 }],
    [
      { side: 'buy', reduceOnly: true },
      { side: 2, positionMode: 2, reduceOnly: true },
    ],
    [
      { side: 'sell', reduceOnly: true },
      { side: 4, positionMode: 2, reduceOnly: true },
    ],
    [
      { side: 'buy', positionSide: 'long' },
      { side: 1, positionMode: 1 },
    ],
    [
      { side: 'sell', positionSide: 'long', reduceOnly: true },
      { side: 4, positionMode: 1 },
    ],
    [
      { side: 'sell', positionSide: 'short' },
      { side: 3, positionMode: 1 },
    ],
    [
      { side: 'buy', positionSide: 'short', reduceOnly: true },
      { side: 2, positionMode: 1 },
    ],
  ] as const)('%o is %o', (terms, expected) => {
    const { side, positionMode, reduceOnly } = made(terms);
    expect({ side, positionMode, ...(reduceOnly === undefined ? {} : { reduceOnly }) }).toEqual(expected);
  });

  it('write a figure as text where a bare number would be written with other digits', () => {
    expect(made({ price: Decimal.parse('0.0000000092') })).toMatchObject({ price: '0.0000000092' });
    expect(made({ price: Decimal.parse('123456789012.345678') })).toMatchObject({
      price: '123456789012.345678',
    });
  });

  it.each([
    ['no quantity', { quantity: null }],
    ['a stop', { type: 'stop_market', stopPrice: Decimal.one, stopDirection: 'up' }],
    ['a cost', { cost: Decimal.one }],
    ['an end', { timeInForce: 'GTD', expiresAt: 1 }],
  ] as const)('do not express %s', (_name, changes) => {
    expect(() => made(changes)).toThrow(Inexpressible);
  });
});
