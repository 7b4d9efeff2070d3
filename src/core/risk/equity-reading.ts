/**
 * One reading of a mode's equity: its interval at the prices of the moment, and what is not known of it.
 *
 * Entry point: `measureEquity`. Prices come with the reading; those that it lacks are the ones that the last reading kept, so
 * that neither a restart nor a market that stops changes what is held.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from '../position/position.ts';
import { joinEquity } from './capital.ts';
import { awaitingExplanation, countPriced, unpricedFlows, unpricedLosses } from './unexplained.ts';
import { baseCurrencyOf } from './conversion.ts';
import {
  priceInBase,
  tradingResult,
  unrealizedOf,
  type NextEquity,
  type TradingResult,
  type Valuation,
} from './equity.ts';
import type { KeptPrice, Unpriced } from './equity-record.ts';
import { countsInEquity, equityOf, hasJoinedAccount } from './mode-books.ts';
import {
  addIntervals,
  EQUITY_HAIRCUT,
  exactly,
  middleOf,
  priceInterval,
  widthOf,
  withHaircut,
} from './valuation.ts';

/** Hundredths of a percent of capital: positions without a price that cost no more than this together are left out. */
export const UNPRICED_LEFT_OUT_BPS = 50;
/** Basis points of capital: an equity that is known no better than this takes no new risk. */
export const MOST_UNCERTAIN_BPS = 500;
/**
 * How long a new position stands at its entry without a price of the market's, and a fee may have none, before the equity is
 * uncertain.
 */
export const UNPRICED_FOR_MS = 10_000;

const ALL_BPS = Decimal.fromInteger(10_000);

export interface MeasuredEquity {
  readonly reading: Omit<NextEquity, 'rebased'>;
  /** At the last confirmed prices. */
  readonly realized: Decimal;
  readonly unrealized: Decimal;
  readonly decidingPrice: DecidingPrice;
}

/** The price of the position that loses most, and when it was confirmed; now and null where none loses. */
export interface DecidingPrice {
  /** An `instrumentKey`. */
  readonly key: string | null;
  readonly at: TimeMs;
}

/** Takes in accounts that may join, and measures; null while none counts. */
export function measureEquity(
  draft: Draft,
  mode: AccountMode,
  fresh: readonly KeptPrice[],
  joinable: readonly AccountId[],
): MeasuredEquity | null {
  const { state, at } = draft;
  const prices = newest(equityOf(state, mode)?.prices ?? [], fresh, at);
  const valuation: Valuation = {
    priceOf: (key) => {
      const price = prices.get(key);
      return price === undefined ? null : priceInterval(price, at, EQUITY_HAIRCUT);
    },
  };
  for (const accountId of joinable) {
    const account = state.accounts.get(accountId);
    if (account?.mode !== mode || !account.balancesKnown || !account.positionsKnown) continue;
    if (state.capitals.has(accountId) || state.detached.has(accountId)) continue;
    joinEquity(draft, accountId, mode, valuation);
  }
  const before = equityOf(state, mode);
  if (before === null || (before.remaining !== undefined && !hasJoinedAccount(state, mode))) return null;
  countPriced(draft, mode, valuation);
  const capital = equityOf(state, mode)?.capital ?? before.capital;
  const isCounted = (accountId: AccountId): boolean => countsInEquity(state, accountId, mode);
  const result = tradingResult(state, valuation, isCounted);
  const unpriced = stillUnpriced(result, before.unpriced, at);
  const baseCurrency = baseCurrencyOf(state);
  const costOf = (position: Position): Decimal | null => costInBaseOf(position, valuation, baseCurrency);
  const left = withUnpriced(result, unpriced, capital, at, costOf, baseCurrency);
  const sum = addIntervals(addIntervals(exactly(capital), result.realized), left.unrealized);
  const current = middleOf(sum);
  const high = sum.high.add(awaitingExplanation(state, mode, at));
  const uncertain =
    left.uncertain ??
    unpricedAsset(result, unpriced, at) ??
    unpricedLoss(state, mode) ??
    unpricedFlow(state, mode) ??
    tooWide(widthOf(sum), capital);
  return {
    reading: {
      current,
      low: sum.low,
      high,
      capital,
      prices: keptOf(state, mode, prices),
      unpriced,
      uncertain,
    },
    realized: middleOf(result.realized),
    unrealized: middleOf(left.unrealized),
    decidingPrice: decidingPriceOf(state, isCounted, prices, valuation, at),
  };
}

/** By key, the newer of two prices. A kept one that lies ahead of the clock is of before it was set back, and so the older one. */
function newest(
  kept: readonly KeptPrice[],
  fresh: readonly KeptPrice[],
  at: TimeMs,
): ReadonlyMap<string, KeptPrice> {
  const prices = new Map(kept.map((price) => [price.key, price]));
  for (const price of fresh) {
    const standing = prices.get(price.key);
    if (standing === undefined || standing.at > at || price.at >= standing.at) prices.set(price.key, price);
  }
  return prices;
}

/**
 * The keys of everything that the mode's equity rests on: open positions, the currencies of positions, assets of fees, assets that
 * are held.
 */
export function pricedKeys(state: PortfolioState, mode: AccountMode): ReadonlySet<string> {
  const keys = new Set<string>();
  const baseCurrency = baseCurrencyOf(state);
  const isOfMode = (accountId: AccountId): boolean => state.accounts.get(accountId)?.mode === mode;
  for (const { accountId, symbol, netQuantity, fees, quote } of state.positions.values()) {
    if (!isOfMode(accountId)) continue;
    if (!netQuantity.isZero()) keys.add(instrumentKey(accountId, symbol));
    for (const { asset } of fees) if (asset !== quote) keys.add(asset);
    if (quote !== baseCurrency) keys.add(quote);
  }
  for (const { accountId, asset, total } of state.balances.values())
    if (isOfMode(accountId) && !total.isZero()) keys.add(asset);
  for (const { accountId, asset } of state.accountResults.values()) if (isOfMode(accountId)) keys.add(asset);
  for (const { accountId, asset } of state.unexplained) if (isOfMode(accountId)) keys.add(asset);
  return keys;
}

function keptOf(
  state: PortfolioState,
  mode: AccountMode,
  prices: ReadonlyMap<string, KeptPrice>,
): readonly KeptPrice[] {
  const keys = pricedKeys(state, mode);
  return [...prices.values()].filter(({ key }) => keys.has(key));
}

function costInBaseOf(position: Position, valuation: Valuation, baseCurrency: Asset): Decimal | null {
  const rate = priceInBase(valuation, baseCurrency, position.quote);
  return rate === null ? null : position.openCost.multiply(middleOf(rate));
}

function stillUnpriced(
  { unpricedPositions, unpricedAssets }: TradingResult,
  before: readonly Unpriced[],
  at: TimeMs,
): readonly Unpriced[] {
  const keys = [
    ...unpricedPositions.map(({ accountId, symbol }) => instrumentKey(accountId, symbol)),
    ...unpricedAssets,
  ];
  return [...new Set(keys)].map((key) => before.find((one) => one.key === key) ?? { key, since: at });
}

/**
 * Positions without a price stand at what they cost while they are new, and as long as they cost little; beyond that they are
 * worth anything within the largest haircut.
 */
function withUnpriced(
  { unrealized, unpricedPositions }: TradingResult,
  unpriced: readonly Unpriced[],
  capital: Decimal,
  at: TimeMs,
  costOf: (position: Position) => Decimal | null,
  baseCurrency: Asset,
): { readonly unrealized: TradingResult['unrealized']; readonly uncertain: string | null } {
  const late = unpricedPositions.filter(({ accountId, symbol }) =>
    isLate(unpriced, instrumentKey(accountId, symbol), at),
  );
  let cost = Decimal.zero;
  let isCostKnown = true;
  for (const position of late) {
    const one = costOf(position);
    if (one === null) isCostKnown = false;
    else cost = cost.add(one);
  }
  if (isCostKnown && cost.atMost(shareOf(capital, UNPRICED_LEFT_OUT_BPS)))
    return { unrealized, uncertain: null };
  const { low, high } = withHaircut(cost, EQUITY_HAIRCUT.maxBps);
  const off = { low: low.subtract(cost), high: high.subtract(cost) };
  const names = late.map(({ symbol }) => symbol).join(', ');
  return {
    unrealized: addIntervals(unrealized, off),
    uncertain: isCostKnown
      ? `no market has priced ${names} yet`
      : `${names} has no price in ${baseCurrency} yet`,
  };
}

function unpricedAsset(
  { unpricedAssets }: TradingResult,
  unpriced: readonly Unpriced[],
  at: TimeMs,
): string | null {
  const late = [...unpricedAssets].find((asset) => isLate(unpriced, asset, at));
  return late === undefined ? null : `results or fees are in ${late}, which has no price`;
}

function isLate(unpriced: readonly Unpriced[], key: string, at: TimeMs): boolean {
  return unpriced.some((one) => one.key === key && at - one.since >= UNPRICED_FOR_MS);
}

function unpricedLoss(state: PortfolioState, mode: AccountMode): string | null {
  const [first] = unpricedLosses(state, mode);
  return first === undefined
    ? null
    : `${first.amount.abs().toString()} ${first.asset} are missing without an explanation or a price`;
}

function unpricedFlow(state: PortfolioState, mode: AccountMode): string | null {
  const [first] = unpricedFlows(state, mode);
  return first === undefined
    ? null
    : `${first.amount.abs().toString()} ${first.asset} came or left as a ${first.unpricedFlow?.kind ?? 'flow'} and have no price`;
}

function tooWide(width: Decimal, capital: Decimal): string | null {
  if (width.isZero() || width.atMost(shareOf(capital, MOST_UNCERTAIN_BPS))) return null;
  return `prices are old: it is known to ${width.toString()} only`;
}

/** Exact. */
function shareOf(capital: Decimal, bps: number): Decimal {
  return capital
    .abs()
    .multiply(Decimal.fromInteger(bps))
    .divide(ALL_BPS, capital.scale + 4, 'down');
}

/**
 * The price that a loss rests on most. One that has grown old is not asked for anew: its haircut is in the loss already, and a market
 * that is halted shows none however much others lose. It counts only while no position with a fresh price loses.
 */
function decidingPriceOf(
  state: PortfolioState,
  isCounted: (accountId: AccountId) => boolean,
  prices: ReadonlyMap<string, KeptPrice>,
  valuation: Valuation,
  at: TimeMs,
): DecidingPrice {
  const baseCurrency = baseCurrencyOf(state);
  const most = { fresh: Decimal.zero, old: Decimal.zero };
  const found: { fresh: DecidingPrice | null; old: DecidingPrice | null } = { fresh: null, old: null };
  for (const position of state.positions.values()) {
    const price = prices.get(instrumentKey(position.accountId, position.symbol));
    if (price === undefined || position.netQuantity.isZero() || !isCounted(position.accountId)) continue;
    const open = unrealizedOf(position, valuation, baseCurrency);
    const made = open === null ? Decimal.zero : middleOf(open);
    const age = at - price.at <= EQUITY_HAIRCUT.freshForMs ? 'fresh' : 'old';
    if (!made.lessThan(most[age])) continue;
    most[age] = made;
    found[age] = { key: price.key, at: price.at };
  }
  return found.fresh ?? found.old ?? { key: null, at };
}
