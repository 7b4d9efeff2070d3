/**
 * Equity: what the accounts of one mode brought in, moved by transfers, plus what trading has made of it.
 *
 * equity = capital + PnL of our positions (realised, unrealised, funding, less fees). Inventory from before has no PnL.
 * A flow (a transfer, an account that joins or leaves) moves capital and the day's baseline by its value and scales the
 * peak by equity after / before, so that it is neither gain nor loss and leaves the drawdown as it was.
 * Equity is an interval, since prices age: `current` is at the last confirmed prices, `low` and `high` are what it can be.
 * Every figure is in the portfolio's base currency, at the rates of the moment; one that cannot be converted is unknown.
 * The day's baseline is the equity at 00:00 UTC. When no reading was taken around midnight it is the higher of the last
 * one before and the first one after: what was lost while nobody looked counts to the new day.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, TimeMs } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { feesSince, openUnits } from '../position/fees.ts';
import { unrealizedPnl, type Position } from '../position/position.ts';
import type { EquityRecord } from './equity-record.ts';
import { baseCurrencyOf } from './conversion.ts';
import { PEAK_SCALE } from './peaks.ts';
import {
  addIntervals,
  between,
  exactly,
  middleOf,
  multiplyIntervals,
  scaleInterval,
  subtractIntervals,
  type Interval,
} from './valuation.ts';

const DAY_MS = 86_400_000;
/** Digits of a drawdown; rounded up, so that a limit is reached early rather than late. */
const DRAWDOWN_SCALE = 6;

/** 00:00 UTC of the day of a time. */
export function dayOf(at: TimeMs): TimeMs {
  return at - (at % DAY_MS);
}

/**
 * The day that figures of the day `before` belong to at `at`: the same one while the clock says so, and while it has been set back over
 * that day's midnight. A clock that was more than a day ahead has shown a day that is not today's.
 */
export function dayAfter(before: TimeMs, at: TimeMs): TimeMs {
  const day = dayOf(at);
  return before > day && before - day <= DAY_MS ? before : day;
}

/** The prices that positions and fees are valued at. */
export interface Valuation {
  /**
   * Of an instrument by `instrumentKey`, in its quote currency; of an asset by its name, in the base currency. Null for what no market
   * has priced yet; the base currency itself needs none.
   */
  readonly priceOf: (key: string) => Interval | null;
}

/** Positions at exact marks, by `instrumentKey`; assets have no price. */
export function atMarks(marks: ReadonlyMap<string, Decimal>): Valuation {
  return {
    priceOf: (key) => {
      const mark = marks.get(key);
      return mark === undefined ? null : exactly(mark);
    },
  };
}

/** Units of the base currency for one of an asset; null where no market has priced it. */
export function priceInBase({ priceOf }: Valuation, baseCurrency: Asset, asset: Asset): Interval | null {
  return asset === baseCurrency ? exactly(Decimal.one) : priceOf(asset);
}

/** The result of trading since the first fill, in the base currency at the rates of the moment. */
export interface TradingResult {
  /** By closing, and by funding, less fees. */
  readonly realized: Interval;
  /** By what is still open. */
  readonly unrealized: Interval;
  /** Open positions that have no price, or whose quote currency has none; they are in neither sum. */
  readonly unpricedPositions: readonly Position[];
  /** Assets without a price that fees or results are in; those are in neither sum. */
  readonly unpricedAssets: UnpricedCharges;
}

/** Charges in assets without a price, in units of each; null where a result is in it too. */
export type UnpricedCharges = ReadonlyMap<Asset, Decimal | null>;

/** Adds units of an asset without a price, null where how many is not known. */
export function addCharge(charges: Map<Asset, Decimal | null>, asset: Asset, amount: Decimal | null): void {
  const before = charges.get(asset);
  const isKnown = amount !== null && before !== null;
  charges.set(asset, isKnown ? (before ?? Decimal.zero).add(amount) : null);
}

/** The result of some accounts: of their positions since their first fill, and of records that belong to no position. */
export function tradingResult(
  state: PortfolioState,
  valuation: Valuation,
  isCounted: (accountId: AccountId) => boolean,
): TradingResult {
  const baseCurrency = baseCurrencyOf(state);
  let realized = exactly(Decimal.zero);
  let unrealized = exactly(Decimal.zero);
  const unpricedPositions: Position[] = [];
  const unpricedAssets = new Map<Asset, Decimal | null>();
  for (const position of state.positions.values()) {
    if (!isCounted(position.accountId)) continue;
    realized = addIntervals(
      realized,
      realizedOf(position, position, valuation, baseCurrency, unpricedAssets),
    );
    if (position.netQuantity.isZero()) continue;
    const open = unrealizedOf(position, valuation, baseCurrency);
    if (open === null) unpricedPositions.push(position);
    else unrealized = addIntervals(unrealized, open);
  }
  for (const { accountId, asset, amount } of state.accountResults.values()) {
    if (!isCounted(accountId)) continue;
    const worth = worthOfResult(asset, amount, priceInBase(valuation, baseCurrency, asset), unpricedAssets);
    if (worth !== null) realized = addIntervals(realized, worth);
  }
  return { realized, unrealized, unpricedPositions, unpricedAssets };
}

/** Null without a price: a charge is listed then, and a gain counts for nothing. */
function worthOfResult(
  asset: Asset,
  amount: Decimal,
  price: Interval | null,
  unpricedAssets: Map<Asset, Decimal | null>,
): Interval | null {
  if (price !== null) return scaleInterval(price, amount);
  if (amount.isNegative()) addCharge(unpricedAssets, asset, amount.negate());
  return null;
}

/**
 * The PnL that an account has realised since 00:00 UTC, in the base currency: closing and funding, less fees, and account records
 * beside positions, as the daily loss counts them. Null where it is not known, because a part of it is in an asset without a price.
 */
export function realizedToday(
  state: PortfolioState,
  accountId: AccountId,
  at: TimeMs,
  valuation: Valuation,
): Decimal | null {
  const isToday = (day: TimeMs): boolean => dayAfter(day, at) === day;
  const baseCurrency = baseCurrencyOf(state);
  const unpriced = new Map<Asset, Decimal | null>();
  let made = Decimal.zero;
  for (const [key, position] of state.positions) {
    const start = state.dayStarts.get(key);
    if (position.accountId !== accountId || start === undefined || !isToday(start.day)) continue;
    const figures = realizedSince(position, start);
    made = made.add(middleOf(realizedOf(position, figures, valuation, baseCurrency, unpriced)));
  }
  for (const { accountId: owner, asset, amount, amountAtDayStart, day } of state.accountResults.values()) {
    if (owner !== accountId || !isToday(day)) continue;
    const price = priceInBase(valuation, baseCurrency, asset);
    const worth = worthOfResult(asset, amount.subtract(amountAtDayStart), price, unpriced);
    if (worth !== null) made = made.add(middleOf(worth));
  }
  return unpriced.size === 0 ? made : null;
}

/** The figures that a position realises: closing, funding and fees, each in its own asset. */
export type RealizedFigures = Pick<Position, 'realizedPnl' | 'fundingTotal' | 'fees'>;

/** The part of the figures that came after `start`. */
export function realizedSince(now: RealizedFigures, start: RealizedFigures): RealizedFigures {
  return {
    realizedPnl: now.realizedPnl.subtract(start.realizedPnl),
    fundingTotal: now.fundingTotal.subtract(start.fundingTotal),
    fees: feesSince(now.fees, start.fees),
  };
}

/**
 * The realised PnL of a position in the base currency: closing and funding, less fees in any asset, at what they were worth when they
 * were charged; units that have no such worth yet at the price of the moment. A part in an asset without a price is left out, and the
 * asset added to `unpricedAssets`.
 */
export function realizedOf(
  position: Position,
  figures: RealizedFigures,
  valuation: Valuation,
  baseCurrency: Asset,
  unpricedAssets: Map<Asset, Decimal | null>,
): Interval {
  let inQuote = exactly(figures.realizedPnl.add(figures.fundingTotal));
  let otherFees = exactly(Decimal.zero);
  for (const fee of figures.fees) {
    const { asset, valued } = fee;
    if (asset === position.quote) {
      inQuote = subtractIntervals(inQuote, exactly(fee.amount));
      continue;
    }
    if (valued !== undefined) {
      inQuote = subtractIntervals(inQuote, exactly(valued.inQuote));
      otherFees = addIntervals(otherFees, exactly(valued.inBase));
    }
    const amount = openUnits(fee);
    if (amount.isZero()) continue;
    const ofInstrument =
      asset === position.base ? valuation.priceOf(instrumentKey(position.accountId, position.symbol)) : null;
    const price = ofInstrument ?? priceInBase(valuation, baseCurrency, asset);
    if (price === null) addCharge(unpricedAssets, asset, amount);
    else if (ofInstrument !== null) inQuote = subtractIntervals(inQuote, scaleInterval(price, amount));
    else otherFees = addIntervals(otherFees, scaleInterval(price, amount));
  }
  const made = subtractIntervals(exactly(Decimal.zero), otherFees);
  if (inQuote.low.isZero() && inQuote.high.isZero()) return made;
  const rate = priceInBase(valuation, baseCurrency, position.quote);
  if (rate !== null) return addIntervals(made, multiplyIntervals(inQuote, rate));
  addCharge(unpricedAssets, position.quote, null);
  return made;
}

/** The result of an open position at the price of the moment, in the base currency; null where it or its quote has no price. */
export function unrealizedOf(position: Position, valuation: Valuation, baseCurrency: Asset): Interval | null {
  const price = valuation.priceOf(instrumentKey(position.accountId, position.symbol));
  const rate = priceInBase(valuation, baseCurrency, position.quote);
  if (price === null || rate === null) return null;
  const inQuote = between(unrealizedPnl(position, price.low), unrealizedPnl(position, price.high));
  return multiplyIntervals(inQuote, rate);
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
  standing: EquityRecord | null,
  at: TimeMs,
  { rebased, ...reading }: NextEquity,
): EquityRecord {
  const { current, low } = reading;
  const before = standing === null ? null : withFlowsScaled(standing, current);
  if (before === null || rebased)
    return {
      ...reading,
      peak: current,
      ...(before?.peakSinceChange === undefined ? {} : { peakSinceChange: current }),
      dayStart: current,
      day: dayOf(at),
      at,
      ...(before?.remaining === undefined || current.isPositive() ? {} : { remaining: Decimal.one }),
    };
  const day = dayAfter(before.day, at);
  const { remaining, peakSinceChange, movedEarly } = before;
  const isNewDay = day > before.day;
  // A loss of the day that was counted before its first reading is in both of them already.
  const early = movedEarly?.day === day ? movedEarly.equity : Decimal.zero;
  return {
    ...reading,
    ...(remaining === undefined ? {} : { remaining }),
    peak: before.peak.max(low),
    ...(peakSinceChange === undefined ? {} : { peakSinceChange: peakSinceChange.max(low) }),
    dayStart: isNewDay ? before.current.max(current).subtract(early) : before.dayStart,
    day,
    at,
  };
}

/** The record with its peak scaled by the flows that waited for a reading, which has found the equity `current` after them. */
function withFlowsScaled({ flowsToScale, ...before }: EquityRecord, current: Decimal): EquityRecord {
  if (flowsToScale === undefined) return before;
  const without = { ...before, current: current.subtract(flowsToScale) };
  const { remaining: _standing, ...rest } = before;
  const scaled = moveEquity(without, { equity: flowsToScale, baseline: flowsToScale });
  const { peakSinceChange } = before;
  return {
    ...rest,
    peak: scaled.peak,
    ...(scaled.remaining === undefined ? {} : { remaining: scaled.remaining }),
    ...(peakSinceChange === undefined
      ? {}
      : { peakSinceChange: scaledByFlows(peakSinceChange, flowsToScale, current) }),
  };
}

/** A part of the peak after flows that have left `current`; as it is where nothing is known to scale by. */
export function scaledByFlows(peak: Decimal, flows: Decimal, current: Decimal): Decimal {
  const without = current.subtract(flows);
  return without.isPositive() && current.isPositive()
    ? peak.multiply(current).divide(without, PEAK_SCALE, 'down')
    : peak;
}

/** A move of the equity outside trading. */
export interface EquityMove {
  /** Of the equity itself, in the base currency. */
  readonly equity: Decimal;
  /** The part that is neither gain nor loss. */
  readonly baseline: Decimal;
  /** That part for the day's baseline, where it is another one. */
  readonly dayBaseline?: Decimal;
}

/**
 * The record after a move: what counts as a flow shifts the day's baseline and scales the peak by equity after / before.
 * A flow that leaves no equity keeps the fraction of the peak that was left, and the next one that brings some scales the peak by
 * it. Where nothing is known to scale by, the peak shifts as the baseline does.
 */
export function moveEquity(
  { remaining, ...before }: EquityRecord,
  { equity, baseline, dayBaseline = baseline }: EquityMove,
): EquityRecord {
  const current = before.current.add(equity);
  const moved = {
    ...before,
    current,
    low: before.low.add(equity),
    high: before.high.add(equity),
    dayStart: before.dayStart.add(dayBaseline),
  };
  const kept = remaining === undefined ? {} : { remaining };
  if (baseline.isZero()) return { ...moved, ...kept };
  const without = current.subtract(baseline);
  const shifted = before.peak.add(baseline);
  if (without.isPositive() && current.isPositive()) {
    const peak = before.peak.multiply(current).divide(without, PEAK_SCALE, 'down');
    return { ...moved, peak };
  }
  if (without.isPositive() && before.peak.isPositive())
    return { ...moved, peak: current, remaining: without.divide(before.peak, PEAK_SCALE, 'up') };
  if (current.isPositive() && remaining !== undefined)
    return { ...moved, peak: current.divide(remaining, PEAK_SCALE, 'down').max(shifted) };
  return { ...moved, ...kept, peak: shifted };
}

/** The record once no account counts in it: what was lost today, and of the peak, goes on when one joins again. */
export function withoutEquity(before: EquityRecord): EquityRecord {
  const { current, dayStart, peak } = before;
  const isMeasured = current.isPositive() && peak.isPositive();
  return {
    ...before,
    current: Decimal.zero,
    low: Decimal.zero,
    high: Decimal.zero,
    capital: Decimal.zero,
    peak: Decimal.zero,
    dayStart: dayStart.subtract(current),
    remaining: isMeasured ? current.divide(peak, PEAK_SCALE, 'up') : (before.remaining ?? Decimal.one),
    prices: [],
    unpriced: [],
    uncertain: null,
  };
}

/**
 * Units of the base currency lost since 00:00 UTC with the equity at one end of its interval; zero for a gain and before the day's first
 * reading.
 */
export function dailyLossOf(equity: EquityRecord | null, at: TimeMs, end: keyof Interval): Decimal {
  if (equity === null || dayAfter(equity.day, at) !== equity.day) return Decimal.zero;
  return equity.dayStart.subtract(equity[end]).max(Decimal.zero);
}

/**
 * The fraction of peak equity that is lost at one end: where a flow left no equity, what was lost before it, and all of it where
 * there never was any equity but a loss.
 */
export function drawdownOf(equity: EquityRecord | null, end: keyof Interval): Decimal {
  if (equity === null) return Decimal.zero;
  const { peak, remaining } = equity;
  if (!peak.isPositive() && remaining !== undefined)
    return Decimal.one.subtract(remaining).divide(Decimal.one, DRAWDOWN_SCALE, 'up').max(Decimal.zero);
  const lost = peak.subtract(equity[end]);
  if (!lost.isPositive()) return Decimal.zero;
  return peak.isPositive() ? lost.divide(peak, DRAWDOWN_SCALE, 'up') : Decimal.one;
}
