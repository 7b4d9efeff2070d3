/**
 * A bot on ccxt's own class at the simulated OKX, through what it does from its start on. The account is in multi-currency margin mode, in
 * which orders of spot are crossed, so that a bot gives `tdMode` with each.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls, settingCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, streamsDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('okx', { limits: false });
  bot = await ccxtBot('okx', venue);
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
  ['BTC/USDT:USDT', 1],
])('%s', (symbol, amount) => {
  const isSwap = symbol.includes(':');
  const terms = isSwap ? {} : { tdMode: 'cross', tgtCcy: 'base_ccy' };
  const day = (): Day => ({
    client: bot.client,
    venue,
    symbol,
    amount,
    newClientOrderId: () => `bot${Date.now()}${(ids += 1)}`,
    orderParameters: isSwap ? {} : { tdMode: 'cross' },
    // Deeper channels begin without a snapshot, as they do at the venue by now, and the class waits for one.
    bookLevels: 5,
  });
  const buy = () => bot.client.createOrder(symbol, 'market', 'buy', amount, undefined, terms);

  test('market data and settings are served', async () => {
    expect(await failuresOf(marketCalls(bot.client, symbol))).toEqual({});
    if (!isSwap) return;
    expect(await failuresOf(settingCalls(bot.client, symbol, 5))).toEqual({});
    expect(await bot.client.fetchLeverage(symbol, { marginMode: 'cross' })).toMatchObject({
      longLeverage: 5,
    });
    expect(await bot.client.fetchMarketLeverageTiers(symbol)).toMatchObject([
      { maxLeverage: 100, maintenanceMarginRate: 0.004 },
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
          isSwap ? { reduceOnly: true } : terms,
        ),
      { side: 'sell' },
    );
  });

  test('an order that relies on an attached stop is refused, not taken without it', async () => {
    const { last } = await bot.client.fetchTicker(symbol);
    const price = Number(bot.client.priceToPrecision(symbol, (last ?? 0) * 0.995));
    const stopLoss = { triggerPrice: Number(bot.client.priceToPrecision(symbol, price * 0.99)) };
    await expect(
      bot.client.createOrder(symbol, 'limit', 'buy', amount, price, { ...terms, stopLoss }),
    ).rejects.toThrow('attachAlgoOrds');
    expect(await bot.client.fetchOpenOrders(symbol)).toEqual([]);
  });

  test('look-ups of the account are served', async () => {
    await buy();
    const failures = await failuresOf(accountCalls(bot.client, symbol));
    expect(failures).toEqual(
      isSwap ? { fetchMarginAdjustmentHistory: expect.stringContaining('requires a type argument') } : {},
    );
  });

  test('streams push what they are named for', async () => {
    await streamsDay(day(), buy);
  });
});

test('money moves between the trading and the funding account, and both say so', async () => {
  const { client } = bot;
  const moved = await client.transfer('USDT', 10, 'trading', 'funding');
  expect(moved).toMatchObject({ currency: 'USDT', amount: 10, fromAccount: 'trading', toAccount: 'funding' });
  expect(await client.fetchBalance({ type: 'funding' })).toMatchObject({ USDT: { total: 10 } });
  await expect(client.transfer('USDT', 11, 'funding', 'trading')).rejects.toThrow('58350');
  await client.transfer('USDT', 10, 'funding', 'trading');
  expect(await client.fetchTransfers('USDT')).toMatchObject([{ amount: 10 }, { amount: 10 }]);
});

test('a position that was closed is in the history with what it earned and what it cost', async () => {
  const { client } = bot;
  const symbol = 'ETH/USDT:USDT';
  await client.createOrder(symbol, 'market', 'buy', 2);
  await client.createOrder(symbol, 'market', 'sell', 2, undefined, { reduceOnly: true });
  const fills = (await venue.control('GET', 'fills')) as Record<string, string>[];
  const fees = fills
    .filter((fill) => fill['symbol'] === symbol)
    .reduce((sum, fill) => sum + Number(fill['fee']), 0);
  const [closed] = await client.fetchPositionsHistory([symbol]);
  expect(closed).toMatchObject({ symbol, leverage: 3 });
  expect(Number(closed?.info.closeTotalPos)).toBe(2);
  expect(Number(closed?.info.fee)).toBeCloseTo(-fees, 9);
  expect(closed?.realizedPnl).toBeCloseTo(Number(closed?.info.pnl) - fees, 9);
});
