/**
 * Bitget's look-up and lists of orders, and the history of fills.
 *
 * Entry point: `orderListEndpoints`. Sources: "Get Order Details", "Get Open Orders", "Get Order History" and "Get Fill History" of the unified
 * account's documentation. A list without a row is an empty list, a look-up without an order a refusal.
 */
import { isOpen, type Order } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { missing, orderAbsent } from './errors.ts';
import { executionId, HISTORY_MS, listingOf } from './instruments.ts';
import { fillJson, orderJson, ordersOf, type Json, type OrderFacts } from './order-json.ts';
import { findOrder, readReference } from './order-requests.ts';
import { pageOf, readSpan, type Sorted } from './pages.ts';
import { optionalCategory, type Parameters } from './parameters.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export interface OrderListSettings extends OrderFacts {
  readonly finishedByClientOidForMs: UndecidedBehaviour['finishedByClientOidForMs'];
}

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    privateEndpoint('trade/order-info', 'query_order', (call) => orderDetails(settings, call)),
    privateEndpoint('trade/unfilled-orders', 'open_orders', ({ parameters: { parameters }, accountId }) =>
      orderPage(settings, exchange.openOrders(accountId, {}), parameters, 'open'),
    ),
    privateEndpoint('trade/history-orders', 'query_order', (call) => history(settings, call)),
    privateEndpoint('trade/fills', 'fills', (call) => fills(settings, call)),
  ];
}

function orderDetails(settings: OrderListSettings, call: AccountCall): unknown {
  const { exchange, finishedByClientOidForMs: forMs } = settings;
  const reference = readReference(call.parameters.parameters);
  const order = findOrder(exchange, call.at, call.accountId, reference, 'lookUp');
  const isForgotten =
    order !== null &&
    'clientOid' in reference &&
    !isOpen(order.status) &&
    forMs !== null &&
    call.at - order.createdAt >= forMs;
  if (order === null || isForgotten) throw orderAbsent();
  return orderJson(settings, order, 'details');
}

/** Whether a row is of the category and the symbol that are asked for. */
function matches(parameters: Parameters): (row: { readonly symbol: string }) => boolean {
  const category = optionalCategory(parameters);
  const symbol = parameters.optional('symbol');
  return (row) => {
    const listing = listingOf(row.symbol);
    return (
      (category === undefined || listing.category === category) &&
      (symbol === undefined || listing.id === symbol)
    );
  };
}

function orderPage(
  facts: OrderFacts,
  orders: readonly Order[],
  parameters: Parameters,
  of: 'open' | 'history',
): unknown {
  const isAsked = matches(parameters);
  const from = parameters.optionalInteger('startTime') ?? 0;
  const to = parameters.optionalInteger('endTime') ?? Number.MAX_SAFE_INTEGER;
  const rows = orders
    .filter((order) => isAsked(order) && order.createdAt >= from && order.createdAt <= to)
    .map((order): Sorted<Json> => ({
      at: order.createdAt,
      id: order.venueOrderId,
      row: orderJson(facts, order, of),
    }));
  return pageOf(rows, parameters);
}

/** Finished orders of one category, by the time of their creation. */
function history(settings: OrderListSettings, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  if (!parameters.has('category')) throw missing('category');
  const { from } = readSpan(parameters, call.clockMs);
  const orders = settings.exchange
    .orders(call.at, call.accountId, {})
    .filter((order) => !isOpen(order.status) && order.createdAt >= from);
  return orderPage(settings, orders, parameters, 'history');
}

function fills(settings: OrderListSettings, call: AccountCall): unknown {
  const { exchange } = settings;
  const { parameters } = call.parameters;
  const { from, to } = readSpan(parameters, call.clockMs);
  const isAsked = matches(parameters);
  const orderId = parameters.optional('orderId');
  const orderOf = ordersOf(exchange, call.accountId, call.at);
  const rows = exchange
    .fills(call.accountId, {})
    .filter(
      (fill) =>
        isAsked(fill) &&
        fill.at >= from &&
        fill.at <= to &&
        call.at - fill.at <= HISTORY_MS &&
        (orderId === undefined || fill.venueOrderId === orderId),
    )
    .map((fill): Sorted<Json> => ({
      at: fill.at,
      id: executionId(fill),
      row: fillJson(settings, fill, orderOf(fill)),
    }));
  return pageOf(rows, parameters);
}
