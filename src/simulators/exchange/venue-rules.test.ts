/** Rules that some venues have: faults that come after the acceptance, triggers that find too little, options of an account. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import { BTC, BTC_SWAP, exampleConfig, examplePolicy, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { OrderRequest } from './order.ts';
import type { LateRejection } from './policy.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const SWAP: OrderRequest = { symbol: BTC_SWAP.symbol, side: 'buy', type: 'market', quantity: decimal('0.1') };

const held = (exchange: Exchange) => exchange.positions('alice').filter(({ quantity }) => !quantity.isZero());

describe('faults that the answer does not state', () => {
  const venue = (...rejectsLate: LateRejection[]): Exchange =>
    heldExchange({ policy: examplePolicy({ rejectsLate }) });

  it.each([
    ['insufficient_balance', { ...SWAP, quantity: decimal('90') }, 'insufficient_balance'],
    [
      'insufficient_balance',
      { ...SWAP, symbol: BTC.symbol, type: 'limit', price: decimal('50000'), quantity: decimal('3') },
      'insufficient_balance',
    ],
    ['reduce_only_refused', { ...SWAP, reduceOnly: true }, 'reduce_only'],
  ] as const)('%s: the order is accepted, and is rejected at once', (fault, request, reason) => {
    const refused = venue().placeOrder(START_AT, 'alice', request);
    expect(refused).toMatchObject({ ok: false, refusal: { code: fault } });
    const exchange = venue(fault);
    const before = exchange.balances('alice');
    const result = exchange.placeOrder(START_AT, 'alice', request);
    expect(result).toMatchObject({ ok: true, order: { status: 'rejected', endReason: reason } });
    expect(exchange.openOrders('alice', {})).toEqual([]);
    expect(exchange.fills('alice', {})).toEqual([]);
    expect(exchange.balances('alice')).toEqual(before);
    expect(held(exchange)).toEqual([]);
  });

  it('any other fault is stated in the answer', () => {
    const exchange = venue('insufficient_balance', 'reduce_only_refused');
    const offStep = { ...SWAP, quantity: decimal('0.00001') };
    expect(exchange.placeOrder(START_AT, 'alice', offStep).ok).toBe(false);
    expect(exchange.orders(START_AT, 'alice', {})).toEqual([]);
  });
});

describe('a conditional order that is its own order once it triggers', () => {
  const exchange = (): Exchange => heldExchange({ policy: examplePolicy({ onTrigger: 'same_order' }) });
  const stop: OrderRequest = { ...SWAP, type: 'stop_market', stopPrice: decimal('61000') };

  it('is filled where the margin suffices when the price comes', () => {
    const venue = exchange();
    const placed = venue.placeOrder(START_AT, 'alice', stop);
    if (!placed.ok) expect.fail(placed.refusal.code);
    venue.movePrice(START_AT, BTC_SWAP.symbol, [decimal('61100')], true);
    const { venueOrderId } = placed.order;
    expect(venue.known(START_AT, 'alice', { symbol: stop.symbol, venueOrderId })?.status).toBe('filled');
  });

  it('is canceled where it does not', () => {
    const venue = exchange();
    const placed = venue.placeOrder(START_AT, 'alice', { ...stop, quantity: decimal('90') });
    if (!placed.ok) expect.fail(placed.refusal.code);
    venue.movePrice(START_AT, BTC_SWAP.symbol, [decimal('61100')], true);
    const { venueOrderId } = placed.order;
    expect(venue.known(START_AT, 'alice', { symbol: stop.symbol, venueOrderId })).toMatchObject({
      status: 'canceled',
      endReason: 'refused_on_trigger',
    });
    expect(held(venue)).toEqual([]);
  });
});

describe('options of an account', () => {
  it('are kept, are its own, and come back from the saved state', () => {
    const venue = heldExchange();
    expect(venue.options('alice')).toEqual({});
    expect(venue.setOption(START_AT, 'alice', 'moves', 'false').ok).toBe(true);
    venue.setOption(START_AT, 'alice', 'other', 'true');
    venue.setOption(START_AT, 'alice', 'moves', 'true');
    const options = { moves: 'true', other: 'true' };
    expect(venue.options('alice')).toEqual(options);
    expect(venue.options('bob')).toEqual({});
    expect(venue.setOption(START_AT, 'nobody', 'moves', 'true')).toMatchObject({
      ok: false,
      refusal: { code: 'unknown_account' },
    });
    const saved = decode(encode(venue.snapshot())) as ExchangeSnapshot;
    expect(new Exchange(exampleConfig(), saved).options('alice')).toEqual(options);
  });
});

describe('fees of spot in quote', () => {
  const venue = (): Exchange => heldExchange({ policy: examplePolicy({ spotFeesIn: 'quote' }) });
  const usdt = (exchange: Exchange) => {
    const found = exchange.balances('alice', 'spot').find(({ asset }) => asset === 'USDT');
    return { total: found?.total.toString(), free: found?.free.toString() };
  };
  const buy: OrderRequest = {
    symbol: BTC.symbol,
    side: 'buy',
    type: 'limit',
    quantity: decimal('1'),
    price: decimal('50000'),
  };

  it('a buy locks its cost with the fee, and pays both when it is filled', () => {
    const exchange = venue();
    expect(exchange.placeOrder(START_AT, 'alice', buy).ok).toBe(true);
    expect(usdt(exchange)).toEqual({ total: '100000', free: '49950' });
    exchange.movePrice(START_AT, BTC.symbol, [decimal('49000')], true);
    expect(exchange.fills('alice', {})).toMatchObject([{ feeAsset: 'USDT', fee: decimal('50') }]);
    expect(usdt(exchange)).toEqual({ total: '49950', free: '49950' });
    const btc = exchange.balances('alice', 'spot').find(({ asset }) => asset === 'BTC');
    expect(btc?.total.toString()).toBe('3');
  });

  it('a buy is refused where the cost alone can be paid, and so is one by cost', () => {
    const exchange = venue();
    for (const request of [
      { ...buy, quantity: decimal('2') },
      { symbol: BTC.symbol, side: 'buy', type: 'market', cost: decimal('100000') } as const,
    ])
      expect(exchange.placeOrder(START_AT, 'alice', request)).toMatchObject({
        refusal: { code: 'insufficient_balance' },
      });
  });

  it('a buy at the market never takes more than can be paid with the fee', () => {
    const exchange = venue();
    const request = { symbol: BTC.symbol, side: 'buy', type: 'market', cost: decimal('99900') } as const;
    expect(exchange.placeOrder(START_AT, 'alice', request).ok).toBe(true);
    const { total } = usdt(exchange);
    expect(decimal(total ?? '').isNegative()).toBe(false);
  });

  it('a market order by cost may have its fee within the cost', () => {
    const exchange = heldExchange({ policy: examplePolicy({ spotFeesIn: 'quote_within_cost' }) });
    const request = { symbol: BTC.symbol, side: 'buy', type: 'market', cost: decimal('100000') } as const;
    expect(exchange.placeOrder(START_AT, 'alice', request)).toMatchObject({ order: { status: 'filled' } });
    const left = decimal(usdt(exchange).total ?? '');
    expect(left.isNegative()).toBe(false);
    expect(left.lessThan(decimal('62'))).toBe(true);
    expect(exchange.placeOrder(START_AT, 'alice', { ...buy, quantity: decimal('2') }).ok).toBe(false);
  });

  it('a sale pays in quote either way', () => {
    const exchange = venue();
    exchange.placeOrder(START_AT, 'alice', { ...buy, side: 'sell' });
    expect(exchange.fills('alice', {})[0]?.feeAsset).toBe('USDT');
  });
});

it.each([
  ['what eight digits hold of its worth', {}, '67.40701123'],
  ['all of its worth, where the venue books that', { spotCostIsExact: true }, '67.4070112345'],
] as const)('a spot trade moves %s', (_what, rules, cost) => {
  const fine = { ...BTC, quantityStep: decimal('0.00000001') };
  const exchange = heldExchange({ instruments: [fine], policy: examplePolicy(rules) });
  const quantity = decimal('0.00112345');
  exchange.placeOrder(START_AT, 'alice', { symbol: fine.symbol, side: 'buy', type: 'market', quantity });
  const [fill] = exchange.fills('alice', {});
  expect([fill?.price.toString(), fill?.cost.toString()]).toEqual(['60000.01', cost]);
  const [usdt] = exchange.balances('alice').filter(({ asset }) => asset === 'USDT');
  expect(usdt?.total.toString()).toBe(decimal('100000').subtract(decimal(cost)).toString());
});

it('ids of orders may begin with a text of the venue', () => {
  const exchange = heldExchange({ policy: examplePolicy({ orderIdPrefix: 'V02__' }) });
  const placed = exchange.placeOrder(START_AT, 'alice', { ...SWAP, symbol: BTC.symbol });
  if (!placed.ok) expect.fail(placed.refusal.code);
  const { venueOrderId } = placed.order;
  expect(venueOrderId).toMatch(/^V02__\d+$/);
  expect(exchange.known(START_AT, 'alice', { symbol: BTC.symbol, venueOrderId })).not.toBeNull();
});

describe('a client id that several orders have', () => {
  const HOUR_MS = 3_600_000;
  const venue = (): Exchange =>
    heldExchange({
      policy: examplePolicy({
        clientOrderId: { onDuplicate: 'accept', knownWhile: 'ever', forMs: null, scope: 'account' },
        lookUp: {
          unfilledForMs: null,
          finishedForMs: null,
          clientOrderIdEndsWithOrder: false,
          byClientOrderId: { openForMs: 8 * HOUR_MS, finishedForMs: 2 * HOUR_MS },
        },
      }),
    });
  const resting: OrderRequest = {
    symbol: BTC.symbol,
    side: 'buy',
    type: 'limit',
    price: decimal('50000'),
    quantity: decimal('0.1'),
    clientOrderId: 'same',
  };
  const byClientId = { symbol: BTC.symbol, clientOrderId: 'same' };

  it('means the newest of them, also where that one is finished and an older one is open', () => {
    const exchange = venue();
    const first = exchange.placeOrder(START_AT, 'alice', resting);
    const { price: _price, ...market } = resting;
    const second = exchange.placeOrder(START_AT, 'alice', { ...market, type: 'market' });
    if (!first.ok || !second.ok) expect.fail('both are accepted');
    expect(second.order.venueOrderId).not.toBe(first.order.venueOrderId);
    expect(exchange.lookUp(START_AT, 'alice', byClientId)).toMatchObject({
      venueOrderId: second.order.venueOrderId,
      status: 'filled',
    });
    expect(exchange.cancelOrder(START_AT, 'alice', byClientId)).toMatchObject({
      ok: false,
      refusal: { code: 'order_not_open' },
    });
    expect(exchange.openOrders('alice', {})).toHaveLength(1);
  });

  it('is found for its time from the making of the order, an open one longer than a finished one', () => {
    const exchange = venue();
    const placed = exchange.placeOrder(START_AT, 'alice', resting);
    if (!placed.ok) expect.fail(placed.refusal.code);
    const found = (hours: number) => exchange.lookUp(START_AT + hours * HOUR_MS, 'alice', byClientId);
    expect([found(2.1), found(8), found(8.1)].map((order) => order?.status)).toEqual([
      'open',
      'open',
      undefined,
    ]);
    exchange.cancelOrder(START_AT + HOUR_MS, 'alice', byClientId);
    expect([found(2), found(2.1)].map((order) => order?.status)).toEqual(['canceled', undefined]);
    const { symbol } = resting;
    const { venueOrderId } = placed.order;
    expect(exchange.lookUp(START_AT + 9 * HOUR_MS, 'alice', { symbol, venueOrderId })).not.toBeNull();
  });
});
