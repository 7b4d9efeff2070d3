/** A bot on ccxt's own class at the simulated Bybit, with default options, through what it does from its start on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls, settingCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, streamsDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('bybit', { limits: false });
  bot = await ccxtBot('bybit', venue);
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
  ['BTC/USDT:USDT', 0.01],
])('%s', (symbol, amount) => {
  const isSwap = symbol.includes(':');
  const day = (): Day => ({
    client: bot.client,
    venue,
    symbol,
    amount,
    newClientOrderId: () => `bot${Date.now()}${(ids += 1)}`,
    // Without it ccxt refuses to look, since the venue finds the last 500 orders alone.
    lookUpParameters: { acknowledged: true },
  });
  const buy = () => bot.client.createOrder(symbol, 'market', 'buy', amount, 60_000);

  test('market data and settings are served', async () => {
    expect(await failuresOf(marketCalls(bot.client, symbol))).toEqual({});
    if (!isSwap) return;
    expect(await failuresOf(settingCalls(bot.client, symbol, 5))).toEqual({
      setPositionMode: expect.stringContaining('110025'),
    });
    expect(await bot.client.fetchLeverage(symbol)).toMatchObject({ longLeverage: 5 });
    expect(await bot.client.fetchMarketLeverageTiers(symbol)).toMatchObject([
      { maxLeverage: 100, maintenanceMarginRate: 0.005 },
    ]);
  });

  test('orders, their trades and fees are those that the account has', async () => {
    await limitOrderDay(day());
    await marketOrderDay(day(), buy, { side: 'buy' });
    await marketOrderDay(
      day(),
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

  test('an order that relies on an attached stop is refused, not taken without it', async () => {
    const { last } = await bot.client.fetchTicker(symbol);
    const price = Number(bot.client.priceToPrecision(symbol, (last ?? 0) * 0.995));
    const stopLoss = { triggerPrice: Number(bot.client.priceToPrecision(symbol, price * 0.99)) };
    await expect(bot.client.createOrder(symbol, 'limit', 'buy', amount, price, { stopLoss })).rejects.toThrow(
      'stopLoss',
    );
    expect(await bot.client.fetchOpenOrders(symbol)).toEqual([]);
  });

  test('look-ups of the account are served', async () => {
    await buy();
    const failures = await failuresOf(accountCalls(bot.client, symbol));
    // The class leaves out the category, which the venue asks for.
    expect(failures).toEqual({ fetchTradingFees: expect.stringContaining('category is required') });
  });

  test('streams push what they are named for', async () => {
    await streamsDay(day(), buy);
  });
});

test('money moves between the unified and the funding wallet, and both say so', async () => {
  const { client } = bot;
  expect(await client.transfer('USDT', 10, 'unified', 'funding')).toMatchObject({
    currency: 'USDT',
    amount: 10,
  });
  expect(await client.fetchBalance({ type: 'funding' })).toMatchObject({ USDT: { total: 10 } });
  await expect(client.transfer('USDT', 11, 'funding', 'unified')).rejects.toThrow('131212');
  await client.transfer('USDT', 10, 'funding', 'unified');
  expect(await client.fetchTransfers('USDT')).toMatchObject([{ amount: 10 }, { amount: 10 }]);
});

test('a position that was closed is in the history with what it earned after its fees', async () => {
  const { client } = bot;
  const symbol = 'ETH/USDT:USDT';
  await client.createOrder(symbol, 'market', 'buy', 2);
  await client.createOrder(symbol, 'market', 'sell', 2, undefined, { reduceOnly: true });
  const fills = ((await venue.control('GET', 'fills')) as Record<string, string>[]).filter(
    (fill) => fill['symbol'] === symbol,
  );
  const fees = fills.reduce((sum, fill) => sum + Number(fill['fee']), 0);
  const cost = (side: string): number =>
    fills
      .filter((fill) => fill['side'] === side)
      .reduce((sum, fill) => sum + Number(fill['quantity']) * Number(fill['price']), 0);
  const [closed] = await client.fetchPositionsHistory([symbol]);
  expect(closed).toMatchObject({ symbol, side: 'long', contracts: 2 });
  expect(closed?.realizedPnl).toBeCloseTo(cost('sell') - cost('buy') - fees, 6);
});
