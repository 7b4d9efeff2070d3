/** Payloads of the v5 documentation's examples, with figures of our own where exactness is at stake. */

/** "Get instruments". */
export const BTC_SPOT = {
  baseCcy: 'BTC',
  quoteCcy: 'USDT',
  instId: 'BTC-USDT',
  instType: 'SPOT',
  lotSz: '0.00000001',
  minSz: '0.00001',
  maxLmtSz: '9999999999',
  maxMktSz: '1000000',
  tickSz: '0.1',
  state: 'live',
  ctVal: '',
  ctMult: '',
  ctType: '',
  ctValCcy: '',
  settleCcy: '',
};

export const BTC_SWAP = {
  baseCcy: '',
  quoteCcy: '',
  instId: 'BTC-USDT-SWAP',
  instType: 'SWAP',
  lotSz: '0.01',
  minSz: '0.01',
  maxLmtSz: '100000000',
  maxMktSz: '12000',
  tickSz: '0.1',
  state: 'live',
  ctVal: '0.01',
  ctMult: '1',
  ctType: 'linear',
  ctValCcy: 'BTC',
  settleCcy: 'USDT',
};

/** "Order details", with the fields of the channel that the look-up lacks. */
export const ORDER = {
  accFillSz: '0.00192834',
  algoClOrdId: '',
  algoId: '',
  avgPx: '51858',
  cTime: '1708587373361',
  cancelSource: '',
  cancelSourceReason: '',
  clOrdId: '',
  fee: '-0.00000192834',
  feeCcy: 'BTC',
  fillPx: '51858',
  fillSz: '0.00192834',
  fillTime: '1708587373361',
  instId: 'BTC-USDT',
  instType: 'SPOT',
  ordId: '680800019749904384',
  ordType: 'market',
  posSide: '',
  px: '',
  side: 'buy',
  source: '',
  state: 'filled',
  sz: '100',
  tdMode: 'cash',
  tgtCcy: 'quote_ccy',
  tradeId: '744876980',
  uTime: '1708587373362',
};

/** A message of "Order channel" about an execution on a swap, in contracts. */
export const SWAP_MESSAGE = {
  ...ORDER,
  instId: 'BTC-USDT-SWAP',
  instType: 'SWAP',
  clOrdId: 'c1',
  ordId: '680800019749904385',
  ordType: 'limit',
  posSide: 'short',
  px: '51858.1',
  side: 'sell',
  state: 'partially_filled',
  sz: '12.5',
  accFillSz: '2.5',
  fillSz: '1.5',
  fillFee: '-0.38893575',
  fillFeeCcy: 'USDT',
  fillPnl: '1.25',
  execType: 'M',
  tgtCcy: '',
};

/** "Transaction details". */
export const FILL = {
  side: 'buy',
  fillSz: '0.00192834',
  fillPx: '51858',
  fee: '-0.00000192834',
  fillPnl: '0',
  ordId: '680800019749904384',
  instType: 'SPOT',
  instId: 'BTC-USDT',
  clOrdId: '',
  posSide: 'net',
  billId: '680800019754098688',
  subType: '1',
  fillTime: '1708587373361',
  execType: 'T',
  tradeId: '744876980',
  feeCcy: 'BTC',
  ts: '1708587373362',
};

/** "Algo order details". */
export const ALGO_ORDER = {
  algoClOrdId: 'stop1',
  algoId: '1753184812254216192',
  cTime: '1724751378980',
  clOrdId: '',
  failCode: '0',
  instId: 'BTC-USDT-SWAP',
  instType: 'SWAP',
  ordId: '',
  ordIdList: [] as string[],
  ordPx: '',
  ordType: 'conditional',
  posSide: 'net',
  side: 'sell',
  slOrdPx: '-1',
  slTriggerPx: '50000',
  state: 'live',
  sz: '1',
  tgtCcy: '',
  tpOrdPx: '',
  uTime: '1724751378980',
};

/** "Get balance". */
export const BALANCE = [
  {
    adjEq: '55415.624719833286',
    mmr: '1234.5',
    details: [
      {
        ccy: 'USDT',
        cashBal: '4850.435693622894',
        availBal: '4834.317093622894',
        availEq: '4834.3170936228935',
        ordFrozen: '16.1186',
        collateralEnabled: true,
      },
      { ccy: 'BTC', cashBal: '21', availBal: '21', availEq: '20', ordFrozen: '0', collateralEnabled: true },
      { ccy: 'ETH', cashBal: '3', availBal: '3', availEq: '', ordFrozen: '', collateralEnabled: false },
    ],
  },
];

/** "Get discount rate and interest-free quota". */
export const DISCOUNT_RATES = [
  {
    ccy: 'BTC',
    details: [
      { discountRate: '0.98', minAmt: '0', maxAmt: '20', tier: '1' },
      { discountRate: '0.9775', minAmt: '20', maxAmt: '25', tier: '2' },
    ],
  },
  { ccy: 'USDT', details: [{ discountRate: '1', minAmt: '0', maxAmt: '', tier: '1' }] },
  { ccy: 'ETH', details: [{ discountRate: '0.98', minAmt: '0', maxAmt: '', tier: '1' }] },
];

/** "Get positions". */
export const POSITION = {
  instType: 'SWAP',
  instId: 'BTC-USDT-SWAP',
  mgnMode: 'cross',
  posSide: 'net',
  pos: '-1.5',
  avgPx: '2566.31',
  markPx: '2353.849',
  lever: '10',
  liqPx: '2352.8496681818233',
  mmr: '0.2982358723',
  margin: '',
  upl: '3.1868',
};

/** "Get account configuration". */
export const CONFIGURATION = {
  acctLv: '3',
  autoLoan: false,
  feeType: '0',
  ip: '',
  perm: 'read_only,trade',
  posMode: 'long_short_mode',
};

/** "Get bills details". */
export const BILL = {
  balChg: '-0.0219338232210000',
  billId: '623950854533513219',
  ccy: 'USDT',
  instId: 'BTC-USDT-SWAP',
  instType: 'SWAP',
  subType: '173',
  tradeId: '',
  ts: '1695033476167',
  type: '8',
};
