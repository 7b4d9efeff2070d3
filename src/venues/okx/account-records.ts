/**
 * OKX's entries of what moved an account's balances, other than executions: the bills of the trading account.
 *
 * Entry point: `readAccountRecords`. Sources: "Get bills details (last 7 days)" and "Get bills details (last 3 months)" of the v5
 * documentation. Money reaches the trading account from the funding account; a deposit is a transfer there.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import type { OkxAccount } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS, OLDEST_MS, days, listSince, readRows } from './history.ts';
import type { ListPair } from './history.ts';
import { recordsFrom } from './normalize-records.ts';

const LISTS: ListPair = { recent: ENDPOINTS.recentBills, recentMs: days(7), archive: ENDPOINTS.bills };

export async function readAccountRecords(
  { clock, requests, names }: OkxAccount,
  since: TimeMs,
): Promise<AccountRecords> {
  const now = clock.now();
  const from = Math.max(since - LISTING_LAG_MS, now - OLDEST_MS);
  const parameters = {
    begin: String(Math.floor(from)),
    // The venue's clock is known to some milliseconds only.
    end: String(Math.ceil(now + LISTING_LAG_MS)),
  };
  const rows = await readRows(requests, listSince(LISTS, from, now), parameters, 'billId', 'poll');
  return { ...recordsFrom(rows, names), unread: [] };
}
