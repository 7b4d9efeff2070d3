import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { instrumentSymbol, venueClientOrderId, venueOrderId } from '../core/ids.ts';
import type { OrderReport } from '../core/venue/report.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import { lookUp, orNull, searchLists } from './look-up.ts';
import type { OrderSearch } from './look-up.ts';
import { NoSuchOrder, ReadFailure } from './read-retry.ts';

const REPORT: OrderReport = {
  symbol: instrumentSymbol('BTC/USDT'),
  venueOrderId: venueOrderId('1'),
  venueClientOrderId: venueClientOrderId('ours'),
  status: 'open',
  side: 'buy',
  positionSide: null,
  quantity: Decimal.one,
  price: Decimal.one,
  filledQuantity: Decimal.zero,
  triggeredVenueOrderId: null,
  venueReason: '',
  updatedAt: 0,
};

/** A venue that knows no order, but for what is said; it keeps the questions in their order. */
function venueOf(answers: Partial<OrderSearch> = {}) {
  const asked: string[] = [];
  const noting =
    <Question extends unknown[], Answer>(name: string, answer: (...question: Question) => Promise<Answer>) =>
    async (...question: Question): Promise<Answer> => {
      asked.push([name, ...question].join(' '));
      return answer(...question);
    };
  const search: OrderSearch = {
    venueTime: noting('time', answers.venueTime ?? (async () => 5_000)),
    directly: noting('directly', answers.directly ?? (async () => null)),
    inLists: noting('lists', answers.inLists ?? (async () => null)),
    fills: noting('fills', answers.fills ?? (async () => [])),
    listingLagMs: 100,
  };
  return { asked, search };
}

describe('looking an order up', () => {
  it('counts an absence as of a time that was read before anything else, after everything was asked', async () => {
    const { asked, search } = venueOf();
    expect(await lookUp(search, { thorough: true, since: 7 })).toEqual({
      kind: 'absent',
      venueTime: 5_000,
      fills: [],
    });
    expect(asked).toEqual(['time', 'directly', 'lists 7 5100', 'fills 7 5100']);
  });

  it('asks nothing further once it is found', async () => {
    const direct = venueOf({ directly: async () => REPORT });
    expect(await lookUp(direct.search, { thorough: true, since: 7 })).toEqual({
      kind: 'found',
      report: REPORT,
    });
    expect(direct.asked).toEqual(['time', 'directly']);
    const listed = venueOf({ inLists: async () => REPORT });
    expect(await lookUp(listed.search, { thorough: true, since: 7 })).toMatchObject({ kind: 'found' });
    expect(listed.asked).toEqual(['time', 'directly', 'lists 7 5100']);
  });

  it('asks only the direct question while an absence would not count, and proves nothing by it', async () => {
    const { asked, search } = venueOf();
    expect(await lookUp(search, { thorough: false, since: 7 })).toEqual({ kind: 'not_seen' });
    expect(asked).toEqual(['directly']);
  });

  it.each(['venueTime', 'directly', 'inLists', 'fills'] as const)(
    'claims no absence when %s cannot be read',
    async (question) => {
      for (const failure of [new ReadFailure('down', 'unreachable'), new MalformedAnswer('down')]) {
        const { search } = venueOf({ [question]: async () => Promise.reject(failure) });
        expect(await lookUp(search, { thorough: true, since: 7 })).toEqual({
          kind: 'failed',
          detail: 'down',
        });
      }
    },
  );
});

describe('the lists of a venue', () => {
  const ours = { venueClientOrderId: venueClientOrderId('ours'), venueOrderIds: [venueOrderId('1')] };
  const other: OrderReport = {
    ...REPORT,
    venueOrderId: venueOrderId('2'),
    venueClientOrderId: venueClientOrderId('other'),
  };
  const renamed: OrderReport = { ...REPORT, venueClientOrderId: null };
  const nameless = { ...ours, venueOrderIds: [] };

  it.each([
    ['among the working orders', ours, [other, REPORT], [], REPORT],
    ['in the history', ours, [other], [other, REPORT], REPORT],
    ["by the venue's id alone", ours, [renamed], [], renamed],
    ['nowhere', ours, [other], [other], null],
    ['nowhere while its venue id is unknown', nameless, [renamed], [], null],
  ])('are searched %s', async (_name, request, working, history, found) => {
    const search = searchLists(
      request,
      async () => working,
      async () => history,
    );
    expect(await search(1, 2)).toBe(found);
  });

  it('are asked for the history of the span only where the working orders lack the order', async () => {
    const spans: (readonly [number, number])[] = [];
    const search = (working: readonly OrderReport[]) =>
      searchLists(
        ours,
        async () => working,
        async (since, until) => {
          spans.push([since, until]);
          return [];
        },
      );
    await search([REPORT])(1, 2);
    expect(spans).toEqual([]);
    await search([])(1, 2);
    expect(spans).toEqual([[1, 2]]);
  });

  it('do not take a failure for an order that the venue does not know', async () => {
    expect(await orNull(Promise.resolve(REPORT))).toBe(REPORT);
    expect(await orNull(Promise.reject(new NoSuchOrder('order')))).toBeNull();
    const failure = new ReadFailure('down', 'unreachable');
    await expect(orNull(Promise.reject(failure))).rejects.toBe(failure);
  });
});
