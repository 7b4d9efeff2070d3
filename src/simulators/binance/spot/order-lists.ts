/**
 * Spot order lists (one cancels the other): their endpoints in the present and the older form.
 *
 * Entry point: `orderListEndpoints`. Source: "New Order lists" of rest-api.md in binance-spot-api-docs.
 */
import type { AccountCall, Endpoint } from '../authentication.ts';
import { BinanceRefusal, eitherMissing, LIST_PRICES_TEXT, newOrderRejected } from '../errors.ts';
import { generatedClientOrderId } from '../figures.ts';
import { readSide } from '../order-words.ts';
import type { Parameters } from '../parameters.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import { canceledOrderJson, newOrderJson, orderListJson } from './order-json.ts';
import {
  CLIENT_ID_PATTERN,
  CLIENT_ID_RANGE,
  readOrder,
  readOrderType,
  symbolFrom,
  type NewOrder,
  type OrderParameterNames,
} from './order-requests.ts';
import { spotRefusal } from './refusals.ts';
import { checkNewOrder, counted, type SpotTradingSettings } from './trading.ts';

export function orderListEndpoints(settings: SpotTradingSettings): Endpoint[] {
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
