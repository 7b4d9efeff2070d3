/** OKX for the conformance suite. */
import { createHmac } from 'node:crypto';
import type { TrueAccount } from '../conformance/control.ts';
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { OKX } from './gateway.ts';

export const OKX_UNDER_TEST: VenueUnderTest = {
  adapter: OKX,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  contractSizes: { 'BTC/USDT:USDT': '0.01' },
  // The order as it is accepted, then the execution.
  messagesToFirstExecution: { spot: 2, linear_swap: 2 },
  // Orders and algo orders.
  privateConnections: 2,
  concurrentOrders: 24,
  enterHedgeMode,
};

/** "Set position mode". */
async function enterHedgeMode(origin: string, { key, secret, passphrase }: TrueAccount): Promise<void> {
  const path = '/api/v5/account/set-position-mode';
  const body = JSON.stringify({ posMode: 'long_short_mode' });
  const timestamp = new Date().toISOString();
  const signature = createHmac('sha256', secret).update(`${timestamp}POST${path}${body}`).digest('base64');
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'OK-ACCESS-KEY': key,
      'OK-ACCESS-PASSPHRASE': passphrase ?? '',
      'OK-ACCESS-TIMESTAMP': timestamp,
      'OK-ACCESS-SIGN': signature,
    },
    body,
  });
  const answer = await response.text();
  if (!answer.includes('"code":"0"')) throw new Error(answer);
}
