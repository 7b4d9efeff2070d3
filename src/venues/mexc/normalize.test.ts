/** Payloads in this file have the shapes of MEXC's documentation (`testing/payloads.ts`). */
import { describe, expect, it } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import { MalformedAnswer, asObject, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { spotDay, spotTrades, swapCandles, swapDay, swapTrades } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { leverageFrom, openPositions, spotBalances, swapBalances, swapMargin } from './normalize-account.ts';
import { SwapPrivateMessages, spotPrivateEvents } from './normalize-events.ts';
import { spotFillFrom, spotFillFromPush, swapFillFrom } from './normalize-fills.ts';
import { spotOrderFrom, spotOrderFromPush, swapOrderFrom } from './normalize-orders.ts';
import {
  depositFrom,
  fundingFrom,
  spotTransferFrom,
  swapTransferFrom,
  withdrawalFrom,
} from './normalize-records.ts';
import {
  BTC_SPOT,
  BTC_SWAP,
  DEAL_PUSH,
  ORDER_PUSH,
  POSITION,
  SPOT_ORDER,
  SPOT_TRADE,
  SWAP_DEAL,
  SWAP_ORDER,
} from './testing/payloads.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
const object = (value: unknown) => asObject(json(value), 'payload');
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function namesOf(): Readonly<Record<InstrumentKind, Names>> {
  const table = new MarketTable();
  table.put('spot', parseSpotInstruments(json({ symbols: [BTC_SPOT] })));
  table.put('linear_swap', parseSwapInstruments(json([BTC_SWAP])));
  const markets = new MarketsOfKinds(table, ['spot', 'linear_swap']);
  return { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
}
const names = namesOf();
const swap = names.linear_swap.instrument('BTC_USDT');

describe('instruments', () => {
  const spotOf = (changes: object) =>
    plain(parseSpotInstruments(json({ symbols: [{ ...BTC_SPOT, ...changes }] }))[0]?.instrument);
  const swapOf = (changes: object) =>
    plain(parseSwapInstruments(json([{ ...BTC_SWAP, ...changes }]))[0]?.instrument);

  it('reads a pair: digits of both assets, least quantity and least amount', () => {
    expect(spotOf({})).toMatchObject({
      symbol: 'BTC/USDT',
      tickSize: '0.01',
      lotSize: '0.000001',
      minQuantity: '0.0001',
      minNotional: '5',
      priceBand: null,
      buyFeeTakenFrom: 'quote',
      active: true,
    });
    expect(spotOf({ baseSizePrecision: '0' })).toMatchObject({ minQuantity: '0.000001' });
  });

  it('takes no orders where the API may not trade, or the symbol is not online', () => {
    expect(spotOf({ isSpotTradingAllowed: false })).toMatchObject({ active: false });
    expect(spotOf({ status: '2' })).toMatchObject({ active: false });
    expect(spotOf({ status: 'ENABLED' })).toMatchObject({ active: true });
    expect(swapOf({ apiAllowed: false })).toMatchObject({ active: false });
    expect(swapOf({ state: 4 })).toMatchObject({ active: false });
  });

  it('reads a contract in base units, with a band on one side of each order', () => {
    expect(swapOf({})).toMatchObject({
      symbol: 'BTC/USDT:USDT',
      tickSize: '0.5',
      lotSize: '0.0001',
      minQuantity: '0.0001',
      maxQuantity: '500',
      contractSize: '0.0001',
      priceBand: { reference: 'mark', buy: { down: null, up: '1.03' }, sell: { down: '0.98', up: null } },
    });
    const ofCoins = { ...BTC_SWAP, settleCoin: 'BTC', quoteCoin: 'USD' };
    expect(parseSwapInstruments(json([ofCoins]))).toEqual([]);
  });
});

describe('spot orders', () => {
  const read = (changes: object = {}) =>
    plain(spotOrderFrom(json({ ...SPOT_ORDER, ...changes }), names.spot));

  it('keeps every digit', () => {
    expect(read()).toEqual({
      symbol: 'BTC/USDT',
      venueOrderId: 'C02__443776347957968896088',
      venueClientOrderId: 'id1',
      status: 'partially_filled',
      side: 'buy',
      positionSide: 'net',
      quantity: '0.5',
      price: '60000.01',
      filledQuantity: '0.123456789012345678',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1_499_827_319_560,
    });
  });

  it.each([
    ['NEW', 'open'],
    ['FILLED', 'filled'],
    ['CANCELED', 'canceled'],
    ['PARTIALLY_CANCELED', 'canceled'],
  ])('%s is %s', (status, expected) => {
    expect(read({ status })).toMatchObject({ status: expected });
  });

  it('takes no quantity for the size of a market purchase, and no price for one of a market order', () => {
    expect(read({ type: 'MARKET' })).toMatchObject({ quantity: null, price: null });
    expect(read({ type: 'MARKET', side: 'SELL' })).toMatchObject({ quantity: '0.5', price: null });
  });

  it('says why the venue ended one, and is as old as its creation where nothing has changed', () => {
    expect(read({ cancelReason: 'stp_cancel', status: 'CANCELED', updateTime: null })).toMatchObject({
      venueReason: 'self-trade prevention',
      updatedAt: 1_499_827_319_559,
    });
  });

  it('takes no word that nobody documented', () => {
    expect(() => read({ status: 'DREAMING' })).toThrow(MalformedAnswer);
    expect(() => read({ symbol: 'NONEUSDT' })).toThrow(MalformedAnswer);
  });

  it('are the same from the stream, whose message says of which symbol and when', () => {
    expect(plain(spotOrderFromPush(object(ORDER_PUSH), names.spot))).toEqual({
      symbol: 'BTC/USDT',
      venueOrderId: 'C02__505979017439002624115',
      venueClientOrderId: 'id1',
      status: 'canceled',
      side: 'sell',
      positionSide: 'net',
      quantity: '1',
      price: '3.5121',
      filledQuantity: '0.4',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1_736_417_034_281,
    });
  });
});

describe('spot executions', () => {
  it('are read from the list, with an id that is no number', () => {
    expect(plain(spotFillFrom(json(SPOT_TRADE), names.spot))).toEqual({
      symbol: 'BTC/USDT',
      tradeId: 'fad2af9e942049b6adbda1a271f990c6',
      venueOrderId: 'C02__443776347957968896088',
      venueClientOrderId: null,
      side: 'buy',
      positionSide: 'net',
      sequence: null,
      price: '4.000001',
      quantity: '12',
      fee: '0.024',
      feeAsset: 'USDT',
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: 1_499_865_549_590,
    });
  });

  it('state the quote units that moved where those are price x quantity cut, and no others', () => {
    const quoteOf = (quoteQty: string) =>
      spotFillFrom(
        json({ ...SPOT_TRADE, price: '0.333333', qty: '0.1234567', quoteQty }),
        names.spot,
      ).quoteQuantity?.toString();
    expect(quoteOf('0.04115219')).toBe('0.04115219');
    expect(quoteOf('0.0411')).toBeUndefined();
  });

  it('are read from the stream, where what is not set is not there', () => {
    expect(plain(spotFillFromPush(object(DEAL_PUSH), names.spot))).toMatchObject({
      tradeId: '505979017439002624X1',
      venueClientOrderId: 'id1',
      side: 'sell',
      fee: '0.0003998377369698171',
      feeAsset: 'MX',
      liquidity: 'taker',
    });
  });
});

describe('contract orders', () => {
  const read = (changes: object = {}, mode: PositionMode | null = 'hedged') =>
    plain(swapOrderFrom(json({ ...SWAP_ORDER, ...changes }), names.linear_swap, mode));

  it('are in base units, and are partly filled where some of it was dealt', () => {
    expect(read()).toEqual({
      symbol: 'BTC/USDT:USDT',
      venueOrderId: '102015012431820288',
      venueClientOrderId: 'id1',
      status: 'partially_filled',
      side: 'buy',
      positionSide: 'short',
      quantity: '0.0015',
      price: '1209.05',
      filledQuantity: '0.0004',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1_609_992_674_500,
    });
  });

  it.each([
    [1, { side: 'buy', positionSide: 'long' }],
    [2, { side: 'buy', positionSide: 'short' }],
    [3, { side: 'sell', positionSide: 'short' }],
    [4, { side: 'sell', positionSide: 'long' }],
  ])('side %i is that of a hedged position; of a net one the mode makes it', (side, expected) => {
    expect(read({ side })).toMatchObject(expected);
    expect(read({ side }, 'one_way')).toMatchObject({ side: expected.side, positionSide: 'net' });
    expect(read({ side }, null)).toMatchObject({ side: expected.side, positionSide: null });
    // A row that states its mode is read by that one.
    expect(read({ side, positionMode: 1 }, 'one_way')).toMatchObject(expected);
  });

  it.each([
    [1, 0, 'open'],
    [2, 0, 'open'],
    [3, 15, 'filled'],
    [4, 4, 'canceled'],
    [5, 0, 'rejected'],
  ])('state %i with %i dealt is %s', (state, dealVol, expected) => {
    expect(read({ state, dealVol })).toMatchObject({ status: expected });
  });

  it('say why they ended, and have no id of ours where the venue gave one', () => {
    expect(read({ errorCode: 20 })).toMatchObject({ venueReason: 'post-only, would take' });
    expect(read({ errorCode: 99 })).toMatchObject({ venueReason: 'errorCode 99' });
    expect(read({ externalOid: '_m_f95eb99b061d4eef8f64a04e9ac4dad3' })).toMatchObject({
      venueClientOrderId: null,
    });
  });

  it('read an id beyond the doubles digit for digit', () => {
    const body = parseExactJson(
      JSON.stringify(SWAP_ORDER).replace('"102015012431820288"', '739113577038255616'),
    );
    expect(swapOrderFrom(body, names.linear_swap, 'one_way').venueOrderId).toBe('739113577038255616');
  });
});

it('contract executions are in base units, from the list and from the channel', () => {
  const read = (changes: object = {}) =>
    plain(swapFillFrom(json({ ...SWAP_DEAL, ...changes }), names.linear_swap, 'hedged'));
  expect(read()).toEqual({
    symbol: 'BTC/USDT:USDT',
    tradeId: '1001',
    venueOrderId: '102015012431820288',
    venueClientOrderId: null,
    side: 'sell',
    positionSide: 'long',
    sequence: null,
    price: '60000.5',
    quantity: '0.0015',
    fee: '0.0451',
    feeAsset: 'USDT',
    liquidity: 'taker',
    realizedPnl: '-1.5',
    executedAt: 1_609_992_674_000,
  });
  expect(read({ isTaker: undefined, taker: false, externalOid: 'id1' })).toMatchObject({
    liquidity: 'maker',
    venueClientOrderId: 'id1',
  });
});

describe('the account', () => {
  it('has spot balances', () => {
    const body = json({ balances: [{ asset: 'BTC', free: '1.5', locked: '0.5' }] });
    expect(plain(spotBalances(body))).toMatchObject([
      { wallet: 'spot', asset: 'BTC', total: '2', free: '1.5', lockedByOrders: '0.5' },
    ]);
  });

  it('has a wallet of contracts without what is not realised, which the margin has', () => {
    const body = json([{ currency: 'USDT', equity: 104.5, unrealized: 4.5, availableBalance: 90 }]);
    expect(plain(swapBalances(body))).toMatchObject([{ wallet: 'linear_swap', total: '100', free: '90' }]);
    expect(plain(swapMargin(body))).toMatchObject({ marginBalance: '104.5', maintenanceMargin: null });
    expect(swapMargin([])).toMatchObject({ marginBalance: null });
  });

  const position = (changes: object = {}, mode: PositionMode = 'hedged') =>
    plain(
      openPositions(json([{ ...POSITION, ...changes }]), names.linear_swap, mode).map(({ report }) => report),
    );

  it('has positions in base units, below zero where they are short', () => {
    expect(position()).toMatchObject([
      {
        symbol: 'BTC/USDT:USDT',
        positionSide: 'short',
        quantity: '-0.003',
        entryPrice: '60001.25',
        leverage: '20',
        marginMode: 'isolated',
        liquidationPrice: '71000.5',
      },
    ]);
    expect(position({ positionType: 1, liquidatePrice: 0, openType: 2 }, 'one_way')).toMatchObject([
      { positionSide: 'net', quantity: '0.003', liquidationPrice: 'none', marginMode: 'cross' },
    ]);
    expect(position({ holdVol: 0 })).toEqual([]);
    expect(position({ symbol: 'NONE_USDT' })).toEqual([]);
  });

  it('has one leverage where both sides have it', () => {
    const rows = (...leverages: number[]) => json(leverages.map((leverage) => ({ leverage })));
    expect(leverageFrom(rows(20, 20))?.toString()).toBe('20');
    expect(leverageFrom(rows(20, 5))).toBeNull();
    expect(leverageFrom(rows())).toBeNull();
  });
});

describe('the private streams', () => {
  const spot = (message: object) => spotPrivateEvents(JSON.stringify(message), names.spot);

  it('of spot report orders and executions apart', () => {
    expect(spot(ORDER_PUSH)).toMatchObject([{ kind: 'order', fill: null }]);
    expect(spot(DEAL_PUSH)).toMatchObject([{ kind: 'fill' }]);
    expect(spot({ ...ORDER_PUSH, symbol: 'NONEUSDT' })).toEqual([]);
    expect(spot({ id: 0, code: 0, msg: 'PONG' })).toEqual([]);
  });

  it('of spot notice what orders did not do', () => {
    const change = (type: string) => spot({ privateAccount: { vcoinName: 'USDT', type } });
    expect(change('ENTRUST_PLACE')).toEqual([]);
    expect(change('DEPOSIT')).toEqual([{ kind: 'account' }]);
  });

  it('of contracts take assets for the consequence of an order that was just reported', () => {
    const messages = new SwapPrivateMessages(names.linear_swap, { value: 'one_way' });
    const read = (channel: string, data: unknown, ts: number) =>
      messages.read(JSON.stringify({ channel, data, ts }));
    expect(read('push.personal.asset', {}, 1_000)).toEqual([{ kind: 'account' }]);
    expect(read('push.personal.order', SWAP_ORDER, 5_000)).toMatchObject([{ kind: 'order' }]);
    expect(read('push.personal.order.deal', SWAP_DEAL, 5_000)).toMatchObject([{ kind: 'fill' }]);
    expect(read('push.personal.asset', {}, 5_500)).toEqual([]);
    expect(read('push.personal.asset', {}, 9_000)).toEqual([{ kind: 'account' }]);
    expect(read('push.personal.position', POSITION, 9_000)).toEqual([]);
    expect(read('pong', 9_000, 9_000)).toEqual([]);
    expect(() => read('push.personal.order', { ...SWAP_ORDER, state: 9 }, 9_000)).toThrow(MalformedAnswer);
  });
});

describe('account records', () => {
  it('have a deposit once it is credited, under the coin without its network', () => {
    const deposit = { amount: '50', coin: 'USDT-TRX', status: 5, txId: 'tx:0', insertTime: 7 };
    expect(plain(depositFrom(object(deposit)))).toMatchObject({
      recordId: 'deposit tx:0 USDT-TRX',
      kind: 'deposit',
      asset: 'USDT',
      amount: '50',
      at: 7,
    });
    expect(depositFrom(object({ ...deposit, status: 4 }))).toBeNull();
  });

  it('have a withdrawal with its fee when it is asked for, and once more the other way when it is given back', () => {
    const asked = { id: 'a', coin: 'EOS', amount: '10', transactionFee: '0.1', status: 3, applyTime: 7 };
    const taken = { recordId: 'withdrawal a', kind: 'withdrawal', amount: '-10.1' };
    expect(plain(withdrawalFrom(object(asked)))).toMatchObject([taken]);
    for (const status of [8, 9])
      expect(plain(withdrawalFrom(object({ ...asked, status })))).toMatchObject([
        taken,
        { recordId: 'withdrawal a given back', kind: 'withdrawal', amount: '10.1' },
      ]);
  });

  it('have transfers of either wallet in the direction that they went', () => {
    const moved = {
      tranId: 'b',
      asset: 'USDT',
      amount: '7',
      fromAccountType: 'SPOT',
      toAccountType: 'FUTURES',
      status: 'SUCCESS',
      timestamp: 7,
    };
    expect(plain(spotTransferFrom(object(moved)))).toMatchObject({ kind: 'transfer_out', amount: '-7' });
    expect(spotTransferFrom(object({ ...moved, status: 'WAIT' }))).toBeNull();
    const row = { id: 165_230, currency: 'USDT', amount: 7, type: 'IN', state: 'SUCCESS', createTime: 7 };
    expect(plain(swapTransferFrom(object(row)))).toMatchObject({ kind: 'transfer_in', amount: '7' });
    expect(swapTransferFrom(object({ ...row, state: 'FAILED' }))).toBeNull();
  });

  it('have funding, above zero where it was received', () => {
    const row = { id: 328_033, symbol: 'BTC_USDT', positionType: 2, funding: -0.0837798, settleTime: 7 };
    const read = (mode: PositionMode) => plain(fundingFrom(object(row), names.linear_swap, mode));
    expect(read('hedged')).toMatchObject({ kind: 'funding', amount: '-0.0837798', positionSide: 'short' });
    expect(read('one_way')).toMatchObject({ positionSide: 'net', asset: 'USDT' });
    expect(fundingFrom(object({ ...row, symbol: 'NONE_USDT' }), names.linear_swap, null)).toBeNull();
  });
});

describe('market data', () => {
  it('has trades without ids, sizes in base units', () => {
    const spot = { id: null, price: '23', qty: '0.478468', time: 7, isBuyerMaker: true };
    expect(plain(spotTrades(json([spot])))).toEqual([
      { tradeId: null, price: '23', quantity: '0.478468', takerSide: 'sell', executedAt: 7 },
    ]);
    expect(plain(swapTrades(json([{ p: 115309.8, v: 55, T: 2, O: 3, M: 1, t: 7 }]), swap))).toEqual([
      { tradeId: null, price: '115309.8', quantity: '0.0055', takerSide: 'sell', executedAt: 7 },
    ]);
  });

  it('has candles of contracts in columns, times in seconds', () => {
    const columns = {
      time: [60],
      open: [3001.5],
      close: [3002],
      high: [3003],
      low: [3000],
      vol: [10],
      amount: [3.0],
    };
    expect(plain(swapCandles(json(columns), swap, '1m', 130_000))).toEqual([
      {
        openedAt: 60_000,
        closesAt: 119_999,
        trades: null,
        open: '3001.5',
        high: '3003',
        low: '3000',
        close: '3002',
        volume: '0.001',
        quoteVolume: '3',
        isComplete: true,
      },
    ]);
  });

  it('has the change of a day as a percentage, though it comes as a fraction', () => {
    const day = { lastPrice: '110', openPrice: '100', priceChangePercent: '0.1', closeTime: 7 };
    expect(plain(spotDay(json(day)))).toMatchObject({ change: '10', changePercent: '10' });
    const ticker = {
      lastPrice: 110,
      riseFallValue: 10,
      riseFallRate: 0.1,
      volume24: 20,
      amount24: 2,
      timestamp: 7,
    };
    expect(plain(swapDay(json(ticker), swap))).toMatchObject({
      open: '100',
      changePercent: '10',
      volume: '0.002',
    });
  });
});
