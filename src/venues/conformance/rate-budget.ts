/** The rate budget and the circuit breaker (C110 to C112). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { VenueClientOrderId } from '../../core/ids.ts';
import type { SendRequest } from '../gateway.ts';
import type { CaseWorld } from './cases.ts';
import { freshId } from './world.ts';

const AT_ONCE = 10;

export function rateBudgetCases({ capabilities, venue, fixture, limited }: CaseWorld): void {
  describe('rate budget and breaker', () => {
    const reducing: Partial<SendRequest> = { reducing: true, closing: true };
    /** The shortest lifetime that the venue is sure to take. */
    const brief = (ms: number): number => ms + capabilities.signedTimeStepMs;

    it('C110 keeps room for cancels and for what reduces when new orders used theirs up', async () => {
      const one = await limited({ orderShare: 0.1 });
      const price = await one.priceAt('bid', '0.97');
      const small = one.limit(price, { quantity: Decimal.parse('0.002') });
      const accepted: VenueClientOrderId[] = [];
      let refused = false;
      // However slow the machine is: until there is no room, over several windows if need be.
      const isRefused = async (): Promise<boolean> => {
        const id = freshId();
        const outcome = await one.send(small, { venueClientOrderId: id, requestLifetimeMs: brief(150) });
        if (outcome.kind === 'accepted') accepted.push(id);
        return outcome.kind === 'not_sent' && outcome.reason === 'rate_budget';
      };
      // As many at once as wait for more room than comes while they may.
      for (let sent = 0; !refused && sent < 600; sent += AT_ONCE)
        refused = (await Promise.all(Array.from({ length: AT_ONCE }, isRefused))).includes(true);
      expect(refused).toBe(true);
      const [first] = accepted;
      if (first === undefined) expect.fail('none was accepted');
      expect(await one.gateway.cancel(one.referenceTo(first))).toMatchObject({ kind: 'accepted' });
      expect((await one.send(small, reducing)).kind).toBe('accepted');
    });

    it('C111 asks nothing more of a venue that said stop, until it may', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      await venue().control.fault({
        kind: 'rate_limit',
        route: 'create_order',
        status: 429,
        retry_after_s: Math.ceil(brief(999) / 1_000),
        count: 1,
      });
      expect((await one.send(one.limit(price))).kind).toBe('not_sent');
      expect(one.gateway.connection().rateBudgetLeft).toBe(0);
      const before = await venue().control.requestCount('create_order');
      expect(await one.send(one.limit(price), { requestLifetimeMs: brief(200) })).toMatchObject({
        kind: 'not_sent',
        reason: 'rate_budget',
      });
      expect(await venue().control.requestCount('create_order')).toBe(before);
      expect((await one.send(one.limit(price), { requestLifetimeMs: brief(3_000) })).kind).toBe('accepted');
    });

    it('C112 opens on failed reads alone, lets cancels and reductions pass, and closes by itself', async () => {
      const one = await fixture({ breaker: { failures: 4, halfOpenAfterMs: 2_000 } });
      const price = await one.priceAt('bid', '0.97');
      const id = freshId();
      await one.place(one.limit(price), { venueClientOrderId: id });
      for (let index = 0; index < 4; index += 1) {
        await venue().control.fault({ kind: 'http_error', route: 'create_order', status: 500, count: 1 });
        expect((await one.send(one.limit(price))).kind).toBe('unknown');
      }
      expect(one.gateway.connection().breaker).toBe('closed');
      await venue().control.fault({ kind: 'http_error', route: 'balances', status: 500 });
      // The reads that the unknown creates brought may still come in between, and start the count anew.
      await expect
        .poll(
          async () => {
            expect((await one.gateway.balances()).kind).toBe('failed');
            return one.gateway.connection().breaker;
          },
          { timeout: 20_000 },
        )
        .toBe('open');
      expect(await one.send(one.limit(price))).toMatchObject({
        kind: 'not_sent',
        reason: 'breaker_open',
      });
      expect((await one.send(one.limit(price), reducing)).kind).toBe('accepted');
      expect((await one.gateway.cancel(one.referenceTo(id))).kind).toBe('accepted');
      await expect.poll(() => one.gateway.connection().breaker, { timeout: 10_000 }).toBe('closed');
      expect((await one.send(one.limit(price))).kind).toBe('accepted');
    });
  });
}
