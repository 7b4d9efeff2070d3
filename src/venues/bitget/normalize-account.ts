/**
 * Bitget's balances, margin, positions and settings in our words and units.
 *
 * Entry points: `balancesFrom`, `marginFrom`, `positionRows`, `positionFrom`, `flatPositions`, `settingsFrom`, `collateralTiers`, `collateralCoins`. Each
 * throws `MalformedAnswer` for a payload that is not of the documented shape. Sources: "Get Account Assets", "Get Position Info", "Get Account
 * Setting", "Get Collateral Type" and "Get Discount Rate" of the unified account's documentation. The account counts in dollars, and swaps
 * here settle in USDT: one is taken for the other.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { BalanceReport, MarginReport, PositionReport } from '../../core/venue/report.ts';
import type { MarginMode, PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import {
  asArray,
  asObject,
  figure,
  optionalFigure,
  optionalText,
  positiveFigure,
  text,
  word,
} from '../ccxt/exact-json.ts';
import type { ListedInstrument, Names } from '../markets.ts';
import { CATEGORIES } from './endpoints.ts';

const WALLET = 'unified';

/** The parts of a coin's worth that count as collateral, by the worth from which on they do, rising. */
export type CollateralTiers = ReadonlyMap<
  string,
  readonly { readonly fromWorth: Decimal; readonly rate: Decimal }[]
>;

export function collateralTiers(data: JsonValue): CollateralTiers {
  return new Map(
    asArray(data, 'discount rates').map((item) => {
      const coin = asObject(item, 'coin');
      const tiers = asArray(coin['list'], 'tiers')
        .map((one) => {
          const tier = asObject(one, 'tier');
          return { fromWorth: figure(tier, 'tierStartValue'), rate: figure(tier, 'discountRate') };
        })
        .toSorted((left, right) => left.fromWorth.compare(right.fromWorth));
      return [text(coin, 'coin'), tiers];
    }),
  );
}

/** The coins that the account has chosen as collateral. */
export type CollateralCoins = (coin: string) => boolean;

/** "Under mainstream, USDT, USDC, BTC, DOGE, ETH, and SOL are supported as collateral." */
const MAINSTREAM: ReadonlySet<string> = new Set(['USDT', 'USDC', 'BTC', 'DOGE', 'ETH', 'SOL']);

export function collateralCoins(data: JsonValue): CollateralCoins {
  const collateral = asObject(data, 'collateral');
  switch (text(collateral, 'collateralType')) {
    case 'all':
      return () => true;
    case 'custom': {
      const chosen = new Set((optionalText(collateral, 'collateralCoins') ?? '').split(','));
      return (coin) => chosen.has(coin);
    }
    default:
      return (coin) => MAINSTREAM.has(coin);
  }
}

export interface Collateral {
  readonly tiers: CollateralTiers;
  readonly isCollateral: CollateralCoins;
}

/** The rate of the tier in which the whole worth ends: never more than the venue counts on average. */
function rateOf({ tiers, isCollateral }: Collateral, coin: string, worth: Decimal): Decimal | null {
  if (!isCollateral(coin)) return null;
  return tiers.get(coin)?.findLast(({ fromWorth }) => fromWorth.atMost(worth))?.rate ?? null;
}

/** `collateral`: null where it is not known; then no asset is taken for collateral. */
export function balancesFrom(data: JsonValue, collateral: Collateral | null): readonly BalanceReport[] {
  return asArray(asObject(data, 'assets')['assets'], 'coins').map((item): BalanceReport => {
    const coin = asObject(item, 'coin');
    const name = text(coin, 'coin');
    const total = figure(coin, 'balance').subtract(optionalFigure(coin, 'debt') ?? Decimal.zero);
    const locked = optionalFigure(coin, 'locked') ?? Decimal.zero;
    const worth = optionalFigure(coin, 'usdValue') ?? Decimal.zero;
    return {
      wallet: WALLET,
      asset: asset(name),
      total,
      free: figure(coin, 'available').min(total).max(Decimal.zero),
      // "Applicable when placing spot orders".
      lockedByOrders: locked,
      collateralRate: collateral === null ? null : rateOf(collateral, name, worth),
    };
  });
}

/** `effEquity`, which has the haircuts, against `mmr`. */
export function marginFrom(data: JsonValue): MarginReport {
  const account = asObject(data, 'assets');
  return {
    wallet: WALLET,
    marginBalance: optionalFigure(account, 'effEquity'),
    maintenanceMargin: optionalFigure(account, 'mmr'),
  };
}

const MARGIN_MODES: Readonly<Record<string, MarginMode>> = { crossed: 'cross', isolated: 'isolated' };

/** An account without positions may have no list. */
export function positionRows(data: JsonValue): readonly JsonObject[] {
  const list = asObject(data, 'positions')['list'];
  return list === null ? [] : asArray(list, 'positions').map((item) => asObject(item, 'position'));
}

const SIDES: Readonly<Record<string, 'long' | 'short'>> = { long: 'long', short: 'short' };

/** Sizes stand above zero, and `posSide` says of which kind, in one-way mode too. */
export function positionFrom(position: JsonObject, names: Names): PositionReport {
  const side = word(position, 'posSide', SIDES);
  const size = figure(position, 'total').abs();
  const marginMode = word(position, 'marginMode', MARGIN_MODES);
  return {
    symbol: names.symbol(text(position, 'symbol')),
    positionSide: word(position, 'holdMode', POSITION_MODES) === 'hedged' ? side : 'net',
    quantity: side === 'short' ? size.negate() : size,
    entryPrice: positiveFigure(position, 'avgPrice'),
    markPrice: positiveFigure(position, 'markPrice'),
    leverage: positiveFigure(position, 'leverage'),
    marginMode,
    liquidationPrice: liquidationPriceOf(position),
    // `mmr` is a rate here, and its tiers are not stated.
    maintenanceMargin: null,
    isolatedMargin: marginMode === 'isolated' ? optionalFigure(position, 'positionBalance') : null,
    unrealizedPnl: optionalFigure(position, 'unrealisedPnl'),
  };
}

/** "Less than or equal to 0 means liquidation will not occur". */
function liquidationPriceOf(position: JsonObject): PositionReport['liquidationPrice'] {
  const price = optionalFigure(position, 'liquidationPrice');
  if (price === null) return null;
  return price.isPositive() ? price : 'none';
}

const SIDES_OF_MODES: Readonly<Record<PositionMode, readonly PositionSide[]>> = {
  one_way: ['net'],
  hedged: ['long', 'short'],
};

/** The sides of a swap that `open`, the venue's answer about that swap by its name, does not list. */
export function flatPositions(
  { instrument, venueSymbol }: ListedInstrument,
  { positionMode, swapSettings }: AccountSettings,
  open: readonly PositionReport[],
): readonly PositionReport[] {
  const { leverage, marginMode } = swapSettings(venueSymbol);
  return SIDES_OF_MODES[positionMode]
    .filter((side) => !open.some(({ positionSide }) => positionSide === side))
    .map((positionSide) => ({
      symbol: instrument.symbol,
      positionSide,
      quantity: Decimal.zero,
      entryPrice: null,
      markPrice: null,
      leverage,
      marginMode,
      liquidationPrice: null,
      maintenanceMargin: null,
      isolatedMargin: null,
      unrealizedPnl: null,
    }));
}

const POSITION_MODES: Readonly<Record<string, PositionMode>> = {
  one_way_mode: 'one_way',
  hedge_mode: 'hedged',
};

export interface AccountSettings {
  readonly positionMode: PositionMode;
  /** Why the account cannot be traded from here; null where it can. */
  readonly fault: string | null;
  /** Of one swap; null where the venue does not say. */
  readonly swapSettings: (venueSymbol: string) => SwapSettings;
}

export function settingsFrom(data: JsonValue): AccountSettings {
  const settings = asObject(data, 'account settings');
  const rows = settings['symbolConfigList'] ?? null;
  const bySymbol = new Map(
    (rows === null ? [] : asArray(rows, 'symbol settings'))
      .map((item) => asObject(item, 'symbol setting'))
      .filter((row) => text(row, 'category').toUpperCase() === CATEGORIES.linear_swap)
      .map((row) => [text(row, 'symbol'), row]),
  );
  return {
    positionMode: word(settings, 'holdMode', POSITION_MODES),
    fault: faultOf(settings),
    swapSettings: (venueSymbol) => {
      const row = bySymbol.get(venueSymbol);
      if (row === undefined) return { leverage: null, marginMode: null };
      return {
        leverage: positiveFigure(row, 'leverage'),
        marginMode: optionalText(row, 'marginMode') === null ? null : word(row, 'marginMode', MARGIN_MODES),
      };
    },
  };
}

/** `accountMode` of an account that is unified whole, or beside a former one that stands on its own. */
const UNIFIED: ReadonlySet<string> = new Set(['unified', 'hybrid']);
/** `accountLevel` of modes in which balances and margin mean what they do here. */
const LEVELS: ReadonlySet<string> = new Set(['basic', 'advanced']);
const MULTI_ASSETS = 'multi_assets';

function faultOf(settings: JsonObject): string | null {
  const mode = text(settings, 'accountMode');
  if (!UNIFIED.has(mode))
    return `the account is not unified (accountMode ${mode}): upgrade it to a unified trading account`;
  const level = optionalText(settings, 'accountLevel');
  if (level !== null && !LEVELS.has(level))
    return `the account is in ${level} mode: set it to basic or advanced mode`;
  const assetMode = optionalText(settings, 'assetMode');
  if (assetMode !== null && assetMode !== MULTI_ASSETS)
    return `the account's swaps have margin in one coin (assetMode ${assetMode}): set it to multi-assets mode`;
  return null;
}
