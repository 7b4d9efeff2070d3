/** The risk ladder: as a loss passes its limit, working orders go, positions are closed, and nothing new comes in. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS } from '../../src/core/risk/limits.ts';
import type { PlaceIntent } from '../../src/engine/desk.ts';
import { intent, openDeskWorld, type DeskWorld } from './desk-world.ts';
import { expectSamePositions } from './same-books.ts';
import { until } from './until.ts';

const SWAP = instrumentSymbol('BTC/USDT:USDT');
const LIMIT = decimal('50');

let world: DeskWorld;

beforeAll(async () => {
  world = await openDeskWorld({ ...DEFAULT_LIMITS, maxDailyLoss: LIMIT });
  await world.control.price(SWAP, '60000', true);
});
afterAll(async () => {
  await world.close();
});

const swap = (parts: Partial<PlaceIntent> = {}): PlaceIntent =>
  intent({ symbol: SWAP, quantity: decimal('0.1'), ...parts });

it('cancels what works, closes what is open and lets nothing new in, until a person resets it', async () => {
  const bought = await world.engine.orders.place(swap());
  if (bought.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(bought)}`);
  expect((await world.engine.orders.settled(bought.order.orderId, 5_000)).status).toBe('filled');
  const resting = await world.engine.orders.place(swap({ type: 'limit', price: decimal('57500') }));
  if (resting.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(resting)}`);
  await until(
    'the equity of the day is known',
    async () => (await world.engine.books.risk()).value.equity !== null,
  );

  // 0.1 BTC falls by 700 USDT each: a loss of 70, past 125 % of the limit.
  await world.control.price(SWAP, '59300', true);
  await until(
    'the working order is canceled',
    async () => (await world.engine.books.order(resting.order.orderId))?.status === 'canceled',
  );
  await until(
    'the position is closed',
    async () => (await world.engine.books.positions({})).value.length === 0,
  );
  await expectSamePositions(world);

  const late = await world.engine.orders.place(swap());
  expect(late.kind === 'denied' ? late.refusals.map(({ rule }) => rule) : late.kind).toContain('daily_loss');
});
