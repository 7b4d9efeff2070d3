/** I3: orders that would together pass a limit are denied exactly at the line, however many come at once. */
import { afterEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import type { OrderAnswer } from './api.ts';
import { untilBooksAgree } from './audit.ts';
import { inParallel, openWorld, type World } from './world.ts';

const LIMIT = Decimal.parse('1000');
/** The smallest order that the market takes: five quote units at least, and a whole lot. */
const SMALLEST = '0.0001';
/** Above the least that a swap order may be worth. */
const SMALLEST_SWAP = '0.002';
/** Both far from the market, so that they rest; neither crosses the other. */
const SWAP_PRICES = { buy: '57000', sell: '63000' } as const;
const SETTLES_WITHIN_MS = 45_000;

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

describe('MAX_POSITION_SIZE', () => {
  it.each([
    { name: 'with a venue that answers', fault: null },
    { name: 'with a venue whose answers get lost', fault: 'drop_response' },
  ])(
    'bursts of market and limit orders are denied exactly at the line, $name',
    async ({ fault }) => {
      world = await openWorld({ MAX_POSITION_SIZE: LIMIT.toString() });
      const { api, control } = world;
      if (fault !== null)
        await control.fault({ kind: fault, route: 'create_order', probability: 0.5, seed: 3 });

      const answers = await inParallel(120, 60, (index) => placeMixed(api, index));
      await control.heal();
      await expectWithinLimit(answers);

      // Then the smallest ones, all at once, until nothing more goes: the line itself.
      const last = await inParallel(200, 50, () => placeSmallest(api));
      const exposure = await expectWithinLimit([...answers, ...last]);
      const mark = await markPrice();
      const room = LIMIT.subtract(exposure);
      expect(room.lessThan(Decimal.parse(SMALLEST).multiply(mark))).toBe(true);

      // A reducing order is allowed at the limit.
      const sale = await api.place('market', { ...order('sell'), quantity: '0.0002' });
      expect(sale).toMatchObject({ kind: 'order', status: 201, order: { status: 'filled' } });
      const resting = last.find((answer) => answer.kind === 'order');
      expect(resting?.kind).toBe('order');
      if (resting?.kind === 'order')
        expect(await api.cancel(resting.order.id)).toMatchObject({
          status: 200,
          order: { status: 'canceled' },
        });
      // The exposure that it freed may be used again, once.
      expect(await placeSmallest(api)).toMatchObject({ kind: 'order' });
    },
    300_000,
  );
});

describe('MAX_POSITION_SIZE on a swap', () => {
  it('holds each side to the line by itself: an open position and everything that could add to it', async () => {
    world = await openWorld({ MAX_POSITION_SIZE: LIMIT.toString() });
    const { api, control } = world;
    const place = (side: 'buy' | 'sell', quantity: string): Promise<OrderAnswer> =>
      api.place('limit', { ...swap(side), quantity, price: SWAP_PRICES[side] });
    expect(await api.place('market', { ...swap('buy'), quantity: '0.003' })).toMatchObject({
      kind: 'order',
      order: { status: 'filled' },
    });
    const mixed = await inParallel(60, 60, (index) =>
      place(index % 2 === 0 ? 'buy' : 'sell', `0.00${2 + (index % 4)}`),
    );
    const smallest = await inParallel(30, 30, (index) =>
      place(index % 2 === 0 ? 'buy' : 'sell', SMALLEST_SWAP),
    );
    for (const answer of [...mixed, ...smallest]) {
      if (answer.kind === 'order') continue;
      expect(answer).toMatchObject({
        status: 422,
        problem: { code: 'position_limit', limit: LIMIT.toString() },
      });
    }
    const { venueOrders, orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS);
    const mark = await markPrice('BTC-USDT:USDT');
    for (const side of ['buy', 'sell'] as const) {
      const price = Decimal.parse(SWAP_PRICES[side]).max(mark);
      const open = venueOrders
        .filter((row) => row.side === side && row.status === 'open')
        .reduce((sum, row) => sum.add(Decimal.parse(row.quantity ?? '0').multiply(price)), Decimal.zero);
      const held = side === 'buy' ? Decimal.parse('0.003').multiply(mark) : Decimal.zero;
      const exposure = open.add(held);
      expect([side, exposure.atMost(LIMIT)]).toEqual([side, true]);
      const room = LIMIT.subtract(exposure);
      expect([side, room.lessThan(Decimal.parse(SMALLEST_SWAP).multiply(price))]).toEqual([side, true]);
      expect(orders.some((row) => row.side === side && row.status === 'denied')).toBe(true);
    }
    const out = await api.place('market', { ...swap('sell'), quantity: '0.003', reduce_only: true });
    expect(out).toMatchObject({ kind: 'order', status: 201, order: { status: 'filled' } });
  }, 300_000);
});

/** Buys of every kind and size, and sales far above, which add nothing to a spot position. */
function placeMixed(api: World['api'], index: number): Promise<OrderAnswer> {
  const quantity = `0.00${String(11 + ((index * 7) % 30))}`;
  switch (index % 4) {
    case 0:
      return api.place('market', { ...order('buy'), quantity });
    case 1:
      return api.place('limit', { ...order('buy'), quantity, price: String(56_000 + index) });
    case 2:
      return api.place('limit', { ...order('buy'), quantity, price: '60100', time_in_force: 'IOC' });
    default:
      return api.place('limit', { ...order('sell'), quantity, price: String(63_000 + index) });
  }
}

function placeSmallest(api: World['api']): Promise<OrderAnswer> {
  return api.place('limit', { ...order('buy'), quantity: SMALLEST, price: '58000' });
}

function order(side: 'buy' | 'sell'): Record<string, unknown> {
  return { exchange: 'binance', symbol: 'BTC/USDT', side, wait_ms: 1_000 };
}

function swap(side: 'buy' | 'sell'): Record<string, unknown> {
  return { ...order(side), symbol: 'BTC/USDT:USDT' };
}

/** The price that positions are valued at. */
async function markPrice(symbol = 'BTC-USDT'): Promise<Decimal> {
  const { body } = await opened().api.ask('GET', `/trading/v2/positions/${symbol}?exchange=binance`);
  return Decimal.parse((body as { mark_price: string }).mark_price);
}

/** Checks every answer, and what is at the venue; gives back the exposure there, in quote units at the worst. */
async function expectWithinLimit(answers: readonly OrderAnswer[]): Promise<Decimal> {
  const { api, control } = opened();
  let denied = 0;
  for (const answer of answers) {
    if (answer.kind === 'order') continue;
    expect(answer).toMatchObject({
      kind: 'problem',
      status: 422,
      problem: { code: 'position_limit', rule: 'position_limit', limit: LIMIT.toString() },
    });
    if (answer.kind !== 'problem') continue;
    denied += 1;
    expect(Decimal.parse(answer.problem.actual ?? '').greaterThan(LIMIT)).toBe(true);
  }
  expect(denied).toBeGreaterThan(0);
  const { venueOrders, orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS);
  const mark = await markPrice();
  let exposure = Decimal.zero;
  for (const row of venueOrders) {
    if (row.side !== 'buy' || !['open', 'partially_filled'].includes(row.status)) continue;
    const open = Decimal.parse(row.quantity ?? '0').subtract(Decimal.parse(row.filled));
    exposure = exposure.add(open.multiply(Decimal.parse(row.price ?? '0').max(mark)));
  }
  const held = (await api.positions()).find(({ symbol }) => symbol === 'BTC/USDT');
  exposure = exposure.add(Decimal.parse(held?.quantity ?? '0').multiply(mark));
  expect(exposure.atMost(LIMIT)).toBe(true);
  // Each was valued at its worst price when it was let through: nothing was let through on a better one.
  expect(orders.filter(({ status }) => status === 'denied').length).toBe(denied);
  return exposure;
}

function opened(): World {
  if (world === undefined) throw new Error('no world is open');
  return world;
}
