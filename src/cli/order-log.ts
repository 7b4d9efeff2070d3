/**
 * Lines of the log for orders, those of the service itself too: when the venue has taken one, when its outcome is in doubt, and how it
 * ended, with its ids and its age.
 *
 * Entry point: `logOrders`.
 *
 * Invariant: the lines follow from durable records, and hold no order up.
 */
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { isFinished, type OrderStatus } from '../core/order/transitions.ts';
import { orderIdsOf, type PortfolioEvent } from '../core/portfolio/events.ts';
import { EngineUnavailable, type Desk } from '../engine/desk.ts';
import type { Logger } from 'pino';

/** Orders whose last line is remembered; a long resting order beyond that gets the line of its working state again. */
const MAX_REMEMBERED = 10_000;

/** Records after which the status of an order may be another one that is worth a line. */
const STATUS_EVENTS: ReadonlySet<PortfolioEvent['type']> = new Set<PortfolioEvent['type']>([
  'order_denied',
  'send_accepted',
  'send_refused',
  'send_not_sent',
  'send_unknown',
  'absence_proven',
  'order_given_up',
  'working_seen',
  'final_seen',
  'order_closed',
  'fill_booked',
  'order_annulled',
]);

/** Records that begin a doubt: the line for it is a warning, the others are for information. */
const DOUBT_EVENTS: ReadonlySet<PortfolioEvent['type']> = new Set<PortfolioEvent['type']>(['send_unknown']);

/** Begins to log the orders of a desk, for as long as the desk lives. */
export function logOrders(desk: Desk, log: Pick<Logger, 'info' | 'warn' | 'isLevelEnabled'>): void {
  const last = new Map<OrderId, OrderStatus>();
  desk.onDurable(({ events }) => {
    const orderIds = new Set<OrderId>();
    // Orders are not read for lines that nobody writes.
    const worthALook = log.isLevelEnabled('info') ? STATUS_EVENTS : DOUBT_EVENTS;
    for (const { event } of events) {
      if (worthALook.has(event.type)) for (const orderId of orderIdsOf(event)) orderIds.add(orderId);
    }
    for (const orderId of orderIds) {
      desk.books.order(orderId).then(
        (order) => {
          if (order !== null) write(order);
        },
        (error: unknown) => {
          // A portfolio that was fenced or stopped: its next owner logs the order.
          if (!(error instanceof EngineUnavailable))
            log.warn({ order_id: orderId, error }, 'an order could not be read for the log');
        },
      );
    }
  });

  function write(order: Order): void {
    const { orderId, status } = order;
    if (last.get(orderId) === status || !isWorthALine(status)) return;
    // The newest are kept; a finished order is remembered too, since more records may name it.
    last.delete(orderId);
    const oldest = last.size >= MAX_REMEMBERED ? last.keys().next() : null;
    if (oldest?.done === false) last.delete(oldest.value);
    last.set(orderId, status);
    const words = `order ${status}: ${order.side} ${(order.quantity ?? order.cost)?.toString() ?? ''} ${order.symbol} ${order.type}`;
    const fields = fieldsOf(order);
    if (status === 'unknown') log.warn(fields, words);
    else log.info(fields, words);
  }
}

/** `partially_filled` has no line: an order may fill in a thousand parts. */
function isWorthALine(status: OrderStatus): boolean {
  return isFinished(status) || status === 'open' || status === 'unknown';
}

function fieldsOf(order: Order): Readonly<Record<string, unknown>> {
  return {
    order_id: order.orderId,
    client_order_id: order.clientOrderId ?? undefined,
    venue_order_id: order.venueOrderIds.at(-1),
    venue_client_order_id: order.venueClientOrderId,
    account: order.accountId,
    outcome: order.status,
    filled: order.filledQuantity.toString(),
    reason: order.reason?.code,
    by: order.requestedBy,
    ms: order.updatedAt - order.createdAt,
  };
}
