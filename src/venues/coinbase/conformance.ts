/** Coinbase for the conformance suite. */
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { COINBASE } from './gateway.ts';

export const COINBASE_UNDER_TEST: VenueUnderTest = {
  adapter: COINBASE,
  symbols: { spot: 'BTC/USDT' },
  // The order as it is accepted, then with its first fill, of which the message says nothing but the number.
  messagesToFirstExecution: { spot: 2, linear_swap: 0 },
  readsExecutions: true,
  privateConnections: 1,
  concurrentOrders: 8,
  enterHedgeMode: null,
};
