/** The state's record of equity: the latest reading with the figures that losses are measured from. */
import type { Decimal } from '../decimal.ts';
import type { TimeMs } from '../ids.ts';
import type { Position } from '../position/position.ts';

/** Loss since 00:00 UTC is measured from the equity at the start of the day. */
export interface EquityRecord {
  readonly current: Decimal;
  /** The starting capital, moved by transfers: `current` less the PnL of trading. */
  readonly capital: Decimal;
  readonly peak: Decimal;
  readonly dayStart: Decimal;
  /** 00:00 UTC of the day that `dayStart` belongs to. */
  readonly day: TimeMs;
  readonly at: TimeMs;
}

/** The results of a position before the first event of a day that moved them. */
export interface PositionDayStart extends Pick<Position, 'realizedPnl' | 'fundingTotal' | 'fees'> {
  /** 00:00 UTC of that day. */
  readonly day: TimeMs;
}
