import { describe, expect, it } from 'vitest';
import { BrokenAssertion } from '../broken-assertion.ts';
import { evolve } from '../portfolio/evolve.ts';
import { nextStatus } from '../portfolio/order-changes.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import { Draft } from '../portfolio/draft.ts';
import { driftId } from '../reconcile/drift.ts';
import { accepted, Desk, fillOf, venueIdOf } from '../testing/fixture.ts';
import { decimal } from '../decimal.ts';
import { applyTransition } from './apply-transition.ts';
import type { Order } from './order.ts';
import {
  isFinished,
  ORDER_EVENT_TYPES,
  ORDER_STATUSES,
  TRANSITIONS,
  type OrderEventType,
  type OrderStatus,
} from './transitions.ts';

const CANCELED_BY_VENUE = { status: 'canceled', filledQuantity: decimal('0') } as const;

/** An order in each status, reached through decisions wherever an input leads there. */
const REACHED: Readonly<Record<OrderStatus, (desk: Desk) => Order>> = {
  accepted: (desk) => {
    const order = desk.submitting();
    desk.outcome(order, { kind: 'not_sent', reason: 'connect_failed', detail: '' });
    return order;
  },
  submitting: (desk) => desk.submitting(),
  open: (desk) => desk.open(),
  partially_filled: (desk) => {
    const order = desk.open();
    desk.fill(order, 't1', { quantity: decimal('0.4') });
    return order;
  },
  filled: (desk) => {
    const order = desk.open();
    desk.fill(order, 't1');
    return order;
  },
  canceling: (desk) => {
    const order = desk.open();
    desk.cancel(order);
    return order;
  },
  canceled: (desk) => {
    const order = desk.open();
    desk.report(order, CANCELED_BY_VENUE);
    return order;
  },
  rejected: (desk) => {
    const order = desk.submitting();
    desk.outcome(order, {
      kind: 'refused',
      reason: { kind: 'filter', venueCode: '-1013', venueMessage: 'no' },
    });
    return order;
  },
  denied: (desk) => {
    const { orderId } = desk.place({ price: decimal('100.001') });
    return desk.order(orderId);
  },
  expired: (desk) => {
    const order = desk.open();
    desk.report(order, { status: 'expired' });
    return order;
  },
  // No input leads to a stop that we hold yet: the row is checked on an order put there.
  armed: (desk) => {
    const order: Order = { ...desk.submitting(), status: 'armed' };
    desk.force({ type: 'order_recalled', order });
    return order;
  },
  unknown: (desk) => {
    const order = desk.submitting();
    desk.outcome(order, { kind: 'unknown', detail: 'timeout' });
    return order;
  },
  failed: (desk) => {
    const order = desk.submitting();
    desk.outcome(order, { kind: 'not_sent', reason: 'breaker_open', detail: '' });
    return order;
  },
};

/** The journal event of each order event; null while none exists. */
function eventOf(eventType: OrderEventType, order: Order): PortfolioEvent | null {
  const { orderId } = order;
  const n = order.attempts.length;
  const venueOrderId = venueIdOf(order);
  const refusal = { kind: 'other', venueCode: '1', venueMessage: '' } as const;
  switch (eventType) {
    case 'send_attempted':
      return { type: eventType, orderId, attempt: { n: n + 1, signedAt: 0, requestLifetimeMs: 1 } };
    case 'send_accepted':
      return { type: eventType, orderId, n, venueOrderId };
    case 'send_refused':
      return { type: eventType, orderId, n, venueRefusal: refusal };
    case 'send_not_sent':
      return { type: eventType, orderId, n, notSentReason: 'expired', detail: '', retryAt: 1 };
    case 'send_unknown':
      return { type: eventType, orderId, n, detail: '', landed: false };
    case 'absence_proven':
      return { type: eventType, orderId, venueTime: 1, retryAt: 1 };
    case 'working_seen':
      return { type: eventType, orderId, venueOrderId };
    case 'fill_booked': {
      const fill = fillOf(order, 'table', { quantity: decimal('0.1') });
      return { type: eventType, orderId, accountId: order.accountId, fill, positionPnl: decimal('0') };
    }
    case 'closed_filled':
    case 'closed_canceled':
    case 'closed_expired':
    case 'closed_rejected': {
      const as = {
        closed_filled: 'filled',
        closed_canceled: 'canceled',
        closed_expired: 'expired',
        closed_rejected: 'rejected',
      } as const;
      return { type: 'order_closed', orderId, as: as[eventType], detail: '' };
    }
    case 'cancel_requested':
      return { type: eventType, orderId, requestedBy: '' };
    case 'cancel_refused':
      return { type: eventType, orderId, venueRefusal: refusal };
    case 'annulled':
      return { type: 'order_annulled', orderId, requestedBy: '' };
    case 'given_up':
      return { type: 'order_given_up', orderId, code: 'not_placed', detail: '' };
    case 'stop_armed':
    case 'stop_triggered':
      return null;
  }
}

const CELLS = ORDER_STATUSES.flatMap((status) =>
  ORDER_EVENT_TYPES.map((eventType) => [status, eventType] as const),
);

describe('the transition table', () => {
  it('has a cell for every status and event, and no other', () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...ORDER_STATUSES].sort());
    for (const row of Object.values(TRANSITIONS))
      expect(Object.keys(row).sort()).toEqual([...ORDER_EVENT_TYPES].sort());
    expect(CELLS).toHaveLength(13 * 18);
  });

  it.each(ORDER_STATUSES)('can be brought to %s', (status) => {
    const desk = Desk.funded();
    const order = REACHED[status](desk);
    expect(desk.status(order)).toBe(status);
    expect(desk.state.unfinished.has(order.orderId)).toBe(!isFinished(status));
    expect(desk.state.finished.has(order.orderId)).toBe(isFinished(status));
  });

  it.each(CELLS)('%s when %s', (status, eventType) => {
    const desk = Desk.funded();
    const order = desk.order(REACHED[status](desk).orderId);
    const outcome = TRANSITIONS[status][eventType];
    const event = eventOf(eventType, order);
    if (event === null) {
      // Not journaled by any event yet; the cell is still what `nextStatus` says.
      expect(nextStatus(order, eventType)).toBe('status' in outcome ? outcome.status : null);
      return;
    }
    const draft = new Draft(desk.state, desk.at);
    const driftBefore = desk.state.drift.size;
    const applied = applyTransition(draft, order.orderId, eventType, event);
    const after = desk.order(order.orderId);
    switch (outcome.kind) {
      case 'becomes':
      case 'contradicts': {
        const named =
          outcome.status === 'working'
            ? after.filledQuantity.isZero()
              ? 'open'
              : 'partially_filled'
            : outcome.status;
        expect(applied).toBe(true);
        expect(after.status).toBe(named);
        expect(draft.events[0]).toBe(event);
        expect(draft.events.slice(1).map(({ type }) => type)).toEqual(
          outcome.kind === 'contradicts' ? ['drift_opened'] : [],
        );
        break;
      }
      case 'ignored':
        expect(applied).toBe(false);
        expect(draft.events).toEqual([]);
        expect(after).toBe(order);
        expect(desk.state.drift.size).toBe(driftBefore);
        break;
      case 'impossible':
        expect(applied).toBe(false);
        expect(draft.events.map(({ type }) => type)).toEqual(['drift_opened']);
        expect(after).toBe(order);
        break;
    }
    if (outcome.kind === 'contradicts' || outcome.kind === 'impossible')
      expect(
        desk.state.drift.get(driftId('order_contradiction', order.accountId, order.orderId)),
      ).toMatchObject({
        ours: status,
        detail: outcome.why,
      });
  });

  it.each(CELLS.filter(([status, eventType]) => nextStatusKind(status, eventType)))(
    'an event that says %s when %s is a broken assertion',
    (status, eventType) => {
      const desk = Desk.funded();
      const order = desk.order(REACHED[status](desk).orderId);
      const event = eventOf(eventType, order);
      if (event !== null) expect(() => evolve(desk.state, desk.at, event)).toThrow(BrokenAssertion);
      else expect(nextStatus(order, eventType)).toBeNull();
    },
  );

  it('opens one case for repeated contradictions of the same order', () => {
    const desk = Desk.funded();
    const order = REACHED.rejected(desk);
    desk.report(order);
    const again = desk.run({
      type: 'send_outcome',
      orderId: order.orderId,
      n: 1,
      outcome: accepted(order),
      jitter: 0,
    });
    expect(again.events).toEqual([]);
    expect([...desk.state.drift.values()]).toHaveLength(1);
    desk.expectReplayEqual();
  });
});

function nextStatusKind(status: OrderStatus, eventType: OrderEventType): boolean {
  const { kind } = TRANSITIONS[status][eventType];
  return kind === 'ignored' || kind === 'impossible';
}
