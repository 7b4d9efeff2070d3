/**
 * MEXC's contract endpoints that act on orders: one, a batch, cancels by number and by external id, all of them.
 *
 * Entry point: `tradingEndpoints`. `order/create` answers with an object, `order/submit` with the bare number. A cancel answers for each of its
 * orders inside a success. Source: "Order", "Bulk order", "Cancel the order", "Cancel the order according to the external order ID" and
 * "Cancel all orders under a contract" of the contract documentation; `order/create` and its answer from ccxt's class and a fixture of
 * JKorf/Mexc.Net, recorded 2025-10-31.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { Order, OrderReference } from '../../exchange/order.ts';
import { NOTHING, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import {
  batchTooLarge,
  CANCELS,
  exchangeRefusal,
  FuturesRefusal,
  parameterError,
  tooManyCanceled,
  type CancelOutcome,
} from './errors.ts';
import { CONTRACT_LISTINGS } from './instruments.ts';
import type { Json } from './order-json.ts';
import { applySettings, readNewOrder } from './order-requests.ts';
import { contractFrom, objectParameters, optionalContract, type Parameters } from './parameters.ts';

/** "each time can cancel up to 50 orders", and a batch places as many. */
const MOST_AT_ONCE = 50;

export function tradingEndpoints(exchange: Exchange): Endpoint[] {
  return [
    tradingEndpoint('/api/v1/private/order/create', 'create_order', (call) => {
      const order = create(exchange, call, call.parameters.parameters);
      return { orderId: order.venueOrderId, ts: call.clockMs };
    }),
    tradingEndpoint('/api/v1/private/order/submit', 'create_order', (call) =>
      BigInt(create(exchange, call, call.parameters.parameters).venueOrderId),
    ),
    tradingEndpoint('/api/v1/private/order/submit_batch', 'create_order', (call) => batch(exchange, call)),
    tradingEndpoint('/api/v1/private/order/cancel', 'cancel_order', (call) => cancel(exchange, call)),
    tradingEndpoint('/api/v1/private/order/cancel_with_external', 'cancel_order', (call) => {
      const outcome = cancelOne(exchange, call, externalReference(call.parameters.parameters));
      if (outcome.errorCode !== 0) throw new FuturesRefusal(outcome.errorCode, outcome.errorMsg);
      return NOTHING;
    }),
    tradingEndpoint('/api/v1/private/order/batch_cancel_with_external', 'cancel_order', (call) =>
      listOf(call).map((entry): Json => {
        const parameters = objectParameters(entry);
        const reference = externalReference(parameters);
        const order = exchange.known(call.at, call.accountId, reference);
        return {
          symbol: parameters.required('symbol'),
          externalOid: parameters.required('externalOid'),
          orderId: order?.venueOrderId ?? null,
          ...cancelOne(exchange, call, reference),
        };
      }),
    ),
    tradingEndpoint('/api/v1/private/order/cancel_all', 'cancel_order', ({ accountId, at, parameters }) => {
      const listing = optionalContract(parameters.parameters);
      const symbol = listing === undefined ? {} : { symbol: listing.unified };
      exchange.cancelAll(at, accountId, { marketType: 'swap', ...symbol });
      return NOTHING;
    }),
  ];
}

function create(exchange: Exchange, { accountId, at }: AccountCall, parameters: Parameters): Order {
  const order = readNewOrder(exchange, accountId, parameters);
  applySettings(exchange, accountId, at, order);
  const result = exchange.placeOrder(at, accountId, order.request);
  if (!result.ok) throw exchangeRefusal(result.refusal);
  return result.order;
}

function listOf({ parameters: { entries } }: AccountCall): readonly unknown[] {
  if (entries === null || entries.length === 0) throw parameterError();
  if (entries.length > MOST_AT_ONCE) throw tooManyCanceled();
  return entries;
}

/** "externalOid: return the existing order ID if it already exists". */
function batch(exchange: Exchange, call: AccountCall): unknown {
  const { entries } = call.parameters;
  if (entries === null || entries.length === 0) throw parameterError();
  if (entries.length > MOST_AT_ONCE) throw batchTooLarge();
  return entries.map((entry): Json => {
    const parameters = objectParameters(entry);
    const externalOid = parameters.optional('externalOid') ?? null;
    try {
      const known =
        externalOid === null ? null : exchange.known(call.at, call.accountId, externalReference(parameters));
      const order = known ?? create(exchange, call, parameters);
      return { externalOid, orderId: order.venueOrderId, errorMsg: null, errorCode: 0 };
    } catch (error) {
      if (!(error instanceof FuturesRefusal)) throw error;
      return { externalOid, orderId: null, errorMsg: error.message, errorCode: error.code };
    }
  });
}

function externalReference(parameters: Parameters): OrderReference {
  const { unified } = contractFrom(parameters);
  return { symbol: unified, clientOrderId: parameters.required('externalOid') };
}

/** A list of order numbers, each with an outcome of its own. */
function cancel(exchange: Exchange, call: AccountCall): unknown {
  return listOf(call).map((entry): Json => {
    const orderId = String(entry);
    if (!/^\d{1,20}$/.test(orderId)) throw parameterError();
    const symbol = CONTRACT_LISTINGS.find(
      ({ unified }) =>
        exchange.known(call.at, call.accountId, { symbol: unified, venueOrderId: orderId }) !== null,
    )?.unified;
    const outcome =
      symbol === undefined ? CANCELS.absent : cancelOne(exchange, call, { symbol, venueOrderId: orderId });
    return { orderId: BigInt(orderId), ...outcome };
  });
}

function cancelOne(
  exchange: Exchange,
  { accountId, at }: AccountCall,
  reference: OrderReference,
): CancelOutcome {
  const result = exchange.cancelOrder(at, accountId, reference);
  if (result.ok) return CANCELS.done;
  return result.refusal.code === 'order_not_open' ? CANCELS.ended : CANCELS.absent;
}
