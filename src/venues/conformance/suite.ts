/**
 * The numbered conformance suite: what every gateway does at its venue, proved over real sockets against the
 * venue's simulator, whose own record is the truth that answers are compared with.
 *
 * Entry points: `conformanceSuite`. Each case has a number that never changes; a case that a venue declares it
 * cannot do is skipped by its capabilities, never by its name.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol, venueOrderId } from '../../core/ids.ts';
import type { Venue } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { VenueCapabilities } from '../../core/venue/capabilities.ts';
import type { AccountRecord } from '../../core/venue/account-record.ts';
import type { PositionReport, VenueFill } from '../../core/venue/report.ts';
import type { LookUpRequest, ReadAnswer, SendRequest } from '../gateway.ts';
import { START_PRICE } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import type { FaultSpec } from './control.ts';
import { hedgedCases } from './hedged.ts';
import { expectSameFills } from './same-fills.ts';
import { GatewayFixture, Recorder, SwitchableRelay, TIMEOUTS, freshId, optionsFor } from './world.ts';
import type { ConformanceVenue } from './world.ts';

export interface ConformanceOptions {
  readonly venue: Venue;
  readonly capabilities: VenueCapabilities;
  readonly kinds: readonly InstrumentKind[];
  /** Starts a simulator, with the venue's rate limits enforced or lifted; its market stands still except when a case moves it. */
  readonly open: (settings: {
    readonly limits: boolean;
  }) => Promise<ConformanceVenue & { close(): Promise<void> }>;
}

export function conformanceSuite(options: ConformanceOptions): void {
  let venue: ConformanceVenue & { close(): Promise<void> };
  const open: GatewayFixture[] = [];
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    venue = await options.open({ limits: false });
  });
  afterAll(async () => {
    await venue.close();
  });
  afterEach(async () => {
    await venue.control.clearFaults();
    for (const fixture of open.splice(0)) await fixture.close();
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  for (const kind of options.kinds) {
    const capabilities = options.capabilities.kinds[kind];
    if (capabilities === null) continue;

    const fixture: CaseWorld['fixture'] = async (overrides, prepare) => {
      const opened = await GatewayFixture.open(venue, kind, overrides, prepare);
      open.push(opened);
      return opened;
    };
    const reopened: CaseWorld['reopened'] = async (former) => {
      const next = await former.reopen();
      open.push(next);
      return next;
    };

    describe(`${options.venue} ${kind}`, () => {
      beforeAll(async () => {
        const symbol = venue.symbols[kind];
        if (symbol !== undefined) await venue.control.price(symbol, START_PRICE);
      });

      describe('starting', () => {
        it('C01 refuses keys that the venue does not know', async () => {
          const { account } = await fixture();
          await expect(
            fixture({ credentials: { apiKey: account.key, secret: 'wrong'.repeat(12) } }),
          ).rejects.toThrow();
          await expect(
            fixture({ credentials: { apiKey: 'a'.repeat(account.key.length), secret: account.secret } }),
          ).rejects.toThrow();
        });

        it('C02 rejects when the venue cannot be reached', async () => {
          const relay = await SwitchableRelay.open(venue.endpoints.rest);
          await relay.switchOff();
          await expect(
            fixture({ endpoints: { rest: relay.origin, ws: venue.endpoints.ws } }),
          ).rejects.toThrow();
        });

        it('C03 knows the instruments, the clock and its streams', async () => {
          const { gateway, recorded, symbol, instrument } = await fixture();
          expect(instrument.kind).toBe(kind);
          expect(gateway.instruments().some((one) => one.symbol === symbol)).toBe(true);
          expect(Math.abs(gateway.connection().clockOffsetMs)).toBeLessThan(500);
          expect(gateway.connection().privateStream).toBe('connected');
          expect(recorded.gaps).toHaveLength(1);
        });

        it('C05 can be stopped while it starts, and started again', async () => {
          const account = await venue.control.newAccount();
          const gateway = venue.createGateway(optionsFor(venue, kind, account));
          const recorded = new Recorder();
          const starting = gateway.start(recorded);
          await gateway.stop();
          await expect(starting).rejects.toThrow('stopped');
          expect(gateway.connection().privateStream).toBe('closed');
          expect(recorded.gaps).toHaveLength(0);
          await gateway.start(recorded);
          await expect(gateway.start(recorded)).rejects.toThrow('started already');
          expect(gateway.connection().privateStream).toBe('connected');
          await gateway.stop();
        });

        it('C04 is silent and sends nothing once stopped', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          await one.gateway.stop();
          const recorded = one.recorded.orders.length;
          expect((await one.send(one.limit(price))).kind).toBe('not_sent');
          expect(await one.trueOrders()).toHaveLength(0);
          expect(one.recorded.orders).toHaveLength(recorded);
          expect(one.gateway.connection().privateStream).toBe('closed');
        });
      });

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
          const before = await venue.control.requestCount('create_order');
          const outcome = await one.send(one.limit(Decimal.one, { symbol: instrumentSymbol('NOPE/NOPE') }));
          expect(outcome.kind).toBe('refused');
          expect(await venue.control.requestCount('create_order')).toBe(before);
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
            const request = {
              symbol: one.symbol,
              venueClientOrderId: id,
              venueOrderIds: [],
              conditional,
              thorough: true,
              since: one.gateway.venueNow() - 60_000,
            };
            expect(await one.gateway.lookUp(request)).toMatchObject({
              kind: 'found',
              report: { status: 'untriggered', venueOrderId: placed.venueOrderId },
            });
            const listed = await one.gateway.openOrders();
            expect(listed.kind === 'ok' && listed.value.map((order) => order.venueClientOrderId)).toContain(
              id,
            );
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

        it.skipIf(!capabilities.nativeStops)(
          'C21 follows a stop through its trigger to its fills',
          async () => {
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
              await venue.control.price(one.symbol, '59000');
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
              const found = await one.gateway.lookUp({
                symbol: one.symbol,
                venueClientOrderId: id,
                venueOrderIds: [stopId],
                conditional: true,
                thorough: true,
                since: one.gateway.venueNow() - 60_000,
              });
              expect(found).toMatchObject({
                kind: 'found',
                report: { status: 'triggered', triggeredVenueOrderId: filled?.venue_order_id },
              });
              await expect
                .poll(() => one.recorded.orders.map((order) => order.triggeredVenueOrderId))
                .toContain(filled?.venue_order_id);
            } finally {
              await venue.control.price(one.symbol, START_PRICE);
            }
          },
        );
      });

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
            fault: { kind: 'clock_skew', skew_ms: 30_000 },
            outcome: 'timestamp_refused',
            made: 0,
          },
          {
            number: 'C42',
            fault: { kind: 'clock_skew', skew_ms: -30_000 },
            outcome: 'timestamp_refused',
            made: 0,
          },
        ];
        it.each(cases)(
          '$number $fault.kind $fault.status: $outcome, $made made',
          async ({ fault, outcome, made }) => {
            const one = await fixture();
            const price = await one.priceAt('bid', '0.97');
            const id = freshId();
            const since = one.gateway.venueNow() - 1_000;
            const requestsBefore = await venue.control.requestCount('create_order');
            await venue.control.fault({
              ...fault,
              route: 'create_order',
              ...(fault.kind === 'clock_skew' ? {} : { count: 1 }),
            });
            const startedAt = performance.now();
            const answer = await one.send(one.limit(price), { venueClientOrderId: id });
            expect(performance.now() - startedAt).toBeLessThan(2_500);
            expect(answer.kind).toBe(outcome === 'unknown' ? 'unknown' : 'not_sent');
            if (answer.kind === 'not_sent') expect(answer.reason).toBe(outcome);
            expect(await venue.control.requestCount('create_order')).toBe(requestsBefore + 1);
            await venue.control.clearFaults();
            expect(await one.trueOrders()).toHaveLength(made);
            const found = await one.gateway.lookUp({
              symbol: one.symbol,
              venueClientOrderId: id,
              venueOrderIds: [],
              conditional: false,
              thorough: true,
              since,
            });
            expect(found.kind).toBe(made === 1 ? 'found' : 'absent');
            if (found.kind === 'found') expect(found.report.venueClientOrderId).toBe(id);
          },
        );

        it('C43 never has a create admitted after its lifetime, however slow the way', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          await venue.control.fault({ kind: 'delay', route: 'create_order', delay_ms: 900, count: 1 });
          const outcome = await one.send(one.limit(price), { requestLifetimeMs: 400 });
          expect(outcome).toMatchObject({ kind: 'not_sent', reason: 'timestamp_refused' });
          expect(await one.trueOrders()).toHaveLength(0);
        });

        it('C44 gives up at its own deadline and leaves the truth to a look-up', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          const id = freshId();
          const since = one.gateway.venueNow() - 1_000;
          await venue.control.fault({ kind: 'delay', route: 'create_order', delay_ms: 1_900, count: 1 });
          const outcome = await one.send(one.limit(price), {
            venueClientOrderId: id,
            requestLifetimeMs: 5_000,
          });
          expect(outcome.kind).toBe('unknown');
          await expect.poll(async () => (await one.trueOrders()).length, { timeout: 5_000 }).toBe(1);
          expect(
            await one.gateway.lookUp({
              symbol: one.symbol,
              venueClientOrderId: id,
              venueOrderIds: [],
              conditional: false,
              thorough: true,
              since,
            }),
          ).toMatchObject({ kind: 'found' });
        });

        it('C45 proves that a refused connection sent nothing', async () => {
          const relay = await SwitchableRelay.open(venue.endpoints.rest);
          const one = await fixture({ endpoints: { rest: relay.origin, ws: venue.endpoints.ws } });
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
          await venue.control.fault({ kind: 'clock_skew', route: '*', skew_ms: 45_000 });
          expect(await one.send(one.limit(price))).toMatchObject({
            kind: 'not_sent',
            reason: 'timestamp_refused',
          });
          await expect.poll(() => one.gateway.connection().clockOffsetMs).toBeGreaterThan(44_000);
          expect((await one.send(one.limit(price))).kind).toBe('accepted');
        });
      });

      describe('lifetime and signing', () => {
        it('C50 does not send what is too old', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          const before = await venue.control.requestCount('create_order');
          expect(
            await one.send(one.limit(price), { signedAt: one.gateway.venueNow() - 2_500 }),
          ).toMatchObject({ kind: 'not_sent', reason: 'expired' });
          expect(await venue.control.requestCount('create_order')).toBe(before);
        });

        it('C51 signs every one of many concurrent sends with its own time', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          const now = one.gateway.venueNow();
          // The venue refuses what is signed in the future; a mixed-up timestamp would show in either half.
          const sends = Array.from({ length: venue.concurrentOrders }, async (_value, index) => ({
            future: index % 2 === 1,
            outcome: await one.send(one.limit(price, { quantity: Decimal.parse('0.002') }), {
              signedAt: index % 2 === 1 ? now + 20_000 + index : now,
              requestLifetimeMs: 5_000,
            }),
          }));
          for (const { future, outcome } of await Promise.all(sends))
            expect(outcome).toMatchObject(
              future ? { kind: 'not_sent', reason: 'timestamp_refused' } : { kind: 'accepted' },
            );
          expect(await one.trueOrders()).toHaveLength(venue.concurrentOrders / 2);
        });

        it('C52 takes a send back as long as it has not left', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          const before = await venue.control.requestCount('create_order');
          const annul = new AbortController();
          annul.abort();
          expect(await one.send(one.limit(price), { annul: annul.signal })).toMatchObject({
            kind: 'not_sent',
            reason: 'annulled',
          });
          expect(await venue.control.requestCount('create_order')).toBe(before);
        });
      });

      describe('cancels', () => {
        it('C60 cancels by our id and by the venue id', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          for (const byVenueId of [false, true]) {
            const id = freshId();
            const placed = await one.place(one.limit(price), { venueClientOrderId: id });
            const outcome = await one.gateway.cancel({
              symbol: one.symbol,
              venueClientOrderId: id,
              venueOrderIds: byVenueId ? [placed] : [],
              conditional: false,
            });
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
            expect(
              await one.gateway.cancel({
                symbol: one.symbol,
                venueClientOrderId: id,
                venueOrderIds: [],
                conditional: false,
              }),
            ).toMatchObject({ kind: 'not_found' });
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
        it.each(cancelFaults)('$number $fault.kind: $kindOf', async ({ fault, kindOf, canceled }) => {
          const one = await fixture();
          const id = freshId();
          await one.place(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
          await venue.control.fault({ ...fault, route: 'cancel_order', count: 1 });
          const outcome = await one.gateway.cancel({
            symbol: one.symbol,
            venueClientOrderId: id,
            venueOrderIds: [],
            conditional: false,
          });
          expect(outcome.kind).toBe(kindOf);
          expect((await one.trueOrders())[0]?.status).toBe(canceled ? 'canceled' : 'open');
        });
      });

      describe('look-ups', () => {
        const lookUp = (one: GatewayFixture, changes: Partial<LookUpRequest> = {}): LookUpRequest => ({
          symbol: one.symbol,
          venueClientOrderId: freshId(),
          venueOrderIds: [],
          conditional: false,
          thorough: true,
          since: one.gateway.venueNow() - 60_000,
          ...changes,
        });

        it('C70 finds orders in every state', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          const [resting, filled, canceled] = [freshId(), freshId(), freshId()];
          await one.place(one.limit(price), { venueClientOrderId: resting });
          await one.place(one.market(), { venueClientOrderId: filled });
          await one.place(one.limit(price), { venueClientOrderId: canceled });
          await one.gateway.cancel(lookUp(one, { venueClientOrderId: canceled }));
          for (const [id, status] of [
            [resting, 'open'],
            [filled, 'filled'],
            [canceled, 'canceled'],
          ] as const)
            expect(await one.gateway.lookUp(lookUp(one, { venueClientOrderId: id }))).toMatchObject({
              kind: 'found',
              report: { status, venueClientOrderId: id },
            });
        });

        it('C71 proves an absence as of a venue time before the questions, with the fills since', async () => {
          const one = await fixture();
          await one.place(one.market());
          const before = Date.now();
          const answer = await one.gateway.lookUp(lookUp(one));
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
          await venue.control.fault({ kind: 'http_error', route, status: 500, count: 4 });
          expect((await one.gateway.lookUp(lookUp(one))).kind).toBe('failed');
        });

        it('C75 tries a failed question again', async () => {
          const one = await fixture();
          const id = freshId();
          await one.place(one.market(), { venueClientOrderId: id });
          await venue.control.fault({ kind: 'drop_response', route: 'query_order', count: 2 });
          expect(await one.gateway.lookUp(lookUp(one, { venueClientOrderId: id }))).toMatchObject({
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
          const before = await venue.control.requestCount('open_orders');
          const quick = lookUp(one, { thorough: false });
          expect(await one.gateway.lookUp(quick)).toEqual({ kind: 'not_seen' });
          expect(await one.gateway.lookUp({ ...quick, venueClientOrderId: id })).toMatchObject({
            kind: 'found',
          });
          expect(await venue.control.requestCount('open_orders')).toBe(before);
        });

        it('C77 lists exactly the working orders', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          const ids = [freshId(), freshId(), freshId()];
          for (const id of ids) await one.place(one.limit(price), { venueClientOrderId: id });
          await one.place(one.market());
          await one.gateway.cancel(lookUp(one, { venueClientOrderId: ids[0] ?? freshId() }));
          const answer = await one.gateway.openOrders();
          if (answer.kind === 'failed') expect.fail(answer.detail);
          expect(new Set(answer.value.map((order) => order.venueClientOrderId))).toEqual(
            new Set(ids.slice(1)),
          );
          expect(answer.value).toHaveLength(2);
          expect(answer.finishedAt).toBeGreaterThanOrEqual(answer.startedAt);
        });
      });

      describe('fills', () => {
        it('C80 reads every fill, in order, whatever the cursor rests on', async () => {
          const one = await fixture();
          const since = one.gateway.venueNow() - 1_000;
          const read: VenueFill[] = [];
          // A cursor in time has the last executions come again.
          const isNew = (fill: VenueFill): boolean =>
            !read.some(
              ({ venueOrderId, tradeId }) => venueOrderId === fill.venueOrderId && tradeId === fill.tradeId,
            );
          let cursor: string | null = null;
          const readAll = async (): Promise<void> => {
            for (let pages = 0; pages < 20; pages += 1) {
              const answer = await one.gateway.fills(one.symbol, cursor, since);
              if (answer.kind === 'failed') expect.fail(answer.detail);
              read.push(...answer.value.fills.filter(isNew));
              ({ cursor } = answer.value);
              if (!answer.value.hasMore) return;
            }
            expect.fail('the pages do not end');
          };
          await readAll();
          expect(read).toHaveLength(0);
          for (let round = 0; round < 4; round += 1) {
            for (let index = 0; index < 3; index += 1)
              await one.place(one.market({ side: index === 2 ? 'sell' : 'buy' }));
            await readAll();
          }
          await readAll();
          expectSameFills(read, await one.trueFills());
          const times = read.map((fill) => fill.executedAt);
          expect(times).toEqual(times.toSorted((left, right) => left - right));
        });

        it('C81 finds fills that are days old from a first read', async () => {
          const one = await fixture();
          await one.place(one.market());
          const read: VenueFill[] = [];
          let cursor: string | null = null;
          for (let pages = 0; pages < 20; pages += 1) {
            const answer = await one.gateway.fills(
              one.symbol,
              cursor,
              one.gateway.venueNow() - 9 * 24 * 3_600_000,
            );
            if (answer.kind === 'failed') expect.fail(answer.detail);
            read.push(...answer.value.fills);
            ({ cursor } = answer.value);
            if (!answer.value.hasMore) break;
          }
          expectSameFills(read, await one.trueFills());
        });

        it('C82 agrees to the last digit in acknowledgement, stream and history', async () => {
          const one = await fixture();
          const since = one.gateway.venueNow() - 1_000;
          const quantity = Decimal.parse(kind === 'spot' ? '0.12345' : '0.123');
          const outcome = await one.send(one.market({ quantity }));
          if (outcome.kind !== 'accepted') expect.fail(JSON.stringify(outcome));
          const truth = await one.trueFills();
          await expect.poll(() => one.recorded.fills.length).toBe(truth.length);
          expectSameFills(one.recorded.fills, truth);
          const answer = await one.gateway.fills(one.symbol, null, since);
          if (answer.kind === 'failed') expect.fail(answer.detail);
          expectSameFills(answer.value.fills, truth);
          const sum = one.recorded.fills.reduce((total, fill) => total.add(fill.quantity), Decimal.zero);
          expect(sum.toString()).toBe(quantity.toString());
        });
      });

      describe('streams', () => {
        it('C90 reports every order state and fill, in the order of the venue', async () => {
          const one = await fixture();
          const id = freshId();
          await one.place(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
          await one.gateway.cancel({
            symbol: one.symbol,
            venueClientOrderId: id,
            venueOrderIds: [],
            conditional: false,
          });
          await expect
            .poll(() =>
              one.recorded.orders
                .filter((order) => order.venueClientOrderId === id)
                .map((order) => order.status),
            )
            .toEqual(['open', 'canceled']);
          await one.place(one.market());
          await expect
            .poll(async () => one.recorded.fills.length === (await one.trueFills()).length)
            .toBe(true);
          expectSameFills(one.recorded.fills, await one.trueFills());
          expect(one.recorded.gaps).toHaveLength(1);
        });

        it('C91 announces a cut connection and comes back by itself', async () => {
          const one = await fixture();
          await venue.control.fault({ kind: 'ws_disconnect', route: 'private_stream', count: 1 });
          // A message must meet the fault where it acts on messages.
          await one.place(one.limit(await one.priceAt('bid', '0.97')));
          await expect.poll(() => one.recorded.gaps.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
          await expect
            .poll(() => one.gateway.connection().privateStream, { timeout: 10_000 })
            .toBe('connected');
          const before = one.recorded.fills.length;
          await one.place(one.market());
          await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(before);
        });

        it('C92 suspects a loss when an execution is missing', async () => {
          const one = await fixture({ timeouts: { ...TIMEOUTS, streamEvidenceMs: 300 } });
          const gaps = one.recorded.gaps.length;
          // The first state and the first execution are lost; the second execution no longer joins up.
          await venue.control.fault({
            kind: 'ws_drop',
            route: 'private_stream',
            count: venue.messagesToFirstExecution[kind],
          });
          await one.place(one.market({ quantity: Decimal.parse('1') }));
          const truth = await one.trueFills();
          expect(truth.length).toBeGreaterThan(1);
          await expect.poll(() => one.recorded.gaps.length, { timeout: 5_000 }).toBeGreaterThan(gaps);
          expect(one.recorded.fills.length).toBeLessThan(truth.length);
        });

        it.each([
          ['C93', 'ws_duplicate'],
          ['C94', 'ws_reorder'],
        ])('%s loses and invents no fill under %s', async (_number, fault) => {
          const one = await fixture();
          await venue.control.fault({ kind: fault, route: 'private_stream', count: 6 });
          for (let index = 0; index < 4; index += 1) await one.place(one.market());
          const truth = await one.trueFills();
          const keys = (): string[] =>
            [...new Set(one.recorded.fills.map((fill) => `${fill.venueOrderId} ${fill.tradeId}`))].toSorted();
          await expect
            .poll(keys)
            .toEqual(truth.map((fill) => `${fill.venue_order_id} ${fill.trade_id}`).toSorted());
        });

        it('C97 does not trust a connection that stays silent about an acknowledged order', async () => {
          const one = await fixture({ timeouts: { ...TIMEOUTS, streamEvidenceMs: 300 } });
          await venue.control.fault({ kind: 'ws_drop', route: 'private_stream' });
          await one.place(one.limit(await one.priceAt('bid', '0.97')));
          await expect.poll(() => one.recorded.gaps.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(3);
          await venue.control.clearFaults();
          await expect
            .poll(() => one.gateway.connection().privateStream, { timeout: 10_000 })
            .toBe('connected');
          await one.place(one.market());
          await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(0);
        });

        it('C95 quotes what it is asked for, from the stream once the market moves', async () => {
          const one = await fixture();
          expect(one.gateway.quote(one.symbol)).toBeUndefined();
          await expect.poll(() => one.gateway.quote(one.symbol)).toBeDefined();
          const quote = one.gateway.quote(one.symbol);
          const { bid, ask, mark } = quote ?? {};
          expect(ask?.greaterThan(bid ?? ask)).toBe(true);
          expect(mark?.isPositive()).toBe(true);
          await expect.poll(() => one.gateway.connection().publicStream).toBe('connected');
          try {
            await venue.control.price(one.symbol, '61000');
            await expect
              .poll(() => one.gateway.quote(one.symbol)?.bid?.greaterThan(Decimal.parse('60500')))
              .toBe(true);
            expect(one.recorded.quotes.length).toBeGreaterThan(0);
          } finally {
            await venue.control.price(one.symbol, START_PRICE);
          }
        });

        it('C96 reads a quote where the stream has none fresh enough', async () => {
          const one = await fixture();
          const answer = await one.gateway.freshQuote(one.symbol, 0);
          expect(answer.kind).toBe('ok');
          const unlisted = await one.gateway.freshQuote(instrumentSymbol('NOPE/NOPE'), 1_000);
          expect(unlisted.kind).toBe('failed');
        });

        it('C98 knows what moved behind a market stream that is connected and silent', async () => {
          const one = await fixture();
          await expect.poll(() => one.gateway.quote(one.symbol)).toBeDefined();
          await expect.poll(() => one.gateway.connection().publicStream).toBe('connected');
          await venue.control.fault({ kind: 'ws_drop', route: 'public_stream' });
          try {
            await venue.control.price(one.symbol, '49800');
            await expect
              .poll(() => one.gateway.quote(one.symbol)?.bid?.lessThan(Decimal.parse('50000')), {
                timeout: 10_000,
              })
              .toBe(true);
            await expect
              .poll(() => one.gateway.quote(one.symbol)?.confirmedMark?.lessThan(Decimal.parse('50000')), {
                timeout: 10_000,
              })
              .toBe(true);
            const { bookAt, markAt } = one.gateway.quote(one.symbol) ?? {};
            expect(Date.now() - (bookAt ?? 0)).toBeLessThan(5_000);
            expect(Date.now() - (markAt ?? 0)).toBeLessThan(5_000);
            expect(one.gateway.connection().publicStream).toBe('connected');
          } finally {
            await venue.control.clearFaults();
            await venue.control.price(one.symbol, START_PRICE);
          }
        });
      });

      describe('the price band', () => {
        it('C99 is known with the price that it is measured from', async () => {
          const one = await fixture();
          const { priceBand } = one.instrument;
          const answer = await one.gateway.freshQuote(one.symbol, 0);
          if (answer.kind === 'failed') expect.fail(answer.detail);
          const { mark, averagePrice } = answer.value;
          const reference = priceBand?.reference === 'average' ? averagePrice : mark;
          expect(priceBand === null || reference?.isPositive()).toBe(true);
        });
      });

      describe('balances', () => {
        it('C100 agrees with the venue', async () => {
          const one = await fixture();
          await one.place(one.limit(await one.priceAt('bid', '0.97')));
          await one.place(one.market());
          const answer = await one.gateway.balances();
          if (answer.kind === 'failed') expect.fail(answer.detail);
          const truth = await venue.control.balances(one.account.account_id);
          const { wallet } = one.walletNames;
          for (const mine of truth.filter((balance) => balance.wallet === wallet)) {
            const reported = answer.value.find((balance) => balance.asset === mine.asset);
            expect(reported?.total.toString() ?? '0').toBe(mine.total);
            expect(reported?.free.toString() ?? '0').toBe(mine.free);
          }
        });

        /** Those that are not flat. */
        const openPositions = async (one: GatewayFixture): Promise<readonly PositionReport[]> => {
          const answer = await one.gateway.positions();
          if (answer.kind === 'failed') expect.fail(answer.detail);
          return answer.value.filter((position) => !position.quantity.isZero());
        };

        it.skipIf(kind !== 'linear_swap')('C101 reports positions, leverage and margin mode', async () => {
          const one = await fixture();
          expect(await openPositions(one)).toHaveLength(0);
          expect(await one.gateway.setLeverage(one.symbol, Decimal.parse('7'))).toEqual({ kind: 'set' });
          const flat = await one.gateway.positions();
          if (flat.kind === 'failed') expect.fail(flat.detail);
          // A venue that shows the leverage of a flat swap shows the one that was set.
          for (const position of flat.value.filter((reported) => reported.symbol === one.symbol))
            expect(position.leverage?.toString()).toBe('7');
          await one.place(one.market({ side: 'sell' }));
          const [position, ...others] = await openPositions(one);
          expect(others).toHaveLength(0);
          const [truth] = await venue.control.positions(one.account.account_id);
          expect(position?.symbol).toBe(one.symbol);
          expect(position?.quantity.toString()).toBe(`-${truth?.quantity ?? ''}`);
          expect(position?.entryPrice?.toString()).toBe(truth?.entry_price);
          expect(position?.leverage?.toString()).toBe('7');
          expect(position?.marginMode).toMatch(/cross|isolated/);
        });

        it.skipIf(kind !== 'linear_swap')(
          'C106 reports the figures that the venue liquidates by, and no figure that it does not have',
          async () => {
            const one = await fixture();
            const flat = ok(await one.gateway.margins());
            for (const { maintenanceMargin } of flat) expect(maintenanceMargin?.isZero() ?? true).toBe(true);
            await one.place(one.market({ side: 'sell' }));
            const [position] = await openPositions(one);
            const [truth] = await venue.control.positions(one.account.account_id);
            const shown = position?.liquidationPrice ?? null;
            if (shown === 'none') expect(truth?.liquidation_price).toBeNull();
            else if (shown !== null) {
              // The venue rounds to its tick.
              const tick = one.instrument.tickSize;
              const liquidation = Decimal.parse(truth?.liquidation_price ?? '0');
              expect(shown.subtract(liquidation).abs().atMost(tick)).toBe(true);
            }
            const needed = inCents(Decimal.parse(truth?.maintenance_margin ?? '0'));
            if (position !== undefined && position.maintenanceMargin !== null)
              expect(inCents(position.maintenanceMargin)).toBe(needed);
            const margins = ok(await one.gateway.margins());
            expect(margins.length).toBeGreaterThan(0);
            for (const { wallet, marginBalance, maintenanceMargin } of margins) {
              expect(one.gateway.wallets.map((declared) => declared.wallet)).toContain(wallet);
              if (position?.marginMode !== 'cross' || maintenanceMargin === null || marginBalance === null)
                continue;
              expect(inCents(maintenanceMargin)).toBe(needed);
              expect(marginBalance.greaterThan(maintenanceMargin)).toBe(true);
            }
          },
        );

        it.skipIf(!capabilities.reduceOnly)('C102 never opens with a reduce-only order', async () => {
          const one = await fixture();
          const outcome = await one.send(one.market({ reduceOnly: true }), { reducing: true });
          expect(outcome).toMatchObject({ kind: 'refused', reason: { kind: 'reduce_only' } });
          await one.place(one.market());
          expect(await openPositions(one)).toHaveLength(1);
          await one.place(one.market({ side: 'sell', reduceOnly: true }), { reducing: true });
          expect(await openPositions(one)).toHaveLength(0);
        });

        it('C103 reads account records, even when there was none', async () => {
          const one = await fixture();
          expect(await one.gateway.accountRecords(one.gateway.venueNow() - 8 * 24 * 3_600_000)).toMatchObject(
            {
              kind: 'ok',
              value: { records: [], unread: [] },
            },
          );
        });

        const recordsOf = async (one: GatewayFixture): Promise<readonly AccountRecord[]> => {
          const answer = await one.gateway.accountRecords(one.gateway.venueNow() - 60_000);
          if (answer.kind === 'failed') expect.fail(answer.detail);
          return answer.value.records;
        };

        it('C104 reads what came into the wallet and left it, with the same ids at every reading', async () => {
          const one = await fixture();
          const { account_id: id } = one.account;
          const { wallet, other } = one.walletNames;
          await venue.control.deposit(id, wallet, 'USDT', '50.5');
          await venue.control.withdraw(id, wallet, 'USDT', '20');
          await venue.control.transfer(id, 'USDT', '7', wallet, other);
          await venue.control.transfer(id, 'USDT', '3', other, wallet);
          const records = await recordsOf(one);
          const amounts = records.map(({ amount }) => amount.toString()).toSorted();
          expect(amounts).toEqual(['-20', '-7', '3', '50.5']);
          expect(new Set(records.map(({ recordId }) => recordId)).size).toBe(4);
          for (const record of records) {
            expect(record.kind).toMatch(
              record.amount.isNegative() ? /^(withdrawal|transfer_out)$/ : /^(deposit|transfer_in)$/,
            );
            expect(record).toMatchObject({
              wallet: one.gateway.wallets.find((of) => of.kinds.includes(kind))?.wallet,
            });
            expect(Math.abs(record.at - one.gateway.venueNow())).toBeLessThan(60_000);
          }
          const again = await recordsOf(one);
          expect(again.map(({ recordId }) => recordId).toSorted()).toEqual(
            records.map(({ recordId }) => recordId).toSorted(),
          );
        });

        it('C105 leaves out of the records what executions say themselves', async () => {
          const one = await fixture();
          await one.place(one.market());
          await one.place(one.market({ side: 'sell' }), { reducing: true });
          expect(await recordsOf(one)).toEqual([]);
        });
      });

      describe('rate budget and breaker', () => {
        const reducing: Partial<SendRequest> = { reducing: true, closing: true };

        it('C110 keeps room for cancels and for what reduces when new orders used theirs up', async () => {
          const limited = await options.open({ limits: true });
          cleanUps.push(async () => limited.close());
          const one = await GatewayFixture.open(limited, kind, { orderShare: 0.1 });
          open.push(one);
          const price = await one.priceAt('bid', '0.97');
          const small = one.limit(price, { quantity: Decimal.parse('0.002') });
          const ids = Array.from({ length: 30 }, () => freshId());
          const outcomes = [];
          for (const id of ids)
            outcomes.push(
              await one.send(small, {
                venueClientOrderId: id,
                signedAt: one.gateway.venueNow(),
                requestLifetimeMs: 150,
              }),
            );
          const kept = outcomes.filter((outcome) => outcome.kind === 'accepted').length;
          expect(kept).toBeGreaterThan(0);
          expect(kept).toBeLessThan(ids.length);
          expect(
            outcomes.some((outcome) => outcome.kind === 'not_sent' && outcome.reason === 'rate_budget'),
          ).toBe(true);
          const [first] = ids;
          expect(
            await one.gateway.cancel({
              symbol: one.symbol,
              venueClientOrderId: first ?? freshId(),
              venueOrderIds: [],
              conditional: false,
            }),
          ).toMatchObject({ kind: 'accepted' });
          expect((await one.send(small, reducing)).kind).toBe('accepted');
        });

        it('C111 asks nothing more of a venue that said stop, until it may', async () => {
          const one = await fixture();
          const price = await one.priceAt('bid', '0.97');
          await venue.control.fault({
            kind: 'rate_limit',
            route: 'create_order',
            status: 429,
            retry_after_s: 1,
            count: 1,
          });
          expect((await one.send(one.limit(price))).kind).toBe('not_sent');
          expect(one.gateway.connection().rateBudgetLeft).toBe(0);
          const before = await venue.control.requestCount('create_order');
          expect(await one.send(one.limit(price), { requestLifetimeMs: 200 })).toMatchObject({
            kind: 'not_sent',
            reason: 'rate_budget',
          });
          expect(await venue.control.requestCount('create_order')).toBe(before);
          expect((await one.send(one.limit(price), { requestLifetimeMs: 3_000 })).kind).toBe('accepted');
        });

        it('C112 opens on failed reads alone, lets cancels and reductions pass, and closes by itself', async () => {
          const one = await fixture({ breaker: { failures: 4, halfOpenAfterMs: 2_000 } });
          const price = await one.priceAt('bid', '0.97');
          const id = freshId();
          await one.place(one.limit(price), { venueClientOrderId: id });
          for (let index = 0; index < 4; index += 1) {
            await venue.control.fault({ kind: 'http_error', route: 'create_order', status: 500, count: 1 });
            expect((await one.send(one.limit(price))).kind).toBe('unknown');
          }
          expect(one.gateway.connection().breaker).toBe('closed');
          await venue.control.fault({ kind: 'http_error', route: 'balances', status: 500 });
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
          expect(
            (
              await one.gateway.cancel({
                symbol: one.symbol,
                venueClientOrderId: id,
                venueOrderIds: [],
                conditional: false,
              })
            ).kind,
          ).toBe('accepted');
          await expect.poll(() => one.gateway.connection().breaker, { timeout: 10_000 }).toBe('closed');
          expect((await one.send(one.limit(price))).kind).toBe('accepted');
        });
      });

      describe('market data', () => {
        it('C140 shows the book, best prices first, no deeper than asked', async () => {
          const one = await fixture();
          const { bid } = await one.bestPrices();
          const price = bid.subtract(one.instrument.tickSize);
          await one.place(one.limit(price));
          const book = ok(await one.gateway.book(one.symbol, 7));
          expect(book.symbol).toBe(one.symbol);
          expect(book.bids.length).toBeGreaterThan(1);
          expect(book.bids.length).toBeLessThanOrEqual(7);
          expect(book.asks.length).toBeLessThanOrEqual(7);
          const ours = book.bids.find((level) => level.price.equals(price));
          expect(ours?.quantity.lessThan(one.size)).toBe(false);
          expectRising(book.asks.map((level) => level.price));
          expectRising(book.bids.map((level) => level.price).toReversed());
          const [bestAsk] = book.asks;
          expect(book.bids[0]?.price.lessThan(bestAsk?.price ?? Decimal.zero)).toBe(true);
          expect(ok(await one.gateway.book(one.symbol, 1)).bids).toHaveLength(1);
          const most = ok(await one.gateway.book(one.symbol, 1_000_000));
          expect(most.bids.length).toBeLessThanOrEqual(capabilities.marketData.bookDepth);
        });

        it('C141 shows the last trades, oldest first, to the digit', async () => {
          const one = await fixture();
          await one.place(one.market());
          const truth = await one.trueFills();
          const trades = ok(await one.gateway.trades(one.symbol, 100));
          expect(trades.length).toBeLessThanOrEqual(100);
          for (const fill of truth) {
            const trade = trades.find((candidate) => candidate.tradeId === fill.trade_id);
            expect(trade?.price.toString()).toBe(fill.price);
            expect(trade?.quantity.toString()).toBe(fill.quantity);
            expect(trade?.takerSide).toBe('buy');
          }
          const times = trades.map((trade) => trade.executedAt);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(ok(await one.gateway.trades(one.symbol, 1))).toHaveLength(1);
        });

        it.skipIf(!capabilities.marketData.candleIntervals.includes('1m'))(
          'C142 shows candles, oldest first: the last ones, the first ones since, none from until on',
          async () => {
            const one = await fixture();
            await one.place(one.market());
            const last = { since: null, until: null, limit: 5 };
            const candles = ok(await one.gateway.candles(one.symbol, '1m', last));
            expect(candles.length).toBeGreaterThan(2);
            expect(candles.length).toBeLessThanOrEqual(5);
            const opened = candles.map((candle) => candle.openedAt);
            expect(opened).toEqual(opened.map((_, index) => (opened[0] ?? 0) + index * 60_000));
            expect(opened.every((at) => at % 60_000 === 0)).toBe(true);
            expect(candles.at(-1)?.isComplete).toBe(false);
            expect(candles.slice(0, -1).every((candle) => candle.isComplete)).toBe(true);
            for (const { low, open: first, close, high, volume, quoteVolume } of candles) {
              expect(low.atMost(first) && low.atMost(close)).toBe(true);
              expect(first.atMost(high) && close.atMost(high)).toBe(true);
              expect(volume.isNegative() || quoteVolume.isNegative()).toBe(false);
            }
            expect(candles.at(-1)?.volume.lessThan(one.size)).toBe(false);
            const [, second, third] = opened;
            if (second === undefined || third === undefined) expect.fail('three candles');
            const spanned = (changes: object) =>
              one.gateway.candles(one.symbol, '1m', { ...last, ...changes });
            const from = ok(await spanned({ since: second, limit: 1 }));
            expect(from.map((candle) => candle.openedAt)).toEqual([second]);
            const between = ok(await spanned({ since: second, until: third }));
            expect(between.map((candle) => candle.openedAt)).toEqual([second]);
            const before = ok(await spanned({ until: third, limit: 1 }));
            expect(before.map((candle) => candle.openedAt)).toEqual([second]);
          },
        );

        it('C145 shows the last price and the figures of the last 24 hours', async () => {
          const one = await fixture();
          await one.place(one.market());
          const traded = (await one.trueFills()).at(-1);
          const day = ok(await one.gateway.dayFigures(one.symbol));
          const { last, open, high, low, volume, change } = day;
          if (last === null || open === null || high === null || low === null) expect.fail('it was traded');
          expect(last.atMost(high) && low.atMost(last)).toBe(true);
          expect(Decimal.parse(traded?.price ?? '0').atMost(high)).toBe(true);
          expect(volume?.lessThan(one.size)).toBe(false);
          expect(change?.toString()).toBe(last.subtract(open).toString());
          const unlisted = { kind: 'failed', reason: 'not_listed' };
          expect(await one.gateway.dayFigures(instrumentSymbol('NOPE/NOPE'))).toMatchObject(unlisted);
        });

        it('C143 repeats a question that failed, and says why there is no answer', async () => {
          const one = await fixture();
          await venue.control.fault({ kind: 'http_error', route: 'market_data', status: 500, count: 1 });
          expect((await one.gateway.book(one.symbol, 5)).kind).toBe('ok');
          await venue.control.fault({ kind: 'truncate_body', route: 'market_data', count: 1 });
          expect((await one.gateway.trades(one.symbol, 5)).kind).toBe('ok');
          await venue.control.fault({ kind: 'http_error', route: 'market_data', status: 500 });
          const failed = { kind: 'failed', reason: 'unreachable' };
          expect(await one.gateway.book(one.symbol, 5)).toMatchObject(failed);
          expect(await one.gateway.trades(one.symbol, 5)).toMatchObject(failed);
          await venue.control.clearFaults();
          const nope = instrumentSymbol('NOPE/NOPE');
          const unlisted = { kind: 'failed', reason: 'not_listed' };
          expect(await one.gateway.book(nope, 5)).toMatchObject(unlisted);
          expect(await one.gateway.trades(nope, 5)).toMatchObject(unlisted);
          const last = { since: null, until: null, limit: 5 };
          expect(await one.gateway.candles(nope, '1m', last)).toMatchObject(unlisted);
          await one.gateway.stop();
          expect(await one.gateway.book(one.symbol, 5)).toMatchObject(failed);
        });

        it('C144 asks no market data of a venue that said stop, and says so', async () => {
          const one = await fixture();
          await venue.control.fault({
            kind: 'rate_limit',
            route: 'market_data',
            status: 429,
            retry_after_s: 30,
            count: 1,
          });
          const refused = { kind: 'failed', reason: 'rate_budget' };
          expect(await one.gateway.book(one.symbol, 5)).toMatchObject(refused);
          const before = await venue.control.requestCount('market_data');
          expect(await one.gateway.trades(one.symbol, 5)).toMatchObject(refused);
          expect(await venue.control.requestCount('market_data')).toBe(before);
        });
      });

      describe('settings', () => {
        it.skipIf(!capabilities.setsLeverage)('C150 sets leverage, or says why not', async () => {
          const one = await fixture();
          const set = (leverage: string) => one.gateway.setLeverage(one.symbol, Decimal.parse(leverage));
          expect(await set('3')).toEqual({ kind: 'set' });
          expect(await set('3')).toEqual({ kind: 'set' });
          expect(ok(await one.gateway.swapSettings(one.symbol)).leverage?.toString()).toBe('3');
          expect(await set('100000')).toMatchObject({
            kind: 'refused',
            reason: { venueCode: expect.stringMatching(/./) },
          });
          const before = await venue.control.requestCount('settings');
          expect(await set('0.5')).toMatchObject({ kind: 'refused' });
          expect(await set('-1')).toMatchObject({ kind: 'refused' });
          const nope = instrumentSymbol('NOPE/NOPE');
          expect(await one.gateway.setLeverage(nope, Decimal.one)).toMatchObject({ kind: 'refused' });
          expect(await venue.control.requestCount('settings')).toBe(before);
          expect(ok(await one.gateway.swapSettings(one.symbol)).leverage?.toString()).toBe('3');
          await one.gateway.stop();
          expect(await set('4')).toMatchObject({ kind: 'not_sent' });
        });

        it.skipIf(capabilities.marginModes.length < 2)(
          'C151 sets the margin mode of an instrument that is idle, and of no other',
          async () => {
            const one = await fixture();
            const set = (mode: 'cross' | 'isolated') => one.gateway.setMarginMode(one.symbol, mode);
            expect(await set('isolated')).toEqual({ kind: 'set' });
            expect(await set('isolated')).toEqual({ kind: 'set' });
            expect(ok(await one.gateway.swapSettings(one.symbol)).marginMode).toBe('isolated');
            expect(await set('cross')).toEqual({ kind: 'set' });
            expect(ok(await one.gateway.swapSettings(one.symbol)).marginMode).toBe('cross');
            await one.place(one.limit(await one.priceAt('bid', '0.97')));
            const refused = { kind: 'refused', reason: { venueCode: expect.stringMatching(/./) } };
            expect(await set('isolated')).toMatchObject(refused);
            await one.place(one.market());
            expect(await set('isolated')).toMatchObject(refused);
            expect(ok(await one.gateway.swapSettings(one.symbol)).marginMode).toBe('cross');
          },
        );

        it.skipIf(capabilities.positionModes.length === 0)('C152 reads the position mode', async () => {
          const one = await fixture();
          expect(one.gateway.connection().positionMode).toBe('one_way');
          expect(ok(await one.gateway.positionMode())).toBe('one_way');
          expect(await one.gateway.setPositionMode('one_way')).toEqual({ kind: 'set' });
          await one.gateway.stop();
          expect(one.gateway.connection().positionMode).toBeNull();
        });

        it.skipIf(!capabilities.setsLeverage)(
          'C155 sends a setting once, and calls an answer that proves nothing unknown',
          async () => {
            const one = await fixture();
            const set = (leverage: string) => one.gateway.setLeverage(one.symbol, Decimal.parse(leverage));
            await set('4');
            const shown = async () => ok(await one.gateway.swapSettings(one.symbol)).leverage?.toString();
            const lost = async (fault: string, leverage: string, after: string) => {
              const status = fault.startsWith('http_error') ? { status: 500 } : {};
              await venue.control.fault({ kind: fault, route: 'settings', count: 1, ...status });
              const before = await venue.control.requestCount('settings');
              expect(await set(leverage), fault).toMatchObject({ kind: 'unknown' });
              expect(await venue.control.requestCount('settings'), fault).toBe(before + 1);
              expect(await shown(), fault).toBe(after);
            };
            await lost('drop_response', '5', '5');
            await lost('drop_request', '6', '5');
            await lost('http_error', '6', '5');
            await lost('http_error_after', '6', '6');
            await lost('truncate_body', '7', '7');
            await lost('empty_body', '8', '8');
            await lost('stall_body', '9', '9');
            await venue.control.fault({
              kind: 'rate_limit',
              route: 'settings',
              status: 429,
              retry_after_s: 1,
              count: 1,
            });
            expect(await set('10')).toMatchObject({ kind: 'not_sent', reason: 'throttled' });
          },
        );

        it.skipIf(capabilities.setsLeverage)(
          'C156 refuses settings that the kind does not have',
          async () => {
            const one = await fixture();
            const before = await venue.control.requestCount('settings');
            const refused = { kind: 'refused', reason: { kind: 'other' } };
            expect(await one.gateway.setLeverage(one.symbol, Decimal.one)).toMatchObject(refused);
            expect(await one.gateway.setMarginMode(one.symbol, 'cross')).toMatchObject(refused);
            expect(await one.gateway.setPositionMode('one_way')).toMatchObject(refused);
            expect(await one.gateway.swapSettings(one.symbol)).toMatchObject({ kind: 'failed' });
            expect(one.gateway.connection().positionMode).toBeNull();
            expect(await venue.control.requestCount('settings')).toBe(before);
          },
        );
      });

      if (capabilities.positionModes.includes('hedged'))
        hedgedCases({ kind, capabilities, venue: () => venue, fixture, reopened });

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
            await venue.control.fault({
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
          await venue.control.clearFaults();
          const truth = await one.trueOrders();
          const kinds = new Set<string>();
          for (const { id, outcome } of sent.flat()) {
            kinds.add(outcome.kind);
            const made = truth.filter((order) => order.client_order_id === id);
            expect(made.length).toBeLessThanOrEqual(1);
            if (outcome.kind === 'accepted') expect(made[0]?.venue_order_id).toBe(outcome.venueOrderId);
            if (outcome.kind === 'refused' || outcome.kind === 'not_sent') expect(made).toHaveLength(0);
            if (outcome.kind !== 'unknown') continue;
            const answer = await one.gateway.lookUp({
              symbol: one.symbol,
              venueClientOrderId: id,
              venueOrderIds: [],
              conditional: false,
              thorough: true,
              since,
            });
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
            await venue.control.fault({ kind: fault, route: 'create_order', count: 1 });
            said.push(await one.send(one.limit(price)));
          }
          await venue.control.fault({ kind: 'drop_response', route: 'balances' });
          said.push(await one.gateway.balances(), one.gateway.connection(), one.recorded.gaps);
          const text = JSON.stringify(said);
          expect(text).not.toContain(one.account.key);
          expect(text).not.toContain(one.account.secret);
          expect(text.toLowerCase()).not.toContain('signature');
        });
      });
    });
  }
}

/** The value of a read that must have one. */
/** An amount as far as venues show it. */
function inCents(amount: Decimal): string {
  return amount.roundToMultipleOf(Decimal.parse('0.01'), 'down').toString();
}

function ok<Value>(answer: ReadAnswer<Value>): Value {
  if (answer.kind === 'failed') expect.fail(answer.detail);
  return answer.value;
}

/** Each above the one before. */
function expectRising(prices: readonly Decimal[]): void {
  for (const [index, price] of prices.entries()) {
    const before = prices[index - 1];
    if (before !== undefined) expect(before.lessThan(price)).toBe(true);
  }
}
