/**
 * Inventory as it stands in the capital of an account: of each asset but the base currency the units, and what they were worth when they
 * came. Its price may move since: that is in no result, and what leaves takes out what had come in.
 *
 * Entry points: `worthInCapital` and `heldNote` for a change of an asset; exchanges.ts where one asset became another.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { CapitalMoved } from './capital-moved.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { baseCurrencyOf, CONVERSION_MAX_AGE_MS } from './conversion.ts';
import type { CapitalHolding } from './equity-record.ts';
import { equityOf } from './mode-books.ts';

/** Digits of a part of a holding's worth; half even, and the whole of it is exact. */
const WORTH_SCALE = 18;

/** A change of one asset; negative for what leaves. */
export interface AssetChange {
  readonly asset: Asset;
  readonly amount: Decimal;
}

/**
 * Units of the base currency at the last reading's price, for a change that is known at `at`; null where no market has priced the
 * asset within `CONVERSION_MAX_AGE_MS`. A price that an administrator has stated is of any age: no market has another.
 */
export function valueOf(
  state: PortfolioState,
  mode: AccountMode,
  { asset, amount }: AssetChange,
  at: TimeMs,
): Decimal | null {
  if (asset === baseCurrencyOf(state)) return amount;
  const kept = equityOf(state, mode)?.prices.find(({ key }) => key === asset);
  if (kept === undefined || (kept.stated !== true && at - kept.at > CONVERSION_MAX_AGE_MS)) return null;
  return kept.price.multiply(amount);
}

/**
 * The worth in capital of a change that is worth `value` now: what takes away from the units that stand there has the worth at which
 * they stand, the rest what it is worth now. Null where that is not known and there is such a rest.
 */
export function worthInCapital(
  state: PortfolioState,
  accountId: AccountId,
  { asset, amount }: AssetChange,
  value: Decimal | null,
): Decimal | null {
  if (asset === baseCurrencyOf(state) || amount.isZero()) return amount;
  const standing = state.capitals.get(accountId)?.holdings?.find((holding) => holding.asset === asset);
  if (standing === undefined || standing.amount.isNegative() === amount.isNegative()) return value;
  const covered = standing.amount.abs().min(amount.abs());
  const taken = partOf(standing.worth, covered, standing.amount.abs());
  const rest = amount.abs().subtract(covered);
  if (rest.isZero()) return taken.negate();
  return value === null ? null : partOf(value, rest, amount.abs()).subtract(taken);
}

function partOf(figure: Decimal, part: Decimal, whole: Decimal): Decimal {
  return part.equals(whole) ? figure : figure.multiply(part).divide(whole, WORTH_SCALE, 'half_even');
}

/** The part of a record that moves a holding; nothing of the base currency, and of an account whose holdings are not known. */
export function heldNote(
  state: PortfolioState,
  accountId: AccountId,
  { asset, amount }: AssetChange,
  worth: Decimal,
): Pick<CapitalMoved, 'holdings'> {
  const isKept = state.capitals.get(accountId)?.holdings !== undefined && asset !== baseCurrencyOf(state);
  return isKept && !amount.isZero() ? { holdings: [{ asset, amount, worth }] } : {};
}

/** The holdings after changes, by asset; what has no units left is gone. */
export function withChanges(
  before: readonly CapitalHolding[],
  changes: readonly CapitalHolding[],
): readonly CapitalHolding[] {
  const holdings = new Map(before.map((holding) => [holding.asset, holding]));
  for (const { asset, amount, worth } of changes) {
    const standing = holdings.get(asset);
    const units = standing === undefined ? amount : standing.amount.add(amount);
    if (units.isZero()) holdings.delete(asset);
    else holdings.set(asset, { asset, amount: units, worth: standing?.worth.add(worth) ?? worth });
  }
  return [...holdings.values()].sort((left, right) => (left.asset < right.asset ? -1 : 1));
}

/**
 * The worth of both sides of an exchange: that of the base currency among them, or of the one that has a price; without any, what the
 * side that leaves stands for in capital. Never negative.
 */
export function exchangedValue(
  state: PortfolioState,
  accountId: AccountId,
  mode: AccountMode,
  sides: readonly AssetChange[],
  at: TimeMs,
): Decimal {
  const baseCurrency = baseCurrencyOf(state);
  const inOrder = [
    ...sides.filter(({ asset }) => asset === baseCurrency),
    ...sides.filter(({ asset }) => asset !== baseCurrency),
  ];
  for (const side of inOrder) {
    const value = valueOf(state, mode, side, at);
    if (value !== null) return value.abs();
  }
  const leaving = sides.find(({ amount }) => amount.isNegative());
  const worth = leaving === undefined ? null : worthInCapital(state, accountId, leaving, Decimal.zero);
  return worth?.abs() ?? Decimal.zero;
}
