/** Windows of the market and records of orders on the simulated Binance spot, as an independent client reads them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { hmac } from '../wire/signatures.ts';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;

beforeAll(async () => {
  venue = await simulatedVenue();
  await venue.price('BTC/USDT', '60000');
});

afterAll(async () => {
  await venue.close();
});

const FULL = `
  symbol priceChange priceChangePercent weightedAvgPrice openPrice highPrice lowPrice
  lastPrice volume quoteVolume openTime closeTime firstId lastId count
`
  .trim()
  .split(/\s+/);

async function json(path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${venue.restUrl}${path}`)).json()) as Record<string, unknown>;
}

test('the rolling window of any length begins on a minute, and the trading day at midnight of its zone', async () => {
  const window = await json('/api/v3/ticker?symbol=BTCUSDT&windowSize=2h');
  expect(Object.keys(window)).toEqual(FULL);
  expect(Number(window['openTime']) % 60_000).toBe(0);
  const width = Number(window['closeTime']) - Number(window['openTime']);
  expect(width).toBeGreaterThanOrEqual(2 * 3_600_000);
  expect(width).toBeLessThan(2 * 3_600_000 + 60_000);
  expect(await json('/api/v3/ticker?symbol=BTCUSDT&type=MINI')).not.toHaveProperty('priceChange');
  expect(await venue.client.getRollingWindowTicker({ symbols: ['BTCUSDT', 'ETHUSDT'] })).toHaveLength(2);
  const day = await json('/api/v3/ticker/tradingDay?symbol=BTCUSDT&timeZone=-1:30');
  expect((Number(day['openTime']) - 1.5 * 3_600_000) % 86_400_000).toBe(0);
  expect(Number(day['closeTime']) - Number(day['openTime'])).toBe(86_400_000 - 1);
});

test.each([
  ['/api/v3/ticker', -1102],
  ['/api/v3/ticker?symbol=BTCUSDT&windowSize=1d2h', -1130],
  ['/api/v3/ticker?symbol=BTCUSDT&windowSize=60m', -1130],
  ['/api/v3/ticker?symbol=BTCUSDT&type=HUGE', -1139],
  ['/api/v3/ticker/tradingDay?symbol=BTCUSDT&timeZone=15', -1130],
  ['/api/v3/referencePrice?symbol=BTCUSDT', -2043],
])('%s is refused with %i', async (path, code) => {
  expect(await json(path)).toMatchObject({ code });
});

type Event = Record<string, unknown>;

/** The account's execution reports from here on. */
async function reports(): Promise<Event[]> {
  const socket = new WebSocket(`${venue.wsUrl}/ws-api/v3`);
  const found: Event[] = [];
  let subscribed = false;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as { status?: number; event?: Event };
    subscribed ||= message.status === 200;
    if (message.event?.['e'] === 'executionReport') found.push(message.event);
  });
  socket.once('open', () => {
    const timestamp = Date.now();
    const signature = hmac(`apiKey=${venue.key}&timestamp=${timestamp}`, venue.secret);
    const params = { apiKey: venue.key, timestamp, signature };
    socket.send(JSON.stringify({ id: 1, method: 'userDataStream.subscribe.signature', params }));
  });
  await expect.poll(() => subscribed, { timeout: 5000 }).toBe(true);
  return found;
}

const ORDER = { symbol: 'BTCUSDT', type: 'LIMIT', timeInForce: 'GTC', price: 60_000 } as const;

test('a prevented self-trade: the expired order lost all that was left, and the match is found by order and by id', async () => {
  const { client } = venue;
  const events = await reports();
  const maker = await client.submitNewOrder({ ...ORDER, side: 'SELL', quantity: 0.3 });
  const taker = await client.submitNewOrder({
    ...ORDER,
    side: 'BUY',
    quantity: 0.1,
    selfTradePreventionMode: 'EXPIRE_MAKER',
  });
  const expired = await client.getOrder({ symbol: 'BTCUSDT', orderId: maker.orderId });
  expect(expired).toMatchObject({
    status: 'EXPIRED_IN_MATCH',
    preventedMatchId: 0,
    preventedQuantity: '0.30000000',
  });
  const match = {
    symbol: 'BTCUSDT',
    preventedMatchId: 0,
    takerOrderId: taker.orderId,
    makerSymbol: 'BTCUSDT',
    makerOrderId: maker.orderId,
    tradeGroupId: -1,
    selfTradePreventionMode: 'EXPIRE_MAKER',
    price: '60000.00000000',
    makerPreventedQuantity: '0.30000000',
  };
  expect(await client.getPreventedMatches({ symbol: 'BTCUSDT', orderId: maker.orderId })).toMatchObject([
    match,
  ]);
  expect(await client.getPreventedMatches({ symbol: 'BTCUSDT', preventedMatchId: 0 })).toMatchObject([match]);
  await expect(client.getPreventedMatches({ symbol: 'BTCUSDT' })).rejects.toMatchObject({ code: -1128 });
  await expect
    .poll(() => events, { timeout: 5000 })
    .toContainEqual(
      expect.objectContaining({
        x: 'TRADE_PREVENTION',
        X: 'EXPIRED_IN_MATCH',
        v: 0,
        A: '0.30000000',
        B: '0.30000000',
        U: taker.orderId,
        pl: '0.10000000',
        pL: '60000.00000000',
      }),
    );
  await client.cancelOrder({ symbol: 'BTCUSDT', orderId: taker.orderId });
});

test('DECREMENT takes the smaller quantity off both, and the larger order goes on', async () => {
  const { client } = venue;
  const events = await reports();
  const maker = await client.submitNewOrder({ ...ORDER, side: 'SELL', quantity: 0.3 });
  await client.submitNewOrder({
    ...ORDER,
    side: 'BUY',
    quantity: 0.1,
    selfTradePreventionMode: 'DECREMENT',
  });
  await expect
    .poll(() => events, { timeout: 5000 })
    .toContainEqual(
      expect.objectContaining({ i: maker.orderId, x: 'TRADE_PREVENTION', X: 'NEW', B: '0.10000000' }),
    );
  await client.cancelOrder({ symbol: 'BTCUSDT', orderId: maker.orderId });
});

test('amendments of an order are listed with their execution ids', async () => {
  const { client, raw } = venue;
  const { orderId, clientOrderId } = await client.submitNewOrder({
    ...ORDER,
    side: 'BUY',
    price: 50_000,
    quantity: 0.5,
    newOrderRespType: 'FULL',
  });
  const amend = (newQty: string) =>
    raw('PUT', '/api/v3/order/amend/keepPriority', { symbol: 'BTCUSDT', orderId: String(orderId), newQty });
  const amended = (await amend('0.4')).body;
  await amend('0.3');
  const listed = await raw('GET', '/api/v3/order/amendments', {
    symbol: 'BTCUSDT',
    orderId: String(orderId),
  });
  expect(listed.body).toMatchObject([
    {
      symbol: 'BTCUSDT',
      orderId,
      executionId: amended['executionId'],
      origClientOrderId: clientOrderId,
      origQty: '0.50000000',
      newQty: '0.40000000',
    },
    { origQty: '0.40000000', newQty: '0.30000000' },
  ]);
  await client.cancelOrder({ symbol: 'BTCUSDT', orderId });
});

test('filters and allocations of the account', async () => {
  const { client, raw } = venue;
  const filters = await raw('GET', '/api/v3/myFilters', { symbol: 'BTCUSDT' });
  expect(filters.body).toMatchObject({ exchangeFilters: [], assetFilters: [] });
  const { symbols } = await client.getExchangeInfo({ symbol: 'BTCUSDT' });
  expect(filters.body['symbolFilters']).toEqual(symbols[0]?.filters);
  expect(await client.getAllocations({ symbol: 'BTCUSDT' })).toEqual([]);
});
