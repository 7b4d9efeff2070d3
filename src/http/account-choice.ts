/** Chooses the account of a request: the one it names, or the default of the exchange. Other users' accounts are not found. */
import type { AccountId, AccountMode, PortfolioId, Venue } from '../core/ids.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Directory } from '../directory/directory.ts';
import { isSupported } from '../venues/registry.ts';
import { Problem } from './problem.ts';

/** How old the list may be before it is read again; other nodes change it too. */
const MAX_AGE_MS = 5_000;

/** The accounts of all portfolios, kept in memory and read again behind the requests that use them. */
export class AccountBook {
  readonly #directory: Pick<Directory, 'accounts'>;
  readonly #now: () => number;
  #byPortfolio: ReadonlyMap<PortfolioId, readonly AccountRecord[]> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  constructor(directory: Pick<Directory, 'accounts'>, now: () => number) {
    this.#directory = directory;
    this.#now = now;
  }

  /** Reads the list now. Rejects while the database is unavailable. */
  async refresh(): Promise<void> {
    const accounts = await this.#directory.accounts(null);
    this.#byPortfolio = Map.groupBy(accounts, (account) => account.portfolioId);
    this.#readAt = this.#now();
  }

  of(portfolioId: PortfolioId): readonly AccountRecord[] {
    if (this.#now() - this.#readAt > MAX_AGE_MS && this.#reading === null) {
      this.#reading = this.refresh()
        // The last list stays in use: cancels must work without the database.
        .catch(() => undefined)
        .finally(() => {
          this.#reading = null;
        });
    }
    return this.#byPortfolio.get(portfolioId) ?? [];
  }
}

export interface AccountWish {
  readonly exchange: Venue;
  readonly account?: string | undefined;
  readonly mode?: AccountMode | undefined;
}

/** Throws a `Problem` where the caller has no such account, or its mode is not the one asserted. */
export function chooseAccount(accounts: readonly AccountRecord[], wish: AccountWish): AccountRecord {
  const there = accounts.filter((account) => account.exchange === wish.exchange);
  const chosen =
    wish.account === undefined
      ? (there.find((account) => account.isDefault) ?? there[0])
      : there.find((account) => account.accountId === wish.account);
  if (chosen === undefined) {
    refuseUnsupported(wish.exchange);
    throw new Problem(
      'account_not_found',
      wish.account === undefined
        ? `You have no account on ${wish.exchange}.`
        : `You have no account ${wish.account} on ${wish.exchange}.`,
    );
  }
  if (wish.mode !== undefined && wish.mode !== chosen.mode) {
    throw new Problem(
      'mode_mismatch',
      `mode: ${chosen.accountId} is a ${chosen.mode} account, not ${wish.mode}; nothing was done.`,
      { actual: chosen.mode, expected: wish.mode },
    );
  }
  return chosen;
}

/** Throws a `Problem` where there can be no account: the exchange is known, and this service has no gateway for it. */
function refuseUnsupported(exchange: Venue): void {
  if (!isSupported(exchange))
    throw new Problem('exchange_not_supported', `exchange: ${String(exchange)} is not supported yet.`);
}

/** Throws a `Problem` where there is none of that id. */
export function accountNamed(accounts: readonly AccountRecord[], id: string): AccountRecord {
  const found = accounts.find(({ accountId }) => accountId === id);
  if (found === undefined) throw new Problem('account_not_found', `You have no account ${id}.`);
  return found;
}

/** The accounts that a listing covers; all of the caller's where the request names none. */
export function chooseAccounts(
  accounts: readonly AccountRecord[],
  wish: { readonly exchange?: Venue | undefined; readonly account?: string | undefined },
): readonly AccountId[] {
  if (wish.exchange !== undefined) refuseUnsupported(wish.exchange);
  const chosen = accounts.filter(
    (account) =>
      (wish.exchange === undefined || account.exchange === wish.exchange) &&
      (wish.account === undefined || account.accountId === wish.account),
  );
  if (chosen.length === 0 && wish.account !== undefined) {
    throw new Problem('account_not_found', `You have no account ${wish.account}.`);
  }
  return chosen.map((account) => account.accountId);
}
