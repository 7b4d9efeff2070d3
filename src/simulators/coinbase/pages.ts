/**
 * Pages of a list that is sorted newest first, under a cursor that says after which row the next one begins.
 *
 * Entry point: `pageOf`. Source: `cursor`, `limit` and `has_next` of
 * "List Orders", "List Fills" and "List Accounts".
 */
import { pageAfter, placeOf, type Place, type Sorted } from '../wire/pages.ts';
import { malformed } from './errors.ts';
import { readLimit, type Parameters } from './parameters.ts';

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
  const { rows: shown, next } = pageAfter(rows, cursorOf(parameters), limit);
  return {
    rows: shown,
    hasNext: next !== null,
    cursor: next === null ? '' : Buffer.from(next).toString('base64url'),
  };
}

function cursorOf(parameters: Parameters): Place | null {
  const cursor = parameters.optional('cursor');
  if (cursor === undefined) return null;
  const place = placeOf(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (place === null) throw malformed('cursor');
  return place;
}
