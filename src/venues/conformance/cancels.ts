/** Cancels, and faults on their way (C60 to C67). */
import { describe, expect, it } from 'vitest';
import type { CaseWorld } from './cases.ts';
import { freshId } from './world.ts';

export function cancelCases({ venue, fixture }: CaseWorld): void {
  describe('cancels', () => {
    it('C60 cancels by our id and by the venue id', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      for (const byVenueId of [false, true]) {
        const id = freshId();
        const placed = await one.place(one.limit(price), { venueClientOrderId: id });
        const outcome = await one.gateway.cancel(one.referenceTo(id, ...(byVenueId ? [placed] : [])));
        expect(outcome.kind).toBe('accepted');
        if (outcome.kind === 'accepted' && outcome.report !== null)
          expect(outcome.report).toMatchObject({ status: 'canceled', venueClientOrderId: id });
      }
      expect((await one.trueOrders()).map((order) => order.status)).toEqual(['canceled', 'canceled']);
    });

    it('C61 finds nothing to cancel in an order that is done or never was', async () => {
      const one = await fixture();
      const filled = freshId();
      await one.place(one.market(), { venueClientOrderId: filled });
      for (const id of [filled, freshId()])
        expect(await one.gateway.cancel(one.referenceTo(id))).toMatchObject({ kind: 'not_found' });
    });

    const cancelFaults = [
      { number: 'C62', fault: { kind: 'drop_request' }, kindOf: 'unknown', canceled: false },
      { number: 'C63', fault: { kind: 'drop_response' }, kindOf: 'unknown', canceled: true },
      { number: 'C64', fault: { kind: 'http_error', status: 500 }, kindOf: 'unknown', canceled: false },
      { number: 'C65', fault: { kind: 'stall_body' }, kindOf: 'unknown', canceled: true },
      { number: 'C66', fault: { kind: 'empty_body' }, kindOf: 'unknown', canceled: true },
      {
        number: 'C67',
        fault: { kind: 'rate_limit', status: 429, retry_after_s: 1 },
        kindOf: 'not_sent',
        canceled: false,
      },
    ] as const;
    it.each(cancelFaults)(
      '$number calls a cancel that meets $fault.kind $kindOf',
      async ({ fault, kindOf, canceled }) => {
        const one = await fixture();
        const id = freshId();
        await one.place(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
        await venue().control.fault({ ...fault, route: 'cancel_order', count: 1 });
        const outcome = await one.gateway.cancel(one.referenceTo(id));
        expect(outcome.kind).toBe(kindOf);
        expect((await one.trueOrders())[0]?.status).toBe(canceled ? 'canceled' : 'open');
      },
    );
  });
}
