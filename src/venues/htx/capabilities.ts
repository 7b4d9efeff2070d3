/**
 * The capabilities of an HTX account: spot and USDT perpetuals.
 *
 * Sources: "Authentication", "Best Practice", "Place a New Order", "Get the Order Detail of an Order (based on client order ID)", "Get Market
 * Depth", "Get Klines" and "Get the Most Recent Trades" of the spot documentation; "Place Order", "Get Order History", "Set Leverage" and "Set
 * Position Mode" of the v5 one; the announcement that the `client_order_id` of contracts is invalid once its order has ended. Questions that they
 * leave open are listed in docs/venues/htx.md.
 */
import { CANDLE_INTERVALS, type CandleInterval } from '../../core/venue/market.ts';
import type { VenueCapabilities } from '../../core/venue/capabilities.ts';
import { INTERVALS } from './endpoints.ts';
import { VALID_MS } from './requests.ts';

const CANDLES: readonly CandleInterval[] = CANDLE_INTERVALS.filter(
  (interval) => INTERVALS[interval] !== null,
);

const LIFETIME_MS = 10_000;

export const HTX_CAPABILITIES: VenueCapabilities = {
  venue: 'htx',
  kinds: {
    spot: {
      // "The uniqueness of the clientOrderId passed in when you place an order will no longer be verified."
      duplicateId: 'not_checked',
      // A deadline of ours: a create is signed with a time so far back that the venue's five minutes end with it.
      requestLifetimeMs: LIFETIME_MS,
      // Times are signed in seconds.
      signedTimeStepMs: 1_000,
      // Five minutes ahead of the venue, and as much as a create is signed with a time further back.
      signedTimeAheadMs: 2 * VALID_MS - LIFETIME_MS,
      // How long the engine may take behind an answer is not said.
      engineAllowanceMs: 30_000,
      // No lag of its reads is stated.
      readLagMs: 3_000,
      // "it's no longer queryable after being cancelled for 2 hours".
      lookUpRetentionMs: 2 * 60 * 60 * 1_000,
      lookUpByClientId: true,
      clientOrderIds: 'letters_and_digits',
      postOnly: true,
      timesInForce: ['GTC', 'IOC', 'FOK'],
      goodTillAheadMs: null,
      // Conditional orders are another service, which is not used here: stops are held by ourselves.
      nativeStops: false,
      triggeredStopIsNewOrder: true,
      triggers: [],
      // "for buy market order, it's order value".
      marketBuyByCost: true,
      marketBuyByQuantity: false,
      reduceOnly: false,
      setsLeverage: false,
      marginModes: [],
      positionModes: [],
      listsInsurance: true,
      marketData: { bookDepth: 150, trades: 2_000, candles: 2_000, candleIntervals: CANDLES },
    },
    linear_swap: {
      // 1050 says that an id is repeated; for how long it is known no page says.
      duplicateId: 'not_checked',
      // As of spot: v5 is signed by the same rules.
      requestLifetimeMs: LIFETIME_MS,
      signedTimeStepMs: 1_000,
      signedTimeAheadMs: 2 * VALID_MS - LIFETIME_MS,
      engineAllowanceMs: 30_000,
      readLagMs: 3_000,
      // The history is of ninety days, that of executions of three: an absence rests on both.
      lookUpRetentionMs: 3 * 24 * 60 * 60 * 1_000,
      lookUpByClientId: true,
      // "the value must be in [1, 9223372036854775807]".
      clientOrderIds: 'digits',
      postOnly: true,
      timesInForce: ['GTC', 'IOC', 'FOK'],
      goodTillAheadMs: null,
      // Conditional orders are another service, which is not used here: stops are held by ourselves.
      nativeStops: false,
      triggeredStopIsNewOrder: true,
      triggers: [],
      marketBuyByCost: false,
      marketBuyByQuantity: true,
      reduceOnly: true,
      setsLeverage: true,
      // "margin_mode: cross" is the one word of the official pages.
      marginModes: [],
      positionModes: ['one_way', 'hedged'],
      // Bills of type 19 (normalize-records.ts).
      listsInsurance: true,
      marketData: { bookDepth: 150, trades: 2_000, candles: 2_000, candleIntervals: CANDLES },
    },
  },
  modes: { paper: true, testnet: false, live: true },
  reportsKeyPermissions: true,
};
