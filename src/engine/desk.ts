/**
 * The engine's interface: the questions and commands that HTTP, the stream and the command line have for one portfolio.
 *
 * Entry point: `Desk`, with its parts `OrderEntry`, `Books`, `Controls` and `Markets` (desk-markets.ts).
 * Invariant: answers rest on durable state; `OrderEntry.openNow` alone does not. Times are milliseconds; figures are exact
 * decimals.
 *
 * Long because: it is the engine's whole face, and other parts may import nothing else of it.
 */
import type { AnsweredRequest } from '../core/portfolio/answered-request.ts';
import type { RememberReply } from '../core/portfolio/answered-requests.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { Decimal } from '../core/decimal.ts';
import type {
  AccountId,
  AccountMode,
  Asset,
  InstrumentSymbol,
  OrderId,
  PortfolioId,
  TimeMs,
  Venue,
  VenueOrderId,
} from '../core/ids.ts';
import type { Instrument, InstrumentKind } from '../core/instrument.ts';
import type { Balance } from '../core/balance/balance.ts';
import type { Order, OrderTerms } from '../core/order/order.ts';
import type { RepeatedKey } from '../core/order/place.ts';
import type { BesidePosition } from '../core/order/kept-stop-record.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import type { AccountBooks } from '../core/portfolio/account-books.ts';
import type { DetachReply } from '../core/risk/capital.ts';
import type { StatedPrice } from '../core/risk/equity-record.ts';
import type { StatedPriceReply } from '../core/risk/stated-price.ts';
import type { Reclassified } from '../core/risk/equity-record.ts';
import type { ReclassifyReply } from '../core/risk/unexplained.ts';
import type { DetachedAccount, EquityRecord, UnexplainedChange } from '../core/risk/equity-record.ts';
import type { KillSwitch } from '../core/risk/kill-switch-record.ts';
import type { AdoptionReply, AdoptionRequest } from '../core/position/adopt.ts';
import type { Position } from '../core/position/position.ts';
import type { ClosablePart } from '../core/position/strategy-part.ts';
import type { BlindAccount } from '../core/risk/blind-account.ts';
import type { OrderSize } from '../core/position/sizing.ts';
import type { DriftCase } from '../core/reconcile/drift.ts';
import type { DriftReply } from '../core/reconcile/resolve.ts';
import type { LadderState, LadderStep } from '../core/risk/ladder-step.ts';
import type { LadderReply } from '../core/risk/ladder.ts';
import type { LimitChange, LimitReply } from '../core/risk/change-limits.ts';
import type { LimitSubject, StoredLimits } from '../core/risk/limit-scopes.ts';
import type { KillSwitchAnswer } from '../core/risk/kill-switch-record.ts';
import type { KillSwitchChange, KillSwitchReply } from '../core/risk/kill-switch.ts';
import type { RiskLimits, SetLimits } from '../core/risk/limits.ts';
import type { ProtectionAlarm, StopTooLarge } from '../core/order/protection-alarms.ts';
import type { AccountMargin, PositionMargin, StandingMarginAlarm } from '../core/risk/liquidation.ts';
import type { Refusal } from '../core/risk/refusal.ts';
import type { Review } from '../core/risk/review.ts';
import type { StrategyBook, StrategyBooksNetted } from '../core/risk/strategy-book-record.ts';
import type { StrategyFigures } from '../core/risk/strategy-books.ts';
import type { StoredTradingState } from '../core/risk/trading-state-record.ts';
import type { TradingStateChange, TradingStateReply, TradingSubject } from '../core/risk/trading-state.ts';
import type { RiskUsage } from '../core/risk/usage.ts';
import type { OrderReport } from '../core/venue/report.ts';
import type { NotSentReason, VenueRefusal } from '../core/venue/outcome.ts';
import type { SettingChange } from '../core/venue/setting.ts';
import type { Markets } from './desk-markets.ts';
import type { JournalTrouble } from './journal-health.ts';
import type { ConnectionState } from '../venues/gateway.ts';

/** An order as a caller means it, parsed and with its account resolved; ids are made by the engine. */
export interface PlaceIntent extends OrderTerms {
  /** Null takes the default of 200. */
  readonly marketProtectionBps: number | null;
  /** Null takes the default: 2,000 for market, IOC and FOK, 30,000 for others. */
  readonly sendWithinMs: number | null;
  /** Whether it may close no more than its strategy's own part; left out: what the account holds. */
  readonly ownPartOnly?: true;
}

/** The fields that a market order needs; the others have defaults. */
type MarketTerms = Pick<PlaceIntent, 'accountId' | 'symbol' | 'side' | 'quantity' | 'requestedBy'>;

export function marketIntent(terms: MarketTerms & Partial<PlaceIntent>): PlaceIntent {
  return {
    clientOrderId: null,
    positionSide: 'net',
    type: 'market',
    cost: null,
    price: null,
    stopPrice: null,
    trigger: null,
    timeInForce: 'IOC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    marketProtectionBps: null,
    sendWithinMs: null,
    strategy: null,
    idempotency: null,
    ...terms,
  };
}

/** A market order that gets out: a position closed on request, the kill switch or the ladder. */
export function gettingOut(terms: MarketTerms & Partial<PlaceIntent>): PlaceIntent {
  return { ...marketIntent(terms), getsOut: true };
}

/** Why a request was not taken in. Nothing was journaled; but for the last, the same request may be sent again. */
export type Unavailable =
  | 'recovering'
  | 'journal_stalled'
  | 'not_owner'
  | 'overloaded'
  | 'venue_unreachable'
  | 'halted'
  /** The database refuses what the request would write, and would again. Nothing of it was journaled or sent. */
  | 'record_refused';

export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
  readonly reason: Unavailable;
  readonly retryAfterMs: number;
  /** The order that may or may not have been journaled; null: nothing was. */
  readonly orderInDoubt: OrderId | null;

  constructor(
    reason: Unavailable,
    detail: string,
    retryAfterMs: number,
    orderInDoubt: OrderId | null = null,
  ) {
    super(detail);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.orderInDoubt = orderInDoubt;
  }
}

/** The journal has the key of a request, of which memory knew nothing: nothing of the request was journaled, and its next look finds what has the key. */
export class KeyTaken extends EngineUnavailable {
  constructor() {
    super('recovering', 'this key was used before; ask again', 200);
  }
}

/** Two orders of an all-or-none batch have the same key, which may name one order only. Nothing was decided. */
export class KeysRepeated extends Error {
  override readonly name = 'KeysRepeated';
  readonly repeated: readonly RepeatedKey[];

  constructor(repeated: readonly RepeatedKey[]) {
    super('two orders of one batch have the same key');
    this.repeated = repeated;
  }
}

export type PlaceAnswer =
  | { readonly kind: 'accepted'; readonly order: Order; readonly replayed: boolean }
  | {
      readonly kind: 'denied';
      readonly order: Order;
      readonly refusals: readonly Refusal[];
      readonly replayed: boolean;
    }
  /** The key was used before: with other content, or, where `orderId` is null, by a request that placed no order. */
  | { readonly kind: 'conflict'; readonly orderId: OrderId | null }
  /** Not placed because of the order at index `because` of its batch. `orderId` is null when nothing was journaled of it. */
  | { readonly kind: 'withheld'; readonly orderId: OrderId | null; readonly because: number }
  | { readonly kind: 'unknown_account' }
  | { readonly kind: 'unknown_instrument' };

/**
 * `recorded`: whether the request outlives this process, in the journal or in the emergency log. Where it does not, what was
 * sent is sent all the same, and after a crash the order shows as its venue shows it.
 */
export type CancelAnswer =
  | { readonly kind: 'canceling' | 'annulled'; readonly order: Order; readonly recorded: boolean }
  /** Neither the journal nor the venue could be reached: the request waits in memory, and was not sent yet. */
  | { readonly kind: 'not_sent'; readonly order: Order; readonly recorded: boolean }
  | { readonly kind: 'already_finished'; readonly order: Order }
  /**
   * Its placement was not durable yet and is taken back: the order was not sent, and never will be. `order` is as it would
   * have been, canceled; null where nothing was decided on it yet. The books do not have it.
   */
  | { readonly kind: 'withdrawn'; readonly order: Order | null; readonly recorded: boolean }
  /** The order may be at its venue, and the portfolio has no such account any more: nothing was sent. */
  | { readonly kind: 'no_account'; readonly order: Order }
  | { readonly kind: 'unknown_order' };

/** A stop whose stop price the market has reached when it is placed is refused, or its position is closed at the market. */
export type OnWouldTrigger = 'refuse' | 'close_now';

/** A stop that is canceled to make room, by what it is to sell beside the position once it is put back. */
export interface StopToKeep {
  readonly beside: BesidePosition;
}

/** A stop that is to be in the market again. */
export interface CanceledStop {
  readonly stop: Order;
  /** The order that was placed for it already; null where there is none. */
  readonly replacement: OrderId | null;
  readonly requestedBy: string;
  /**
   * Places it anew, for so many base units at most; null where nothing is left of it to place. With `close_now` it is a market order
   * where the market has reached its stop price: then for no more than is open of the position.
   */
  readonly placeAnew: (quantity: Decimal, onWouldTrigger: OnWouldTrigger) => Promise<PlaceAnswer | null>;
  /** Base units that it was to sell beside the position; left out where that is nothing. */
  readonly beside?: BesidePosition;
  /** As of `KeptStop`. */
  readonly isShort?: true | undefined;
}

/** A position that a stop was to protect, which is not in its place again. */
export interface LostStop {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  /** The one that was canceled. */
  readonly orderId: OrderId;
  readonly stopPrice: Decimal | null;
  /** Base units of the position that no stop closes. */
  readonly uncovered: Decimal;
  /** The last placement, and why it did not last, in words. */
  readonly why: string;
  readonly since: TimeMs;
  /** False once `PUT_BACK_FOR_MS` are over. */
  readonly isTried: boolean;
}

/** The outcome of a cancel of an order that was not placed here. */
export interface ExternalCancel {
  readonly accountId: AccountId;
  readonly venue: Venue;
  /** Null when the venue could not even be asked for its working orders. */
  readonly report: OrderReport | null;
  /** `gone`: the venue knows no such working order any more; `unknown`: it may or may not have been canceled. */
  readonly outcome: 'canceled' | 'gone' | 'refused' | 'unknown' | 'not_sent';
  readonly detail: string;
}

export interface OrderFilter {
  readonly accountIds?: readonly AccountId[];
  readonly exchange?: Venue;
  readonly symbol?: InstrumentSymbol;
}

/** Which positions: without a side, each of an instrument's. */
export interface PositionFilter extends OrderFilter {
  readonly positionSide?: PositionSide;
}

/** Names one position. */
export type PositionPlace = Pick<Position, 'accountId' | 'symbol' | 'positionSide'>;

/** A reading of durable state, and the seq of the journal that it was made at. */
export interface AsOf<Value> {
  readonly value: Value;
  readonly seq: number;
}

export interface PositionReading {
  readonly position: Position;
  /** Null when no quote could be had. */
  readonly mark: Decimal | null;
  /** When the mark was last known to be so, on our own clock; null without one. */
  readonly markAt: TimeMs | null;
  readonly instrument: Instrument | null;
  /** The venue's reading of a swap; null for spot or before the first reading. */
  readonly venue: {
    readonly leverage: Decimal | null;
    readonly marginMode: 'cross' | 'isolated' | null;
  } | null;
  /** How near to liquidation the venue last showed it, and when; null for spot or before a reading shows it, its figures once a position of the account has changed since. */
  readonly margin: (PositionMargin & { readonly readAt: TimeMs }) | null;
  /** Base units that open reduce-only or stop orders would close. */
  readonly protectedQuantity: Decimal;
  /** Base units that can be closed now: of spot no more than its wallet holds and nobody else has locked. */
  readonly closable: Decimal;
  /** Base units that orders on their way close already; one that can never be proven is not among them. */
  readonly beingClosed: Decimal;
}

export interface BalanceReading {
  readonly balance: Balance;
  /** The part that our unfinished orders reserve. */
  readonly held: Decimal;
  /** The kinds of instruments that draw on its wallet, as the account has declared. */
  readonly kinds: readonly InstrumentKind[];
  /** Total less holds, external locks and the margin of positions, never below zero. */
  readonly available: Decimal;
  /** False while leverage or mark of a position that the wallet backs is not known: `available` is the least it can be then. */
  readonly isMarginKnown: boolean;
}

/** The books of a portfolio's accounts, flat positions included: they say that a position is closed. */
export interface HeldReading {
  readonly positions: readonly PositionReading[];
  readonly balances: readonly BalanceReading[];
}

export interface AccountReading {
  readonly account: AccountBooks;
  /** The unit of `realizedToday` and `equity`. */
  readonly baseCurrency: Asset;
  /** Closing and funding less fees since 00:00 UTC, as the daily loss counts them; null where a part has no price. */
  readonly realizedToday: Decimal | null;
  /** At the confirmed prices of the last reading; null while the account does not count in the equity. */
  readonly equity: Decimal | null;
  /** When that reading was taken; null without one. */
  readonly equityAt: TimeMs | null;
  readonly connection: ConnectionState;
  /** As the venue last showed it; null before the first reading. */
  readonly margin: AccountMargin | null;
}

/** The events of one durable append; appends are emitted in order of `seq`. */
export interface DurableEvents {
  readonly portfolioId: PortfolioId;
  readonly events: readonly { readonly seq: number; readonly at: TimeMs; readonly event: PortfolioEvent }[];
}

/** How near to liquidation an account is; `actual` is null before the first reading. */
export interface MarginOfAccount {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  readonly actual: AccountMargin | null;
}

export interface RiskReading {
  /** In force over the whole portfolio. */
  readonly limits: RiskLimits;
  readonly killSwitch: KillSwitch;
  /** The currency of every limit, loss and exposure. */
  readonly baseCurrency: Asset;
  /** Those that people have set, whatever they say. */
  readonly tradingStates: readonly StoredTradingState[];
  /** The mode that the figures over the portfolio are of. */
  readonly mode: AccountMode;
  /** The modes of the portfolio's accounts. */
  readonly modes: readonly AccountMode[];
  readonly equity: EquityRecord | null;
  readonly ladder: LadderState;
  /** A step that one reading asked for and no second one has confirmed. */
  readonly unconfirmedStep: LadderStep | null;
  /** Whether an account counts in the equity; without one it is not known, whatever the last record says. */
  readonly isMeasured: boolean;
  /** Of every mode. */
  readonly blind: readonly BlindAccount[];
  /** Of each account with an open swap position. */
  readonly margins: readonly MarginOfAccount[];
  readonly marginAlarms: readonly StandingMarginAlarm[];
  /** Of every mode. */
  readonly protectionAlarms: readonly ProtectionAlarm[];
  /** Positions of any mode whose stop was canceled to make room and is not in its place again. */
  readonly lostStops: readonly LostStop[];
  readonly detached: readonly DetachedAccount[];
  /** Changes of balances of the mode that wait for an explanation. */
  readonly unexplained: readonly UnexplainedChange[];
  readonly usage: RiskUsage;
  /** How many orders of the mode are not finished. */
  readonly openOrders: number;
  readonly halted: string | null;
}

export interface LimitsReading {
  /** Limits that the environment sets; null where it sets none. */
  readonly environment: SetLimits;
  /** Limits that people have stored, scope by scope. */
  readonly stored: readonly StoredLimits[];
  /** Limits in force for the subject of the question. */
  readonly inForce: RiskLimits;
}

export interface TradingStatesReading {
  readonly stored: readonly StoredTradingState[];
  readonly inForce: StoredTradingState | null;
}

/** A strategy's own books: the results and open orders of those that carry its tag. */
export interface StrategyReading {
  readonly strategy: string;
  readonly books: readonly { readonly book: StrategyBook; readonly figures: StrategyFigures }[];
  /** The unit of the figures. */
  readonly baseCurrency: Asset;
  readonly openOrders: number;
  /** Null where nobody has set any. */
  readonly limits: StoredLimits | null;
  /** Null where nobody has set one: active. */
  readonly tradingState: StoredTradingState | null;
}

/** Orders in and out. */
export interface OrderEntry {
  /**
   * Rejects with `EngineUnavailable`; then nothing was journaled, unless it names an order in doubt. Resolves once the
   * decision is durable.
   */
  place(intent: PlaceIntent): Promise<PlaceAnswer>;
  /**
   * As `place`, for all of them or none: each is reviewed with the ones before it in flight, and one refusal, conflict or
   * repeat keeps all the others from being placed. Rejects with `KeysRepeated` where two have one key.
   */
  placeAll(intents: readonly PlaceIntent[]): Promise<readonly PlaceAnswer[]>;
  /**
   * The review that `place` would make now, or once the order `excluding` is gone. Nothing is journaled. Null where account
   * or instrument is unknown.
   */
  check(intent: PlaceIntent, excluding?: OrderId): Promise<Review | null>;
  /** How large an order of this kind could be now, and is suggested to be. Null where account or instrument is unknown. */
  size(intent: PlaceIntent): Promise<OrderSize | null>;
  /**
   * The order once it needs no more waiting for: a market, IOC or FOK order when it is finished, any other when the
   * venue has shown that it works or has refused it; as it is after `waitMs` at the latest.
   */
  settled(orderId: OrderId, waitMs: number): Promise<Order>;
  /**
   * Never refused by risk, never kept waiting by the journal: the request to the venue goes out at once. `why` is there where the
   * request was about more than this order; the order shows it.
   */
  cancel(
    orderId: OrderId,
    requestedBy: string,
    why?: string,
    /** Of a stop that makes room for another order: the journal has from now on that it is to be put back. */
    keep?: StopToKeep,
  ): Promise<CancelAnswer>;
  /** Cancels working orders at the venues that were not placed here. The requests go out first and are journaled second. */
  cancelExternal(filter: OrderFilter, requestedBy: string): Promise<readonly ExternalCancel[]>;
  /**
   * Every order that is not finished as memory has it now, oldest first, whether or not the journal answers. For
   * getting out alone: the answer may not be durable yet.
   */
  openNow(filter: OrderFilter): readonly Order[];
  /** Whether the venue has accepted a cancel of the order since this process runs, whether or not that is durable. */
  isCancelAccepted(orderId: OrderId): boolean;
  /** Whether an order is there to protect what is held, as memory has it now; also one whose placement is in doubt. */
  isProtectiveNow(order: Order): boolean;
  /**
   * Whether an order that protects stands without its position, as memory has it now: that is closed, or nothing of it can be sold, and
   * nothing there is on its way or could open it. False while the account's own stream is not connected: executions may be missing then.
   */
  hasOutlivedNow(order: Order): boolean;
  /** Base units that a stop and those like it are to sell beside their position, as memory has it now. */
  besideNow(stop: Order): BesidePosition;
  /**
   * Whether a request that has canceled a stop to make room is still to put it back: not where somebody has canceled it meanwhile, or
   * where it is looked after without the request already.
   */
  isLeftToPutBack(stop: Order): boolean;
  /** Looks after a stop that was canceled to make room, until one is in its place again: see stop-keeper.ts. */
  keepStop(canceled: CanceledStop): void;
  /** Has stops that were canceled to make room not put back any more, of those that are still to be. */
  releaseStops(which: (stop: Order) => boolean): Promise<void>;
}

/** Readings of the durable books. Each rejects with `EngineUnavailable` where this node does not own the portfolio. */
/** A strategy's open part of a position, and what of it can be closed now. */
export interface StrategyPartReading extends ClosablePart {
  readonly instrument: Instrument | null;
}

export interface Books {
  /** In memory or in the read model; null when this portfolio has no such order. `refresh` asks the venue first. */
  order(orderId: OrderId, refresh?: boolean): Promise<Order | null>;
  orderByVenueOrderId(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<Order | null>;
  /** Every order that is not finished, oldest first. */
  openOrders(filter: OrderFilter): Promise<AsOf<readonly Order[]>>;
  /** Every position that is not flat. */
  positions(filter: PositionFilter): Promise<AsOf<readonly PositionReading[]>>;
  /**
   * Orders with a trigger that the venue would refuse at it: they are larger than what the position has left for them. The quantity that
   * fits is on the lot; zero where the instrument is not known now.
   */
  stopsTooLarge(of: PositionPlace): Promise<AsOf<readonly StopTooLarge[]>>;
  balances(accountId: AccountId): Promise<AsOf<readonly BalanceReading[]>>;
  /** Every position, flat ones too, and every balance, all as of one seq. */
  held(): Promise<AsOf<HeldReading>>;
  account(accountId: AccountId): Promise<AccountReading | null>;
  /** Of one mode; of the most serious one that the portfolio has an account in where none is named. */
  risk(mode?: AccountMode): Promise<AsOf<RiskReading>>;
  /** The limits of every scope, and those in force on an instrument of an account; over the portfolio for null. */
  limits(subject: LimitSubject | null): Promise<AsOf<LimitsReading>>;
  drift(): Promise<AsOf<readonly DriftCase[]>>;
  /** The trading states that people have set, and the one in force for a subject; null there: active. */
  tradingStates(subject: TradingSubject): Promise<AsOf<TradingStatesReading>>;
  /** The strategies with a book, an open order, limits or a trading state, by name. */
  strategies(): Promise<AsOf<readonly StrategyReading[]>>;
  /** The open parts that a strategy holds of positions on an instrument of an account, one for each side. */
  strategyParts(
    strategy: string,
    accountId: AccountId,
    symbol: InstrumentSymbol,
  ): Promise<readonly StrategyPartReading[]>;
}

/** The outcome of a change of a setting at the venue. */
export type SettingAnswer =
  | { readonly kind: 'set'; readonly confirmedBy: 'answer' | 'reading' }
  /** By us; the venue was not asked. */
  | { readonly kind: 'denied'; readonly refusal: Refusal }
  /** By the venue. */
  | { readonly kind: 'refused'; readonly venueRefusal: VenueRefusal }
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason; readonly detail: string }
  /** The setting may or may not be in force. `shown` is the venue's reading of it; null when it gives none. */
  | { readonly kind: 'unknown'; readonly shown: string | null; readonly detail: string }
  | { readonly kind: 'not_offered'; readonly detail: string }
  | { readonly kind: 'unknown_account' }
  | { readonly kind: 'unknown_instrument' };

/** An adoption that was not decided on. */
export interface AdoptionRefusal {
  readonly kind: 'no_mark' | 'not_spot' | 'unknown_instrument';
}

/** The outcome for the parts of strategies on a position that offset one another. */
export type NettingOutcome = { readonly position: Position } & (
  | { readonly kind: 'netted'; readonly netted: StrategyBooksNetted }
  /** An execution has closed them meanwhile. */
  | { readonly kind: 'nothing_to_net' }
  /** No mark is known now: they stay as they are. */
  | { readonly kind: 'no_mark' }
);

/** Holdings to make a position of. */
export type AdoptionIntent = Omit<AdoptionRequest, 'setting' | 'mark' | 'venueAt'>;

/** Changes that a person makes: journaled with who and why; each resolves once it is durable, and one of the equity once that is read. */
export interface Controls {
  setKillSwitch(change: KillSwitchChange): Promise<KillSwitchReply>;
  /** Keeps the answer to a request under a key, so that a repeat gets the same answer. Does nothing for an unknown key. */
  keepKillSwitchReceipt(answer: KillSwitchAnswer): Promise<void>;
  /** The kept answer to the request under a key; null when there is none. */
  killSwitchReceipt(key: string): Promise<string | null>;
  /**
   * Remembers a request that placed no order under its key. `key_taken`: the same request, or another, was answered under it or placed an
   * order meanwhile. Rejects with `EngineUnavailable` where the journal does not answer.
   */
  rememberRequest(request: AnsweredRequest): Promise<RememberReply>;
  changeLimits(change: LimitChange): Promise<LimitReply>;
  setTradingState(change: TradingStateChange): Promise<TradingStateReply>;
  /** Leaves the risk ladder of a mode, and measures its losses anew from this moment. */
  resetLadder(mode: AccountMode, requestedBy: string, why: string): Promise<LadderReply>;
  /** Takes an account out of the equity of its mode until it is attached again. */
  detachAccount(accountId: AccountId, requestedBy: string, why: string): Promise<DetachReply>;
  attachAccount(accountId: AccountId, requestedBy: string, why: string): Promise<DetachReply>;
  /** Says what a change of a balance was that nothing explains. */
  reclassifyChange(
    changeId: string,
    as: Reclassified,
    requestedBy: string,
    why: string,
  ): Promise<ReclassifyReply>;
  /** Says what an asset is worth that no market prices, for the equity of a mode. */
  statePrice(stated: StatedPrice): Promise<StatedPriceReply>;
  resolveDrift(driftId: string, requestedBy: string, resolution: string): Promise<DriftReply>;
  /**
   * Makes a position of spot holdings that are none yet. `no_mark`: what they are worth cannot be read now. Rejects with
   * `EngineUnavailable` when this node cannot decide now.
   */
  adoptHoldings(intent: AdoptionIntent): Promise<AdoptionReply | AdoptionRefusal>;
  /**
   * Compares accounts with their venues by readings that begin from now on, and then reads the equity: what was moved at a venue
   * before is in the books. Resolves within about `withinMs` with the accounts of which no comparison was complete by then.
   */
  readAnew(accountIds: readonly AccountId[], withinMs: number): Promise<ReadonlySet<AccountId>>;
  /**
   * Closes the parts of strategies that offset one another, on every net swap position of the filter, a flat one too: what no order can
   * close. One outcome for each position that had any. Rejects with `EngineUnavailable` when this node cannot decide now.
   */
  netStrategyBooks(
    filter: Pick<PositionFilter, 'accountIds' | 'symbol'>,
    requestedBy: string,
  ): Promise<readonly NettingOutcome[]>;
  /**
   * Asks the venue for a setting, once the request is journaled, and answers with its proven outcome. Rejects with
   * `EngineUnavailable` when the venue was not asked.
   */
  changeSetting(
    accountId: AccountId,
    change: SettingChange,
    requestedBy: string,
    why: string,
  ): Promise<SettingAnswer>;
}

export interface Desk {
  readonly portfolioId: PortfolioId;
  /** False while recovering, fenced or stopped. */
  readonly ready: boolean;
  /** Since when, and why, the journal has taken nothing; null while it does, and for the first `STALL_MS`. */
  readonly journalTrouble: JournalTrouble | null;
  readonly orders: OrderEntry;
  readonly books: Books;
  readonly controls: Controls;
  readonly markets: Markets;
  /** Calls `listener` after each durable append; the returned function ends it. */
  onDurable(listener: (durable: DurableEvents) => void): () => void;
}
