/**
 * The events of a portfolio: everything that changes its state, and nothing else does.
 * Each records the figures that were used, so that replay needs no market, no clock and no settings.
 *
 * Long because: it is one closed union of records, with the meaning of every field.
 */
import type { KeptStop } from '../order/kept-stop-record.ts';
import type { AnsweredRequest } from './answered-request.ts';
import type { OrderReasonCode } from '../order/reason.ts';
import type { BalanceDelta, BalancesObserved } from '../balance/balance.ts';
import type { Wallet, WalletDeclaration } from '../balance/wallet.ts';
import type { Decimal } from '../decimal.ts';
import type {
  AccountId,
  AccountMode,
  Asset,
  InstrumentSymbol,
  OrderId,
  TimeMs,
  TradeId,
  Venue,
  VenueOrderId,
} from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import type {
  Approval,
  CancelRequest,
  FinalReport,
  Hold,
  Order,
  OrderRequest,
  SendAttempt,
} from '../order/order.ts';
import type { Adoption } from '../position/adoption.ts';
import type { AwaitedExecutions, ShownBefore } from '../position/awaited-record.ts';
import type { CutChanged, PositionCut } from '../position/cuts.ts';
import type { FeePrice, FeeWorth } from '../position/fees.ts';
import type { DriftCase } from '../reconcile/drift.ts';
import type { PositionSide } from '../order/terms.ts';
import type { KillSwitchAnswer } from '../risk/kill-switch-record.ts';
import type { CapitalMoved } from '../risk/capital-moved.ts';
import type { KeptPrice, StatedPrice, Unpriced } from '../risk/equity-record.ts';
import type { LadderState } from '../risk/ladder-step.ts';
import type { LimitScope } from '../risk/limit-scopes.ts';
import type { SetLimits } from '../risk/limits.ts';
import type { StrategyBooksNetted, StrategyPartsClosed } from '../risk/strategy-book-record.ts';
import type { Refusal } from '../risk/refusal.ts';
import type { TradingState } from '../risk/trading-state-record.ts';
import type { NotSentReason, VenueRefusal } from '../venue/outcome.ts';
import type { AccountRecord } from '../venue/account-record.ts';
import type { FillsCursor, FundingRecord, VenueFill } from '../venue/report.ts';
import type { PositionMode, SettingName } from '../venue/setting.ts';

/** The facts of an account and instrument that an order is booked with, so that booking needs neither. */
export interface OrderSetting {
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly kind: InstrumentKind;
  /** The wallet that the instrument draws on and settles in. */
  readonly wallet: Wallet;
  readonly base: Asset;
  readonly quote: Asset;
}

/** A swap position as the venue shows it, with what it takes to keep books of it. */
export interface ObservedPosition {
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly setting: OrderSetting;
  /** Base units, negative for short. */
  readonly netQuantity: Decimal;
  /** Quote units, never negative. */
  readonly openCost: Decimal;
  /** The venue's mark; left out where the venue shows none, and by earlier releases. */
  readonly mark?: Decimal;
  /**
   * The executions that are not known yet, and the price that a closed part is realised at; left out where nothing is awaited, and by earlier
   * releases.
   */
  readonly awaited?: readonly AwaitedExecutions[];
  readonly price?: Decimal;
  /** Quote units of what is realised that a comparison had found in the wallet already. */
  readonly settled?: Decimal;
}

export type PortfolioEvent =
  /** Written by the journal itself when a node becomes the only writer. */
  | { readonly type: 'ownership_taken'; readonly node: string; readonly epoch: number }
  /** The wall clock was set: times recorded from here on are that much later (negative: earlier) than time has passed. */
  | { readonly type: 'clock_stepped'; readonly stepMs: number }
  /** Before the first account is opened, and for good. Without such a record it is USDT. */
  | { readonly type: 'base_currency_set'; readonly asset: Asset }
  | {
      readonly type: 'account_opened';
      readonly accountId: AccountId;
      readonly venue: Venue;
      readonly mode: AccountMode;
    }
  /** The wallets that an account has from here on; without such a record it has spot and swaps apart. */
  | {
      readonly type: 'wallets_declared';
      readonly accountId: AccountId;
      readonly wallets: readonly WalletDeclaration[];
    }
  /** The position mode that the venue shows, where it is another than was known. */
  | {
      readonly type: 'position_mode_seen';
      readonly accountId: AccountId;
      readonly positionMode: PositionMode;
    }
  /** The simulator behind a paper account began anew: its orders, fills and balances are gone. */
  | { readonly type: 'account_reset'; readonly accountId: AccountId; readonly instance: string }
  | {
      readonly type: 'order_accepted';
      readonly request: OrderRequest;
      readonly setting: OrderSetting;
      readonly protectionPrice: Decimal | null;
      readonly stopDirection: 'up' | 'down' | null;
      readonly hold: Hold | null;
      readonly approval: Approval;
    }
  | {
      readonly type: 'order_denied';
      readonly request: OrderRequest;
      readonly setting: OrderSetting;
      readonly refusals: readonly Refusal[];
    }
  /** The durable intent: what is signed and sent is this and nothing newer. */
  | { readonly type: 'send_attempted'; readonly orderId: OrderId; readonly attempt: SendAttempt }
  | {
      readonly type: 'send_accepted';
      readonly orderId: OrderId;
      readonly n: number;
      readonly venueOrderId: VenueOrderId;
    }
  | {
      readonly type: 'send_refused';
      readonly orderId: OrderId;
      readonly n: number;
      readonly venueRefusal: VenueRefusal;
    }
  | {
      readonly type: 'send_not_sent';
      readonly orderId: OrderId;
      readonly n: number;
      readonly notSentReason: NotSentReason;
      readonly detail: string;
      readonly retryAt: TimeMs | null;
    }
  | {
      readonly type: 'send_unknown';
      readonly orderId: OrderId;
      readonly n: number;
      readonly detail: string;
      /** The venue has said that it knows the client id: it landed, so no absence can be believed. */
      readonly landed: boolean;
    }
  /** The venue refused a stop with `close_now` that it had reached: it is to be closed at the market. */
  | {
      readonly type: 'stop_reached';
      readonly orderId: OrderId;
      readonly n: number;
      readonly venueRefusal: VenueRefusal;
    }
  /** A stop with `close_now` goes on as the market order that its trigger would have made of it. */
  | {
      readonly type: 'stop_closes_now';
      readonly orderId: OrderId;
      /** The price of the market, quote units; null without a quote. */
      readonly marketPrice: Decimal | null;
      readonly protectionPrice: Decimal | null;
    }
  /** The first look-up inside the window that found nothing; the second one proves it. */
  | { readonly type: 'absence_observed'; readonly orderId: OrderId; readonly venueTime: TimeMs }
  | {
      readonly type: 'absence_proven';
      readonly orderId: OrderId;
      readonly venueTime: TimeMs;
      readonly retryAt: TimeMs | null;
    }
  | {
      readonly type: 'order_given_up';
      readonly orderId: OrderId;
      readonly code: OrderReasonCode;
      readonly detail: string;
    }
  | { readonly type: 'working_seen'; readonly orderId: OrderId; readonly venueOrderId: VenueOrderId }
  /** The venue has reported that a stop was triggered. */
  | { readonly type: 'stop_trigger_seen'; readonly orderId: OrderId }
  /** A stop is canceled to make room for another order, and is to be in the market again. */
  | ({ readonly type: 'stop_kept' } & KeptStop)
  /** It is in its place again, or is not to be any more. */
  | { readonly type: 'stop_released'; readonly orderId: OrderId }
  /** A further venue id of the same order: a triggered stop, an amended order. */
  | { readonly type: 'venue_order_linked'; readonly orderId: OrderId; readonly venueOrderId: VenueOrderId }
  /** The venue says it has ended; it stays unfinished until every execution the venue counted is booked. */
  | { readonly type: 'final_seen'; readonly orderId: OrderId; readonly final: FinalReport }
  | {
      readonly type: 'order_closed';
      readonly orderId: OrderId;
      readonly as: FinalReport['status'];
      readonly detail: string;
    }
  | {
      readonly type: 'fill_booked';
      readonly orderId: OrderId;
      readonly accountId: AccountId;
      readonly fill: VenueFill;
      /** PnL realised by closing, by our own average cost; quote units. */
      readonly positionPnl: Decimal;
      /** As of `OpeningMarks`. */
      readonly opens?: true;
      readonly dated?: true;
      /** The strategy whose book it goes into; records from before there were such books, and orders without a tag, name none. */
      readonly strategy?: string;
      /** Of a fee in another asset than the quote currency, where it was known; left out before fees had a worth. */
      readonly feeWorth?: FeeWorth;
      /** Of a swap: the part of it that a reading had shown; left out where it was none. */
      readonly shown?: ShownBefore;
      /** Base units of it that the book takes; left out where that is all of it. */
      readonly strategyQuantity?: Decimal;
    }
  /** A position became smaller by something that carries no strategy's tag: what strategies held of it went with it. */
  | ({ readonly type: 'strategy_parts_closed' } & StrategyPartsClosed)
  /** Nothing was traded: strategies that held the opposite of one another hold it no more. */
  | ({ readonly type: 'strategy_books_netted' } & StrategyBooksNetted)
  /** An execution that matches nothing while an order on the instrument is unresolved. */
  | {
      readonly type: 'fill_parked';
      readonly accountId: AccountId;
      readonly fill: VenueFill;
      /** Stops that the venue has shown waiting for their trigger after this execution. */
      readonly ruledOut: readonly OrderId[];
    }
  /** An execution of an order that is not ours. */
  | {
      readonly type: 'external_fill_seen';
      readonly accountId: AccountId;
      readonly fill: VenueFill;
      readonly setting: OrderSetting;
      /**
       * Of a spot sale: base units of it that were not there besides our position, and what the position realised by giving
       * them up, in quote units. Left out where inventory covered all of it.
       */
      readonly taken?: Decimal;
      readonly positionPnl?: Decimal;
      readonly keepsMoves?: true;
      readonly opens?: true;
      readonly dated?: true;
      /** Of a spot sale, from releases that kept no order of sales: when it counts as one that takes, later than its execution. */
      readonly takenAt?: TimeMs;
      /** Of a swap, as of `fill_booked`. */
      readonly feeWorth?: FeeWorth;
      readonly shown?: ShownBefore;
      /** Of spot: the part of what it paid with that others had locked for it; left out where it was none. */
      readonly unlocked?: Decimal;
    }
  /** A spot position became smaller without an execution: the account does not hold it, or nobody can sell it. */
  | {
      readonly type: 'position_cut';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly cut: PositionCut;
      readonly positionPnl: Decimal;
    }
  /** An execution that is booked next explains a cut, or a part of it: the position is as if that part had never been cut. */
  | {
      readonly type: 'position_cut_replaced';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly cutId: string;
      /** Base units. */
      readonly quantity: Decimal;
      readonly tradeId: TradeId;
      /** Put back, since the reading that led to the cut had the execution in it already. */
      readonly balances: readonly BalanceDelta[];
      readonly executedAt?: TimeMs;
    }
  | CutChanged
  /** Inventory of an instrument's base became a position, at the word of a person. */
  | {
      readonly type: 'position_adopted';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly setting: OrderSetting;
      readonly adoption: Adoption;
      /** As of `fill_booked`. */
      readonly opens?: true;
      readonly dated?: true;
      readonly requestedBy: string;
      readonly why: string;
      /** Identifies a repeat of the request. */
      readonly idempotency?: { readonly key: string; readonly contentHash: string };
    }
  | {
      readonly type: 'fills_cursor_moved';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly cursor: FillsCursor;
    }
  | ({ readonly type: 'cancel_requested' } & CancelRequest)
  /** A cancel of an order that was not placed here: asked for by a person, carried out beside the books. */
  | {
      readonly type: 'external_cancel_requested';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly venueOrderId: VenueOrderId;
      readonly requestedBy: string;
    }
  | { readonly type: 'cancel_refused'; readonly orderId: OrderId; readonly venueRefusal: VenueRefusal }
  | ({ readonly type: 'order_annulled' } & CancelRequest)
  | { readonly type: 'drift_opened'; readonly drift: DriftCase }
  | {
      readonly type: 'drift_resolved';
      readonly driftId: string;
      readonly resolution: string;
      /** Who settled it, and the case as it stood; records from before they were kept have neither. */
      readonly requestedBy?: string;
      readonly drift?: DriftCase;
    }
  /** The venue's totals, taken over as ours. The differences are in the drift cases of the same append. */
  | BalancesObserved
  /** The venue's swap positions, taken over as ours where they differ. */
  | {
      readonly type: 'positions_observed';
      readonly accountId: AccountId;
      readonly positions: readonly ObservedPosition[];
    }
  /** Written by earlier releases; funding is an account record by now. */
  | { readonly type: 'funding_booked'; readonly accountId: AccountId; readonly funding: FundingRecord }
  /** A change of a balance that the venue has an entry of. */
  | {
      readonly type: 'account_record_booked';
      readonly accountId: AccountId;
      readonly record: AccountRecord;
      /** Of a conversion: capital moves from one asset to the other. Earlier releases took each side for a result. */
      readonly movesCapital?: true;
    }
  /** Every record that the venue listed until this moment of its clock has been taken in. */
  | {
      readonly type: 'account_records_read';
      readonly accountId: AccountId;
      readonly until: TimeMs;
      /** Ids of moves of capital that are in the balances that were taken over: none of them is booked, whatever time it states later. */
      readonly takenOver?: readonly string[];
    }
  | {
      readonly type: 'limits_changed';
      /** The scope's complete limits from here on. */
      readonly limits: SetLimits;
      /** Records from before there were scopes have neither: they are changes of the portfolio's, in their order. */
      readonly scope?: LimitScope;
      readonly version?: number;
      readonly requestedBy: string;
      readonly why: string;
    }
  | {
      readonly type: 'trading_state_set';
      readonly scope: LimitScope;
      readonly state: TradingState;
      readonly version: number;
      readonly requestedBy: string;
      readonly why: string;
    }
  | {
      readonly type: 'kill_switch_set';
      readonly engaged: boolean;
      readonly requestedBy: string;
      readonly why: string;
      /** Identifies a repeat of the request. */
      readonly idempotency?: { readonly key: string; readonly contentHash: string };
    }
  /** The answer given to the request with this key once its work was done. */
  | ({ readonly type: 'kill_switch_answered' } & KillSwitchAnswer)
  /** The answer given to a request that placed no order, or the figures of one that did. */
  | ({ readonly type: 'request_answered' } & AnsweredRequest)
  | CapitalMoved
  /** A person said what an asset is worth that no market prices. */
  | ({ readonly type: 'price_stated' } & StatedPrice)
  /** Fees that had no price when they were charged are worth this one from here on. */
  | ({
      readonly type: 'fees_valued';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly positionSide: PositionSide;
    } & FeePrice)
  | {
      readonly type: 'equity_observed';
      /** Records from before modes were kept apart have none: they are of all accounts together. */
      readonly mode?: AccountMode;
      /** At the last confirmed prices. */
      readonly equity: Decimal;
      /** The least and the most that it can be; left out where both are `equity`. */
      readonly low?: Decimal;
      readonly high?: Decimal;
      /** `equity` less the PnL of trading; moves by `capital_moved` alone. */
      readonly capital: Decimal;
      /** The last confirmed prices of what is held. Left out by a reset: those before it stand. */
      readonly prices?: readonly KeptPrice[];
      readonly unpriced?: readonly Unpriced[];
      /** Why no new risk may be taken on it. */
      readonly uncertain?: string;
      /** `reset`: a person left the ladder; losses are measured anew from here. */
      readonly reasonOfReading: 'interval' | 'peak' | 'day_start' | 'ladder' | 'reset';
      /** The step that was taken or reset with this reading; null when the ladder stays as it is. */
      readonly ladder: LadderState | null;
      /** The two parts of `equity` less `capital`; records from before they were kept, and resets, have neither. */
      readonly realized?: Decimal;
      readonly unrealized?: Decimal;
    }
  /** A setting at the venue, asked for by a person; journaled before the venue is asked. */
  | {
      readonly type: 'setting_requested';
      readonly accountId: AccountId;
      readonly setting: SettingName;
      /** Null for what is set for the whole account. */
      readonly symbol: InstrumentSymbol | null;
      readonly value: string;
      /** The value that the venue last showed; null where it is not known. */
      readonly former: string | null;
      /** The leverage limit that it was compared with; null where none applies. */
      readonly limit: string | null;
      readonly requestedBy: string;
      readonly why: string;
    }
  /** A setting that we refused: nothing was sent to the venue. */
  | {
      readonly type: 'setting_denied';
      readonly accountId: AccountId;
      readonly setting: SettingName;
      readonly symbol: InstrumentSymbol | null;
      readonly value: string;
      readonly former: string | null;
      readonly refusal: Refusal;
      readonly requestedBy: string;
      readonly why: string;
    }
  /** The outcome of the setting last requested. Without it the outcome is unknown: the process ended in between. */
  | {
      readonly type: 'setting_answered';
      readonly accountId: AccountId;
      readonly setting: SettingName;
      readonly symbol: InstrumentSymbol | null;
      readonly value: string;
      readonly outcome: 'set' | 'refused' | 'not_sent' | 'unknown';
      /** The value that the venue showed when it was read back; null where it was not read, or did not say. */
      readonly shown: string | null;
      readonly venueRefusal: VenueRefusal | null;
      readonly detail: string;
    }
  /** An order that had left memory is needed again: something late arrived for it. */
  | { readonly type: 'order_recalled'; readonly order: Order }
  | {
      readonly type: 'orders_evicted';
      readonly orderIds: readonly OrderId[];
      readonly externalFillsBefore: TimeMs;
    };

export type PortfolioEventType = PortfolioEvent['type'];

const EVENT_TYPES: Readonly<Record<PortfolioEventType, true>> = {
  ownership_taken: true,
  clock_stepped: true,
  base_currency_set: true,
  account_opened: true,
  wallets_declared: true,
  position_mode_seen: true,
  account_reset: true,
  order_accepted: true,
  order_denied: true,
  send_attempted: true,
  send_accepted: true,
  send_refused: true,
  send_not_sent: true,
  send_unknown: true,
  stop_reached: true,
  stop_closes_now: true,
  absence_observed: true,
  absence_proven: true,
  order_given_up: true,
  working_seen: true,
  stop_trigger_seen: true,
  stop_kept: true,
  stop_released: true,
  venue_order_linked: true,
  final_seen: true,
  order_closed: true,
  fill_booked: true,
  strategy_parts_closed: true,
  strategy_books_netted: true,
  fill_parked: true,
  external_fill_seen: true,
  position_cut: true,
  position_cut_replaced: true,
  position_cut_changed: true,
  position_adopted: true,
  fills_cursor_moved: true,
  cancel_requested: true,
  external_cancel_requested: true,
  cancel_refused: true,
  order_annulled: true,
  drift_opened: true,
  drift_resolved: true,
  balances_observed: true,
  positions_observed: true,
  funding_booked: true,
  account_record_booked: true,
  account_records_read: true,
  limits_changed: true,
  trading_state_set: true,
  kill_switch_set: true,
  kill_switch_answered: true,
  request_answered: true,
  capital_moved: true,
  price_stated: true,
  fees_valued: true,
  equity_observed: true,
  setting_requested: true,
  setting_denied: true,
  setting_answered: true,
  order_recalled: true,
  orders_evicted: true,
};

/** Every type of event. */
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as [PortfolioEventType, ...PortfolioEventType[]];

export function isEventType(type: string): type is PortfolioEventType {
  return Object.hasOwn(EVENT_TYPES, type);
}

/** The orders that an event is about. */
export function orderIdsOf(event: PortfolioEvent): readonly OrderId[] {
  if ('orderId' in event) return [event.orderId];
  if (event.type === 'order_accepted' || event.type === 'order_denied') return [event.request.orderId];
  return [];
}
