/**
 * USD-M trading endpoints: orders, batches, the countdown that cancels everything. Conditional orders stand in
 * algo-orders.ts.
 *
 * Entry point: `usdmTradingEndpoints`. Every endpoint reads all its parameters before the exchange sees anything.
 * Source: "Trade" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { closesSide, isOpen } from '../../exchange/order.ts';
import { isTrading } from '../../exchange/state.ts';
import type { AccountCall, Endpoint } from '../authentication.ts';
import { BinanceRefusal, eitherMissing, invalidParameter, orderUnknown, usdmRefusal } from '../errors.ts';
import { readSide } from '../order-words.ts';
import { objectParameters, type Parameters } from '../parameters.ts';
import type { OrderCounts } from '../rate-limits.ts';
import type { Countdowns } from './countdowns.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { acknowledgedOrderJson, usdmOrderJson } from './order-json.ts';
import { readUsdmOrder, readUsdmReference, usdmSymbolFrom, type UsdmNewOrder } from './order-requests.ts';
import { checkAmendedSide } from './position-sides.ts';
import {
  refuseExcessPosition,
  refuseMarketTake,
  refuseUnchangedOrder,
  usdmExchangeRefusal,
} from './refusals.ts';
import { notionalCap, PERCENT_PRICE } from './symbols.ts';

const MOST_IN_BATCH = 5;
const MOST_CANCELS_IN_BATCH = 10;

export type UsdmTradingSettings = {
  readonly exchange: Exchange;
  readonly counts: OrderCounts;
  readonly limits: boolean;
  readonly countdowns: Countdowns;
};

export function usdmTradingEndpoints(settings: UsdmTradingSettings): Endpoint[] {
  return [...orderEndpoints(settings), ...batchEndpoints(settings)];
}

function orderEndpoints(settings: UsdmTradingSettings): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/fapi/v1/order',
      route: 'create_order',
      security: 'trade',
      weight: 0,
      showsOrderCounts: true,
      answer: (call) => placeOrder(settings, call, call.parameters),
    },
    {
      method: 'POST',
      path: '/fapi/v1/order/test',
      route: 'other',
      security: 'trade',
      weight: 0,
      answer: (call) => {
        const order = readNewOrder(settings.exchange, call, call.parameters);
        checkNewOrder(settings, call, order);
        return {};
      },
    },
    {
      method: 'PUT',
      path: '/fapi/v1/order',
      route: 'create_order',
      security: 'trade',
      weight: 1,
      showsOrderCounts: true,
      answer: (call) => amendOrder(settings, call, call.parameters),
    },
    {
      method: 'DELETE',
      path: '/fapi/v1/order',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        const target = readUsdmReference(call.parameters);
        const result = settings.exchange.cancelOrder(call.at, call.accountId, target.reference);
        if (!result.ok) throw usdmExchangeRefusal(result.refusal);
        return usdmOrderJson(result.order);
      },
    },
    {
      method: 'DELETE',
      path: '/fapi/v1/allOpenOrders',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
        settings.exchange.cancelAll(call.at, call.accountId, { symbol: unifiedUsdmSymbol(symbol) });
        return { code: 200, msg: 'The operation of cancel all open order is done.' };
      },
    },
    {
      method: 'POST',
      path: '/fapi/v1/countdownCancelAll',
      route: 'cancel_order',
      security: 'trade',
      weight: 10,
      answer: (call) => {
        const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
        const countdownMs = call.parameters.requiredInteger('countdownTime');
        settings.countdowns.set(call.accountId, unifiedUsdmSymbol(symbol), countdownMs, call.at);
        return { symbol: symbol.id, countdownTime: String(countdownMs) };
      },
    },
  ];
}

function readNewOrder(exchange: Exchange, call: AccountCall, parameters: Parameters): UsdmNewOrder {
  const order = readUsdmOrder(parameters, call.at, exchange.isHedged(call.accountId));
  return withMatchedPrice(exchange, order);
}

/** The order with the price that `priceMatch` finds in the book now. */
function withMatchedPrice(exchange: Exchange, order: UsdmNewOrder): UsdmNewOrder {
  const { priceMatch, request } = order;
  if (priceMatch === undefined) return order;
  const book = exchange.book(request.symbol, priceMatch.level);
  const asks = priceMatch.ofOpponent === (request.side === 'buy');
  const price = (asks ? book?.asks : book?.bids)?.[priceMatch.level - 1]?.[0];
  if (price === undefined) throw refuseMarketTake();
  return { ...order, request: { ...request, price } };
}

/** Checks that the exchange does not make: the market order's price and the position that the leverage allows. */
function checkNewOrder(settings: UsdmTradingSettings, call: AccountCall, order: UsdmNewOrder): void {
  const { exchange } = settings;
  const { request, symbol } = order;
  const market = exchange.market(request.symbol);
  if (market === null) return;
  if (request.type === 'market' && isTrading(market)) {
    const book = exchange.book(request.symbol, 1);
    const best = request.side === 'buy' ? book?.asks[0]?.[0] : book?.bids[0]?.[0];
    if (best === undefined || !isWithinPercentPrice(request.side, best, market.markPrice))
      throw refuseMarketTake();
  }
  if (request.reduceOnly === true || closesSide(request) || request.quantity === undefined) return;
  const position = exchange
    .positions(call.accountId)
    .find(({ symbol, side }) => symbol === request.symbol && side === request.positionSide);
  const leverage = position?.leverage ?? exchange.instrument(request.symbol)?.swap?.defaultLeverage ?? 1;
  const signed = request.side === 'buy' ? request.quantity : request.quantity.negate();
  const after = (position?.quantity ?? Decimal.zero).add(signed).abs();
  const notional = after.multiply(request.price ?? market.markPrice);
  if (notional.greaterThan(Decimal.fromInteger(notionalCap(symbol, leverage)))) throw refuseExcessPosition();
}

/** PERCENT_PRICE: a buy has an upper bound alone, a sell a lower one. Source: "Common Definition", filters. */
function isWithinPercentPrice(side: 'buy' | 'sell', price: Decimal, mark: Decimal): boolean {
  return side === 'buy'
    ? price.atMost(mark.multiply(PERCENT_PRICE.up))
    : price.atLeast(mark.multiply(PERCENT_PRICE.down));
}

/** Counts one new order, and then places it. */
export function counted<T>(settings: UsdmTradingSettings, call: AccountCall, place: () => T): T {
  settings.counts.add(call.accountId, 1, call.clockMs, settings.limits);
  return place();
}

function placeOrder(settings: UsdmTradingSettings, call: AccountCall, parameters: Parameters): unknown {
  const order = readNewOrder(settings.exchange, call, parameters);
  return counted(settings, call, () => {
    checkNewOrder(settings, call, order);
    const result = settings.exchange.placeOrder(call.at, call.accountId, order.request);
    if (!result.ok) throw usdmExchangeRefusal(result.refusal);
    return order.withResult ? usdmOrderJson(result.order) : acknowledgedOrderJson(result.order);
  });
}

function amendOrder(settings: UsdmTradingSettings, call: AccountCall, parameters: Parameters): unknown {
  const target = readUsdmReference(parameters);
  // The side is asked for and cannot be changed.
  readSide(parameters);
  const quantity = parameters.requiredDecimal('quantity');
  const price = parameters.requiredDecimal('price');
  return counted(settings, call, () => {
    const before = settings.exchange.known(call.at, call.accountId, target.reference);
    if (before === null || !isOpen(before.status)) throw orderUnknown();
    checkAmendedSide(parameters, before.positionSide);
    if (before.price?.equals(price) === true && before.quantity.equals(quantity))
      throw refuseUnchangedOrder();
    // The documentation: these two amendments cancel the order instead of being refused.
    const cancel = (): unknown => {
      const canceled = settings.exchange.cancelOrder(call.at, call.accountId, target.reference);
      if (!canceled.ok) throw usdmExchangeRefusal(canceled.refusal);
      return usdmOrderJson(canceled.order);
    };
    if (quantity.atMost(before.filled)) return cancel();
    const result = settings.exchange.amendOrder(call.at, call.accountId, target.reference, {
      quantity,
      price,
    });
    if (!result.ok) {
      if (result.refusal.code === 'post_only_would_take') return cancel();
      throw usdmExchangeRefusal(result.refusal);
    }
    return usdmOrderJson(result.order);
  });
}

function batchEndpoints(settings: UsdmTradingSettings): Endpoint[] {
  const ofEntries = {
    path: '/fapi/v1/batchOrders',
    route: 'create_order',
    security: 'trade',
    weight: 5,
  } as const;
  return [
    {
      ...ofEntries,
      method: 'POST',
      showsOrderCounts: true,
      answer: (call: AccountCall) =>
        eachOfBatch(call, (parameters) => placeOrder(settings, call, parameters)),
    },
    {
      ...ofEntries,
      method: 'PUT',
      showsOrderCounts: true,
      answer: (call: AccountCall) =>
        eachOfBatch(call, (parameters) => amendOrder(settings, call, parameters)),
    },
    {
      method: 'DELETE',
      path: '/fapi/v1/batchOrders',
      route: 'cancel_order',
      security: 'trade',
      weight: 1,
      answer: (call) => cancelBatch(settings, call),
    },
  ];
}

/** Acts on each entry of `batchOrders` for itself: one that is refused leaves the others as they are. */
function eachOfBatch(call: AccountCall, act: (parameters: Parameters) => unknown): unknown {
  const entries = parseList(call.parameters.required('batchOrders'), 'batchOrders');
  if (entries.length === 0 || entries.length > MOST_IN_BATCH)
    throw usdmRefusal(-4082, `Invalid number of batch place orders: ${entries.length}`);
  return entries.map((entry) =>
    settle(() => {
      if (typeof entry !== 'object' || entry === null) throw invalidParameter('batchOrders');
      return act(objectParameters({ ...entry }, false));
    }),
  );
}

/** The body of one entry: its answer, or its refusal. */
function settle(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof BinanceRefusal) return error.body();
    throw error;
  }
}

function parseList(text: string, name: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalidParameter(name);
}

function cancelBatch(settings: UsdmTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = unifiedUsdmSymbol(usdmSymbolFrom(parameters.required('symbol')));
  // Clients spell the two names in either letter case.
  const ids = parameters.optional('orderIdList') ?? parameters.optional('orderidlist');
  const clientIds =
    parameters.optional('origClientOrderIdList') ?? parameters.optional('origclientorderidlist');
  if (ids === undefined && clientIds === undefined)
    throw eitherMissing('orderIdList', 'origClientOrderIdList');
  const entries = parseList(
    ids ?? clientIds ?? '[]',
    ids === undefined ? 'origClientOrderIdList' : 'orderIdList',
  );
  if (entries.length > MOST_CANCELS_IN_BATCH) throw usdmRefusal(-4032, 'Exceed maximum cancel order size.');
  return entries.map((entry) =>
    settle(() => {
      const id = String(entry);
      const result = settings.exchange.cancelOrder(
        call.at,
        call.accountId,
        ids === undefined ? { symbol, clientOrderId: id } : { symbol, venueOrderId: id },
      );
      if (!result.ok) throw usdmExchangeRefusal(result.refusal);
      return usdmOrderJson(result.order);
    }),
  );
}
