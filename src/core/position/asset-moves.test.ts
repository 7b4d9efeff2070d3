import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { instrumentSymbol } from '../ids.ts';
import { SPOT } from '../testing/fixture.ts';
import {
  isBefore,
  NO_MOVES,
  withBooked,
  withMove,
  withReading,
  type AssetMove,
  type Place,
} from './asset-moves.ts';

const OTHER_MARKET = instrumentSymbol('BTC/USDC');

const place = (given: Partial<Place>): Place => ({
  at: 1_000,
  sequence: null,
  symbol: SPOT,
  adds: true,
  ...given,
});

describe('the order of two moves', () => {
  it.each<[string, Partial<Place>, Partial<Place>]>([
    ['the earlier one', { at: 999, adds: false }, { at: 1_000 }],
    ['of one millisecond the one that comes before the one that goes', { adds: true }, { adds: false }],
    [
      'of one instrument the lower sequence, whatever it does',
      { sequence: 7, adds: false },
      { sequence: 8, adds: true },
    ],
    [
      'of two instruments what comes, whatever their sequences',
      { sequence: 8, adds: true },
      { sequence: 7, adds: false, symbol: OTHER_MARKET },
    ],
    [
      'a reading before a move of its moment',
      { isReading: true, adds: false },
      { isReading: false, adds: true },
    ],
  ])('is %s first', (_which, first, second) => {
    expect([isBefore(place(first), place(second)), isBefore(place(second), place(first))]).toEqual([
      true,
      false,
    ]);
  });
});

describe('a move that is booked after a reading', () => {
  const kept = withReading(NO_MOVES, decimal('-5'), { askedAt: 1_000, readAt: 1_100 }, 'then');
  const shown = ({ moves, bookedTwice }: typeof kept): readonly unknown[] => [
    moves.map(({ amount, inDoubt = [] }: AssetMove) => [amount.toString(), inDoubt.length]),
    bookedTwice.toString(),
  ];

  it.each([
    ['before it was asked for', 999, [[['-3', 0]], '-2']],
    ['at the moment at which it was asked for', 1_000, [[['-3', 1]], '-2']],
    ['after it was answered', 1_101, [[['-5', 0]], '0']],
  ] as const)(
    'and executed %s is a part of what it found, in doubt from the question on',
    (_when, at, after) => {
      expect(shown(withBooked(kept, { at, amount: decimal('-2') }))).toEqual(after);
    },
  );

  it('stands at its place among the moves', () => {
    const move = { id: 'sale', at: 999, sequence: null, amount: decimal('-2') };
    const { moves, bookedTwice } = withMove(kept, move);
    expect(moves.map(({ id, amount }) => [id, amount.toString()])).toEqual([
      ['sale', '-2'],
      ['', '-3'],
    ]);
    expect(bookedTwice.toString()).toBe('-2');
  });
});
