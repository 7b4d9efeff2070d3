/** Binance for the conformance suite. */
import { createHmac } from 'node:crypto';
import type { TrueAccount } from '../conformance/control.ts';
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { BINANCE } from './gateway.ts';

export const BINANCE_UNDER_TEST: VenueUnderTest = {
  adapter: BINANCE,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  // Spot: the order's state, then the execution. USD-M reports each execution in a short form first.
  messagesToFirstExecution: { spot: 2, linear_swap: 3 },
  privateConnections: 1,
  concurrentOrders: 24,
  enterHedgeMode,
};

/** "Change Position Mode". */
async function enterHedgeMode(origin: string, { key, secret }: TrueAccount): Promise<void> {
  const query = `dualSidePosition=true&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', secret).update(query).digest('hex');
  const response = await fetch(`${origin}/fapi/v1/positionSide/dual?${query}&signature=${signature}`, {
    method: 'POST',
    headers: { 'X-MBX-APIKEY': key },
  });
  if (!response.ok) throw new Error(await response.text());
}
