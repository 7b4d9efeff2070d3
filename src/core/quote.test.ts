import { expect, it } from 'vitest';
import { decimal } from './decimal.ts';
import { bookMark, soundTop, takenPrice, valuationPrice, type TopOfBook } from './quote.ts';
import { quoteAt, SPOT_INSTRUMENT } from './testing/fixture.ts';

const TICK = decimal('0.01');

function top(bid: string, ask: string, bidQuantity = '1', askQuantity = '1'): TopOfBook {
  return {
    bid: decimal(bid),
    bidQuantity: decimal(bidQuantity),
    ask: decimal(ask),
    askQuantity: decimal(askQuantity),
    venueAt: 1,
  };
}

function sidesOf(given: TopOfBook): readonly (string | null)[] {
  const { bid, bidQuantity, ask, askQuantity } = soundTop(given);
  return [bid, bidQuantity, ask, askQuantity].map((figure) => figure?.toString() ?? null);
}

it('a side that is absent, zero or crossed is absent, and no mark comes of what is left', () => {
  expect(sidesOf(top('59996', '60004'))).toEqual(['59996', '1', '60004', '1']);
  // A swept book, whose middle is no price: 30,002.
  expect(sidesOf(top('0', '60004', '0'))).toEqual([null, null, '60004', '1']);
  expect(sidesOf(top('59996', '0', '1', '0'))).toEqual(['59996', '1', null, null]);
  expect(sidesOf(top('59996', '60004', '0'))).toEqual([null, null, '60004', '1']);
  expect(sidesOf({ ...top('1', '60004'), bid: null })).toEqual([null, null, '60004', '1']);
  expect(sidesOf(top('60005', '60004'))).toEqual([null, null, null, null]);
  expect(sidesOf(top('60004', '60004'))).toEqual([null, null, null, null]);
  expect(bookMark(soundTop(top('0', '60004', '0')), TICK)).toBeNull();
});

it('the middle of a book is a mark while its sides are near: within 20 % of it, or two ticks', () => {
  const markOf = (bid: string, ask: string, tick = TICK): string | undefined =>
    bookMark(top(bid, ask), tick)?.toString();
  expect(markOf('90', '110')).toBe('100');
  expect(markOf('89.99', '110.01')).toBeUndefined();
  expect(markOf('1', '60004')).toBeUndefined();
  expect(markOf('0.00000015', '0.00000017', decimal('0.00000001'))).toBe('0.00000016');
  expect(markOf('0.00000001', '0.00000003', decimal('0.00000001'))).toBe('0.00000002');
  expect(markOf('0.00000001', '0.00000004', decimal('0.00000001'))).toBeUndefined();
});

it('an order takes the other side of the book, and is valued at the mark, or where there is none at what it takes', () => {
  const quote = quoteAt(SPOT_INSTRUMENT, decimal('100'), 5);
  expect(takenPrice(quote, 'buy')?.toString()).toBe('100.01');
  expect(takenPrice(quote, 'sell')?.toString()).toBe('99.99');
  const value = (given: Partial<typeof quote>, side: 'buy' | 'sell'): string | undefined =>
    valuationPrice({ ...quote, ...given }, side)?.price.toString();
  expect(value({}, 'buy')).toBe('100');
  expect(value({ mark: null }, 'buy')).toBe('100.01');
  expect(value({ mark: null, ask: null }, 'buy')).toBe('99.99');
  expect(value({ mark: null, ask: null, bid: null }, 'buy')).toBeUndefined();
});
