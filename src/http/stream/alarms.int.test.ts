/** The alarms of risk on the stream, over real sockets: as they come, as they go, and as `GET /risk/status` has them. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { DEFAULT_LIMITS } from '../../core/risk/limits.ts';
import { startService, type TestService } from '../testing/service-fixture.ts';
import type { AlarmsMessage } from './messages.ts';
import { StreamReader } from './testing/stream-reader.ts';

const SWAP = 'BTC/USDT:USDT';
/** A bound, not a wait. */
const WITHIN = { timeout: 30_000 };

let service: TestService;
const readers: StreamReader[] = [];
beforeAll(async () => {
  service = await startService({
    ...DEFAULT_LIMITS,
    maxDailyLoss: decimal('3000'),
    maxMarginRatio: decimal('0.6'),
    minLiquidationDistance: decimal('0.015'),
  });
  for (const symbol of ['BTC/USDT', SWAP]) await hold(symbol, '60000');
  // The account is blind until its venue has answered.
  await vi.waitFor(
    async () => expect((await service.call('GET', '/risk/status')).body['blind']).toEqual([]),
    WITHIN,
  );
});
afterAll(() => service.stop());
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

const hold = (symbol: string, price: string): Promise<unknown> =>
  service.control('POST', 'binance/price', { symbol, price, hold: true });

const admin = async (method: string, path: string, body?: object): Promise<void> => {
  const answer = await service.call(method, path, {
    token: service.tokens.admin,
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
};

async function open(): Promise<StreamReader> {
  const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
  readers.push(reader);
  await reader.ask({ subscribe: ['risk'] });
  await expect.poll(() => lists(reader).length, WITHIN).toBeGreaterThan(0);
  return reader;
}

const lists = (reader: StreamReader): readonly AlarmsMessage[] =>
  reader.on('risk').filter(({ event }) => event === 'alarms') as unknown as readonly AlarmsMessage[];
const standing = (reader: StreamReader): readonly string[] =>
  (lists(reader).at(-1)?.alarms ?? []).map(({ alarm }) => alarm);

describe('alarms on the stream', () => {
  it('begin with the list as it stands, and each that comes or goes brings it anew', async () => {
    const reader = await open();
    expect(lists(reader)[0]).toMatchObject({ alarms: [], raised: [], over: [], snapshot: true });
    await admin('POST', '/risk/kill-switch', { engaged: true, reason: 'a look' });
    await expect.poll(() => standing(reader), WITHIN).toEqual(['kill_switch']);
    const late = await open();
    expect(lists(late)[0]).toMatchObject({ raised: ['kill_switch'], over: [], snapshot: true });
    await admin('POST', '/risk/kill-switch', { engaged: false, reason: 'seen' });
    for (const one of [reader, late]) {
      await expect.poll(() => standing(one), WITHIN).toEqual([]);
      expect(lists(one).at(-1)).toMatchObject({ raised: [], over: ['kill_switch'] });
      // One list for each change, and none in between.
      expect(lists(one)).toHaveLength(one === reader ? 3 : 2);
    }
  });

  it('show trading states that somebody sets', async () => {
    const reader = await open();
    await admin('PUT', '/risk/trading-state', {
      scope: 'account',
      account: 'binance-paper',
      state: 'reduce_only',
      version: 0,
      reason: 'a look',
    });
    await expect
      .poll(() => lists(reader).at(-1)?.alarms, WITHIN)
      .toMatchObject([
        { alarm: 'trading_state', account: 'binance-paper', trading_state: 'reduce_only', why: 'a look' },
      ]);
    expect(reader.on('risk').some(({ event }) => event === 'trading_state_set')).toBe(true);
    await admin('PUT', '/risk/trading-state', {
      scope: 'account',
      account: 'binance-paper',
      state: 'active',
      version: 1,
      reason: 'seen',
    });
    await expect.poll(() => standing(reader), WITHIN).toEqual([]);
  });

  it('show an account that is near liquidation, and the step that the ladder takes', async () => {
    const reader = await open();
    await admin('PUT', '/trading/v2/margin-mode', {
      exchange: 'binance',
      symbol: SWAP,
      margin_mode: 'isolated',
      reason: 'a look',
    });
    await admin('PUT', '/trading/v2/leverage', {
      exchange: 'binance',
      symbol: SWAP,
      leverage: '20',
      reason: 'a look',
    });
    await admin('POST', '/trading/v2/orders/market', {
      exchange: 'binance',
      symbol: SWAP,
      side: 'buy',
      quantity: '1',
      wait_ms: 5_000,
    });
    // Near the price of liquidation, and a loss of about 2,700 USDT: a warning by the limit of 3,000.
    await hold(SWAP, '57320');
    for (const kind of ['liquidation_distance', 'margin_ratio'])
      await expect.poll(() => standing(reader), WITHIN).toContain(kind);
    await expect
      .poll(() => lists(reader).at(-1)?.alarms, WITHIN)
      .toContainEqual(expect.objectContaining({ alarm: 'ladder_step', mode: 'paper', ladder_step: 'warn' }));
    const alarm = lists(reader)
      .flatMap(({ alarms }) => alarms)
      .find(({ alarm: kind }) => kind === 'margin_ratio');
    expect(alarm).toMatchObject({
      account: 'binance-paper',
      mode: 'paper',
      threshold: expect.stringMatching(/^0\.\d/),
      actual: expect.stringMatching(/^\d/),
    });
    await hold(SWAP, '60000');
    await expect.poll(() => standing(reader), WITHIN).not.toContain('margin_ratio');
  });

  it('show an account that is not seen any more, since when and why', async () => {
    const reader = await open();
    await service.control('POST', 'binance/faults', { kind: 'maintenance', route: '*', status: 503 });
    await service.control('POST', 'binance/faults', { kind: 'ws_drop', route: 'private_stream' });
    await expect.poll(() => standing(reader), { timeout: 60_000 }).toContain('account_blind');
    const blind = lists(reader)
      .at(-1)
      ?.alarms.find(({ alarm }) => alarm === 'account_blind');
    expect(blind).toMatchObject({ account: 'binance-paper', since: expect.stringMatching(/Z$/) });
    expect(['unreachable', 'prices_old']).toContain(blind?.why);
    await service.control('DELETE', 'binance/faults');
    await expect.poll(() => standing(reader), { timeout: 60_000 }).not.toContain('account_blind');
  }, 150_000);
});
