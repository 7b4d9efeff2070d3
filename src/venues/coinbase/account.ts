/** One account at Coinbase that is connected: what its orders and readings work with. */
import type { VenueClientOrderId, VenueOrderId } from '../../core/ids.ts';
import type { VenueAccount } from '../venue-gateway.ts';
import type { CoinbaseAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export interface CoinbaseAccount extends VenueAccount<Endpoint, CoinbaseAccess> {
  readonly ids: KnownIds;
  /** The currencies that had a balance once, by the ids of their accounts. */
  readonly currencies: Map<string, string>;
}

/** Orders whose ids are remembered; beyond it the first ones are forgotten, and looked for in lists. */
const ORDERS_REMEMBERED = 10_000;

/** The venue's ids of orders by ours: it cancels and finds an order by its own id alone. */
export class KnownIds {
  readonly #ids = new Map<VenueClientOrderId, VenueOrderId>();

  get(id: VenueClientOrderId): VenueOrderId | undefined {
    return this.#ids.get(id);
  }

  /** Takes in what an answer or a message says of an order; null where it has no id of its owner's. */
  note(id: VenueClientOrderId | null, venueOrderId: VenueOrderId): void {
    if (id === null || this.#ids.has(id)) return;
    this.#ids.set(id, venueOrderId);
    if (this.#ids.size <= ORDERS_REMEMBERED) return;
    const [first] = this.#ids.keys();
    if (first !== undefined) this.#ids.delete(first);
  }
}
