/**
 * MEXC's balances, margin, positions and leverage in our words and units.
 *
 * Entry points: one reader per payload; each throws `MalformedAnswer` where it is not of the documented shape. Sources: "Account Information"
 * of the spot v3 documentation; "Get all informations of user's asset", "Get the user's current holding position" and "Get leverage" of the
 * contract documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { BalanceReport, MarginReport, PositionReport } from '../../core/venue/report.ts';
import type { MarginMode, PositionMode } from '../../core/venue/setting.ts';
import { asArray, asObject, figure, optionalFigure, positiveFigure, text, word } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';

export function spotBalances(body: JsonValue): readonly BalanceReport[] {
  return asArray(asObject(body, 'account')['balances'], 'balances').map((item) => {
    const balance = asObject(item, 'balance');
    const free = figure(balance, 'free');
    const locked = figure(balance, 'locked');
    return {
      wallet: 'spot',
      asset: asset(text(balance, 'asset')),
      total: free.add(locked),
      free,
      lockedByOrders: locked,
      collateralRate: null,
    };
  });
}

/** `equity` has what is not realised yet; the wallet is without it. */
export function swapBalances(body: JsonValue): readonly BalanceReport[] {
  return asArray(body, 'assets').map((item) => {
    const row = asObject(item, 'asset');
    return {
      wallet: 'linear_swap',
      asset: asset(text(row, 'currency')),
      total: figure(row, 'equity').subtract(figure(row, 'unrealized')),
      free: figure(row, 'availableBalance'),
      lockedByOrders: null,
      collateralRate: null,
    };
  });
}

const SETTLE = 'USDT';

/** No page states what the positions together need behind them. */
export function swapMargin(body: JsonValue): MarginReport {
  const row = asArray(body, 'assets')
    .map((item) => asObject(item, 'asset'))
    .find((one) => text(one, 'currency') === SETTLE);
  return {
    wallet: 'linear_swap',
    marginBalance: row === undefined ? null : figure(row, 'equity'),
    maintenanceMargin: null,
  };
}

/** "positionType: 1 long, 2 short". */
const POSITION_TYPES: Readonly<Record<string, 'long' | 'short'>> = { '1': 'long', '2': 'short' };
/** "openType: 1 isolated, 2 cross". */
const MARGIN_MODES: Readonly<Record<string, MarginMode>> = { '1': 'isolated', '2': 'cross' };

export interface OpenPosition {
  readonly report: PositionReport;
  readonly venueSymbol: string;
  readonly positionType: 'long' | 'short';
  /** The number that its leverage is set by. */
  readonly positionId: string;
}

/** Open positions alone are listed, one of each side that there is. */
export function openPositions(body: JsonValue, names: Names, mode: PositionMode): readonly OpenPosition[] {
  return asArray(body, 'positions')
    .map((item) => asObject(item, 'position'))
    .filter((row) => names.known(text(row, 'symbol')) && !figure(row, 'holdVol').isZero())
    .map((row) => ({
      report: positionFrom(row, names, mode),
      venueSymbol: text(row, 'symbol'),
      positionType: word(row, 'positionType', POSITION_TYPES),
      positionId: text(row, 'positionId'),
    }));
}

function positionFrom(row: JsonObject, names: Names, mode: PositionMode): PositionReport {
  const instrument = names.instrument(text(row, 'symbol'));
  const held = fromContracts(instrument, figure(row, 'holdVol'));
  const type = word(row, 'positionType', POSITION_TYPES);
  return {
    symbol: instrument.symbol,
    positionSide: mode === 'hedged' ? type : 'net',
    quantity: type === 'short' ? held.negate() : held,
    entryPrice: positiveFigure(row, 'holdAvgPrice'),
    markPrice: null,
    leverage: positiveFigure(row, 'leverage'),
    marginMode: word(row, 'openType', MARGIN_MODES),
    liquidationPrice: liquidationPriceOf(optionalFigure(row, 'liquidatePrice')),
    maintenanceMargin: null,
    isolatedMargin: null,
    unrealizedPnl: null,
  };
}

/** The venue shows 0 where no price liquidates the position. */
function liquidationPriceOf(shown: Decimal | null): PositionReport['liquidationPrice'] {
  if (shown === null) return null;
  return shown.isPositive() ? shown : 'none';
}

/** A row of each side; null where the two differ. */
export function leverageFrom(body: JsonValue): Decimal | null {
  const [first, ...others] = asArray(body, 'leverage').map((row) =>
    positiveFigure(asObject(row, 'leverage'), 'leverage'),
  );
  if (first === undefined || first === null) return null;
  return others.every((other) => other?.equals(first) === true) ? first : null;
}
