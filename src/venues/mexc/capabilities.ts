/**
 * The capabilities of MEXC.
 *
 * Sources: "New Order", "Query Order", "All Orders" and "Timing security" of the spot v3 documentation; "Order", "Time security" and "Get all of the
 * user's historical orders" of the contract documentation. docs/venues/mexc.md says which of them are to be probed.
 */
import type { KindCapabilities, VenueCapabilities } from '../../core/venue/capabilities.ts';
import { MOST_CANDLES, MOST_LEVELS, MOST_TRADES, intervalsOf } from './market-data.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

const BOTH_KINDS = {
  // No page says that an id may be used once: `newClientOrderId` and `externalOid` are taken again.
  duplicateId: 'not_checked',
  requestLifetimeMs: 2_000,
  signedTimeStepMs: 1,
  // "5XX … the execution status is UNKNOWN"; for how long is not said.
  engineAllowanceMs: 10_000,
  // An order was seen to be absent right after its creation, and to be found then (ccxt #21614); for how long is not said.
  readLagMs: 5_000,
  lookUpByClientId: true,
  clientOrderIds: 'letters_and_digits',
  postOnly: true,
  timesInForce: ['GTC', 'IOC', 'FOK'],
  goodTillAheadMs: null,
  // Spot has none over the API; trigger orders of contracts take no id of ours.
  nativeStops: false,
  triggeredStopIsNewOrder: false,
  triggers: [],
} as const satisfies Partial<KindCapabilities>;

export const MEXC_CAPABILITIES: VenueCapabilities = {
  venue: 'mexc',
  kinds: {
    spot: {
      ...BOTH_KINDS,
      signedTimeAheadMs: 1_000,
      lookUpRetentionMs: 7 * DAY_MS,
      marketBuyByCost: true,
      marketBuyByQuantity: true,
      reduceOnly: false,
      marketData: marketDataOf('spot'),
      setsLeverage: false,
      marginModes: [],
      positionModes: [],
      listsInsurance: true,
    },
    linear_swap: {
      ...BOTH_KINDS,
      // "less or more than 10 seconds", and orders are signed with a time that lies eight back.
      signedTimeAheadMs: 18_000,
      lookUpRetentionMs: 90 * DAY_MS,
      marketBuyByCost: false,
      marketBuyByQuantity: true,
      reduceOnly: true,
      marketData: marketDataOf('linear_swap'),
      setsLeverage: true,
      // Orders carry their margin mode: it is no setting.
      marginModes: [],
      positionModes: ['one_way', 'hedged'],
      // Lists of transfers and of funding are all there is; a loss beyond the margin is the fund's.
      listsInsurance: false,
    },
  },
  modes: { paper: true, testnet: false, live: true },
  reportsKeyPermissions: false,
};

function marketDataOf(kind: 'spot' | 'linear_swap'): KindCapabilities['marketData'] {
  return {
    bookDepth: MOST_LEVELS[kind],
    trades: MOST_TRADES[kind],
    candles: MOST_CANDLES[kind],
    candleIntervals: intervalsOf(kind),
  };
}
