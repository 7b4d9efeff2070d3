/** The state's record of one strategy's book; see strategy-books.ts. */
import type { Position } from '../position/position.ts';
import type { PositionDayStart } from './equity-record.ts';

/** One strategy's part of one position of an account. */
export interface StrategyBook {
  readonly strategy: string;
  readonly position: Position;
  /** The results before the first fill of the day that the book last moved on. */
  readonly dayStart: PositionDayStart;
}
