/**
 * OKX's orders as order reports: ordinary ones and algo orders, of the look-ups, the lists and the streams.
 *
 * Entry points: `orderFrom`, `algoOrderFrom`, which throw `MalformedAnswer`; `isAlgoId`, `algoIdAtVenue`; `inBase`. Sources: "Order details",
 * "Order channel", "Algo order details" and "Algo orders channel" of the v5 documentation. Sizes of swaps are contracts at the venue.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import {
  asObject,
  figure,
  optionalFigure,
  optionalText,
  positiveFigure,
  positiveOrNull,
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

const POSITION_SIDES: Readonly<Record<string, PositionSide>> = { net: 'net', long: 'long', short: 'short' };

/** Of spot it is `net` or empty. */
export function positionSideOf(object: JsonObject, names: Names): PositionSide {
  return names.kind === 'spot' ? 'net' : word(object, 'posSide', POSITION_SIDES);
}

/** A size of the venue in base units. */
export function inBase(object: JsonObject, names: Names, size: Decimal): Decimal {
  return fromContracts(names.instrument(text(object, 'instId')), size);
}

const STATES: Readonly<Record<string, OrderReport['status']>> = {
  live: 'open',
  partially_filled: 'partially_filled',
  filled: 'filled',
  canceled: 'canceled',
  mmp_canceled: 'canceled',
};

/** `cancelSource`, of ends that the owner of an order did not ask for; of others its number stands for itself. */
const CANCEL_SOURCES: Readonly<Record<string, string>> = {
  '0': 'canceled by the system',
  '2': 'reduce-only, for lack of margin',
  '3': 'for the risk of a liquidation',
  '4': 'borrowing reached its cap',
  '6': 'for the risk of a deleveraging',
  '7': 'the contract was delivered',
  '9': 'insufficient balance after funding fees',
  '13': 'FOK could not be filled completely',
  '14': 'IOC could not be filled completely',
  '15': 'the price is beyond the limit',
  '17': 'the position was closed already',
  '20': 'cancel-all-after',
  '21': 'the position was closed',
  '22': 'reduce-only, behind an order at a better price',
  '23': 'reduce-only, behind an order at a better price',
  '27': 'the prices of both sides differ by more than 5 %',
  '31': 'post-only, would take',
  '32': 'self-trade prevention',
  '33': 'more matches than a taker order may have',
  '43': 'the price is beyond the index price',
};
const CANCELED_BY_OWNER = '1';

function reasonOf(order: JsonObject): string {
  const source = optionalText(order, 'cancelSource');
  if (source === null || source === CANCELED_BY_OWNER) return '';
  return CANCEL_SOURCES[source] ?? optionalText(order, 'cancelSourceReason') ?? `cancelSource ${source}`;
}

/** An order that a trigger made has no id of ours, and names that of its algo order. */
export function orderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const size = isSizedInQuote(order) ? null : positiveFigure(order, 'sz');
  const filled = optionalFigure(order, 'accFillSz') ?? Decimal.zero;
  return {
    symbol: names.symbol(text(order, 'instId')),
    venueOrderId: venueOrderId(text(order, 'ordId')),
    venueClientOrderId: clientOrderIdIn(order, 'clOrdId', 'algoClOrdId'),
    status: word(order, 'state', STATES),
    side: sideOf(order),
    positionSide: positionSideOf(order, names),
    quantity: size === null ? null : inBase(order, names, size),
    price: positiveFigure(order, 'px'),
    filledQuantity: inBase(order, names, filled),
    triggeredVenueOrderId: null,
    venueReason: reasonOf(order),
    updatedAt: wholeNumber(order, 'uTime'),
  };
}

/** A spot market order may be sized in the quote coin. */
function isSizedInQuote(order: JsonObject): boolean {
  return optionalText(order, 'tgtCcy') === 'quote_ccy' && text(order, 'ordType') === 'market';
}

/** "State" of algo orders. One that is effective has made its order; `partially_effective` is of orders in several parts. */
const ALGO_STATES: Readonly<Record<string, OrderReport['status']>> = {
  live: 'untriggered',
  pause: 'untriggered',
  partially_effective: 'triggered',
  effective: 'triggered',
  canceled: 'canceled',
  order_failed: 'rejected',
  partially_failed: 'rejected',
};

/** No page says that an algo order never has the number of an ordinary one: this sets them apart. */
const ALGO_MARK = 'algo-';

export function markAlgoId(id: string): VenueOrderId {
  return venueOrderId(`${ALGO_MARK}${id}`);
}

export function isAlgoId(id: VenueOrderId): boolean {
  return id.startsWith(ALGO_MARK);
}

/** The id as the venue counts it. */
export function algoIdAtVenue(id: VenueOrderId): string {
  return isAlgoId(id) ? id.slice(ALGO_MARK.length) : id;
}

/** The keys of the price of the order that a trigger makes: of a stop, a take-profit, a trigger order. "-1" is the market's. */
const ALGO_PRICES = ['slOrdPx', 'tpOrdPx', 'ordPx'] as const;

export function algoOrderFrom(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'algo order');
  const size = optionalText(order, 'tgtCcy') === 'quote_ccy' ? null : positiveFigure(order, 'sz');
  const price = ALGO_PRICES.map((key) => optionalFigure(order, key)).find((value) => value !== null);
  const failCode = optionalText(order, 'failCode') ?? '0';
  return {
    symbol: names.symbol(text(order, 'instId')),
    venueOrderId: markAlgoId(text(order, 'algoId')),
    venueClientOrderId: clientOrderIdIn(order, 'algoClOrdId'),
    status: word(order, 'state', ALGO_STATES),
    side: sideOf(order),
    positionSide: positionSideOf(order, names),
    quantity: size === null ? null : inBase(order, names, size),
    price: positiveOrNull(price ?? null),
    filledQuantity: Decimal.zero,
    triggeredVenueOrderId: madeOrder(order),
    venueReason: failCode === '0' ? '' : failCode,
    updatedAt: wholeNumber(order, 'uTime'),
  };
}

/** "ordIdList"; `ordId` "will be deprecated soon". */
function madeOrder(order: JsonObject): OrderReport['triggeredVenueOrderId'] {
  const list = order['ordIdList'];
  const first: JsonValue | undefined = Array.isArray(list) ? list[0] : undefined;
  const id = typeof first === 'string' && first !== '' ? first : optionalText(order, 'ordId');
  return id === null || id === '0' ? null : venueOrderId(id);
}

/** A figure in base units that a payload states in contracts. */
export function sizeInBase(object: JsonObject, names: Names, key: string): Decimal {
  return inBase(object, names, figure(object, key));
}
