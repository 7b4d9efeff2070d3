/** HTX for the conformance suite. */
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { HTX } from './gateway.ts';

export const HTX_UNDER_TEST: VenueUnderTest = {
  adapter: HTX,
  symbols: { spot: 'BTC/USDT' },
  // The balance that it holds, the order as it is accepted, then as it is filled, then the clearing.
  messagesToFirstExecution: { spot: 4, linear_swap: 0 },
  leavesRecordsUnread: true,
  privateConnections: 1,
  concurrentOrders: 24,
  enterHedgeMode: null,
};
