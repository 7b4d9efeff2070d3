/**
 * Binance's balances, positions and settings in our words and units.
 *
 * Entry points: one reader per payload. Each takes the parsed body and throws `MalformedAnswer` where it is not of the
 * documented shape. Sources: "Account information" of rest-api.md in binance-spot-api-docs; "Account" and "Trade" of
 * the USD-M futures documentation. USD-M sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { BalanceReport, MarginReport, PositionReport } from '../../core/venue/report.ts';
import { asArray, asObject, figure, optionalFigure, positiveFigure, text } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { positionSideOf } from './normalize-orders.ts';

/** `/api/v3/account`. A receipt of flexible Earn is no asset of the wallet, and comes with a total of zero. */
export function spotBalances(body: JsonValue, names: Pick<Names, 'listsAsset'>): readonly BalanceReport[] {
  return asArray(asObject(body, 'account')['balances'], 'balances').map((item) => {
    const balance = asObject(item, 'balance');
    const name = text(balance, 'asset');
    const free = figure(balance, 'free');
    const locked = figure(balance, 'locked');
    if (isEarnReceipt(name, names))
      return {
        wallet: 'spot',
        asset: asset(name),
        total: Decimal.zero,
        free: Decimal.zero,
        lockedByOrders: Decimal.zero,
        collateralRate: null,
        isReceipt: true,
      };
    return {
      wallet: 'spot',
      asset: asset(name),
      total: free.add(locked),
      free,
      lockedByOrders: locked,
      collateralRate: null,
    };
  });
}

const EARN_RECEIPT_PREFIX = 'LD';

/**
 * Whether a balance is what a flexible product of Simple Earn holds of the asset that follows the prefix: `LDUSDT`, but not the coin
 * `LDO`. No official page says so; docs/venues/binance.md names what does.
 */
function isEarnReceipt(name: string, names: Pick<Names, 'listsAsset'>): boolean {
  return (
    name.startsWith(EARN_RECEIPT_PREFIX) &&
    names.listsAsset(name.slice(EARN_RECEIPT_PREFIX.length)) &&
    !names.listsAsset(name)
  );
}

/** `/fapi/v3/balance`. Its `LDUSDT` is margin of that wallet, and stays. */
export function swapBalances(body: JsonValue): readonly BalanceReport[] {
  return asArray(body, 'balances').map((item) => {
    const balance = asObject(item, 'balance');
    return {
      wallet: 'linear_swap',
      asset: asset(text(balance, 'asset')),
      total: figure(balance, 'balance'),
      free: figure(balance, 'availableBalance'),
      lockedByOrders: null,
      collateralRate: null,
    };
  });
}

/** The settings that `symbolConfig` adds to a position. */
export interface SymbolSettings {
  readonly leverage: Decimal;
  readonly marginMode: 'cross' | 'isolated';
}

export function symbolSettings(body: JsonValue): ReadonlyMap<string, SymbolSettings> {
  return new Map(
    asArray(body, 'symbol settings').map((item) => {
      const settings = asObject(item, 'symbol settings');
      return [
        text(settings, 'symbol'),
        {
          leverage: figure(settings, 'leverage'),
          marginMode: text(settings, 'marginType').toUpperCase() === 'ISOLATED' ? 'isolated' : 'cross',
        },
      ];
    }),
  );
}

/**
 * `/fapi/v3/positionRisk`, which lists open positions alone: one of an instrument in one-way mode, one a side in hedged mode
 * (there the short one has a negative amount). Then a flat net position for every swap whose settings `symbolConfig` lists
 * and which has no net position: leverage and margin mode hold for both sides.
 */
export function swapPositions(
  body: JsonValue,
  names: Names,
  settings: ReadonlyMap<string, SymbolSettings>,
): readonly PositionReport[] {
  const open = asArray(body, 'positions')
    .map((item) => asObject(item, 'position'))
    .filter((position) => names.known(text(position, 'symbol')) && !figure(position, 'positionAmt').isZero())
    .map((position): PositionReport => {
      const venueSymbol = text(position, 'symbol');
      const own = settings.get(venueSymbol);
      return {
        symbol: names.symbol(venueSymbol),
        positionSide: positionSideOf(position, 'positionSide') ?? 'net',
        quantity: figure(position, 'positionAmt'),
        entryPrice: positiveFigure(position, 'entryPrice'),
        markPrice: positiveFigure(position, 'markPrice'),
        leverage: own?.leverage ?? null,
        marginMode: own?.marginMode ?? null,
        liquidationPrice: liquidationPriceOf(optionalFigure(position, 'liquidationPrice')),
        maintenanceMargin: optionalFigure(position, 'maintMargin'),
        isolatedMargin: own?.marginMode === 'isolated' ? optionalFigure(position, 'isolatedMargin') : null,
        unrealizedPnl: optionalFigure(position, 'unRealizedProfit'),
      };
    });
  const net = new Set<string>(
    open.filter(({ positionSide }) => positionSide === 'net').map((report) => report.symbol),
  );
  const flat: PositionReport[] = [];
  for (const [venueSymbol, own] of settings) {
    if (!names.known(venueSymbol) || net.has(names.symbol(venueSymbol))) continue;
    flat.push({
      symbol: names.symbol(venueSymbol),
      positionSide: 'net',
      quantity: Decimal.zero,
      entryPrice: null,
      markPrice: null,
      leverage: own.leverage,
      marginMode: own.marginMode,
      liquidationPrice: null,
      maintenanceMargin: null,
      isolatedMargin: null,
      unrealizedPnl: null,
    });
  }
  return [...open, ...flat];
}

/** The venue shows 0 where no price liquidates the position. */
function liquidationPriceOf(shown: Decimal | null): PositionReport['liquidationPrice'] {
  if (shown === null) return null;
  return shown.isPositive() ? shown : 'none';
}

/**
 * `/fapi/v3/account`: the totals less what belongs to isolated positions, which stand for themselves. The totals are of USDT
 * alone unless the account shares margin between assets, so with an open position that settles in another asset they say nothing.
 */
export function swapMargin(body: JsonValue, names: Pick<Names, 'known' | 'symbol'>): MarginReport {
  const account = asObject(body, 'account');
  let marginBalance = optionalFigure(account, 'totalMarginBalance');
  let maintenanceMargin = optionalFigure(account, 'totalMaintMargin');
  for (const item of asArray(account['positions'], 'positions')) {
    const position = asObject(item, 'position');
    if (figure(position, 'positionAmt').isZero()) continue;
    const venueSymbol = text(position, 'symbol');
    if (names.known(venueSymbol) && !names.symbol(venueSymbol).endsWith(':USDT'))
      return { wallet: 'linear_swap', marginBalance: null, maintenanceMargin: null };
    const isolatedWallet = optionalFigure(position, 'isolatedWallet');
    if (isolatedWallet !== null && isolatedWallet.isZero()) continue;
    marginBalance = less(marginBalance, optionalFigure(position, 'isolatedMargin'));
    maintenanceMargin = less(maintenanceMargin, optionalFigure(position, 'maintMargin'));
  }
  return { wallet: 'linear_swap', marginBalance, maintenanceMargin };
}

function less(total: Decimal | null, part: Decimal | null): Decimal | null {
  return total === null || part === null ? null : total.subtract(part);
}
