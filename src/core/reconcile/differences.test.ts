import { beforeEach, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import {
  DIFFERENCE_CONFIRMED_AFTER_MS,
  OpenDifferences,
  type LaterChanges,
  type ReadFigure,
} from './differences.ts';

const figure = (key: string, ours: string, theirs: string): ReadFigure => ({
  key,
  group: 'spot',
  ours: decimal(ours),
  theirs: decimal(theirs),
});
/** A purchase of 1 BTC for `cost` that was booked while the venue was read. */
const bought = (at: number, cost: string): LaterChanges => ({
  at,
  changes: [
    { key: 'BTC', delta: decimal('1') },
    { key: 'USDT', delta: decimal(`-${cost}`) },
  ],
});
let open: OpenDifferences;
beforeEach(() => {
  open = new OpenDifferences();
});
const take = (figures: readonly ReadFigure[], later: readonly LaterChanges[], at: number) =>
  [...open.take(figures, later, at)].map(([key, difference]) => `${key} ${difference.toString()}`);

it.each([
  ['before both', '1000', '0'],
  ['between them', '900', '1'],
  ['after both', '790', '2'],
])('a reading of a moment %s executions that overlapped it differs in nothing', (_when, usdt, btc) => {
  const later = [bought(2, '110'), bought(1, '100')];
  expect(take([figure('USDT', '790', usdt), figure('BTC', '2', btc)], later, 0)).toEqual([]);
  expect(open.isEmpty).toBe(true);
});

it('a difference is confirmed by a reading as long after the first one as the bound says, and not before', () => {
  const differs = (at: number) => take([figure('USDT', '1000', '1017.25')], [], at);
  expect(differs(1_000)).toEqual([]);
  expect(open.mayConfirm(1_000 + DIFFERENCE_CONFIRMED_AFTER_MS - 1)).toBe(false);
  expect(differs(1_000 + DIFFERENCE_CONFIRMED_AFTER_MS - 1)).toEqual([]);
  expect(open.mayConfirm(1_000 + DIFFERENCE_CONFIRMED_AFTER_MS)).toBe(true);
  expect(differs(1_000 + DIFFERENCE_CONFIRMED_AFTER_MS)).toEqual(['USDT 17.25']);
  expect(open.isEmpty).toBe(true);
});

it('a deposit among equal purchases is found by the moment at which the other asset agrees', () => {
  const reading = (usdt: string, btc: string, at: number) =>
    take([figure('USDT', '800', usdt), figure('BTC', '2', btc)], [bought(1, '100'), bought(2, '100')], at);
  reading('917.25', '1', 0);
  expect(reading('1017.25', '0', DIFFERENCE_CONFIRMED_AFTER_MS)).toEqual(['USDT 17.25']);
});

it('an execution that the venue lists late is not a difference: the next readings do not find it', () => {
  take([figure('USDT', '1000', '900'), figure('BTC', '0', '1')], [], 0);
  expect(open.isEmpty).toBe(false);
  take([figure('USDT', '900', '900'), figure('BTC', '1', '1')], [], 2_000);
  expect(open.isEmpty).toBe(true);
  expect(take([figure('USDT', '900', '800'), figure('BTC', '1', '2')], [], 6_000)).toEqual([]);
});

it('another difference than before begins anew', () => {
  take([figure('USDT', '1000', '900')], [], 0);
  expect(take([figure('USDT', '1000', '850')], [], 6_000)).toEqual([]);
  expect(take([figure('USDT', '1000', '850')], [], 11_000)).toEqual(['USDT -150']);
});
