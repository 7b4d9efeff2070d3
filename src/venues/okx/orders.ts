/**
 * Orders and their cancels at OKX, ready to leave, and what the answers say of them.
 *
 * Entry points: `OkxOrders`, `referenceTo`, `isConditional`. An answer holds an id and a code for each order, nothing else; a cancel that was
 * taken "only means that your cancellation request has been accepted by the system server". Stops are algo orders: another service, with
 * ids of its own. Sources: "Place order", "Cancel order", "Place algo order" and "Cancel algo order" of the v5 documentation.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import { optionalText, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import { onlyEntry } from './normalize-account.ts';
import { algoIdAtVenue, isAlgoId, markAlgoId } from './normalize-orders.ts';
import { createParameters } from './order-parameters.ts';
import { algoTerms } from './requests.ts';
import type { OkxRequests } from './requests.ts';

export class OkxOrders implements Orders {
  readonly #requests: OkxRequests;

  constructor(requests: OkxRequests) {
    this.#requests = requests;
  }

  create(listed: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { conditional, parameters } = createParameters(listed, request.order, request.venueClientOrderId);
    const terms = sendTerms(request);
    return {
      expected: 'an order id',
      leave: async () =>
        conditional
          ? this.#requests.write(ENDPOINTS.createAlgo, parameters, algoTerms(terms))
          : this.#requests.write(ENDPOINTS.createOrder, parameters, terms),
      classify: (answer) => CLASSIFIER.send(answer),
      read: (data) => acceptedFrom(data, conditional, request),
    };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    const conditional = isConditional(request);
    const endpoint = conditional ? ENDPOINTS.cancelAlgos : ENDPOINTS.cancelOrder;
    return {
      expected: 'an order id',
      leave: async () => this.#requests.writeNow(endpoint, referenceTo(listed, request), 'cancel'),
      classify: (answer) => CLASSIFIER.cancel(answer),
      read: (data) => {
        text(onlyEntry(data, 'cancel'), conditional ? 'algoId' : 'ordId');
        return { kind: 'accepted', report: null };
      },
    };
  }
}

/** An id proves that an order was made; only ours beside it proves that it is the one. */
function acceptedFrom(data: JsonValue, conditional: boolean, request: SendRequest): SendOutcome {
  const order = onlyEntry(data, 'order');
  if (optionalText(order, conditional ? 'algoClOrdId' : 'clOrdId') !== request.venueClientOrderId)
    return { kind: 'unknown', detail: 'an answer about another order' };
  const id = optionalText(order, conditional ? 'algoId' : 'ordId');
  if (id === null) return { kind: 'unknown', detail: 'an answer without an order id' };
  return {
    kind: 'accepted',
    venueOrderId: conditional ? markAlgoId(id) : venueOrderId(id),
    report: null,
    fills: [],
  };
}

/** One order by the ids that the venue gave it, or by ours while none is known. */
export type OrderReference = Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderIds' | 'conditional'>;

/** Its id as an ordinary order, which a stop has once it was triggered, or as an algo order; null while none is known. */
function currentId({ venueOrderIds }: OrderReference): VenueOrderId | null {
  return venueOrderIds.findLast((id) => !isAlgoId(id)) ?? venueOrderIds.at(-1) ?? null;
}

/** Whether it is asked for among the algo orders. The mark of its id decides. */
export function isConditional(reference: OrderReference): boolean {
  const id = currentId(reference);
  return id === null ? reference.conditional : isAlgoId(id);
}

export function referenceTo(
  { venueSymbol }: Pick<ListedInstrument, 'venueSymbol'>,
  reference: OrderReference,
): Parameters {
  const { venueClientOrderId } = reference;
  const id = currentId(reference);
  if (isConditional(reference))
    return {
      instId: venueSymbol,
      ...(id === null ? { algoClOrdId: venueClientOrderId } : { algoId: algoIdAtVenue(id) }),
    };
  return { instId: venueSymbol, ...(id === null ? { clOrdId: venueClientOrderId } : { ordId: id }) };
}
