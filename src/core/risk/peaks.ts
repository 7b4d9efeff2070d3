/**
 * The peak of a mode's equity, apart by the changes that something may still explain: an explanation that comes late moves the peak as it
 * would have at the moment of the change, and not as the equity has become since.
 *
 * Entry points: `movePeaks` folds a move of capital, `peakWithout` says what the peak would be had some losses been flows.
 */
import { Decimal } from '../decimal.ts';
import type { CapitalMoved } from './capital-moved.ts';
import type { EquityRecord, UnexplainedChange } from './equity-record.ts';

/** Digits of a peak that is scaled; rounded down, so that no flow makes a drawdown. */
export const PEAK_SCALE = 18;

interface Peaks {
  /** The changes between them, oldest first. */
  readonly bounds: readonly UnexplainedChange[];
  /** The highest equity up to each of those since the one before it, and at last the one since the latest. */
  readonly heights: readonly Decimal[];
}

/** The peaks of a record; `changes` are those of its mode. */
function peaksOf({ peak, peakSinceChange }: EquityRecord, changes: readonly UnexplainedChange[]): Peaks {
  const bounds = changes.filter(({ peakBefore }) => peakBefore !== undefined);
  const before = bounds.map(({ peakBefore }) => peakBefore ?? Decimal.zero);
  return { bounds, heights: [...before, peakSinceChange ?? peak] };
}

/** A move of capital with the records of equity around it; that after it has its peak by the equity of now. */
export interface MovedEquity {
  readonly event: CapitalMoved;
  readonly before: EquityRecord;
  readonly moved: EquityRecord;
  /** The changes of the mode, before the move and after it. */
  readonly changesBefore: readonly UnexplainedChange[];
  readonly changesAfter: readonly UnexplainedChange[];
}

/** The record and the changes after a move, each with its part of the peak. */
export function movePeaks({ event, before, moved, changesBefore, changesAfter }: MovedEquity): {
  readonly record: EquityRecord;
  readonly changes: readonly UnexplainedChange[];
} {
  const standing = peaksOf(before, changesBefore);
  const index = standing.bounds.findIndex(({ changeId }) => changeId === event.explains);
  const bound = standing.bounds[index];
  const { unexplained } = event;
  const isNew = unexplained?.equityBefore !== undefined && event.explains === undefined;
  if (standing.bounds.length === 0 && !isNew) return { record: moved, changes: changesAfter };
  const flow = bound === undefined ? null : flowOf(event, bound);
  if (event.scaledAtReading !== true && flow !== null && bound !== undefined && !isScalable(bound, flow))
    return withPeaks(moved, changesAfter, { bounds: [], heights: [moved.peak] });
  let peaks = standing;
  if (event.scaledAtReading === true) peaks = standing;
  else if (bound !== undefined)
    peaks =
      flow === null ? raised(standing, index, event.equity) : explained(standing, index, flow, event.equity);
  else if (!event.baseline.isZero()) {
    const without = moved.current.subtract(event.baseline);
    if (!without.isPositive() || !moved.current.isPositive())
      return withPeaks(moved, changesAfter, { bounds: [], heights: [moved.peak] });
    const scale = (height: Decimal): Decimal => scaled(height, moved.current, without);
    peaks = { ...standing, heights: standing.heights.map(scale) };
  }
  if (isNew) peaks = { bounds: [...peaks.bounds, unexplained], heights: [...peaks.heights, moved.low] };
  return withPeaks(moved, changesAfter, peaks);
}

/** The peak as it would be had these changes been flows from their moments on; `changes` are those of the record's mode. */
export function peakWithout(
  record: EquityRecord,
  changes: readonly UnexplainedChange[],
  isFlow: (change: UnexplainedChange) => boolean,
): Decimal {
  let peaks = peaksOf(record, changes);
  for (const [index, bound] of peaks.bounds.entries()) {
    const flow = bound.lost.negate();
    if (isFlow(bound) && isScalable(bound, flow)) peaks = explained(peaks, index, flow, Decimal.zero);
  }
  return highest(peaks);
}

/** The part of a change that an explanation makes a flow, as it moved the equity; null where it is none of capital. */
function flowOf(
  { cause, kind, equity, explains, unexplained }: CapitalMoved,
  { lost }: UnexplainedChange,
): Decimal | null {
  if (cause !== 'flow' && !(cause === 'reclassified' && kind === 'flow')) return null;
  if (lost.isZero()) return equity;
  const left = unexplained?.changeId === explains ? unexplained?.lost : undefined;
  return (left ?? Decimal.zero).subtract(lost);
}

function isScalable({ equityBefore = Decimal.zero }: UnexplainedChange, flow: Decimal): boolean {
  return equityBefore.isPositive() && equityBefore.add(flow).isPositive();
}

/**
 * A change is a flow from its moment on: it scales what was before it, and `counted`, the part of it that the equity has not held so
 * far, raises what came after.
 */
function explained({ bounds, heights }: Peaks, index: number, flow: Decimal, counted: Decimal): Peaks {
  const equityBefore = bounds[index]?.equityBefore ?? Decimal.one;
  const equityAfter = equityBefore.add(flow);
  const before = heights.map((height, place) =>
    place <= index ? scaled(height, equityAfter, equityBefore) : height,
  );
  // Of one that is explained in part the rest was lost of what the flow left.
  const after = bounds.map((bound, place) =>
    place === index ? { ...bound, equityBefore: equityAfter } : bound,
  );
  return raised({ bounds: after, heights: before }, index, counted);
}

/** From the change on the equity was higher by so much. */
function raised({ bounds, heights }: Peaks, index: number, by: Decimal): Peaks {
  if (by.isZero()) return { bounds, heights };
  return {
    bounds: bounds.map((bound, place) =>
      place > index ? { ...bound, equityBefore: (bound.equityBefore ?? Decimal.zero).add(by) } : bound,
    ),
    heights: heights.map((height, place) => (place > index ? height.add(by) : height)),
  };
}

/** Puts the peaks into a record and the changes; those that are explained or gone part none any more. */
function withPeaks(
  moved: EquityRecord,
  changes: readonly UnexplainedChange[],
  peaks: Peaks,
): { readonly record: EquityRecord; readonly changes: readonly UnexplainedChange[] } {
  const kept = new Map<string, UnexplainedChange>();
  let height = peaks.heights[0] ?? moved.peak;
  for (const [index, { changeId, equityBefore }] of peaks.bounds.entries()) {
    const change = changes.find((each) => each.changeId === changeId);
    const next = peaks.heights[index + 1] ?? Decimal.zero;
    if (change === undefined || !isOpen(change)) {
      height = height.max(next);
      continue;
    }
    kept.set(changeId, { ...change, equityBefore: equityBefore ?? Decimal.zero, peakBefore: height });
    height = next;
  }
  const { peakSinceChange: _standing, ...record } = moved;
  return {
    record: {
      ...record,
      peak: highest(peaks),
      ...(kept.size === 0 ? {} : { peakSinceChange: height }),
    },
    changes: changes.map((change) => kept.get(change.changeId) ?? withoutPeak(change)),
  };
}

/** Whether something may still explain the change. */
function isOpen({ explainedBy, pairedWith, reclassifiedAs }: UnexplainedChange): boolean {
  return explainedBy === undefined && pairedWith === undefined && reclassifiedAs === undefined;
}

function withoutPeak(change: UnexplainedChange): UnexplainedChange {
  const { equityBefore: _equity, peakBefore: _peak, ...rest } = change;
  return rest;
}

function highest({ heights }: Peaks): Decimal {
  return heights.reduce((left, right) => left.max(right));
}

function scaled(height: Decimal, after: Decimal, before: Decimal): Decimal {
  return height.multiply(after).divide(before, PEAK_SCALE, 'down');
}
