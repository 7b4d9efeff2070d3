/**
 * Orders and their cancels at HTX, ready to leave, and what the answers say of them.
 *
 * Entry points: `HtxOrders`, `currentId`. The answer to a create holds a number alone; a cancel that was taken "only submits the cancel request". The
 * same client order id twice is two orders at the venue, of which its look-ups see the newest: a create leaves once. Sources: "Place a New
 * Order", "Submit Cancel for an Order" and "Submit Cancel for an Order (based on client order ID)" of the spot documentation.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import { asObject, text } from '../ccxt/exact-json.ts';
import type { CancelOutcome, SendOutcome } from '../../core/venue/outcome.ts';
import type { Orders } from '../connected-account.ts';
import type { CancelRequest, SendRequest } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { sendTerms } from '../write.ts';
import type { Write } from '../write.ts';
import type { HtxAccount } from './account.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import { createParameters } from './order-parameters.ts';
import { createTerms } from './requests.ts';

export class HtxOrders implements Orders {
  readonly #account: HtxAccount;

  constructor(account: HtxAccount) {
    this.#account = account;
  }

  create(listed: ListedInstrument, request: SendRequest): Write<SendOutcome> {
    const { requests, spotAccount } = this.#account;
    const parameters = createParameters(listed, request.order, request.venueClientOrderId, spotAccount);
    return {
      expected: 'an order number',
      leave: async () => requests.write(ENDPOINTS.createOrder, parameters, createTerms(sendTerms(request))),
      classify: (answer) => CLASSIFIER.send(answer),
      read: (body) => ({
        kind: 'accepted',
        venueOrderId: venueOrderId(text(asObject(body, 'answer'), 'data')),
        report: null,
        fills: [],
      }),
    };
  }

  cancel(_listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome> {
    const { requests } = this.#account;
    const id = currentId(request);
    return {
      expected: 'an order number',
      leave: async () =>
        id === null
          ? requests.writeNow(
              ENDPOINTS.cancelByClientId,
              { 'client-order-id': request.venueClientOrderId },
              'cancel',
            )
          : requests.writeNow(ENDPOINTS.cancelById, { 'order-id': id }, 'cancel'),
      classify: (answer) => CLASSIFIER.cancel(answer),
      read: (body) => {
        text(asObject(body, 'answer'), 'data');
        return { kind: 'accepted', report: null };
      },
    };
  }
}

/** The number that the venue gave an order; null while none is known. */
export function currentId({ venueOrderIds }: Pick<CancelRequest, 'venueOrderIds'>): VenueOrderId | null {
  return venueOrderIds.at(-1) ?? null;
}
