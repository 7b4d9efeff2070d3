/** The simulated KuCoin as its official client sees it: what ccxt reads leniently, another may not. */
import { Account, type DefaultClient, Futures, RestError, Spot } from 'kucoin-universal-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Row } from '../testing/opened-venues.ts';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;
let client: DefaultClient;

beforeAll(async () => {
  venue = await simulatedVenue({ limits: false });
  client = venue.client();
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
});
afterAll(async () => {
  await venue.close();
});

const { AddOrderReq } = Spot.Order;
const FuturesOrder = Futures.Order.AddOrderReq;
const SYMBOL = 'BTC-USDT';
const CONTRACT = 'XBTUSDTM';
let ids = 0;
/** The data of a message as a plain object. */
const rowOf = (data: object): Row => Object.fromEntries(Object.entries(data));
const newId = (): string => `other-${Date.now().toString(36)}_${(ids += 1)}`;

const spotOrders = () => client.restService().getSpotService().getOrderApi();
const futures = () => client.restService().getFuturesService();

/** The code of a request that the venue refuses. */
async function codeOf(request: Promise<unknown>): Promise<string> {
  const failure = await request.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof RestError)) throw new Error('the request was not refused');
  return failure.getCommonResponse()?.code ?? '';
}

test('reads: the clock, pairs and contracts, books, candles and figures of the day', async () => {
  const market = client.restService().getSpotService().getMarketApi();
  const time = await market.getServerTime();
  expect(Math.abs(time.data - Date.now())).toBeLessThan(5_000);
  const symbol = await market.getSymbol(Spot.Market.GetSymbolReq.create({ symbol: SYMBOL }));
  expect(symbol).toMatchObject({ baseCurrency: 'BTC', feeCurrency: 'USDT', enableTrading: true });
  const book = await market.getPartOrderBook(
    Spot.Market.GetPartOrderBookReq.create({ symbol: SYMBOL, size: '20' }),
  );
  expect(Number(book.bids[0]?.[0])).toBeLessThan(Number(book.asks[0]?.[0]));
  const stats = await market.get24hrStats(Spot.Market.Get24hrStatsReq.create({ symbol: SYMBOL }));
  expect(Number(stats.last)).toBeGreaterThan(0);

  const contracts = await futures().getMarketApi().getAllSymbols();
  expect(contracts.data[0]).toMatchObject({ symbol: CONTRACT, multiplier: 0.001, tickSize: 0.1 });
  const mark = await futures()
    .getMarketApi()
    .getMarkPrice(Futures.Market.GetMarkPriceReq.create({ symbol: CONTRACT }));
  expect(mark.value).toBeGreaterThan(0);
  const rate = await futures()
    .getFundingFeesApi()
    .getCurrentFundingRate(Futures.FundingFees.GetCurrentFundingRateReq.create({ symbol: CONTRACT }));
  expect(rate.granularity).toBe(28_800_000);
});

test('reads: the key, the balances and the fees', async () => {
  const account = client.restService().getAccountService();
  const key = await account.getAccountApi().getApikeyInfo();
  expect(key.permission.split(',')).toEqual(['General', 'Spot', 'Futures']);
  const list = await account
    .getAccountApi()
    .getSpotAccountList(Account.Account.GetSpotAccountListReq.create({ currency: 'USDT' }));
  expect(list.data.map(({ type }) => type)).toContain('trade');
  const wallet = await account
    .getAccountApi()
    .getFuturesAccount(Account.Account.GetFuturesAccountReq.create({ currency: 'USDT' }));
  expect(wallet.accountEquity).toBeGreaterThan(0);
  const fees = await account
    .getFeeApi()
    .getSpotActualFee(Account.Fee.GetSpotActualFeeReq.create({ symbols: SYMBOL }));
  expect(fees.data).toMatchObject([{ symbol: SYMBOL, takerFeeRate: '0.001' }]);
});

test('spot: an ordinary bot from its start to its end', async () => {
  const socket = client.wsService().newSpotPrivateWS();
  const orders: Row[] = [];
  const balances: Row[] = [];
  await socket.start();
  await socket.orderV2((_topic, _subject, data) => orders.push(rowOf(data)));
  await socket.account((_topic, _subject, data) => balances.push(rowOf(data)));
  const reported = (row: Row) =>
    expect.poll(() => orders, { timeout: 5_000 }).toContainEqual(expect.objectContaining(row));

  // A purchase for an amount.
  const bought = newId();
  const made = await spotOrders().addOrder(
    AddOrderReq.create({
      clientOid: bought,
      symbol: SYMBOL,
      side: AddOrderReq.SideEnum.BUY,
      type: AddOrderReq.TypeEnum.MARKET,
      funds: '100',
    }),
  );
  expect(made.clientOid).toBe(bought);
  await reported({ clientOid: bought, type: 'match', liquidity: 'taker' });
  await reported({ clientOid: bought, type: 'filled', status: 'done' });
  await expect.poll(() => balances.map(({ currency }) => currency)).toContain('BTC');
  const history = await spotOrders().getTradeHistory(
    Spot.Order.GetTradeHistoryReq.create({ symbol: SYMBOL, orderId: made.orderId }),
  );
  expect(history.items).toMatchObject([{ orderId: made.orderId, feeCurrency: 'USDT' }]);

  // A sale that rests, is found by both ids and in the list, and is canceled.
  const resting = newId();
  const placed = await spotOrders().addOrder(
    AddOrderReq.create({
      clientOid: resting,
      symbol: SYMBOL,
      side: AddOrderReq.SideEnum.SELL,
      type: AddOrderReq.TypeEnum.LIMIT,
      size: '0.001',
      price: '61000',
    }),
  );
  await reported({ clientOid: resting, type: 'open', remainSize: '0.001' });
  const found = await spotOrders().getOrderByClientOid(
    Spot.Order.GetOrderByClientOidReq.create({ symbol: SYMBOL, clientOid: resting }),
  );
  expect(found).toMatchObject({ id: placed.orderId, active: true, inOrderBook: true });
  const open = await spotOrders().getOpenOrders(Spot.Order.GetOpenOrdersReq.create({ symbol: SYMBOL }));
  expect(open.data.map(({ id }) => id)).toEqual([placed.orderId]);
  await spotOrders().cancelOrderByOrderId(
    Spot.Order.CancelOrderByOrderIdReq.create({ symbol: SYMBOL, orderId: placed.orderId }),
  );
  await reported({ clientOid: resting, type: 'canceled', canceledSize: '0.001' });
  const closed = await spotOrders().getClosedOrders(Spot.Order.GetClosedOrdersReq.create({ symbol: SYMBOL }));
  expect(closed.items.map(({ id }) => id)).toEqual([placed.orderId, made.orderId]);
  await socket.stop();
}, 20_000);

test('spot: each common refusal is an error of the client, and an absent order too', async () => {
  const refused = (change: Row): Promise<string> =>
    codeOf(
      spotOrders().addOrder(
        AddOrderReq.create({
          clientOid: newId(),
          symbol: SYMBOL,
          side: AddOrderReq.SideEnum.BUY,
          type: AddOrderReq.TypeEnum.LIMIT,
          size: '0.01',
          price: '59000',
          ...change,
        }),
      ),
    );
  expect(await refused({ size: '1000' })).toBe('200004');
  expect(await refused({ price: '59000.01' })).toBe('600100');
  expect(await refused({ symbol: 'NOPE-USDT' })).toBe('900001');
  expect(
    await codeOf(
      spotOrders().getOrderByOrderId(
        Spot.Order.GetOrderByOrderIdReq.create({ symbol: SYMBOL, orderId: '670fd0000000000000000009' }),
      ),
    ),
  ).toBe('400100');
});

test('futures: an ordinary bot from its start to its end', async () => {
  const socket = client.wsService().newFuturesPrivateWS();
  const orders: Row[] = [];
  const positions: Row[] = [];
  await socket.start();
  await socket.order(CONTRACT, (_topic, _subject, data) => orders.push(rowOf(data)));
  await socket.position(CONTRACT, (_topic, _subject, data) => positions.push(rowOf(data)));
  const reported = (row: Row) =>
    expect.poll(() => orders, { timeout: 5_000 }).toContainEqual(expect.objectContaining(row));
  const { CROSS } = FuturesOrder.MarginModeEnum;
  await futures()
    .getPositionsApi()
    .modifyMarginLeverage(
      Futures.Positions.ModifyMarginLeverageReq.create({ symbol: CONTRACT, leverage: '5' }),
    );

  const opening = newId();
  await futures()
    .getOrderApi()
    .addOrder(
      FuturesOrder.create({
        clientOid: opening,
        symbol: CONTRACT,
        side: FuturesOrder.SideEnum.SELL,
        type: FuturesOrder.TypeEnum.MARKET,
        marginMode: CROSS,
        leverage: 5,
        size: 20,
      }),
    );
  await reported({ clientOid: opening, type: 'filled', filledSize: '20' });
  await expect.poll(() => positions.at(-1)).toMatchObject({ symbol: CONTRACT, currentQty: -20 });
  const held = await futures()
    .getPositionsApi()
    .getPositionList(Futures.Positions.GetPositionListReq.create({ currency: 'USDT' }));
  expect(held.data).toMatchObject([{ symbol: CONTRACT, currentQty: -20, leverage: 5, marginMode: 'CROSS' }]);

  // A limit order that rests and is canceled.
  const resting = newId();
  const { orderId } = await futures()
    .getOrderApi()
    .addOrder(
      FuturesOrder.create({
        clientOid: resting,
        symbol: CONTRACT,
        side: FuturesOrder.SideEnum.BUY,
        type: FuturesOrder.TypeEnum.LIMIT,
        marginMode: CROSS,
        leverage: 5,
        price: '59000',
        size: 1,
      }),
    );
  await reported({ clientOid: resting, type: 'open', remainSize: '1' });
  const found = await futures()
    .getOrderApi()
    .getOrderByClientOid(Futures.Order.GetOrderByClientOidReq.create({ clientOid: resting }));
  expect(found).toMatchObject({ id: orderId, status: 'open', isActive: true, size: 1 });
  expect(
    await futures().getOrderApi().cancelOrderById(Futures.Order.CancelOrderByIdReq.create({ orderId })),
  ).toMatchObject({ cancelledOrderIds: [orderId] });
  await reported({ clientOid: resting, type: 'canceled' });
  expect(
    await codeOf(
      futures().getOrderApi().cancelOrderById(Futures.Order.CancelOrderByIdReq.create({ orderId })),
    ),
  ).toBe('100004');

  // The position is closed, and its fills are in the history.
  await futures()
    .getOrderApi()
    .addOrder(
      FuturesOrder.create({
        clientOid: newId(),
        symbol: CONTRACT,
        side: FuturesOrder.SideEnum.BUY,
        type: FuturesOrder.TypeEnum.MARKET,
        marginMode: CROSS,
        leverage: 5,
        reduceOnly: true,
        size: 20,
      }),
    );
  await expect.poll(() => positions.at(-1)).toMatchObject({ currentQty: 0, isOpen: false });
  const fills = await futures()
    .getOrderApi()
    .getTradeHistory(Futures.Order.GetTradeHistoryReq.create({ symbol: CONTRACT }));
  expect(fills.items.map(({ side, size }) => [side, size])).toEqual([
    ['buy', 20],
    ['sell', 20],
  ]);
  await socket.stop();
}, 20_000);
