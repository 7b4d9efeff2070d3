/** A PostgreSQL without room on its disk: one can still get out, knows what the exchange answered, and readiness says since when. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileEmergencyLog, type EmergencyLog } from '../engine/emergency-log.ts';
import { silentLog } from '../engine/log.ts';
import { smallDisk, type SmallDisk } from '../engine/testing/small-disk.ts';
import { startService, type TestService } from './testing/service-fixture.ts';

const RESTING = { exchange: 'binance', side: 'buy', quantity: '0.01' };
const UNTIL = { timeout: 30_000 };

let service: TestService;
let client: pg.Client;

async function start(emergencyLog: (portfolioId: string) => Promise<EmergencyLog>): Promise<void> {
  service = await startService({}, { emergencyLog });
  client = new pg.Client(service.connection);
  await client.connect();
}

async function stop(): Promise<void> {
  await client.query('DROP TRIGGER IF EXISTS disk_full ON journal');
  await client.end();
  await service.stop();
}

/** From now on PostgreSQL answers every append as it does without room on its disk. */
async function fillDisk(): Promise<void> {
  await client.query(
    `CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
     CREATE TRIGGER disk_full BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION disk_full()`,
  );
}

async function rest(symbol: string, price: string): Promise<string> {
  const placed = await service.call('POST', '/trading/v2/orders/limit', {
    body: { ...RESTING, symbol, price },
  });
  expect(placed).toMatchObject({ status: 201, body: { status: 'open' } });
  return String(placed.body['id']);
}

const ready = () => service.call('GET', '//health/ready', { token: null });

const statusesAtVenue = async (): Promise<readonly string[]> =>
  ((await service.control('GET', 'binance/orders')) as { status: string }[]).map(({ status }) => status);

const openHere = async (): Promise<unknown> =>
  (await service.call('GET', '/trading/v2/orders/open')).body['orders'];

/** Cancels one, those of an instrument, and the rest by the kill switch; each answer must say what the exchange answered. */
async function getOut(recorded: boolean): Promise<void> {
  const first = await rest('BTC/USDT', '55000');
  const second = await rest('ETH/USDT', '1000');
  const third = await rest('BTC/USDT', '54000');
  const fourth = await rest('BTC/USDT', '53000');
  expect(await ready()).toMatchObject({ status: 200, body: { journal_unavailable_since: null } });
  await fillDisk();
  const startedAt = Date.now();

  const canceled = await service.call('DELETE', `/trading/v2/orders/${first}`);
  expect(canceled).toMatchObject({
    status: 202,
    body: { id: first, cancel_accepted: true, cancel_recorded: recorded },
  });
  const many = await service.call('DELETE', '/trading/v2/orders?exchange=binance&symbol=ETH/USDT');
  expect(many).toMatchObject({
    status: 200,
    body: { results: [{ order: { id: second }, cancel_accepted: true, cancel_recorded: recorded }] },
  });
  const killed = await service.call('POST', '/risk/kill-switch', {
    body: { engaged: true, reason: 'the disk is full' },
    headers: { 'Idempotency-Key': 'out' },
  });
  expect(killed).toMatchObject({ status: 200, body: { engaged: true, intake_closed: false } });
  expect(killed.body['accepted']).toEqual(expect.arrayContaining([third, fourth]));
  expect((killed.body['unrecorded'] as string[]).length > 0).toBe(!recorded);
  if (!recorded) expect(killed.body['unrecorded']).toEqual(expect.arrayContaining([third, fourth]));
  expect(await statusesAtVenue()).toEqual(['canceled', 'canceled', 'canceled', 'canceled']);

  const unready = await ready();
  expect(unready).toMatchObject({ status: 503, body: { ready: false } });
  const since = Date.parse(String(unready.body['journal_unavailable_since']));
  expect(since).toBeGreaterThanOrEqual(startedAt - 5);
  expect(since).toBeLessThanOrEqual(Date.now());

  await client.query('DROP TRIGGER disk_full ON journal');
  await expect.poll(async () => (await ready()).status, UNTIL).toBe(200);
  await expect.poll(openHere, UNTIL).toEqual([]);
}

describe('a full disk under the database', () => {
  let disk: SmallDisk | null;
  beforeEach(async () => {
    disk = await smallDisk();
    const folder = disk?.folder;
    if (folder !== undefined)
      await start((portfolioId) => openFileEmergencyLog(join(folder, `cancels-${portfolioId}`), silentLog));
  });
  afterEach(async () => {
    if (disk !== null) await stop();
    await disk?.release();
  });

  it('and under the emergency log keeps no cancel and no kill switch from being sent, recorded and answered', async ({
    skip,
  }) => {
    if (disk === null)
      return skip('neither a file system can be mounted here, nor the size of files limited');
    await disk.fill();
    await getOut(true);
  }, 120_000);
});

describe('an emergency log that fails', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plimsoll-emergency-'));
    await start(() => openFileEmergencyLog(join(folder, 'not-there', 'cancels'), silentLog));
  });
  afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is no error: the answer has what the exchange said, and that the cancel is not recorded', async () => {
    await getOut(false);
  }, 120_000);
});
