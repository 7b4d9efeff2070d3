/** Pages under a place: nothing twice, nothing left out, whatever comes between two of them. */
import { expect, test } from 'vitest';
import { pageAfter, placeOf, type Sorted } from './pages.ts';

const row = (at: number, id: string): Sorted<string> => ({ at, id, row: `${at}${id}` });
const ROWS = [row(1, 'a'), row(3, 'a'), row(2, 'a'), row(2, 'b'), row(2, 'c')];

test('pages follow one another from the newest, rows of one time by their ids', () => {
  const first = pageAfter(ROWS, null, 2);
  expect(first).toEqual({ rows: ['3a', '2c'], next: '2:c' });
  const second = pageAfter(ROWS, placeOf(first.next ?? ''), 2);
  expect(second).toEqual({ rows: ['2b', '2a'], next: '2:a' });
  expect(pageAfter(ROWS, placeOf(second.next ?? ''), 2)).toEqual({ rows: ['1a'], next: null });
});

test('a row that is added meanwhile moves nothing, and a place whose row is gone still divides', () => {
  expect(pageAfter([...ROWS, row(4, 'z')], { at: 2, id: 'c' }, 2).rows).toEqual(['2b', '2a']);
  expect(pageAfter(ROWS, { at: 2, id: 'bb' }, 1).rows).toEqual(['2b']);
});

test('a page that ends with the last row has none after it, and nothing follows the oldest', () => {
  expect(pageAfter(ROWS, null, 5).next).toBeNull();
  expect(pageAfter(ROWS, null, 4).next).toBe('2:a');
  expect(pageAfter(ROWS, { at: 1, id: 'a' }, 5)).toEqual({ rows: [], next: null });
  expect(pageAfter([], null, 5)).toEqual({ rows: [], next: null });
});

test.each(['', '7', '7:', ':a', 'x:a'])('%j names no place', (text) => {
  expect(placeOf(text)).toBeNull();
});
