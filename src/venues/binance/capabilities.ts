/**
 * The capabilities of Binance.
 *
 * Sources: rest-api.md and errors.md of binance-spot-api-docs; "New Order", "New Algo Order" and "Query Order" of
 * the USD-M futures documentation; "Order book", "Recent trades list" and "Kline/Candlestick data" of both for what
 * one question brings.
 */
import { CANDLE_INTERVALS } from '../../core/venue/market.ts';
import type { VenueCapabilities } from '../../core/venue/capabilities.ts';

export const BINANCE_CAPABILITIES: VenueCapabilities = {
  venue: 'binance',
  kinds: {
    spot: {
      // "Accepted only when the previous one is filled": whether a canceled one frees its id is not said.
      duplicateId: 'refused_while_open',
      // `recvWindow`; shorter ones are taken too, but lose orders to ordinary network latency.
      requestLifetimeMs: 2_000,
      signedTimeStepMs: 1,
      // "Timing security": the time may lie a second ahead of the server's.
      signedTimeAheadMs: 1_000,
      // The API gives up on the matching engine after 10 s, and the order may still be made.
      engineAllowanceMs: 10_000,
      // Look-ups are served from memory, then from a database.
      readLagMs: 2_000,
      lookUpRetentionMs: 90 * 24 * 60 * 60 * 1_000,
      lookUpByClientId: true,
      clientOrderIds: 'letters_and_digits',
      postOnly: true,
      timesInForce: ['GTC', 'IOC', 'FOK'],
      goodTillAheadMs: null,
      nativeStops: true,
      // The same order id goes from not working to working.
      triggeredStopIsNewOrder: false,
      triggers: ['last'],
      marketBuyByCost: true,
      marketBuyByQuantity: true,
      reduceOnly: false,
      marketData: {
        bookDepth: 5_000,
        trades: 1_000,
        candles: 1_000,
        candleIntervals: CANDLE_INTERVALS,
      },
      setsLeverage: false,
      marginModes: [],
      positionModes: [],
      listsInsurance: true,
    },
    linear_swap: {
      duplicateId: 'refused_while_open',
      requestLifetimeMs: 2_000,
      signedTimeStepMs: 1,
      // "Timing security": the time may lie a second ahead of the server's.
      signedTimeAheadMs: 1_000,
      engineAllowanceMs: 10_000,
      readLagMs: 2_000,
      lookUpRetentionMs: 3 * 24 * 60 * 60 * 1_000,
      lookUpByClientId: true,
      clientOrderIds: 'letters_and_digits',
      postOnly: true,
      timesInForce: ['GTC', 'IOC', 'FOK', 'GTD'],
      // `goodTillDate` "must be greater than the current time plus 600 seconds", and counts in whole seconds.
      goodTillAheadMs: 600_000,
      nativeStops: true,
      // A conditional order lives in a service of its own; triggering makes an ordinary order with its own id.
      triggeredStopIsNewOrder: true,
      triggers: ['last', 'mark'],
      marketBuyByCost: false,
      marketBuyByQuantity: true,
      reduceOnly: true,
      marketData: {
        bookDepth: 1_000,
        trades: 1_000,
        candles: 1_500,
        candleIntervals: CANDLE_INTERVALS,
      },
      setsLeverage: true,
      marginModes: ['cross', 'isolated'],
      positionModes: ['one_way', 'hedged'],
      listsInsurance: true,
    },
  },
  modes: { paper: true, testnet: true, live: true },
  reportsKeyPermissions: true,
};
