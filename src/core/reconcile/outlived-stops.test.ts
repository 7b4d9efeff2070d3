/** A stop is canceled with the position that it protected. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { instrumentSymbol, venueOrderId } from '../ids.ts';
import type { Order, OrderRequest } from '../order/order.ts';
import { instrumentKey, positionKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  fillOf,
  positionReport,
  SPOT,
  SWAP,
  typesOf,
} from '../testing/fixture.ts';
import type { PositionReport } from '../venue/report.ts';
import type { SaleBounds } from './holdings.ts';
import { POSITION_READING_LAG_MS, type PositionReading } from './outlived-stops.ts';

const STOP: Partial<OrderRequest> = {
  symbol: SWAP,
  side: 'sell',
  type: 'stop_market',
  stopPrice: decimal('90'),
  trigger: 'mark',
  quantity: decimal('2'),
  reduceOnly: true,
};
const OTHER = instrumentSymbol('ETH/USDT:USDT');
const shown = (quantity: string, symbol = SWAP): PositionReport =>
  positionReport({ symbol, quantity: decimal(quantity) });
/** The least sale of spot is a hundredth, and worth five at a mark of 100. */
const bounds: SaleBounds = {
  marks: new Map([[instrumentKey(ACCOUNT, SPOT), decimal('100')]]),
  leastSales: new Map([
    [instrumentKey(ACCOUNT, SPOT), { quantity: decimal('0.01'), notional: decimal('5') }],
  ]),
};
let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** A reading begun `afterMs` after the last execution. */
function reading(afterMs: number, positions: readonly PositionReport[] = [shown('0')]): PositionReading {
  return { startedAt: desk.at + afterMs, finishedAt: desk.at + afterMs, positions, balances: [] };
}
const FIRST = POSITION_READING_LAG_MS + 1;
const flatTwice = (): readonly PositionReading[] => [reading(FIRST), reading(FIRST + 1_000)];

function closedWith(given: Partial<OrderRequest> = {}): Order {
  desk.hold(SWAP, '2');
  const stop = desk.open({ ...STOP, ...given });
  desk.report(stop, { status: 'untriggered' });
  const close = desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('2'), reduceOnly: true });
  desk.fill(close, 'close');
  return stop;
}

const take = (readings: readonly PositionReading[]) =>
  desk.run({ type: 'position_readings', accountId: ACCOUNT, readings, bounds });
const isCanceled = (stop: Order, readings: readonly PositionReading[]): boolean => {
  take(readings);
  return desk.order(stop.orderId).cancelRequested;
};

it('once two readings after the last execution and its lag show the position closed', () => {
  const stop = closedWith();
  expect(typesOf(take(flatTwice()))).toEqual(['cancel_requested']);
  desk.expectStatus(stop.orderId, 'canceling');
  const cause = {
    by: 'the position that it protected is closed',
    why: `the position on ${SWAP} that it closes is flat by its executions and 2 readings of the exchange`,
  };
  expect(desk.order(stop.orderId).cancelCause).toEqual(cause);
  desk.report(stop, { status: 'canceled' });
  expect(desk.order(stop.orderId).reason).toEqual({
    code: 'canceled_by_service',
    detail: `${cause.by}: ${cause.why}`,
  });
});

it('not by one reading, nor by one within the lag of the last execution', () => {
  const stop = closedWith();
  expect(isCanceled(stop, [reading(FIRST)])).toBe(false);
  expect(isCanceled(stop, [reading(FIRST - 1), reading(FIRST + 1_000)])).toBe(false);
  expect(isCanceled(stop, flatTwice())).toBe(true);
});

it('also after the wall clock was set back, by readings from after that alone', () => {
  const stop = closedWith();
  const before = flatTwice();
  desk.at -= 3_600_000;
  desk.run({ type: 'clock_stepped', stepMs: -3_600_000 });
  expect(isCanceled(stop, before)).toBe(false);
  desk.at += 20_000;
  expect(isCanceled(stop, [reading(-11_000), reading(-1_000)])).toBe(true);
});

it('not by an empty reading, one of other instruments, or one that shows a position', () => {
  const stop = closedWith();
  for (const positions of [[], [shown('0', OTHER)], [shown('1')]])
    expect(isCanceled(stop, [reading(FIRST), reading(FIRST + 1_000, positions)])).toBe(false);
  expect(isCanceled(stop, [reading(FIRST, [shown('1')]), reading(FIRST + 1_000)])).toBe(false);
});

it('not while the position is open, nor when it is opened again', () => {
  desk.hold(SWAP, '2');
  const stop = desk.open(STOP);
  expect(isCanceled(stop, flatTwice())).toBe(false);
  const closed = closedWith();
  desk.hold(SWAP, '3');
  expect(isCanceled(closed, flatTwice())).toBe(false);
});

it('not while an order could open that side, or is in doubt', () => {
  const stop = closedWith();
  const opening = desk.open({ symbol: SWAP, side: 'buy', price: decimal('80') });
  expect(isCanceled(stop, flatTwice())).toBe(false);
  desk.report(opening, { status: 'canceled' });
  const sent = desk.submitting({ symbol: SWAP, side: 'sell', quantity: decimal('1') });
  expect(isCanceled(stop, flatTwice())).toBe(false);
  desk.outcome(sent, { kind: 'unknown', detail: 'no answer' });
  expect(isCanceled(stop, flatTwice())).toBe(false);
});

it('not by two readings of which one began before the other had ended', () => {
  const stop = closedWith();
  const long = { ...reading(FIRST), finishedAt: desk.at + FIRST + 1_001 };
  expect(isCanceled(stop, [long, reading(FIRST + 1_000)])).toBe(false);
  expect(isCanceled(stop, [long, reading(FIRST + 1_001)])).toBe(true);
});

it('not while an execution there is parked', () => {
  const stop = closedWith();
  const fill = { ...fillOf(stop, 'parked'), venueOrderId: venueOrderId('of-nobody') };
  desk.state.parkedFills.set('parked', { accountId: ACCOUNT, fill, ruledOut: [] });
  expect(isCanceled(stop, flatTwice())).toBe(false);
  desk.state.parkedFills.delete('parked');
  expect(isCanceled(stop, flatTwice())).toBe(true);
});

it.each(['external_order', 'order_contradiction'] as const)(
  'not while a case of %s is open there: it may trade',
  (kind) => {
    const stop = closedWith();
    const drift = { driftId: 'one', accountId: ACCOUNT, subject: 'one', orderId: null, ours: '', theirs: '' };
    desk.force({
      type: 'drift_opened',
      drift: { ...drift, kind, symbol: SWAP, detail: '', openedAt: desk.at },
    });
    expect(isCanceled(stop, flatTwice())).toBe(false);
    desk.run({ type: 'resolve_drift', driftId: 'one', resolution: 'seen', requestedBy: 'ann' });
    expect(isCanceled(stop, flatTwice())).toBe(true);
  },
);

const TARGET = { type: 'take_profit_market', stopPrice: decimal('120') } as const;
const TARGET_LIMIT = { type: 'take_profit_limit', stopPrice: decimal('120'), price: decimal('119') } as const;
const LIMIT = { type: 'limit', stopPrice: null, trigger: null, price: decimal('130') } as const;

it.each([
  ['a target', TARGET],
  ['a target with a limit', TARGET_LIMIT],
  ['a reduce-only limit order', LIMIT],
])('%s of a swap is canceled with the position that it could close', (_name, terms) => {
  const order = closedWith(terms);
  expect(isCanceled(order, [reading(FIRST), reading(FIRST + 1_000, [shown('1')])])).toBe(false);
  expect(isCanceled(order, flatTwice())).toBe(true);
  desk = Desk.funded();
  expect(isCanceled(closedWith({ ...terms, keepAfterClose: true }), flatTwice())).toBe(false);
});

it('a reduce-only limit order that has traded a part is canceled with the rest of its position', () => {
  desk.hold(SWAP, '2');
  const order = desk.open({ ...STOP, ...LIMIT });
  desk.fill(order, 'part', { quantity: decimal('0.5') });
  const close = desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('1.5'), reduceOnly: true });
  desk.fill(close, 'close');
  expect(isCanceled(order, flatTwice())).toBe(true);
});

it('not where it is to stay, nor where it opens', () => {
  expect(isCanceled(closedWith({ keepAfterClose: true }), flatTwice())).toBe(false);
  desk = Desk.funded();
  const entry = desk.open({ ...STOP, reduceOnly: false });
  expect(isCanceled(entry, flatTwice())).toBe(false);
});

it('on spot by the executions, and a balance that is as our books say', () => {
  desk.hold(SPOT, '2');
  const sell = { symbol: SPOT, side: 'sell', quantity: decimal('1') } as const;
  const stop = desk.open({ ...STOP, ...sell, reduceOnly: false, trigger: 'last' });
  desk.report(stop, { status: 'untriggered' });
  const close = desk.open({ ...sell, quantity: decimal('2') });
  desk.fill(close, 'close');
  const base = [...desk.state.balances.values()].find(({ asset }) => asset === 'BTC');
  const balances = (total: string) => [
    {
      wallet: 'spot' as const,
      asset: base?.asset ?? ('' as never),
      total: decimal(total),
      free: decimal(total),
      lockedByOrders: null,
      collateralRate: null,
    },
  ];
  const both = (total: string) => flatTwice().map((one) => ({ ...one, balances: balances(total) }));
  const held = base?.total.toString() ?? '';
  expect(desk.state.positions.get(positionKey(ACCOUNT, SPOT, 'net'))?.netQuantity.isZero()).toBe(true);
  expect(isCanceled(stop, both('999'))).toBe(false);
  expect(isCanceled(stop, flatTwice())).toBe(false);
  expect(isCanceled(stop, both(held))).toBe(true);
});

/** A stop of a position on spot beside an inventory of 3, of which all but `left` is sold. */
function soldBut(left: string): Order {
  desk = Desk.funded('1000000', '3');
  desk.hold(SPOT, '2');
  const sell = { symbol: SPOT, side: 'sell' } as const;
  const stop = desk.open({ ...STOP, ...sell, reduceOnly: false, trigger: 'last' });
  desk.report(stop, { status: 'untriggered' });
  const close = desk.open({ ...sell, quantity: decimal('2').subtract(decimal(left)) });
  desk.fill(close, 'close');
  return stop;
}
const asBooked = (): readonly PositionReading[] =>
  flatTwice().map((one) => ({
    ...one,
    balances: [...desk.state.balances.values()].map(({ wallet, asset, total }) =>
      balanceReport(wallet, asset, total.toString()),
    ),
  }));

describe('on spot with less of the position left than can be sold', () => {
  it('also beside a sale of the inventory that waits', () => {
    const stop = soldBut('0.009');
    const waiting = desk.open({ symbol: SPOT, side: 'sell', quantity: decimal('1'), price: decimal('150') });
    expect(isCanceled(stop, asBooked().slice(0, 1))).toBe(false);
    expect(isCanceled(stop, asBooked())).toBe(true);
    expect(desk.order(stop.orderId).cancelCause?.why).toBe(
      `the position on ${SPOT} that it closes is less than can be sold by its executions and 2 readings of the exchange`,
    );
    desk.expectStatus(waiting.orderId, 'open');
  });

  it('by its quantity or by its worth, and not from the least sale on', () => {
    expect(isCanceled(soldBut('0.01'), asBooked())).toBe(true);
    expect(isCanceled(soldBut('0.049'), asBooked())).toBe(true);
    expect(isCanceled(soldBut('0.05'), asBooked())).toBe(false);
  });

  it('not while a purchase there could make it larger, nor without the bounds of the instrument', () => {
    const stop = soldBut('0.009');
    const purchase = desk.open({ symbol: SPOT, side: 'buy', price: decimal('80') });
    expect(isCanceled(stop, asBooked())).toBe(false);
    desk.report(purchase, { status: 'canceled' });
    const unlisted = { marks: new Map(), leastSales: new Map() };
    desk.run({ type: 'position_readings', accountId: ACCOUNT, readings: asBooked(), bounds: unlisted });
    desk.expectStatus(stop.orderId, 'open');
    expect(isCanceled(stop, asBooked())).toBe(true);
  });
});
