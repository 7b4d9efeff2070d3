/**
 * MEXC's look-ups of contract orders and deals.
 *
 * Entry point: `orderListEndpoints`. Source: "Query the order based on the external number", "… the order number", "Get the user's current
 * pending order", "Get all of the user's historical orders", "Get order transaction details based on the order ID" and "Get all transaction
 * details of the user's order" of the contract documentation. Lists come newest first, page by page.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import { NOTHING, privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { CANCELS, FuturesRefusal, parameterError, queryTooLarge } from './errors.ts';
import { CONTRACT_LISTINGS } from './instruments.ts';
import { contextOf, dealJson, orderJson, type Json } from './order-json.ts';
import { categoryOf, sideNumber, stateNumber } from './order-words.ts';
import {
  contractFrom,
  contractNamedBy,
  optionalContract,
  pageOf,
  readSpan,
  type ReadRequest,
} from './parameters.ts';

export interface OrderListSettings {
  readonly exchange: Exchange;
  readonly absentOrder: 'no_data' | 'refused';
}

const ORDER = '/api/v1/private/order';
const MOST_ASKED_FOR = 50;

export function orderListEndpoints(settings: OrderListSettings): Endpoint[] {
  const { exchange } = settings;
  const open = (call: AccountCall): unknown => openOrders(exchange, call);
  return [
    privateEndpoint(`${ORDER}/external/:symbol/:external_oid`, 'query_order', (call) => {
      const { named } = call.parameters;
      const { unified } = contractNamedBy(nameOf(named, 'symbol'));
      const reference = { symbol: unified, clientOrderId: nameOf(named, 'external_oid') };
      return shown(settings, exchange.lookUp(call.at, call.accountId, reference));
    }),
    privateEndpoint(`${ORDER}/get/:order_id`, 'query_order', (call) =>
      shown(settings, byNumber(exchange, call, nameOf(call.parameters.named, 'order_id'))),
    ),
    privateEndpoint(`${ORDER}/batch_query`, 'query_order', (call) => {
      const ids = call.parameters.parameters.required('order_ids').split(',');
      if (ids.length > MOST_ASKED_FOR) throw queryTooLarge();
      return ids.flatMap((id) => {
        const order = byNumber(exchange, call, id);
        return order === null ? [] : [jsonOf(exchange, order)];
      });
    }),
    privateEndpoint(`${ORDER}/list/open_orders`, 'open_orders', open),
    privateEndpoint(`${ORDER}/list/open_orders/:symbol`, 'open_orders', open),
    privateEndpoint(`${ORDER}/list/history_orders`, 'query_order', (call) => history(exchange, call)),
    privateEndpoint(`${ORDER}/deal_details/:order_id`, 'fills', (call) => {
      const order = byNumber(exchange, call, nameOf(call.parameters.named, 'order_id'));
      if (order === null) return [];
      const { symbol, venueOrderId } = order;
      return exchange.fills(call.accountId, { symbol, venueOrderId }).map((fill) => dealJson(fill, order));
    }),
    privateEndpoint(`${ORDER}/list/order_deals`, 'fills', (call) => deals(exchange, call)),
  ];
}

function nameOf(named: ReadRequest['named'], name: string): string {
  const value = named[name];
  if (value === undefined) throw parameterError();
  return value;
}

function byNumber(exchange: Exchange, { at, accountId }: AccountCall, venueOrderId: string): Order | null {
  for (const { unified } of CONTRACT_LISTINGS) {
    const order = exchange.lookUp(at, accountId, { symbol: unified, venueOrderId });
    if (order !== null) return order;
  }
  return null;
}

function jsonOf(exchange: Exchange, order: Order): Json {
  return orderJson(order, contextOf(exchange, order));
}

function shown({ exchange, absentOrder }: OrderListSettings, order: Order | null): unknown {
  if (order !== null) return jsonOf(exchange, order);
  if (absentOrder === 'no_data') return NOTHING;
  throw new FuturesRefusal(CANCELS.absent.errorCode, CANCELS.absent.errorMsg);
}

function openOrders(exchange: Exchange, { accountId, parameters }: AccountCall): unknown {
  const name = parameters.named['symbol'];
  const symbol = name === undefined ? {} : { symbol: contractNamedBy(name).unified };
  const orders = exchange.openOrders(accountId, { marketType: 'swap', ...symbol }).toReversed();
  return pageOf(orders, parameters.parameters).resultList.map((order) => jsonOf(exchange, order));
}

function history(
  exchange: Exchange,
  { accountId, parameters: { parameters }, at, clockMs }: AccountCall,
): unknown {
  const listing = optionalContract(parameters);
  const { from, to } = readSpan(parameters, clockMs);
  const states = parameters.optional('states')?.split(',').map(Number);
  const category = parameters.optionalInteger('category');
  const side = parameters.optionalInteger('side');
  const orders = exchange
    .orders(at, accountId, {
      marketType: 'swap',
      sinceMs: from,
      untilMs: to,
      ...(listing === undefined ? {} : { symbol: listing.unified }),
    })
    .filter(
      (order) =>
        !isOpen(order.status) &&
        (states === undefined || states.includes(stateNumber(order))) &&
        (category === undefined || categoryOf(order) === category) &&
        (side === undefined || sideNumber(order) === side),
    )
    .toReversed();
  return pageOf(orders, parameters).resultList.map((order) => jsonOf(exchange, order));
}

function deals(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const { unified } = contractFrom(parameters);
  const { from, to } = readSpan(parameters, call.clockMs);
  const fills = exchange.fills(call.accountId, { symbol: unified, sinceMs: from, untilMs: to }).toReversed();
  const orders = new Map<string, Order | null>();
  const orderOf = ({ symbol, venueOrderId }: Fill): Order | null => {
    const known = orders.get(venueOrderId);
    if (known !== undefined) return known;
    const order = exchange.known(call.at, call.accountId, { symbol, venueOrderId });
    orders.set(venueOrderId, order);
    return order;
  };
  return pageOf(fills, parameters).resultList.map((fill) => dealJson(fill, orderOf(fill)));
}
