/**
 * `decide`: one input, judged against the state, becomes events, effects and a reply.
 *
 * Everything that is not in the journal (time, quotes, settings, randomness) arrives inside the input; what was used
 * is recorded in the events. Replies and effects are let out only once the events are durable, but for cancels.
 */
import { areSameWallets, type WalletDeclaration } from '../balance/wallet.ts';
import type { Decimal } from '../decimal.ts';
import type {
  AccountId,
  AccountMode,
  Asset,
  InstrumentSymbol,
  OrderId,
  TimeMs,
  Venue,
  VenueClientOrderId,
  VenueOrderId,
} from '../ids.ts';
import { cancelOrder, type CancelReply } from '../order/cancel.ts';
import { noteCancelOutcome } from '../order/cancel-outcome.ts';
import { noteFills, noteIdentified, settleParkedFills, type SettingOf } from '../order/fills.ts';
import {
  filledForKeptStops,
  keepStop,
  releaseStop,
  releaseStopsOf,
  updateKeptStop,
} from '../order/kept-stops.ts';
import { noteLookUp } from '../order/look-up.ts';
import type { Order } from '../order/order.ts';
import { placeAll, placeOrder, type Placement, type PlaceReply, type Withheld } from '../order/place.ts';
import { stopsToRemember } from '../order/protection-alarms.ts';
import type { BesidePosition, KeptStop } from '../order/kept-stop-record.ts';
import { settleReplacements } from '../order/replacement.ts';
import { noteReport } from '../order/report.ts';
import { noteRestart, noteSendOutcome, retrySend } from '../order/send.ts';
import { adoptHoldings, type AdoptionReply, type AdoptionRequest } from '../position/adopt.ts';
import { compareBalances, readingOf } from '../reconcile/balances.ts';
import { cutPositions, type HoldingsReading, type SaleBounds } from '../reconcile/holdings.ts';
import { compareOpenOrders } from '../reconcile/open-orders.ts';
import { cancelOutlivedStops, type PositionReading } from '../reconcile/outlived-stops.ts';
import { comparePositions } from '../reconcile/positions.ts';
import { resolveDrift, resolveDriftOf, type DriftReply } from '../reconcile/resolve.ts';
import {
  applyFlow,
  attachAccount,
  detachAccount,
  forgetEquity,
  leaveEquity,
  type DetachReply,
  type Flow,
} from '../risk/capital.ts';
import { leaveBooks } from '../risk/leave-books.ts';
import type { StatedPrice } from '../risk/equity-record.ts';
import { statePrice, type StatedPriceReply } from '../risk/stated-price.ts';
import { netStrategyBooks, type NettingReply, type StrategyNetting } from '../risk/strategy-netting.ts';
import type { Reclassified } from '../risk/equity-record.ts';
import { reclassifyChange, type ReclassifyReply } from '../risk/unexplained.ts';
import {
  readEquity,
  resetLadder,
  type EquityReading,
  type EquityReply,
  type LadderReply,
} from '../risk/ladder.ts';
import { changeLimits, type LimitChange, type LimitReply } from '../risk/change-limits.ts';
import {
  keepReceipt,
  setKillSwitch,
  type KillSwitchChange,
  type KillSwitchReply,
} from '../risk/kill-switch.ts';
import type { KillSwitchAnswer } from '../risk/kill-switch-record.ts';
import { setTradingState, type TradingStateChange, type TradingStateReply } from '../risk/trading-state.ts';
import type { MarketContext } from '../risk/rule.ts';
import type { AccountRecord } from '../venue/account-record.ts';
import type { KindCapabilities } from '../venue/capabilities.ts';
import type { CancelOutcome, LookUpAnswer, SendOutcome } from '../venue/outcome.ts';
import type { BalanceReport, FillsCursor, OrderReport, PositionReport, VenueFill } from '../venue/report.ts';
import type { PositionMode } from '../venue/setting.ts';
import { noteAccountRecords } from './account-records.ts';
import type { AnsweredRequest } from './answered-request.ts';
import { rememberRequest, type RememberReply } from './answered-requests.ts';
import type { Draft } from './draft.ts';
import {
  notePositionMode,
  noteSettingAnswer,
  requestSetting,
  type SettingAnswered,
  type SettingReply,
  type SettingRequest,
} from './settings.ts';
import { orderOf } from './state.ts';
import { steadyTimeOf } from './steady-time.ts';

export type Input =
  | ({ readonly type: 'place_order' } & Placement)
  /** All of them or none. */
  | { readonly type: 'place_all'; readonly placements: readonly Placement[] }
  | {
      readonly type: 'cancel_order';
      readonly orderId: OrderId;
      readonly requestedBy: string;
      /** As of `cancelOrder`; left out for null. */
      readonly why?: string;
      /** Of a stop that makes room for another order: it is to be put back. */
      readonly keep?: { readonly beside: BesidePosition };
    }
  /** The fate of a stop that is to be put back. */
  | ({ readonly type: 'keep_stop' } & KeptStop)
  /** It is in its place again, or nothing is left that it would close. */
  | { readonly type: 'release_stop'; readonly orderId: OrderId }
  /** Of an order that is not ours. */
  | {
      readonly type: 'cancel_external';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly venueOrderId: VenueOrderId;
      readonly requestedBy: string;
    }
  | {
      readonly type: 'send_outcome';
      readonly orderId: OrderId;
      readonly n: number;
      readonly outcome: SendOutcome;
      readonly jitter: number;
    }
  | { readonly type: 'cancel_outcome'; readonly orderId: OrderId; readonly outcome: CancelOutcome }
  | {
      readonly type: 'look_up_answer';
      readonly orderId: OrderId;
      readonly answer: LookUpAnswer;
      readonly capabilities: KindCapabilities;
      readonly jitter: number;
    }
  | { readonly type: 'retry_due'; readonly orderId: OrderId; readonly context: MarketContext }
  | { readonly type: 'order_report'; readonly accountId: AccountId; readonly report: OrderReport }
  | {
      readonly type: 'fills';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly fills: readonly VenueFill[];
      /** Null when they came from a stream, which proves nothing about the ones before. */
      readonly cursor: FillsCursor | null;
    }
  | {
      readonly type: 'order_identified';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly venueOrderId: VenueOrderId;
      readonly venueClientOrderId: VenueClientOrderId;
    }
  | {
      readonly type: 'open_orders';
      readonly accountId: AccountId;
      readonly reports: readonly OrderReport[];
      readonly startedAt: TimeMs;
    }
  | {
      readonly type: 'balances';
      readonly accountId: AccountId;
      readonly reports: readonly BalanceReport[];
      /** Whether nothing of ours overlapped the reading. */
      readonly comparable: boolean;
      /** Of a reading that was overlapped: the differences that are confirmed, theirs less ours, by `balanceKey`. */
      readonly confirmed?: ReadonlyMap<string, Decimal>;
      /** When it was asked for, on the venue's clock; without it no move is in doubt. */
      readonly venueAskedAt?: TimeMs;
      /** Spot positions are held against it; without it they stay as they are. */
      readonly holdings?: HoldingsReading;
      /** No list of the venue names its payments for a liquidated account. */
      readonly paysUnlisted?: boolean;
    }
  | {
      readonly type: 'positions';
      readonly accountId: AccountId;
      readonly reports: readonly PositionReport[];
      /** Of a reading that trading overlapped: as of balances, by `positionKey`. Without it the reports are compared as they are. */
      readonly confirmed?: ReadonlyMap<string, Decimal>;
      /** When it was answered, on the venue's clock; without it that is now. */
      readonly venueAt?: TimeMs;
    }
  | {
      readonly type: 'account_records';
      readonly accountId: AccountId;
      readonly records: readonly AccountRecord[];
      /** The venue's clock when the reading began, and before the balances that are taken over with it were read. */
      readonly readAt: TimeMs;
    }
  | {
      readonly type: 'account';
      readonly accountId: AccountId;
      readonly venue: Venue;
      readonly mode: AccountMode;
      readonly wallets: readonly WalletDeclaration[];
      /** The simulator instance behind a paper account; null for real venues. */
      readonly instance: string | null;
    }
  /** The position mode that the venue shows for the account. */
  | { readonly type: 'position_mode'; readonly accountId: AccountId; readonly positionMode: PositionMode }
  /** The last complete readings of positions and balances, oldest first: whether stops have outlived their positions. */
  | {
      readonly type: 'position_readings';
      readonly accountId: AccountId;
      readonly readings: readonly PositionReading[];
      readonly bounds: SaleBounds;
    }
  | { readonly type: 'restarted' }
  /** The base currency that the portfolio was started with. It holds only before the first account was opened. */
  | { readonly type: 'base_currency'; readonly asset: Asset }
  /** The wall clock was set since the last decision, by `stepMs` against the monotonic clock. */
  | { readonly type: 'clock_stepped'; readonly stepMs: number }
  | ({ readonly type: 'kill_switch' } & KillSwitchChange)
  | ({ readonly type: 'kill_switch_answered' } & KillSwitchAnswer)
  /** A request that placed no order was answered. */
  | ({ readonly type: 'request_answered' } & AnsweredRequest)
  | ({ readonly type: 'change_limits' } & LimitChange)
  | ({ readonly type: 'set_trading_state' } & TradingStateChange)
  /** The portfolio's worth now; journaled when an interval is over or a peak, a day or the ladder asks for it. */
  | ({ readonly type: 'equity_reading' } & EquityReading)
  | {
      readonly type: 'reset_ladder';
      readonly mode: AccountMode;
      readonly requestedBy: string;
      readonly why: string;
    }
  /** Takes the account out of the equity of its mode, by a person, or because the portfolio has it no more. */
  | {
      readonly type: 'detach_account' | 'attach_account';
      readonly accountId: AccountId;
      readonly requestedBy: string;
      readonly why: string;
    }
  | { readonly type: 'leave_equity'; readonly accountId: AccountId }
  /** The account was removed; the last marks of what was held there, by `instrumentKey`. */
  | {
      readonly type: 'leave_books';
      readonly accountId: AccountId;
      readonly marks: ReadonlyMap<string, Decimal>;
    }
  /** A record of the venue that moved capital. */
  | ({ readonly type: 'flow' } & Flow)
  | {
      readonly type: 'reclassify_change';
      readonly changeId: string;
      readonly as: Reclassified;
      readonly requestedBy: string;
      readonly why: string;
    }
  | ({ readonly type: 'state_price' } & StatedPrice)
  | {
      readonly type: 'resolve_drift';
      readonly driftId: string;
      readonly resolution: string;
      readonly requestedBy: string;
    }
  /** Before the venue is asked for it. */
  | ({ readonly type: 'request_setting' } & SettingRequest)
  | ({ readonly type: 'setting_answered' } & SettingAnswered)
  | ({ readonly type: 'adopt_holdings' } & AdoptionRequest)
  /** Closes the parts of strategies on a net swap position that offset one another. */
  | ({ readonly type: 'net_strategy_books' } & StrategyNetting)
  | { readonly type: 'recall'; readonly order: Order }
  /** Finished orders last changed before this leave memory. */
  | { readonly type: 'evict'; readonly finishedBefore: TimeMs };

export type Reply =
  | PlaceReply
  | CancelReply
  | { readonly kind: 'unknown_order'; readonly orderId: OrderId }
  | { readonly kind: 'placed_all'; readonly replies: readonly (PlaceReply | Withheld)[] }
  | { readonly kind: 'control'; readonly outcome: ControlOutcome }
  | { readonly kind: 'kill_switch'; readonly outcome: KillSwitchReply }
  | { readonly kind: 'trading_state'; readonly outcome: TradingStateReply }
  | { readonly kind: 'setting'; readonly outcome: SettingReply }
  | { readonly kind: 'adoption'; readonly outcome: AdoptionReply }
  | ({ readonly kind: 'equity' } & EquityReply)
  | { readonly kind: 'done' };

/** The outcome of a change that a person asked for. */
export type ControlOutcome =
  | LimitReply
  | LadderReply
  | DriftReply
  | DetachReply
  | ReclassifyReply
  | StatedPriceReply
  | NettingReply
  | RememberReply;

const DONE: Reply = { kind: 'done' };

/**
 * How long executions of orders that are not ours are remembered after they were taken in, so that a repeat that is on its
 * way meanwhile is known as one. One that comes later is known from the read model, which is asked before it is decided on.
 */
const EXTERNAL_FILLS_REMEMBERED_MS = 600_000;

/**
 * Judges one input. An answer for an order that has left memory is dropped: it had been finished for longer than any
 * answer counts. Throws `BrokenAssertion` for what only a bug can lead to.
 */
export function decide(draft: Draft, input: Input, settingOf: SettingOf): Reply {
  const from = draft.events.length;
  const reply = decideOn(draft, input, settingOf);
  settleReplacements(draft, from);
  return reply;
}

function decideOn(draft: Draft, input: Input, settingOf: SettingOf): Reply {
  const { state } = draft;
  switch (input.type) {
    case 'place_order':
      return placeOrder(draft, input);
    case 'place_all':
      return { kind: 'placed_all', replies: placeAll(draft, input.placements) };
    case 'cancel_order': {
      const { orderId, requestedBy, why, keep } = input;
      const before = orderOf(state, orderId);
      if (before === undefined) return { kind: 'unknown_order', orderId };
      const reply = cancelOrder(draft, orderId, requestedBy, why, keep !== undefined);
      // A person's cancel counts whether it comes before or after the cancel that keeps the stop.
      if (keep === undefined && why === undefined) releaseStopsOf(draft, before);
      if (keep !== undefined && reply.kind !== 'already_finished' && !before.cancelRequested)
        keepStop(draft, { orderId, requestedBy, beside: keep.beside });
      return reply;
    }
    case 'keep_stop':
      updateKeptStop(draft, input);
      return DONE;
    case 'release_stop':
      releaseStop(draft, input.orderId);
      return DONE;
    case 'cancel_external': {
      const { accountId, symbol, venueOrderId, requestedBy } = input;
      draft.emit({ type: 'external_cancel_requested', accountId, symbol, venueOrderId, requestedBy });
      return DONE;
    }
    case 'send_outcome':
      if (orderOf(state, input.orderId) === undefined) return DONE;
      noteSendOutcome(draft, input.orderId, input.n, input.outcome, input.jitter, settingOf);
      return DONE;
    case 'cancel_outcome':
      if (orderOf(state, input.orderId) === undefined) return DONE;
      noteCancelOutcome(draft, input.orderId, input.outcome);
      return DONE;
    case 'look_up_answer':
      if (orderOf(state, input.orderId) === undefined) return DONE;
      noteLookUp(draft, input.orderId, input.answer, input.capabilities, input.jitter, settingOf);
      return DONE;
    case 'retry_due':
      if (orderOf(state, input.orderId) === undefined) return DONE;
      retrySend(draft, input.orderId, input.context);
      return DONE;
    case 'order_report':
      if (noteReport(draft, input.accountId, input.report))
        settleParkedFills(draft, input.accountId, input.report.symbol, settingOf);
      return DONE;
    case 'fills':
      noteFills(draft, input.accountId, input.symbol, input.fills, input.cursor, settingOf);
      return DONE;
    case 'order_identified':
      noteIdentified(
        draft,
        input.accountId,
        input.symbol,
        input.venueOrderId,
        input.venueClientOrderId,
        settingOf,
      );
      return DONE;
    case 'open_orders':
      compareOpenOrders(draft, input.accountId, input.reports, input.startedAt);
      return DONE;
    case 'balances':
      compareBalances(draft, input.accountId, input.reports, readingOf(input, draft.at));
      if (input.holdings !== undefined) cutPositions(draft, input.accountId, input.holdings);
      return DONE;
    case 'positions':
      comparePositions(draft, input.accountId, input.reports, settingOf, input.confirmed, input.venueAt);
      return DONE;
    case 'account_records':
      noteAccountRecords(draft, input.accountId, input.records, input.readAt);
      return DONE;
    case 'account':
      openAccount(draft, input);
      return DONE;
    case 'position_mode':
      notePositionMode(draft, input.accountId, input.positionMode);
      return DONE;
    case 'base_currency':
      if (state.accounts.size === 0 && state.baseCurrency !== input.asset)
        draft.emit({ type: 'base_currency_set', asset: input.asset });
      return DONE;
    case 'clock_stepped':
      draft.emit({ type: 'clock_stepped', stepMs: input.stepMs });
      return DONE;
    case 'position_readings':
      cancelOutlivedStops(draft, input.accountId, input.readings, input.bounds);
      return DONE;
    case 'restarted':
      noteRestart(draft);
      return DONE;
    case 'kill_switch':
      return { kind: 'kill_switch', outcome: setKillSwitch(draft, input) };
    case 'kill_switch_answered':
      keepReceipt(draft, input);
      return DONE;
    case 'request_answered':
      return { kind: 'control', outcome: rememberRequest(draft, input) };
    case 'change_limits':
      return { kind: 'control', outcome: changeLimits(draft, input) };
    case 'set_trading_state':
      return { kind: 'trading_state', outcome: setTradingState(draft, input) };
    case 'equity_reading':
      return { kind: 'equity', ...readEquity(draft, input) };
    case 'reset_ladder':
      return { kind: 'control', outcome: resetLadder(draft, input.mode, input.requestedBy, input.why) };
    case 'detach_account':
      return {
        kind: 'control',
        outcome: detachAccount(draft, input.accountId, input.requestedBy, input.why),
      };
    case 'attach_account':
      return {
        kind: 'control',
        outcome: attachAccount(draft, input.accountId, input.requestedBy, input.why),
      };
    case 'leave_equity':
      leaveEquity(draft, input.accountId);
      return DONE;
    case 'leave_books':
      leaveBooks(draft, input.accountId, input.marks);
      return DONE;
    case 'flow':
      applyFlow(draft, input);
      return DONE;
    case 'reclassify_change':
      return {
        kind: 'control',
        outcome: reclassifyChange(draft, input.changeId, input.as, input.requestedBy, input.why),
      };
    case 'state_price':
      return { kind: 'control', outcome: statePrice(draft, input) };
    case 'resolve_drift':
      return {
        kind: 'control',
        outcome: resolveDrift(draft, input.driftId, input.requestedBy, input.resolution),
      };
    case 'request_setting':
      return { kind: 'setting', outcome: requestSetting(draft, input) };
    case 'setting_answered':
      noteSettingAnswer(draft, input);
      return DONE;
    case 'adopt_holdings':
      return { kind: 'adoption', outcome: adoptHoldings(draft, input) };
    case 'net_strategy_books':
      return { kind: 'control', outcome: netStrategyBooks(draft, input) };
    case 'recall':
      if (orderOf(state, input.order.orderId) === undefined)
        draft.emit({ type: 'order_recalled', order: input.order });
      return DONE;
    case 'evict':
      evictFinished(draft, input.finishedBefore);
      return DONE;
  }
}

function openAccount(draft: Draft, input: Extract<Input, { type: 'account' }>): void {
  const { accountId, venue, mode, wallets, instance } = input;
  if (!draft.state.accounts.has(accountId)) draft.emit({ type: 'account_opened', accountId, venue, mode });
  const declared = draft.state.accounts.get(accountId)?.wallets;
  if (declared !== undefined && !areSameWallets(declared, wallets))
    draft.emit({ type: 'wallets_declared', accountId, wallets });
  const before = draft.state.accounts.get(accountId)?.instance ?? null;
  if (instance === null || before === instance) return;
  if (before !== null) {
    resolveDriftOf(draft, accountId, 'the simulator behind the account began anew');
    for (const orderId of Array.from(draft.state.keptStops.keys()))
      if (orderOf(draft.state, orderId)?.accountId === accountId) releaseStop(draft, orderId);
  }
  forgetEquity(draft, accountId);
  draft.emit({ type: 'account_reset', accountId, instance });
}

function evictFinished(draft: Draft, finishedBefore: TimeMs): void {
  const orderIds: OrderId[] = [];
  const remembered = new Set([...stopsToRemember(draft.state), ...filledForKeptStops(draft.state)]);
  for (const order of draft.state.finished.values())
    // An order that was finished in the future is from before the clock was set back.
    if ((order.updatedAt < finishedBefore || order.updatedAt > draft.at) && !remembered.has(order.orderId))
      orderIds.push(order.orderId);
  const externalFillsBefore = steadyTimeOf(draft.state, draft.at) - EXTERNAL_FILLS_REMEMBERED_MS;
  const [oldestExternal] = draft.state.externalFills.values();
  const forgetsSome = oldestExternal !== undefined && oldestExternal < externalFillsBefore;
  if (orderIds.length > 0 || forgetsSome)
    draft.emit({ type: 'orders_evicted', orderIds, externalFillsBefore });
}
