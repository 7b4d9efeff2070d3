/** Payloads of MEXC's documentation and of recorded answers, with figures of our own where exactness is at stake. */

/** "Exchange Information". */
export const BTC_SPOT = {
  symbol: 'BTCUSDT',
  status: '1',
  baseAsset: 'BTC',
  baseAssetPrecision: 6,
  quoteAsset: 'USDT',
  quotePrecision: 2,
  quoteAssetPrecision: 2,
  orderTypes: ['LIMIT', 'LIMIT_MAKER'],
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  quoteAmountPrecision: '5',
  baseSizePrecision: '0.0001',
  permissions: ['SPOT'],
  filters: [],
  maxQuoteAmount: '5000000',
};

/** "Get the contract information". */
export const BTC_SWAP = {
  symbol: 'BTC_USDT',
  baseCoin: 'BTC',
  quoteCoin: 'USDT',
  settleCoin: 'USDT',
  contractSize: 0.0001,
  priceUnit: 0.5,
  volUnit: 1,
  minVol: 1,
  maxVol: 5_000_000,
  bidLimitPriceRate: 0.03,
  askLimitPriceRate: 0.02,
  state: 0,
  apiAllowed: true,
};

/** "Query Order". */
export const SPOT_ORDER = {
  symbol: 'BTCUSDT',
  orderId: 'C02__443776347957968896088',
  orderListId: -1,
  clientOrderId: 'id1',
  price: '60000.01',
  origQty: '0.5',
  executedQty: '0.123456789012345678',
  cummulativeQuoteQty: '7407.4',
  status: 'PARTIALLY_FILLED',
  timeInForce: null,
  type: 'LIMIT',
  side: 'BUY',
  stopPrice: null,
  time: 1_499_827_319_559,
  updateTime: 1_499_827_319_560,
  isWorking: true,
  cancelReason: '',
  origQuoteOrderQty: '30000.005',
};

/** "Account Trade List". */
export const SPOT_TRADE = {
  symbol: 'BTCUSDT',
  id: 'fad2af9e942049b6adbda1a271f990c6',
  orderId: 'C02__443776347957968896088',
  orderListId: -1,
  price: '4.00000100',
  qty: '12.00000000',
  quoteQty: '48.000012',
  commission: '0.024',
  commissionAsset: 'USDT',
  time: 1_499_865_549_590,
  isBuyer: true,
  isMaker: false,
  isBestMatch: true,
  isSelfTrade: true,
  clientOrderId: null,
};

/** "Spot Account Orders", once it is text. */
export const ORDER_PUSH = {
  channel: 'spot@private.orders.v3.api.pb',
  symbol: 'BTCUSDT',
  sendTime: 1_736_417_034_281,
  privateOrders: {
    id: 'C02__505979017439002624115',
    clientId: 'id1',
    price: '3.5121',
    quantity: '1',
    amount: '0',
    avgPrice: '3.6962',
    orderType: 1,
    tradeType: 2,
    cumulativeQuantity: '0.4',
    status: 5,
    createTime: 1_736_417_034_259,
  },
};

/** "Spot Account Deals", once it is text: a flag that is not set is not there. */
export const DEAL_PUSH = {
  channel: 'spot@private.deals.v3.api.pb',
  symbol: 'BTCUSDT',
  sendTime: 1_736_417_034_332,
  privateDeals: {
    price: '3.6962',
    quantity: '1',
    amount: '3.6962',
    tradeType: 2,
    tradeId: '505979017439002624X1',
    clientOrderId: 'id1',
    orderId: 'C02__505979017439002624115',
    feeAmount: '0.0003998377369698171',
    feeCurrency: 'MX',
    time: 1_736_417_034_280,
  },
};

/** "Query the order based on the order number". */
export const SWAP_ORDER = {
  orderId: '102015012431820288',
  symbol: 'BTC_USDT',
  positionId: 1_394_917,
  price: 1209.05,
  vol: 15,
  leverage: 20,
  side: 2,
  category: 1,
  orderType: 1,
  dealAvgPrice: 1208.35,
  dealVol: 4,
  feeCurrency: 'USDT',
  openType: 2,
  state: 2,
  externalOid: 'id1',
  errorCode: 0,
  createTime: 1_609_992_674_000,
  updateTime: 1_609_992_674_500,
};

/** "Get all transaction details of the user's order". */
export const SWAP_DEAL = {
  id: '1001',
  symbol: 'BTC_USDT',
  side: 4,
  vol: 15,
  price: 60_000.5,
  feeCurrency: 'USDT',
  fee: 0.0451,
  timestamp: 1_609_992_674_000,
  profit: -1.5,
  isTaker: true,
  category: 1,
  orderId: '102015012431820288',
};

/** "Get the user's current holding position". */
export const POSITION = {
  positionId: 1_394_650,
  symbol: 'BTC_USDT',
  positionType: 2,
  openType: 1,
  state: 1,
  holdVol: 30,
  frozenVol: 0,
  holdAvgPrice: 60_001.25,
  liquidatePrice: 71_000.5,
  oim: 9.1,
  im: 9,
  leverage: 20,
};
