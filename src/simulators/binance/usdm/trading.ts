/**
 * USD-M trading endpoints: orders, batches, conditional (algo) orders, the countdown that cancels everything.
 *
 * Entry point: `usdmTradingEndpoints`. Every endpoint reads all its parameters before the exchange sees anything.
 * Source: "Trade" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Order } from '../../exchange/order.ts';
import type { AccountCall, Endpoint } from '../door.ts';
import {
  BinanceRefusal,
  cancelRejected,
  eitherMissing,
  invalidParameter,
  orderUnknown,
  usdmRefusal,
} from '../errors.ts';
import { page, readWindow, timesOf } from '../history-window.ts';
import { readSide } from '../order-words.ts';
import { Parameters } from '../parameters.ts';
import type { OrderCounts } from '../rate-limits.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import {
  acknowledgedOrderJson,
  algoOrderJson,
  readAlgoOrder,
  readUsdmOrder,
  readUsdmReference,
  usdmOrderJson,
  usdmSymbolFrom,
  type UsdmNewOrder,
} from './orders.ts';
import type { PositionModes } from './position-modes.ts';
import {
  refuseExcessPosition,
  refuseMarketTake,
  refuseUnchangedOrder,
  usdmExchangeRefusal,
} from './refusals.ts';
import { notionalCap, PERCENT_PRICE } from './symbols.ts';

/** The longest window of a history request. */
const LONGEST_HOURS = 168;
const MOST_IN_BATCH = 5;
const MOST_CANCELS_IN_BATCH = 10;

export type UsdmTradingSettings = {
  readonly exchange: Exchange;
  readonly counts: OrderCounts;
  readonly limits: boolean;
  readonly countdowns: Countdowns;
  readonly positionModes: PositionModes;
};

export function usdmTradingEndpoints(settings: UsdmTradingSettings): Endpoint[] {
  return [...orderEndpoints(settings), ...batchEndpoints(settings), ...algoEndpoints(settings)];
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
        const order = withMatchedPrice(settings.exchange, readUsdmOrder(call.parameters, call.at));
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
      answer: (call) => amendOrder(settings, call),
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

/** What the exchange does not look at: the market order's price and the position that the leverage may hold. */
function checkNewOrder(settings: UsdmTradingSettings, call: AccountCall, order: UsdmNewOrder): void {
  const { exchange } = settings;
  const { request, symbol } = order;
  const market = exchange.market(request.symbol);
  if (market === null) return;
  if (request.type === 'market') {
    const book = exchange.book(request.symbol, 1);
    const best = request.side === 'buy' ? book?.asks[0]?.[0] : book?.bids[0]?.[0];
    if (
      best === undefined ||
      best.greaterThan(market.markPrice.multiply(PERCENT_PRICE.up)) ||
      best.lessThan(market.markPrice.multiply(PERCENT_PRICE.down))
    )
      throw refuseMarketTake();
  }
  if (request.reduceOnly === true || request.quantity === undefined) return;
  const position = exchange
    .positions(call.accountId)
    .find((candidate) => candidate.symbol === request.symbol);
  const leverage = position?.leverage ?? exchange.instrument(request.symbol)?.swap?.defaultLeverage ?? 1;
  const signed = request.side === 'buy' ? request.quantity : request.quantity.negate();
  const after = (position?.quantity ?? Decimal.zero).add(signed).abs();
  const notional = after.multiply(request.price ?? market.markPrice);
  if (notional.greaterThan(Decimal.fromInteger(notionalCap(symbol, leverage)))) throw refuseExcessPosition();
}

function counted<T>(settings: UsdmTradingSettings, call: AccountCall, place: () => T): T {
  settings.counts.add(call.accountId, 1, call.clockMs, settings.limits);
  return place();
}

function placeOrder(settings: UsdmTradingSettings, call: AccountCall, parameters: Parameters): unknown {
  settings.positionModes.checkOrder(call.accountId, parameters);
  const order = withMatchedPrice(settings.exchange, readUsdmOrder(parameters, call.at));
  return counted(settings, call, () => {
    checkNewOrder(settings, call, order);
    const result = settings.exchange.placeOrder(call.at, call.accountId, order.request);
    if (!result.ok) throw usdmExchangeRefusal(result.refusal);
    return order.withResult ? usdmOrderJson(result.order) : acknowledgedOrderJson(result.order);
  });
}

function amendOrder(settings: UsdmTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const target = readUsdmReference(parameters);
  // The side is asked for and cannot be changed.
  readSide(parameters);
  const quantity = parameters.requiredDecimal('quantity');
  const price = parameters.requiredDecimal('price');
  return counted(settings, call, () => {
    const before = settings.exchange.lookUp(call.at, call.accountId, target.reference);
    if (before === null || !isOpen(before.status)) throw orderUnknown();
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
  return [
    {
      method: 'POST',
      path: '/fapi/v1/batchOrders',
      route: 'create_order',
      security: 'trade',
      weight: 5,
      showsOrderCounts: true,
      answer: (call) => {
        const entries = parseList(call.parameters.required('batchOrders'), 'batchOrders');
        if (entries.length === 0 || entries.length > MOST_IN_BATCH)
          throw usdmRefusal(-4082, `Invalid number of batch place orders: ${entries.length}`);
        return entries.map((entry) =>
          settle(() => {
            if (typeof entry !== 'object' || entry === null) throw invalidParameter('batchOrders');
            const parameters = Parameters.fromObject({ ...entry }, false);
            return placeOrder(settings, call, parameters);
          }),
        );
      },
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

function algoEndpoints(settings: UsdmTradingSettings): Endpoint[] {
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
        settings.positionModes.checkOrder(call.accountId, call.parameters);
        const order = readAlgoOrder(call.parameters, call.at);
        return counted(settings, call, () => {
          const result = exchange.placeOrder(call.at, call.accountId, order.request);
          if (!result.ok) throw usdmExchangeRefusal(result.refusal);
          return algoOrderJson(result.order, null);
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
    {
      method: 'GET',
      path: '/fapi/v1/algoOrder',
      route: 'query_order',
      security: 'signed',
      weight: 1,
      answer: (call) => {
        const order = findAlgoOrder(exchange, call, false);
        if (order === null) throw orderUnknown();
        return algoOrderJson(order, actualOrder(exchange, call, order));
      },
    },
    {
      method: 'GET',
      path: '/fapi/v1/openAlgoOrders',
      route: 'open_orders',
      security: 'signed',
      weight: (parameters) => (parameters.has('symbol') ? 1 : 40),
      answer: (call) => {
        const symbol = call.parameters.optional('symbol');
        return exchange
          .openOrders(call.accountId, {
            marketType: 'swap',
            conditional: true,
            ...(symbol === undefined ? {} : { symbol: unifiedUsdmSymbol(usdmSymbolFrom(symbol)) }),
          })
          .map((order) => algoOrderJson(order, null));
      },
    },
    {
      method: 'GET',
      path: '/fapi/v1/allAlgoOrders',
      route: 'query_order',
      security: 'signed',
      weight: 5,
      answer: (call) => allAlgoOrders(exchange, call),
    },
  ];
}

/** The conditional order that `algoId` or `clientAlgoId` names; the newest where a client id was used again. */
function findAlgoOrder(exchange: Exchange, call: AccountCall, openOnly: boolean): Order | null {
  const algoId = call.parameters.optionalInteger('algoId');
  const clientAlgoId = call.parameters.optional('clientAlgoId');
  if (algoId === undefined && clientAlgoId === undefined) throw eitherMissing('algoId', 'clientAlgoId');
  const query = { marketType: 'swap', conditional: true } as const;
  const orders = openOnly
    ? exchange.openOrders(call.accountId, query)
    : exchange.orders(call.at, call.accountId, query);
  const found = orders.findLast((order) =>
    algoId === undefined ? order.clientOrderId === clientAlgoId : Number(order.venueOrderId) === algoId,
  );
  return found ?? null;
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

/** How often countdowns are looked at. The venue says about every 10 ms. */
const COUNTDOWN_TICK_MS = 10;

/**
 * Countdowns that cancel an account's open orders on a symbol unless they are set again in time. They end with the
 * process. Conditional orders stay: the documentation does not say that they go.
 */
export class Countdowns {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #due = new Map<
    string,
    { readonly accountId: string; readonly symbol: string; readonly at: number }
  >();
  #running = false;

  constructor(exchange: Exchange, clock: Clock, signal: AbortSignal) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Starts the countdown anew; 0 stops it. */
  set(accountId: string, symbol: string, countdownMs: number, at: number): void {
    const key = `${accountId} ${symbol}`;
    if (countdownMs === 0) {
      this.#due.delete(key);
      return;
    }
    this.#due.set(key, { accountId, symbol, at: at + countdownMs });
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted && this.#due.size > 0) {
      await this.#clock.sleep(COUNTDOWN_TICK_MS, this.#signal);
      if (this.#signal.aborted) break;
      const nowMs = this.#clock.nowMs();
      for (const [key, due] of this.#due) {
        if (nowMs < due.at) continue;
        this.#due.delete(key);
        this.#exchange.cancelAll(nowMs, due.accountId, { symbol: due.symbol });
      }
    }
    this.#running = false;
  }
}
