import { expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { ACCOUNT, SPOT } from '../testing/fixture.ts';
import { cutFill, explainedCuts, type PositionCut } from './cuts.ts';
import { flatPosition, type Position } from './position.ts';

const OWNER = {
  accountId: ACCOUNT,
  venue: 'binance',
  mode: 'paper',
  symbol: SPOT,
  positionSide: 'net',
  kind: 'spot',
  wallet: 'spot',
  base: asset('BTC'),
  quote: asset('USDT'),
} as const;
const CUT: Omit<PositionCut, 'executedAt'> = {
  cutId: 'cut',
  reason: 'not_held',
  quantity: decimal('1'),
  price: decimal('100'),
};

/** The cuts that a sale executed at 20 explains. */
const explained = (position: Partial<Position>): readonly string[] =>
  explainedCuts({ ...flatPosition(OWNER), ...position }, { quantity: decimal('1'), executedAt: 20 }).map(
    ({ cutId }) => cutId,
  );

it.each([
  [25, ['cut']],
  [20, ['cut']],
  [19, []],
])('a sale at 20 explains of a cut at %s: %o', (executedAt, cuts) => {
  const earlier = {
    cutId: 'cut',
    quantity: decimal('1'),
    openCost: decimal('100'),
    realizedPnl: decimal('0'),
  };
  expect(explained({ earlierCuts: [{ ...earlier, executedAt }] })).toEqual(cuts);
  expect(explained({ recent: [cutFill({ ...CUT, executedAt })] })).toEqual(cuts);
});
