/** The desk that a bound token gets, over a whole desk of the core: what it sees, and what reaches the engine. */
import { describe, expect, it } from 'vitest';
import { accountId, orderId, portfolioId, type AccountId, type OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { DurableEvents, OrderFilter, PlaceIntent, PositionFilter } from '../engine/desk.ts';
import { Desk as CoreDesk } from '../core/testing/fixture.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { UNBOUND, type TokenBounds } from '../directory/token.ts';
import type { Desk } from '../engine/desk.ts';
import { boundDesk, isOwnEvent } from './bound-desk.ts';

const [FIRST, SECOND] = [accountId('a1'), accountId('a10')];
const OF_FIRST: TokenBounds = { accounts: [FIRST], strategies: null };
const OF_GRID: TokenBounds = { accounts: null, strategies: ['grid'] };
const OF_BOTH: TokenBounds = { accounts: [FIRST], strategies: ['grid'] };

/** An open order of an account with a strategy's tag. */
function orderOf(account: AccountId, strategy: string | null): Order {
  return { ...CoreDesk.funded().open({ strategy }), accountId: account };
}
const ORDERS = {
  firstGrid: orderOf(FIRST, 'grid'),
  firstTrend: orderOf(FIRST, 'trend'),
  firstUntagged: orderOf(FIRST, null),
  secondGrid: orderOf(SECOND, 'grid'),
};
const ALL = Object.values(ORDERS);
const namesOf = (orders: readonly Order[]): readonly string[] =>
  Object.entries(ORDERS).flatMap(([name, order]) => (orders.includes(order) ? [name] : []));
const AS_OF = { seq: 1 };

/** A desk with those orders, and a position and a balance of each account; it notes what it is asked for. */
function whole() {
  const asked: unknown[] = [];
  let listener: ((events: DurableEvents) => void) | null = null;
  const ofAccount = (account: AccountId) => ({ accountId: account });
  const desk = {
    portfolioId: portfolioId('p'),
    ready: true,
    journalTrouble: null,
    orders: {
      place: async (intent: PlaceIntent) => {
        asked.push(['place', intent.accountId, intent.strategy, intent.ownPartOnly ?? false]);
        return { kind: 'accepted' };
      },
      check: async (intent: PlaceIntent) => asked.push(['check', intent.ownPartOnly ?? false]),
      cancel: async (id: OrderId) => {
        asked.push(['cancel', id]);
        return { kind: 'canceling' };
      },
      cancelExternal: async ({ accountIds }: OrderFilter) => asked.push(['cancelExternal', accountIds]),
      openNow: () => ALL,
    },
    books: {
      order: async (id: OrderId, refresh?: boolean) => {
        if (refresh === true) asked.push(['refresh', id]);
        return ALL.find((order) => order.orderId === id) ?? null;
      },
      openOrders: async () => ({ ...AS_OF, value: ALL }),
      positions: async ({ accountIds }: PositionFilter) => asked.push(['positions', accountIds]),
      held: async () => ({
        ...AS_OF,
        value: {
          positions: [FIRST, SECOND].map((account) => ({ position: ofAccount(account) })),
          balances: [FIRST, SECOND].map((account) => ({ balance: ofAccount(account) })),
        },
      }),
      strategies: async () => ({
        ...AS_OF,
        value: ['grid', 'trend'].map((strategy) => ({
          strategy,
          openOrders: ALL.filter((order) => order.strategy === strategy).length,
          books: [FIRST, SECOND].map((account) => ({ book: { position: ofAccount(account) } })),
        })),
      }),
    },
    controls: {},
    markets: {},
    onDurable: (given: (events: DurableEvents) => void) => {
      listener = given;
      return () => undefined;
    },
  } as unknown as Desk;
  return { desk, asked, report: (events: DurableEvents): void => listener?.(events) };
}

const intentOf = (account: AccountId, strategy: string | null): PlaceIntent =>
  ({ accountId: account, strategy }) as unknown as PlaceIntent;

describe('the desk of a bound token', () => {
  it('has the orders of its accounts and strategies, and none without a tag where it is for strategies', async () => {
    const { desk } = whole();
    for (const [bounds, names] of [
      [OF_FIRST, ['firstGrid', 'firstTrend', 'firstUntagged']],
      [OF_GRID, ['firstGrid', 'secondGrid']],
      [OF_BOTH, ['firstGrid']],
    ] as const) {
      const bound = boundDesk(desk, bounds);
      expect(namesOf(bound.orders.openNow({}))).toEqual(names);
      expect(namesOf((await bound.books.openOrders({})).value)).toEqual(names);
    }
  });

  it('counts of a strategy the orders and books of its own accounts alone', async () => {
    const { desk } = whole();
    const countsOf = async (bounds: TokenBounds) =>
      (await boundDesk(desk, bounds).books.strategies()).value.map(({ strategy, openOrders, books }) => [
        strategy,
        openOrders,
        books.length,
      ]);
    expect(await countsOf(OF_BOTH)).toEqual([['grid', 1, 1]]);
    expect(await countsOf(OF_GRID)).toEqual([['grid', 2, 2]]);
  });

  it('asks the exchange for an order of its own alone, and cancels no other', async () => {
    const { desk, asked } = whole();
    const { books, orders } = boundDesk(desk, OF_FIRST);
    const { firstGrid, secondGrid } = ORDERS;
    expect(await books.order(secondGrid.orderId, true)).toBeNull();
    expect(await orders.cancel(secondGrid.orderId, 'ann')).toEqual({ kind: 'unknown_order' });
    expect(asked).toEqual([]);
    expect(await books.order(firstGrid.orderId, true)).toBe(firstGrid);
    await orders.cancel(firstGrid.orderId, 'ann');
    // One that is nowhere yet may be on its way in.
    await orders.cancel(orderId('new'), 'ann');
    expect(asked).toEqual([
      ['refresh', firstGrid.orderId],
      ['cancel', firstGrid.orderId],
      ['cancel', 'new'],
    ]);
  });

  it('hands on all that an order is canceled or checked with', async () => {
    const { desk } = whole();
    const given: unknown[] = [];
    const noted = {
      ...desk.orders,
      cancel: async (...all: unknown[]) => given.push(all),
      check: async (_intent: unknown, ...more: unknown[]) => given.push(more),
    };
    const { orders } = boundDesk({ ...desk, orders: noted } as unknown as Desk, OF_FIRST);
    const { orderId: id } = ORDERS.firstGrid;
    // Without `keep` a stop is lost with the process that canceled it; without the order to leave out its own amendment is refused.
    await orders.cancel(id, 'ann', 'to make room', {} as never);
    await orders.check(intentOf(FIRST, 'grid'), id);
    expect(given).toEqual([[id, 'ann', 'to make room', {}], [id]]);
  });

  it('places within its bounds, and closes for a strategy no more than its part', async () => {
    const { desk, asked } = whole();
    await boundDesk(desk, OF_FIRST).orders.place(intentOf(FIRST, null));
    await boundDesk(desk, OF_GRID).orders.place(intentOf(SECOND, 'grid'));
    await boundDesk(desk, OF_GRID).orders.check(intentOf(SECOND, 'grid'));
    expect(asked).toEqual([
      ['place', FIRST, null, false],
      ['place', SECOND, 'grid', true],
      ['check', true],
    ]);
    for (const [bounds, account, strategy] of [
      [OF_FIRST, SECOND, 'grid'],
      [OF_GRID, FIRST, null],
      [OF_GRID, FIRST, 'trend'],
      [OF_BOTH, SECOND, 'grid'],
    ] as const)
      await expect(boundDesk(desk, bounds).orders.place(intentOf(account, strategy))).rejects.toMatchObject({
        problemCode: 'token_bound',
      });
    expect(asked).toHaveLength(3);
  });

  it('reads positions and balances of its own accounts, whichever are asked for', async () => {
    const { desk, asked } = whole();
    const { books, orders } = boundDesk(desk, OF_FIRST);
    await books.positions({});
    await books.positions({ accountIds: [SECOND] });
    await books.positions({ accountIds: [FIRST, SECOND] });
    await orders.cancelExternal({ accountIds: [SECOND] }, 'ann');
    expect(asked).toEqual([
      ['positions', [FIRST]],
      ['positions', []],
      ['positions', [FIRST]],
      ['cancelExternal', []],
    ]);
    const { value } = await books.held();
    expect(value.positions.map(({ position }) => position.accountId)).toEqual([FIRST]);
    expect(value.balances.map(({ balance }) => balance.accountId)).toEqual([FIRST]);
  });

  it('is refused what strategies share, and what is of the whole portfolio', async () => {
    const { desk } = whole();
    const grid = boundDesk(desk, OF_GRID);
    const first = boundDesk(desk, OF_FIRST);
    const refused = { problemCode: 'token_bound' };
    for (const reading of [
      () => grid.books.positions({}),
      () => grid.books.held(),
      () => grid.books.balances(FIRST),
      () => first.books.balances(SECOND),
      () => grid.orders.cancelExternal({}, 'ann'),
      () => first.books.risk(),
      () => first.books.strategies(),
      () => first.controls.setKillSwitch({} as never),
    ])
      await expect(reading()).rejects.toMatchObject(refused);
  });

  it('is sent events of orders alone', () => {
    const { desk, report } = whole();
    const received: string[] = [];
    boundDesk(desk, OF_GRID).onDurable(({ events }) =>
      received.push(...events.map(({ event }) => event.type)),
    );
    const fill = { type: 'fill_booked', orderId: 'o1' };
    const observed = { type: 'balances_observed', accountId: FIRST };
    report({
      portfolioId: portfolioId('p'),
      events: [fill, observed].map((event) => ({ event })),
    } as unknown as DurableEvents);
    expect(received).toEqual(['fill_booked']);
  });
});

describe('an event on the stream of a bound token', () => {
  const ofOrder = (order: Order): PortfolioEvent =>
    ({
      type: 'fill_booked',
      orderId: order.orderId,
      accountId: order.accountId,
    }) as unknown as PortfolioEvent;
  const ofAccount = (type: PortfolioEvent['type'], account: AccountId): PortfolioEvent =>
    ({ type, accountId: account }) as unknown as PortfolioEvent;

  it('is of an order of its own, and of none where the order is not known', () => {
    const ownOf = (bounds: TokenBounds): readonly string[] =>
      namesOf(ALL.filter((order) => isOwnEvent(bounds, ofOrder(order), order)));
    expect(ownOf(OF_FIRST)).toEqual(['firstGrid', 'firstTrend', 'firstUntagged']);
    expect(ownOf(OF_GRID)).toEqual(['firstGrid', 'secondGrid']);
    expect(ownOf(OF_BOTH)).toEqual(['firstGrid']);
    expect(isOwnEvent(OF_FIRST, ofOrder(ORDERS.firstGrid), null)).toBe(false);
    expect(isOwnEvent(UNBOUND, ofOrder(ORDERS.secondGrid), null)).toBe(true);
  });

  it('is of its account where no order is named; a token for strategies gets no execution of others', () => {
    const external = 'external_fill_seen';
    expect(isOwnEvent(OF_FIRST, ofAccount(external, FIRST), null)).toBe(true);
    expect(isOwnEvent(OF_FIRST, ofAccount(external, SECOND), null)).toBe(false);
    for (const bounds of [OF_GRID, OF_BOTH]) {
      expect(isOwnEvent(bounds, ofAccount(external, FIRST), null)).toBe(false);
      expect(isOwnEvent(bounds, ofAccount('account_reset', FIRST), null)).toBe(true);
    }
    expect(isOwnEvent(OF_BOTH, ofAccount('account_reset', SECOND), null)).toBe(false);
    expect(isOwnEvent(OF_FIRST, { type: 'limits_changed' } as PortfolioEvent, null)).toBe(false);
  });
});
