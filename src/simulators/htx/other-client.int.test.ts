/** The simulated HTX as an independent client library sees it: what ccxt reads leniently, another may not. */
import type { WS_KEY_MAP } from 'htx-api';
import { WebsocketClient } from 'htx-api';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import { simulatedVenue, type Row, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;
let account = '';
const sockets: WebsocketClient[] = [];

beforeAll(async () => {
  venue = await simulatedVenue({ limits: false });
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
  account = String(rowsOf(await venue.client.getAccounts())[0]?.['id']);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.closeAll(true);
});
afterAll(async () => {
  await venue.close();
});

const SILENT = { trace: () => undefined, info: () => undefined, error: () => undefined };
const rowOf = (answer: unknown): Row => (answer as { readonly data: Row }).data;
const rowsOf = (answer: unknown): readonly Row[] => (answer as { readonly data: readonly Row[] }).data;

/** Subscribes on one path, and gives what came. */
async function follow(
  path: string,
  wsKey: keyof typeof WS_KEY_MAP,
  topics: readonly string[],
  payload: Row = {},
): Promise<readonly Row[]> {
  const { wsUrl, key: apiKey, secret: apiSecret } = venue;
  const socket = new WebsocketClient({ apiKey, apiSecret, wsUrl: `${wsUrl}${path}` }, SILENT);
  sockets.push(socket);
  const messages: Row[] = [];
  const answered: Row[] = [];
  socket.on('exception', () => undefined);
  socket.on('response', (event) => answered.push(event as unknown as Row));
  socket.on('message', (event) => messages.push(event as unknown as Row));
  socket.subscribe(
    topics.map((topic) => ({ topic, payload })),
    wsKey,
  );
  const isSubscribed = ({ action, op, subbed }: Row): boolean =>
    action === 'sub' || op === 'sub' || subbed !== undefined;
  await expect.poll(() => answered.filter(isSubscribed).length, { timeout: 10_000 }).toBe(topics.length);
  return messages;
}

async function coin(name: string): Promise<Decimal> {
  const answer = await venue.client.getAccountBalance({ accountId: account });
  return (rowOf(answer)['list'] as readonly Row[])
    .filter(({ currency }) => currency === name)
    .reduce((sum, { balance }) => sum.add(decimal(String(balance))), Decimal.zero);
}

test('the clock, symbols, books, trades, candles and figures of the day', async () => {
  const { client } = venue;
  expect(Math.abs((await client.getTimestamp()).data - Date.now())).toBeLessThan(5_000);
  expect(rowsOf(await client.getMarketSymbolsSettings({}))).toContainEqual(
    expect.objectContaining({ symbol: 'btcusdt', bc: 'btc', qc: 'usdt', state: 'online' }),
  );
  const symbol = 'btcusdt';
  const book = (await client.getMarketDepth({ symbol, type: 'step0', depth: 5 })) as unknown as Row;
  const { bids, asks } = book['tick'] as Record<'bids' | 'asks', readonly (readonly number[])[]>;
  expect(bids[0]?.[0]).toBeLessThan(asks[0]?.[0] ?? 0);
  expect(rowsOf(await client.getKlines({ symbol, period: '1min', size: 3 }))).toHaveLength(3);
  expect(rowsOf(await client.getTickers())).toContainEqual(
    expect.objectContaining({ symbol, bid: bids[0]?.[0] }),
  );
  expect((await client.getTicker({ symbol })) as unknown as Row).toMatchObject({
    status: 'ok',
    tick: { close: 60_000 },
  });
});

test('public streams: the best prices, books, trades and candles', async () => {
  const names = ['bbo', 'depth.step0', 'trade.detail', 'kline.1min'].map((kind) => `market.btcusdt.${kind}`);
  const messages = await follow('/ws', 'spotPublic', names);
  await venue.client.submitOrder({
    'account-id': account,
    symbol: 'btcusdt',
    type: 'buy-market',
    amount: '20',
    'client-order-id': venue.client.generateNewOrderID(),
  } as never);
  for (const ch of names)
    await expect
      .poll(() => messages, { timeout: 5_000 })
      .toContainEqual(expect.objectContaining({ ch, tick: expect.any(Object) }));
});

test('an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const messages = await follow('/ws/v2', 'spotPrivateV2', [
    'orders#btcusdt',
    'trade.clearing#*#1',
    'accounts.update#2',
  ]);
  const [coinsBefore, quoteBefore] = [await coin('btc'), await coin('usdt')];
  const id = client.generateNewOrderID();
  const common = { 'account-id': account, symbol: 'btcusdt', source: 'spot-api' } as const;
  const bought = await client.submitOrder({
    ...common,
    type: 'buy-market',
    amount: '600',
    'client-order-id': id,
  } as never);
  const number = bought.data;
  expect(rowOf(await client.getOrderByClientId({ clientOrderId: id }))).toMatchObject({
    id: Number(number),
    state: 'filled',
    'client-order-id': id,
  });
  const fills = rowsOf(await client.getOrderMatch({ orderId: number }));
  expect(fills.length).toBeGreaterThan(0);
  expect(fills[0]).toMatchObject({ 'fee-currency': 'btc', role: 'taker', 'order-id': Number(number) });
  const sum = (name: string): Decimal =>
    fills.reduce((total, row) => total.add(decimal(String(row[name]))), Decimal.zero);
  const bring = sum('filled-amount').subtract(sum('filled-fees'));
  expect((await coin('btc')).subtract(coinsBefore).toString()).toBe(bring.toString());
  expect((await coin('usdt')).lessThan(quoteBefore)).toBe(true);

  const { data: resting } = await client.submitOrder({
    ...common,
    type: 'sell-limit',
    amount: '0.005',
    price: '61000',
    'client-order-id': client.generateNewOrderID(),
  } as never);
  const open = rowsOf(await client.getOpenOrders({ 'account-id': account, symbol: 'btcusdt' }));
  expect(open).toMatchObject([{ id: Number(resting), state: 'submitted', 'filled-amount': '0.0' }]);
  expect((await client.cancelOrderById({ orderId: resting })).data).toBe(resting);
  expect(rowOf(await client.getOrder({ orderId: resting }))).toMatchObject({ state: 'canceled' });
  const canceled = await client.batchCancelOrders({ 'order-ids': [resting] });
  expect(rowOf(canceled)).toMatchObject({
    success: [],
    failed: [{ 'err-code': 'order-orderstate-error', 'order-state': '7', 'order-id': resting }],
  });
  const past = rowsOf(await client.getOrderHistory({ symbol: 'btcusdt', states: 'filled,canceled' }));
  expect(past.map((row) => row['id'])).toEqual(expect.arrayContaining([Number(number), Number(resting)]));

  const pushed = (topic: string): readonly Row[] =>
    messages.filter(({ ch }) => String(ch).startsWith(topic)).map(({ data }) => data as Row);
  await expect
    .poll(() => pushed('orders'))
    .toContainEqual(expect.objectContaining({ eventType: 'cancellation', orderId: Number(resting) }));
  expect(pushed('orders')).toContainEqual(
    expect.objectContaining({ eventType: 'creation', orderId: Number(number), orderStatus: 'submitted' }),
  );
  await expect
    .poll(() => pushed('trade.clearing'))
    .toContainEqual(
      expect.objectContaining({ orderId: Number(number), feeCurrency: 'btc', eventType: 'trade' }),
    );
  await expect
    .poll(() => pushed('accounts.update'))
    .toContainEqual(expect.objectContaining({ currency: 'btc', changeType: 'order.match' }));
});

const CONTRACT = { contract_code: 'BTC-USDT', margin_mode: 'cross' } as const;

test('contracts: what is listed, books, trades, candles, marks and rates', async () => {
  const { contracts } = venue;
  expect(rowsOf(await contracts.getLinearSwapContractInfo({ contract_code: 'BTC-USDT' }))).toMatchObject([
    { contract_code: 'BTC-USDT', contract_size: 0.001, price_tick: 0.1, contract_status: 1 },
  ]);
  const names = ['bbo', 'depth.step0', 'detail', 'kline.1min'].map((kind) => `market.BTC-USDT.${kind}`);
  const messages = await follow('/linear-swap-ws', 'linearSwapPublic', names);
  await venue.price('BTC/USDT:USDT', '60010');
  await venue.price('BTC/USDT:USDT', '60000');
  for (const ch of names)
    await expect
      .poll(() => messages, { timeout: 5_000 })
      .toContainEqual(expect.objectContaining({ ch, tick: expect.any(Object) }));
});

test('contracts: an ordinary bot from its start to its end', async () => {
  const { contracts } = venue;
  const messages = await follow(
    '/ws/v5/notification',
    'derivativesPrivateV5',
    ['orders', 'trade', 'positions', 'account'],
    { contract_code: '*' },
  );
  expect(rowOf(await contracts.getMultiAssetPositionMode())).toEqual({ position_mode: 'single_side' });
  await contracts.updateMultiAssetLeverage({ ...CONTRACT, lever_rate: 10 });
  const balance = rowOf(await contracts.getMultiAssetAccountBalance());
  expect(balance['details']).toContainEqual(
    expect.objectContaining({ currency: 'USDT', available: '100000', equity: '100000' }),
  );
  const bought = rowOf(
    await contracts.submitMultiAssetOrder({
      ...CONTRACT,
      side: 'buy',
      type: 'market',
      volume: '5',
      client_order_id: '20261130001',
    }),
  );
  expect(bought).toEqual({
    order_id: expect.stringMatching(/^\d{19}$/),
    client_order_id: '20261130001',
  });
  const number = String(bought['order_id']);
  expect(rowOf(await contracts.getMultiAssetOrderInfo({ ...CONTRACT, order_id: number }))).toMatchObject({
    order_id: number,
    client_order_id: '20261130001',
    state: 'filled',
    lever_rate: 10,
    trade_volume: '5',
  });
  const fills = rowsOf(await contracts.getMultiAssetFills({ contract_code: 'BTC-USDT' }));
  expect(fills[0]).toMatchObject({ order_id: number, role: 'TAKER', fee_currency: 'USDT', order_type: '1' });
  expect(rowsOf(await contracts.getMultiAssetPositions({ contract_code: 'BTC-USDT' }))).toMatchObject([
    { position_side: 'both', direction: 'buy', volume: '5', margin_mode: 'cross', lever_rate: 10 },
  ]);

  const resting = rowOf(
    await contracts.submitMultiAssetOrder({
      ...CONTRACT,
      side: 'sell',
      type: 'post_only',
      volume: '5',
      price: '60600',
      reduce_only: 1,
      client_order_id: '20261130002',
    }),
  );
  expect(rowsOf(await contracts.getMultiAssetOpenOrders({}))).toMatchObject([
    { order_id: resting['order_id'], state: 'new', type: 'post_only', reduce_only: true },
  ]);
  await contracts.cancelMultiAssetOrder({ contract_code: 'BTC-USDT', client_order_id: '20261130002' });
  await contracts.closeMultiAssetPosition({ ...CONTRACT, position_side: 'both' });
  expect(rowsOf(await contracts.getMultiAssetPositions({}))).toEqual([]);
  const past = rowsOf(await contracts.getMultiAssetOrderHistory({ ...CONTRACT, state: 'filled,canceled' }));
  expect(past.map((row) => row['order_id'])).toEqual(expect.arrayContaining([number, resting['order_id']]));

  const pushed = (topic: string): readonly unknown[] =>
    messages.filter((message) => message['topic'] === topic).map(({ data }) => data);
  await expect
    .poll(() => pushed('orders'))
    .toContainEqual(expect.objectContaining({ order_id: resting['order_id'], state: 'canceled' }));
  await expect
    .poll(() => pushed('trade'))
    .toContainEqual([expect.objectContaining({ order_id: number, direction: 'buy', role: 'taker' })]);
  await expect
    .poll(() => pushed('positions'))
    .toContainEqual([expect.objectContaining({ contract_code: 'BTC-USDT', volume: '0' })]);
  await expect
    .poll(() => pushed('account'))
    .toContainEqual(expect.objectContaining({ state: 'normal', details: expect.any(Array) }));
});
