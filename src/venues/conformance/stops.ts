/** Stops that rest at the venue (C20 to C22). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { START_PRICE } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import { freshId } from './world.ts';

export function stopCases({ kind, capabilities, venue, fixture }: CaseWorld): void {
  describe('stops', () => {
    it.skipIf(!capabilities.nativeStops)(
      'C20 rests a stop untriggered, finds it and cancels it',
      async () => {
        const one = await fixture();
        if (kind === 'spot') await one.place(one.market());
        const stopPrice = await one.priceAt('bid', '0.97');
        const id = freshId();
        const placed = await one.sendAndLook(
          one.limit(await one.priceAt('bid', '0.965'), {
            type: 'stop_limit',
            side: 'sell',
            quantity: Decimal.parse('0.005'),
            stopPrice,
            stopDirection: 'down',
            trigger: 'last',
          }),
          { venueClientOrderId: id },
        );
        expect(placed).toMatchObject({ kind: 'accepted', report: { status: 'untriggered' } });
        if (placed.kind !== 'accepted') return;
        const conditional = capabilities.triggeredStopIsNewOrder;
        const request = one.lookUpOf(id, { conditional });
        expect(await one.gateway.lookUp(request)).toMatchObject({
          kind: 'found',
          report: { status: 'untriggered', venueOrderId: placed.venueOrderId },
        });
        const listed = await one.gateway.openOrders();
        expect(listed.kind === 'ok' && listed.value.map((order) => order.venueClientOrderId)).toContain(id);
        expect((await one.gateway.cancel(request)).kind).toBe('accepted');
        expect(await one.gateway.lookUp(request)).toMatchObject({
          kind: 'found',
          report: { status: 'canceled' },
        });
      },
    );

    it.skipIf(!capabilities.nativeStops)(
      'C22 reports that a stop would trigger at once, in each direction',
      async () => {
        const one = await fixture();
        if (kind === 'spot') await one.place(one.market());
        for (const [side, stopDirection, at, factor] of [
          ['sell', 'down', 'ask', '1.01'],
          ['buy', 'up', 'bid', '0.99'],
          ['sell', 'up', 'bid', '0.99'],
          ['buy', 'down', 'ask', '1.01'],
        ] as const) {
          const stopPrice = await one.priceAt(at, factor);
          const type = 'stop_market';
          const order = one.market({
            type,
            side,
            quantity: Decimal.parse('0.005'),
            stopPrice,
            stopDirection,
            trigger: 'last',
          });
          expect(await one.send(order)).toMatchObject({
            kind: 'refused',
            reason: { kind: 'would_trigger' },
          });
        }
      },
    );

    it.skipIf(!capabilities.nativeStops)('C21 follows a stop through its trigger to its fills', async () => {
      const one = await fixture();
      if (kind === 'spot') await one.place(one.market());
      const stopPrice = await one.priceAt('bid', '0.99');
      const id = freshId();
      const stopId = await one.place(
        one.market({
          type: 'stop_market',
          side: 'sell',
          quantity: Decimal.parse('0.005'),
          stopPrice,
          stopDirection: 'down',
          trigger: 'last',
        }),
        { venueClientOrderId: id },
      );
      try {
        await venue().control.price(one.symbol, '59000');
        await expect
          .poll(async () => (await one.trueFills()).length)
          .toBeGreaterThan(kind === 'spot' ? 1 : 0);
        const truth = await one.trueOrders();
        const filled = truth.find((order) => order.status === 'filled' && order.side === 'sell');
        await expect
          .poll(() => one.recorded.fills.map((fill) => fill.venueOrderId))
          .toContain(filled?.venue_order_id);
        if (!capabilities.triggeredStopIsNewOrder) {
          expect(filled?.venue_order_id).toBe(stopId);
          return;
        }
        expect(filled?.venue_order_id).not.toBe(stopId);
        const found = await one.gateway.lookUp(
          one.lookUpOf(id, { venueOrderIds: [stopId], conditional: true }),
        );
        expect(found).toMatchObject({
          kind: 'found',
          report: { status: 'triggered', triggeredVenueOrderId: filled?.venue_order_id },
        });
        await expect
          .poll(() => one.recorded.orders.map((order) => order.triggeredVenueOrderId))
          .toContain(filled?.venue_order_id);
      } finally {
        await venue().control.price(one.symbol, START_PRICE);
      }
    });
  });
}
