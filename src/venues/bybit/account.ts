/** One account at Bybit that is connected: what its orders, readings and settings work with. */
import type { PositionMode } from '../../core/venue/setting.ts';
import type { VenueAccount } from '../venue-gateway.ts';
import type { BybitAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

/** The position mode as it was last read; executions do not name their side, and mean one by it. */
export interface KnownMode {
  value: PositionMode | null;
}

export interface BybitAccount extends VenueAccount<Endpoint, BybitAccess> {
  readonly mode: KnownMode;
}
