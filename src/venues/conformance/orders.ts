/** Orders of every type and time in force, and refusals (C10 to C19). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import type { CaseWorld } from './cases.ts';
import { expectSameFills } from './same-fills.ts';
import { freshId } from './world.ts';

export function orderCases({ capabilities, venue, fixture }: CaseWorld): void {
  describe('orders', () => {
    it('C10 places a limit order with every figure and our id', async () => {
      const one = await fixture();
      const id = freshId();
      const price = await one.priceAt('bid', '0.97');
      const outcome = await one.sendAndLook(one.limit(price), { venueClientOrderId: id });
      const [truth, ...others] = await one.trueOrders();
      expect(others).toHaveLength(0);
      expect(truth).toMatchObject({
        client_order_id: id,
        price: price.toString(),
        quantity: one.size.toString(),
        side: 'buy',
        status: 'open',
      });
      expect(outcome).toMatchObject({
        kind: 'accepted',
        venueOrderId: truth?.venue_order_id,
        report: { venueClientOrderId: id, status: 'open', symbol: one.symbol },
      });
    });

    it('C11 fills a market order; itemised fills are the venue trades', async () => {
      const one = await fixture();
      const outcome = await one.sendAndLook(one.market());
      if (outcome.kind !== 'accepted') expect.fail(JSON.stringify(outcome));
      expect(outcome.report?.status).toBe('filled');
      const truth = await one.trueFills();
      expect(truth.length).toBeGreaterThan(0);
      if (outcome.fills.length > 0) expectSameFills(outcome.fills, truth);
    });

    it('C12 sends a protected market order as an immediate-or-cancel limit', async () => {
      const one = await fixture();
      const price = await one.priceAt('ask', '1.003');
      const outcome = await one.sendAndLook(one.limit(price, { timeInForce: 'IOC' }));
      expect(outcome).toMatchObject({ kind: 'accepted', report: { status: 'filled' } });
    });

    it('C13 ends an immediate-or-cancel order that finds nothing, unfilled', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.96');
      const outcome = await one.sendAndLook(one.limit(price, { timeInForce: 'IOC' }));
      if (outcome.kind === 'accepted') expect(outcome.report?.status).toMatch(/expired|canceled/);
      else expect(outcome).toMatchObject({ kind: 'refused', reason: { kind: 'no_match' } });
      expect(await one.trueFills()).toHaveLength(0);
    });

    it.skipIf(!capabilities.timesInForce.includes('FOK'))(
      'C14 ends a fill-or-kill order that cannot fill, unfilled',
      async () => {
        const one = await fixture();
        const price = await one.priceAt('bid', '0.96');
        const outcome = await one.sendAndLook(one.limit(price, { timeInForce: 'FOK' }));
        if (outcome.kind === 'accepted') expect(outcome.report?.status).toMatch(/expired|canceled/);
        else expect(outcome).toMatchObject({ kind: 'refused', reason: { kind: 'no_match' } });
        expect(await one.trueFills()).toHaveLength(0);
      },
    );

    it.skipIf(!capabilities.marketBuyByCost)('C15 buys by cost', async () => {
      const one = await fixture();
      const cost = Decimal.parse('100');
      const outcome = await one.sendAndLook(one.market({ quantity: null, cost }));
      expect(outcome).toMatchObject({ kind: 'accepted', report: { status: 'filled' } });
      const spent = (await one.trueFills()).reduce(
        (sum, fill) => sum.add(Decimal.parse(fill.price).multiply(Decimal.parse(fill.quantity))),
        Decimal.zero,
      );
      expect(spent.atMost(cost)).toBe(true);
      expect(spent.greaterThan(Decimal.parse('98'))).toBe(true);
    });

    it.skipIf(!capabilities.postOnly)('C16 never takes with a post-only order', async () => {
      const one = await fixture();
      const crossing = await one.priceAt('ask', '1.003');
      const outcome = await one.sendAndLook(one.limit(crossing, { postOnly: true }));
      if (outcome.kind === 'refused') expect(outcome.reason.kind).toBe('would_take');
      else
        expect(outcome).toMatchObject({
          kind: 'accepted',
          report: { status: expect.stringMatching(/expired|canceled|rejected/) },
        });
      expect(await one.trueFills()).toHaveLength(0);
      const resting = await one.priceAt('bid', '0.97');
      expect((await one.sendAndLook(one.limit(resting, { postOnly: true }))).kind).toBe('accepted');
    });

    it('C17 says why the venue refused', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      expect(await one.send(one.limit(price, { quantity: Decimal.parse('50') }))).toMatchObject({
        kind: 'refused',
        reason: { kind: 'insufficient_balance' },
      });
      const offTick = price.add(one.instrument.tickSize.multiply(Decimal.parse('0.5')));
      expect(await one.send(one.limit(offTick))).toMatchObject({
        kind: 'refused',
        reason: { kind: 'filter' },
      });
      const outOfBand = await one.priceAt('ask', '10');
      expect(await one.send(one.limit(outOfBand, { quantity: Decimal.parse('1') }))).toMatchObject({
        kind: 'refused',
        reason: { kind: 'price_band' },
      });
      expect((await one.trueOrders()).filter((order) => order.status !== 'rejected')).toHaveLength(0);
    });

    it('C18 sends nothing for an instrument that is not listed', async () => {
      const one = await fixture();
      const before = await venue().control.requestCount('create_order');
      const outcome = await one.send(one.limit(Decimal.one, { symbol: instrumentSymbol('NOPE/NOPE') }));
      expect(outcome.kind).toBe('refused');
      expect(await venue().control.requestCount('create_order')).toBe(before);
    });

    it.skipIf(capabilities.duplicateId === 'not_checked')(
      'C19 reads a duplicate id as proof that the first order landed',
      async () => {
        const one = await fixture();
        const price = await one.priceAt('bid', '0.97');
        const id = freshId();
        const first = await one.send(one.limit(price), { venueClientOrderId: id });
        const second = await one.send(one.limit(price), { venueClientOrderId: id });
        expect(await one.trueOrders()).toHaveLength(1);
        if (capabilities.duplicateId === 'returns_first') expect(second).toEqual(first);
        else
          expect(second).toMatchObject({
            kind: 'refused',
            reason: { kind: 'duplicate_client_order_id' },
          });
      },
    );
  });
}
