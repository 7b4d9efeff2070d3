/**
 * Spot order lists: one cancels the other (OCO), one triggers the other (OTO, OTOCO), one pays the other (OPO, OPOCO).
 *
 * Entry point: `orderListEndpoints`. Source: "Order lists" of rest-api.md and faqs/opo.md in binance-spot-api-docs.
 */
import type { AccountCall, Endpoint } from '../authentication.ts';
import {
  BinanceRefusal,
  DUPLICATE_ORDER_TEXT,
  eitherMissing,
  filterFailure,
  invalidParameter,
  LIST_PRICES_TEXT,
  newOrderRejected,
} from '../errors.ts';
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
import { SPOT_LIMITS, type SpotSymbol } from './symbols.ts';
import { checkNewOrder, counted, type SpotTradingSettings } from './trading.ts';

type Place = (settings: SpotTradingSettings, call: AccountCall) => unknown;

const PLACES: Readonly<Record<string, Place>> = {
  '/api/v3/orderList/oco': placeOneCancelsOther,
  '/api/v3/order/oco': placeOldOneCancelsOther,
  '/api/v3/orderList/oto': (settings, call) => placeBehindFirst(settings, call, 'one', false),
  '/api/v3/orderList/otoco': (settings, call) => placeBehindFirst(settings, call, 'pair', false),
  '/api/v3/orderList/opo': (settings, call) => placeBehindFirst(settings, call, 'one', true),
  '/api/v3/orderList/opoco': (settings, call) => placeBehindFirst(settings, call, 'pair', true),
};

export function orderListEndpoints(settings: SpotTradingSettings): Endpoint[] {
  return [
    ...Object.entries(PLACES).map(([path, place]): Endpoint => ({
      method: 'POST',
      path,
      route: 'create_order',
      security: 'trade',
      weight: 1,
      freeWhenAccepted: true,
      showsOrderCounts: true,
      answer: (call) => place(settings, call),
    })),
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

/** `prefix` stands before the name of each parameter of one order, such as `pendingAbove`. */
function prefixed(prefix: string, quantity: string | null = `${prefix}Quantity`): OrderParameterNames {
  return {
    type: `${prefix}Type`,
    quantity,
    price: `${prefix}Price`,
    stopPrice: `${prefix}StopPrice`,
    timeInForce: `${prefix}TimeInForce`,
    clientOrderId: `${prefix}ClientOrderId`,
    icebergQuantity: `${prefix}IcebergQty`,
    trailingDelta: `${prefix}TrailingDelta`,
    strategyId: `${prefix}StrategyId`,
    strategyType: `${prefix}StrategyType`,
  };
}

function readListId(parameters: Parameters): string | undefined {
  return parameters.optionalMatching('listClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
}

function readLeg(
  parameters: Parameters,
  symbol: SpotSymbol,
  side: 'buy' | 'sell',
  names: OrderParameterNames,
): NewOrder {
  return readOrder(parameters, symbol, side, readOrderType(parameters, names.type), names);
}

function placeOneCancelsOther(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const listId = readListId(parameters);
  const above = readLeg(parameters, symbol, side, prefixed('above', 'quantity'));
  const below = readLeg(parameters, symbol, side, prefixed('below', 'quantity'));
  parameters.refuseUnread();
  return placeLegs(settings, call, above, below, listId);
}

/** The older form, which names its legs by what they do: a limit maker and a stop. */
function placeOldOneCancelsOther(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const listId = readListId(parameters);
  const limit = readOrder(parameters, symbol, side, 'LIMIT_MAKER', {
    ...prefixed('limit', 'quantity'),
    price: 'price',
    stopPrice: 'noStopPrice',
    timeInForce: 'noTimeInForce',
    trailingDelta: 'noTrailingDelta',
  });
  const stop = readOrder(
    parameters,
    symbol,
    side,
    parameters.has('stopLimitPrice') ? 'STOP_LOSS_LIMIT' : 'STOP_LOSS',
    {
      ...prefixed('stop', 'quantity'),
      price: 'stopLimitPrice',
      stopPrice: 'stopPrice',
      timeInForce: 'stopLimitTimeInForce',
      trailingDelta: 'trailingDelta',
    },
  );
  parameters.refuseUnread();
  const [above, below] = side === 'sell' ? [limit, stop] : [stop, limit];
  return placeLegs(settings, call, above, below, listId);
}

/** The price of a leg that is compared with the last trade: the trigger of a stop, the price of a limit maker. */
function listPrice(leg: NewOrder): ReturnType<Parameters['optionalDecimal']> {
  return leg.filtered.stopPrice ?? leg.filtered.price;
}

/** Throws unless the types may stand above and below the market in one list. */
function checkLegs(above: NewOrder, below: NewOrder): void {
  const types = [above.type, below.type];
  if (types.includes('LIMIT') || types.includes('MARKET'))
    throw new BinanceRefusal(400, -1158, 'Order type not supported in OCO.');
  const stops = types.filter((type) => type.startsWith('STOP_LOSS')).length;
  if (stops !== 1) {
    if (stops === 0) throw new BinanceRefusal(400, -1168, 'At least one OCO order must be contingent.');
    throw new BinanceRefusal(400, -1158, 'Order type not supported in OCO.');
  }
  const selling = above.request.side === 'sell';
  const stop = above.type.startsWith('STOP_LOSS') ? above : below;
  if (selling && stop === above)
    throw new BinanceRefusal(400, -1197, 'A stop loss order in a sell OCO must be below.');
  if (!selling && stop === below)
    throw new BinanceRefusal(400, -1196, 'A stop loss order in a buy OCO must be above.');
}

/** Throws unless the market stands between the two. */
function checkLegPrices(above: NewOrder, below: NewOrder, settings: SpotTradingSettings): void {
  const last = settings.exchange.market(above.request.symbol)?.lastPrice;
  const high = listPrice(above);
  const low = listPrice(below);
  if (last === undefined) return;
  if (high?.greaterThan(last) === false || low?.lessThan(last) === false)
    throw newOrderRejected(LIST_PRICES_TEXT);
}

/** Throws when too many lists are open, or one of them has this id. */
function checkOpenLists(
  settings: SpotTradingSettings,
  call: AccountCall,
  symbol: SpotSymbol,
  clientListId: string | undefined,
): void {
  const open = settings.exchange.lists(call.accountId).filter(({ status }) => status === 'executing');
  if (clientListId !== undefined && open.some((list) => list.clientListId === clientListId))
    throw newOrderRejected(DUPLICATE_ORDER_TEXT);
  const onSymbol = open.filter((list) => list.symbol === unifiedSpotSymbol(symbol));
  if (settings.limits && onSymbol.length >= SPOT_LIMITS.maxOrderLists)
    throw filterFailure('MAX_NUM_ORDER_LISTS');
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
  checkLegs(above, below);
  checkLegPrices(above, below, settings);
  return placeList(settings, call, null, [above, below], { clientListId, isPaid: false });
}

/** `isPaid`: the orders behind the first one sell what it bought. */
function placeBehindFirst(
  settings: SpotTradingSettings,
  call: AccountCall,
  behind: 'one' | 'pair',
  isPaid: boolean,
): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const clientListId = readListId(parameters);
  const first = readLeg(parameters, symbol, readSide(parameters, 'workingSide'), prefixed('working'));
  if (first.type !== 'LIMIT' && first.type !== 'LIMIT_MAKER') throw invalidParameter('workingType');
  const side = readSide(parameters, 'pendingSide');
  const quantity = isPaid ? null : 'pendingQuantity';
  const legs =
    behind === 'one'
      ? [readLeg(parameters, symbol, side, prefixed('pending', quantity))]
      : [
          readLeg(parameters, symbol, side, prefixed('pendingAbove', quantity)),
          readLeg(parameters, symbol, side, prefixed('pendingBelow', quantity)),
        ];
  parameters.refuseUnread();
  if (isPaid) {
    if (first.request.side !== 'buy')
      throw new BinanceRefusal(400, -1222, 'Working order in an OPO list must be a bid.');
    if (side !== 'sell') throw new BinanceRefusal(400, -1223, 'Pending orders in an OPO list must be asks.');
  }
  for (const order of [first, ...legs]) checkNewOrder(settings, order, call.at);
  const [above, below] = legs;
  if (above !== undefined && below !== undefined) checkLegs(above, below);
  return placeList(settings, call, first, legs, { clientListId, isPaid });
}

function placeList(
  settings: SpotTradingSettings,
  call: AccountCall,
  first: NewOrder | null,
  legs: readonly NewOrder[],
  { clientListId, isPaid }: { readonly clientListId: string | undefined; readonly isPaid: boolean },
): unknown {
  const orders = first === null ? legs : [first, ...legs];
  const [order] = orders;
  if (order === undefined) throw new Error('a list has orders');
  const { symbol } = order;
  // A list shows its orders whole, whatever its types are, unless the request says otherwise.
  const isBrief = call.parameters.optional('newOrderRespType') === 'ACK';
  checkOpenLists(settings, call, symbol, clientListId);
  return counted(settings, call, orders.length, () => {
    const result = settings.exchange.placeList(call.at, call.accountId, {
      symbol: unifiedSpotSymbol(symbol),
      clientListId: clientListId ?? generatedClientOrderId(),
      ...(first === null ? {} : { first: first.request }),
      ...(isPaid ? { sellsWhatWasBought: true } : {}),
      legs: legs.map(({ request }) => request),
    });
    if (!result.ok) throw spotRefusal(result.refusal);
    return {
      ...orderListJson(result.list),
      orderReports: result.orders.map((placed) => newOrderJson(placed, [], isBrief ? 'ACK' : 'RESULT')),
    };
  });
}

function cancelOrderList(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = symbolFrom(parameters.required('symbol'));
  const listId = parameters.optionalInteger('orderListId');
  const clientListId = readListId(parameters);
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
