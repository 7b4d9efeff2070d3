import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { intent, openDeskWorld, PAPER, type DeskWorld } from './desk-world.ts';
import { expectSameBooks } from './same-books.ts';
import { until } from './until.ts';

let world: DeskWorld;

beforeAll(async () => {
  world = await openDeskWorld();
});
afterAll(async () => {
  await world.close();
});

describe('the order path', () => {
  it('fills a market order and books its position and balances as the venue has them', async () => {
    const answer = await world.engine.orders.place(intent());
    if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    const order = await world.engine.orders.settled(answer.order.orderId, 5_000);
    expect(order.status).toBe('filled');
    expect(order.filledQuantity.toString()).toBe('0.001');
    const [position] = (await world.engine.books.positions({})).value;
    expect(position?.position.netQuantity.isPositive()).toBe(true);
    await expectSameBooks(world);
  });

  it('rests a limit order, cancels it, and releases its hold', async () => {
    const answer = await world.engine.orders.place(
      intent({ type: 'limit', price: decimal('20000'), quantity: decimal('0.01') }),
    );
    if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    const { orderId } = answer.order;
    expect((await world.engine.orders.settled(orderId, 5_000)).status).toBe('open');
    expect(
      (await world.engine.books.balances(PAPER)).value.some((reading) => reading.held.equals(decimal('200'))),
    ).toBe(true);
    await world.engine.orders.cancel(orderId, 'test');
    await until(
      'the cancel is confirmed',
      async () => (await world.engine.books.order(orderId))?.status === 'canceled',
    );
    expect((await world.engine.books.balances(PAPER)).value.every((reading) => reading.held.isZero())).toBe(
      true,
    );
  });

  it.each([
    ['stop_market', null],
    ['stop_limit', '58800'],
  ] as const)('rests a %s at the venue and books what it trades once it triggers', async (type, price) => {
    await world.control.price('BTC/USDT', '60000', true);
    const bought = await world.engine.orders.place(intent({ quantity: decimal('0.002') }));
    if (bought.kind !== 'accepted') throw new Error('not accepted');
    await world.engine.orders.settled(bought.order.orderId, 5_000);
    const answer = await world.engine.orders.place(
      intent({
        type,
        side: 'sell',
        quantity: decimal('0.001'),
        stopPrice: decimal('59000'),
        price: price === null ? null : decimal(price),
        trigger: 'last',
      }),
    );
    if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    const { orderId } = answer.order;
    const stop = await world.engine.orders.settled(orderId, 5_000);
    expect([stop.status, stop.reason]).toEqual(['open', null]);
    await world.control.price('BTC/USDT', '58950', true);
    await until(
      'the stop is filled',
      async () => (await world.engine.books.order(orderId))?.status === 'filled',
    );
    await expectSameBooks(world);
    expect((await world.engine.books.drift()).value).toEqual([]);
  });

  it('refuses a price or quantity off the grid by the rule it breaks, and changes none', async () => {
    const tooFine = await world.engine.orders.place(
      intent({ type: 'limit', price: decimal('50000.123456789012345678'), quantity: decimal('0.001') }),
    );
    expect(tooFine.kind === 'denied' ? tooFine.refusals[0]?.code : tooFine.kind).toBe('price_off_tick');
    const tooSmall = await world.engine.orders.place(intent({ quantity: decimal('0.000000000000000001') }));
    expect(tooSmall.kind === 'denied' ? tooSmall.refusals[0]?.code : tooSmall.kind).toBe('quantity_off_lot');
    expect(tooSmall.kind === 'denied' ? tooSmall.order.quantity?.toString() : '').toBe(
      '0.000000000000000001',
    );
  });
});
