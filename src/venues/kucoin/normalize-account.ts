/**
 * KuCoin's balances, margin, positions and settings in our words and units.
 *
 * Entry points: `spotBalances`, `swapBalance`, `marginFrom`, `positionFrom`, `positionModeFrom`, `settingsFrom`. Each throws `MalformedAnswer`. Sources: "Get Account
 * List - Spot", "Get Account - Futures", "Get Position List", "Get Position Mode", "Get Margin Mode" and "Get Cross Margin Leverage" of the documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { BalanceReport, MarginReport, PositionReport } from '../../core/venue/report.ts';
import type { MarginMode, PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import { asArray, asObject, figure, optionalFigure, positiveFigure, text, word } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { positionSideOf, quantityIn } from './normalize-orders.ts';

/** The trading account alone: `main` is the way in and out, from which nothing is traded. */
export function spotBalances(data: JsonValue): readonly BalanceReport[] {
  return asArray(data, 'accounts')
    .map((item) => asObject(item, 'account'))
    .filter((account) => text(account, 'type') === 'trade')
    .map((account) => ({
      wallet: 'spot',
      asset: asset(text(account, 'currency')),
      total: figure(account, 'balance'),
      free: figure(account, 'available'),
      lockedByOrders: figure(account, 'holds'),
      collateralRate: null,
    }));
}

/** Without unrealised profit: "Account equity = marginBalance + unrealizedPNL". */
export function swapBalance(data: JsonValue): BalanceReport {
  const overview = asObject(data, 'overview');
  return {
    wallet: 'linear_swap',
    asset: asset(text(overview, 'currency')),
    total: figure(overview, 'accountEquity').subtract(figure(overview, 'unrealisedPNL')),
    free: figure(overview, 'availableBalance').max(Decimal.zero),
    lockedByOrders: null,
    collateralRate: null,
  };
}

const MARGIN_SCALE = 8;

/** "riskRatio: Cross margin risk rate": the maintenance margin of what is crossed, as a part of what stands behind it. */
export function marginFrom(data: JsonValue): MarginReport {
  const overview = asObject(data, 'overview');
  const equity = figure(overview, 'accountEquity');
  const ratio = optionalFigure(overview, 'riskRatio');
  return {
    wallet: 'linear_swap',
    marginBalance: equity,
    maintenanceMargin:
      ratio === null ? null : ratio.multiply(equity).divide(Decimal.one, MARGIN_SCALE, 'half_even'),
  };
}

const MARGIN_MODES: Readonly<Record<string, MarginMode>> = { CROSS: 'cross', ISOLATED: 'isolated' };

function marginModeIn(object: JsonObject): MarginMode {
  return word(object, 'marginMode', MARGIN_MODES);
}

/** `posMaint` and `maintMargin` ("Position margin", unrealised profit included) stand on isolated positions alone. */
export function positionFrom(body: JsonValue, names: Names): PositionReport {
  const position = asObject(body, 'position');
  const venueSymbol = text(position, 'symbol');
  const marginMode = marginModeIn(position);
  const quantity = quantityIn(position, 'currentQty', names, venueSymbol);
  const isIsolated = marginMode === 'isolated' && !quantity.isZero();
  return {
    symbol: names.symbol(venueSymbol),
    positionSide: positionSideOf(position, names),
    quantity,
    entryPrice: positiveFigure(position, 'avgEntryPrice'),
    markPrice: positiveFigure(position, 'markPrice'),
    leverage: positiveFigure(position, 'leverage'),
    marginMode,
    liquidationPrice: quantity.isZero() ? null : (positiveFigure(position, 'liquidationPrice') ?? 'none'),
    maintenanceMargin: isIsolated ? optionalFigure(position, 'posMaint') : null,
    isolatedMargin: isIsolated ? optionalFigure(position, 'maintMargin') : null,
    unrealizedPnl: optionalFigure(position, 'unrealisedPnl'),
  };
}

const POSITION_MODES: Readonly<Record<string, PositionMode>> = { '0': 'one_way', '1': 'hedged' };

export function positionModeFrom(data: JsonValue): PositionMode {
  return word(asObject(data, 'position mode'), 'positionMode', POSITION_MODES);
}

/** The leverage is that of cross mode; isolated orders state their own. */
export function settingsFrom(leverage: JsonValue, marginMode: JsonValue): SwapSettings {
  return {
    leverage: positiveFigure(asObject(leverage, 'leverage'), 'leverage'),
    marginMode: marginModeIn(asObject(marginMode, 'margin mode')),
  };
}
