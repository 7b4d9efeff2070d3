/**
 * The capabilities of Bitget's unified account.
 *
 * Sources: "Place Order", "Get Order Details", "Get Order History", "Get OrderBook", "Get Recent Public Fills", "Get Kline/Candlestick", "Set
 * Leverage", "Set Holding Mode", "Place Strategy Order" and the change log of the unified account's documentation. Questions that it leaves
 * open are listed in docs/venues/bitget.md.
 */
import { CANDLE_INTERVALS, type CandleInterval } from '../../core/venue/market.ts';
import type { KindCapabilities, VenueCapabilities } from '../../core/venue/capabilities.ts';
import { INTERVALS } from './endpoints.ts';
import { OLDEST_MS } from './history.ts';

const CANDLES: readonly CandleInterval[] = CANDLE_INTERVALS.filter(
  (interval) => INTERVALS[interval] !== null,
);

const BOTH_KINDS = {
  // "cannot be duplicated during the order pending period; once the order is filled or canceled" it can (9 October 2025).
  duplicateId: 'refused_while_open',
  // Taken off the thirty seconds that bound every timestamp (`createTerms`): no request states a lifetime.
  requestLifetimeMs: 5_000,
  signedTimeStepMs: 1,
  // As far either way, and a create bears a time before its own by what is taken off.
  signedTimeAheadMs: 55_000,
  // How long the engine may take behind an acknowledgement is not said.
  engineAllowanceMs: 10_000,
  // No lag of its reads is stated.
  readLagMs: 3_000,
  // "Query historical orders within the last 90 days", by their status `cancelled` too.
  lookUpRetentionMs: OLDEST_MS,
  lookUpByClientId: true,
  clientOrderIds: 'letters_and_digits',
  postOnly: true,
  timesInForce: ['GTC', 'IOC', 'FOK'],
  goodTillAheadMs: null,
  // Strategy orders cannot be looked up by a client id, and "idempotency is not fully guaranteed".
  nativeStops: false,
  triggeredStopIsNewOrder: false,
  triggers: [],
  marginModes: [],
  marketData: { bookDepth: 200, trades: 100, candles: 1_000, candleIntervals: CANDLES },
} as const satisfies Partial<KindCapabilities>;

export const BITGET_CAPABILITIES: VenueCapabilities = {
  venue: 'bitget',
  kinds: {
    spot: {
      ...BOTH_KINDS,
      // "For market buy orders, the unit is quote coin": there is no other.
      marketBuyByCost: true,
      marketBuyByQuantity: false,
      reduceOnly: false,
      setsLeverage: false,
      positionModes: [],
      listsInsurance: true,
    },
    linear_swap: {
      ...BOTH_KINDS,
      marketBuyByCost: false,
      marketBuyByQuantity: true,
      reduceOnly: true,
      setsLeverage: true,
      positionModes: ['one_way', 'hedged'],
      listsInsurance: true,
    },
  },
  modes: { paper: true, testnet: true, live: true },
  reportsKeyPermissions: true,
};
