/** One account at Bitget that is connected: what its orders, readings and settings work with. */
import type { SharedReading } from '../shared-reading.ts';
import type { KnownMode, VenueAccount } from '../venue-gateway.ts';
import type { BitgetAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';
import type { CollateralCoins } from './normalize-account.ts';

export interface BitgetAccount extends VenueAccount<Endpoint, BitgetAccess> {
  readonly mode: KnownMode;
  /** The coins that the account has chosen as collateral. */
  readonly collateral: SharedReading<CollateralCoins>;
}
