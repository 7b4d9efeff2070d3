/**
 * Who may come in, and which portfolios and exchange accounts are theirs.
 *
 * Entry points: `openDirectory`, `Directory`.
 *
 * Invariants:
 *  1. A token is kept as its hash, credentials only sealed; neither leaves by any other call than `credentials`.
 *  2. A revoked or expired token stops working here at once, on other nodes within `TOKEN_CACHE_MS`.
 *  3. With the database away, a token that was seen lately goes on working, so that cancels and the kill switch do.
 *  4. An account's id is never used again, also when the account is removed.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import pg from 'pg';
import {
  accountId,
  portfolioId,
  type AccountId,
  type AccountMode,
  type PortfolioId,
  type Venue,
} from '../core/ids.ts';
import { seal, unseal } from './sealing.ts';
import { newToken, storedTokenHash, tokenHash, type Scope } from './token.ts';

export type UserId = string;

/** Who a request comes from. */
export interface Caller {
  readonly userId: UserId;
  readonly userName: string;
  readonly tokenId: string;
  readonly tokenLabel: string;
  readonly scopes: readonly Scope[];
  /** The caller's own portfolio. */
  readonly portfolioId: PortfolioId;
}

export interface UserRecord {
  readonly userId: UserId;
  readonly name: string;
  readonly createdAt: Date;
  readonly disabled: boolean;
}

export interface PortfolioRecord {
  readonly portfolioId: PortfolioId;
  readonly userId: UserId;
  readonly name: string;
}

export interface TokenRecord {
  readonly tokenId: string;
  readonly userId: UserId;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface AccountRecord {
  readonly portfolioId: PortfolioId;
  readonly accountId: AccountId;
  readonly exchange: Venue;
  readonly mode: AccountMode;
  readonly label: string;
  readonly isDefault: boolean;
  /** False for a paper account that uses the simulator's ready-made keys. */
  readonly hasCredentials: boolean;
  readonly createdAt: Date;
}

/** The keys of one account, as the user gave them. */
export interface StoredCredentials {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string | null;
}

export interface NewAccount {
  readonly portfolioId: PortfolioId;
  readonly exchange: Venue;
  readonly mode: AccountMode;
  readonly label: string;
  readonly credentials: StoredCredentials | null;
}

/** A name or a label that is taken. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

export interface DirectoryOptions {
  readonly connection: pg.ClientConfig;
  readonly masterKey: Buffer;
  /** Wall clock, milliseconds. */
  readonly now?: () => number;
}

const TOKEN_CACHE_MS = 2_000;
/** For how long a token seen before goes on working while the database does not answer. */
const TOKEN_CACHE_OUTAGE_MS = 15 * 60_000;
/** How long a caller who is known waits to be read again. */
const FRESH_WITHIN_MS = 300;
const TOKEN_CACHE_ENTRIES = 10_000;
const MAX_CONNECTIONS = 3;
/** Any fixed number serves; only the first start uses it. */
const FIRST_START_LOCK = '7206914331775840';

interface CachedCaller {
  readonly caller: Caller;
  readonly expiresAt: number | null;
  readonly readAt: number;
}

interface CallerRow {
  readonly token_id: string;
  readonly token_hash: Buffer;
  readonly label: string;
  readonly scopes: Scope[];
  readonly expires_at: Date | null;
  readonly user_id: string;
  readonly name: string;
  readonly portfolio_id: string;
}

interface AccountRow {
  readonly portfolio_id: string;
  readonly account_id: string;
  readonly exchange: Venue;
  readonly mode: AccountMode;
  readonly label: string;
  readonly is_default: boolean;
  readonly has_credentials: boolean;
  readonly created_at: Date;
}

const ACCOUNT_COLUMNS = `portfolio_id, account_id, exchange, mode, label, is_default,
  sealed_credentials IS NOT NULL AS has_credentials, created_at`;

export class Directory {
  readonly #pool: pg.Pool;
  readonly #masterKey: Buffer;
  readonly #now: () => number;
  /** By the token's hash, as are the readings. */
  readonly #callers = new Map<string, CachedCaller>();
  #revocations = 0;
  readonly #readings = new Map<string, Promise<Caller | null>>();

  constructor(options: DirectoryOptions) {
    this.#pool = new pg.Pool({
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      query_timeout: 10_000,
      keepAlive: true,
      ...options.connection,
      max: MAX_CONNECTIONS,
      allowExitOnIdle: true,
    });
    // An idle connection that ends is replaced at the next question, which reports what is wrong.
    this.#pool.on('error', () => undefined);
    this.#masterKey = options.masterKey;
    this.#now = options.now ?? Date.now;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** The caller of a token; null for one that is unknown, expired or revoked. Rejects while the database is away. */
  async authenticate(token: string): Promise<Caller | null> {
    const key = tokenHash(token);
    const cached = this.#callers.get(key);
    const at = this.#now();
    if (cached !== undefined && at - cached.readAt < TOKEN_CACHE_MS) return living(cached, at);
    const isLately = cached !== undefined && at - cached.readAt < TOKEN_CACHE_OUTAGE_MS;
    // One question at a time for each token, however many requests ask.
    const fresh =
      this.#readings.get(key) ??
      this.#readAgain(key, at).finally(() => {
        this.#readings.delete(key);
      });
    this.#readings.set(key, fresh);
    if (!isLately) return fresh;
    // A cancel must not wait for a database that hangs.
    const known = living(cached, at);
    const late = Promise.withResolvers<Caller | null>();
    const timer = setTimeout(() => late.resolve(known), FRESH_WITHIN_MS);
    try {
      return await Promise.race([fresh, late.promise]);
    } catch {
      return known;
    } finally {
      clearTimeout(timer);
    }
  }

  async #readAgain(key: string, at: number): Promise<Caller | null> {
    const revocations = this.#revocations;
    const read = await this.#readCaller(storedTokenHash(key));
    // What was read before a revocation may be just what was revoked.
    if (revocations !== this.#revocations) return this.#readAgain(key, at);
    this.#callers.delete(key);
    if (read === null) return null;
    if (this.#callers.size >= TOKEN_CACHE_ENTRIES) {
      const oldest = this.#callers.keys().next();
      if (oldest.done === false) this.#callers.delete(oldest.value);
    }
    this.#callers.set(key, { ...read, readAt: at });
    return living(read, at);
  }

  #forgetCallers(): void {
    this.#revocations += 1;
    this.#callers.clear();
    this.#readings.clear();
  }

  async #readCaller(hash: Buffer): Promise<Omit<CachedCaller, 'readAt'> | null> {
    const { rows } = await this.#pool.query<CallerRow>({
      name: 'caller_of_token',
      text: `SELECT t.token_id, t.token_hash, t.label, t.scopes, t.expires_at, u.user_id, u.name, p.portfolio_id
             FROM tokens t JOIN users u USING (user_id) JOIN portfolios p ON p.owner_user_id = u.user_id
             WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND u.disabled_at IS NULL
             ORDER BY p.created_at, p.portfolio_id LIMIT 1`,
      values: [hash],
    });
    const row = rows[0];
    if (row === undefined || !timingSafeEqual(row.token_hash, hash)) return null;
    return {
      expiresAt: row.expires_at === null ? null : row.expires_at.getTime(),
      caller: {
        userId: row.user_id,
        userName: row.name,
        tokenId: row.token_id,
        tokenLabel: row.label,
        scopes: row.scopes,
        portfolioId: portfolioId(row.portfolio_id),
      },
    };
  }

  /**
   * On a database without users: makes user `admin` with portfolio `main`, the accounts that `accounts` describes and
   * an admin token (`token`, or a generated one, which is returned). Null when there is a user already.
   */
  async firstStart(
    token: string | null,
    accounts: readonly Omit<NewAccount, 'portfolioId'>[],
  ): Promise<{ readonly token: string; readonly portfolioId: PortfolioId } | null> {
    return this.#transaction(async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(${FIRST_START_LOCK})`);
      const users = await client.query('SELECT 1 FROM users LIMIT 1');
      if (users.rows.length > 0) return null;
      const made = await insertUser(client, 'admin');
      for (const account of accounts)
        await this.#insertAccount(client, { ...account, portfolioId: made.portfolioId });
      const text = token ?? newToken();
      await insertToken(
        client,
        { userId: made.userId, label: 'first start', scopes: ['admin'], expiresAt: null },
        text,
      );
      return { token: text, portfolioId: made.portfolioId };
    });
  }

  async users(): Promise<readonly UserRecord[]> {
    const { rows } = await this.#pool.query<{
      user_id: string;
      name: string;
      created_at: Date;
      disabled_at: Date | null;
    }>('SELECT user_id, name, created_at, disabled_at FROM users ORDER BY created_at, user_id');
    return rows.map((row) => ({
      userId: row.user_id,
      name: row.name,
      createdAt: row.created_at,
      disabled: row.disabled_at !== null,
    }));
  }

  /** A user with a portfolio `main`. Throws `NameTaken`. */
  async addUser(name: string): Promise<{ readonly userId: UserId; readonly portfolioId: PortfolioId }> {
    return this.#transaction((client) => insertUser(client, name));
  }

  /** No token of the user works any more. False when there is no such user. */
  async disableUser(userId: UserId): Promise<boolean> {
    const result = await this.#pool.query(
      'UPDATE users SET disabled_at = coalesce(disabled_at, now()) WHERE user_id = $1',
      [userId],
    );
    this.#forgetCallers();
    return result.rowCount === 1;
  }

  /** The tokens of one user, or of all. */
  async tokens(userId: UserId | null): Promise<readonly TokenRecord[]> {
    const { rows } = await this.#pool.query<{
      token_id: string;
      user_id: string;
      label: string;
      scopes: Scope[];
      created_at: Date;
      expires_at: Date | null;
      revoked_at: Date | null;
    }>(
      `SELECT token_id, user_id, label, scopes, created_at, expires_at, revoked_at FROM tokens
       WHERE $1::text IS NULL OR user_id = $1 ORDER BY created_at, token_id`,
      [userId],
    );
    return rows.map((row) => ({
      tokenId: row.token_id,
      userId: row.user_id,
      label: row.label,
      scopes: row.scopes,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
    }));
  }

  /** The token's text is in this answer and nowhere else. */
  async addToken(
    token: Pick<TokenRecord, 'userId' | 'label' | 'scopes' | 'expiresAt'>,
  ): Promise<{ readonly tokenId: string; readonly token: string }> {
    const text = newToken();
    const tokenId = await this.#transaction((client) => insertToken(client, token, text));
    return { tokenId, token: text };
  }

  /** False when this user has no such token; a null user stands for any. */
  async revokeToken(userId: UserId | null, tokenId: string): Promise<boolean> {
    const result = await this.#pool.query(
      `UPDATE tokens SET revoked_at = coalesce(revoked_at, now())
       WHERE token_id = $1 AND ($2::text IS NULL OR user_id = $2)`,
      [tokenId, userId],
    );
    this.#forgetCallers();
    return result.rowCount === 1;
  }

  async portfolios(): Promise<readonly PortfolioRecord[]> {
    const { rows } = await this.#pool.query<{ portfolio_id: string; owner_user_id: string; name: string }>(
      'SELECT portfolio_id, owner_user_id, name FROM portfolios ORDER BY created_at, portfolio_id',
    );
    return rows.map((row) => ({
      portfolioId: portfolioId(row.portfolio_id),
      userId: row.owner_user_id,
      name: row.name,
    }));
  }

  /** Every account that is not removed, oldest first; of one portfolio or of all. */
  async accounts(of: PortfolioId | null): Promise<readonly AccountRecord[]> {
    const { rows } = await this.#pool.query<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM accounts
       WHERE removed_at IS NULL AND ($1::text IS NULL OR portfolio_id = $1)
       ORDER BY portfolio_id, created_at, account_id`,
      [of],
    );
    return rows.map(toAccount);
  }

  /** The first account of its exchange becomes the default; later ones never change that. */
  async addAccount(account: NewAccount): Promise<AccountRecord> {
    return this.#transaction((client) => this.#insertAccount(client, account));
  }

  /** Null when there is no such account. A default given up by nobody stays where it is. */
  async changeAccount(
    of: PortfolioId,
    account: AccountId,
    change: {
      readonly label?: string;
      readonly makeDefault?: boolean;
      readonly credentials?: StoredCredentials;
    },
  ): Promise<AccountRecord | null> {
    return this.#transaction(async (client) => {
      if (change.makeDefault === true) {
        await client.query(
          `UPDATE accounts SET is_default = false WHERE portfolio_id = $1 AND is_default
           AND exchange = (SELECT exchange FROM accounts WHERE portfolio_id = $1 AND account_id = $2 AND removed_at IS NULL)`,
          [of, account],
        );
      }
      const { rows } = await client.query<AccountRow>(
        `UPDATE accounts SET label = coalesce($3, label), is_default = is_default OR $4,
           sealed_credentials = coalesce($5, sealed_credentials)
         WHERE portfolio_id = $1 AND account_id = $2 AND removed_at IS NULL RETURNING ${ACCOUNT_COLUMNS}`,
        [
          of,
          account,
          change.label ?? null,
          change.makeDefault === true,
          change.credentials === undefined ? null : this.#seal(of, account, change.credentials),
        ],
      );
      return rows[0] === undefined ? null : toAccount(rows[0]);
    });
  }

  /** Forgets the credentials; the id stays taken. False when there is no such account. */
  async removeAccount(of: PortfolioId, account: AccountId): Promise<boolean> {
    const result = await this.#pool.query(
      `UPDATE accounts SET removed_at = now(), is_default = false, sealed_credentials = NULL
       WHERE portfolio_id = $1 AND account_id = $2 AND removed_at IS NULL`,
      [of, account],
    );
    return result.rowCount === 1;
  }

  /** The keys of an account; null for one that has none. Throws `SealBroken` under another master key. */
  async credentials(of: PortfolioId, account: AccountId): Promise<StoredCredentials | null> {
    const { rows } = await this.#pool.query<{ sealed_credentials: Buffer | null }>(
      'SELECT sealed_credentials FROM accounts WHERE portfolio_id = $1 AND account_id = $2 AND removed_at IS NULL',
      [of, account],
    );
    const sealed = rows[0]?.sealed_credentials ?? null;
    if (sealed === null) return null;
    return JSON.parse(unseal(this.#masterKey, sealOwner(of, account), sealed)) as StoredCredentials;
  }

  #seal(of: PortfolioId, account: AccountId, credentials: StoredCredentials): Buffer {
    const { apiKey, secret, passphrase } = credentials;
    return seal(this.#masterKey, sealOwner(of, account), JSON.stringify({ apiKey, secret, passphrase }));
  }

  async #insertAccount(client: pg.PoolClient, account: NewAccount): Promise<AccountRecord> {
    // Accounts of one portfolio are added one after another, so that ids and defaults do not race.
    await client.query('SELECT 1 FROM portfolios WHERE portfolio_id = $1 FOR UPDATE', [account.portfolioId]);
    const taken = await client.query<{ account_id: string }>(
      'SELECT account_id FROM accounts WHERE portfolio_id = $1',
      [account.portfolioId],
    );
    const id = freeAccountId(account, new Set(taken.rows.map((row) => row.account_id)));
    const { rows } = await client.query<AccountRow>(
      `INSERT INTO accounts (portfolio_id, account_id, exchange, mode, label, is_default, sealed_credentials)
       SELECT $1, $2, $3, $4, $5, NOT EXISTS (
         SELECT 1 FROM accounts WHERE portfolio_id = $1 AND exchange = $3 AND is_default AND removed_at IS NULL), $6
       RETURNING ${ACCOUNT_COLUMNS}`,
      [
        account.portfolioId,
        id,
        account.exchange,
        account.mode,
        account.label,
        account.credentials === null ? null : this.#seal(account.portfolioId, id, account.credentials),
      ],
    );
    const row = rows[0];
    if (row === undefined) throw new RangeError('an insert returned no row');
    return toAccount(row);
  }

  async #transaction<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // The connection is thrown away: that ends the transaction, whatever state it is in.
      client.release(true);
      throw error instanceof pg.DatabaseError && error.code === '23505'
        ? new NameTaken('this name is taken', { cause: error })
        : error;
    }
  }
}

export function openDirectory(options: DirectoryOptions): Directory {
  return new Directory(options);
}

async function insertUser(
  client: pg.PoolClient,
  name: string,
): Promise<{ readonly userId: UserId; readonly portfolioId: PortfolioId }> {
  const userId = newId('usr');
  const portfolio = portfolioId(newId('pfl'));
  await client.query('INSERT INTO users (user_id, name) VALUES ($1, $2)', [userId, name]);
  await client.query('INSERT INTO portfolios (portfolio_id, owner_user_id, name) VALUES ($1, $2, $3)', [
    portfolio,
    userId,
    'main',
  ]);
  return { userId, portfolioId: portfolio };
}

async function insertToken(
  client: pg.PoolClient,
  token: Pick<TokenRecord, 'userId' | 'label' | 'scopes' | 'expiresAt'>,
  text: string,
): Promise<string> {
  const tokenId = newId('tok');
  await client.query(
    `INSERT INTO tokens (token_id, user_id, token_hash, label, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [tokenId, token.userId, storedTokenHash(tokenHash(text)), token.label, token.scopes, token.expiresAt],
  );
  return tokenId;
}

function living(entry: Pick<CachedCaller, 'caller' | 'expiresAt'>, at: number): Caller | null {
  return entry.expiresAt === null || at < entry.expiresAt ? entry.caller : null;
}

function newId(kind: string): string {
  return `${kind}_${randomBytes(10).toString('hex')}`;
}

function sealOwner(of: PortfolioId, account: AccountId): string {
  return `${of}/${account}`;
}

/** `binance-paper`, then `binance-paper-2` and on. */
function freeAccountId(
  account: Pick<NewAccount, 'exchange' | 'mode'>,
  taken: ReadonlySet<string>,
): AccountId {
  const stem = `${account.exchange}-${account.mode}`;
  let id = stem;
  for (let n = 2; taken.has(id); n += 1) id = `${stem}-${n}`;
  return accountId(id);
}

function toAccount(row: AccountRow): AccountRecord {
  return {
    portfolioId: portfolioId(row.portfolio_id),
    accountId: accountId(row.account_id),
    exchange: row.exchange,
    mode: row.mode,
    label: row.label,
    isDefault: row.is_default,
    hasCredentials: row.has_credentials,
    createdAt: row.created_at,
  };
}
