import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { WireOrder } from '../gateway.ts';
import { LIMIT, MARKET, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { parseSpotSymbols, parseSwapContracts } from './markets.ts';
import { contractParameters, createParameters } from './order-parameters.ts';
import { createTerms } from './requests.ts';
import { CONTRACTS, PRICE_LIMITS, SYMBOLS } from './testing/payloads.ts';

const [listed] = parseSpotSymbols(parseExactJson(JSON.stringify(SYMBOLS)));

const made = (order: WireOrder) => {
  if (listed === undefined) throw new Error('not listed');
  return createParameters(listed, order, venueClientOrderId('id1'), '100009');
};

it('sends figures digit for digit, with the account and our id', () => {
  expect(made(LIMIT)).toEqual({
    'account-id': '100009',
    symbol: 'btcusdt',
    source: 'spot-api',
    'client-order-id': 'id1',
    type: 'buy-limit',
    amount: '0.123456789012345678',
    price: '123456789012.345678',
  });
});

it.each([
  ['buy-limit', {}],
  ['sell-limit', { side: 'sell' }],
  ['buy-limit-maker', { postOnly: true }],
  ['sell-ioc', { side: 'sell', timeInForce: 'IOC' }],
  ['buy-limit-fok', { timeInForce: 'FOK' }],
] as const)('names %s', (type, change) => {
  expect(made({ ...LIMIT, ...change })['type']).toBe(type);
});

it('sizes a market purchase by its cost alone, and a sale by its quantity', () => {
  const cost = Decimal.parse('100.5');
  const bought = made({ ...MARKET, side: 'buy', quantity: null, cost });
  expect(bought).toMatchObject({ type: 'buy-market', amount: '100.5' });
  expect(bought['price']).toBeUndefined();
  const sold = made({ ...MARKET, side: 'sell', quantity: Decimal.parse('0.5'), cost: null });
  expect(sold).toMatchObject({ type: 'sell-market', amount: '0.5' });
});

it.each([
  ['a market purchase by quantity', { ...MARKET, side: 'buy', quantity: Decimal.one, cost: null }],
  ['a market sale by cost', { ...MARKET, side: 'sell', quantity: null, cost: Decimal.one }],
  ['a limit by cost', { ...LIMIT, cost: Decimal.one }],
  ['a limit without a price', { ...LIMIT, price: null }],
  ['an order without a quantity', { ...LIMIT, quantity: null }],
  ['an end at a time', { ...LIMIT, timeInForce: 'GTD' }],
  ['post-only that ends at once', { ...LIMIT, postOnly: true, timeInForce: 'IOC' }],
  ['reduce-only', { ...LIMIT, reduceOnly: true }],
  ['a side of a position', { ...LIMIT, positionSide: 'long' }],
  ['a stop', STOP],
] as const)('has no form for %s', (_what, order) => {
  expect(() => made(order)).toThrow(Inexpressible);
});

it('signs a create so far back that five minutes end with its lifetime', () => {
  const terms = { lane: 'new', signedAt: 1_000_000, lifetimeMs: 10_000 } as const;
  expect(createTerms(terms)).toEqual({ lane: 'new', signedAt: 710_000, lifetimeMs: 300_000 });
  expect(createTerms({ ...terms, signedAt: null })).toEqual({ ...terms, signedAt: null });
});

describe('contracts', () => {
  const [contract] = parseSwapContracts(
    parseExactJson(JSON.stringify(CONTRACTS)),
    parseExactJson(JSON.stringify(PRICE_LIMITS)),
  );
  const of = (order: WireOrder) => {
    if (contract === undefined) throw new Error('not listed');
    return contractParameters(contract, order, venueClientOrderId('9223372036854775807'));
  };
  const ORDER: WireOrder = { ...LIMIT, quantity: Decimal.parse('0.012'), price: Decimal.parse('60000.1') };
  const AT_MARKET: WireOrder = { ...MARKET, quantity: Decimal.parse('1.5'), cost: null };

  it('sends sizes in contracts, cross margin and an id of nineteen digits as a text', () => {
    expect(of(ORDER)).toEqual({
      contract_code: 'BTC-USDT',
      margin_mode: 'cross',
      side: 'buy',
      client_order_id: '9223372036854775807',
      volume: '12',
      type: 'limit',
      price: '60000.1',
      time_in_force: 'gtc',
    });
    expect(of(AT_MARKET)).toMatchObject({ type: 'market', volume: '1500' });
    expect(of(AT_MARKET)['price']).toBeUndefined();
  });

  it.each([
    ['limit', 'ioc', { timeInForce: 'IOC' }],
    ['limit', 'fok', { timeInForce: 'FOK' }],
    ['post_only', 'gtc', { postOnly: true }],
  ] as const)('names %s %s', (type, time_in_force, change) => {
    expect(of({ ...ORDER, ...change })).toMatchObject({ type, time_in_force });
  });

  it('says reduce-only in one-way mode alone, and the side of a position in hedge mode', () => {
    expect(of({ ...ORDER, reduceOnly: true })).toMatchObject({ reduce_only: 1 });
    const closing = of({ ...ORDER, side: 'sell', positionSide: 'long', reduceOnly: true });
    expect(closing).toMatchObject({ side: 'sell', position_side: 'long' });
    expect(closing['reduce_only']).toBeUndefined();
  });

  it.each([
    ['a part of a contract', { ...ORDER, quantity: Decimal.parse('0.0125') }],
    ['a cost', { ...AT_MARKET, quantity: null, cost: Decimal.one }],
    ['an order without a quantity', { ...ORDER, quantity: null }],
    ['an end at a time', { ...ORDER, timeInForce: 'GTD' }],
    ['post-only that ends at once', { ...ORDER, postOnly: true, timeInForce: 'FOK' }],
    ['a stop', STOP],
  ] as const)('has no form for %s', (_what, order) => {
    expect(() => of(order)).toThrow(Inexpressible);
  });
});
