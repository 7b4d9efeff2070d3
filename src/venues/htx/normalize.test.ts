/** Payloads in this file have the shapes of the spot documentation (`testing/payloads.ts`). */
import { describe, expect, it } from 'vitest';
import { MalformedAnswer, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, Names } from '../markets.ts';
import { permissionsFrom } from './key-check.ts';
import { candlesFrom, dayFiguresFrom, tradesFrom } from './market-data.ts';
import { parseSpotSymbols } from './markets.ts';
import { balancesFrom, spotAccountIn } from './normalize-account.ts';
import { privateEvents } from './normalize-events.ts';
import { fillFrom, fillFromClearing } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';
import { otherRecordFrom, transferFrom, walletEntryFrom } from './normalize-records.ts';
import { CLEARING, MATCH, ORDER, SYMBOLS, TRADE_EVENT } from './testing/payloads.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const table = new MarketTable();
table.put('spot', parseSpotSymbols(json(SYMBOLS)));
const names = new Names(table, 'spot');

it('reads pairs with their digits, and one that is offline as inactive', () => {
  expect(plain(parseSpotSymbols(json(SYMBOLS)))).toMatchObject([
    {
      venueSymbol: 'btcusdt',
      instrument: {
        symbol: 'BTC/USDT',
        tickSize: '0.01',
        lotSize: '0.000001',
        minQuantity: '0.00001',
        maxQuantity: '1000',
        maxMarketQuantity: '200.5',
        minNotional: '10',
        priceBand: null,
        buyFeeTakenFrom: 'base',
        active: true,
      },
    },
    { venueSymbol: 'oldusdt', instrument: { minQuantity: '1', active: false } },
  ]);
});

describe('orders', () => {
  it('reads one that rests', () => {
    expect(plain(orderFrom(json(ORDER), names))).toEqual({
      symbol: 'BTC/USDT',
      venueOrderId: '357632718898331',
      venueClientOrderId: 'id1',
      status: 'open',
      side: 'buy',
      positionSide: 'net',
      quantity: '5',
      price: '1.6621',
      filledQuantity: '0',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1630649406687,
    });
  });

  it.each([
    ['created', '0.0', 'open'],
    ['submitted', '0.0', 'open'],
    ['partial-filled', '1', 'partially_filled'],
    ['canceling', '0.0', 'open'],
    ['canceling', '1', 'partially_filled'],
    ['filled', '5', 'filled'],
    ['partial-canceled', '1', 'canceled'],
    ['canceled', '0.0', 'canceled'],
  ])('reads %s with %s filled as %s', (state, amount, status) => {
    expect(orderFrom(json({ ...ORDER, state, 'field-amount': amount }), names).status).toBe(status);
  });

  it('takes the amount of a market purchase for no quantity', () => {
    const order = {
      ...ORDER,
      type: 'buy-market',
      price: '0.0',
      amount: '100',
      'field-amount': '0.5',
      state: 'filled',
    };
    expect(plain(orderFrom(json(order), names))).toMatchObject({
      quantity: null,
      price: null,
      filledQuantity: '0.5',
    });
  });

  it.each([
    ['api', ''],
    ['ioc', 'the rest could not be filled at once'],
    ['limit_maker', 'post-only, would take'],
    ['a word of tomorrow', 'a word of tomorrow'],
  ])('gives the reason of an end: %s', (source, reason) => {
    const ended = { ...ORDER, state: 'canceled', 'canceled-source': source, 'finished-at': 1630649406700 };
    expect(orderFrom(json(ended), names)).toMatchObject({ venueReason: reason, updatedAt: 1630649406700 });
  });

  it('refuses a state that is in no table', () => {
    expect(() => orderFrom(json({ ...ORDER, state: 'nowhere' }), names)).toThrow(MalformedAnswer);
  });
});

describe('executions', () => {
  it('reads a row of the match results', () => {
    expect(plain(fillFrom(json(MATCH), names))).toEqual({
      symbol: 'BTC/USDT',
      tradeId: '1085',
      venueOrderId: '357632718898331',
      venueClientOrderId: null,
      side: 'buy',
      positionSide: 'net',
      sequence: null,
      price: '1.6621',
      quantity: '7.4',
      fee: '0.0074',
      feeAsset: 'BTC',
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: 1630649406687,
    });
  });

  it('takes a fee that points or a coin of the venue paid in that coin', () => {
    const row = { ...MATCH, 'filled-fees': '0.0', 'filled-points': '0.2', 'fee-deduct-currency': 'ht' };
    expect(plain(fillFrom(json(row), names))).toMatchObject({ fee: '0.2', feeAsset: 'HT' });
    const both = { ...row, 'filled-fees': '0.0074' };
    expect(plain(fillFrom(json(both), names))).toMatchObject({ fee: '0.2', feeAsset: 'HT' });
  });

  it('reads a clearing, whose trade has the id that the list gives it', () => {
    expect(plain(fillFromClearing(CLEARING, names))).toMatchObject({
      tradeId: '919219323232',
      venueOrderId: '99998888',
      venueClientOrderId: 'a001',
      side: 'buy',
      price: '9999.99',
      quantity: '0.96',
      fee: '19.88',
      feeAsset: 'BTC',
      liquidity: 'taker',
      executedAt: 998787897878,
    });
  });
});

describe('the stream of the account', () => {
  const events = (ch: string, data: object): unknown =>
    plain(privateEvents(JSON.stringify({ action: 'push', ch, data }), names));

  it('reads an order with what was done of it', () => {
    expect(events('orders#*', TRADE_EVENT)).toMatchObject([
      {
        kind: 'order',
        report: {
          venueOrderId: '27163533',
          status: 'partially_filled',
          side: 'sell',
          quantity: '2',
          filledQuantity: '0.5',
          updatedAt: 1583854188883,
        },
        fill: null,
      },
    ]);
  });

  it('has a market purchase read when it ends, because its messages state quote units', () => {
    const { orderSize: _size, orderPrice: _price, ...rest } = TRADE_EVENT;
    const bought = { ...rest, orderValue: '100', type: 'buy-market', execAmt: '50', remainAmt: '50' };
    expect(events('orders#*', bought)).toEqual([]);
    expect(events('orders#*', { ...bought, orderStatus: 'filled' })).toEqual([
      { kind: 'unstated', symbol: 'BTC/USDT', venueOrderId: '27163533' },
    ]);
    const { execAmt: _done, remainAmt: _left, ...created } = bought;
    expect(
      events('orders#*', {
        ...created,
        eventType: 'creation',
        orderStatus: 'submitted',
        orderCreateTime: 1583853365586,
      }),
    ).toMatchObject([{ kind: 'order', report: { status: 'open', quantity: null, filledQuantity: '0' } }]);
  });

  it('reads executions, and passes over cancels after clearing', () => {
    expect(events('trade.clearing#*#0', CLEARING)).toMatchObject([{ kind: 'fill' }]);
    expect(events('trade.clearing#*#0', { ...CLEARING, eventType: 'cancellation' })).toEqual([]);
  });

  it('reports changes of balances that no order made', () => {
    const change = { currency: 'btc', accountId: 1, balance: '23.1', accountType: 'trade', changeTime: 1 };
    expect(events('accounts.update#1', { ...change, changeType: 'transfer' })).toEqual([{ kind: 'account' }]);
    expect(events('accounts.update#1', { ...change, changeType: 'order.place' })).toEqual([]);
    expect(events('accounts.update#1', { ...change, changeType: null })).toEqual([]);
  });

  it('passes over answers, and orders of pairs that are not listed', () => {
    expect(privateEvents('{"action":"sub","code":200,"ch":"orders#*","data":{}}', names)).toEqual([]);
    expect(events('orders#*', { ...TRADE_EVENT, symbol: 'newusdt' })).toEqual([]);
  });
});

describe('the account', () => {
  it('finds the spot account that works', () => {
    const rows = [
      { id: 1, type: 'margin', subtype: 'btcusdt', state: 'working' },
      { id: 100009, type: 'spot', subtype: '', state: 'working' },
    ];
    expect(spotAccountIn(json({ status: 'ok', data: rows }))).toBe('100009');
    expect(spotAccountIn(json({ status: 'ok', data: rows.slice(0, 1) }))).toBeNull();
  });

  it('adds up what is free and what orders hold', () => {
    const list = [
      { currency: 'usdt', type: 'trade', balance: '91.850043797676510303' },
      { currency: 'usdt', type: 'frozen', balance: '5.16' },
      { currency: 'usdt', type: 'lock', balance: '7' },
    ];
    expect(plain(balancesFrom(json({ status: 'ok', data: { id: 1, list } })))).toEqual([
      {
        wallet: 'spot',
        asset: 'USDT',
        total: '97.010043797676510303',
        free: '91.850043797676510303',
        lockedByOrders: '5.16',
        collateralRate: null,
      },
    ]);
  });

  it('reads the rights of the key that asks', () => {
    const row = { accessKey: 'k', permission: 'trade,readOnly', ipAddresses: '1.1.1.1', status: 'normal' };
    expect(permissionsFrom(json({ code: 200, data: [row] }), 'k')).toEqual({
      canRead: true,
      canTradeSpot: true,
      canTradeSwaps: true,
      canWithdraw: false,
      canTransfer: true,
      restrictedToAddresses: true,
    });
    expect(() => permissionsFrom(json({ code: 200, data: [row] }), 'other')).toThrow(MalformedAnswer);
  });

  it('reads transfers, and what else there was', () => {
    const transfer = {
      currency: 'usdt',
      transactAmt: -10,
      transferType: 'spot-to-linear-swap',
      transactId: 113,
      transactTime: 1629882331066,
    };
    expect(plain(transferFrom(json(transfer)))).toMatchObject({
      recordId: 'transfer 113',
      kind: 'transfer_out',
      amount: '-10',
      asset: 'USDT',
    });
    const other = {
      'record-id': 1,
      'transact-type': 'rebate',
      'transact-amt': '0.002',
      currency: 'btc',
      'transact-time': 3,
    };
    expect(plain(otherRecordFrom(json(other)))).toMatchObject({
      kind: 'rebate',
      amount: '0.002',
      recordId: 'history 1',
    });
  });

  const walletEntry = {
    id: 7,
    currency: 'usdt',
    amount: 97,
    fee: 3,
    'created-at': 2,
    'updated-at': 9,
  };

  it('reads a deposit when its last state is reached, by when it was made', () => {
    const read = (state: string) =>
      plain(walletEntryFrom(json({ ...walletEntry, fee: 0, type: 'deposit', state })));
    for (const state of ['unknown', 'confirming', 'confirmed', 'orphan']) expect(read(state)).toEqual([]);
    expect(read('safe')).toMatchObject([{ kind: 'deposit', amount: '97', recordId: 'deposit 7', at: 2 }]);
  });

  it('reads a withdrawal with its fee when it is asked for, and once more the other way when it is given back', () => {
    const read = (state: string) => plain(walletEntryFrom(json({ ...walletEntry, type: 'withdraw', state })));
    const taken = { recordId: 'withdraw 7', kind: 'withdrawal', amount: '-100', at: 2 };
    for (const state of ['submitted', 'wallet-transfer', 'confirmed', 'confirm-error'])
      expect(read(state)).toMatchObject([taken]);
    for (const state of ['canceled', 'reject', 'wallet-reject', 'repealed', 'failed'])
      expect(read(state)).toMatchObject([
        taken,
        { recordId: 'withdraw 7 given back', kind: 'withdrawal', amount: '100' },
      ]);
  });
});

describe('market data', () => {
  it('reads candles oldest first', () => {
    const row = (id: number) => ({
      id,
      open: 10,
      close: 10.2,
      low: 9,
      high: 11,
      amount: 3,
      vol: 30.5,
      count: 4,
    });
    const body = json({ status: 'ok', data: [row(120), row(60)] });
    expect(plain(candlesFrom(body, names.instrument('btcusdt'), '1m', 150_000))).toMatchObject([
      { openedAt: 60_000, closesAt: 119_999, volume: '3', quoteVolume: '30.5', trades: 4, isComplete: true },
      { openedAt: 120_000, isComplete: false },
    ]);
  });

  it('reads trades oldest first, out of their groups', () => {
    const trade = (id: number) => ({
      id,
      ts: id,
      'trade-id': id,
      amount: 0.5,
      price: 10.5,
      direction: 'sell',
    });
    const body = json({
      status: 'ok',
      data: [
        { id: 9, ts: 3, data: [trade(3), trade(2)] },
        { id: 8, ts: 1, data: [trade(1)] },
      ],
    });
    expect(plain(tradesFrom(body, names.instrument('btcusdt')))).toMatchObject([
      { tradeId: '1' },
      { tradeId: '2' },
      { tradeId: '3', takerSide: 'sell' },
    ]);
  });

  it('reads the figures of a day', () => {
    const tick = {
      open: 100,
      close: 110,
      low: 90,
      high: 120,
      amount: 5,
      vol: 500,
      bid: [109, 1],
      ask: [111, 2],
    };
    expect(plain(dayFiguresFrom(json({ status: 'ok', tick }), names.instrument('btcusdt')))).toMatchObject({
      last: '110',
      change: '10',
      changePercent: '10',
      volume: '5',
      quoteVolume: '500',
    });
  });
});
