/**
 * Coinbase's endpoints that act on orders: create one, cancel some by their ids, edit one.
 *
 * Entry point: `tradingEndpoints`. An order that cannot be is answered with status 200 and `success` false; cancels are answered for each of
 * their ids, and an edit by its errors. Sources: "Create Order", "Cancel Orders" and "Edit Order"; the reasons of cancels and edits are
 * those of the enumerations that these pages name.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order } from '../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { errorResponse, exchangeRefusal, missing, OrderRefusal, UNKNOWN_REASON } from './errors.ts';
import { LISTINGS, listingOf } from './instruments.ts';
import { configurationJson, type Json } from './order-json.ts';
import { readNewOrder } from './order-requests.ts';
import { isCancelQueued, sideName } from './order-words.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export interface TradingSettings {
  readonly exchange: Exchange;
  readonly undecided: UndecidedBehaviour;
}

export function tradingEndpoints(settings: TradingSettings): Endpoint[] {
  return [
    tradingEndpoint('/orders', 'create_order', (call) => create(settings, call)),
    tradingEndpoint('/orders/batch_cancel', 'cancel_order', (call) => cancel(settings, call)),
    tradingEndpoint('/orders/edit', 'create_order', (call) => edit(settings, call)),
  ];
}

/** The order that an id names; null: there is none. Ids say nothing of their product. */
export function orderNamed(
  exchange: Exchange,
  accountId: string,
  at: number,
  venueOrderId: string,
): Order | null {
  for (const { unified } of LISTINGS) {
    const order = exchange.known(at, accountId, { symbol: unified, venueOrderId });
    if (order !== null) return order;
  }
  return null;
}

function create({ exchange }: TradingSettings, call: AccountCall): Json {
  try {
    const request = readNewOrder(exchange, call.parameters, call.clockMs);
    const result = exchange.placeOrder(call.at, call.accountId, request);
    if (!result.ok) throw exchangeRefusal(result.refusal);
    const { order } = result;
    return {
      success: true,
      failure_reason: UNKNOWN_REASON,
      order_id: order.venueOrderId,
      success_response: {
        order_id: order.venueOrderId,
        product_id: listingOf(order.symbol).id,
        side: sideName(order.side),
        client_order_id: order.clientOrderId ?? '',
        attached_order_id: '',
      },
      order_configuration: configurationJson(order),
    };
  } catch (refusal) {
    if (!(refusal instanceof OrderRefusal)) throw refusal;
    return {
      success: false,
      failure_reason: UNKNOWN_REASON,
      order_id: '',
      error_response: errorResponse(refusal),
      order_configuration: call.parameters.body['order_configuration'] ?? null,
    };
  }
}

function cancel(settings: TradingSettings, call: AccountCall): Json {
  const ids = call.parameters.list('order_ids');
  if (ids.length === 0) throw missing('order_ids');
  return { results: ids.map((id) => cancelOne(settings, call, id)) };
}

/** A finished order is as unknown to the cancel as one that never was. */
function cancelOne(
  { exchange, undecided }: TradingSettings,
  { accountId, at }: AccountCall,
  id: string,
): Json {
  const failed = (reason: string): Json => ({ success: false, failure_reason: reason, order_id: id });
  const order = orderNamed(exchange, accountId, at, id);
  if (order === null) return failed('UNKNOWN_CANCEL_ORDER');
  if (isCancelQueued(order, at, undecided)) return failed('DUPLICATE_CANCEL_REQUEST');
  const result = exchange.cancelOrder(at, accountId, { symbol: order.symbol, venueOrderId: id });
  if (result.ok) return { success: true, failure_reason: 'UNKNOWN_CANCEL_FAILURE_REASON', order_id: id };
  return failed(
    result.refusal.code === 'symbol_not_trading' ? 'NOT_ALLOWED_TO_CANCEL' : 'UNKNOWN_CANCEL_ORDER',
  );
}

/** Both figures have to be there: one that is missing counts as zero. */
function edit(
  { exchange }: TradingSettings,
  { parameters: { parameters }, accountId, at }: AccountCall,
): Json {
  const failed = (reason: string): Json => ({
    success: false,
    errors: [{ edit_failure_reason: reason, preview_failure_reason: 'UNKNOWN_PREVIEW_FAILURE_REASON' }],
  });
  const order = orderNamed(exchange, accountId, at, parameters.required('order_id'));
  if (order === null) return failed('ORDER_NOT_FOUND');
  const quantity = parameters.optionalDecimal('size') ?? Decimal.zero;
  const price = parameters.optionalDecimal('price') ?? Decimal.zero;
  if (!quantity.isPositive()) return failed('INVALID_EDITED_SIZE');
  if (!price.isPositive()) return failed('INVALID_EDITED_PRICE');
  if (order.timeInForce !== 'GTC' || order.price === null) return failed('ONLY_LIMIT_ORDER_EDITS_SUPPORTED');
  if (quantity.equals(order.quantity) && price.equals(order.price)) return failed('EDIT_EQUAL_TO_ORIGINAL');
  const { symbol, venueOrderId } = order;
  const result = exchange.amendOrder(at, accountId, { symbol, venueOrderId }, { quantity, price });
  if (result.ok) return { success: true, errors: [] };
  switch (result.refusal.code) {
    case 'order_not_open':
      return failed('ORDER_NOT_FOUND');
    case 'amend_refused':
      return failed('CANNOT_EDIT_TO_BELOW_FILLED_SIZE');
    case 'price_off_tick':
      return failed('INVALID_EDITED_PRICE');
    case 'quantity_off_step':
    case 'quantity_too_small':
    case 'quantity_too_large':
      return failed('INVALID_EDITED_SIZE');
    default:
      return failed('COMMANDER_REJECTED_EDIT_ORDER');
  }
}
