/**
 * Orders and their cancels at Bybit, ready to leave, and what the answers say of them.
 *
 * Entry points: `BybitOrders`, `referenceTo`. Every answer is an acknowledgement: "The acknowledgement of a place order request indicates
 * that the request was sucessfully accepted. This request is asynchronous". An accepted order may still end as rejected, and an
 * accepted cancel may come after a fill: streams and look-ups say so. Sources: "Place Order" and "Cancel Order" of the v5
 * documentation.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import { asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIER } from './classify.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { createParameters } from './order-parameters.ts';
import type { BybitRequests } from './requests.ts';

export class BybitOrders implements Orders {
  readonly #requests: BybitRequests;

  constructor(requests: BybitRequests) {
    this.#requests = requests;
  }

  create({ instrument, venueSymbol }: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const parameters = createParameters(
      instrument.kind,
      venueSymbol,
      request.order,
      request.venueClientOrderId,
    );
    return {
      expected: 'an order id',
      leave: async () => this.#requests.write(ENDPOINTS.createOrder, parameters, sendTerms(request)),
      classify: (answer) => CLASSIFIER.send(answer),
      read: (body) => acceptedFrom(body, request),
    };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    return {
      expected: 'an order id',
      leave: async () =>
        this.#requests.writeNow(ENDPOINTS.cancelOrder, referenceTo(listed, request), 'cancel'),
      classify: (answer) => CLASSIFIER.cancel(answer),
      read: (body) => {
        text(asObject(body, 'cancel'), 'orderId');
        return { kind: 'accepted', report: null };
      },
    };
  }
}

/** An id proves that an order was made; only ours beside it proves that it is the one. */
function acceptedFrom(body: JsonValue, request: SendRequest): SendOutcome {
  const order = asObject(body, 'order');
  if (optionalText(order, 'orderLinkId') !== request.venueClientOrderId)
    return { kind: 'unknown', detail: 'an answer about another order' };
  return { kind: 'accepted', venueOrderId: venueOrderId(text(order, 'orderId')), report: null, fills: [] };
}

/** One order by the id that the venue gave it, or by ours while none is known: `orderId` goes before `orderLinkId`. */
export function referenceTo(
  { instrument, venueSymbol }: ListedInstrument,
  { venueClientOrderId, venueOrderIds }: Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderIds'>,
): Parameters {
  const id = venueOrderIds.at(-1);
  return {
    category: CATEGORIES[instrument.kind],
    symbol: venueSymbol,
    ...(id === undefined ? { orderLinkId: venueClientOrderId } : { orderId: id }),
  };
}
