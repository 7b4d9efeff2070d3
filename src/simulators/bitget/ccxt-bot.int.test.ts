/**
 * A bot on ccxt's own class at the simulated Bitget, with default options: the class finds out by itself that the account is a unified one.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls, settingCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, streamsDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('bitget', { limits: false });
  bot = await ccxtBot('bitget', venue);
  await bot.client.loadMarkets();
});

afterAll(async () => {
  expect(bot.unserved).toEqual([]);
  await bot.close();
  await venue.close();
});

let ids = 0;
const classic = expect.stringContaining('40085');

describe.each(['BTC/USDT', 'BTC/USDT:USDT'])('%s', (symbol) => {
  const isSwap = symbol.includes(':');
  const day = (): Day => ({
    client: bot.client,
    venue,
    symbol,
    amount: 0.01,
    newClientOrderId: () => `bot-${Date.now()}-${(ids += 1)}`,
  });
  // A purchase on spot is for an amount of the quote coin.
  const buy = () =>
    isSwap
      ? bot.client.createOrder(symbol, 'market', 'buy', 0.01)
      : bot.client.createMarketBuyOrderWithCost(symbol, 600);

  test('what a bot reads before it trades is served', async () => {
    expect(await failuresOf(marketCalls(bot.client, symbol))).toEqual({});
    if (isSwap)
      expect(await failuresOf(settingCalls(bot.client, symbol, 5))).toEqual({ setMarginMode: classic });
    expect(bot.client.market(symbol)).toMatchObject(
      isSwap
        ? {
            active: true,
            contractSize: 1,
            precision: { amount: 0.0001, price: 0.1 },
            limits: { leverage: { max: 150 }, cost: { min: 5 } },
          }
        : { active: true, precision: { amount: 0.000001, price: 0.01 }, limits: { cost: { min: 1 } } },
    );
    expect(bot.client.currencies['USDT']).toMatchObject({
      deposit: true,
      withdraw: true,
      networks: { TRC20: { fee: 1, limits: { withdraw: { min: 10 } } } },
    });
  });

  test('orders, their trades and fees are those that the account has', async () => {
    await limitOrderDay(day());
    for (const [side, place] of [
      ['buy', buy],
      [
        'sell',
        () =>
          bot.client.createOrder(
            symbol,
            'market',
            'sell',
            0.005,
            undefined,
            isSwap ? { reduceOnly: true } : {},
          ),
      ],
    ] as const) {
      const { id = '' } = await place();
      const order = await bot.client.fetchOrder(id, symbol);
      const fills = ((await venue.control('GET', 'fills')) as Readonly<Record<string, unknown>>[]).filter(
        (fill) => fill['venue_order_id'] === id,
      );
      const sum = (name: string) => fills.reduce((total, fill) => total + Number(fill[name]), 0);
      expect(order).toMatchObject({ symbol, side, type: 'market', status: 'closed', remaining: 0 });
      expect(order.filled).toBeCloseTo(sum('quantity'), 9);
      const trades = (await bot.client.fetchMyTrades(symbol)).filter((trade) => trade.order === id);
      expect(trades).toHaveLength(fills.length);
      expect(trades[0]).toMatchObject({ side, takerOrMaker: 'taker', price: Number(fills[0]?.['price']) });
      // A unified account's fees stand above zero where they were paid; ccxt turns them over as those of classic accounts.
      const paid = trades.reduce((total, { fee }) => total - (fee?.cost ?? 0), 0);
      expect(paid).toBeCloseTo(sum('fee'), 9);
    }
  });

  test('look-ups of the account are served, and those of classic accounts refused as such', async () => {
    await buy();
    expect(await failuresOf(accountCalls(bot.client, symbol))).toEqual({
      fetchTransfers: classic,
      ...(isSwap
        ? {
            fetchLeverage: classic,
            fetchMarginMode: classic,
            fetchMyLiquidations: expect.stringContaining('supports spot margin markets only'),
          }
        : {}),
    });
  });

  test('streams push what they are named for', async () => {
    await streamsDay(day(), buy);
  });
});

test('a client without keys reads the public part of v2', async () => {
  const reader = await ccxtBot('bitget', venue, { credentials: null });
  await reader.client.loadMarkets();
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT'])
    expect(await failuresOf(marketCalls(reader.client, symbol))).toEqual({});
  const [spot, swap] = [reader.client.market('BTC/USDT'), reader.client.market('BTC/USDT:USDT')];
  expect(spot).toMatchObject({ active: true, precision: { amount: 0.000001, price: 0.01 } });
  expect(swap).toMatchObject({ active: true, precision: { amount: 0.0001, price: 0.1 }, taker: 0.0006 });
  expect(reader.unserved).toEqual([]);
  await reader.close();
});

test('deposits and withdrawals are listed with their amounts and fees', async () => {
  const { client } = bot;
  await venue.control('POST', 'deposits', { wallet: 'funding', asset: 'USDT', amount: '25' });
  expect(await client.fetchDeposits('USDT')).toMatchObject([
    { amount: 25, currency: 'USDT', status: 'ok', type: 'deposit' },
  ]);
  expect(await client.fetchBalance({ type: 'funding' })).toMatchObject({ USDT: { total: 25 } });
  await client.transfer('USDT', 7, 'funding', 'uta');
  expect(await client.fetchBalance({ type: 'funding' })).toMatchObject({ USDT: { total: 18 } });
});
