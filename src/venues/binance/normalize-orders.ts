/**
 * Binance's order payloads as order reports: ordinary orders of both products, conditional (algo) orders of USD-M.
 *
 * Entry points: `orderFromRest`, `algoOrderFromRest` for answers; `orderFromExecutionReport`, `orderFromTradeUpdate`,
 * `orderFromAlgoUpdate` for stream events; `isAlgoId`, `algoIdAtVenue`. Each throws `MalformedAnswer` for a payload that is not of
 * the documented shape. Sources: rest-api.md, enums.md and user-data-stream.md of binance-spot-api-docs; "Trade" and
 * "User Data Streams" of the USD-M futures documentation. USD-M sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import {
  MalformedAnswer,
  asObject,
  figure,
  flag,
  optionalText,
  positiveFigure,
  positiveOrNull,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';

const SIDES: Readonly<Record<string, Side>> = { BUY: 'buy', SELL: 'sell' };

export function sideOf(object: JsonObject, key: string): Side {
  return word(object, key, SIDES);
}

const POSITION_SIDES: Readonly<Record<string, PositionSide>> = { BOTH: 'net', LONG: 'long', SHORT: 'short' };

/** "Position Side" of the USD-M futures documentation; null where the payload has none, as on spot. */
export function positionSideOf(object: JsonObject, key: string): PositionSide | null {
  return optionalText(object, key) === null ? null : word(object, key, POSITION_SIDES);
}

/** Names of orders that the venue itself makes in a liquidation; how far they are, only their figures say. */
const LIQUIDATION_STATUSES: ReadonlySet<string> = new Set(['NEW_INSURANCE', 'NEW_ADL']);

/** enums.md "Order status"; USD-M has a subset. */
const STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  PENDING_CANCEL: 'open',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

const CONDITIONAL_TYPES: ReadonlySet<string> = new Set([
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
]);

/** `keys` name its status and its type. */
function statusOf(
  order: JsonObject,
  keys: readonly [status: string, type: string],
  working: boolean,
): OrderReport['status'] {
  const known = word(order, keys[0], STATUSES);
  return known === 'open' && !working && CONDITIONAL_TYPES.has(text(order, keys[1])) ? 'untriggered' : known;
}

/** An order of `GET order`, `openOrders`, `allOrders`, and of the answers to create and cancel. */
export function orderFromRest(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: clientOrderIdIn(order, 'origClientOrderId', 'clientOrderId'),
    // The answer to a create has no `isWorking`; a conditional one that was just taken waits for its trigger.
    status: statusOf(order, ['status', 'type'], order['isWorking'] === true),
    side: sideOf(order, 'side'),
    positionSide: names.kind === 'spot' ? 'net' : positionSideOf(order, 'positionSide'),
    quantity: positiveFigure(order, 'origQty'),
    price: positiveFigure(order, 'price'),
    filledQuantity: figure(order, 'executedQty'),
    triggeredVenueOrderId: null,
    venueReason: optionalText(order, 'expiryReason') ?? '',
    updatedAt: timeOf(order, ['updateTime', 'transactTime', 'time']),
  };
}

export function timeOf(object: JsonObject, keys: readonly string[]): number {
  const key = keys.find((candidate) => object[candidate] !== undefined);
  if (key === undefined) throw new MalformedAnswer(`${keys.join(' or ')} is missing`);
  return wholeNumber(object, key);
}

/** The order of a spot `executionReport`. */
export function orderFromExecutionReport(event: JsonObject, names: Names): OrderReport {
  const rejection = text(event, 'r');
  return {
    symbol: names.symbol(text(event, 's')),
    venueOrderId: venueOrderId(text(event, 'i')),
    // On a cancel `c` names the cancel request and `C` the order.
    venueClientOrderId: clientOrderIdIn(event, 'C', 'c'),
    status: statusOf(event, ['X', 'o'], flag(event, 'w')),
    side: sideOf(event, 'S'),
    positionSide: 'net',
    quantity: positiveOrNull(figure(event, 'q')),
    price: positiveOrNull(figure(event, 'p')),
    filledQuantity: figure(event, 'z'),
    triggeredVenueOrderId: null,
    venueReason: optionalText(event, 'eR') ?? (rejection === 'NONE' ? '' : rejection),
    updatedAt: wholeNumber(event, 'T'),
  };
}

/** "Expiry Reason" of `ORDER_TRADE_UPDATE`. */
const SWAP_EXPIRY_REASONS: Readonly<Record<string, string>> = {
  '1': 'self-trade prevention',
  '2': 'IOC could not be filled completely',
  '3': 'IOC, self-trade prevention',
  '4': 'knocked out by a higher-priority reduce-only order',
  '5': 'account liquidated',
  '6': 'GTE condition unsatisfied',
  '7': 'symbol delisted',
  '8': 'the stop order was triggered',
  '9': 'market order could not be filled completely',
};

/** The order of a USD-M `ORDER_TRADE_UPDATE`. */
export function orderFromTradeUpdate(order: JsonObject, names: Names): OrderReport {
  return {
    symbol: names.symbol(text(order, 's')),
    venueOrderId: venueOrderId(text(order, 'i')),
    venueClientOrderId: clientOrderIdIn(order, 'c'),
    status: LIQUIDATION_STATUSES.has(text(order, 'X'))
      ? statusByFigures(figure(order, 'z'), figure(order, 'q'))
      : statusOf(order, ['X', 'o'], true),
    side: sideOf(order, 'S'),
    positionSide: positionSideOf(order, 'ps'),
    quantity: positiveOrNull(figure(order, 'q')),
    price: positiveOrNull(figure(order, 'p')),
    filledQuantity: figure(order, 'z'),
    triggeredVenueOrderId: null,
    venueReason: SWAP_EXPIRY_REASONS[optionalText(order, 'er') ?? '0'] ?? '',
    updatedAt: wholeNumber(order, 'T'),
  };
}

function statusByFigures(filled: Decimal, quantity: Decimal): OrderReport['status'] {
  if (filled.isZero()) return 'open';
  return filled.atLeast(quantity) ? 'filled' : 'partially_filled';
}

/** "Algo Status" of the USD-M `ALGO_UPDATE` event. */
const ALGO_STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  NEW: 'untriggered',
  // On its way to the matching engine: it has no order there yet.
  TRIGGERING: 'untriggered',
  TRIGGERED: 'triggered',
  // Its order is filled or canceled; that order's own report says which.
  FINISHED: 'triggered',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
};

/** Conditional orders are counted in numbers of their own, which may equal an ordinary order's: this sets them apart. */
const ALGO_MARK = 'algo-';

function markAlgoId(id: string): VenueOrderId {
  return venueOrderId(`${ALGO_MARK}${id}`);
}

export function isAlgoId(id: VenueOrderId): boolean {
  return id.startsWith(ALGO_MARK);
}

/** The id as the venue counts it. */
export function algoIdAtVenue(id: VenueOrderId): string {
  return isAlgoId(id) ? id.slice(ALGO_MARK.length) : id;
}

/** A conditional order of `algoOrder` or `openAlgoOrders`. */
export function algoOrderFromRest(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'algo order');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: markAlgoId(text(order, 'algoId')),
    venueClientOrderId: clientOrderIdIn(order, 'clientAlgoId'),
    status: word(order, 'algoStatus', ALGO_STATUSES),
    side: sideOf(order, 'side'),
    positionSide: names.kind === 'spot' ? 'net' : positionSideOf(order, 'positionSide'),
    quantity: positiveFigure(order, 'quantity'),
    price: positiveFigure(order, 'price'),
    filledQuantity: Decimal.zero,
    triggeredVenueOrderId: actualOrder(optionalText(order, 'actualOrderId')),
    venueReason: '',
    updatedAt: timeOf(order, ['updateTime', 'createTime']),
  };
}

function actualOrder(id: string | null): OrderReport['triggeredVenueOrderId'] {
  return id === null || id === '0' ? null : venueOrderId(id);
}

/** The order of a USD-M `ALGO_UPDATE`; `at` is the event's time on the venue's clock. */
export function orderFromAlgoUpdate(order: JsonObject, names: Names, at: number): OrderReport {
  return {
    symbol: names.symbol(text(order, 's')),
    venueOrderId: markAlgoId(text(order, 'aid')),
    venueClientOrderId: clientOrderIdIn(order, 'caid'),
    status: word(order, 'X', ALGO_STATUSES),
    side: sideOf(order, 'S'),
    positionSide: positionSideOf(order, 'ps'),
    quantity: positiveFigure(order, 'q'),
    price: positiveFigure(order, 'p'),
    filledQuantity: Decimal.zero,
    triggeredVenueOrderId: actualOrder(optionalText(order, 'ai')),
    venueReason: optionalText(order, 'rm') ?? '',
    updatedAt: at,
  };
}
