/**
 * Users, their tokens and portfolios, and the exchange accounts of those portfolios, as PostgreSQL keeps them.
 *
 * Entry points: `openDirectory`, `Directory`. `callers.ts` authenticates tokens, `accounts.ts` has the rows of accounts and
 * their sealed credentials.
 *
 * Invariants:
 *  1. A token is kept as its hash, credentials only sealed; neither leaves by any other call than `credentials`.
 *  2. An account's id is never used again, also when the account is removed.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import {
  accountId,
  portfolioId,
  type AccountId,
  type AccountMode,
  type PortfolioId,
  type Venue,
} from '../core/ids.ts';
import {
  ACCOUNT_COLUMNS,
  type AccountRecord,
  type AccountRow,
  insertAccount,
  type NewAccount,
  sealCredentials,
  type StoredCredentials,
  toAccount,
  unsealCredentials,
} from './accounts.ts';
import { type Caller, Callers, type UserId } from './callers.ts';
import { newToken } from './token.ts';
import {
  ADMIN,
  adminAccess,
  alignEnvironmentToken,
  BY_ENVIRONMENT,
  disableUser,
  endOfToken,
  type Ending,
  type EnvironmentToken,
  FIRST_START_LABEL,
  insertToken,
  type NewToken,
  revokeToken,
  type TokenRecord,
  tokensOf,
} from './tokens.ts';

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

const MAX_CONNECTIONS = 3;
/** Any fixed number serves; only the first start uses it. */
const FIRST_START_LOCK = '7206914331775840';

export class Directory {
  readonly #pool: pg.Pool;
  readonly #masterKey: Buffer;
  readonly #callers: Callers;
  readonly #now: () => number;

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
    // An idle connection that ends is replaced at the next query, which reports the error.
    this.#pool.on('error', () => undefined);
    this.#masterKey = options.masterKey;
    this.#now = options.now ?? Date.now;
    this.#callers = new Callers(this.#pool, this.#now);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** The caller of a token; null for one that is unknown, expired or revoked. Rejects while the database is unavailable. */
  authenticate(token: string): Promise<Caller | null> {
    return this.#callers.authenticate(token);
  }

  /**
   * On a database without users: makes user `admin` with portfolio `main`, the accounts that `accounts` describes and
   * an admin token (`token`, or a generated one, which is returned). Null when there is a user already. `isGenerated` says of a
   * given token that the service made it and no person.
   */
  async firstStart(
    token: string | null,
    accounts: readonly Omit<NewAccount, 'portfolioId'>[],
    isGenerated = token === null,
  ): Promise<{ readonly token: string; readonly portfolioId: PortfolioId } | null> {
    return this.#transaction(async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(${FIRST_START_LOCK})`);
      const users = await client.query('SELECT 1 FROM users LIMIT 1');
      if (users.rows.length > 0) return null;
      const made = await insertUser(client, 'admin');
      for (const account of accounts)
        await insertAccount(client, this.#masterKey, { ...account, portfolioId: made.portfolioId });
      const text = token ?? newToken();
      await insertToken(
        client,
        {
          userId: made.userId,
          label: FIRST_START_LABEL,
          ...ADMIN,
          expiresAt: null,
          createdBy: isGenerated ? FIRST_START_LABEL : BY_ENVIRONMENT,
        },
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

  /** No token of the user works any more, on request of `by`, unless nobody would be admin then. */
  async disableUser(userId: UserId, by: string): Promise<Ending> {
    const ending = await this.#transaction((client) => disableUser(client, { userId, by, at: this.#now() }));
    this.#callers.forget();
    return ending;
  }

  /** The tokens of one user, or of all. */
  tokens(userId: UserId | null): Promise<readonly TokenRecord[]> {
    return tokensOf(this.#pool, userId);
  }

  /** Until when somebody is admin: null without an end, a time in the past where nobody is. */
  adminAccess(): Promise<Date | null> {
    return adminAccess(this.#pool, this.#now());
  }

  /** Makes the environment's admin token work, on a database with users. */
  alignEnvironmentToken(token: string): Promise<EnvironmentToken> {
    return this.#transaction((client) => alignEnvironmentToken(client, token, this.#now()));
  }

  /** Why a token does not work any more; null for one that works, `unknown` for one that this database never had. */
  endOfToken(text: string): Promise<string | null> {
    return this.#transaction((client) => endOfToken(client, text, this.#now()));
  }

  /** The token's text is in this answer and nowhere else. */
  async addToken(token: NewToken): Promise<{ readonly tokenId: string; readonly token: string }> {
    const text = newToken();
    const tokenId = await this.#transaction((client) => insertToken(client, token, text));
    return { tokenId, token: text };
  }

  /** On request of `by`, unless nobody would be admin then. A null user stands for any. */
  async revokeToken(userId: UserId | null, tokenId: string, by: string): Promise<Ending> {
    const ending = await this.#transaction((client) =>
      revokeToken(client, { userId, tokenId, by, at: this.#now() }),
    );
    this.#callers.forget();
    return ending;
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

  /** The ids of the accounts of a portfolio that were removed, oldest first: none of them is given again. */
  async removedAccounts(of: PortfolioId): Promise<readonly AccountId[]> {
    const { rows } = await this.#pool.query<{ account_id: string }>(
      `SELECT account_id FROM accounts WHERE portfolio_id = $1 AND removed_at IS NOT NULL
       ORDER BY created_at, account_id`,
      [of],
    );
    return rows.map((row) => accountId(row.account_id));
  }

  /** When the last account of this exchange and mode was removed; null where none was. */
  async removedAt(of: PortfolioId, exchange: Venue, mode: AccountMode): Promise<Date | null> {
    const { rows } = await this.#pool.query<{ removed_at: Date | null }>(
      'SELECT max(removed_at) AS removed_at FROM accounts WHERE portfolio_id = $1 AND exchange = $2 AND mode = $3',
      [of, exchange, mode],
    );
    return rows[0]?.removed_at ?? null;
  }

  /** The first account of its exchange becomes the default; later ones never change that. */
  async addAccount(account: NewAccount): Promise<AccountRecord> {
    return this.#transaction((client) => insertAccount(client, this.#masterKey, account));
  }

  /** Null when there is no such account. The default account changes only with `makeDefault`. */
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
          change.credentials === undefined
            ? null
            : sealCredentials(this.#masterKey, of, account, change.credentials),
        ],
      );
      return rows[0] === undefined ? null : toAccount(rows[0]);
    });
  }

  /** Gives a paper account keys of its own, under which it begins anew. False when there is no such paper account. */
  async resetPaperAccount(
    of: PortfolioId,
    account: AccountId,
    credentials: StoredCredentials,
  ): Promise<boolean> {
    const result = await this.#pool.query(
      `UPDATE accounts SET paper_resets = paper_resets + 1, sealed_credentials = $3
       WHERE portfolio_id = $1 AND account_id = $2 AND mode = 'paper' AND removed_at IS NULL`,
      [of, account, sealCredentials(this.#masterKey, of, account, credentials)],
    );
    return result.rowCount === 1;
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
    return unsealCredentials(this.#masterKey, of, account, sealed);
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
      // The connection is closed: that ends the transaction, whatever state it is in.
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

function newId(kind: string): string {
  return `${kind}_${randomBytes(10).toString('hex')}`;
}
