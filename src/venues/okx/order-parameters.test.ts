import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { WireOrder } from '../gateway.ts';
import { LIMIT, MARKET, STOP } from '../testing/wire-orders.ts';
import { Inexpressible } from '../write.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { createParameters } from './order-parameters.ts';
import { BTC_SPOT, BTC_SWAP } from './testing/payloads.ts';

const [spot] = parseSpotInstruments([parseExactJson(JSON.stringify(BTC_SPOT))]);
const [swap] = parseSwapInstruments([parseExactJson(JSON.stringify(BTC_SWAP))]);

const made = (kind: InstrumentKind, order: WireOrder) => {
  const listed = kind === 'spot' ? spot : swap;
  if (listed === undefined) throw new Error('not listed');
  return createParameters(listed, order, venueClientOrderId('id1'));
};

describe('spot orders', () => {
  it('send figures digit for digit, crossed and without a side of a position', () => {
    expect(made('spot', LIMIT)).toEqual({
      conditional: false,
      parameters: {
        instId: 'BTC-USDT',
        tdMode: 'cross',
        side: 'buy',
        ordType: 'limit',
        sz: '0.123456789012345678',
        px: '123456789012.345678',
        clOrdId: 'id1',
      },
    });
  });

  it('say in which unit a market order is sized, and forbid the venue to make it smaller', () => {
    expect(made('spot', MARKET).parameters).toMatchObject({
      ordType: 'market',
      tgtCcy: 'base_ccy',
      banAmend: true,
    });
    const cost = made('spot', { ...MARKET, quantity: null, cost: Decimal.parse('100.5') }).parameters;
    expect(cost).toMatchObject({ ordType: 'market', tgtCcy: 'quote_ccy', sz: '100.5', banAmend: true });
    expect(cost['px']).toBeUndefined();
  });

  it('size a stop at the market in the base coin', () => {
    expect(made('spot', STOP)).toMatchObject({
      conditional: true,
      parameters: { ordType: 'conditional', tgtCcy: 'base_ccy', algoClOrdId: 'id1' },
    });
  });

  it.each([
    ['reduce-only', { ...LIMIT, reduceOnly: true }],
    ['a side of a position', { ...LIMIT, positionSide: 'long' }],
    ['a limit without a price', { ...LIMIT, price: null }],
    ['an order without a quantity', { ...LIMIT, quantity: null }],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('spot', order)).toThrow(Inexpressible);
  });
});

describe('swap orders', () => {
  it('count in contracts', () => {
    expect(made('linear_swap', { ...LIMIT, quantity: Decimal.parse('1.2345') }).parameters['sz']).toBe(
      '123.45',
    );
  });

  it.each([
    [{}, { ordType: 'limit' }],
    [
      { timeInForce: 'FOK', reduceOnly: true },
      { ordType: 'fok', reduceOnly: true },
    ],
    [{ postOnly: true }, { ordType: 'post_only' }],
    [{ positionSide: 'long' }, { posSide: 'long', side: 'buy' }],
    // "all closing orders apply the reduce-only feature" there; the parameter is for net mode alone.
    [
      { positionSide: 'long', side: 'sell', reduceOnly: true },
      { posSide: 'long', side: 'sell' },
    ],
  ] as const)('%o becomes %o', (change, parameters) => {
    expect(made('linear_swap', { ...LIMIT, ...change }).parameters).toMatchObject(parameters);
  });

  it('have a price beyond the limit moved where they do not rest, and refused where they do', () => {
    const amend = (change: Partial<WireOrder>) =>
      made('linear_swap', { ...LIMIT, ...change }).parameters['pxAmendType'];
    expect(amend({ timeInForce: 'IOC' })).toBe('1');
    expect(amend({})).toBeUndefined();
    expect(amend({ timeInForce: 'FOK' })).toBeUndefined();
    expect(amend({ postOnly: true })).toBeUndefined();
  });

  it('name no reduce-only of a hedged side', () => {
    const parameters = made('linear_swap', { ...LIMIT, positionSide: 'long', reduceOnly: true }).parameters;
    expect(parameters['reduceOnly']).toBeUndefined();
  });

  it('send a stop or a take-profit by the direction of their trigger', () => {
    // A purchase that triggers as the market rises.
    expect(made('linear_swap', STOP).parameters).toMatchObject({
      slTriggerPx: '100',
      slTriggerPxType: 'last',
      slOrdPx: '-1',
    });
    const limit = {
      ...STOP,
      type: 'stop_limit',
      price: Decimal.parse('99'),
      stopDirection: 'down',
      trigger: 'mark',
    } as const;
    expect(made('linear_swap', limit).parameters).toMatchObject({
      tpTriggerPx: '100',
      tpTriggerPxType: 'mark',
      tpOrdPx: '99',
    });
    expect(made('linear_swap', { ...STOP, trigger: 'index' }).parameters).toMatchObject({
      slTriggerPxType: 'index',
    });
  });

  it.each([
    ['a cost', { ...MARKET, quantity: null, cost: Decimal.parse('100') }],
    ['an order that ends at a time', { ...LIMIT, timeInForce: 'GTD' }],
    ['post-only that takes at once', { ...LIMIT, postOnly: true, timeInForce: 'IOC' }],
    ['a stop without a price', { ...STOP, stopPrice: null }],
    ['a stop without a direction', { ...STOP, stopDirection: null }],
    [
      'a stop whose limit takes at once',
      { ...STOP, type: 'stop_limit', price: Decimal.one, timeInForce: 'IOC' },
    ],
  ] as const)('do not express %s', (_name, order) => {
    expect(() => made('linear_swap', order)).toThrow(Inexpressible);
  });
});
