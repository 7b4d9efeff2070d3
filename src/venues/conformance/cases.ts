/** The shared part of the conformance suite's files: where their cases run, and how they open accounts. */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { KindCapabilities } from '../../core/venue/capabilities.ts';
import type { GatewayOptions } from '../connection.ts';
import type { TrueAccount } from './control.ts';
import type { ConformanceVenue, GatewayFixture } from './world.ts';

export interface CaseWorld {
  readonly kind: InstrumentKind;
  readonly capabilities: KindCapabilities;
  /** There from the first `beforeAll` on. */
  readonly venue: () => ConformanceVenue;
  /** An account of its own with a started gateway, stopped after the case; `prepare` sees the account before. */
  readonly fixture: (
    overrides?: Partial<GatewayOptions>,
    prepare?: (account: TrueAccount) => Promise<void>,
  ) => Promise<GatewayFixture>;
  /** The same for an account that has a gateway already, as a restart finds it. */
  readonly reopened: (former: GatewayFixture) => Promise<GatewayFixture>;
}

export const START_PRICE = '60000';
