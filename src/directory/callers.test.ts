import type pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { Callers, TOKEN_CACHE_MS, TOKEN_CACHE_OUTAGE_MS } from './callers.ts';
import { storedTokenHash, tokenHash } from './token.ts';

/** A database with a token of each of two users, which answers or not. */
class Database {
  isUnavailable = false;
  queries = 0;
  readonly revoked = new Set<string>();
  readonly expiresAt = new Map<string, Date>();
  /** Answers wait for it, where it is set. */
  gate: Promise<void> | null = null;

  async query({ values }: { readonly values: readonly Buffer[] }): Promise<{ rows: readonly object[] }> {
    this.queries += 1;
    const name = ['ann', 'bob'].find((one) => values[0]?.equals(storedTokenHash(tokenHash(one))) === true);
    const isKnown = name !== undefined && !this.revoked.has(name);
    await this.gate;
    if (this.isUnavailable) throw new Error('the database is unavailable');
    if (!isKnown) return { rows: [] };
    const row = {
      token_id: `token of ${name}`,
      token_hash: storedTokenHash(tokenHash(name)),
      label: name,
      scopes: ['trade'],
      users: 'none',
      accounts: name === 'bob' ? ['acc-bob'] : null,
      strategies: null,
      expires_at: this.expiresAt.get(name) ?? null,
      user_id: `user ${name}`,
      name,
      portfolio_id: `portfolio of ${name}`,
    };
    return { rows: [row] };
  }
}

let now: number;
let database: Database;
let callers: Callers;
beforeEach(() => {
  now = 1_000_000;
  database = new Database();
  callers = new Callers(database as unknown as pg.Pool, () => now);
});
const nameOf = async (token: string): Promise<string | null> =>
  (await callers.authenticate(token))?.userName ?? null;

describe('the caller of a token', () => {
  it('is the user whose token it is, with the bounds of that token, and of nobody who asked before', async () => {
    expect(await callers.authenticate('ann')).toMatchObject({ userName: 'ann', bounds: { accounts: null } });
    expect(await callers.authenticate('bob')).toMatchObject({
      userId: 'user bob',
      tokenId: 'token of bob',
      portfolioId: 'portfolio of bob',
      bounds: { accounts: ['acc-bob'] },
    });
    expect([await nameOf('ann'), await nameOf('bob'), await nameOf('cid')]).toEqual(['ann', 'bob', null]);
  });

  it('is read once for many requests at a time, and each token by itself', async () => {
    const names = await Promise.all(['ann', 'bob', 'ann', 'bob'].map(nameOf));
    expect([names, database.queries]).toEqual([['ann', 'bob', 'ann', 'bob'], 2]);
  });

  it.each([
    ['before the bound', TOKEN_CACHE_MS - 1, 'ann'],
    ['at it', TOKEN_CACHE_MS, null],
  ] as const)('of a token that another node has revoked is known %s', async (_when, afterMs, known) => {
    await nameOf('ann');
    database.revoked.add('ann');
    now += afterMs;
    expect(await nameOf('ann')).toBe(known);
  });

  it('is none from the moment on at which the token expires, cached or not', async () => {
    database.expiresAt.set('ann', new Date(now + 100));
    expect(await nameOf('ann')).toBe('ann');
    now += 99;
    expect(await nameOf('ann')).toBe('ann');
    now += 1;
    expect(await nameOf('ann')).toBeNull();
    now += TOKEN_CACHE_MS;
    expect(await nameOf('ann')).toBeNull();
  });

  it('is known while the database is unavailable, up to a bound', async () => {
    await nameOf('ann');
    database.isUnavailable = true;
    now += TOKEN_CACHE_OUTAGE_MS - 1;
    expect(await nameOf('ann')).toBe('ann');
    now += 1;
    await expect(nameOf('ann')).rejects.toThrow('the database is unavailable');
    await expect(nameOf('bob')).rejects.toThrow('the database is unavailable');
  });

  it('is none at once after a revocation here, also of a reading that had begun before it', async () => {
    const gate = Promise.withResolvers<void>();
    database.gate = gate.promise;
    const reading = nameOf('ann');
    database.revoked.add('ann');
    callers.forget();
    gate.resolve();
    expect([await reading, await nameOf('ann')]).toEqual([null, null]);
  });
});
