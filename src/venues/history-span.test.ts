import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPages, readSpan, spansOf } from './history-span.ts';
import { ReadFailure } from './read-retry.ts';

const PAGE_LIMIT = 1_000;

/** A venue that answers with at most one page, from whichever end it likes. */
function venueOf(times: readonly number[], keepsNewest: boolean) {
  let questions = 0;
  return {
    asked: () => questions,
    read: async (start: number, end: number) => {
      questions += 1;
      const inside = times.filter((time) => time >= start && time <= end);
      return keepsNewest ? inside.slice(-PAGE_LIMIT) : inside.slice(0, PAGE_LIMIT);
    },
  };
}

describe('reading a span', () => {
  it('leaves nothing out and repeats nothing, whichever end a full answer keeps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 4_000 }),
        fc.boolean(),
        fc.boolean(),
        async (unsorted, keepsNewest, knowsTimes) => {
          const times = unsorted.toSorted((left, right) => left - right);
          const venue = venueOf(times, keepsNewest);
          const items = await readSpan(
            {
              longestMs: 20_000,
              pageLimit: PAGE_LIMIT,
              mostQuestions: 500,
              read: venue.read,
              ...(knowsTimes ? { timeOf: (time: number) => time } : {}),
            },
            0,
            50_000,
          );
          expect(items).toEqual(times);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([true, false])(
    'asks about a burst of items by their times: newest kept %s',
    async (keepsNewest) => {
      // 5,000 items within two seconds of a week.
      const times = Array.from({ length: 5_000 }, (_, index) => 300_000_000 + Math.floor(index / 2.5));
      const asked = async (timeOf?: (time: number) => number): Promise<number> => {
        const venue = venueOf(times, keepsNewest);
        const reader = {
          longestMs: 604_800_000,
          pageLimit: PAGE_LIMIT,
          mostQuestions: 500,
          read: venue.read,
        };
        expect(await readSpan(timeOf === undefined ? reader : { ...reader, timeOf }, 0, 604_799_999)).toEqual(
          times,
        );
        return venue.asked();
      };
      expect(await asked((time) => time)).toBeLessThanOrEqual(13);
      expect(await asked()).toBeGreaterThan(30);
    },
  );

  it('fails rather than leave something out', async () => {
    const crowded = venueOf(
      Array.from({ length: PAGE_LIMIT }, () => 7),
      true,
    );
    await expect(
      readSpan({ longestMs: 100, pageLimit: PAGE_LIMIT, mostQuestions: 50, read: crowded.read }, 0, 99),
    ).rejects.toThrow(ReadFailure);
    const long = venueOf([], true);
    await expect(
      readSpan({ longestMs: 10, pageLimit: PAGE_LIMIT, mostQuestions: 5, read: long.read }, 0, 1_000),
    ).rejects.toThrow('more than 5 questions');
    expect(long.asked()).toBe(5);
  });
});

describe('pages under a token of the venue', () => {
  const pagesOf = (count: number) => {
    const asked: (string | null)[] = [];
    const read = async (token: string | null) => {
      asked.push(token);
      const page = asked.length;
      return { items: [page], next: page < count ? `after ${page}` : null };
    };
    return { asked, read };
  };

  it('are read until the last one', async () => {
    const { asked, read } = pagesOf(3);
    expect(await readPages('orders', 3, read)).toEqual([1, 2, 3]);
    expect(asked).toEqual([null, 'after 1', 'after 2']);
  });

  it('are no answer where there are more than may be asked for', async () => {
    const { asked, read } = pagesOf(4);
    await expect(readPages('orders', 3, read)).rejects.toThrow('more than 3 pages of orders');
    expect(asked).toHaveLength(3);
  });
});

describe('spans of a time', () => {
  it('include both ends once', () => {
    expect(spansOf(10, 24, 5)).toEqual([
      [10, 14],
      [15, 19],
      [20, 24],
    ]);
    expect(spansOf(10, 10, 5)).toEqual([[10, 10]]);
    expect(spansOf(11, 10, 5)).toEqual([]);
  });
});
