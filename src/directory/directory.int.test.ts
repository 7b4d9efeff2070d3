import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accountId, portfolioId as portfolioIdOf, type PortfolioId } from '../core/ids.ts';
import { withClient } from '../journal/postgres-session.ts';
import { freshDatabase, type TestDatabase } from '../journal/testing/postgres-fixture.ts';
import { opensEveryAccount } from './accounts.ts';
import { type Directory, NameTaken, openDirectory } from './directory.ts';
import { SealBroken } from './sealing.ts';

const KEYS = { apiKey: 'the-api-key', secret: 'the-secret', passphrase: null };

describe('directory', () => {
  let cluster: TestDatabase;
  let database: TestDatabase;
  let directory: Directory;
  let now = 0;
  const masterKey = randomBytes(32);

  beforeAll(async () => {
    cluster = await freshDatabase({ migrated: false });
  });
  afterAll(() => cluster.release());
  beforeEach(async () => {
    now = Date.now();
    database = await freshDatabase();
    directory = openDirectory({ connection: database.connection, masterKey, now: () => now });
    return async () => {
      await directory.close();
      await database.release();
    };
  });

  async function started(): Promise<{ readonly token: string; readonly portfolioId: PortfolioId }> {
    const made = await directory.firstStart(null, [
      { exchange: 'binance', mode: 'paper', label: 'paper', credentials: null },
    ]);
    if (made === null) throw new Error('there was a user already');
    return made;
  }

  it('makes the first user once, though several starts race', async () => {
    const starts = await Promise.all(
      Array.from({ length: 4 }, () => directory.firstStart('the-given-token', [])),
    );
    expect(starts.filter((made) => made !== null)).toHaveLength(1);
    expect((await directory.users()).map((user) => user.name)).toEqual(['admin']);
    const caller = await directory.authenticate('the-given-token');
    expect(caller).toMatchObject({ userName: 'admin', scopes: ['admin'] });
    expect(await directory.authenticate('another-token')).toBeNull();
  });

  it('keeps nothing that a thief of the database could use', async () => {
    const { token, portfolioId } = await started();
    await directory.addAccount({ portfolioId, exchange: 'okx', mode: 'live', label: 'l', credentials: KEYS });
    const client = new pg.Client(database.connection);
    await client.connect();
    const dump: string[] = [];
    for (const table of ['tokens', 'accounts']) {
      const { rows } = await client.query<{ text: string }>(`SELECT ${table}::text AS text FROM ${table}`);
      dump.push(...rows.map((row) => row.text));
    }
    await client.end();
    expect(dump.length).toBeGreaterThan(2);
    const hex = (text: string): string => Buffer.from(text).toString('hex');
    for (const secret of [token, KEYS.secret, KEYS.apiKey]) {
      expect(dump.some((row) => row.includes(secret) || row.includes(hex(secret)))).toBe(false);
    }
  });

  it('opens credentials with the same master key only', async () => {
    const { portfolioId } = await started();
    const { accountId } = await directory.addAccount({
      portfolioId,
      exchange: 'okx',
      mode: 'testnet',
      label: 'l',
      credentials: { ...KEYS, passphrase: 'p' },
    });
    expect(await directory.credentials(portfolioId, accountId)).toEqual({ ...KEYS, passphrase: 'p' });
    const otherKey = openDirectory({ connection: database.connection, masterKey: randomBytes(32) });
    await expect(otherKey.credentials(portfolioId, accountId)).rejects.toThrow(SealBroken);
    await otherKey.close();
  });

  it('says of a master key whether it opens every account that is there', async () => {
    const { portfolioId } = await started();
    await withClient(database.connection, async (client) => {
      // The account of the first start has no credentials.
      expect(await opensEveryAccount(client, randomBytes(32))).toBe(true);
      const account = {
        portfolioId,
        exchange: 'okx',
        mode: 'testnet',
        label: 'l',
        credentials: KEYS,
      } as const;
      await directory.addAccount(account);
      expect(await opensEveryAccount(client, masterKey)).toBe(true);
      const otherKey = openDirectory({ connection: database.connection, masterKey: randomBytes(32) });
      const { accountId } = await otherKey.addAccount(account);
      expect(await opensEveryAccount(client, masterKey)).toBe(false);
      await otherKey.removeAccount(portfolioId, accountId);
      await otherKey.close();
      expect(await opensEveryAccount(client, masterKey)).toBe(true);
    });
  });

  it('lets a token expire and revokes it at once', async () => {
    const { portfolioId } = await started();
    const user = (await directory.users())[0];
    const userId = user?.userId ?? '';
    const expiring = await directory.addToken({
      userId,
      label: 'bot',
      scopes: ['trade'],
      expiresAt: new Date(now + 60_000),
      createdBy: 'admin/test',
    });
    expect(await directory.authenticate(expiring.token)).toMatchObject({ scopes: ['trade'], portfolioId });
    now += 60_001;
    expect(await directory.authenticate(expiring.token)).toBeNull();

    const revoked = await directory.addToken({
      userId,
      label: 'bot',
      scopes: ['read'],
      expiresAt: null,
      createdBy: 'admin/test',
    });
    expect(await directory.authenticate(revoked.token)).not.toBeNull();
    expect(await directory.revokeToken('usr_other', revoked.tokenId, 'admin/test')).toBe('not_found');
    expect(await directory.revokeToken(userId, revoked.tokenId, 'admin/test')).toBe('done');
    expect(await directory.authenticate(revoked.token)).toBeNull();
  });

  it('gives each user a portfolio of their own, and disables users', async () => {
    const first = await started();
    const second = await directory.addUser('alice');
    await expect(directory.addUser('alice')).rejects.toThrow(NameTaken);
    expect(second.portfolioId).not.toBe(first.portfolioId);
    const { token } = await directory.addToken({
      userId: second.userId,
      label: 't',
      scopes: ['trade'],
      expiresAt: null,
      createdBy: 'admin/test',
    });
    expect((await directory.authenticate(token))?.portfolioId).toBe(second.portfolioId);
    expect(await directory.accounts(second.portfolioId)).toEqual([]);
    expect(await directory.disableUser(second.userId, 'admin/test')).toBe('done');
    expect(await directory.authenticate(token)).toBeNull();
  });

  it('keeps one default for each exchange, which a further account does not change', async () => {
    const { portfolioId } = await started();
    const elsewhere = { exchange: 'okx', mode: 'testnet', label: 'elsewhere', credentials: KEYS } as const;
    await directory.addAccount({ ...elsewhere, portfolioId });
    const second = await directory.addAccount({
      portfolioId,
      exchange: 'binance',
      mode: 'paper',
      label: 'second',
      credentials: null,
    });
    expect(second).toMatchObject({ accountId: 'binance-paper-2', isDefault: false });
    await directory.changeAccount(portfolioId, second.accountId, { makeDefault: true, label: 'renamed' });
    expect(
      (await directory.accounts(portfolioId)).map(({ accountId, isDefault, label }) => [
        accountId,
        isDefault,
        label,
      ]),
    ).toEqual([
      ['binance-paper', false, 'paper'],
      ['okx-testnet', true, 'elsewhere'],
      ['binance-paper-2', true, 'renamed'],
    ]);
    expect(await directory.removedAccounts(portfolioId)).toEqual([]);
    expect(await directory.removeAccount(portfolioId, second.accountId)).toBe(true);
    expect(await directory.removedAccounts(portfolioId)).toEqual([second.accountId]);
    const third = await directory.addAccount({
      portfolioId,
      exchange: 'binance',
      mode: 'paper',
      label: 'third',
      credentials: null,
    });
    expect(third.accountId).toBe('binance-paper-3');
    expect(await directory.changeAccount(portfolioId, accountId('nope'), { label: 'x' })).toBeNull();
    expect(await directory.accounts(portfolioIdOf('other'))).toEqual([]);
  });

  it('keeps a known caller waiting for no database that hangs', async () => {
    const { token } = await started();
    expect(await directory.authenticate(token)).not.toBeNull();
    const client = new pg.Client(database.connection);
    await client.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE');
    now += 60_000;
    const startedAt = performance.now();
    const callers = await Promise.all(Array.from({ length: 50 }, () => directory.authenticate(token)));
    expect(callers.every((caller) => caller !== null)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await client.query('ROLLBACK');
    await client.end();
  });

  it('goes on knowing a token while the database is unavailable, for a while', async () => {
    const { token } = await started();
    expect(await directory.authenticate(token)).not.toBeNull();
    const unreachable = openDirectory({
      connection: { ...database.connection, database: 'no_such_database' },
      masterKey,
      now: () => now,
    });
    await expect(unreachable.authenticate(token)).rejects.toThrow(/no_such_database/);
    await unreachable.close();
    const client = new pg.Client(database.connection);
    await client.connect();
    await client.query('ALTER TABLE tokens RENAME TO tokens_gone');
    now += 60_000;
    expect(await directory.authenticate(token)).not.toBeNull();
    now += 3_600_000;
    await expect(directory.authenticate(token)).rejects.toThrow();
    await client.end();
  });
});
