/** One account at Bybit that is connected: what its orders, readings and settings work with. */
import type { KnownMode, VenueAccount } from '../venue-gateway.ts';
import type { BybitAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export interface BybitAccount extends VenueAccount<Endpoint, BybitAccess> {
  readonly mode: KnownMode;
}
