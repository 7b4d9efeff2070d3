/** A venue's report of an order. Its figures never book a fill: they only say that fills are to be fetched. */
import type { AccountId, OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { findByVenueIds } from '../portfolio/state.ts';
import type { OrderReport } from '../venue/report.ts';
import { reissueCancel } from './cancel.ts';
import { currentOrder, applyTransition, openContradiction, settleLostFromSight } from './apply-transition.ts';
import { finishesAtOnce, wasTakenAndRejected, type FinalReport, type Order } from './order.ts';

/** Takes a report in. Returns false when it is of no order that we know. */
export function noteReport(draft: Draft, accountId: AccountId, report: OrderReport): boolean {
  const order = findByVenueIds(
    draft.state,
    accountId,
    report.symbol,
    report.venueOrderId,
    report.venueClientOrderId,
  );
  if (order === undefined) return false;
  const { orderId } = order;
  settleLostFromSight(draft, orderId);
  switch (report.status) {
    case 'open':
    case 'partially_filled':
    case 'untriggered':
    case 'triggered':
      if (wasTakenAndRejected(order, report.venueOrderId)) return true;
      applyTransition(draft, orderId, 'working_seen', {
        type: 'working_seen',
        orderId,
        venueOrderId: report.venueOrderId,
      });
      linkReported(draft, orderId, report);
      noteTrigger(draft, orderId, report);
      if (report.filledQuantity.greaterThan(currentOrder(draft, orderId).filledQuantity))
        fetchFillsOf(draft, orderId);
      reissueCancel(draft, orderId);
      return true;
    case 'filled':
    case 'canceled':
    case 'expired':
    case 'rejected':
      linkReported(draft, orderId, report);
      noteTrigger(draft, orderId, report);
      noteFinal(draft, orderId, {
        status: endOf(currentOrder(draft, orderId), report.status),
        filledQuantity: report.filledQuantity,
        detail: report.venueReason,
      });
      return true;
  }
}

/** Whether a stop was triggered is the venue's to say. */
function noteTrigger(draft: Draft, orderId: OrderId, report: OrderReport): void {
  const order = currentOrder(draft, orderId);
  if (order.stopPrice === null || order.stopTriggered || !isTriggered(report)) return;
  draft.emit({ type: 'stop_trigger_seen', orderId });
}

/** `triggered` alone is not enough: until the venue names the order that it became, its executions cannot be known. */
function isTriggered({ status, triggeredVenueOrderId, filledQuantity }: OrderReport): boolean {
  if (triggeredVenueOrderId !== null || filledQuantity.isPositive()) return true;
  switch (status) {
    case 'open':
    case 'partially_filled':
    case 'filled':
      return true;
    case 'untriggered':
    case 'triggered':
    case 'canceled':
    case 'expired':
    case 'rejected':
      return false;
  }
}

function linkReported(draft: Draft, orderId: OrderId, report: OrderReport): void {
  for (const venueOrderId of [report.venueOrderId, report.triggeredVenueOrderId]) {
    if (venueOrderId !== null && !currentOrder(draft, orderId).venueOrderIds.includes(venueOrderId)) {
      draft.emit({ type: 'venue_order_linked', orderId, venueOrderId });
    }
  }
}

/**
 * An order that trades at once, and whose cancel nobody asked for, has expired by its time in force where its venue ends it: Binance says
 * so, and others call what was not filled at once canceled.
 */
function endOf(order: Order, reported: FinalReport['status']): FinalReport['status'] {
  return reported === 'canceled' && finishesAtOnce(order) && !order.cancelRequested ? 'expired' : reported;
}

/** The venue's end of an order counts once every execution that it counted is booked. */
function noteFinal(draft: Draft, orderId: OrderId, final: FinalReport): void {
  const order = currentOrder(draft, orderId);
  const behind = final.filledQuantity.greaterThan(order.filledQuantity);
  if (order.status === 'filled' || order.status === 'canceled' || order.status === 'expired') {
    if (behind) fetchFillsOf(draft, orderId);
    else if (order.status !== final.status) closeOrder(draft, orderId, final);
    return;
  }
  if (behind && order.status !== 'denied' && order.status !== 'armed') {
    // Such an order exists, whatever we thought of it; its end is kept until its fills are in.
    if (order.status !== 'canceling') {
      applyTransition(draft, orderId, 'working_seen', {
        type: 'working_seen',
        orderId,
        venueOrderId: order.venueOrderIds.at(-1) ?? throwNoId(orderId),
      });
    }
    if (order.final === null || !order.final.filledQuantity.equals(final.filledQuantity))
      draft.emit({ type: 'final_seen', orderId, final });
    fetchFillsOf(draft, orderId);
    return;
  }
  if (final.filledQuantity.lessThan(order.filledQuantity)) {
    openContradiction(
      draft,
      order,
      final.status,
      `the venue counts ${final.filledQuantity.toString()} filled at the end, its own executions add up to ${order.filledQuantity.toString()}`,
    );
  }
  closeOrder(draft, orderId, final);
}

function throwNoId(orderId: OrderId): never {
  throw new RangeError(`a reported order has a venue id: ${orderId}`);
}

function fetchFillsOf(draft: Draft, orderId: OrderId): void {
  const { accountId, symbol } = currentOrder(draft, orderId);
  draft.effect({ type: 'fetch_fills', accountId, symbol });
}

const CLOSING = {
  filled: 'closed_filled',
  canceled: 'closed_canceled',
  expired: 'closed_expired',
  rejected: 'closed_rejected',
} as const;

/** Ends an order as the venue says; one that has traded cannot end as rejected, so the rest of it is canceled, or has expired. */
export function closeOrder(draft: Draft, orderId: OrderId, final: FinalReport): void {
  const order = currentOrder(draft, orderId);
  const isOfRest = final.status === 'rejected' && order.filledQuantity.isPositive();
  const as = isOfRest ? endOf(order, 'canceled') : final.status;
  const detail = final.detail === '' ? endInWords(order, as) : final.detail;
  applyTransition(draft, orderId, CLOSING[as], { type: 'order_closed', orderId, as, detail });
}

/** Why an order has ended of which its venue gives no reason; empty where it was filled, or canceled as somebody asked here. */
function endInWords(order: Order, as: FinalReport['status']): string {
  switch (as) {
    case 'filled':
      return '';
    case 'expired':
      return finishesAtOnce(order)
        ? 'the exchange ended what it could not fill at once'
        : 'the exchange ended the order, and gives no reason';
    case 'rejected':
      return 'the exchange refused the order after it had taken it, and gives no reason';
    case 'canceled':
      return order.cancelRequested ? '' : canceledByVenue(order);
  }
}

/** Some venues take a post-only order that would have taken, and cancel it at once, instead of refusing it. */
function canceledByVenue({ postOnly, filledQuantity }: Order): string {
  const canceled = 'the exchange canceled the order, which nobody has asked for here';
  return postOnly && filledQuantity.isZero()
    ? `${canceled}: a post-only order that would have taken ends so`
    : `${canceled}, and gives no reason`;
}
