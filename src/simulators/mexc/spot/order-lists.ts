/**
 * MEXC's look-ups of spot orders and deals.
 *
 * Entry point: `orderListEndpoints`. Source: "Query Order", "Current Open Orders", "All Orders" and "Account Trade List" of the spot v3
 * documentation. Lists come newest first and have no cursor but time.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { orderAbsent } from './errors.ts';
import { orderJson, tradeJson } from './order-json.ts';
import { readReference } from './order-requests.ts';
import { listingFrom, readLimit, readSpan } from './parameters.ts';

export interface OrderListSettings {
  readonly exchange: Exchange;
  /** How young an order is that is not found yet, in ms. */
  readonly lookUpLagMs: number;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** "the query period is the latest 24 hours by default. You can query a maximum of the latest 7 days". */
const ORDER_SPAN = { usualMs: DAY_MS, longestMs: 7 * DAY_MS } as const;
/** "Only the transaction records in the past 1 month can be queried". */
const TRADE_SPAN = { usualMs: 30 * DAY_MS, longestMs: 30 * DAY_MS } as const;

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    privateEndpoint('/api/v3/order', 'query_order', (call) => queryOrder(settings, call)),
    privateEndpoint('/api/v3/openOrders', 'open_orders', ({ parameters, accountId }) => {
      const symbol = parameters.has('symbol') ? { symbol: listingFrom(parameters).unified } : {};
      return exchange.openOrders(accountId, { marketType: 'spot', ...symbol }).map(orderJson);
    }),
    privateEndpoint('/api/v3/allOrders', 'query_order', (call) => allOrders(settings, call)),
    privateEndpoint('/api/v3/myTrades', 'fills', (call) => myTrades(settings, call)),
  ];
}

function queryOrder(
  { exchange, lookUpLagMs }: OrderListSettings,
  { parameters, accountId, at }: AccountCall,
): unknown {
  const order = exchange.lookUp(at, accountId, readReference(parameters));
  if (order === null || at - order.createdAt < lookUpLagMs) throw orderAbsent();
  return orderJson(order);
}

function allOrders(
  { exchange }: OrderListSettings,
  { parameters, accountId, at, clockMs }: AccountCall,
): unknown {
  const { unified } = listingFrom(parameters);
  const { from, to } = readSpan(parameters, clockMs, ORDER_SPAN);
  const limit = readLimit(parameters, 500, 1000);
  return exchange
    .orders(at, accountId, { symbol: unified, sinceMs: from, untilMs: to })
    .toReversed()
    .slice(0, limit)
    .map(orderJson);
}

function myTrades({ exchange }: OrderListSettings, { parameters, accountId, clockMs }: AccountCall): unknown {
  const { unified } = listingFrom(parameters);
  const orderId = parameters.optional('orderId');
  const { from, to } = readSpan(parameters, clockMs, TRADE_SPAN);
  const limit = readLimit(parameters, 100, 100);
  return exchange
    .fills(accountId, {
      symbol: unified,
      sinceMs: from,
      untilMs: to,
      ...(orderId === undefined ? {} : { venueOrderId: orderId }),
    })
    .toReversed()
    .slice(0, limit)
    .map(tradeJson);
}
