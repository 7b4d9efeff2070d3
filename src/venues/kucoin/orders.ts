/**
 * Orders and their cancels at KuCoin, ready to leave, and what the answers say of them.
 *
 * Entry points: `KucoinOrders`, `orderEndpoint`. The answer to an order holds its ids alone; that to a cancel says that it was asked for: "This endpoint only
 * sends cancellation requests. The results of the requests must be obtained by checking the order detail or subscribing to websocket".
 * Sources: "Add Order", "Cancel Order By OrderId" and "Cancel Order By ClientOid" of spot and futures of the documentation.
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
import { CLASSIFIERS } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { createParameters } from './order-parameters.ts';
import { boundedTerms } from './requests.ts';
import type { KucoinRequests } from './requests.ts';

export class KucoinOrders implements Orders {
  readonly #requests: KucoinRequests;

  constructor(requests: KucoinRequests) {
    this.#requests = requests;
  }

  create(listed: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { kind } = listed.instrument;
    const parameters = createParameters(listed, request.order, request.venueClientOrderId);
    const endpoint = kind === 'spot' ? SPOT.createOrder : SWAP.createOrder;
    return {
      expected: 'an order id',
      leave: async () => this.#requests.write(endpoint, parameters, boundedTerms(sendTerms(request))),
      classify: (answer) => CLASSIFIERS[kind].send(answer),
      read: (body) => acceptedFrom(body, request),
    };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    const { kind } = listed.instrument;
    const { endpoint, parameters } = orderEndpoint('cancel', listed, request);
    return {
      expected: 'the ids of a cancel',
      leave: async () => this.#requests.writeNow(endpoint, parameters, 'cancel'),
      classify: (answer) => CLASSIFIERS[kind].cancel(answer),
      read: (body) => {
        asObject(body, 'cancel');
        return { kind: 'accepted', report: null };
      },
    };
  }
}

/** An id proves that an order was made; only ours beside it proves that it is the one. */
function acceptedFrom(body: JsonValue, request: SendRequest): SendOutcome {
  const order = asObject(body, 'order');
  if (optionalText(order, 'clientOid') !== request.venueClientOrderId)
    return { kind: 'unknown', detail: 'an answer about another order' };
  return { kind: 'accepted', venueOrderId: venueOrderId(text(order, 'orderId')), report: null, fills: [] };
}

/** Where one order is asked for or canceled. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly parameters: Parameters;
}

const ENDPOINTS = {
  query: {
    spot: { byId: SPOT.orderById, byClientId: SPOT.orderByClientId },
    linear_swap: { byId: SWAP.orderById, byClientId: SWAP.orderByClientId },
  },
  cancel: {
    spot: { byId: SPOT.cancelById, byClientId: SPOT.cancelByClientId },
    linear_swap: { byId: SWAP.cancelById, byClientId: SWAP.cancelByClientId },
  },
} as const;

/** One order by the id that the venue gave it, which finds it for longer, or by ours while none is known. */
export function orderEndpoint(
  what: keyof typeof ENDPOINTS,
  { instrument, venueSymbol }: ListedInstrument,
  { venueClientOrderId, venueOrderIds }: Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderIds'>,
): Asked {
  const { byId, byClientId } = ENDPOINTS[what][instrument.kind];
  const symbol = { symbol: venueSymbol };
  const id = venueOrderIds.at(-1);
  if (id === undefined)
    return { endpoint: byClientId, parameters: { clientOid: venueClientOrderId, ...symbol } };
  // Ids of futures count over all contracts, and their pages know no symbol.
  return { endpoint: byId, parameters: { orderId: id, ...(instrument.kind === 'spot' ? symbol : {}) } };
}
