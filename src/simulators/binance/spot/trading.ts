/**
 * Spot trading endpoints: place, cancel, amend. Cancel-replace and order lists stand in files of their own.
 *
 * Entry point: `spotTradingEndpoints`. Every endpoint reads all its parameters and checks the filters before
 * the exchange sees anything. Source: "Trading endpoints" of rest-api.md in binance-spot-api-docs.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Order, type OrderList } from '../../exchange/order.ts';
import type { AccountCall, Endpoint } from '../authentication.ts';
import {
  amendRejected,
  cancelRejected,
  clientOrderIdMismatch,
  filterFailure,
  invalidCancelRestrictions,
  invalidOrderType,
  parameterNotRequired,
} from '../errors.ts';
import { generatedClientOrderId } from '../figures.ts';
import type { Parameters } from '../parameters.ts';
import type { OrderCounts } from '../rate-limits.ts';
import type { AveragePrices } from './average-price.ts';
import { checkFilters } from './filters.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import { amendedOrderJson, canceledOrderJson, newOrderJson, orderListJson } from './order-json.ts';
import {
  CLIENT_ID_PATTERN,
  CLIENT_ID_RANGE,
  readNewOrder,
  readReference,
  symbolFrom,
  type NewOrder,
  type ReferenceParameters,
} from './order-requests.ts';
import { spotRefusal } from './refusals.ts';

export type SpotTradingSettings = {
  readonly exchange: Exchange;
  readonly counts: OrderCounts;
  readonly averagePrices: AveragePrices;
  readonly limits: boolean;
};

export function spotTradingEndpoints(settings: SpotTradingSettings): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/api/v3/order',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => placeOrder(settings, call, readNewOrder(call.parameters)),
    },
    {
      method: 'POST',
      path: '/api/v3/order/test',
      route: 'other',
      security: 'trade',
      weight: testWeight,
      answer: (call) => testOrder(settings, call, readNewOrder(call.parameters)),
    },
    {
      method: 'POST',
      path: '/api/v3/sor/order',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => placeOrder(settings, call, readRoutedOrder(call.parameters)),
    },
    {
      method: 'POST',
      path: '/api/v3/sor/order/test',
      route: 'other',
      security: 'trade',
      weight: testWeight,
      answer: (call) => testOrder(settings, call, readRoutedOrder(call.parameters)),
    },
    {
      method: 'DELETE',
      path: '/api/v3/order',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      answer: (call) => cancelOrder(settings, call),
    },
    {
      method: 'DELETE',
      path: '/api/v3/openOrders',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      answer: (call) => cancelOpenOrders(settings, call),
    },
    {
      method: 'PUT',
      path: '/api/v3/order/amend/keepPriority',
      route: 'create_order',
      security: 'trade',
      weight: 4,
      answer: (call) => amendOrder(settings, call),
    },
  ];
}

export function checkNewOrder(settings: SpotTradingSettings, order: NewOrder, at: number): void {
  const average = settings.averagePrices.of(order.request.symbol, at);
  checkFilters(order.symbol, order.filtered, average.price);
}

/** Counts the orders while `place` runs; an order that was refused is not counted. */
export function counted<T>(
  settings: SpotTradingSettings,
  call: AccountCall,
  orders: number,
  place: () => T,
): T {
  settings.counts.add(call.accountId, orders, call.clockMs, settings.limits);
  try {
    return place();
  } catch (error) {
    settings.counts.giveBack(call.accountId, orders, call.clockMs);
    throw error;
  }
}

function testWeight(parameters: Parameters): number {
  return parameters.has('computeCommissionRates') ? 20 : 1;
}

/**
 * An order for smart order routing. The other books of its base asset are not looked at here, so that it works in the book of its
 * symbol alone. Source: "New order using SOR" of rest-api.md.
 */
function readRoutedOrder(parameters: Parameters): NewOrder {
  const order = readNewOrder(parameters);
  if (order.type !== 'LIMIT' && order.type !== 'MARKET') throw invalidOrderType();
  if (order.request.cost !== undefined) throw parameterNotRequired('quoteOrderQty');
  const tags = { ...order.request.tags, usedSor: 'true' };
  return { ...order, request: { ...order.request, tags } };
}

function placeOrder(settings: SpotTradingSettings, call: AccountCall, order: NewOrder): unknown {
  call.parameters.refuseUnread();
  checkNewOrder(settings, order, call.at);
  return counted(settings, call, 1, () => {
    const result = settings.exchange.placeOrder(call.at, call.accountId, order.request);
    if (!result.ok) throw spotRefusal(result.refusal);
    return newOrderJson(result.order, result.fills, order.responseType);
  });
}

function testOrder(settings: SpotTradingSettings, call: AccountCall, order: NewOrder): unknown {
  const withRates = call.parameters.optionalBoolean('computeCommissionRates') === true;
  call.parameters.refuseUnread();
  checkNewOrder(settings, order, call.at);
  if (!withRates) return {};
  return {
    standardCommissionForOrder: { maker: '0.00100000', taker: '0.00100000' },
    specialCommissionForOrder: { maker: '0.00000000', taker: '0.00000000' },
    taxCommissionForOrder: { maker: '0.00000000', taker: '0.00000000' },
    discount: {
      enabledForAccount: settings.exchange.paysFeesInCoin(call.accountId, 'spot'),
      enabledForSymbol: true,
      discountAsset: 'BNB',
      discount: '0.25000000',
    },
  };
}

/** The order named, if it can still be cancelled under the request's conditions. Throws -2011, -2039. */
export function checkCancelable(
  settings: SpotTradingSettings,
  call: AccountCall,
  target: ReferenceParameters,
  restrictions: string | undefined,
): void {
  if (target.expectedClientOrderId === undefined && restrictions === undefined) return;
  const order = settings.exchange.lookUp(call.at, call.accountId, target.reference);
  if (order === null || !isOpen(order.status)) throw cancelRejected();
  if (target.expectedClientOrderId !== undefined && order.clientOrderId !== target.expectedClientOrderId)
    throw clientOrderIdMismatch();
  const untouched = order.status !== 'partially_filled';
  if ((restrictions === 'ONLY_NEW' && !untouched) || (restrictions === 'ONLY_PARTIALLY_FILLED' && untouched))
    throw cancelRejected('Order was not canceled due to cancel restrictions.');
}

export function readCancelRestrictions(parameters: Parameters): string | undefined {
  const text = parameters.optional('cancelRestrictions');
  if (text !== undefined && text !== 'ONLY_NEW' && text !== 'ONLY_PARTIALLY_FILLED')
    throw invalidCancelRestrictions();
  return text;
}

function cancelOrder(settings: SpotTradingSettings, call: AccountCall): unknown {
  const target = readReference(call.parameters);
  const cancelId =
    call.parameters.optionalMatching('newClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE) ??
    generatedClientOrderId();
  const restrictions = readCancelRestrictions(call.parameters);
  call.parameters.refuseUnread();
  checkCancelable(settings, call, target, restrictions);
  const result = settings.exchange.cancelOrder(call.at, call.accountId, target.reference, cancelId);
  if (!result.ok) throw spotRefusal(result.refusal);
  return canceledOrderJson(result.order, cancelId);
}

function cancelOpenOrders(settings: SpotTradingSettings, call: AccountCall): unknown {
  const symbol = symbolFrom(call.parameters.required('symbol'));
  call.parameters.refuseUnread();
  const canceled = settings.exchange.cancelAll(call.at, call.accountId, {
    symbol: unifiedSpotSymbol(symbol),
  });
  if (canceled.length === 0) throw cancelRejected();
  const lists = settings.exchange.lists(call.accountId);
  const reported = new Set<string>();
  const answer: unknown[] = [];
  for (const order of canceled) {
    if (order.listId === null) {
      answer.push(canceledOrderJson(order, generatedClientOrderId()));
      continue;
    }
    if (reported.has(order.listId)) continue;
    reported.add(order.listId);
    const list = lists.find((candidate) => candidate.listId === order.listId);
    if (list === undefined) continue;
    const legs = legOrders(settings.exchange, call, list);
    answer.push({
      ...orderListJson(list),
      orderReports: legs.map((leg) => canceledOrderJson(leg, generatedClientOrderId())),
    });
  }
  return answer;
}

function legOrders(exchange: Exchange, call: AccountCall, list: OrderList): Order[] {
  return list.legs.flatMap((leg) => {
    const order = exchange.lookUp(call.at, call.accountId, {
      symbol: list.symbol,
      venueOrderId: leg.venueOrderId,
    });
    return order === null ? [] : [order];
  });
}

function amendOrder(settings: SpotTradingSettings, call: AccountCall): unknown {
  const target = readReference(call.parameters);
  const newId = call.parameters.optionalMatching('newClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
  const quantity = call.parameters.requiredDecimal('newQty');
  call.parameters.refuseUnread();
  const before = settings.exchange.lookUp(call.at, call.accountId, target.reference);
  if (before === null || !isOpen(before.status)) throw amendRejected('Unknown order sent.');
  if (target.expectedClientOrderId !== undefined && before.clientOrderId !== target.expectedClientOrderId)
    throw clientOrderIdMismatch();
  if (quantity.equals(before.quantity))
    throw amendRejected('The requested action would change no state; rejecting');
  if (quantity.greaterThan(before.quantity))
    throw amendRejected('Order amend (quantity increase) is not supported.');
  if (!quantity.isMultipleOf(target.symbol.stepSize) || quantity.lessThan(target.symbol.minQuantity))
    throw filterFailure('LOT_SIZE');
  const result = settings.exchange.amendOrder(call.at, call.accountId, target.reference, {
    quantity,
    clientOrderId: newId ?? generatedClientOrderId(),
  });
  if (!result.ok) throw spotRefusal(result.refusal);
  return {
    transactTime: result.order.updatedAt,
    executionId: settings.exchange.amendments(call.accountId).at(-1)?.number,
    amendedOrder: amendedOrderJson(before, result.order),
  };
}
