/**
 * Moves that an owner makes at the exchange, and the figures of the account after each: into and out of Simple Earn, Convert, and to a sub-account. Over a
 * real socket, an engine, PostgreSQL and a simulated venue.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';
import { riskStatusView, type RiskStatusView } from './views/risk-status.ts';

const SETTLES = { timeout: 60_000, interval: 200 };
const PRICE = '60000';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: PRICE, hold: true });
  const bought = await service.call('POST', '/trading/v2/orders/market', {
    body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.1' },
  });
  expect(bought).toMatchObject({ status: 201, body: { status: 'filled' } });
});
afterAll(() => service.stop());

const get = async (path: string): Promise<Answer['body']> => (await service.call('GET', path)).body;
const status = async (): Promise<RiskStatusView> => riskStatusView.parse(await get('/risk/status'));

async function spotTotal(asset: string): Promise<string> {
  const { balances } = (await get('/trading/v2/account/balance?exchange=binance')) as {
    balances: { asset: string; wallet: string; total: string }[];
  };
  return balances.find((one) => one.asset === asset && one.wallet === 'spot')?.total ?? '0';
}

/** The position, which no move may change. */
async function position(): Promise<unknown> {
  const { positions } = (await get('/trading/v2/positions')) as {
    positions: { symbol: string; quantity: string; realized_pnl: string }[];
  };
  return positions.map(({ symbol, quantity, realized_pnl: realized }) => [symbol, quantity, realized]);
}

const lossToday = async (): Promise<string | null> => (await status()).usage.daily_loss.actual;

async function recordsOf(asset: string): Promise<readonly unknown[]> {
  const { activities } = (await get('/trading/v2/account/activities?exchange=binance&kind=record')) as {
    activities: { record: { asset: string; kind: string; amount: string } | null }[];
  };
  return activities.flatMap(({ record }) => (record?.asset === asset ? [[record.kind, record.amount]] : []));
}

/** Of every balance that has ever been found to differ. */
async function driftingBalances(): Promise<readonly string[]> {
  const { drift } = (await get('/drift?status=all')) as { drift: { kind: string; subject: string }[] };
  return drift.flatMap(({ kind, subject }) => (kind === 'balance' ? [subject] : []));
}

const adjust = (asset: string, amount: string): Promise<unknown> =>
  service.control('POST', 'binance/adjustments', { wallet: 'spot', asset, amount });
const less = (total: string, amount: string): string =>
  Decimal.parse(total).subtract(Decimal.parse(amount)).toString();

async function reclassifyAll(): Promise<void> {
  for (const { id } of (await status()).unexplained)
    expect(
      await service.call('POST', '/risk/reclassify', {
        body: { id, as: 'flow', reason: 'moved by its owner' },
        token: service.tokens.admin,
      }),
    ).toMatchObject({ status: 200 });
}

it(
  'a subscription of Simple Earn and its redemption are transfers: no loss, no position, no difference',
  { timeout: 150_000 },
  async () => {
    await expect.poll(async () => (await status()).equity?.low, SETTLES).toBeDefined();
    const [before, loss, total] = [await position(), await lossToday(), await spotTotal('USDT')];
    const move = { asset: 'USDT', amount: '5000' };
    await service.control('POST', 'binance/transfers', { ...move, from: 'spot', to: 'earn' });
    await expect.poll(() => spotTotal('USDT'), SETTLES).toBe(less(total, '5000'));
    await expect.poll(() => recordsOf('USDT'), SETTLES).toContainEqual(['transfer_out', '-5000']);
    expect([await position(), await lossToday(), (await status()).unexplained]).toEqual([before, loss, []]);
    await service.control('POST', 'binance/transfers', { ...move, from: 'earn', to: 'spot' });
    await expect.poll(() => spotTotal('USDT'), SETTLES).toBe(total);
    await expect.poll(() => recordsOf('USDT'), SETTLES).toContainEqual(['transfer_in', '5000']);
    expect([await position(), await lossToday(), (await status()).unexplained]).toEqual([before, loss, []]);
  },
);

it(
  'Convert, of which no list says which wallet paid, is shown as two differences: what left is a loss until somebody says otherwise',
  { timeout: 150_000 },
  async () => {
    const [before, loss] = [await position(), await lossToday()];
    const [usdt, eth] = [await spotTotal('USDT'), await spotTotal('ETH')];
    await adjust('USDT', '-3000');
    await adjust('ETH', '1');
    await expect.poll(() => spotTotal('USDT'), SETTLES).toBe(less(usdt, '3000'));
    await expect.poll(() => spotTotal('ETH'), SETTLES).toBe(less(eth, '-1'));
    await expect
      .poll(
        async () => (await status()).unexplained.map(({ asset, amount, lost }) => [asset, amount, lost]),
        SETTLES,
      )
      .toContainEqual(['USDT', '-3000', '3000']);
    await expect.poll(driftingBalances, SETTLES).toEqual(expect.arrayContaining(['spot USDT', 'spot ETH']));
    await expect.poll(lossToday, SETTLES).toBe(less(loss ?? '0', '-3000'));
    expect(await position()).toEqual(before);
    await reclassifyAll();
    await expect
      .poll(async () => [await lossToday(), (await status()).unexplained], SETTLES)
      .toEqual([loss, []]);
  },
);

it(
  'a transfer to a sub-account, which is in no list, is a loss until somebody says otherwise, and its way back is no gain',
  { timeout: 150_000 },
  async () => {
    const [before, loss, total] = [await position(), await lossToday(), await spotTotal('USDT')];
    await adjust('USDT', '-1000');
    await expect
      .poll(async () => (await status()).unexplained.map(({ asset, amount }) => [asset, amount]), SETTLES)
      .toEqual([['USDT', '-1000']]);
    await expect.poll(lossToday, SETTLES).toBe(less(loss ?? '0', '-1000'));
    await reclassifyAll();
    await expect.poll(lossToday, SETTLES).toBe(loss);
    await adjust('USDT', '1000');
    await expect.poll(() => spotTotal('USDT'), SETTLES).toBe(total);
    expect([await lossToday(), await position()]).toEqual([loss, before]);
  },
);
