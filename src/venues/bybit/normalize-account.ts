/**
 * Bybit's balances, margin, positions and settings in our words and units.
 *
 * Entry points: `balancesFrom`, `marginFrom`, `positionsFrom`, `positionModeFrom`, `leverageFrom`, `collateralTiers`. Each throws `MalformedAnswer` for a
 * payload that is not of the documented shape. Sources: "Get Wallet Balance", "Get Position Info", "Get Account Info" and "Get Tiered
 * Collateral Ratio" of the v5 documentation. The account counts in dollars, and swaps here settle in USDT: one is taken for the other.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { BalanceReport, MarginReport, PositionReport } from '../../core/venue/report.ts';
import type { MarginMode, PositionMode } from '../../core/venue/setting.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  flag,
  optionalFigure,
  optionalText,
  positiveFigure,
  text,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { positionSideOf, sideOf } from './normalize-orders.ts';

const WALLET = 'unified';
/** Digits of an amount that is computed from its worth, rounded down. */
const WORTH_SCALE = 12;

/** The parts of a coin's worth that count as collateral, by the amount of the coin: the first tier holds small amounts. */
export type CollateralTiers = ReadonlyMap<
  string,
  readonly { readonly upTo: Decimal | null; readonly ratio: Decimal }[]
>;

export function collateralTiers(result: JsonValue): CollateralTiers {
  return new Map(
    asArray(asObject(result, 'collateral ratios')['list'], 'collateral ratios').map((item) => {
      const coin = asObject(item, 'coin');
      const tiers = asArray(coin['collateralRatioList'], 'tiers').map((one) => {
        const tier = asObject(one, 'tier');
        return { upTo: optionalFigure(tier, 'maxQty'), ratio: figure(tier, 'collateralRatio') };
      });
      return [text(coin, 'currency'), tiers];
    }),
  );
}

/** The ratio of the tier in which the whole amount ends: never more than the venue counts on average. */
function ratioOf(tiers: CollateralTiers, coin: string, amount: Decimal): Decimal | null {
  const known = tiers.get(coin);
  if (known === undefined) return null;
  const tier = known.find(({ upTo }) => upTo === null || amount.atMost(upTo)) ?? known.at(-1);
  return tier?.ratio ?? null;
}

/** The one account of a wallet's list. */
function accountOf(result: JsonValue): JsonObject {
  const [account] = asArray(asObject(result, 'wallet')['list'], 'accounts');
  if (account === undefined) throw new MalformedAnswer('the wallet has no account');
  return asObject(account, 'account');
}

/** `tiers`: null where they are not known; then no asset but dollars is taken for collateral. */
export function balancesFrom(result: JsonValue, tiers: CollateralTiers | null): readonly BalanceReport[] {
  const account = accountOf(result);
  return asArray(account['coin'], 'coins').map((item): BalanceReport => {
    const coin = asObject(item, 'coin');
    const name = text(coin, 'coin');
    const total = figure(coin, 'walletBalance').subtract(optionalFigure(coin, 'spotBorrow') ?? Decimal.zero);
    const locked = optionalFigure(coin, 'locked') ?? Decimal.zero;
    const isCollateral = flag(coin, 'marginCollateral') && flag(coin, 'collateralSwitch');
    const ratio = tiers === null ? null : ratioOf(tiers, name, total);
    const collateralRate = isCollateral ? ratio : null;
    return {
      wallet: WALLET,
      asset: asset(name),
      total,
      free: freeOf(account, coin, total.subtract(locked), collateralRate),
      lockedByOrders: locked,
      collateralRate,
    };
  });
}

/**
 * The amount that the margin can do without: the venue states what is available in dollars for all coins together. In isolated mode it
 * does not, and each coin carries its own margin ("Derivatives available balance").
 */
function freeOf(account: JsonObject, coin: JsonObject, own: Decimal, rate: Decimal | null): Decimal {
  const margin = ['totalPositionIM', 'totalOrderIM', 'bonus'].reduce(
    (sum, key) => sum.add(optionalFigure(coin, key) ?? Decimal.zero),
    Decimal.zero,
  );
  const initial = optionalFigure(account, 'totalInitialMargin');
  const available = optionalFigure(account, 'totalAvailableBalance');
  if (initial === null || available === null) return own.subtract(margin).max(Decimal.zero);
  const equity = figure(coin, 'equity');
  if (initial.isZero() || rate === null || !rate.isPositive() || !equity.isPositive())
    return own.max(Decimal.zero);
  const worth = (optionalFigure(coin, 'usdValue') ?? Decimal.zero)
    .divide(equity, WORTH_SCALE, 'up')
    .multiply(rate);
  const spare = worth.isPositive() ? available.divide(worth, WORTH_SCALE, 'down') : own;
  return own.min(spare).max(Decimal.zero);
}

/**
 * The figures of the cross positions and of what stands behind them. The haircut on coins that are collateral is no field of its own: "totalMarginBalance - Haircut -
 * totalInitialMargin" is what is available, and where nothing is, the account's maintenance rate shows it. Figures that the venue
 * leaves empty (isolated mode) are null.
 */
export function marginFrom(result: JsonValue): MarginReport {
  const account = accountOf(result);
  const maintenanceMargin = optionalFigure(account, 'totalMaintenanceMargin');
  const initial = optionalFigure(account, 'totalInitialMargin');
  const available = optionalFigure(account, 'totalAvailableBalance');
  const rate = optionalFigure(account, 'accountMMRate');
  return {
    wallet: WALLET,
    maintenanceMargin,
    marginBalance:
      available?.isPositive() === true && initial !== null
        ? available.add(initial)
        : rate?.isPositive() === true && maintenanceMargin !== null
          ? maintenanceMargin.divide(rate, WORTH_SCALE, 'down')
          : optionalFigure(account, 'totalMarginBalance'),
  };
}

const MARGIN_MODES: Readonly<Record<string, MarginMode | null>> = {
  REGULAR_MARGIN: 'cross',
  ISOLATED_MARGIN: 'isolated',
  // Positions are measured together with others there; neither word fits.
  PORTFOLIO_MARGIN: null,
};

/** Of the whole account. */
export function marginModeFrom(result: JsonValue): MarginMode | null {
  return MARGIN_MODES[text(asObject(result, 'account'), 'marginMode')] ?? null;
}

/** `unifiedMarginStatus` of accounts that are unified: UTA 1.0 and 2.0 with their variants. */
const UNIFIED: ReadonlySet<string> = new Set(['3', '4', '5', '6']);

export function isUnified(result: JsonValue): boolean {
  return UNIFIED.has(text(asObject(result, 'account'), 'unifiedMarginStatus'));
}

/** The rows of a position list. */
export function positionRows(result: JsonValue): readonly JsonObject[] {
  return asArray(asObject(result, 'positions')['list'], 'positions').map((item) =>
    asObject(item, 'position'),
  );
}

export function positionFrom(
  position: JsonObject,
  names: Names,
  marginMode: MarginMode | null,
): PositionReport {
  const size = figure(position, 'size');
  const isLong = !size.isZero() && sideOf(position) === 'buy';
  return {
    symbol: names.symbol(text(position, 'symbol')),
    positionSide: positionSideOf(position, 'linear_swap') ?? 'net',
    quantity: isLong ? size : size.negate(),
    entryPrice: positiveFigure(position, 'avgPrice'),
    markPrice: positiveFigure(position, 'markPrice'),
    leverage: positiveFigure(position, 'leverage'),
    marginMode,
    liquidationPrice: liquidationPriceOf(position, marginMode),
    maintenanceMargin: optionalFigure(position, 'positionMM'),
    isolatedMargin: marginMode === 'isolated' ? optionalFigure(position, 'positionBalance') : null,
    unrealizedPnl: optionalFigure(position, 'unrealisedPnl'),
  };
}

/** Empty where no price that can be traded liquidates the position; of portfolio margin it is always empty. */
function liquidationPriceOf(
  position: JsonObject,
  marginMode: MarginMode | null,
): PositionReport['liquidationPrice'] {
  if (optionalText(position, 'liqPrice') === null) return marginMode === null ? null : 'none';
  const price = figure(position, 'liqPrice');
  return price.isPositive() ? price : 'none';
}

/** By the positions that an instrument has, which are listed when it is asked for by name: one, or one of each side. */
export function positionModeFrom(result: JsonValue): PositionMode {
  const sides = positionRows(result).map((position) => positionSideOf(position, 'linear_swap'));
  if (sides.length === 0) throw new MalformedAnswer('the instrument shows no position');
  return sides.includes('net') ? 'one_way' : 'hedged';
}

/** The leverage of the positions of one instrument; null where they have none, or not all the same: isolated sides may differ. */
export function leverageFrom(result: JsonValue): Decimal | null {
  const [first, ...others] = positionRows(result).map((position) => positiveFigure(position, 'leverage'));
  if (first === undefined || first === null) return null;
  return others.every((other) => other?.equals(first) === true) ? first : null;
}
