import { expect, it } from 'vitest';
import { tradingVenue } from '../testing/evidence.ts';

it('the prices of all contracts of MEXC are those of the contracts that an exchange has', async () => {
  const { venue } = tradingVenue({
    venue: 'mexc',
    swap: true,
    balances: [{ wallet: 'spot', asset: 'USDT', amount: '1000' }],
  });
  const asked = { method: 'GET', path: '/api/v1/contract/ticker', query: '', body: '', headers: {} };
  const { body } = await venue.wire.answer(asked);
  expect(JSON.parse(body)).toMatchObject({ success: true, data: [{ symbol: 'BTC_USDT' }] });
});
