/** The wallet endpoints of the simulated Binance, as an independent client reads them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;

beforeAll(async () => {
  venue = await simulatedVenue();
  await venue.price('BTC/USDT', '50000');
});

afterAll(async () => {
  await venue.close();
});

test('what programs ask for at their start: assets, details, status, restrictions, a snapshot, an address', async () => {
  const { client } = venue;
  const assets = await client.getUserAsset({ needBtcValuation: true });
  expect(assets.find(({ asset }) => asset === 'USDT')).toEqual({
    asset: 'USDT',
    free: '100000.00000000',
    locked: '0.00000000',
    freeze: '0',
    withdrawing: '0',
    ipoable: '0',
    btcValuation: '2.00000000',
  });
  expect(await client.getFundingAsset({})).toEqual([]);
  expect((await client.getAssetDetail())['BTC']).toMatchObject({ depositStatus: true, withdrawStatus: true });
  expect(await client.getApiTradingStatus()).toMatchObject({ data: { isLocked: false } });
  const snapshot = await client.getDailyAccountSnapshot({ type: 'SPOT' });
  expect(snapshot).toMatchObject({ code: 200, snapshotVos: [{ type: 'spot' }] });
  const address = await client.getDepositAddress({ coin: 'BTC' });
  expect(address).toMatchObject({ coin: 'BTC', tag: '' });
  expect(await client.getDepositAddress({ coin: 'BTC' })).toEqual(address);
  await expect(client.getDepositAddress({ coin: 'NONE' })).rejects.toMatchObject({ code: -4018 });
});

test('money that comes, goes and moves between wallets stands in the lists of the venue', async () => {
  const { client, control, raw } = venue;
  await control('POST', 'deposits', { asset: 'BTC', amount: '1.5' });
  await control('POST', 'withdrawals', { asset: 'BTC', amount: '0.5' });
  await control('POST', 'distributions', { asset: 'BNB', amount: '0.25', text: 'Launchpool' });
  expect(await client.getDepositHistory({ coin: 'BTC' })).toMatchObject([{ amount: '1.5', status: 1 }]);
  expect(await client.getWithdrawHistory({ coin: 'BTC' })).toMatchObject([{ amount: '0.5', status: 6 }]);
  expect(await client.getAssetDividendRecord({ asset: 'BNB' })).toMatchObject({
    total: 1,
    rows: [{ asset: 'BNB', amount: '0.25', enInfo: 'Launchpool' }],
  });
  for (const type of ['MAIN_FUNDING', 'FUNDING_MAIN', 'MAIN_UMFUTURE', 'UMFUTURE_FUNDING'] as const) {
    const { tranId } = await client.submitUniversalTransfer({
      type,
      asset: 'USDT',
      amount: 25,
    } as Parameters<typeof client.submitUniversalTransfer>[0]);
    expect(await client.getUniversalTransferHistory({ type })).toMatchObject({
      total: 1,
      rows: [{ type, asset: 'USDT', amount: '25.00000000', status: 'CONFIRMED', tranId }],
    });
  }
  expect(await client.getFundingAsset({})).toMatchObject([{ asset: 'USDT', free: '25.00000000' }]);
  const closed = { type: 'MAIN_MARGIN', asset: 'USDT', amount: '1' };
  expect((await raw('POST', '/sapi/v1/asset/transfer', closed)).body).toMatchObject({ code: -5011 });
  const tooMuch = { type: 'MAIN_FUNDING', asset: 'USDT', amount: '10000000' };
  expect((await raw('POST', '/sapi/v1/asset/transfer', tooMuch)).body).toMatchObject({ code: -5013 });
});

test('a withdrawal needs the permission of its key and leaves the wallet', async () => {
  const { raw } = venue;
  const asked = { coin: 'ETH', address: 'somewhere', amount: '1' };
  expect(await raw('POST', '/sapi/v1/capital/withdraw/apply', asked)).toMatchObject({
    status: 401,
    body: { code: -2015 },
  });
});

test('moves into Earn and back change the spot balance and stand in the lists of Simple Earn alone', async () => {
  const { client, control, raw } = venue;
  await control('POST', 'transfers', { asset: 'ETH', amount: '3', from: 'spot', to: 'earn' });
  await control('POST', 'transfers', { asset: 'ETH', amount: '1', from: 'earn', to: 'spot' });
  const { balances } = await client.getAccountInformation();
  expect(balances.filter(({ asset }) => asset === 'ETH' || asset === 'LDETH')).toEqual([
    { asset: 'ETH', free: '18.00000000', locked: '0.00000000' },
    { asset: 'LDETH', free: '2.00000000', locked: '0.00000000' },
  ]);
  expect(await client.getFlexibleProductPosition({ asset: 'ETH' })).toMatchObject({
    total: 1,
    rows: [{ asset: 'ETH', totalAmount: '2.00000000', productId: 'ETH001' }],
  });
  const path = '/sapi/v1/simple-earn/flexible/history';
  expect((await raw('GET', `${path}/subscriptionRecord`)).body).toMatchObject({
    total: 1,
    rows: [{ amount: '3', asset: 'ETH', status: 'SUCCESS' }],
  });
  expect((await raw('GET', `${path}/redemptionRecord`)).body).toMatchObject({
    total: 1,
    rows: [{ amount: '1', asset: 'ETH', status: 'PAID' }],
  });
  expect(await client.getUniversalTransferHistory({ type: 'MAIN_FUNDING' })).not.toMatchObject({
    rows: [{ asset: 'ETH' }],
  });
});

test.each([
  ['GET', '/sapi/v1/margin/account'],
  ['GET', '/sapi/v4/sub-account/assets'],
  ['POST', '/sapi/v1/convert/getQuote'],
  ['POST', '/sapi/v1/userDataStream'],
])(
  '%s %s, a product that the account has not opened, is refused as permission, not as unknown',
  async (method, path) => {
    expect(await venue.raw(method, path)).toMatchObject({ status: 401, body: { code: -2015 } });
  },
);

test('a path that the venue has not is not found', async () => {
  for (const path of ['/sapi/v1/nonsense/list', '/sapi/v9/margin/account', '/api/v3/nonsense'])
    expect((await fetch(`${venue.restUrl}${path}`)).status).toBe(404);
});
