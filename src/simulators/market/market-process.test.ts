/** The market process as figures: grid, shape of the ladder, statistics of the walk. */
import { expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import { BTC, ETH } from '../exchange/example-venue.ts';
import { Random } from '../exchange/random.ts';
import { flowOrder, ladder, walk } from './market-process.ts';

test.each([
  ['60000', 'bids'],
  ['60000', 'asks'],
  ['0.07', 'bids'],
  ['98765.43', 'asks'],
] as const)('the ladder around %s: %s are on the grid, apart, and off the mid', (mid, side) => {
  const levels = ladder(BTC, decimal(mid), side, 7);
  const [best] = levels;
  const tick = side === 'bids' ? decimal('-0.01') : decimal('0.01');
  expect(best?.price.toString()).toBe(decimal(mid).add(tick).toString());
  expect(levels.length).toBe(mid === '0.07' ? 6 : 20);
  expect(new Set(levels.map(({ price }) => price.toString())).size).toBe(levels.length);
  for (const { price, quantity } of levels) {
    expect(price.isPositive() && price.isMultipleOf(BTC.priceTick)).toBe(true);
    expect(quantity.isPositive() && quantity.isMultipleOf(BTC.quantityStep)).toBe(true);
    if (mid === '0.07') continue;
    const worth = price.multiply(quantity);
    expect(worth.atLeast(decimal('29000')) && worth.atMost(decimal('90000'))).toBe(true);
  }
});

test('most of the ladder stays when the mid moves a little', () => {
  const shown = (mid: string): Set<string> =>
    new Set(
      ladder(BTC, decimal(mid), 'bids', 7).map(
        ({ price, quantity }) => `${price.toString()} ${quantity.toString()}`,
      ),
    );
  const [before, after] = [shown('60000'), shown('60000.05')];
  expect([...after].filter((level) => before.has(level)).length).toBeGreaterThanOrEqual(18);
});

test('the walk keeps to the grid, has no drift and about the volatility that it is given', () => {
  const random = new Random(11);
  const steps = 20_000;
  let sum = 0;
  let squares = 0;
  for (let count = 0; count < steps; count += 1) {
    const moved = walk(BTC, decimal('60000'), random);
    expect(moved.isMultipleOf(BTC.priceTick)).toBe(true);
    const ppm = (moved.subtract(decimal('60000')).toApproximateNumber() / 60_000) * 1e6;
    sum += ppm;
    squares += ppm * ppm;
  }
  const deviation = Math.sqrt(squares / steps);
  expect(Math.abs(sum / steps)).toBeLessThan(3);
  expect(deviation).toBeGreaterThan(95);
  expect(deviation).toBeLessThan(105);
});

test('the walk never leaves the grid at the bottom', () => {
  const random = new Random(3);
  let mid = decimal('1.02');
  for (let count = 0; count < 2000; count += 1) mid = walk(ETH, mid, random);
  expect(mid.atLeast(Decimal.one)).toBe(true);
});

test('flow orders are small, on the grid and on both sides', () => {
  const random = new Random(5);
  const orders = Array.from({ length: 1000 }, () => flowOrder(BTC, decimal('60000'), random)).filter(
    (order) => order !== null,
  );
  expect(orders.length).toBeGreaterThan(550);
  expect(new Set(orders.map((order) => order.side))).toEqual(new Set(['buy', 'sell']));
  for (const { quantity } of orders) {
    expect(quantity.isPositive() && quantity.isMultipleOf(BTC.quantityStep)).toBe(true);
    expect(quantity.atMost(decimal('0.3'))).toBe(true);
  }
});
