/**
 * Pages of a list that is sorted newest first, under a cursor that says after which row the next one begins.
 *
 * Entry point: `pageOf`. A row that is added meanwhile stands before the cursor and moves nothing. Source: `cursor`, `limit` and `has_next` of
 * "List Orders", "List Fills" and "List Accounts".
 */
import { malformed } from './errors.ts';
import { readLimit, type Parameters } from './parameters.ts';

/** A row with what sorts it: a time in ms, and an id that is unique among rows of one time. */
export interface Sorted<Row> {
  readonly at: number;
  readonly id: string;
  readonly row: Row;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
  /** Empty on the last page. */
  readonly cursor: string;
}

/** The page that `cursor` and `limit` ask for. */
export function pageOf<Row>(
  rows: readonly Sorted<Row>[],
  parameters: Parameters,
  usual: number,
  most: number,
): Page<Row> {
  const limit = readLimit(parameters, usual, most);
  const newestFirst = [...rows].sort((left, right) => right.at - left.at || compare(right.id, left.id));
  const after = cursorOf(parameters);
  const from =
    after === null
      ? 0
      : newestFirst.findIndex(({ at, id }) => at < after.at || (at === after.at && id < after.id));
  const page = from < 0 ? [] : newestFirst.slice(from, from + limit);
  const last = page.at(-1);
  const hasNext = from >= 0 && from + limit < newestFirst.length;
  return {
    rows: page.map(({ row }) => row),
    hasNext,
    cursor: last === undefined || !hasNext ? '' : Buffer.from(`${last.at}:${last.id}`).toString('base64url'),
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function cursorOf(parameters: Parameters): { readonly at: number; readonly id: string } | null {
  const cursor = parameters.optional('cursor');
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, at, id] = /^(\d+):(.+)$/s.exec(text) ?? [];
  if (at === undefined || id === undefined) throw malformed('cursor');
  return { at: Number(at), id };
}
