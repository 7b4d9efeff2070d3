/** Bybit for the conformance suite. */
import { createHmac } from 'node:crypto';
import type { TrueAccount } from '../conformance/control.ts';
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { BYBIT } from './gateway.ts';

export const BYBIT_UNDER_TEST: VenueUnderTest = {
  adapter: BYBIT,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  // The order as it is accepted, then as it is filled, then the execution.
  messagesToFirstExecution: { spot: 3, linear_swap: 3 },
  privateConnections: 1,
  concurrentOrders: 8,
  enterHedgeMode,
};

/** "Switch Position Mode". */
async function enterHedgeMode(origin: string, { key, secret }: TrueAccount): Promise<void> {
  const body = JSON.stringify({ category: 'linear', coin: 'USDT', mode: 3 });
  const timestamp = String(Date.now());
  const signature = createHmac('sha256', secret).update(`${timestamp}${key}5000${body}`).digest('hex');
  const response = await fetch(`${origin}/v5/position/switch-mode`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'X-BAPI-API-KEY': key,
      'X-BAPI-TIMESTAMP': timestamp,
      'X-BAPI-RECV-WINDOW': '5000',
      'X-BAPI-SIGN': signature,
    },
    body,
  });
  const answer = await response.text();
  if (!answer.includes('"retCode":0')) throw new Error(answer);
}
