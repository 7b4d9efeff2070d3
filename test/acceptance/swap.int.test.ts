/** USDT-linear swaps: positions, margin, reduce-only, stops that trigger into new venue orders. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import type { Order } from '../../src/core/order/order.ts';
import type { PlaceIntent } from '../../src/engine/desk.ts';
import { intent, openDeskWorld, PAPER, type DeskWorld } from './desk-world.ts';
import { expectSameBooks, expectSamePositions } from './same-books.ts';
import { until } from './until.ts';
import { VenueTrader } from './venue-trader.ts';

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

describe('swaps of a hedged account', () => {
  const OPENING = { long: 'buy', short: 'sell' } as const;
  const CLOSING = { long: 'sell', short: 'buy' } as const;

  beforeAll(async () => {
    await world.control.price(SWAP, '60000', true);
    await setPositionMode('hedged');
  });
  afterAll(async () => {
    await setPositionMode('one_way');
  });

  async function setPositionMode(positionMode: 'one_way' | 'hedged'): Promise<void> {
    const answer = await world.engine.controls.changeSetting(
      PAPER,
      { setting: 'position_mode', positionMode },
      'test',
      'hedged swaps',
    );
    expect(answer).toMatchObject({ kind: 'set' });
  }

  const opened = (side: 'long' | 'short', quantity: string): Promise<Order> =>
    place({ side: OPENING[side], positionSide: side, quantity: decimal(quantity) });
  const closed = (side: 'long' | 'short', quantity: string): Promise<Order> =>
    place({ side: CLOSING[side], positionSide: side, quantity: decimal(quantity) });

  async function held(): Promise<Readonly<Record<string, string>>> {
    const { value } = await world.engine.books.positions({ symbol: SWAP });
    return Object.fromEntries(
      value.map(({ position }) => [position.positionSide, position.netQuantity.toString()]),
    );
  }

  it("open, grow and close each side for itself, with the venue's books to the last digit", async () => {
    await opened('long', '0.01');
    await opened('short', '0.04');
    await opened('long', '0.02');
    expect(await held()).toEqual({ long: '0.03', short: '-0.04' });
    await expectSamePositions(world);
    await world.control.price(SWAP, '60600', true);
    await closed('short', '0.01');
    await closed('long', '0.03');
    expect(await held()).toEqual({ short: '-0.03' });
    await expectSamePositions(world);
    await world.control.price(SWAP, '59400', true);
    await opened('long', '0.005');
    await closed('short', '0.03');
    await closed('long', '0.005');
    expect(await held()).toEqual({});
    await expectSamePositions(world);
    await expectSameBooks(world);
    expect((await world.engine.books.drift()).value).toEqual([]);
  });

  it.each(['long', 'short'] as const)(
    'a stop of the %s side triggers into a new order, and closes that side alone',
    async (side) => {
      const other = side === 'long' ? 'short' : 'long';
      await opened(side, '0.01');
      await opened(other, '0.02');
      const stop = await place({
        type: 'stop_market',
        side: CLOSING[side],
        positionSide: side,
        stopPrice: decimal(side === 'long' ? '59000' : '61000'),
        trigger: 'last',
      });
      expect([stop.status, stop.reason]).toEqual(['open', null]);
      const protectedQuantities = (await world.engine.books.positions({ symbol: SWAP })).value.map(
        ({ position, protectedQuantity }) => [position.positionSide, protectedQuantity.toString()],
      );
      expect(Object.fromEntries(protectedQuantities)).toEqual({ [side]: '0.01', [other]: '0' });
      await world.control.price(SWAP, side === 'long' ? '58900' : '61100', true);
      await until(
        'the stop is filled',
        async () => (await world.engine.books.order(stop.orderId))?.status === 'filled',
      );
      const after = await world.engine.books.order(stop.orderId);
      expect(after?.stopTriggered).toBe(true);
      expect(after?.venueOrderIds.length).toBe(2);
      expect(Object.keys(await held())).toEqual([other]);
      await expectSamePositions(world);
      await world.control.price(SWAP, '60000', true);
      await closed(other, '0.02');
      await expectSameBooks(world);
      expect((await world.engine.books.drift()).value).toEqual([]);
    },
  );

  it('what others close of one side is a drift case of that side', async () => {
    await opened('long', '0.01');
    await opened('short', '0.01');
    const venue = (await world.control.health()).venues['binance'];
    if (venue === undefined) expect.fail('binance is simulated');
    const other = new VenueTrader(venue.rest, { key: venue.key, secret: venue.secret });
    await other.closeSide('SHORT', '0.01');
    await until('the books show it', async () => !('short' in (await held())));
    expect(await held()).toEqual({ long: '0.01' });
    await expectSamePositions(world);
    await closed('long', '0.01');
    await expectSameBooks(world);
  });
});
