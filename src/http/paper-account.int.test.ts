/** Paper accounts begun anew, paid in and out of, over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' };
const PAPER = 'binance-paper';

interface Balance {
  readonly asset: string;
  readonly wallet: string;
  readonly total: string;
}

let service: TestService;
beforeAll(async () => {
  service = await startService({}, { triesKeysAtVenue: true });
  await move('60000');
});
afterAll(() => service.stop());

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.admin, ...(body === undefined ? {} : { body }) });
const get = async (path: string): Promise<Record<string, unknown>> => (await admin('GET', path)).body;

async function move(price: string): Promise<void> {
  for (const symbol of ['BTC/USDT', SWAP.symbol])
    await service.control('POST', 'binance/price', { symbol, price, hold: true });
}

function totals(balances: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (balances as Balance[]).map(({ asset, wallet, total }) => [`${wallet} ${asset}`, total]),
  );
}

/** The paper equity, and the loss and drawdown that rules measure, once the equity is known. */
async function equity(): Promise<{
  readonly current: number;
  readonly dayStart: number;
  readonly peak: number;
}> {
  let shown: Record<string, unknown> | null = null;
  await expect
    .poll(
      async () => {
        shown = (await get('/risk/status?mode=paper'))['equity'] as Record<string, unknown> | null;
        return shown !== null && shown['current'] !== undefined;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  const { current, day_start: dayStart, peak } = shown as unknown as Record<string, string>;
  return { current: Number(current), dayStart: Number(dayStart), peak: Number(peak) };
}

const OPENING = { 'spot BTC': '2', 'spot ETH': '20', 'spot USDT': '100000', 'swap USDT': '100000' };

describe('POST /accounts/{account_id}/reset', () => {
  it('begins anew: orders end, positions are gone, balances are those of the beginning, and nothing is a loss', async () => {
    const before = await equity();
    const order = { ...SWAP, side: 'buy', quantity: '0.5' };
    expect((await admin('POST', '/trading/v2/orders/market', order)).status).toBe(201);
    const resting = await admin('POST', '/trading/v2/orders/limit', {
      ...order,
      quantity: '0.01',
      price: '58500',
    });
    expect(resting.status).toBe(201);
    await move('59000');
    await expect
      .poll(async () => (await equity()).current, { timeout: 20_000 })
      .toBeLessThan(before.current - 400);

    for (const round of [1, 2]) {
      const reset = await admin('POST', `/accounts/${PAPER}/reset`);
      expect(reset).toMatchObject({ status: 200, body: { account: { id: PAPER, mode: 'paper' } } });
      expect(totals(reset.body['balances'])).toMatchObject(OPENING);
      expect(await get('/trading/v2/positions')).toMatchObject({ positions: [] });
      expect(await get('/trading/v2/orders/open')).toMatchObject({ orders: [] });
      expect(await get(`/trading/v2/orders/${String(resting.body['id'])}/status`)).toMatchObject({
        status: 'canceled',
      });
      const anew = await equity();
      expect(Math.abs(anew.current - anew.dayStart)).toBeLessThan(100);
      expect(anew.peak).toBeLessThan(anew.current + 100);
      expect(await get('/risk/status?mode=paper')).toMatchObject({
        ladder: { step: 'none' },
        unexplained: [],
      });
      // It trades, and its own figures follow.
      const bought = await admin('POST', '/trading/v2/orders/market', {
        ...SWAP,
        side: 'buy',
        quantity: '0.01',
      });
      expect(bought, `round ${round}`).toMatchObject({ status: 201, body: { status: 'filled' } });
      expect(await get('/trading/v2/positions')).toMatchObject({ positions: [{ quantity: '0.01' }] });
    }
    await service.restart();
    expect(await get('/trading/v2/positions')).toMatchObject({ positions: [{ quantity: '0.01' }] });
    expect(await get('/drift?status=open')).toMatchObject({ drift: [] });
    const { activities } = (await get(
      '/trading/v2/account/activities?exchange=binance&kind=account',
    )) as unknown as { activities: { event: string }[] };
    expect(activities.filter(({ event }) => event === 'account_reset').length).toBeGreaterThanOrEqual(2);
  });
});

describe('POST /accounts/{account_id}/deposit and /withdraw', () => {
  it('move capital by a record, and are neither profit nor loss', async () => {
    const before = await equity();
    const moved: string[] = [];
    for (const [word, body, change] of [
      ['deposit', { asset: 'USDT', amount: '50000' }, 50_000],
      ['withdraw', { asset: 'USDT', amount: '70000', wallet: 'swap' }, -20_000],
    ] as const) {
      const answer = await admin('POST', `/accounts/${PAPER}/${word}`, body);
      expect(answer).toMatchObject({ status: 201, body: { account: PAPER, asset: 'USDT' } });
      moved.push(String(answer.body['record_id']));
      // The next figures show it: the answer has waited for a reading.
      expect(Math.abs((await equity()).current - before.current - change)).toBeLessThan(50);
    }
    const after = await equity();
    const lost = (one: typeof after): number => one.dayStart - one.current;
    expect(Math.abs(lost(after) - lost(before))).toBeLessThan(50);
    expect(1 - after.current / after.peak).toBeLessThan(0.001);
    expect(await get('/risk/status?mode=paper')).toMatchObject({ unexplained: [], ladder: { step: 'none' } });
    const shown = JSON.stringify(await get('/trading/v2/account/activities?exchange=binance&kind=record'));
    for (const id of moved) expect(shown).toContain(id);
  });

  it.each([
    ['withdraw', { asset: 'USDT', amount: '900000000' }, 400, 'invalid_request'],
    ['deposit', { asset: 'USDT', amount: '-1' }, 400, 'invalid_request'],
    ['deposit', { asset: 'usdt', amount: '1' }, 400, 'invalid_request'],
    ['deposit', { asset: 'USDT', amount: '1', wallet: 'margin' }, 400, 'invalid_request'],
    ['deposit', { asset: 'USDT', amount: '1', wallet: 'unified' }, 400, 'invalid_request'],
  ] as const)('%s %j is refused', async (word, body, status, code) => {
    expect(await admin('POST', `/accounts/${PAPER}/${word}`, body)).toMatchObject({ status, body: { code } });
  });
});

it('a deposit or withdrawal with a key is made once, also after a restart, and the key is of nothing else', async () => {
  const usdt = async (): Promise<number> =>
    Number(totals((await get('/trading/v2/account/balance?exchange=binance'))['balances'])['spot USDT']);
  const send = (word: string, amount: string, key: string): Promise<Answer> =>
    service.call('POST', `/accounts/${PAPER}/${word}`, {
      token: service.tokens.admin,
      headers: { 'Idempotency-Key': key },
      body: { asset: 'USDT', amount },
    });
  const before = await usdt();
  const first = await send('deposit', '250', 'pay-1');
  expect(first).toMatchObject({ status: 201, body: { amount: '250' } });
  const together = await Promise.all([1, 2, 3].map(() => send('withdraw', '50', 'pay-2')));
  expect(together.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 201]);
  expect(new Set(together.map(({ body }) => body['record_id'])).size).toBe(1);
  await service.restart();
  const again = await send('deposit', '250.0', 'pay-1');
  expect(again).toMatchObject({ status: 200, body: first.body });
  expect(again.headers.get('Idempotent-Replayed')).toBe('true');
  for (const [word, amount] of [
    ['deposit', '251'],
    ['withdraw', '250'],
  ] as const)
    expect(await send(word, amount, 'pay-1')).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict' },
    });
  expect((await send('deposit', '1', 'a key')).status).toBe(400);
  await expect.poll(usdt, { timeout: 30_000 }).toBe(before + 200);
  const shown = (await get('/trading/v2/account/activities?exchange=binance&kind=record')) as unknown as {
    activities: { asset: string; record: { id: string; asset: string } }[];
  };
  const ids = shown.activities.map(({ record }) => record.id);
  expect(ids.filter((id) => id.includes(String(first.body['record_id']))).length).toBeGreaterThan(0);
  for (const { asset, record } of shown.activities) expect(asset).toBe(record.asset);
});

it('a withdrawal of more than is free says how much is', async () => {
  const answer = await admin('POST', `/accounts/${PAPER}/withdraw`, { asset: 'ETH', amount: '21' });
  expect(answer).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'amount', reason: 'must be at most the 20 ETH that are free' }] },
  });
});

it('an account that is no paper account is refused, and one that is not there is not found', async () => {
  const keys = (await service.control('POST', 'binance/accounts', {})) as { key: string; secret: string };
  const added = await admin('POST', '/accounts', {
    exchange: 'binance',
    mode: 'testnet',
    api_key: keys.key,
    secret: keys.secret,
  });
  expect(added.status).toBe(201);
  const amount = { asset: 'USDT', amount: '1' };
  for (const [path, body] of [
    ['reset', undefined],
    ['deposit', amount],
    ['withdraw', amount],
  ] as const) {
    expect(await admin('POST', `/accounts/${String(added.body['id'])}/${path}`, body)).toMatchObject({
      status: 422,
      body: { code: 'paper_only', actual: 'testnet', detail: expect.stringContaining('nothing was done') },
    });
    expect(await admin('POST', `/accounts/nobody/${path}`, body)).toMatchObject({ status: 404 });
  }
});

it('a paper account names its account at the simulator, another one after a reset, and calls there reach it', async () => {
  const accountsOf = async (): Promise<Record<string, unknown>[]> =>
    (await get('/accounts'))['accounts'] as Record<string, unknown>[];
  const named = async (): Promise<Record<string, unknown>> =>
    (await accountsOf()).find(({ id }) => id === PAPER) ?? {};
  const before = await named();
  const reset = await admin('POST', `/accounts/${PAPER}/reset`);
  const after = reset.body['account'] as Record<string, unknown>;
  expect(after['simulator_account']).toEqual(expect.stringMatching(/./));
  expect(after['simulator_account']).not.toBe(before['simulator_account']);
  expect(await named()).toEqual(after);
  expect(await get('/trading/v2/account/info?exchange=binance')).toMatchObject({
    simulator_control_url: after['simulator_control_url'],
    simulator_account: after['simulator_account'],
  });
  const bought = { ...SWAP, side: 'buy', quantity: '0.03' };
  expect((await admin('POST', '/trading/v2/orders/market', bought)).status).toBe(201);
  const { simulator_control_url: url, simulator_account: name } = after;
  const held = await fetch(`${String(url)}/positions?account=${String(name)}`);
  expect(await held.json()).toMatchObject([{ symbol: SWAP.symbol, quantity: '0.03' }]);
  const deposited = await fetch(`${String(url)}/deposits`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ account: name, wallet: 'spot', asset: 'USDT', amount: '500' }),
  });
  expect(deposited.status).toBe(201);
  const usdt = async (): Promise<string | undefined> =>
    totals((await get('/trading/v2/account/balance?exchange=binance'))['balances'])['spot USDT'];
  await expect.poll(usdt, { timeout: 30_000 }).toBe('100500');
  // Of an account that is none of paper there is nothing to name.
  const others = (await accountsOf()).filter(({ mode }) => mode !== 'paper');
  for (const other of others)
    expect(other).toMatchObject({ simulator_control_url: null, simulator_account: null });
});

it('a paper account shows where its prices are moved', async () => {
  const { simulator_control_url: url } = await get('/trading/v2/account/info?exchange=binance');
  const moved = await fetch(`${String(url)}/price`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ symbol: 'BTC/USDT', price: '61000', hold: true }),
  });
  expect(moved.status).toBe(200);
});
