/**
 * Equity: what the accounts of one mode brought in, moved by transfers, plus what trading has made of it.
 *
 * equity = capital + PnL of our positions (realised, unrealised, funding, less fees). Inventory from before has no PnL.
 * A flow (a transfer, an account that joins or leaves) moves capital and the day's baseline by its value and scales the
 * peak by equity after / before, so that it is neither gain nor loss and leaves the drawdown as it was.
 * Equity is an interval, since prices age: `current` is at the last confirmed prices, `low` and `high` are what it can be.
 * The day's baseline is the equity at 00:00 UTC. When no reading was taken around midnight it is the higher of the last
 * one before and the first one after: what was lost while nobody looked counts to the new day.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, TimeMs } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { unrealizedPnl, type Position } from '../position/position.ts';
import type { EquityRecord } from './equity-record.ts';
import {
  addIntervals,
  between,
  exactly,
  scaleInterval,
  subtractIntervals,
  type Interval,
} from './valuation.ts';

const DAY_MS = 86_400_000;
/** Digits of a drawdown; rounded up, so that a limit is reached early rather than late. */
const DRAWDOWN_SCALE = 6;
/** Digits of a peak that a flow has scaled; rounded down, so that no flow makes a drawdown. */
const PEAK_SCALE = 18;

/** 00:00 UTC of the day of a time. */
export function dayOf(at: TimeMs): TimeMs {
  return at - (at % DAY_MS);
}

/** The prices that positions and fees are valued at: of an instrument by `instrumentKey`, of an asset by its name. */
export interface Valuation {
  /** Null for what no market has priced yet. */
  readonly priceOf: (key: string) => Interval | null;
}

/** Positions at exact marks, by `instrumentKey`; fees in other assets than the quote have no price. */
export function atMarks(marks: ReadonlyMap<string, Decimal>): Valuation {
  return {
    priceOf: (key) => {
      const mark = marks.get(key);
      return mark === undefined ? null : exactly(mark);
    },
  };
}

/** The result of trading since the first fill, in quote units; quote currencies are counted one to one. */
export interface TradingResult {
  /** By closing, and by funding, less fees. */
  readonly realized: Interval;
  /** By what is still open. */
  readonly unrealized: Interval;
  /** Open positions that have no price, with what they cost; they are in neither sum. */
  readonly unpricedPositions: readonly Position[];
  /** Assets without a price that fees were paid in; those fees are in neither sum. */
  readonly unpricedFees: ReadonlySet<Asset>;
}

/** The result of some accounts: of their positions since their first fill, and of records that belong to no position. */
export function tradingResult(
  state: PortfolioState,
  valuation: Valuation,
  isCounted: (accountId: AccountId) => boolean,
): TradingResult {
  let realized = exactly(Decimal.zero);
  let unrealized = exactly(Decimal.zero);
  const unpricedPositions: Position[] = [];
  const unpricedFees = new Set<Asset>();
  for (const position of state.positions.values()) {
    if (!isCounted(position.accountId)) continue;
    realized = addIntervals(realized, realizedOf(position, position, valuation, unpricedFees));
    if (position.netQuantity.isZero()) continue;
    const price = valuation.priceOf(instrumentKey(position.accountId, position.symbol));
    if (price === null) unpricedPositions.push(position);
    else
      unrealized = addIntervals(
        unrealized,
        between(unrealizedPnl(position, price.low), unrealizedPnl(position, price.high)),
      );
  }
  for (const { accountId, asset, amount } of state.accountResults.values()) {
    if (!isCounted(accountId)) continue;
    const worth = worthOfResult(asset, amount, valuation, unpricedFees);
    if (worth !== null) realized = addIntervals(realized, worth);
  }
  return { realized, unrealized, unpricedPositions, unpricedFees };
}

/** Null without a price: a charge is listed then, and a gain counts for nothing. */
function worthOfResult(
  asset: Asset,
  amount: Decimal,
  { priceOf }: Valuation,
  unpricedFees: Set<Asset>,
): Interval | null {
  const price = priceOf(asset);
  if (price !== null) return scaleInterval(price, amount);
  if (amount.isNegative()) unpricedFees.add(asset);
  return null;
}

/**
 * The PnL that an account's positions have realised since 00:00 UTC, by quote asset: closing and funding, less fees, as the
 * daily loss counts them. Results of account records beside positions are under their own asset. Assets in which nothing was
 * realised today are left out; null stands for a sum that is not known, because a fee was paid in an asset that has no price.
 */
export function realizedToday(
  state: PortfolioState,
  accountId: AccountId,
  at: TimeMs,
  valuation: Valuation,
): ReadonlyMap<Asset, Decimal | null> {
  const today = dayOf(at);
  const sums = new Map<Asset, Decimal | null>();
  for (const [key, position] of state.positions) {
    const start = state.dayStarts.get(key);
    if (position.accountId !== accountId || start?.day !== today) continue;
    const unpriced = new Set<Asset>();
    const until = realizedOf(position, position, valuation, unpriced);
    const made = subtractIntervals(until, realizedOf(position, start, valuation, unpriced));
    const before = sums.get(position.quote);
    const isKnown = unpriced.size === 0 && before !== null;
    sums.set(position.quote, isKnown ? (before ?? Decimal.zero).add(middleOf(made)) : null);
  }
  for (const { accountId: owner, asset, amount, amountAtDayStart, day } of state.accountResults.values()) {
    const before = sums.get(asset);
    if (owner === accountId && day === today && before !== null)
      sums.set(asset, (before ?? Decimal.zero).add(amount.subtract(amountAtDayStart)));
  }
  return sums;
}

/** The realised PnL of a position in its quote asset: closing and funding, less fees in any asset that has a price. */
export function realizedOf(
  position: Position,
  figures: Pick<Position, 'realizedPnl' | 'fundingTotal' | 'fees'>,
  { priceOf }: Valuation,
  unpricedFees: Set<Asset>,
): Interval {
  let made = exactly(figures.realizedPnl.add(figures.fundingTotal));
  for (const { asset, amount } of figures.fees) {
    if (asset === position.quote) {
      made = subtractIntervals(made, exactly(amount));
      continue;
    }
    const ofInstrument =
      asset === position.base ? priceOf(instrumentKey(position.accountId, position.symbol)) : null;
    const price = ofInstrument ?? priceOf(asset);
    if (price === null) unpricedFees.add(asset);
    else made = subtractIntervals(made, scaleInterval(price, amount));
  }
  return made;
}

const HALF = Decimal.of(5, 1);

/** The value at the confirmed prices themselves: haircuts are the same on both sides, and sums of values keep that. */
export function middleOf({ low, high }: Interval): Decimal {
  return low.add(high).multiply(HALF);
}

/** The figures of a reading that the next record is made from. */
export interface NextEquity extends Pick<
  EquityRecord,
  'current' | 'low' | 'high' | 'capital' | 'prices' | 'unpriced' | 'uncertain'
> {
  /** Peak and the day's baseline start from it. */
  readonly rebased: boolean;
}

/** The record after a reading. A peak is what the equity has been at least. */
export function nextEquity(
  before: EquityRecord | null,
  at: TimeMs,
  { rebased, ...reading }: NextEquity,
): EquityRecord {
  const { current, low } = reading;
  const day = dayOf(at);
  if (before === null || rebased) return { ...reading, peak: current, dayStart: current, day, at };
  return {
    ...reading,
    peak: before.peak.max(low),
    dayStart: before.day === day ? before.dayStart : before.current.max(current),
    day,
    at,
  };
}

/** A move of the equity outside trading. */
export interface EquityMove {
  /** Of the equity itself; quote units. */
  readonly equity: Decimal;
  /** The part that is neither gain nor loss. */
  readonly baseline: Decimal;
}

/**
 * The record after a move: what counts as a flow shifts the day's baseline and scales the peak by equity after / before.
 * Where there is no equity before or after it to scale by, the peak shifts as the baseline does.
 */
export function moveEquity(before: EquityRecord, { equity, baseline }: EquityMove): EquityRecord {
  const current = before.current.add(equity);
  const without = current.subtract(baseline);
  const peak =
    without.isPositive() && current.isPositive()
      ? before.peak.multiply(current).divide(without, PEAK_SCALE, 'down')
      : before.peak.add(baseline);
  return {
    ...before,
    current,
    low: before.low.add(equity),
    high: before.high.add(equity),
    peak: baseline.isZero() ? before.peak : peak,
    dayStart: before.dayStart.add(baseline),
  };
}

/**
 * Quote units lost since 00:00 UTC with the equity at one end of its interval; zero for a gain and before the day's first
 * reading.
 */
export function dailyLossOf(equity: EquityRecord | null, at: TimeMs, end: keyof Interval): Decimal {
  if (equity === null || equity.day !== dayOf(at)) return Decimal.zero;
  return equity.dayStart.subtract(equity[end]).max(Decimal.zero);
}

/** The fraction of peak equity that is lost at one end; all of it when there never was any equity but a loss. */
export function drawdownOf(equity: EquityRecord | null, end: keyof Interval): Decimal {
  if (equity === null) return Decimal.zero;
  const lost = equity.peak.subtract(equity[end]);
  if (!lost.isPositive()) return Decimal.zero;
  return equity.peak.isPositive() ? lost.divide(equity.peak, DRAWDOWN_SCALE, 'up') : Decimal.one;
}
