/**
 * The capabilities of an OKX account in multi-currency margin mode.
 *
 * Sources: "Place order", "Order details", "Order history", "Place algo order", "Order book", "Trades", "Candlesticks", "Set leverage" and
 * "Set position mode" of the v5 documentation. Questions that it leaves open are listed in docs/venues/okx.md.
 */
import { CANDLE_INTERVALS, type CandleInterval } from '../../core/venue/market.ts';
import type { KindCapabilities, VenueCapabilities } from '../../core/venue/capabilities.ts';
import { INTERVALS } from './endpoints.ts';

const CANDLES: readonly CandleInterval[] = CANDLE_INTERVALS.filter(
  (interval) => INTERVALS[interval] !== null,
);

const BOTH_KINDS = {
  // "Once an order reaches a terminal state, the same clOrdId may be reused for a new order".
  duplicateId: 'refused_while_open',
  // `expTime`, a deadline of ours: the venue has no longest one.
  requestLifetimeMs: 5_000,
  signedTimeStepMs: 1,
  // "The server rejects requests where this differs from server time by more than 30 seconds".
  signedTimeAheadMs: 30_000,
  // How long the engine may take behind an acknowledgement is not said.
  engineAllowanceMs: 10_000,
  // No lag of its reads is stated.
  readLagMs: 3_000,
  // "The incomplete orders that have been canceled are only reserved for 2 hours".
  lookUpRetentionMs: 2 * 60 * 60 * 1_000,
  lookUpByClientId: true,
  clientOrderIds: 'letters_and_digits',
  postOnly: true,
  timesInForce: ['GTC', 'IOC', 'FOK'],
  goodTillAheadMs: null,
  // An algo order makes an order of its own when it triggers.
  triggeredStopIsNewOrder: true,
  marginModes: [],
  marketData: { bookDepth: 400, trades: 500, candles: 300, candleIntervals: CANDLES },
} as const satisfies Partial<KindCapabilities>;

export const OKX_CAPABILITIES: VenueCapabilities = {
  venue: 'okx',
  kinds: {
    spot: {
      ...BOTH_KINDS,
      nativeStops: true,
      triggers: ['last'],
      marketBuyByCost: true,
      marketBuyByQuantity: true,
      reduceOnly: false,
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
      setsLeverage: true,
      positionModes: ['one_way', 'hedged'],
      listsInsurance: true,
    },
  },
  modes: { paper: true, testnet: true, live: true },
  reportsKeyPermissions: true,
};
