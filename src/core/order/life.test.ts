/** The life of an order, decision by decision: placing, outcomes, retries, look-ups, fills, cancels, reports. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, orderId, tradeId, venueClientOrderId, venueOrderId } from '../ids.ts';
import { driftId } from '../reconcile/drift.ts';
import {
  accepted,
  ACCOUNT,
  CAPABILITIES,
  Desk,
  fillOf,
  marketContext,
  NO_LIMITS,
  orderRequest,
  quoteAt,
  reportOf,
  setting,
  SPOT,
  SPOT_INSTRUMENT,
  START,
  SWAP,
  typesOf,
  venueIdOf,
  balanceReport,
} from '../testing/fixture.ts';
import type { LookUpAnswer, SendOutcome } from '../venue/outcome.ts';
import type { VenueFill } from '../venue/report.ts';
import { heldAmount, type Order } from './order.ts';
import { MAX_RETRIES, retryTime } from './send.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

const UNKNOWN: SendOutcome = { kind: 'unknown', detail: 'timeout' };
const CONNECT_FAILED: SendOutcome = { kind: 'not_sent', reason: 'connect_failed', detail: '' };
const refused = (kind: Extract<SendOutcome, { kind: 'refused' }>['reason']['kind']): SendOutcome => ({
  kind: 'refused',
  reason: { kind, venueCode: '-2010', venueMessage: 'no' },
});
const caseOf = (order: Pick<Order, 'orderId'>): ReturnType<typeof desk.state.drift.get> =>
  desk.state.drift.get(driftId('order_contradiction', ACCOUNT, order.orderId));

describe('placing', () => {
  it('journals acceptance and intent together and only then sends', () => {
    const decision = desk.place();
    expect(typesOf(decision)).toEqual(['order_accepted', 'send_attempted']);
    expect(decision.effects).toEqual([{ type: 'send', orderId: decision.orderId }]);
    expect(decision.reply).toMatchObject({ kind: 'accepted', orderId: decision.orderId });
    expect(desk.order(decision.orderId)).toMatchObject({ status: 'submitting', createdAt: START });
  });

  it('signs the attempt at the moment of the venue clock', () => {
    const order = desk.submitting({}, { venueAt: START + 77 });
    expect(order.attempts).toEqual([{ n: 1, signedAt: START + 77, requestLifetimeMs: 2_000 }]);
  });

  it('records the figures that it was approved on', () => {
    expect(desk.submitting().approval).toMatchObject({
      bid: decimal('99.99'),
      ask: decimal('100.01'),
      mark: decimal('100'),
      reducing: false,
    });
  });

  it('journals a refusal with its figures, keeps no hold and sends nothing', () => {
    const decision = desk.place({ quantity: decimal('0.0005') });
    expect(typesOf(decision)).toEqual(['order_denied']);
    expect(decision.effects).toEqual([]);
    expect(decision.reply).toMatchObject({ kind: 'denied' });
    const order = desk.order(decision.orderId);
    expect(order).toMatchObject({ status: 'denied', reason: { code: 'quantity_off_lot' }, hold: null });
  });

  it('answers the same request again with the first order, and other content with a conflict', () => {
    const idempotency = { key: 'k', contentHash: 'h' };
    const first = desk.place({ idempotency });
    const again = desk.place({ idempotency });
    expect(again.reply).toEqual({ kind: 'replayed', orderId: first.orderId });
    expect(again.events).toEqual([]);
    const other = desk.place({ idempotency: { key: 'k', contentHash: 'other' } });
    expect(other.reply).toEqual({ kind: 'conflict', orderId: first.orderId });
    expect(other.events).toEqual([]);
    expect(desk.state.unfinished.size).toBe(1);
  });

  it('answers a denied request again with its denial', () => {
    const idempotency = { key: 'k', contentHash: 'h' };
    const first = desk.place({ idempotency, quantity: decimal('0.0005') });
    expect(desk.place({ idempotency, quantity: decimal('0.0005') }).reply).toEqual({
      kind: 'replayed',
      orderId: first.orderId,
    });
  });

  it('knows an order of the read model by its key', () => {
    const request = orderRequest({ idempotency: { key: 'k', contentHash: 'h' } });
    const decision = desk.run({
      type: 'place_order',
      request,
      setting: setting(),
      context: marketContext(),
      prior: { orderId: orderId('earlier'), contentHash: 'h' },
    });
    expect(decision.reply).toEqual({ kind: 'replayed', orderId: 'earlier' });
    expect(decision.events).toEqual([]);
  });

  it('denies when the account has not enough, counting every hold', () => {
    desk = Desk.funded('150');
    desk.open();
    const second = desk.place();
    expect(desk.order(second.orderId)).toMatchObject({
      status: 'denied',
      reason: { code: 'insufficient_balance' },
    });
  });
});

describe('outcomes of a send', () => {
  it('accepted: open under the venue id', () => {
    const order = desk.submitting();
    const decision = desk.outcome(order, accepted(order));
    expect(typesOf(decision)).toEqual(['send_accepted']);
    expect(desk.order(order.orderId)).toMatchObject({ status: 'open', venueOrderIds: [venueIdOf(order)] });
  });

  it('accepted with executions: booked at once', () => {
    const order = desk.submitting();
    desk.outcome(order, accepted(order, { fills: [fillOf(order, 't1')] }));
    desk.expectStatus(order.orderId, 'filled');
  });

  it('refused: rejected, and the hold is gone', () => {
    const order = desk.submitting();
    desk.outcome(order, refused('insufficient_balance'));
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'rejected',
      reason: { code: 'insufficient_balance' },
    });
    expect(heldAmount(desk.order(order.orderId)).isZero()).toBe(true);
  });

  it('unknown: keeps its hold, is looked up, and is never sent again before proof', () => {
    const order = desk.submitting();
    const decision = desk.outcome(order, UNKNOWN);
    expect(decision.effects).toEqual([{ type: 'look_up', orderId: order.orderId }]);
    expect(heldAmount(desk.order(order.orderId)).toString()).toBe('100');
    const retry = desk.run({ type: 'retry_due', orderId: order.orderId, context: marketContext() });
    expect(retry.effects).toEqual([]);
  });

  it('a duplicate client id is proof of landing, not a refusal', () => {
    const order = desk.submitting();
    const decision = desk.outcome(order, refused('duplicate_client_order_id'));
    desk.expectStatus(order.orderId, 'unknown');
    expect(decision.effects).toContainEqual({ type: 'look_up', orderId: order.orderId });
  });

  it('after a duplicate client id no absence proves anything: a person must look', () => {
    const order = desk.submitting();
    desk.outcome(order, refused('duplicate_client_order_id'));
    for (const later of [20_000, 30_000]) absent(order, START + later);
    desk.expectStatus(order.orderId, 'unknown');
    expect(desk.state.drift.has(driftId('unprovable_order', ACCOUNT, order.orderId))).toBe(true);
  });

  it('a repeat of an outcome changes nothing', () => {
    const order = desk.submitting();
    desk.outcome(order, accepted(order));
    expect(desk.outcome(order, accepted(order)).events).toEqual([]);
  });

  it('a failure of an attempt that is not the last says nothing any more', () => {
    const order = desk.submitting();
    desk.outcome(order, CONNECT_FAILED);
    retry(order);
    for (const late of [UNKNOWN, CONNECT_FAILED, refused('filter')])
      expect(desk.outcome(order, late, 1).events).toEqual([]);
    desk.expectStatus(order.orderId, 'submitting');
  });

  it('a late acceptance of an earlier attempt is taken, and opens a contradiction case', () => {
    const order = desk.submitting();
    desk.outcome(order, CONNECT_FAILED);
    retry(order);
    desk.outcome(order, accepted(order), 1);
    desk.expectStatus(order.orderId, 'open');
    expect(caseOf(order)).toMatchObject({ ours: 'submitting' });
  });

  it('an outcome for an order that has left memory is dropped', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    desk.at += 60_000;
    desk.run({ type: 'evict', finishedBefore: desk.at });
    const n = 1;
    const { orderId: id } = order;
    expect(desk.run({ type: 'send_outcome', orderId: id, n, outcome: UNKNOWN, jitter: 0 }).events).toEqual(
      [],
    );
    const late = { kind: 'not_found', venueCode: '', venueMessage: '' } as const;
    expect(desk.run({ type: 'cancel_outcome', orderId: id, outcome: late }).events).toEqual([]);
    expect(desk.run({ type: 'retry_due', orderId: id, context: marketContext() }).events).toEqual([]);
    const answer = { kind: 'failed', detail: '' } as const;
    const asked = {
      type: 'look_up_answer',
      orderId: id,
      answer,
      capabilities: CAPABILITIES,
      jitter: 0,
    } as const;
    expect(desk.run(asked).events).toEqual([]);
  });
});

function retry(order: Order, context: Parameters<typeof marketContext>[0] = {}): ReturnType<Desk['run']> {
  desk.at = desk.order(order.orderId).retryAt ?? desk.at;
  return desk.run({
    type: 'retry_due',
    orderId: order.orderId,
    context: marketContext({ at: desk.at, ...context }),
  });
}

describe('retries of an order proven not sent', () => {
  it('three at most, further apart each time, with the same client id and a journaled attempt each', () => {
    const order = desk.submitting();
    const waits: number[] = [];
    for (let n = 1; n <= MAX_RETRIES; n += 1) {
      desk.outcome(order, CONNECT_FAILED);
      desk.expectStatus(order.orderId, 'accepted');
      waits.push((desk.order(order.orderId).retryAt ?? 0) - desk.at);
      expect(typesOf(retry(order))).toEqual(['send_attempted']);
    }
    expect(waits).toEqual([200, 400, 800]);
    desk.outcome(order, CONNECT_FAILED);
    const failed = desk.order(order.orderId);
    expect(failed).toMatchObject({ status: 'failed', reason: { code: 'not_placed' } });
    expect(failed.attempts.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  });

  it('waits at least half the backoff whatever the jitter', () => {
    const order = desk.submitting();
    expect(
      [0, 0.5, 1].map((jitter) => (retryTime(order, START, START + order.sendWithinMs, jitter) ?? 0) - START),
    ).toEqual([100, 150, 200]);
  });

  it('is not planned past the time it may be sent within', () => {
    const order = desk.submitting({ sendWithinMs: 150 });
    desk.outcome(order, CONNECT_FAILED);
    desk.expectStatus(order.orderId, 'failed');
  });

  it('that comes due too late gives the order up instead of sending it late', () => {
    const order = desk.submitting({ sendWithinMs: 2_000 });
    desk.outcome(order, CONNECT_FAILED);
    desk.at = START + 2_000;
    const late = desk.run({
      type: 'retry_due',
      orderId: order.orderId,
      context: marketContext({ at: desk.at }),
    });
    expect(late.effects).toEqual([]);
    expect(desk.order(order.orderId)).toMatchObject({ status: 'failed', reason: { code: 'not_placed' } });
  });

  it('is reviewed again, without counting its own hold', () => {
    desk = Desk.funded('100');
    const order = desk.submitting();
    desk.outcome(order, CONNECT_FAILED);
    expect(retry(order).effects).toEqual([{ type: 'send', orderId: order.orderId }]);
  });

  it('ends when the review refuses', () => {
    const order = desk.submitting();
    desk.outcome(order, CONNECT_FAILED);
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y', idempotency: null });
    retry(order);
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'failed',
      reason: { code: 'kill_switch_engaged' },
    });
  });

  it('of a protected market order keeps the protection that was journaled, and is reviewed on it', () => {
    desk = Desk.funded('102.02');
    const order = desk.submitting({ type: 'market', timeInForce: 'IOC' });
    expect(order.protectionPrice?.toString()).toBe('102.02');
    desk.outcome(order, CONNECT_FAILED);
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '95')],
    });
    // At the new mark a new protection of 91.80 would be affordable; what would be sent is still 102.
    retry(order, { quote: quoteAt(SPOT_INSTRUMENT, decimal('90'), START + 200) });
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'failed',
      reason: { code: 'insufficient_balance' },
    });
  });

  it.each(['annulled', 'breaker_open'] as const)('none after %s', (reason) => {
    const order = desk.submitting();
    desk.outcome(order, { kind: 'not_sent', reason, detail: '' });
    desk.expectStatus(order.orderId, 'failed');
  });

  it('waiting for the rate budget goes on until the order may not be sent any more', () => {
    const order = desk.submitting({ sendWithinMs: 2_000 });
    for (let wait = 0; wait < 9; wait += 1) {
      desk.outcome(order, { kind: 'not_sent', reason: 'rate_budget', detail: '' });
      desk.expectStatus(order.orderId, 'accepted');
      retry(order);
    }
    desk.outcome(order, { kind: 'not_sent', reason: 'rate_budget', detail: '' });
    expect(desk.order(order.orderId)).toMatchObject({ status: 'failed', reason: { code: 'rate_budget' } });
  });
});

function absent(
  order: Order,
  venueTime: number | null,
  fills: readonly VenueFill[] = [],
): ReturnType<Desk['run']> {
  const answer: LookUpAnswer = { kind: 'absent', venueTime, fills };
  return desk.lookUp(order, answer);
}

describe('looking up an unknown order', () => {
  /** The request is dead, and the venue's engine done with it, after this on the venue's clock. */
  const DEAD_AT = START + 12_000;
  let order: Order;
  beforeEach(() => {
    order = desk.submitting();
    desk.outcome(order, UNKNOWN);
  });

  it('found: adopted at once', () => {
    desk.lookUp(order, { kind: 'found', report: reportOf(order) });
    desk.expectStatus(order.orderId, 'open');
  });

  it('found filled: adopted, and finished once its fills are in', () => {
    const decision = desk.lookUp(order, {
      kind: 'found',
      report: reportOf(order, { status: 'filled', filledQuantity: decimal('1') }),
    });
    expect(decision.effects).toContainEqual({ type: 'fetch_fills', accountId: ACCOUNT, symbol: SPOT });
    desk.expectStatus(order.orderId, 'open');
    desk.fill(order, 't1');
    desk.expectStatus(order.orderId, 'filled');
  });

  it('a failed look-up says nothing', () => {
    expect(desk.lookUp(order, { kind: 'failed', detail: '' }).events).toEqual([]);
  });

  it('an early not-found counts for nothing, even twice', () => {
    expect(absent(order, DEAD_AT).events).toEqual([]);
    expect(absent(order, DEAD_AT).events).toEqual([]);
    desk.expectStatus(order.orderId, 'unknown');
  });

  it('nor does one without the venue clock, however late it is here', () => {
    desk.at += 600_000;
    expect(absent(order, null).events).toEqual([]);
    expect(absent(order, null).events).toEqual([]);
  });

  it('two inside the window and a read lag apart prove it; a retry follows while there is time', () => {
    expect(typesOf(absent(order, DEAD_AT + 1))).toEqual(['absence_observed']);
    expect(absent(order, DEAD_AT + 2_000).events).toEqual([]);
    desk.at = START + 15_000;
    expect(typesOf(absent(order, DEAD_AT + 2_001))).toEqual(['absence_proven']);
    expect(desk.order(order.orderId)).toMatchObject({ status: 'accepted', retryAt: START + 15_200 });
    expect(retry(order).effects).toEqual([{ type: 'send', orderId: order.orderId }]);
    expect(desk.order(order.orderId).absentAt).toBeNull();
  });

  it('proven absent where a repeated id makes a second order: failed, never sent again', () => {
    for (const late of [1, 2_001]) {
      const answer: LookUpAnswer = { kind: 'absent', venueTime: DEAD_AT + late, fills: [] };
      desk.lookUp(order, answer, { duplicateId: 'not_checked' });
    }
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'failed',
      retryAt: null,
      reason: { code: 'not_placed' },
    });
    expect(retry(order).effects).toEqual([]);
  });

  it('proven absent too late: failed, not placed', () => {
    desk.at = START + 31_000;
    absent(order, DEAD_AT + 1);
    absent(order, DEAD_AT + 5_000);
    expect(desk.order(order.orderId)).toMatchObject({ status: 'failed', reason: { code: 'not_placed' } });
  });

  it('proven absent after a cancel was asked: canceled, never sent again', () => {
    expect(desk.cancel(order).effects).toEqual([{ type: 'cancel', orderId: order.orderId }]);
    absent(order, DEAD_AT + 1);
    absent(order, DEAD_AT + 5_000);
    desk.expectStatus(order.orderId, 'canceled');
  });

  it('the window is counted from the last attempt, the retention from the first', () => {
    desk.at = START + 15_000;
    absent(order, DEAD_AT + 1);
    absent(order, DEAD_AT + 3_000);
    retry(order, { venueAt: START + 16_000 });
    desk.outcome(order, UNKNOWN);
    expect(absent(order, START + 28_000).events).toEqual([]);
    expect(typesOf(absent(order, START + 28_001))).toEqual(['absence_observed']);
    desk.expectStatus(order.orderId, 'unknown');
  });

  it('not once the venue may have forgotten the order: a case for a person, opened once', () => {
    const lapsed = START + 7_200_001;
    expect(typesOf(absent(order, lapsed))).toEqual(['drift_opened']);
    expect(absent(order, lapsed + 60_000).events).toEqual([]);
    desk.expectStatus(order.orderId, 'unknown');
    expect(desk.state.drift.has(driftId('unprovable_order', ACCOUNT, order.orderId))).toBe(true);
  });

  it('an execution without an owner on that side blocks the proof', () => {
    const stray = fillOf(order, 't9', { venueClientOrderId: null, venueOrderId: venueOrderId('stray') });
    const decision = absent(order, DEAD_AT + 1, [stray]);
    expect(typesOf(decision)).toEqual(['fill_parked']);
    expect(decision.effects).toContainEqual({
      type: 'identify',
      accountId: ACCOUNT,
      symbol: SPOT,
      venueOrderId: 'stray',
    });
    const again = absent(order, DEAD_AT + 5_000, [stray]);
    expect(again.events).toEqual([]);
    // The request is repeated by a timer, not by each event in between.
    expect(again.effects).not.toContainEqual(expect.objectContaining({ type: 'identify' }));
    desk.expectStatus(order.orderId, 'unknown');
  });

  it('one on the other side does not', () => {
    const stray = fillOf(order, 't9', {
      venueClientOrderId: null,
      venueOrderId: venueOrderId('stray'),
      side: 'sell',
    });
    absent(order, DEAD_AT + 1, [stray]);
    absent(order, DEAD_AT + 5_000, [stray]);
    desk.expectStatus(order.orderId, 'accepted');
  });

  it('an execution that names its client id is booked instead', () => {
    absent(order, DEAD_AT + 1, [fillOf(order, 't1')]);
    desk.expectStatus(order.orderId, 'filled');
  });

  it('what is proven absent and then shown is taken back, with a drift case', () => {
    absent(order, DEAD_AT + 1);
    absent(order, DEAD_AT + 5_000);
    desk.report(order);
    desk.expectStatus(order.orderId, 'open');
    expect(caseOf(order)).toMatchObject({ ours: 'accepted' });
  });
});

describe('looking up an order that worked', () => {
  it('absence of a fresh one proves nothing; of one that has long worked it opens a case', () => {
    const order = desk.open();
    expect(absent(order, START + 10_000).events).toEqual([]);
    expect(typesOf(absent(order, START + 70_000))).toEqual(['drift_opened']);
    desk.expectStatus(order.orderId, 'open');
  });

  it('an absent one whose answer is still awaited is left to its answer', () => {
    const order = desk.submitting();
    expect(absent(order, START + 700_000).events).toEqual([]);
  });
});

describe('restart', () => {
  it('what was on its way is unknown; what the venue had shown stays', () => {
    const sent = desk.submitting();
    const working = desk.open();
    const decision = desk.run({ type: 'restarted' });
    expect(typesOf(decision)).toEqual(['send_unknown']);
    desk.expectStatus(sent.orderId, 'unknown');
    desk.expectStatus(working.orderId, 'open');
    expect(desk.run({ type: 'restarted' }).events).toEqual([]);
  });
});

describe('fills', () => {
  it('are counted once, whichever way they come', () => {
    const order = desk.open();
    const fill = fillOf(order, 't1', { quantity: decimal('0.4') });
    desk.fills([fill, fill]);
    desk.fills([fill], 'cursor-1');
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'partially_filled',
      filledQuantity: decimal('0.4'),
      filledCost: decimal('40'),
    });
    expect(desk.state.fillsCursors.get(`${ACCOUNT} ${SPOT}`)).toBe('cursor-1');
    expect(desk.fills([fill], 'cursor-1').events).toEqual([]);
  });

  it('of a self-trade go to both orders although they share the trade id', () => {
    const buy = desk.open();
    const sell = desk.open({ side: 'sell' }, { limits: { ...NO_LIMITS, checksEnabled: false } });
    desk.fills([fillOf(desk.order(buy.orderId), 't1'), fillOf(desk.order(sell.orderId), 't1')]);
    desk.expectStatus(buy.orderId, 'filled');
    desk.expectStatus(sell.orderId, 'filled');
    expect(desk.state.externalFills.size).toBe(0);
  });

  it('before the acknowledgement make it work; the acknowledgement then changes nothing', () => {
    const order = desk.submitting();
    desk.fill(order, 't1', { quantity: decimal('0.4') });
    desk.expectStatus(order.orderId, 'partially_filled');
    expect(desk.outcome(order, accepted(order)).events).toEqual([]);
    desk.fill(order, 't2', { quantity: decimal('0.6') });
    desk.expectStatus(order.orderId, 'filled');
  });

  it('before the acknowledgement, with a cancel asked, send the cancel again', () => {
    const order = desk.submitting();
    desk.cancel(order);
    const decision = desk.fill(order, 't1', { quantity: decimal('0.4') });
    expect(decision.effects).toContainEqual({ type: 'cancel', orderId: order.orderId });
    desk.expectStatus(order.orderId, 'canceling');
  });

  it('while a cancel is on its way still count', () => {
    const order = desk.open();
    desk.cancel(order);
    desk.fill(order, 't1', { quantity: decimal('0.4') });
    desk.expectStatus(order.orderId, 'canceling');
    desk.fill(order, 't2', { quantity: decimal('0.6') });
    desk.expectStatus(order.orderId, 'filled');
  });

  it('after the cancel still count and leave it canceled', () => {
    const order = desk.open();
    desk.report(order, { status: 'canceled' });
    desk.fill(order, 't1', { quantity: decimal('0.4') });
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'canceled',
      filledQuantity: decimal('0.4'),
    });
    expect(desk.state.drift.size).toBe(0);
  });

  it('after the cancel that fill all of it make it filled', () => {
    const order = desk.open();
    desk.report(order, { status: 'canceled' });
    desk.fill(order, 't1');
    desk.expectStatus(order.orderId, 'filled');
  });

  it('of more than was ordered count, and open a case', () => {
    const order = desk.open();
    desk.fill(order, 't1', { quantity: decimal('1.5') });
    expect(desk.order(order.orderId)).toMatchObject({ status: 'filled', filledQuantity: decimal('1.5') });
    expect(caseOf(order)).toBeDefined();
  });

  it('after all of it was filled count, and open a case', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    desk.fill(order, 't2', { quantity: decimal('0.1') });
    expect(desk.order(order.orderId)).toMatchObject({ status: 'filled', filledQuantity: decimal('1.1') });
    expect(caseOf(order)).toMatchObject({ detail: 'more was filled than was ordered' });
  });

  it('add their fees up by asset', () => {
    const order = desk.open();
    const bnb = asset('BNB');
    desk.fill(order, 't1', { quantity: decimal('0.4'), fee: decimal('0.1'), feeAsset: bnb });
    desk.fill(order, 't2', { quantity: decimal('0.6'), fee: decimal('0.2'), feeAsset: bnb });
    expect(desk.order(order.orderId).fees).toEqual([{ asset: 'BNB', amount: decimal('0.3') }]);
  });
});

describe('executions that match no order', () => {
  const stray = (given: Partial<VenueFill> = {}): VenueFill => ({
    ...fillOf({ ...orderOfNobody(), venueOrderIds: [] }, 's1'),
    venueOrderId: venueOrderId('stray'),
    venueClientOrderId: null,
    ...given,
  });

  it('are external at once when nothing is unresolved: booked to the balances, with one drift case', () => {
    const decision = desk.fills([stray()]);
    expect(typesOf(decision)).toEqual(['external_fill_seen', 'drift_opened']);
    expect(balance('spot', 'USDT')).toBe('999900');
    expect(balance('spot', 'BTC')).toBe('1001');
    expect(desk.state.positions.size).toBe(0);
    expect(desk.fills([stray()]).events).toEqual([]);
  });

  it('that are parts of an order of others are one drift case, which says that it names the first of them alone', () => {
    desk.fills([stray({ quantity: decimal('0.25') })]);
    desk.fills([stray({ quantity: decimal('0.75'), tradeId: tradeId('s2') })]);
    const [found, ...more] = [...desk.state.drift.values()];
    expect(more).toEqual([]);
    expect(found?.theirs).toBe(
      'first seen: an execution of 0.25 at 100, of the buy order stray of the venue',
    );
    expect(found?.detail).toContain('may be a part of its order');
  });

  it('that are parts of an order of ours are none of others, before its acknowledgement either', () => {
    const order = desk.submitting();
    const parts = ['0.25', '0.75'].map((part, index) =>
      stray({
        quantity: decimal(part),
        tradeId: tradeId(`p${index}`),
        venueClientOrderId: order.venueClientOrderId,
      }),
    );
    for (const part of parts) expect(typesOf(desk.fills([part]))).toContain('fill_booked');
    desk.expectStatus(order.orderId, 'filled');
    expect(desk.state.drift.size).toBe(0);
  });

  it('wait while an order on the instrument is unresolved, and are claimed by their client id', () => {
    const order = desk.submitting();
    expect(typesOf(desk.fills([stray()]))).toEqual(['fill_parked']);
    const identified = desk.run({
      type: 'order_identified',
      accountId: ACCOUNT,
      symbol: SPOT,
      venueOrderId: venueOrderId('stray'),
      venueClientOrderId: order.venueClientOrderId,
    });
    expect(typesOf(identified)).toEqual(['fill_booked', 'order_closed']);
    desk.expectStatus(order.orderId, 'filled');
    expect(desk.state.parkedFills.size).toBe(0);
  });

  it('are claimed by the venue id that the acknowledgement brings', () => {
    const order = desk.submitting();
    desk.fills([stray()]);
    desk.outcome(order, accepted(order, { venueOrderId: venueOrderId('stray') }));
    desk.expectStatus(order.orderId, 'filled');
  });

  it('are external once the order turns out to be another', () => {
    const order = desk.submitting();
    desk.fills([stray()]);
    desk.outcome(order, accepted(order));
    expect(desk.state.parkedFills.size).toBe(0);
    expect(desk.state.externalFills.size).toBe(1);
    desk.expectStatus(order.orderId, 'open');
  });

  it('are external when their order provably carries no client id of ours', () => {
    desk.submitting();
    desk.fills([stray()]);
    const identified = desk.run({
      type: 'order_identified',
      accountId: ACCOUNT,
      symbol: SPOT,
      venueOrderId: venueOrderId('stray'),
      venueClientOrderId: venueClientOrderId('none'),
    });
    expect(typesOf(identified)).toEqual(['external_fill_seen', 'drift_opened']);
  });

  it('wait while a stop works that may have triggered into a new venue order', () => {
    const stop = desk.open({ type: 'stop_market', stopPrice: decimal('101'), trigger: 'last' });
    const decision = desk.fills([stray()]);
    expect(typesOf(decision)).toEqual(['fill_parked']);
    expect(decision.effects).toContainEqual({ type: 'look_up', orderId: stop.orderId });
    desk.report(stop, { status: 'triggered', triggeredVenueOrderId: venueOrderId('stray') });
    desk.expectStatus(stop.orderId, 'filled');
    expect(desk.state.externalFills.size).toBe(0);
  });

  it('are external when the stop, looked at after them, has not triggered', () => {
    const stop = desk.open({ type: 'stop_market', stopPrice: decimal('101'), trigger: 'last' });
    desk.fills([stray()]);
    desk.lookUp(stop, { kind: 'found', report: reportOf(stop, { status: 'untriggered' }) });
    expect(desk.state.parkedFills.size).toBe(0);
    expect(desk.state.externalFills.size).toBe(1);
  });

  it('of somebody else, met while an order is unresolved and a stop waits, are ruled out one after the other', () => {
    const stop = desk.open({ type: 'stop_market', stopPrice: decimal('101'), trigger: 'last' });
    desk.submitting();
    expect(typesOf(desk.fills([stray()]))).toEqual(['fill_parked']);
    const identified = desk.run({
      type: 'order_identified',
      accountId: ACCOUNT,
      symbol: SPOT,
      venueOrderId: venueOrderId('stray'),
      venueClientOrderId: venueClientOrderId('web'),
    });
    expect(identified.effects).toContainEqual({ type: 'look_up', orderId: stop.orderId });
    desk.lookUp(stop, { kind: 'found', report: reportOf(stop, { status: 'untriggered' }) });
    expect(desk.state.parkedFills.size).toBe(0);
    expect(desk.state.externalFills.size).toBe(1);
  });

  it('wait for one stop after the other, and have none looked up twice', () => {
    const stop = { type: 'stop_market', stopPrice: decimal('101'), trigger: 'last' } as const;
    const [first, second] = [desk.open(stop), desk.open(stop)];
    expect(desk.fills([stray()]).effects).toHaveLength(2);
    const untriggered = (order: Order): LookUpAnswer => ({
      kind: 'found',
      report: reportOf(order, { status: 'untriggered' }),
    });
    expect(desk.lookUp(first, untriggered(first)).effects).toEqual([
      { type: 'look_up', orderId: second.orderId },
    ]);
    expect(desk.lookUp(first, untriggered(first)).effects).toEqual([]);
    expect(typesOf(desk.lookUp(second, untriggered(second)))).toEqual(['external_fill_seen', 'drift_opened']);
  });

  it('are left alone when the venue no longer lists their instrument', () => {
    desk.settings.clear();
    expect(desk.fills([stray()]).events).toEqual([]);
  });
});

function orderOfNobody(): Order {
  const other = Desk.funded();
  return other.submitting();
}

function balance(wallet: 'spot' | 'linear_swap', of: string): string | undefined {
  return desk.state.balances.get(`${ACCOUNT} ${wallet} ${of}`)?.total.toString();
}

describe('cancels', () => {
  it('before the retry of an order that is not on its way: annulled', () => {
    const order = desk.submitting();
    desk.outcome(order, CONNECT_FAILED);
    const decision = desk.cancel(order);
    expect(decision.reply).toEqual({ kind: 'annulled', orderId: order.orderId });
    desk.expectStatus(order.orderId, 'canceled');
    expect(retry(order).effects).toEqual([]);
  });

  it('that overtake the create annul it where it queues', () => {
    const order = desk.submitting();
    const decision = desk.cancel(order);
    expect(decision.effects).toEqual([
      { type: 'annul', orderId: order.orderId },
      { type: 'cancel', orderId: order.orderId },
    ]);
    desk.expectStatus(order.orderId, 'submitting');
    desk.outcome(order, { kind: 'not_sent', reason: 'annulled', detail: '' });
    desk.expectStatus(order.orderId, 'canceled');
  });

  it('before the acknowledgement are sent again once the order works', () => {
    const order = desk.submitting();
    desk.cancel(order);
    desk.run({
      type: 'cancel_outcome',
      orderId: order.orderId,
      outcome: { kind: 'not_found', venueCode: '-2011', venueMessage: '' },
    });
    const decision = desk.outcome(order, accepted(order));
    expect(decision.effects).toEqual([{ type: 'cancel', orderId: order.orderId }]);
    desk.expectStatus(order.orderId, 'canceling');
  });

  it('of an order whose send failed end it', () => {
    const order = desk.submitting();
    desk.cancel(order);
    desk.outcome(order, CONNECT_FAILED);
    expect(desk.order(order.orderId)).toMatchObject({ status: 'canceled', reason: { code: 'annulled' } });
  });

  it('asked twice are journaled once and sent twice', () => {
    const order = desk.open();
    expect(typesOf(desk.cancel(order))).toEqual(['cancel_requested']);
    const again = desk.cancel(order);
    expect(again.events).toEqual([]);
    expect(again.effects).toEqual([{ type: 'cancel', orderId: order.orderId }]);
  });

  it.each(['submitting', 'unknown'] as const)('asked twice while %s are journaled once', (status) => {
    const order = desk.submitting();
    if (status === 'unknown') desk.outcome(order, UNKNOWN);
    expect(typesOf(desk.cancel(order))).toEqual(['cancel_requested']);
    expect(desk.cancel(order).events).toEqual([]);
  });

  it('refused by the venue leave it working, and it is looked up', () => {
    const order = desk.open();
    desk.cancel(order);
    const decision = desk.run({ type: 'cancel_outcome', orderId: order.orderId, outcome: refusedCancel });
    expect(decision.effects).toEqual([{ type: 'look_up', orderId: order.orderId }]);
    expect(desk.order(order.orderId)).toMatchObject({ status: 'open', cancelRequested: false });
  });

  it.each(['not_found', 'unknown'] as const)(
    'answered with %s keep the order and its hold until it is looked up',
    (kind) => {
      const order = desk.open();
      desk.cancel(order);
      const outcome =
        kind === 'unknown'
          ? ({ kind, detail: '' } as const)
          : ({ kind, venueCode: '', venueMessage: '' } as const);
      const decision = desk.run({ type: 'cancel_outcome', orderId: order.orderId, outcome });
      expect(decision.effects).toEqual([{ type: 'look_up', orderId: order.orderId }]);
      expect(decision.events).toEqual([]);
      expect(heldAmount(desk.order(order.orderId)).toString()).toBe('100');
    },
  );

  it('taken by the venue finish the order when its answer says so', () => {
    const order = desk.open();
    desk.cancel(order);
    const report = reportOf(desk.order(order.orderId), { status: 'canceled' });
    desk.run({ type: 'cancel_outcome', orderId: order.orderId, outcome: { kind: 'accepted', report } });
    desk.expectStatus(order.orderId, 'canceled');
  });

  it('taken by the venue without more are looked up', () => {
    const order = desk.open();
    desk.cancel(order);
    const decision = desk.run({
      type: 'cancel_outcome',
      orderId: order.orderId,
      outcome: { kind: 'accepted', report: null },
    });
    expect(decision.effects).toEqual([{ type: 'look_up', orderId: order.orderId }]);
    desk.expectStatus(order.orderId, 'canceling');
  });

  it('not sent leave it canceling, to be sent again', () => {
    const order = desk.open();
    desk.cancel(order);
    desk.run({
      type: 'cancel_outcome',
      orderId: order.orderId,
      outcome: { kind: 'not_sent', reason: 'throttled', detail: '' },
    });
    desk.expectStatus(order.orderId, 'canceling');
  });

  it('of a finished or unknown order say so', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    expect(desk.cancel(order).reply).toEqual({ kind: 'already_finished', orderId: order.orderId });
    expect(desk.cancel({ orderId: orderId('nobody') }).reply).toEqual({
      kind: 'unknown_order',
      orderId: 'nobody',
    });
  });
});

const refusedCancel = {
  kind: 'refused',
  reason: { kind: 'other', venueCode: '1', venueMessage: '' },
} as const;

describe('reports', () => {
  it('never book a fill: they have fills fetched', () => {
    const order = desk.open();
    const decision = desk.report(order, { status: 'partially_filled', filledQuantity: decimal('0.4') });
    expect(decision.events).toEqual([]);
    expect(decision.effects).toEqual([{ type: 'fetch_fills', accountId: ACCOUNT, symbol: SPOT }]);
    expect(desk.order(order.orderId).filledQuantity.isZero()).toBe(true);
  });

  it('of an end before its fills are kept until the fills are in', () => {
    const order = desk.open();
    const decision = desk.report(order, { status: 'canceled', filledQuantity: decimal('0.4') });
    expect(typesOf(decision)).toEqual(['final_seen']);
    desk.expectStatus(order.orderId, 'open');
    desk.fill(order, 't1', { quantity: decimal('0.3') });
    desk.expectStatus(order.orderId, 'partially_filled');
    desk.fill(order, 't2', { quantity: decimal('0.1') });
    desk.expectStatus(order.orderId, 'canceled');
  });

  it('of an end that counts less than the executions add up to open a case', () => {
    const order = desk.open();
    desk.fill(order, 't1', { quantity: decimal('0.4') });
    desk.report(order, { status: 'canceled', filledQuantity: decimal('0.3') });
    desk.expectStatus(order.orderId, 'canceled');
    expect(caseOf(order)?.detail).toContain('0.3');
  });

  it('of an order that is not ours are handed back', () => {
    const external = {
      ...desk.open(),
      venueClientOrderId: venueClientOrderId('zz'),
      venueOrderIds: [venueOrderId('zz')],
    };
    const decision = desk.run({ type: 'order_report', accountId: ACCOUNT, report: reportOf(external) });
    expect(decision.events).toEqual([]);
  });

  it('of a rejection after executions leave it canceled, for it did trade', () => {
    for (const cancel of [false, true]) {
      const order = desk.open();
      desk.fill(order, `t-${cancel}`, { quantity: decimal('0.4') });
      if (cancel) desk.cancel(order);
      desk.report(order, { status: 'rejected', filledQuantity: decimal('0.4') });
      desk.expectStatus(order.orderId, 'canceled');
    }
  });

  it('of its work are late once the venue has taken and rejected it: reports and the answer to the send', () => {
    const order = desk.submitting();
    desk.report(order, { status: 'rejected', filledQuantity: decimal('0') });
    desk.expectStatus(order.orderId, 'rejected');
    expect(desk.outcome(order, accepted(order)).events).toEqual([]);
    expect(desk.report(order, { status: 'open', filledQuantity: decimal('0') }).events).toEqual([]);
    desk.expectStatus(order.orderId, 'rejected');
    expect(caseOf(order)).toBeUndefined();
  });

  it('that it was rejected after all end it, while it works and while a cancel is on its way', () => {
    for (const cancel of [false, true]) {
      const order = desk.open();
      if (cancel) desk.cancel(order);
      desk.report(order, { status: 'rejected', filledQuantity: decimal('0') });
      desk.expectStatus(order.orderId, 'rejected');
    }
  });

  it('of its end may come before any answer to its send', () => {
    const order = desk.submitting();
    desk.report(order, { status: 'expired', filledQuantity: decimal('0') });
    desk.expectStatus(order.orderId, 'expired');
  });

  it('are believed beside an answer to its send that comes later, or never', () => {
    const none: SendOutcome = { kind: 'unknown', detail: 'timeout' };
    for (const outcome of [none, accepted]) {
      const order = desk.submitting();
      desk.fill(order, `part-${outcome === none}`, { quantity: decimal('0.4') });
      desk.outcome(order, typeof outcome === 'function' ? outcome(order) : outcome);
      desk.expectStatus(order.orderId, 'partially_filled');
    }
    const order = desk.submitting();
    desk.report(order, { status: 'open', filledQuantity: decimal('0') });
    desk.cancel(order);
    desk.outcome(order, none);
    desk.expectStatus(order.orderId, 'canceling');
  });

  it('of its work contradict a refusal in the answer', () => {
    const order = desk.submitting();
    desk.outcome(order, refused('insufficient_balance'));
    desk.report(order, { status: 'open', filledQuantity: decimal('0') });
    desk.expectStatus(order.orderId, 'open');
    expect(caseOf(order)?.theirs).toBe('working_seen');
  });

  it('from before its end are ignored', () => {
    const order = desk.open();
    desk.report(order, { status: 'canceled' });
    expect(desk.report(order, { status: 'open' }).events).toEqual([]);
  });

  it.each([
    ['expired', 'market', false],
    ['expired', 'IOC', false],
    ['expired', 'FOK', false],
    ['canceled', 'GTC', false],
    ['canceled', 'IOC', true],
  ] as const)(
    'that it was canceled make it %s where it is %s and its cancel was asked for: %s',
    (as, terms, asked) => {
      const order =
        terms === 'market'
          ? desk.submitting({ type: 'market', price: null })
          : desk.submitting({ timeInForce: terms });
      desk.outcome(order, accepted(order));
      if (asked) desk.cancel(order);
      desk.report(order, { status: 'canceled' });
      desk.report(order, { status: 'canceled' });
      desk.expectStatus(order.orderId, as);
    },
  );

  it('that a canceled order was filled make it so', () => {
    const order = desk.open();
    desk.report(order, { status: 'canceled' });
    desk.report(order, { status: 'filled', filledQuantity: decimal('1') });
    desk.fill(order, 't1');
    desk.expectStatus(order.orderId, 'filled');
  });

  it('of an order that was never sent are a contradiction', () => {
    const { orderId: id } = desk.place({ quantity: decimal('0.0005') });
    desk.report(desk.order(id), { status: 'canceled' });
    desk.expectStatus(id, 'denied');
    expect(caseOf({ orderId: id })).toBeDefined();
  });

  it('find an order by its client id before its venue id', () => {
    const first = desk.open();
    const second = desk.submitting();
    desk.report(second, { venueOrderId: venueIdOf(first) });
    desk.expectStatus(second.orderId, 'open');
  });

  it('link the order that a stop triggered into', () => {
    const stop = desk.open({ type: 'stop_market', stopPrice: decimal('101'), trigger: 'last' });
    desk.report(stop, { status: 'triggered', triggeredVenueOrderId: venueOrderId('child') });
    desk.fill(stop, 't1', { venueOrderId: venueOrderId('child'), venueClientOrderId: null });
    expect(desk.order(stop.orderId)).toMatchObject({
      status: 'filled',
      venueOrderIds: [venueIdOf(stop), 'child'],
    });
  });
});

describe('an order that its venue cancels without giving a reason', () => {
  const reasonOf = (order: Order): unknown => desk.order(order.orderId).reason;

  it('says that nobody has asked for it here, in its reason and in its record', () => {
    const order = desk.open();
    const decision = desk.report(order, { status: 'canceled' });
    const detail = 'the exchange canceled the order, which nobody has asked for here, and gives no reason';
    expect(reasonOf(order)).toEqual({ code: 'canceled', detail });
    expect(decision.events).toMatchObject([{ type: 'order_closed', as: 'canceled', detail }]);
  });

  it('may be a post-only one that would have taken', () => {
    const order = desk.open({ postOnly: true });
    desk.report(order, { status: 'canceled' });
    expect(reasonOf(order)).toMatchObject({
      code: 'canceled',
      detail: expect.stringContaining('a post-only order that would have taken ends so') as string,
    });
  });

  it('has no reason where somebody has asked for it here', () => {
    const order = desk.open({ postOnly: true });
    desk.cancel(order);
    desk.report(order, { status: 'canceled' });
    expect(reasonOf(order)).toBeNull();
  });
});

describe('memory', () => {
  it('lets finished orders go after their time, with all that points to them', () => {
    const order = desk.open({ idempotency: { key: 'k', contentHash: 'h' } });
    desk.fill(order, 't1');
    expect(desk.run({ type: 'evict', finishedBefore: START }).events).toEqual([]);
    desk.at += 1;
    expect(typesOf(desk.run({ type: 'evict', finishedBefore: desk.at }))).toEqual(['orders_evicted']);
    expect(desk.state.finished.size).toBe(0);
    expect(desk.state.byVenueOrderId.size).toBe(0);
    expect(desk.state.byVenueClientOrderId.size).toBe(0);
    expect(desk.state.byIdempotencyKey.size).toBe(0);
  });

  it('forgets executions that are not ours ten minutes after they were taken in, whenever they were executed', () => {
    const other = (trade: string) => ({
      ...fillOf(desk.open(), trade, { venueClientOrderId: null, venueOrderId: venueOrderId('other') }),
      executedAt: START - 86_400_000,
    });
    desk.fills([other('t1')]);
    desk.at += 300_000;
    desk.fills([other('t2')]);
    desk.at += 300_000;
    expect(desk.run({ type: 'evict', finishedBefore: START }).events).toEqual([]);
    desk.at += 1;
    expect(typesOf(desk.run({ type: 'evict', finishedBefore: START }))).toEqual(['orders_evicted']);
    expect(desk.state.externalFills.size).toBe(1);
  });

  it('never evicts an unfinished order', () => {
    const order = desk.open();
    desk.at += 10_000_000;
    expect(desk.run({ type: 'evict', finishedBefore: desk.at }).events).toEqual([]);
    desk.expectStatus(order.orderId, 'open');
  });

  it('takes an order back for what comes late, and does not book its fills again', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    const finished = desk.order(order.orderId);
    desk.at += 60_000;
    desk.run({ type: 'evict', finishedBefore: desk.at });
    expect(typesOf(desk.run({ type: 'recall', order: finished }))).toEqual(['order_recalled']);
    expect(desk.run({ type: 'recall', order: finished }).events).toEqual([]);
    expect(desk.fill(order, 't1').events).toEqual([]);
    expect(desk.order(order.orderId)).toEqual({ ...finished, updatedAt: desk.at });
  });
});

describe('a paper account that began anew', () => {
  it('forgets what the old simulator knew: its ids come again and mean others', () => {
    desk = new Desk();
    desk.openAccount('one');
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '1000')],
    });
    const old = desk.submitting();
    desk.outcome(old, accepted(old, { venueOrderId: venueOrderId('1') }));
    const fresh = { venueOrderId: venueOrderId('1'), tradeId: tradeId('1'), venueClientOrderId: null };
    desk.fills([{ ...fillOf(old, '1'), ...fresh, venueOrderId: venueOrderId('external') }]);
    expect(typesOf(desk.openAccount('two'))).toEqual(['drift_resolved', 'account_reset']);
    expect(desk.order(old.orderId)).toMatchObject({ status: 'canceled', reason: { code: 'account_reset' } });
    expect(desk.state.balances.size).toBe(0);
    expect(desk.state.drift.size).toBe(0);
    expect(desk.state.externalFills.size).toBe(0);
    expect(desk.state.byVenueOrderId.size).toBe(0);
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '1000')],
    });
    const order = desk.submitting();
    desk.outcome(order, accepted(order, { venueOrderId: venueOrderId('1') }));
    desk.fills([{ ...fillOf(desk.order(order.orderId), '1'), ...fresh }]);
    desk.expectStatus(order.orderId, 'filled');
    expect(desk.order(old.orderId).filledQuantity.isZero()).toBe(true);
  });

  it('has no stop of its former life put back', () => {
    desk = new Desk();
    desk.openAccount('one');
    desk.balances([balanceReport('spot', 'USDT', '1000'), balanceReport('spot', 'BTC', '2')]);
    const stop = desk.open({ side: 'sell', type: 'stop_market', price: null, stopPrice: decimal('90') });
    const beside = { ofThisStop: decimal('1'), ofAllStops: decimal('1') };
    desk.run({ type: 'cancel_order', orderId: stop.orderId, requestedBy: 'ann', keep: { beside } });
    expect(desk.state.keptStops.size).toBe(1);
    expect(typesOf(desk.openAccount('two'))).toContain('stop_released');
    expect(desk.state.keptStops.size).toBe(0);
  });

  it('with the same instance changes nothing', () => {
    desk = new Desk();
    desk.openAccount('one');
    expect(desk.openAccount('one').events).toEqual([]);
  });
});

describe('swaps', () => {
  it('hold initial margin and fee, nothing when reduce-only', () => {
    const order = desk.submitting(
      { symbol: SWAP },
      { leverages: new Map([[`${ACCOUNT} ${SWAP}`, decimal('5')]]) },
    );
    expect(heldAmount(order).toString()).toBe('20.1');
    desk.outcome(order, accepted(order));
    desk.fill(order, 't1');
    const close = desk.submitting({ symbol: SWAP, side: 'sell', reduceOnly: true });
    expect(heldAmount(close).isZero()).toBe(true);
    expect(close.approval?.reducing).toBe(true);
  });
});
