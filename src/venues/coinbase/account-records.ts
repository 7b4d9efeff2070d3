/**
 * Coinbase's entries of what moved an account's balances, other than executions: the transactions of the accounts of its currencies.
 *
 * Entry points: `readAccountRecords`, `readCurrencyAccounts`. Source: "Transactions" and "Pagination" of the Coinbase App API: newest first,
 * by the time of their making, a hundred a page. Each currency is asked for by itself; one that never had a balance while we looked is
 * not asked for.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import { RECORDS_LISTED_LATE_MS } from '../../core/venue/account-record.ts';
import { asArray, asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import { readPages } from '../history-span.ts';
import { currencyAccountsIn, balanceFrom } from './normalize-account.ts';
import type { CoinbaseAccount } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { timeIn } from './fields.ts';
import { MOST_PAGES, PAGE_LIMITS, readRows } from './history.ts';
import { recordsFrom } from './normalize-records.ts';

/** The accounts of the currencies; those with a balance are remembered. */
export async function readCurrencyAccounts(
  { requests, currencies }: CoinbaseAccount,
  lane: Lane,
): Promise<readonly JsonObject[]> {
  const parameters = { limit: PAGE_LIMITS.accounts };
  const accounts = currencyAccountsIn(
    await readRows(requests, ENDPOINTS.accounts, parameters, 'accounts', lane),
  );
  for (const account of accounts)
    if (!balanceFrom(account).total.isZero())
      currencies.set(text(account, 'currency'), text(account, 'uuid'));
  return accounts;
}

/** An entry that was under way is listed under the time of its making once it is completed. */
export async function readAccountRecords(account: CoinbaseAccount, since: TimeMs): Promise<AccountRecords> {
  await readCurrencyAccounts(account, 'poll');
  const entries: JsonValue[] = [];
  for (const id of account.currencies.values())
    entries.push(...(await readSince(account, id, since - RECORDS_LISTED_LATE_MS)));
  return { records: recordsFrom(entries), unread: [] };
}

/** The transactions of one currency that were made after `since`. */
async function readSince(
  { requests }: CoinbaseAccount,
  accountId: string,
  since: TimeMs,
): Promise<readonly JsonValue[]> {
  const parameters = { account_id: accountId, limit: PAGE_LIMITS.transactions };
  const entries = await readPages(ENDPOINTS.transactions.path, MOST_PAGES, async (after) => {
    const asked = after === null ? parameters : { ...parameters, starting_after: after };
    const page = asObject(await requests.read(ENDPOINTS.transactions, asked, 'poll'), 'page');
    const rows = asArray(page['data'], 'data').map((row) => asObject(row, 'transaction'));
    const items = rows.filter((row) => timeIn(row, 'created_at') >= since);
    const next = optionalText(asObject(page['pagination'], 'pagination'), 'next_starting_after');
    // A row that is older is followed by older ones alone.
    return { items, next: items.length < rows.length ? null : next };
  });
  return entries;
}
