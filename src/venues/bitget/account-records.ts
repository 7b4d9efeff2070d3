/**
 * Bitget's entries of what moved an account's balances, other than executions: the financial records of the unified account.
 *
 * Entry point: `readAccountRecords`. Source: "Get Financial Records" of the unified account's documentation: a question is about one category. Money
 * reaches the unified wallet from another account of the owner, or as a deposit; either is a transfer there.
 */
import type { TimeMs } from '../../core/ids.ts';
import { ACCOUNT_RECORD_KINDS } from '../../core/venue/account-record.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import { ReadFailure } from '../read-retry.ts';
import type { BitgetAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS, OLDEST_MS, readSpans } from './history.ts';
import { recordsFrom } from './normalize-records.ts';

/** `OTHER` has what belongs to no product: transfers, conversions. */
const NEEDED = [...Object.values(CATEGORIES), 'OTHER'] as const;
/** Products that are not traded here; an account may be closed to them. */
const FOREIGN = ['MARGIN', 'COIN-FUTURES', 'USDC-FUTURES'] as const;

/** Rejects with `ReadFailure` or `MalformedAnswer`; a category that the venue refuses to this account is named as unread. */
export async function readAccountRecords(account: BitgetAccount, since: TimeMs): Promise<AccountRecords> {
  const lists = await Promise.all([
    ...NEEDED.map(async (category) => readCategory(account, category, since)),
    ...FOREIGN.map(async (category) => unlessRefused(category, readCategory(account, category, since))),
  ]);
  return {
    records: lists.flatMap(({ records }) => records),
    traded: lists.flatMap(({ traded = [] }) => traded),
    unread: lists.flatMap(({ unread }) => unread),
  };
}

async function readCategory(
  { clock, requests, names }: BitgetAccount,
  category: string,
  since: TimeMs,
): Promise<AccountRecords> {
  const now = clock.now();
  const from = Math.max(since - LISTING_LAG_MS, now - OLDEST_MS);
  // The venue's clock is known to some milliseconds only.
  const until = now + LISTING_LAG_MS;
  const entries = await readSpans(requests, ENDPOINTS.records, { category }, 'poll', from, until);
  return { ...recordsFrom(entries, names), unread: [] };
}

async function unlessRefused(category: string, reading: Promise<AccountRecords>): Promise<AccountRecords> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof ReadFailure) || error.reason !== 'refused') throw error;
    const reason = `financial records of ${category}: ${error.message}`;
    return { records: [], unread: [{ wallet: 'unified', kinds: ACCOUNT_RECORD_KINDS, reason }] };
  }
}
