/** A reading of positions and one of margins, put together. */
import type { BookedSwaps } from '../core/risk/booked-swaps.ts';
import type { MarginReading } from '../core/risk/liquidation.ts';
import type { MarginReport, PositionReport } from '../core/venue/report.ts';
import type { ReadAnswer } from '../venues/gateway.ts';

/** A reading that the venue answered. */
export type Answered<Value> = Extract<ReadAnswer<Value>, { kind: 'ok' }>;

/** Both readings together, as old as the one that began first; `booked` was taken before either began. */
export function marginReadingOf(
  positions: Answered<readonly PositionReport[]>,
  margins: Answered<readonly MarginReport[]>,
  booked: BookedSwaps,
): MarginReading {
  return {
    readAt: Math.min(positions.startedAt, margins.startedAt),
    margins: margins.value,
    positions: positions.value,
    booked,
  };
}
