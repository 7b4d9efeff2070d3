/** Holds the service's books against the venue's, to the last digit. */
import { expect } from 'vitest';
import { decimal, Decimal } from '../../src/core/decimal.ts';
import type { Order } from '../../src/core/order/order.ts';
import { PAPER, type DeskWorld } from './desk-world.ts';

const WALLET_NAMES = { spot: 'spot', linear_swap: 'swap' } as const;

/** Balances of both wallets and what was filled, ours against the venue's. */
export async function expectSameBooks(world: DeskWorld): Promise<void> {
  const theirs = new Map<string, string>();
  for (const row of await world.control.balances())
    theirs.set(`${row.wallet} ${row.asset}`, decimal(row.total).toString());
  const ours = new Map<string, string>();
  for (const { balance } of (await world.engine.balances(PAPER)).value) {
    ours.set(`${WALLET_NAMES[balance.wallet]} ${balance.asset}`, balance.total.toString());
  }
  const worthShowing = ([, total]: [string, string]): boolean => total !== '0';
  expect(Object.fromEntries([...ours].filter(worthShowing))).toEqual(
    Object.fromEntries([...theirs].filter(([key]) => ours.has(key)).filter(worthShowing)),
  );
}

/** Each of `orders` against the venue's record of it: there exactly once (or, if never placed, not at all), equally filled. */
export async function expectSameOrders(world: DeskWorld, orders: readonly Order[]): Promise<void> {
  const theirs = await world.control.orders();
  const filledAtVenue = new Map<string, Decimal>();
  for (const fill of await world.control.fills()) {
    filledAtVenue.set(
      fill.venue_order_id,
      (filledAtVenue.get(fill.venue_order_id) ?? Decimal.zero).add(decimal(fill.quantity)),
    );
  }
  for (const order of orders) {
    const matches = theirs.filter((row) => row.client_order_id === order.venueClientOrderId);
    const wasPlaced = order.status !== 'failed' && order.status !== 'denied' && order.status !== 'rejected';
    expect([order.orderId, order.status, matches.length]).toEqual([
      order.orderId,
      order.status,
      wasPlaced ? 1 : 0,
    ]);
    const [match] = matches;
    if (match === undefined) continue;
    expect([order.orderId, order.status]).toEqual([order.orderId, match.status]);
    expect([order.orderId, order.filledQuantity.toString()]).toEqual([
      order.orderId,
      decimal(match.filled).toString(),
    ]);
    expect(order.filledQuantity.toString()).toBe(
      (filledAtVenue.get(match.venue_order_id) ?? Decimal.zero).toString(),
    );
  }
  const known = new Set(orders.map((order) => order.venueClientOrderId as string));
  const strangers = theirs.filter(
    (row) =>
      row.client_order_id !== null &&
      row.client_order_id.startsWith('ptest') &&
      !known.has(row.client_order_id),
  );
  expect(strangers).toEqual([]);
}

/** Swap positions, ours against the venue's. */
export async function expectSamePositions(world: DeskWorld): Promise<void> {
  const ours = new Map<string, string>();
  for (const { position } of (await world.engine.positions({})).value) {
    if (position.kind === 'linear_swap') ours.set(position.symbol, position.netQuantity.toString());
  }
  const theirs = new Map<string, string>();
  for (const row of await world.control.positions()) {
    const quantity = decimal(row.quantity);
    if (!quantity.isZero())
      theirs.set(row.symbol, (row.side === 'short' ? quantity.abs().negate() : quantity).toString());
  }
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
}
