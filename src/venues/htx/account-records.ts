/**
 * HTX's entries of what moved an account's balances, other than executions.
 *
 * Entry point: `readAccountRecords`. Sources: "Get Account Ledger" (transfers, spans of ten days), "Search for Existed Withdraws and Deposits" (newest
 * first by number, without a span) and "Get Account History" (every kind, an hour at a time) of the spot documentation. An hour a question
 * bounds the last to the past hours: what is older of its kinds is not read, and is said to be unread. Those of contracts are bills, in spans of two days.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { ACCOUNT_RECORD_KINDS, RECORDS_LISTED_LATE_MS } from '../../core/venue/account-record.ts';
import type { AccountRecord, AccountRecords, UnreadRecords } from '../../core/venue/account-record.ts';
import { asArray, asObject, optionalText, text, wholeNumber } from '../ccxt/exact-json.ts';
import { readPages, readSpan, spansOf } from '../history-span.ts';
import type { HtxAccount } from './account.ts';
import { dataOf } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { LISTING_LAG_MS } from './history.ts';
import {
  OTHER_TYPES,
  billsFrom,
  otherRecordFrom,
  transferFrom,
  walletEntryFrom,
} from './normalize-records.ts';
import type { HtxRequests } from './requests.ts';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const LEDGER_SPAN_MS = 10 * DAY_MS - 1;
const OLDEST_MS = 179 * DAY_MS;
/** Each hour is a question of five that two seconds allow; the account is not known before they are answered. */
const HISTORY_REACH_MS = 3 * HOUR_MS;
const PAGE_LIMIT = 500;
const MOST_PAGES = 20;

/** "Last 90 days" of the other lists of v5; no page of bills says how far they reach. */
const OLDEST_BILLS_MS = 89 * DAY_MS;
const BILLS_SPAN_MS = 2 * DAY_MS - 1;
const BILLS_PAGE = 100;
const MOST_QUESTIONS = 400;

export async function readAccountRecords(account: HtxAccount, since: TimeMs): Promise<AccountRecords> {
  const parts: AccountRecords[] = [];
  for (const kind of account.kinds)
    parts.push(kind === 'spot' ? await spotRecords(account, since) : await contractRecords(account, since));
  return {
    records: parts.flatMap(({ records }) => records),
    unread: parts.flatMap(({ unread }) => unread),
  };
}

/** Of a full answer it is not said which end it keeps: its span is asked for again in halves. */
async function contractRecords(
  { clock, names, requests }: HtxAccount,
  since: TimeMs,
): Promise<AccountRecords> {
  const now = clock.now();
  const oldest = now - OLDEST_BILLS_MS;
  const rows = await readSpan(
    {
      longestMs: BILLS_SPAN_MS,
      pageLimit: BILLS_PAGE,
      mostQuestions: MOST_QUESTIONS,
      read: async (start, end) => {
        const span = { start_time: String(start), ...(end >= now ? {} : { end_time: String(end) }) };
        const asked = { ...span, limit: String(BILLS_PAGE) };
        return asArray(dataOf(await requests.read(SWAP.bills, asked, 'poll')), 'bills');
      },
    },
    Math.floor(Math.max(since - LISTING_LAG_MS, oldest)),
    Math.ceil(now),
  );
  return {
    records: billsFrom(rows, names.linear_swap),
    unread: since < oldest ? [unreadBills(oldest)] : [],
  };
}

function unreadBills(oldest: TimeMs): UnreadRecords {
  return {
    wallet: 'linear_swap',
    kinds: ACCOUNT_RECORD_KINDS,
    reason: `the venue is asked for the last 89 days: nothing before ${new Date(oldest).toISOString()}`,
  };
}

async function spotRecords(account: HtxAccount, since: TimeMs): Promise<AccountRecords> {
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
    const rows = await readPages(SPOT.ledger.path, MOST_PAGES, async (token) => {
      const body = await requests.read(
        SPOT.ledger,
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
  const rows = await readPages(SPOT.depositsAndWithdrawals.path, MOST_PAGES, async (token) => {
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
  return asArray(dataOf(await requests.read(SPOT.depositsAndWithdrawals, asked, 'poll')), 'rows');
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
    const rows = await readPages(SPOT.accountHistory.path, MOST_PAGES, async (token) => {
      const body = await requests.read(
        SPOT.accountHistory,
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
