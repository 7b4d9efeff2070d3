/** The journal by time, type and actor, and the activities of an account. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' };

/** A bound, not a wait. */
const SOON = { timeout: 40_000 };

let service: TestService;
let orderId: string;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  const order = await service.call('POST', '/trading/v2/orders/market', {
    body: { ...SWAP, side: 'buy', quantity: '0.01' },
  });
  expect(order.status).toBe(201);
  orderId = String(order.body['id']);
  const set = { ...SWAP, leverage: '5', reason: 'less risk' };
  expect((await service.call('PUT', '/trading/v2/leverage', { body: set })).status).toBe(200);
});
afterAll(() => service.stop());

const get = (path: string): Promise<Answer> => service.call('GET', path);

describe('the journal', () => {
  it('is found by type, actor and time', async () => {
    interface Found {
      readonly type: string;
      readonly at: string;
      readonly payload: { readonly request?: { readonly orderId: string; readonly requestedBy: string } };
    }
    const records = async (query: string): Promise<Found[]> =>
      (await get(`/journal?${query}`)).body['records'] as Found[];
    const [accepted] = await records('type=order_accepted');
    expect(accepted?.payload.request?.orderId).toBe(orderId);
    const by = accepted?.payload.request?.requestedBy ?? '';
    const [user = ''] = by.split('/');
    for (const actor of [by, user])
      expect((await records(`actor=${encodeURIComponent(actor)}`)).map(({ type }) => type)).toContain(
        'order_accepted',
      );
    expect(await records('actor=nobody')).toEqual([]);
    const at = accepted?.at ?? '';
    expect((await records(`since=${at}&limit=1000`)).map(({ type }) => type)).toContain('order_accepted');
    expect((await records(`until=${at}&limit=1000`)).map(({ type }) => type)).not.toContain('order_accepted');
    expect(await get('/journal?type=nonsense')).toMatchObject({ status: 400 });
    expect(await get(`/journal?order_id=${orderId}&type=order_accepted`)).toMatchObject({ status: 400 });
    expect(await get('/journal?symbol=BTC-USDT')).toMatchObject({ status: 400 });
    expect(await get('/journal?cursor=x')).toMatchObject({ status: 400, body: { code: 'cursor_invalid' } });
  });
});

describe('activities of an account', () => {
  it('show executions and settings, newest first, page by page', async () => {
    const path = '/trading/v2/account/activities?exchange=binance';
    interface Shown {
      readonly seq: number;
      readonly kind: string;
      readonly event: string;
    }
    const seen: Shown[] = [];
    let cursor: string | null = null;
    do {
      const { status, body }: Answer = await get(
        `${path}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      expect(status).toBe(200);
      seen.push(...(body['activities'] as Shown[]));
      cursor = body['next_cursor'] as string | null;
    } while (cursor !== null);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map(({ seq }) => seq).toSorted((a, b) => b - a));
    expect(seen.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['setting_answered', 'setting_requested', 'fill_booked', 'account_opened']),
    );
    const fills = (await get(`${path}&kind=fill`)).body['activities'] as object[];
    expect(fills[0]).toMatchObject({
      kind: 'fill',
      symbol: 'BTC/USDT:USDT',
      fill: { order_id: orderId, exchange: 'binance', side: 'buy' },
    });
    const settings = (await get(`${path}&kind=setting`)).body['activities'] as object[];
    expect(settings.slice(0, 2)).toMatchObject([
      { event: 'setting_answered', detail: expect.stringContaining('leverage 5: set') },
      {
        event: 'setting_requested',
        requested_by: 'admin/test',
        detail: expect.stringContaining('less risk'),
      },
    ]);
    const other = await service.call('GET', path, { token: service.tokens.otherUser });
    expect(other).toMatchObject({ status: 404 });
  });

  it('show moves of capital: an account that joins, is detached and attached, and a deposit', async () => {
    const path = '/trading/v2/account/activities?exchange=binance&kind=capital';
    interface Moved {
      readonly event: string;
      readonly requested_by: string | null;
      readonly detail: string;
      readonly capital: { readonly cause: string; readonly amount: string | null };
    }
    const moves = async (): Promise<readonly Moved[]> => (await get(path)).body['activities'] as Moved[];
    const causes = async (): Promise<readonly string[]> =>
      (await moves()).map(({ capital }) => capital.cause).toReversed();
    await expect.poll(causes, SOON).toEqual(['joined']);
    await service.control('POST', 'binance/deposits', { asset: 'USDT', amount: '5000', wallet: 'spot' });
    await expect.poll(causes, SOON).toContain('flow');
    const set = async (detached: boolean): Promise<void> => {
      const body = { exchange: 'binance', detached, reason: 'a look' };
      const { status } = await service.call('POST', '/risk/accounts', { token: service.tokens.admin, body });
      expect(status).toBe(200);
    };
    await set(true);
    await set(false);
    await expect.poll(async () => (await causes()).at(-1), SOON).toBe('joined');
    const shown = await moves();
    const one = (cause: string): Moved | undefined => shown.find(({ capital }) => capital.cause === cause);
    expect(one('flow')).toMatchObject({
      event: 'capital_moved',
      kind: 'capital',
      detail: expect.stringContaining('5000 USDT'),
      requested_by: null,
      capital: {
        amount: '5000',
        asset: 'USDT',
        capital: '5000',
        equity: '5000',
        record_id: expect.any(String),
      },
    });
    for (const cause of ['detached', 'attached'])
      expect(one(cause)).toMatchObject({
        requested_by: expect.stringContaining('admin'),
        detail: expect.stringContaining('a look'),
        capital: { amount: null, asset: null },
      });
    const none = await get('/trading/v2/account/activities?exchange=binance&kind=nonsense');
    expect(none).toMatchObject({ status: 400 });
  }, 90_000);
});
