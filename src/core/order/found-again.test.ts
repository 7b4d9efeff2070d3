/** Cases of orders that could not be proven, or were lost from sight: they settle by themselves once the order is found. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import { driftId } from '../reconcile/drift.ts';
import { accepted, ACCOUNT, CAPABILITIES, Desk, fillOf, reportOf, START } from '../testing/fixture.ts';
import type { LookUpAnswer, SendOutcome } from '../venue/outcome.ts';
import type { Order } from './order.ts';

const UNKNOWN: SendOutcome = { kind: 'unknown', detail: 'timeout' };
const FORGOTTEN_AT = START + 7_200_001;

let desk: Desk;
let order: Order;

beforeEach(() => {
  desk = Desk.funded();
  order = desk.submitting();
});
afterEach(() => {
  desk.expectReplayEqual();
});

function absent(venueTime: number): ReturnType<Desk['run']> {
  const answer: LookUpAnswer = { kind: 'absent', venueTime, fills: [] };
  return desk.run({
    type: 'look_up_answer',
    orderId: order.orderId,
    answer,
    capabilities: CAPABILITIES,
    jitter: 1,
  });
}

const unprovable = (): boolean => desk.state.drift.has(driftId('unprovable_order', ACCOUNT, order.orderId));

const settledBy = (events: readonly PortfolioEvent[]): readonly (string | undefined)[] =>
  events.flatMap((event) => (event.type === 'drift_resolved' ? [event.requestedBy] : []));

describe('a case of an order that could not be proven', () => {
  beforeEach(() => {
    desk.outcome(order, UNKNOWN);
    absent(FORGOTTEN_AT);
    expect(unprovable()).toBe(true);
  });

  it.each<[string, () => ReturnType<Desk['run']>]>([
    [
      'a late report of the stream',
      () => desk.run({ type: 'order_report', accountId: ACCOUNT, report: reportOf(order) }),
    ],
    ['a look-up', () => desk.lookUp(order, { kind: 'found', report: reportOf(order) })],
    ['an execution', () => desk.fill(order, 't1', { quantity: decimal('0.4') })],
    ['a late answer to the send', () => desk.outcome(order, accepted(order))],
    [
      'a report of its end',
      () =>
        desk.run({
          type: 'order_report',
          accountId: ACCOUNT,
          report: reportOf(order, { status: 'canceled', filledQuantity: decimal('0') }),
        }),
    ],
    [
      'a late refusal',
      () =>
        desk.outcome(order, {
          kind: 'refused',
          reason: { kind: 'filter', venueCode: '-1013', venueMessage: 'no' },
        }),
    ],
  ])('is resolved by reconciliation once %s shows the order', (_case, find) => {
    expect(settledBy(find().events)).toEqual(['reconciliation']);
    expect(unprovable()).toBe(false);
  });

  it('stays while nothing shows the order, a restart included', () => {
    absent(FORGOTTEN_AT + 60_000);
    desk.run({ type: 'restarted' });
    expect(unprovable()).toBe(true);
  });

  it('is settled at the next start where an earlier release had found the order and left the case open', () => {
    const [left] = desk.state.drift.values();
    desk.outcome(order, accepted(order));
    if (left === undefined) throw new Error('no case');
    desk.force({ type: 'drift_opened', drift: left });
    expect(settledBy(desk.run({ type: 'restarted' }).events)).toEqual(['reconciliation']);
    expect(unprovable()).toBe(false);
  });
});

describe('a working order that the venue no longer showed', () => {
  beforeEach(() => {
    desk.outcome(order, accepted(order));
    absent(START + 60_001);
  });

  it.each<[string, () => ReturnType<Desk['run']>]>([
    ['a report', () => desk.run({ type: 'order_report', accountId: ACCOUNT, report: reportOf(order) })],
    [
      'an execution',
      () =>
        desk.run({
          type: 'fills',
          accountId: ACCOUNT,
          symbol: order.symbol,
          fills: [fillOf(order, 't1')],
          cursor: null,
        }),
    ],
  ])('holds its instrument back no longer once %s shows it again', (_case, show) => {
    expect(desk.state.drift.has(driftId('order_contradiction', ACCOUNT, order.orderId))).toBe(true);
    expect(settledBy(show().events)).toEqual(['reconciliation']);
    expect(desk.state.drift.size).toBe(0);
  });
});
