/** An order as the API shows it. */
import { namedType, TRIGGER_DIRECTIONS, triggerDirectionOf } from '../../core/order/protection.ts';
import { ORDER_TYPES, POSITION_SIDES } from '../../core/order/terms.ts';
import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import { hasTriggered, remainingQuantity, type Order } from '../../core/order/order.ts';
import { isFinished, ORDER_STATUSES } from '../../core/order/transitions.ts';
import { AVERAGE_SCALE } from '../../core/position/position.ts';
import { shownAverage } from './figures.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

/** Fields of answers to a cancel: beside the order, which shows what has become of it. */
export const CANCEL_RECORDED = {
  description:
    'Whether the request outlives this process, in the journal or in the emergency log. False: neither takes anything. What was sent is sent all the same; after a crash the order shows as its exchange shows it.',
};

export const CANCEL_ACCEPTED = {
  description:
    'Whether the exchange has accepted the cancel. True beside a status that is not canceled: it will be, or the journal does not hold it yet.',
};

export const orderView = z
  .object({
    id: z.string(),
    client_order_id: z.string().nullable(),
    venue_client_order_id: z.string(),
    venue_order_id: z.string().nullable(),
    exchange: z.enum(VENUES),
    account: z.string(),
    mode: z.enum(ACCOUNT_MODES),
    symbol: z.string(),
    type: z.enum(ORDER_TYPES),
    side: z.enum(['buy', 'sell']),
    position_side: z.enum(POSITION_SIDES),
    quantity: decimalOut.nullable().meta({ description: 'Null for an order by cost until it is finished.' }),
    cost_requested: decimalOut.nullable(),
    filled_quantity: decimalOut,
    remaining_quantity: decimalOut.nullable(),
    price: decimalOut.nullable(),
    stop_price: decimalOut.nullable(),
    trigger_direction: z.enum(TRIGGER_DIRECTIONS).nullable().meta({
      description:
        'Which way the market moves when the order triggers; null for one that waits for no price.',
    }),
    trigger: z.enum(['last', 'mark', 'index']).nullable().meta({
      description: 'The price that it triggers on; null for an order that waits for no price.',
    }),
    triggered: z.boolean().meta({
      description:
        'Of a stop or take-profit: whether the exchange has triggered it. With a `price` it is a limit order in the book since then, and a stop protects nothing any more. False for an order that waits for no price.',
    }),
    on_would_trigger: z.enum(['refuse', 'close_now']).nullable(),
    keep_after_close: z.boolean(),
    instead_of_stop: z
      .object({ stop_price: decimalOut, market_price: decimalOut.nullable() })
      .nullable()
      .meta({
        description:
          'Of a market order that was sent because the market had reached the stop that was asked for (`close_now`).',
      }),
    protection_price: decimalOut.nullable(),
    asked_price: decimalOut.nullable().meta({
      description:
        "The price before it was moved into the exchange's price band: what `price`, or `protection_price` of a market order, would have been. Null where it was not moved.",
    }),
    average_price: decimalOut.nullable(),
    cost: decimalOut.meta({ description: 'Sum of price x quantity of its fills.' }),
    fees: z.array(z.object({ asset: z.string(), amount: decimalOut })),
    time_in_force: z.enum(['GTC', 'IOC', 'FOK', 'GTD']),
    expires_at: timeOut.nullable(),
    post_only: z.boolean(),
    reduce_only: z.boolean(),
    native: z.boolean().meta({
      description:
        'As `GET /exchanges` says of its kind. False: made here of another order of the exchange (a market order that is a limit at its `protection_price`), or held here.',
    }),
    status: z.enum(ORDER_STATUSES),
    reason: z.object({ code: z.string(), detail: z.string() }).nullable(),
    canceled_by: z.object({ by: z.string(), why: z.string() }).nullable().meta({
      description:
        'Who cancels it, and why, where nobody asked for the cancel of this very order: the risk ladder, the kill switch, a position that has ended, the end of its account. Null for every other order.',
    }),
    strategy: z.string().nullable(),
    parent_id: z.string().nullable(),
    leg: z.string().nullable(),
    replaces: z.string().nullable().meta({ description: 'The order that this one amends.' }),
    created_at: timeOut,
    updated_at: timeOut,
    fills_count: z.int(),
  })
  .meta({ id: 'Order' });

export type OrderView = z.output<typeof orderView>;

/** A market order with a protection is a limit order at the exchange. */
function isEmulated({ type, protectionPrice }: Order): boolean {
  return type === 'market' && protectionPrice !== null;
}

export function toOrderView(order: Order): OrderView {
  const finished = isFinished(order.status);
  const quantity = order.quantity ?? (finished ? order.filledQuantity : null);
  return {
    id: order.orderId,
    client_order_id: order.clientOrderId,
    venue_client_order_id: order.venueClientOrderId,
    // A triggered stop is a further order of the venue: the newest id is the one that works.
    venue_order_id: order.venueOrderIds.at(-1) ?? null,
    exchange: order.venue,
    account: order.accountId,
    mode: order.mode,
    symbol: order.symbol,
    type: namedType(order),
    side: order.side,
    position_side: order.positionSide,
    quantity: quantity?.toString() ?? null,
    cost_requested: order.cost?.toString() ?? null,
    filled_quantity: order.filledQuantity.toString(),
    remaining_quantity: remainingQuantity(order)?.toString() ?? (finished ? '0' : null),
    price: order.price?.toString() ?? null,
    stop_price: order.stopPrice?.toString() ?? null,
    trigger_direction: triggerDirectionOf(order),
    trigger: order.stopPrice === null ? null : (order.trigger ?? 'last'),
    triggered: hasTriggered(order),
    on_would_trigger: order.stopPrice === null ? null : (order.onWouldTrigger ?? 'refuse'),
    keep_after_close: order.keepAfterClose === true,
    instead_of_stop:
      order.insteadOfStop === undefined
        ? null
        : {
            stop_price: order.insteadOfStop.stopPrice.toString(),
            market_price: order.insteadOfStop.marketPrice?.toString() ?? null,
          },
    protection_price: order.protectionPrice?.toString() ?? null,
    asked_price: order.askedPrice?.toString() ?? null,
    average_price: order.filledQuantity.isZero()
      ? null
      : shownAverage(order.filledCost.divide(order.filledQuantity, AVERAGE_SCALE, 'half_even')),
    cost: order.filledCost.toString(),
    fees: order.fees.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
    time_in_force: order.timeInForce,
    expires_at: order.expiresAt === null ? null : isoTime(order.expiresAt),
    post_only: order.postOnly,
    reduce_only: order.reduceOnly,
    native: order.native && !isEmulated(order),
    status: order.status,
    reason: order.reason === null ? null : { code: order.reason.code, detail: order.reason.detail },
    canceled_by:
      order.cancelCause === undefined ? null : { by: order.cancelCause.by, why: order.cancelCause.why },
    strategy: order.strategy,
    parent_id: order.parentId,
    leg: order.leg,
    replaces: order.replaces ?? null,
    created_at: isoTime(order.createdAt),
    updated_at: isoTime(order.updatedAt),
    fills_count: order.fillKeys.length,
  };
}
