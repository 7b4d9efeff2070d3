/**
 * MEXC's spot endpoints that act on orders: one, a batch, all of a symbol, all.
 *
 * Entry point: `tradingEndpoints`. A batch answers for each of its orders. Source: "New Order", "Test New Order", "Batch Orders", "Cancel
 * Order" and "Cancel all Open Orders on a Symbol" of the spot v3 documentation; `DELETE /api/v3/order/all` as ccxt's class has it.
 */
import { isOpen, type Order } from '../../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { cancelRejected, exchangeRefusal, malformed, missing, SpotRefusal } from './errors.ts';
import { canceledOrderJson, newOrderJson, type Json } from './order-json.ts';
import { readNewOrder, readReference, type RequestSettings } from './order-requests.ts';
import { listingNamedBy, objectParameters, type Parameters } from './parameters.ts';
import { isObject } from '../../wire/request-fields.ts';

export interface TradingSettings extends RequestSettings {
  readonly cancelShowsEnd: boolean;
}

export function tradingEndpoints(settings: TradingSettings): Endpoint[] {
  return [
    tradingEndpoint('POST', '/api/v3/order', 'create_order', (call) =>
      newOrderJson(create(settings, call, call.parameters)),
    ),
    tradingEndpoint('POST', '/api/v3/order/test', 'other', ({ parameters }) => {
      readNewOrder(settings, parameters);
      return {};
    }),
    tradingEndpoint('POST', '/api/v3/batchOrders', 'create_order', (call) => batch(settings, call)),
    tradingEndpoint('DELETE', '/api/v3/order', 'cancel_order', (call) => cancel(settings, call)),
    tradingEndpoint('DELETE', '/api/v3/openOrders', 'cancel_order', (call) => cancelOpen(settings, call)),
    tradingEndpoint('DELETE', '/api/v3/order/all', 'cancel_order', ({ accountId, at, clockMs }) => {
      settings.exchange.cancelAll(at, accountId, { marketType: 'spot' });
      return { code: 200, msg: 'success', timestamp: clockMs };
    }),
  ];
}

function create(settings: TradingSettings, { accountId, at }: AccountCall, parameters: Parameters): Order {
  const request = readNewOrder(settings, parameters);
  const result = settings.exchange.placeOrder(at, accountId, request);
  if (!result.ok) throw exchangeRefusal(result.refusal, request.side);
  return result.order;
}

const MOST_IN_BATCH = 20;

/** "Supports 20 orders with a same symbol in a batch"; each entry is judged for itself. */
function batch(settings: TradingSettings, call: AccountCall): unknown {
  const entries = entriesOf(call.parameters.required('batchOrders'));
  if (entries.length > MOST_IN_BATCH) throw malformed('batchOrders');
  if (new Set(entries.map((entry) => entry['symbol'])).size > 1) throw malformed('symbol');
  return entries.map((entry): Json => {
    const parameters = objectParameters(entry);
    const clientOrderId = parameters.optional('newClientOrderId');
    const named = clientOrderId === undefined ? {} : { newClientOrderId: clientOrderId };
    try {
      const { symbol, orderId, orderListId } = newOrderJson(create(settings, call, parameters));
      return { symbol, orderId, ...named, orderListId };
    } catch (error) {
      if (!(error instanceof SpotRefusal)) throw error;
      return { ...named, msg: error.message, code: error.code };
    }
  });
}

function entriesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  let parsed: unknown;
  try {
    // Clients written in other languages print the list with single quotes.
    parsed = JSON.parse(text.replaceAll("'", '"'));
  } catch {
    throw malformed('batchOrders');
  }
  if (!Array.isArray(parsed) || parsed.length === 0) throw missing('batchOrders');
  return parsed.map((entry: unknown) => {
    if (!isObject(entry)) throw malformed('batchOrders');
    return entry;
  });
}

function cancel(settings: TradingSettings, { parameters, accountId, at }: AccountCall): unknown {
  const { exchange } = settings;
  const reference = readReference(parameters);
  const before = exchange.known(at, accountId, reference);
  if (before === null || !isOpen(before.status)) throw cancelRejected();
  const result = exchange.cancelOrder(at, accountId, reference);
  if (!result.ok) throw exchangeRefusal(result.refusal, before.side);
  const shown = settings.cancelShowsEnd ? result.order : before;
  return canceledOrderJson(shown, parameters.optional('newClientOrderId') ?? null);
}

const MOST_SYMBOLS = 5;

/** "maximum input 5 symbols, separated by ','". Nothing open is an empty list. */
function cancelOpen({ exchange }: TradingSettings, { parameters, accountId, at }: AccountCall): unknown {
  const names = parameters.required('symbol').split(',');
  if (names.length > MOST_SYMBOLS) throw malformed('symbol');
  return names
    .map(listingNamedBy)
    .flatMap(({ unified }) => exchange.cancelAll(at, accountId, { symbol: unified }))
    .map((order) => canceledOrderJson(order, null));
}
