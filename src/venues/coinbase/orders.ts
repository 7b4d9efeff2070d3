/**
 * Orders and their cancels at Coinbase, ready to leave, and what the answers say of them.
 *
 * Entry point: `CoinbaseOrders`. An order that was made is acknowledged with its id; that `failure_reason` is `UNKNOWN_FAILURE_REASON` then says
 * nothing. An accepted cancel is queued and may come after a fill. Sources: "Create Order" and "Cancel Orders": cancels name orders by
 * the venue's own ids.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import { MalformedAnswer, asArray, asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { failedRead } from '../read-answer.ts';
import { sendTerms } from '../write.ts';
import type { Departed, Write } from '../write.ts';
import type { CoinbaseAccount } from './account.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import { findByClientId } from './order-look-up.ts';
import { createParameters } from './order-parameters.ts';

export class CoinbaseOrders implements Orders {
  readonly #account: CoinbaseAccount;

  constructor(account: CoinbaseAccount) {
    this.#account = account;
  }

  create({ venueSymbol }: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { requests } = this.#account;
    const parameters = createParameters(venueSymbol, request.order, request.venueClientOrderId);
    return {
      expected: 'an order id',
      leave: async () => requests.write(ENDPOINTS.createOrder, parameters, sendTerms(request)),
      classify: (answer) => CLASSIFIER.send(answer),
      read: (body) => this.#acceptedFrom(body, request),
    };
  }

  /** An id proves that an order was made; only ours beside it proves that it is the one. */
  #acceptedFrom(body: JsonValue, request: SendRequest): SendOutcome {
    const made = asObject(asObject(body, 'answer')['success_response'], 'success_response');
    if (optionalText(made, 'client_order_id') !== request.venueClientOrderId)
      return { kind: 'unknown', detail: 'an answer about another order' };
    const id = venueOrderId(idIn(made));
    this.#account.ids.note(request.venueClientOrderId, id);
    return { kind: 'accepted', venueOrderId: id, report: null, fills: [] };
  }

  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    let asked: VenueOrderId | undefined;
    return {
      expected: 'a canceled order',
      leave: async () => {
        const found = await this.#idOf(listed, request);
        if (typeof found !== 'string') return found;
        asked = found;
        return this.#account.requests.writeNow(ENDPOINTS.cancelOrders, { order_ids: [found] }, 'cancel');
      },
      classify: (answer) => CLASSIFIER.cancel(answer),
      read: (body) => {
        const [result] = asArray(asObject(body, 'answer')['results'], 'results');
        if (idIn(asObject(result, 'result')) !== asked)
          throw new MalformedAnswer('a cancel of another order');
        return { kind: 'accepted', report: null };
      },
    };
  }

  /** The venue's id of the order; while none is known, it is looked for, and a cancel of what is not found does not leave. */
  async #idOf(
    listed: ListedInstrument,
    { venueClientOrderId, venueOrderIds }: CancelRequest,
  ): Promise<VenueOrderId | Departed<CancelOutcome>> {
    const known = venueOrderIds.at(-1) ?? this.#account.ids.get(venueClientOrderId);
    if (known !== undefined) return known;
    try {
      const report = await findByClientId(this.#account, listed, venueClientOrderId, 'cancel');
      if (report !== null) return report.venueOrderId;
    } catch (error) {
      const { detail } = failedRead(error);
      return {
        kind: 'not_sent',
        reason: 'connect_failed',
        detail: `the order's id could not be read: ${detail}`,
      };
    }
    const venueMessage = 'no working order has this client id';
    return { kind: 'concluded', outcome: { kind: 'not_found', venueCode: 'not_listed', venueMessage } };
  }
}

function idIn(object: ReturnType<typeof asObject>): string {
  const id = text(object, 'order_id');
  if (id === '') throw new MalformedAnswer('order_id is empty');
  return id;
}
