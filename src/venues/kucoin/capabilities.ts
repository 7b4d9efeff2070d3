/**
 * The capabilities of KuCoin's classic account: spot through the high-frequency endpoints, and USDT futures.
 *
 * Sources: "Add Order", "Get Order By OrderId" and "Get Klines" of spot and futures of the documentation, "Get Order Details" of the
 * unified account for how long orders of classic ones are found. Questions that it leaves open are listed in docs/venues/kucoin.md.
 */
import { CANDLE_INTERVALS } from '../../core/venue/market.ts';
import type { KindCapabilities, VenueCapabilities } from '../../core/venue/capabilities.ts';
import { GRANULARITIES, INTERVALS } from './endpoints.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

const BOTH_KINDS = {
  // "Please do not initiate requests using the same clientOid": what becomes of one whose first order is done is not said.
  duplicateId: 'refused_while_open',
  // "Time differs from server time by more than 5 seconds": no request may state another.
  requestLifetimeMs: 5_000,
  signedTimeStepMs: 1,
  // The same five seconds the other way.
  signedTimeAheadMs: 5_000,
  // An acknowledgement says that the order was received; how long the engine may take is not said.
  engineAllowanceMs: 10_000,
  // Acknowledged orders were reported that could not be found (ccxt #23324); for how long is not said.
  readLagMs: 5_000,
  lookUpByClientId: true,
  clientOrderIds: 'letters_and_digits',
  postOnly: true,
  goodTillAheadMs: null,
  // Spot's stop orders stand on pages marked as abandoned; of futures no page says what a trigger price does that was passed already.
  nativeStops: false,
  triggeredStopIsNewOrder: false,
  triggers: [],
  marketBuyByQuantity: true,
} as const satisfies Partial<KindCapabilities>;

export const KUCOIN_CAPABILITIES: VenueCapabilities = {
  venue: 'kucoin',
  kinds: {
    spot: {
      ...BOTH_KINDS,
      // "canceled orders: 2 * 24 hours".
      lookUpRetentionMs: 2 * DAY_MS,
      timesInForce: ['GTC', 'IOC', 'FOK'],
      marketBuyByCost: true,
      reduceOnly: false,
      marketData: {
        bookDepth: 100,
        trades: 100,
        candles: 1_500,
        candleIntervals: CANDLE_INTERVALS.filter((interval) => INTERVALS[interval] !== null),
      },
      setsLeverage: false,
      marginModes: [],
      positionModes: [],
      listsInsurance: true,
    },
    linear_swap: {
      ...BOTH_KINDS,
      // By `clientOid` seven days; by the venue's id three months.
      lookUpRetentionMs: 7 * DAY_MS,
      timesInForce: ['GTC', 'IOC'],
      marketBuyByCost: false,
      reduceOnly: true,
      marketData: {
        bookDepth: 100,
        trades: 100,
        candles: 500,
        candleIntervals: CANDLE_INTERVALS.filter((interval) => GRANULARITIES[interval] !== null),
      },
      setsLeverage: true,
      // Each order states the mode, and is refused in another than its contract's: all of ours state cross.
      marginModes: ['cross'],
      // Rows of orders and executions do not name the side of a hedged account.
      positionModes: ['one_way'],
      // The types of the ledger are RealisedPNL, deposits, withdrawals and transfers; a loss beyond the margin is the fund's.
      listsInsurance: false,
    },
  },
  // There is no testnet.
  modes: { paper: true, testnet: false, live: true },
  reportsKeyPermissions: true,
};
