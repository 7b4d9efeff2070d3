/** An all-or-none batch: decided in one go, each order with the ones before it in flight. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { clientOrderId } from '../ids.ts';
import {
  Desk,
  marketContext,
  NO_LIMITS,
  orderRequest,
  setting,
  SPOT_INSTRUMENT,
  type Decision,
} from '../testing/fixture.ts';
import type { OrderRequest } from './order.ts';
import { repeatedKeys, type PriorOrder } from './place.ts';

const LIMITS = { ...NO_LIMITS, maxPositionNotional: decimal('300') };

function placeAll(
  desk: Desk,
  requests: readonly OrderRequest[],
  priors: readonly (PriorOrder | null)[] = [],
): Decision {
  return desk.run({
    type: 'place_all',
    placements: requests.map((request, index) => ({
      request,
      setting: setting(SPOT_INSTRUMENT),
      context: marketContext({ at: desk.at, limits: LIMITS }),
      prior: priors[index] ?? null,
    })),
  });
}

function kindsOf({ reply }: Decision): readonly string[] {
  return reply.kind === 'placed_all' ? reply.replies.map(({ kind }) => kind) : [reply.kind];
}

describe('repeated keys', () => {
  const keyed = (key: string | null, id: string | null = null) => ({
    idempotency: key === null ? null : { key, contentHash: '' },
    clientOrderId: id === null ? null : clientOrderId(id),
  });

  it('are found among header keys and client order ids alike, each with its first holder', () => {
    const orders = [keyed('k/0', 'a'), keyed(null), keyed('k/2', 'k/0'), keyed('a', 'a'), keyed('k/4', 'b')];
    expect(repeatedKeys(orders)).toEqual([
      { key: 'k/0', first: 0, again: 2 },
      { key: 'a', first: 0, again: 3 },
    ]);
  });

  it('are none where a header key is the client order id of the same order, or there are no keys', () => {
    expect(repeatedKeys([keyed('a', 'a'), keyed('b', 'b'), keyed(null), keyed(null)])).toEqual([]);
  });
});

describe('an all-or-none batch', () => {
  it('sends all of them once all are approved', () => {
    const desk = Desk.funded();
    const requests = [orderRequest(), orderRequest(), orderRequest()];
    const decision = placeAll(desk, requests);
    expect(kindsOf(decision)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(decision.effects).toEqual(requests.map(({ orderId }) => ({ type: 'send', orderId })));
    for (const { orderId } of requests) desk.expectStatus(orderId, 'submitting');
  });

  it('sends none when together they pass a limit that each alone keeps', () => {
    const desk = Desk.funded();
    const requests = [1, 2, 3, 4, 5].map(() => orderRequest());
    const decision = placeAll(desk, requests);
    expect(kindsOf(decision)).toEqual(['withheld', 'withheld', 'withheld', 'denied', 'withheld']);
    expect(decision.effects).toEqual([]);
    expect(decision.reply).toMatchObject({
      replies: [
        { orderId: requests[0]?.orderId, because: 3 },
        {},
        {},
        { refusals: [{ rule: 'position_limit', limit: '300', actual: '400' }] },
        { orderId: null, because: 3 },
      ],
    });
    for (const { orderId } of requests.slice(0, 3)) {
      expect(desk.order(orderId)).toMatchObject({
        status: 'failed',
        attempts: [],
        reason: { code: 'batch_refused' },
      });
    }
    // An order that was given up holds nothing: the whole limit is there for the next one.
    expect(desk.place({ quantity: decimal('3') }, { limits: LIMITS }).reply.kind).toBe('accepted');
  });

  it('places nothing new when one of them was placed before', () => {
    const desk = Desk.funded();
    const keyed = (key: string, contentHash = 'same'): OrderRequest =>
      orderRequest({ idempotency: { key, contentHash } });
    const first = keyed('batch/0');
    placeAll(desk, [first]);
    const again = placeAll(desk, [keyed('batch/0'), keyed('batch/1')]);
    expect(again.reply).toMatchObject({
      replies: [
        { kind: 'replayed', orderId: first.orderId },
        { kind: 'withheld', orderId: null, because: 0 },
      ],
    });
    expect(kindsOf(placeAll(desk, [keyed('batch/1'), keyed('batch/0', 'other')]))).toEqual([
      'withheld',
      'conflict',
    ]);
    const elsewhere = placeAll(
      desk,
      [keyed('batch/2'), keyed('batch/3')],
      [null, { orderId: first.orderId, contentHash: 'same' }],
    );
    expect(kindsOf(elsewhere)).toEqual(['withheld', 'replayed']);
    expect([...again.events, ...elsewhere.events]).toEqual([]);
  });

  it('sends all or nothing, and never past the line', () => {
    const size = fc
      .integer({ min: 1, max: 1_500 })
      .map((lots) => decimal('0.001').multiply(decimal(String(lots))));
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 6 }), (sizes) => {
        const desk = Desk.funded();
        const requests = sizes.map((quantity) => orderRequest({ quantity }));
        const decision = placeAll(desk, requests);
        const sum = sizes.reduce((total, one) => total.add(one), decimal('0')).multiply(decimal('100'));
        const passes =
          sum.atMost(decimal('300')) &&
          sizes.every((one) => one.multiply(decimal('100')).atLeast(decimal('5')));
        expect(decision.effects.length).toBe(passes ? sizes.length : 0);
      }),
    );
  });
});
