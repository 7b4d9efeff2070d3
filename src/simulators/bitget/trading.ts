/**
 * Bitget's requests that act on orders: one, a list, all of them, over REST and over WebSocket.
 *
 * Entry points: `Trading`, `tradingEndpoints`. Every answer is an acknowledgement. An order of a list has its own result; a single one is
 * refused as a request. Sources: "Place Order", "Batch Order", "Modify Order", "Cancel Order", "Batch Cancel", "Cancel All Orders" and "Close All
 * Positions" of the unified account's documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Amendment } from '../exchange/command.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { closesSide, type Order, type OrderRequest } from '../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import {
  BitgetRefusal,
  duplicateClientId,
  exchangeRefusal,
  malformed,
  missing,
  orderAbsent,
} from './errors.ts';
import { listingOf, type Listing } from './instruments.ts';
import { clientOidOf } from './order-json.ts';
import { findOrder, isPending, readNewOrder, readReference } from './order-requests.ts';
import { categoryFrom, flagFrom, listingFrom, optionalListing, type Parameters } from './parameters.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export interface TradingSettings {
  readonly exchange: Exchange;
  /** Whether a cancel of an order that is filled is taken all the same, as far as its acknowledgement goes. */
  readonly takesCancelOf: (order: Order, at: number) => boolean;
  readonly hedgeCloseBeyond: UndecidedBehaviour['hedgeCloseBeyond'];
}

/** Who asks, and when. */
export interface Asker {
  readonly accountId: string;
  readonly at: number;
}

export type Act = 'place' | 'modify' | 'cancel';

/** The ids of an acknowledgement. */
export interface Ids {
  /** Null of a reduce-only order that displaced an earlier one. */
  readonly orderId: string | null;
  readonly clientOid: string;
}

/** "Batch limit: No more than 20 orders per batch". */
const MOST_IN_LIST = 20;

export class Trading {
  readonly #settings: TradingSettings;

  constructor(settings: TradingSettings) {
    this.#settings = settings;
  }

  /** Does one of them. Throws its refusal. `listing` is what a new order is for. */
  act(act: Act, asker: Asker, parameters: Parameters, listing: () => Listing): Ids {
    switch (act) {
      case 'place':
        return this.#place(asker, listing(), parameters);
      case 'modify':
        return idsOf(this.#modify(asker, parameters));
      case 'cancel':
        return idsOf(this.#cancel(asker, parameters));
    }
  }

  /** Each of a list, in its order, with a result of its own. */
  list(
    act: Act,
    asker: Asker,
    entries: readonly Parameters[],
    listing: (entry: Parameters) => Listing,
  ): readonly object[] {
    if (entries.length === 0) throw missing('orderList');
    if (entries.length > MOST_IN_LIST)
      throw new BitgetRefusal('25241', 'Bulk orders cannot exceed the corresponding maximum order value.');
    return entries.map((entry) => {
      try {
        return this.act(act, asker, entry, () => listing(entry));
      } catch (error) {
        if (!(error instanceof BitgetRefusal)) throw error;
        return {
          orderId: entry.optional('orderId') ?? null,
          clientOid: entry.optional('clientOid') ?? null,
          code: error.code,
          msg: error.message,
        };
      }
    });
  }

  #place({ accountId, at }: Asker, listing: Listing, parameters: Parameters): Ids {
    const { exchange } = this.#settings;
    const request = this.#within(accountId, readNewOrder(exchange, accountId, listing, parameters));
    if (request.clientOrderId !== undefined && isPending(exchange, accountId, request.clientOrderId))
      throw duplicateClientId();
    const displaced = displacedBy(exchange, accountId, request);
    const placed = exchange.placeOrder(at, accountId, request);
    if (!placed.ok) throw exchangeRefusal(listing.category, listing.id, placed.refusal);
    for (const { symbol, venueOrderId } of displaced)
      exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
    return displaced.length === 0 ? idsOf(placed.order) : { ...idsOf(placed.order), orderId: null };
  }

  /** Cut to what other orders leave of a side of a hedged account, where the venue does that. */
  #within(accountId: string, request: OrderRequest): OrderRequest {
    const { exchange, hedgeCloseBeyond } = this.#settings;
    if (hedgeCloseBeyond === 'refused' || !closesSide(request) || request.quantity === undefined)
      return request;
    const held = exchange
      .positions(accountId)
      .find(({ symbol, side }) => symbol === request.symbol && side === request.positionSide);
    const left = exchange
      .openOrders(accountId, { symbol: request.symbol })
      .filter((order) => closesSide(order) && order.positionSide === request.positionSide)
      .reduce(
        (rest, order) => rest.subtract(order.quantity).add(order.filled),
        held?.quantity.abs() ?? Decimal.zero,
      );
    return left.isPositive() ? { ...request, quantity: request.quantity.min(left) } : request;
  }

  #cancel({ accountId, at }: Asker, parameters: Parameters): Order {
    const { exchange, takesCancelOf } = this.#settings;
    const order = findOrder(exchange, at, accountId, readReference(parameters), 'known');
    if (order === null) throw orderAbsent();
    const { symbol, venueOrderId } = order;
    const canceled = exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
    if (canceled.ok) return canceled.order;
    if (canceled.refusal.code === 'order_not_open' && takesCancelOf(order, at)) return order;
    const { category, id } = listingOf(symbol);
    throw exchangeRefusal(category, id, canceled.refusal);
  }

  #modify({ accountId, at }: Asker, parameters: Parameters): Order {
    const { exchange } = this.#settings;
    const quantity = parameters.optionalDecimal('qty');
    const price = parameters.optionalDecimal('price');
    if (quantity === undefined && price === undefined) throw missing('qty or price');
    const order = findOrder(exchange, at, accountId, readReference(parameters), 'known');
    if (order === null) throw orderAbsent();
    if (
      (quantity?.equals(order.quantity) ?? true) &&
      (price === undefined || (order.price?.equals(price) ?? false))
    )
      throw new BitgetRefusal(
        '25571',
        'The modification price and qty is the same as the original value. Please adjust and try again.',
      );
    const change: Amendment = {
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { price }),
    };
    const { symbol, venueOrderId } = order;
    const amended = exchange.amendOrder(at, accountId, { symbol, venueOrderId }, change);
    if (amended.ok) return amended.order;
    if (flagFrom(parameters, 'autoCancel')) exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
    const { category, id } = listingOf(symbol);
    throw exchangeRefusal(category, id, amended.refusal);
  }
}

function idsOf(order: Order): Ids {
  return { orderId: order.venueOrderId, clientOid: clientOidOf(order) };
}

/**
 * "if a new reduce only order exceeds the remaining position size, the previous reduction order will be automatically canceled and replaced. In
 * this case, the returned orderId will be null": of an account in one-way mode, the oldest first until the rest fits.
 */
function displacedBy(exchange: Exchange, accountId: string, request: OrderRequest): readonly Order[] {
  if (request.reduceOnly !== true || request.quantity === undefined) return [];
  const held = exchange
    .positions(accountId)
    .find((position) => position.symbol === request.symbol && position.side === 'net');
  const size = held?.quantity.abs() ?? Decimal.zero;
  const earlier = exchange
    .openOrders(accountId, { symbol: request.symbol })
    .filter((order) => order.reduceOnly && order.side === request.side)
    .sort((left, right) => left.createdAt - right.createdAt);
  let total = earlier.reduce(
    (sum, order) => sum.add(order.quantity).subtract(order.filled),
    request.quantity,
  );
  const displaced: Order[] = [];
  for (const order of earlier) {
    if (total.atMost(size)) break;
    displaced.push(order);
    total = total.subtract(order.quantity).add(order.filled);
  }
  return displaced;
}

export function tradingEndpoints(trading: Trading, exchange: Exchange): Endpoint[] {
  const single = (path: string, route: 'create_order' | 'cancel_order', act: Act): Endpoint =>
    tradingEndpoint(path, route, (call) => {
      const { parameters, entries } = call.parameters;
      if (entries !== null) throw malformed('body');
      return trading.act(act, call, parameters, () => listingFrom(parameters));
    });
  const list = (path: string, route: 'create_order' | 'cancel_order', act: Act): Endpoint =>
    tradingEndpoint(path, route, (call) => {
      const { entries } = call.parameters;
      if (entries === null) throw malformed('body');
      // "All orders must have the same category".
      if (act === 'place' && new Set(entries.map((entry) => categoryFrom(entry))).size > 1)
        throw malformed('category');
      return trading.list(act, call, entries, (entry) => listingFrom(entry));
    });
  return [
    single('trade/place-order', 'create_order', 'place'),
    list('trade/place-batch', 'create_order', 'place'),
    single('trade/modify-order', 'create_order', 'modify'),
    list('trade/batch-modify-order', 'create_order', 'modify'),
    single('trade/cancel-order', 'cancel_order', 'cancel'),
    list('trade/cancel-batch', 'cancel_order', 'cancel'),
    tradingEndpoint('trade/cancel-symbol-order', 'cancel_order', (call) => cancelAll(exchange, call)),
    tradingEndpoint('trade/close-positions', 'create_order', (call) => closeAll(exchange, call)),
  ];
}

/** Those of a symbol, or of the category. */
function cancelAll(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): { readonly list: readonly object[] } {
  const category = categoryFrom(parameters);
  const listing = optionalListing(parameters, category);
  const open = exchange
    .openOrders(accountId, {})
    .filter(
      ({ symbol }) =>
        listingOf(symbol).category === category && (listing === undefined || listing.unified === symbol),
    );
  return {
    list: open.map((order) => {
      const { symbol, venueOrderId } = order;
      const canceled = exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
      return canceled.ok
        ? { ...idsOf(order), code: '00000', msg: 'success' }
        : { ...idsOf(order), code: '24056', msg: 'notExisted' };
    }),
  };
}

/** At the market, each position that the request narrows to. */
function closeAll(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): { readonly list: readonly object[] } {
  const category = categoryFrom(parameters);
  if (category === 'SPOT') throw malformed('category');
  const listing = optionalListing(parameters, category);
  const side = parameters.optional('posSide');
  const held = exchange
    .positions(accountId)
    .filter(
      (position) =>
        !position.quantity.isZero() &&
        (listing === undefined || listing.unified === position.symbol) &&
        (side === undefined || side === (position.quantity.isPositive() ? 'long' : 'short')),
    );
  return {
    list: held.map((position) => {
      const placed = exchange.placeOrder(at, accountId, {
        symbol: position.symbol,
        side: position.quantity.isPositive() ? 'sell' : 'buy',
        positionSide: position.side,
        type: 'market',
        quantity: position.quantity.abs(),
        ...(position.side === 'net' ? { reduceOnly: true } : {}),
      });
      if (placed.ok) return { ...idsOf(placed.order), code: '00000', msg: 'success' };
      const { category: of, id } = listingOf(position.symbol);
      const { code, message } = exchangeRefusal(of, id, placed.refusal);
      return { orderId: null, clientOid: null, code, msg: message };
    }),
  };
}
