/** A bot on ccxt's own class at the simulated MEXC, with default options, through what it does from its start on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls, settingCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('mexc', { limits: false });
  bot = await ccxtBot('mexc', venue);
  await bot.client.loadMarkets();
});

afterAll(async () => {
  expect(bot.unserved).toEqual([]);
  await bot.close();
  await venue.close();
});

let ids = 0;

describe.each([
  ['BTC/USDT', 0.01],
  ['BTC/USDT:USDT', 100],
])('%s', (symbol, amount) => {
  const isSwap = symbol.includes(':');
  const day = (): Day => ({
    client: bot.client,
    venue,
    symbol,
    amount,
    newClientOrderId: () => `bot${Date.now()}${(ids += 1)}`,
    // The class names neither the type nor `externalOid` of a contract order.
    unreadFields: isSwap ? ['clientOrderId', 'type'] : [],
  });
  const buy = () => bot.client.createOrder(symbol, 'market', 'buy', amount, 60_000);

  test('market data and settings are served', async () => {
    expect(await failuresOf(marketCalls(bot.client, symbol))).toEqual(
      isSwap ? { fetchBidsAsks: expect.stringContaining('not available for swap markets') } : {},
    );
    if (isSwap) expect(await failuresOf(settingCalls(bot.client, symbol, 5))).toEqual({});
  });

  test('orders, their trades and fees are those that the account has', async () => {
    await limitOrderDay(day());
    await marketOrderDay(day(), buy, { side: 'buy' });
    await marketOrderDay(
      // The class does not name the side of an order that closes either.
      { ...day(), unreadFields: isSwap ? ['side', 'type'] : [] },
      () =>
        bot.client.createOrder(
          symbol,
          'market',
          'sell',
          amount,
          undefined,
          isSwap ? { reduceOnly: true } : {},
        ),
      { side: 'sell' },
    );
  });

  test('look-ups of the account are served', async () => {
    await buy();
    const { client } = bot;
    expect(await failuresOf(accountCalls(client, symbol))).toEqual({
      fetchTransfers: expect.stringContaining('requires a fromAccountType parameter'),
      ...(isSwap
        ? { fetchTradingFee: expect.stringContaining('supports spot markets only') }
        : {
            fetchClosedOrders: expect.stringContaining('not supported for spot'),
            fetchCanceledOrders: expect.stringContaining('not supported for spot'),
          }),
    });
  });
});

test('money moves between the spot and the contract wallet, and both say so', async () => {
  const { client } = bot;
  const total = async (parameters: object): Promise<number> =>
    Number((await client.fetchBalance(parameters))['USDT']?.total);
  const before = { spot: await total({}), swap: await total({ type: 'swap' }) };
  await client.transfer('USDT', 10, 'spot', 'swap');
  expect(await total({})).toBeCloseTo(before.spot - 10, 6);
  expect(await total({ type: 'swap' })).toBeCloseTo(before.swap + 10, 6);
  const names = { fromAccountType: 'SPOT', toAccountType: 'FUTURES' };
  expect(await client.fetchTransfers('USDT', undefined, undefined, names)).toMatchObject([{ amount: 10 }]);
  await expect(client.transfer('USDT', 1e9, 'spot', 'swap')).rejects.toThrow('10101');
});

test('an order that relies on an attached stop or on a trigger is refused, not taken without it', async () => {
  const { client } = bot;
  const symbol = 'ETH/USDT:USDT';
  await expect(
    client.createOrder(symbol, 'market', 'buy', 10, 2_500, { stopLossPrice: 2_000 }),
  ).rejects.toThrow('600');
  await expect(
    client.createOrder(symbol, 'market', 'buy', 10, 2_500, { triggerPrice: 2_600 }),
  ).rejects.toThrow('704');
  expect(await client.fetchPositions([symbol])).toEqual([]);
});

test('a position that was closed is in the history', async () => {
  const { client } = bot;
  const symbol = 'ETH/USDT:USDT';
  await client.createOrder(symbol, 'market', 'buy', 10, 2_500);
  await client.createOrder(symbol, 'market', 'sell', 10, 2_500, { reduceOnly: true });
  expect(await client.fetchPositionsHistory([symbol])).toMatchObject([
    { symbol, side: 'long', info: { closeVol: 10, positionShowStatus: 'CLOSED' } },
  ]);
});
