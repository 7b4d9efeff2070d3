/** A bot on ccxt's own class at the simulated Binance, with default options, through what it does from its start on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls, settingCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, streamsDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('binance', { limits: false });
  bot = await ccxtBot('binance', venue);
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
    newClientOrderId: () => `bot-${Date.now()}-${(ids += 1)}`,
  });

  test('market data and settings are served', async () => {
    expect(await failuresOf(marketCalls(bot.client, symbol))).toEqual({});
    if (isSwap) {
      const { setLeverage, setMarginMode, setPositionMode } = await failuresOf(
        settingCalls(bot.client, symbol, 5),
      );
      expect(setLeverage).toBeUndefined();
      // An account begins with these two, and the venue refuses a change that is none.
      expect(setPositionMode).toContain('-4059');
      expect(setMarginMode).toContain('-4046');
    }
  });

  test('orders, their trades and fees are those that the account has', async () => {
    const { client } = bot;
    await limitOrderDay(day());
    await marketOrderDay(day(), () => client.createOrder(symbol, 'market', 'buy', amount), { side: 'buy' });
    await marketOrderDay(
      day(),
      () =>
        client.createOrder(symbol, 'market', 'sell', amount, undefined, isSwap ? { reduceOnly: true } : {}),
      { side: 'sell' },
    );
  });

  test('look-ups of the account are served', async () => {
    await bot.client.createOrder(symbol, 'market', 'buy', amount);
    expect(await failuresOf(accountCalls(bot.client, symbol))).toEqual(
      isSwap
        ? { fetchPosition: expect.stringContaining('supports option markets only') }
        : { fetchLedger: expect.stringContaining('supports contract wallets only') },
    );
  });

  test('streams push what they are named for', async () => {
    await streamsDay(day(), () => bot.client.createOrder(symbol, 'market', 'buy', amount));
  });
});
