/**
 * OKX's look-up and lists of orders, and the details of transactions.
 *
 * Entry point: `orderListEndpoints`. Sources: "Order details", "Order List", "Order history" and "Transaction details" of the v5
 * documentation. Ids that were used again find the order that is pending, else the newest.
 */
import { isOpen, type Order } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { billId } from './bill-ids.ts';
import { orderAbsent } from './errors.ts';
import { ARCHIVE_MS, HISTORY_MS } from './instruments.ts';
import type { Json } from './market-data.ts';
import { fillJson, listedType, orderJson, ordersOf, type OrderFacts } from './order-json.ts';
import { readReference } from './order-requests.ts';
import { pageOf, type Sorted } from './pages.ts';
import { instTypeFrom, listingFrom, optionalListing, type Parameters } from './parameters.ts';

export interface OrderListSettings extends OrderFacts {
  readonly lookUpFinishedForMs: number;
}

/** "Retrieve recently-filled transaction details in the last 3 day". */
const FILLS_MS = 3 * 24 * 60 * 60 * 1_000;

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  return [
    privateEndpoint('trade/order', 'query_order', (call) => orderDetails(settings, call)),
    privateEndpoint('trade/orders-pending', 'open_orders', ({ parameters: { parameters }, accountId }) =>
      orderPage(settings, settings.exchange.openOrders(accountId, {}), parameters),
    ),
    privateEndpoint('trade/orders-history', 'query_order', (call) => history(settings, call, HISTORY_MS)),
    privateEndpoint('trade/orders-history-archive', 'query_order', (call) =>
      history(settings, call, ARCHIVE_MS),
    ),
    privateEndpoint('trade/fills', 'fills', (call) => fills(settings, call, FILLS_MS)),
    privateEndpoint('trade/fills-history', 'fills', (call) => fills(settings, call, ARCHIVE_MS)),
  ];
}

function orderDetails(settings: OrderListSettings, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const order = settings.exchange.lookUp(
    call.at,
    call.accountId,
    readReference(parameters, listingFrom(parameters)),
  );
  if (order === null || order.conditional || isTooOld(order, call.at, settings.lookUpFinishedForMs))
    throw orderAbsent();
  return [orderJson(settings, order)];
}

function isTooOld(order: Order, at: number, keptMs: number): boolean {
  return !isOpen(order.status) && at - order.updatedAt > keptMs;
}

function matches(
  facts: Pick<OrderFacts, 'spotListedAs'>,
  parameters: Parameters,
): (row: { readonly symbol: string; readonly venueOrderId: string }) => boolean {
  instTypeFrom(parameters);
  const instType = parameters.optional('instType');
  const listing = optionalListing(parameters);
  const ordId = parameters.optional('ordId');
  return ({ symbol, venueOrderId }) =>
    (instType === undefined || listedType(facts, symbol) === instType) &&
    (listing === undefined || listing.unified === symbol) &&
    (ordId === undefined || ordId === venueOrderId);
}

function orderPage(facts: OrderFacts, orders: readonly Order[], parameters: Parameters): unknown {
  const isAsked = matches(facts, parameters);
  const [state, ordType, category] = ['state', 'ordType', 'category'].map((name) =>
    parameters.optional(name),
  );
  const rows = orders
    .filter(isAsked)
    .map((order): Sorted<Json> => ({
      at: order.createdAt,
      id: order.venueOrderId,
      row: orderJson(facts, order),
    }))
    .filter(
      ({ row }) =>
        (state === undefined || row['state'] === state) &&
        (ordType === undefined || ordType.split(',').includes(String(row['ordType']))) &&
        (category === undefined || row['category'] === category),
    );
  return pageOf(rows, parameters);
}

/** Finished orders; the type of instrument has to be named. */
function history(settings: OrderListSettings, call: AccountCall, keptMs: number): unknown {
  const { parameters } = call.parameters;
  parameters.required('instType');
  const orders = settings.exchange
    .orders(call.at, call.accountId, {})
    .filter((order) => !isOpen(order.status) && !isTooOld(order, call.at, keptMs));
  return orderPage(settings, orders, parameters);
}

function fills(settings: OrderListSettings, call: AccountCall, keptMs: number): unknown {
  const { exchange } = settings;
  const { parameters } = call.parameters;
  const isAsked = matches(settings, parameters);
  const subType = parameters.optional('subType');
  const orderOf = ordersOf(exchange, call.accountId, call.at);
  const rows = exchange
    .fills(call.accountId, {})
    .filter((fill) => isAsked(fill) && call.at - fill.at <= keptMs)
    .map((fill): Sorted<Json> => ({
      at: fill.at,
      id: billId(fill, 'trade'),
      row: fillJson(settings, fill, orderOf(fill)),
    }))
    .filter(({ row }) => subType === undefined || row['subType'] === subType);
  return pageOf(rows, parameters);
}
