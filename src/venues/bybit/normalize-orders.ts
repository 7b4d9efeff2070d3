/**
 * Bybit's orders as order reports: of its lists and of the order stream, which have the same fields.
 *
 * Entry point: `orderFrom`, which throws `MalformedAnswer`. Sources: "Get Open & Closed Orders", "Get Order History", the order stream
 * and "Enums Definitions" of the v5 documentation. Sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId, venueOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import {
  MalformedAnswer,
  asObject,
  optionalFigure,
  optionalText,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';

const SIDES: Readonly<Record<string, Side>> = { Buy: 'buy', Sell: 'sell' };

export function sideOf(object: JsonObject): Side {
  const side = SIDES[text(object, 'side')];
  if (side === undefined) throw new MalformedAnswer('side is neither Buy nor Sell');
  return side;
}

const POSITION_SIDES: readonly PositionSide[] = ['net', 'long', 'short'];

/** `positionIdx`: one-way, the buy side, the sell side of hedge mode. Null where the payload has none, as on spot. */
export function positionSideOf(object: JsonObject, kind: InstrumentKind): PositionSide | null {
  if (kind === 'spot') return 'net';
  if (object['positionIdx'] === undefined) return null;
  const side = POSITION_SIDES[wholeNumber(object, 'positionIdx')];
  if (side === undefined) throw new MalformedAnswer('positionIdx is none of 0, 1 and 2');
  return side;
}

/** "orderStatus". A conditional order that is canceled before its trigger is `Deactivated`. */
const STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  New: 'open',
  PartiallyFilled: 'partially_filled',
  Untriggered: 'untriggered',
  Rejected: 'rejected',
  PartiallyFilledCanceled: 'canceled',
  Filled: 'filled',
  Cancelled: 'canceled',
  // "instantaneous state for conditional orders from Untriggered to New", under the same id.
  Triggered: 'open',
  Deactivated: 'canceled',
};

export function positiveOrNull(value: Decimal | null): Decimal | null {
  return value !== null && value.isPositive() ? value : null;
}

export function orderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const stated = text(order, 'orderStatus');
  const status = STATUSES[stated];
  if (status === undefined) throw new MalformedAnswer(`unknown order status ${stated}`);
  const client = optionalText(order, 'orderLinkId');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: client === null ? null : venueClientOrderId(client),
    status,
    side: sideOf(order),
    positionSide: positionSideOf(order, names.kind),
    quantity: isSizedInQuote(order) ? null : positiveOrNull(optionalFigure(order, 'qty')),
    // Of a market order the bound that the venue set itself.
    price: text(order, 'orderType') === 'Market' ? null : positiveOrNull(optionalFigure(order, 'price')),
    filledQuantity: optionalFigure(order, 'cumExecQty') ?? Decimal.zero,
    triggeredVenueOrderId: null,
    venueReason: reasonOf(order),
    updatedAt: wholeNumber(order, 'updatedTime'),
  };
}

/** The quantity of a spot market order may be an amount of the quote coin. */
function isSizedInQuote(order: JsonObject): boolean {
  return optionalText(order, 'marketUnit') === 'quoteCoin';
}

/** Words that say nothing. */
const NO_REASON: ReadonlySet<string> = new Set([
  'EC_NoError',
  'EC_PerCancelRequest',
  'UNKNOWN',
  'CancelByUser',
]);

/** Why it was rejected or canceled, where its owner did not ask for it. */
function reasonOf(order: JsonObject): string {
  for (const key of ['rejectReason', 'cancelType']) {
    const reason = optionalText(order, key);
    if (reason !== null && !NO_REASON.has(reason)) return reason;
  }
  return '';
}
