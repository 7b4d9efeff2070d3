/**
 * HTX's accounts, their balances, positions and settings in our words and units.
 *
 * Entry points: `spotAccountIn`, `balancesFrom` of spot; `contractBalances`, `marginFrom`, `positionFrom`, `flatPositions`, `positionModeFrom`,
 * `leverageFrom` of contracts. Each throws `MalformedAnswer`. Sources: "Get all Accounts of the Current User" and "Get Account Balance of a
 * Specific Account" of the spot documentation, "Get Account Balance", "Get Current Position", "Get Position Mode" and "Get Leverage List" of the
 * v5 one.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import type { BalanceReport, MarginReport, PositionReport } from '../../core/venue/report.ts';
import type { MarginMode, PositionMode } from '../../core/venue/setting.ts';
import { asArray, asObject, figure, optionalFigure, positiveFigure, text, word } from '../ccxt/exact-json.ts';
import type { ListedInstrument, Names } from '../markets.ts';
import { dataOf } from './classify.ts';
import { contractSideOf, contractsIn, positionSideOf } from './normalize-orders.ts';

/** The number of the spot account; null where there is none that works. */
export function spotAccountIn(body: JsonValue): string | null {
  const account = asArray(dataOf(body), 'accounts')
    .map((row) => asObject(row, 'account'))
    .find((row) => text(row, 'type') === 'spot' && text(row, 'state') === 'working');
  return account === undefined ? null : text(account, 'id');
}

/** Two rows for each coin: `trade` is free, `frozen` is held by orders. Others (`lock`) are of products that an order cannot use. */
export function balancesFrom(body: JsonValue): readonly BalanceReport[] {
  const parts = new Map<string, { free: Decimal; held: Decimal }>();
  for (const item of asArray(asObject(dataOf(body), 'account')['list'], 'balances')) {
    const row = asObject(item, 'balance');
    const name = text(row, 'currency').toUpperCase();
    const part = parts.get(name) ?? { free: Decimal.zero, held: Decimal.zero };
    parts.set(name, part);
    const type = text(row, 'type');
    if (type === 'trade') part.free = part.free.add(figure(row, 'balance'));
    if (type === 'frozen') part.held = part.held.add(figure(row, 'balance'));
  }
  return [...parts].map(([name, { free, held }]) => ({
    wallet: 'spot',
    asset: asset(name),
    total: free.add(held),
    free,
    lockedByOrders: held,
    collateralRate: null,
  }));
}

const SETTLE = 'USDT';

function detailsIn(body: JsonValue): readonly JsonObject[] {
  return asArray(asObject(dataOf(body), 'account')['details'], 'details').map((row) =>
    asObject(row, 'detail'),
  );
}

/**
 * The balance is the equity without what positions have won or lost; what is left of it for orders is the equity without their margin. Figures of
 * the whole account are passed over: they are nought where assets do not back each other.
 */
export function contractBalances(body: JsonValue): readonly BalanceReport[] {
  return detailsIn(body).map((detail) => {
    const equity = figure(detail, 'equity');
    return {
      wallet: 'linear_swap',
      asset: asset(text(detail, 'currency').toUpperCase()),
      total: equity.subtract(figure(detail, 'profit_unreal')),
      free: equity.subtract(figure(detail, 'initial_margin')).max(Decimal.zero),
      lockedByOrders: null,
      collateralRate: null,
    };
  });
}

/** Of the coin that all our swaps settle in. */
export function marginFrom(body: JsonValue): MarginReport {
  const detail = detailsIn(body).find((row) => text(row, 'currency').toUpperCase() === SETTLE);
  return {
    wallet: 'linear_swap',
    marginBalance: detail === undefined ? null : figure(detail, 'equity'),
    maintenanceMargin: detail === undefined ? null : optionalFigure(detail, 'maintenance_margin'),
  };
}

const MARGIN_MODES: Readonly<Record<string, MarginMode>> = { cross: 'cross', isolated: 'isolated' };

export function positionFrom(body: JsonValue, names: Names): PositionReport {
  const position = asObject(body, 'position');
  const venueSymbol = text(position, 'contract_code');
  const size = contractsIn(position, 'volume', names, venueSymbol).abs();
  return {
    symbol: names.symbol(venueSymbol),
    positionSide: positionSideOf(position),
    quantity: contractSideOf(position, 'direction') === 'sell' ? size.negate() : size,
    entryPrice: positiveFigure(position, 'open_avg_price'),
    markPrice: positiveFigure(position, 'mark_price'),
    leverage: positiveFigure(position, 'lever_rate'),
    marginMode: word(position, 'margin_mode', MARGIN_MODES),
    liquidationPrice: liquidationPriceOf(optionalFigure(position, 'liquidation_price')),
    maintenanceMargin: optionalFigure(position, 'maintenance_margin'),
    // No page says whether the margin of an isolated position holds what it has won or lost.
    isolatedMargin: null,
    unrealizedPnl: optionalFigure(position, 'profit_unreal'),
  };
}

/** Examples of positions that nothing liquidates have a price below zero. */
function liquidationPriceOf(shown: Decimal | null): PositionReport['liquidationPrice'] {
  if (shown === null) return null;
  return shown.isPositive() ? shown : 'none';
}

const SIDES_OF_MODES: Readonly<Record<PositionMode, readonly PositionSide[]>> = {
  one_way: ['net'],
  hedged: ['long', 'short'],
};

/** The sides of a swap that `open`, the venue's answer about that swap by its name, does not list. */
export function flatPositions(
  { instrument }: ListedInstrument,
  mode: PositionMode,
  open: readonly PositionReport[],
  leverage: Decimal | null,
): readonly PositionReport[] {
  return SIDES_OF_MODES[mode]
    .filter((side) => !open.some(({ positionSide }) => positionSide === side))
    .map((positionSide) => ({
      symbol: instrument.symbol,
      positionSide,
      quantity: Decimal.zero,
      entryPrice: null,
      markPrice: null,
      leverage,
      marginMode: 'cross',
      liquidationPrice: null,
      maintenanceMargin: null,
      isolatedMargin: null,
      unrealizedPnl: null,
    }));
}

/** "single_side: One-way mode; dual_side: Hedge mode". */
const POSITION_MODES: Readonly<Record<string, PositionMode>> = {
  single_side: 'one_way',
  dual_side: 'hedged',
};

export function positionModeFrom(body: JsonValue): PositionMode {
  return word(asObject(dataOf(body), 'mode'), 'position_mode', POSITION_MODES);
}

/** A row of a contract in cross margin, or one of each side; null where they differ. */
export function leverageFrom(body: JsonValue): Decimal | null {
  const [first, ...others] = asArray(dataOf(body), 'leverage')
    .map((row) => asObject(row, 'leverage'))
    .filter((row) => text(row, 'margin_mode') === 'cross')
    .map((row) => positiveFigure(row, 'lever_rate'));
  if (first === undefined || first === null) return null;
  return others.every((other) => other?.equals(first) === true) ? first : null;
}
