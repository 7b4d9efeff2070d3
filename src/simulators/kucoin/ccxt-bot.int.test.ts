/** A bot on ccxt's own class at the simulated KuCoin, with default options, through what it does from its start on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtBot, type CcxtBot } from '../testing/ccxt-bot.ts';
import { accountCalls, failuresOf, marketCalls, settingCalls } from '../testing/ccxt-calls.ts';
import { limitOrderDay, marketOrderDay, streamsDay, type Day } from '../testing/ccxt-day.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

let venue: RunningTestVenue;
let bot: CcxtBot;

beforeAll(async () => {
  venue = await runVenue('kucoin', { limits: false });
  bot = await ccxtBot('kucoin', venue);
  await bot.client.loadMarkets();
});

afterAll(async () => {
  expect(bot.unserved).toEqual([]);
  await bot.close();
  await venue.close();
});

let ids = 0;
const CROSS = { marginMode: 'cross', leverage: 5 };

describe.each([
  ['BTC/USDT', 0.01],
  // Lots of a thousandth.
  ['BTC/USDT:USDT', 10],
])('%s', (symbol, amount) => {
  const isSwap = symbol.includes(':');
  const orderParameters = isSwap ? CROSS : {};
  const day = (): Day => ({
    client: bot.client,
    venue,
    symbol,
    amount,
    newClientOrderId: () => `bot-${Date.now()}-${(ids += 1)}`,
    orderParameters,
  });
  const market = (side: 'buy' | 'sell', more: object = {}) =>
    bot.client.createOrder(symbol, 'market', side, amount, undefined, { ...orderParameters, ...more });

  test('what a bot reads before it trades is served', async () => {
    expect(await failuresOf(marketCalls(bot.client, symbol))).toEqual({});
    if (isSwap) expect(await failuresOf(settingCalls(bot.client, symbol, 5))).toEqual({});
    expect(bot.client.market(symbol)).toMatchObject(
      isSwap
        ? { active: true, contractSize: 0.001, taker: 0.0006, limits: { leverage: { max: 125 } } }
        : { active: true, taker: 0.001, precision: { amount: 1e-8, price: 0.1 } },
    );
    expect(bot.client.currencies['USDT']).toMatchObject({
      deposit: true,
      withdraw: true,
      networks: { TRC20: { fee: 1, limits: { withdraw: { min: 10 } } } },
    });
  });

  test('orders, their trades and fees are those that the account has', async () => {
    const { has } = bot.client;
    // ccxt changes orders at the address of spot alone.
    has['editOrder'] = !isSwap;
    await limitOrderDay(day());
    await marketOrderDay(day(), () => market('buy'), { side: 'buy' });
    await marketOrderDay(day(), () => market('sell', isSwap ? { reduceOnly: true } : {}), { side: 'sell' });
  });

  test('look-ups of the account are served', async () => {
    await market('buy');
    expect(await failuresOf(accountCalls(bot.client, symbol))).toEqual(
      isSwap ? { fetchLeverage: expect.stringContaining('supports only params["marginMode"]') } : {},
    );
  });

  test('streams push what they are named for', async () => {
    // Positions of all contracts come by the unified API's stream, that of one by the classic one.
    bot.client.has['watchPositions'] = false;
    await streamsDay(day(), () => market('buy'));
  });
});

test('deposits and transfers are listed with their amounts, and a ledger with what was left', async () => {
  const { client } = bot;
  await venue.control('POST', 'deposits', { wallet: 'funding', asset: 'USDT', amount: '25' });
  expect(await client.fetchDeposits('USDT')).toMatchObject([
    { amount: 25, currency: 'USDT', status: 'ok', type: 'deposit', network: 'ERC20' },
  ]);
  await client.transfer('USDT', 7, 'main', 'spot');
  expect(await client.fetchBalance({ type: 'main' })).toMatchObject({ USDT: { free: 18, total: 18 } });
  const ledger = await client.fetchLedger('USDT');
  const { total } = (await client.fetchBalance({ type: 'spot' }))['USDT'] ?? {};
  expect(ledger.at(-1)).toMatchObject({ type: 'transfer', direction: 'in', amount: 7, after: total });
});

test('a position that was closed is listed with its average prices and what it earned', async () => {
  const { client } = bot;
  const symbol = 'ETH/USDT:USDT';
  await client.setMarginMode('cross', symbol);
  await venue.price('ETH/USDT:USDT', '2500');
  await client.createOrder(symbol, 'market', 'buy', 5, undefined, CROSS);
  await venue.price('ETH/USDT:USDT', '2600');
  await client.createOrder(symbol, 'market', 'buy', 5, undefined, CROSS);
  await client.createOrder(symbol, 'market', 'sell', 10, undefined, { ...CROSS, reduceOnly: true });
  const [closed] = await client.fetchPositionsHistory([symbol]);
  expect(closed).toMatchObject({ symbol, side: 'long' });
  expect(closed?.entryPrice).toBeCloseTo(2550, 0);
  expect(Number(closed?.info?.['closePrice'])).toBeCloseTo(2600, 0);
  // 10 lots of a hundredth at half of the rise, and three fees of 0.06 %.
  expect(closed?.realizedPnl).toBeCloseTo(0.1 * 50 - 0.1 * (2550 + 2600) * 0.0006, 1);
});
