/** The simulated Binance as a second, independent client library sees it: what ccxt reads leniently, another may not. */
import { MainClient, USDMClient, WebsocketAPIClient, WS_KEY_MAP } from 'binance';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Decimal, decimal } from '../../core/decimal.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let spot: MainClient;
let usdm: USDMClient;
let wsUrl: string;
let credentials: { readonly api_key: string; readonly api_secret: string };
const sockets: WebSocket[] = [];
const clients: WebsocketAPIClient[] = [];

beforeAll(async () => {
  venue = await runVenue('binance');
  ({ wsUrl } = venue);
  credentials = { api_key: venue.key, api_secret: venue.secret };
  const options = { ...credentials, baseUrl: venue.restUrl, disableTimeSync: true };
  spot = new MainClient(options);
  usdm = new USDMClient(options);
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.disconnectAll();
  for (const socket of sockets.splice(0)) socket.terminate();
});

afterAll(async () => {
  await venue.close();
});

type Message = Record<string, unknown>;

/** The messages of a private stream, and the way to wait for one of them. */
async function follow(path: string): Promise<(wanted: Message) => Promise<void>> {
  const socket = new WebSocket(`${wsUrl}${path}`);
  sockets.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Message));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return async (wanted) => {
    await expect.poll(() => messages, { timeout: 5000 }).toContainEqual(expect.objectContaining(wanted));
  };
}

/** As `follow`, for the account on the spot WebSocket API. */
async function followAccount(): Promise<(wanted: Message) => Promise<void>> {
  const socket = new WebsocketAPIClient({
    ...credentials,
    wsUrl,
    attachEventListeners: false,
    muteLatencyWarning: true,
  });
  clients.push(socket);
  const messages: unknown[] = [];
  socket.getWSClient().on('message', (message) => messages.push(message));
  await socket.subscribeUserDataStream(WS_KEY_MAP.mainWSAPI);
  return async (wanted) => {
    await expect.poll(() => messages, { timeout: 5000 }).toContainEqual(expect.objectContaining(wanted));
  };
}

test('spot: symbols, a limit order from create to cancel, a market order and its trade', async () => {
  const information = await spot.getExchangeInfo({ symbol: 'BTCUSDT' });
  expect(information.symbols[0]?.filters.map((filter) => filter.filterType)).toContain('LOT_SIZE');
  const placed = await spot.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 0.01,
    price: 50_000,
    newOrderRespType: 'FULL',
  });
  expect(placed).toMatchObject({ status: 'NEW', fills: [] });
  const open = await spot.getOpenOrders({ symbol: 'BTCUSDT' });
  expect(open.map((order) => order.orderId)).toEqual([placed.orderId]);
  const canceled = await spot.cancelOrder({ symbol: 'BTCUSDT', orderId: placed.orderId });
  expect(canceled.status).toBe('CANCELED');
  const market = await spot.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quoteOrderQty: 100,
    newOrderRespType: 'FULL',
  });
  const trades = await spot.getAccountTradeList({ symbol: 'BTCUSDT', orderId: market.orderId });
  expect(trades).toMatchObject([{ orderId: market.orderId, isMaker: false }]);
  const account = await spot.getAccountInformation();
  expect(account.balances.map((balance) => balance.asset)).toEqual(expect.arrayContaining(['BTC', 'USDT']));
});

test('spot: a refusal comes with its code', async () => {
  await expect(spot.getOrder({ symbol: 'BTCUSDT', origClientOrderId: 'nobody' })).rejects.toMatchObject({
    code: -2013,
    message: 'Order does not exist.',
  });
});

test('USD-M: an order, its position, a conditional order and its cancel', async () => {
  const placed = await usdm.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: 0.01,
    newOrderRespType: 'RESULT',
  });
  expect(placed).toMatchObject({ status: 'FILLED', executedQty: '0.010' });
  expect(await usdm.getPositionsV3({ symbol: 'BTCUSDT' })).toMatchObject([{ positionAmt: '0.010' }]);
  const stop = await usdm.submitNewAlgoOrder({
    algoType: 'CONDITIONAL',
    symbol: 'BTCUSDT',
    side: 'SELL',
    type: 'STOP_MARKET',
    triggerPrice: '58000',
    closePosition: 'true',
  });
  expect(await usdm.getOpenAlgoOrders({ symbol: 'BTCUSDT' })).toMatchObject([{ algoId: stop.algoId }]);
  expect(await usdm.cancelAlgoOrder({ algoId: stop.algoId })).toMatchObject({ algoId: stop.algoId });
  const both = await usdm.submitMultipleOrders([
    { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.01', reduceOnly: 'true' },
    { symbol: 'BTCUSDT', side: 'SELL', type: 'STOP_MARKET', quantity: '0.01', stopPrice: '58000' },
  ]);
  expect(both).toMatchObject([{ symbol: 'BTCUSDT' }, { code: -4120 }]);
  expect((await usdm.getBalanceV3()).map((balance) => balance.asset)).toEqual(['USDT']);
});

test('spot: an ordinary bot from its start to its end', async () => {
  const ids = {
    buy: spot.generateNewOrderId(),
    sell: spot.generateNewOrderId(),
    maker: spot.generateNewOrderId(),
  };
  // The readings before an order: the grid and the least order, the balances, the market.
  const { symbols } = await spot.getExchangeInfo({ symbol: 'BTCUSDT' });
  const filters = symbols[0]?.filters ?? [];
  const filter = (type: string): Message => ({ ...filters.find(({ filterType }) => filterType === type) });
  const tick = decimal(String(filter('PRICE_FILTER')['tickSize']));
  const lot = decimal(String(filter('LOT_SIZE')['stepSize']));
  const balance = async (asset: string): Promise<Decimal> => {
    const { balances } = await spot.getAccountInformation();
    return decimal(String(balances.find((one) => one.asset === asset)?.free));
  };
  const before = { BTC: await balance('BTC'), USDT: await balance('USDT') };
  const candles = await spot.getKlines({ symbol: 'BTCUSDT', interval: '1m', limit: 5 });
  expect(candles).toHaveLength(5);
  const best = await spot.getSymbolOrderBookTicker({ symbol: 'BTCUSDT' });
  const { askPrice, bidPrice } = Array.isArray(best) ? { askPrice: '', bidPrice: '' } : best;
  expect(decimal(String(bidPrice)).lessThan(decimal(String(askPrice)))).toBe(true);

  const reported = await followAccount();

  // A purchase at the best offer: the answer, the stream and the history agree.
  const quantity = decimal('0.0123456').roundToMultipleOf(lot, 'down');
  const bought = await spot.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: Number(quantity.toString()),
    price: Number(askPrice),
    newClientOrderId: ids.buy,
    newOrderRespType: 'FULL',
  });
  expect(bought).toMatchObject({ status: 'FILLED', clientOrderId: ids.buy });
  await reported({ e: 'executionReport', c: ids.buy, x: 'NEW', X: 'NEW' });
  await reported({ e: 'executionReport', c: ids.buy, x: 'TRADE', X: 'FILLED', i: bought.orderId });
  const [trade] = await spot.getAccountTradeList({ symbol: 'BTCUSDT', orderId: bought.orderId });
  if (trade === undefined) throw new Error('the order traded');
  const cost = decimal(String(trade.quoteQty));
  expect(before.USDT.subtract(await balance('USDT')).toString()).toBe(cost.toString());
  expect((await balance('BTC')).subtract(before.BTC).toString()).toBe(
    quantity.subtract(decimal(String(trade.commission))).toString(),
  );

  // An order that rests, is found, and is canceled.
  const resting = await spot.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'SELL',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 0.01,
    price: Number(decimal('66000').add(tick).toString()),
    newClientOrderId: ids.sell,
  });
  expect(await spot.getOrder({ symbol: 'BTCUSDT', origClientOrderId: ids.sell })).toMatchObject({
    orderId: resting.orderId,
    status: 'NEW',
  });
  await spot.cancelOrder({ symbol: 'BTCUSDT', origClientOrderId: ids.sell });
  await reported({ e: 'executionReport', C: ids.sell, x: 'CANCELED', X: 'CANCELED' });

  // One that the market comes to: it is maker, and the stream reports it first.
  await spot.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT_MAKER',
    quantity: 0.01,
    price: 59_500,
    newClientOrderId: ids.maker,
  });
  await venue.price('BTC/USDT', '59400');
  await reported({
    e: 'executionReport',
    c: ids.maker,
    x: 'TRADE',
    X: 'FILLED',
    L: '59500.00000000',
    m: true,
  });
  await venue.price('BTC/USDT', '60000');

  expect(await spot.getOpenOrders({ symbol: 'BTCUSDT' })).toEqual([]);
});

test('USD-M: an ordinary bot from its start to its end', async () => {
  const ids = {
    open: usdm.generateNewOrderId(),
    stop: usdm.generateNewOrderId(),
    target: usdm.generateNewOrderId(),
    close: usdm.generateNewOrderId(),
  };
  const { symbols } = await usdm.getExchangeInfo();
  expect(symbols.find(({ symbol }) => symbol === 'BTCUSDT')).toMatchObject({
    contractType: 'PERPETUAL',
    status: 'TRADING',
  });
  const balance = async (): Promise<Decimal> => {
    const balances = await usdm.getBalanceV3();
    return decimal(String(balances.find(({ asset }) => asset === 'USDT')?.balance));
  };
  const before = await balance();
  expect(await usdm.getKlines({ symbol: 'BTCUSDT', interval: '5m', limit: 3 })).toHaveLength(3);
  // Many bots set these without looking whether they are set already.
  await expect(usdm.setMarginType({ symbol: 'BTCUSDT', marginType: 'CROSSED' })).rejects.toMatchObject({
    code: -4046,
  });
  await expect(usdm.setPositionMode({ dualSidePosition: 'false' })).rejects.toMatchObject({ code: -4059 });
  expect(await usdm.setLeverage({ symbol: 'BTCUSDT', leverage: 5 })).toMatchObject({ leverage: 5 });

  const { listenKey } = await usdm.getFuturesUserDataListenKey();
  const reported = await follow(`/private/ws?listenKey=${listenKey}`);
  const order = (fields: Message): unknown => expect.objectContaining(fields);

  const opened = await usdm.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'SELL',
    type: 'MARKET',
    quantity: 0.02,
    newClientOrderId: ids.open,
    newOrderRespType: 'RESULT',
  });
  expect(opened).toMatchObject({ status: 'FILLED', executedQty: '0.020' });
  await reported({ e: 'ORDER_TRADE_UPDATE', o: order({ c: ids.open, x: 'TRADE', X: 'FILLED', z: '0.020' }) });
  expect(await usdm.getPositionsV3({ symbol: 'BTCUSDT' })).toMatchObject([
    { positionAmt: '-0.020', entryPrice: opened.avgPrice },
  ]);

  // A protective stop and a target; the price comes to the target, and the stop is canceled.
  const stop = await usdm.submitNewAlgoOrder({
    algoType: 'CONDITIONAL',
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'STOP_MARKET',
    triggerPrice: '61500',
    closePosition: 'true',
    clientAlgoId: ids.stop,
  });
  await reported({ e: 'ALGO_UPDATE', o: order({ caid: ids.stop, X: 'NEW' }) });
  await usdm.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTX',
    quantity: 0.01,
    price: 59_000,
    reduceOnly: 'true',
    newClientOrderId: ids.target,
  });
  await venue.price('BTC/USDT:USDT', '58900');
  await reported({ e: 'ORDER_TRADE_UPDATE', o: order({ c: ids.target, x: 'TRADE', X: 'FILLED', m: true }) });
  expect(await usdm.cancelAlgoOrder({ algoId: stop.algoId })).toMatchObject({ algoId: stop.algoId });
  await reported({ e: 'ALGO_UPDATE', o: order({ caid: ids.stop, X: 'CANCELED' }) });

  // The rest is closed at the market; position, wallet and history agree to the last digit.
  await usdm.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: 0.01,
    reduceOnly: 'true',
    newClientOrderId: ids.close,
  });
  await reported({ e: 'ORDER_TRADE_UPDATE', o: order({ c: ids.close, X: 'FILLED' }) });
  expect(await usdm.getPositionsV3({ symbol: 'BTCUSDT' })).toEqual([]);
  expect(await usdm.getAllOpenOrders({ symbol: 'BTCUSDT' })).toEqual([]);
  const orders = [ids.open, ids.target, ids.close];
  const placed = await usdm.getAllOrders({ symbol: 'BTCUSDT' });
  const orderIds = new Set(
    placed.filter(({ clientOrderId }) => orders.includes(clientOrderId)).map(({ orderId }) => orderId),
  );
  const trades = (await usdm.getAccountTrades({ symbol: 'BTCUSDT' })).filter(({ orderId }) =>
    orderIds.has(orderId),
  );
  const moved = trades.reduce(
    (sum, trade) => sum.add(decimal(String(trade.realizedPnl))).subtract(decimal(String(trade.commission))),
    Decimal.zero,
  );
  expect(moved.isPositive()).toBe(true);
  expect((await balance()).subtract(before).toString()).toBe(moved.toString());
  await venue.price('BTC/USDT:USDT', '60000');

  await usdm.keepAliveFuturesUserDataListenKey();
  await usdm.closeFuturesUserDataListenKey();
  await expect(usdm.keepAliveFuturesUserDataListenKey()).rejects.toMatchObject({ code: -1125 });
});

test('USD-M: the statistics, margin, trailing stops and amendments of a program of its own', async () => {
  const symbol = 'ETHUSDT';
  await venue.price('ETH/USDT:USDT', '2500');
  const open = await usdm.getOpenInterestStatistics({ symbol, period: '5m', limit: 2 });
  expect(open).toMatchObject([{ symbol }, { symbol }]);
  expect(await usdm.getTakerBuySellVolume({ symbol, period: '5m', limit: 1 })).toHaveLength(1);
  expect(await usdm.getIndexPriceConstituents({ symbol })).toMatchObject({ symbol });
  expect(await usdm.getApiQuantitativeRulesIndicators({})).toMatchObject({ indicators: {} });
  expect(await usdm.getBNBBurnStatus()).toEqual({ feeBurn: false });

  // A trailing stop follows an isolated position, whose margin is changed.
  await usdm.setMarginType({ symbol, marginType: 'ISOLATED' });
  await usdm.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 1 });
  expect(await usdm.setIsolatedPositionMargin({ symbol, amount: 10, type: '1' })).toMatchObject({ type: 1 });
  expect(await usdm.getPositionMarginChangeHistory({ symbol })).toMatchObject([{ amount: '10.00000000' }]);
  const stop = await usdm.submitNewAlgoOrder({
    algoType: 'CONDITIONAL',
    symbol,
    side: 'SELL',
    type: 'TRAILING_STOP_MARKET',
    quantity: '1',
    callbackRate: '2',
    reduceOnly: 'true',
  });
  const resting = await usdm.submitNewOrder({
    symbol,
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 0.1,
    price: 2400,
  });
  // Ids of conditional orders are those of no order.
  expect(stop.algoId).toBeGreaterThan(3_000_000_000_000_000);
  expect(resting.orderId).toBeLessThan(3_000_000_000_000_000);
  const change = {
    symbol,
    side: 'BUY',
    orderId: resting.orderId,
    quantity: '0.2',
    price: '2400',
    timestamp: Date.now(),
  } as const;
  expect(await usdm.modifyMultipleOrders([change])).toMatchObject([{ origQty: '0.200' }]);
  expect(await usdm.getOrderModifyHistory({ symbol, orderId: resting.orderId })).toMatchObject([
    { amendment: { origQty: { before: '0.100', after: '0.200' } } },
  ]);
  await usdm.cancelOrder({ symbol, orderId: resting.orderId });
  for (const value of ['2600', '2548']) await venue.price('ETH/USDT:USDT', value);
  expect(await usdm.getAlgoOrder({ algoId: stop.algoId })).toMatchObject({
    orderType: 'TRAILING_STOP_MARKET',
    algoStatus: 'FINISHED',
  });
  expect(await usdm.getPositionsV3({ symbol })).toEqual([]);
  await usdm.setMarginType({ symbol, marginType: 'CROSSED' });
  await venue.price('ETH/USDT:USDT', '2500');
});
