import { afterEach, beforeEach, expect, it } from 'vitest';
import { decimal, type Decimal } from '../decimal.ts';
import { realizedToday, tradingResult, type Valuation } from '../risk/equity.ts';
import { addIntervals, exactly, middleOf } from '../risk/valuation.ts';
import { ACCOUNT, Desk, setting, SPOT, START, typesOf, type Decision } from '../testing/fixture.ts';
import type { AdoptionRequest } from './adopt.ts';
import { closableQuantity } from './closable.ts';
import { costBasis, entryPrice, type Position } from './position.ts';

const MARK = decimal('100');
let desk: Desk;
beforeEach(() => {
  desk = Desk.funded('1000000', '3');
});
afterEach(() => {
  desk.expectReplayEqual();
});

const adopt = (quantity: string, given: Partial<AdoptionRequest> = {}): Decision =>
  desk.run({
    type: 'adopt_holdings',
    accountId: ACCOUNT,
    symbol: SPOT,
    setting: setting(),
    quantity: decimal(quantity),
    costBasis: decimal('40'),
    mark: MARK,
    venueAt: START,
    requestedBy: 'ann',
    why: 'bought in March',
    idempotency: null,
    ...given,
  });
const position = (): Position => {
  const found = desk.state.positions.get(`${ACCOUNT} ${SPOT}`);
  if (found === undefined) throw new RangeError('there is no position');
  return found;
};
const valued = (mark: Decimal): Valuation => ({
  priceOf: (key) => (key === `${ACCOUNT} ${SPOT}` ? exactly(mark) : null),
});
const result = (mark: Decimal): string => {
  const { realized, unrealized } = tradingResult(desk.state, valued(mark), () => true);
  return middleOf(addIntervals(realized, unrealized)).toString();
};

it('adopted holdings are a position that begins at what they are worth: no result moves, and the cost basis is shown', () => {
  expect(adopt('2').reply).toEqual({ kind: 'adoption', outcome: { kind: 'adopted', replayed: false } });
  expect(result(MARK)).toBe('0');
  expect(entryPrice(position())?.toString()).toBe('100');
  expect(costBasis(position())?.toString()).toBe('40');
  expect(result(decimal('110'))).toBe('20');
  expect(desk.state.balances.get(`${ACCOUNT} spot BTC`)?.total.toString()).toBe('3');
});

it('they are reduced and closed as any position is, with the result since the adoption', () => {
  adopt('2');
  expect(closableQuantity(desk.state, position()).toString()).toBe('2');
  const half = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('130') });
  desk.fill(half, 'half');
  expect(costBasis(position())?.toString()).toBe('40');
  expect(realizedToday(desk.state, ACCOUNT, desk.at, valued(MARK))?.toString()).toBe('30');
  const rest = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('90') });
  desk.fill(rest, 'rest');
  expect(position().netQuantity.isZero()).toBe(true);
  expect(position().basisDifference).toBeUndefined();
  expect(result(MARK)).toBe('20');
});

it('what was bought here and what was adopted are one position, and one average', () => {
  desk.hold(SPOT, '2');
  adopt('2');
  expect(entryPrice(position())?.toString()).toBe('100');
  expect(costBasis(position())?.toString()).toBe('70');
});

it('they come after the last execution that is known, though the clock of the exchange is behind it', () => {
  desk.hold(SPOT, '2');
  const sale = desk.open({ side: 'sell', quantity: decimal('2'), price: decimal('130') });
  desk.fill(sale, 'sold', { executedAt: START + 10 });
  adopt('1', { mark: decimal('130'), venueAt: START + 5 });
  expect(position().realizedPnl.toString()).toBe('60');
  expect(entryPrice(position())?.toString()).toBe('130');
});

it('no more than the inventory is adopted', () => {
  desk.hold(SPOT, '1');
  expect(adopt('3').events).toHaveLength(1);
  expect(adopt('0.001')).toMatchObject({
    events: [],
    reply: { outcome: { kind: 'more_than_inventory', inventory: decimal('0') } },
  });
});

it('a repeat under its key adopts once, and another content is a conflict', () => {
  const idempotency = { key: 'k', contentHash: 'h' };
  expect(typesOf(adopt('1', { idempotency }))).toEqual(['position_adopted']);
  expect(adopt('1', { idempotency })).toMatchObject({
    events: [],
    reply: { outcome: { kind: 'adopted', replayed: true } },
  });
  expect(adopt('1', { idempotency: { ...idempotency, contentHash: 'other' } })).toMatchObject({
    events: [],
    reply: { outcome: { kind: 'adoption_key_conflict' } },
  });
  expect(position().netQuantity.toString()).toBe('1');
});
