/** A venue's capabilities, as data that the engine and the risk rules decide on. */
import type { AccountMode, Venue } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import type { TimeInForce, TriggerPrice } from '../order/terms.ts';
import type { CandleInterval } from './market.ts';
import type { MarginMode, PositionMode } from './setting.ts';

/** A venue's answer to an order id that it has already seen (source: each venue's official order pages). */
export type DuplicateIdPolicy =
  /** A repeat is refused while the first order rests, and makes a second order once it is finished. */
  | 'refused_while_open'
  /** A repeat is always refused. */
  | 'refused_always'
  /** A repeat answers with the first order. */
  | 'returns_first'
  /** A repeat makes a second order. */
  | 'not_checked';

/**
 * The ids that a venue takes of us: at most 32 lower-case letters and digits, or a whole number from 1 to 2^63 - 1 written in digits (HTX
 * swaps).
 */
export type ClientOrderIdForm = 'letters_and_digits' | 'digits';

/** A venue's capabilities, all required: a new venue does not compile until it has said all of them. */
export interface VenueCapabilities {
  readonly venue: Venue;
  readonly kinds: Readonly<Record<InstrumentKind, KindCapabilities | null>>;
  /** Where each mode's requests go; null where the venue has none. */
  readonly modes: Readonly<Record<AccountMode, boolean>>;
  /** Whether the venue reports a key's permissions, so that keys that may withdraw can be refused. */
  readonly reportsKeyPermissions: boolean;
}

export interface KindCapabilities {
  readonly duplicateId: DuplicateIdPolicy;
  /** The shortest lifetime of a create request that we can rely on, counted from `signedAt` on the venue's clock. */
  readonly requestLifetimeMs: number;
  /** The grain of the time that a request is signed with, milliseconds: its lifetime may end so much earlier. */
  readonly signedTimeStepMs: number;
  /** How far the time of a request may lie ahead of the venue's clock, milliseconds; it refuses the request beyond that. */
  readonly signedTimeAheadMs: number;
  /** How long after the lifetime the venue's engine may still act on a request it has admitted. */
  readonly engineAllowanceMs: number;
  /** How far apart two empty look-ups must be for both to count. */
  readonly readLagMs: number;
  /** For how long after an order is finished, unfilled, a look-up still finds it; null where not bounded. */
  readonly lookUpRetentionMs: number | null;
  readonly lookUpByClientId: boolean;
  readonly clientOrderIds: ClientOrderIdForm;
  readonly postOnly: boolean;
  readonly timesInForce: readonly TimeInForce[];
  /** A GTD order must end later than this from when the venue takes it, milliseconds; null where it has no such bound. */
  readonly goodTillAheadMs: number | null;
  /** Whether stops live at the venue; otherwise we hold them ourselves. */
  readonly nativeStops: boolean;
  /** Whether a triggered stop becomes a new order with a new venue id. */
  readonly triggeredStopIsNewOrder: boolean;
  readonly triggers: readonly TriggerPrice[];
  /** Whether a market buy can be sized in quote units. */
  readonly marketBuyByCost: boolean;
  /** Whether the venue's own market buy can be sized in base units; a protected one goes out as a limit order and always can. */
  readonly marketBuyByQuantity: boolean;
  readonly reduceOnly: boolean;
  readonly marketData: MarketDataCapabilities;
  /** Whether the leverage of an instrument can be set. */
  readonly setsLeverage: boolean;
  /** Those that an instrument can be set to; none for spot. */
  readonly marginModes: readonly MarginMode[];
  /** Those that an account can be set to; none for spot. */
  readonly positionModes: readonly PositionMode[];
  /** Whether a list of account records names what the insurance fund pays for a liquidated account; true for spot. */
  readonly listsInsurance: boolean;
}

/** The most that one question brings. */
export interface MarketDataCapabilities {
  /** Levels of each side. */
  readonly bookDepth: number;
  readonly trades: number;
  readonly candles: number;
  readonly candleIntervals: readonly CandleInterval[];
}
