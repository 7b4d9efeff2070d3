import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { instrumentSymbol, tradeId, venueOrderId } from '../core/ids.ts';
import type { FillsCursor, VenueFill } from '../core/venue/report.ts';
import { fillsBySpan, nextSpan, timeCursor, timeOfCursor } from './fills-span.ts';
import type { ExecutionList } from './fills-span.ts';
import { ReadFailure } from './read-retry.ts';

const BOUNDS = { longestMs: 100, oldestMs: 1_000, listingLagMs: 10 };

describe('the span to read next', () => {
  it.each([
    [
      'goes on from where reading ended',
      500,
      2_000,
      { from: 1_000, to: 1_099, settledAt: 1_100, hasMore: true },
    ],
    [
      'is no longer than one question',
      1_500,
      2_000,
      { from: 1_500, to: 1_599, settledAt: 1_600, hasMore: true },
    ],
    ['stays behind the present', 1_950, 2_000, { from: 1_950, to: 2_010, settledAt: 1_990, hasMore: false }],
    ['never goes back', 1_999, 2_000, { from: 1_999, to: 2_010, settledAt: 1_999, hasMore: false }],
    ['is empty in the future', 2_050, 2_000, { from: 2_050, to: 2_010, settledAt: 2_050, hasMore: false }],
  ])('%s', (_name, since, now, span) => {
    expect(nextSpan(since, now, BOUNDS)).toEqual(span);
  });
});

describe('cursors', () => {
  it('survive their text', () => {
    expect(timeOfCursor(timeCursor(1_700_000_000_000))).toBe(1_700_000_000_000);
    expect(timeOfCursor('id:5')).toBeNull();
  });

  it('are refused when they were not made here', async () => {
    const list: ExecutionList = { ...BOUNDS, page: async () => ({ fills: [], next: null }) };
    await expect(fillsBySpan(list, 'page:2', 0, 0)).rejects.toThrow(ReadFailure);
  });
});

/** An execution whose id says nothing of its time. */
function executed(id: string, executedAt: number): VenueFill {
  return {
    symbol: instrumentSymbol('BTC/USDT'),
    tradeId: tradeId(id),
    venueOrderId: venueOrderId('1'),
    venueClientOrderId: null,
    side: 'buy',
    positionSide: 'net',
    sequence: null,
    price: Decimal.one,
    quantity: Decimal.one,
    fee: Decimal.zero,
    feeAsset: null,
    liquidity: null,
    realizedPnl: null,
    executedAt,
  };
}

/** A venue that lists each execution some time after it was made, the newest first, two to a page. */
function venueOf(executions: readonly { readonly at: number; readonly lagMs: number }[]) {
  let now = 0;
  const list: ExecutionList = {
    ...BOUNDS,
    page: async (from, to, token) => {
      const listed = executions
        .map(({ at, lagMs }, index) => ({ fill: executed(`${index}-x`, at), listedAt: at + lagMs }))
        .filter(({ fill, listedAt }) => fill.executedAt >= from && fill.executedAt <= to && listedAt <= now)
        .map(({ fill }) => fill)
        .toSorted((left, right) => right.executedAt - left.executedAt);
      const start = token === null ? 0 : Number(token.replace('after:', ''));
      const next = start + 2 < listed.length ? `after:${start + 2}` : null;
      return { fills: listed.slice(start, start + 2), next };
    },
  };
  return {
    list,
    setTime: (time: number) => {
      now = time;
    },
  };
}

describe('executions by spans of time', () => {
  it('come page by page under the token of the venue, within the bounds of the first page', async () => {
    const asked: (readonly [number, number, string | null])[] = [];
    const list: ExecutionList = {
      ...BOUNDS,
      page: async (from, to, token) => {
        asked.push([from, to, token]);
        return {
          fills: [executed('b', from + 1), executed('a', from)],
          next: token === null ? 'x:1\n2' : null,
        };
      },
    };
    const first = await fillsBySpan(list, null, 1_950, 2_000);
    expect(first.fills.map((fill) => fill.tradeId)).toEqual(['a', 'b']);
    expect(first.hasMore).toBe(true);
    const second = await fillsBySpan(list, first.cursor, 0, 5_000);
    expect(asked).toEqual([
      [1_950, 2_010, null],
      [1_950, 2_010, 'x:1\n2'],
    ]);
    expect(second).toMatchObject({ cursor: timeCursor(1_990), hasMore: false });
  });

  it('come by time, and within a millisecond as the venue numbers them', async () => {
    const numbered = (id: string, sequence: number): VenueFill => ({ ...executed(id, 1_960), sequence });
    const list: ExecutionList = {
      ...BOUNDS,
      page: async () => ({
        fills: [executed('d', 1_961), numbered('c', 10), numbered('b', 9), executed('a', 1_950)],
        next: null,
      }),
    };
    const { fills } = await fillsBySpan(list, null, 1_950, 2_000);
    expect(fills.map((fill) => fill.tradeId)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are all read, however late they are listed within the lag and however pages fall', async () => {
    const executions = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 400 }), lagMs: fc.integer({ min: 0, max: 10 }) }),
      { maxLength: 12 },
    );
    const steps = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(executions, steps, async (made, pauses) => {
        const venue = venueOf(made);
        const read = new Set<string>();
        let cursor: FillsCursor | null = null;
        let now = 0;
        for (const pauseMs of [...pauses, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) {
          now += pauseMs;
          venue.setTime(now);
          const page = await fillsBySpan(venue.list, cursor, 0, now);
          for (const fill of page.fills) read.add(fill.tradeId);
          cursor = page.cursor;
        }
        expect(read.size).toBe(made.length);
      }),
    );
  });
});
