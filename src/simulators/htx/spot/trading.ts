/**
 * HTX's spot endpoints that act on orders: one, a batch, cancels by number, by client id, by criteria.
 *
 * Entry point: `tradingEndpoints`. An answer to a create holds a number alone. Sources: "Place a New Order", "Place a Batch of Orders", "Submit
 * Cancel for an Order", "Submit Cancel for Multiple Orders by IDs" and "by Criteria" and "Spot Cancel all orders" of the spot
 * documentation; limits are those of the pages.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Order, type OrderRequest } from '../../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { LISTINGS_OF, listingNamed, listingOf, type Listing } from '../instruments.ts';
import { spotAccountNumber } from '../numbers.ts';
import { isObject } from '../../wire/request-fields.ts';
import { objectParameters, readCount, type Parameters } from '../parameters.ts';
import type { Cancels } from './canceling.ts';
import { byClientId, byNumber, known } from './order-search.ts';
import { isAtOnce, orderKindOf, stateNumber, TYPE_TAG, typeOf, type OrderKind } from './order-words.ts';
import { accountUnknown, recordInvalid, spotRefusal, symbolInvalid } from './refusals.ts';

export interface TradingSettings {
  readonly exchange: Exchange;
  readonly cancels: Cancels;
}

const MOST_IN_BATCH = 10;
const MOST_CANCELED = 50;
const MOST_BY_CRITERIA = 100;
const CLIENT_ORDER_ID = /^[A-Za-z0-9_-]{1,64}$/;

export function tradingEndpoints(settings: TradingSettings): Endpoint[] {
  const v1 = (limit: number) => ({ form: 'v1', limit }) as const;
  return [
    tradingEndpoint(
      v1(100),
      '/v1/order/orders/place',
      'create_order',
      (call) => create(settings, call, call.parameters.parameters).venueOrderId,
    ),
    tradingEndpoint(v1(50), '/v1/order/batch-orders', 'create_order', (call) => createAll(settings, call)),
    tradingEndpoint(v1(100), '/v1/order/orders/:order/submitcancel', 'cancel_order', (call) => {
      const number = call.parameters.path['order'] ?? '';
      const order = byNumber(known(settings.exchange, call.at, call.accountId), number);
      return cancel(settings, call, order).venueOrderId;
    }),
    tradingEndpoint(v1(100), '/v1/order/orders/submitCancelClientOrder', 'cancel_order', (call) => {
      const id = call.parameters.parameters.required('client-order-id');
      return Number(
        cancel(settings, call, byClientId(known(settings.exchange, call.at, call.accountId), id))
          .venueOrderId,
      );
    }),
    tradingEndpoint(v1(50), '/v1/order/orders/batchcancel', 'cancel_order', (call) =>
      cancelMany(settings, call),
    ),
    tradingEndpoint(v1(50), '/v1/order/orders/batchCancelOpenOrders', 'cancel_order', (call) =>
      cancelByCriteria(settings, call),
    ),
    {
      ...tradingEndpoint({ form: 'bare', limit: 1 }, '/v1/order/cancelAllOrders', 'cancel_order', (call) => {
        const symbols = symbolsOf(call.parameters.parameters);
        for (const order of openOrders(settings, call, symbols)) cancel(settings, call, order);
        return { status: 'ok' };
      }),
      method: 'GET',
    },
  ];
}

function ownAccount(parameters: Parameters, accountId: string): void {
  if (parameters.required('account-id') !== String(spotAccountNumber(accountId))) throw accountUnknown();
}

function create(
  { exchange }: TradingSettings,
  { accountId, at }: Pick<AccountCall, 'accountId' | 'at'>,
  parameters: Parameters,
): Order {
  ownAccount(parameters, accountId);
  const listing = listingNamed('spot', parameters.required('symbol'));
  if (listing === undefined) throw symbolInvalid();
  const type = parameters.required('type');
  const kind = orderKindOf(type);
  const id = parameters.optional('client-order-id');
  if (id !== undefined && !CLIENT_ORDER_ID.test(id))
    throw new HtxRefusal('invalid-client-order-id', 'Invalid client order id');
  const prevents = parameters.optionalInteger('self-match-prevent') === 1;
  const request: OrderRequest = {
    symbol: listing.unified,
    side: kind.side,
    ...kind.terms,
    ...sizeAndPrice(parameters, kind),
    ...(id === undefined ? {} : { clientOrderId: id }),
    selfTradePrevention: prevents ? 'expire_taker' : 'none',
    tags: { [TYPE_TAG]: type },
  };
  const result = exchange.placeOrder(at, accountId, request);
  if (!result.ok) throw spotRefusal(result.refusal, listing.symbol, kind);
  return result.order;
}

/** "amount: order size (for buy market order, it's order value)". A price of a market order is passed over. */
function sizeAndPrice(
  parameters: Parameters,
  { side, behaviour }: OrderKind,
): Pick<OrderRequest, 'quantity' | 'cost' | 'price'> {
  const amount = parameters.requiredDecimal('amount');
  if (behaviour !== 'market') return { quantity: amount, price: parameters.requiredDecimal('price') };
  return side === 'buy' ? { cost: amount } : { quantity: amount };
}

/** Each entry is judged for itself. */
function createAll(settings: TradingSettings, call: AccountCall): unknown {
  const { body } = call.parameters;
  if (!Array.isArray(body) || body.length === 0)
    throw new HtxRefusal('validation-constraints-required', 'Field is missing: orders.');
  if (body.length > MOST_IN_BATCH)
    throw new HtxRefusal('invalid-amount', `at most ${MOST_IN_BATCH} orders in a batch`);
  return body.map((entry: unknown) => {
    const parameters = objectParameters('spot', isObject(entry) ? entry : {});
    const id = parameters.optional('client-order-id');
    const named = id === undefined ? {} : { 'client-order-id': id };
    try {
      return { 'order-id': Number(create(settings, call, parameters).venueOrderId), ...named };
    } catch (error) {
      if (!(error instanceof HtxRefusal)) throw error;
      return { ...named, 'err-code': error.code, 'err-msg': error.message };
    }
  });
}

/** A refusal that says what became of the order that was to be cancelled. */
class NotCancelable extends HtxRefusal {
  readonly order: Order;

  constructor(code: string, text: string, order: Order) {
    super(code, text);
    this.order = order;
  }
}

function cancel(settings: TradingSettings, { at }: Pick<AccountCall, 'at'>, order: Order | null): Order {
  if (order === null) throw recordInvalid();
  if (isAtOnce(order))
    throw new NotCancelable(
      'order-user-cancel-forbidden',
      'IOC or FOK order is not allowed to cancel',
      order,
    );
  if (!isOpen(order.status) || settings.cancels.isUnderWay(order))
    throw new NotCancelable('order-orderstate-error', 'Incorrect order state', order);
  const result = settings.cancels.take(at, order);
  if (!result.ok) throw spotRefusal(result.refusal, listingOf(order.symbol).symbol, null);
  return result.order;
}

function cancelMany(settings: TradingSettings, call: AccountCall): unknown {
  const { body } = call.parameters;
  const given = isObject(body) ? body : {};
  const numbers = textsIn(given['order-ids']);
  const ids = textsIn(given['client-order-ids']);
  if ((numbers.length === 0) === (ids.length === 0))
    throw new HtxRefusal('validation-constraints-required', 'Field is missing: order-ids.');
  if (numbers.length + ids.length > MOST_CANCELED)
    throw new HtxRefusal('bad-request', `at most ${MOST_CANCELED} orders in a request`);
  const find = known(settings.exchange, call.at, call.accountId);
  const success: string[] = [];
  const failed: unknown[] = [];
  for (const name of [...numbers, ...ids]) {
    const order = numbers.length > 0 ? byNumber(find, name) : byClientId(find, name);
    try {
      cancel(settings, call, order);
      success.push(name);
    } catch (error) {
      if (!(error instanceof HtxRefusal)) throw error;
      failed.push({
        'err-msg': error.message,
        'order-state': error instanceof NotCancelable ? String(stateNumber(error.order)) : '-1',
        'order-id': order?.venueOrderId ?? '',
        'err-code': error.code,
        'client-order-id': order?.clientOrderId ?? name,
      });
    }
  }
  return { success, failed };
}

function textsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function cancelByCriteria(settings: TradingSettings, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  if (parameters.has('account-id')) ownAccount(parameters, call.accountId);
  const side = parameters.optional('side');
  const types = parameters.optional('types')?.split(',');
  const size = readCount(parameters, 'size', MOST_BY_CRITERIA, MOST_BY_CRITERIA);
  const matching = openOrders(settings, call, symbolsOf(parameters)).filter(
    (order) =>
      (side === undefined || order.side === side) && (types === undefined || types.includes(typeOf(order))),
  );
  let count = 0;
  for (const order of matching.slice(0, size))
    if (!settings.cancels.isUnderWay(order)) {
      cancel(settings, call, order);
      count += 1;
    }
  const next = matching[size];
  return {
    'success-count': count,
    'failed-count': 0,
    'next-id': next === undefined ? -1 : Number(next.venueOrderId),
  };
}

/** All of them where none is named. */
function symbolsOf(parameters: Parameters): readonly Listing[] {
  const names = parameters.optional('symbol')?.split(',');
  if (names === undefined) return LISTINGS_OF.spot;
  return names.map((name) => {
    const listing = listingNamed('spot', name);
    if (listing === undefined) throw symbolInvalid();
    return listing;
  });
}

function openOrders(
  { exchange }: TradingSettings,
  { accountId }: AccountCall,
  listings: readonly Listing[],
): readonly Order[] {
  return listings.flatMap(({ unified: symbol }) => exchange.openOrders(accountId, { symbol }));
}
