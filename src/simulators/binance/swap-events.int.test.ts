/**
 * Funding and liquidation provoked by the control API, as an independent client of USD-M futures sees them: on its
 * private stream, in its account and in its history, next to the answers of the control API.
 */
import { USDMClient } from 'binance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { Decimal, decimal } from '../../core/decimal.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';

const SYMBOL = 'BTC/USDT:USDT';

let venue: RunningTestVenue;
let client: USDMClient;
let stream: WebSocket;
let events: Record<string, unknown>[];

beforeEach(async () => {
  venue = await runVenue('binance');
  const { restUrl, wsUrl } = venue;
  await control('POST', 'price', { symbol: SYMBOL, price: '60000', hold: true });
  const account = z.object({ key: z.string(), secret: z.string() }).parse(
    await control('POST', 'accounts', {
      account_id: 'trader',
      balances: [{ asset: 'USDT', amount: '1000', wallet: 'swap' }],
    }),
  );
  client = new USDMClient({
    api_key: account.key,
    api_secret: account.secret,
    baseUrl: restUrl,
    disableTimeSync: true,
  });
  const { listenKey } = await client.getFuturesUserDataListenKey();
  stream = new WebSocket(`${wsUrl}/private/ws?listenKey=${listenKey}`);
  events = [];
  stream.on('message', (data: Buffer) => {
    events.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>);
  });
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', reject);
  });
});

afterEach(async () => {
  stream.terminate();
  await venue.close();
});

const control: RunningTestVenue['control'] = async (...call) => venue.control(...call);

async function walletBalance(): Promise<Decimal> {
  const { assets } = await client.getAccountInformationV3();
  return decimal(String(assets.find(({ asset }) => asset === 'USDT')?.walletBalance));
}

async function open(side: 'BUY' | 'SELL', quantity: string): Promise<void> {
  await client.submitNewOrder({ symbol: 'BTCUSDT', side, type: 'MARKET', quantity: Number(quantity) });
  await expect
    .poll(() => events.some((event) => event['e'] === 'ACCOUNT_UPDATE'), { timeout: 5000 })
    .toBe(true);
}

test('funding on demand: paid by the position, reported on the stream, kept in the income history', async () => {
  await open('BUY', '0.1');
  const before = await walletBalance();
  const paid = await control('POST', 'funding', { symbol: SYMBOL, rate: '0.001' });
  expect(paid).toMatchObject([
    { account_id: 'trader', symbol: SYMBOL, asset: 'USDT', amount: '-6', rate: '0.001', quantity: '0.1' },
  ]);
  expect(before.subtract(await walletBalance()).toString()).toBe('6');
  await expect
    .poll(
      () => events.find((event) => event['e'] === 'ACCOUNT_UPDATE' && reasonOf(event) === 'FUNDING_FEE'),
      {
        timeout: 5000,
      },
    )
    .toMatchObject({ a: { B: [{ a: 'USDT', bc: '-6.00000000' }] } });
  expect(await client.getIncomeHistory({ symbol: 'BTCUSDT', incomeType: 'FUNDING_FEE' })).toMatchObject([
    { incomeType: 'FUNDING_FEE', income: '-6.00000000', asset: 'USDT' },
  ]);
  // The other way round, and at the instrument's own rate when none is asked for.
  await control('POST', 'funding', { symbol: SYMBOL, rate: '-0.001' });
  expect(before.subtract(await walletBalance()).toString()).toBe('0');
  await control('POST', 'funding', { symbol: SYMBOL });
  expect(await control('GET', 'funding?account=trader')).toMatchObject([
    { amount: '-6' },
    { amount: '6' },
    { amount: '-0.6' },
  ]);
});

test('a price move into liquidation: orders canceled, position closed by the venue, all of it reported', async () => {
  await open('BUY', '0.1');
  const resting = await client.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'SELL',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 0.002,
    price: 62_000,
  });
  const [position] = z
    .array(
      z.object({ symbol: z.string(), side: z.string(), quantity: z.string(), liquidation_price: z.string() }),
    )
    .parse(await control('GET', 'positions?account=trader'));
  if (position === undefined) throw new Error('the position is open');
  expect(position).toMatchObject({ symbol: SYMBOL, side: 'long', quantity: '0.1' });
  const edge = decimal(position.liquidation_price).roundToMultipleOf(decimal('0.1'), 'down');
  const tick = Decimal.of(1n, 1);

  await control('POST', 'price', {
    symbol: SYMBOL,
    price: edge.add(tick.multiply(decimal('5'))).toString(),
    hold: true,
  });
  expect(await control('GET', 'positions?account=trader')).toHaveLength(1);
  await control('POST', 'price', { symbol: SYMBOL, price: edge.subtract(tick).toString(), hold: true });
  expect(await control('GET', 'positions?account=trader')).toEqual([]);
  expect(await client.getPositionsV3({ symbol: 'BTCUSDT' })).toEqual([]);
  expect((await client.getOrder({ symbol: 'BTCUSDT', orderId: resting.orderId })).status).toBe('CANCELED');
  await expect
    .poll(() => events.findLast((event) => isLiquidationOrder(event)), { timeout: 5000 })
    .toMatchObject({ o: { s: 'BTCUSDT', S: 'SELL', x: 'CALCULATED', X: 'FILLED' } });
  expect(await control('GET', 'orders?account=trader')).toContainEqual(
    expect.objectContaining({
      side: 'sell',
      type: 'market',
      filled: '0.1',
      reduce_only: true,
      status: 'filled',
    }),
  );
  const left = await walletBalance();
  expect(left.isNegative()).toBe(false);
  expect(left.lessThan(decimal('50'))).toBe(true);
});

function reasonOf(event: Record<string, unknown>): unknown {
  return (event['a'] as { readonly m?: unknown } | undefined)?.m;
}

function isLiquidationOrder(event: Record<string, unknown>): boolean {
  const order = event['o'] as { readonly c?: string } | undefined;
  return event['e'] === 'ORDER_TRADE_UPDATE' && order?.c?.startsWith('autoclose-') === true;
}
