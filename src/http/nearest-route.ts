/**
 * The endpoint that a path which there is not was probably meant for. Entry point: `nearestRoute`. Pure.
 *
 * Paths are compared segment by segment: a segment that is written otherwise costs the share of its letters that differ, one that
 * is missing or too many costs 1.
 */
import type { ServedRoute } from './contract/document.ts';

/** Longer paths are no slips. */
const LONGEST_PATH = 200;
const MOST_SEGMENTS = 12;
/** One segment missing, or a few letters; what costs more is another path. */
const FARTHEST = 1.1;
const OTHER_METHOD = 0.3;
const WITHOUT_PREFIX = 0.1;
/** A segment of which a greater share differs is another one: it costs as much as one too many and one missing. */
const SAME_SHARE = 0.5;
const OTHER_SEGMENT = 2;
/** A parameter takes any text: a route that has the text itself comes first. */
const PARAMETER = 0.2;

/** As `POST /api/v1/orders/{order_id}`; null where none is near. `prefix` may have been left out. */
export function nearestRoute(
  method: string,
  path: string,
  served: readonly ServedRoute[],
  prefix: string,
): string | null {
  if (path.length > LONGEST_PATH) return null;
  const hasPrefix = path.startsWith(`${prefix}/`);
  const asked = segmentsOf(path);
  const prefixed = segmentsOf(prefix + path);
  if (asked.length === 0 || asked.length > MOST_SEGMENTS) return null;
  let nearest: { readonly name: string; readonly cost: number } | null = null;
  for (const route of served) {
    if (route.isPage) continue;
    const there = segmentsOf(route.url);
    const cost =
      Math.min(
        distance(asked, there),
        hasPrefix ? Number.POSITIVE_INFINITY : distance(prefixed, there) + WITHOUT_PREFIX,
      ) + (route.method === method ? 0 : OTHER_METHOD);
    if (cost <= FARTHEST && (nearest === null || cost < nearest.cost))
      nearest = { name: `${route.method} ${route.url.replaceAll(/:(\w+)/g, '{$1}')}`, cost };
  }
  return nearest?.name ?? null;
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function distance(asked: readonly string[], there: readonly string[]): number {
  return edits(asked, there, (one, other) => {
    if (other.startsWith(':')) return PARAMETER;
    const share = letters(one, other) / Math.max(one.length, other.length);
    return share > SAME_SHARE ? OTHER_SEGMENT : share;
  });
}

function letters(one: string, other: string): number {
  return one === other ? 0 : edits(one.split(''), other.split(''), (a, b) => (a === b ? 0 : 1));
}

/** The least cost of making `one` of `other`: leaving out or adding a part costs 1, changing it what `changed` says. */
function edits<Part>(
  one: readonly Part[],
  other: readonly Part[],
  changed: (a: Part, b: Part) => number,
): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, a] of one.entries()) {
    const next = [index + 1];
    for (const [column, b] of other.entries())
      next.push(
        Math.min((row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1, (row[column] ?? 0) + changed(a, b)),
      );
    row = next;
  }
  return row[other.length] ?? 0;
}
