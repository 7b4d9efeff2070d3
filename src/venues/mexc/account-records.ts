/**
 * MEXC's entries of what moved an account's balances, other than executions: deposits, withdrawals and transfers of the spot wallet; transfers
 * and funding of contracts.
 *
 * Entry point: `readAccountRecords`. Sources: "Deposit History", "Withdraw History" and "Query User Universal Transfer History" of the spot v3
 * documentation, which a key may lack the right to read; "Get the user's asset transfer records" and "Get details of user's funding rate" of
 * the contract documentation, which take no times.
 */
import type { TimeMs } from '../../core/ids.ts';
import { RECORDS_LISTED_LATE_MS } from '../../core/venue/account-record.ts';
import type { AccountRecord, AccountRecordKind, AccountRecords } from '../../core/venue/account-record.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { readSpan } from '../history-span.ts';
import { ReadFailure } from '../read-retry.ts';
import type { MexcAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { LISTING_LAG_MS, swapPage } from './history.ts';
import {
  depositFrom,
  fundingFrom,
  spotTransferFrom,
  swapTransferFrom,
  withdrawalFrom,
} from './normalize-records.ts';

const DAY_MS = 86_400_000;
const MOST_QUESTIONS = 64;
const MOST_PAGES = 200;

/** One list; `read` gives null or none for an entry that moved nothing yet, or nothing of ours. */
interface Source {
  readonly wallet: 'spot' | 'linear_swap';
  readonly kinds: readonly AccountRecordKind[];
  /** How long before `since` it is asked from. */
  readonly listedLateMs: number;
  readonly rows: (account: MexcAccount, from: TimeMs, to: TimeMs) => Promise<readonly JsonValue[]>;
  readonly read: (row: JsonObject, account: MexcAccount) => AccountRecord | readonly AccountRecord[] | null;
}

/** Rejects with `ReadFailure` or `MalformedAnswer`; a list that the venue refuses to this key is named as unread. */
export async function readAccountRecords(account: MexcAccount, since: TimeMs): Promise<AccountRecords> {
  const sources = account.kinds.flatMap((kind) => SOURCES[kind]);
  const lists = await Promise.all(sources.map(async (source) => readSource(account, source, since)));
  return {
    records: lists.flatMap(({ records }) => records),
    unread: lists.flatMap(({ unread }) => unread),
  };
}

async function readSource(account: MexcAccount, source: Source, since: TimeMs): Promise<AccountRecords> {
  const from = since - source.listedLateMs;
  // The venue's clock is known to some milliseconds only.
  const to = account.clock.now() + LISTING_LAG_MS;
  try {
    const rows = await source.rows(account, from, to);
    const records = rows.flatMap((row) => source.read(asObject(row, 'record'), account) ?? []);
    return { records, unread: [] };
  } catch (error) {
    if (!(error instanceof ReadFailure) || error.reason !== 'refused') throw error;
    const { kinds, wallet } = source;
    return { records: [], unread: [{ wallet, kinds, reason: error.message }] };
  }
}

/** Of the spot wallet by time: "does not exceed 7 days", "can query 90 days data at most". */
function byTime(endpoint: Endpoint): Source['rows'] {
  return async ({ clock, requests }, from, to) =>
    readSpan(
      {
        longestMs: 7 * DAY_MS,
        pageLimit: 1_000,
        mostQuestions: MOST_QUESTIONS,
        read: async (startTime, endTime) =>
          asArray(
            await requests.read(
              endpoint,
              { startTime: Math.floor(startTime), endTime: Math.ceil(endTime), limit: 1_000 },
              'poll',
            ),
            endpoint.path,
          ),
      },
      Math.max(from, clock.now() - 90 * DAY_MS + LISTING_LAG_MS),
      to,
    );
}

const TRANSFERS_A_PAGE = 100;

/** One direction between the spot wallet and that of contracts. */
function transfers(fromAccountType: string, toAccountType: string): Source['rows'] {
  return async ({ clock, requests }, from, to) =>
    readSpan(
      {
        longestMs: 7 * DAY_MS,
        pageLimit: TRANSFERS_A_PAGE,
        mostQuestions: MOST_QUESTIONS,
        read: async (startTime, endTime) => {
          const span = { startTime: Math.floor(startTime), endTime: Math.ceil(endTime) };
          const parameters = { fromAccountType, toAccountType, ...span, page: 1, size: TRANSFERS_A_PAGE };
          const body = asObject(await requests.read(SPOT.transfers, parameters, 'poll'), 'transfers');
          return asArray(body['rows'] ?? [], 'transfers');
        },
      },
      Math.max(from, clock.now() - 90 * DAY_MS + LISTING_LAG_MS),
      to,
    );
}

/** Of contracts, newest first until an entry is older. */
function untilOlder(endpoint: Endpoint, timeKey: string, parameters: Parameters): Source['rows'] {
  return async ({ requests }, from) => {
    const rows: JsonValue[] = [];
    let token: string | null = null;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const { items, next } = await swapPage(requests, endpoint, parameters, 'poll', token);
      const isOld = (row: JsonValue): boolean => wholeNumber(asObject(row, 'record'), timeKey) < from;
      rows.push(...items.filter((row) => !isOld(row)));
      if (next === null || items.some(isOld)) return rows;
      token = next;
    }
    throw new ReadFailure(`more than ${MOST_PAGES} pages of ${endpoint.path}`, 'unreachable');
  };
}

const SOURCES: Readonly<Record<'spot' | 'linear_swap', readonly Source[]>> = {
  spot: [
    {
      wallet: 'spot',
      kinds: ['deposit'],
      listedLateMs: RECORDS_LISTED_LATE_MS,
      rows: byTime(SPOT.deposits),
      read: depositFrom,
    },
    {
      wallet: 'spot',
      kinds: ['withdrawal'],
      listedLateMs: RECORDS_LISTED_LATE_MS,
      rows: byTime(SPOT.withdrawals),
      read: withdrawalFrom,
    },
    {
      wallet: 'spot',
      kinds: ['transfer_in'],
      listedLateMs: LISTING_LAG_MS,
      rows: transfers('FUTURES', 'SPOT'),
      read: spotTransferFrom,
    },
    {
      wallet: 'spot',
      kinds: ['transfer_out'],
      listedLateMs: LISTING_LAG_MS,
      rows: transfers('SPOT', 'FUTURES'),
      read: spotTransferFrom,
    },
  ],
  linear_swap: [
    {
      wallet: 'linear_swap',
      kinds: ['transfer_in', 'transfer_out'],
      listedLateMs: LISTING_LAG_MS,
      rows: untilOlder(SWAP.transfers, 'createTime', { state: 'SUCCESS' }),
      read: swapTransferFrom,
    },
    {
      wallet: 'linear_swap',
      kinds: ['funding'],
      listedLateMs: LISTING_LAG_MS,
      rows: untilOlder(SWAP.funding, 'settleTime', {}),
      read: (row, { mode, names }) => fundingFrom(row, names.linear_swap, mode.value),
    },
  ],
};
