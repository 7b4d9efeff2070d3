/**
 * OKX's requests that act on orders: one or a list of them, over REST and over WebSocket.
 *
 * Entry points: `Trading`, `tradingEndpoints`. Every answer is an acknowledgement with a result for each order. Sources: "Place order",
 * "Place multiple orders", "Cancel order", "Amend order" and "Close positions" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Amendment } from '../exchange/command.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order, OrderReference, OrderRequest } from '../exchange/order.ts';
import type { Refusal } from '../exchange/refusal.ts';
import { OrderAnswers, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { exchangeRefusal, OkxRefusal, parameterError } from './errors.ts';
import type { Listing } from './instruments.ts';
import { pricedWithin, readClientId, readNewOrder, readReference, readTag, TAGS } from './order-requests.ts';
import { listingFrom, type Parameters } from './parameters.ts';

export interface TradingSettings {
  readonly exchange: Exchange;
  /** Whether a cancel of an order that is filled is taken all the same, as far as its acknowledgement goes. */
  readonly takesCancelOf: (order: Order, at: number) => boolean;
  /** Around an amendment: its messages on the order channel name its `reqId`. */
  readonly withRequestId: <Result>(requestId: string, amend: () => Result) => Result;
}

/** Who asks, and when. */
export interface Asker {
  readonly accountId: string;
  readonly at: number;
  readonly clockMs: number;
}

/** How a request names its instrument: by id over REST, by number over WebSocket. */
export type NamedBy = (parameters: Parameters) => Listing;

export type Act = 'place' | 'cancel' | 'amend';
type Entry = OrderAnswers['entries'][number];

/** "Maximum 20 orders can be placed per request" ("Place multiple orders"). */
const MOST_IN_LIST = 20;

export class Trading {
  readonly #settings: TradingSettings;

  constructor(settings: TradingSettings) {
    this.#settings = settings;
  }

  /** Does each of the entries, in their order; a refusal of one is its own result. Throws refusals of the whole request. */
  answer(act: Act, asker: Asker, entries: readonly Parameters[], named: NamedBy): OrderAnswers {
    if (entries.length === 0) throw parameterError('args');
    if (entries.length > MOST_IN_LIST)
      throw new OkxRefusal(51111, `Maximum ${MOST_IN_LIST} orders can be placed in bulk.`);
    return new OrderAnswers(entries.map((parameters) => this.#entry(act, asker, parameters, named)));
  }

  #entry(act: Act, asker: Asker, parameters: Parameters, named: NamedBy): Entry {
    const more = {
      ...(act === 'place' ? { tag: parameters.optional('tag') ?? '' } : {}),
      ...(act === 'amend' ? { reqId: parameters.optional('reqId') ?? '' } : {}),
      ts: String(asker.clockMs),
      ...(act === 'cancel' ? {} : { subCode: '' }),
    };
    try {
      const { venueOrderId, clientOrderId } = this.#act(act, asker, parameters, named);
      return { clOrdId: clientOrderId ?? '', ordId: venueOrderId, ...more, sCode: '0', sMsg: '' };
    } catch (error) {
      if (!(error instanceof OkxRefusal) || error.code < 51_000) throw error;
      return {
        clOrdId: parameters.optional('clOrdId') ?? '',
        ordId: parameters.optional('ordId') ?? '',
        ...more,
        sCode: String(error.code),
        sMsg: error.message,
      };
    }
  }

  #act(act: Act, asker: Asker, parameters: Parameters, named: NamedBy): Order {
    const listing = named(parameters);
    switch (act) {
      case 'place':
        return this.#place(asker, listing, parameters);
      case 'cancel':
        return this.#cancel(asker, listing, readReference(parameters, listing));
      case 'amend':
        return this.#amend(asker, listing, parameters);
    }
  }

  #place({ accountId, at }: Asker, listing: Listing, parameters: Parameters): Order {
    const { exchange } = this.#settings;
    const request = readNewOrder(exchange, accountId, listing, parameters);
    this.#refuseKnownId(accountId, request);
    this.#refuseOversized(accountId, request);
    const placed = exchange.placeOrder(at, accountId, request);
    if (placed.ok) return placed.order;
    const smaller =
      request.type === 'market' && parameters.optionalBoolean('banAmend') !== true
        ? affordable(listing, request, placed.refusal)
        : null;
    if (smaller === null) throw exchangeRefusal(listing.instType, placed.refusal);
    const again = exchange.placeOrder(at, accountId, smaller);
    if (again.ok) return again.order;
    throw exchangeRefusal(listing.instType, placed.refusal);
  }

  /** "clOrdId must be unique among all currently pending (live or partially_filled) orders in the account", of spot and swaps together. */
  #refuseKnownId(accountId: string, { clientOrderId }: OrderRequest): void {
    if (clientOrderId === undefined) return;
    const isPending = this.#settings.exchange
      .openOrders(accountId, {})
      .some((order) => order.clientOrderId === clientOrderId);
    if (isPending) throw new OkxRefusal(51016, 'Client order ID already exists.');
  }

  /** "cannot exceed the contract quantity of position": an order that reduces more than there is is refused whole. */
  #refuseOversized(accountId: string, { symbol, side, quantity, reduceOnly }: OrderRequest): void {
    if (reduceOnly !== true || quantity === undefined) return;
    const { exchange } = this.#settings;
    const held = exchange
      .positions(accountId)
      .find((position) => position.symbol === symbol && position.side === 'net');
    const closable =
      held === undefined ? Decimal.zero : side === 'sell' ? held.quantity : held.quantity.negate();
    const others = exchange
      .openOrders(accountId, { symbol })
      .filter((order) => order.reduceOnly && order.side === side)
      .reduce((sum, order) => sum.add(order.quantity).subtract(order.filled), Decimal.zero);
    if (closable.isPositive() && quantity.add(others).greaterThan(closable))
      throw new OkxRefusal(51112, 'Close order size exceeds available size for this position.');
  }

  #cancel({ accountId, at }: Asker, { instType }: Listing, reference: OrderReference): Order {
    const { exchange, takesCancelOf } = this.#settings;
    const canceled = exchange.cancelOrder(at, accountId, reference);
    if (canceled.ok) return canceled.order;
    const known = exchange.known(at, accountId, reference);
    if (canceled.refusal.code === 'order_not_open' && known !== null && takesCancelOf(known, at))
      return known;
    throw exchangeRefusal(instType, canceled.refusal, 'cancel');
  }

  #amend({ accountId, at }: Asker, listing: Listing, parameters: Parameters): Order {
    const { exchange, withRequestId } = this.#settings;
    const reference = readReference(parameters, listing);
    const requestId = readClientId(parameters, 'reqId') ?? '';
    const quantity = parameters.optionalDecimal('newSz');
    const asked = parameters.optionalDecimal('newPx');
    if (quantity === undefined && asked === undefined)
      throw new OkxRefusal(51500, 'You must enter a price, quantity, or TP/SL');
    const known = exchange.known(at, accountId, reference);
    const price =
      asked === undefined || known === null
        ? asked
        : pricedWithin(exchange, listing, known.side, asked, parameters);
    const change: Amendment = {
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { price }),
    };
    const amended = withRequestId(requestId, () => exchange.amendOrder(at, accountId, reference, change));
    if (amended.ok) return amended.order;
    if (parameters.optionalBoolean('cxlOnFail') === true) exchange.cancelOrder(at, accountId, reference);
    throw exchangeRefusal(listing.instType, amended.refusal, 'amend');
  }
}

/** `banAmend` false: "the system reduces sz to fit the available balance and executes the smaller order", on spot alone. */
function affordable(
  { instType, symbol }: Listing,
  request: OrderRequest,
  refusal: Refusal,
): OrderRequest | null {
  if (instType !== 'SPOT' || refusal.code !== 'insufficient_balance' || !refusal.free.isPositive())
    return null;
  if (request.cost !== undefined) {
    const cost = refusal.free.divide(Decimal.one, 8, 'down');
    return cost.isPositive() ? { ...request, cost } : null;
  }
  if (request.quantity === undefined) return null;
  const quantity = request.quantity
    .multiply(refusal.free)
    .divide(refusal.needed, 18, 'down')
    .roundToMultipleOf(symbol.lotSize, 'down');
  return quantity.isPositive() ? { ...request, quantity } : null;
}

export function tradingEndpoints(trading: Trading, exchange: Exchange): Endpoint[] {
  const single = (path: string, route: 'create_order' | 'cancel_order', act: Act): Endpoint =>
    tradingEndpoint(path, route, (call) => {
      const { parameters, entries } = call.parameters;
      if (entries !== null) throw new OkxRefusal(50002, 'JSON syntax error', 400);
      return trading.answer(act, call, [parameters], listingFrom);
    });
  const list = (path: string, route: 'create_order' | 'cancel_order', act: Act): Endpoint =>
    tradingEndpoint(path, route, (call) => {
      const { entries } = call.parameters;
      if (entries === null) throw new OkxRefusal(50002, 'JSON syntax error', 400);
      return trading.answer(act, call, entries, listingFrom);
    });
  return [
    single('trade/order', 'create_order', 'place'),
    list('trade/batch-orders', 'create_order', 'place'),
    single('trade/cancel-order', 'cancel_order', 'cancel'),
    list('trade/cancel-batch-orders', 'cancel_order', 'cancel'),
    single('trade/amend-order', 'create_order', 'amend'),
    list('trade/amend-batch-orders', 'create_order', 'amend'),
    tradingEndpoint('trade/close-position', 'create_order', (call) => closePosition(exchange, call)),
  ];
}

/** Closes a position at the market; its orders are canceled where `autoCxl` asks for it. */
function closePosition(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const listing = listingFrom(parameters);
  if (parameters.required('mgnMode') !== 'cross') throw parameterError('mgnMode');
  const posSide = parameters.optional('posSide') ?? 'net';
  const clientOrderId = readClientId(parameters, 'clOrdId');
  const held = exchange
    .positions(accountId)
    .find(
      (position) =>
        position.symbol === listing.unified && position.side === posSide && !position.quantity.isZero(),
    );
  if (held === undefined) throw new OkxRefusal(51023, "Position doesn't exist.");
  if (parameters.optionalBoolean('autoCxl') === true)
    for (const { symbol, venueOrderId, reduceOnly } of exchange.openOrders(accountId, {
      symbol: held.symbol,
    }))
      if (reduceOnly) exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
  const tag = readTag(parameters);
  const placed = exchange.placeOrder(at, accountId, {
    symbol: held.symbol,
    side: held.quantity.isPositive() ? 'sell' : 'buy',
    positionSide: held.side,
    type: 'market',
    quantity: held.quantity.abs(),
    ...(held.side === 'net' ? { reduceOnly: true } : {}),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    tags: { [TAGS.ordType]: 'market', [TAGS.tag]: tag },
  });
  if (!placed.ok) throw exchangeRefusal(listing.instType, placed.refusal);
  return [{ instId: listing.id, posSide, clOrdId: clientOrderId ?? '', tag }];
}
