/**
 * Equity: what the portfolio started with, moved by transfers, plus what trading has made of it.
 *
 * equity = capital + PnL of our positions (realised, unrealised, funding, less fees). Inventory from before has no PnL,
 * and a transfer moves capital, peak and the day's baseline alike, so neither looks like a gain or a loss.
 * The day's baseline is the equity at 00:00 UTC. When no reading was taken around midnight it is the higher of the last
 * one before and the first one after: what was lost while nobody looked counts to the new day.
 */
import { Decimal } from '../decimal.ts';
import type { Asset, TimeMs } from '../ids.ts';
import { unrealizedPnl } from '../position/position.ts';
import { instrumentKey, type EquityRecord, type PortfolioState } from '../portfolio/state.ts';

const DAY_MS = 86_400_000;
/** Digits of a drawdown; rounded up, so that a limit is reached early rather than late. */
const DRAWDOWN_SCALE = 6;

/** 00:00 UTC of the day a time lies in. */
export function dayOf(at: TimeMs): TimeMs {
  return at - (at % DAY_MS);
}

/**
 * PnL of every position since its first fill, in quote units; quote currencies are counted one to one.
 * `marks` by `instrumentKey`; a position without a mark stands at its entry price. `priceOf` values fees in a third
 * asset; one that it does not know counts as nothing.
 */
export function tradingPnl(
  state: PortfolioState,
  marks: ReadonlyMap<string, Decimal>,
  priceOf: (asset: Asset) => Decimal | null,
): Decimal {
  let pnl = Decimal.zero;
  for (const position of state.positions.values()) {
    const mark = marks.get(instrumentKey(position.accountId, position.symbol));
    pnl = pnl.add(position.realizedPnl).add(position.fundingTotal);
    if (mark !== undefined) pnl = pnl.add(unrealizedPnl(position, mark));
    for (const { asset, amount } of position.fees) {
      const price =
        asset === position.quote
          ? Decimal.one
          : ((asset === position.base ? mark : undefined) ?? priceOf(asset) ?? Decimal.zero);
      pnl = pnl.subtract(amount.multiply(price));
    }
  }
  return pnl;
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
