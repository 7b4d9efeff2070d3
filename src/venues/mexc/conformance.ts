/** MEXC for the conformance suite. */
import { createHmac } from 'node:crypto';
import type { TrueAccount } from '../conformance/control.ts';
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { MEXC } from './gateway.ts';

export const MEXC_UNDER_TEST: VenueUnderTest = {
  adapter: MEXC,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  contractSizes: { 'BTC/USDT:USDT': '0.0001' },
  // The order as it is accepted, its balance; then as it is filled, and the execution.
  messagesToFirstExecution: { spot: 4, linear_swap: 4 },
  privateConnections: 1,
  // "20 times/2 seconds" of contracts.
  concurrentOrders: 8,
  enterHedgeMode,
};

/** "Change position mode". */
async function enterHedgeMode(origin: string, { key, secret }: TrueAccount): Promise<void> {
  const body = JSON.stringify({ positionMode: 1 });
  const requestTime = String(Date.now());
  const signature = createHmac('sha256', secret).update(`${key}${requestTime}${body}`).digest('hex');
  const response = await fetch(`${origin}/api/v1/private/position/change_position_mode`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ApiKey: key,
      'Request-Time': requestTime,
      Signature: signature,
    },
    body,
  });
  const answer = await response.text();
  if (!answer.includes('"success":true')) throw new Error(answer);
}
