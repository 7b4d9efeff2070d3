/**
 * Coinbase's look-ups of orders and fills: one order by its id, lists under a cursor. There is none by client id.
 *
 * Entry point: `orderListEndpoints`. Orders and fills younger than the lag (undecided.ts) are not there yet. Sources: "Get Order", "List Orders" and "List
 * Fills".
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { Fill, Order } from '../exchange/order.ts';
import type { RouteName } from '../faults.ts';
import type { WireRequest } from '../wire/wire.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { orderNotFound } from './errors.ts';
import { LISTINGS, listingOf, tradeIdOf } from './instruments.ts';
import { OrderPrinter, type Json } from './order-json.ts';
import { orderTypeName, sideName, timeInForceName } from './order-words.ts';
import type { Sorted } from '../wire/pages.ts';
import { pageOf } from './pages.ts';
import { readTime } from './parameters.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export interface OrderListSettings {
  readonly exchange: Exchange;
  readonly undecided: UndecidedBehaviour;
}

const USUAL_ORDERS = 100;
const MOST_ORDERS = 1_000;
const USUAL_FILLS = 100;
const MOST_FILLS = 3_000;

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  return [
    {
      ...privateEndpoint('/orders/historical/batch', 'query_order', (call) => orders(settings, call)),
      routeOf: ({ query }: WireRequest): RouteName => (isOfOpenOrders(query) ? 'open_orders' : 'query_order'),
    },
    privateEndpoint('/orders/historical/fills', 'fills', (call) => fills(settings, call)),
    privateEndpoint('/orders/historical/:order_id', 'query_order', (call) => oneOrder(settings, call)),
  ];
}

/** Whether a query asks for open orders alone. */
function isOfOpenOrders(query: string): boolean {
  const statuses = new URLSearchParams(query).getAll('order_status');
  return statuses.length > 0 && statuses.every((status) => status === 'OPEN');
}

function printerOf({ exchange, undecided }: OrderListSettings, { accountId, at }: AccountCall): OrderPrinter {
  return new OrderPrinter(exchange, accountId, at, undecided);
}

function oneOrder(settings: OrderListSettings, call: AccountCall): Json {
  const { exchange, undecided } = settings;
  const venueOrderId = call.parameters.pathParameter('order_id');
  for (const { unified } of LISTINGS) {
    const order = exchange.lookUp(call.at, call.accountId, { symbol: unified, venueOrderId });
    if (order !== null && call.at - order.createdAt >= undecided.listedAfterMs)
      return { order: printerOf(settings, call).order(order) };
  }
  throw orderNotFound();
}

/** Whether a list of wanted values is empty or has this one. */
function isWanted(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

function orders(settings: OrderListSettings, call: AccountCall): Json {
  const { exchange, undecided } = settings;
  const { parameters, list, query } = call.parameters;
  const printer = printerOf(settings, call);
  const [ids, statuses, types, forces, assets] = [
    'order_ids',
    'order_status',
    'order_types',
    'time_in_forces',
    'asset_filters',
  ].map((name) => list(name)) as [string[], string[], string[], string[], string[]];
  const products = [...list('product_ids'), ...list('product_id')];
  const side = parameters.optional('order_side');
  const from = readTime(parameters, 'start_date') ?? Number.NEGATIVE_INFINITY;
  const until = readTime(parameters, 'end_date') ?? Number.POSITIVE_INFINITY;
  const isOfSpot = (parameters.optional('product_type') ?? 'SPOT') !== 'FUTURE';
  const all = isOfOpenOrders(query)
    ? exchange.openOrders(call.accountId, {})
    : exchange.orders(call.at, call.accountId, {});
  const rows = all
    .filter((order) => {
      const { id, product } = listingOf(order.symbol);
      return (
        isOfSpot &&
        call.at - order.createdAt >= undecided.listedAfterMs &&
        order.createdAt >= from &&
        order.createdAt < until &&
        (side === undefined || sideName(order.side) === side) &&
        isWanted(ids, order.venueOrderId) &&
        isWanted(products, id) &&
        isWanted(statuses, printer.status(order)) &&
        isWanted(types, orderTypeName(order)) &&
        isWanted(forces, timeInForceName(order)) &&
        (assets.length === 0 || assets.includes(product.base) || assets.includes(product.quote))
      );
    })
    .map((order): Sorted<Order> => ({ at: order.createdAt, id: order.venueOrderId, row: order }));
  const page = pageOf(rows, parameters, USUAL_ORDERS, MOST_ORDERS);
  return {
    orders: page.rows.map((order) => printer.order(order)),
    sequence: '0',
    has_next: page.hasNext,
    cursor: page.cursor,
    proof_token_required: false,
  };
}

/** By the time of the trade, both ends excluded. */
function fills(settings: OrderListSettings, call: AccountCall): Json {
  const { exchange, undecided } = settings;
  const { parameters, list } = call.parameters;
  const orderIds = [...list('order_ids'), ...list('order_id')];
  const products = [...list('product_ids'), ...list('product_id')];
  const trades = list('trade_ids');
  const after = readTime(parameters, 'start_sequence_timestamp') ?? Number.NEGATIVE_INFINITY;
  const before = readTime(parameters, 'end_sequence_timestamp') ?? Number.POSITIVE_INFINITY;
  const rows = exchange
    .fills(call.accountId, {})
    .filter(
      (fill) =>
        call.at - fill.at >= undecided.listedAfterMs &&
        fill.at > after &&
        fill.at < before &&
        isWanted(orderIds, fill.venueOrderId) &&
        isWanted(products, listingOf(fill.symbol).id) &&
        isWanted(trades, tradeIdOf(fill)),
    )
    .map((fill): Sorted<Fill> => ({
      at: fill.at,
      id: `${fill.tradeId.padStart(16, '0')} ${fill.venueOrderId}`,
      row: fill,
    }));
  const page = pageOf(rows, parameters, USUAL_FILLS, MOST_FILLS);
  const printer = printerOf(settings, call);
  const orderOf = ({ symbol, venueOrderId }: Fill): Order | null =>
    exchange.known(call.at, call.accountId, { symbol, venueOrderId });
  return {
    fills: page.rows.map((fill) => printer.fill(fill, orderOf(fill))),
    cursor: page.cursor,
    proof_token_required: false,
  };
}
