/**
 * Equity: what the portfolio started with, moved by transfers, plus what trading has made of it.
 *
 * equity = capital + PnL of our positions (realised, unrealised, funding, less fees). Inventory from before has no PnL,
 * and a transfer moves capital, peak and the day's baseline alike, so neither looks like a gain or a loss.
 * The day's baseline is the equity at 00:00 UTC. When no reading was taken around midnight it is the higher of the last
 * one before and the first one after: what was lost while nobody looked counts to the new day.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, TimeMs } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { unrealizedPnl, type Position } from '../position/position.ts';
import type { EquityRecord } from './equity-record.ts';

const DAY_MS = 86_400_000;
/** Digits of a drawdown; rounded up, so that a limit is reached early rather than late. */
const DRAWDOWN_SCALE = 6;

/** 00:00 UTC of the day of a time. */
export function dayOf(at: TimeMs): TimeMs {
  return at - (at % DAY_MS);
}

/** The result of trading since the first fill, in quote units; quote currencies are counted one to one. */
export interface TradingResult {
  /** By closing, and by funding, less fees. */
  readonly realized: Decimal;
  /** By what is still open, at the mark. */
  readonly unrealized: Decimal;
}

/** The prices that positions and fees are valued at: `marks` by `instrumentKey`, and a price of assets that fees were paid in. */
export interface Valuation {
  readonly marks: ReadonlyMap<string, Decimal>;
  /** A fee in an asset that it does not know counts as nothing. */
  readonly priceOf: (asset: Asset) => Decimal | null;
}

/** The result of every position since its first fill; one without a mark counts at its entry price. */
export function tradingResult(state: PortfolioState, valuation: Valuation): TradingResult {
  let realized = Decimal.zero;
  let unrealized = Decimal.zero;
  for (const position of state.positions.values()) {
    realized = realized.add(realizedOf(position, position, valuation));
    const mark = valuation.marks.get(instrumentKey(position.accountId, position.symbol));
    if (mark !== undefined) unrealized = unrealized.add(unrealizedPnl(position, mark));
  }
  return { realized, unrealized };
}

/**
 * The PnL that an account's positions have realised since 00:00 UTC, by quote asset: closing and funding, less fees, as the
 * daily loss counts them. Assets in which nothing was realised today are left out.
 */
export function realizedToday(
  state: PortfolioState,
  accountId: AccountId,
  at: TimeMs,
  valuation: Valuation,
): ReadonlyMap<Asset, Decimal> {
  const today = dayOf(at);
  const sums = new Map<Asset, Decimal>();
  for (const [key, position] of state.positions) {
    const start = state.dayStarts.get(key);
    if (position.accountId !== accountId || start?.day !== today) continue;
    const made = realizedOf(position, position, valuation).subtract(realizedOf(position, start, valuation));
    sums.set(position.quote, (sums.get(position.quote) ?? Decimal.zero).add(made));
  }
  return sums;
}

/** The realised PnL of a position in its quote asset: closing and funding, less fees in any asset. */
export function realizedOf(
  position: Position,
  figures: Pick<Position, 'realizedPnl' | 'fundingTotal' | 'fees'>,
  { marks, priceOf }: Valuation,
): Decimal {
  const mark = marks.get(instrumentKey(position.accountId, position.symbol));
  let made = figures.realizedPnl.add(figures.fundingTotal);
  for (const { asset, amount } of figures.fees) {
    const price =
      asset === position.quote
        ? Decimal.one
        : ((asset === position.base ? mark : undefined) ?? priceOf(asset) ?? Decimal.zero);
    made = made.subtract(amount.multiply(price));
  }
  return made;
}

/** The record after a reading; `rebased` makes the peak and the day's baseline start from it. */
export function nextEquity(
  before: EquityRecord | null,
  at: TimeMs,
  reading: { readonly equity: Decimal; readonly capital: Decimal; readonly rebased: boolean },
): EquityRecord {
  const { equity, capital } = reading;
  const day = dayOf(at);
  if (before === null || reading.rebased)
    return { current: equity, capital, peak: equity, dayStart: equity, day, at };
  const transferred = capital.subtract(before.capital);
  return {
    current: equity,
    capital,
    peak: before.peak.add(transferred).max(equity),
    dayStart:
      before.day === day ? before.dayStart.add(transferred) : before.current.add(transferred).max(equity),
    day,
    at,
  };
}

/** Quote units lost since 00:00 UTC; zero for a gain and before the day's first reading. */
export function dailyLossOf(equity: EquityRecord | null, at: TimeMs): Decimal {
  if (equity === null || equity.day !== dayOf(at)) return Decimal.zero;
  return equity.dayStart.subtract(equity.current).max(Decimal.zero);
}

/** The fraction of peak equity that is lost; all of it when there never was any equity but a loss. */
export function drawdownOf(equity: EquityRecord | null): Decimal {
  if (equity === null) return Decimal.zero;
  const lost = equity.peak.subtract(equity.current);
  if (!lost.isPositive()) return Decimal.zero;
  return equity.peak.isPositive() ? lost.divide(equity.peak, DRAWDOWN_SCALE, 'up') : Decimal.one;
}
