/**
 * HTX's spot look-ups and lists: one order, open orders, past orders, match results.
 *
 * Entry point: `orderListEndpoints`. Sources: "Get the Order Detail of an Order", the same "based on client order ID", "Get All Open Orders",
 * "Search Past Orders", "Search Historical Orders within 48 Hours", "Get the Match Result of an Order" and "Search Match Results" of the
 * spot documentation. Spans are of 48 hours at most; newest first.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { listingNamed } from '../instruments.ts';
import { spotAccountNumber } from '../numbers.ts';
import { readCount, type Parameters } from '../parameters.ts';
import type { Cancels } from './canceling.ts';
import { detailJson, matchJson, openOrderJson, pastOrderJson, recordOf } from './order-json.ts';
import { byClientId, byNumber, shown } from './order-search.ts';
import { stateName, typeOf } from './order-words.ts';
import { accountUnknown, recordInvalid, symbolInvalid } from './refusals.ts';

const HOUR_MS = 60 * 60 * 1000;
export const LONGEST_SPAN_MS = 48 * HOUR_MS;

export interface OrderListSettings {
  readonly exchange: Exchange;
  readonly cancels: Cancels;
  readonly pagesBeginWithFrom: boolean;
}

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  const v1 = (limit: number) => ({ form: 'v1', limit }) as const;
  return [
    privateEndpoint(v1(50), '/v1/order/orders/getClientOrder', 'query_order', (call) => {
      const id = call.parameters.parameters.required('clientOrderId');
      return detail(settings, byClientId(shown(settings.exchange, call.at, call.accountId), id));
    }),
    privateEndpoint(v1(50), '/v1/order/orders/:order', 'query_order', (call) =>
      detail(settings, orderAsked(settings, call)),
    ),
    privateEndpoint(v1(50), '/v1/order/orders/:order/matchresults', 'fills', (call) => {
      const order = orderAsked(settings, call);
      if (order === null) throw recordInvalid();
      const { symbol, venueOrderId } = order;
      return settings.exchange
        .fills(call.accountId, { symbol, venueOrderId })
        .map((fill) => matchJson(fill, order));
    }),
    privateEndpoint(v1(50), '/v1/order/orders', 'query_order', (call) => pastOrders(settings, call)),
    privateEndpoint(v1(20), '/v1/order/history', 'query_order', (call) => recentOrders(settings, call)),
    privateEndpoint(v1(50), '/v1/order/openOrders', 'open_orders', (call) => openOrders(settings, call)),
    privateEndpoint(v1(20), '/v1/order/matchresults', 'fills', (call) => matches(settings, call)),
  ];
}

function orderAsked({ exchange }: OrderListSettings, call: AccountCall): Order | null {
  return byNumber(shown(exchange, call.at, call.accountId), call.parameters.path['order'] ?? '');
}

function detail({ cancels }: OrderListSettings, order: Order | null): unknown {
  if (order === null) throw recordInvalid();
  return detailJson(order, cancels.isUnderWay(order));
}

function symbolIn(parameters: Parameters): string | undefined {
  const name = parameters.optional('symbol');
  if (name === undefined) return undefined;
  const listing = listingNamed('spot', name);
  if (listing === undefined) throw symbolInvalid();
  return listing.unified;
}

/** The span of a request, both ends included: 48 hours from the end that is given, else up to now. */
function spanOf(parameters: Parameters, nowMs: number): { readonly from: number; readonly to: number } {
  const from = parameters.optionalInteger('start-time');
  const to = parameters.optionalInteger('end-time');
  if (from !== undefined && to !== undefined) {
    if (to < from || to - from > LONGEST_SPAN_MS)
      throw new HtxRefusal('invalid-interval', 'Query window is zero, negative or greater than limitation');
    return { from, to };
  }
  if (from !== undefined) return { from, to: from + LONGEST_SPAN_MS };
  const end = to ?? nowMs;
  return { from: end - LONGEST_SPAN_MS, to: end };
}

function newestFirst(orders: readonly Order[]): readonly Order[] {
  return orders.toSorted((left, right) => Number(right.venueOrderId) - Number(left.venueOrderId));
}

function finishedOrders(
  { exchange }: OrderListSettings,
  { at, accountId, clockMs, parameters: { parameters } }: AccountCall,
): readonly Order[] {
  const symbol = symbolIn(parameters);
  const { from, to } = spanOf(parameters, clockMs);
  const orders = exchange.orders(at, accountId, {
    marketType: 'spot',
    ...(symbol === undefined ? {} : { symbol }),
  });
  return newestFirst(
    orders.filter(({ status, createdAt }) => !isOpen(status) && createdAt >= from && createdAt <= to),
  );
}

function pastOrders(settings: OrderListSettings, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  parameters.required('symbol');
  const states = parameters.required('states').split(',');
  const types = parameters.optional('types')?.split(',');
  const size = readCount(parameters, 'size', 100, 100);
  return finishedOrders(settings, call)
    .filter(
      (order) =>
        states.includes(stateName(order, false)) && (types === undefined || types.includes(typeOf(order))),
    )
    .slice(0, size)
    .map(pastOrderJson);
}

function recentOrders(settings: OrderListSettings, call: AccountCall): unknown {
  const size = readCount(call.parameters.parameters, 'size', 100, 1_000);
  return finishedOrders(settings, call).slice(0, size).map(pastOrderJson);
}

/** "from": the order to begin with, included; `prev` ascends, `next` descends. */
function openOrders(
  { exchange, cancels }: OrderListSettings,
  { accountId, parameters }: AccountCall,
): unknown {
  const { parameters: asked } = parameters;
  const account = asked.optional('account-id');
  if (account !== undefined && account !== String(spotAccountNumber(accountId))) throw accountUnknown();
  const symbol = symbolIn(asked);
  const side = asked.optional('side');
  const types = asked.optional('types')?.split(',');
  const from = asked.optionalInteger('from');
  const ascends = asked.optional('direct') === 'prev';
  const size = readCount(asked, 'size', 100, 500);
  const orders = newestFirst(
    exchange
      .openOrders(accountId, { marketType: 'spot', ...(symbol === undefined ? {} : { symbol }) })
      .filter(
        (order) =>
          (side === undefined || order.side === side) &&
          (types === undefined || types.includes(typeOf(order))),
      ),
  );
  const inOrder = ascends ? orders.toReversed() : orders;
  return inOrder
    .filter(({ venueOrderId }) => {
      if (from === undefined) return true;
      return ascends ? Number(venueOrderId) >= from : Number(venueOrderId) <= from;
    })
    .slice(0, size)
    .map((order) => openOrderJson(order, cancels.isUnderWay(order)));
}

function matches(settings: OrderListSettings, call: AccountCall): unknown {
  const { exchange, pagesBeginWithFrom } = settings;
  const { accountId, at, clockMs } = call;
  const { parameters } = call.parameters;
  const symbol = symbolIn(parameters);
  const { from: sinceMs, to: untilMs } = spanOf(parameters, clockMs);
  const types = parameters.optional('types')?.split(',');
  const size = readCount(parameters, 'size', 100, 500);
  const orderOf = (fill: Fill): Order | null => exchange.known(at, accountId, fill);
  const rows = exchange
    .fills(accountId, { sinceMs, untilMs, ...(symbol === undefined ? {} : { symbol }) })
    .filter(({ marketType }) => marketType === 'spot')
    .map((fill) => ({ fill, order: orderOf(fill) }))
    .filter(({ order }) => types === undefined || (order !== null && types.includes(typeOf(order))))
    .toReversed();
  const record = parameters.optionalInteger('from');
  const found = record === undefined ? 0 : rows.findIndex(({ fill }) => recordOf(fill) === record);
  const start = record === undefined || pagesBeginWithFrom ? found : found + 1;
  return (found < 0 ? [] : rows.slice(start, start + size)).map(({ fill, order }) => matchJson(fill, order));
}
