/** Looking for orders, and proving that one is not there (C70 to C78). */
import { describe, expect, it } from 'vitest';
import { venueOrderId } from '../../core/ids.ts';
import type { CaseWorld } from './cases.ts';
import { expectSameFills } from './same-fills.ts';
import { freshId } from './world.ts';

export function lookUpCases({ venue, fixture }: CaseWorld): void {
  describe('look-ups', () => {
    it('C70 finds orders in every state', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const [resting, filled, canceled] = [freshId(), freshId(), freshId()];
      await one.place(one.limit(price), { venueClientOrderId: resting });
      await one.place(one.market(), { venueClientOrderId: filled });
      await one.place(one.limit(price), { venueClientOrderId: canceled });
      await one.gateway.cancel(one.lookUpOf(canceled));
      for (const [id, status] of [
        [resting, 'open'],
        [filled, 'filled'],
        [canceled, 'canceled'],
      ] as const)
        expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
          kind: 'found',
          report: { status, venueClientOrderId: id },
        });
    });

    it('C71 proves an absence as of a venue time before the questions, with the fills since', async () => {
      const one = await fixture();
      await one.place(one.market());
      const before = Date.now();
      const answer = await one.gateway.lookUp(one.lookUpOf(freshId()));
      if (answer.kind !== 'absent') expect.fail(JSON.stringify(answer));
      expect(answer.venueTime).toBeGreaterThanOrEqual(before - 500);
      expect(answer.venueTime).toBeLessThanOrEqual(Date.now());
      expectSameFills(answer.fills, await one.trueFills());
    });

    it.each([
      ['C72', 'query_order'],
      ['C73', 'open_orders'],
      ['C74', 'fills'],
    ])('%s claims no absence when %s cannot be read', async (_number, route) => {
      const one = await fixture();
      // As many as one question has attempts: whatever is asked on this route afterwards is answered.
      await venue().control.fault({ kind: 'http_error', route, status: 500, count: 4 });
      expect((await one.gateway.lookUp(one.lookUpOf(freshId()))).kind).toBe('failed');
    });

    it('C75 tries a failed question again', async () => {
      const one = await fixture();
      const id = freshId();
      await one.place(one.market(), { venueClientOrderId: id });
      await venue().control.fault({ kind: 'drop_response', route: 'query_order', count: 2 });
      expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
        kind: 'found',
      });
    });

    it('C76 reads an order by the venue id, and null for one that is not there', async () => {
      const one = await fixture();
      const id = freshId();
      const placed = await one.place(one.market(), { venueClientOrderId: id });
      expect(await one.gateway.orderByVenueId(one.symbol, placed)).toMatchObject({
        kind: 'ok',
        value: { venueClientOrderId: id, status: 'filled' },
      });
      expect(await one.gateway.orderByVenueId(one.symbol, venueOrderId('987654321'))).toMatchObject({
        kind: 'ok',
        value: null,
      });
    });

    it('C78 asks one question where an absence would not count, and claims none', async () => {
      const one = await fixture();
      const id = freshId();
      await one.place(one.market(), { venueClientOrderId: id });
      const before = await venue().control.requestCount('open_orders');
      const quick = one.lookUpOf(freshId(), { thorough: false });
      expect(await one.gateway.lookUp(quick)).toEqual({ kind: 'not_seen' });
      expect(await one.gateway.lookUp({ ...quick, venueClientOrderId: id })).toMatchObject({
        kind: 'found',
      });
      expect(await venue().control.requestCount('open_orders')).toBe(before);
    });

    it('C77 lists exactly the working orders', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const ids = [freshId(), freshId(), freshId()];
      for (const id of ids) await one.place(one.limit(price), { venueClientOrderId: id });
      await one.place(one.market());
      await one.gateway.cancel(one.lookUpOf(ids[0] ?? freshId()));
      const answer = await one.gateway.openOrders();
      if (answer.kind === 'failed') expect.fail(answer.detail);
      expect(new Set(answer.value.map((order) => order.venueClientOrderId))).toEqual(new Set(ids.slice(1)));
      expect(answer.value).toHaveLength(2);
      expect(answer.finishedAt).toBeGreaterThanOrEqual(answer.startedAt);
    });
  });
}
