/** I1: whatever becomes of the answer to a create request, each order is at the venue once or provably not at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import type { OrderId } from '../../src/core/ids.ts';
import type { Order } from '../../src/core/order/order.ts';
import { isFinished } from '../../src/core/order/transitions.ts';
import type { PlaceIntent } from '../../src/engine/desk.ts';
import { intent, openDeskWorld, until, type DeskWorld } from './desk-world.ts';
import { expectSameBooks, expectSameOrders } from './same-books.ts';

/** Orders of one run, placed by this many callers at once. */
const ORDERS = 200;
const CALLERS = 16;
/** Request lifetime and a few seconds: how long a doubt may last once nothing is disturbed any more. */
const SETTLES_WITHIN_MS = 30_000;

let world: DeskWorld;
const placed: OrderId[] = [];

beforeAll(async () => {
  world = await openDeskWorld();
  await world.control.price('BTC/USDT', '60000', true);
});
afterAll(async () => {
  await world.close();
});

describe('answers to create requests that get lost', () => {
  it.each(['drop_response', 'http_error_after', 'stall_body', 'truncate_body', 'empty_body'])(
    '%s: every order is at the venue exactly once, and its state is right',
    async (kind) => {
      await world.control.fault({
        kind,
        route: 'create_order',
        count: ORDERS,
        ...(kind === 'http_error_after' ? { status: 503 } : {}),
      });
      const orders = await placeMany(ORDERS);
      await world.control.heal();
      const settled = await allSettled(orders);
      expect(settled.filter((order) => order.status === 'failed')).toEqual([]);
      await expectSameOrders(world, await everything());
      await expectSameBooks(world);
    },
    120_000,
  );

  it('drop_request: nothing is at the venue twice, and each one that was not placed says so', async () => {
    await world.control.fault({ kind: 'drop_request', route: 'create_order', count: 40 });
    const orders = await placeMany(60);
    await world.control.heal();
    const settled = await allSettled(orders);
    for (const order of settled)
      expect(order.status === 'failed' ? order.reason?.code : 'placed').toMatch(/^(not_placed|placed)$/);
    await expectSameOrders(world, await everything());
    await expectSameBooks(world);
  }, 120_000);
});

function mixed(index: number): PlaceIntent {
  const side = index % 2 === 0 ? 'buy' : 'sell';
  switch (index % 3) {
    case 0:
      return intent({ side, sendWithinMs: 60_000 });
    case 1:
      return intent({
        side,
        type: 'limit',
        price: decimal(side === 'buy' ? '57000' : '63000'),
        quantity: decimal('0.0005'),
      });
    default:
      return intent({
        side,
        type: 'limit',
        timeInForce: 'IOC',
        price: decimal(side === 'buy' ? '60100' : '59900'),
        sendWithinMs: 60_000,
      });
  }
}

async function placeMany(count: number): Promise<OrderId[]> {
  const orders: OrderId[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const answer = await world.engine.place(mixed(next++));
      if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
      orders.push(answer.order.orderId);
      await world.engine.settled(answer.order.orderId, 500);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  placed.push(...orders);
  return orders;
}

async function read(orderId: OrderId): Promise<Order> {
  const order = await world.engine.order(orderId);
  if (order === null) throw new Error(`an acknowledged order is gone: ${orderId}`);
  return order;
}

/** The orders once none of them is in doubt or on its way. */
async function allSettled(orders: readonly OrderId[]): Promise<Order[]> {
  let now: Order[] = [];
  await until(
    'no order is in doubt',
    async () => {
      now = await Promise.all(orders.map(read));
      return now.every(
        (order) => isFinished(order.status) || order.status === 'open' || order.status === 'partially_filled',
      );
    },
    SETTLES_WITHIN_MS,
  );
  return now;
}

function everything(): Promise<Order[]> {
  return Promise.all(placed.map(read));
}
