/**
 * The rows of tokens, and the guard that keeps an installation from losing its last admin.
 *
 * Entry points: `insertToken`, `tokensOf`, `revokeToken`, `disableUser`, `alignEnvironmentToken`, `issueLocalToken`,
 * `adminAccess`.
 *
 * Invariants:
 *  1. A token is kept as its SHA-256; its text leaves by `issueLocalToken` and by the directory's `addToken` alone, once.
 *  2. No revocation and no disabling of a user leaves less than one admin token that works for `ADMIN_TOKEN_LEAST_MS`,
 *     however many nodes try at once.
 *  3. Every row says who made it and who ended it.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { UserId } from './callers.ts';
import {
  newToken,
  storedTokenHash,
  tokenHash,
  UNBOUND,
  type Scope,
  type TokenBounds,
  type UsersPower,
} from './token.ts';

export interface TokenRecord {
  readonly tokenId: string;
  readonly userId: UserId;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly users: UsersPower;
  readonly bounds: TokenBounds;
  readonly createdAt: Date;
  /** Who made it; null for one of an earlier release. */
  readonly createdBy: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

export type NewToken = Pick<TokenRecord, 'userId' | 'label' | 'scopes' | 'expiresAt'> & {
  readonly createdBy: string;
  /** None without. */
  readonly users?: UsersPower;
  /** Unbound without. */
  readonly bounds?: TokenBounds;
};

/** Outcome of a revocation or of the disabling of a user. */
export type Ending = 'done' | 'not_found' | 'last_admin';

/** An admin token counts as one that is left only when it works for at least so long, in milliseconds: a day. */
export const ADMIN_TOKEN_LEAST_MS = 86_400_000;
/** The maker of a token that comes from the environment. Requesters have a slash in their names, so that none is equal. */
export const BY_ENVIRONMENT = 'PLIMSOLL_ADMIN_TOKEN';
/** Every power there is: somebody must have it, or power over users could never be granted again. */
export const ADMIN = { scopes: ['admin'], users: 'trade' } as const satisfies Pick<
  NewToken,
  'scopes' | 'users'
>;
/** The label of the token that a first start makes. */
export const FIRST_START_LABEL = 'first start';
/** Any fixed number serves; only changes of who is admin use it. */
const ADMIN_LOCK = '7206914331775841';

export async function insertToken(client: pg.ClientBase, token: NewToken, text: string): Promise<string> {
  const { bounds = UNBOUND } = token;
  const tokenId = `tok_${randomBytes(10).toString('hex')}`;
  await client.query(
    `INSERT INTO tokens (token_id, user_id, token_hash, label, scopes, expires_at, created_by, users, accounts,
       strategies)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      tokenId,
      token.userId,
      storedTokenHash(tokenHash(text)),
      token.label,
      token.scopes,
      token.expiresAt,
      token.createdBy,
      token.users ?? 'none',
      bounds.accounts,
      bounds.strategies,
    ],
  );
  return tokenId;
}

/** The tokens of one user, or of all, oldest first. */
export async function tokensOf(
  pool: Pick<pg.Pool, 'query'>,
  userId: UserId | null,
): Promise<readonly TokenRecord[]> {
  const { rows } = await pool.query<{
    token_id: string;
    user_id: string;
    label: string;
    scopes: Scope[];
    users: UsersPower;
    accounts: string[] | null;
    strategies: string[] | null;
    created_at: Date;
    created_by: string | null;
    expires_at: Date | null;
    revoked_at: Date | null;
    revoked_by: string | null;
  }>(
    `SELECT token_id, user_id, label, scopes, users, accounts, strategies, created_at, created_by, expires_at, revoked_at,
       revoked_by FROM tokens
     WHERE $1::text IS NULL OR user_id = $1 ORDER BY created_at, token_id`,
    [userId],
  );
  return rows.map((row) => ({
    tokenId: row.token_id,
    userId: row.user_id,
    label: row.label,
    scopes: row.scopes,
    users: row.users,
    bounds: { accounts: row.accounts, strategies: row.strategies },
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  }));
}

/** Within a transaction. A null user stands for any. A token that was revoked before stays as it is. */
export async function revokeToken(
  client: pg.ClientBase,
  { userId, tokenId, by, at }: { userId: UserId | null; tokenId: string; by: string; at: number },
): Promise<Ending> {
  await lockAdmins(client);
  const { rows } = await client.query<{ token_id: string }>(
    'SELECT token_id FROM tokens WHERE token_id = $1 AND ($2::text IS NULL OR user_id = $2)',
    [tokenId, userId],
  );
  if (rows.length === 0) return 'not_found';
  const ended = (token: AdminToken): boolean => token.token_id === tokenId;
  if (await endsLastAdmin(client, ended, at)) return 'last_admin';
  await client.query(
    'UPDATE tokens SET revoked_at = now(), revoked_by = $2 WHERE token_id = $1 AND revoked_at IS NULL',
    [tokenId, by],
  );
  return 'done';
}

/** Within a transaction. A user that was disabled before stays so. */
export async function disableUser(
  client: pg.ClientBase,
  { userId, by, at }: { userId: UserId; by: string; at: number },
): Promise<Ending> {
  await lockAdmins(client);
  const { rows } = await client.query('SELECT 1 FROM users WHERE user_id = $1', [userId]);
  if (rows.length === 0) return 'not_found';
  const ended = (token: AdminToken): boolean => token.user_id === userId;
  if (await endsLastAdmin(client, ended, at)) return 'last_admin';
  await client.query(
    'UPDATE users SET disabled_at = now(), disabled_by = $2 WHERE user_id = $1 AND disabled_at IS NULL',
    [userId, by],
  );
  return 'done';
}

/** Outcome of a start for the token of the environment. */
export type EnvironmentToken =
  /** It works already. */
  | { readonly kind: 'works' }
  /** It is new: it works from now on, and the former ones of the environment do not. */
  | {
      readonly kind: 'changed';
      readonly tokenId: string;
      readonly formerIds: readonly string[];
      /** Tokens of a first start by a release that did not note their origin: one may be the former one. They go on working. */
      readonly uncertainIds: readonly string[];
      /** The first user had been disabled, and is enabled again; the tokens that it had are revoked. */
      readonly enabledUser: boolean;
    }
  /** It is one that does not work, for this reason, and stays so. */
  | { readonly kind: 'unusable'; readonly tokenId: string; readonly reason: string };

/**
 * Why a token does not work any more; null for one that works. `unknown`: this database never had it, so that it may work on
 * another one. `at` is the wall clock in milliseconds.
 */
export async function endOfToken(client: pg.ClientBase, text: string, at: number): Promise<string | null> {
  const { rows } = await client.query<{
    expires_at: Date | null;
    revoked_at: Date | null;
    disabled_at: Date | null;
  }>(
    `SELECT expires_at, revoked_at, disabled_at FROM tokens JOIN users USING (user_id) WHERE token_hash = $1`,
    [storedTokenHash(tokenHash(text))],
  );
  const found = rows[0];
  return found === undefined ? 'unknown' : endOf(found, at);
}

function endOf(
  found: {
    readonly expires_at: Date | null;
    readonly revoked_at: Date | null;
    readonly disabled_at: Date | null;
  },
  at: number,
): string | null {
  if (found.revoked_at !== null) return `it was revoked at ${found.revoked_at.toISOString()}`;
  if (found.disabled_at !== null) return `its user was disabled at ${found.disabled_at.toISOString()}`;
  if (found.expires_at !== null && found.expires_at.getTime() <= at)
    return `it expired at ${found.expires_at.toISOString()}`;
  return null;
}

/** Within a transaction, on a database with users: makes the environment's token an admin token of the first user. */
export async function alignEnvironmentToken(
  client: pg.ClientBase,
  text: string,
  at: number,
): Promise<EnvironmentToken> {
  await lockAdmins(client);
  const { rows } = await client.query<{
    token_id: string;
    scopes: Scope[];
    users: UsersPower;
    expires_at: Date | null;
    revoked_at: Date | null;
    disabled_at: Date | null;
  }>(
    `SELECT token_id, scopes, tokens.users, expires_at, revoked_at, disabled_at FROM tokens JOIN users USING (user_id)
     WHERE token_hash = $1`,
    [storedTokenHash(tokenHash(text))],
  );
  const found = rows[0];
  if (found !== undefined) {
    const hasPower = found.scopes.includes('admin') && found.users === 'trade';
    const reason = endOf(found, at) ?? (hasPower ? null : 'it is a token that somebody made with less power');
    return reason === null ? { kind: 'works' } : { kind: 'unusable', tokenId: found.token_id, reason };
  }
  const { userId, wasDisabled } = await enabledUser(client, null, BY_ENVIRONMENT);
  const former = await client.query<{ token_id: string }>(
    `UPDATE tokens SET revoked_at = now(), revoked_by = $1 WHERE created_by = $1 AND revoked_at IS NULL
     RETURNING token_id`,
    [BY_ENVIRONMENT],
  );
  const uncertain = await client.query<{ token_id: string }>(
    'SELECT token_id FROM tokens WHERE label = $1 AND created_by IS NULL AND revoked_at IS NULL',
    [FIRST_START_LABEL],
  );
  const tokenId = await insertToken(
    client,
    { userId, label: 'environment', ...ADMIN, expiresAt: null, createdBy: BY_ENVIRONMENT },
    text,
  );
  return {
    kind: 'changed',
    tokenId,
    formerIds: former.rows.map((row) => row.token_id),
    uncertainIds: uncertain.rows.map((row) => row.token_id),
    enabledUser: wasDisabled,
  };
}

export interface LocalToken {
  readonly tokenId: string;
  readonly token: string;
  readonly userName: string;
  /** The user had been disabled, and is enabled again; the tokens that it had are revoked. */
  readonly enabledUser: boolean;
}

/**
 * Within a transaction: an admin token for the named user, or for the first one. A person with the database has this power
 * anyway. Null where there is no such user.
 */
export async function issueLocalToken(
  client: pg.ClientBase,
  wish: { readonly userName: string | null; readonly label: string; readonly by: string },
): Promise<LocalToken | null> {
  await lockAdmins(client);
  const { rows } = await client.query<{ user_id: string; name: string }>(
    'SELECT user_id, name FROM users WHERE $1::text IS NULL OR name = $1 ORDER BY created_at, user_id LIMIT 1',
    [wish.userName],
  );
  const user = rows[0];
  if (user === undefined) return null;
  const { userId, wasDisabled } = await enabledUser(client, user.user_id, wish.by);
  const token = newToken();
  const tokenId = await insertToken(
    client,
    { userId, label: wish.label, ...ADMIN, expiresAt: null, createdBy: wish.by },
    token,
  );
  return { tokenId, token, userName: user.name, enabledUser: wasDisabled };
}

/** Until when somebody is admin: null without an end, a time in the past where nobody is. */
export async function adminAccess(pool: pg.ClientBase | pg.Pool, at: number): Promise<Date | null> {
  let until = new Date(0);
  for (const { expires_at: expiresAt } of await adminTokens(pool, at)) {
    if (expiresAt === null) return null;
    if (expiresAt > until) until = expiresAt;
  }
  return until;
}

interface AdminToken {
  readonly token_id: string;
  readonly user_id: string;
  readonly expires_at: Date | null;
}

/** The admin tokens that work at a moment, in milliseconds. */
async function adminTokens(client: pg.ClientBase | pg.Pool, at: number): Promise<readonly AdminToken[]> {
  const { rows } = await client.query<AdminToken>(
    `SELECT token_id, user_id, expires_at FROM tokens JOIN users USING (user_id)
     WHERE scopes @> $1::text[] AND users = $3 AND revoked_at IS NULL AND disabled_at IS NULL
       AND (expires_at IS NULL OR expires_at > $2)`,
    [ADMIN.scopes, new Date(at), ADMIN.users],
  );
  return rows;
}

/** Whether an admin token ends, and none that lasts is left. */
async function endsLastAdmin(
  client: pg.ClientBase,
  ended: (token: AdminToken) => boolean,
  at: number,
): Promise<boolean> {
  const tokens = await adminTokens(client, at);
  const lasts = ({ expires_at: expiresAt }: AdminToken): boolean =>
    expiresAt === null || expiresAt.getTime() >= at + ADMIN_TOKEN_LEAST_MS;
  return tokens.some(ended) && !tokens.some((token) => !ended(token) && lasts(token));
}

/** Held until the transaction ends: two nodes that each end the other's admin come one after the other. */
async function lockAdmins(client: pg.ClientBase): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${ADMIN_LOCK})`);
}

/** The user, or the first of all. One that was disabled is enabled again; the tokens that it had stay dead. */
async function enabledUser(
  client: pg.ClientBase,
  given: UserId | null,
  by: string,
): Promise<{ readonly userId: UserId; readonly wasDisabled: boolean }> {
  const { rows } = await client.query<{ user_id: string; disabled_at: Date | null }>(
    `SELECT user_id, disabled_at FROM users WHERE $1::text IS NULL OR user_id = $1
     ORDER BY created_at, user_id LIMIT 1`,
    [given],
  );
  const user = rows[0];
  if (user === undefined) throw new RangeError('there is no user');
  const { user_id: userId, disabled_at: disabledAt } = user;
  if (disabledAt !== null) {
    await client.query(
      'UPDATE tokens SET revoked_at = now(), revoked_by = $2 WHERE user_id = $1 AND revoked_at IS NULL',
      [userId, by],
    );
    await client.query('UPDATE users SET disabled_at = NULL, disabled_by = NULL WHERE user_id = $1', [
      userId,
    ]);
  }
  return { userId, wasDisabled: disabledAt !== null };
}
