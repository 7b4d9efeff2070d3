/**
 * An OKX account: its balances, its configuration, its settings and its fees.
 *
 * Entry points: `accountEndpoints`, `balanceJson`. Served is multi-currency margin mode (`acctLv` 3): one wallet in which every currency is
 * collateral at its discount rate, without borrowing. Dollars are counted as USDT. Sources: "Get balance", "Get account configuration", "Set
 * position mode", "Set leverage", "Get leverage", "Get fee rates", "Set fee type" and "Set account mode" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Balance, MarginSummary } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { heldBySpotOrders, priceIn } from '../exchange/wallet-figures.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { exchangeRefusal, missing, OkxRefusal, parameterError } from './errors.ts';
import { DISCOUNT_RATES, listingNamed, type Listing } from './instruments.ts';
import { instrumentRows, type Json } from './market-data.ts';
import { instTypeFrom, listingFrom } from './parameters.ts';

const SETTLE = 'USDT';
const FIGURE_SCALE = 12;

export function accountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('account/balance', 'balances', ({ parameters: { parameters }, accountId, clockMs }) => [
      balanceJson(exchange, accountId, clockMs, parameters.optional('ccy')?.split(',')),
    ]),
    privateEndpoint('account/config', 'other', (call) => [configJson(exchange, call)]),
    privateEndpoint('account/instruments', 'other', ({ parameters: { parameters } }) =>
      instrumentRows(exchange, parameters),
    ),
    privateEndpoint('account/trade-fee', 'other', (call) => feeRates(exchange, call)),
    privateEndpoint('account/leverage-info', 'other', (call) => leverageInfo(exchange, call)),
    tradingEndpoint('account/set-leverage', 'settings', (call) => setLeverage(exchange, call)),
    tradingEndpoint('account/set-position-mode', 'settings', (call) => setPositionMode(exchange, call)),
    tradingEndpoint('account/set-account-level', 'settings', ({ parameters: { parameters } }) => {
      // Another mode is another kind of account, which is not served.
      if (parameters.required('acctLv') !== ACCOUNT_LEVEL) throw unsupported();
      return [{ acctLv: ACCOUNT_LEVEL }];
    }),
    tradingEndpoint('account/set-fee-type', 'settings', ({ parameters: { parameters } }) => {
      if (parameters.required('feeType') !== '0')
        throw new OkxRefusal(50062, 'This feature is currently unavailable.');
      return [{ feeType: '0' }];
    }),
  ];
}

/** Multi-currency margin mode. */
const ACCOUNT_LEVEL = '3';

const unsupported = (): OkxRefusal => new OkxRefusal(51010, 'Request unsupported under current account mode');

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'toward_zero').toString();
}

/** The worth of one unit in USDT; zero for an asset without a market. */
export const priceOf = (exchange: Exchange, asset: string): Decimal => priceIn(exchange, asset, SETTLE);

/** The account as the list and the channel show it; without `currencies` those that are not zero. */
export function balanceJson(
  exchange: Exchange,
  accountId: string,
  clockMs: number,
  currencies?: readonly string[],
): Json {
  const margin = exchange.margin(accountId, SETTLE);
  const all = exchange.balances(accountId, 'unified');
  const shown = all.filter(({ asset, total }) =>
    currencies === undefined ? !total.isZero() : currencies.includes(asset),
  );
  const zero = Decimal.zero;
  const unrealized = margin?.unrealizedPnl ?? zero;
  const worth = (rateOf: (asset: string) => Decimal): Decimal =>
    all
      .reduce(
        (sum, { asset, total }) => sum.add(total.multiply(priceOf(exchange, asset)).multiply(rateOf(asset))),
        zero,
      )
      .add(unrealized);
  const initial = (margin?.positionInitialMargin ?? zero).add(margin?.openOrderInitialMargin ?? zero);
  return {
    adjEq: figure(worth((asset) => DISCOUNT_RATES[asset] ?? zero)),
    availEq: figure(margin?.availableBalance ?? zero),
    borrowFroz: '0',
    delta: '0',
    deltaLever: '0',
    deltaNeutralStatus: '0',
    details: shown.map((balance) => detailJson(exchange, accountId, balance, margin, clockMs)),
    imr: figure(initial),
    isoEq: '0',
    mgnRatio: '',
    mmr: figure(margin?.maintenanceMargin ?? zero),
    notionalUsd: '0',
    notionalUsdForBorrow: '0',
    notionalUsdForFutures: '0',
    notionalUsdForOption: '0',
    notionalUsdForSwap: '0',
    ordFroz: figure(margin?.openOrderInitialMargin ?? zero),
    totalEq: figure(worth(() => Decimal.one)),
    uTime: String(clockMs),
    upl: figure(unrealized),
  };
}

function detailJson(
  exchange: Exchange,
  accountId: string,
  { asset, total, free }: Balance,
  margin: MarginSummary | null,
  clockMs: number,
): Json {
  const unrealized = asset === SETTLE ? (margin?.unrealizedPnl ?? Decimal.zero) : Decimal.zero;
  const equity = total.add(unrealized);
  const available = free.min(total).max(Decimal.zero);
  const inUse = total.subtract(available).max(Decimal.zero);
  const dollars = equity.multiply(priceOf(exchange, asset));
  return {
    accAvgPx: '',
    autoLendMtAmt: '0',
    autoLendStatus: 'off',
    availBal: available.toString(),
    availEq: available.toString(),
    borrowFroz: '0',
    cashBal: total.toString(),
    ccy: asset,
    clSpotInUseAmt: '',
    coinUsdPrice: priceOf(exchange, asset).toString(),
    colBorrAutoConversion: '0',
    colRes: '0',
    collateralEnabled: DISCOUNT_RATES[asset] !== undefined,
    collateralRestrict: false,
    crossLiab: '0',
    disEq: figure(dollars.multiply(DISCOUNT_RATES[asset] ?? Decimal.zero)),
    eq: equity.toString(),
    eqUsd: figure(dollars),
    fixedBal: '0',
    frozenBal: inUse.toString(),
    frpType: '0',
    imr: asset === SETTLE ? figure(margin?.positionInitialMargin ?? Decimal.zero) : '0',
    interest: '0',
    isoEq: '0',
    isoLiab: '0',
    isoUpl: '0',
    liab: '0',
    maxLoan: '0',
    maxSpotInUse: '',
    mgnRatio: '',
    mmr: asset === SETTLE ? figure(margin?.maintenanceMargin ?? Decimal.zero) : '0',
    notionalLever: '0',
    openAvgPx: '',
    // "Margin frozen for open orders": of spot the amounts that they hold.
    ordFrozen: heldBySpotOrders(exchange, accountId, asset).toString(),
    rewardBal: '0',
    smtSyncEq: '0',
    spotBal: '',
    spotCopyTradingEq: '0',
    spotInUseAmt: '',
    spotIsoBal: '0',
    spotUpl: '',
    spotUplRatio: '',
    stgyEq: '0',
    totalPnl: '',
    totalPnlRatio: '',
    twap: '0',
    uTime: String(clockMs),
    upl: unrealized.toString(),
    uplLiab: '0',
  };
}

/** The number by which the account is known, of the digits of its name's bytes. */
export function userNumber(accountId: string): string {
  return `44${BigInt(`0x${Buffer.from(accountId, 'utf8').toString('hex').slice(0, 12)}`).toString()}`;
}

function configJson(exchange: Exchange, { accountId }: AccountCall): Json {
  const may = exchange.account(accountId)?.permissions ?? { trade: false, withdraw: false };
  const permissions = ['read_only', ...(may.withdraw ? ['withdraw'] : []), ...(may.trade ? ['trade'] : [])];
  return {
    acctLv: ACCOUNT_LEVEL,
    acctStpMode: 'cancel_maker',
    autoLoan: false,
    ctIsoMode: 'automatic',
    enableSpotBorrow: false,
    feeType: '0',
    greeksType: 'PA',
    ip: '',
    kycLv: '3',
    label: 'simulated',
    level: 'Lv1',
    levelTmp: '',
    liquidationGear: '-1',
    mainUid: userNumber(accountId),
    mgnIsoMode: 'automatic',
    opAuth: '1',
    perm: permissions.join(','),
    posMode: exchange.isHedged(accountId) ? 'long_short_mode' : 'net_mode',
    roleType: '0',
    settleCcy: 'USD',
    settleCcyList: ['USD', 'USDC'],
    spotBorrowAutoRepay: false,
    spotOffsetType: '',
    spotRoleType: '0',
    spotTraderInsts: [],
    stgyType: '0',
    traderInsts: [],
    type: '0',
    uid: userNumber(accountId),
  };
}

/** Rates that are paid stand below zero. */
function feeRates(exchange: Exchange, { parameters: { parameters }, clockMs }: AccountCall): unknown {
  const instType = instTypeFrom(parameters);
  if (instType === undefined) throw missing('instType');
  if (instType === null) return [];
  const { fees } = exchange.policyOf(instType === 'SPOT' ? 'spot' : 'swap');
  const [maker, taker] = [fees.maker.negate().toString(), fees.taker.negate().toString()];
  const isSpot = instType === 'SPOT';
  return [
    {
      category: '1',
      delivery: '',
      exercise: '',
      feeGroup: [{ elpMaker: maker, groupId: isSpot ? '1' : '2', maker, taker }],
      fiat: [],
      instType,
      level: 'Lv1',
      maker: isSpot ? maker : '',
      makerU: isSpot ? '' : maker,
      makerUSDC: '',
      ruleType: 'normal',
      taker: isSpot ? taker : '',
      takerU: isSpot ? '' : taker,
      takerUSDC: '',
      ts: String(clockMs),
    },
  ];
}

function leverageOf(exchange: Exchange, accountId: string, { unified }: Listing): number {
  const held = exchange.positions(accountId).find(({ symbol }) => symbol === unified);
  return held?.leverage ?? exchange.instrument(unified)?.swap?.defaultLeverage ?? 1;
}

function sidesOf(exchange: Exchange, accountId: string): readonly string[] {
  return exchange.isHedged(accountId) ? ['long', 'short'] : ['net'];
}

function leverageInfo(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  const mgnMode = parameters.required('mgnMode');
  if (mgnMode !== 'cross') throw parameterError('mgnMode');
  return parameters
    .required('instId')
    .split(',')
    .flatMap((instId) => {
      const listing = listingNamed(instId);
      if (listing === undefined)
        throw new OkxRefusal(51001, "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
      return sidesOf(exchange, accountId).map((posSide) => ({
        ccy: '',
        instId,
        mgnMode,
        posSide,
        lever: String(leverageOf(exchange, accountId, listing)),
      }));
    });
}

/** Of a swap under crossed margin: one leverage for both sides. */
function setLeverage(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const mgnMode = parameters.required('mgnMode');
  if (mgnMode === 'isolated')
    throw new OkxRefusal(
      50072,
      'Isolated margin mode is no longer supported in multi-currency margin mode and portfolio margin mode.',
    );
  if (mgnMode !== 'cross') throw parameterError('mgnMode');
  const listing = listingFrom(parameters);
  if (listing.instType !== 'SWAP') throw unsupported();
  const lever = parameters.requiredDecimal('lever');
  if (lever.lessThan(Decimal.one))
    throw new OkxRefusal(59105, "Leverage can't be less than 1. Please increase the leverage.", 400);
  // Fractions are taken by the venue; here leverage is whole.
  if (lever.scale > 0) throw parameterError('lever');
  const result = exchange.setLeverage(at, accountId, listing.unified, Number(lever.toString()));
  if (!result.ok) throw exchangeRefusal('SWAP', result.refusal, 'set');
  return [
    { lever: lever.toString(), mgnMode, instId: listing.id, posSide: parameters.optional('posSide') ?? '' },
  ];
}

/** Setting the mode that the account is in changes nothing, and succeeds. */
function setPositionMode(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const posMode = parameters.required('posMode');
  if (posMode !== 'long_short_mode' && posMode !== 'net_mode') throw parameterError('posMode');
  const hedged = posMode === 'long_short_mode';
  if (exchange.isHedged(accountId) !== hedged) {
    const result = exchange.setHedged(at, accountId, hedged);
    if (!result.ok) throw exchangeRefusal('SWAP', result.refusal, 'set');
  }
  return [{ posMode }];
}
