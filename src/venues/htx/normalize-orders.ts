/**
 * HTX's orders as order reports, of the look-ups and lists and of the streams.
 *
 * Entry points: `orderFrom`, `orderFromMessage`, `contractOrderFrom`, which throw `MalformedAnswer`; `isSizedInQuote`. Sources: "Get the Order Detail of an
 * Order", "Get All Open Orders", "Search Past Orders" and "Subscribe Order Updates" of the spot documentation, "Get Order Info" and "Subscribe to
 * order data" of the v5 one, whose rows and messages have the same fields. Of a market buy on spot every size is in the quote coin, on the
 * stream the executed ones too.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueOrderId } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import {
  MalformedAnswer,
  asObject,
  figure,
  optionalFigure,
  optionalText,
  positiveFigure,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';

/** The side that begins the name of a type: `buy-limit`. */
export function sideOf(type: string): Side {
  const [side] = type.split('-', 1);
  if (side !== 'buy' && side !== 'sell') throw new MalformedAnswer(`type without a side: ${type}`);
  return side;
}

/** Whether the sizes of an order are quote units. */
export function isSizedInQuote(type: string): boolean {
  return type === 'buy-market';
}

/** `canceling`: "under canceling, but haven't been removed from matching queue yet". */
function statusOf(state: string, filled: Decimal): OrderReport['status'] {
  switch (state) {
    case 'created':
    case 'submitted':
    case 'pre-submitted':
    case 'canceling':
    case 'partial-filled':
      return filled.isPositive() ? 'partially_filled' : 'open';
    case 'filled':
      return 'filled';
    case 'partial-canceled':
    case 'canceled':
      return 'canceled';
    case 'rejected':
      return 'rejected';
    default:
      throw new MalformedAnswer(`unknown state of an order: ${state}`);
  }
}

/** `canceled-source`, of ends that the owner of an order did not ask for, by its number and by its name. */
const CANCEL_SOURCES: Readonly<Record<string, string>> = {
  '102': 'FOK could not be filled completely',
  fok: 'FOK could not be filled completely',
  '103': 'the rest could not be filled at once',
  ioc: 'the rest could not be filled at once',
  market: 'the rest could not be filled at once',
  '104': 'post-only, would take',
  limit_maker: 'post-only, would take',
  '105': 'self-trade prevention',
  self_match_prevent: 'self-trade prevention',
};
/** Cancels by their owner: over the API, on a page, in an app, all at once. */
const BY_OWNER = new Set(['114', 'api', '112', 'web', '113', 'app', 'user-actively-cancels-order']);

function reasonOf(source: string | null, words: string | null): string {
  if (source === null || BY_OWNER.has(source) || (words !== null && BY_OWNER.has(words))) return '';
  return CANCEL_SOURCES[source] ?? (words === null ? null : CANCEL_SOURCES[words]) ?? words ?? source;
}

/** A detail or a row of a list: `field-amount` there is `filled-amount` of open orders. */
export function orderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const type = text(order, 'type');
  const filled = optionalFigure(order, 'field-amount') ?? figure(order, 'filled-amount');
  const source = optionalText(order, 'canceled-source');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'id')),
    venueClientOrderId: clientOrderIdIn(order, 'client-order-id'),
    status: statusOf(text(order, 'state'), filled),
    side: sideOf(type),
    positionSide: 'net',
    quantity: isSizedInQuote(type) ? null : positiveFigure(order, 'amount'),
    price: positiveFigure(order, 'price'),
    filledQuantity: filled,
    triggeredVenueOrderId: null,
    venueReason: reasonOf(source, optionalText(order, 'canceled-source-desc')),
    updatedAt: lastTimeIn(order),
  };
}

function lastTimeIn(order: JsonObject): number {
  const times = ['finished-at', 'canceled-at', 'updated-at', 'created-at']
    .filter((key) => optionalText(order, key) !== null)
    .map((key) => wholeNumber(order, key));
  return Math.max(...times, 0);
}

/** Times of the events of an order, each of which has one. */
const MESSAGE_TIMES = ['lastActTime', 'tradeTime', 'orderCreateTime'] as const;

/** A message about an order whose sizes are base units. */
export function orderFromMessage(order: JsonObject, names: Names): OrderReport {
  const type = text(order, 'type');
  // A creation has neither what was done nor what is left.
  const filled = optionalFigure(order, 'execAmt') ?? Decimal.zero;
  const size = optionalFigure(order, 'orderSize');
  const time = MESSAGE_TIMES.find((key) => optionalText(order, key) !== null) ?? 'lastActTime';
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: clientOrderIdIn(order, 'clientOrderId'),
    status: statusOf(text(order, 'orderStatus'), filled),
    side: sideOf(type),
    positionSide: 'net',
    quantity: size,
    price: positiveFigure(order, 'orderPrice'),
    filledQuantity: filled,
    triggeredVenueOrderId: null,
    venueReason: reasonOf(optionalText(order, 'canceledSource'), optionalText(order, 'canceledSourceDesc')),
    updatedAt: wholeNumber(order, time),
  };
}

const SIDES = { buy: 'buy', sell: 'sell' } as const;
const POSITION_SIDES: Readonly<Record<string, PositionSide>> = { both: 'net', long: 'long', short: 'short' };

export function contractSideOf(object: JsonObject, key: 'side' | 'direction' = 'side'): Side {
  return word(object, key, SIDES);
}

export function positionSideOf(object: JsonObject): PositionSide {
  return word(object, 'position_side', POSITION_SIDES);
}

/** Base units of a size in contracts. */
export function contractsIn(object: JsonObject, key: string, names: Names, venueSymbol: string): Decimal {
  return fromContracts(names.instrument(venueSymbol), figure(object, key));
}

/** "new, partially_filled, filled, partially_canceled, canceled, and rejected". */
const CONTRACT_STATES: Readonly<Record<string, OrderReport['status']>> = {
  new: 'open',
  partially_filled: 'partially_filled',
  filled: 'filled',
  partially_canceled: 'canceled',
  canceled: 'canceled',
  rejected: 'rejected',
};
/** "Limit order cancelation by the client". */
const BY_CLIENT = /by the client/i;

/** A row of REST or the content of a message of `orders`; what was charged is that of the executions. */
export function contractOrderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const venueSymbol = text(order, 'contract_code');
  const filled = contractsIn(order, 'trade_volume', names, venueSymbol);
  const state = word(order, 'state', CONTRACT_STATES);
  const reason = optionalText(order, 'cancel_reason') ?? '';
  return {
    symbol: names.symbol(venueSymbol),
    venueOrderId: venueOrderId(text(order, 'order_id')),
    venueClientOrderId: clientOrderIdIn(order, 'client_order_id'),
    status: state === 'filled' && isPartly(order) ? 'partially_filled' : state,
    side: contractSideOf(order),
    positionSide: positionSideOf(order),
    quantity: contractsIn(order, 'volume', names, venueSymbol),
    price: positiveFigure(order, 'price'),
    filledQuantity: filled,
    triggeredVenueOrderId: null,
    venueReason: BY_CLIENT.test(reason) ? '' : reason,
    updatedAt: wholeNumber(order, timeKeyOf(order)),
  };
}

/** "the status pushed by the order channel multiple times is "filled-completed", but the traded volume may be less than the order volume". */
function isPartly(order: JsonObject): boolean {
  return figure(order, 'trade_volume').lessThan(figure(order, 'volume'));
}

/** The time of the last change, empty in examples of the history. */
function timeKeyOf(order: JsonObject): string {
  return optionalText(order, 'updated_time') === null ? 'created_time' : 'updated_time';
}
