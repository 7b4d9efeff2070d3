/** Keys of paper accounts, registered at a real simulator and kept in a real directory. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDirectory, type Directory } from '../directory/directory.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import { freshDatabase, type TestDatabase } from '../journal/testing/postgres-fixture.ts';
import { runSimulators, type Simulators } from '../simulators/host.ts';
import { GatewayRegistry } from '../venues/registry.ts';
import { connect, simulatorNow, type OpenSimulator } from './connecting.ts';
import { registerPaperAccount, simulatorHealth, waitForSimulator } from './simulator-process.ts';

let database: TestDatabase;
let simulators: Simulators;
let simulator: OpenSimulator;
let directory: Directory;

beforeAll(async () => {
  [database, simulators] = await Promise.all([
    freshDatabase(),
    runSimulators({ controlPort: 0, limits: false, logger: pino({ level: 'silent' }) }),
  ]);
  const { controlUrl } = simulators;
  simulator = { controlUrl, health: await waitForSimulator(controlUrl) };
  directory = openDirectory({ connection: database.connection, masterKey: randomBytes(32) });
});
afterAll(async () => {
  await directory.close();
  await simulators.close();
  await database.release();
});

async function added(): Promise<AccountRecord> {
  const { portfolioId } = await directory.addUser(`user-${randomBytes(3).toString('hex')}`);
  return directory.addAccount({
    portfolioId,
    exchange: 'binance',
    mode: 'paper',
    label: 'paper',
    credentials: null,
  });
}

const connected = (account: AccountRecord): ReturnType<typeof connect> =>
  connect(account, { registry: new GatewayRegistry(), directory, simulator, isFirst: false });

it('a paper account keeps the keys that it was given, and is the same connection when it is read again', async () => {
  const account = await added();
  const first = await connected(account);
  const stored = await directory.credentials(account.portfolioId, account.accountId);
  const second = await connected(account);
  expect(await directory.credentials(account.portfolioId, account.accountId)).toEqual(stored);
  expect(second.connectionId).toBe(first.connectionId);
  expect(first.connectionId).not.toContain(stored?.secret);
  await directory.changeAccount(account.portfolioId, account.accountId, {
    credentials: { apiKey: 'another', secret: 'another', passphrase: null },
  });
  expect((await connected(account)).connectionId).not.toBe(first.connectionId);
});

it('a paper account whose keys were lost between the simulator and the directory gets others', async () => {
  const account = await added();
  // A process that ended after the registration and before it kept the keys.
  const lost = await registerPaperAccount(simulator.controlUrl, 'binance', {
    accountId: `${account.portfolioId}-${account.accountId}`.slice(0, 64),
  });
  await connected(account);
  const stored = await directory.credentials(account.portfolioId, account.accountId);
  expect(stored?.apiKey).toMatch(/\w+/);
  expect(stored?.apiKey).not.toBe(lost.key);
});

it('a paper account that is connected after a reset of the simulator opens with the instance that it has now', async () => {
  const account = await added();
  const before = await connected(account);
  const answer = await fetch(`${simulator.controlUrl}/control/binance/reset`, { method: 'POST' });
  expect(answer.ok).toBe(true);
  const present = await simulatorNow(simulator);
  const after = await connect(account, {
    registry: new GatewayRegistry(),
    directory,
    simulator: present,
    isFirst: false,
  });
  expect(after.instance).not.toBe(before.instance);
  const { venues, instance } = await simulatorHealth(simulator.controlUrl);
  expect(after.instance).toBe(venues.binance?.instance ?? instance);
});
