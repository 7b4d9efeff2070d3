/**
 * Account records as they come from the venue: each is booked once, whatever is read again.
 *
 * Records count from the take-over of an account's balances on: those from before are in the balances already. Where balances
 * had been taken over before records were read at all, they count from the first reading. Funding alone is booked from
 * before as well, as it always was: a payment while nobody looked belongs to the position. A deposit that the venue had credited by the
 * take-over may state a later time once more blocks have confirmed it: its id is remembered, and it never counts.
 *
 * A transfer from a wallet of the account into another is no flow of capital. Between accounts of one mode each side is one, and
 * the two add up to nothing.
 *
 * A conversion has a record for each side. Capital moves from one asset to the other: it is no result.
 */
import type { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, TimeMs } from '../ids.ts';
import { applyFlow } from '../risk/capital.ts';
import { weighSales } from '../reconcile/sales-in-order.ts';
import { exchangedValue } from '../risk/capital-holdings.ts';
import { TRANSFER_SIDES_MS } from '../risk/capital-changes.ts';
import { RECORD_EFFECTS, RECORDS_LISTED_LATE_MS, type AccountRecord } from '../venue/account-record.ts';
import type { RecordsRead } from './account-books.ts';
import type { Draft } from './draft.ts';
import { recordKey } from './keys.ts';
import type { PortfolioState } from './state.ts';

/** How far the moment that readings go on from may move before it is journaled. */
const READ_UNTIL_STEP_MS = 600_000;

/** Books what has not been booked. `readAt`: the venue's clock when the reading began, at the latest. */
export function noteAccountRecords(
  draft: Draft,
  accountId: AccountId,
  records: readonly AccountRecord[],
  readAt: TimeMs,
): void {
  const { state } = draft;
  const account = state.accounts.get(accountId);
  if (account === undefined) return;
  const isTakenOver = account.balancesKnown;
  const read = state.recordsRead.get(accountId);
  const booked: AccountRecord[] = [];
  const takenOver: string[] = [];
  const isFirst = read === undefined || !isTakenOver;
  for (const record of [...records].sort(inOrder)) {
    if (state.recordsSeen.has(recordKey(accountId, record.recordId))) continue;
    if (!counts(record, isFirst ? undefined : read, readAt)) {
      if (isFirst && movesCapital(record)) takenOver.push(record.recordId);
      continue;
    }
    draft.emit({
      type: 'account_record_booked',
      accountId,
      record,
      ...(record.kind === 'conversion' ? { movesCapital: true } : {}),
    });
    booked.push(record);
  }
  for (const { asset, at, recordId } of booked) weighSales(draft, accountId, asset, at, recordId);
  const exchanged = exchangedValues(state, accountId, account.mode, booked, draft.at);
  for (const record of withoutInnerTransfers(booked)) {
    if (RECORD_EFFECTS[record.kind] !== 'flow') continue;
    // An account joins with what is booked by then: a record that is booked later was no part of it, whenever it is dated.
    const at = Math.max(record.at, state.capitals.get(accountId)?.joinedAt ?? record.at);
    const value = exchanged.get(record);
    const worth = value === undefined ? {} : { exchanged: value };
    applyFlow(draft, { accountId, ...record, at, bookedAt: record.at, ...worth });
  }
  if (isFirst || readAt - read.until >= READ_UNTIL_STEP_MS)
    draft.emit({
      type: 'account_records_read',
      accountId,
      until: readAt,
      ...(takenOver.length === 0 ? {} : { takenOver }),
    });
}

/** Entries that a venue lists while they are under way, so that their state and time may change later. */
function movesCapital({ kind }: AccountRecord): boolean {
  return RECORD_EFFECTS[kind] === 'flow' && kind !== 'conversion';
}

function counts(record: AccountRecord, read: RecordsRead | undefined, readAt: TimeMs): boolean {
  // Whether an older one has been booked is not known any more.
  if (record.at < (read?.until ?? readAt) - RECORDS_LISTED_LATE_MS) return false;
  return record.kind === 'funding' || record.at >= (read?.since ?? readAt);
}

/** Oldest first, so that a balance goes through the totals that it had; those of one moment in the order of their ids. */
function inOrder(left: AccountRecord, right: AccountRecord): number {
  if (left.at !== right.at) return left.at - right.at;
  return left.recordId < right.recordId ? -1 : 1;
}

/** The records without the pairs that are one transfer from a wallet of the account into another. */
function withoutInnerTransfers(records: readonly AccountRecord[]): readonly AccountRecord[] {
  const paired = new Set<AccountRecord>();
  for (const out of records) {
    if (out.kind !== 'transfer_out') continue;
    const into = records.find((other) => !paired.has(other) && isOtherSide(out, other));
    if (into !== undefined) paired.add(out).add(into);
  }
  return records.filter((record) => !paired.has(record));
}

/** The worth of the two sides of each conversion: the one that left and the one that came for it at the same moment. */
function exchangedValues(
  state: PortfolioState,
  accountId: AccountId,
  mode: AccountMode,
  records: readonly AccountRecord[],
  at: TimeMs,
): ReadonlyMap<AccountRecord, Decimal> {
  const values = new Map<AccountRecord, Decimal>();
  const conversions = records.filter(({ kind }) => kind === 'conversion');
  for (const out of conversions.filter(({ amount }) => amount.isNegative())) {
    const into = conversions.find(
      (other) =>
        !values.has(other) &&
        other.amount.isPositive() &&
        other.venueKind === out.venueKind &&
        other.at === out.at,
    );
    if (into === undefined) continue;
    const value = exchangedValue(state, accountId, mode, [out, into], at);
    values.set(out, value).set(into, value);
  }
  return values;
}

function isOtherSide(out: AccountRecord, other: AccountRecord): boolean {
  return (
    other.kind === 'transfer_in' &&
    other.wallet !== out.wallet &&
    other.asset === out.asset &&
    other.amount.equals(out.amount.negate()) &&
    Math.abs(other.at - out.at) <= TRANSFER_SIDES_MS
  );
}
