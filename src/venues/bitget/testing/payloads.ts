/** Payloads in the form of the unified account's documentation, with figures of our own where exactness is at stake. */

/** "Get Instruments". */
export const BTC_SPOT = {
  symbol: 'BTCUSDT',
  category: 'SPOT',
  baseCoin: 'BTC',
  quoteCoin: 'USDT',
  buyLimitPriceRatio: '0.02',
  sellLimitPriceRatio: '0.03',
  minOrderQty: '0.000001',
  maxOrderQty: '0',
  pricePrecision: '2',
  quantityPrecision: '6',
  quotePrecision: '8',
  minOrderAmount: '1',
  maxSymbolOrderNum: '',
  maxProductOrderNum: '400',
  status: 'online',
  maintainTime: '',
  symbolType: 'crypto',
};

export const BTC_SWAP = {
  symbol: 'BTCUSDT',
  category: 'USDT-FUTURES',
  baseCoin: 'BTC',
  quoteCoin: 'USDT',
  buyLimitPriceRatio: '0.05',
  sellLimitPriceRatio: '0.05',
  makerFeeRate: '0.0002',
  takerFeeRate: '0.0006',
  minOrderQty: '0.0001',
  maxOrderQty: '1200',
  maxMarketOrderQty: '220',
  pricePrecision: '1',
  quantityPrecision: '4',
  priceMultiplier: '0.5',
  quantityMultiplier: '0.0001',
  type: 'perpetual',
  minOrderAmount: '5',
  status: 'online',
  fundInterval: '8',
  minLeverage: '1',
  maxLeverage: '125',
};

/** "Get Order Details". */
export const ORDER = {
  orderId: '1320244799629316096',
  clientOid: '1320244799633510400',
  category: 'USDT-FUTURES',
  symbol: 'BTCUSDT',
  orderType: 'limit',
  side: 'buy',
  price: '107000.5',
  qty: '0.123456789012345678',
  amount: '0',
  cumExecQty: '0.1',
  cumExecValue: '10700.05',
  avgPrice: '107000.5',
  timeInForce: 'gtc',
  orderStatus: 'partially_filled',
  posSide: 'long',
  holdMode: 'hedge_mode',
  tradeSide: 'open',
  reduceOnly: 'NO',
  marginMode: 'crossed',
  feeDetail: [{ feeCoin: 'USDT', fee: '6.42' }],
  cancelReason: '',
  execType: 'normal',
  stpMode: 'none',
  createdTime: '1750130400000',
  updatedTime: '1750130415012',
};

/** "Order Channel". */
export const ORDER_ROW = {
  category: 'usdt-futures',
  symbol: 'BTCUSDT',
  orderId: '1288888888888888888',
  clientOid: '1288888888888888889',
  price: '',
  qty: '0.001',
  amount: '1000',
  holdMode: 'hedge_mode',
  holdSide: 'long',
  tradeSide: 'open',
  orderType: 'market',
  timeInForce: 'gtc',
  side: 'buy',
  marginMode: 'crossed',
  marginCoin: 'USDT',
  reduceOnly: 'no',
  cumExecQty: '0.001',
  cumExecValue: '83.1315',
  avgPrice: '83131.5',
  totalProfit: '0',
  orderStatus: 'filled',
  cancelReason: '',
  leverage: '20',
  feeDetail: [{ feeCoin: 'USDT', fee: '0.0332526' }],
  createdTime: '1742367838101',
  updatedTime: '1742367838115',
  stpMode: 'none',
};

/** "Get Fill History". */
export const FILL = {
  execId: '1320280203384565760',
  execLinkId: '1320280203384565761',
  orderId: '1320280203338432512',
  clientOid: '1320280203342626816',
  category: 'USDT-FUTURES',
  symbol: 'BTCUSDT',
  orderType: 'market',
  side: 'sell',
  execPrice: '107005.4',
  execQty: '0.0001',
  execValue: '10.70054',
  tradeScope: 'taker',
  tradeSide: 'close',
  feeDetail: [{ feeCoin: 'USDT', fee: '0.00642' }],
  createdTime: '1750138872000',
  updatedTime: '1750138872038',
  execPnl: '-0.0055',
  isRPI: 'no',
};

/** "Fill Channel". */
export const FILL_ROW = {
  ...FILL,
  category: 'usdt-futures',
  holdSide: 'long',
  createdTime: undefined,
  execTime: '1742367838125',
};

/** "Get Account Assets". */
export const ASSETS = {
  accountEquity: '11.13919278',
  usdtEquity: '11.13921165',
  btcEquity: '0.00011256',
  unrealisedPnl: '-1.5',
  effEquity: '9061.132442',
  mmr: '12.5',
  imr: '100',
  mgnRatio: '0',
  positionMgnRatio: '0',
  assets: [
    {
      coin: 'USDT',
      equity: '6.19300826',
      usdValue: '6.19299551',
      balance: '6.193008264738291827',
      available: '4.5',
      debt: '0',
      locked: '1.5',
    },
    {
      coin: 'BTC',
      equity: '2',
      usdValue: '200000',
      balance: '2',
      available: '2.5',
      debt: '0.5',
      locked: '0',
    },
    { coin: 'BGB', equity: '1', usdValue: '4', balance: '1', available: '1', debt: '0', locked: '0' },
  ],
};

/** "Get Discount Rate". */
export const DISCOUNT_RATES = [
  { coin: 'USDT', list: [{ tierStartValue: '0', discountRate: '1' }] },
  {
    coin: 'BTC',
    list: [
      { tierStartValue: '150000', discountRate: '0.9' },
      { tierStartValue: '0', discountRate: '0.98' },
    ],
  },
  { coin: 'BGB', list: [{ tierStartValue: '0', discountRate: '0.85' }] },
];

/** "Get Position Info". */
export const POSITION = {
  category: 'USDT-FUTURES',
  symbol: 'BTCUSDT',
  marginCoin: 'USDT',
  holdMode: 'one_way_mode',
  posSide: 'short',
  marginMode: 'crossed',
  positionBalance: '57.2',
  available: '0.02',
  frozen: '0',
  total: '0.02',
  leverage: '20',
  curRealisedPnl: '0',
  avgPrice: '60000.1',
  positionStatus: 'normal',
  unrealisedPnl: '-0.2',
  liquidationPrice: '-1520.5',
  mmr: '0.004',
  profitRate: '0',
  markPrice: '60010.0',
  breakEvenPrice: '60050',
  totalFunding: '0',
  createdTime: '1747885861286',
  updatedTime: '1747885861302',
};

/** "Get Account Setting", as an account answered it in September 2025. */
export const SETTINGS = {
  uid: '4486145123',
  accountMode: 'unified',
  assetMode: 'multi_assets',
  holdMode: 'hedge_mode',
  stpMode: 'none',
  symbolConfigList: [
    { category: 'USDT-FUTURES', symbol: 'BTCUSDT', marginMode: 'crossed', leverage: '10' },
    { category: 'COIN-FUTURES', symbol: 'BTCUSD', marginMode: 'crossed', leverage: '5' },
  ],
  coinConfigList: [],
};

/** "Get Account Info". */
export const KEY_INFORMATION = {
  userId: '4486145123',
  inviterId: '',
  parentId: '',
  channelCode: '',
  channel: '',
  ips: '',
  permType: 'read-and-write',
  permissions: ['uta_mgt', 'uta_trade'],
  regisTime: '1246566789345',
};

/** "Get Financial Records". */
export const RECORD = {
  category: 'USDT-FUTURES',
  id: '1342012345678901234',
  symbol: 'BTCUSDT',
  coin: 'USDT',
  type: 'CONTRACT_MAIN_SETTLE_FEE_USER_OUT',
  positionType: 'crossed',
  amount: '-0.00123',
  fee: '0',
  balance: '6.2',
  ts: '1751020440173',
};
