/**
 * KuCoin's endpoints that act on spot orders: one, a list of them, all of them.
 *
 * Entry point: `spotTradingEndpoints`. An answer holds the ids alone; those below `sync` wait for the engine and say what it did. A cancel is
 * a request. Source: "Add Order", "Batch Add Orders", "Cancel Order By OrderId", "Cancel Partial Order", "Cancel All Orders" and "Modify
 * Order" of the documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { Order, OrderReference } from '../../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { KucoinRefusal, missing, parameterError } from '../errors.ts';
import { objectParameters, type Parameters } from '../parameters.ts';
import { isObject } from '../../wire/request-fields.ts';
import { SPOT_LISTINGS, listingOf, type SpotListing } from './instruments.ts';
import { canceledSyncJson, syncJson, type Json } from './order-json.ts';
import { checkTimeWindow, listingFrom, readNewOrder } from './order-requests.ts';
import { nothingToCancel, spotRefusal } from './refusals.ts';

export interface SpotTradingSettings {
  readonly exchange: Exchange;
  /** Whether a cancel of an order that is filled is taken all the same, as far as its acknowledgement goes. */
  readonly takesCancelOf: (order: Order, at: number) => boolean;
}

const ONE: Draw = ['spot', 1];
const TWO: Draw = ['spot', 2];

export function spotTradingEndpoints(settings: SpotTradingSettings): Endpoint[] {
  const { exchange } = settings;
  const post = (path: string, draw: Draw, answer: (call: AccountCall) => unknown): Endpoint =>
    tradingEndpoint('POST', path, 'create_order', draw, answer);
  const cancelOf = (path: string, name: 'orderId' | 'clientOid', answer: (order: Order) => Json): Endpoint =>
    tradingEndpoint('DELETE', path, 'cancel_order', ONE, (call) => {
      const { parameters } = call.parameters;
      const order = cancel(settings, call, referenceFrom(parameters, listingFrom(parameters), name));
      return { [name]: parameters.required(name), ...answer(order) };
    });
  return [
    post('v1/hf/orders', ONE, (call) => idsOf(place(settings, call, call.parameters.parameters))),
    post('v1/hf/orders/sync', ONE, (call) => {
      const order = place(settings, call, call.parameters.parameters);
      return { ...idsOf(order), ...syncJson(order) };
    }),
    post('v1/hf/orders/test', ONE, (call) => tried(settings, call)),
    post('v1/hf/orders/multi', ONE, (call) => placeList(settings, call, idsOf)),
    post('v1/hf/orders/multi/sync', ONE, (call) =>
      placeList(settings, call, (order) => ({ ...idsOf(order), ...syncJson(order) })),
    ),
    post('v1/hf/orders/alter', ONE, (call) => alter(settings, call)),
    cancelOf('v1/hf/orders/:orderId', 'orderId', () => ({})),
    cancelOf('v1/hf/orders/sync/:orderId', 'orderId', canceledSyncJson),
    cancelOf('v1/hf/orders/client-order/:clientOid', 'clientOid', () => ({})),
    cancelOf('v1/hf/orders/sync/client-order/:clientOid', 'clientOid', canceledSyncJson),
    tradingEndpoint('DELETE', 'v1/hf/orders/cancel/:orderId', 'cancel_order', TWO, (call) =>
      cancelPart(settings, call),
    ),
    tradingEndpoint('DELETE', 'v1/hf/orders', 'cancel_order', TWO, (call) => {
      const { unified } = listingFrom(call.parameters.parameters);
      exchange.cancelAll(call.at, call.accountId, { symbol: unified });
      return 'success';
    }),
    tradingEndpoint('DELETE', 'v1/hf/orders/cancelAll', 'cancel_order', ['spot', 30], (call) => ({
      succeedSymbols: SPOT_LISTINGS.filter(
        ({ unified }) => exchange.cancelAll(call.at, call.accountId, { symbol: unified }).length > 0,
      ).map(({ id }) => id),
      failedSymbols: [],
    })),
  ];
}

function idsOf(order: Order): Json {
  return { orderId: order.venueOrderId, clientOid: order.clientOrderId ?? '' };
}

function place(
  { exchange }: SpotTradingSettings,
  { accountId, at, clockMs }: AccountCall,
  parameters: Parameters,
): Order {
  const listing = listingFrom(parameters);
  checkTimeWindow(parameters, clockMs);
  const request = readNewOrder(listing, parameters, at);
  const placed = exchange.placeOrder(at, accountId, request);
  if (!placed.ok) throw spotRefusal(placed.refusal, request.side);
  return placed.order;
}

/** "the order will not enter the matching system, and the order cannot be queried": read, and not judged against the account. */
function tried(_settings: SpotTradingSettings, { parameters: { parameters }, at }: AccountCall): Json {
  const request = readNewOrder(listingFrom(parameters), parameters, at);
  return { orderId: '670fd33bf9406e0007ab3945', clientOid: request.clientOrderId ?? '' };
}

const MOST_IN_LIST = 5;

/** "A maximum of 5 orders can be placed simultaneously. The order types must be limit orders of the same trading pair". */
function placeList(settings: SpotTradingSettings, call: AccountCall, shown: (order: Order) => Json): unknown {
  const { body } = call.parameters;
  const entries = isObject(body) ? body['orderList'] : undefined;
  if (!Array.isArray(entries) || entries.length === 0) throw missing('orderList');
  if (entries.length > MOST_IN_LIST) throw parameterError('The number of orders cannot exceed 5');
  const orders = entries.map((entry: unknown) => objectParameters(entry));
  return orders.map((parameters) => {
    try {
      if (parameters.required('type') !== 'limit') throw parameterError('Only limit orders are supported');
      return { ...shown(place(settings, call, parameters)), success: true };
    } catch (error) {
      if (!(error instanceof KucoinRefusal)) throw error;
      return { success: false, failMsg: error.message };
    }
  });
}

export function referenceFrom(
  parameters: Parameters,
  { unified }: SpotListing,
  name: 'orderId' | 'clientOid',
): OrderReference {
  const id = parameters.required(name);
  return name === 'orderId' ? { symbol: unified, venueOrderId: id } : { symbol: unified, clientOrderId: id };
}

function cancel(
  { exchange, takesCancelOf }: SpotTradingSettings,
  { accountId, at }: AccountCall,
  reference: OrderReference,
): Order {
  const canceled = exchange.cancelOrder(at, accountId, reference);
  if (canceled.ok) return canceled.order;
  const known = exchange.known(at, accountId, reference);
  if (canceled.refusal.code === 'order_not_open' && known !== null && takesCancelOf(known, at)) return known;
  throw canceled.refusal.code === 'symbol_not_trading'
    ? new KucoinRefusal('200002', 'Order cancel for this pair suspended')
    : spotRefusal(canceled.refusal);
}

/** "cancel the specified quantity of the order ... this interface will not change the queue order". */
function cancelPart(
  { exchange }: SpotTradingSettings,
  { parameters: { parameters }, accountId, at }: AccountCall,
): Json {
  const listing = listingFrom(parameters);
  const reference = referenceFrom(parameters, listing, 'orderId');
  const cancelSize = parameters.requiredDecimal('cancelSize');
  const known = exchange.known(at, accountId, reference);
  if (known === null) throw nothingToCancel();
  const quantity = known.quantity.subtract(cancelSize);
  const amended = quantity.greaterThan(known.filled)
    ? exchange.amendOrder(at, accountId, reference, { quantity })
    : exchange.cancelOrder(at, accountId, reference);
  if (!amended.ok) throw spotRefusal(amended.refusal);
  return { orderId: known.venueOrderId, cancelSize: cancelSize.toString() };
}

/**
 * "Cancel the order and place a new order on the same trading pair". One that was filled beyond its new size counts as completed: it is
 * canceled, and no other is placed.
 */
function alter(
  { exchange }: SpotTradingSettings,
  { parameters: { parameters }, accountId, at }: AccountCall,
): Json {
  const listing = listingFrom(parameters);
  const reference = referenceFrom(parameters, listing, parameters.has('orderId') ? 'orderId' : 'clientOid');
  const newPrice = parameters.optionalDecimal('newPrice');
  const newSize = parameters.optionalDecimal('newSize');
  if (newPrice === undefined && newSize === undefined)
    throw parameterError('newPrice or newSize is required');
  const known = exchange.known(at, accountId, reference);
  const price = newPrice ?? known?.price;
  if (known === null || price === null || price === undefined) throw nothingToCancel();
  const canceled = exchange.cancelOrder(at, accountId, reference);
  if (!canceled.ok) throw spotRefusal(canceled.refusal);
  const { filled, quantity, clientOrderId, side, postOnly, tags } = canceled.order;
  const rest = (newSize ?? quantity).subtract(filled);
  if (!rest.isPositive()) return { newOrderId: known.venueOrderId, clientOid: clientOrderId ?? '' };
  const placed = exchange.placeOrder(at, accountId, {
    symbol: listingOf(known.symbol).unified,
    side,
    type: 'limit',
    quantity: rest,
    price,
    timeInForce: 'GTC',
    postOnly,
    ...(clientOrderId === null ? {} : { clientOrderId }),
    tags,
  });
  if (!placed.ok) throw spotRefusal(placed.refusal, side);
  return { newOrderId: placed.order.venueOrderId, clientOid: clientOrderId ?? '' };
}
