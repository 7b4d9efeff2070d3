/** A simulator that begins anew: the old orders stay in the history, but nothing leads from the venue's ids to them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foldPortfolio } from '../../src/cli/portfolio-fold.ts';
import type { Order } from '../../src/core/order/order.ts';
import { quietLog } from '../../src/journal/testing/postgres-fixture.ts';
import { openPostgresReadModels } from '../../src/journal/read-models.ts';
import { rebuild, type Rebuilt } from '../../src/journal/rebuild.ts';
import { BTC, intent, MAIN, openDeskWorld, PAPER, type DeskWorld } from './desk-world.ts';
import { until } from './until.ts';

let world: DeskWorld;

beforeAll(async () => {
  world = await openDeskWorld();
});
afterAll(async () => {
  await world.close();
});

async function buy(): Promise<Order> {
  const placed = await world.engine.orders.place(intent());
  if (placed.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(placed)}`);
  const order = await world.engine.orders.settled(placed.order.orderId, 5_000);
  expect(order.status).toBe('filled');
  return order;
}

function replay(): Promise<Rebuilt> {
  return rebuild(world.database.connection, { portfolioId: MAIN, newFold: foldPortfolio });
}

function differing({ tables, snapshots }: Rebuilt): readonly unknown[] {
  return [
    ...tables.filter((table) => table.differing > 0).map(({ table, shown }) => [table, shown]),
    ...snapshots.filter(({ fault }) => fault !== null),
  ];
}

it('ids of the venue lead to no order from before, history lists every order, and a replay gives the same rows', async () => {
  const { engine, control, database } = world;
  const before = await buy();
  const [venueOrderId] = before.venueOrderIds;
  if (venueOrderId === undefined) throw new Error('a filled order without an id of the venue');
  expect((await engine.books.orderByVenueOrderId(PAPER, BTC, venueOrderId))?.orderId).toBe(before.orderId);

  await control.reset();
  await engine.observeInstance(PAPER, 'begun anew');
  await until(
    'the books of the new simulator are known',
    async () => (await engine.books.balances(PAPER)).value.length > 0,
  );
  expect(await engine.books.orderByVenueOrderId(PAPER, BTC, venueOrderId)).toBeNull();
  const after = await buy();

  const readModels = openPostgresReadModels({ connection: database.connection, log: quietLog });
  const history = await readModels.history({ portfolioId: MAIN, limit: 10 });
  expect(history.documents.map((document) => document['orderId'])).toEqual([after.orderId, before.orderId]);
  for (const { orderId } of [before, after])
    expect(await readModels.fillsOfOrder(MAIN, orderId)).not.toHaveLength(0);
  expect(await readModels.positions(MAIN)).toHaveLength(1);
  await readModels.close();

  expect(differing(await replay())).toEqual([]);
  await engine.stop();
  const stopped = await replay();
  expect(differing(stopped)).toEqual([]);
  expect(stopped.snapshots).not.toHaveLength(0);
});
