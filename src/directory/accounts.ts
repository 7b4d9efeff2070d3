/**
 * The rows of exchange accounts, and the sealing of their credentials.
 *
 * Entry points: `insertAccount`, `toAccount`, `sealCredentials`, `unsealCredentials`, `opensEveryAccount`.
 *
 * Invariants:
 *  1. Credentials are sealed to their portfolio and account: under another owner they do not open.
 *  2. An id is free only when no account of the portfolio ever had it, removed ones included.
 */
import type pg from 'pg';
import {
  accountId,
  portfolioId,
  type AccountId,
  type AccountMode,
  type PortfolioId,
  type Venue,
} from '../core/ids.ts';
import { seal, SealBroken, unseal } from './sealing.ts';

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
  /** How often a paper account was reset; 0 for any other. */
  readonly paperResets: number;
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

/** A row of `ACCOUNT_COLUMNS`. */
export interface AccountRow {
  readonly portfolio_id: string;
  readonly account_id: string;
  readonly exchange: Venue;
  readonly mode: AccountMode;
  readonly label: string;
  readonly is_default: boolean;
  readonly has_credentials: boolean;
  readonly created_at: Date;
  readonly paper_resets: number;
}

export const ACCOUNT_COLUMNS = `portfolio_id, account_id, exchange, mode, label, is_default,
  sealed_credentials IS NOT NULL AS has_credentials, created_at, paper_resets`;

/** Adds an account under a free id. The first of its exchange becomes the default. */
export async function insertAccount(
  client: pg.PoolClient,
  masterKey: Buffer,
  account: NewAccount,
): Promise<AccountRecord> {
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
      account.credentials === null
        ? null
        : sealCredentials(masterKey, account.portfolioId, id, account.credentials),
    ],
  );
  const row = rows[0];
  if (row === undefined) throw new RangeError('an insert returned no row');
  return toAccount(row);
}

export function sealCredentials(
  masterKey: Buffer,
  of: PortfolioId,
  account: AccountId,
  credentials: StoredCredentials,
): Buffer {
  const { apiKey, secret, passphrase } = credentials;
  return seal(masterKey, sealOwner(of, account), JSON.stringify({ apiKey, secret, passphrase }));
}

/** Throws `SealBroken` under another master key or for another account. */
export function unsealCredentials(
  masterKey: Buffer,
  of: PortfolioId,
  account: AccountId,
  sealed: Buffer,
): StoredCredentials {
  return JSON.parse(unseal(masterKey, sealOwner(of, account), sealed)) as StoredCredentials;
}

/** Whether a master key opens the credentials of every account that was not removed; true where there are none. */
export async function opensEveryAccount(client: pg.ClientBase, masterKey: Buffer): Promise<boolean> {
  const { rows } = await client.query<{ portfolio_id: string; account_id: string; sealed: Buffer }>(
    `SELECT portfolio_id, account_id, sealed_credentials AS sealed FROM accounts
      WHERE sealed_credentials IS NOT NULL AND removed_at IS NULL`,
  );
  try {
    for (const { portfolio_id: of, account_id: account, sealed } of rows)
      unseal(masterKey, sealOwner(portfolioId(of), accountId(account)), sealed);
    return true;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
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

export function toAccount(row: AccountRow): AccountRecord {
  return {
    portfolioId: portfolioId(row.portfolio_id),
    accountId: accountId(row.account_id),
    exchange: row.exchange,
    mode: row.mode,
    label: row.label,
    isDefault: row.is_default,
    hasCredentials: row.has_credentials,
    createdAt: row.created_at,
    paperResets: row.paper_resets,
  };
}
