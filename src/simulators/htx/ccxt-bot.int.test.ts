/** A bot on ccxt's own class at the simulated HTX, with default options, on spot: its start, its orders, its look-ups. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('htx', { limits: false });
  bot = await ccxtBot('htx', venue);
  await bot.client.loadMarkets();
});

afterAll(async () => {
  expect(bot.unserved).toEqual([]);
  await bot.close();
  await venue.close();
});

let ids = 0;
const SYMBOL = 'BTC/USDT';
const day = (): Day => ({
  client: bot.client,
  venue,
  symbol: SYMBOL,
  amount: 0.01,
  newClientOrderId: () => `bot-${Date.now()}-${(ids += 1)}`,
});
const buy = () => bot.client.createMarketBuyOrderWithCost(SYMBOL, 600);

test('the markets of every product are listed, those in coins as closed', () => {
  const { client } = bot;
  expect(client.market(SYMBOL)).toMatchObject({ active: true, precision: { amount: 0.000001, price: 0.01 } });
  expect(client.market('BTC/USDT:USDT')).toMatchObject({ active: true, contractSize: 0.001 });
  expect(client.market('BTC/USD:BTC')).toMatchObject({ active: false });
  expect(client.currencies['USDT']).toMatchObject({
    networks: { TRC20: { fee: 1, deposit: true, withdraw: true } },
  });
});

test('what a bot reads before it trades is served', async () => {
  expect(await failuresOf(marketCalls(bot.client, SYMBOL))).toEqual({
    fetchLastPrices: expect.stringContaining('does not support spot markets yet'),
  });
  const since = Date.now() - 6 * 3_600_000;
  const candles = await bot.client.fetchOHLCV(SYMBOL, '1h', since, 3);
  expect(candles).toHaveLength(3);
  expect(candles[0]?.[0]).toBeGreaterThanOrEqual(since);
});

test('orders, their trades and fees are those that the account has', async () => {
  await limitOrderDay(day());
  await marketOrderDay(day(), buy, { side: 'buy' });
  await marketOrderDay(day(), () => bot.client.createOrder(SYMBOL, 'market', 'sell', 0.005), {
    side: 'sell',
  });
});

test('look-ups of the account are served', async () => {
  await buy();
  expect(await failuresOf(accountCalls(bot.client, SYMBOL))).toEqual({});
});
