import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { venueOrderId } from '../core/ids.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { accountRecord, ACCOUNT, Desk, fillOf, START, SWAP } from '../core/testing/fixture.ts';
import { project } from './projection.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  desk.hedge();
  for (const positionSide of ['long', 'short'] as const) {
    const order = desk.open({ symbol: SWAP, side: OPENING[positionSide], positionSide });
    desk.fill(order, `first-${positionSide}`);
  }
});

const OPENING = { long: 'buy', short: 'sell' } as const;

/** Side and quantity of each position row that the events lead to. */
function rows(events: readonly PortfolioEvent[]): readonly (readonly [PositionSide, string])[] {
  return project(
    events.map((event) => ({ at: START, event })),
    desk.state,
  ).flatMap((change) => {
    if (change.model !== 'position') return [];
    const { netQuantity } = change.document as { readonly netQuantity: { toString(): string } };
    return [[change.positionSide, netQuantity.toString()] as const];
  });
}

describe('position rows of a hedged account', () => {
  it.each([
    ['long', '1.5'],
    ['short', '-1.5'],
  ] as const)('a fill of a %s order writes the row of its side alone', (positionSide, held) => {
    const order = desk.open({
      symbol: SWAP,
      side: OPENING[positionSide],
      positionSide,
      quantity: decimal('0.5'),
    });
    expect(rows(desk.fill(order, 'second').events)).toEqual([[positionSide, held]]);
  });

  it('a fill goes to the side of its order, whatever side it names itself', () => {
    const order = desk.open({ symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('0.5') });
    expect(rows(desk.fill(order, 'second', { positionSide: 'net' }).events)).toEqual([['long', '1.5']]);
  });

  it('an execution of others writes the row of the side that it names', () => {
    const order = desk.open({ symbol: SWAP, side: 'sell', positionSide: 'short' });
    const fill = fillOf(order, 'theirs', {
      venueOrderId: venueOrderId('theirs'),
      venueClientOrderId: null,
      positionSide: 'short',
    });
    const { events } = desk.run({
      type: 'fills',
      accountId: ACCOUNT,
      symbol: SWAP,
      fills: [fill],
      cursor: null,
    });
    for (const event of events)
      expect(rows([event])).toEqual(event.type === 'external_fill_seen' ? [['short', '-2']] : []);
  });

  it('a reading writes the rows of the sides that it changed', () => {
    const reported = {
      symbol: SWAP,
      entryPrice: decimal('100'),
      markPrice: null,
      leverage: null,
      marginMode: null,
      liquidationPrice: null,
      maintenanceMargin: null,
      isolatedMargin: null,
      unrealizedPnl: null,
    };
    const { events } = desk.run({
      type: 'positions',
      accountId: ACCOUNT,
      reports: [
        { ...reported, positionSide: 'long', quantity: decimal('1') },
        { ...reported, positionSide: 'short', quantity: decimal('-3') },
      ],
    });
    expect(rows(events)).toEqual([['short', '-3']]);
  });

  it('a funding payment that names no side writes every row of its instrument', () => {
    const { events } = desk.records([accountRecord({ amount: decimal('-0.5') })]);
    expect(
      rows(events)
        .map(([side]) => side)
        .toSorted(),
    ).toEqual([...desk.state.positions.values()].map(({ positionSide }) => positionSide).toSorted());
  });
});

it('an execution writes the rows of the balances that it moved, and a reading those that it names', () => {
  const other = Desk.funded();
  const order = other.open();
  other.at += 1_000;
  const { events } = other.fill(order, 'moves two');
  const balancesOf = (of: readonly PortfolioEvent[]): readonly string[] =>
    project(
      of.map((event) => ({ at: other.at, event })),
      other.state,
    )
      .flatMap((change) => (change.model === 'balance' ? [`${change.wallet} ${change.asset}`] : []))
      .toSorted();
  expect(other.state.balances.size).toBe(3);
  expect(balancesOf(events)).toEqual(['spot BTC', 'spot USDT']);
  const [balance] = [...other.state.balances.values()].filter(({ wallet }) => wallet !== 'spot');
  if (balance === undefined) throw new TypeError('swaps have a wallet of their own');
  expect(balancesOf([{ type: 'balances_observed', accountId: ACCOUNT, balances: [balance] }])).toEqual([
    `${balance.wallet} USDT`,
  ]);
});
