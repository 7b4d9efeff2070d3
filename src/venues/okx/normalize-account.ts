/**
 * OKX's balances, margin, positions and settings in our words and units.
 *
 * Entry points: `balancesFrom`, `marginFrom`, `positionFrom`, `configurationFrom`, `leverageFrom`, `collateralTiers`. Each throws
 * `MalformedAnswer` for a payload that is not of the documented shape. Sources: "Get balance", "Get positions", "Get account configuration", "Get
 * leverage" and "Get discount rate and interest-free quota" of the v5 documentation. The account counts in dollars, and swaps here settle
 * in USDT: one is taken for the other.
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
  positiveFigure,
  text,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { inBase, positionSideOf } from './normalize-orders.ts';

const WALLET = 'unified';

/** The parts of a coin's worth that count as collateral, by the amount of the coin: the first tier holds small amounts. */
export type CollateralTiers = ReadonlyMap<
  string,
  readonly { readonly upTo: Decimal | null; readonly rate: Decimal }[]
>;

/** `maxAmt` is empty on the last tier. */
export function collateralTiers(data: JsonValue): CollateralTiers {
  return new Map(
    asArray(data, 'discount rates').map((item) => {
      const coin = asObject(item, 'coin');
      const tiers = asArray(coin['details'], 'tiers').map((one) => {
        const tier = asObject(one, 'tier');
        return { upTo: optionalFigure(tier, 'maxAmt'), rate: figure(tier, 'discountRate') };
      });
      return [text(coin, 'ccy'), tiers];
    }),
  );
}

/** The rate of the tier in which the whole amount ends: never more than the venue counts on average. */
function rateOf(tiers: CollateralTiers, coin: string, amount: Decimal): Decimal | null {
  const known = tiers.get(coin);
  if (known === undefined) return null;
  const tier = known.find(({ upTo }) => upTo === null || amount.atMost(upTo)) ?? known.at(-1);
  return tier?.rate ?? null;
}

/** The one entry of an answer about the account. */
export function onlyEntry(data: JsonValue, what: string): JsonObject {
  const [entry] = asArray(data, what);
  if (entry === undefined) throw new MalformedAnswer(`the ${what} is missing`);
  return asObject(entry, what);
}

/** `tiers`: null where they are not known; then no asset is taken for collateral. */
export function balancesFrom(data: JsonValue, tiers: CollateralTiers | null): readonly BalanceReport[] {
  return asArray(onlyEntry(data, 'balance')['details'], 'coins').map((item): BalanceReport => {
    const coin = asObject(item, 'coin');
    const name = text(coin, 'ccy');
    const total = figure(coin, 'cashBal');
    // Holds of spot orders are out of the one, the margin of positions out of the other.
    const available = ['availBal', 'availEq'].map((key) => optionalFigure(coin, key) ?? total);
    const isCollateral = coin['collateralEnabled'] !== undefined && flag(coin, 'collateralEnabled');
    return {
      wallet: WALLET,
      asset: asset(name),
      total,
      free: available.reduce((least, one) => least.min(one), total).max(Decimal.zero),
      lockedByOrders: optionalFigure(coin, 'ordFrozen'),
      collateralRate: isCollateral && tiers !== null ? rateOf(tiers, name, total) : null,
    };
  });
}

/** `adjEq`, which has the haircuts, against `mmr`: "When adjEq ≤ mmr, the system begins forced liquidation". */
export function marginFrom(data: JsonValue): MarginReport {
  const account = onlyEntry(data, 'balance');
  return {
    wallet: WALLET,
    marginBalance: optionalFigure(account, 'adjEq'),
    maintenanceMargin: optionalFigure(account, 'mmr'),
  };
}

const MARGIN_MODES: Readonly<Record<string, MarginMode>> = { cross: 'cross', isolated: 'isolated' };

/** In net mode a short position is below zero; in long/short mode each side is above it. */
export function positionFrom(position: JsonObject, names: Names): PositionReport {
  const positionSide = positionSideOf(position, names);
  const size = inBase(position, names, figure(position, 'pos'));
  const marginMode = word(position, 'mgnMode', MARGIN_MODES);
  return {
    symbol: names.symbol(text(position, 'instId')),
    positionSide,
    quantity: positionSide === 'short' ? size.abs().negate() : size,
    entryPrice: positiveFigure(position, 'avgPx'),
    markPrice: positiveFigure(position, 'markPx'),
    leverage: positiveFigure(position, 'lever'),
    marginMode,
    // Empty, too, where the venue makes no estimate: that says nothing.
    liquidationPrice: positiveFigure(position, 'liqPx'),
    maintenanceMargin: optionalFigure(position, 'mmr'),
    isolatedMargin: marginMode === 'isolated' ? optionalFigure(position, 'margin') : null,
    unrealizedPnl: optionalFigure(position, 'upl'),
  };
}

/** `acctLv`. */
const ACCOUNT_MODES: Readonly<Record<string, string>> = {
  '1': 'spot mode',
  '2': 'futures mode',
  '3': 'multi-currency margin mode',
  '4': 'portfolio margin mode',
};
const MULTI_CURRENCY = '3';

const POSITION_MODES: Readonly<Record<string, PositionMode>> = {
  net_mode: 'one_way',
  long_short_mode: 'hedged',
};

export interface AccountConfiguration {
  readonly positionMode: PositionMode;
  /** Why the account cannot be traded from here; null where it can. */
  readonly fault: string | null;
}

export function configurationFrom(data: JsonValue): AccountConfiguration {
  const configuration = onlyEntry(data, 'account configuration');
  return {
    positionMode: word(configuration, 'posMode', POSITION_MODES),
    fault: faultOf(configuration),
  };
}

function faultOf(configuration: JsonObject): string | null {
  const level = text(configuration, 'acctLv');
  if (level !== MULTI_CURRENCY)
    return `the account is in ${ACCOUNT_MODES[level] ?? `mode ${level}`}: set it to multi-currency margin mode`;
  if (configuration['autoLoan'] === true)
    return 'the account borrows by itself what an order lacks (autoLoan): switch auto-borrow off';
  const feeType = configuration['feeType'];
  if (feeType !== undefined && feeType !== '' && feeType !== '0')
    return 'the account pays its spot fees in the quote currency (feeType): set it to the currency received';
  return null;
}

/** One row, or one of each side, which have the same leverage in crossed margin; null where they differ. */
export function leverageFrom(data: JsonValue): Decimal | null {
  const [first, ...others] = asArray(data, 'leverage').map((row) =>
    positiveFigure(asObject(row, 'leverage'), 'lever'),
  );
  if (first === undefined || first === null) return null;
  return others.every((other) => other?.equals(first) === true) ? first : null;
}
