/**
 * HTX's contract endpoints that act on orders: one, a batch, cancels by number and by client id, all of them; closing at the market.
 *
 * Entry point: `tradingEndpoints`. An answer to a create holds ids alone, and each item of a batch has a code of its own inside a success.
 * Sources: "Place Order", "Place Multiple Orders", "Cancel Order", "Cancel Multiple Orders", "Cancel All", "Close All of a Symbol at Market Price" and
 * "Close All at Market Price" of the v5 documentation.
 */
import type { Position } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Order } from '../../exchange/order.ts';
import { isObject } from '../../wire/request-fields.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { LISTINGS_OF, type Listing } from '../instruments.ts';
import { objectParameters, type Parameters } from '../parameters.ts';
import type { Json } from '../spot/order-json.ts';
import {
  applyMarginMode,
  contractFrom,
  optionalContract,
  readClientOrderId,
  readMarginMode,
  readNewOrder,
  readPositionSide,
  readSide,
} from './order-requests.ts';
import { MARGIN_MODE_TAG } from './order-words.ts';
import { contractRefusal, fieldInvalid, tooMany } from './refusals.ts';

/** "A maximum of 10 orders can be cancelled per request"; the example of a batch of creates has eighteen, ccxt says 25. */
const MOST_CANCELED = 10;
const MOST_CREATED = 25;
const DONE = { code: 200, message: 'Success' } as const;

export function tradingEndpoints(exchange: Exchange): Endpoint[] {
  return [
    tradingEndpoint({ form: 'v5' }, '/v5/trade/order', 'create_order', (call) =>
      idsOf(create(exchange, call, call.parameters.parameters)),
    ),
    tradingEndpoint({ form: 'v5' }, '/v5/trade/batch_orders', 'create_order', (call) =>
      createAll(exchange, call),
    ),
    tradingEndpoint({ form: 'v5' }, '/v5/trade/cancel_order', 'cancel_order', (call) => {
      const { parameters } = call.parameters;
      const listing = contractFrom(parameters);
      const venueOrderId = parameters.optional('order_id');
      const clientOrderId = venueOrderId === undefined ? parameters.required('client_order_id') : undefined;
      return idsOf(cancel(exchange, call, listing, { venueOrderId, clientOrderId }));
    }),
    tradingEndpoint({ form: 'v5' }, '/v5/trade/cancel_batch_orders', 'cancel_order', (call) =>
      cancelMany(exchange, call),
    ),
    tradingEndpoint({ form: 'v5' }, '/v5/trade/cancel_all_orders', 'cancel_order', (call) =>
      cancelAll(exchange, call),
    ),
    tradingEndpoint({ form: 'v5' }, '/v5/trade/position', 'create_order', (call) => closeOne(exchange, call)),
    tradingEndpoint({ form: 'v5' }, '/v5/trade/position_all', 'create_order', (call) =>
      exchange
        .positions(call.accountId)
        .filter(({ quantity }) => !quantity.isZero())
        .map((position) => item(() => close(exchange, call, position, undefined))),
    ),
  ];
}

function idsOf({ venueOrderId, clientOrderId }: Order): Json {
  return { order_id: venueOrderId, client_order_id: clientOrderId ?? venueOrderId };
}

type Caller = Pick<AccountCall, 'accountId' | 'at'>;

function create(exchange: Exchange, { accountId, at }: Caller, parameters: Parameters): Order {
  const order = readNewOrder(exchange, accountId, parameters);
  applyMarginMode(exchange, accountId, at, order);
  const result = exchange.placeOrder(at, accountId, order.request);
  if (!result.ok) throw contractRefusal(result.refusal, exchange.isHedged(accountId));
  return result.order;
}

/** One item of a batch: its ids with a code of success, or the code with which it was refused. */
function item(act: () => Order, named: Json = {}): Json {
  try {
    return { ...idsOf(act()), ...DONE };
  } catch (error) {
    if (!(error instanceof HtxRefusal)) throw error;
    return { ...named, code: Number(error.code), message: error.message };
  }
}

function createAll(exchange: Exchange, call: AccountCall): unknown {
  const { body } = call.parameters;
  if (!Array.isArray(body) || body.length === 0) throw fieldInvalid('orders');
  if (body.length > MOST_CREATED) throw tooMany();
  return body.map((entry: unknown) => {
    const parameters = objectParameters('linear', isObject(entry) ? entry : {});
    const id = parameters.optional('client_order_id');
    return item(() => create(exchange, call, parameters), id === undefined ? {} : { client_order_id: id });
  });
}

interface Named {
  readonly venueOrderId?: string | undefined;
  readonly clientOrderId?: string | undefined;
}

/** An id of the user's is "invalid" once its order is filled or canceled: it finds open orders alone. */
function cancel(
  exchange: Exchange,
  { accountId, at }: Caller,
  { unified: symbol }: Listing,
  { venueOrderId, clientOrderId }: Named,
): Order {
  const hedged = exchange.isHedged(accountId);
  const known =
    venueOrderId !== undefined
      ? exchange.known(at, accountId, { symbol, venueOrderId })
      : clientOrderId === undefined
        ? null
        : exchange.known(at, accountId, { symbol, clientOrderId });
  if (known === null || (venueOrderId === undefined && !isOpen(known.status)))
    throw contractRefusal({ code: 'order_not_found' }, hedged);
  if (known.status === 'filled') throw new HtxRefusal('1063', 'The order has been executed.');
  const result = exchange.cancelOrder(at, accountId, known);
  if (!result.ok) throw contractRefusal(result.refusal, hedged);
  return result.order;
}

function textsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function cancelMany(exchange: Exchange, call: AccountCall): unknown {
  const { body, parameters } = call.parameters;
  const listing = contractFrom(parameters);
  const given = isObject(body) ? body : {};
  const numbers = textsIn(given['order_id']);
  const ids = numbers.length > 0 ? [] : textsIn(given['client_order_id']);
  if (numbers.length + ids.length === 0) throw fieldInvalid('order_id');
  if (numbers.length + ids.length > MOST_CANCELED) throw tooMany();
  return [
    ...numbers.map((venueOrderId) =>
      item(() => cancel(exchange, call, listing, { venueOrderId }), { order_id: venueOrderId }),
    ),
    ...ids.map((clientOrderId) =>
      item(() => cancel(exchange, call, listing, { clientOrderId }), { client_order_id: clientOrderId }),
    ),
  ];
}

function cancelAll(exchange: Exchange, call: AccountCall): unknown {
  const { accountId, parameters: asked } = call;
  const listing = optionalContract(asked.parameters);
  const side = asked.parameters.has('side') ? readSide(asked.parameters) : undefined;
  const positionSide = asked.parameters.has('position_side')
    ? readPositionSide(asked.parameters, exchange.isHedged(accountId))
    : undefined;
  return (listing === undefined ? LISTINGS_OF.linear : [listing])
    .flatMap(({ unified: symbol }) => exchange.openOrders(accountId, { symbol }))
    .filter(
      (order) =>
        (side === undefined || order.side === side) &&
        (positionSide === undefined || order.positionSide === positionSide),
    )
    .map((order) =>
      item(() => {
        const result = exchange.cancelOrder(call.at, accountId, order);
        if (!result.ok) throw contractRefusal(result.refusal, exchange.isHedged(accountId));
        return result.order;
      }),
    );
}

function closeOne(exchange: Exchange, call: AccountCall): unknown {
  const { accountId, parameters: asked } = call;
  const listing = contractFrom(asked.parameters);
  const mode = readMarginMode(asked.parameters);
  const side = readPositionSide(asked.parameters, exchange.isHedged(accountId));
  const clientOrderId = readClientOrderId(asked.parameters);
  const held = exchange
    .positions(accountId)
    .find(
      (position) =>
        position.symbol === listing.unified &&
        position.side === side &&
        position.marginMode === mode &&
        !position.quantity.isZero(),
    );
  if (held === undefined) throw new HtxRefusal('1048', 'Insufficient close amount available.');
  return idsOf(close(exchange, call, held, clientOrderId));
}

function close(
  exchange: Exchange,
  { accountId, at }: Caller,
  { symbol, side, quantity, marginMode }: Position,
  clientOrderId: string | undefined,
): Order {
  const result = exchange.placeOrder(at, accountId, {
    symbol,
    side: quantity.isPositive() ? 'sell' : 'buy',
    positionSide: side,
    type: 'market',
    quantity: quantity.abs(),
    reduceOnly: true,
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    tags: { [MARGIN_MODE_TAG]: marginMode },
  });
  if (!result.ok) throw contractRefusal(result.refusal, side !== 'net');
  return result.order;
}
