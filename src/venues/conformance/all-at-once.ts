/** Every fault at once, and no credential in anything that is said (C120, C130). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { CaseWorld } from './cases.ts';
import { freshId } from './world.ts';

export function allAtOnceCases({ venue, fixture }: CaseWorld): void {
  describe('all at once', () => {
    it('C130 says nothing that is not so, whatever goes wrong', async () => {
      const one = await fixture({ breaker: { failures: 1_000, halfOpenAfterMs: 100 } });
      const price = await one.priceAt('bid', '0.97');
      const since = one.gateway.venueNow() - 1_000;
      const faults = [
        'drop_request',
        'drop_response',
        'http_error',
        'http_error_after',
        'truncate_body',
        'empty_body',
        'stall_body',
      ];
      for (const [index, fault] of faults.entries())
        await venue().control.fault({
          kind: fault,
          route: 'create_order',
          probability: fault === 'stall_body' ? 0.03 : 0.1,
          seed: 100 + index,
        });
      const sent = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const reported = [];
          for (let index = 0; index < 8; index += 1) {
            const id = freshId();
            const outcome = await one.send(one.limit(price, { quantity: Decimal.parse('0.002') }), {
              venueClientOrderId: id,
              requestLifetimeMs: 5_000,
            });
            reported.push({ id, outcome });
          }
          return reported;
        }),
      );
      await venue().control.clearFaults();
      const truth = await one.trueOrders();
      const kinds = new Set<string>();
      for (const { id, outcome } of sent.flat()) {
        kinds.add(outcome.kind);
        const made = truth.filter((order) => order.client_order_id === id);
        expect(made.length).toBeLessThanOrEqual(1);
        if (outcome.kind === 'accepted') expect(made[0]?.venue_order_id).toBe(outcome.venueOrderId);
        if (outcome.kind === 'refused' || outcome.kind === 'not_sent') expect(made).toHaveLength(0);
        if (outcome.kind !== 'unknown') continue;
        const answer = await one.gateway.lookUp(one.lookUpOf(id, { since }));
        expect(answer.kind).toBe(made.length === 1 ? 'found' : 'absent');
      }
      expect(kinds).toContain('accepted');
      expect(kinds).toContain('unknown');
      expect(truth.length).toBeLessThan(sent.flat().length);
    });
  });

  describe('secrets', () => {
    it('C120 shows no credential in anything it says', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const said: unknown[] = [];
      for (const fault of ['drop_response', 'http_error', 'stall_body', 'truncate_body', 'empty_body']) {
        await venue().control.fault({ kind: fault, route: 'create_order', count: 1 });
        said.push(await one.send(one.limit(price)));
      }
      await venue().control.fault({ kind: 'drop_response', route: 'balances' });
      said.push(await one.gateway.balances(), one.gateway.connection(), one.recorded.gaps);
      const text = JSON.stringify(said);
      expect(text).not.toContain(one.account.key);
      expect(text).not.toContain(one.account.secret);
      expect(text.toLowerCase()).not.toContain('signature');
    });
  });
}
