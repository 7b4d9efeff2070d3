/**
 * Pages of a list that is sorted newest first, between two ids and two times.
 *
 * Entry point: `pageOf`. `after` asks for what is older than an id, `before` for what is newer. Source: "Order history", "Transaction
 * details" and "Get bills details" of the v5 documentation.
 */
import { parameterError } from './errors.ts';
import { readLimit, type Parameters } from './parameters.ts';

/** A row with what sorts it: a time in ms, and an id that rises with it. */
export interface Sorted<Row> {
  readonly at: number;
  /** Decimal digits. */
  readonly id: string;
  readonly row: Row;
}

const MOST_ROWS = 100;

export function pageOf<Row>(rows: readonly Sorted<Row>[], parameters: Parameters): readonly Row[] {
  const limit = readLimit(parameters, MOST_ROWS, MOST_ROWS);
  const after = readId(parameters, 'after');
  const before = readId(parameters, 'before');
  const begin = parameters.optionalInteger('begin') ?? 0;
  const end = parameters.optionalInteger('end') ?? Number.MAX_SAFE_INTEGER;
  const found = rows
    .map((row) => ({ ...row, number: BigInt(row.id) }))
    .filter(
      ({ at, number }) =>
        at >= begin &&
        at <= end &&
        (after === null || number < after) &&
        (before === null || number > before),
    )
    .sort((left, right) => (right.number > left.number ? 1 : -1));
  return found.slice(0, limit).map(({ row }) => row);
}

function readId(parameters: Parameters, name: string): bigint | null {
  const text = parameters.optional(name);
  if (text === undefined) return null;
  if (!/^\d{1,25}$/.test(text)) throw parameterError(name);
  return BigInt(text);
}
