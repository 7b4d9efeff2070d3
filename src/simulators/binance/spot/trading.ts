/**
 * Spot trading endpoints: place, cancel, replace, amend, order lists.
 *
 * Entry point: `spotTradingEndpoints`. Every endpoint reads all its parameters and checks the filters before
 * the exchange sees anything. Source: "Trading endpoints" of rest-api.md in binance-spot-api-docs.
 */
import type { CancelReplaceResult, Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Order, type OrderList } from '../../exchange/order.ts';
import type { AccountCall, Endpoint } from '../door.ts';
import {
  amendRejected,
  BinanceRefusal,
  cancelRejected,
  clientOrderIdMismatch,
  eitherMissing,
  filterFailure,
  invalidCancelRestrictions,
  invalidParameter,
  LIST_PRICES_TEXT,
  newOrderRejected,
} from '../errors.ts';
import { generatedClientOrderId } from '../figures.ts';
import { readSide } from '../order-words.ts';
import type { Parameters } from '../parameters.ts';
import type { OrderCounts } from '../rate-limits.ts';
import type { AveragePrices } from './average-price.ts';
import { checkFilters } from './filters.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import {
  amendedOrderJson,
  canceledOrderJson,
  CLIENT_ID_PATTERN,
  CLIENT_ID_RANGE,
  newOrderJson,
  orderListJson,
  readNewOrder,
  readOrder,
  readOrderType,
  readReference,
  symbolFrom,
  type NewOrder,
  type OrderParameterNames,
  type ReferenceParameters,
} from './orders.ts';
import { spotRefusal } from './refusals.ts';

export type SpotTradingSettings = {
  readonly exchange: Exchange;
  readonly counts: OrderCounts;
  readonly averagePrices: AveragePrices;
  readonly limits: boolean;
};

export function spotTradingEndpoints(settings: SpotTradingSettings): Endpoint[] {
  return [...orderEndpoints(settings), ...listEndpoints(settings)];
}

function orderEndpoints(settings: SpotTradingSettings): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/api/v3/order',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => placeOrder(settings, call),
    },
    {
      method: 'POST',
      path: '/api/v3/order/test',
      route: 'other',
      security: 'trade',
      weight: 1,
      answer: (call) => testOrder(settings, call),
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
      method: 'POST',
      path: '/api/v3/order/cancelReplace',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => cancelReplace(settings, call),
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

function checkNewOrder(settings: SpotTradingSettings, order: NewOrder, at: number): void {
  const average = settings.averagePrices.of(order.request.symbol, at);
  checkFilters(order.symbol, order.filtered, average.price);
}

/** Counts the orders while `place` runs; an order that was refused is not counted. */
function counted<T>(settings: SpotTradingSettings, call: AccountCall, orders: number, place: () => T): T {
  settings.counts.add(call.accountId, orders, call.clockMs, settings.limits);
  try {
    return place();
  } catch (error) {
    settings.counts.giveBack(call.accountId, orders, call.clockMs);
    throw error;
  }
}

function placeOrder(settings: SpotTradingSettings, call: AccountCall): unknown {
  const order = readNewOrder(call.parameters);
  call.parameters.refuseUnread();
  checkNewOrder(settings, order, call.at);
  return counted(settings, call, 1, () => {
    const result = settings.exchange.placeOrder(call.at, call.accountId, order.request);
    if (!result.ok) throw spotRefusal(result.refusal);
    return newOrderJson(result.order, result.fills, order.responseType);
  });
}

function testOrder(settings: SpotTradingSettings, call: AccountCall): unknown {
  const order = readNewOrder(call.parameters);
  const withRates = call.parameters.optionalBoolean('computeCommissionRates') === true;
  call.parameters.refuseUnread();
  checkNewOrder(settings, order, call.at);
  if (!withRates) return {};
  return {
    standardCommissionForOrder: { maker: '0.00100000', taker: '0.00100000' },
    specialCommissionForOrder: { maker: '0.00000000', taker: '0.00000000' },
    taxCommissionForOrder: { maker: '0.00000000', taker: '0.00000000' },
    discount: {
      enabledForAccount: false,
      enabledForSymbol: false,
      discountAsset: 'BNB',
      discount: '0.25000000',
    },
  };
}

/** The order named, if it can still be cancelled under the request's conditions. Throws -2011, -2039. */
function checkCancelable(
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

function readCancelRestrictions(parameters: Parameters): string | undefined {
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

type Attempt = { readonly result: 'SUCCESS' | 'FAILURE' | 'NOT_ATTEMPTED'; readonly response: unknown };

function cancelReplace(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const order = readNewOrder(parameters);
  const target = readReference(parameters, 'cancelOrderId', 'cancelOrigClientOrderId');
  const cancelId =
    parameters.optionalMatching('cancelNewClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE) ??
    generatedClientOrderId();
  const mode = parameters.required('cancelReplaceMode');
  if (mode !== 'STOP_ON_FAILURE' && mode !== 'ALLOW_FAILURE') throw invalidParameter('cancelReplaceMode');
  const restrictions = readCancelRestrictions(parameters);
  const exceededMode = parameters.optional('orderRateLimitExceededMode') ?? 'DO_NOTHING';
  if (exceededMode !== 'DO_NOTHING' && exceededMode !== 'CANCEL_ONLY')
    throw invalidParameter('orderRateLimitExceededMode');
  parameters.refuseUnread();
  checkNewOrder(settings, order, call.at);
  try {
    settings.counts.add(call.accountId, 1, call.clockMs, settings.limits);
  } catch (error) {
    if (!(error instanceof BinanceRefusal) || exceededMode === 'DO_NOTHING') throw error;
    return cancelAlone(settings, call, target, restrictions, cancelId, error);
  }
  const blocked = refusalOf(() => checkCancelable(settings, call, target, restrictions));
  if (blocked !== null)
    return answerCancelReplace(
      { result: 'FAILURE', response: blocked.body() },
      mode === 'STOP_ON_FAILURE'
        ? { result: 'NOT_ATTEMPTED', response: null }
        : placeAttempt(settings, call, order),
    );
  const outcome = settings.exchange.cancelReplace(
    call.at,
    call.accountId,
    target.reference,
    order.request,
    mode === 'STOP_ON_FAILURE' ? 'stop_on_failure' : 'allow_failure',
    cancelId,
  );
  return answerCancelReplace(cancelAttempt(outcome, cancelId), replaceAttempt(outcome, order));
}

function refusalOf(act: () => void): BinanceRefusal | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof BinanceRefusal) return error;
    throw error;
  }
}

/** The order count is exceeded and the client wants the cancel all the same. */
function cancelAlone(
  settings: SpotTradingSettings,
  call: AccountCall,
  target: ReferenceParameters,
  restrictions: string | undefined,
  cancelId: string,
  exceeded: BinanceRefusal,
): never {
  let cancel: Attempt = { result: 'FAILURE', response: cancelRejected().body() };
  const blocked = refusalOf(() => checkCancelable(settings, call, target, restrictions));
  if (blocked === null) {
    const result = settings.exchange.cancelOrder(call.at, call.accountId, target.reference, cancelId);
    if (result.ok) cancel = { result: 'SUCCESS', response: canceledOrderJson(result.order, cancelId) };
  }
  const place: Attempt =
    cancel.result === 'SUCCESS'
      ? { result: 'FAILURE', response: exceeded.body() }
      : { result: 'NOT_ATTEMPTED', response: null };
  throw cancelReplaceRefusal(429, cancel, place, exceeded.headers);
}

function placeAttempt(settings: SpotTradingSettings, call: AccountCall, order: NewOrder): Attempt {
  const result = settings.exchange.placeOrder(call.at, call.accountId, order.request);
  return result.ok
    ? { result: 'SUCCESS', response: newOrderJson(result.order, result.fills, order.responseType) }
    : { result: 'FAILURE', response: spotRefusal(result.refusal).body() };
}

function cancelAttempt(outcome: CancelReplaceResult, cancelId: string): Attempt {
  return outcome.cancel.ok
    ? { result: 'SUCCESS', response: canceledOrderJson(outcome.cancel.order, cancelId) }
    : { result: 'FAILURE', response: cancelRejected().body() };
}

function replaceAttempt(outcome: CancelReplaceResult, order: NewOrder): Attempt {
  if (outcome.place === null) return { result: 'NOT_ATTEMPTED', response: null };
  return outcome.place.ok
    ? {
        result: 'SUCCESS',
        response: newOrderJson(outcome.place.order, outcome.place.fills, order.responseType),
      }
    : { result: 'FAILURE', response: spotRefusal(outcome.place.refusal).body() };
}

function answerCancelReplace(cancel: Attempt, place: Attempt): unknown {
  if (cancel.result === 'SUCCESS' && place.result === 'SUCCESS') return bothResults(cancel, place);
  throw cancelReplaceRefusal(
    cancel.result === 'SUCCESS' || place.result === 'SUCCESS' ? 409 : 400,
    cancel,
    place,
    {},
  );
}

function bothResults(cancel: Attempt, place: Attempt): Record<string, unknown> {
  return {
    cancelResult: cancel.result,
    newOrderResult: place.result,
    cancelResponse: cancel.response,
    newOrderResponse: place.response,
  };
}

function cancelReplaceRefusal(
  status: number,
  cancel: Attempt,
  place: Attempt,
  headers: Readonly<Record<string, string>>,
): BinanceRefusal {
  const partial = cancel.result === 'SUCCESS' || place.result === 'SUCCESS';
  return new BinanceRefusal(
    status,
    partial ? -2021 : -2022,
    partial ? 'Order cancel-replace partially failed.' : 'Order cancel-replace failed.',
    { data: bothResults(cancel, place), headers: { ...headers } },
  );
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
    executionId: result.order.updatedAt,
    amendedOrder: amendedOrderJson(before, result.order),
  };
}

function listEndpoints(settings: SpotTradingSettings): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/api/v3/orderList/oco',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => placeOneCancelsOther(settings, call),
    },
    {
      method: 'POST',
      path: '/api/v3/order/oco',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => placeOldOneCancelsOther(settings, call),
    },
    {
      method: 'DELETE',
      path: '/api/v3/orderList',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      answer: (call) => cancelOrderList(settings, call),
    },
  ];
}

function legNames(leg: 'above' | 'below'): OrderParameterNames {
  return {
    type: `${leg}Type`,
    quantity: 'quantity',
    price: `${leg}Price`,
    stopPrice: `${leg}StopPrice`,
    timeInForce: `${leg}TimeInForce`,
    clientOrderId: `${leg}ClientOrderId`,
    icebergQuantity: `${leg}IcebergQty`,
    trailingDelta: `${leg}TrailingDelta`,
    strategyId: `${leg}StrategyId`,
    strategyType: `${leg}StrategyType`,
  };
}

function placeOneCancelsOther(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const listId = parameters.optionalMatching('listClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
  const aboveType = readOrderType(parameters, 'aboveType');
  const belowType = readOrderType(parameters, 'belowType');
  const above = readOrder(parameters, symbol, side, aboveType, legNames('above'));
  const below = readOrder(parameters, symbol, side, belowType, legNames('below'));
  parameters.refuseUnread();
  return placeLegs(settings, call, above, below, listId);
}

/** The older form: a limit maker and a stop, named by what they are instead of where they stand. */
function placeOldOneCancelsOther(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const listId = parameters.optionalMatching('listClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
  const limit = readOrder(parameters, symbol, side, 'LIMIT_MAKER', {
    type: 'type',
    quantity: 'quantity',
    price: 'price',
    stopPrice: 'limitStopPrice',
    timeInForce: 'limitTimeInForce',
    clientOrderId: 'limitClientOrderId',
    icebergQuantity: 'limitIcebergQty',
    trailingDelta: 'limitTrailingDelta',
    strategyId: 'limitStrategyId',
    strategyType: 'limitStrategyType',
  });
  const stop = readOrder(
    parameters,
    symbol,
    side,
    parameters.has('stopLimitPrice') ? 'STOP_LOSS_LIMIT' : 'STOP_LOSS',
    {
      type: 'type',
      quantity: 'quantity',
      price: 'stopLimitPrice',
      stopPrice: 'stopPrice',
      timeInForce: 'stopLimitTimeInForce',
      clientOrderId: 'stopClientOrderId',
      icebergQuantity: 'stopIcebergQty',
      trailingDelta: 'trailingDelta',
      strategyId: 'stopStrategyId',
      strategyType: 'stopStrategyType',
    },
  );
  parameters.refuseUnread();
  const [above, below] = side === 'sell' ? [limit, stop] : [stop, limit];
  return placeLegs(settings, call, above, below, listId);
}

/** Which price of a leg is compared with the last trade: the trigger of a stop, the price of a limit maker. */
function listPrice(leg: NewOrder): ReturnType<Parameters['optionalDecimal']> {
  return leg.filtered.stopPrice ?? leg.filtered.price;
}

function checkLegs(above: NewOrder, below: NewOrder, settings: SpotTradingSettings): void {
  const types = [above.type, below.type];
  if (types.includes('LIMIT') || types.includes('MARKET'))
    throw new BinanceRefusal(400, -1158, 'Order type not supported in OCO.');
  const stops = types.filter((type) => type.startsWith('STOP_LOSS')).length;
  if (stops !== 1) {
    if (stops === 0) throw new BinanceRefusal(400, -1168, 'At least one OCO order must be contingent.');
    throw new BinanceRefusal(400, -1158, 'Order type not supported in OCO.');
  }
  const selling = above.request.side === 'sell';
  const [profit, stop] = above.type.startsWith('STOP_LOSS') ? [below, above] : [above, below];
  if (selling && stop === above)
    throw new BinanceRefusal(400, -1197, 'A stop loss order in a sell OCO must be below.');
  if (!selling && stop === below)
    throw new BinanceRefusal(400, -1196, 'A stop loss order in a buy OCO must be above.');
  const last = settings.exchange.market(above.request.symbol)?.lastPrice;
  const high = listPrice(above);
  const low = listPrice(below);
  if (last === undefined || high === undefined || low === undefined || profit === stop) return;
  if (!high.greaterThan(last) || !low.lessThan(last)) throw newOrderRejected(LIST_PRICES_TEXT);
}

function placeLegs(
  settings: SpotTradingSettings,
  call: AccountCall,
  above: NewOrder,
  below: NewOrder,
  clientListId: string | undefined,
): unknown {
  checkNewOrder(settings, above, call.at);
  checkNewOrder(settings, below, call.at);
  checkLegs(above, below, settings);
  return counted(settings, call, 2, () => {
    const result = settings.exchange.placeList(call.at, call.accountId, {
      symbol: unifiedSpotSymbol(above.symbol),
      clientListId: clientListId ?? generatedClientOrderId(),
      legs: [above.request, below.request],
    });
    if (!result.ok) throw spotRefusal(result.refusal);
    const responseType = call.parameters.optional('newOrderRespType') ?? 'RESULT';
    return {
      ...orderListJson(result.list),
      orderReports: result.orders.map((order) =>
        newOrderJson(order, [], responseType === 'ACK' ? 'ACK' : 'RESULT'),
      ),
    };
  });
}

function cancelOrderList(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const listId = parameters.optionalInteger('orderListId');
  const clientListId = parameters.optionalMatching('listClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
  const cancelId =
    parameters.optionalMatching('newClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE) ??
    generatedClientOrderId();
  parameters.refuseUnread();
  const result = settings.exchange.cancelList(
    call.at,
    call.accountId,
    listReference(unifiedSpotSymbol(symbol), listId, clientListId),
  );
  if (!result.ok) throw spotRefusal(result.refusal);
  return {
    ...orderListJson(result.list),
    orderReports: result.orders.map((order) => canceledOrderJson(order, cancelId)),
  };
}

function listReference(
  symbol: string,
  listId: number | undefined,
  clientListId: string | undefined,
): { symbol: string } & ({ listId: string } | { clientListId: string }) {
  if (listId !== undefined) return { symbol, listId: String(listId) };
  if (clientListId !== undefined) return { symbol, clientListId };
  throw eitherMissing('orderListId', 'listClientOrderId');
}
