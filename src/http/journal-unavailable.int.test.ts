/** With PostgreSQL frozen one can still get out: cancels reach the venue at once and are answered within a bound. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from './testing/service-fixture.ts';

const RESTING = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: '57000' };
const ANSWER_WITHIN_MS = 15_000;

let service: TestService;
beforeAll(async () => {
  service = await startService({}, { ownCluster: true });
});
afterAll(() => service.stop());

/** The postmaster and every process that it started. */
function postgresProcesses(): number[] {
  const postmaster = service.postgresPid();
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === postmaster);
  return [postmaster, ...children];
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

/** One that has ended meanwhile must not keep the others frozen. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

describe.runIf(process.platform === 'linux')('a journal that does not answer', () => {
  it('stops new orders, never cancels or the kill switch', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const order = await service.call('POST', '/trading/v2/orders/limit', { body: RESTING });
      expect(order.status).toBe(201);
      ids.push(String(order.body['id']));
    }
    const frozen = postgresProcesses();
    expect(frozen.length).toBeGreaterThan(3);
    for (const pid of frozen) signal(pid, 'SIGSTOP');
    try {
      const startedAt = performance.now();
      const first = await service.call('DELETE', `/trading/v2/orders/${ids[0]}`);
      expect([200, 202]).toContain(first.status);
      expect(first.body['id']).toBe(ids[0]);
      const second = await service.call('DELETE', `/trading/v2/orders/${ids[1]}`);
      expect([200, 202]).toContain(second.status);
      const placed = await service.call('POST', '/trading/v2/orders/market', {
        body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' },
      });
      expect(placed).toMatchObject({ status: 503, body: { code: 'journal_stalled' } });
      expect(Number(placed.headers.get('retry-after'))).toBeGreaterThan(0);
      const killed = await service.call('POST', '/risk/kill-switch', {
        body: { engaged: true, reason: 'test' },
      });
      expect(killed).toMatchObject({ status: 200, body: { engaged: true, intake_closed: false } });
      const flattened = await service.call('POST', '/risk/kill-switch', {
        body: { engaged: true, reason: 'out of everything', flatten: true, include_spot: true },
      });
      expect(flattened).toMatchObject({
        status: 200,
        body: {
          intake_closed: false,
          closing: [{ error: { code: 'journal_stalled' } }],
          sold: [{ error: { code: 'journal_stalled' } }],
          balances_unread: ['binance-paper'],
          positions_left: null,
          holdings_left: null,
        },
      });
      expect(performance.now() - startedAt).toBeLessThan(4 * ANSWER_WITHIN_MS);
      const venue = (await service.control('GET', 'binance/orders')) as { status: string }[];
      expect(venue.map(({ status }) => status)).toEqual(['canceled', 'canceled', 'canceled']);
    } finally {
      for (const pid of frozen) signal(pid, 'SIGCONT');
    }
    await expect
      .poll(
        async () => {
          const open = await service.call('GET', '/trading/v2/orders/open');
          return open.body['orders'];
        },
        { timeout: 60_000 },
      )
      .toEqual([]);
  }, 180_000);

  it('does not keep the receipt of the kill switch waiting where there is nothing to cancel', async () => {
    const release = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: false, reason: 'over' },
    });
    expect(release.status).toBe(200);
    const frozen = postgresProcesses();
    for (const pid of frozen) signal(pid, 'SIGSTOP');
    try {
      const { status, body } = await service.call('POST', '/risk/kill-switch', {
        body: { engaged: true, reason: 'test', flatten: true },
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ intake_closed: false, cancels_sent: 0, positions_left: null });
      expect(body['took_ms']).toBeLessThan(ANSWER_WITHIN_MS);
    } finally {
      for (const pid of frozen) signal(pid, 'SIGCONT');
    }
    await expect
      .poll(async () => (await service.call('GET', '/risk/status')).body['trading'], { timeout: 60_000 })
      .toBe('killed');
  }, 180_000);

  it('withdraws an order in doubt whose cancel was acknowledged: it is never sent, whether or not it is journaled', async () => {
    await service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'over' } });
    const price = '41234';
    const frozen = postgresProcesses();
    for (const pid of frozen) signal(pid, 'SIGSTOP');
    let id = '';
    try {
      const placed = await service.call('POST', '/trading/v2/orders/limit', { body: { ...RESTING, price } });
      expect(placed).toMatchObject({ status: 503, body: { code: 'journal_stalled' } });
      id = String(placed.body['order_id']);
      const canceled = await service.call('DELETE', `/trading/v2/orders/${id}`);
      expect(canceled).toMatchObject({ status: 202, body: { id } });
    } finally {
      for (const pid of frozen) signal(pid, 'SIGCONT');
    }
    await expect
      .poll(
        async () => {
          const { status, body } = await service.call('GET', `/trading/v2/orders/${id}`);
          return status === 404 ? 'canceled' : (body['order'] as { status: string }).status;
        },
        { timeout: 60_000 },
      )
      .toBe('canceled');
    // The service is at work again, and has sent what it was going to send.
    const next = await service.call('POST', '/trading/v2/orders/limit', { body: RESTING });
    expect(next.status).toBe(201);
    const venue = (await service.control('GET', 'binance/orders')) as { price: string | null }[];
    expect(venue.filter((order) => Number(order.price) === Number(price))).toEqual([]);
  }, 180_000);
});
