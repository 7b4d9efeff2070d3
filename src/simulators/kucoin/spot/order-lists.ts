/**
 * KuCoin's look-ups and lists of spot orders, and the details of transactions.
 *
 * Entry point: `spotListEndpoints`. Sources: "Get Order By OrderId", "Get Order By ClientOid", "Get Open Orders", "Get Closed Orders" and "Get
 * Trade History" of the documentation. Lists go newest first, and `lastId` asks for what is older.
 */
import { isOpen, type Order } from '../../exchange/order.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { numeral } from '../exact-json.ts';
import { DAY_MS, numberedPage, readSpan } from '../pages.ts';
import { readLimit, readWord, type Parameters } from '../parameters.ts';
import type { UndecidedBehaviour } from '../undecided.ts';
import { SPOT_LISTINGS } from './instruments.ts';
import { fillId, fillJson, orderJson, type Json } from './order-json.ts';
import { listingFrom } from './order-requests.ts';
import { absentAnswer } from './refusals.ts';
import { referenceFrom } from './trading.ts';

export interface SpotListSettings {
  readonly exchange: Exchange;
  readonly absentSpotOrder: UndecidedBehaviour['absentSpotOrder'];
}

const TWO: Draw = ['spot', 2];
/** "Filled: 7 days (from now back to 7 * 24 hours)" ("Get Order History" of the unified account, on classic accounts). */
const FILLS_MS = 7 * DAY_MS;

export function spotListEndpoints(settings: SpotListSettings): Endpoint[] {
  const { exchange } = settings;
  const lookUp =
    (name: 'orderId' | 'clientOid') =>
    ({ parameters: { parameters }, accountId, at }: AccountCall): unknown => {
      const order = exchange.lookUp(at, accountId, referenceFrom(parameters, listingFrom(parameters), name));
      return order === null ? absentAnswer(settings.absentSpotOrder) : orderJson(order);
    };
  const open = ({ parameters: { parameters }, accountId }: AccountCall): Order[] =>
    exchange.openOrders(accountId, { symbol: listingFrom(parameters).unified }).toReversed();
  return [
    privateEndpoint('v1/hf/orders/active', 'open_orders', TWO, (call) =>
      open(call)
        .toSorted((left, right) => right.updatedAt - left.updatedAt)
        .map(orderJson),
    ),
    privateEndpoint('v1/hf/orders/active/page', 'open_orders', TWO, (call) =>
      numberedPage(open(call).map(orderJson), call.parameters.parameters, {
        name: 'pageNum',
        usual: 20,
        most: 50,
      }),
    ),
    privateEndpoint('v1/hf/orders/active/symbols', 'open_orders', TWO, ({ accountId }) => ({
      symbols: SPOT_LISTINGS.filter(
        ({ unified }) => exchange.openOrders(accountId, { symbol: unified }).length > 0,
      ).map(({ id }) => id),
    })),
    privateEndpoint('v1/hf/orders/done', 'query_order', TWO, (call) => done(exchange, call)),
    privateEndpoint('v1/hf/orders/client-order/:clientOid', 'query_order', TWO, lookUp('clientOid')),
    privateEndpoint('v1/hf/orders/:orderId', 'query_order', TWO, lookUp('orderId')),
    privateEndpoint('v1/hf/fills', 'fills', TWO, (call) => fills(exchange, call)),
  ];
}

interface Numbered {
  readonly id: bigint;
  readonly row: Json;
}

/** Newest first, older than `lastId`; the answer's own `lastId` is that of its last row. */
function pageOf(rows: readonly Numbered[], parameters: Parameters): Json {
  const limit = readLimit(parameters, 'limit', 20, 100);
  const lastId = parameters.optional('lastId');
  const before = lastId === undefined ? null : BigInt(/^\d{1,25}$/.test(lastId) ? lastId : '0');
  const shown = rows
    .filter(({ id }) => before === null || id < before)
    .toSorted((left, right) => (right.id > left.id ? 1 : -1))
    .slice(0, limit);
  return { lastId: numeral(String(shown.at(-1)?.id ?? 0n)), items: shown.map(({ row }) => row) };
}

/** The digits behind the prefix of an order id count up. */
function orderNumber({ venueOrderId }: Order): bigint {
  return BigInt(venueOrderId.slice(-18));
}

function isAsked(parameters: Parameters): (row: Json) => boolean {
  const side = readWord(parameters, 'side', ['buy', 'sell']);
  const type = readWord(parameters, 'type', ['limit', 'market']);
  return (row) =>
    (side === undefined || row['side'] === side) && (type === undefined || row['type'] === type);
}

function done(exchange: Exchange, { parameters: { parameters }, accountId, at, clockMs }: AccountCall): Json {
  const { unified } = listingFrom(parameters);
  const { from, to } = readSpan(parameters, clockMs);
  const wanted = isAsked(parameters);
  const rows = exchange
    .orders(at, accountId, { symbol: unified })
    .filter((order) => !isOpen(order.status) && order.createdAt >= from && order.createdAt <= to)
    .map((order): Numbered => ({ id: orderNumber(order), row: orderJson(order) }))
    .filter(({ row }) => wanted(row));
  return pageOf(rows, parameters);
}

/** "If orderId is specified，please ignore the other query parameters". */
function fills(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at, clockMs }: AccountCall,
): Json {
  const { unified } = listingFrom(parameters);
  const orderId = parameters.optional('orderId');
  const span =
    orderId === undefined ? readSpan(parameters, clockMs) : { from: 0, to: Number.MAX_SAFE_INTEGER };
  const wanted = orderId === undefined ? isAsked(parameters) : (): boolean => true;
  const rows = exchange
    .fills(accountId, { symbol: unified, ...(orderId === undefined ? {} : { venueOrderId: orderId }) })
    .filter((fill) => fill.at >= span.from && fill.at <= span.to && at - fill.at <= FILLS_MS)
    .map((fill): Numbered => {
      const { venueOrderId } = fill;
      const order = exchange.known(at, accountId, { symbol: unified, venueOrderId });
      return { id: BigInt(fillId(fill)), row: fillJson(fill, order) };
    })
    .filter(({ row }) => wanted(row));
  return pageOf(rows, parameters);
}
