/** A reading of positions and one of margins, put together. */
import type { MarginReading } from '../core/risk/liquidation.ts';
import type { MarginReport, PositionReport } from '../core/venue/report.ts';
import type { ReadAnswer } from '../venues/gateway.ts';

/** A reading that the venue answered. */
export type Answered<Value> = Extract<ReadAnswer<Value>, { kind: 'ok' }>;

/** Both readings together, as old as the one that began first. */
export function marginReadingOf(
  positions: Answered<readonly PositionReport[]>,
  margins: Answered<readonly MarginReport[]>,
): MarginReading {
  return {
    readAt: Math.min(positions.startedAt, margins.startedAt),
    margins: margins.value,
    positions: positions.value,
  };
}
