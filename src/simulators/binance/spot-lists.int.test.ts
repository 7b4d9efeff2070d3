/** Lists with a working and pending orders on the simulated Binance spot, as an independent client places them. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;

beforeAll(async () => {
  venue = await simulatedVenue();
  await venue.price('BTC/USDT', '60000');
});

afterEach(async () => {
  await venue.price('BTC/USDT', '60000');
  const open = await venue.client.getOpenOrders({ symbol: 'BTCUSDT' });
  if (open.length > 0) await venue.client.cancelAllSymbolOrders({ symbol: 'BTCUSDT' });
});

afterAll(async () => {
  await venue.close();
});

const WORKING = {
  symbol: 'BTCUSDT',
  workingType: 'LIMIT',
  workingSide: 'BUY',
  workingTimeInForce: 'GTC',
  workingPrice: '59000',
  workingQuantity: '0.1',
} as const;

type Report = { readonly orderId: number; readonly status: string };

async function shown({ orderId }: { readonly orderId: number }): Promise<Record<string, unknown>> {
  return (await venue.raw('GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId: String(orderId) })).body;
}

test('OTO: the pending order shows PENDING_NEW until the working one is filled, then NEW', async () => {
  const { client, price } = venue;
  const placed = await client.submitNewOrderListOTO({
    ...WORKING,
    pendingType: 'LIMIT',
    pendingSide: 'SELL',
    pendingQuantity: '0.1',
    pendingPrice: '62000',
    pendingTimeInForce: 'GTC',
  });
  expect(placed).toMatchObject({
    contingencyType: 'OTO',
    listStatusType: 'EXEC_STARTED',
    listOrderStatus: 'EXECUTING',
    orderReports: [
      { status: 'NEW', type: 'LIMIT', side: 'BUY' },
      { status: 'PENDING_NEW', type: 'LIMIT', side: 'SELL', workingTime: -1, price: '62000.00000000' },
    ],
  });
  const [working, pending] = placed.orderReports as unknown as [Report, Report];
  await price('BTC/USDT', '59000');
  expect(await shown(working)).toMatchObject({ status: 'FILLED' });
  expect(await shown(pending)).toMatchObject({ status: 'NEW', isWorking: true });
  expect(await client.getOCO({ orderListId: placed.orderListId })).toMatchObject({
    contingencyType: 'OTO',
    listOrderStatus: 'EXECUTING',
  });
});

test('OTOCO: a working order that fills at once is answered FILLED with pending orders still PENDING_NEW', async () => {
  const { client, price } = venue;
  const placed = await client.submitNewOrderListOTOCO({
    ...WORKING,
    workingPrice: '60100',
    pendingSide: 'SELL',
    pendingQuantity: '0.1',
    pendingAboveType: 'LIMIT_MAKER',
    pendingAbovePrice: '62000',
    pendingBelowType: 'STOP_LOSS',
    pendingBelowStopPrice: '58000',
  });
  const reports = placed.orderReports as unknown as [Report, Report, Report];
  expect(reports.map(({ status }) => status)).toEqual(['FILLED', 'PENDING_NEW', 'PENDING_NEW']);
  expect((await client.getOpenOrders({ symbol: 'BTCUSDT' })).map(({ status }) => status)).toEqual([
    'NEW',
    'NEW',
  ]);
  await price('BTC/USDT', '57900');
  expect(await shown(reports[1])).toMatchObject({ status: 'EXPIRED', expiryReason: 'OCO_TRIGGER' });
  expect(await shown(reports[2])).toMatchObject({ status: 'FILLED' });
});

test('OPO: the pending order has no quantity before, and then what the working one bought', async () => {
  const { client, raw, price } = venue;
  const placed = await raw('POST', '/api/v3/orderList/opo', {
    symbol: 'BTCUSDT',
    workingType: 'LIMIT',
    workingSide: 'BUY',
    workingTimeInForce: 'GTC',
    workingPrice: '59000',
    workingQuantity: '0.1',
    pendingType: 'LIMIT',
    pendingSide: 'SELL',
    pendingPrice: '62000',
    pendingTimeInForce: 'GTC',
  });
  const [, pending] = placed.body['orderReports'] as [Report, Report];
  expect(pending).toMatchObject({ status: 'PENDING_NEW' });
  expect(pending).not.toHaveProperty('origQty');
  await price('BTC/USDT', '59000');
  expect(await shown(pending)).toMatchObject({ status: 'NEW', origQty: '0.10000000' });
  const { symbols } = await client.getExchangeInfo({ symbol: 'BTCUSDT' });
  expect(symbols[0]).toMatchObject({ otoAllowed: true, opoAllowed: true });
});

test.each([
  [{ workingSide: 'SELL', pendingSide: 'SELL' }, -1222],
  [{ workingSide: 'BUY', pendingSide: 'BUY' }, -1223],
])('OPO %j is refused with %i', async (sides, code) => {
  const refused = await venue.raw('POST', '/api/v3/orderList/opo', {
    symbol: 'BTCUSDT',
    workingType: 'LIMIT',
    workingTimeInForce: 'GTC',
    workingPrice: '59000',
    workingQuantity: '0.1',
    pendingType: 'MARKET',
    ...sides,
  });
  expect(refused).toMatchObject({ status: 400, body: { code } });
});

test('a working order that expires takes the pending one with it and says so', async () => {
  const { client } = venue;
  const placed = await client.submitNewOrderListOTO({
    ...WORKING,
    workingTimeInForce: 'IOC',
    pendingType: 'MARKET',
    pendingSide: 'SELL',
    pendingQuantity: '0.1',
  });
  const [, pending] = placed.orderReports as unknown as [Report, Report];
  expect(await shown(pending)).toMatchObject({ status: 'EXPIRED', expiryReason: 'OTO_PHASE_ONE_EXPIRED' });
});

test('cancelling the list, and a second list with the id of an open one', async () => {
  const { client } = venue;
  const oto = {
    ...WORKING,
    listClientOrderId: 'mine',
    pendingType: 'MARKET',
    pendingSide: 'SELL',
    pendingQuantity: '0.1',
  } as const;
  const placed = await client.submitNewOrderListOTO(oto);
  await expect(client.submitNewOrderListOTO(oto)).rejects.toMatchObject({
    code: -2010,
    message: 'Duplicate order sent.',
  });
  expect(await client.cancelOCO({ symbol: 'BTCUSDT', orderListId: placed.orderListId })).toMatchObject({
    listOrderStatus: 'ALL_DONE',
    orderReports: [{ status: 'CANCELED' }, { status: 'CANCELED' }],
  });
  expect(await client.getOpenOrders({ symbol: 'BTCUSDT' })).toEqual([]);
});
