/** Bitget for the conformance suite. */
import { createHmac } from 'node:crypto';
import type { TrueAccount } from '../conformance/control.ts';
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { BITGET } from './gateway.ts';

export const BITGET_UNDER_TEST: VenueUnderTest = {
  adapter: BITGET,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  // The order as it is accepted and as it is filled, then the execution, on a topic of its own.
  messagesToFirstExecution: { spot: 3, linear_swap: 3 },
  privateConnections: 1,
  concurrentOrders: 8,
  enterHedgeMode,
};

/** "Set Holding Mode". */
async function enterHedgeMode(origin: string, { key, secret, passphrase }: TrueAccount): Promise<void> {
  const path = '/api/v3/account/set-hold-mode';
  const body = JSON.stringify({ holdMode: 'hedge_mode' });
  const timestamp = String(Date.now());
  const signature = createHmac('sha256', secret).update(`${timestamp}POST${path}${body}`).digest('base64');
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ACCESS-KEY': key,
      'ACCESS-PASSPHRASE': passphrase ?? '',
      'ACCESS-TIMESTAMP': timestamp,
      'ACCESS-SIGN': signature,
    },
    body,
  });
  const answer = await response.text();
  if (!answer.includes('"code":"00000"')) throw new Error(answer);
}
