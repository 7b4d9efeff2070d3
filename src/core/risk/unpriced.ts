/**
 * The parts of an equity that no market has priced, and the most that they can be.
 *
 * Entry points: `listUnpriced`, `withUnpriced`. A position is worth what it cost, give or take; a fee no more than a fraction of what
 * was traded for it, which is known while the order is in memory and kept from then on as the ceiling of one unit. Together they are
 * left out while they cannot be more than `UNPRICED_LEFT_OUT_BPS` of the capital.
 */
import { Decimal } from '../decimal.ts';
import type { AccountMode, Asset, TimeMs } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from '../position/position.ts';
import { baseCurrencyOf } from './conversion.ts';
import { priceInBase, type TradingResult, type Valuation } from './equity.ts';
import type { Unpriced } from './equity-record.ts';
import { addIntervals, EQUITY_HAIRCUT, middleOf, withHaircut, type Interval } from './valuation.ts';

/** Basis points of capital: what has no price and can be no more than this together is left out. */
export const UNPRICED_LEFT_OUT_BPS = 50;
/**
 * How long a new position stands at its entry without a price of the market's, and a fee may have none, before the equity is
 * uncertain.
 */
export const UNPRICED_FOR_MS = 10_000;
/** Basis points of what an order traded: a fee in an asset without a price is taken to be no more. */
export const UNPRICED_FEE_BPS = 100;

const ALL_BPS = Decimal.fromInteger(10_000);
/** Digits of a ceiling, which is rounded up. */
const CEILING_SCALE = 18;

/**
 * Everything that has no price now, `inflows` that count for nothing so far included, with since when; an asset with the most that
 * one unit can be worth, where that is known.
 */
export function listUnpriced(
  state: PortfolioState,
  mode: AccountMode,
  { unpricedPositions, unpricedAssets }: TradingResult,
  inflows: readonly Asset[],
  before: readonly Unpriced[],
  valuation: Valuation,
  at: TimeMs,
): readonly Unpriced[] {
  const keys = [
    ...unpricedPositions.map(({ accountId, symbol }) => instrumentKey(accountId, symbol)),
    ...unpricedAssets.keys(),
    ...inflows,
  ];
  return [...new Set(keys)].map((key) => {
    const known = before.find((one) => one.key === key) ?? { key, since: at };
    const seen = ceilingOf(state, mode, key, valuation);
    if (seen === null) return known;
    const ceiling = known.ceiling?.max(seen) ?? seen;
    return known.ceiling?.equals(ceiling) === true ? known : { ...known, ceiling };
  });
}

/**
 * The most that one unit of an asset can be worth by the orders in memory that were charged in it, in the base currency; null where there
 * are none. An exchange charges a fraction of what is traded.
 */
function ceilingOf(
  state: PortfolioState,
  mode: AccountMode,
  asset: string,
  valuation: Valuation,
): Decimal | null {
  const baseCurrency = baseCurrencyOf(state);
  const ceilings: Decimal[] = [];
  for (const { mode: ofMode, fees, filledCost, quote } of [
    ...state.unfinished.values(),
    ...state.finished.values(),
  ]) {
    const charged = fees.find((fee) => fee.asset === asset)?.amount;
    if (ofMode !== mode || charged === undefined || !charged.isPositive()) continue;
    const rate = priceInBase(valuation, baseCurrency, quote);
    if (rate === null) continue;
    const most = filledCost.multiply(rate.high).multiply(Decimal.fromInteger(UNPRICED_FEE_BPS));
    ceilings.push(most.divide(charged.multiply(ALL_BPS), CEILING_SCALE, 'up'));
  }
  const [first, ...others] = ceilings;
  return first === undefined ? null : others.reduce((most, one) => most.max(one), first);
}

/** The result with what has no price in it, and why the equity is not known well enough with that; null while it is. */
export interface WithUnpriced extends Pick<TradingResult, 'realized' | 'unrealized'> {
  readonly uncertain: string | null;
}

/**
 * Left out while it is new, and as long as it can be little. Beyond that a position is worth anything within the largest haircut of
 * its cost, and a fee anything up to its ceiling.
 */
export function withUnpriced(
  { realized, unrealized, unpricedPositions, unpricedAssets }: TradingResult,
  unpriced: readonly Unpriced[],
  capital: Decimal,
  at: TimeMs,
  valuation: Valuation,
  baseCurrency: Asset,
): WithUnpriced {
  const isLate = (key: string): boolean =>
    unpriced.some((one) => one.key === key && at - one.since >= UNPRICED_FOR_MS);
  const positions = unpricedPositions.filter(({ accountId, symbol }) =>
    isLate(instrumentKey(accountId, symbol)),
  );
  const assets = [...unpricedAssets].filter(([asset]) => isLate(asset));
  const cost = addedUp(positions.map((position) => costInBaseOf(position, valuation, baseCurrency)));
  const fees = addedUp(assets.map(([asset, charged]) => mostOf(unpriced, asset, charged)));
  if (cost.isKnown && fees.isKnown && cost.sum.add(fees.sum).atMost(shareOf(capital, UNPRICED_LEFT_OUT_BPS)))
    return { realized, unrealized, uncertain: null };
  const { low, high } = withHaircut(cost.sum, EQUITY_HAIRCUT.maxBps);
  const off: Interval = { low: low.subtract(cost.sum), high: high.subtract(cost.sum) };
  return {
    realized: { low: realized.low.subtract(fees.sum), high: realized.high },
    unrealized: addIntervals(unrealized, off),
    uncertain: whyOf(positions, cost.isKnown, baseCurrency) ?? whyOfAssets(assets.map(([asset]) => asset)),
  };
}

function whyOf(positions: readonly Position[], isCostKnown: boolean, baseCurrency: Asset): string | null {
  if (positions.length === 0) return null;
  const names = positions.map(({ symbol }) => symbol).join(', ');
  return isCostKnown ? `no market has priced ${names} yet` : `${names} has no price in ${baseCurrency} yet`;
}

function whyOfAssets(assets: readonly Asset[]): string | null {
  return assets.length === 0 ? null : `results or fees are in ${assets.join(', ')}, which has no price`;
}

function costInBaseOf(position: Position, valuation: Valuation, baseCurrency: Asset): Decimal | null {
  const rate = priceInBase(valuation, baseCurrency, position.quote);
  return rate === null ? null : position.openCost.multiply(middleOf(rate));
}

/** The most that the charges in an asset can be worth; null where nothing says so. A rebate counts for nothing. */
function mostOf(unpriced: readonly Unpriced[], asset: Asset, charged: Decimal | null): Decimal | null {
  if (charged === null) return null;
  const ceiling = unpriced.find(({ key }) => key === asset)?.ceiling;
  return ceiling === undefined ? null : charged.max(Decimal.zero).multiply(ceiling);
}

/** The sum of those that are known, and whether all are. */
function addedUp(figures: readonly (Decimal | null)[]): { readonly sum: Decimal; readonly isKnown: boolean } {
  const known = figures.filter((figure) => figure !== null);
  return {
    sum: known.reduce((sum, figure) => sum.add(figure), Decimal.zero),
    isKnown: known.length === figures.length,
  };
}

/** Basis points of the capital; exact. */
export function shareOf(capital: Decimal, bps: number): Decimal {
  return capital
    .abs()
    .multiply(Decimal.fromInteger(bps))
    .divide(ALL_BPS, capital.scale + 4, 'down');
}
