/**
 * Coinbase's orders as order reports: of its look-ups, and of the user channel, which has other fields.
 *
 * Entry points: `orderFrom`, `streamedOrderFrom`; both throw `MalformedAnswer`. Sources: "Get Order", "List Orders" and the user channel of
 * "WebSocket Channels". Sizes are in base units, but those of an order that was sized in quote.
 */
import type { Decimal } from '../../core/decimal.ts';
import { venueOrderId } from '../../core/ids.ts';
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import {
  MalformedAnswer,
  asObject,
  figure,
  isObject,
  optionalText,
  positiveFigure,
  text,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { optionalTimeIn, timeIn } from './fields.ts';

const SIDES: Readonly<Record<string, Side>> = { BUY: 'buy', SELL: 'sell' };

export function sideOf(object: JsonObject, key = 'side'): Side {
  return word(object, key, SIDES);
}

/** "A pending order is not yet open", a queued one waits; one whose cancel or edit is queued may still fill. */
const STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  PENDING: 'open',
  QUEUED: 'open',
  OPEN: 'open',
  CANCEL_QUEUED: 'open',
  EDIT_QUEUED: 'open',
  FILLED: 'filled',
  CANCELLED: 'canceled',
  EXPIRED: 'expired',
  FAILED: 'rejected',
};

/** The statuses of orders that work; `OPEN` has a list of its own. */
export const QUEUED_STATUSES = ['PENDING', 'QUEUED', 'CANCEL_QUEUED', 'EDIT_QUEUED'] as const;

function statusOf(order: JsonObject, filled: Decimal): OrderReport['status'] {
  const status = word(order, 'status', STATUSES);
  if (status !== 'open') return status;
  if (optionalText(order, 'trigger_status') === 'STOP_PENDING') return 'untriggered';
  return filled.isPositive() ? 'partially_filled' : 'open';
}

/** Of "Get Order" and "List Orders". */
export function orderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const filledQuantity = figure(order, 'filled_size');
  const terms = termsOf(order);
  return {
    symbol: names.symbol(text(order, 'product_id')),
    venueOrderId: venueOrderId(text(order, 'order_id')),
    venueClientOrderId: clientOrderIdIn(order, 'client_order_id'),
    status: statusOf(order, filledQuantity),
    side: sideOf(order),
    positionSide: 'net',
    quantity: terms === null ? null : positiveFigure(terms, 'base_size'),
    price: terms === null ? null : positiveFigure(terms, 'limit_price'),
    filledQuantity,
    triggeredVenueOrderId: null,
    venueReason: reasonOf(order, 'cancel_message', 'reject_reason', 'reject_message'),
    updatedAt:
      optionalTimeIn(order, 'last_update_time') ??
      optionalTimeIn(order, 'last_fill_time') ??
      timeIn(order, 'created_time'),
  };
}

/** The content of the one configuration that the order has; of orders of other products there may be none. */
function termsOf(order: JsonObject): JsonObject | null {
  const configuration = order['order_configuration'];
  if (!isObject(configuration)) return null;
  return Object.values(configuration).find((terms): terms is JsonObject => isObject(terms)) ?? null;
}

/** Of the user channel; `venueAt` is when its message was made. */
export function streamedOrderFrom(body: JsonValue, names: Names, venueAt: TimeMs): OrderReport {
  const order = asObject(body, 'order');
  const filledQuantity = figure(order, 'cumulative_quantity');
  const status = statusOf(order, filledQuantity);
  const id = text(order, 'order_id');
  if (id === '') throw new MalformedAnswer('order_id is empty');
  return {
    symbol: names.symbol(text(order, 'product_id')),
    venueOrderId: venueOrderId(id),
    venueClientOrderId: clientOrderIdIn(order, 'client_order_id'),
    status,
    side: sideOf(order, 'order_side'),
    positionSide: 'net',
    quantity: isFinished(status) ? null : quantityLeft(order, filledQuantity),
    price: positiveFigure(order, 'limit_price'),
    filledQuantity,
    triggeredVenueOrderId: null,
    venueReason: reasonOf(order, 'cancel_reason', 'reject_reason'),
    updatedAt: venueAt,
  };
}

function isFinished(status: OrderReport['status']): boolean {
  return status === 'filled' || status === 'canceled' || status === 'expired' || status === 'rejected';
}

/** `leaves_quantity` of a market order may be an amount of the quote asset, and of a finished order it is zero whatever was left. */
function quantityLeft(order: JsonObject, filled: Decimal): Decimal | null {
  const left = positiveFigure(order, 'leaves_quantity');
  return left === null || text(order, 'order_type').toUpperCase() === 'MARKET' ? null : filled.add(left);
}

/** Words that say nothing, or that its owner asked for it. */
const NO_REASON: ReadonlySet<string> = new Set([
  'REJECT_REASON_UNSPECIFIED',
  'UNKNOWN_REJECT_REASON',
  'User requested cancel',
]);

/** Why it was rejected or canceled, where its owner did not ask for it. */
function reasonOf(order: JsonObject, ...keys: readonly string[]): string {
  for (const key of keys) {
    const reason = optionalText(order, key);
    if (reason !== null && !NO_REASON.has(reason)) return reason;
  }
  return '';
}
