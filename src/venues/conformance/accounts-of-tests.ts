/**
 * Venues and accounts as the tests of one venue's gateway use them beside the suite: opened when a test asks, closed when it has ended.
 *
 * Entry points: `opener`, `accountsAt`.
 */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { VenueProtocol } from '../../simulators/venue-protocol.ts';
import type { GatewayOptions } from '../connection.ts';
import { START_PRICE } from './cases.ts';
import { openVenue } from './venue-under-test.ts';
import type { OpenVenue, VenueUnderTest } from './venue-under-test.ts';
import { GatewayFixture } from './world.ts';

/** Opens a venue without limits, its instruments at the cases' price. `undecided` are other answers to what its documents leave open. */
export type Opener<Undecided> = (undecided?: Partial<Undecided>) => Promise<OpenVenue>;

export function opener<Undecided>(
  venueUnderTest: VenueUnderTest,
  protocolWith: (undecided: Undecided) => VenueProtocol,
  usual: Undecided,
): Opener<Undecided> {
  return async (undecided = {}) => {
    const protocol = protocolWith({ ...usual, ...undecided });
    const venue = await openVenue(venueUnderTest, { limits: false, protocol });
    for (const symbol of Object.values(venue.symbols)) await venue.control.price(symbol, START_PRICE);
    return venue;
  };
}

export interface AccountsOfTests<Undecided> {
  /** The venue of all tests of a `describe`; open while one of them runs. */
  readonly venue: OpenVenue;
  /** A new account with its started gateway, at `venue` unless another is given; for one test. */
  readonly fixture: (
    kind: InstrumentKind,
    changes?: Partial<GatewayOptions>,
    at?: OpenVenue,
  ) => Promise<GatewayFixture>;
  /** A venue with other answers, for one test. */
  readonly other: (undecided: Partial<Undecided>) => Promise<OpenVenue>;
}

/** Called in a `describe`. Faults are cleared, gateways stopped and other venues closed after each test. */
export function accountsAt<Undecided>(
  open: Opener<Undecided>,
  usual: Partial<Undecided> = {},
): AccountsOfTests<Undecided> {
  let venue: OpenVenue | undefined;
  const fixtures: GatewayFixture[] = [];
  const others: OpenVenue[] = [];
  const common = (): OpenVenue => {
    if (venue === undefined) throw new Error('the venue is open while a test runs');
    return venue;
  };
  beforeAll(async () => {
    venue = await open(usual);
  });
  afterEach(async () => {
    await common().control.clearFaults();
    for (const one of fixtures.splice(0)) await one.close();
    for (const other of others.splice(0)) await other.close();
  });
  afterAll(async () => {
    await venue?.close();
  });
  return {
    get venue() {
      return common();
    },
    fixture: async (kind, changes = {}, at = common()) => {
      const one = await GatewayFixture.open(at, kind, changes);
      fixtures.push(one);
      return one;
    },
    other: async (undecided) => {
      const opened = await open(undecided);
      others.push(opened);
      return opened;
    },
  };
}
