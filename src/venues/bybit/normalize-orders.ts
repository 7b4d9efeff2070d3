/**
 * Bybit's orders as order reports: of its lists and of the order stream, which have the same fields.
 *
 * Entry point: `orderFrom`, which throws `MalformedAnswer`. Sources: "Get Open & Closed Orders", "Get Order History", the order stream
 * and "Enums Definitions" of the v5 documentation. Sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import {
  asObject,
  optionalFigure,
  optionalText,
  positiveFigure,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';

const SIDES: Readonly<Record<string, Side>> = { Buy: 'buy', Sell: 'sell' };

export function sideOf(object: JsonObject): Side {
  return word(object, 'side', SIDES);
}

const POSITION_SIDES: Readonly<Record<string, PositionSide>> = { '0': 'net', '1': 'long', '2': 'short' };

/** `positionIdx`: one-way, the buy side, the sell side of hedge mode. Null where the payload has none, as on spot. */
export function positionSideOf(object: JsonObject, kind: InstrumentKind): PositionSide | null {
  if (kind === 'spot') return 'net';
  return object['positionIdx'] === undefined ? null : word(object, 'positionIdx', POSITION_SIDES);
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

export function orderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: clientOrderIdIn(order, 'orderLinkId'),
    status: word(order, 'orderStatus', STATUSES),
    side: sideOf(order),
    positionSide: positionSideOf(order, names.kind),
    quantity: isSizedInQuote(order) ? null : positiveFigure(order, 'qty'),
    // Of a market order the bound that the venue set itself.
    price: text(order, 'orderType') === 'Market' ? null : positiveFigure(order, 'price'),
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
