/**
 * Changes of a paper account that only its simulator can make: a new beginning, deposits and withdrawals; and its name there.
 *
 * Entry point: `PaperAccounts`.
 *
 * Invariant: a reset is in the directory, with the keys of the account's new life, before the simulator is asked for it. A
 * process that ends in between registers the account under these keys at its next start.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccountId, Venue } from '../core/ids.ts';
import type { AccountRecord, StoredCredentials } from '../directory/accounts.ts';
import type { Directory } from '../directory/directory.ts';
import type { PaperMove, PaperMoveOutcome } from '../http/context.ts';
import { WALLET_VIEWS } from '../http/views/balance.ts';
import { simulatorNow, type OpenSimulator } from './connecting.ts';

/** How long the simulator may take to answer, in milliseconds. */
const ANSWER_WITHIN_MS = 5_000;
/** As above, where an answer can do without. */
const NAMES_WITHIN_MS = 1_000;

export interface PaperAccountsOptions {
  readonly directory: Pick<Directory, 'credentials' | 'resetPaperAccount'>;
  /** Rejects where no simulator can be had. */
  readonly simulator: () => Promise<OpenSimulator>;
  readonly needsPassphrase: (account: AccountRecord) => boolean;
}

const accountRows = z.array(z.object({ account_id: z.string(), key: z.string() }));
const made = z.object({
  record_id: z.union([z.string(), z.number()]).transform(String).nullable(),
  wallet: z.enum(WALLET_VIEWS),
});
const refused = z.object({ error: z.string(), field: z.string().nullable() });

export class PaperAccounts {
  readonly #options: PaperAccountsOptions;

  constructor(options: PaperAccountsOptions) {
    this.#options = options;
  }

  /** Gives the account a new life in the directory; it begins once the account is taken over from there. */
  async reset(account: AccountRecord): Promise<void> {
    const { directory, needsPassphrase } = this.#options;
    const secret = (): string => randomBytes(32).toString('hex');
    const keys: StoredCredentials = {
      apiKey: secret(),
      secret: secret(),
      passphrase: needsPassphrase(account) ? secret().slice(0, 16) : null,
    };
    await directory.resetPaperAccount(account.portfolioId, account.accountId, keys);
  }

  /**
   * The names of the accounts at their simulator, which its control API takes as `account`; a reset gives an account another one.
   * An account is left out that the simulator does not have, or does not say that it has within `NAMES_WITHIN_MS`.
   */
  async names(accounts: readonly AccountRecord[]): Promise<ReadonlyMap<AccountId, string>> {
    const names = new Map<AccountId, string>();
    const late = AbortSignal.timeout(NAMES_WITHIN_MS);
    try {
      const simulator = await simulatorNow(await this.#options.simulator());
      for (const exchange of new Set(accounts.map((account) => account.exchange))) {
        const rows = await rowsOf(simulator, exchange, late);
        for (const account of accounts) {
          if (account.exchange !== exchange) continue;
          const key = await this.#keyOf(account, simulator);
          const found = rows.find((row) => row.key === key);
          if (found !== undefined) names.set(account.accountId, found.account_id);
        }
      }
    } catch {
      // A simulator that does not answer names none: no answer waits for it.
    }
    return names;
  }

  /** Moves assets into the account, or out of it where the amount is negative. Rejects where the simulator does not answer. */
  async move(
    account: AccountRecord,
    { wallet, asset, amount, key: moveKey }: PaperMove,
  ): Promise<PaperMoveOutcome> {
    const simulator = await simulatorNow(await this.#options.simulator());
    const key = await this.#keyOf(account, simulator);
    const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const found = (await rowsOf(simulator, account.exchange, late)).find((row) => row.key === key);
    if (found === undefined)
      return { kind: 'refused', field: 'amount', reason: 'the simulator has no such account' };
    const word = amount.isNegative() ? 'withdrawals' : 'deposits';
    const response = await ask(`${controlOf(simulator, account.exchange)}/${word}`, late, {
      account: found.account_id,
      wallet,
      asset,
      amount: amount.abs().toString(),
      ...(moveKey === null ? {} : { key: moveKey }),
    });
    if (response.status === 400) {
      const { error: reason, field } = refused.parse(await response.json());
      return { kind: 'refused', reason, field: field === 'wallet' || field === 'asset' ? field : 'amount' };
    }
    if (response.status === 409) return { kind: 'key_of_another' };
    const { record_id: recordId, wallet: booked } = made.parse(await answerOf(response));
    return { kind: 'moved', recordId, wallet: booked, isRepeat: response.status === 200 };
  }

  async #keyOf(
    { portfolioId, accountId, exchange }: AccountRecord,
    { health }: OpenSimulator,
  ): Promise<string | undefined> {
    const stored = await this.#options.directory.credentials(portfolioId, accountId);
    return stored?.apiKey ?? health.venues[exchange]?.key;
  }
}

function controlOf({ controlUrl }: OpenSimulator, exchange: Venue): string {
  return `${controlUrl}/control/${exchange}`;
}

async function rowsOf(
  simulator: OpenSimulator,
  exchange: Venue,
  late: AbortSignal,
): Promise<z.output<typeof accountRows>> {
  return accountRows.parse(await answerOf(await ask(`${controlOf(simulator, exchange)}/accounts`, late)));
}

function ask(url: string, signal: AbortSignal, body?: object): Promise<Response> {
  return fetch(url, {
    signal,
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the simulator answers ${response.status}`);
  return response.json();
}
