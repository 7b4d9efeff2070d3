/**
 * Orders and their cancels at Binance, ready to leave, and what the answers say of them.
 *
 * Entry point: `BinanceOrders`. Stops on USD-M live in a service of their own (algo orders), under ids of its own.
 * Sources: "New order" and "Cancel order" in rest-api.md of binance-spot-api-docs; "New Order", "Cancel Order", "New
 * Algo Order" and "Cancel Algo Order" of the USD-M futures documentation.
 */
import type { VenueOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import { asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument, Names } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import type { BinanceAccount } from './account.ts';
import { CLASSIFIERS } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { fillsFromAck } from './normalize-fills.ts';
import { algoIdAtVenue, algoOrderFromRest, isAlgoId, orderFromRest } from './normalize-orders.ts';
import { createParameters } from './order-parameters.ts';
import type { CreateRequest } from './order-parameters.ts';
import type { BinanceRequests } from './requests.ts';

export class BinanceOrders implements Orders {
  readonly #requests: BinanceRequests;
  readonly #names: Readonly<Record<InstrumentKind, Names>>;

  constructor({ requests, names }: BinanceAccount) {
    this.#requests = requests;
    this.#names = names;
  }

  create({ instrument, venueSymbol }: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { kind } = instrument;
    const create = createParameters(kind, venueSymbol, request.order, request.venueClientOrderId);
    return {
      expected: 'an order',
      leave: async () => this.#requests.write(create.endpoint, create.parameters, sendTerms(request)),
      classify: (answer) => CLASSIFIERS[kind].send(answer),
      read: (body) => acceptedFrom(body, create, this.#names[kind], request),
    };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    const { kind } = listed.instrument;
    const conditional = isConditional(kind, request);
    const endpoint = conditional
      ? SWAP.cancelAlgoOrder
      : kind === 'spot'
        ? SPOT.cancelOrder
        : SWAP.cancelOrder;
    return {
      expected: 'an order',
      leave: async () => this.#requests.writeNow(endpoint, referenceTo(listed, request), 'cancel'),
      classify: (answer) => CLASSIFIERS[kind].cancel(answer),
      read: (body) => canceledFrom(body, conditional, this.#names[kind]),
    };
  }
}

/** An order in the answer proves that one was made; only its ids prove that it is ours. */
function acceptedFrom(
  body: JsonValue,
  create: CreateRequest,
  names: Names,
  request: SendRequest,
): SendOutcome {
  const report = create.conditional ? algoOrderFromRest(body, names) : orderFromRest(body, names);
  if (report.venueClientOrderId !== request.venueClientOrderId || report.symbol !== request.order.symbol)
    return { kind: 'unknown', detail: 'an answer about another order' };
  const fills = create.conditional ? [] : fillsFromAck(body, names);
  return { kind: 'accepted', venueOrderId: report.venueOrderId, report, fills };
}

function canceledFrom(body: JsonValue, conditional: boolean, names: Names): CancelOutcome {
  if (!conditional) return { kind: 'accepted', report: orderFromRest(body, names) };
  // The algo service says only that it took the cancel.
  text(asObject(body, 'cancel'), 'algoId');
  return { kind: 'accepted', report: null };
}

/** One order by the ids that the venue gave it, or by ours while none is known. */
export type OrderReference = Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderIds' | 'conditional'>;

/** Its id as an ordinary order, which a stop has once it was triggered, or as a conditional one; null while none is known. */
function currentId({ venueOrderIds }: OrderReference): VenueOrderId | null {
  return venueOrderIds.findLast((id) => !isAlgoId(id)) ?? venueOrderIds.at(-1) ?? null;
}

/** Whether it is asked for at the USD-M algo service. The mark of its id decides, since an ordinary order's number may be a conditional one's too. */
export function isConditional(kind: InstrumentKind, reference: OrderReference): boolean {
  if (kind === 'spot') return false;
  const id = currentId(reference);
  return id === null ? reference.conditional : isAlgoId(id);
}

/** The venue's id is the faster way; sending both would only add a check that may fail. */
export function referenceTo(
  { instrument, venueSymbol }: ListedInstrument,
  reference: OrderReference,
): Parameters {
  const { venueClientOrderId } = reference;
  const venueOrderId = currentId(reference);
  if (isConditional(instrument.kind, reference))
    return venueOrderId === null
      ? { clientAlgoId: venueClientOrderId }
      : { algoId: algoIdAtVenue(venueOrderId) };
  return {
    symbol: venueSymbol,
    ...(venueOrderId === null ? { origClientOrderId: venueClientOrderId } : { orderId: venueOrderId }),
  };
}
