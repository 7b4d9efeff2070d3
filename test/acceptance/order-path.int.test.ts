import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { intent, openDeskWorld, PAPER, until, type DeskWorld } from './desk-world.ts';
import { expectSameBooks } from './same-books.ts';

let world: DeskWorld;

beforeAll(async () => {
  world = await openDeskWorld();
});
afterAll(async () => {
  await world.close();
});

describe('the order path', () => {
  it('fills a market order and books its position and balances as the venue has them', async () => {
    const answer = await world.engine.place(intent());
    if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    const order = await world.engine.settled(answer.order.orderId, 5_000);
    expect(order.status).toBe('filled');
    expect(order.filledQuantity.toString()).toBe('0.001');
    const [position] = (await world.engine.positions({})).value;
    expect(position?.position.netQuantity.isPositive()).toBe(true);
    await expectSameBooks(world);
  });

  it('rests a limit order, cancels it, and releases its hold', async () => {
    const answer = await world.engine.place(
      intent({ type: 'limit', price: decimal('20000'), quantity: decimal('0.01') }),
    );
    if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    const { orderId } = answer.order;
    expect((await world.engine.settled(orderId, 5_000)).status).toBe('open');
    expect(
      (await world.engine.balances(PAPER)).value.some((reading) => reading.held.equals(decimal('200'))),
    ).toBe(true);
    await world.engine.cancel(orderId, 'test');
    await until(
      'the cancel is confirmed',
      async () => (await world.engine.order(orderId))?.status === 'canceled',
    );
    expect((await world.engine.balances(PAPER)).value.every((reading) => reading.held.isZero())).toBe(true);
  });
});
