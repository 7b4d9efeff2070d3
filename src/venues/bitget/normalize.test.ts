/** Payloads in this file have the shapes of the unified account's documentation (`testing/payloads.ts`). */
import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { MalformedAnswer, asObject, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { pageOf } from './history.ts';
import { permissionsFrom } from './key-check.ts';
import { candlesFrom, dayFiguresFrom, tradesFrom } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import {
  balancesFrom,
  collateralCoins,
  collateralTiers,
  flatPositions,
  marginFrom,
  positionFrom,
  positionRows,
  settingsFrom,
} from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { fillFrom } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';
import { recordsFrom } from './normalize-records.ts';
import {
  ASSETS,
  BTC_SPOT,
  BTC_SWAP,
  DISCOUNT_RATES,
  FILL,
  FILL_ROW,
  KEY_INFORMATION,
  ORDER,
  ORDER_ROW,
  POSITION,
  RECORD,
  SETTINGS,
} from './testing/payloads.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const [SPOT] = parseSpotInstruments([json(BTC_SPOT)]);
const [SWAP] = parseSwapInstruments([json(BTC_SWAP)]);

function namesOf(): Readonly<Record<InstrumentKind, Names>> {
  const table = new MarketTable();
  table.put('spot', SPOT === undefined ? [] : [SPOT]);
  table.put('linear_swap', SWAP === undefined ? [] : [SWAP]);
  const markets = new MarketsOfKinds(table, ['spot', 'linear_swap']);
  return { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
}
const names = namesOf();

describe('instruments', () => {
  it('reads a spot pair by its decimal places, and no bound where the venue writes zero', () => {
    expect(plain(SPOT)).toMatchObject({
      venueSymbol: 'BTCUSDT',
      instrument: {
        symbol: 'BTC/USDT',
        tickSize: '0.01',
        lotSize: '0.000001',
        minQuantity: '0.000001',
        maxQuantity: null,
        maxMarketQuantity: null,
        minNotional: '1',
        priceBand: {
          reference: 'mark',
          buy: { down: null, up: '1.02' },
          sell: { down: '0.97', up: null },
        },
        buyFeeTakenFrom: 'base',
        active: true,
      },
    });
  });

  it('reads a perpetual, whose step may be wider than its last digit', () => {
    expect(plain(SWAP)).toMatchObject({
      instrument: {
        symbol: 'BTC/USDT:USDT',
        tickSize: '0.5',
        lotSize: '0.0001',
        maxQuantity: '1200',
        maxMarketQuantity: '220',
        minNotional: '5',
        contractSize: '1',
        buyFeeTakenFrom: 'quote',
      },
    });
  });

  it('passes over dated contracts and those of other coins, and trades nothing that is not online', () => {
    const list = [
      { ...BTC_SWAP, type: 'delivery' },
      { ...BTC_SWAP, quoteCoin: 'USDC' },
      { ...BTC_SWAP, symbol: 'BIOUSDT', baseCoin: 'BIO', status: 'limit_open' },
      { ...BTC_SWAP, symbol: '1000BONKUSDT', baseCoin: '1000BONK' },
    ];
    const listed = parseSwapInstruments(list.map(json));
    expect(listed.map(({ venueSymbol, instrument }) => [venueSymbol, instrument.active])).toEqual([
      ['BIOUSDT', false],
      ['1000BONKUSDT', true],
    ]);
  });
});

describe('orders', () => {
  it('have their figures digit for digit, and the side of a hedged position', () => {
    expect(plain(orderFrom(json(ORDER), names.linear_swap))).toEqual({
      symbol: 'BTC/USDT:USDT',
      venueOrderId: '1320244799629316096',
      venueClientOrderId: '1320244799633510400',
      status: 'partially_filled',
      side: 'buy',
      positionSide: 'long',
      quantity: '0.123456789012345678',
      price: '107000.5',
      filledQuantity: '0.1',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1_750_130_415_012,
    });
  });

  it('of one-way mode are net whatever side is shown, and so are those of spot', () => {
    const oneWay = { ...ORDER, holdMode: 'one_way_mode' };
    expect(orderFrom(json(oneWay), names.linear_swap).positionSide).toBe('net');
    const spot = { ...ORDER, category: 'SPOT', holdMode: '', posSide: '' };
    expect(orderFrom(json(spot), names.spot).positionSide).toBe('net');
  });

  it('that bought on spot at the market have no quantity: the venue sizes them in the quote coin', () => {
    const market = { ...ORDER, orderType: 'market', qty: '100', price: '0', holdMode: '' };
    expect(orderFrom(json(market), names.spot)).toMatchObject({ quantity: null, price: null });
    const sale = orderFrom(json({ ...market, side: 'sell' }), names.spot);
    expect(sale.quantity?.toString()).toBe('100');
  });

  it.each([
    ['live', 'open'],
    ['new', 'open'],
    ['partially_filled', 'partially_filled'],
    ['filled', 'filled'],
    ['cancelled', 'canceled'],
    ['canceled', 'canceled'],
  ])('"%s" is %s', (orderStatus, status) => {
    expect(orderFrom(json({ ...ORDER, orderStatus }), names.linear_swap).status).toBe(status);
  });

  it('name why they ended where their owner did not ask for it', () => {
    const reasonOf = (cancelReason: string) =>
      orderFrom(json({ ...ORDER, orderStatus: 'cancelled', cancelReason }), names.linear_swap).venueReason;
    expect(reasonOf('normal_cancel')).toBe('');
    expect(reasonOf('post_only_fill_cancel')).toBe('post_only_fill_cancel');
  });

  it('of a status that nobody documented are not guessed', () => {
    expect(() => orderFrom(json({ ...ORDER, orderStatus: 'init' }), names.linear_swap)).toThrow(
      MalformedAnswer,
    );
  });
});

describe('executions', () => {
  const sideOf = (change: object, mode: 'one_way' | 'hedged' | null = 'hedged') =>
    fillFrom(json({ ...FILL, ...change }), names.linear_swap, mode).positionSide;

  it('have what was paid for a fee above zero', () => {
    expect(plain(fillFrom(json(FILL), names.linear_swap, 'one_way'))).toMatchObject({
      symbol: 'BTC/USDT:USDT',
      tradeId: '1320280203384565760',
      venueOrderId: '1320280203338432512',
      side: 'sell',
      positionSide: 'net',
      price: '107005.4',
      quantity: '0.0001',
      fee: '0.00642',
      feeAsset: 'USDT',
      liquidity: 'taker',
      realizedPnl: '-0.0055',
      executedAt: 1_750_138_872_000,
    });
  });

  it.each([
    [
      [
        { feeCoin: 'BTC', fee: '0' },
        { feeCoin: 'BGB', fee: '0.002' },
      ],
      '0.002',
      'BGB',
    ],
    [[{ feeCoin: 'USDT', fee: '-0.001' }], '-0.001', 'USDT'],
    [[{ feeCoin: null, fee: null }], '0', null],
    [[], '0', null],
  ])('that were paid by %o', (feeDetail, fee, feeAsset) => {
    const spot = { ...FILL, category: 'SPOT', tradeSide: '', feeDetail };
    expect(plain(fillFrom(json(spot), names.spot, null))).toMatchObject({ fee, feeAsset, realizedPnl: null });
  });

  it.each([
    ['buy', 'open', 'long'],
    ['sell', 'open', 'short'],
    ['buy', 'close', 'short'],
    ['sell', 'close', 'long'],
    ['sell', 'close_long', 'long'],
    ['buy', 'burst_close_short', 'short'],
    ['buy', 'buy_single', 'net'],
  ])('that %s to %s in hedge mode are of the %s position', (side, tradeSide, positionSide) => {
    expect(sideOf({ side, tradeSide })).toBe(positionSide);
  });

  it('are net in one-way mode, and of no position that a word does not name', () => {
    expect(sideOf({ tradeSide: 'close' }, 'one_way')).toBe('net');
    expect(() => sideOf({ tradeSide: 'sideways' })).toThrow('of no position');
  });
});

describe('messages', () => {
  const messages = new PrivateMessages({
    kinds: ['spot', 'linear_swap'],
    names,
    mode: { value: 'hedged' },
  });
  const read = (topic: string, data: readonly object[], ts = 1_742_367_838_128): unknown =>
    plain(messages.read(JSON.stringify({ action: 'snapshot', arg: { instType: 'UTA', topic }, data, ts })));

  it('have an order and its execution apart', () => {
    expect(read('order', [ORDER_ROW])).toMatchObject([
      {
        kind: 'order',
        report: { status: 'filled', positionSide: 'long', quantity: '0.001', price: null },
        fill: null,
      },
    ]);
    expect(read('fill', [FILL_ROW])).toMatchObject([
      { kind: 'fill', fill: { positionSide: 'long', side: 'sell', executedAt: 1_742_367_838_125 } },
    ]);
  });

  it('of other products, and of kinds that the account does not trade, are passed over', () => {
    expect(read('order', [{ ...ORDER_ROW, category: 'coin-futures', symbol: 'BTCUSD' }])).toEqual([]);
    expect(read('fill', [{ ...FILL_ROW, category: 'usdt-futures', symbol: 'NEWUSDT' }])).toEqual([]);
    const spotAlone = new PrivateMessages({ kinds: ['spot'], names, mode: { value: null } });
    const body = { arg: { instType: 'UTA', topic: 'order' }, data: [ORDER_ROW], ts: 1 };
    expect(spotAlone.read(JSON.stringify(body))).toEqual([]);
  });

  it('of the account count where a balance has moved and no order explains it', () => {
    const at = 1_742_400_000_000;
    const account = (balance: string, unrealisedPnL = '0') => [
      { unrealisedPnL, totalEquity: '1', coin: [{ coin: 'USDT', balance, available: '1' }] },
    ];
    // The first shows the state of a subscription, later ones come whether or not something changed.
    expect(read('account', account('10'), at)).toEqual([]);
    expect(read('account', account('10', '-5'), at + 5_000)).toEqual([]);
    expect(read('account', account('11'), at + 10_000)).toEqual([{ kind: 'account' }]);
    read('order', [ORDER_ROW], at + 20_000);
    expect(read('account', account('12'), at + 20_005)).toEqual([]);
    expect(read('account', account('12'), at + 25_000)).toEqual([]);
  });

  it('that are pongs and answers are passed over', () => {
    expect(messages.read('pong')).toEqual([]);
    expect(messages.read('{"event":"subscribe","arg":{"instType":"UTA","topic":"order"}}')).toEqual([]);
    expect(messages.read('{"event":"login","code":0}')).toEqual([]);
  });
});

describe('balances', () => {
  const tiers = collateralTiers(json(DISCOUNT_RATES));
  const ratesUnder = (collateral: object) =>
    plain(
      balancesFrom(json(ASSETS), { tiers, isCollateral: collateralCoins(json(collateral)) }).map(
        ({ asset, collateralRate }) => [asset, collateralRate],
      ),
    );

  it('are less the debt, and free as far as they go', () => {
    expect(plain(balancesFrom(json(ASSETS), null))).toMatchObject([
      {
        wallet: 'unified',
        asset: 'USDT',
        total: '6.193008264738291827',
        free: '4.5',
        lockedByOrders: '1.5',
        collateralRate: null,
      },
      { asset: 'BTC', total: '1.5', free: '1.5' },
      { asset: 'BGB' },
    ]);
  });

  it('count as collateral by the choice of the account, at the rate of the tier in which their worth ends', () => {
    const all = [
      ['USDT', '1'],
      ['BTC', '0.9'],
      ['BGB', '0.85'],
    ];
    expect(ratesUnder({ collateralType: 'all' })).toEqual(all);
    expect(ratesUnder({ collateralType: 'mainstream' })).toEqual([...all.slice(0, 2), ['BGB', null]]);
    expect(ratesUnder({ collateralType: 'custom', collateralCoins: 'USDT,BGB' })).toEqual([
      ['USDT', '1'],
      ['BTC', null],
      ['BGB', '0.85'],
    ]);
  });

  it('have the margin behind them after the haircut', () => {
    expect(plain(marginFrom(json(ASSETS)))).toEqual({
      wallet: 'unified',
      marginBalance: '9061.132442',
      maintenanceMargin: '12.5',
    });
  });
});

describe('positions', () => {
  const position = (change: object) =>
    plain(positionFrom(asObject(json({ ...POSITION, ...change }), 'position'), names.linear_swap));

  it('are net and below zero where one-way mode is short', () => {
    expect(position({})).toEqual({
      symbol: 'BTC/USDT:USDT',
      positionSide: 'net',
      quantity: '-0.02',
      entryPrice: '60000.1',
      markPrice: '60010',
      leverage: '20',
      marginMode: 'cross',
      liquidationPrice: 'none',
      maintenanceMargin: null,
      isolatedMargin: null,
      unrealizedPnl: '-0.2',
    });
  });

  it('are of a side in hedge mode', () => {
    const hedged = { holdMode: 'hedge_mode', posSide: 'long', marginMode: 'isolated', liquidationPrice: '5' };
    expect(position(hedged)).toMatchObject({
      positionSide: 'long',
      quantity: '0.02',
      liquidationPrice: '5',
      isolatedMargin: '57.2',
    });
    expect(position({ liquidationPrice: '' })).toMatchObject({ liquidationPrice: null });
  });

  it('may have no list', () => {
    expect(positionRows(json({ list: null }))).toEqual([]);
  });

  it('that a swap does not list, asked by its name, are flat', () => {
    if (SWAP === undefined) expect.fail('not listed');
    const hedged = settingsFrom(json(SETTINGS));
    const long = { ...POSITION, holdMode: 'hedge_mode', posSide: 'long' };
    const open = [positionFrom(asObject(json(long), 'position'), names.linear_swap)];
    expect(plain(flatPositions(SWAP, hedged, open))).toMatchObject([
      { symbol: 'BTC/USDT:USDT', positionSide: 'short', quantity: '0', leverage: '10', marginMode: 'cross' },
    ]);
    const oneWay = settingsFrom(json({ ...SETTINGS, holdMode: 'one_way_mode', symbolConfigList: null }));
    expect(plain(flatPositions(SWAP, oneWay, []))).toMatchObject([
      { positionSide: 'net', quantity: '0', leverage: null, marginMode: null },
    ]);
    expect(flatPositions(SWAP, hedged, [...open, ...flatPositions(SWAP, hedged, open)])).toEqual([]);
  });
});

describe('settings', () => {
  it('have the position mode, and what was set for a swap', () => {
    const settings = settingsFrom(json(SETTINGS));
    expect(settings.positionMode).toBe('hedged');
    expect(plain(settings.swapSettings('BTCUSDT'))).toEqual({ leverage: '10', marginMode: 'cross' });
    expect(settings.swapSettings('BTCUSD')).toEqual({ leverage: null, marginMode: null });
  });

  it.each([
    [{}, null],
    [{ accountMode: 'hybrid', accountLevel: 'basic' }, null],
    [{ accountLevel: 'advanced' }, null],
    [{ accountMode: 'upgrading' }, 'not unified'],
    [{ accountMode: 'switching' }, 'not unified'],
    [{ accountLevel: 'isolated' }, 'isolated mode'],
    [{ accountLevel: 'delta' }, 'delta mode'],
    [{ assetMode: 'single_asset' }, 'margin in one coin'],
  ])('of an account with %o are taken unless their fault is named: %s', (change, words) => {
    const { fault } = settingsFrom(json({ ...SETTINGS, ...change }));
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toContain(words);
  });
});

describe('keys', () => {
  it('say what they may do', () => {
    expect(permissionsFrom(json(KEY_INFORMATION))).toEqual({
      canRead: true,
      canTradeSpot: true,
      canTradeSwaps: true,
      canWithdraw: false,
      canTransfer: false,
      restrictedToAddresses: false,
    });
    const may = (change: object) => permissionsFrom(json({ ...KEY_INFORMATION, ...change }));
    expect(may({ permType: 'read-only' })).toMatchObject({ canTradeSpot: false, canTradeSwaps: false });
    expect(may({ permissions: ['withdraw'], ips: '10.0.0.1' })).toMatchObject({
      canTradeSpot: false,
      canWithdraw: true,
      canTransfer: true,
      restrictedToAddresses: true,
    });
  });
});

describe('account records', () => {
  it.each([
    [{}, 'funding', '-0.00123'],
    [{ type: 'CONTRACT_MAIN_SETTLE_FEE_USER_IN', amount: '2' }, 'funding', '2'],
    [{ type: 'TRANSFER_IN', amount: '5' }, 'transfer_in', '5'],
    [{ type: 'TRANSFER_OUT', amount: '-5' }, 'transfer_out', '-5'],
    [{ type: 'LIQ_FEE' }, 'liquidation_fee', '-0.00123'],
    [{ type: 'RISK_LIQ_USER_IN', amount: '7' }, 'insurance', '7'],
    [{ type: 'INTEREST_SETTLEMENT_OUT' }, 'interest', '-0.00123'],
    [{ type: 'EXCHANGE_TARGET_TOKEN_USER_IN', amount: '1' }, 'conversion', '1'],
    [{ type: 'A_TYPE_OF_TOMORROW', fee: '-0.001' }, 'other', '-0.00223'],
  ])('%o is %s of %s', (change, kind, amount) => {
    expect(plain(recordsFrom([json({ ...RECORD, ...change })], names).records)).toMatchObject([
      { kind, amount, symbol: 'BTC/USDT:USDT', wallet: 'unified', asset: 'USDT', at: 1_751_020_440_173 },
    ]);
  });

  it.each([
    ['SPOT', 'ORDER_DEALT_IN'],
    ['SPOT', 'ORDER_PLF_FEE_OUT'],
    ['USDT-FUTURES', 'OPEN_LONG'],
    ['USDT-FUTURES', 'BURST_CLOSE_SHORT'],
    ['USDT-FUTURES', 'SELL_DEAL'],
  ])('of %s leave out %s of our instruments, and keep it of others', (category, type) => {
    const entry = { ...RECORD, category, type };
    expect(recordsFrom([json(entry)], names)).toEqual({
      records: [],
      traded: [{ symbol: category === 'SPOT' ? 'BTC/USDT' : 'BTC/USDT:USDT', at: Number(RECORD.ts) }],
    });
    expect(
      recordsFrom([json({ ...entry, category: 'USDC-FUTURES', symbol: 'BTCPERP' })], names),
    ).toMatchObject({ records: [{ kind: 'commission', symbol: null }], traded: [] });
  });

  it('have ids that no other entry has', () => {
    const twins = [RECORD, { ...RECORD, coin: 'BGB' }, { ...RECORD, category: 'OTHER' }].map(json);
    expect(new Set(recordsFrom(twins, names).records.map(({ recordId }) => recordId)).size).toBe(3);
  });
});

describe('lists', () => {
  it('end with a page without rows, whatever cursor it carries', () => {
    expect(pageOf(json({ list: [{ orderId: '1' }], cursor: '1' })).next).toBe('1');
    expect(pageOf(json({ list: [], cursor: '1' })).next).toBeNull();
    expect(pageOf(json({ list: null, cursor: null }))).toEqual({ items: [], next: null });
  });
});

describe('market data', () => {
  it('has trades oldest first, though the venue lists them newest first', () => {
    const trade = (execId: string, ts: string) => ({ execId, price: '1.5', size: '2', side: 'sell', ts });
    expect(plain(tradesFrom(json([trade('2', '20'), trade('1', '10')])))).toEqual([
      { tradeId: '1', price: '1.5', quantity: '2', takerSide: 'sell', executedAt: 10 },
      { tradeId: '2', price: '1.5', quantity: '2', takerSide: 'sell', executedAt: 20 },
    ]);
  });

  it('has candles in the order of their times', () => {
    const candle = (at: string) => [at, '1', '3', '0.5', '2', '10', '20'];
    const candles = candlesFrom(json([candle('120000'), candle('60000')]), '1m', 1_000_000);
    expect(candles.map(({ openedAt, close }) => [openedAt, close.toString()])).toEqual([
      [60_000, '2'],
      [120_000, '2'],
    ]);
  });

  it('has the figures of a day', () => {
    const ticker = {
      symbol: 'BTCUSDT',
      lastPrice: '110',
      openPrice24h: '100',
      highPrice24h: '120',
      lowPrice24h: '90',
      volume24h: '5',
      turnover24h: '550',
      price24hPcnt: '0.1',
    };
    expect(plain(dayFiguresFrom(json([ticker])))).toMatchObject({ last: '110', changePercent: '10' });
    expect(() => dayFiguresFrom(json([]))).toThrow(MalformedAnswer);
  });

  it('knows a swap by its own name beside the spot pair of the same', () => {
    expect(names.spot.symbol('BTCUSDT')).toBe(instrumentSymbol('BTC/USDT'));
    expect(names.linear_swap.symbol('BTCUSDT')).toBe(instrumentSymbol('BTC/USDT:USDT'));
  });
});
