/**
 * Cancelling an order and placing another in one request: two half results, and a refusal that carries both.
 *
 * Entry point: `cancelReplaceEndpoint`. Source: "Cancel an Existing Order and Send a New Order" of rest-api.md in
 * binance-spot-api-docs.
 */
import type { CancelReplaceResult } from '../../exchange/results.ts';
import type { AccountCall, Endpoint } from '../authentication.ts';
import { BinanceRefusal, cancelRejected, invalidParameter } from '../errors.ts';
import { generatedClientOrderId } from '../figures.ts';
import { canceledOrderJson, newOrderJson } from './order-json.ts';
import {
  CLIENT_ID_PATTERN,
  CLIENT_ID_RANGE,
  readNewOrder,
  readReference,
  type NewOrder,
  type ReferenceParameters,
} from './order-requests.ts';
import { spotRefusal } from './refusals.ts';
import {
  checkCancelable,
  checkNewOrder,
  readCancelRestrictions,
  type SpotTradingSettings,
} from './trading.ts';

export function cancelReplaceEndpoint(settings: SpotTradingSettings): Endpoint {
  return {
    method: 'POST',
    path: '/api/v3/order/cancelReplace',
    route: 'create_order',
    security: 'trade',
    weight: 1,
    freeWhenAccepted: true,
    showsOrderCounts: true,
    answer: (call) => cancelReplace(settings, call),
  };
}

type Attempt = { readonly result: 'SUCCESS' | 'FAILURE' | 'NOT_ATTEMPTED'; readonly response: unknown };

function cancelReplace(settings: SpotTradingSettings, call: AccountCall): unknown {
  const { parameters } = call;
  const order = readNewOrder(parameters);
  const target = readReference(parameters, 'cancelOrderId', 'cancelOrigClientOrderId');
  const cancelId =
    parameters.optionalMatching('cancelNewClientOrderId', CLIENT_ID_PATTERN, CLIENT_ID_RANGE) ??
    generatedClientOrderId();
  const mode = parameters.required('cancelReplaceMode');
  if (mode !== 'STOP_ON_FAILURE' && mode !== 'ALLOW_FAILURE') throw invalidParameter('cancelReplaceMode');
  const restrictions = readCancelRestrictions(parameters);
  const exceededMode = parameters.optional('orderRateLimitExceededMode') ?? 'DO_NOTHING';
  if (exceededMode !== 'DO_NOTHING' && exceededMode !== 'CANCEL_ONLY')
    throw invalidParameter('orderRateLimitExceededMode');
  parameters.refuseUnread();
  checkNewOrder(settings, order, call.at);
  try {
    settings.counts.add(call.accountId, 1, call.clockMs, settings.limits);
  } catch (error) {
    if (!(error instanceof BinanceRefusal) || exceededMode === 'DO_NOTHING') throw error;
    return cancelAlone(settings, call, target, restrictions, cancelId, error);
  }
  const blocked = refusalOf(() => checkCancelable(settings, call, target, restrictions));
  if (blocked !== null)
    return answerCancelReplace(
      { result: 'FAILURE', response: blocked.body() },
      mode === 'STOP_ON_FAILURE'
        ? { result: 'NOT_ATTEMPTED', response: null }
        : placeAttempt(settings, call, order),
    );
  const outcome = settings.exchange.cancelReplace(
    call.at,
    call.accountId,
    target.reference,
    order.request,
    mode === 'STOP_ON_FAILURE' ? 'stop_on_failure' : 'allow_failure',
    cancelId,
  );
  return answerCancelReplace(cancelAttempt(outcome, cancelId), replaceAttempt(outcome, order));
}

function refusalOf(act: () => void): BinanceRefusal | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof BinanceRefusal) return error;
    throw error;
  }
}

/** The order count is exceeded and the client wants the cancel all the same. */
function cancelAlone(
  settings: SpotTradingSettings,
  call: AccountCall,
  target: ReferenceParameters,
  restrictions: string | undefined,
  cancelId: string,
  exceeded: BinanceRefusal,
): never {
  let cancel: Attempt = { result: 'FAILURE', response: cancelRejected().body() };
  const blocked = refusalOf(() => checkCancelable(settings, call, target, restrictions));
  if (blocked === null) {
    const result = settings.exchange.cancelOrder(call.at, call.accountId, target.reference, cancelId);
    if (result.ok) cancel = { result: 'SUCCESS', response: canceledOrderJson(result.order, cancelId) };
  }
  const place: Attempt =
    cancel.result === 'SUCCESS'
      ? { result: 'FAILURE', response: exceeded.body() }
      : { result: 'NOT_ATTEMPTED', response: null };
  throw cancelReplaceRefusal(429, cancel, place, exceeded.headers);
}

function placeAttempt(settings: SpotTradingSettings, call: AccountCall, order: NewOrder): Attempt {
  const result = settings.exchange.placeOrder(call.at, call.accountId, order.request);
  return result.ok
    ? { result: 'SUCCESS', response: newOrderJson(result.order, result.fills, order.responseType) }
    : { result: 'FAILURE', response: spotRefusal(result.refusal).body() };
}

function cancelAttempt(outcome: CancelReplaceResult, cancelId: string): Attempt {
  return outcome.cancel.ok
    ? { result: 'SUCCESS', response: canceledOrderJson(outcome.cancel.order, cancelId) }
    : { result: 'FAILURE', response: cancelRejected().body() };
}

function replaceAttempt(outcome: CancelReplaceResult, order: NewOrder): Attempt {
  if (outcome.place === null) return { result: 'NOT_ATTEMPTED', response: null };
  return outcome.place.ok
    ? {
        result: 'SUCCESS',
        response: newOrderJson(outcome.place.order, outcome.place.fills, order.responseType),
      }
    : { result: 'FAILURE', response: spotRefusal(outcome.place.refusal).body() };
}

function answerCancelReplace(cancel: Attempt, place: Attempt): unknown {
  if (cancel.result === 'SUCCESS' && place.result === 'SUCCESS') return bothResults(cancel, place);
  throw cancelReplaceRefusal(
    cancel.result === 'SUCCESS' || place.result === 'SUCCESS' ? 409 : 400,
    cancel,
    place,
    {},
  );
}

function bothResults(cancel: Attempt, place: Attempt): Record<string, unknown> {
  return {
    cancelResult: cancel.result,
    newOrderResult: place.result,
    cancelResponse: cancel.response,
    newOrderResponse: place.response,
  };
}

function cancelReplaceRefusal(
  status: number,
  cancel: Attempt,
  place: Attempt,
  headers: Readonly<Record<string, string>>,
): BinanceRefusal {
  const partial = cancel.result === 'SUCCESS' || place.result === 'SUCCESS';
  return new BinanceRefusal(
    status,
    partial ? -2021 : -2022,
    partial ? 'Order cancel-replace partially failed.' : 'Order cancel-replace failed.',
    { data: bothResults(cancel, place), headers: { ...headers } },
  );
}
