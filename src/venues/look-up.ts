/**
 * Looks one order up, so that its absence can count.
 *
 * Entry points: `lookUp`; `searchLists` and `orNull` for a venue's `OrderSearch`. A venue's folder says how an order is
 * asked for in each place.
 *
 * Invariant: an absence is as of a time of the venue that was read before the first question, and rests on the direct
 * look-up, the working orders, the history and the executions, in this order.
 */
import type { TimeMs } from '../core/ids.ts';
import type { LookUpAnswer } from '../core/venue/outcome.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import type { LookUpRequest } from './gateway.ts';
import { failedRead } from './read-answer.ts';
import { NoSuchOrder } from './read-retry.ts';

/** Where one order can be found. Each question rejects with `ReadFailure` or `MalformedAnswer`. */
export interface OrderSearch {
  /** The venue's own clock, read now. */
  readonly venueTime: () => Promise<TimeMs>;
  /** By its id; null when the venue says that it knows no such order. */
  readonly directly: () => Promise<OrderReport | null>;
  /** Among the working orders, then in the history between two times of the venue. */
  readonly inLists: (since: TimeMs, until: TimeMs) => Promise<OrderReport | null>;
  /** All executions on its instrument between two times of the venue. */
  readonly fills: (since: TimeMs, until: TimeMs) => Promise<readonly VenueFill[]>;
  /** How far behind the venue's clock something may be listed, or how far ahead of ours. */
  readonly listingLagMs: number;
}

/** Asks the dear questions only where an absence would count by now. Never rejects for a failed read. */
export async function lookUp(
  search: OrderSearch,
  request: Pick<LookUpRequest, 'thorough' | 'since'>,
): Promise<LookUpAnswer> {
  try {
    if (!request.thorough) {
      const report = await search.directly();
      return report === null ? { kind: 'not_seen' } : { kind: 'found', report };
    }
    // Read first: an absence counts only as of a time before the first question was asked.
    const venueTime = await search.venueTime();
    const until = venueTime + search.listingLagMs;
    const report = (await search.directly()) ?? (await search.inLists(request.since, until));
    if (report !== null) return { kind: 'found', report };
    return { kind: 'absent', venueTime, fills: await search.fills(request.since, until) };
  } catch (error) {
    return { kind: 'failed', detail: failedRead(error).detail };
  }
}

/** `OrderSearch.inLists` of a venue with a list of working orders and a history of all orders. */
export function searchLists(
  request: Pick<LookUpRequest, 'venueClientOrderId' | 'venueOrderIds'>,
  working: () => Promise<readonly OrderReport[]>,
  history: (since: TimeMs, until: TimeMs) => Promise<readonly OrderReport[]>,
): OrderSearch['inLists'] {
  const isAskedFor = (report: OrderReport): boolean =>
    report.venueClientOrderId === request.venueClientOrderId ||
    request.venueOrderIds.includes(report.venueOrderId);
  return async (since, until) =>
    (await working()).find(isAskedFor) ?? (await history(since, until)).find(isAskedFor) ?? null;
}

/** The reading of one order; null when the venue says that it knows no such order. */
export async function orNull(reading: Promise<OrderReport>): Promise<OrderReport | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NoSuchOrder) return null;
    throw error;
  }
}
