/**
 * Pages of a list that is read newest first, each beginning after the last row of the former.
 *
 * Entry points: `pageAfter`, `placeOf`. A row that is added meanwhile stands before the place and moves nothing. A venue's folder says how
 * its cursor writes a place, and how many rows a page has.
 */

/** The place of a row in its list: a time in ms, and an id that is unique among rows of one time. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

export interface Sorted<Row> extends Place {
  readonly row: Row;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** The text of the place that the next page begins after; null on the last page. */
  readonly next: string | null;
}

/** At most `limit` rows, those after `after`, or from the newest where it is null. */
export function pageAfter<Row>(rows: readonly Sorted<Row>[], after: Place | null, limit: number): Page<Row> {
  const newestFirst = [...rows].sort((left, right) => right.at - left.at || compare(right.id, left.id));
  const from =
    after === null
      ? 0
      : newestFirst.findIndex(({ at, id }) => at < after.at || (at === after.at && id < after.id));
  const page = from < 0 ? [] : newestFirst.slice(from, from + limit);
  const last = page.at(-1);
  const isLast = from < 0 || from + limit >= newestFirst.length;
  return {
    rows: page.map(({ row }) => row),
    next: last === undefined || isLast ? null : `${last.at}:${last.id}`,
  };
}

/** The place that a text of `Page.next` names; null for any other text. */
export function placeOf(text: string): Place | null {
  const [, at, id] = /^(\d+):(.+)$/s.exec(text) ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
