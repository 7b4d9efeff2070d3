/**
 * Changes of a paper account that only its simulator can make: a new beginning, deposits and withdrawals.
 *
 * Entry point: `PaperAccounts`.
 *
 * Invariant: a reset is in the directory, with the keys of the account's new life, before the simulator is asked for it. A
 * process that ends in between registers the account under these keys at its next start.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccountRecord, StoredCredentials } from '../directory/accounts.ts';
import type { Directory } from '../directory/directory.ts';
import type { PaperMove, PaperMoveOutcome } from '../http/context.ts';
import { simulatorNow, type OpenSimulator } from './connecting.ts';

/** How long the simulator may take to answer, in milliseconds. */
const ANSWER_WITHIN_MS = 5_000;

export interface PaperAccountsOptions {
  readonly directory: Pick<Directory, 'credentials' | 'resetPaperAccount'>;
  /** Rejects where no simulator can be had. */
  readonly simulator: () => Promise<OpenSimulator>;
  readonly needsPassphrase: (account: AccountRecord) => boolean;
}

const accountRows = z.array(z.object({ account_id: z.string(), key: z.string() }));
const made = z.object({ record_id: z.union([z.string(), z.number()]).transform(String).nullable() });
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

  /** Moves assets into the account, or out of it where the amount is negative. Rejects where the simulator does not answer. */
  async move(account: AccountRecord, { wallet, asset, amount }: PaperMove): Promise<PaperMoveOutcome> {
    const { controlUrl, health } = await simulatorNow(await this.#options.simulator());
    const stored = await this.#options.directory.credentials(account.portfolioId, account.accountId);
    const key = stored?.apiKey ?? health.venues[account.exchange]?.key;
    const base = `${controlUrl}/control/${account.exchange}`;
    const rows = accountRows.parse(await answerOf(await ask(`${base}/accounts`)));
    const found = rows.find((row) => row.key === key);
    if (found === undefined) return { kind: 'refused', reason: 'the simulator has no such account' };
    const response = await ask(`${base}/${amount.isNegative() ? 'withdrawals' : 'deposits'}`, {
      account: found.account_id,
      wallet,
      asset,
      amount: amount.abs().toString(),
    });
    if (response.status === 400)
      return { kind: 'refused', reason: refused.parse(await response.json()).error };
    const { record_id: recordId } = made.parse(await answerOf(response));
    return { kind: 'moved', recordId };
  }
}

function ask(url: string, body?: object): Promise<Response> {
  return fetch(url, {
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the simulator answers ${response.status}`);
  return response.json();
}
