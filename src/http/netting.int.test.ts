/** Parts that strategies hold against one another, closed through the service: a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' };
const CLOSE = '/trading/v2/positions/BTC-USDT:USDT/close';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await price('60000');
});
afterAll(() => service.stop());
afterEach(async () => {
  await price('60000');
  await admin('POST', '/risk/kill-switch', { engaged: false, reason: 'over' });
  await admin('POST', '/trading/v2/positions/close', { all: true });
  expect(await held()).toEqual({});
});

const admin = (
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  service.call(method, path, {
    token: service.tokens.admin,
    headers,
    ...(body === undefined ? {} : { body }),
  });
const price = (to: string): Promise<unknown> =>
  service.control('POST', 'binance/price', { symbol: SWAP.symbol, price: to, hold: true });

function trade(
  strategy: string | null,
  side: 'buy' | 'sell',
  quantity: string,
  more: object = {},
): Promise<Answer> {
  return admin('POST', '/trading/v2/orders/market', {
    ...SWAP,
    side,
    quantity,
    ...(strategy === null ? {} : { strategy }),
    wait_ms: 5_000,
    ...more,
  });
}

interface Part {
  readonly symbol: string;
  readonly quantity: string;
  readonly net_realized_pnl_today: string | null;
  readonly unrealized_pnl: string | null;
}

async function parts(): Promise<Readonly<Record<string, Part>>> {
  const { body } = await admin('GET', '/trading/v2/strategies');
  const rows = body['strategies'] as { strategy: string; positions: Part[] }[];
  return Object.fromEntries(
    rows.flatMap(({ strategy, positions }) =>
      positions.filter(({ symbol }) => symbol === SWAP.symbol).map((part) => [strategy, part] as const),
    ),
  );
}

/** The open parts by strategy. */
async function held(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(
    Object.entries(await parts()).flatMap(([strategy, { quantity }]) =>
      quantity === '0' ? [] : [[strategy, quantity] as const],
    ),
  );
}

/** Base units of the account, negative for short. */
async function position(): Promise<string> {
  const { body } = await admin('GET', '/trading/v2/positions');
  const [row] = body['positions'] as { quantity: string; side: string }[];
  return row === undefined ? '0' : `${row.side === 'short' ? '-' : ''}${row.quantity}`;
}

/** `grid` long and `trend` short 0.01 each, on a flat account. */
async function offset(): Promise<void> {
  expect(await trade('grid', 'buy', '0.01')).toMatchObject({ status: 201, body: { status: 'filled' } });
  expect(await trade('trend', 'sell', '0.01')).toMatchObject({ status: 201, body: { status: 'filled' } });
  expect([await position(), await held()]).toEqual(['0', { grid: '0.01', trend: '-0.01' }]);
}

const NETTED = [
  {
    exchange: 'binance',
    account: 'binance-paper',
    symbol: SWAP.symbol,
    price: expect.stringMatching(/^6\d{4}/) as string,
    parts: [
      { strategy: 'grid', side: 'sell', quantity: '0.01' },
      { strategy: 'trend', side: 'buy', quantity: '0.01' },
    ],
  },
];

describe('parts that offset one another on a flat account', () => {
  it.each([
    ['a close of the position', async () => admin('POST', CLOSE, { exchange: 'binance' })],
    ['a close of all positions', async () => admin('POST', '/trading/v2/positions/close', { all: true })],
    [
      'the kill switch',
      async () => admin('POST', '/risk/kill-switch', { engaged: true, reason: 'out', flatten: true }),
    ],
  ])('are closed against each other by %s, which sends nothing', async (_by, close) => {
    await offset();
    const before = await service.ordersAtVenue();
    const answer = await close();
    expect(answer).toMatchObject({ status: 200, body: { netted: NETTED } });
    expect([await held(), await service.ordersAtVenue()]).toEqual([{}, before]);
    const { body } = await admin('GET', '/journal?type=strategy_books_netted&limit=1');
    expect(body['records']).toMatchObject([
      { type: 'strategy_books_netted', payload: { symbol: SWAP.symbol } },
    ]);
  });

  it('realise what the mark says, and the account makes nothing by it', async () => {
    await offset();
    await price('61000');
    await expect
      .poll(async () => Number((await parts())['grid']?.unrealized_pnl), { timeout: 20_000 })
      .toBeGreaterThan(8);
    const info = async (): Promise<unknown> =>
      (await admin('GET', '/trading/v2/account/info?exchange=binance')).body['net_realized_pnl_today'];
    const realized = async (): Promise<readonly number[]> =>
      Object.values(await parts()).map(({ net_realized_pnl_today: made }) => Number(made));
    const before = await realized();
    const account = await info();
    expect(account).toBeDefined();
    expect(await admin('POST', CLOSE, { exchange: 'binance' })).toMatchObject({ status: 200 });
    const after = await realized();
    const made = after.map((figure, index) => figure - (before[index] ?? 0));
    // 0.01 of about 1,000 USDT each way.
    expect(Math.max(...made)).toBeGreaterThan(8);
    expect(Math.min(...made)).toBeLessThan(-8);
    expect(await info()).toEqual(account);
  });

  it('are no position to close of a part, and a second close finds nothing', async () => {
    await offset();
    for (const body of [{ quantity: '0.01' }, { fraction: '0.5' }])
      expect(await admin('POST', CLOSE, { exchange: 'binance', ...body })).toMatchObject({
        status: 404,
        body: { code: 'position_not_found' },
      });
    expect(await held()).toEqual({ grid: '0.01', trend: '-0.01' });
    expect((await admin('POST', CLOSE, { exchange: 'binance' })).status).toBe(200);
    expect((await admin('POST', CLOSE, { exchange: 'binance' })).status).toBe(404);
  });
});

describe('a close of all of a position that strategies hold both sides of', () => {
  it('closes what is there with an order, and leaves no strategy with a part, nor the person', async () => {
    await trade(null, 'buy', '0.02');
    await offsetBeside();
    const answer = await admin('POST', CLOSE, { exchange: 'binance', wait_ms: 5_000 });
    // The untagged part is all that the order takes: the rest is netted.
    expect(answer).toMatchObject({ status: 201, body: { quantity: '0.02', netted: NETTED } });
    expect([await position(), await held()]).toEqual(['0', {}]);
  });

  async function offsetBeside(): Promise<void> {
    await trade('grid', 'buy', '0.01');
    await trade('trend', 'sell', '0.01');
    expect([await position(), await held()]).toEqual(['0.02', { grid: '0.01', trend: '-0.01' }]);
  }
});

describe('a repeat of a close under its Idempotency-Key', () => {
  it.each([
    ['one position', CLOSE, { exchange: 'binance', wait_ms: 5_000 }],
    ['all positions', '/trading/v2/positions/close', { all: true, wait_ms: 5_000 }],
  ])('nets no parts that strategies have come to hold since the close of %s', async (what, path, body) => {
    const headers = { 'Idempotency-Key': `repeated-${what.replace(' ', '-')}` };
    expect(await trade(null, 'buy', '0.01')).toMatchObject({ status: 201, body: { status: 'filled' } });
    const first = await admin('POST', path, body, headers);
    expect([first.status, await position()]).toEqual([path === CLOSE ? 201 : 200, '0']);
    await offset();
    const again = await admin('POST', path, body, headers);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await held()).toEqual({ grid: '0.01', trend: '-0.01' });
  });
});

describe('a close for a strategy whose part others offset', () => {
  it('opens nothing for the account: it is refused in words, and closes no more than is there', async () => {
    await offset();
    const close = { exchange: 'binance', strategy: 'grid' };
    const before = await service.ordersAtVenue();
    expect(await admin('POST', CLOSE, close)).toMatchObject({
      status: 422,
      body: { code: 'strategy_part_offset', limit: '0', actual: '0.01' },
    });
    expect([await held(), await service.ordersAtVenue()]).toEqual([{ grid: '0.01', trend: '-0.01' }, before]);
    // With 0.004 more the account has that much of it.
    await trade('grid', 'buy', '0.004');
    expect(await admin('POST', CLOSE, { ...close, wait_ms: 5_000 })).toMatchObject({
      status: 201,
      body: { quantity: '0.004', not_held: '0.01' },
    });
    expect([await position(), await held()]).toEqual(['0', { grid: '0.01', trend: '-0.01' }]);
  });

  it('may be had by an order of its own that takes new risk, under the rules for that', async () => {
    await offset();
    await admin('POST', '/risk/kill-switch', { engaged: true, reason: 'no new risk' });
    expect(await trade('grid', 'sell', '0.01')).toMatchObject({
      status: 422,
      body: { code: 'kill_switch_engaged' },
    });
    await admin('POST', '/risk/kill-switch', { engaged: false, reason: 'over' });
    expect(await trade('grid', 'sell', '0.01')).toMatchObject({ status: 201 });
    expect([await position(), await held()]).toEqual(['-0.01', { trend: '-0.01' }]);
  });
});
