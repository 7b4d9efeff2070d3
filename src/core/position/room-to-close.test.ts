/** The orders that a close of spot cancels to have coins: no more than it needs, what is the position's first, and quantities that add up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, Decimal } from '../decimal.ts';
import { orderId, type TimeMs } from '../ids.ts';
import type { Order } from '../order/order.ts';
import { Desk } from '../testing/fixture.ts';
import { roomToClose, sumRemaining } from './room-to-close.ts';

const OPENED_AT = 1_000 as TimeMs;
const desk = Desk.funded('1000000', '1000');
const TEMPLATE = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('120') });

interface Sale {
  readonly remaining: number;
  readonly filled: number;
  readonly isStop: boolean;
  readonly isLater: boolean;
}

function saleOf({ remaining, filled, isStop, isLater }: Sale, index: number): Order {
  return {
    ...TEMPLATE,
    orderId: orderId(`o-${index}`),
    quantity: Decimal.fromInteger(remaining + filled),
    filledQuantity: Decimal.fromInteger(filled),
    stopPrice: isStop ? decimal('90') : null,
    createdAt: isLater ? OPENED_AT : OPENED_AT - 1,
  };
}

const units = (most: number) => fc.integer({ min: 0, max: most });
const sales = fc.array(
  fc.record({
    remaining: fc.integer({ min: 1, max: 8 }),
    filled: units(3),
    isStop: fc.boolean(),
    isLater: fc.boolean(),
  }),
  { maxLength: 6 },
);
const closes = fc
  .record({
    sales,
    net: fc.integer({ min: 1, max: 12 }),
    free: units(12),
    ofLeft: units(12),
    ofQuantity: units(12),
  })
  .map(({ sales: given, net, free, ofLeft, ofQuantity }) => {
    const left = Math.max(1, net - ofLeft);
    const quantity = Math.max(1, left - ofQuantity);
    const resting = given.map(saleOf);
    const figures = {
      quantity: Decimal.fromInteger(quantity),
      left: Decimal.fromInteger(left),
      free: Decimal.fromInteger(free),
    };
    const room = roomToClose(
      { netQuantity: Decimal.fromInteger(net), openedAt: OPENED_AT },
      resting,
      figures,
    );
    const own = given.map(({ isLater, remaining }) => isLater && remaining <= net);
    const groupOf = (order: Order): number => {
      const isOwn = own[resting.indexOf(order)] === true;
      if (order.stopPrice !== null) return isOwn ? 0 : 3;
      return isOwn ? 1 : 2;
    };
    return { ...figures, resting, room, groupOf };
  });

describe('the room for a close of spot', () => {
  it('is enough, or all there is; and none is made where nothing locks what is to be sold', () => {
    fc.assert(
      fc.property(closes, ({ quantity, free, resting, room: { canceled, beside } }) => {
        const isEnough = !free.add(sumRemaining(canceled)).lessThan(quantity);
        expect(isEnough || canceled.length === resting.length).toBe(true);
        if (free.lessThan(quantity)) return;
        expect(canceled).toEqual([]);
        expect(beside.isZero()).toBe(true);
      }),
    );
  });

  it("takes the position's stops first, its other sales, sales beside it and stops beside it last, and of the last of these no order too many", () => {
    fc.assert(
      fc.property(closes, ({ quantity, free, resting, room: { canceled }, groupOf }) => {
        expect(new Set(canceled).size).toBe(canceled.length);
        const groups = canceled.map(groupOf);
        expect(groups).toEqual(groups.toSorted((one, other) => one - other));
        const last = groups.at(-1);
        if (last === undefined) return;
        expect(resting.filter((order) => groupOf(order) < last && !canceled.includes(order))).toEqual([]);
        const sum = free.add(sumRemaining(canceled));
        if (sum.lessThan(quantity)) return;
        for (const order of canceled.filter((one) => groupOf(one) === last))
          expect(sum.subtract(sumRemaining([order])).lessThan(quantity)).toBe(true);
      }),
    );
  });

  it('adds up: what may be put back is there once the close is done', () => {
    fc.assert(
      fc.property(closes, ({ quantity, left, free, resting, room, groupOf }) => {
        const { canceled, beside, ownKept, stopsKeptBeside } = room;
        const kept = resting.filter((order) => !canceled.includes(order));
        expect(ownKept).toEqual(sumRemaining(kept.filter((order) => groupOf(order) < 2)));
        expect(stopsKeptBeside).toEqual(kept.filter((order) => groupOf(order) === 3));
        expect(beside.isNegative()).toBe(false);
        const after = free.add(sumRemaining(canceled)).subtract(quantity);
        if (after.isNegative()) return;
        const open = left.subtract(quantity);
        // Of the position no more is put back than is open; what its kept sales take beyond that is taken from what is beside it.
        const ofPosition = open.subtract(ownKept).max(Decimal.zero);
        const besideLeft = beside.subtract(ownKept.subtract(open).max(Decimal.zero)).max(Decimal.zero);
        expect(besideLeft.isZero() || besideLeft.add(ofPosition).atMost(after)).toBe(true);
        expect(besideLeft.atMost(sumRemaining(canceled))).toBe(true);
      }),
    );
  });
});
