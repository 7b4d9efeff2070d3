/** The simulated Coinbase as an independent client library sees it: what ccxt reads leniently, another may not. */
import { generateKeyPairSync } from 'node:crypto';
import { CBAdvancedTradeClient, WebsocketClient } from 'coinbase-api';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decimal, type Decimal } from '../../core/decimal.ts';
import { coinbaseProtocolWith } from './protocol.ts';
import { simulatedVenue, type Json, type SimulatedVenue } from './testing/simulated-venue.ts';
import { SLOWEST } from './undecided.ts';

let venue: SimulatedVenue;
const sockets: WebsocketClient[] = [];

beforeAll(async () => {
  venue = await simulatedVenue({ limits: false, protocols: [coinbaseProtocolWith(SLOWEST)] });
  await venue.price('BTC/USDT', '60000');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.closeAll(true);
});
afterAll(async () => {
  await venue.close();
});

type AdvTradeOrder = {
  readonly order_id: string;
  readonly status: string;
  readonly total_value_after_fees: string;
};

const QUIET = { trace: () => undefined, info: () => undefined, error: () => undefined };

type Reported = (channel: string, part: Json) => Promise<void>;

/** Subscribes, and gives the way to wait for a part of an event of a channel. */
function follow(wsKey: 'advTradeUserData' | 'advTradeMarketData', topics: readonly object[]): Reported {
  const isPrivate = wsKey === 'advTradeUserData';
  const socket = new WebsocketClient(
    { apiKey: venue.key, apiSecret: venue.secret, wsUrl: `${venue.wsUrl}${isPrivate ? '/user' : '/'}` },
    QUIET,
  );
  sockets.push(socket);
  const parts: { readonly channel: string; readonly part: Json }[] = [];
  socket.on('update', (update: { readonly channel: string; readonly events: readonly Json[] }) => {
    for (const event of update.events)
      for (const part of [event, ...Object.values(event).filter(Array.isArray).flat()])
        parts.push({ channel: update.channel, part: part as Json });
  });
  socket.on('exception', () => undefined);
  socket.subscribe(topics as Parameters<WebsocketClient['subscribe']>[0], wsKey);
  return async (channel, part) => {
    await expect
      .poll(() => parts, { timeout: 10_000 })
      .toContainEqual({ channel, part: expect.objectContaining(part) });
  };
}

/** The library wants its own word before each client id. */
let ids = 0;
const newId = (): string => `cbnode${Date.now().toString(36)}-${(ids += 1)}`;

async function balanceOf(currency: string): Promise<{ readonly free: Decimal; readonly held: Decimal }> {
  const { accounts } = (await venue.client.getAccounts({ limit: 250 })) as {
    accounts: { currency: string; available_balance: { value: string }; hold: { value: string } }[];
  };
  const found = accounts.find((account) => account.currency === currency);
  return {
    free: decimal(found?.available_balance.value ?? ''),
    held: decimal(found?.hold.value ?? ''),
  };
}

/** The order once look-ups find it in this state. */
async function shown(orderId: string, state: Partial<AdvTradeOrder>): Promise<AdvTradeOrder> {
  const orderOf = async (): Promise<AdvTradeOrder | null> =>
    venue.client.getOrder({ order_id: orderId }).then(
      ({ order }: { order: AdvTradeOrder }) => order,
      () => null,
    );
  await expect.poll(orderOf, { timeout: 5_000 }).toMatchObject(state);
  const order = await orderOf();
  if (order === null) throw new Error(`${orderId} is gone`);
  return order;
}

describe('reads', () => {
  test('the clock, products, books, trades and candles', async () => {
    const { client } = venue;
    const time = (await client.getServerTime()) as { epochMillis: string };
    expect(Math.abs(Number(time.epochMillis) - Date.now())).toBeLessThan(5_000);
    const { products } = await client.getPublicProducts();
    expect(products.find(({ product_id: id }) => id === 'BTC-USDC')).toMatchObject({ alias: 'BTC-USD' });
    const product = await client.getProduct({ product_id: 'BTC-USDT' });
    expect(product).toMatchObject({
      status: 'online',
      base_increment: '0.00000001',
      trading_disabled: false,
    });
    const { pricebook } = await client.getPublicProductBook({ product_id: 'BTC-USDT', limit: 5 });
    expect(Number(pricebook.bids[0]?.price)).toBeLessThan(Number(pricebook.asks[0]?.price));
    const { pricebooks } = await client.getBestBidAsk({ product_ids: ['BTC-USDT', 'ETH-USDT'] });
    expect(pricebooks.map(({ product_id: id }) => id)).toEqual(['BTC-USDT', 'ETH-USDT']);
    const now = Math.floor(Date.now() / 1000);
    const { candles } = await client.getProductCandles({
      product_id: 'BTC-USDT',
      start: String(now - 600),
      end: String(now),
      granularity: 'ONE_MINUTE',
    });
    expect(candles.length).toBeGreaterThan(5);
    expect(Number(candles[0]?.start)).toBeGreaterThan(Number(candles[1]?.start));
    const { trades, best_bid: bid } = await client.getMarketTrades({ product_id: 'BTC-USDT', limit: 3 });
    expect(trades.length).toBeGreaterThan(0);
    expect(Number(bid)).toBeGreaterThan(0);
  });

  test('the account, its key and its fees', async () => {
    const { client } = venue;
    expect(await client.getApiKeyPermissions()).toMatchObject({ can_trade: true, can_transfer: false });
    const { fee_tier: tier } = await client.getTransactionSummary();
    expect(tier).toMatchObject({ taker_fee_rate: '0.012', maker_fee_rate: '0.006' });
    const { portfolios } = (await client.getPortfolios()) as { portfolios: { type: string }[] };
    expect(portfolios).toMatchObject([{ type: 'DEFAULT' }]);
    expect((await balanceOf('BTC')).free.toString()).toBe('2');
  });
});

test('public streams: a book with its changes, trades and tickers', async () => {
  const reported = follow('advTradeMarketData', [
    { topic: 'level2', payload: { product_ids: ['BTC-USDT'] } },
    { topic: 'market_trades', payload: { product_ids: ['BTC-USDT'] } },
    { topic: 'ticker', payload: { product_ids: ['BTC-USDT'] } },
    { topic: 'candles', payload: { product_ids: ['BTC-USDT'] } },
    { topic: 'status', payload: { product_ids: ['BTC-USDT'] } },
    { topic: 'heartbeats' },
  ]);
  await reported('l2_data', { type: 'snapshot', product_id: 'BTC-USDT' });
  await reported('ticker', { type: 'ticker', product_id: 'BTC-USDT' });
  await reported('candles', { product_id: 'BTC-USDT' });
  await reported('status', { id: 'BTC-USDT', status: 'online' });
  await reported('heartbeats', { heartbeat_counter: '1' });
  await venue.client.submitOrder({
    client_order_id: newId(),
    product_id: 'BTC-USDT',
    side: 'BUY',
    order_configuration: { market_market_ioc: { base_size: '0.00012' } },
  });
  await reported('market_trades', { product_id: 'BTC-USDT', size: '0.00012', side: 'SELL' });
  await reported('l2_data', { type: 'update', product_id: 'BTC-USDT' });
});

test('an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const reported = follow('advTradeUserData', [{ topic: 'heartbeats' }, { topic: 'user' }]);
  await reported('user', { type: 'snapshot' });
  const before = await balanceOf('USDT');

  // A purchase for an amount: acknowledged with an id alone, then reported, then in the lists, to the last digit.
  const id = newId();
  const bought = await client.submitOrder({
    client_order_id: id,
    product_id: 'BTC-USDT',
    side: 'BUY',
    order_configuration: { market_market_ioc: { quote_size: '300' } },
  });
  expect(bought).toMatchObject({ success: true, success_response: { client_order_id: id, side: 'BUY' } });
  const boughtId = bought.success_response?.order_id ?? '';
  await reported('user', { order_id: boughtId, client_order_id: id, status: 'FILLED', order_side: 'BUY' });
  const filled = await shown(boughtId, { status: 'FILLED' });
  const { fills } = (await client.getFills({ order_ids: [boughtId] })) as {
    fills: { size: string; commission: string; size_in_quote: boolean }[];
  };
  const paid = fills.reduce(
    (sum, { size, commission }) => sum.add(decimal(size)).add(decimal(commission)),
    decimal('0'),
  );
  expect(fills.every(({ size_in_quote: isInQuote }) => isInQuote)).toBe(true);
  expect(
    before.free
      .subtract((await balanceOf('USDT')).free)
      .subtract(paid)
      .abs()
      .lessThan(decimal('0.00001')),
  ).toBe(true);
  expect(filled.total_value_after_fees).toBe(before.free.subtract((await balanceOf('USDT')).free).toString());

  // A resting sale, changed, seen in the lists, canceled.
  const sold = await client.submitOrder({
    client_order_id: newId(),
    product_id: 'BTC-USDT',
    side: 'SELL',
    order_configuration: { limit_limit_gtc: { base_size: '0.5', limit_price: '70000', post_only: true } },
  });
  const soldId = sold.success_response?.order_id ?? '';
  await reported('user', { order_id: soldId, status: 'OPEN', post_only: 'true', limit_price: '70000' });
  expect((await balanceOf('BTC')).held.toString()).toBe('0.5');
  expect(await client.updateOrder({ order_id: soldId, price: '71000', size: '0.4' })).toMatchObject({
    success: true,
  });
  await reported('user', { order_id: soldId, limit_price: '71000', leaves_quantity: '0.4' });
  await shown(soldId, { status: 'OPEN' });
  const { orders } = (await client.getOrders({ order_status: ['OPEN'], product_ids: ['BTC-USDT'] })) as {
    orders: AdvTradeOrder[];
  };
  expect(orders.map(({ order_id: open }) => open)).toEqual([soldId]);
  expect(await client.cancelOrders({ order_ids: [soldId, 'nothing'] })).toMatchObject({
    results: [
      { success: true, order_id: soldId },
      { success: false, failure_reason: 'UNKNOWN_CANCEL_ORDER', order_id: 'nothing' },
    ],
  });
  await reported('user', { order_id: soldId, status: 'CANCEL_QUEUED' });
  await reported('user', { order_id: soldId, status: 'CANCELLED' });
  await shown(soldId, { status: 'CANCELLED' });
  expect((await balanceOf('BTC')).held.toString()).toBe('0');

  // A purchase with USDC in the book of the dollar, and a stop that the price triggers.
  const usdc = await client.submitOrder({
    client_order_id: newId(),
    product_id: 'BTC-USDC',
    side: 'BUY',
    order_configuration: { market_market_ioc: { base_size: '0.01' } },
  });
  await reported('user', {
    order_id: usdc.success_response?.order_id,
    product_id: 'BTC-USDC',
    status: 'FILLED',
  });
  const stop = await client.submitOrder({
    client_order_id: newId(),
    product_id: 'BTC-USDT',
    side: 'SELL',
    order_configuration: {
      stop_limit_stop_limit_gtc: {
        base_size: '0.1',
        limit_price: '58000',
        stop_price: '59000',
        stop_direction: 'STOP_DIRECTION_STOP_DOWN',
      },
    },
  });
  const stopId = stop.success_response?.order_id ?? '';
  await reported('user', { order_id: stopId, trigger_status: 'STOP_PENDING', order_type: 'Stop Limit' });
  await venue.price('BTC/USDT', '58900');
  await reported('user', { order_id: stopId, trigger_status: 'STOP_TRIGGERED', status: 'FILLED' });
  await venue.price('BTC/USDT', '60000');
});

describe('refusals', () => {
  const submit = (change: object) =>
    venue.client.submitOrder({
      client_order_id: newId(),
      product_id: 'BTC-USDT',
      side: 'BUY',
      order_configuration: { limit_limit_gtc: { base_size: '0.01', limit_price: '50000' } },
      ...change,
    });

  test.each([
    ['INSUFFICIENT_FUND', { base_size: '100', limit_price: '50000' }],
    ['INVALID_PRICE_PRECISION', { base_size: '0.01', limit_price: '50000.001' }],
    ['INVALID_SIZE_PRECISION', { base_size: '0.010000001', limit_price: '50000' }],
    ['INVALID_LIMIT_PRICE_POST_ONLY', { base_size: '0.01', limit_price: '61000', post_only: true }],
  ])('%s', async (reason, terms) => {
    expect(await submit({ order_configuration: { limit_limit_gtc: terms } })).toMatchObject({
      success: false,
      error_response: { error: reason },
    });
  });

  test('a client id of another order gives that order', async () => {
    const id = newId();
    const first = await submit({ client_order_id: id });
    const second = await submit({ client_order_id: id, side: 'SELL' });
    expect(second.success_response?.order_id).toBe(first.success_response?.order_id);
    await venue.client.cancelOrders({ order_ids: [first.success_response?.order_id ?? ''] });
  });

  test('a key that the venue does not know, an order that it does not know, and an id that is too long', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const unknown = new CBAdvancedTradeClient({
      apiKey: 'organizations/a/apiKeys/b',
      apiSecret: privateKey.export({ type: 'sec1', format: 'pem' }),
      baseUrl: venue.restUrl,
    });
    await expect(unknown.getAccounts()).rejects.toMatchObject({ code: 401, body: 'Unauthorized\n' });
    await expect(venue.client.getOrder({ order_id: 'nothing' })).rejects.toMatchObject({
      code: 404,
      body: { error: 'NOT_FOUND' },
    });
    await expect(submit({ client_order_id: `cbnode${'x'.repeat(123)}` })).rejects.toMatchObject({
      code: 400,
      body: { error: 'INVALID_ARGUMENT' },
    });
  });

  test('a key of Ed25519 signs in as well', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { key } = (await venue.control('POST', 'keys', {
      public_key: publicKey.export({ type: 'spki', format: 'pem' }),
    })) as { key: string };
    const seed = privateKey.export({ format: 'jwk' });
    const raw = Buffer.concat([
      Buffer.from(seed.d ?? '', 'base64url'),
      Buffer.from(seed.x ?? '', 'base64url'),
    ]);
    const client = new CBAdvancedTradeClient({
      apiKey: key,
      apiSecret: raw.toString('base64'),
      baseUrl: venue.restUrl,
    });
    expect(await client.getApiKeyPermissions()).toMatchObject({ can_view: true });
  });
});
