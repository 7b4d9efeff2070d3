/**
 * USD-M conditional (algo) orders: their endpoints, and the order that a triggered one created.
 *
 * Entry points: `algoOrderEndpoints`, `actualOrder`. Source: "New Algo Order" and its neighbours in the USD-M futures documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Order } from '../../exchange/order.ts';
import { signedEndpoint, type AccountCall, type Endpoint } from '../authentication.ts';
import { cancelRejected, eitherMissing, orderUnknown } from '../errors.ts';
import { page, readWindow, timesOf } from '../history-window.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { algoOrderJson, priceText } from './order-json.ts';
import { readAlgoOrder, usdmSymbolFrom, type UsdmNewOrder } from './order-requests.ts';
import { usdmExchangeRefusal } from './refusals.ts';
import { counted, type UsdmTradingSettings } from './trading.ts';

/** The longest window of a history request. */
const LONGEST_HOURS = 168;

export function algoOrderEndpoints(settings: UsdmTradingSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    {
      method: 'POST',
      path: '/fapi/v1/algoOrder',
      route: 'create_order',
      security: 'trade',
      weight: 0,
      showsOrderCounts: true,
      answer: (call) => {
        const order = beginningNow(
          exchange,
          readAlgoOrder(call.parameters, call.at, exchange.isHedged(call.accountId)),
        );
        return counted(settings, call, () => {
          const result = exchange.placeOrder(call.at, call.accountId, order.request);
          if (!result.ok) throw usdmExchangeRefusal(result.refusal);
          // The acknowledgement names these of every order; look-ups name them of trailing ones alone.
          return { activatePrice: '', callbackRate: '', ...algoOrderJson(result.order, null) };
        });
      },
    },
    {
      method: 'DELETE',
      path: '/fapi/v1/algoOrder',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        const order = findAlgoOrder(exchange, call, true);
        if (order === null) throw cancelRejected();
        const result = exchange.cancelOrder(call.at, call.accountId, {
          symbol: order.symbol,
          venueOrderId: order.venueOrderId,
          conditional: true,
        });
        if (!result.ok) throw usdmExchangeRefusal(result.refusal);
        return {
          algoId: Number(order.venueOrderId),
          clientAlgoId: order.clientOrderId ?? '',
          code: '200',
          msg: 'success',
        };
      },
    },
    {
      method: 'DELETE',
      path: '/fapi/v1/algoOpenOrders',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
        exchange.cancelAll(call.at, call.accountId, {
          symbol: unifiedUsdmSymbol(symbol),
          conditional: true,
        });
        return { code: 200, msg: 'The operation of cancel all open order is done.' };
      },
    },
    signedEndpoint('/fapi/v1/algoOrder', 'query_order', 1, (call) => {
      const order = findAlgoOrder(exchange, call, false);
      if (order === null) throw orderUnknown();
      return algoOrderJson(order, actualOrder(exchange, call, order));
    }),
    signedEndpoint(
      '/fapi/v1/openAlgoOrders',
      'open_orders',
      (parameters) => (parameters.has('symbol') ? 1 : 40),
      (call) => {
        const symbol = call.parameters.optional('symbol');
        return exchange
          .openOrders(call.accountId, {
            marketType: 'swap',
            conditional: true,
            ...(symbol === undefined ? {} : { symbol: unifiedUsdmSymbol(usdmSymbolFrom(symbol)) }),
          })
          .map((order) => algoOrderJson(order, null));
      },
    ),
    signedEndpoint('/fapi/v1/allAlgoOrders', 'query_order', 5, (call) => allAlgoOrders(exchange, call)),
  ];
}

/** A trailing stop without `activatePrice` shows the latest price as it. */
function beginningNow(exchange: Exchange, order: UsdmNewOrder): UsdmNewOrder {
  const { request } = order;
  if (request.trailing === undefined || request.trailing.activationPrice !== undefined) return order;
  const market = exchange.market(request.symbol);
  const latest = request.triggerSource === 'mark' ? market?.markPrice : market?.lastPrice;
  const activatePrice = priceText(order.symbol, latest ?? null);
  return { ...order, request: { ...request, tags: { ...request.tags, activatePrice } } };
}

/** The conditional order that `algoId` or `clientAlgoId` names; the newest where a client id was used again. */
function findAlgoOrder(exchange: Exchange, call: AccountCall, openOnly: boolean): Order | null {
  const algoId = call.parameters.optionalInteger('algoId');
  const clientAlgoId = call.parameters.optional('clientAlgoId');
  if (algoId === undefined && clientAlgoId === undefined) throw eitherMissing('algoId', 'clientAlgoId');
  // Ids are unique over all symbols; a client id may stand once on each.
  const identity =
    algoId === undefined ? { clientOrderId: clientAlgoId ?? '' } : { venueOrderId: String(algoId) };
  const found = exchange.instruments().flatMap(({ symbol, marketType }) => {
    if (marketType !== 'swap') return [];
    const reference = { symbol, conditional: true, ...identity };
    const order = openOnly
      ? exchange.known(call.at, call.accountId, reference)
      : exchange.lookUp(call.at, call.accountId, reference);
    return order === null || (openOnly && !isOpen(order.status)) ? [] : [order];
  });
  return found.toSorted((left, right) => left.createdAt - right.createdAt).at(-1) ?? null;
}

/** The order that a triggered conditional order created. */
export function actualOrder(
  exchange: Exchange,
  call: { readonly at: number; readonly accountId: string },
  order: Order,
): Order | null {
  if (order.triggeredVenueOrderId === null) return null;
  return exchange.lookUp(call.at, call.accountId, {
    symbol: order.symbol,
    venueOrderId: order.triggeredVenueOrderId,
  });
}

function allAlgoOrders(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const fromId = parameters.optionalInteger('algoId');
  const window = readWindow(parameters, LONGEST_HOURS);
  const orders = exchange
    .orders(call.at, call.accountId, {
      symbol: unifiedUsdmSymbol(symbol),
      conditional: true,
      ...timesOf(window),
    })
    .filter((order) => fromId === undefined || Number(order.venueOrderId) >= fromId);
  return page(orders, fromId !== undefined || window.startMs !== undefined, window.limit).map((order) =>
    algoOrderJson(order, actualOrder(exchange, call, order)),
  );
}
