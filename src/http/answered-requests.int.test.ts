/** Closes that place no order, under a key that comes again when there is something to close: the whole service. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SWAP = 'ETH/USDT:USDT';
const CLOSE = '/trading/v2/positions/ETH-USDT:USDT/close';
const CLOSE_ALL = '/trading/v2/positions/close';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: SWAP, price: '3000', hold: true });
});
afterAll(() => service.stop());
afterEach(() => post(CLOSE_ALL, { all: true }));

const post = (path: string, body: object, key?: string): Promise<Answer> =>
  service.call('POST', path, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });

const trade = (side: string, quantity: string, more: object = {}): Promise<Answer> =>
  post('/trading/v2/orders/market', { exchange: 'binance', symbol: SWAP, side, quantity, ...more });

async function open(): Promise<readonly string[]> {
  const { body } = await service.call('GET', '/trading/v2/positions');
  return (body['positions'] as { quantity: string }[]).map(({ quantity }) => quantity);
}

/** Status and body of an answer, without the id of its own request. */
const saying = ({ status, body: { request_id: _own, ...body } }: Answer): object => ({ status, body });

/** `grid` long and `trend` short, on a flat account. */
async function offset(): Promise<void> {
  expect(await trade('buy', '0.01', { strategy: 'grid' })).toMatchObject({ status: 201 });
  expect(await trade('sell', '0.01', { strategy: 'trend' })).toMatchObject({ status: 201 });
  expect(await open()).toEqual([]);
}

describe('a repeat of a close that placed no order closes nothing that was opened since', () => {
  it('where nothing was open', async () => {
    const first = await post(CLOSE, { exchange: 'binance' }, 'flat');
    expect(first).toMatchObject({ status: 404, body: { code: 'position_not_found' } });
    await trade('buy', '0.01');
    const repeat = await post(CLOSE, { exchange: 'binance' }, 'flat');
    expect([saying(repeat), repeat.headers.get('idempotent-replayed')]).toEqual([saying(first), 'true']);
    expect(await open()).toEqual(['0.01']);
  });

  it('where less was open than was to be closed', async () => {
    await trade('buy', '0.01');
    const wish = { exchange: 'binance', quantity: '0.02' };
    const first = await post(CLOSE, wish, 'too much');
    expect(first).toMatchObject({ status: 400 });
    const kept = await post(CLOSE, wish, 'too-much');
    expect(kept).toMatchObject({ status: 422, body: { code: 'not_reducing', limit: '0.01' } });
    await trade('buy', '0.01');
    expect(saying(await post(CLOSE, wish, 'too-much'))).toEqual(saying(kept));
    expect(await open()).toEqual(['0.02']);
  });

  it('where parts of strategies were netted', async () => {
    await offset();
    const first = await post(CLOSE, { exchange: 'binance' }, 'netted');
    expect(first).toMatchObject({ status: 200, body: { netted: [{ symbol: SWAP }] } });
    await trade('buy', '0.01');
    const repeat = await post(CLOSE, { exchange: 'binance' }, 'netted');
    expect([saying(repeat), repeat.headers.get('idempotent-replayed')]).toEqual([saying(first), 'true']);
    expect(await open()).toEqual(['0.01']);
  });

  it.each([
    ['where nothing was open', 'all-flat', async () => {}],
    ['where parts of strategies were netted', 'all-netted', offset],
  ])('of every position, %s', async (_where, key, prepare) => {
    await prepare();
    const { body: first } = await post(CLOSE_ALL, { all: true }, key);
    expect(first).toMatchObject({ results: [], positions_left: [] });
    await trade('buy', '0.01');
    const repeat = await post(CLOSE_ALL, { all: true }, key);
    expect(repeat).toMatchObject({
      status: 200,
      body: { results: first['results'], netted: first['netted'], positions_left: [{ quantity: '0.01' }] },
    });
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(await open()).toEqual(['0.01']);
  });
});

describe('the key of a close that placed no order', () => {
  const CONFLICT = { status: 409, body: { code: 'client_order_id_conflict' } };

  it('is refused for other content, and places nothing', async () => {
    expect((await post(CLOSE, { exchange: 'binance' }, 'taken')).status).toBe(404);
    await trade('buy', '0.02');
    const order = { exchange: 'binance', symbol: SWAP, side: 'buy', quantity: '0.01' };
    expect(await post(CLOSE, { exchange: 'binance', fraction: '0.5' }, 'taken')).toMatchObject(CONFLICT);
    expect(await post(CLOSE_ALL, { all: true }, 'taken')).toMatchObject(CONFLICT);
    expect(await post('/trading/v2/orders/market', order, 'taken')).toMatchObject(CONFLICT);
    expect((await post(CLOSE_ALL, { all: true }, 'all-taken')).status).toBe(200);
    expect(await post(CLOSE_ALL, { exchange: 'binance' }, 'all-taken')).toMatchObject({ status: 409 });
    await trade('buy', '0.02');
    expect(await open()).toEqual(['0.02']);
  });

  it('is free where the request could not be read', async () => {
    await trade('buy', '0.01');
    expect((await post(CLOSE, { exchange: 'binance', quantity: '-1' }, 'unread')).status).toBe(400);
    expect(await post(CLOSE, { exchange: 'binance' }, 'unread')).toMatchObject({ status: 201 });
  });

  it('gives the one refusal to all who ask at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ask = (): Promise<Answer> => post(CLOSE, { exchange: 'binance' }, `refused-at-once-${round}`);
      const [first, ...others] = (await Promise.all([ask(), ask(), ask(), ask()])).map(saying);
      expect(first).toMatchObject({ status: 404, body: { code: 'position_not_found' } });
      expect(others).toEqual([first, first, first]);
    }
  });

  it('places one order for all who ask at once while another request is refused under it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = `either-at-once-${round}`;
      const order = { exchange: 'binance', symbol: SWAP, side: 'buy', quantity: '0.01' };
      const answers = await Promise.all([
        post(CLOSE, { exchange: 'binance' }, key),
        post('/trading/v2/orders/market', order, key),
        post('/trading/v2/orders/market', order, key),
      ]);
      for (const { status } of answers) expect([200, 201, 404, 409]).toContain(status);
      expect((await open()).length).toBeLessThan(2);
      await post(CLOSE_ALL, { all: true });
    }
  });

  it('stands for one outcome however many ask at once while a position opens', async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = `at-once-${round}`;
      const ask = (): Promise<Answer> => post(CLOSE, { exchange: 'binance' }, key);
      const [, ...answers] = await Promise.all([trade('buy', '0.01'), ask(), ask(), ask()]);
      const settled = await ask();
      for (const { status } of answers) {
        expect(status).not.toBe(503);
        expect(status === 404).toBe(settled.status === 404);
      }
      await post(CLOSE_ALL, { all: true });
    }
  });
});
