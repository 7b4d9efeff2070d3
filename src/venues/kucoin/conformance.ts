/** KuCoin for the conformance suite. */
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { SPOT_LEDGER_MS } from './account-records.ts';
import { KUCOIN } from './gateway.ts';

export const KUCOIN_UNDER_TEST: VenueUnderTest = {
  adapter: KUCOIN,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  contractSizes: { 'BTC/USDT:USDT': '0.001' },
  // Of spot the order as it is received, then its match; of swaps the match alone.
  messagesToFirstExecution: { spot: 2, linear_swap: 1 },
  privateConnections: 1,
  concurrentOrders: 8,
  // The ledger of the trading account reaches three days back, by the venue's clock.
  recordsReachMs: SPOT_LEDGER_MS - 60_000,
  enterHedgeMode: null,
};
