/**
 * HTX's entries of what moved a spot account's balances, other than executions.
 *
 * Entry point: `readAccountRecords`. Sources: "Get Account Ledger" (transfers, spans of ten days), "Search for Existed Withdraws and Deposits" (newest
 * first by number, without a span) and "Get Account History" (every kind, an hour at a time) of the spot documentation. An hour a question
 * bounds the last to the past hours: what is older of its kinds is not read, and is said to be unread.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { RECORDS_LISTED_LATE_MS } from '../../core/venue/account-record.ts';
import type { AccountRecord, AccountRecords, UnreadRecords } from '../../core/venue/account-record.ts';
import { asArray, asObject, optionalText, text, wholeNumber } from '../ccxt/exact-json.ts';
import { readPages, spansOf } from '../history-span.ts';
import type { HtxAccount } from './account.ts';
import { dataOf } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS } from './history.ts';
import { OTHER_TYPES, otherRecordFrom, transferFrom, walletEntryFrom } from './normalize-records.ts';
import type { HtxRequests } from './requests.ts';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const LEDGER_SPAN_MS = 10 * DAY_MS - 1;
const OLDEST_MS = 179 * DAY_MS;
/** Each hour is a question of five that two seconds allow; the account is not known before they are answered. */
const HISTORY_REACH_MS = 3 * HOUR_MS;
const PAGE_LIMIT = 500;
const MOST_PAGES = 20;

export async function readAccountRecords(account: HtxAccount, since: TimeMs): Promise<AccountRecords> {
  const { clock } = account;
  const now = clock.now();
  const from = Math.floor(Math.max(since - LISTING_LAG_MS, now - OLDEST_MS));
  const historyFrom = Math.max(from, Math.floor(now - HISTORY_REACH_MS));
  const records = [
    ...(await transfers(account, from, now)),
    ...(await walletEntries(account, 'deposit', from - RECORDS_LISTED_LATE_MS)),
    ...(await walletEntries(account, 'withdraw', from - RECORDS_LISTED_LATE_MS)),
    ...(await others(account, historyFrom, now)),
  ];
  return { records, unread: historyFrom > from ? [OLDER_OTHERS] : [] };
}

const OLDER_OTHERS: UnreadRecords = {
  wallet: 'spot',
  kinds: ['rebate', 'interest', 'airdrop', 'conversion', 'commission', 'other'],
  reason: 'the venue lists them an hour at a time: those of the last three hours are read',
};

async function transfers(
  { requests, spotAccount }: HtxAccount,
  from: TimeMs,
  now: TimeMs,
): Promise<readonly AccountRecord[]> {
  const records: AccountRecord[] = [];
  for (const [start, end] of spansOf(from, Math.floor(now), LEDGER_SPAN_MS)) {
    const rows = await readPages(ENDPOINTS.ledger.path, MOST_PAGES, async (token) => {
      const body = await requests.read(
        ENDPOINTS.ledger,
        {
          accountId: spotAccount,
          startTime: String(start),
          endTime: String(end),
          limit: String(PAGE_LIMIT),
          ...(token === null ? {} : { fromId: token }),
        },
        'poll',
      );
      return { items: asArray(dataOf(body), 'rows'), next: nextOf(body, 'nextId') };
    });
    records.push(...rows.map(transferFrom));
  }
  return records;
}

/** `nextId` and `next-id` name the first record of the following page. */
function nextOf(body: JsonValue, key: string): string | null {
  return optionalText(asObject(body, 'answer'), key);
}

/** Newest first, until one was made before `since`; `from` names the first of a page. */
async function walletEntries(
  { requests }: HtxAccount,
  type: 'deposit' | 'withdraw',
  since: TimeMs,
): Promise<readonly AccountRecord[]> {
  const seen = new Set<string>();
  const rows = await readPages(ENDPOINTS.depositsAndWithdrawals.path, MOST_PAGES, async (token) => {
    const page = await walletPage(requests, type, token);
    const added = page.filter((row) => !seen.has(numberOf(row)));
    for (const row of added) seen.add(numberOf(row));
    const last = added.at(-1);
    const isLast = page.length < PAGE_LIMIT || last === undefined || timeOf(last) < since;
    return { items: added, next: isLast ? null : numberOf(last) };
  });
  return rows.filter((row) => timeOf(row) >= since).flatMap((row) => walletEntryFrom(row));
}

async function walletPage(
  requests: HtxRequests,
  type: string,
  token: string | null,
): Promise<readonly JsonValue[]> {
  const asked = {
    type,
    size: String(PAGE_LIMIT),
    direct: 'next',
    ...(token === null ? {} : { from: token }),
  };
  return asArray(dataOf(await requests.read(ENDPOINTS.depositsAndWithdrawals, asked, 'poll')), 'rows');
}

const numberOf = (row: JsonValue): string => text(asObject(row, 'entry'), 'id');
const timeOf = (row: JsonValue): number => wholeNumber(asObject(row, 'entry'), 'created-at');

async function others(
  { requests, spotAccount }: HtxAccount,
  from: TimeMs,
  now: TimeMs,
): Promise<readonly AccountRecord[]> {
  const records: AccountRecord[] = [];
  for (const [start, end] of spansOf(from, Math.floor(now), HOUR_MS - 1)) {
    const rows = await readPages(ENDPOINTS.accountHistory.path, MOST_PAGES, async (token) => {
      const body = await requests.read(
        ENDPOINTS.accountHistory,
        {
          'account-id': spotAccount,
          'transact-types': OTHER_TYPES.join(','),
          'start-time': String(start),
          'end-time': String(end),
          size: String(PAGE_LIMIT),
          ...(token === null ? {} : { 'from-id': token }),
        },
        'poll',
      );
      return { items: asArray(dataOf(body), 'rows'), next: nextOf(body, 'next-id') };
    });
    records.push(...rows.map(otherRecordFrom));
  }
  return records;
}
