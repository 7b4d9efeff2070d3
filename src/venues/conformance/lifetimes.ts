/** Lifetimes of creates, and the time that each is signed with (C50 to C52). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { beyondAheadMs } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import { DEFAULT_LIFETIME_MS } from './world.ts';

export function lifetimeCases({ capabilities, venue, fixture }: CaseWorld): void {
  describe('lifetime and signing', () => {
    it('C50 does not send what is too old', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const before = await venue().control.requestCount('create_order');
      const tooOldMs = DEFAULT_LIFETIME_MS + capabilities.signedTimeStepMs + 500;
      expect(await one.send(one.limit(price), { signedAt: one.gateway.venueNow() - tooOldMs })).toMatchObject(
        {
          kind: 'not_sent',
          reason: 'expired',
        },
      );
      expect(await venue().control.requestCount('create_order')).toBe(before);
    });

    it('C51 signs every one of many concurrent sends with its own time', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const now = one.gateway.venueNow();
      // The venue refuses what is signed in the future; a mixed-up timestamp would show in either half.
      const sends = Array.from({ length: venue().concurrentOrders }, async (_value, index) => ({
        future: index % 2 === 1,
        outcome: await one.send(one.limit(price, { quantity: Decimal.parse('0.002') }), {
          signedAt: index % 2 === 1 ? now + beyondAheadMs(capabilities) + index : now,
          requestLifetimeMs: 5_000,
        }),
      }));
      for (const { future, outcome } of await Promise.all(sends))
        expect(outcome).toMatchObject(
          future ? { kind: 'not_sent', reason: 'timestamp_refused' } : { kind: 'accepted' },
        );
      expect(await one.trueOrders()).toHaveLength(venue().concurrentOrders / 2);
    });

    it('C52 takes a send back as long as it has not left', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const before = await venue().control.requestCount('create_order');
      const annul = new AbortController();
      annul.abort();
      expect(await one.send(one.limit(price), { annul: annul.signal })).toMatchObject({
        kind: 'not_sent',
        reason: 'annulled',
      });
      expect(await venue().control.requestCount('create_order')).toBe(before);
    });
  });
}
