/** The parts of strategies on an account that was removed with its positions: closed at the mark, and in no figure afterwards. */
import { expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { accountId, asset } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, SWAP } from '../testing/fixture.ts';
import { resultOfStrategy } from './strategy-limits.ts';
import { booksOn } from './strategy-books.ts';

const KEY = instrumentKey(ACCOUNT, SWAP);

/** `grid` has bought 2 and `trend` sold 1 at 100. */
function traded(): Desk {
  const desk = Desk.funded();
  for (const [strategy, side, quantity] of [
    ['grid', 'buy', '2'],
    ['trend', 'sell', '1'],
  ] as const) {
    desk.at += 1;
    const order = desk.open({
      symbol: SWAP,
      side,
      quantity: decimal(quantity),
      price: decimal('100'),
      strategy,
    });
    desk.fill(order, `t-${order.orderId}`, { executedAt: desk.at });
  }
  return desk;
}

function leave(desk: Desk, mark: string | null, account = ACCOUNT) {
  desk.at += 1;
  const marks = new Map(mark === null ? [] : [[KEY, decimal(mark)] as const]);
  return desk.run({ type: 'leave_books', accountId: account, marks });
}

const held = (desk: Desk): readonly string[] =>
  booksOn(desk.state, KEY).map(({ position }) => position.netQuantity.toString());

/** The result of a strategy today, where its instrument has no mark any more. */
const made = (desk: Desk, strategy: string): string | null =>
  resultOfStrategy(desk.state, strategy, {
    at: desk.at,
    marks: new Map(),
    oldMarks: new Set(),
    baseCurrency: asset('USDT'),
    baseRates: new Map(),
  })?.toString() ?? null;

it('is closed at the mark of its removal, and its result is known without one from then on', () => {
  const desk = traded();
  expect(made(desk, 'grid')).toBeNull();
  const { events } = leave(desk, '110');
  expect(events.map(({ type }) => type)).toEqual(['strategy_parts_closed']);
  expect(held(desk)).toEqual(['0', '0']);
  expect([made(desk, 'grid'), made(desk, 'trend')]).toEqual(['20', '-10']);
  expect(leave(desk, '110').events).toEqual([]);
});

it('has no result of the day where no mark was known', () => {
  const desk = traded();
  leave(desk, null);
  expect(held(desk)).toEqual(['0', '0']);
  expect(made(desk, 'grid')).toBeNull();
  desk.at += 86_400_000;
  expect(made(desk, 'grid')).toBe('0');
});

it('of another account stays', () => {
  const desk = traded();
  expect(leave(desk, '110', accountId('acc-2')).events).toEqual([]);
  expect(held(desk)).toEqual(['2', '-1']);
});
