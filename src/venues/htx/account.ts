/** One account at HTX that is connected: what its orders and readings work with. */
import type { VenueAccount } from '../venue-gateway.ts';
import type { HtxAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export interface HtxAccount extends VenueAccount<Endpoint, HtxAccess> {
  /** The venue's number of the spot account, which every order names. */
  readonly spotAccount: string;
}
