/** Figures survive exactly: a figure that was sent reaches the venue and comes back digit for digit, or is refused by name. */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import { seededRandom } from '../../src/journal/testing/seeded-random.ts';
import type { Answer } from './api.ts';
import { untilBooksAgree } from './audit.ts';
import { openWorld, type World } from './world.ts';

const LOT = '0.00001';
const TICK = '0.01';
const ROUNDS = 80;

let world: World;

beforeAll(async () => {
  world = await openWorld();
}, 120_000);
afterAll(async () => {
  await world.close();
});

describe('figures', () => {
  it.each([
    ['"0.00123"', '"59000.12"', '0.00123', '59000.12'],
    ['0.00123', '59000.12', '0.00123', '59000.12'],
    ['0.001230000000000000', '"59000.120000000000000000"', '0.00123', '59000.12'],
    ['1.23e-3', '5.900012e4', '0.00123', '59000.12'],
  ])(
    'quantity %s at %s stands at the venue and comes back',
    async (quantity, price, keptQuantity, keptPrice) => {
      const { status, body } = await placeLimit(quantity, price);
      expect(status).toBe(201);
      expect(body).toMatchObject({ quantity: keptQuantity, price: keptPrice });
      const { venue_client_order_id: id } = body as { venue_client_order_id: string };
      const row = (await world.control.orders()).find((order) => order.client_order_id === id);
      expect([
        Decimal.parse(row?.quantity ?? '0').toString(),
        Decimal.parse(row?.price ?? '0').toString(),
      ]).toEqual([keptQuantity, keptPrice]);
    },
  );

  it.each([
    ['0.001230000000000000001', '59000.12', 'quantity_off_lot', LOT, '0.001230000000000000001'],
    ['"0.001234567890123456"', '59000.12', 'quantity_off_lot', LOT, '0.001234567890123456'],
    ['0.10000000000000000001', '59000.12', 'quantity_off_lot', LOT, '0.10000000000000000001'],
    ['0.00123', '59000.120000000000000001', 'price_off_tick', TICK, '59000.120000000000000001'],
    ['0.00123', '"59000.123456789012345678"', 'price_off_tick', TICK, '59000.123456789012345678'],
    ['123456789012345678.00001', '59000.12', 'quantity_too_large', null, '123456789012345678.00001'],
  ])('quantity %s at %s is refused: %s', async (quantity, price, code, limit, actual) => {
    const before = (await world.control.orders()).length;
    const { status, body } = await placeLimit(quantity, price);
    expect([status, body]).toEqual([
      422,
      expect.objectContaining({ code, rule: 'instrument_filters', actual }),
    ]);
    if (limit !== null) expect(body).toMatchObject({ limit });
    expect((await world.control.orders()).length).toBe(before);
  });

  it('any digits: kept when they are on the grid, refused with the grid when they are not', async () => {
    const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(1, 2 ** 31));
    process.stdout.write(`figures: seed ${seed}\n`);
    const random = seededRandom(seed);
    const digits = (count: number): string =>
      Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
    let kept = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // Every other round writes no more digits than the grids hold: both outcomes occur under every seed.
      const isShort = round % 2 === 0;
      const quantity = `0.00${1 + Math.floor(random() * 8)}${digits(Math.floor(random() * (isShort ? 3 : 15)))}`;
      const price = `590${digits(2)}.${digits(1 + Math.floor(random() * (isShort ? 2 : 17)))}`;
      const { status, body } = await placeLimit(quantity, `"${price}"`);
      const isOnGrid = isMultiple(price, TICK) && isMultiple(quantity, LOT);
      expect([round, quantity, price, status]).toEqual([round, quantity, price, isOnGrid ? 201 : 422]);
      if (!isOnGrid) {
        const offTick = !isMultiple(price, TICK);
        expect(body).toMatchObject({
          code: offTick ? 'price_off_tick' : 'quantity_off_lot',
          limit: offTick ? TICK : LOT,
          actual: canonical(offTick ? price : quantity),
        });
        continue;
      }
      kept += 1;
      expect(body).toMatchObject({ quantity: canonical(quantity), price: canonical(price) });
    }
    expect(kept).toBeGreaterThanOrEqual(ROUNDS / 2);
    expect(kept).toBeLessThan(ROUNDS);
    // The audit compares price and quantity of each order with the venue's own row.
    await untilBooksAgree(world.api, world.control, 45_000);
  }, 120_000);
});

/** The figures go out as they are written, quoted or not. */
function placeLimit(quantity: string, price: string): Promise<Answer> {
  return world.api.ask(
    'POST',
    '/trading/v2/orders/limit',
    `{"exchange":"binance","symbol":"BTC/USDT","side":"buy","quantity":${quantity},"price":${price}}`,
  );
}

/** Counted on digits alone: whether every digit beyond those of the grid is zero (grids here are powers of ten). */
function isMultiple(figure: string, grid: string): boolean {
  const kept = grid.split('.')[1]?.length ?? 0;
  return /^0*$/.test((figure.split('.')[1] ?? '').slice(kept));
}

/** Without the zeros that end a fraction. */
function canonical(figure: string): string {
  return figure.includes('.') ? figure.replace(/\.?0+$/, '') : figure;
}
