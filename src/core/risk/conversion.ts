/**
 * Conversion into the portfolio's base currency, over the markets that an account sees. No two currencies are equal by assumption,
 * stablecoins and dollars included.
 *
 * Entry points: `conversionRate`, from the prices of markets; `rateOf` and `costInBase`, for a decision. A rate is an interval
 * (valuation.ts): decisions on new risk take the end that costs more.
 */
import { Decimal } from '../decimal.ts';
import { asset as assetOf, type AccountId, type Asset, type TimeMs } from '../ids.ts';
import { assetKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { exactly, withHaircut, type ConfirmedPrice, type Interval } from './valuation.ts';

/** Up to this age a price converts as it is. */
export const CONVERSION_FRESH_MS = 5_000;
/** An older price converts nothing. */
export const CONVERSION_MAX_AGE_MS = 60_000;
/** Basis points on either side of a price in between. */
export const CONVERSION_HAIRCUT_BPS = 50;

/** The base currency of a portfolio that was given none. */
export const DEFAULT_BASE_CURRENCY: Asset = assetOf('USDT');

/** The currency that limits, exposure, equity and results are given in. */
export function baseCurrencyOf({ baseCurrency }: Pick<PortfolioState, 'baseCurrency'>): Asset {
  return baseCurrency ?? DEFAULT_BASE_CURRENCY;
}

/** Digits of an inverse rate; its ends are rounded apart. */
const RATE_SCALE = 18;

/** One market: so many `quote` for one `base`. */
export interface ConversionMarket {
  readonly base: Asset;
  readonly quote: Asset;
  readonly confirmed: ConfirmedPrice;
}

/** Units of `to` for one unit of `from` at `at`: directly, or over one other asset; null where no market in time says so. */
export function conversionRate(
  from: Asset,
  to: Asset,
  markets: readonly ConversionMarket[],
  at: TimeMs,
): Interval | null {
  if (from === to) return exactly(Decimal.one);
  const direct = directRate(from, to, markets, at);
  if (direct !== null) return direct;
  for (const { base, quote } of markets) {
    const via = base === from ? quote : quote === from ? base : null;
    if (via === null) continue;
    const [first, second] = [directRate(from, via, markets, at), directRate(via, to, markets, at)];
    if (first !== null && second !== null)
      return { low: first.low.multiply(second.low), high: first.high.multiply(second.high) };
  }
  return null;
}

function directRate(
  from: Asset,
  to: Asset,
  markets: readonly ConversionMarket[],
  at: TimeMs,
): Interval | null {
  for (const { base, quote, confirmed } of markets) {
    const isDirect = base === from && quote === to;
    if (!isDirect && !(base === to && quote === from)) continue;
    const price = priceInTime(confirmed, at);
    if (price === null) continue;
    return isDirect ? price : inverse(price);
  }
  return null;
}

/** Null for a price that is too old, and for one that is no price. */
function priceInTime({ price, at: knownAt }: ConfirmedPrice, at: TimeMs): Interval | null {
  const ageMs = at - knownAt;
  if (ageMs > CONVERSION_MAX_AGE_MS || !price.isPositive()) return null;
  return withHaircut(price, ageMs > CONVERSION_FRESH_MS ? CONVERSION_HAIRCUT_BPS : 0);
}

function inverse({ low, high }: Interval): Interval {
  return {
    low: Decimal.one.divide(high, RATE_SCALE, 'down'),
    high: Decimal.one.divide(low, RATE_SCALE, 'up'),
  };
}

/** The conversions of one moment. */
export interface Conversions {
  readonly baseCurrency: Asset;
  /** Units of the base currency for one of an asset, by `assetKey`; missing: not known now. */
  readonly baseRates: ReadonlyMap<string, Interval>;
}

/** Null where the asset cannot be converted now. */
export function rateOf(
  { baseCurrency, baseRates }: Conversions,
  accountId: AccountId,
  asset: Asset,
): Interval | null {
  if (asset === baseCurrency) return exactly(Decimal.one);
  return baseRates.get(assetKey(accountId, asset)) ?? null;
}

/** The worth of an amount in the base currency at the end of the rate that costs more; null where it is not known. */
export function costInBase(
  conversions: Conversions,
  accountId: AccountId,
  asset: Asset,
  amount: Decimal,
): Decimal | null {
  if (amount.isZero()) return amount;
  const rate = rateOf(conversions, accountId, asset);
  return rate === null ? null : amount.multiply(rate.high);
}
