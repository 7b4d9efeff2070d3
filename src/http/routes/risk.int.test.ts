/** Limits, ladder, drift, equity and the kill switch over a real socket, PostgreSQL and a simulated venue. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { z } from 'zod';
import { foldPortfolio } from '../../cli/portfolio-fold.ts';
import { decimal } from '../../core/decimal.ts';
import { rebuild } from '../../journal/rebuild.ts';
import { startService, type Answer, type TestService } from '../testing/service-fixture.ts';
import { driftCaseView, type DriftCaseView } from '../views/drift-case.ts';
import { RISK_RULES } from '../../core/risk/refusal.ts';
import { equityPointView } from '../views/equity-point.ts';
import { limitChangeView, limitsInForceView, setLimitsView, storedLimitsView } from '../views/limits.ts';
import { riskStatusView, type RiskStatusView } from '../views/risk-status.ts';

const ENVIRONMENT_POSITION = '50000';
const BUY = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.01' };
const SETTLES = { timeout: 30_000, interval: 200 };

let service: TestService;
beforeAll(async () => {
  service = await startService({ maxPositionNotional: decimal(ENVIRONMENT_POSITION) });
  await priceAt('60000');
});
afterAll(() => service.stop());

async function priceAt(price: string): Promise<void> {
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price, hold: true });
}

function change(body: Record<string, unknown>, token = service.tokens.admin): Promise<Answer> {
  return service.call('PUT', '/risk/limits', {
    token,
    body: { scope: 'portfolio', reason: 'a test', ...body },
  });
}

const limitsAnswer = z.looseObject({
  effective: limitsInForceView.strict(),
  defaults: limitsInForceView.strict(),
  environment: setLimitsView.strict(),
  stored: z.array(storedLimitsView.strict()),
  history: z.array(limitChangeView.strict()),
  next_cursor: z.string().nullable(),
});

async function limits(query = ''): Promise<z.output<typeof limitsAnswer>> {
  const answer = await service.call('GET', `/risk/limits${query}`);
  expect(answer.status).toBe(200);
  return limitsAnswer.parse(answer.body);
}

async function versionOf(scope: string): Promise<number> {
  return (await limits()).stored.find((stored) => stored.scope === scope)?.version ?? 0;
}

async function status(): Promise<RiskStatusView> {
  return riskStatusView.strict().parse((await service.call('GET', '/risk/status')).body);
}

function place(body: object): Promise<Answer> {
  return service.call('POST', '/trading/v2/orders/market', { body });
}

describe('limits', () => {
  it('GET /risk/limits shows defaults, environment and stored limits apart', async () => {
    const answer = await limits();
    expect(answer.environment).toMatchObject({
      max_position_notional: ENVIRONMENT_POSITION,
      max_order_notional: null,
    });
    expect(answer.defaults).toMatchObject({ max_order_notional: '1000000', max_position_notional: null });
    expect(answer.effective).toMatchObject({
      max_order_notional: '1000000',
      max_position_notional: ENVIRONMENT_POSITION,
    });
    expect(answer.stored).toMatchObject([{ scope: 'portfolio', version: 0, changed_by: null }]);
    expect(answer.history).toEqual([]);
  });

  it('PUT /risk/limits raises a default, but passes nothing that the environment sets', async () => {
    const answer = await change({
      version: 0,
      limits: { max_order_notional: '2000000', max_position_notional: 60000, max_open_orders: 40 },
    });
    expect(answer.status).toBe(200);
    expect(storedLimitsView.strict().parse(answer.body['stored'])).toMatchObject({
      scope: 'portfolio',
      version: 1,
      changed_by: 'admin/first start',
      reason: 'a test',
      limits: { max_order_notional: '2000000', max_position_notional: '60000', max_daily_loss: null },
    });
    expect((await limits()).effective).toMatchObject({
      max_order_notional: '2000000',
      max_position_notional: ENVIRONMENT_POSITION,
      max_open_orders: 40,
    });
  });

  it('PUT /risk/limits with a version that was seen too early is a conflict and changes nothing', async () => {
    const answer = await change({ version: 0, limits: { max_open_orders: 1 } });
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'limits_version_conflict', expected: 0, actual: 1 },
    });
    expect((await limits()).effective.max_open_orders).toBe(40);
  });

  it('PUT /risk/limits of two authors who saw the same takes one', async () => {
    const version = await versionOf('portfolio');
    const answers = await Promise.all(
      [41, 42].map((most) => change({ version, limits: { max_open_orders: most } })),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  it('PUT /risk/limits clears a figure by null', async () => {
    const version = await versionOf('portfolio');
    const { body } = await change({ version, limits: { max_order_notional: null, max_open_orders: null } });
    expect(body['effective']).toMatchObject({ max_order_notional: '1000000', max_open_orders: 1000 });
  });

  it.each([
    ['limits.max_drawdown', { limits: { max_drawdown: '1.5' } }],
    ['limits.max_order_notional', { limits: { max_order_notional: '-1' } }],
    ['limits.max_order_notional', { limits: { max_order_notional: 'much' } }],
    ['limits.max_open_orders', { limits: { max_open_orders: 1.5 } }],
    ['limits.price_collar_bps', { limits: { price_collar_bps: 10001 } }],
    ['limits.allowed_symbols.0', { limits: { allowed_symbols: ['?'] } }],
    ['limits.checks_enabled', { limits: { checks_enabled: false } }],
    [
      'limits.max_daily_loss',
      { scope: 'account', account: 'binance-paper', limits: { max_daily_loss: '1' } },
    ],
    [
      'limits.allowed_symbols',
      { scope: 'instrument', exchange: 'binance', symbol: 'BTC/USDT', limits: { allowed_symbols: [] } },
    ],
    ['limits', { limits: {} }],
    ['reason', { reason: '', limits: { max_open_orders: 1 } }],
    ['version', { version: undefined, limits: { max_open_orders: 1 } }],
    ['account', { scope: 'account', limits: { max_leverage: '1' } }],
    ['symbol', { scope: 'instrument', exchange: 'binance', limits: { max_leverage: '1' } }],
    ['symbol', { symbol: 'BTC/USDT', limits: { max_leverage: '1' } }],
  ])('PUT /risk/limits refuses %s', async (field, body) => {
    const answer = await change({ version: 0, ...body });
    expect(answer.status).toBe(400);
    expect((answer.body['errors'] as { field: string }[]).map((error) => error.field)).toEqual([field]);
  });

  it('PUT /risk/limits needs an admin, and what exists', async () => {
    const wish = { version: 0, limits: { max_leverage: '1' } };
    expect((await change(wish, service.tokens.trade)).body['code']).toBe('scope_missing');
    const account = await change({ ...wish, scope: 'account', account: 'nobody' });
    expect(account).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
    const symbol = await change({ ...wish, scope: 'instrument', exchange: 'binance', symbol: 'NO/USDT' });
    expect(symbol).toMatchObject({ status: 422, body: { code: 'instrument_unknown' } });
  });

  it('PUT /risk/limits of an instrument and of an account hold orders there, and there alone', async () => {
    const instrument = { scope: 'instrument', exchange: 'binance', symbol: 'BTC-USDT' };
    const set = await change({ ...instrument, version: 0, limits: { max_order_notional: '500' } });
    expect(set).toMatchObject({ status: 200, body: { effective: { max_order_notional: '500' } } });
    expect(await place(BUY)).toMatchObject({
      status: 422,
      body: { code: 'order_notional_limit', limit: '500' },
    });
    const swap = { ...BUY, symbol: 'BTC/USDT:USDT', type: 'market' };
    const check = (): Promise<Answer> => service.call('POST', '/trading/v2/risk/check', { body: swap });
    expect((await check()).body['approved']).toBe(true);
    const account = { scope: 'account', account: 'binance-paper' };
    await change({ ...account, version: 0, limits: { max_order_notional: '550', allowed_symbols: null } });
    expect((await check()).body).toMatchObject({ approved: false, max_quantity_bound_by: 'order_size' });
    expect((await limits('?exchange=binance')).effective.max_order_notional).toBe('550');
    expect((await limits('?exchange=binance&symbol=BTC-USDT')).effective.max_order_notional).toBe('500');
    expect((await limits()).effective.max_order_notional).toBe('1000000');
    expect((await limits()).stored.map(({ scope }) => scope)).toEqual(['portfolio', 'instrument', 'account']);
    await change({ ...instrument, version: 1, limits: { max_order_notional: null } });
    await change({ ...account, version: 1, limits: { max_order_notional: null } });
    expect((await place(BUY)).status).toBe(201);
  });

  it('GET /risk/limits lists every change page by page, and refuses a cursor that no page gave out', async () => {
    const all = (await limits('?limit=200')).history;
    expect(all.length).toBeGreaterThan(6);
    expect(all[0]).toMatchObject({
      scope: 'account',
      version: 2,
      reason: 'a test',
      changed_by: 'admin/first start',
    });
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await limits(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.history);
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all);
    expect((await service.call('GET', '/risk/limits?cursor=x')).body['code']).toBe('cursor_invalid');
    expect((await service.call('GET', '/risk/limits?symbol=BTC-USDT')).body['errors']).toMatchObject([
      { field: 'exchange' },
    ]);
  });

  it('GET /risk/limits shows nothing of another user', async () => {
    const { body } = await service.call('GET', '/risk/limits', { token: service.tokens.otherUser });
    expect(body).toMatchObject({ history: [], stored: [{ version: 0 }] });
  });
});

describe('account and equity', () => {
  it('GET /trading/v2/account/info shows the PnL realised today, fees included', async () => {
    await place(BUY);
    await priceAt('60600');
    await service.call('POST', '/trading/v2/positions/BTC-USDT/close', { body: { exchange: 'binance' } });
    await priceAt('60000');
    const { body } = await service.call('GET', '/trading/v2/account/info?exchange=binance');
    const today = z
      .array(z.object({ asset: z.string(), amount: z.string() }))
      .parse(body['net_realized_pnl_today']);
    expect(today.map(({ asset }) => asset)).toEqual(['USDT']);
    // Two purchases of 0.01 at 60000 and the sale of what arrived at 60600, each with its fee of 0.1 %.
    expect(Number(today[0]?.amount)).toBeGreaterThan(5);
    expect(Number(today[0]?.amount)).toBeLessThan(12);
    // The position is closed: what it realised is in the total.
    const total = z
      .array(z.object({ asset: z.string(), amount: z.string() }))
      .parse(body['realized_pnl_total']);
    expect(total.map(({ asset }) => asset)).toEqual(['USDT']);
    expect(Number(total[0]?.amount)).toBeGreaterThan(5);
  });

  it('GET /equity gives readings newest first, thinned out and page by page', async () => {
    const read = async (query: string): Promise<z.output<typeof equityPointView>[]> => {
      const answer = await service.call('GET', `/equity?${query}`);
      expect(answer.status).toBe(200);
      return z.array(equityPointView.strict()).parse(answer.body['equity']);
    };
    await expect.poll(async () => (await read('interval=all')).length, SETTLES).toBeGreaterThan(2);
    const all = await read('interval=all&limit=5000');
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    const [newest] = all;
    if (newest === undefined) throw new Error('no reading');
    const sum = Number(newest.realized) + Number(newest.unrealized);
    expect(sum).toBeCloseTo(Number(newest.pnl), 8);
    expect(Number(newest.capital) + sum).toBeCloseTo(Number(newest.equity), 6);
    expect((await read('interval=1d')).length).toBeLessThanOrEqual(2);
    const first = (await service.call('GET', '/equity?interval=all&limit=1')).body;
    const rest = await read(`interval=all&limit=5000&cursor=${String(first['next_cursor'])}`);
    expect(rest.map(({ at }) => at)).not.toContain(z.array(equityPointView).parse(first['equity'])[0]?.at);
    expect(await read(`interval=all&until=${all.at(-1)?.at ?? ''}`)).toEqual([]);
    expect((await service.call('GET', '/equity?interval=2m')).status).toBe(400);
  });
});

describe('drift', () => {
  it('GET /drift lists a case; POST /drift/{id}/resolve settles it once, with who and how', async () => {
    await tradeBeside({ side: 'BUY', type: 'MARKET', quantity: '0.001' });
    const open = await untilDrift('external_fill');
    expect(driftCaseView.strict().parse(open)).toMatchObject({ status: 'open', resolution: null });
    const path = `/drift/${encodeURIComponent(open.id)}/resolve`;
    const body = { resolution: 'a purchase by hand' };
    expect((await service.call('POST', path, { body, token: service.tokens.read })).status).toBe(403);
    expect((await service.call('POST', path, { body: {} })).status).toBe(400);
    const other = { body, token: service.tokens.otherUser };
    expect((await service.call('POST', path, other)).body['code']).toBe('drift_not_found');
    const answer = await service.call('POST', path, { body });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        trades_again: false,
        drift: {
          id: open.id,
          kind: 'external_fill',
          status: 'resolved',
          resolution: 'a purchase by hand',
          resolved_by: 'admin/test',
          opened_at: open.opened_at,
        },
      },
    });
    expect(await service.call('POST', path, { body })).toMatchObject({
      status: 409,
      body: { code: 'drift_already_resolved' },
    });
    expect((await casesOf('open')).map(({ id }) => id)).not.toContain(open.id);
    const resolved = await casesOf('resolved');
    expect(resolved.find(({ id }) => id === open.id)).toEqual(answer.body['drift']);
    const missing = await service.call('POST', '/drift/nothing/resolve', { body });
    expect(missing).toMatchObject({ status: 404, body: { code: 'drift_not_found' } });
  });

  it('GET /drift lists a case whose difference is gone by itself as resolved by reconciliation, page by page', async () => {
    const placed = await tradeBeside({
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.001',
      price: '50000',
    });
    await compareBooks();
    const { id } = await untilDrift('external_order');
    await tradeBeside({ orderId: placed }, 'DELETE');
    await compareBooks();
    await expect
      .poll(async () => (await casesOf('resolved')).find((one) => one.id === id)?.resolved_by, SETTLES)
      .toBe('reconciliation');
    const first = (await service.call('GET', '/drift?status=all&limit=1')).body;
    const next = String(first['next_cursor']);
    const rest = (await service.call('GET', `/drift?status=all&limit=1&cursor=${next}`)).body;
    const ids = [first, rest].flatMap(({ drift }) =>
      z
        .array(driftCaseView)
        .parse(drift)
        .map((one) => one.id),
    );
    expect(new Set(ids).size).toBe(2);
    for (const status of ['open', 'resolved'] as const) {
      const opened = (await casesOf(status)).map((one) => one.opened_at ?? '');
      expect(opened).toEqual(opened.toSorted((left, right) => (left < right ? 1 : -1)));
    }
    const [newest, oldest] = await Promise.all(
      ['', `&cursor=${next}`].map(async (cursor) =>
        z
          .array(driftCaseView)
          .parse((await service.call('GET', `/drift?status=all&limit=1${cursor}`)).body['drift']),
      ),
    );
    expect(newest?.[0]?.id).toBe(id);
    expect(newest?.[0]?.opened_at ?? '').toSatisfy((at: string) => at > (oldest?.[0]?.opened_at ?? ''));
    const byId = Buffer.from(JSON.stringify(['d', id])).toString('base64url');
    for (const status of ['open', 'all'])
      expect(await service.call('GET', `/drift?status=${status}&cursor=${byId}`)).toMatchObject({
        status: 400,
        body: { code: 'cursor_invalid' },
      });
    expect((await service.call('GET', '/drift?status=closed')).status).toBe(400);
  });
});

describe('the ladder', () => {
  it('POST /risk/reset has nothing to do while no step is taken, and is for an admin', async () => {
    const body = { reason: 'looked into it' };
    const admin = { body, token: service.tokens.admin };
    expect(await service.call('POST', '/risk/reset', admin)).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_reset' },
    });
    expect((await service.call('POST', '/risk/reset', { body })).status).toBe(403);
    expect((await service.call('POST', '/risk/reset', { ...admin, body: {} })).status).toBe(400);
  });

  it('GET /risk/status shows usage, the latched step and why; POST /risk/reset leaves it', async () => {
    await place({ ...BUY, quantity: '0.2' });
    const set = await change({ version: await versionOf('portfolio'), limits: { max_daily_loss: '1000' } });
    expect(set.status).toBe(200);
    const before = await status();
    expect(before.rules).toHaveLength(RISK_RULES.length);
    expect(before.ladder).toMatchObject({ step: 'none', latched: false });
    expect(before.ladder.steps[0]).toMatchObject({ step: 'warn', share_percent: 80, daily_loss: '800' });
    const position = before.instruments.find(({ symbol }) => symbol === 'BTC/USDT');
    expect(position).toMatchObject({ trading: 'open', position: { limit: ENVIRONMENT_POSITION } });
    const headroom = Number(position?.position.headroom_percent);
    expect(headroom).toBeGreaterThan(70);
    expect(headroom).toBeLessThan(80);

    await priceAt('54000');
    await expect.poll(async () => (await status()).ladder.latched, SETTLES).toBe(true);
    await expect.poll(async () => (await status()).trading, SETTLES).toBe('reduce_only');
    expect(await place(BUY)).toMatchObject({ status: 422, body: { code: 'trading_reduce_only' } });
    const latched = await status();
    expect(latched.ladder.why).toMatch(/^daily loss is [\d.]+, its limit 1000$/);
    expect(latched.ladder.since).not.toBeNull();
    const { equity } = latched;
    // A loss is negative.
    expect(Number(equity?.day_pnl)).toBeLessThan(-1000);
    expect(Number(equity?.day_pnl)).toBeCloseTo(Number(equity?.current) - Number(equity?.day_start), 6);
    expect(latched.rules.find(({ rule }) => rule === 'daily_loss')).toMatchObject({
      limit: '1000',
      headroom_percent: '0',
    });

    const reset = await service.call('POST', '/risk/reset', {
      body: { reason: 'looked into it' },
      token: service.tokens.admin,
    });
    expect(reset).toMatchObject({
      status: 200,
      body: {
        left: { step: latched.ladder.step, why: latched.ladder.why },
        status: { trading: 'open', ladder: { step: 'none', latched: false } },
      },
    });
    expect((await status()).ladder.why).toBe('reset by admin/first start: looked into it');
    expect((await place(BUY)).status).toBe(201);
    const readings = z
      .array(equityPointView)
      .parse((await service.call('GET', '/equity?interval=all&limit=5000')).body['equity']);
    expect(readings.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['ladder', 'reset']));
    await change({ version: await versionOf('portfolio'), limits: { max_daily_loss: null } });
    await priceAt('60000');
  });
});

describe('after a restart', () => {
  it('GET /risk/limits has every version that was stored', async () => {
    const before = await limits('?limit=200');
    await service.restart();
    const after = await limits('?limit=200');
    expect(after.stored).toEqual(before.stored);
    expect(after.history).toEqual(before.history);
  });
});

describe('the kill switch', () => {
  it('POST /risk/kill-switch takes include_spot with flatten alone', async () => {
    const answer = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: true, reason: 'out', include_spot: true },
    });
    expect(answer.body['errors']).toMatchObject([{ field: 'include_spot' }]);
  });

  it('POST /risk/kill-switch with include_spot sells what was never bought here, and lists what stays', async () => {
    await priceAt('60000');
    expect((await place({ ...BUY, quantity: '0.00123' })).status).toBe(201);
    // Two BTC are worth more than one order may be.
    const version = await versionOf('instrument');
    const instrument = { scope: 'instrument', exchange: 'binance', symbol: 'BTC/USDT' };
    await change({ ...instrument, version, limits: { max_order_notional: '50000' } });
    const { status: code, body: receipt } = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: true, reason: 'out', flatten: true, include_spot: true },
    });
    expect(code).toBe(200);
    const sold = z.array(
      z.looseObject({ order: z.looseObject({ symbol: z.string(), side: z.string(), cost: z.string() }) }),
    );
    const sales = sold.parse(receipt['sold']);
    expect(new Set(sales.map(({ order }) => order.symbol))).toEqual(new Set(['BTC/USDT', 'ETH/USDT']));
    expect(sales.every(({ order }) => order.side === 'sell')).toBe(true);
    const ofBitcoin = sales.filter(({ order }) => order.symbol === 'BTC/USDT');
    expect(ofBitcoin.length).toBeGreaterThan(2);
    for (const { order } of ofBitcoin) expect(Number(order.cost)).toBeLessThanOrEqual(50_000);
    expect(receipt).toMatchObject({ intake_closed: true, unknown: [] });
    const left = z
      .array(z.looseObject({ asset: z.string(), quantity: z.string(), because: z.string() }))
      .parse(receipt['holdings_left']);
    const dust = left.find(({ asset }) => asset === 'BTC');
    expect(dust).toMatchObject({ because: 'dust' });
    expect(Number(dust?.quantity)).toBeLessThan(0.00001);
    await service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'over' } });
  });
});

describe('the journal', () => {
  it('is not scanned to list who changed the limits', async () => {
    const client = new pg.Client(service.connection);
    await client.connect();
    try {
      await client.query('SET enable_seqscan = off');
      const plan = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT seq FROM journal WHERE portfolio_id = 'p' AND type = 'limits_changed' AND seq < 9
          ORDER BY seq DESC LIMIT 20`,
      );
      expect(plan.rows.map((row) => row['QUERY PLAN']).join(' ')).toContain('journal_limits_changed');
    } finally {
      await client.end();
    }
  });

  it('gives every row of the read models again, and the state of every snapshot', async () => {
    const { portfolioId } = service.desk;
    const compare = async (): Promise<readonly unknown[]> => {
      const rebuilt = await rebuild(service.connection, { portfolioId, newFold: foldPortfolio });
      const kept = new Map(rebuilt.tables.map(({ table, rows }) => [table, rows]));
      expect(kept.get('equity')).toBeGreaterThan(3);
      expect(kept.get('drift')).toBeGreaterThan(1);
      return [
        ...rebuilt.tables.filter(({ differing }) => differing > 0),
        ...rebuilt.snapshots.filter(({ fault }) => fault !== null),
      ];
    };
    expect(await compare()).toEqual([]);
  });
});

async function casesOf(which: 'open' | 'resolved'): Promise<readonly DriftCaseView[]> {
  const { body } = await service.call('GET', `/drift?status=${which}&limit=1000`);
  return z.array(driftCaseView.strict()).parse(body['drift']);
}

async function untilDrift(kind: string): Promise<DriftCaseView> {
  const find = async (): Promise<DriftCaseView | undefined> =>
    (await casesOf('open')).find((one) => one.kind === kind);
  await expect.poll(find, SETTLES).toBeDefined();
  const found = await find();
  if (found === undefined) throw new Error(`${kind} was found and is gone`);
  return found;
}

/** The books are held against the venue's after each gap of the stream. */
async function compareBooks(): Promise<void> {
  await service.control('POST', 'binance/faults', {
    kind: 'ws_disconnect',
    route: 'private_stream',
    count: 1,
  });
}

const health = z.object({
  venues: z.object({ binance: z.object({ rest: z.string(), key: z.string(), secret: z.string() }) }),
});

/** A request of the same account to the simulated venue itself, past the service; resolves with the order id. */
async function tradeBeside(parameters: Record<string, string>, method = 'POST'): Promise<string> {
  const { rest, key, secret } = health.parse(await service.control('GET', 'health')).venues.binance;
  const query = new URLSearchParams({
    symbol: 'BTCUSDT',
    ...parameters,
    timestamp: String(Date.now()),
  }).toString();
  const signature = createHmac('sha256', secret).update(query).digest('hex');
  const response = await fetch(`${rest}/api/v3/order?${query}&signature=${signature}`, {
    method,
    headers: { 'X-MBX-APIKEY': key },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${query} answered ${response.status}: ${text}`);
  return String(
    z.looseObject({ orderId: z.union([z.number(), z.string()]) }).parse(JSON.parse(text)).orderId,
  );
}
