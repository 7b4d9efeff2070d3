/** Faults on the way of a create (C30 to C46). */
import { describe, expect, it } from 'vitest';
import { beyondAheadMs } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import type { FaultSpec } from './control.ts';
import { SwitchableRelay, TIMEOUTS, freshId } from './world.ts';

export function createFaultCases({ capabilities, venue, fixture }: CaseWorld): void {
  describe('faults of a create', () => {
    interface FaultCase {
      readonly number: string;
      readonly fault: FaultSpec;
      readonly outcome: 'unknown' | 'throttled' | 'timestamp_refused';
      /** How many orders the venue made of it. */
      readonly made: 0 | 1;
    }
    const cases: readonly FaultCase[] = [
      { number: 'C30', fault: { kind: 'drop_request' }, outcome: 'unknown', made: 0 },
      { number: 'C31', fault: { kind: 'drop_response' }, outcome: 'unknown', made: 1 },
      { number: 'C32', fault: { kind: 'http_error', status: 500 }, outcome: 'unknown', made: 0 },
      { number: 'C33', fault: { kind: 'http_error', status: 502 }, outcome: 'unknown', made: 0 },
      { number: 'C34', fault: { kind: 'http_error_after', status: 504 }, outcome: 'unknown', made: 1 },
      {
        number: 'C35',
        fault: { kind: 'rate_limit', status: 429, retry_after_s: 1 },
        outcome: 'throttled',
        made: 0,
      },
      { number: 'C36', fault: { kind: 'stall_body' }, outcome: 'unknown', made: 1 },
      { number: 'C37', fault: { kind: 'truncate_body' }, outcome: 'unknown', made: 1 },
      { number: 'C38', fault: { kind: 'empty_body' }, outcome: 'unknown', made: 1 },
      { number: 'C39', fault: { kind: 'maintenance' }, outcome: 'unknown', made: 0 },
      { number: 'C40', fault: { kind: 'delay_response', delay_ms: 2_500 }, outcome: 'unknown', made: 1 },
      {
        number: 'C41',
        fault: { kind: 'clock_skew', skew_ms: 45_000 },
        outcome: 'timestamp_refused',
        made: 0,
      },
      {
        number: 'C42',
        fault: { kind: 'clock_skew', skew_ms: -beyondAheadMs(capabilities) },
        outcome: 'timestamp_refused',
        made: 0,
      },
    ];
    const described = cases.map((entry) => ({
      ...entry,
      meets: 'status' in entry.fault ? `${entry.fault.kind} ${entry.fault.status}` : entry.fault.kind,
    }));
    it.each(described)(
      '$number calls a create that meets $meets $outcome; $made made',
      async ({ fault, outcome, made }) => {
        const one = await fixture();
        const price = await one.priceAt('bid', '0.97');
        const id = freshId();
        const since = one.gateway.venueNow() - 1_000;
        const requestsBefore = await venue().control.requestCount('create_order');
        await venue().control.fault({
          ...fault,
          route: 'create_order',
          ...(fault.kind === 'clock_skew' ? {} : { count: 1 }),
        });
        const startedAt = performance.now();
        const answer = await one.send(one.limit(price), { venueClientOrderId: id });
        expect(performance.now() - startedAt).toBeLessThan(2_500);
        expect(answer.kind).toBe(outcome === 'unknown' ? 'unknown' : 'not_sent');
        if (answer.kind === 'not_sent') expect(answer.reason).toBe(outcome);
        expect(await venue().control.requestCount('create_order')).toBe(requestsBefore + 1);
        await venue().control.clearFaults();
        expect(await one.trueOrders()).toHaveLength(made);
        const found = await one.gateway.lookUp(one.lookUpOf(id, { since }));
        expect(found.kind).toBe(made === 1 ? 'found' : 'absent');
        if (found.kind === 'found') expect(found.report.venueClientOrderId).toBe(id);
      },
    );

    it('C43 never has a create admitted after its lifetime, however slow the way', async () => {
      const { signedTimeStepMs } = capabilities;
      const timeouts = { ...TIMEOUTS, writeMs: TIMEOUTS.writeMs + signedTimeStepMs };
      const one = await fixture({ timeouts });
      const price = await one.priceAt('bid', '0.97');
      const delay_ms = 900 + signedTimeStepMs;
      await venue().control.fault({ kind: 'delay', route: 'create_order', delay_ms, count: 1 });
      const outcome = await one.send(one.limit(price), { requestLifetimeMs: 400 + signedTimeStepMs });
      expect(outcome).toMatchObject({ kind: 'not_sent', reason: 'timestamp_refused' });
      expect(await one.trueOrders()).toHaveLength(0);
    });

    it('C44 gives up at its own deadline and leaves the truth to a look-up', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      const id = freshId();
      const since = one.gateway.venueNow() - 1_000;
      await venue().control.fault({ kind: 'delay', route: 'create_order', delay_ms: 1_900, count: 1 });
      const outcome = await one.send(one.limit(price), {
        venueClientOrderId: id,
        requestLifetimeMs: 5_000,
      });
      expect(outcome.kind).toBe('unknown');
      await expect.poll(async () => (await one.trueOrders()).length, { timeout: 5_000 }).toBe(1);
      expect(await one.gateway.lookUp(one.lookUpOf(id, { since }))).toMatchObject({ kind: 'found' });
    });

    it('C45 proves that a refused connection sent nothing', async () => {
      const relay = await SwitchableRelay.open(venue().endpoints.rest);
      const one = await fixture({ endpoints: { rest: relay.origin, ws: venue().endpoints.ws } });
      const price = await one.priceAt('bid', '0.97');
      await relay.switchOff();
      // The connections that were open need a moment to learn of their end.
      await expect
        .poll(async () => (await one.send(one.limit(price), { requestLifetimeMs: 5_000 })).kind)
        .toBe('not_sent');
      expect(await one.send(one.limit(price))).toMatchObject({
        kind: 'not_sent',
        reason: 'connect_failed',
      });
      expect(await one.trueOrders()).toHaveLength(0);
    });

    it('C46 is in step with the venue clock again after a refused timestamp', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      await venue().control.fault({ kind: 'clock_skew', route: '*', skew_ms: 45_000 });
      expect(await one.send(one.limit(price))).toMatchObject({
        kind: 'not_sent',
        reason: 'timestamp_refused',
      });
      await expect.poll(() => one.gateway.connection().clockOffsetMs).toBeGreaterThan(44_000);
      expect((await one.send(one.limit(price))).kind).toBe('accepted');
    });
  });
}
