/**
 * Bybit's endpoints that act on orders: one, a batch, all of them.
 *
 * Entry point: `tradingEndpoints`. Every answer is an acknowledgement alone. A batch answers in two lists of the same length, one with
 * the ids and one with a code for each. Source: "Place Order", "Amend Order", "Cancel Order", "Cancel All Orders", "Batch Place
 * Order", "Batch Amend Order" and "Batch Cancel Order" of the v5 documentation.
 */
import type { Amendment } from '../exchange/command.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order } from '../exchange/order.ts';
import { Extended, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { BybitRefusal, exchangeRefusal, missing, parameterError, tooManyVisits } from './errors.ts';
import { LISTINGS } from './instruments.ts';
import { readNewOrder, readReference } from './order-requests.ts';
import {
  categoryOf,
  listingFrom,
  objectParameters,
  optionalListing,
  textOf,
  type Parameters,
} from './parameters.ts';
import { isObject } from '../wire/request-fields.ts';
import type { AccountLimits } from './rate-limits.ts';
import type { Category } from './symbols.ts';

export interface TradingSettings {
  readonly exchange: Exchange;
  readonly accounts: AccountLimits;
  readonly limits: boolean;
  /** Whether an order that is filled can still be cancelled as far as the acknowledgement goes; it is shown to the stream then. */
  readonly takesCancelOf: (order: Order, at: number) => boolean;
  readonly onLateCancel: (order: Order) => void;
}

type Act = (
  settings: TradingSettings,
  call: AccountCall,
  category: Category,
  parameters: Parameters,
) => Order;

export function tradingEndpoints(settings: TradingSettings): Endpoint[] {
  const single = (path: string, route: 'create_order' | 'cancel_order', act: Act): Endpoint =>
    tradingEndpoint(path, route, (call) => {
      const { parameters } = call.parameters;
      return idsOf(act(settings, call, categoryOf(parameters), parameters));
    });
  const batch = (path: string, route: 'create_order' | 'cancel_order', act: Act): Endpoint =>
    tradingEndpoint(path, route, (call) => batchAnswer(settings, call, act));
  return [
    single('/v5/order/create', 'create_order', create),
    single('/v5/order/amend', 'create_order', amend),
    single('/v5/order/cancel', 'cancel_order', cancel),
    tradingEndpoint('/v5/order/cancel-all', 'cancel_order', (call) => cancelAll(settings, call)),
    batch('/v5/order/create-batch', 'create_order', create),
    batch('/v5/order/amend-batch', 'create_order', amend),
    batch('/v5/order/cancel-batch', 'cancel_order', cancel),
  ];
}

function idsOf(order: Order): { readonly orderId: string; readonly orderLinkId: string } {
  return { orderId: order.venueOrderId, orderLinkId: order.clientOrderId ?? '' };
}

const create: Act = ({ exchange }, { accountId, at }, category, parameters) => {
  const request = readNewOrder(exchange, accountId, category, parameters);
  const result = exchange.placeOrder(at, accountId, request);
  if (!result.ok) {
    const refusal = exchangeRefusal(category, result.refusal);
    if (result.refusal.code !== 'would_trigger_immediately') throw refusal;
    throw triggerRefusal(parameters);
  }
  return result.order;
};

/** The code says which way the price was expected to move. */
function triggerRefusal(parameters: Parameters): BybitRefusal {
  const price = parameters.required('triggerPrice');
  return parameters.optionalInteger('triggerDirection') === 1
    ? new BybitRefusal(110092, `expect Rising, but trigger_price[${price}] <= current??laste`)
    : new BybitRefusal(110093, `expect Falling, but trigger_price[${price}] >= current??last`);
}

const amend: Act = ({ exchange }, { accountId, at }, category, parameters) => {
  const listing = listingFrom(parameters, category);
  const reference = readReference(parameters, listing);
  const quantity = parameters.optionalDecimal('qty');
  const price = parameters.optionalDecimal('price');
  if (quantity === undefined && price === undefined) throw missing('qty or price');
  const change: Amendment = {
    ...(quantity === undefined ? {} : { quantity }),
    ...(price === undefined ? {} : { price }),
  };
  const result = exchange.amendOrder(at, accountId, reference, change);
  if (!result.ok) {
    if (
      result.refusal.code === 'amend_refused' &&
      category === 'linear' &&
      /above what/.test(result.refusal.detail)
    )
      throw new BybitRefusal(
        110064,
        'The modified contract quantity cannot be less than or equal to the filled quantity.',
      );
    throw exchangeRefusal(category, result.refusal);
  }
  return result.order;
};

const cancel: Act = (settings, { accountId, at }, category, parameters) => {
  const { exchange } = settings;
  const reference = readReference(parameters, listingFrom(parameters, category));
  const result = exchange.cancelOrder(at, accountId, reference);
  if (result.ok) return result.order;
  const known = exchange.known(at, accountId, reference);
  if (result.refusal.code === 'order_not_open' && known !== null && settings.takesCancelOf(known, at)) {
    settings.onLateCancel(known);
    return known;
  }
  throw exchangeRefusal(category, result.refusal);
};

/** "cancel up to 500 orders" of contracts. */
const MOST_CANCELED = 500;

function cancelAll(
  { exchange }: TradingSettings,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const category = categoryOf(parameters);
  const listing = optionalListing(parameters, category);
  const base = parameters.optional('baseCoin');
  const settle = parameters.optional('settleCoin');
  if (category === 'linear' && listing === undefined && base === undefined && settle === undefined)
    throw missing('symbol, baseCoin or settleCoin');
  const filter = parameters.optional('orderFilter') ?? (category === 'spot' ? 'Order' : undefined);
  const symbols = (listing === undefined ? LISTINGS : [listing]).filter(
    ({ category: of, symbol }) =>
      of === category &&
      (listing !== undefined || base === undefined || symbol.base === base) &&
      (listing !== undefined || base !== undefined || settle === undefined || symbol.quote === settle),
  );
  const open = symbols
    .flatMap(({ unified }) => exchange.openOrders(accountId, { symbol: unified }))
    .filter((order) => {
      const isWaiting = order.status === 'untriggered';
      return filter === undefined || (filter === 'Order' ? !isWaiting : isWaiting);
    })
    .slice(0, category === 'linear' ? MOST_CANCELED : undefined);
  const list = open.flatMap(({ symbol, venueOrderId }) => {
    const result = exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
    return result.ok ? [idsOf(result.order)] : [];
  });
  return { list, success: '1' };
}

const MOST_IN_BATCH: Readonly<Record<Category, number>> = { linear: 20, spot: 10 };

/** Each entry is judged for itself; those beyond the limit of the second are refused. */
function batchAnswer(settings: TradingSettings, call: AccountCall, act: Act): Extended {
  const { accounts, limits } = settings;
  const { parameters, body, path } = call.parameters;
  const category = categoryOf(parameters);
  const entries = body['request'];
  if (!Array.isArray(entries) || entries.length === 0) throw missing('request');
  if (entries.length > MOST_IN_BATCH[category])
    throw parameterError(`params error: at most ${MOST_IN_BATCH[category]} orders in a request`);
  const admitted = limits
    ? accounts.admit(call.accountId, path, category, entries.length, call.clockMs)
    : entries.length;
  const results = entries.map((entry: unknown, index) => {
    const given = isObject(entry) ? entry : {};
    const named = { category, symbol: textOf(given['symbol']) };
    try {
      if (index >= admitted) throw tooManyVisits({});
      const order = act(settings, call, category, objectParameters(given));
      return { ids: { ...named, ...idsOf(order), createAt: String(order.createdAt) }, code: 0, msg: 'OK' };
    } catch (error) {
      if (!(error instanceof BybitRefusal)) throw error;
      const orderLinkId = textOf(given['orderLinkId']);
      return {
        ids: { ...named, orderId: '', orderLinkId, createAt: '' },
        code: error.code,
        msg: error.message,
      };
    }
  });
  return new Extended(
    { list: results.map(({ ids }) => ids) },
    { list: results.map(({ code, msg }) => ({ code, msg })) },
  );
}
