/**
 * Evidence of a run that was none: an exchange that a test trades at directly, and what a service would have journaled and shown.
 *
 * Entry points: `tradingVenue`, `evidenceOf`.
 */
import { decimal } from '../../../src/core/decimal.ts';
import { Faults, NO_FAULTS } from '../faults.ts';
import { OUR_ACCOUNT, PLAIN_ACCOUNT, SimulatedVenue, type VenueSetting } from '../venue.ts';
import { VirtualTime } from '../virtual-time.ts';
import { Random } from '../../../src/simulators/exchange/random.ts';
import type { Evidence, JournaledLine, ServiceView, VenueTruth } from '../auditor/evidence.ts';

/** The beginning of the client ids of orders that count as the service's. */
export const TAG = 'ours-';

/** A venue whose markets stand still, in a time that goes on when a test says so. */
export function tradingVenue(setting: Partial<VenueSetting> = {}): {
  readonly venue: SimulatedVenue;
  readonly time: VirtualTime;
} {
  const time = new VirtualTime();
  const venue = new SimulatedVenue(time, new Faults(NO_FAULTS, new Random(1)), {
    seed: 1,
    swap: false,
    ...PLAIN_ACCOUNT,
    balances: [
      { wallet: 'spot', asset: 'USDT', amount: '10000' },
      { wallet: 'spot', asset: 'BTC', amount: '1' },
    ],
    ...setting,
  });
  for (const { symbol } of venue.exchange.instruments()) {
    const mark = venue.exchange.market(symbol)?.markPrice;
    if (mark !== undefined) venue.exchange.movePrice(time.now(), symbol, [mark], true);
  }
  return { venue, time };
}

const NOTHING_SHOWN: ServiceView = {
  open: [],
  foreign: [],
  all: [],
  fillsOf: new Map(),
  positions: [],
  strategyParts: [],
  balances: [],
  drift: [],
  halted: null,
  baseCurrency: 'USDT',
  equity: null,
  accountEquity: null,
};

/** The evidence of it: the venue's truth, `journal` and what `service` shows; callers asked for nothing. `truth` changes the first. */
export function evidenceOf(
  venue: SimulatedVenue,
  journal: readonly JournaledLine[],
  service: Partial<ServiceView> = {},
  truth: Partial<VenueTruth> = {},
): Evidence {
  return {
    strictLimits: {},
    maxPositionNotional: null,
    losses: { maxDailyLoss: null, maxDrawdown: null },
    ownLimit: null,
    hasOthers: false,
    service: { ...NOTHING_SHOWN, ...service },
    journal,
    calls: { places: [], batches: [], cancels: [], killSwitch: [], tradingStates: [], trespasses: [] },
    venue: {
      exchange: venue.exchange,
      ourAccount: OUR_ACCOUNT,
      tag: TAG,
      creates: venue.creates,
      sends: venue.sends,
      cancels: venue.cancels,
      staleAnswers: venue.staleAnswers,
      stops: venue.stops,
      deposits: venue.deposits,
      movedOut: venue.movedOut,
      coinPrices: venue.coinPrices,
      openingBalances: venue.setting.balances.map(({ asset, amount }) => ({
        asset,
        amount: decimal(amount),
      })),
      pinned: true,
      leverage: null,
      spotMarkIsBook: false,
      pricesOf: (symbol, from, until) => venue.marks.between(symbol, from, until),
      fundingNamesSide: false,
      fillsAreSequenced: true,
      words: venue.onWire,
      sidesAreNamed: true,
      tradeIdShown: (fill) => venue.tradeIdShown(fill),
      ...truth,
    },
  };
}
