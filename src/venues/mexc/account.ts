/** One account at MEXC that is connected: what its orders, readings and settings work with. */
import type { KnownMode, VenueAccount } from '../venue-gateway.ts';
import type { MexcAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export interface MexcAccount extends VenueAccount<Endpoint, MexcAccess> {
  readonly mode: KnownMode;
}
