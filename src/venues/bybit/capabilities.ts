/**
 * The capabilities of Bybit's unified account.
 *
 * Sources: "Place Order", "Get Order History", "Get Orderbook", "Get Recent Public Trades", "Get Kline", "Set Margin Mode" and
 * "Switch Position Mode" of the v5 documentation. Questions that it leaves open are listed in docs/venues/bybit.md.
 */
import { CANDLE_INTERVALS, type CandleInterval } from '../../core/venue/market.ts';
import type { KindCapabilities, VenueCapabilities } from '../../core/venue/capabilities.ts';
import { INTERVALS } from './endpoints.ts';

/** `interval` of "Get Kline". */
const CANDLES: readonly CandleInterval[] = CANDLE_INTERVALS.filter(
  (interval) => INTERVALS[interval] !== null,
);

const BOTH_KINDS = {
  // "always unique", but for how long an id stays taken is not said: one of a finished order may make a second one.
  duplicateId: 'refused_while_open',
  // The venue's default window.
  requestLifetimeMs: 5_000,
  signedTimeStepMs: 1,
  // "server_time - recv_window <= timestamp < server_time + 1000".
  signedTimeAheadMs: 1_000,
  // Acknowledgements say only that a request was accepted; how long the engine may take is not said.
  engineAllowanceMs: 10_000,
  // "this interface may experience increased latency or temporary delays in data delivery".
  readLagMs: 3_000,
  // Orders that were canceled or rejected without a fill are in the history for a day.
  lookUpRetentionMs: 24 * 60 * 60 * 1_000,
  lookUpByClientId: true,
  clientOrderIds: 'letters_and_digits',
  postOnly: true,
  timesInForce: ['GTC', 'IOC', 'FOK'],
  goodTillAheadMs: null,
  // A conditional order goes from `Untriggered` to `New` under its own id.
  triggeredStopIsNewOrder: false,
  // The margin mode is the whole account's, of no instrument.
  marginModes: [],
} as const satisfies Partial<KindCapabilities>;

export const BYBIT_CAPABILITIES: VenueCapabilities = {
  venue: 'bybit',
  kinds: {
    spot: {
      ...BOTH_KINDS,
      // `triggerDirection` is "valid for linear & inverse": a spot trigger that the market has passed waits for the way back.
      nativeStops: false,
      triggers: [],
      marketBuyByCost: true,
      marketBuyByQuantity: true,
      reduceOnly: false,
      marketData: { bookDepth: 1_000, trades: 60, candles: 1_000, candleIntervals: CANDLES },
      setsLeverage: false,
      positionModes: [],
      listsInsurance: true,
    },
    linear_swap: {
      ...BOTH_KINDS,
      nativeStops: true,
      triggers: ['last', 'mark', 'index'],
      marketBuyByCost: false,
      marketBuyByQuantity: true,
      reduceOnly: true,
      marketData: { bookDepth: 1_000, trades: 1_000, candles: 1_000, candleIntervals: CANDLES },
      setsLeverage: true,
      positionModes: ['one_way', 'hedged'],
      listsInsurance: true,
    },
  },
  modes: { paper: true, testnet: true, live: true },
  reportsKeyPermissions: true,
};
