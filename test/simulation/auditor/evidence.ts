/** The evidence of a run: what the service shows, its journal as text, what callers were answered, what the venue knows. */
import type { Decimal } from '../../../src/core/decimal.ts';
import type { Exchange } from '../../../src/simulators/exchange/exchange.ts';
import type { Fill } from '../../../src/simulators/exchange/order.ts';
import type { CallLog } from '../answers.ts';
import type { PriceRange } from '../price-record.ts';
import type { CancelOnWire, CreateOnWire, SendOnWire, VenueOnWire } from '../wire/venue-on-wire.ts';
import type { StrictLimits } from '../world-setting.ts';

/** An order as the API shows it, in the part that is compared with the venue. */
export interface ShownOrder {
  readonly orderId: string;
  readonly venueClientOrderId: string;
  readonly strategy: string | null;
  readonly requestedBy: string;
  readonly symbol: string;
  readonly side: string;
  readonly positionSide: string;
  readonly reduceOnly: boolean;
  readonly type: string;
  readonly quantity: string | null;
  readonly cost: string | null;
  readonly price: string | null;
  readonly protectionPrice: string | null;
  readonly status: string;
  readonly filledQuantity: string;
  readonly filledCost: string;
  readonly fees: readonly { readonly asset: string; readonly amount: string }[];
  readonly venueOrderIds: readonly string[];
}

export interface ShownFill {
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly side: string;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeAsset: string | null;
}

/** An execution as a record of the journal holds it. */
export interface JournaledFill extends ShownFill {
  readonly symbol: string;
}

/** An open position; flat ones are not shown. */
export interface ShownPosition {
  readonly symbol: string;
  readonly positionSide: string;
  readonly netQuantity: string;
  readonly fundingTotal: string;
}

/** The open part of a position that a strategy holds. */
export interface ShownPart extends Omit<ShownPosition, 'fundingTotal'> {
  readonly strategy: string;
}

export interface ShownDrift {
  readonly kind: string;
  readonly subject: string;
  readonly symbol: string | null;
  readonly orderId: string | null;
  readonly ours: string;
  readonly theirs: string;
  readonly detail: string;
}

/** The portfolio's equity as the API shows it, in its base currency. */
export interface ShownEquity {
  readonly current: string;
  readonly low: string;
  readonly high: string;
  readonly capital: string;
  readonly uncertain: string | null;
}

/** Everything the service shows at the end of a run. */
export interface ServiceView {
  readonly open: readonly ShownOrder[];
  /** Things of other accounts that were shown to a caller whose token is for this one. */
  readonly foreign: readonly string[];
  /** Open and finished ones. */
  readonly all: readonly ShownOrder[];
  readonly fillsOf: ReadonlyMap<string, readonly ShownFill[]>;
  readonly positions: readonly ShownPosition[];
  readonly strategyParts: readonly ShownPart[];
  readonly balances: readonly { readonly wallet: string; readonly asset: string; readonly total: string }[];
  readonly drift: readonly ShownDrift[];
  readonly halted: string | null;
  readonly baseCurrency: string;
  /** Of all accounts of its mode; null before the first reading. */
  readonly equity: ShownEquity | null;
  /** Of the account alone. */
  readonly accountEquity: string | null;
}

/** A durable record as text: what was on the disk before a request may leave. */
export interface JournaledLine {
  readonly at: number;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface VenueTruth {
  readonly exchange: Exchange;
  readonly ourAccount: string;
  /** The beginning of the service's client ids. */
  readonly tag: string;
  readonly creates: readonly CreateOnWire[];
  /** Over a venue's own wire alone. */
  readonly sends: readonly SendOnWire[];
  readonly cancels: readonly CancelOnWire[];
  readonly staleAnswers: ReadonlySet<string>;
  /** Times in which the venue had said that nothing more may be sent. */
  readonly stops: readonly { readonly from: number; readonly until: number }[];
  readonly pinned: boolean;
  /** Of the swap; null where the service cannot know it from the beginning. */
  readonly leverage: Decimal | null;
  /** Whether the mark of spot is the middle of the book, which orders move, and not the venue's own figure. */
  readonly spotMarkIsBook: boolean;
  /** The marks of an instrument from one time to another, the venue's clock; null where it had none. */
  readonly pricesOf: (symbol: string, from: number, until: number) => PriceRange | null;
  /** Whether a funding payment named the position that it was for. */
  readonly fundingNamesSide: boolean;
  /** Whether each execution is certain to be booked to the position that it was for. */
  readonly sidesAreNamed: boolean;
  /** Whether the venue documents the order of executions within a millisecond. */
  readonly fillsAreSequenced: boolean;
  /** The venue's ways with the terms of an order. */
  readonly words: Pick<
    VenueOnWire,
    | 'bandBpsOf'
    | 'callsExpired'
    | 'spotNamesTrigger'
    | 'marksClosingSides'
    | 'priceOf'
    | 'mayMovePrice'
    | 'showsMovedCost'
    | 'statesResults'
    | 'signedTimeStepMs'
    | 'cancelsByVenueIdAlone'
  >;
  /** The id that it shows for a trade. */
  readonly tradeIdShown: (fill: Fill) => string;
  /** The balances with which our account was opened, by wallet. */
  readonly openingBalances: readonly { readonly asset: string; readonly amount: Decimal }[];
  /** The prices of the coin that fees may be paid in; empty where none is. */
  readonly coinPrices: readonly Decimal[];
  /** Assets that were paid in from outside, with the time of the last payment. */
  readonly deposits: ReadonlyMap<string, number>;
  /** Wallets with their asset out of which the owner has moved something, or between which. */
  readonly movedOut: ReadonlySet<string>;
}

export interface Evidence {
  /** The limits that the portfolio sets beside that on positions. */
  readonly strictLimits: StrictLimits;
  readonly maxPositionNotional: Decimal | null;
  /** The limits on what the mode may lose; null: none. */
  readonly losses: { readonly maxDailyLoss: Decimal | null; readonly maxDrawdown: Decimal | null };
  /** A limit that was stored for this account alone; null: none was. */
  readonly ownLimit: { readonly maxOrderNotional: string; readonly since: number | null } | null;
  /** Whether the world has other accounts, with which it may share a portfolio or a mode. */
  readonly hasOthers: boolean;
  readonly service: ServiceView;
  readonly journal: readonly JournaledLine[];
  readonly calls: CallLog;
  readonly venue: VenueTruth;
}
