import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { instrumentSymbol, venueClientOrderId, venueOrderId } from '../core/ids.ts';
import type { OrderReport } from '../core/venue/report.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import { lookUp } from './look-up.ts';
import type { OrderSearch } from './look-up.ts';
import { ReadFailure } from './read-retry.ts';

const REPORT: OrderReport = {
  symbol: instrumentSymbol('BTC/USDT'),
  venueOrderId: venueOrderId('1'),
  venueClientOrderId: venueClientOrderId('ours'),
  status: 'open',
  side: 'buy',
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
