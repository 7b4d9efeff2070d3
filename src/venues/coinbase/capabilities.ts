/**
 * The capabilities of Coinbase Advanced Trade: spot alone, since perpetuals left this API in October 2026.
 *
 * Sources: "Create Order", "List Orders", "Get Public Product Book", "Get Public Market Trades", "Get Public Product Candles" and
 * "Coinbase App API Key Authentication". Questions that they leave open are listed in docs/venues/coinbase.md.
 */
import type { VenueCapabilities } from '../../core/venue/capabilities.ts';
import { CANDLE_INTERVALS } from '../../core/venue/market.ts';
import { TOKEN_LIFETIME_MS } from '../signing.ts';
import { GRANULARITIES } from './endpoints.ts';

export const COINBASE_CAPABILITIES: VenueCapabilities = {
  venue: 'coinbase',
  kinds: {
    spot: {
      // "Client set unique uuid for this order": a repeat answers with the order that has it, whatever else it says.
      duplicateId: 'returns_first',
      // A token may end sooner; that the venue minds it is not said.
      requestLifetimeMs: TOKEN_LIFETIME_MS,
      // `nbf` and `exp` are whole seconds.
      signedTimeStepMs: 1_000,
      // A token is dated back by a second.
      signedTimeAheadMs: 2_000,
      // Readers of tokens allow a minute for clocks that differ; how long the engine may take is not said.
      engineAllowanceMs: 70_000,
      // Users report orders and fills that are listed late; by how much is not said.
      readLagMs: 5_000,
      // "List Orders" has no end; none is promised either.
      lookUpRetentionMs: 24 * 60 * 60 * 1_000,
      lookUpByClientId: false,
      clientOrderIds: 'letters_and_digits',
      postOnly: true,
      timesInForce: ['GTC', 'GTD', 'IOC', 'FOK'],
      goodTillAheadMs: null,
      // Stop-limit orders exist, stop-market orders do not.
      nativeStops: false,
      triggeredStopIsNewOrder: false,
      triggers: [],
      // The fills of such an order have sizes in quote (`size_in_quote`), from which no exact quantity follows.
      marketBuyByCost: false,
      marketBuyByQuantity: true,
      reduceOnly: false,
      marketData: {
        bookDepth: 1_000,
        trades: 1_000,
        candles: 350,
        candleIntervals: CANDLE_INTERVALS.filter((interval) => GRANULARITIES[interval] !== null),
      },
      setsLeverage: false,
      marginModes: [],
      positionModes: [],
      listsInsurance: true,
    },
    linear_swap: null,
  },
  modes: { paper: true, testnet: false, live: true },
  reportsKeyPermissions: true,
};
