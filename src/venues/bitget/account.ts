/** One account at Bitget that is connected: what its orders, readings and settings work with. */
import type { PositionMode } from '../../core/venue/setting.ts';
import type { SharedReading } from '../shared-reading.ts';
import type { VenueAccount } from '../venue-gateway.ts';
import type { BitgetAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';
import type { CollateralCoins } from './normalize-account.ts';

/** The position mode as it was last read; rows of the fill history do not name their position, and mean one by it. */
export interface KnownMode {
  value: PositionMode | null;
}

export interface BitgetAccount extends VenueAccount<Endpoint, BitgetAccess> {
  readonly mode: KnownMode;
  /** The coins that the account has chosen as collateral. */
  readonly collateral: SharedReading<CollateralCoins>;
}
