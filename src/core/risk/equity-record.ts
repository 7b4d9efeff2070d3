/** The state's records of equity: the latest reading of each mode with the figures that losses are measured from. */
import type { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { Position } from '../position/position.ts';
import type { ConfirmedPrice } from './valuation.ts';

/** The last price that a market confirmed of something that is held; `key` is an `instrumentKey` or the name of an asset. */
export interface KeptPrice extends ConfirmedPrice {
  readonly key: string;
  /** An administrator has stated it: of an asset that no market prices. */
  readonly stated?: true;
}

/** A price that an administrator has stated, with why. */
export interface StatedPrice {
  readonly mode: AccountMode;
  readonly asset: Asset;
  /** In the base currency, for one unit; not negative. */
  readonly price: Decimal;
  readonly requestedBy: string;
  readonly why: string;
}

/** Something that is held and that no market has priced yet; its value is left out. */
export interface Unpriced {
  /** As of `KeptPrice`. */
  readonly key: string;
  readonly since: TimeMs;
  /** Of an asset: the most that one unit can be worth, in the base currency, by what was traded where it was charged. */
  readonly ceiling?: Decimal;
}

/** The equity of the accounts of one mode. Loss since 00:00 UTC is measured from the equity at the start of the day. */
export interface EquityRecord {
  /** At the last confirmed prices. */
  readonly current: Decimal;
  /** The least and the most that it can be, by the age of those prices and by changes that wait for an explanation. */
  readonly low: Decimal;
  readonly high: Decimal;
  /** The sum that the accounts brought in, moved by transfers and by losses that nothing explains: `current` less the PnL of trading. */
  readonly capital: Decimal;
  readonly peak: Decimal;
  /** The part of the peak from after the latest change that may still be explained; left out where there is none. */
  readonly peakSinceChange?: Decimal;
  readonly dayStart: Decimal;
  /** 00:00 UTC of the day that `dayStart` belongs to. */
  readonly day: TimeMs;
  readonly at: TimeMs;
  /** Of what is held alone. */
  readonly prices: readonly KeptPrice[];
  readonly unpriced: readonly Unpriced[];
  /** Flows by which the peak has not been scaled yet, since no reading was near them. */
  readonly flowsToScale?: Decimal;
  /** The moves of the equity on a day that no reading has begun yet, flows apart: a result of that day. */
  readonly movedEarly?: { readonly day: TimeMs; readonly equity: Decimal };
  /** Why the equity is not known well enough to take new risk on it; null while it is. */
  readonly uncertain: string | null;
  /** The fraction of the peak that was left when a flow took the equity to nothing; kept until one brings it back. */
  readonly remaining?: Decimal;
}

/** The units of an asset that stand in the capital of an account, and what they stand for; negative where more has left than had come. */
export interface CapitalHolding {
  readonly asset: Asset;
  readonly amount: Decimal;
  /** Base currency. */
  readonly worth: Decimal;
}

/** An account that counts in the equity of its mode, from its take-over on. */
export interface AccountCapital {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  /** Its equity less the PnL of its positions. */
  readonly capital: Decimal;
  /**
   * The part of it that is in other assets than the base currency, by asset. Left out for an account that joined before they were kept:
   * what moves there counts at the price of the moment.
   */
  readonly holdings?: readonly CapitalHolding[];
  readonly joinedAt: TimeMs;
}

/** An account that a person has taken out of its mode's equity. */
export interface DetachedAccount {
  readonly accountId: AccountId;
  readonly requestedBy: string;
  readonly why: string;
  readonly at: TimeMs;
}

/** The meaning that a person gives a change: capital that came in or went out, or a result of trading. */
export type Reclassified = 'flow' | 'result';

/** A change of an account's balances that no execution and no record of the venue explains. */
export interface UnexplainedChange {
  readonly changeId: string;
  readonly accountId: AccountId;
  readonly asset: Asset;
  /** Base units; negative for a decrease. */
  readonly amount: Decimal;
  /**
   * Units of the base currency that it took from the equity; zero for an increase, which counts for nothing, and where no price was
   * known.
   */
  readonly lost: Decimal;
  readonly at: TimeMs;
  /** Its worth was known to be nothing, so that no price is waited for. */
  readonly isWorthless?: true;
  /** The record of the venue that explained it afterwards; then it waits only for the balance to agree. */
  readonly explainedBy?: string;
  /** The transfer that it is the other side of: it counts as a flow, and a record of its own moves nothing more. */
  readonly pairedWith?: string;
  /** The word of a person for it; a record of its own moves nothing more. */
  readonly reclassifiedAs?: Reclassified;
  /** The day's baseline, or the peak, was taken from the equity after it, and holds no part of its loss. */
  readonly beforeDayStart?: true;
  readonly beforePeak?: true;
  /** The equity of the mode before it, and the peak up to it since the change before: what an explanation scales (peaks.ts). */
  readonly equityBefore?: Decimal;
  readonly peakBefore?: Decimal;
  /** That equity is as of the last reading, long ago: the next one puts it right. */
  readonly awaitsReading?: true;
  /** When a second reading of the venue showed it; until then the high end of the equity holds it. */
  readonly confirmedAt?: TimeMs;
  /** The account had not joined yet: the change is part of what it brought in, and only a record of that time explains it. */
  readonly beforeJoining?: true;
  /** The venue's record behind a flow that had no price when it came: the flow counts once there is one. */
  readonly unpricedFlow?: { readonly recordId: string; readonly kind: string };
}

/** A transfer of which only this side has been seen: the other one may lie in another account of the mode. */
export interface OneSidedTransfer {
  readonly accountId: AccountId;
  readonly recordId: string;
  readonly asset: Asset;
  /** Base units; negative for what left. */
  readonly amount: Decimal;
  readonly at: TimeMs;
}

/** The results of a position before the first event of a day that moved them. */
export interface PositionDayStart extends Pick<Position, 'realizedPnl' | 'fundingTotal' | 'fees'> {
  /** 00:00 UTC of that day. */
  readonly day: TimeMs;
}
