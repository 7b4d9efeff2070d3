/**
 * MEXC's orders as order reports: of the look-ups, the lists and the streams.
 *
 * Entry points: `spotOrderFrom`, `spotOrderFromPush`, `swapOrderFrom`, which throw `MalformedAnswer`; `directionOf`, `ownIdIn`. Sources: "Query
 * Order" and "Spot Account Orders" of the spot v3 documentation; "Query the order based on the order number" and "Order" of the private
 * channels of the contract documentation. Sizes of contracts are contracts at the venue.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { VenueClientOrderId } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import {
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

const SPOT_SIDES: Readonly<Record<string, Side>> = { BUY: 'buy', SELL: 'sell' };

/** A part that was filled stays canceled. */
const SPOT_STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  NEW: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  PARTIALLY_CANCELED: 'canceled',
};

/** `cancelReason`; the owner's own cancels have none. */
const SPOT_REASONS: Readonly<Record<string, string>> = { stp_cancel: 'self-trade prevention' };

const MARKET = 'MARKET';

export function spotOrderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const side = word(order, 'side', SPOT_SIDES);
  const reason = optionalText(order, 'cancelReason') ?? '';
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: clientOrderIdIn(order, 'clientOrderId'),
    status: word(order, 'status', SPOT_STATUSES),
    side,
    positionSide: 'net',
    quantity: spotQuantity(order, 'origQty', side, text(order, 'type') === MARKET),
    price: text(order, 'type') === MARKET ? null : positiveFigure(order, 'price'),
    filledQuantity: figure(order, 'executedQty'),
    triggeredVenueOrderId: null,
    venueReason: SPOT_REASONS[reason] ?? reason,
    // A new order may have no time of a change.
    updatedAt: wholeNumber(order, optionalText(order, 'updateTime') === null ? 'time' : 'updateTime'),
  };
}

/** A market purchase may be sized by its cost, and what it shows as its quantity is then no size of it. */
function spotQuantity(order: JsonObject, key: string, side: Side, isMarket: boolean): Decimal | null {
  return isMarket && side === 'buy' ? null : positiveFigure(order, key);
}

/** "status: 1 New order, 2 Filled, 3 Partially filled, 4 Order canceled, 5 Order filled partially, and then the rest of the order is canceled". */
const PUSHED_STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  '1': 'open',
  '2': 'filled',
  '3': 'partially_filled',
  '4': 'canceled',
  '5': 'canceled',
};
/** "tradeType: 1 buy, 2 sell". */
export const PUSHED_SIDES: Readonly<Record<string, Side>> = { '1': 'buy', '2': 'sell' };
/** "orderType: MARKET_ORDER(5)". */
const PUSHED_MARKET = '5';

/** `message`: the push, which alone says of which symbol and when. */
export function spotOrderFromPush(message: JsonObject, names: Names): OrderReport {
  const order = asObject(message['privateOrders'], 'order');
  const side = word(order, 'tradeType', PUSHED_SIDES);
  const isMarket = text(order, 'orderType') === PUSHED_MARKET;
  return {
    symbol: names.symbol(text(message, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'id')),
    venueClientOrderId: clientOrderIdIn(order, 'clientId'),
    status: word(order, 'status', PUSHED_STATUSES),
    side,
    positionSide: 'net',
    quantity: spotQuantity(order, 'quantity', side, isMarket),
    price: isMarket ? null : positiveFigure(order, 'price'),
    filledQuantity: optionalFigure(order, 'cumulativeQuantity') ?? Decimal.zero,
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: wholeNumber(message, 'sendTime'),
  };
}

export interface Direction {
  readonly side: Side;
  /** The position of a hedged account that it is for. */
  readonly positionSide: Exclude<PositionSide, 'net'>;
}

/** "1 open long, 2 close short, 3 open short, 4 close long". */
const DIRECTIONS: Readonly<Record<string, Direction>> = {
  '1': { side: 'buy', positionSide: 'long' },
  '2': { side: 'buy', positionSide: 'short' },
  '3': { side: 'sell', positionSide: 'short' },
  '4': { side: 'sell', positionSide: 'long' },
};

/** "1: Hedge, 2: One-way". */
export const POSITION_MODES: Readonly<Record<string, PositionMode>> = { '1': 'hedged', '2': 'one_way' };

/** The side that an order or execution of contracts is for. `known`: the mode of the account, where the row does not state its own. */
export function directionOf(
  row: JsonObject,
  known: PositionMode | null,
): { readonly side: Side; readonly positionSide: PositionSide | null } {
  const direction = word(row, 'side', DIRECTIONS);
  const mode = optionalText(row, 'positionMode') === null ? known : word(row, 'positionMode', POSITION_MODES);
  switch (mode) {
    case 'hedged':
      return direction;
    case 'one_way':
      return { side: direction.side, positionSide: 'net' };
    case null:
      return { side: direction.side, positionSide: null };
  }
}

const UNFINISHED = new Set(['1', '2']);
/** "state: 1 uninformed, 2 uncompleted, 3 completed, 4 cancelled, 5 invalid". */
const SWAP_STATES: Readonly<Record<string, OrderReport['status']>> = {
  '1': 'open',
  '2': 'open',
  '3': 'filled',
  '4': 'canceled',
  '5': 'rejected',
};

/** `errorCode`, of ends that the owner of an order did not ask for; others stand for themselves. */
const SWAP_REASONS: Readonly<Record<string, string>> = {
  '1': 'parameter errors',
  '2': 'insufficient balance',
  '3': 'the position does not exist',
  '4': 'position insufficient',
  '5': 'the price is beyond the liquidation price',
  '6': 'the liquidation price is beyond the fair price',
  '7': 'exceeds the risk limit',
  '8': 'canceled by the system',
  '18': 'IOC could not be filled completely',
  '19': 'FOK could not be filled completely',
  '20': 'post-only, would take',
  '21': 'the market order could not be filled completely',
};

/** The same of the look-ups, the lists and the stream. */
export function swapOrderFrom(body: JsonValue, names: Names, known: PositionMode | null): OrderReport {
  const order = asObject(body, 'order');
  const instrument = names.instrument(text(order, 'symbol'));
  const filled = fromContracts(instrument, figure(order, 'dealVol'));
  const state = word(order, 'state', SWAP_STATES);
  const isPart = UNFINISHED.has(text(order, 'state')) && filled.isPositive();
  const code = optionalText(order, 'errorCode') ?? '0';
  const size = positiveFigure(order, 'vol');
  return {
    symbol: instrument.symbol,
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: ownIdIn(order),
    status: isPart ? 'partially_filled' : state,
    ...directionOf(order, known),
    quantity: size === null ? null : fromContracts(instrument, size),
    price: positiveFigure(order, 'price'),
    filledQuantity: filled,
    triggeredVenueOrderId: null,
    venueReason: code === '0' ? '' : (SWAP_REASONS[code] ?? `errorCode ${code}`),
    updatedAt: wholeNumber(order, optionalText(order, 'updateTime') === null ? 'createTime' : 'updateTime'),
  };
}

/** Orders without an id of their owner get one of the venue. */
const OF_THE_VENUE = '_m_';

export function ownIdIn(row: JsonObject): VenueClientOrderId | null {
  const id = clientOrderIdIn(row, 'externalOid');
  return id?.startsWith(OF_THE_VENUE) === true ? null : id;
}
