/**
 * Orders and their cancels at Bitget, ready to leave, and what the answers say of them.
 *
 * Entry points: `BitgetOrders`, `referenceTo`. Every answer is an acknowledgement: "placing an order is asynchronous", and so is a cancel; streams
 * and look-ups say how either ends. Sources: "Place Order" and "Cancel Order" of the unified account's documentation.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import { MalformedAnswer, asObject, optionalText } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import { createParameters } from './order-parameters.ts';
import { createTerms } from './requests.ts';
import type { BitgetRequests } from './requests.ts';

export class BitgetOrders implements Orders {
  readonly #requests: BitgetRequests;

  constructor(requests: BitgetRequests) {
    this.#requests = requests;
  }

  create({ instrument, venueSymbol }: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { order, venueClientOrderId } = request;
    const parameters = createParameters(instrument.kind, venueSymbol, order, venueClientOrderId);
    return {
      expected: 'an order id',
      leave: async () =>
        this.#requests.write(ENDPOINTS.createOrder, parameters, createTerms(sendTerms(request))),
      classify: (answer) => CLASSIFIER.send(answer),
      read: (data) => acceptedFrom(data, request),
    };
  }

  cancel(_listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    return {
      expected: 'an order id',
      leave: async () => this.#requests.writeNow(ENDPOINTS.cancelOrder, referenceTo(request), 'cancel'),
      classify: (answer) => CLASSIFIER.cancel(answer),
      read: (data) => {
        const answer = asObject(data, 'cancel');
        if (['orderId', 'clientOid'].every((key) => optionalText(answer, key) === null))
          throw new MalformedAnswer('orderId is missing');
        return { kind: 'accepted', report: null };
      },
    };
  }
}

/**
 * An id proves that an order was made; only ours beside it proves that it is the one. A reduce-only order that displaces others is answered
 * without an id ("orderId returns null"): a look-up shows it.
 */
function acceptedFrom(data: JsonValue, request: SendRequest): SendOutcome {
  const order = asObject(data, 'order');
  if (optionalText(order, 'clientOid') !== request.venueClientOrderId)
    return { kind: 'unknown', detail: 'an answer about another order' };
  const id = optionalText(order, 'orderId');
  if (id === null) return { kind: 'unknown', detail: 'an answer without an order id' };
  return { kind: 'accepted', venueOrderId: venueOrderId(id), report: null, fills: [] };
}

/** One order by the id that the venue gave it, or by ours while none is known: `orderId` goes before `clientOid`. */
export function referenceTo({
  venueClientOrderId,
  venueOrderIds,
}: Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderIds'>): Parameters {
  const id = venueOrderIds.at(-1);
  return id === undefined ? { clientOid: venueClientOrderId } : { orderId: id };
}
