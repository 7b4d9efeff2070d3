/**
 * The entries of a venue's list of what moved balances, apart: records, and the instruments whose executions some of them repeat.
 *
 * Entry points: `recordsOf`, `takenAndGivenBack`.
 */
import type { InstrumentSymbol, TimeMs } from '../core/ids.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { AccountRecord, AccountRecords } from '../core/venue/account-record.ts';
import { asObject } from './ccxt/exact-json.ts';

export interface EntryReader {
  /** The instrument of ours whose execution the entry repeats; null where it repeats none. */
  readonly executedIn: (entry: JsonObject) => InstrumentSymbol | null;
  /** Venue clock. */
  readonly timeOf: (entry: JsonObject) => TimeMs;
  readonly recordFrom: (entry: JsonObject) => AccountRecord;
}

/** Throws `MalformedAnswer` where an item is no object, and what the reader throws. */
export function recordsOf(
  items: readonly JsonValue[],
  { executedIn, timeOf, recordFrom }: EntryReader,
): Required<Pick<AccountRecords, 'records' | 'traded'>> {
  const entries = items.map((item) => {
    const entry = asObject(item, 'entry');
    return { entry, symbol: executedIn(entry) };
  });
  return {
    records: entries.filter(({ symbol }) => symbol === null).map(({ entry }) => recordFrom(entry)),
    traded: entries.flatMap(({ entry, symbol }) => (symbol === null ? [] : [{ symbol, at: timeOf(entry) }])),
  };
}

/**
 * An amount that a venue takes when it is asked for, and that it may give back when it refuses or fails to send it: then there is a second
 * record, since the first one may be booked. Of one that took nothing the two add up to nothing.
 */
export function takenAndGivenBack(taken: AccountRecord, isGivenBack: boolean): readonly AccountRecord[] {
  if (!isGivenBack) return [taken];
  const { amount, recordId, venueKind } = taken;
  return [
    taken,
    {
      ...taken,
      recordId: `${recordId} given back`,
      venueKind: `${venueKind} given back`,
      amount: amount.negate(),
    },
  ];
}
