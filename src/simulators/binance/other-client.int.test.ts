/** The simulated Binance as a second, independent client library sees it: what ccxt reads leniently, another may not. */
import { MainClient, USDMClient } from 'binance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSimulators, type Simulators } from '../host.ts';

let simulators: Simulators;
let spot: MainClient;
let usdm: USDMClient;

beforeAll(async () => {
  simulators = await runSimulators({ controlPort: 0, venues: ['binance'] });
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  const { key, secret } = venue.paperCredentials;
  const options = { api_key: key, api_secret: secret, baseUrl: venue.urls.restUrl, disableTimeSync: true };
  spot = new MainClient(options);
  usdm = new USDMClient(options);
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) {
    const answer = await fetch(`${simulators.controlUrl}/control/binance/price`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ symbol, price: '60000', hold: true }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
});

afterAll(async () => {
  await simulators.close();
});

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
