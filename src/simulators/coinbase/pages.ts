/**
 * Pages of a list that is sorted newest first: under a cursor that says after which row the next one begins, and in the Coinbase App API after
 * the id of the last entry that one has.
 *
 * Entry points: `pageOf`, `listPage`. Sources: `cursor`, `limit` and `has_next` of "List Orders", "List Fills" and "List Accounts";
 * "Pagination" of the Coinbase App API.
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

const USUAL_PAGE = 25;
const MOST_PAGE = 100;

/** The page behind `starting_after`, with what the next one is asked for by; `path` is that of the list. */
export function listPage(
  rows: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[],
  parameters: Parameters,
  path: string,
): Readonly<Record<string, unknown>> {
  const limit = readLimit(parameters, USUAL_PAGE, MOST_PAGE);
  const after = parameters.optional('starting_after');
  const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1;
  const page = rows.slice(from, from + limit);
  const next = from + limit < rows.length ? (page.at(-1)?.id ?? null) : null;
  return {
    pagination: {
      ending_before: null,
      starting_after: after ?? null,
      previous_ending_before: null,
      next_starting_after: next,
      limit,
      order: 'desc',
      previous_uri: null,
      next_uri: next === null ? null : `${path}?starting_after=${next}`,
    },
    data: page,
  };
}
