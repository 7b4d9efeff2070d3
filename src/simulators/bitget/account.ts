/**
 * A Bitget account: its assets, what it is set to, what its key may do, its fees.
 *
 * Entry points: `accountEndpoints`, `assetsJson`, `streamedAssetsJson`. Sources: "Get Account Assets", "Get Account Info", "Get Account Setting",
 * "Set Leverage", "Set Holding Mode", "Get Account Fee Rate", "Switch Deduct" and "Account Channel" of the unified account's documentation.
 * Dollars are counted as USDT.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Balance } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { heldBySpotOrders, priceIn } from '../exchange/wallet-figures.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { exchangeRefusal, malformed, unsupported } from './errors.ts';
import { LISTINGS } from './instruments.ts';
import type { Json } from './order-json.ts';
import { categoryFrom, listingFrom } from './parameters.ts';
import type { Category } from './symbols.ts';

const SETTLE = 'USDT';
const FIGURE_SCALE = 8;

export function accountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('account/assets', 'balances', ({ accountId }) => assetsJson(exchange, accountId)),
    privateEndpoint('account/info', 'other', (call) => keyJson(exchange, call)),
    privateEndpoint('account/settings', 'settings', (call) => settingsJson(exchange, call)),
    privateEndpoint('account/collateral-type', 'settings', () => ({ collateralType: 'all' })),
    privateEndpoint('account/fee-rate', 'other', ({ parameters: { parameters } }) => {
      const { category } = listingFrom(parameters);
      return feesOf(exchange, category);
    }),
    privateEndpoint('account/all-fee-rate', 'other', ({ parameters: { parameters } }) => {
      const category = categoryFrom(parameters);
      return LISTINGS.filter((listing) => listing.category === category).map((listing) => ({
        symbol: listing.id,
        ...feesOf(exchange, listing.category),
      }));
    }),
    tradingEndpoint('account/set-leverage', 'settings', (call) => setLeverage(exchange, call)),
    tradingEndpoint('account/set-hold-mode', 'settings', (call) => setHoldMode(exchange, call)),
    privateEndpoint('account/deduct-info', 'other', ({ accountId }) => ({
      deduct: exchange.paysFeesInCoin(accountId, 'spot') ? 'on' : 'off',
    })),
    tradingEndpoint('account/switch-deduct', 'settings', ({ parameters: { parameters }, accountId, at }) => {
      const deduct = parameters.required('deduct');
      if (deduct !== 'on' && deduct !== 'off') throw malformed('deduct');
      exchange.setFeeCoin(at, accountId, deduct === 'on', 'spot');
      return true;
    }),
  ];
}

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'toward_zero').toString();
}

/** The worth of one unit in USDT; zero for an asset without a market. */
const priceOf = (exchange: Exchange, asset: string): Decimal => priceIn(exchange, asset, SETTLE);

/** The figures of the whole account. */
function totalsOf(exchange: Exchange, accountId: string): Readonly<Record<string, Decimal>> {
  const margin = exchange.margin(accountId, SETTLE);
  const zero = Decimal.zero;
  const unrealized = margin?.unrealizedPnl ?? zero;
  const held = exchange
    .balances(accountId, 'unified')
    .reduce((sum, { asset, total }) => sum.add(total.multiply(priceOf(exchange, asset))), zero);
  const initial = (margin?.positionInitialMargin ?? zero).add(margin?.openOrderInitialMargin ?? zero);
  return {
    equity: held.add(unrealized),
    unrealized,
    // Free margin for new positions, and the margin that the open ones take.
    effective: (margin?.availableBalance ?? zero).add(initial),
    initial,
    maintenance: margin?.maintenanceMargin ?? zero,
  };
}

/** "only non-zero balances being returned". */
function coins(exchange: Exchange, accountId: string): readonly Json[] {
  return exchange
    .balances(accountId, 'unified')
    .filter(({ total }) => !total.isZero())
    .map((balance) => coinJson(exchange, accountId, balance));
}

function coinJson(exchange: Exchange, accountId: string, { asset, total, free }: Balance): Json {
  const margin = asset === SETTLE ? exchange.margin(accountId, SETTLE) : null;
  const equity = total.add(margin?.unrealizedPnl ?? Decimal.zero);
  return {
    coin: asset,
    equity: equity.toString(),
    usdValue: figure(equity.multiply(priceOf(exchange, asset))),
    balance: total.toString(),
    available: free.min(total).max(Decimal.zero).toString(),
    // "Applicable when placing spot orders": what they hold of an asset.
    locked: heldBySpotOrders(exchange, accountId, asset).toString(),
  };
}

export function assetsJson(exchange: Exchange, accountId: string): Json {
  const { equity, unrealized, effective, initial, maintenance } = totalsOf(exchange, accountId);
  const bitcoin = priceOf(exchange, 'BTC');
  const inBitcoin = (value: Decimal | undefined): string =>
    bitcoin.isPositive()
      ? (value ?? Decimal.zero).divide(bitcoin, FIGURE_SCALE, 'half_even').toString()
      : '0';
  const shown = (value: Decimal | undefined): string => figure(value ?? Decimal.zero);
  return {
    accountEquity: shown(equity),
    usdtEquity: shown(equity),
    btcEquity: inBitcoin(equity),
    unrealisedPnl: shown(unrealized),
    usdtUnrealisedPnl: shown(unrealized),
    btcUnrealizedPnl: inBitcoin(unrealized),
    effEquity: shown(effective),
    mmr: shown(maintenance),
    imr: shown(initial),
    mgnRatio: '0',
    positionMgnRatio: '0',
    assets: coins(exchange, accountId).map((coin) => ({ ...coin, debt: '0' })),
  };
}

/** The account as its channel shows it. */
export function streamedAssetsJson(exchange: Exchange, accountId: string): Json {
  const { equity, unrealized, effective, initial, maintenance } = totalsOf(exchange, accountId);
  const shown = (value: Decimal | undefined): string => figure(value ?? Decimal.zero);
  return {
    unrealisedPnL: shown(unrealized),
    totalEquity: shown(equity),
    positionMgnRatio: '0',
    mmr: shown(maintenance),
    effEquity: shown(effective),
    imr: shown(initial),
    mgnRatio: '0',
    coin: coins(exchange, accountId).map((coin) => ({ ...coin, debts: '0', borrow: '0' })),
  };
}

/** The number by which the account is known, of the digits of its name's bytes. */
function userNumber(accountId: string): string {
  return `44${BigInt(`0x${Buffer.from(accountId, 'utf8').toString('hex').slice(0, 12)}`).toString()}`;
}

function keyJson(exchange: Exchange, { accountId }: AccountCall): Json {
  const account = exchange.account(accountId);
  const may = account?.permissions ?? { trade: false, withdraw: false };
  return {
    userId: userNumber(accountId),
    inviterId: '',
    parentId: '',
    channelCode: '',
    channel: '',
    ips: '',
    permType: may.trade ? 'read-and-write' : 'read-only',
    permissions: ['uta_mgt', 'uta_trade', ...(may.withdraw ? ['withdraw'] : [])],
    regisTime: String(account?.createdAt ?? 0),
  };
}

/** The position mode as it is named everywhere. */
export function holdModeOf(exchange: Exchange, accountId: string): string {
  return exchange.isHedged(accountId) ? 'hedge_mode' : 'one_way_mode';
}

function settingsJson(exchange: Exchange, { accountId }: AccountCall): Json {
  const positions = exchange.positions(accountId);
  return {
    uid: userNumber(accountId),
    accountMode: 'unified',
    assetMode: 'multi_assets',
    accountLevel: 'advanced',
    holdMode: holdModeOf(exchange, accountId),
    stpMode: 'none',
    symbolConfigList: LISTINGS.filter(({ category }) => category !== 'SPOT').map(
      ({ id, category, unified }) => ({
        category,
        symbol: id,
        marginMode: 'crossed',
        leverage: String(
          positions.find(({ symbol }) => symbol === unified)?.leverage ??
            exchange.instrument(unified)?.swap?.defaultLeverage ??
            1,
        ),
      }),
    ),
    coinConfigList: [],
  };
}

function feesOf(exchange: Exchange, category: Category): Json {
  const { fees } = exchange.policyOf(category === 'SPOT' ? 'spot' : 'swap');
  return { makerFeeRate: fees.maker.toString(), takerFeeRate: fees.taker.toString() };
}

/** Of a perpetual under crossed margin: one leverage for both sides. */
function setLeverage(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const listing = listingFrom(parameters);
  if (listing.category === 'SPOT') throw malformed('category');
  const marginMode = parameters.optional('marginMode') ?? 'crossed';
  if (marginMode !== 'crossed') throw unsupported(marginMode);
  const leverage = parameters.requiredInteger('leverage');
  if (leverage < 1) throw malformed('leverage');
  const result = exchange.setLeverage(at, accountId, listing.unified, leverage);
  if (!result.ok) throw exchangeRefusal(listing.category, listing.id, result.refusal);
  return 'success';
}

/** Setting the mode that the account is in changes nothing, and succeeds. */
function setHoldMode(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const holdMode = parameters.required('holdMode');
  if (holdMode !== 'one_way_mode' && holdMode !== 'hedge_mode') throw malformed('holdMode');
  const hedged = holdMode === 'hedge_mode';
  if (exchange.isHedged(accountId) !== hedged) {
    const result = exchange.setHedged(at, accountId, hedged);
    if (!result.ok) throw exchangeRefusal('USDT-FUTURES', '', result.refusal);
  }
  return 'success';
}
