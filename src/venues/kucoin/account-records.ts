/**
 * KuCoin's entries of what moved an account's balances, other than executions: the ledger of the trading account, that of futures, and the
 * funding of each contract.
 *
 * Entry point: `readAccountRecords`. Sources: "Get Account Ledgers - Trade_hf", "Get Account Ledgers - Futures", "Get Private Funding History" and "Get Positions
 * History" of the documentation. Funding is listed by contract: those with a position now or closed since then are asked for.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { ACCOUNT_RECORD_KINDS } from '../../core/venue/account-record.ts';
import type { AccountRecord, AccountRecords, UnreadRecords } from '../../core/venue/account-record.ts';
import { asArray, asObject, flag, text } from '../ccxt/exact-json.ts';
import { readPages } from '../history-span.ts';
import type { KucoinAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { LISTING_LAG_MS } from './history.ts';
import { fundingRecordFrom, spotRecordsFrom, swapRecordsFrom } from './normalize-records.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** "You can only obtain data from within a 3 * 24 hour time range (i.e., from 3 * 24 hours ago up to now)". */
export const SPOT_LEDGER_MS = 3 * DAY_MS;
const PAGE_LIMITS = { spot: 200, swap: 50, funding: 100, closed: 200 } as const;
const MOST_PAGES = 100;

export async function readAccountRecords(account: KucoinAccount, since: TimeMs): Promise<AccountRecords> {
  const parts = await Promise.all(
    account.kinds.map(async (kind) =>
      kind === 'spot' ? spotRecords(account, since) : swapRecords(account, since),
    ),
  );
  return {
    records: parts.flatMap(({ records }) => records),
    traded: parts.flatMap(({ traded = [] }) => traded),
    unread: parts.flatMap(({ unread }) => unread),
  };
}

/** Newest first, going on from the last id; what is older than the list reaches is named. */
async function spotRecords(
  { clock, names, requests }: KucoinAccount,
  since: TimeMs,
): Promise<AccountRecords> {
  const now = clock.now();
  const oldest = now - SPOT_LEDGER_MS;
  const startAt = Math.max(since - LISTING_LAG_MS, oldest);
  const limit = PAGE_LIMITS.spot;
  const entries = await readPages(SPOT.ledger.path, MOST_PAGES, async (lastId) => {
    const more = lastId === null ? {} : { lastId };
    const items = asArray(await requests.read(SPOT.ledger, { startAt, limit, ...more }, 'poll'), 'entries');
    const last = items.at(-1);
    const next = items.length < limit || last === undefined ? null : text(asObject(last, 'entry'), 'id');
    return { items, next };
  });
  return {
    ...spotRecordsFrom(entries, names.spot),
    unread: since < oldest ? [unreadBefore(oldest)] : [],
  };
}

function unreadBefore(oldest: TimeMs): UnreadRecords {
  return {
    wallet: 'spot',
    kinds: ACCOUNT_RECORD_KINDS,
    reason: `the venue lists the last three days alone: nothing before ${new Date(oldest).toISOString()}`,
  };
}

async function swapRecords(account: KucoinAccount, since: TimeMs): Promise<AccountRecords> {
  const { clock, names } = account;
  const span = { startAt: since - LISTING_LAG_MS, endAt: clock.now() + LISTING_LAG_MS };
  const [moves, symbols] = await Promise.all([
    readOffsets(
      account,
      SWAP.ledger,
      { ...span, currency: 'USDT' },
      { limit: PAGE_LIMITS.swap, key: 'offset' },
    ),
    symbolsHeldSince(account, span.startAt),
  ]);
  const records: AccountRecord[] = [...swapRecordsFrom(moves)];
  for (const symbol of symbols) {
    const payments = await readOffsets(
      account,
      SWAP.funding,
      { ...span, symbol },
      { limit: PAGE_LIMITS.funding, key: 'id' },
    );
    records.push(...payments.map((item) => fundingRecordFrom(item, names.linear_swap)));
  }
  return { records, unread: [] };
}

/** The rows of a list that goes on from the unique number of its last row. */
async function readOffsets(
  { requests }: KucoinAccount,
  endpoint: Endpoint,
  parameters: Readonly<Record<string, string | number>>,
  { limit, key }: { readonly limit: number; readonly key: string },
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (offset) => {
    const more = offset === null ? {} : { offset };
    const page = asObject(
      await requests.read(endpoint, { ...parameters, maxCount: limit, ...more }, 'poll'),
      'page',
    );
    const items = asArray(page['dataList'], 'entries');
    const last = items.at(-1);
    const next = !flag(page, 'hasMore') || last === undefined ? null : text(asObject(last, 'entry'), key);
    return { items, next };
  });
}

/** Contracts of ours with a position now, or with one that was closed since. */
async function symbolsHeldSince(
  { names, requests }: KucoinAccount,
  from: TimeMs,
): Promise<ReadonlySet<string>> {
  const [open, closed] = await Promise.all([
    requests.read(SWAP.positions, { currency: 'USDT' }, 'poll'),
    readPages(SWAP.closedPositions.path, MOST_PAGES, async (pageId) => {
      const asked = { from, limit: PAGE_LIMITS.closed, pageId: pageId ?? '1' };
      const page = asObject(await requests.read(SWAP.closedPositions, asked, 'poll'), 'page');
      const items = asArray(page['items'], 'positions');
      const current = Number(pageId ?? '1');
      return { items, next: items.length < PAGE_LIMITS.closed ? null : String(current + 1) };
    }),
  ]);
  const rows: readonly JsonObject[] = [...asArray(open, 'positions'), ...closed].map((item) =>
    asObject(item, 'position'),
  );
  return new Set(rows.map((row) => text(row, 'symbol')).filter((symbol) => names.linear_swap.known(symbol)));
}
