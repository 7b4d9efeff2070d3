/**
 * Payloads in this file have the shapes of the official documentation (rest-api.md and user-data-stream.md of
 * binance-spot-api-docs; the USD-M futures pages), with figures of our own where exactness is at stake.
 */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import { MalformedAnswer, asObject, parseExactJson } from '../ccxt/exact-json.ts';
import { tradedInstruments } from './normalize-records.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { parseRateLimits, parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import {
  spotBalances,
  swapBalances,
  swapMargin,
  swapPositions,
  symbolSettings,
} from './normalize-account.ts';
import { incomeRecords } from './normalize-records.ts';
import { spotStreamEvent, swapStreamEvent } from './normalize-events.ts';
import { fillFromTrade, fillsFromAck } from './normalize-fills.ts';
import { algoOrderFromRest, orderFromRest } from './normalize-orders.ts';
import { topFromRest, topFromStream } from './quote-feed.ts';

const spotInfo = {
  timezone: 'UTC',
  serverTime: 1565246363776,
  rateLimits: [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
    { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200000 },
    { rateLimitType: 'RAW_REQUESTS', interval: 'FORTNIGHT', intervalNum: 1, limit: 1 },
  ],
  symbols: [
    {
      symbol: 'LTCBTC',
      status: 'TRADING',
      baseAsset: 'LTC',
      baseAssetPrecision: 8,
      quoteAsset: 'BTC',
      quoteAssetPrecision: 8,
      isSpotTradingAllowed: true,
      filters: [
        {
          filterType: 'PRICE_FILTER',
          minPrice: '0.00000100',
          maxPrice: '100000.00000000',
          tickSize: '0.00000100',
        },
        { filterType: 'LOT_SIZE', minQty: '0.00100000', maxQty: '100000.00000000', stepSize: '0.00100000' },
        { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '1000.5', stepSize: '0.00000000' },
        {
          filterType: 'NOTIONAL',
          minNotional: '0.00010000',
          applyMinToMarket: true,
          maxNotional: '9000000.0',
        },
        {
          filterType: 'PERCENT_PRICE_BY_SIDE',
          bidMultiplierUp: '5',
          bidMultiplierDown: '0.2',
          askMultiplierUp: '4',
          askMultiplierDown: '0.3',
        },
      ],
    },
    {
      symbol: 'OLDBTC',
      status: 'BREAK',
      baseAsset: 'OLD',
      baseAssetPrecision: 6,
      quoteAsset: 'BTC',
      quoteAssetPrecision: 8,
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '0.00', maxPrice: '0.00', tickSize: '0.00' },
        { filterType: 'MIN_NOTIONAL', minNotional: '10.00' },
      ],
    },
  ],
};

const swapInfo = {
  rateLimits: [],
  symbols: [
    {
      symbol: 'BTCUSDT',
      pair: 'BTCUSDT',
      contractType: 'PERPETUAL',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      pricePrecision: 2,
      quantityPrecision: 3,
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '556.80', maxPrice: '4529764', tickSize: '0.10' },
        { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
        { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '120', stepSize: '0.001' },
        { filterType: 'MIN_NOTIONAL', notional: '100' },
      ],
    },
    {
      symbol: 'BTCUSDT_260327',
      contractType: 'CURRENT_QUARTER',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      filters: [],
    },
  ],
};

const parsed = (value: unknown) => parseExactJson(JSON.stringify(value));
const object = (value: unknown): JsonObject => asObject(parsed(value), 'payload');
const table = new MarketTable();
table.put('spot', parseSpotInstruments(parsed(spotInfo)));
table.put('linear_swap', parseSwapInstruments(parsed(swapInfo)));
const spot = new Names(table, 'spot');
const swap = new Names(table, 'linear_swap');
/** A value as our JSON reader returns it: decimals as text. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('instruments', () => {
  it.each([
    [
      { filterType: 'PERCENT_PRICE_BY_SIDE', bidMultiplierUp: '1.2', askMultiplierDown: '0.8' },
      { buy: { down: null, up: '1.2' }, sell: { down: '0.8', up: null } },
    ],
    [
      { filterType: 'PERCENT_PRICE', multiplierUp: '1.3', multiplierDown: '0.7' },
      { buy: { down: '0.7', up: '1.3' }, sell: { down: '0.7', up: '1.3' } },
    ],
  ])('knows a band around the average price, and none around the last one: %j', (filter, band) => {
    const bandOf = (avgPriceMins: number): unknown => {
      const symbols = [{ ...spotInfo.symbols[0], filters: [{ ...filter, avgPriceMins }] }];
      return plain(parseSpotInstruments(parsed({ ...spotInfo, symbols }))[0]?.instrument.priceBand);
    };
    expect(bandOf(5)).toEqual({ reference: 'average', ...band });
    expect(bandOf(0)).toBeNull();
  });

  it('reads spot filters exactly, and leaves open what a filter leaves open', () => {
    const [trading, old] = parseSpotInstruments(parsed(spotInfo));
    expect(trading?.venueSymbol).toBe('LTCBTC');
    expect(plain(trading?.instrument)).toEqual({
      venue: 'binance',
      symbol: 'LTC/BTC',
      kind: 'spot',
      base: 'LTC',
      quote: 'BTC',
      settle: 'BTC',
      tickSize: '0.000001',
      lotSize: '0.001',
      minQuantity: '0.001',
      maxQuantity: '100000',
      maxMarketQuantity: '1000.5',
      minNotional: '0.0001',
      minPrice: '0.000001',
      maxPrice: '100000',
      priceBand: {
        reference: 'average',
        buy: { down: '0.2', up: '5' },
        sell: { down: '0.3', up: '4' },
      },
      contractSize: '1',
      makerFeeRate: '0.001',
      takerFeeRate: '0.001',
      buyFeeTakenFrom: 'base',
      active: true,
    });
    expect(plain(old?.instrument)).toMatchObject({
      active: false,
      tickSize: '0.00000001',
      lotSize: '0.000001',
      minQuantity: '0.000001',
      maxQuantity: null,
      maxMarketQuantity: null,
      minNotional: '10',
      minPrice: null,
      maxPrice: null,
    });
  });

  it('reads perpetuals and leaves delivery contracts out', () => {
    const listed = parseSwapInstruments(parsed(swapInfo));
    expect(listed.map((one) => one.venueSymbol)).toEqual(['BTCUSDT']);
    expect(plain(listed[0]?.instrument)).toMatchObject({
      symbol: 'BTC/USDT:USDT',
      kind: 'linear_swap',
      settle: 'USDT',
      tickSize: '0.1',
      lotSize: '0.001',
      maxMarketQuantity: '120',
      minNotional: '100',
      contractSize: '1',
      buyFeeTakenFrom: 'quote',
    });
  });

  it('keeps what is listed no more, inactive, and takes new filters in', () => {
    const changing = new MarketTable();
    const listed = parseSpotInstruments(parsed(spotInfo));
    changing.put('spot', listed);
    const [first] = listed;
    if (first === undefined) expect.fail('nothing listed');
    const finer = { ...first, instrument: { ...first.instrument, tickSize: Decimal.parse('0.0000001') } };
    changing.put('spot', [finer]);
    expect(changing.get(instrumentSymbol('LTC/BTC'))?.instrument.tickSize.toString()).toBe('0.0000001');
    expect(changing.byVenueSymbol('spot', 'OLDBTC')?.active).toBe(false);
    changing.put('spot', []);
    expect(changing.byVenueSymbol('spot', 'LTCBTC')).toMatchObject({ active: false });
    expect(changing.all()).toHaveLength(2);
  });

  it('shows an account its own kinds alone', () => {
    const spotOnly = new MarketsOfKinds(table, ['spot']);
    expect(spotOnly.get(instrumentSymbol('LTC/BTC'))).toBeDefined();
    expect(spotOnly.get(instrumentSymbol('BTC/USDT:USDT'))).toBeUndefined();
    expect(spotOnly.byVenueSymbol('linear_swap', 'BTCUSDT')).toBeUndefined();
    expect(spotOnly.all().every((listed) => listed.instrument.kind === 'spot')).toBe(true);
  });

  it('reads the rate limits of known intervals', () => {
    expect(parseRateLimits(parsed(spotInfo))).toEqual([
      { type: 'REQUEST_WEIGHT', intervalMs: 60_000, limit: 6000 },
      { type: 'ORDERS', intervalMs: 10_000, limit: 100 },
      { type: 'ORDERS', intervalMs: 86_400_000, limit: 200000 },
    ]);
  });
});

const queried = {
  symbol: 'LTCBTC',
  orderId: 1,
  orderListId: -1,
  clientOrderId: 'myOrder1',
  price: '0.1',
  origQty: '1.0',
  executedQty: '0.0',
  cummulativeQuoteQty: '0.0',
  status: 'NEW',
  timeInForce: 'GTC',
  type: 'LIMIT',
  side: 'BUY',
  stopPrice: '0.0',
  icebergQty: '0.0',
  time: 1499827319559,
  updateTime: 1499827319560,
  isWorking: true,
  workingTime: 1499827319559,
  origQuoteOrderQty: '0.000000',
  selfTradePreventionMode: 'NONE',
};

describe('spot orders', () => {
  it('reads a queried order', () => {
    expect(plain(orderFromRest(parsed(queried), spot))).toEqual({
      symbol: 'LTC/BTC',
      venueOrderId: '1',
      venueClientOrderId: 'myOrder1',
      status: 'open',
      side: 'buy',
      positionSide: 'net',
      quantity: '1',
      price: '0.1',
      filledQuantity: '0',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1499827319560,
    });
  });

  it.each([
    ['NEW', 'LIMIT', true, 'open'],
    ['NEW', 'STOP_LOSS_LIMIT', false, 'untriggered'],
    ['NEW', 'STOP_LOSS_LIMIT', true, 'open'],
    ['NEW', 'TAKE_PROFIT', false, 'untriggered'],
    ['PENDING_NEW', 'LIMIT', false, 'open'],
    ['PARTIALLY_FILLED', 'LIMIT', true, 'partially_filled'],
    ['FILLED', 'LIMIT', true, 'filled'],
    ['CANCELED', 'STOP_LOSS', false, 'canceled'],
    ['PENDING_CANCEL', 'LIMIT', true, 'open'],
    ['REJECTED', 'LIMIT', false, 'rejected'],
    ['EXPIRED', 'LIMIT', false, 'expired'],
    ['EXPIRED_IN_MATCH', 'LIMIT', false, 'expired'],
  ])('%s %s working %s is %s', (status, type, isWorking, expected) => {
    expect(orderFromRest(parsed({ ...queried, status, type, isWorking }), spot).status).toBe(expected);
  });

  it('names the canceled order, not the cancel', () => {
    const canceled = {
      symbol: 'LTCBTC',
      origClientOrderId: 'myOrder1',
      orderId: 4,
      clientOrderId: 'cancelMyOrder1',
      transactTime: 1684804350068,
      price: '2.00000000',
      origQty: '1.00000000',
      executedQty: '0.00000000',
      status: 'CANCELED',
      timeInForce: 'GTC',
      type: 'LIMIT',
      side: 'BUY',
    };
    expect(orderFromRest(parsed(canceled), spot)).toMatchObject({
      venueClientOrderId: 'myOrder1',
      status: 'canceled',
      updatedAt: 1684804350068,
    });
  });

  it('itemises the fills of a full acknowledgement, digit for digit', () => {
    const acknowledged = {
      symbol: 'LTCBTC',
      orderId: '123456789012345678',
      clientOrderId: 'abc',
      transactTime: 1507725176595,
      price: '0.00000000',
      origQty: '10.00000000',
      executedQty: '10.00000000',
      status: 'FILLED',
      type: 'MARKET',
      side: 'SELL',
      fills: [
        {
          price: '123456789012.345678',
          qty: '1.000000000000000001',
          commission: '4.123456789012345678',
          commissionAsset: 'BTC',
          tradeId: 56,
        },
        { price: '3', qty: '1', commission: '0', commissionAsset: 'BTC', tradeId: -1 },
      ],
    };
    expect(plain(fillsFromAck(parsed(acknowledged), spot))).toEqual([
      {
        symbol: 'LTC/BTC',
        tradeId: '56',
        venueOrderId: '123456789012345678',
        venueClientOrderId: 'abc',
        side: 'sell',
        positionSide: 'net',
        sequence: 56,
        price: '123456789012.345678',
        quantity: '1.000000000000000001',
        fee: '4.123456789012345678',
        feeAsset: 'BTC',
        liquidity: 'taker',
        realizedPnl: null,
        executedAt: 1507725176595,
      },
    ]);
  });

  describe('the quote units of an acknowledgement', () => {
    const quotesOf = (moved: string, fills: readonly (readonly [price: string, qty: string])[]): unknown =>
      fillsFromAck(
        parsed({
          symbol: 'LTCBTC',
          orderId: 1,
          clientOrderId: 'abc',
          transactTime: 1507725176595,
          cummulativeQuoteQty: moved,
          status: 'FILLED',
          side: 'BUY',
          fills: fills.map(([price, qty], tradeId) => ({
            price,
            qty,
            commission: '0',
            commissionAsset: 'LTC',
            tradeId: tradeId + 1,
          })),
        }),
        spot,
      ).map(({ quoteQuantity }) => quoteQuantity?.toString());

    it('are those of the order where it has one execution', () => {
      expect(quotesOf('0.00057116', [['0.04169', '0.0137']])).toEqual(['0.00057116']);
      expect(quotesOf('0.04169000', [['0.04169', '1']])).toEqual([undefined]);
    });

    it('are cut at eight digits, as long as they add up to those of the order', () => {
      const fills = [
        ['0.04169', '0.0137'],
        ['0.04170', '1'],
        ['0.04171', '0.0119'],
      ] as const;
      expect(quotesOf('0.04276749', fills)).toEqual(['0.00057115', undefined, '0.00049634']);
      // Rounded otherwise than we know: the list of executions says each.
      expect(quotesOf('0.04276750', fills)).toEqual([]);
    });
  });

  it('keeps ids beyond the exact range of a double', () => {
    const body = JSON.stringify(queried).replace('"orderId":1', '"orderId":123456789012345678');
    expect(orderFromRest(parseExactJson(body), spot).venueOrderId).toBe('123456789012345678');
  });

  it.each([
    ['no id', { orderId: undefined }],
    ['an unknown status', { status: 'SLEEPING' }],
    ['an unlisted symbol', { symbol: 'NOPE' }],
    ['no side', { side: 'BOTH' }],
    ['a figure that is none', { executedQty: 'x' }],
  ])('does not read an order with %s', (_name, change) => {
    expect(() => orderFromRest(parsed({ ...queried, ...change }), spot)).toThrow(MalformedAnswer);
  });
});

describe('spot trades and balances', () => {
  it('reads a trade', () => {
    const trade = {
      symbol: 'LTCBTC',
      id: 28457,
      orderId: 100234,
      orderListId: -1,
      price: '4.00000100',
      qty: '12.00000000',
      quoteQty: '48.000012',
      commission: '10.10000000',
      commissionAsset: 'BNB',
      time: 1499865549590,
      isBuyer: true,
      isMaker: false,
      isBestMatch: true,
    };
    expect(plain(fillFromTrade(parsed(trade), spot))).toEqual({
      symbol: 'LTC/BTC',
      tradeId: '28457',
      venueOrderId: '100234',
      venueClientOrderId: null,
      side: 'buy',
      positionSide: 'net',
      sequence: 28457,
      price: '4.000001',
      quantity: '12',
      fee: '10.1',
      feeAsset: 'BNB',
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: 1499865549590,
    });
  });

  it('reads the quote units that moved where they are not price times quantity', () => {
    const trade = {
      symbol: 'LTCBTC',
      id: 1,
      orderId: 2,
      price: '0.04169000',
      qty: '0.01370000',
      quoteQty: '0.00057115',
      commission: '0',
      commissionAsset: 'BNB',
      time: 1,
      isBuyer: true,
      isMaker: false,
    };
    expect(plain(fillFromTrade(parsed(trade), spot))).toMatchObject({ quoteQuantity: '0.00057115' });
    const event = { ...report, x: 'TRADE', t: 77, L: '0.04169', l: '0.0137', N: 'BNB', Y: '0.00057115' };
    expect(plain(spotStreamEvent(object(event), spot))).toMatchObject({
      fill: { quoteQuantity: '0.00057115' },
    });
  });

  it('adds free and locked', () => {
    const account = { balances: [{ asset: 'BTC', free: '4723846.89208129', locked: '0.00000001' }] };
    expect(plain(spotBalances(parsed(account), spot))).toEqual([
      {
        wallet: 'spot',
        asset: 'BTC',
        total: '4723846.8920813',
        free: '4723846.89208129',
        lockedByOrders: '0.00000001',
        collateralRate: null,
      },
    ]);
  });

  it('takes LD and the name of a listed asset for a receipt of Earn, unless an asset of the whole name is listed', () => {
    const names = new Set(['USDT', 'O', 'LDO', 'LD']);
    const account = {
      balances: ['USDT', 'LDUSDT', 'LDO', 'LDLDO', 'LDOLD', 'LD', 'XLDUSDT'].map((one) => ({
        asset: one,
        free: '5',
        locked: '1',
      })),
    };
    const reports = spotBalances(parsed(account), { listsAsset: (name) => names.has(name) });
    expect(reports.map(({ asset, total, isReceipt }) => [asset, total.toString(), isReceipt])).toEqual([
      ['USDT', '6', undefined],
      ['LDUSDT', '0', true],
      ['LDO', '6', undefined],
      ['LDLDO', '0', true],
      ['LDOLD', '6', undefined],
      ['LD', '6', undefined],
      ['XLDUSDT', '6', undefined],
    ]);
  });

  it('knows the assets of its spot instruments, the inactive ones too', () => {
    expect(['LTC', 'BTC', 'OLD', 'USDT', 'LDBTC', ''].map((name) => spot.listsAsset(name))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

const report = {
  e: 'executionReport',
  E: 1499405658658,
  s: 'LTCBTC',
  c: 'mUvoqJxFIILMdfAW5iGSOW',
  S: 'BUY',
  o: 'LIMIT',
  f: 'GTC',
  q: '1.00000000',
  p: '0.10264410',
  P: '0.00000000',
  F: '0.00000000',
  g: -1,
  C: '',
  x: 'NEW',
  X: 'NEW',
  r: 'NONE',
  i: 4293153,
  l: '0.00000000',
  z: '0.00000000',
  L: '0.00000000',
  n: '0',
  N: null,
  T: 1499405658657,
  t: -1,
  I: 8641984,
  w: true,
  m: false,
  M: false,
  O: 1499405658657,
  Z: '0.00000000',
  Y: '0.00000000',
  Q: '0.00000000',
  W: 1499405658657,
  V: 'NONE',
};

describe('spot stream events', () => {
  it('reads an order state without a fill', () => {
    expect(plain(spotStreamEvent(object(report), spot))).toEqual({
      kind: 'order',
      report: {
        symbol: 'LTC/BTC',
        venueOrderId: '4293153',
        venueClientOrderId: 'mUvoqJxFIILMdfAW5iGSOW',
        status: 'open',
        side: 'buy',
        positionSide: 'net',
        quantity: '1',
        price: '0.1026441',
        filledQuantity: '0',
        triggeredVenueOrderId: null,
        venueReason: '',
        updatedAt: 1499405658657,
      },
      fill: null,
    });
  });

  it('reads an execution with all figures', () => {
    const trade = {
      ...report,
      x: 'TRADE',
      X: 'PARTIALLY_FILLED',
      l: '0.400000000000000001',
      z: '0.600000000000000001',
      L: '0.102644100000000001',
      n: '-0.000000000000000004',
      N: 'BNB',
      t: 77,
      m: true,
    };
    const event = spotStreamEvent(object(trade), spot);
    if (event.kind !== 'order') expect.fail(event.kind);
    expect(event.report.status).toBe('partially_filled');
    expect(plain(event.fill)).toEqual({
      symbol: 'LTC/BTC',
      tradeId: '77',
      venueOrderId: '4293153',
      venueClientOrderId: 'mUvoqJxFIILMdfAW5iGSOW',
      side: 'buy',
      positionSide: 'net',
      sequence: 77,
      price: '0.102644100000000001',
      quantity: '0.400000000000000001',
      fee: '-0.000000000000000004',
      feeAsset: 'BNB',
      liquidity: 'maker',
      realizedPnl: null,
      executedAt: 1499405658657,
    });
  });

  it('names the canceled order, not the cancel', () => {
    const canceled = { ...report, x: 'CANCELED', X: 'CANCELED', c: 'cancel1', C: 'order1', w: false };
    expect(spotStreamEvent(object(canceled), spot)).toMatchObject({
      report: { venueClientOrderId: 'order1', status: 'canceled' },
    });
  });

  it('keeps the reason of an end', () => {
    const expired = { ...report, x: 'EXPIRED', X: 'EXPIRED', eR: 'INSUFFICIENT_LIQUIDITY' };
    expect(spotStreamEvent(object(expired), spot)).toMatchObject({
      report: { status: 'expired', venueReason: 'INSUFFICIENT_LIQUIDITY' },
    });
    const rejected = { ...report, x: 'REJECTED', X: 'REJECTED', r: 'INSUFFICIENT_BALANCES' };
    expect(spotStreamEvent(object(rejected), spot)).toMatchObject({
      report: { status: 'rejected', venueReason: 'INSUFFICIENT_BALANCES' },
    });
  });

  it.each([
    [{ e: 'balanceUpdate', E: 1, a: 'BTC', d: '100.0', T: 1 }, 'account'],
    [{ e: 'externalLockUpdate', E: 1, a: 'NEO', d: '10.0', T: 1 }, 'account'],
    [{ e: 'eventStreamTerminated', E: 1 }, 'ended'],
    [{ e: 'serverShutdown', E: 1 }, 'ended'],
    [{ e: 'outboundAccountPosition', E: 1, u: 1, B: [] }, 'ignored'],
    [{ ...report, s: 'UNLISTED' }, 'ignored'],
    [{ e: 'somethingNew' }, 'ignored'],
  ])('reads %o as %s', (event, kind) => {
    expect(spotStreamEvent(object(event), spot).kind).toBe(kind);
  });
});

describe('USD-M', () => {
  const trade = {
    buyer: false,
    commission: '0.07819010',
    commissionAsset: 'USDT',
    id: 698759,
    maker: false,
    orderId: 25851813,
    price: '7819.01',
    qty: '0.002',
    quoteQty: '15.63802',
    realizedPnl: '-0.91539999',
    side: 'SELL',
    positionSide: 'BOTH',
    symbol: 'BTCUSDT',
    time: 1569514978020,
  };

  it('reads a trade with what it realised', () => {
    expect(plain(fillFromTrade(parsed(trade), swap))).toMatchObject({
      symbol: 'BTC/USDT:USDT',
      side: 'sell',
      positionSide: 'net',
      sequence: 698759,
      fee: '0.0781901',
      realizedPnl: '-0.91539999',
      liquidity: 'taker',
    });
  });

  it.each([
    ['BOTH', 'net'],
    ['LONG', 'long'],
    ['SHORT', 'short'],
  ])('reads position side %s of every payload that names it', (positionSide, expected) => {
    expect(fillFromTrade(parsed({ ...trade, positionSide }), swap).positionSide).toBe(expected);
    expect(orderFromRest(parsed({ ...placed, positionSide }), swap).positionSide).toBe(expected);
    expect(algoOrderFromRest(parsed({ ...algo, positionSide }), swap).positionSide).toBe(expected);
    const traded = { ...update, o: { ...update.o, ps: positionSide } };
    expect(swapStreamEvent(object(traded), swap)).toMatchObject({
      report: { positionSide: expected },
      fill: { positionSide: expected, side: 'sell' },
    });
    const triggered = { ...algoUpdate, o: { ...algoUpdate.o, ps: positionSide } };
    expect(swapStreamEvent(object(triggered), swap)).toMatchObject({
      report: { positionSide: expected, status: 'triggered' },
      fill: null,
    });
  });

  it('takes no side that is not documented for any of ours', () => {
    const unread = { positionSide: 'SIDEWAYS' };
    for (const read of [
      () => fillFromTrade(parsed({ ...trade, ...unread }), swap),
      () => orderFromRest(parsed({ ...placed, ...unread }), swap),
      () => algoOrderFromRest(parsed({ ...algo, ...unread }), swap),
      () => swapStreamEvent(object({ ...update, o: { ...update.o, ps: 'SIDEWAYS' } }), swap),
      () => swapStreamEvent(object({ ...algoUpdate, o: { ...algoUpdate.o, ps: 'SIDEWAYS' } }), swap),
    ])
      expect(read).toThrow(MalformedAnswer);
  });

  it('leaves the side of an order open where the payload has none', () => {
    expect(orderFromRest(parsed({ ...placed, positionSide: undefined }), swap).positionSide).toBeNull();
    expect(algoOrderFromRest(parsed({ ...algo, positionSide: undefined }), swap).positionSide).toBeNull();
  });

  it('reads the answer to a hedged create, cancel and query', () => {
    expect(plain(orderFromRest(parsed({ ...placed, positionSide: 'SHORT' }), swap))).toEqual({
      symbol: 'BTC/USDT:USDT',
      venueOrderId: '22542179',
      venueClientOrderId: 'testOrder',
      status: 'open',
      side: 'buy',
      positionSide: 'short',
      quantity: '10',
      price: null,
      filledQuantity: '0',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1566818724722,
    });
    const canceled = { ...placed, positionSide: 'LONG', status: 'CANCELED', side: 'SELL', price: '9300' };
    expect(plain(orderFromRest(parsed(canceled), swap))).toMatchObject({
      status: 'canceled',
      side: 'sell',
      positionSide: 'long',
      price: '9300',
    });
  });

  const update = {
    e: 'ORDER_TRADE_UPDATE',
    E: 1568879465651,
    T: 1568879465650,
    o: {
      s: 'BTCUSDT',
      c: 'TEST',
      S: 'SELL',
      o: 'LIMIT',
      f: 'GTC',
      q: '0.001',
      p: '7103.04',
      ap: '0',
      sp: '0',
      x: 'TRADE',
      X: 'FILLED',
      i: 8886774,
      l: '0.001',
      z: '0.001',
      L: '7103.04',
      N: 'USDT',
      n: '0.00284',
      T: 1568879465650,
      t: 1234,
      m: true,
      R: false,
      ps: 'BOTH',
      rp: '1.5',
      er: '0',
    },
  };

  /** "New Order" (`newOrderRespType=RESULT`), "Query Order" and "Cancel Order". */
  const placed = {
    clientOrderId: 'testOrder',
    cumQty: '0',
    cumQuote: '0',
    executedQty: '0',
    orderId: 22542179,
    avgPrice: '0.00000',
    origQty: '10',
    price: '0',
    reduceOnly: false,
    side: 'BUY',
    positionSide: 'BOTH',
    status: 'NEW',
    stopPrice: '0',
    closePosition: false,
    symbol: 'BTCUSDT',
    timeInForce: 'GTC',
    type: 'LIMIT',
    origType: 'LIMIT',
    updateTime: 1566818724722,
    workingType: 'CONTRACT_PRICE',
    priceProtect: false,
  };

  it('reads an execution', () => {
    const event = swapStreamEvent(object(update), swap);
    if (event.kind !== 'order') expect.fail(event.kind);
    expect(plain(event.fill)).toMatchObject({
      tradeId: '1234',
      venueOrderId: '8886774',
      price: '7103.04',
      fee: '0.00284',
      liquidity: 'maker',
      realizedPnl: '1.5',
    });
    expect(event.report.status).toBe('filled');
  });

  it("reads a liquidation's execution and the reason of an end", () => {
    const liquidated = { ...update, o: { ...update.o, x: 'CALCULATED', c: 'autoclose-1' } };
    expect(swapStreamEvent(object(liquidated), swap)).toMatchObject({ fill: { tradeId: '1234' } });
    const announced = { ...update, o: { ...update.o, x: 'CALCULATED', X: 'NEW', t: 0, l: '0', z: '0' } };
    expect(swapStreamEvent(object(announced), swap)).toMatchObject({
      fill: null,
      report: { status: 'open' },
    });
    for (const X of ['NEW_ADL', 'NEW_INSURANCE']) {
      const forced = (changes: object): unknown =>
        swapStreamEvent(object({ ...update, o: { ...update.o, x: 'CALCULATED', X, ...changes } }), swap);
      expect(forced({})).toMatchObject({ report: { status: 'filled' }, fill: { tradeId: '1234' } });
      expect(forced({ q: '0.005' })).toMatchObject({ report: { status: 'partially_filled' } });
      expect(forced({ z: '0', l: '0', t: 0 })).toMatchObject({ report: { status: 'open' }, fill: null });
    }
    const expired = { ...update, o: { ...update.o, x: 'EXPIRED', X: 'EXPIRED', er: '9' } };
    expect(swapStreamEvent(object(expired), swap)).toMatchObject({
      fill: null,
      report: { venueReason: 'market order could not be filled completely' },
    });
  });

  const algo = {
    algoId: 2146760,
    clientAlgoId: '6B2I9XVcJpCjqPAJ4YoFX7',
    algoType: 'CONDITIONAL',
    orderType: 'STOP_MARKET',
    symbol: 'BTCUSDT',
    side: 'SELL',
    positionSide: 'BOTH',
    timeInForce: 'GTC',
    quantity: '0.01',
    algoStatus: 'NEW',
    actualOrderId: '',
    triggerPrice: '750.000',
    price: '0.000',
    createTime: 1750485492076,
    updateTime: 1750514545091,
  };

  it.each([
    ['NEW', '', 'untriggered', null],
    ['TRIGGERING', '', 'untriggered', null],
    ['TRIGGERED', '99', 'triggered', '99'],
    ['FINISHED', '99', 'triggered', '99'],
    ['CANCELED', '', 'canceled', null],
    ['REJECTED', '', 'rejected', null],
    ['EXPIRED', '', 'expired', null],
  ])('reads a conditional order %s', (algoStatus, actualOrderId, status, triggeredVenueOrderId) => {
    expect(algoOrderFromRest(parsed({ ...algo, algoStatus, actualOrderId }), swap)).toMatchObject({
      venueOrderId: 'algo-2146760',
      venueClientOrderId: '6B2I9XVcJpCjqPAJ4YoFX7',
      status,
      triggeredVenueOrderId,
    });
  });

  const algoUpdate = {
    e: 'ALGO_UPDATE',
    T: 1750515742297,
    E: 1750515742303,
    o: {
      caid: 'Q5xaq5EGKgXXa0fD7fs0Ip',
      aid: 2148719,
      at: 'CONDITIONAL',
      o: 'STOP_MARKET',
      s: 'BTCUSDT',
      S: 'SELL',
      ps: 'BOTH',
      f: 'GTC',
      q: '0.01',
      X: 'TRIGGERED',
      ai: '555',
      tp: '750',
      p: '0',
      rm: '',
    },
  };

  it('reads a conditional order from the stream, with its link', () => {
    expect(plain(swapStreamEvent(object(algoUpdate), swap))).toMatchObject({
      kind: 'order',
      fill: null,
      report: {
        venueOrderId: 'algo-2148719',
        status: 'triggered',
        triggeredVenueOrderId: '555',
        price: null,
      },
    });
  });

  it.each([
    [{ e: 'ACCOUNT_UPDATE', E: 1, T: 1, a: { m: 'FUNDING_FEE', B: [], P: [] } }, 'account'],
    [{ e: 'ACCOUNT_UPDATE', E: 1, T: 1, a: { m: 'ORDER', B: [], P: [] } }, 'ignored'],
    [{ e: 'MARGIN_CALL', E: 1 }, 'account'],
    [{ e: 'listenKeyExpired', E: 1, listenKey: 'x' }, 'ended'],
    [{ e: 'TRADE_LITE', E: 1 }, 'ignored'],
  ])('reads %o as %s', (event, kind) => {
    expect(swapStreamEvent(object(event), swap).kind).toBe(kind);
  });

  it('reads open positions with their settings', () => {
    const position = {
      symbol: 'BTCUSDT',
      positionSide: 'BOTH',
      positionAmt: '-0.030',
      entryPrice: '60000.5',
      markPrice: '60010.41047590',
      unRealizedProfit: '-0.29731428',
      liquidationPrice: '0',
      isolatedMargin: '0',
      maintMargin: '7.20120000',
      updateTime: 1720736417660,
    };
    const flat = { ...position, positionAmt: '0.000' };
    const settings = symbolSettings(
      parsed([
        { symbol: 'BTCUSDT', marginType: 'CROSSED', isAutoAddMargin: false, leverage: 21 },
        { symbol: 'BTCUSDT_260327', marginType: 'ISOLATED', isAutoAddMargin: false, leverage: 5 },
      ]),
    );
    expect(plain(swapPositions(parsed([flat]), swap, settings))).toEqual([
      {
        symbol: 'BTC/USDT:USDT',
        positionSide: 'net',
        quantity: '0',
        entryPrice: null,
        markPrice: null,
        leverage: '21',
        marginMode: 'cross',
        liquidationPrice: null,
        maintenanceMargin: null,
        isolatedMargin: null,
        unrealizedPnl: null,
      },
    ]);
    expect(plain(swapPositions(parsed([position, flat]), swap, settings))).toEqual([
      {
        symbol: 'BTC/USDT:USDT',
        positionSide: 'net',
        quantity: '-0.03',
        entryPrice: '60000.5',
        markPrice: '60010.4104759',
        leverage: '21',
        marginMode: 'cross',
        liquidationPrice: 'none',
        maintenanceMargin: '7.2012',
        isolatedMargin: null,
        unrealizedPnl: '-0.29731428',
      },
    ]);
  });

  it('reads what an isolated position has behind it, and nothing where the venue does not say', () => {
    const settings = symbolSettings(parsed([{ symbol: 'BTCUSDT', marginType: 'ISOLATED', leverage: 5 }]));
    const position = { symbol: 'BTCUSDT', positionSide: 'BOTH', positionAmt: '0.1', updateTime: 1 };
    const [silent] = swapPositions(parsed([position]), swap, settings);
    expect(plain(silent)).toMatchObject({
      liquidationPrice: null,
      maintenanceMargin: null,
      isolatedMargin: null,
    });
    const [full] = swapPositions(
      parsed([{ ...position, liquidationPrice: '52000.1', maintMargin: '24', isolatedMargin: '1150.5' }]),
      swap,
      settings,
    );
    expect(plain(full)).toMatchObject({
      liquidationPrice: '52000.1',
      maintenanceMargin: '24',
      isolatedMargin: '1150.5',
    });
  });

  describe('the margin of the account', () => {
    const cross = {
      symbol: 'BTCUSDT',
      positionAmt: '0.1',
      isolatedMargin: '0',
      isolatedWallet: '0',
      maintMargin: '24.00000000',
    };
    const isolated = { ...cross, isolatedMargin: '95.5', isolatedWallet: '100', maintMargin: '4' };
    const margin = (positions: readonly object[], totals: object) =>
      plain(swapMargin(parsed({ ...totals, positions }), swap));
    const totals = { totalMaintMargin: '28.00000000', totalMarginBalance: '1095.50000000' };

    it('is of the positions in cross mode: isolated ones stand for themselves', () => {
      expect(margin([cross], totals)).toEqual({
        wallet: 'linear_swap',
        marginBalance: '1095.5',
        maintenanceMargin: '28',
      });
      expect(margin([cross, isolated], totals)).toEqual({
        wallet: 'linear_swap',
        marginBalance: '1000',
        maintenanceMargin: '24',
      });
    });

    it('is unknown where the venue does not say, and where the totals leave an asset out', () => {
      const unknown = { wallet: 'linear_swap', marginBalance: null, maintenanceMargin: null };
      expect(margin([cross], {})).toEqual(unknown);
      expect(margin([{ ...isolated, maintMargin: undefined }], totals)).toMatchObject({
        maintenanceMargin: null,
      });
      const elsewhere = swapMargin(parsed({ ...totals, positions: [{ ...cross, symbol: 'BTCUSDC' }] }), {
        known: () => true,
        symbol: () => instrumentSymbol('BTC/USDC:USDC'),
      });
      expect(elsewhere).toEqual(unknown);
    });
  });

  const hedgedLong = {
    symbol: 'BTCUSDT',
    positionSide: 'LONG',
    positionAmt: '0.050',
    entryPrice: '60000',
    breakEvenPrice: '60024',
    markPrice: '60030',
    unRealizedProfit: '1.5',
    liquidationPrice: '0',
    isolatedMargin: '0',
    notional: '3001.5',
    marginAsset: 'USDT',
    updateTime: 1720736417660,
  };
  const hedgedShort = {
    ...hedgedLong,
    positionSide: 'SHORT',
    positionAmt: '-0.020',
    entryPrice: '60017.5',
    unRealizedProfit: '-0.25',
    liquidationPrice: '2969987.87',
  };

  it('reads both sides of a hedged account, the short one with a negative amount', () => {
    const settings = symbolSettings(parsed([{ symbol: 'BTCUSDT', marginType: 'CROSSED', leverage: 21 }]));
    const [long, short, flat, ...others] = swapPositions(parsed([hedgedLong, hedgedShort]), swap, settings);
    expect(others).toEqual([]);
    expect(plain(long)).toEqual({
      symbol: 'BTC/USDT:USDT',
      positionSide: 'long',
      quantity: '0.05',
      entryPrice: '60000',
      markPrice: '60030',
      leverage: '21',
      marginMode: 'cross',
      liquidationPrice: 'none',
      maintenanceMargin: null,
      isolatedMargin: null,
      unrealizedPnl: '1.5',
    });
    expect(plain(short)).toMatchObject({
      positionSide: 'short',
      quantity: '-0.02',
      entryPrice: '60017.5',
      leverage: '21',
      liquidationPrice: '2969987.87',
      unrealizedPnl: '-0.25',
    });
    // The settings hold for both sides; the net position, which a hedged account has not, carries them while it is flat.
    expect(plain(flat)).toMatchObject({ positionSide: 'net', quantity: '0', leverage: '21' });
  });

  it('lists the side alone that is open', () => {
    const none = symbolSettings(parsed([]));
    const closed = { ...hedgedLong, positionAmt: '0.000' };
    expect(plain(swapPositions(parsed([closed, hedgedShort]), swap, none))).toMatchObject([
      { positionSide: 'short', quantity: '-0.02', leverage: null },
    ]);
  });

  it('reads balances and funding', () => {
    const balance = { asset: 'USDT', balance: '122607.35137903', availableBalance: '23.72469206' };
    expect(plain(swapBalances(parsed([balance])))).toEqual([
      {
        wallet: 'linear_swap',
        asset: 'USDT',
        total: '122607.35137903',
        free: '23.72469206',
        lockedByOrders: null,
        collateralRate: null,
      },
    ]);
    const funding = {
      symbol: 'BTCUSDT',
      incomeType: 'FUNDING_FEE',
      income: '-0.37500000',
      asset: 'USDT',
      time: 1570608000000,
      tranId: 9689322392,
    };
    const commission = { ...funding, incomeType: 'COMMISSION', tradeId: '2059192' };
    expect(plain(incomeRecords([parsed(funding), parsed(commission)], swap))).toEqual([
      {
        recordId: '9689322392',
        kind: 'funding',
        venueKind: 'FUNDING_FEE',
        wallet: 'linear_swap',
        asset: 'USDT',
        amount: '-0.375',
        symbol: 'BTC/USDT:USDT',
        positionSide: 'net',
        tradeId: null,
        at: 1570608000000,
      },
    ]);
  });
});

describe('best bid and ask', () => {
  it('reads them with the venue time where there is one', () => {
    const rest = { symbol: 'LTCBTC', bidPrice: '4.00', bidQty: '431', askPrice: '4.00000200', askQty: '9' };
    expect(plain(topFromRest(parsed(rest)))).toEqual({
      bid: '4',
      bidQuantity: '431',
      ask: '4.000002',
      askQuantity: '9',
      venueAt: null,
    });
    const stream = {
      e: 'bookTicker',
      u: 1,
      E: 5,
      T: 4,
      s: 'BTCUSDT',
      b: '25.3519',
      B: '31.21',
      a: '25.3652',
      A: '40.66',
    };
    expect(plain(topFromStream(object(stream)))).toMatchObject({ bid: '25.3519', venueAt: 4 });
  });
});

it('income names the instruments of the executions that are in no record', () => {
  const income = (given: object) =>
    parsed({
      incomeType: 'COMMISSION',
      income: '-0.01',
      asset: 'USDT',
      info: '',
      time: 1570608000000,
      tranId: 1,
      ...given,
    });
  const items = [
    income({ symbol: 'BTCUSDT', tradeId: '2059192' }),
    income({ symbol: 'BTCUSDT', tradeId: '' }),
    income({ symbol: 'BTCUSDT_260327', tradeId: '7' }),
    income({ symbol: 'BTCUSDT', tradeId: '', incomeType: 'FUNDING_FEE' }),
  ];
  expect(tradedInstruments(items, swap)).toEqual([{ symbol: 'BTC/USDT:USDT', at: 1570608000000 }]);
});
