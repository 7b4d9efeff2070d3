/**
 * The unified wallet of a Bybit account: balances with what is locked and what is collateral, fees, and what a key may do.
 *
 * Entry points: `walletEndpoints`, `walletJson`. Sources: "Get Wallet Balance", "Get Fee Rate", "Get API Key Information", "Get
 * Collateral Info" and "Get Tiered Collateral Ratio" of the v5 documentation. Dollars are counted as USDT.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Balance } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { heldBySpotOrders, priceIn } from '../exchange/wallet-figures.ts';
import { privateEndpoint, publicEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { COLLATERAL_RATES, LISTINGS } from './instruments.ts';
import type { Json } from './order-json.ts';
import { categoryOf, optionalListing } from './parameters.ts';
import { marginModeOf } from './settings.ts';

const SETTLE = 'USDT';
const FIGURE_SCALE = 8;
/** Rates of margin are printed with so many digits. */
const RATE_SCALE = 8;

export function walletEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('/v5/account/wallet-balance', 'balances', (call) => walletBalance(exchange, call)),
    privateEndpoint('/v5/account/fee-rate', 'other', (call) => feeRates(exchange, call)),
    privateEndpoint('/v5/account/collateral-info', 'other', (call) => collateralInfo(call)),
    privateEndpoint('/v5/user/query-api', 'other', (call) => keyInformation(exchange, call)),
    publicEndpoint('/v5/spot-margin-trade/collateral', ({ parameters: { parameters } }) => {
      const currency = parameters.optional('currency');
      return {
        list: Object.entries(COLLATERAL_RATES)
          .filter(([asset]) => currency === undefined || asset === currency)
          .map(([asset, rate]) => ({
            currency: asset,
            collateralRatioList: [
              { minQty: '0', maxQty: '1000000', collateralRatio: rate.toString() },
              { minQty: '1000000', maxQty: '', collateralRatio: '0' },
            ],
          })),
      };
    }),
  ];
}

function walletBalance(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  if (parameters.required('accountType') !== 'UNIFIED') throw malformed('accountType');
  const coins = parameters.optional('coin')?.split(',');
  return { list: [walletJson(exchange, accountId, coins)] };
}

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'toward_zero').toString();
}

/** The worth of one unit in USDT; zero for an asset without a market. */
const priceOf = (exchange: Exchange, asset: string): Decimal => priceIn(exchange, asset, SETTLE);

/** The account as the list and the stream show it; without `coins` those that are not zero. */
export function walletJson(exchange: Exchange, accountId: string, coins?: readonly string[]): Json {
  const balances = exchange
    .balances(accountId, 'unified')
    .filter(({ asset, total }) =>
      coins === undefined ? !total.isZero() || asset === SETTLE : coins.includes(asset),
    );
  const margin = exchange.margin(accountId, SETTLE);
  const zero = Decimal.zero;
  const unrealized = margin?.unrealizedPnl ?? zero;
  const initial = (margin?.positionInitialMargin ?? zero).add(margin?.openOrderInitialMargin ?? zero);
  const maintenance = margin?.maintenanceMargin ?? zero;
  const held = exchange
    .balances(accountId, 'unified')
    .reduce((sum, { asset, total }) => sum.add(total.multiply(priceOf(exchange, asset))), zero);
  const marginBalance = held.add(unrealized);
  const available = margin?.availableBalance ?? zero;
  // "totalMarginBalance - Haircut - totalInitialMargin" is what is available.
  const backing = available.add(initial);
  const isIsolated = marginModeOf(exchange, accountId) === 'isolated';
  const wide = (text: string): string => (isIsolated ? '' : text);
  const rate = (part: Decimal): string =>
    backing.isPositive() ? part.divide(backing, RATE_SCALE, 'half_even').toString() : '0';
  return {
    totalEquity: figure(marginBalance),
    accountIMRate: wide(rate(initial)),
    accountIMRateByMp: wide(rate(initial)),
    totalMarginBalance: wide(figure(marginBalance)),
    totalInitialMargin: wide(figure(initial)),
    totalInitialMarginByMp: wide(figure(initial)),
    accountType: 'UNIFIED',
    totalAvailableBalance: wide(figure(available)),
    accountMMRate: wide(rate(maintenance)),
    accountMMRateByMp: wide(rate(maintenance)),
    totalPerpUPL: wide(figure(unrealized)),
    totalWalletBalance: wide(figure(held)),
    accountLTV: '0',
    totalMaintenanceMargin: wide(figure(maintenance)),
    totalMaintenanceMarginByMp: wide(figure(maintenance)),
    coin: balances.map((balance) => coinJson(exchange, accountId, balance)),
  };
}

function coinJson(exchange: Exchange, accountId: string, { asset, total }: Balance): Json {
  const isSettle = asset === SETTLE;
  const margin = isSettle ? exchange.margin(accountId, SETTLE) : null;
  const unrealized = margin?.unrealizedPnl ?? Decimal.zero;
  const equity = total.add(unrealized);
  const isCollateral = COLLATERAL_RATES[asset] !== undefined;
  const debt = total.isNegative() ? total.negate() : Decimal.zero;
  return {
    availableToBorrow: '',
    bonus: '0',
    accruedInterest: '0',
    availableToWithdraw: '',
    totalOrderIM: figure(margin?.openOrderInitialMargin ?? Decimal.zero),
    equity: exact(equity),
    totalPositionMM: figure(margin?.maintenanceMargin ?? Decimal.zero),
    usdValue: figure(equity.multiply(priceOf(exchange, asset))),
    spotHedgingQty: '0',
    unrealisedPnl: exact(unrealized),
    collateralSwitch: isCollateral,
    borrowAmount: exact(debt),
    totalPositionIM: figure(margin?.positionInitialMargin ?? Decimal.zero),
    walletBalance: exact(total),
    cumRealisedPnl: '0',
    locked: exact(lockedOf(exchange, accountId, asset)),
    marginCollateral: isCollateral,
    coin: asset,
    colRes: '0',
    spotBorrow: '0',
  };
}

/** Balances are printed with all their digits. */
function exact(value: Decimal): string {
  return value.toString();
}

/** "Locked balance due to the Spot open order". */
function lockedOf(exchange: Exchange, accountId: string, asset: string): Decimal {
  return heldBySpotOrders(exchange, accountId, asset, ({ price, stopPrice }) => price ?? stopPrice);
}

function feeRates(exchange: Exchange, { parameters: { parameters } }: AccountCall): unknown {
  const category = categoryOf(parameters);
  const listing = optionalListing(parameters, category);
  const { fees } = exchange.policyOf(category === 'spot' ? 'spot' : 'swap');
  const list = (listing === undefined ? LISTINGS.filter((one) => one.category === category) : [listing]).map(
    ({ id }) => ({
      symbol: id,
      takerFeeRate: fees.taker.toString(),
      makerFeeRate: fees.maker.toString(),
    }),
  );
  return category === 'spot' ? { category, list } : { list };
}

function collateralInfo({ parameters: { parameters } }: AccountCall): unknown {
  const currency = parameters.optional('currency');
  return {
    list: Object.entries(COLLATERAL_RATES)
      .filter(([asset]) => currency === undefined || asset === currency)
      .map(([asset, rate]) => ({
        availableToBorrow: '0',
        freeBorrowingAmount: '',
        freeBorrowAmount: '0',
        maxBorrowingAmount: '0',
        hourlyBorrowRate: '0',
        borrowUsageRate: '0',
        collateralSwitch: true,
        borrowAmount: '0',
        borrowable: false,
        currency: asset,
        otherBorrowAmount: '0',
        marginCollateral: true,
        freeBorrowingLimit: '0',
        collateralRatio: rate.toString(),
      })),
  };
}

function keyInformation(exchange: Exchange, { accountId }: AccountCall): unknown {
  const account = exchange.account(accountId);
  const may = account?.permissions ?? { trade: false, withdraw: false };
  return {
    id: '1',
    note: 'simulated',
    apiKey: account?.credentials.key ?? '',
    readOnly: may.trade ? 0 : 1,
    secret: '',
    permissions: {
      ContractTrade: may.trade ? ['Order', 'Position'] : [],
      Spot: may.trade ? ['SpotTrade'] : [],
      Wallet: may.withdraw ? ['AccountTransfer', 'SubMemberTransfer', 'Withdraw'] : [],
      Options: [],
      Derivatives: may.trade ? ['DerivativesTrade'] : [],
      CopyTrading: [],
      BlockTrade: [],
      Exchange: [],
      NFT: [],
      Affiliate: [],
      Earn: [],
      FiatP2P: [],
      FiatConvertBroker: [],
      FiatGlobalPay: [],
      FiatBitPay: [],
      BitCard: [],
      ByXPost: [],
    },
    ips: ['*'],
    type: 1,
    deadlineDay: 83,
    expiredAt: '2030-01-01T00:00:00Z',
    createdAt: '2026-01-01T00:00:00Z',
    unified: 0,
    uta: 1,
    userID: 1,
    inviterID: 0,
    vipLevel: 'No VIP',
    mktMakerLevel: '0',
    affiliateID: 0,
    rsaPublicKey: account?.credentials.publicKey ?? '',
    isMaster: true,
    parentUid: '0',
    kycLevel: 'LEVEL_DEFAULT',
    kycRegion: '',
    userIDInt64: '1',
    inviterIDInt64: '0',
    affiliateIDInt64: '0',
  };
}
