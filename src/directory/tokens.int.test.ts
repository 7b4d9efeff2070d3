import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../journal/postgres-session.ts';
import { freshDatabase, type TestDatabase } from '../journal/testing/postgres-fixture.ts';
import { type Directory, openDirectory } from './directory.ts';
import { removeDeadTokenFile } from '../cli/environment-token.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';
import { ADMIN, ADMIN_TOKEN_LEAST_MS, issueLocalToken } from './tokens.ts';

const BY = 'admin/test';

describe('the last admin', () => {
  let database: TestDatabase;
  let directory: Directory;
  let now = 0;

  beforeEach(async () => {
    now = Date.now();
    database = await freshDatabase();
    directory = openDirectory({
      connection: database.connection,
      masterKey: randomBytes(32),
      now: () => now,
    });
    return async () => {
      await directory.close();
      await database.release();
    };
  });

  async function onlyAdmin(): Promise<{ userId: string; tokenId: string }> {
    await directory.firstStart('the-first-token', []);
    const [token] = await directory.tokens(null);
    if (token === undefined) throw new Error('there is no token');
    return token;
  }
  const adminFor = (userId: string, expiresAt: Date | null): Promise<{ tokenId: string; token: string }> =>
    directory.addToken({ userId, label: 'further', ...ADMIN, expiresAt, createdBy: BY });

  it('is neither revoked nor disabled', async () => {
    const { userId, tokenId } = await onlyAdmin();
    await directory.addToken({ userId, label: 'bot', scopes: ['trade'], expiresAt: null, createdBy: BY });
    expect(await directory.revokeToken(null, tokenId, BY)).toBe('last_admin');
    expect(await directory.disableUser(userId, BY)).toBe('last_admin');
    expect(await directory.authenticate('the-first-token')).toMatchObject({ userName: 'admin' });
  });

  it('may go once another token lasts a day, and not a millisecond before', async () => {
    const { userId, tokenId } = await onlyAdmin();
    await adminFor(userId, new Date(now + ADMIN_TOKEN_LEAST_MS - 1));
    expect(await directory.revokeToken(null, tokenId, BY)).toBe('last_admin');
    await adminFor(userId, new Date(now + ADMIN_TOKEN_LEAST_MS));
    expect(await directory.revokeToken(null, tokenId, BY)).toBe('done');
    expect((await directory.tokens(null)).find((token) => token.tokenId === tokenId)).toMatchObject({
      revokedBy: BY,
    });
  });

  it('is none without all power over users: nobody could grant it any more', async () => {
    const { userId, tokenId } = await onlyAdmin();
    const given = { userId, scopes: ['admin'], expiresAt: null, createdBy: BY } as const;
    await directory.addToken({ ...given, label: 'alone' });
    await directory.addToken({ ...given, label: 'manager', users: 'manage' });
    expect(await directory.revokeToken(null, tokenId, BY)).toBe('last_admin');
  });

  it('stays when two admins end each other at the same moment', async () => {
    const first = await onlyAdmin();
    const { userId } = await directory.addUser('bob');
    const second = await adminFor(userId, null);
    const endings = await Promise.all([
      directory.revokeToken(null, first.tokenId, BY),
      directory.revokeToken(null, second.tokenId, BY),
    ]);
    expect(endings.toSorted()).toEqual(['done', 'last_admin']);
  });

  it('a token of a disabled user counts for nothing', async () => {
    const { tokenId } = await onlyAdmin();
    const { userId } = await directory.addUser('bob');
    await adminFor(userId, null);
    expect(await directory.disableUser(userId, BY)).toBe('done');
    expect(await directory.revokeToken(null, tokenId, BY)).toBe('last_admin');
  });

  it('keeps no other token from being ended, however soon it ends itself', async () => {
    const { userId, tokenId } = await onlyAdmin();
    await adminFor(userId, new Date(now + 2 * ADMIN_TOKEN_LEAST_MS));
    expect(await directory.revokeToken(null, tokenId, BY)).toBe('done');
    now += 1.5 * ADMIN_TOKEN_LEAST_MS;
    const bot = { userId, label: 'bot', scopes: ['trade' as const], expiresAt: null, createdBy: BY };
    const { tokenId: ofBot } = await directory.addToken(bot);
    expect(await directory.revokeToken(null, ofBot, BY)).toBe('done');
    expect(await directory.disableUser((await directory.addUser('bob')).userId, BY)).toBe('done');
  });

  it('shows until when there is one', async () => {
    const { userId, tokenId } = await onlyAdmin();
    expect(await directory.adminAccess()).toBeNull();
    const expiresAt = new Date(now + 2 * ADMIN_TOKEN_LEAST_MS);
    await adminFor(userId, expiresAt);
    await directory.revokeToken(null, tokenId, BY);
    expect(await directory.adminAccess()).toEqual(expiresAt);
    now = expiresAt.getTime();
    expect(await directory.adminAccess()).toEqual(new Date(0));
  });

  it('comes back by the local command, also as a disabled user, whose older tokens stay dead', async () => {
    const { userId } = await onlyAdmin();
    const bob = await directory.addUser('bob');
    await adminFor(bob.userId, null);
    expect(await directory.disableUser(userId, BY)).toBe('done');
    const made = await withClient(database.connection, (client) =>
      issueLocalToken(client, { userName: null, label: 'local', by: 'root@here' }),
    );
    expect(made).toMatchObject({ userName: 'admin', enabledUser: true });
    expect(await directory.authenticate(made?.token ?? '')).toMatchObject({ userId });
    expect(await directory.authenticate('the-first-token')).toBeNull();
    expect((await directory.tokens(userId)).map((token) => token.createdBy)).toEqual([
      'PLIMSOLL_ADMIN_TOKEN',
      'root@here',
    ]);
  });

  it('a changed token of the environment works from its start on, and the former one does not', async () => {
    await onlyAdmin();
    expect(await directory.alignEnvironmentToken('the-first-token')).toEqual({ kind: 'works' });
    expect(await directory.alignEnvironmentToken('the-second-token')).toMatchObject({
      kind: 'changed',
      formerIds: [expect.stringMatching(/^tok_/)],
      uncertainIds: [],
      enabledUser: false,
    });
    expect(await directory.authenticate('the-second-token')).toMatchObject({ userName: 'admin' });
    expect(await directory.authenticate('the-first-token')).toBeNull();
    expect(await directory.alignEnvironmentToken('the-first-token')).toMatchObject({
      kind: 'unusable',
      reason: expect.stringContaining('revoked'),
    });
  });

  it('the file of the first token goes once that has ended, and stays while it works or another database may know it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-tokens-'));
    const path = join(dataDir, 'admin-token');
    const lines: string[] = [];
    const note = (_fields: object, line: string): number => lines.push(line);
    const log = { debug: note, info: note, warn: note, error: note };
    const look = async (token: string): Promise<string | null> => {
      await writeSecretFile(path, token);
      await removeDeadTokenFile(dataDir, directory, log);
      return readSecretFile(path);
    };
    try {
      const { userId, tokenId } = await onlyAdmin();
      expect(await look('the-first-token')).toBe('the-first-token');
      expect(lines).toEqual([]);
      expect(await look('of-another-database')).toBe('of-another-database');
      await adminFor(userId, null);
      await directory.revokeToken(userId, tokenId, BY);
      expect(await look('the-first-token')).toBeNull();
      expect(lines).toEqual([
        expect.stringContaining('does not know'),
        expect.stringMatching(/the file is removed.*it was revoked at/),
      ]);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('a token of the environment is not one that somebody made with less power', async () => {
    const { userId } = await onlyAdmin();
    const wish = { userId, label: 'bot', expiresAt: null, createdBy: BY };
    const lesser = [
      await directory.addToken({ ...wish, scopes: ['trade'] }),
      await directory.addToken({ ...wish, scopes: ['admin'], users: 'manage' }),
    ];
    for (const { token, tokenId } of lesser)
      expect(await directory.alignEnvironmentToken(token)).toMatchObject({
        kind: 'unusable',
        tokenId,
        reason: expect.stringContaining('less power'),
      });
    expect(await directory.authenticate('the-first-token')).not.toBeNull();
  });

  it('a token keeps who ended it first, and is listed with its own user alone', async () => {
    await onlyAdmin();
    const bob = await directory.addUser('bob');
    const bot = { label: 'bot', scopes: ['trade' as const], expiresAt: null, createdBy: BY };
    const { tokenId } = await directory.addToken({ ...bot, userId: bob.userId });
    for (const by of [BY, 'other/test'])
      expect(await directory.revokeToken(bob.userId, tokenId, by)).toBe('done');
    expect(await directory.tokens(bob.userId)).toMatchObject([{ tokenId, revokedBy: BY }]);
    expect(await directory.tokens(null)).toHaveLength(2);
  });

  it('a token of the environment leaves those that people made', async () => {
    await directory.firstStart(null, []);
    const [generated] = await directory.tokens(null);
    expect(generated).toMatchObject({ createdBy: 'first start' });
    expect(await directory.alignEnvironmentToken('the-environment-token')).toMatchObject({ formerIds: [] });
    expect((await directory.tokens(null)).map(({ revokedAt }) => revokedAt)).toEqual([null, null]);
  });
});
