/**
 * Orders and their cancels at MEXC, ready to leave, and what the answers say of them.
 *
 * Entry points: `MexcOrders`, `spotReference`. The answer to a create has neither status nor our id, and that to a cancel of spot may show the
 * order as it was before: ids alone are read. Cancels of contracts answer for each order inside a success. Sources: "New Order" and "Cancel
 * Order" of the spot v3 documentation; "Order", "Cancel the order" and "Cancel the order according to the external order ID" of the contract
 * documentation; `order/create` as it was recorded in 2025.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import { MalformedAnswer, asArray, asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIERS, isAbsence } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { spotParameters, swapParameters } from './order-parameters.ts';
import { contractTerms } from './requests.ts';
import type { MexcRequests } from './requests.ts';

export class MexcOrders implements Orders {
  readonly #requests: MexcRequests;

  constructor(requests: MexcRequests) {
    this.#requests = requests;
  }

  create(listed: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { order, venueClientOrderId } = request;
    const isSpot = listed.instrument.kind === 'spot';
    const parameters = (isSpot ? spotParameters : swapParameters)(listed, order, venueClientOrderId);
    const terms = sendTerms(request);
    return {
      expected: 'an order id',
      leave: async () =>
        isSpot
          ? this.#requests.write(SPOT.createOrder, parameters, terms)
          : this.#requests.write(SWAP.createOrder, parameters, contractTerms(terms)),
      classify: (answer) => CLASSIFIERS[listed.instrument.kind].send(answer),
      read: (body) => (isSpot ? spotAccepted(body, parameters) : swapAccepted(body)),
    };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    return listed.instrument.kind === 'spot'
      ? this.#cancelOfSpot(listed, request)
      : this.#cancelOfSwap(listed, request);
  }

  #cancelOfSpot(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    return {
      expected: 'an order id',
      leave: async () => this.#requests.writeNow(SPOT.cancelOrder, spotReference(listed, request), 'cancel'),
      classify: (answer) => CLASSIFIERS.spot.cancel(answer),
      read: (body) => {
        text(asObject(body, 'order'), 'orderId');
        return { kind: 'accepted', report: null };
      },
    };
  }

  /** An id of the venue names one order, whatever else bears ours. */
  #cancelOfSwap({ venueSymbol }: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    const orderId = lastIdOf(request);
    const leave = async (): ReturnType<MexcRequests['writeNow']> =>
      orderId === null
        ? this.#requests.writeNow(
            SWAP.cancelByOwnId,
            { symbol: venueSymbol, externalOid: request.venueClientOrderId },
            'cancel',
          )
        : this.#requests.writeNow(SWAP.cancelOrders, { orderId }, 'cancel');
    return {
      expected: 'an order id',
      leave,
      classify: (answer) => CLASSIFIERS.linear_swap.cancel(answer),
      read: (data) => (orderId === null ? { kind: 'accepted', report: null } : canceledFrom(data, orderId)),
    };
  }
}

/** An id proves that an order was made; symbol and side alone are there to show that it is ours. */
function spotAccepted(body: JsonValue, asked: Parameters): SendOutcome {
  const order = asObject(body, 'order');
  if (optionalText(order, 'symbol') !== asked['symbol'] || optionalText(order, 'side') !== asked['side'])
    return { kind: 'unknown', detail: 'an answer about another order' };
  return acceptedAs(optionalText(order, 'orderId'));
}

function swapAccepted(data: JsonValue): SendOutcome {
  return acceptedAs(optionalText(asObject(data, 'order'), 'orderId'));
}

function acceptedAs(id: string | null): SendOutcome {
  if (id === null) return { kind: 'unknown', detail: 'an answer without an order id' };
  return { kind: 'accepted', venueOrderId: venueOrderId(id), report: null, fills: [] };
}

/** The outcome of the one order that was asked for. */
function canceledFrom(data: JsonValue, orderId: VenueOrderId): CancelOutcome {
  const row = asArray(data, 'cancels')
    .map((item) => asObject(item, 'cancel'))
    .find((one) => text(one, 'orderId') === orderId);
  if (row === undefined) throw new MalformedAnswer('no outcome of the order');
  const venueCode = text(row, 'errorCode');
  if (venueCode === '0') return { kind: 'accepted', report: null };
  const venueMessage = optionalText(row, 'errorMsg') ?? '';
  return isAbsence(venueCode)
    ? { kind: 'not_found', venueCode, venueMessage }
    : { kind: 'refused', reason: { kind: 'other', venueCode, venueMessage } };
}

/** One order by the id that the venue gave it, or by ours while none is known. */
export type OrderReference = Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderIds'>;

export function lastIdOf({ venueOrderIds }: OrderReference): VenueOrderId | null {
  return venueOrderIds.at(-1) ?? null;
}

export function spotReference({ venueSymbol }: ListedInstrument, reference: OrderReference): Parameters {
  const orderId = lastIdOf(reference);
  return {
    symbol: venueSymbol,
    ...(orderId === null ? { origClientOrderId: reference.venueClientOrderId } : { orderId }),
  };
}
