/**
 * An exchange as everybody in a world deals with it: swaps in base units, and each order under the client id of the stop that it came from.
 *
 * Entry point: `inBaseUnits`. Venues count swaps in contracts of their own, and some give the order that a trigger makes no client id.
 * Orders, executions, positions and the terms of instruments are translated; public books and trades are not.
 */
import { Decimal } from '../../src/core/decimal.ts';
import type { Position } from '../../src/simulators/exchange/account.ts';
import type { ExchangeEvent } from '../../src/simulators/exchange/event.ts';
import type { Exchange } from '../../src/simulators/exchange/exchange.ts';
import type { Instrument } from '../../src/simulators/exchange/instrument.ts';
import type { Fill, Order, OrderRequest } from '../../src/simulators/exchange/order.ts';
import type { OrderResult } from '../../src/simulators/exchange/results.ts';

/** The exchange itself where it counts in base units already, and orders keep their client ids. */
export function inBaseUnits(exchange: Exchange): Exchange {
  const isSo =
    exchange.instruments().every(({ contractSize }) => contractSize.equals(Decimal.one)) &&
    exchange.policyOf('swap').triggeredClientOrderId === 'same';
  return isSo ? exchange : translated(exchange);
}

/** More digits than a quantity in contracts has. */
const SCALE = 18;

function translated(exchange: Exchange): Exchange {
  const sizes = new Map(exchange.instruments().map(({ symbol, contractSize }) => [symbol, contractSize]));
  const inBase = (symbol: string, quantity: Decimal): Decimal =>
    quantity.multiply(sizes.get(symbol) ?? Decimal.one);
  const inContracts = (symbol: string, quantity: Decimal): Decimal =>
    quantity.divide(sizes.get(symbol) ?? Decimal.one, SCALE, 'half_even');

  const clientIdOf = ({
    accountId,
    clientOrderId,
    conditionalVenueOrderId,
    symbol,
  }: Pick<Order, 'accountId' | 'clientOrderId' | 'conditionalVenueOrderId' | 'symbol'>): string | null => {
    if (clientOrderId !== null || conditionalVenueOrderId === null) return clientOrderId;
    const stop = { symbol, venueOrderId: conditionalVenueOrderId, conditional: true };
    return exchange.known(exchange.now(), accountId, stop)?.clientOrderId ?? null;
  };
  const order = (one: Order): Order => ({
    ...one,
    clientOrderId: clientIdOf(one),
    quantity: inBase(one.symbol, one.quantity),
    filled: inBase(one.symbol, one.filled),
    preventedQuantity: inBase(one.symbol, one.preventedQuantity),
  });
  const fill = (one: Fill): Fill => {
    const { accountId, clientOrderId, symbol, venueOrderId } = one;
    const from =
      clientOrderId === null ? exchange.known(exchange.now(), accountId, { symbol, venueOrderId }) : null;
    return {
      ...one,
      clientOrderId: from === null ? clientOrderId : clientIdOf(from),
      quantity: inBase(symbol, one.quantity),
    };
  };
  const position = (one: Position): Position => ({ ...one, quantity: inBase(one.symbol, one.quantity) });
  const instrument = (one: Instrument): Instrument => ({
    ...one,
    contractSize: Decimal.one,
    quantityStep: inBase(one.symbol, one.quantityStep),
    minQuantity: inBase(one.symbol, one.minQuantity),
    maxQuantity: inBase(one.symbol, one.maxQuantity),
    maxMarketQuantity: one.maxMarketQuantity === null ? null : inBase(one.symbol, one.maxMarketQuantity),
  });
  const event = (one: ExchangeEvent): ExchangeEvent => {
    switch (one.kind) {
      case 'order':
        return { ...one, order: order(one.order), fill: one.fill === null ? null : fill(one.fill) };
      case 'position':
        return { ...one, position: position(one.position) };
      case 'list':
      case 'balance':
      case 'trade':
      case 'book':
      case 'mark':
        return one;
    }
  };
  const placed = (result: OrderResult): OrderResult =>
    result.ok ? { ...result, order: order(result.order), fills: result.fills.map(fill) } : result;

  const own: Partial<Exchange> = {
    placeOrder: (at, accountId, request) => {
      const { quantity, symbol } = request;
      const sized: OrderRequest =
        quantity === undefined ? request : { ...request, quantity: inContracts(symbol, quantity) };
      return placed(exchange.placeOrder(at, accountId, sized));
    },
    cancelOrder: (...canceling) => {
      const result = exchange.cancelOrder(...canceling);
      return result.ok ? { ...result, order: order(result.order) } : result;
    },
    cancelAll: (...canceling) => exchange.cancelAll(...canceling).map(order),
    instrument: (symbol) => {
      const found = exchange.instrument(symbol);
      return found === null ? null : instrument(found);
    },
    instruments: () => exchange.instruments().map(instrument),
    positions: (accountId) => exchange.positions(accountId).map(position),
    lookUp: (...asked) => nullOr(order, exchange.lookUp(...asked)),
    known: (...asked) => nullOr(order, exchange.known(...asked)),
    openOrders: (...asked) => exchange.openOrders(...asked).map(order),
    orders: (...asked) => exchange.orders(...asked).map(order),
    fills: (...asked) => exchange.fills(...asked).map(fill),
    allOrders: () => exchange.allOrders().map(order),
    allFills: () => exchange.allFills().map(fill),
    subscribe: (listener) => exchange.subscribe((events) => listener(events.map(event))),
  };
  return new Proxy(exchange, {
    get: (target, name) => {
      const member: unknown = Reflect.get(own, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as (...given: never[]) => unknown).bind(target) : member;
    },
  });
}

function nullOr<From, To>(translate: (from: From) => To, from: From | null): To | null {
  return from === null ? null : translate(from);
}
