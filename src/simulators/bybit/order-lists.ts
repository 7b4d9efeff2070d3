/**
 * Bybit's lists of orders and executions: open and lately closed orders, the history, executions.
 *
 * Entry point: `orderListEndpoints`. Sources: "Get Open & Closed Orders", "Get Order History" and "Get Trade History" of the v5
 * documentation. A list without an order is an answer: an order that is not there is an empty list.
 */
import type { Exchange } from '../exchange/exchange.ts';
import { isOpen, type Order } from '../exchange/order.ts';
import type { RouteName } from '../faults.ts';
import type { WireRequest } from '../wire/wire.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { missing } from './errors.ts';
import { LISTINGS, type Listing } from './instruments.ts';
import {
  executionJson,
  fundingExecutionJson,
  fundingId,
  orderJson,
  ordersById,
  type Json,
} from './order-json.ts';
import { statusName } from './order-words.ts';
import type { Sorted } from '../wire/pages.ts';
import { pageOf, readSpan } from './pages.ts';
import { categoryOf, optionalListing, type Parameters } from './parameters.ts';
import type { RecentlyClosed } from './recently-closed.ts';
import type { Category } from './symbols.ts';

export interface OrderListSettings {
  readonly exchange: Exchange;
  readonly closed: RecentlyClosed;
}

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  return [
    {
      ...privateEndpoint('/v5/order/realtime', 'open_orders', (call) => realtime(settings, call)),
      routeOf: ({ query }: WireRequest): RouteName =>
        /(?:^|&)order(?:Link)?Id=[^&]/.test(query) ? 'query_order' : 'open_orders',
    },
    privateEndpoint('/v5/order/history', 'query_order', (call) => history(settings, call)),
    privateEndpoint('/v5/execution/list', 'fills', (call) => executions(settings, call)),
  ];
}

/** The listings that a request is about: `symbol` goes before `baseCoin` and `settleCoin`. */
function listingsOf(parameters: Parameters, category: Category, isNeeded: boolean): readonly Listing[] {
  const listing = optionalListing(parameters, category);
  if (listing !== undefined) return [listing];
  const base = parameters.optional('baseCoin');
  const settle = parameters.optional('settleCoin');
  if (isNeeded && category === 'linear' && base === undefined && settle === undefined)
    throw missing('symbol or settleCoin');
  return LISTINGS.filter(
    ({ category: of, symbol }) =>
      of === category &&
      (base === undefined || symbol.base === base) &&
      (category === 'spot' || settle === undefined || symbol.quote === settle),
  );
}

/** `orderId` goes before `orderLinkId`; the other parameters are passed over then, but for the category. */
function orderAsked(
  { exchange }: OrderListSettings,
  call: AccountCall,
  category: Category,
): Order | null | undefined {
  const { parameters } = call.parameters;
  const orderId = parameters.optional('orderId');
  const linkId = parameters.optional('orderLinkId');
  if (orderId === undefined && linkId === undefined) return undefined;
  for (const { unified, category: of } of LISTINGS) {
    if (of !== category) continue;
    const reference =
      orderId === undefined
        ? { symbol: unified, clientOrderId: linkId ?? '' }
        : { symbol: unified, venueOrderId: orderId };
    const order = exchange.lookUp(call.at, call.accountId, reference);
    if (order !== null) return order;
  }
  return null;
}

function matchesFilter(order: Order, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  const isWaiting = order.stopPrice !== null && order.triggeredAt === null;
  return filter === 'Order' ? !isWaiting : isWaiting;
}

function realtime(settings: OrderListSettings, call: AccountCall): unknown {
  const { exchange, closed } = settings;
  const { parameters } = call.parameters;
  const category = categoryOf(parameters);
  const asked = orderAsked(settings, call, category);
  if (asked !== undefined)
    return listAnswer(category, asked === null || !closed.shows(asked) ? [] : [asked], parameters);
  const symbols = new Set(listingsOf(parameters, category, true).map(({ unified }) => unified));
  const filter = parameters.optional('orderFilter');
  const marketType = category === 'spot' ? 'spot' : 'swap';
  const orders =
    parameters.optionalInteger('openOnly') === 1
      ? exchange
          .orders(call.at, call.accountId, { marketType })
          .filter((order) => !isOpen(order.status) && closed.shows(order))
      : exchange.openOrders(call.accountId, { marketType });
  return listAnswer(
    category,
    orders.filter((order) => symbols.has(order.symbol) && matchesFilter(order, filter)),
    parameters,
  );
}

/** Closed orders alone; by id whatever their age, as far as they are kept. */
function history(settings: OrderListSettings, call: AccountCall): unknown {
  const { exchange } = settings;
  const { parameters } = call.parameters;
  const category = categoryOf(parameters);
  const asked = orderAsked(settings, call, category);
  if (asked !== undefined)
    return listAnswer(category, asked === null || isOpen(asked.status) ? [] : [asked], parameters);
  const symbols = new Set(listingsOf(parameters, category, false).map(({ unified }) => unified));
  const { from, to } = readSpan(parameters, call.clockMs, 7);
  const status = parameters.optional('orderStatus');
  const filter = parameters.optional('orderFilter');
  const orders = exchange
    .orders(call.at, call.accountId, { marketType: category === 'spot' ? 'spot' : 'swap' })
    .filter(
      (order) =>
        !isOpen(order.status) &&
        symbols.has(order.symbol) &&
        order.createdAt >= from &&
        order.createdAt <= to &&
        (status === undefined || statusName(order) === status) &&
        matchesFilter(order, filter),
    );
  return listAnswer(category, orders, parameters);
}

function listAnswer(category: Category, orders: readonly Order[], parameters: Parameters): unknown {
  const rows = orders.map((order): Sorted<Json> => ({
    at: order.createdAt,
    id: order.venueOrderId,
    row: orderJson(order),
  }));
  const { rows: list, nextPageCursor } = pageOf(rows, parameters, 20, 50);
  return { list, nextPageCursor, category };
}

/** Funding stands among the executions of contracts. */
function executions({ exchange }: OrderListSettings, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const category = categoryOf(parameters);
  const orderId = parameters.optional('orderId');
  const linkId = parameters.optional('orderLinkId');
  const byOrder = orderId !== undefined || linkId !== undefined;
  const span = byOrder ? null : readSpan(parameters, call.clockMs, 7);
  // Asked for by an order, "other input parameters will be ignored".
  const listings = byOrder
    ? LISTINGS.filter((listing) => listing.category === category)
    : listingsOf(parameters, category, false);
  const symbols = new Set(listings.map(({ unified }) => unified));
  const type = parameters.optional('execType');
  const isWithin = (at: number): boolean => span === null || (at >= span.from && at <= span.to);
  const fills = exchange
    .fills(call.accountId, {})
    .filter(
      (fill) =>
        symbols.has(fill.symbol) &&
        isWithin(fill.at) &&
        (orderId === undefined || fill.venueOrderId === orderId) &&
        (orderId !== undefined || linkId === undefined || fill.clientOrderId === linkId),
    );
  const orderOf = ordersById(exchange, call.accountId, call.at, fills);
  const rows: Sorted<Json>[] = fills.map((fill) => ({
    at: fill.at,
    id: `${fill.tradeId.padStart(16, '0')} ${fill.venueOrderId}`,
    row: executionJson(fill, orderOf(fill)),
  }));
  if (category === 'linear' && !byOrder)
    for (const payment of exchange.funding(call.accountId))
      if (symbols.has(payment.symbol) && isWithin(payment.at))
        rows.push({
          at: payment.at,
          id: fundingId(payment),
          row: withoutCategory(fundingExecutionJson(payment)),
        });
  const page = pageOf(
    rows.filter(({ row }) => type === undefined || row['execType'] === type),
    parameters,
    50,
    100,
  );
  return { nextPageCursor: page.nextPageCursor, category, list: page.rows };
}

function withoutCategory({ category: _category, ...row }: Json): Json {
  return row;
}
