/** One account at MEXC that is connected: what its orders, readings and settings work with. */
import type { PositionMode } from '../../core/venue/setting.ts';
import type { VenueAccount } from '../venue-gateway.ts';
import type { MexcAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

/** The position mode as it was last read or stated by an order; positions do not name it, and mean one by it. */
export interface KnownMode {
  value: PositionMode | null;
}

export interface MexcAccount extends VenueAccount<Endpoint, MexcAccess> {
  readonly mode: KnownMode;
}
