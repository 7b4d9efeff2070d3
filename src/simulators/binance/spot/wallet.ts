/**
 * The wallet of an account (`/sapi`): what programs ask for when they start, and how they move money between wallets.
 *
 * Entry point: `walletEndpoints`; closed-products.ts answers the rest of `/sapi`. Sources: the wallet documentation
 * ("Account", "Asset", "Capital", "Others") and "Simple Earn". The lists of past moves are in wallet-history.ts.
 */
import { createHash } from 'node:crypto';
import { Decimal } from '../../../core/decimal.ts';
import type { Balance } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { WalletName } from '../../exchange/policy.ts';
import { signedEndpoint, type AccountCall, type Endpoint } from '../authentication.ts';
import { apiKeyUnknown, BinanceRefusal, invalidParameter, mandatoryMissing } from '../errors.ts';
import { eight, freeAndLocked, ZERO_EIGHT } from '../figures.ts';
import { SPOT_ASSETS, SPOT_POLICY } from './instruments.ts';
import { symbolFrom } from './order-requests.ts';
import { SPOT_SYMBOLS } from './symbols.ts';
import { TRANSFER_WALLETS, walletHistoryEndpoints, walletsOfTransfer } from './wallet-history.ts';

/** The least that may be withdrawn, and what the network takes: the same for every asset here. */
const LEAST_WITHDRAWAL = Decimal.of(1n, 3);
const NETWORK_FEE = Decimal.zero;

export function walletEndpoints(exchange: Exchange): Endpoint[] {
  return [
    ...assetEndpoints(exchange),
    ...accountEndpoints(exchange),
    ...capitalEndpoints(exchange),
    ...walletHistoryEndpoints(exchange),
    ...earnEndpoints(exchange),
  ];
}

function post(path: string, weight: number, answer: (call: AccountCall) => unknown): Endpoint {
  return { method: 'POST', path, route: 'other', security: 'signed', weight, answer };
}

/** The balances of one wallet, without the assets that the account has none of. */
function held(exchange: Exchange, accountId: string, wallet: WalletName): readonly Balance[] {
  return exchange.balances(accountId, wallet).filter(({ total }) => total.isPositive());
}

// ── Assets ─────────────────────────────────────────────────────────────────────────────────────────────────────

function assetEndpoints(exchange: Exchange): Endpoint[] {
  return [
    post('/sapi/v3/asset/getUserAsset', 5, (call) =>
      assetsOf(exchange, call, 'spot').map((asset) => ({ ...asset, ipoable: '0' })),
    ),
    post('/sapi/v1/asset/get-funding-asset', 1, (call) => assetsOf(exchange, call, 'funding')),
    signedEndpoint('/sapi/v1/asset/wallet/balance', 'balances', 60, (call) => walletTotals(exchange, call)),
    signedEndpoint('/sapi/v1/asset/assetDetail', 'other', 1, (call) => {
      const asset = call.parameters.optional('asset');
      const assets = asset === undefined ? SPOT_ASSETS : SPOT_ASSETS.filter((known) => known === asset);
      return Object.fromEntries(assets.map((known) => [known, ASSET_DETAIL]));
    }),
    signedEndpoint('/sapi/v1/asset/tradeFee', 'other', 1, (call) =>
      tradeFees(call.parameters.optional('symbol')),
    ),
    signedEndpoint('/sapi/v1/bnbBurn', 'settings', 1, (call) => feeSetting(exchange, call)),
    {
      ...post('/sapi/v1/bnbBurn', 1, (call) => {
        const on = call.parameters.optionalBoolean('spotBNBBurn');
        call.parameters.ignore('interestBNBBurn');
        if (on !== undefined) exchange.setFeeCoin(call.at, call.accountId, on, 'spot');
        return feeSetting(exchange, call);
      }),
      route: 'settings',
    },
    post('/sapi/v1/asset/transfer', 900, (call) => transfer(exchange, call)),
  ];
}

/** Whether spot fees are paid in BNB. Interest is of margin, which nobody has here. */
function feeSetting(exchange: Exchange, { accountId }: AccountCall): unknown {
  return { spotBNBBurn: exchange.paysFeesInCoin(accountId, 'spot'), interestBNBBurn: false };
}

const ASSET_DETAIL = {
  minWithdrawAmount: LEAST_WITHDRAWAL.toString(),
  depositStatus: true,
  withdrawFee: NETWORK_FEE.toString(),
  withdrawStatus: true,
};

function assetsOf(exchange: Exchange, call: AccountCall, wallet: WalletName): Record<string, unknown>[] {
  const asset = call.parameters.optional('asset');
  const valued = call.parameters.optionalBoolean('needBtcValuation') === true;
  return held(exchange, call.accountId, wallet)
    .filter((balance) => asset === undefined || balance.asset === asset)
    .map((balance) => ({
      asset: balance.asset,
      ...freeAndLocked(balance.total, balance.free),
      freeze: '0',
      withdrawing: '0',
      btcValuation: valued ? eight(worthInBtc(exchange, balance.asset, balance.total)) : '0',
    }));
}

/** At the last prices, by way of USDT where an asset has no pair with BTC; zero for one that has neither. Eight digits, cut. */
function worthInBtc(exchange: Exchange, asset: string, amount: Decimal): Decimal {
  if (asset === 'BTC' || amount.isZero()) return amount;
  const last = (symbol: string): Decimal | undefined => exchange.market(symbol)?.lastPrice;
  const direct = last(`${asset}/BTC`);
  if (direct !== undefined) return amount.multiply(direct);
  const inDollars = asset === 'USDT' ? Decimal.one : last(`${asset}/USDT`);
  const bitcoin = last('BTC/USDT');
  return inDollars === undefined || bitcoin === undefined
    ? Decimal.zero
    : amount.multiply(inDollars).divide(bitcoin, 8, 'down');
}

function totalInBtc(exchange: Exchange, accountId: string, wallet: WalletName): Decimal {
  return held(exchange, accountId, wallet).reduce(
    (sum, { asset, total }) => sum.add(worthInBtc(exchange, asset, total)),
    Decimal.zero,
  );
}

const WALLET_TITLES: readonly (readonly [title: string, wallet: WalletName | null])[] = [
  ['Spot', 'spot'],
  ['Funding', 'funding'],
  ['Cross Margin', null],
  ['Isolated Margin', null],
  ['USDⓈ-M Futures', 'swap'],
  ['COIN-M Futures', null],
  ['Earn', 'earn'],
  ['Options', null],
];

/** The worth of each wallet, in BTC whatever `quoteAsset` asks for. */
function walletTotals(exchange: Exchange, { parameters, accountId }: AccountCall): unknown {
  parameters.ignore('quoteAsset');
  return WALLET_TITLES.map(([walletName, wallet]) => {
    const balance = wallet === null ? Decimal.zero : totalInBtc(exchange, accountId, wallet);
    return { activate: wallet !== null, balance: balance.isZero() ? '0' : eight(balance), walletName };
  });
}

function tradeFees(symbol: string | undefined): unknown {
  const symbols = symbol === undefined ? SPOT_SYMBOLS : [symbolFrom(symbol)];
  return symbols.map((entry) => ({
    symbol: entry.id,
    makerCommission: SPOT_POLICY.fees.maker.toString(),
    takerCommission: SPOT_POLICY.fees.taker.toString(),
  }));
}

/** Between the spot, the funding and the USD-M futures wallet. */
function transfer(exchange: Exchange, call: AccountCall): unknown {
  const type = call.parameters.required('type');
  const asset = call.parameters.required('asset');
  const amount = call.parameters.requiredDecimal('amount');
  const wallets = walletsOfTransfer(type);
  if (wallets === undefined) {
    const [from = '', to = ''] = type.split('_');
    // A wallet that the account has not opened, or a word that names none.
    throw TRANSFER_WALLETS.has(from) || TRANSFER_WALLETS.has(to)
      ? new BinanceRefusal(400, -5011, 'Unsupported transfer type.')
      : invalidParameter('type');
  }
  const result = exchange.transfer(call.at, call.accountId, asset, amount, wallets.from, wallets.to);
  if (!result.ok)
    throw result.refusal.code === 'insufficient_balance'
      ? new BinanceRefusal(400, -5013, 'Asset transfer failed: insufficient balance')
      : new BinanceRefusal(400, -5012, 'Amount must be positive.');
  return { tranId: exchange.entries(call.accountId).at(-1)?.number };
}

// ── The account ────────────────────────────────────────────────────────────────────────────────────────────────

function accountEndpoints(exchange: Exchange): Endpoint[] {
  const empty = (path: string): Endpoint => signedEndpoint(path, 'other', 1, () => []);
  return [
    signedEndpoint('/sapi/v1/account/apiRestrictions', 'other', 1, (call) =>
      keyRestrictions(exchange, call.accountId),
    ),
    signedEndpoint('/sapi/v1/account/status', 'other', 1, () => ({ data: 'Normal' })),
    signedEndpoint('/sapi/v1/account/info', 'other', 1, () => ({
      vipLevel: 0,
      isMarginEnabled: false,
      isFutureEnabled: true,
      isOptionsEnabled: false,
      isPortfolioMarginRetailEnabled: false,
    })),
    signedEndpoint('/sapi/v1/account/apiTradingStatus', 'other', 1, () => ({
      data: {
        isLocked: false,
        plannedRecoverTime: 0,
        triggerCondition: { GCR: 150, IFER: 150, UFR: 300 },
        updateTime: 0,
      },
    })),
    signedEndpoint('/sapi/v1/accountSnapshot', 'other', 2400, (call) => snapshots(exchange, call)),
    {
      method: 'GET',
      path: '/sapi/v1/system/status',
      route: 'other',
      security: 'none',
      weight: 1,
      answer: () => ({ status: 0, msg: 'normal' }),
    },
    empty('/sapi/v1/margin/allPairs'),
    empty('/sapi/v1/margin/isolated/allPairs'),
    empty('/sapi/v1/margin/allAssets'),
  ];
}

function keyRestrictions(exchange: Exchange, accountId: string): unknown {
  const account = exchange.account(accountId);
  const trade = account?.permissions.trade ?? false;
  return {
    ipRestrict: true,
    createTime: account?.createdAt ?? 0,
    enableReading: true,
    enableSpotAndMarginTrading: trade,
    enableWithdrawals: account?.permissions.withdraw ?? false,
    enableInternalTransfer: false,
    permitsUniversalTransfer: trade,
    enableVanillaOptions: false,
    enableFutures: trade,
    enableMargin: false,
    enableFixApiTrade: false,
    enableFixReadOnly: false,
    enablePortfolioMarginTrading: false,
  };
}

const DAY_MS = 86_400_000;

/** The venue takes one at the end of each day; here there is the one of the day that has just ended, with what is held now. */
function snapshots(exchange: Exchange, { parameters, accountId, at }: AccountCall): unknown {
  const type = parameters.required('type');
  if (type !== 'SPOT' && type !== 'MARGIN' && type !== 'FUTURES') throw invalidParameter('type');
  const updateTime = Math.floor(at / DAY_MS) * DAY_MS - 1000;
  const startMs = parameters.optionalInteger('startTime') ?? 0;
  const endMs = parameters.optionalInteger('endTime') ?? at;
  parameters.ignore('limit');
  const isShown = type !== 'MARGIN' && updateTime >= startMs && updateTime <= endMs;
  const data = type === 'SPOT' ? spotSnapshot(exchange, accountId) : swapSnapshot(exchange, accountId);
  return { code: 200, msg: '', snapshotVos: isShown ? [{ type: type.toLowerCase(), updateTime, data }] : [] };
}

function spotSnapshot(exchange: Exchange, accountId: string): unknown {
  return {
    totalAssetOfBtc: eight(totalInBtc(exchange, accountId, 'spot')),
    balances: held(exchange, accountId, 'spot').map(({ asset, total, free }) => ({
      asset,
      free: free.toString(),
      locked: total.subtract(free).toString(),
    })),
  };
}

function swapSnapshot(exchange: Exchange, accountId: string): unknown {
  return {
    assets: held(exchange, accountId, 'swap').map(({ asset, total }) => ({
      asset,
      marginBalance: total.toString(),
      walletBalance: total.toString(),
    })),
    position: exchange
      .positions(accountId)
      .filter(({ quantity }) => !quantity.isZero())
      .map((position) => ({
        symbol: exchange.instrument(position.symbol)?.base ?? position.symbol,
        entryPrice: position.entryPrice.toString(),
        markPrice: position.markPrice.toString(),
        positionAmt: position.quantity.toString(),
        unRealizedProfit: position.unrealizedPnl.toString(),
      })),
  };
}

// ── Deposits and withdrawals ───────────────────────────────────────────────────────────────────────────────────

function capitalEndpoints(exchange: Exchange): Endpoint[] {
  return [
    signedEndpoint('/sapi/v1/capital/config/getall', 'other', 10, (call) =>
      SPOT_ASSETS.map((asset) => assetConfiguration(exchange, call.accountId, asset)),
    ),
    signedEndpoint('/sapi/v1/capital/deposit/address', 'other', 10, (call) => {
      const coin = knownCoin(call);
      call.parameters.ignore('network', 'amount');
      return { address: depositAddress(call.accountId, coin), coin, tag: '', url: '' };
    }),
    signedEndpoint('/sapi/v1/capital/deposit/address/list', 'other', 10, (call) => {
      const coin = knownCoin(call);
      return [{ coin, address: depositAddress(call.accountId, coin), tag: '', isDefault: 1 }];
    }),
    signedEndpoint('/sapi/v1/capital/withdraw/address/list', 'other', 10, () => []),
    signedEndpoint('/sapi/v1/capital/withdraw/quota', 'other', 10, () => ({
      wdQuota: '8000000',
      usedWdQuota: '0',
    })),
    post('/sapi/v1/capital/withdraw/apply', 600, (call) => withdraw(exchange, call)),
  ];
}

function knownCoin({ parameters }: AccountCall): string {
  const coin = parameters.required('coin');
  if (!SPOT_ASSETS.includes(coin)) throw new BinanceRefusal(400, -4018, `The coin ${coin} does not exist.`);
  return coin;
}

/** Always the same for an account and coin. */
function depositAddress(accountId: string, coin: string): string {
  return `0x${createHash('sha256').update(`${accountId} ${coin}`).digest('hex').slice(0, 40)}`;
}

function withdraw(exchange: Exchange, call: AccountCall): unknown {
  const { parameters, accountId, at } = call;
  const coin = knownCoin(call);
  const address = parameters.optional('address');
  if (address === undefined) throw mandatoryMissing('address');
  const amount = parameters.requiredDecimal('amount');
  if (exchange.account(accountId)?.permissions.withdraw !== true) throw apiKeyUnknown();
  if (amount.lessThan(LEAST_WITHDRAWAL))
    throw new BinanceRefusal(400, -4026, 'The amount is below the least that may be withdrawn.');
  const result = exchange.deposit(at, accountId, 'spot', coin, amount.negate());
  if (!result.ok) throw new BinanceRefusal(400, -4026, 'The user has insufficient balance available.');
  return { id: String(exchange.entries(accountId).at(-1)?.number) };
}

function assetConfiguration(exchange: Exchange, accountId: string, asset: string): unknown {
  const balance = exchange.balances(accountId, 'spot').find((candidate) => candidate.asset === asset);
  const total = balance?.total ?? Decimal.zero;
  const free = balance?.free ?? Decimal.zero;
  return {
    coin: asset,
    depositAllEnable: true,
    withdrawAllEnable: true,
    name: asset,
    ...freeAndLocked(total, free),
    freeze: '0',
    withdrawing: '0',
    ipoing: '0',
    ipoable: '0',
    storage: '0',
    isLegalMoney: false,
    trading: true,
    networkList: [
      {
        network: asset,
        coin: asset,
        name: asset,
        isDefault: true,
        depositEnable: true,
        withdrawEnable: true,
        depositDesc: '',
        withdrawDesc: '',
        addressRegex: '^(0x)[0-9A-Fa-f]{40}$',
        memoRegex: '',
        withdrawFee: NETWORK_FEE.toString(),
        withdrawMin: LEAST_WITHDRAWAL.toString(),
        withdrawMax: '10000000000',
        withdrawInternalMin: LEAST_WITHDRAWAL.toString(),
        withdrawIntegerMultiple: '0.00000001',
        minConfirm: 1,
        unLockConfirm: 0,
        sameAddress: false,
        estimatedArrivalTime: 1,
        busy: false,
      },
    ],
  };
}

// ── Earn ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Flexible products alone, one for each asset. */
function earnEndpoints(exchange: Exchange): Endpoint[] {
  const empty = (path: string): Endpoint =>
    signedEndpoint(path, 'other', 150, () => ({ rows: [], total: 0 }));
  return [
    signedEndpoint('/sapi/v1/simple-earn/flexible/position', 'balances', 150, (call) => {
      const asset = call.parameters.optional('asset');
      const rows = held(exchange, call.accountId, 'earn')
        .filter((balance) => asset === undefined || balance.asset === asset)
        .map(flexiblePosition);
      return { rows, total: rows.length };
    }),
    signedEndpoint('/sapi/v1/simple-earn/account', 'balances', 150, (call) => {
      const inBtc = totalInBtc(exchange, call.accountId, 'earn');
      const inDollars = inBtc.multiply(exchange.market('BTC/USDT')?.lastPrice ?? Decimal.zero);
      return {
        totalAmountInBTC: eight(inBtc),
        totalAmountInUSDT: eight(inDollars),
        totalFlexibleAmountInBTC: eight(inBtc),
        totalFlexibleAmountInUSDT: eight(inDollars),
        totalLockedInBTC: ZERO_EIGHT,
        totalLockedInUSDT: ZERO_EIGHT,
      };
    }),
    empty('/sapi/v1/simple-earn/locked/position'),
    empty('/sapi/v1/simple-earn/flexible/history/rewardsRecord'),
    // Everything here is flexible.
    ...['subscriptionRecord', 'redemptionRecord'].map((list) =>
      signedEndpoint(`/sapi/v1/simple-earn/locked/history/${list}`, 'other', 150, ({ parameters }) => {
        parameters.ignore('startTime', 'endTime', 'size', 'current');
        return { rows: [], total: 0 };
      }),
    ),
    empty('/sapi/v1/simple-earn/locked/history/rewardsRecord'),
  ];
}

function flexiblePosition({ asset, total, free }: Balance): unknown {
  return {
    totalAmount: eight(total),
    latestAnnualPercentageRate: '0.01000000',
    asset,
    canRedeem: true,
    collateralAmount: ZERO_EIGHT,
    productId: `${asset}001`,
    yesterdayRealTimeRewards: ZERO_EIGHT,
    cumulativeBonusRewards: ZERO_EIGHT,
    cumulativeRealTimeRewards: ZERO_EIGHT,
    cumulativeTotalRewards: ZERO_EIGHT,
    autoSubscribe: false,
    freeAmount: eight(free),
  };
}
