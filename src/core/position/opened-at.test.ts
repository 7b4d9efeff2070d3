import { afterEach, beforeEach, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { positionKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, SPOT, START, SWAP } from '../testing/fixture.ts';
import { changedAt, openingMarks } from './position.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

function trade(symbol: typeof SPOT, side: 'buy' | 'sell', quantity: string): void {
  desk.at += 1_000;
  const order = desk.open({ symbol, side, quantity: decimal(quantity) });
  desk.fill(order, `t${desk.at}`, { quantity: decimal(quantity), executedAt: desk.at });
}
const position = (symbol: typeof SPOT) => {
  const found = desk.state.positions.get(positionKey(ACCOUNT, symbol, 'net'));
  if (found === undefined) throw new Error('no position');
  return found;
};
const openedAfter = (symbol: typeof SPOT): number => (position(symbol).openedAt ?? NaN) - START;

it.each([SPOT, SWAP])('%s: a position keeps when it was opened until it is opened anew', (symbol) => {
  const first = desk.at + 1_000 - START;
  trade(symbol, 'buy', '2');
  expect(openedAfter(symbol)).toBe(first);
  trade(symbol, 'buy', '1');
  trade(symbol, 'sell', '1');
  expect(openedAfter(symbol)).toBe(first);
  trade(symbol, 'sell', '2');
  expect(openedAfter(symbol)).toBe(first);
  trade(symbol, 'buy', '1');
  expect(openedAfter(symbol)).toBe(first + 4_000);
});

it('one that turns over is another', () => {
  trade(SWAP, 'buy', '1');
  const first = openedAfter(SWAP);
  trade(SWAP, 'sell', '3');
  expect(openedAfter(SWAP)).toBe(first + 1_000);
});

it('one of an earlier release is not known until an execution says that it opens another', () => {
  trade(SWAP, 'buy', '1');
  const earlier = { ...position(SWAP), openedAt: undefined };
  const flat = { ...earlier, netQuantity: decimal('0') };
  expect(openingMarks(earlier, flat)).toEqual({});
  expect(openingMarks(flat, earlier)).toEqual({ dated: true });
  expect(changedAt(flat, earlier, START + 5).openedAt).toBeUndefined();
  expect(changedAt(flat, earlier, START + 5, true).openedAt).toBe(START + 5);
  expect(changedAt({ ...flat, openedAt: START }, { ...earlier, openedAt: START }, START + 5).openedAt).toBe(
    START + 5,
  );
});
