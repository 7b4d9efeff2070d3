/**
 * The numbered conformance suite: what every gateway does at its venue, proved over real sockets against the
 * venue's simulator, whose own record is the truth that answers are compared with.
 *
 * Entry point: `conformanceSuite`, called by a venue's `conformance.int.test.ts` with the table in its `conformance.ts`. The cases
 * stand in files by theme. Each has a number that never changes; a case that a venue declares it cannot do is skipped by its
 * capabilities, never by its name.
 */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { accountCases } from './accounts.ts';
import { allAtOnceCases } from './all-at-once.ts';
import { cancelCases } from './cancels.ts';
import { START_PRICE } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import { createFaultCases } from './create-faults.ts';
import { fillCases } from './fills.ts';
import { hedgedCases } from './hedged.ts';
import { lifetimeCases } from './lifetimes.ts';
import { lookUpCases } from './look-ups.ts';
import { marketDataCases } from './market-data.ts';
import { orderCases } from './orders.ts';
import { rateBudgetCases } from './rate-budget.ts';
import { settingCases } from './settings.ts';
import { startingCases } from './starting.ts';
import { stopCases } from './stops.ts';
import { streamCases } from './streams.ts';
import { openVenue } from './venue-under-test.ts';
import type { OpenVenue, VenueUnderTest } from './venue-under-test.ts';
import { GatewayFixture } from './world.ts';

type Theme = (world: CaseWorld) => void;

/** The themes that no gateway may get wrong: `npm test` runs these, `npm run conformance` everything. */
const CORE_THEMES: readonly Theme[] = [
  startingCases,
  orderCases,
  stopCases,
  lifetimeCases,
  cancelCases,
  lookUpCases,
  fillCases,
];

const FURTHER_THEMES: readonly Theme[] = [
  createFaultCases,
  streamCases,
  accountCases,
  rateBudgetCases,
  marketDataCases,
  settingCases,
  hedgedCases,
  allAtOnceCases,
];

/** Set by vitest.config.ts for the projects of `npm test`. */
const themes =
  process.env['CONFORMANCE_CASES'] === 'core' ? CORE_THEMES : [...CORE_THEMES, ...FURTHER_THEMES];

export function conformanceSuite(underTest: VenueUnderTest): void {
  let venue: OpenVenue;
  const open: GatewayFixture[] = [];
  const cleanUps: (() => Promise<void>)[] = [];
  const kept = (fixture: GatewayFixture): GatewayFixture => {
    open.push(fixture);
    return fixture;
  };

  beforeAll(async () => {
    venue = await openVenue(underTest, { limits: false });
  });
  afterAll(async () => {
    await venue.close();
  });
  afterEach(async () => {
    await venue.control.clearFaults();
    for (const fixture of open.splice(0)) await fixture.close();
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  for (const kind of ['spot', 'linear_swap'] as const) {
    const capabilities = underTest.adapter.capabilities.kinds[kind];
    if (capabilities === null) continue;
    const world: CaseWorld = {
      underTest,
      kind,
      capabilities,
      venue: () => venue,
      fixture: async (overrides, prepare) => kept(await GatewayFixture.open(venue, kind, overrides, prepare)),
      limited: async (overrides) => {
        const limited = await openVenue(underTest, { limits: true });
        cleanUps.push(async () => limited.close());
        return kept(await GatewayFixture.open(limited, kind, overrides));
      },
      reopened: async (former) => kept(await former.reopen()),
    };
    describe(`${underTest.adapter.capabilities.venue} ${kind}`, () => {
      beforeAll(async () => {
        const symbol = venue.symbols[kind];
        if (symbol !== undefined) await venue.control.price(symbol, START_PRICE);
      });
      for (const cases of themes) cases(world);
    });
  }
}
