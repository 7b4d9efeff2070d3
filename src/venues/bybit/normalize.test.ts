/** Payloads in this file have the shapes of the v5 documentation, with figures of our own where exactness is at stake. */
import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import { MalformedAnswer, asObject, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import {
  balancesFrom,
  collateralTiers,
  isUnified,
  leverageFrom,
  marginFrom,
  marginModeFrom,
  positionFrom,
  positionModeFrom,
} from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { fillFrom, movesPosition, resultsIn } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';
import { recordsFrom } from './normalize-records.ts';
import { permissionsFrom } from './key-check.ts';
import { millisecondsOf } from './requests.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const BTC_SPOT = {
  symbol: 'BTCUSDT',
  baseCoin: 'BTC',
  quoteCoin: 'USDT',
  status: 'Trading',
  lotSizeFilter: {
    basePrecision: '0.000001',
    quotePrecision: '0.0000001',
    minOrderQty: '0.000011',
    maxOrderQty: '83',
    minOrderAmt: '5',
    maxLimitOrderQty: '83',
    maxMarketOrderQty: '41.5',
    postOnlyMaxLimitOrderSize: '83',
  },
  priceFilter: { tickSize: '0.1' },
  riskParameters: { priceLimitRatioX: '0.005', priceLimitRatioY: '0.01' },
};
const BTC_LINEAR = {
  symbol: 'BTCUSDT',
  contractType: 'LinearPerpetual',
  status: 'Trading',
  baseCoin: 'BTC',
  quoteCoin: 'USDT',
  settleCoin: 'USDT',
  priceFilter: { minPrice: '0.10', maxPrice: '1999999.80', tickSize: '0.10' },
  lotSizeFilter: {
    maxOrderQty: '1190.000',
    minOrderQty: '0.001',
    qtyStep: '0.001',
    maxMktOrderQty: '500.000',
    minNotionalValue: '5',
  },
  riskParameters: { priceLimitRatioX: '0.01', priceLimitRatioY: '0.02' },
};

function namesOf(): Readonly<Record<InstrumentKind, Names>> {
  const table = new MarketTable();
  table.put('spot', parseSpotInstruments([json(BTC_SPOT)]));
  table.put('linear_swap', parseSwapInstruments([json(BTC_LINEAR)]));
  const markets = new MarketsOfKinds(table, ['spot', 'linear_swap']);
  return { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
}
const names = namesOf();

describe('instruments', () => {
  it('reads a spot pair: the least amount counts, the deprecated least quantity does not', () => {
    const [listed] = parseSpotInstruments([json(BTC_SPOT)]);
    expect(plain(listed)).toMatchObject({
      venueSymbol: 'BTCUSDT',
      instrument: {
        symbol: 'BTC/USDT',
        tickSize: '0.1',
        lotSize: '0.000001',
        minQuantity: '0.000001',
        maxQuantity: '83',
        maxMarketQuantity: '41.5',
        minNotional: '5',
        priceBand: {
          reference: 'mark',
          buy: { down: null, up: '1.005' },
          sell: { down: '0.995', up: null },
        },
        buyFeeTakenFrom: 'base',
        active: true,
      },
    });
  });

  it('reads a perpetual with the band that a limit price has to keep', () => {
    const [listed] = parseSwapInstruments([json(BTC_LINEAR)]);
    expect(plain(listed)).toMatchObject({
      venueSymbol: 'BTCUSDT',
      instrument: {
        symbol: 'BTC/USDT:USDT',
        settle: 'USDT',
        minQuantity: '0.001',
        maxQuantity: '1190',
        maxMarketQuantity: '500',
        minPrice: '0.1',
        maxPrice: '1999999.8',
        priceBand: {
          reference: 'mark',
          buy: { down: null, up: '1.01' },
          sell: { down: '0.99', up: null },
        },
      },
    });
  });

  it('passes over dated contracts and those in USDC, and trades nothing that is not open', () => {
    const list = [
      { ...BTC_LINEAR, contractType: 'LinearFutures', symbol: 'BTC-27MAR26' },
      { ...BTC_LINEAR, settleCoin: 'USDC', quoteCoin: 'USDC', symbol: 'BTCPERP' },
      { ...BTC_LINEAR, status: 'PreLaunch', symbol: 'BIOUSDT', baseCoin: 'BIO' },
    ];
    const listed = parseSwapInstruments(list.map(json));
    expect(listed.map(({ venueSymbol, instrument }) => [venueSymbol, instrument.active])).toEqual([
      ['BIOUSDT', false],
    ]);
  });
});

const ORDER = {
  orderId: 'fd4300ae-7847-404e-b947-b46980a4d140',
  orderLinkId: 'test-000005',
  symbol: 'BTCUSDT',
  price: '1600.00',
  qty: '0.10',
  side: 'Buy',
  positionIdx: 1,
  orderStatus: 'New',
  cancelType: 'UNKNOWN',
  rejectReason: 'EC_NoError',
  avgPrice: '0',
  cumExecQty: '0.00',
  timeInForce: 'GTC',
  orderType: 'Limit',
  marketUnit: '',
  createdTime: '1684738540559',
  updatedTime: '1684738540561',
};
const order = (change: object, kind: InstrumentKind = 'linear_swap') =>
  plain(orderFrom(json({ ...ORDER, ...change }), names[kind]));

describe('orders', () => {
  it('are read with every figure', () => {
    expect(order({})).toEqual({
      symbol: 'BTC/USDT:USDT',
      venueOrderId: 'fd4300ae-7847-404e-b947-b46980a4d140',
      venueClientOrderId: 'test-000005',
      status: 'open',
      side: 'buy',
      positionSide: 'long',
      quantity: '0.1',
      price: '1600',
      filledQuantity: '0',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: 1684738540561,
    });
  });

  it.each([
    ['New', 'open'],
    ['PartiallyFilled', 'partially_filled'],
    ['Untriggered', 'untriggered'],
    ['Triggered', 'open'],
    ['Filled', 'filled'],
    ['Cancelled', 'canceled'],
    ['PartiallyFilledCanceled', 'canceled'],
    ['Deactivated', 'canceled'],
    ['Rejected', 'rejected'],
  ])('%s is %s', (orderStatus, status) => {
    expect(order({ orderStatus })).toMatchObject({ status });
  });

  it('with a state that nobody documented are malformed', () => {
    expect(() => order({ orderStatus: 'Dreaming' })).toThrow(MalformedAnswer);
    expect(() => order({ side: 'None' })).toThrow(MalformedAnswer);
    expect(() => order({ positionIdx: 3 })).toThrow(MalformedAnswer);
  });

  it('say why they ended, where it was not their owner', () => {
    const ended = { orderStatus: 'Cancelled' };
    expect(order({ ...ended, rejectReason: 'EC_PostOnlyWillTakeLiquidity' })).toMatchObject({
      venueReason: 'EC_PostOnlyWillTakeLiquidity',
    });
    expect(
      order({ ...ended, rejectReason: 'EC_PerCancelRequest', cancelType: 'CancelByUser' }),
    ).toMatchObject({
      venueReason: '',
    });
    expect(order({ ...ended, cancelType: 'CancelAllBeforeLiq' })).toMatchObject({
      venueReason: 'CancelAllBeforeLiq',
    });
  });

  it('of the market have no price, and no quantity where they are sized in the quote coin', () => {
    const market = { orderType: 'Market', price: '61000', positionIdx: 0 };
    expect(order(market)).toMatchObject({ price: null, quantity: '0.1', positionSide: 'net' });
    expect(order({ ...market, marketUnit: 'quoteCoin', qty: '100' }, 'spot')).toMatchObject({
      price: null,
      quantity: null,
    });
  });

  it('of others have no id of ours', () => {
    expect(order({ orderLinkId: '' })).toMatchObject({ venueClientOrderId: null });
  });
});

const EXECUTION = {
  category: 'linear',
  symbol: 'BTCUSDT',
  closedSize: '0.5',
  execFee: '26.3725275',
  execId: '0ab1bdf7-4219-438b-b30a-32ec863018f7',
  execPrice: '95900.1',
  execQty: '0.5',
  execType: 'Trade',
  orderId: '9aac161b-8ed6-450d-9cab-c5cc67c21784',
  orderLinkId: '',
  side: 'Sell',
  execTime: '1746270400353',
  isMaker: false,
  seq: 140612148849382,
  execPnl: '0.05',
  feeCurrency: 'USDT',
};
const fill = (change: object, mode: PositionMode | null = 'one_way', kind: InstrumentKind = 'linear_swap') =>
  plain(fillFrom(json({ ...EXECUTION, ...change }), names[kind], mode));

describe('executions', () => {
  it('are read with every figure', () => {
    expect(fill({})).toEqual({
      symbol: 'BTC/USDT:USDT',
      tradeId: '0ab1bdf7-4219-438b-b30a-32ec863018f7',
      venueOrderId: '9aac161b-8ed6-450d-9cab-c5cc67c21784',
      venueClientOrderId: null,
      side: 'sell',
      positionSide: 'net',
      sequence: 140612148849382,
      price: '95900.1',
      quantity: '0.5',
      fee: '26.3725275',
      feeAsset: 'USDT',
      liquidity: 'taker',
      realizedPnl: '0.05',
      executedAt: 1746270400353,
    });
  });

  it.each([
    ['Buy', '0', 'long'],
    ['Sell', '0.5', 'long'],
    ['Sell', '0', 'short'],
    ['Buy', '0.5', 'short'],
  ])('of hedge mode: %s that closes %s is of the %s side', (side, closedSize, positionSide) => {
    expect(fill({ side, closedSize }, 'hedged')).toMatchObject({ positionSide });
  });

  it('of the trade history have the result that the transaction log states, and one of nothing where they closed nothing', () => {
    const results = resultsIn([
      json({ type: 'TRADE', tradeId: EXECUTION.execId, cashFlow: '-6.6', fee: '1', funding: '' }),
      json({ type: 'TRANSFER_IN', tradeId: '', cashFlow: '50' }),
    ]);
    const read = (change: object) =>
      plain(fillFrom(json({ ...EXECUTION, execPnl: '', ...change }), names.linear_swap, 'one_way', results));
    expect(read({})).toMatchObject({ realizedPnl: '-6.6' });
    expect(read({ closedSize: '0' })).toMatchObject({ realizedPnl: '0' });
    expect(read({ execId: 'not listed yet' })).toMatchObject({ realizedPnl: null });
  });

  it('on spot have no side, and name the coin of their fee', () => {
    expect(fill({ feeCurrency: 'BTC', closedSize: '' }, 'hedged', 'spot')).toMatchObject({
      symbol: 'BTC/USDT',
      positionSide: 'net',
      feeAsset: 'BTC',
      realizedPnl: null,
    });
    expect(fill({ feeCurrency: '' }, null, 'spot')).toMatchObject({ feeAsset: null });
  });

  it('keep a rebate as a fee below zero', () => {
    expect(fill({ execFee: '-0.0625', isMaker: true })).toMatchObject({ fee: '-0.0625', liquidity: 'maker' });
  });

  it.each([
    ['Trade', true],
    ['AdlTrade', true],
    ['BustTrade', true],
    ['Delivery', true],
    ['Funding', false],
    ['SessionSettlePnL', false],
    ['UNKNOWN', false],
  ])('of the type %s move a position: %s', (execType, moves) => {
    expect(movesPosition(asObject(json({ execType }), 'execution'))).toBe(moves);
  });
});

describe('the private stream', () => {
  const messages = () =>
    new PrivateMessages({ kinds: ['spot', 'linear_swap'], names, mode: { value: 'one_way' } });
  const message = (topic: string, creationTime: number, ...data: object[]) =>
    JSON.stringify({ topic, id: '1', creationTime, data });

  it('reports orders, and executions on their own', () => {
    const row = { ...ORDER, category: 'linear', positionIdx: 0 };
    expect(messages().read(message('order', 1, row))).toMatchObject([
      { kind: 'order', report: { status: 'open' }, fill: null },
    ]);
    expect(messages().read(message('execution', 1, EXECUTION))).toMatchObject([
      { kind: 'fill', fill: { venueOrderId: EXECUTION.orderId } },
    ]);
  });

  it('takes funding for a change of the account, and no fill', () => {
    const funding = { ...EXECUTION, execType: 'Funding' };
    expect(messages().read(message('execution', 1, funding))).toEqual([{ kind: 'account' }]);
  });

  it('says that the account changed where no order explains it', () => {
    const reader = messages();
    expect(reader.read(message('wallet', 5_000))).toEqual([{ kind: 'account' }]);
    reader.read(message('execution', 5_000, EXECUTION));
    expect(reader.read(message('wallet', 5_100))).toEqual([]);
    expect(reader.read(message('wallet', 6_100))).toEqual([{ kind: 'account' }]);
  });

  it('passes over other categories, instruments that are not ours, and answers', () => {
    const reader = messages();
    expect(reader.read(message('order', 1, { ...ORDER, category: 'linear', symbol: 'BTCPERP' }))).toEqual([]);
    expect(reader.read(JSON.stringify({ success: true, ret_msg: '', op: 'pong', conn_id: '1' }))).toEqual([]);
  });
});

const COIN = {
  coin: 'USDT',
  walletBalance: '1000.5',
  equity: '1010.5',
  usdValue: '1010.5',
  locked: '100',
  totalOrderIM: '20',
  totalPositionIM: '30',
  bonus: '0',
  collateralSwitch: true,
  marginCollateral: true,
  spotBorrow: '0',
};
const ACCOUNT = {
  totalInitialMargin: '50',
  totalAvailableBalance: '860.5',
  totalMaintenanceMargin: '5.5',
  totalMarginBalance: '1100',
  accountMMRate: '0.006',
};
const wallet = (account: object, ...coins: object[]) =>
  json({ list: [{ ...ACCOUNT, ...account, coin: coins.map((coin) => ({ ...COIN, ...coin })) }] });
const TIERS = collateralTiers(
  json({
    list: [
      { currency: 'USDT', collateralRatioList: [{ minQty: '0', maxQty: '', collateralRatio: '1' }] },
      {
        currency: 'BTC',
        collateralRatioList: [
          { minQty: '0', maxQty: '5', collateralRatio: '0.95' },
          { minQty: '5', maxQty: '', collateralRatio: '0.6' },
        ],
      },
    ],
  }),
);

describe('balances', () => {
  it('have free what neither orders nor margin take', () => {
    expect(plain(balancesFrom(wallet({}, {}), TIERS))).toEqual([
      {
        wallet: 'unified',
        asset: 'USDT',
        total: '1000.5',
        free: '860.5',
        lockedByOrders: '100',
        collateralRate: '1',
      },
    ]);
  });

  it('have no more free than there is of the coin', () => {
    expect(plain(balancesFrom(wallet({ totalAvailableBalance: '5000' }, {}), TIERS))).toMatchObject([
      { free: '900.5' },
    ]);
    expect(plain(balancesFrom(wallet({ totalAvailableBalance: '-3' }, {}), TIERS))).toMatchObject([
      { free: '0' },
    ]);
  });

  it('of isolated accounts are less the margin that each coin carries', () => {
    const isolated = { totalInitialMargin: '', totalAvailableBalance: '' };
    expect(plain(balancesFrom(wallet(isolated, {}), TIERS))).toMatchObject([{ free: '850.5' }]);
  });

  it('count as collateral by the tier in which the whole amount ends', () => {
    const btc = (walletBalance: string) => ({ ...COIN, coin: 'BTC', walletBalance });
    const rates = balancesFrom(wallet({}, btc('4'), btc('6')), TIERS).map(
      ({ collateralRate }) => collateralRate,
    );
    expect(plain(rates)).toEqual(['0.95', '0.6']);
    expect(balancesFrom(wallet({}, { collateralSwitch: false }), TIERS)[0]?.collateralRate).toBeNull();
    expect(balancesFrom(wallet({}, {}), null)[0]?.collateralRate).toBeNull();
  });

  it('count beyond the last tier at the ratio of that one', () => {
    const tier = { minQty: '0', maxQty: '5', collateralRatio: '0.95' };
    const tiers = collateralTiers(json({ list: [{ currency: 'BTC', collateralRatioList: [tier] }] }));
    const [balance] = balancesFrom(wallet({}, { coin: 'BTC', walletBalance: '6' }), tiers);
    expect(plain(balance)).toMatchObject({ asset: 'BTC', total: '6', collateralRate: '0.95' });
  });

  it('are below zero where the coin is borrowed', () => {
    const borrowed = { walletBalance: '10', spotBorrow: '25' };
    expect(plain(balancesFrom(wallet({}, borrowed), TIERS))).toMatchObject([{ total: '-15', free: '0' }]);
  });
});

describe('margin', () => {
  it('is what stands behind the positions, after the haircut', () => {
    expect(plain(marginFrom(wallet({})))).toEqual({
      wallet: 'unified',
      maintenanceMargin: '5.5',
      marginBalance: '910.5',
    });
  });

  it('follows from the rate of maintenance where nothing is available', () => {
    expect(plain(marginFrom(wallet({ totalAvailableBalance: '0', accountMMRate: '0.5' })))).toMatchObject({
      marginBalance: '11',
    });
  });

  it('is unknown where the venue leaves it empty', () => {
    const isolated = {
      totalInitialMargin: '',
      totalAvailableBalance: '',
      totalMaintenanceMargin: '',
      totalMarginBalance: '',
      accountMMRate: '',
    };
    expect(marginFrom(wallet(isolated))).toMatchObject({ maintenanceMargin: null, marginBalance: null });
  });
});

describe('positions and modes', () => {
  const POSITION = {
    symbol: 'BTCUSDT',
    positionIdx: 0,
    side: 'Sell',
    size: '0.02',
    avgPrice: '60000.1',
    markPrice: '60010.0',
    leverage: '7',
    liqPrice: '',
    positionMM: '6',
    positionBalance: '120',
    unrealisedPnl: '-0.2',
  };
  const position = (change: object, mode: 'cross' | 'isolated' | null = 'cross') =>
    plain(positionFrom(asObject(json({ ...POSITION, ...change }), 'position'), names.linear_swap, mode));

  it('are read with sign, side and margin', () => {
    expect(position({})).toMatchObject({
      quantity: '-0.02',
      positionSide: 'net',
      entryPrice: '60000.1',
      leverage: '7',
      marginMode: 'cross',
      liquidationPrice: 'none',
      maintenanceMargin: '6',
      isolatedMargin: null,
    });
    expect(position({ positionIdx: 1, side: 'Buy', liqPrice: '42000.5' }, 'isolated')).toMatchObject({
      quantity: '0.02',
      positionSide: 'long',
      liquidationPrice: '42000.5',
      isolatedMargin: '120',
    });
    expect(position({ side: '', size: '0', avgPrice: '0' })).toMatchObject({
      quantity: '0',
      entryPrice: null,
    });
  });

  it('show no price of liquidation where portfolio margin has none', () => {
    expect(position({}, null)).toMatchObject({ liquidationPrice: null, marginMode: null });
  });

  it('show the mode of the account, and the leverage that all sides of an instrument have', () => {
    const mode = (...indices: number[]) =>
      positionModeFrom(json({ list: indices.map((positionIdx) => ({ ...POSITION, positionIdx })) }));
    expect(mode(0)).toBe('one_way');
    expect(mode(1, 2)).toBe('hedged');
    expect(() => mode()).toThrow(MalformedAnswer);
    const leverage = (...figures: string[]) =>
      leverageFrom(json({ list: figures.map((figure) => ({ ...POSITION, leverage: figure })) }))?.toString();
    expect(leverage('7')).toBe('7');
    expect(leverage('7', '7')).toBe('7');
    expect(leverage('7', '8')).toBeUndefined();
    expect(leverage('')).toBeUndefined();
    expect(leverage()).toBeUndefined();
    expect(marginModeFrom(json({ marginMode: 'ISOLATED_MARGIN' }))).toBe('isolated');
    expect(marginModeFrom(json({ marginMode: 'PORTFOLIO_MARGIN' }))).toBeNull();
    expect(isUnified(json({ unifiedMarginStatus: 5 }))).toBe(true);
    expect(isUnified(json({ unifiedMarginStatus: 1 }))).toBe(false);
  });
});

describe('records of the transaction log', () => {
  const ENTRY = {
    id: '592324_XRPUSDT_161440249321',
    symbol: 'BTCUSDT',
    change: '-0.003676',
    transactionTime: '1672128000000',
    type: 'SETTLEMENT',
    currency: 'USDT',
    category: 'linear',
    tradeId: '534c0003-4bf7-486f-aa02-78cee36825e4',
  };
  const read = (...changes: object[]) =>
    recordsFrom(
      changes.map((change) => json({ ...ENTRY, ...change })),
      names,
    );
  const records = (...changes: object[]) => read(...changes).records;
  const MONEY = { symbol: '', tradeId: '', category: '' };

  it('are read with sign, kind and an id of their own', () => {
    expect(plain(records({}))).toEqual([
      {
        recordId: 'SETTLEMENT 592324_XRPUSDT_161440249321 USDT 534c0003-4bf7-486f-aa02-78cee36825e4',
        kind: 'funding',
        venueKind: 'SETTLEMENT',
        wallet: 'unified',
        asset: 'USDT',
        amount: '-0.003676',
        symbol: 'BTC/USDT:USDT',
        positionSide: 'net',
        tradeId: '534c0003-4bf7-486f-aa02-78cee36825e4',
        at: 1672128000000,
      },
    ]);
  });

  it.each([
    ['TRANSFER_IN', '5', 'transfer_in'],
    ['TRANSFER_OUT', '-5', 'transfer_out'],
    ['LIQUIDATION', '-5', 'liquidation_fee'],
    ['LIQUIDATION', '5', 'insurance'],
    ['FEE_REFUND', '5', 'rebate'],
    ['INTEREST', '-5', 'interest'],
    ['AIRDROP', '5', 'airdrop'],
    ['CURRENCY_BUY', '5', 'conversion'],
    ['FIXED_STAKING_SUBSCRIPTION', '-5', 'transfer_out'],
    ['FIXED_STAKING_REFUND', '5', 'transfer_in'],
    ['A_TYPE_OF_TOMORROW', '-5', 'other'],
  ])('%s of %s is %s', (type, change, kind) => {
    expect(records({ ...MONEY, type, change })).toMatchObject([{ kind, venueKind: type }]);
  });

  it('leave out what executions of our instruments say, and nothing else', () => {
    for (const type of ['TRADE', 'LIQUIDATION', 'ADL', 'DELIVERY'])
      expect(read({ type })).toEqual({
        records: [],
        traded: [{ symbol: 'BTC/USDT:USDT', at: 1_672_128_000_000 }],
      });
    expect(records({ type: 'TRADE', symbol: 'BTCPERP' })).toMatchObject([
      { kind: 'commission', symbol: null },
    ]);
    expect(records({ type: 'LIQUIDATION', tradeId: '' })).toMatchObject([{ kind: 'liquidation_fee' }]);
  });
});

describe('keys', () => {
  const KEY = {
    readOnly: 0,
    permissions: {
      ContractTrade: ['Order', 'Position'],
      Spot: ['SpotTrade'],
      Wallet: ['AccountTransfer', 'SubMemberTransfer'],
      Derivatives: [],
    },
    ips: ['*'],
  };
  const rights = (change: object) => permissionsFrom(json({ ...KEY, ...change }));
  const only = (groups: object) => ({ permissions: { ...KEY.permissions, ...groups } });

  it('may do what their groups name', () => {
    expect(rights({})).toEqual({
      canRead: true,
      canTradeSpot: true,
      canTradeSwaps: true,
      canWithdraw: false,
      canTransfer: true,
      restrictedToAddresses: false,
    });
    expect(rights(only({ Wallet: ['Withdraw'] }))).toMatchObject({ canWithdraw: true, canTransfer: false });
    expect(rights(only({ ContractTrade: [], Derivatives: ['DerivativesTrade'] }))).toMatchObject({
      canTradeSwaps: true,
    });
    expect(rights(only({ ContractTrade: ['Position'] }))).toMatchObject({ canTradeSwaps: false });
  });

  it('that only read may trade nothing, whatever their groups name', () => {
    expect(rights({ readOnly: 1 })).toMatchObject({ canTradeSpot: false, canTradeSwaps: false });
  });

  it('may be restricted to addresses', () => {
    expect(rights({ ips: ['192.0.2.7'] })).toMatchObject({ restrictedToAddresses: true });
    expect(rights({ ips: [] })).toMatchObject({ restrictedToAddresses: false });
  });
});

describe('the venue clock', () => {
  it('is read to the millisecond from nanoseconds that no double carries', () => {
    expect(millisecondsOf('1688639403423213947')).toBe(1688639403423);
    for (const bad of ['', 'now', '12345', '99999999999999999999999999'])
      expect(() => millisecondsOf(bad)).toThrow(MalformedAnswer);
  });

  it('names the symbol of each kind', () => {
    expect(names.spot.symbol('BTCUSDT')).toBe(instrumentSymbol('BTC/USDT'));
  });
});
