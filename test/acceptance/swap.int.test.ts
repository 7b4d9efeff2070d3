/** USDT-linear swaps: positions, margin, reduce-only, stops that trigger into new venue orders. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import type { Order } from '../../src/core/order/order.ts';
import type { PlaceIntent } from '../../src/engine/desk.ts';
import { intent, openDeskWorld, type DeskWorld } from './desk-world.ts';
import { expectSameBooks, expectSamePositions } from './same-books.ts';
import { until } from './until.ts';

const SWAP = instrumentSymbol('BTC/USDT:USDT');

let world: DeskWorld;

beforeAll(async () => {
  world = await openDeskWorld();
});
beforeEach(async () => {
  await world.control.price(SWAP, '60000', true);
});
afterAll(async () => {
  await world.close();
});

const swap = (parts: Partial<PlaceIntent> = {}): PlaceIntent =>
  intent({ symbol: SWAP, quantity: decimal('0.01'), ...parts });

async function place(parts: Partial<PlaceIntent> = {}): Promise<Order> {
  const answer = await world.engine.orders.place(swap(parts));
  if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return world.engine.orders.settled(answer.order.orderId, 5_000);
}

async function net(): Promise<string> {
  const { value } = await world.engine.books.positions({ symbol: SWAP });
  return value[0]?.position.netQuantity.toString() ?? '0';
}

describe('swaps', () => {
  it("open, grow, turn over and close, with the venue's books to the last digit", async () => {
    expect((await place()).status).toBe('filled');
    expect((await place({ quantity: decimal('0.02') })).status).toBe('filled');
    expect(await net()).toBe('0.03');
    await world.control.price(SWAP, '60600', true);
    expect((await place({ side: 'sell', quantity: decimal('0.05') })).status).toBe('filled');
    expect(await net()).toBe('-0.02');
    await expectSamePositions(world);
    expect((await place({ side: 'buy', quantity: decimal('0.02'), reduceOnly: true })).status).toBe('filled');
    expect(await net()).toBe('0');
    await expectSameBooks(world);
  });

  it('refuses a reduce-only order without a position to reduce', async () => {
    const answer = await world.engine.orders.place(swap({ side: 'sell', reduceOnly: true }));
    expect(answer.kind === 'denied' ? answer.refusals[0]?.code : answer.kind).toBe('not_reducing');
  });

  it.each([
    ['stop_market', null],
    ['stop_limit', '58000'],
  ] as const)(
    '%s: rests at the venue, triggers into a new order, and closes what it protects',
    async (type, price) => {
      expect((await place()).status).toBe('filled');
      const stop = await place({
        type,
        side: 'sell',
        stopPrice: decimal('59000'),
        price: price === null ? null : decimal(price),
        reduceOnly: true,
        trigger: 'last',
      });
      expect([stop.status, stop.reason]).toEqual(['open', null]);
      expect(
        (await world.engine.books.positions({ symbol: SWAP })).value[0]?.protectedQuantity.toString(),
      ).toBe('0.01');
      await world.control.price(SWAP, '58900', true);
      await until('the stop has closed the position', async () => (await net()) === '0');
      await until(
        'the stop is filled',
        async () => (await world.engine.books.order(stop.orderId))?.status === 'filled',
      );
      const after = await world.engine.books.order(stop.orderId);
      expect(after?.venueOrderIds.length).toBe(2);
      expect(after?.filledQuantity.toString()).toBe('0.01');
      await expectSameBooks(world);
      expect((await world.engine.books.drift()).value).toEqual([]);
    },
  );

  it('a resting stop can be canceled', async () => {
    await place();
    const stop = await place({
      type: 'stop_market',
      side: 'sell',
      stopPrice: decimal('55000'),
      reduceOnly: true,
      trigger: 'mark',
    });
    await world.engine.orders.cancel(stop.orderId, 'test');
    await until(
      'it is canceled',
      async () => (await world.engine.books.order(stop.orderId))?.status === 'canceled',
    );
    expect((await place({ side: 'sell', reduceOnly: true })).status).toBe('filled');
  });
});
