/** Payloads in this file are those of KuCoin's documentation, with figures of our own where exactness is at stake. */
import { describe, expect, it } from 'vitest';
import { MalformedAnswer, asArray, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { permissionsFrom } from './key-check.ts';
import { bookFrom, candlesFrom, dayFiguresFrom, tradesFrom } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import {
  marginFrom,
  positionFrom,
  positionModeFrom,
  settingsFrom,
  spotBalances,
  swapBalance,
} from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { fillFrom } from './normalize-fills.ts';
import { orderFromRest } from './normalize-orders.ts';
import { fundingRecordFrom, spotRecordsFrom, swapRecordsFrom } from './normalize-records.ts';
import { BTC_USDT, LISTED, XBTUSDTM, json } from './testing/listed.ts';

const rowsOf = (value: unknown) => asArray(json(value), 'rows');
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const table = new MarketTable();
table.put('spot', [LISTED.spot]);
table.put('linear_swap', [LISTED.linear_swap]);
const markets = new MarketsOfKinds(table, ['spot', 'linear_swap']);
const names = { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };

describe('instruments', () => {
  it('of spot: fees in quote, the least worth, the threshold of prices', () => {
    expect(plain(LISTED.spot)).toMatchObject({
      venueSymbol: 'BTC-USDT',
      instrument: {
        symbol: 'BTC/USDT',
        tickSize: '0.1',
        lotSize: '0.00000001',
        minQuantity: '0.00001',
        minNotional: '0.1',
        makerFeeRate: '0.001',
        buyFeeTakenFrom: 'quote',
        priceBand: { reference: 'mark', buy: { down: null, up: '1.1' }, sell: { down: '0.9', up: null } },
        active: true,
      },
    });
    const other = {
      ...BTC_USDT,
      feeCurrency: 'BTC',
      feeCategory: 3,
      takerFeeCoefficient: '0.80',
      enableTrading: false,
    };
    expect(plain(parseSpotInstruments(json([other])))).toMatchObject([
      { instrument: { buyFeeTakenFrom: 'base', takerFeeRate: '0.0024', active: false } },
    ]);
    // A class of fees that nobody knows pays the most.
    expect(plain(parseSpotInstruments(json([{ ...BTC_USDT, feeCategory: 9 }])))).toMatchObject([
      { instrument: { takerFeeRate: '0.003' } },
    ]);
  });

  it('of swaps: bitcoin under its usual name, sizes in base, the limits of prices by the mark', () => {
    expect(plain(LISTED.linear_swap)).toMatchObject({
      venueSymbol: 'XBTUSDTM',
      instrument: {
        symbol: 'BTC/USDT:USDT',
        contractSize: '0.001',
        lotSize: '0.001',
        minQuantity: '0.001',
        maxQuantity: '1000',
        takerFeeRate: '0.0006',
        priceBand: { buy: { up: '1.05' }, sell: { down: '0.95' } },
      },
    });
  });

  it('neither inverse, nor dated, nor settled in another coin', () => {
    for (const change of [{ isInverse: true }, { type: 'FFICSX' }, { settleCurrency: 'USDC' }])
      expect(parseSwapInstruments(json([{ ...XBTUSDTM, ...change }]))).toEqual([]);
    expect(plain(parseSwapInstruments(json([{ ...XBTUSDTM, status: 'Paused' }])))).toMatchObject([
      { instrument: { active: false } },
    ]);
  });
});

const SPOT_ORDER = {
  id: '6717422bd51c29000775ea03',
  clientOid: '5c52e11203aa677f33e493fb',
  symbol: 'BTC-USDT',
  opType: 'DEAL',
  type: 'limit',
  side: 'buy',
  price: '70000',
  size: '0.00001',
  funds: '0.7',
  dealSize: '0.00001',
  dealFunds: '0.677176',
  remainSize: '0',
  remainFunds: '0.022824',
  cancelledSize: '0',
  cancelledFunds: '0',
  fee: '0.000677176',
  feeCurrency: 'USDT',
  stp: null,
  timeInForce: 'GTC',
  postOnly: false,
  cancelAfter: 0,
  cancelExist: false,
  inOrderBook: false,
  active: false,
  createdAt: 1_729_577_515_444,
  lastUpdatedAt: 1_729_577_515_481,
};

const SWAP_ORDER = {
  id: '236655147005071361',
  symbol: 'XBTUSDTM',
  type: 'limit',
  side: 'buy',
  price: '0.1',
  size: 1,
  value: '0.0001',
  dealValue: '0',
  dealSize: 0,
  stop: '',
  stopTriggered: false,
  stopPrice: null,
  timeInForce: 'GTC',
  clientOid: '5c52e11203aa677f33e493fb',
  isActive: true,
  cancelExist: false,
  createdAt: 1_729_236_185_949,
  updatedAt: 1_729_236_185_949,
  orderTime: 1_729_236_185_885,
  marginMode: 'ISOLATED',
  filledSize: 0,
  filledValue: '0',
  status: 'open',
  reduceOnly: false,
};

describe('orders', () => {
  it('of spot, in the form of the documentation', () => {
    expect(plain(orderFromRest(json(SPOT_ORDER), names.spot))).toEqual({
      symbol: 'BTC/USDT',
      venueOrderId: '6717422bd51c29000775ea03',
      venueClientOrderId: '5c52e11203aa677f33e493fb',
      status: 'filled',
      side: 'buy',
      positionSide: 'net',
      quantity: '0.00001',
      price: '70000',
      filledQuantity: '0.00001',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1_729_577_515_481,
    });
  });

  it.each([
    [{ active: true, inOrderBook: true, dealSize: '0' }, 'open'],
    [{ active: true, inOrderBook: true, dealSize: '0.000001' }, 'partially_filled'],
    [{ cancelExist: true, dealSize: '0' }, 'canceled'],
    [{ cancelExist: true, dealSize: '0.000001' }, 'canceled'],
    // The rest of an order that the engine took out, with no record of a cancel.
    [{ cancelExist: false, dealSize: '0.000001' }, 'canceled'],
    // Filled before its cancel came.
    [{ cancelExist: true }, 'filled'],
    // A market order by funds has no size.
    [{ type: 'market', size: '0', price: '0', funds: '1' }, 'filled'],
    [{ type: 'market', size: '0', price: '0', cancelExist: true, dealSize: '0' }, 'canceled'],
  ])('of spot: %j is %s', (change, status) => {
    expect(orderFromRest(json({ ...SPOT_ORDER, ...change }), names.spot).status).toBe(status);
  });

  it('of swaps: lots become base units', () => {
    const shown = plain(orderFromRest(json({ ...SWAP_ORDER, size: 30, dealSize: 12 }), names.linear_swap));
    expect(shown).toMatchObject({
      symbol: 'BTC/USDT:USDT',
      quantity: '0.03',
      filledQuantity: '0.012',
      status: 'partially_filled',
      positionSide: 'net',
    });
  });

  it.each([
    [{ isActive: true, stop: 'down', stopTriggered: false }, 'untriggered'],
    [{ isActive: true, stop: 'down', stopTriggered: true }, 'open'],
    [{ isActive: false, status: 'done', cancelExist: true }, 'canceled'],
    [{ isActive: false, status: 'done', dealSize: 1 }, 'filled'],
  ])('of swaps: %j is %s', (change, status) => {
    expect(orderFromRest(json({ ...SWAP_ORDER, ...change }), names.linear_swap).status).toBe(status);
  });

  it('are not read where the form is another', () => {
    for (const change of [{ active: 'yes' }, { dealSize: null }, { side: 'both' }, { symbol: 'NOPE-USDT' }])
      expect(() => orderFromRest(json({ ...SPOT_ORDER, ...change }), names.spot)).toThrow(MalformedAnswer);
  });
});

describe('executions', () => {
  it('of spot: an id beyond a double, the fee in quote', () => {
    const text =
      '{"id":19814995255305,"orderId":"6717422bd51c29000775ea03","counterOrderId":"67174228135f9e000709da8c",' +
      '"tradeId":11029373945659393,"symbol":"BTC-USDT","side":"buy","liquidity":"taker","type":"limit","forceTaker":false,' +
      '"price":"67717.6","size":"0.00001","funds":"0.677176","fee":"0.000677176","feeRate":"0.001","feeCurrency":"USDT",' +
      '"stop":"","tradeType":"TRADE","taxRate":"0","tax":"0","createdAt":1729577515473}';
    expect(plain(fillFrom(parseExactJson(text), names.spot))).toEqual({
      symbol: 'BTC/USDT',
      tradeId: '11029373945659393',
      venueOrderId: '6717422bd51c29000775ea03',
      venueClientOrderId: null,
      side: 'buy',
      positionSide: 'net',
      sequence: null,
      price: '67717.6',
      quantity: '0.00001',
      fee: '0.000677176',
      feeAsset: 'USDT',
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: 1_729_577_515_473,
    });
    const cut = parseExactJson(text.replace('"funds":"0.677176"', '"funds":"0.67717"'));
    expect(plain(fillFrom(cut, names.spot))).toMatchObject({ quoteQuantity: '0.67717' });
  });

  it('of swaps: the time of the match, and not of its writing down', () => {
    const text =
      '{"symbol":"XBTUSDTM","tradeId":"1784277229880","orderId":"236317213710184449","side":"buy","liquidity":"taker",' +
      '"forceTaker":false,"price":"67430.9","size":3,"value":"202.2927","openFeePay":"0.04045854","closeFeePay":"0","stop":"",' +
      '"feeRate":"0.00060","fixFee":"0","feeCurrency":"USDT","marginMode":"ISOLATED","fee":"0.12137562","settleCurrency":"USDT",' +
      '"orderType":"market","displayType":"market","tradeType":"trade","subTradeType":null,"tradeTime":1729155616320000001,"createdAt":1729155616493}';
    expect(plain(fillFrom(parseExactJson(text), names.linear_swap))).toMatchObject({
      tradeId: '1784277229880',
      quantity: '0.003',
      fee: '0.12137562',
      executedAt: 1_729_155_616_320,
    });
  });
});

describe('balances and positions', () => {
  it('of spot are those of the trading account', () => {
    const accounts = [
      {
        id: '548674591753',
        currency: 'USDT',
        type: 'trade',
        balance: '26.66759503',
        available: '20',
        holds: '6.66759503',
      },
      {
        id: '63355cd156298d0001b66e61',
        currency: 'USDT',
        type: 'main',
        balance: '0.01',
        available: '0.01',
        holds: '0',
      },
    ];
    expect(plain(spotBalances(json(accounts)))).toEqual([
      {
        wallet: 'spot',
        asset: 'USDT',
        total: '26.66759503',
        free: '20',
        lockedByOrders: '6.66759503',
        collateralRate: null,
      },
    ]);
  });

  const OVERVIEW = {
    accountEquity: 394.439280806,
    unrealisedPNL: 20.15278,
    marginBalance: 371.394298816,
    positionMargin: 102.20664159,
    orderMargin: 10.06002012,
    frozenFunds: 0.0,
    availableBalance: 290.326799096,
    currency: 'USDT',
    riskRatio: 0.0065289525,
    maxWithdrawAmount: 290.326419096,
  };

  it('of futures leave out what is not realised', () => {
    expect(plain(swapBalance(json(OVERVIEW)))).toMatchObject({
      wallet: 'linear_swap',
      total: '374.286500806',
      free: '290.326799096',
    });
    expect(plain(marginFrom(json(OVERVIEW)))).toEqual({
      wallet: 'linear_swap',
      marginBalance: '394.439280806',
      maintenanceMargin: '2.57527533',
    });
  });

  const POSITION = {
    id: '500000000000988255',
    symbol: 'XBTUSDTM',
    crossMode: false,
    currentQty: -20,
    isOpen: true,
    markPrice: 68_900.7,
    posMaint: 0.3931320569,
    maintMargin: 23.9795045843,
    unrealisedPnl: 1.4698,
    avgEntryPrice: 67_430.9,
    liquidationPrice: 45_314.33,
    settleCurrency: 'USDT',
    marginMode: 'ISOLATED',
    positionSide: 'BOTH',
    leverage: 2.88,
  };

  it('an isolated position has its own margin, a crossed one none', () => {
    expect(plain(positionFrom(json(POSITION), names.linear_swap))).toEqual({
      symbol: 'BTC/USDT:USDT',
      positionSide: 'net',
      quantity: '-0.02',
      entryPrice: '67430.9',
      markPrice: '68900.7',
      leverage: '2.88',
      marginMode: 'isolated',
      liquidationPrice: '45314.33',
      maintenanceMargin: '0.3931320569',
      isolatedMargin: '23.9795045843',
      unrealizedPnl: '1.4698',
    });
    const crossed = { ...POSITION, marginMode: 'CROSS', liquidationPrice: 0 };
    expect(plain(positionFrom(json(crossed), names.linear_swap))).toMatchObject({
      maintenanceMargin: null,
      isolatedMargin: null,
      liquidationPrice: 'none',
    });
  });

  it('settings are read as they are', () => {
    expect(positionModeFrom(json({ positionMode: 1 }))).toBe('hedged');
    expect(positionModeFrom(json({ positionMode: 0 }))).toBe('one_way');
    expect(
      plain(
        settingsFrom(
          json({ symbol: 'XBTUSDTM', leverage: '3' }),
          json({ symbol: 'XBTUSDTM', marginMode: 'CROSS' }),
        ),
      ),
    ).toEqual({ leverage: '3', marginMode: 'cross' });
  });
});

describe('messages', () => {
  const spot = new PrivateMessages(names.spot);
  const read = (messages: PrivateMessages, message: object) => messages.read(JSON.stringify(message));
  const order = (data: object) => ({
    topic: '/spotMarket/tradeOrdersV2',
    type: 'message',
    subject: 'orderChange',
    userId: '633559791e1cbc0001f319bc',
    channelType: 'private',
    data,
  });
  const OPEN = {
    canceledSize: '0',
    clientOid: '5c52e11203aa677f33e493fb',
    filledSize: '0',
    orderId: '6720ecd9ec71f4000747731a',
    orderTime: 1_730_211_033_305,
    orderType: 'limit',
    originSize: '0.00001',
    price: '50000',
    remainSize: '0.00001',
    side: 'buy',
    size: '0.00001',
    status: 'open',
    symbol: 'BTC-USDT',
    ts: '1730211033335000000',
    type: 'open',
  };

  it('an order that was received says nothing yet, one that rests is open', () => {
    const { canceledSize: _c, filledSize: _f, remainSize: _r, size: _s, ...common } = OPEN;
    expect(read(spot, order({ ...common, status: 'new', type: 'received' }))).toEqual([]);
    expect(plain(read(spot, order(OPEN)))).toMatchObject([
      {
        kind: 'order',
        report: { status: 'open', quantity: '0.00001', price: '50000', updatedAt: 1_730_211_033_335 },
      },
    ]);
  });

  it('a match is a state, and an execution that has to be read; none is taken that no message announced', () => {
    const match = {
      ...OPEN,
      type: 'match',
      status: 'match',
      filledSize: '0.000004',
      matchPrice: '50000',
      matchSize: '0.000004',
      tradeId: '11067996711960577',
      liquidity: 'taker',
    };
    expect(plain(read(spot, order(match)))).toMatchObject([
      { kind: 'order', report: { status: 'partially_filled', filledQuantity: '0.000004' } },
      { kind: 'unstated', symbol: 'BTC/USDT', venueOrderId: OPEN.orderId },
    ]);
    const fill = fillFrom(
      json({
        orderId: OPEN.orderId,
        tradeId: '11067996711960577',
        symbol: 'BTC-USDT',
        side: 'buy',
        liquidity: 'taker',
        price: '50000',
        size: '0.000004',
        fee: '0',
        feeCurrency: 'USDT',
        createdAt: 1,
      }),
      names.spot,
    );
    expect(spot.hasMatched(fill)).toBe(true);
    expect(spot.hasMatched({ ...fill, tradeId: '1' as typeof fill.tradeId })).toBe(false);
  });

  it('an end is filled or canceled', () => {
    const end = (type: string, filledSize: string) =>
      read(spot, order({ ...OPEN, type, status: 'done', filledSize }));
    expect(end('filled', '0.00001')).toMatchObject([{ report: { status: 'filled' } }]);
    expect(end('canceled', '0')).toMatchObject([{ report: { status: 'canceled' } }]);
  });

  it('other pairs are none of ours', () => {
    expect(read(spot, order({ ...OPEN, symbol: 'NOPE-USDT' }))).toEqual([]);
    expect(() => read(spot, order({ ...OPEN, type: 'other' }))).toThrow(MalformedAnswer);
  });

  const balance = (relationEvent: string) => ({
    topic: '/account/balance',
    type: 'message',
    subject: 'account.balance',
    data: { currency: 'USDT', total: '21', available: '20', hold: '1', relationEvent, time: '1730269283892' },
  });

  it('a balance that moved for another reason than an order is news of the account', () => {
    expect(read(spot, balance('trade.hold'))).toEqual([]);
    expect(read(spot, balance('trade.setted'))).toEqual([]);
    expect(read(spot, balance('trade.transfer'))).toEqual([{ kind: 'account' }]);
    expect(read(spot, { id: 'p', type: 'pong' })).toEqual([]);
  });

  it('futures: lots, with or without the contract in the topic', () => {
    const swap = new PrivateMessages(names.linear_swap);
    const data = { ...OPEN, symbol: 'XBTUSDTM', size: '10', filledSize: '4', marginMode: 'CROSS' };
    for (const topic of ['/contractMarket/tradeOrders', '/contractMarket/tradeOrders:XBTUSDTM'])
      for (const subject of ['orderChange', 'symbolOrderChange'])
        expect(plain(read(swap, { topic, subject, type: 'message', data }))).toMatchObject([
          {
            report: {
              symbol: 'BTC/USDT:USDT',
              quantity: '0.01',
              filledQuantity: '0.004',
              status: 'partially_filled',
            },
          },
        ]);
    const wallet = (timestamp: string) =>
      read(swap, {
        topic: '/contractAccount/wallet',
        type: 'message',
        subject: 'walletBalance.change',
        data: { currency: 'USDT', walletBalance: '81', timestamp },
      });
    expect(wallet('1730211033835')).toEqual([]);
    expect(wallet('1730211039999')).toEqual([{ kind: 'account' }]);
    const position = (changeReason: string) =>
      read(swap, {
        topic: '/contract/position:XBTUSDTM',
        subject: 'position.change',
        data: { changeReason },
      });
    expect(position('positionChange')).toEqual([]);
    expect(position('liquidation')).toEqual([{ kind: 'account' }]);
  });
});

describe('account records', () => {
  const entry = {
    id: '254062248624417',
    currency: 'USDT',
    amount: '1.59760080',
    fee: '0.00159920',
    tax: '0',
    balance: '26.73759503',
    accountType: 'TRADE_HF',
    bizType: 'TRADE_EXCHANGE',
    direction: 'in',
    createdAt: '1728443957539',
    context: '{"symbol":"BTC-USDT","orderId":"6705f6350dc7210007d6a36d","tradeId":"10046097631627265"}',
  };

  it('of spot: signed by their direction, without what executions say', () => {
    const moved = { ...entry, id: '2', bizType: 'TRANSFER', direction: 'out', context: '' };
    expect(plain(spotRecordsFrom(rowsOf([entry, moved]), names.spot).records)).toEqual([
      {
        recordId: 'spot 2',
        kind: 'transfer_out',
        venueKind: 'TRANSFER',
        wallet: 'spot',
        asset: 'USDT',
        amount: '-1.5976008',
        symbol: null,
        positionSide: 'net',
        tradeId: null,
        at: 1_728_443_957_539,
      },
    ]);
    expect(spotRecordsFrom(rowsOf([entry, moved]), names.spot).traded).toEqual([
      { symbol: 'BTC/USDT', at: 1_728_443_957_539 },
    ]);
    expect(spotRecordsFrom(rowsOf([{ ...moved, bizType: 'Of tomorrow' }]), names.spot).records).toMatchObject(
      [{ kind: 'other', venueKind: 'Of tomorrow' }],
    );
  });

  it('of futures: whatever sign the venue writes, the type decides; what is pending has moved nothing', () => {
    const transfer = {
      time: 1_728_665_747_000,
      type: 'TransferIn',
      amount: 0.01,
      fee: 0.0,
      accountEquity: 14.02924938,
      status: 'Completed',
      remark: 'Transferred from High-Frequency Trading Account',
      offset: 51_360_793,
      currency: 'USDT',
    };
    const rows = [
      transfer,
      { ...transfer, type: 'TransferOut', offset: 2 },
      { ...transfer, type: 'RealisedPNL', offset: 3 },
      { ...transfer, type: 'Withdrawal', offset: 4, amount: -5, status: 'Pending' },
    ];
    expect(plain(swapRecordsFrom(rowsOf(rows)))).toMatchObject([
      { recordId: 'swap 51360793', kind: 'transfer_in', amount: '0.01' },
      { recordId: 'swap 2', kind: 'transfer_out', amount: '-0.01' },
    ]);
  });

  it('funding is below zero where it was paid', () => {
    const payment = {
      id: 1_472_387_374_042_586,
      symbol: 'XBTUSDTM',
      timePoint: 1_731_470_400_000,
      fundingRate: 6.41e-4,
      markPrice: 87_139.92,
      positionQty: 1,
      positionCost: 87.13992,
      funding: -0.05585669,
      settleCurrency: 'USDT',
    };
    expect(plain(fundingRecordFrom(json(payment), names.linear_swap))).toMatchObject({
      recordId: 'funding 1472387374042586',
      kind: 'funding',
      symbol: 'BTC/USDT:USDT',
      amount: '-0.05585669',
      at: 1_731_470_400_000,
    });
  });
});

describe('market data', () => {
  it('of futures: sizes of books and trades are lots', () => {
    const swap = LISTED.linear_swap.instrument;
    const book = { sequence: 1, symbol: 'XBTUSDTM', bids: [[66968, 2]], asks: [[66968.1, 13501]], ts: 0 };
    const text = JSON.stringify(book).replace('"ts":0', '"ts":1729168101216000000');
    expect(plain(bookFrom(parseExactJson(text), swap, 5, 7))).toEqual({
      symbol: 'BTC/USDT:USDT',
      bids: [{ price: '66968', quantity: '0.002' }],
      asks: [{ price: '66968.1', quantity: '13.501' }],
      venueAt: 1_729_168_101_216,
      receivedAt: 7,
    });
    const rows = [[1_728_576_000_000, 60791.1, 61035, 58940, 60300, 5501167]];
    expect(plain(candlesFrom(json(rows), swap, '8h', 0))).toMatchObject([
      { openedAt: 1_728_576_000_000, close: '60300', high: '61035', volume: '5501.167', quoteVolume: null },
    ]);
  });

  it('of spot: candles in seconds and another order of figures, trades oldest first', () => {
    const { instrument } = LISTED.spot;
    const rows = [
      ['1566789720', '10411.5', '10401.9', '10411.5', '10396.3', '29.11357276', '302889.301529914'],
      ['1566789660', '10416', '10411.5', '10422.3', '10411.5', '15.61781842', '162703.708997029'],
    ];
    expect(plain(candlesFrom(json(rows), instrument, '1m', 0))).toMatchObject([
      { openedAt: 1_566_789_660_000, open: '10416', close: '10411.5', high: '10422.3', low: '10411.5' },
      { openedAt: 1_566_789_720_000, volume: '29.11357276', quoteVolume: '302889.301529914' },
    ]);
    const trades =
      '[{"sequence":"10976028003549188","price":"67122","size":"0.01792257","side":"buy","time":1729177117877000000},' +
      '{"sequence":"10976028003549185","price":"67122","size":"0.000025","side":"sell","time":1729177117876000000}]';
    expect(plain(tradesFrom(parseExactJson(trades), instrument))).toMatchObject([
      { tradeId: '10976028003549185', takerSide: 'sell', executedAt: 1_729_177_117_876 },
      { tradeId: '10976028003549188', takerSide: 'buy' },
    ]);
    const day = {
      time: 1_729_175_612_158,
      symbol: 'BTC-USDT',
      changeRate: '-0.0114',
      changePrice: '-778.1',
      high: '68107.7',
      low: '66683.3',
      vol: '1738.02898182',
      volValue: '117321982.415978333',
      last: '66981.5',
    };
    expect(plain(dayFiguresFrom(json(day), instrument))).toMatchObject({
      last: '66981.5',
      open: '67759.6',
      change: '-778.1',
      changePercent: '-1.14',
      volume: '1738.02898182',
    });
  });
});

it('a key that may transfer may withdraw', () => {
  const key = {
    apiKey: '6705f5c311545b000157d3eb',
    permission: 'General,Futures,Spot,Earn,InnerTransfer,Transfer,Margin',
    ipWhitelist: '203.**.154,103.**.34',
  };
  expect(permissionsFrom(json(key))).toEqual({
    canRead: true,
    canTradeSpot: true,
    canTradeSwaps: true,
    canWithdraw: true,
    canTransfer: true,
    restrictedToAddresses: true,
  });
  expect(permissionsFrom(json({ ...key, permission: 'General, Spot', ipWhitelist: '' }))).toEqual({
    canRead: true,
    canTradeSpot: true,
    canTradeSwaps: false,
    canWithdraw: false,
    canTransfer: false,
    restrictedToAddresses: false,
  });
});
