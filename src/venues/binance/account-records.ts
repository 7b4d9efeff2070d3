/**
 * Binance's entries of what moved an account's balances, other than executions: income of USD-M futures; deposits,
 * withdrawals, transfers, distributions, dust conversions and moves into and out of Simple Earn of the spot wallet.
 *
 * Entry point: `readAccountRecords`. Sources: "Get Income History" of the USD-M futures documentation; "Deposit History",
 * "Withdraw History", "Query User Universal Transfer History", "Asset Dividend Record" and "DustLog" of the wallet
 * documentation; "Get Flexible Subscription Record", "Get Flexible Redemption Record", "Get Locked Subscription Record" and "Get Locked
 * Redemption Record" of Simple Earn. Reading them takes a key's reading right alone. The venue's testnets serve nothing under `/sapi`.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import {
  RECORDS_LISTED_LATE_MS,
  type AccountRecord,
  type AccountRecordKind,
  type AccountRecords,
  type UnreadRecords,
} from '../../core/venue/account-record.ts';
import { asArray, asObject } from '../ccxt/exact-json.ts';
import { readSpan } from '../history-span.ts';
import { ReadFailure } from '../read-retry.ts';
import type { BinanceAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { LISTING_LAG_MS, OLDEST_INCOME_MS, readHistory } from './history.ts';
import {
  deposits,
  distributions,
  dustConversions,
  earnRedemptions,
  earnSubscriptions,
  incomeRecords,
  spotTransfers,
  tradedInstruments,
  withdrawals,
} from './normalize-records.ts';

const DAY_MS = 86_400_000;
/** Deposits and withdrawals: less than 90 days; the others allow more. */
const LONGEST_SPAN_MS = 30 * DAY_MS;
const MOST_QUESTIONS = 16;
/** A subscription or a redemption is listed under the time at which it was asked for, and may be paid days later. */
const EARN_LISTED_LATE_MS = 4 * DAY_MS;

/** Transfers between the spot wallet and another one of the same user; each type is asked for by itself. */
const TRANSFERS_OUT = [
  'MAIN_UMFUTURE',
  'MAIN_CMFUTURE',
  'MAIN_MARGIN',
  'MAIN_FUNDING',
  'MAIN_OPTION',
] as const;
const TRANSFERS_IN = [
  'UMFUTURE_MAIN',
  'CMFUTURE_MAIN',
  'MARGIN_MAIN',
  'FUNDING_MAIN',
  'OPTION_MAIN',
] as const;

/** One list of the wallet's documentation. */
interface SpotSource {
  readonly endpoint: Endpoint;
  readonly kinds: readonly AccountRecordKind[];
  /** How long before `since` it is asked from. */
  readonly listedLateMs: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** The name and the most of what one answer holds; no name where the venue cuts at a number of its own. */
  readonly page: { readonly name: 'limit' | 'size' | null; readonly most: number };
  /** The items of an answer. */
  readonly items: (body: JsonValue) => readonly JsonValue[];
  readonly read: (items: readonly JsonValue[]) => readonly AccountRecord[];
}

const rowsOf = (body: JsonValue): readonly JsonValue[] => {
  // An answer without rows may leave out the list.
  const rows = asObject(body, 'list')['rows'];
  return rows === undefined || rows === null ? [] : asArray(rows, 'rows');
};

const SPOT_SOURCES: readonly SpotSource[] = [
  {
    endpoint: SPOT.deposits,
    kinds: ['deposit'],
    listedLateMs: RECORDS_LISTED_LATE_MS,
    parameters: {},
    page: { name: 'limit', most: 1_000 },
    items: (body) => asArray(body, 'deposits'),
    read: deposits,
  },
  {
    endpoint: SPOT.withdrawals,
    kinds: ['withdrawal'],
    listedLateMs: RECORDS_LISTED_LATE_MS,
    parameters: {},
    page: { name: 'limit', most: 1_000 },
    items: (body) => asArray(body, 'withdrawals'),
    read: withdrawals,
  },
  ...[...TRANSFERS_OUT, ...TRANSFERS_IN].map((type): SpotSource => ({
    endpoint: SPOT.transfers,
    kinds: ['transfer_in', 'transfer_out'],
    listedLateMs: LISTING_LAG_MS,
    parameters: { type },
    page: { name: 'size', most: 100 },
    items: rowsOf,
    read: spotTransfers,
  })),
  {
    endpoint: SPOT.distributions,
    kinds: ['airdrop', 'interest', 'rebate'],
    listedLateMs: LISTING_LAG_MS,
    parameters: {},
    page: { name: 'limit', most: 500 },
    items: rowsOf,
    read: distributions,
  },
  {
    endpoint: SPOT.dustConversions,
    kinds: ['conversion'],
    listedLateMs: LISTING_LAG_MS,
    parameters: {},
    page: { name: null, most: 100 },
    items: (body) => asArray(asObject(body, 'dust log')['userAssetDribblets'] ?? [], 'dust conversions'),
    read: dustConversions,
  },
  ...(
    [
      [SPOT.flexibleSubscriptions, (items) => earnSubscriptions('flexible', items)],
      [SPOT.lockedSubscriptions, (items) => earnSubscriptions('locked', items)],
      [SPOT.flexibleRedemptions, (items) => earnRedemptions('flexible', items)],
      [SPOT.lockedRedemptions, (items) => earnRedemptions('locked', items)],
    ] satisfies readonly (readonly [Endpoint, SpotSource['read']])[]
  ).map(([endpoint, read]): SpotSource => ({
    endpoint,
    kinds: ['transfer_in', 'transfer_out'],
    listedLateMs: EARN_LISTED_LATE_MS,
    parameters: {},
    page: { name: 'size', most: 100 },
    items: rowsOf,
    read,
  })),
];

/** Rejects with `ReadFailure` or `MalformedAnswer`; a list that the venue refuses to this key is named as unread. */
export async function readAccountRecords(account: BinanceAccount, since: TimeMs): Promise<AccountRecords> {
  const lists = await Promise.all(
    account.kinds.map(async (kind) =>
      kind === 'spot' ? readSpotRecords(account, since) : readIncome(account, since),
    ),
  );
  return {
    records: lists.flatMap(({ records }) => records),
    traded: lists.flatMap(({ traded = [] }) => traded),
    unread: lists.flatMap(({ unread }) => unread),
  };
}

async function readIncome(
  { clock, requests, names }: BinanceAccount,
  since: TimeMs,
): Promise<AccountRecords> {
  const now = clock.now();
  const from = Math.max(since - LISTING_LAG_MS, now - OLDEST_INCOME_MS);
  // Asked without a type: one question for all of them, at the price of entries that repeat executions.
  const entries = await readHistory(requests, SWAP.income, {}, 'poll', from, now);
  return {
    records: incomeRecords(entries, names.linear_swap),
    traded: tradedInstruments(entries, names.linear_swap),
    unread: [],
  };
}

async function readSpotRecords(account: BinanceAccount, since: TimeMs): Promise<AccountRecords> {
  if (account.options.mode === 'testnet')
    return {
      records: [],
      unread: [
        unreadOf(
          SPOT_SOURCES.flatMap(({ kinds }) => kinds),
          'the testnet does not serve them',
        ),
      ],
    };
  const lists = await Promise.all(
    SPOT_SOURCES.map(async (source): Promise<AccountRecords> => {
      try {
        return { records: source.read(await itemsOf(account, source, since)), unread: [] };
      } catch (error) {
        if (!(error instanceof ReadFailure) || error.reason !== 'refused') throw error;
        return { records: [], unread: [unreadOf(source.kinds, error.message)] };
      }
    }),
  );
  return {
    records: lists.flatMap(({ records }) => records),
    unread: lists.flatMap(({ unread }) => unread),
  };
}

async function itemsOf(
  { clock, requests }: BinanceAccount,
  { endpoint, items, listedLateMs, page, parameters }: SpotSource,
  since: TimeMs,
): Promise<readonly JsonValue[]> {
  const size = page.name === null ? {} : { [page.name]: page.most };
  return readSpan(
    {
      longestMs: LONGEST_SPAN_MS,
      pageLimit: page.most,
      mostQuestions: MOST_QUESTIONS,
      read: async (startTime, endTime) =>
        items(await requests.read(endpoint, { ...parameters, startTime, endTime, ...size }, 'poll')),
    },
    since - listedLateMs,
    clock.now(),
  );
}

function unreadOf(kinds: readonly AccountRecordKind[], reason: string): UnreadRecords {
  return { wallet: 'spot', kinds: [...new Set(kinds)], reason };
}
