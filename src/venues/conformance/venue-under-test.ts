/**
 * A venue as the conformance suite takes it: one short table in the venue's folder, and the simulator that it is opened in.
 *
 * Entry points: `VenueUnderTest`, `openVenue`.
 */
import { runSimulators } from '../../simulators/host.ts';
import type { VenueProtocol } from '../../simulators/venue-protocol.ts';
import type { VenueAdapter } from '../adapter.ts';
import { ControlClient } from './control.ts';
import type { ContractSizes, TrueAccount } from './control.ts';
import type { ConformanceVenue } from './world.ts';

/** The facts of a venue that the suite needs beside its capabilities. */
export interface VenueUnderTest extends Pick<
  ConformanceVenue,
  | 'symbols'
  | 'messagesToFirstExecution'
  | 'readsExecutions'
  | 'makesGood'
  | 'privateConnections'
  | 'concurrentOrders'
> {
  readonly adapter: VenueAdapter;
  /** Whether account records of some kinds are not read so far back as the suite asks for them, and are said to be unread. */
  readonly leavesRecordsUnread?: true;
  /** None unless given. */
  readonly contractSizes?: ContractSizes;
  /** How far back the venue lists every record of an account, milliseconds; further than the suite asks unless given. */
  readonly recordsReachMs?: number;
  /** Puts an account into hedge mode at `origin`, as its owner does it elsewhere; null for venues without hedge mode. */
  readonly enterHedgeMode: ((origin: string, account: TrueAccount) => Promise<void>) | null;
}

export type OpenVenue = ConformanceVenue & { close(): Promise<void> };

export interface VenueSettings {
  /** Whether the venue enforces its rate limits. */
  readonly limits: boolean;
  /** In place of the venue's usual protocol. */
  readonly protocol?: VenueProtocol;
}

/** Starts the venue's simulator; its market stands still except when a case moves it. */
export async function openVenue(
  underTest: VenueUnderTest,
  { limits, protocol }: VenueSettings,
): Promise<OpenVenue> {
  const { adapter, concurrentOrders, enterHedgeMode } = underTest;
  const name = adapter.capabilities.venue;
  const simulators = await runSimulators({
    controlPort: 0,
    limits,
    venues: [name],
    ...(protocol === undefined ? {} : { protocols: [protocol] }),
  });
  const urls = simulators.venues.get(name)?.urls;
  if (urls === undefined) throw new Error(`${name} is not simulated`);
  return {
    control: new ControlClient(simulators.controlUrl, name, underTest.contractSizes),
    endpoints: { rest: urls.restUrl, ws: urls.wsUrl },
    symbols: underTest.symbols,
    messagesToFirstExecution: underTest.messagesToFirstExecution,
    readsExecutions: underTest.readsExecutions ?? false,
    makesGood: underTest.makesGood ?? [],
    privateConnections: underTest.privateConnections,
    concurrentOrders,
    recordsReachMs: underTest.recordsReachMs ?? Number.POSITIVE_INFINITY,
    createGateway: (options) => adapter.atAddress(options)(options),
    enterHedgeMode: enterHedgeMode === null ? null : async (account) => enterHedgeMode(urls.restUrl, account),
    close: async () => simulators.close(),
  };
}
