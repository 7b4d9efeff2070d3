/**
 * Bybit's entries of what moved an account's balances, other than executions: the transaction log of the unified account.
 *
 * Entry point: `readAccountRecords`. Source: "Get Transaction Log" of the v5 documentation. Money reaches the unified wallet from the
 * funding wallet or as a deposit; either is a transfer there.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import type { BybitAccount } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS, OLDEST_MS, PAGE_LIMITS, readSpans } from './history.ts';
import { recordsFrom } from './normalize-records.ts';

export async function readAccountRecords(
  { clock, requests, names }: BybitAccount,
  since: TimeMs,
): Promise<AccountRecords> {
  const now = clock.now();
  const from = Math.max(since - LISTING_LAG_MS, now - OLDEST_MS);
  const parameters = { accountType: 'UNIFIED', limit: PAGE_LIMITS.log };
  const entries = await readSpans(
    requests,
    ENDPOINTS.transactionLog,
    parameters,
    'poll',
    from,
    // The venue's clock is known to some milliseconds only.
    now + LISTING_LAG_MS,
  );
  return { ...recordsFrom(entries, names), unread: [] };
}
