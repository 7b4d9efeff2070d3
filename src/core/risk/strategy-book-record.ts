/** The state's record of one strategy's book, and the journal's of parts that were closed for it; see strategy-books.ts. */
import type { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, TimeMs, TradeId } from '../ids.ts';
import type { PositionSide, Side } from '../order/terms.ts';
import type { CutReason, Position } from '../position/position.ts';
import type { PositionDayStart } from './equity-record.ts';

/** One strategy's part of one position of an account. */
export interface StrategyBook {
  readonly strategy: string;
  readonly position: Position;
  /** The results before the first fill of the day that the book last moved on. */
  readonly dayStart: PositionDayStart;
  /** The last day on which a part was closed at a price that nobody knows: 00:00 UTC. Left out where there was none. */
  readonly unmeasuredOn?: TimeMs | undefined;
}

/** Parts of one position that strategies held, closed by something without their tag. */
export interface StrategyPartsClosed {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  /** Quote units, without a fee. Null where a reading of the venue, or the removal of the account, took it and no mark was known: the result is not known. */
  readonly price: Decimal | null;
  /** The execution or the cut that closed them; null for a reading of the venue, and for the removal of the account. */
  readonly by: {
    readonly tradeId: TradeId;
    readonly executedAt: TimeMs;
    readonly cut?: CutReason | undefined;
  } | null;
  readonly parts: readonly StrategyPart[];
}

/** Parts of one net swap position that offset one another, closed against each other: the account's position stays as it is. */
export interface StrategyBooksNetted {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  /** Quote units: the mark that every part was closed at. */
  readonly price: Decimal;
  readonly requestedBy: string;
  readonly parts: readonly StrategyPart[];
}

export interface StrategyPart {
  readonly strategy: string;
  /** The side that closes it. */
  readonly side: Side;
  /** Base units. */
  readonly quantity: Decimal;
}
