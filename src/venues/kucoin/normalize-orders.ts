/**
 * KuCoin's orders as order reports: of its look-ups and lists, and of its order streams.
 *
 * Entry points: `orderFromRest`, `orderFromStream`, which throw `MalformedAnswer`. Sources: "Get Order By OrderId" of spot and futures, "Order V2" and "Order
 * change pushes" of the private channels. Spot orders have no status: `active` and the sizes say it. Sizes of swaps are lots.
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
  flag,
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

const POSITION_SIDES: Readonly<Record<string, PositionSide>> = { BOTH: 'net', LONG: 'long', SHORT: 'short' };

/** `net` where a payload names none: orders and executions of the examples do not, and only one-way accounts trade here. */
export function positionSideOf(object: JsonObject, names: Names): PositionSide {
  if (names.kind === 'spot' || optionalText(object, 'positionSide') === null) return 'net';
  return word(object, 'positionSide', POSITION_SIDES);
}

/** Base units of a size as the venue counts it. */
export function quantityIn(object: JsonObject, key: string, names: Names, venueSymbol: string): Decimal {
  return baseUnits(figure(object, key), names, venueSymbol);
}

function baseUnits(size: Decimal, names: Names, venueSymbol: string): Decimal {
  return names.kind === 'spot' ? size : fromContracts(names.instrument(venueSymbol), size);
}

/** Nanoseconds are beyond what a double carries; their last six digits are no milliseconds. */
export function millisecondsOf(object: JsonObject, key: string): number {
  const nanoseconds = text(object, key);
  const value = Number(nanoseconds.slice(0, -6));
  if (!/^\d{16,}$/.test(nanoseconds) || !Number.isSafeInteger(value))
    throw new MalformedAnswer(`${key} is no time in nanoseconds`);
  return value;
}

export function orderFromRest(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const venueSymbol = text(order, 'symbol');
  const isActive = flag(order, names.kind === 'spot' ? 'active' : 'isActive');
  const filled = figure(order, 'dealSize');
  const size = optionalFigure(order, 'size') ?? Decimal.zero;
  return {
    symbol: names.symbol(venueSymbol),
    venueOrderId: venueOrderId(text(order, 'id')),
    venueClientOrderId: clientOrderIdIn(order, 'clientOid'),
    status: isWaiting(order, isActive) ? 'untriggered' : statusOf(order, { isActive, filled, size }),
    side: sideOf(order),
    positionSide: positionSideOf(order, names),
    // A market order by funds shows no size.
    quantity: size.isPositive() ? baseUnits(size, names, venueSymbol) : null,
    price: positiveFigure(order, 'price'),
    filledQuantity: baseUnits(filled, names, venueSymbol),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: wholeNumber(order, names.kind === 'spot' ? 'lastUpdatedAt' : 'updatedAt'),
  };
}

/** A stop of futures keeps its id when it is triggered. */
function isWaiting(order: JsonObject, isActive: boolean): boolean {
  return isActive && optionalText(order, 'stop') !== null && order['stopTriggered'] === false;
}

/** An order that is done and was not filled whole was canceled, by whomever, whether a record of that exists or not. */
function statusOf(
  order: JsonObject,
  {
    isActive,
    filled,
    size,
  }: { readonly isActive: boolean; readonly filled: Decimal; readonly size: Decimal },
): OrderReport['status'] {
  if (isActive) return filled.isPositive() ? 'partially_filled' : 'open';
  if (size.isPositive()) return filled.lessThan(size) ? 'canceled' : 'filled';
  return flag(order, 'cancelExist') ? 'canceled' : 'filled';
}

/** `type` of the messages; `received` says only that the order came. */
const STREAM_STATUSES: Readonly<Record<string, OrderReport['status'] | null>> = {
  received: null,
  open: 'open',
  match: 'partially_filled',
  update: 'open',
  filled: 'filled',
  canceled: 'canceled',
};

/** Null for a message that says nothing of a state. */
export function orderFromStream(order: JsonObject, names: Names): OrderReport | null {
  const status = word(order, 'type', STREAM_STATUSES);
  if (status === null) return null;
  const venueSymbol = text(order, 'symbol');
  const filled = optionalFigure(order, 'filledSize') ?? Decimal.zero;
  const size = positiveFigure(order, 'size') ?? positiveFigure(order, 'originSize');
  return {
    symbol: names.symbol(venueSymbol),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: clientOrderIdIn(order, 'clientOid'),
    status: status === 'open' && filled.isPositive() ? 'partially_filled' : status,
    side: sideOf(order),
    positionSide: positionSideOf(order, names),
    quantity: size === null ? null : baseUnits(size, names, venueSymbol),
    price: positiveFigure(order, 'price'),
    filledQuantity: baseUnits(filled, names, venueSymbol),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: millisecondsOf(order, 'ts'),
  };
}
