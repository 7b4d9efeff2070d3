/**
 * Orders and their cancels at HTX, ready to leave, and what the answers say of them.
 *
 * Entry points: `HtxOrders`, `currentId`. The answer to a create holds ids alone; a cancel that was taken "only submits the cancel request". The
 * same client order id twice is two orders on spot, of which its look-ups see the newest, and may be at contracts: a create leaves once.
 * Sources: "Place a New Order", "Submit Cancel for an Order" and "Submit Cancel for an Order (based on client order ID)" of the spot
 * documentation, "Place Order" and "Cancel Order" of the v5 one.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import type { HtxAccount } from './account.ts';
import { CLASSIFIERS, dataOf } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { contractParameters, createParameters } from './order-parameters.ts';
import { createTerms } from './requests.ts';

export class HtxOrders implements Orders {
  readonly #account: HtxAccount;

  constructor(account: HtxAccount) {
    this.#account = account;
  }

  create(listed: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { requests, spotAccount } = this.#account;
    const { order, venueClientOrderId } = request;
    const { kind } = listed.instrument;
    const isSpot = kind === 'spot';
    const parameters = isSpot
      ? createParameters(listed, order, venueClientOrderId, spotAccount)
      : contractParameters(listed, order, venueClientOrderId);
    const endpoint = isSpot ? SPOT.createOrder : SWAP.createOrder;
    return {
      expected: 'an order number',
      leave: async () => requests.write(endpoint, parameters, createTerms(sendTerms(request))),
      classify: (answer) => CLASSIFIERS[kind].send(answer),
      read: (body) =>
        isSpot ? acceptedAs(text(asObject(body, 'answer'), 'data')) : acceptedContract(dataOf(body), request),
    };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    const { requests } = this.#account;
    const { kind } = listed.instrument;
    const { endpoint, parameters } = cancelOf(listed, request);
    return {
      expected: 'an order number',
      leave: async () => requests.writeNow(endpoint, parameters, 'cancel'),
      classify: (answer) => CLASSIFIERS[kind].cancel(answer),
      read: (body) => {
        if (kind === 'spot') text(asObject(body, 'answer'), 'data');
        else text(asObject(dataOf(body), 'order'), 'order_id');
        return { kind: 'accepted', report: null };
      },
    };
  }
}

function acceptedAs(number: string): SendOutcome {
  return { kind: 'accepted', venueOrderId: venueOrderId(number), report: null, fills: [] };
}

/** A number proves that an order was made; only our id beside it proves that it is the one. */
function acceptedContract(data: JsonValue, request: SendRequest): SendOutcome {
  const order = asObject(data, 'order');
  if (optionalText(order, 'client_order_id') !== request.venueClientOrderId)
    return { kind: 'unknown', detail: 'an answer about another order' };
  return acceptedAs(text(order, 'order_id'));
}

/** By the venue's number once it is known: our id of a contract order means nothing as soon as the order has ended. */
function cancelOf(
  { instrument, venueSymbol }: ListedInstrument,
  request: CancelRequest,
): { readonly endpoint: Endpoint; readonly parameters: Parameters } {
  const id = currentId(request);
  if (instrument.kind === 'linear_swap') {
    const named = id === null ? { client_order_id: request.venueClientOrderId } : { order_id: id };
    return { endpoint: SWAP.cancelOrder, parameters: { contract_code: venueSymbol, ...named } };
  }
  return id === null
    ? {
        endpoint: SPOT.cancelByClientId,
        parameters: { 'client-order-id': request.venueClientOrderId },
      }
    : { endpoint: SPOT.cancelById, parameters: { 'order-id': id } };
}

/** The number that the venue gave an order; null while none is known. */
export function currentId({ venueOrderIds }: Pick<CancelRequest, 'venueOrderIds'>): VenueOrderId | null {
  return venueOrderIds.at(-1) ?? null;
}
