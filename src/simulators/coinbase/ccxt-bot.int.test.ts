/** A bot on ccxt's own class at the simulated Coinbase, with default options, through what it does from its start on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, streamsDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('coinbase', { limits: false });
  bot = await ccxtBot('coinbase', venue);
  await bot.client.loadMarkets();
  // Tickers of a market without a trade have no last price.
  await buy();
});

afterAll(async () => {
  expect(bot.unserved).toEqual([]);
  await bot.close();
  await venue.close();
});

let ids = 0;
let lastId = '';
const SYMBOL = 'BTC/USDT';
const day = (): Day => ({
  client: bot.client,
  venue,
  symbol: SYMBOL,
  amount: 0.01,
  newClientOrderId: () => (lastId = `bot-${Date.now()}-${(ids += 1)}`),
  // ccxt reads it by the venue's own name here.
  orderParameters: {
    get client_order_id() {
      return lastId;
    },
  },
});
const buy = () => bot.client.createMarketBuyOrderWithCost(SYMBOL, 600);

test('what a bot reads before it trades is served', async () => {
  const { client } = bot;
  expect(await failuresOf(marketCalls(client, SYMBOL))).toEqual({});
  expect(client.market(SYMBOL)).toMatchObject({
    active: true,
    maker: 0.006,
    taker: 0.012,
    precision: { amount: 1e-8, price: 0.01 },
    limits: { cost: { min: 1 } },
  });
  expect(client.currencies['BTC']).toMatchObject({ type: 'crypto', name: 'Bitcoin', active: true });
  expect(await client.fetchTrades(SYMBOL)).not.toHaveLength(0);
});

test('orders, their trades and fees are those that the account has', async () => {
  // ccxt returns an order that it changed without its id.
  bot.client.has['editOrder'] = false;
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

test('streams push what they are named for', async () => {
  await streamsDay(day(), buy);
});

test('the accounts, rates and addresses of the Coinbase App API are those of the account', async () => {
  const { client } = bot;
  await venue.price('BTC/USD', '60000');
  const { data } = await client['v2PublicGetExchangeRates']({ currency: 'BTC' });
  expect(Number(data.rates.USD)).toBeCloseTo(60_000, 0);
  await venue.control('POST', 'deposits', { wallet: 'spot', asset: 'BTC', amount: '0.25' });
  // ccxt takes every transaction for one of the two, trades too.
  expect(await client.fetchDepositsWithdrawals('BTC')).toContainEqual(
    expect.objectContaining({ amount: 0.25, network: 'BTC', type: 'deposit', status: 'ok' }),
  );
  const created = await client.createDepositAddress('BTC');
  expect(created.address).toMatch(/^bc1q/);
  const [bitcoin] = (await client['v2PrivateGetAccounts']()).data.filter(
    (account: { currency: { code: string } }) => account.currency.code === 'BTC',
  );
  const { total } = (await client.fetchBalance())['BTC'] ?? {};
  expect(Number(bitcoin.balance.amount)).toBe(total);
});
