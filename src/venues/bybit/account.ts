/** One account at Bybit that is connected: what its orders, readings and settings work with. */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import type { Names } from '../markets.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { BybitAccess } from './access.ts';
import type { BybitRequests } from './requests.ts';

/** The position mode as it was last read; executions do not name their side, and mean one by it. */
export interface KnownMode {
  value: PositionMode | null;
}

export interface BybitAccount {
  readonly kinds: readonly InstrumentKind[];
  readonly access: BybitAccess;
  readonly clock: VenueClock;
  readonly requests: BybitRequests;
  readonly names: Readonly<Record<InstrumentKind, Names>>;
  readonly mode: KnownMode;
}
