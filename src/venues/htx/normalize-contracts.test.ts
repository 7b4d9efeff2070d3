/** Payloads in this file have the shapes of the v5 documentation (`testing/payloads.ts`). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { MalformedAnswer, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, Names } from '../markets.ts';
import { candlesFrom, dayFiguresFrom, tradesFrom } from './market-data.ts';
import { parseSwapContracts } from './markets.ts';
import {
  contractBalances,
  flatPositions,
  leverageFrom,
  marginFrom,
  positionFrom,
  positionModeFrom,
} from './normalize-account.ts';
import { contractEvents } from './normalize-events.ts';
import { contractFillFrom } from './normalize-fills.ts';
import { contractOrderFrom } from './normalize-orders.ts';
import { billsFrom } from './normalize-records.ts';
import {
  CONTRACTS,
  CONTRACT_BALANCE,
  CONTRACT_ORDER,
  EXECUTION,
  POSITION,
  PRICE_LIMITS,
  TRADE_MESSAGE,
} from './testing/payloads.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const listed = parseSwapContracts(json(CONTRACTS), json(PRICE_LIMITS));
const table = new MarketTable();
table.put('linear_swap', listed);
const names = new Names(table, 'linear_swap');
const instrument = names.instrument('BTC-USDT');

it('reads perpetuals in base units with the band of their prices, and no dated contract', () => {
  expect(plain(listed)).toMatchObject([
    {
      venueSymbol: 'BTC-USDT',
      instrument: {
        symbol: 'BTC/USDT:USDT',
        tickSize: '0.1',
        lotSize: '0.001',
        minQuantity: '0.001',
        contractSize: '0.001',
        // (49629 - 47682.8) / (49629 + 47682.8) is 0.0199996, cut.
        priceBand: { reference: 'mark', buy: { up: '1.0199' }, sell: { down: '0.9801' } },
        takerFeeRate: '0.0006',
        active: true,
      },
    },
    { venueSymbol: 'OLD-USDT', instrument: { lotSize: '100', priceBand: null, active: false } },
  ]);
});

describe('orders', () => {
  it('reads one that was filled, in base units', () => {
    expect(plain(contractOrderFrom(json(CONTRACT_ORDER), names))).toEqual({
      symbol: 'BTC/USDT:USDT',
      venueOrderId: '1513834754585190400',
      venueClientOrderId: '1513834754585190411',
      status: 'filled',
      side: 'sell',
      positionSide: 'long',
      quantity: '0.002',
      price: null,
      filledQuantity: '0.002',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1780967931194,
    });
  });

  it.each([
    ['new', '0', 'open'],
    ['partially_filled', '1', 'partially_filled'],
    // Of several executions each message says that the order is filled, and how much is so far.
    ['filled', '1', 'partially_filled'],
    ['partially_canceled', '1', 'canceled'],
    ['canceled', '0', 'canceled'],
    ['rejected', '0', 'rejected'],
  ])('reads state %s with %s filled as %s', (state, trade_volume, status) => {
    expect(contractOrderFrom(json({ ...CONTRACT_ORDER, state, trade_volume }), names).status).toBe(status);
  });

  it('says why the venue ended one, and nothing where its owner did', () => {
    const reason = (cancel_reason: string): string =>
      contractOrderFrom(json({ ...CONTRACT_ORDER, cancel_reason }), names).venueReason;
    expect(reason('Limit order cancelation by the client')).toBe('');
    expect(reason('Order cancelation by system')).toBe('Order cancelation by system');
  });

  it('takes the time of the creation where that of the last change is empty', () => {
    const order = contractOrderFrom(json({ ...CONTRACT_ORDER, updated_time: '' }), names);
    expect(order.updatedAt).toBe(1780967931182);
  });

  it('refuses a state and a contract that it does not know', () => {
    expect(() => contractOrderFrom(json({ ...CONTRACT_ORDER, state: 'resting' }), names)).toThrow(
      MalformedAnswer,
    );
    expect(() => contractOrderFrom(json({ ...CONTRACT_ORDER, contract_code: 'NO-USDT' }), names)).toThrow(
      MalformedAnswer,
    );
  });
});

it('reads executions by the id that is unique, a fee above zero as paid', () => {
  expect(plain(contractFillFrom(json(EXECUTION), names))).toEqual({
    symbol: 'BTC/USDT:USDT',
    tradeId: '1513834754679549965',
    venueOrderId: '1513834754585190400',
    venueClientOrderId: null,
    side: 'sell',
    positionSide: 'long',
    sequence: null,
    price: '62688.2',
    quantity: '0.002',
    fee: '0.07522584',
    feeAsset: 'USDT',
    liquidity: 'taker',
    realizedPnl: '-0.3656',
    executedAt: 1780967931197,
  });
  expect(plain(contractFillFrom(json({ ...EXECUTION, trade_fee: '-0.01' }), names))).toMatchObject({
    fee: '-0.01',
  });
});

describe('the account', () => {
  it('takes the equity without what is not realized for the balance, and less the margin for what is free', () => {
    expect(plain(contractBalances(json(CONTRACT_BALANCE)))).toMatchObject([
      {
        wallet: 'linear_swap',
        asset: 'USDT',
        total: '10977.511400000000001',
        free: '10130.178066666666667667',
      },
      { asset: 'BTC', total: '0', free: '0' },
    ]);
    expect(plain(marginFrom(json(CONTRACT_BALANCE)))).toEqual({
      wallet: 'linear_swap',
      marginBalance: '10264.111400000000001',
      maintenanceMargin: '6.027',
    });
  });

  it('reads positions, a short one below zero, and no price that liquidates one', () => {
    expect(plain(positionFrom(json(POSITION), names))).toEqual({
      symbol: 'BTC/USDT:USDT',
      positionSide: 'long',
      quantity: '0.001',
      entryPrice: '63204.5',
      markPrice: '63165.5',
      leverage: '20',
      marginMode: 'cross',
      liquidationPrice: 'none',
      maintenanceMargin: '0.2147627',
      isolatedMargin: null,
      unrealizedPnl: '-0.039',
    });
    const short = {
      ...POSITION,
      direction: 'sell',
      position_side: 'both',
      liquidation_price: '70000',
      margin_mode: 'isolated',
    };
    expect(plain(positionFrom(json(short), names))).toMatchObject({
      positionSide: 'net',
      quantity: '-0.001',
      liquidationPrice: '70000',
      marginMode: 'isolated',
    });
    expect(positionFrom(json({ ...POSITION, liquidation_price: null }), names).liquidationPrice).toBeNull();
  });

  it('adds the sides that an answer about one contract leaves out as flat', () => {
    const [first] = listed;
    if (first === undefined) throw new Error('not listed');
    const sidesOf = (mode: 'one_way' | 'hedged', open: Parameters<typeof flatPositions>[2]): unknown =>
      flatPositions(first, mode, open, Decimal.parse('20')).map(({ positionSide }) => positionSide);
    expect(sidesOf('one_way', [])).toEqual(['net']);
    expect(sidesOf('hedged', [positionFrom(json(POSITION), names)])).toEqual(['short']);
  });

  it('reads the position mode, and a leverage that both sides have', () => {
    const mode = (position_mode: string) => positionModeFrom(json({ code: 200, data: { position_mode } }));
    expect([mode('single_side'), mode('dual_side')]).toEqual(['one_way', 'hedged']);
    const row = (position_side: string, lever_rate: number, margin_mode = 'cross') => ({
      contract_code: 'BTC-USDT',
      margin_mode,
      position_side,
      lever_rate,
    });
    const leverage = (...data: readonly object[]) => leverageFrom(json({ code: 200, data }))?.toString();
    expect(leverage(row('both', 5), row('both', 9, 'isolated'))).toBe('5');
    expect(leverage(row('long', 5), row('short', 5))).toBe('5');
    expect(leverage(row('long', 5), row('short', 6))).toBeUndefined();
  });

  it('books funding, transfers and insurance by kind, and leaves out what executions say', () => {
    const bill = (id: number, type: string, amount: string) => ({
      id: String(id),
      type,
      currency: 'USDT',
      amount,
      contract_code: type === '14' ? '' : 'BTC-USDT',
      margin_mode: 'cross',
      created_time: '1780963213165',
    });
    const rows = [
      bill(1, '30', '0.000433432461821856'),
      bill(2, '31', '0.5'),
      bill(3, '5', '-0.02'),
      bill(4, '3', '10'),
      bill(5, '14', '50'),
      bill(6, '19', '1'),
      bill(7, '77', '-2'),
    ];
    expect(plain(billsFrom(rows.map(json), names))).toMatchObject([
      { recordId: 'bill 1', kind: 'funding', amount: '0.000433432461821856', symbol: 'BTC/USDT:USDT' },
      { recordId: 'bill 2', kind: 'funding', amount: '-0.5' },
      { recordId: 'bill 5', kind: 'transfer_in', amount: '50', symbol: null },
      { recordId: 'bill 6', kind: 'insurance' },
      { recordId: 'bill 7', kind: 'other', venueKind: '77', amount: '-2' },
    ]);
  });
});

describe('messages', () => {
  const events = (message: object) => plain(contractEvents(JSON.stringify(message), names));
  const about = (topic: string, event: string) => ({ op: 'notify', topic, event, data: [] });

  it('has the executions of an order read, because a message states no fee', () => {
    expect(events(TRADE_MESSAGE)).toEqual([
      { kind: 'unstated', symbol: 'BTC/USDT:USDT', venueOrderId: '1519705786942156810' },
    ]);
  });

  it('reads an order with what was filled of it, and passes over contracts that are none of ours', () => {
    expect(events({ op: 'notify', topic: 'orders', data: CONTRACT_ORDER })).toMatchObject([
      { kind: 'order', report: { status: 'filled', filledQuantity: '0.002' }, fill: null },
    ]);
    const dated = { ...CONTRACT_ORDER, contract_code: 'BTC-USDT-211203' };
    expect(events({ op: 'notify', topic: 'orders', data: dated })).toEqual([]);
  });

  it.each(['funding_fee', 'liquidation', 'adl', 'transferred', 'delivered'])(
    'says of %s that it was the venue',
    (event) => {
      expect(events(about('account', event))).toEqual([{ kind: 'account' }]);
      expect(events(about('positions', event))).toEqual([{ kind: 'account' }]);
    },
  );

  it('says nothing of what follows an order, of a first message, and of answers', () => {
    for (const event of ['filled', 'cancel_order', 'snapshot'])
      expect(events(about('account', event))).toEqual([]);
    expect(events({ op: 'sub', topic: 'orders', 'err-code': 0 })).toEqual([]);
    expect(events({ op: 'ping', ts: '1' })).toEqual([]);
  });
});

describe('market data, whose amounts are the sum of both sides', () => {
  it('halves what was traded', () => {
    const data = [
      {
        data: [
          {
            amount: 2,
            direction: 'buy',
            id: 1314767870000,
            price: 13081.3,
            ts: 1603695383124,
            quantity: 0.002,
            trade_turnover: 26.1626,
          },
        ],
        id: 131476787,
        ts: 1603695383124,
      },
    ];
    expect(plain(tradesFrom(json({ status: 'ok', data }), instrument))).toEqual([
      {
        tradeId: '1314767870000',
        price: '13081.3',
        quantity: '0.001',
        takerSide: 'buy',
        executedAt: 1603695383124,
      },
    ]);
  });

  it('halves the volumes of candles and of a day', () => {
    const candle = {
      amount: 0.004,
      close: 13076.8,
      count: 1,
      high: 13076.8,
      id: 1603695060,
      low: 13076.8,
      open: 13076.8,
      trade_turnover: 52.3072,
      vol: 4,
    };
    expect(
      plain(candlesFrom(json({ status: 'ok', data: [candle] }), instrument, '1m', 1603695099234)),
    ).toMatchObject([
      { openedAt: 1603695060000, volume: '0.002', quoteVolume: '26.1536', isComplete: false },
    ]);
    const tick = {
      amount: '12.526',
      close: '13076.8',
      high: '13205.3',
      low: '12877.5',
      open: '12916.2',
      trade_turnover: '163247.3982',
      vol: '12526',
    };
    expect(plain(dayFiguresFrom(json({ status: 'ok', tick }), instrument))).toMatchObject({
      last: '13076.8',
      volume: '6.263',
      quoteVolume: '81623.6991',
    });
  });
});
