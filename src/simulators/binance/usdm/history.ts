/**
 * The history of a USD-M account's orders: look-ups of one, lists of many, trades, forced closings.
 *
 * Entry point: `historyEndpoints`. Source: "Query Order", "All Orders", "Account Trade List" and "User's Force Orders" of the
 * USD-M futures documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen } from '../../exchange/order.ts';
import { type AccountCall, type Endpoint, signedEndpoint } from '../authentication.ts';
import { badCombination, orderUnknown } from '../errors.ts';
import { page, readWindow } from '../history-window.ts';
import type { Parameters } from '../parameters.ts';
import { income } from './income.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { amendmentJson, isLiquidation, usdmOrderJson, userTradeJson } from './order-json.ts';
import { readUsdmReference, usdmSymbolFrom } from './order-requests.ts';

const LONGEST_HOURS = 168;

/** Changes of orders are listed for three months, a hundred at a time. */
const LONGEST_AMENDMENTS_HOURS = 90 * 24;
const MOST_AMENDMENTS = 100;

const WEEK_MS = LONGEST_HOURS * 3_600_000;

export function historyEndpoints(exchange: Exchange): Endpoint[] {
  return [
    signedEndpoint('/fapi/v1/order', 'query_order', 1, (call) => {
      const order = exchange.lookUp(call.at, call.accountId, readUsdmReference(call.parameters).reference);
      if (order === null) throw orderUnknown();
      return usdmOrderJson(order);
    }),
    signedEndpoint('/fapi/v1/openOrder', 'query_order', 1, (call) => {
      const order = exchange.lookUp(call.at, call.accountId, readUsdmReference(call.parameters).reference);
      if (order === null || !isOpen(order.status)) throw orderUnknown();
      return usdmOrderJson(order);
    }),
    signedEndpoint(
      '/fapi/v1/openOrders',
      'open_orders',
      (parameters) => (parameters.has('symbol') ? 1 : 40),
      (call) => {
        const id = call.parameters.optional('symbol');
        return exchange
          .openOrders(call.accountId, {
            marketType: 'swap',
            ...(id === undefined ? {} : { symbol: unifiedUsdmSymbol(usdmSymbolFrom(id)) }),
          })
          .map((order) => usdmOrderJson(order));
      },
    ),
    signedEndpoint('/fapi/v1/orderAmendment', 'query_order', 1, (call) => orderAmendments(exchange, call)),
    signedEndpoint('/fapi/v1/allOrders', 'query_order', 5, (call) => allOrders(exchange, call)),
    signedEndpoint('/fapi/v1/userTrades', 'fills', 5, (call) => userTrades(exchange, call)),
    signedEndpoint('/fapi/v1/income', 'other', 30, (call) => income(exchange, call)),
    signedEndpoint(
      '/fapi/v1/forceOrders',
      'query_order',
      (parameters) => (parameters.has('symbol') ? 20 : 50),
      (call) => forceOrders(exchange, call),
    ),
  ];
}

/** As `readWindow`; without either end, the last seven days, and seven days from one that is given alone. */
function readWeek(parameters: Parameters, nowMs: number): Week {
  const { startMs, endMs, limit } = readWindow(parameters, LONGEST_HOURS);
  const untilMs = endMs ?? (startMs === undefined ? nowMs : startMs + WEEK_MS);
  return { sinceMs: startMs ?? untilMs - WEEK_MS, untilMs, limit };
}

type Week = { readonly sinceMs: number; readonly untilMs: number; readonly limit: number };

function allOrders(exchange: Exchange, call: AccountCall): unknown {
  const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
  const fromId = call.parameters.optionalInteger('orderId');
  const { limit, ...week } = readWeek(call.parameters, call.at);
  const orders = exchange
    .orders(call.at, call.accountId, {
      symbol: unifiedUsdmSymbol(symbol),
      ...(fromId === undefined ? week : {}),
    })
    .filter((order) => fromId === undefined || Number(order.venueOrderId) >= fromId);
  const fromStart = fromId !== undefined || call.parameters.has('startTime');
  return page(orders, fromStart, limit).map((order) => usdmOrderJson(order));
}

/** The changes of orders in place, newest first. */
function orderAmendments(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const orderId = parameters.optional('orderId');
  const clientOrderId = parameters.optional('origClientOrderId');
  const { startMs, endMs, limit } = readWindow(parameters, LONGEST_AMENDMENTS_HOURS);
  const unified = unifiedUsdmSymbol(symbol);
  const ofSymbol = exchange.amendments(call.accountId).filter((change) => change.symbol === unified);
  const counts = new Map<string, number>();
  const numbered = ofSymbol.map((change) => {
    const count = (counts.get(change.venueOrderId) ?? 0) + 1;
    counts.set(change.venueOrderId, count);
    return { change, count };
  });
  const wanted = numbered.filter(
    ({ change }) =>
      (orderId === undefined || change.venueOrderId === orderId) &&
      (clientOrderId === undefined || change.clientOrderId === clientOrderId) &&
      (startMs === undefined || change.at >= startMs) &&
      (endMs === undefined || change.at <= endMs),
  );
  return page(wanted, startMs !== undefined, Math.min(limit, MOST_AMENDMENTS))
    .toReversed()
    .map(({ change, count }) => amendmentJson(symbol, change, count));
}

function userTrades(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const orderId = parameters.optionalInteger('orderId');
  const fromId = parameters.optionalInteger('fromId');
  const timed = parameters.has('startTime') || parameters.has('endTime');
  if (fromId !== undefined && timed) throw badCombination();
  const { limit, ...week } = readWeek(parameters, call.at);
  const fills = exchange.fills(call.accountId, {
    symbol: unifiedUsdmSymbol(symbol),
    ...(orderId === undefined ? {} : { venueOrderId: String(orderId) }),
    ...(fromId === undefined ? week : { fromTradeId: String(fromId) }),
  });
  const fromStart = fromId !== undefined || parameters.has('startTime');
  return page(fills, fromStart, limit).map((fill) => userTradeJson(fill));
}

/** The orders by which the venue closed positions of the account. */
function forceOrders(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const id = parameters.optional('symbol');
  const { limit, ...week } = readWeek(parameters, call.at);
  if (parameters.optional('autoCloseType') === 'ADL') return [];
  const orders = exchange
    .orders(call.at, call.accountId, {
      marketType: 'swap',
      ...week,
      ...(id === undefined ? {} : { symbol: unifiedUsdmSymbol(usdmSymbolFrom(id)) }),
    })
    .filter((order) => isLiquidation(order));
  return page(orders, parameters.has('startTime'), Math.min(limit, 100)).map((order) => usdmOrderJson(order));
}
