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
import { joinEquity } from './capital.ts';
import { awaitingExplanation, countPriced, unpricedFlows, unpricedLosses } from './unexplained.ts';
import { baseCurrencyOf } from './conversion.ts';
import {
  addCharge,
  tradingResult,
  unrealizedOf,
  type NextEquity,
  type TradingResult,
  type Valuation,
} from './equity.ts';
import type { KeptPrice, UnexplainedChange } from './equity-record.ts';
import { valueOpenFees } from './fee-worth.ts';
import { countsInEquity, equityOf, hasJoinedAccount } from './mode-books.ts';
import { listUnpriced, shareOf, withUnpriced } from './unpriced.ts';
import {
  addIntervals,
  EQUITY_HAIRCUT,
  exactly,
  middleOf,
  priceInterval,
  widthOf,
  withHaircut,
} from './valuation.ts';

/** Basis points of capital: an equity that is known no better than this takes no new risk. */
export const MOST_UNCERTAIN_BPS = 500;
export interface MeasuredEquity {
  readonly reading: Omit<NextEquity, 'rebased'>;
  /** At the last confirmed prices. */
  readonly realized: Decimal;
  readonly unrealized: Decimal;
  readonly decidingPrice: DecidingPrice;
  /**
   * The high end of the equity where each losing position whose price is old is off by the largest haircut; null where the deciding
   * price is no old one. A loss that stands at it rests on no price that a halted market would have to confirm.
   */
  readonly highWithoutOldPrices: Decimal | null;
}

/** The price of the position that loses most, and when it was confirmed; now and null where the loss rests on none. */
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
  valueOpenFees(draft, mode, valuation);
  const capital = equityOf(state, mode)?.capital ?? before.capital;
  const isCounted = (accountId: AccountId): boolean => countsInEquity(state, accountId, mode);
  const flows = unpricedFlows(state, mode);
  const result = withOutflows(tradingResult(state, valuation, isCounted), flows);
  const inflows = flows.map(({ asset }) => asset);
  const unpriced = listUnpriced(state, mode, result, inflows, before.unpriced, valuation, at);
  const left = withUnpriced(result, unpriced, capital, at, valuation, baseCurrencyOf(state));
  const sum = addIntervals(addIntervals(exactly(capital), left.realized), left.unrealized);
  const current = capital.add(middleOf(result.realized)).add(middleOf(result.unrealized));
  const high = sum.high.add(awaitingExplanation(state, mode, at));
  const { decidingPrice, oldKeys } = decidingPriceOf(state, isCounted, prices, valuation, at);
  const uncertain = left.uncertain ?? unpricedLoss(state, mode) ?? tooWide(widthOf(sum), capital);
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
    unrealized: middleOf(result.unrealized),
    decidingPrice,
    highWithoutOldPrices:
      oldKeys.size === 0
        ? null
        : high
            .subtract(highOf(result))
            .add(highOf(tradingResult(state, asOffAsMayBe(valuation, prices, oldKeys), isCounted))),
  };
}

function highOf({ realized, unrealized }: Pick<TradingResult, 'realized' | 'unrealized'>): Decimal {
  return realized.high.add(unrealized.high);
}

/** The valuation with the largest haircut on the prices of some keys, however old they are. */
function asOffAsMayBe(
  valuation: Valuation,
  prices: ReadonlyMap<string, KeptPrice>,
  keys: ReadonlySet<string>,
): Valuation {
  return {
    priceOf: (key) => {
      const price = keys.has(key) ? prices.get(key) : undefined;
      return price === undefined ? valuation.priceOf(key) : withHaircut(price.price, EQUITY_HAIRCUT.maxBps);
    },
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

function unpricedLoss(state: PortfolioState, mode: AccountMode): string | null {
  const [first] = unpricedLosses(state, mode);
  return first === undefined
    ? null
    : `${first.amount.abs().toString()} ${first.asset} are missing without an explanation or a price`;
}

/**
 * An outflow without a price is uncertain like a charge; an inflow counts for nothing until it has one, and what leaves of it counted for
 * nothing either.
 */
function withOutflows(result: TradingResult, flows: readonly UnexplainedChange[]): TradingResult {
  const net = new Map<Asset, Decimal>();
  for (const { asset, amount } of flows) net.set(asset, (net.get(asset) ?? Decimal.zero).add(amount));
  const unpricedAssets = new Map(result.unpricedAssets);
  for (const [asset, amount] of net)
    if (amount.isNegative()) addCharge(unpricedAssets, asset, amount.negate());
  return { ...result, unpricedAssets };
}

function tooWide(width: Decimal, capital: Decimal): string | null {
  if (width.isZero() || width.atMost(shareOf(capital, MOST_UNCERTAIN_BPS))) return null;
  return `prices are old: it is known to ${width.toString()} only`;
}

/**
 * The price that a loss rests on most. One that has grown old is not asked for anew while a position with a fresh price loses: its
 * haircut is in the loss already, and a market that is halted shows none however much others lose. `oldKeys` names the losing
 * positions with old prices where no fresh one loses, and is empty otherwise.
 */
function decidingPriceOf(
  state: PortfolioState,
  isCounted: (accountId: AccountId) => boolean,
  prices: ReadonlyMap<string, KeptPrice>,
  valuation: Valuation,
  at: TimeMs,
): { readonly decidingPrice: DecidingPrice; readonly oldKeys: ReadonlySet<string> } {
  const baseCurrency = baseCurrencyOf(state);
  const most = { fresh: Decimal.zero, old: Decimal.zero };
  const found: { fresh: DecidingPrice | null; old: DecidingPrice | null } = { fresh: null, old: null };
  const oldKeys = new Set<string>();
  for (const position of state.positions.values()) {
    const price = prices.get(instrumentKey(position.accountId, position.symbol));
    if (price === undefined || position.netQuantity.isZero() || !isCounted(position.accountId)) continue;
    const open = unrealizedOf(position, valuation, baseCurrency);
    const made = open === null ? Decimal.zero : middleOf(open);
    const age = at - price.at <= EQUITY_HAIRCUT.freshForMs ? 'fresh' : 'old';
    if (age === 'old' && made.isNegative()) oldKeys.add(price.key);
    if (!made.lessThan(most[age])) continue;
    most[age] = made;
    found[age] = { key: price.key, at: price.at };
  }
  if (found.fresh !== null) return { decidingPrice: found.fresh, oldKeys: new Set() };
  return { decidingPrice: found.old ?? { key: null, at }, oldKeys };
}
