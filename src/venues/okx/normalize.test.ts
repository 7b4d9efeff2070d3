/** Payloads in this file have the shapes of the v5 documentation (`testing/payloads.ts`). */
import { describe, expect, it } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import { MalformedAnswer, asObject, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { permissionsFrom } from './key-check.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import {
  balancesFrom,
  collateralTiers,
  configurationFrom,
  leverageFrom,
  marginFrom,
  positionFrom,
} from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { fillFrom } from './normalize-fills.ts';
import { algoIdAtVenue, algoOrderFrom, isAlgoId, orderFrom } from './normalize-orders.ts';
import { recordsFrom } from './normalize-records.ts';
import { algoTerms } from './requests.ts';
import {
  ALGO_ORDER,
  BALANCE,
  BILL,
  BTC_SPOT,
  BTC_SWAP,
  CONFIGURATION,
  DISCOUNT_RATES,
  FILL,
  ORDER,
  POSITION,
  SWAP_MESSAGE,
} from './testing/payloads.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function namesOf(): Readonly<Record<InstrumentKind, Names>> {
  const table = new MarketTable();
  table.put('spot', parseSpotInstruments([json(BTC_SPOT)]));
  table.put('linear_swap', parseSwapInstruments([json(BTC_SWAP)]));
  const markets = new MarketsOfKinds(table, ['spot', 'linear_swap']);
  return { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
}
const names = namesOf();

describe('instruments', () => {
  it('reads a spot pair, whose greatest market order is an amount of dollars and no bound of ours', () => {
    const [listed] = parseSpotInstruments([json(BTC_SPOT)]);
    expect(plain(listed)).toMatchObject({
      venueSymbol: 'BTC-USDT',
      instrument: {
        symbol: 'BTC/USDT',
        tickSize: '0.1',
        lotSize: '0.00000001',
        minQuantity: '0.00001',
        maxMarketQuantity: null,
        minNotional: null,
        priceBand: null,
        buyFeeTakenFrom: 'base',
        active: true,
      },
    });
  });

  it('reads a perpetual in base units, whose lot is a fraction of a contract', () => {
    const [listed] = parseSwapInstruments([json(BTC_SWAP)]);
    expect(plain(listed)).toMatchObject({
      venueSymbol: 'BTC-USDT-SWAP',
      instrument: {
        symbol: 'BTC/USDT:USDT',
        contractSize: '0.01',
        lotSize: '0.0001',
        minQuantity: '0.0001',
        maxQuantity: '1000000',
        maxMarketQuantity: '120',
      },
    });
  });

  it('counts a contract of several values as all of them', () => {
    const [listed] = parseSwapInstruments([json({ ...BTC_SWAP, ctMult: '10' })]);
    expect(plain(listed)).toMatchObject({ instrument: { contractSize: '0.1', lotSize: '0.001' } });
  });

  it('passes over inverse contracts, those in USDC and those without figures, and trades nothing that is not live', () => {
    const list = [
      { ...BTC_SWAP, ctType: 'inverse', settleCcy: 'BTC' },
      { ...BTC_SWAP, settleCcy: 'USDC' },
      { ...BTC_SWAP, tickSz: '' },
      { ...BTC_SWAP, instId: 'BIO-USDT-SWAP', ctValCcy: 'BIO', state: 'suspend' },
    ];
    const listed = parseSwapInstruments(list.map(json));
    expect(listed.map(({ venueSymbol, instrument }) => [venueSymbol, instrument.active])).toEqual([
      ['BIO-USDT-SWAP', false],
    ]);
  });
});

describe('orders', () => {
  it('reads a spot market order whose size is in quote units as one without a quantity', () => {
    expect(plain(orderFrom(json(ORDER), names.spot))).toEqual({
      symbol: 'BTC/USDT',
      venueOrderId: '680800019749904384',
      venueClientOrderId: null,
      status: 'filled',
      side: 'buy',
      positionSide: 'net',
      quantity: null,
      price: null,
      filledQuantity: '0.00192834',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1_708_587_373_362,
    });
  });

  it('reads sizes of swaps in base units', () => {
    expect(plain(orderFrom(json(SWAP_MESSAGE), names.linear_swap))).toMatchObject({
      venueClientOrderId: 'c1',
      status: 'partially_filled',
      positionSide: 'short',
      quantity: '0.125',
      price: '51858.1',
      filledQuantity: '0.025',
    });
  });

  it('knows an order that a trigger made by the id of its algo order', () => {
    const made = { ...SWAP_MESSAGE, clOrdId: '', algoClOrdId: 'stop1' };
    expect(orderFrom(json(made), names.linear_swap).venueClientOrderId).toBe('stop1');
  });

  it.each([
    ['1', ''],
    ['31', 'post-only, would take'],
    ['20', 'cancel-all-after'],
    ['77', 'cancelSource 77'],
  ])('a cancel of source %s has the reason "%s"', (cancelSource, reason) => {
    const order = { ...ORDER, state: 'canceled', cancelSource };
    expect(orderFrom(json(order), names.spot)).toMatchObject({ status: 'canceled', venueReason: reason });
  });

  it('does not guess a state that nobody documented', () => {
    expect(() => orderFrom(json({ ...ORDER, state: 'paused' }), names.spot)).toThrow(MalformedAnswer);
  });

  it('marks the ids of algo orders, which may be those of ordinary ones too', () => {
    const report = algoOrderFrom(json(ALGO_ORDER), names.linear_swap);
    expect(plain(report)).toMatchObject({
      venueOrderId: 'algo-1753184812254216192',
      venueClientOrderId: 'stop1',
      status: 'untriggered',
      quantity: '0.01',
      price: null,
      triggeredVenueOrderId: null,
    });
    expect(isAlgoId(report.venueOrderId)).toBe(true);
    expect(algoIdAtVenue(report.venueOrderId)).toBe('1753184812254216192');
  });

  it('reads the order that a trigger made, and why one failed', () => {
    const effective = { ...ALGO_ORDER, state: 'effective', ordIdList: ['77'] };
    expect(algoOrderFrom(json(effective), names.linear_swap)).toMatchObject({
      status: 'triggered',
      triggeredVenueOrderId: '77',
    });
    const failed = { ...ALGO_ORDER, state: 'order_failed', failCode: '51008' };
    expect(algoOrderFrom(json(failed), names.linear_swap)).toMatchObject({
      status: 'rejected',
      venueReason: '51008',
    });
  });
});

describe('executions', () => {
  it('takes what was paid for a fee above zero, and a rebate for one below', () => {
    expect(plain(fillFrom(json(FILL), names.spot))).toMatchObject({
      tradeId: '744876980',
      quantity: '0.00192834',
      fee: '0.00000192834',
      feeAsset: 'BTC',
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: 1_708_587_373_361,
    });
    expect(fillFrom(json({ ...FILL, fee: '0.01' }), names.spot).fee.toString()).toBe('-0.01');
  });
});

describe('messages', () => {
  const read = (channel: string, rows: readonly object[], more: object = {}): unknown =>
    plain(messages.read(JSON.stringify({ arg: { channel, instType: 'ANY' }, data: rows, ...more })));
  const messages = new PrivateMessages({ kinds: ['spot', 'linear_swap'], names });

  it('has each execution with the total that its order has then', () => {
    expect(read('orders', [SWAP_MESSAGE])).toMatchObject([
      {
        kind: 'order',
        report: { filledQuantity: '0.025' },
        fill: {
          quantity: '0.015',
          fee: '0.38893575',
          feeAsset: 'USDT',
          positionSide: 'short',
          liquidity: 'maker',
          realizedPnl: '1.25',
        },
      },
    ]);
  });

  it('takes a last message without a size for no execution', () => {
    const last = { ...ORDER, fillSz: '0', tradeId: '', fillPx: '' };
    expect(read('orders', [last])).toMatchObject([{ report: { status: 'filled' }, fill: null }]);
  });

  it('reads spot orders under either type that the venue may list them by', () => {
    const margin = { ...ORDER, instType: 'MARGIN', fillSz: '0' };
    expect(read('orders', [margin])).toMatchObject([{ report: { symbol: 'BTC/USDT' } }]);
  });

  it('passes over orders of other products, and of kinds that the account does not trade', () => {
    expect(read('orders', [{ ...ORDER, instType: 'OPTION', instId: 'BTC-USD-230224-18000-C' }])).toEqual([]);
    const spotAlone = new PrivateMessages({ kinds: ['spot'], names });
    const message = JSON.stringify({ arg: { channel: 'orders' }, data: [SWAP_MESSAGE] });
    expect(spotAlone.read(message)).toEqual([]);
  });

  it('asks for the account after a change that no order explains', () => {
    const at = Number(ORDER.uTime);
    expect(read('account', [{ uTime: String(at + 60_000) }], { eventType: 'snapshot' })).toEqual([]);
    read('orders', [{ ...ORDER, fillSz: '0' }]);
    expect(read('account', [{ uTime: String(at + 5) }])).toEqual([]);
    expect(read('account', [{ uTime: String(at + 5_000) }])).toEqual([{ kind: 'account' }]);
  });

  it('passes over pongs and answers', () => {
    expect(messages.read('pong')).toEqual([]);
    expect(messages.read('{"event":"subscribe","arg":{"channel":"orders"},"connId":"a"}')).toEqual([]);
  });
});

describe('the account', () => {
  it('counts a coin as collateral at the rate of the tier in which its amount ends', () => {
    const balances = balancesFrom(json(BALANCE), collateralTiers(json(DISCOUNT_RATES)));
    expect(plain(balances)).toEqual([
      {
        wallet: 'unified',
        asset: 'USDT',
        total: '4850.435693622894',
        free: '4834.3170936228935',
        lockedByOrders: '16.1186',
        collateralRate: '1',
      },
      {
        wallet: 'unified',
        asset: 'BTC',
        total: '21',
        free: '20',
        lockedByOrders: '0',
        collateralRate: '0.9775',
      },
      {
        wallet: 'unified',
        asset: 'ETH',
        total: '3',
        free: '3',
        lockedByOrders: null,
        collateralRate: null,
      },
    ]);
    expect(balancesFrom(json(BALANCE), null).map(({ collateralRate }) => collateralRate)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('counts a coin beyond its last tier at the rate of that one', () => {
    const coin = {
      ccy: 'BTC',
      cashBal: '26',
      availBal: '',
      availEq: '',
      ordFrozen: '',
      collateralEnabled: true,
    };
    const [balance] = balancesFrom(json([{ details: [coin] }]), collateralTiers(json(DISCOUNT_RATES)));
    expect(plain(balance)).toMatchObject({ total: '26', collateralRate: '0.9775' });
  });

  it('has the figures that it is liquidated by', () => {
    expect(plain(marginFrom(json(BALANCE)))).toEqual({
      wallet: 'unified',
      marginBalance: '55415.624719833286',
      maintenanceMargin: '1234.5',
    });
  });

  it('has a short position below zero in either mode', () => {
    const net = positionFrom(asObject(json(POSITION), 'position'), names.linear_swap);
    expect(plain(net)).toMatchObject({ positionSide: 'net', quantity: '-0.015', marginMode: 'cross' });
    const short = { ...POSITION, posSide: 'short', pos: '1.5', liqPx: '' };
    expect(plain(positionFrom(asObject(json(short), 'position'), names.linear_swap))).toMatchObject({
      positionSide: 'short',
      quantity: '-0.015',
      liquidationPrice: null,
    });
  });

  it.each([
    [{}, null],
    [{ acctLv: '1' }, 'spot mode'],
    [{ acctLv: '2' }, 'futures mode'],
    [{ acctLv: '4' }, 'portfolio margin mode'],
    [{ autoLoan: true }, 'auto-borrow'],
    [{ feeType: '1' }, 'quote currency'],
  ])('an account with %o is connected unless its fault is named: %s', (change, words) => {
    const { fault, positionMode } = configurationFrom(json([{ ...CONFIGURATION, ...change }]));
    expect(positionMode).toBe('hedged');
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toContain(words);
  });

  it('says what a key may do', () => {
    expect(permissionsFrom(json([CONFIGURATION]))).toEqual({
      canRead: true,
      canTradeSpot: true,
      canTradeSwaps: true,
      canWithdraw: false,
      canTransfer: true,
      restrictedToAddresses: false,
    });
    const own = { ...CONFIGURATION, perm: 'read_only,withdraw', ip: '10.0.0.1' };
    expect(permissionsFrom(json([own]))).toMatchObject({
      canTradeSpot: false,
      canWithdraw: true,
      restrictedToAddresses: true,
    });
  });

  it('has one leverage for both sides, or none that it can say', () => {
    const rows = (...levers: string[]) => json(levers.map((lever) => ({ lever })));
    expect(leverageFrom(rows('3'))?.toString()).toBe('3');
    expect(leverageFrom(rows('3', '3'))?.toString()).toBe('3');
    expect(leverageFrom(rows('3', '5'))).toBeNull();
    expect(leverageFrom(rows())).toBeNull();
  });
});

describe('account records', () => {
  it.each([
    [{}, 'funding', 'BTC/USDT:USDT'],
    [{ type: '1', subType: '11', instId: '', instType: '', balChg: '5' }, 'transfer_in', null],
    [{ type: '1', subType: '12', instId: '', instType: '' }, 'transfer_out', null],
    [{ type: '5', subType: '111', instId: '', instType: '' }, 'liquidation_fee', null],
    [{ type: '5', subType: '110', balChg: '5' }, 'insurance', 'BTC/USDT:USDT'],
    [{ type: '7', subType: '' }, 'interest', 'BTC/USDT:USDT'],
    [{ type: '27', subType: '', instId: '', instType: '' }, 'conversion', null],
    [{ type: '999', subType: '1' }, 'other', 'BTC/USDT:USDT'],
  ])('%o is %s', (change, kind, symbol) => {
    expect(plain(recordsFrom([json({ ...BILL, ...change })], names).records)).toMatchObject([
      { recordId: BILL.billId, kind, symbol, wallet: 'unified', asset: 'USDT', at: 1_695_033_476_167 },
    ]);
  });

  it('leaves out what an execution of ours says, and keeps what one of other products does', () => {
    const trade = { ...BILL, type: '2', subType: '1', tradeId: '7' };
    expect(recordsFrom([json(trade)], names)).toEqual({
      records: [],
      traded: [{ symbol: 'BTC/USDT:USDT', at: 1_695_033_476_167 }],
    });
    const other = { ...trade, instId: 'BTC-USD-SWAP' };
    expect(recordsFrom([json(other)], names)).toMatchObject({
      records: [{ kind: 'commission', symbol: null }],
      traded: [],
    });
  });

  it.each([
    ['trade', '2'],
    ['delivery', '3'],
    ['liquidation', '5'],
    ['auto-deleveraging', '9'],
    ['block trade', '14'],
  ])('leaves out a bill of a %s, which repeats an execution of ours', (_what, type) => {
    const bill = { ...BILL, type, subType: '1', tradeId: '7' };
    expect(recordsFrom([json(bill)], names)).toEqual({
      records: [],
      traded: [{ symbol: 'BTC/USDT:USDT', at: 1_695_033_476_167 }],
    });
  });
});

describe('the lifetime of algo orders', () => {
  it('ends by the bound of the timestamp when that of the request does', () => {
    const terms = algoTerms({ lane: 'new', signedAt: 1_000_000, lifetimeMs: 5_000 });
    expect(terms).toEqual({ lane: 'new', signedAt: 975_000, lifetimeMs: 30_000 });
  });
});
