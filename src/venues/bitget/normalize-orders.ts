/**
 * Bitget's orders as order reports: of the look-up, the lists and the order channel.
 *
 * Entry points: `orderFrom`, which throws `MalformedAnswer`; `sideOf`. Sources: "Get Order Details", "Get Open Orders", "Get Order History" and
 * "Order Channel" of the unified account's documentation. Sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueOrderId } from '../../core/ids.ts';
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

const SIDES: Readonly<Record<string, Side>> = { buy: 'buy', sell: 'sell' };

export function sideOf(object: JsonObject): Side {
  return word(object, 'side', SIDES);
}

const SIDES_OF_POSITIONS: Readonly<Record<string, PositionSide>> = { long: 'long', short: 'short' };

/** `posSide` of answers and `holdSide` of messages count in hedge mode alone. */
function positionSideOf(order: JsonObject, names: Names): PositionSide {
  if (names.kind === 'spot' || text(order, 'holdMode') === 'one_way_mode') return 'net';
  return word(order, order['posSide'] === undefined ? 'holdSide' : 'posSide', SIDES_OF_POSITIONS);
}

/** `live` is an order that was made, `new` one that is being matched; `canceled` is the former API's spelling. */
const STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  live: 'open',
  new: 'open',
  partially_filled: 'partially_filled',
  filled: 'filled',
  cancelled: 'canceled',
  canceled: 'canceled',
};

export function orderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const isMarket = text(order, 'orderType') === 'market';
  const side = sideOf(order);
  // A market buy on spot is sized in the quote coin, and has no quantity.
  const hasQuantity = !(isMarket && names.kind === 'spot' && side === 'buy');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: clientOrderIdIn(order, 'clientOid'),
    status: word(order, 'orderStatus', STATUSES),
    side,
    positionSide: positionSideOf(order, names),
    quantity: hasQuantity ? positiveFigure(order, 'qty') : null,
    price: isMarket ? null : positiveFigure(order, 'price'),
    filledQuantity: optionalFigure(order, 'cumExecQty') ?? Decimal.zero,
    triggeredVenueOrderId: null,
    venueReason: reasonOf(order),
    updatedAt: wholeNumber(order, 'updatedTime'),
  };
}

const CANCELED_BY_OWNER = 'normal_cancel';

/** `cancelReason`, where its owner did not ask for it. */
function reasonOf(order: JsonObject): string {
  const reason = optionalText(order, 'cancelReason');
  return reason === null || reason === CANCELED_BY_OWNER ? '' : reason;
}
