/** HTX for the conformance suite. */
import { createHmac } from 'node:crypto';
import type { TrueAccount } from '../conformance/control.ts';
import type { VenueUnderTest } from '../conformance/venue-under-test.ts';
import { HTX } from './gateway.ts';

export const HTX_UNDER_TEST: VenueUnderTest = {
  adapter: HTX,
  symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
  contractSizes: { 'BTC/USDT:USDT': '0.001' },
  // Of spot the balance that it holds, the order as it is accepted, then as it is filled, then the clearing; of contracts the order twice.
  messagesToFirstExecution: { spot: 4, linear_swap: 3 },
  makesGood: ['linear_swap'],
  leavesRecordsUnread: true,
  privateConnections: 1,
  concurrentOrders: 24,
  enterHedgeMode,
};

/** "Set Position Mode". */
async function enterHedgeMode(origin: string, { key, secret }: TrueAccount): Promise<void> {
  const path = '/v5/position/mode';
  const signed = new URLSearchParams({
    AccessKeyId: key,
    SignatureMethod: 'HmacSHA256',
    SignatureVersion: '2',
    Timestamp: new Date().toISOString().slice(0, 19),
  });
  const text = ['POST', new URL(origin).host, path, signed.toString()].join('\n');
  signed.set('Signature', createHmac('sha256', secret).update(text).digest('base64'));
  const response = await fetch(`${origin}${path}?${signed.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ position_mode: 'dual_side' }),
  });
  const answer = await response.text();
  if (!answer.includes('"code":200')) throw new Error(answer);
}
