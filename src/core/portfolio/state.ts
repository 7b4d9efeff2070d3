/**
 * The state of one portfolio: what its events fold into, and nothing else.
 *
 * `evolve` is the only writer. The maps are folded in place, because a portfolio may hold thousands of live orders;
 * the values in them are never changed, only replaced. An undo means folding the journal again.
 */
import type { Balance } from '../balance/balance.ts';
import { SEPARATE_WALLETS, type WalletDeclaration } from '../balance/wallet.ts';
import type {
  AccountId,
  AccountMode,
  Asset,
  InstrumentSymbol,
  OrderId,
  TimeMs,
  VenueClientOrderId,
  VenueOrderId,
} from '../ids.ts';
import type { KeptStop } from '../order/kept-stop-record.ts';
import type { Order } from '../order/order.ts';
import type { KeptMoves } from '../position/asset-moves.ts';
import type { Position } from '../position/position.ts';
import type { DriftCase } from '../reconcile/drift.ts';
import type {
  AccountCapital,
  DetachedAccount,
  EquityRecord,
  OneSidedTransfer,
  PositionDayStart,
  UnexplainedChange,
} from '../risk/equity-record.ts';
import type { KillSwitch } from '../risk/kill-switch-record.ts';
import type { LadderState } from '../risk/ladder-step.ts';
import type { StoredLimits } from '../risk/limit-scopes.ts';
import type { StrategyBook } from '../risk/strategy-book-record.ts';
import type { StoredTradingState } from '../risk/trading-state-record.ts';
import type { FillsCursor, VenueFill } from '../venue/report.ts';
import type { PositionMode } from '../venue/setting.ts';
import type { AccountBooks, AccountResult, RecordsRead } from './account-books.ts';
import { venueClientOrderKey, venueOrderKey } from './keys.ts';
import type { OpenSetting } from './open-settings.ts';

/** How many of the last acceptances can be counted for the order rate, at least. */
export const COUNTED_ACCEPTANCES = 1_000;

export interface ParkedFill {
  readonly accountId: AccountId;
  readonly fill: VenueFill;
  /** Stops that cannot be its owner: they still waited for their trigger after it. */
  readonly ruledOut: readonly OrderId[];
}

export interface PortfolioState {
  readonly accounts: Map<AccountId, AccountBooks>;
  /** Orders of which something is still expected. */
  readonly unfinished: Map<OrderId, Order>;
  /** Finished orders that something late may still arrive for. */
  readonly finished: Map<OrderId, Order>;
  readonly byVenueClientOrderId: Map<string, OrderId>;
  readonly byVenueOrderId: Map<string, OrderId>;
  readonly byIdempotencyKey: Map<string, OrderId>;
  /** By `positionKey`. */
  readonly positions: Map<string, Position>;
  /** By `balanceKey`. */
  readonly balances: Map<string, Balance>;
  readonly fillsCursors: Map<string, FillsCursor>;
  readonly parkedFills: Map<string, ParkedFill>;
  /** The steady times at which executions of orders that are not ours were taken in, by key, in that order, so that each is reported once. */
  readonly externalFills: Map<string, TimeMs>;
  /** The last moves of assets besides executions of our orders, by `assetKey`, in the venue's order; bounded (position/asset-moves.ts). */
  readonly assetMoves: Map<string, KeptMoves>;
  /** Account records that have been booked, by `recordKey`, with their times; what can be listed no more is left out. */
  readonly recordsSeen: Map<string, TimeMs>;
  readonly recordsRead: Map<AccountId, RecordsRead>;
  /** Gains and losses by account records that belong to no position, by `accountResultKey`. */
  readonly accountResults: Map<string, AccountResult>;
  readonly drift: Map<string, DriftCase>;
  /** Limits that people have set, by `scopeKey`. */
  readonly storedLimits: Map<string, StoredLimits>;
  /** Trading states that people have set, by `scopeKey`. */
  readonly tradingStates: Map<string, StoredTradingState>;
  /** By `strategyKey`, the longest unused first. */
  readonly strategyBooks: Map<string, StrategyBook>;
  /** When a book last left with results of its day; null for never. */
  strategyResultsForgottenAt: TimeMs | null;
  /** By `positionKey`: where the day's results of a position begin. */
  readonly dayStarts: Map<string, PositionDayStart>;
  /** The currency that limits, exposure and results are given in; null: USDT. */
  baseCurrency: Asset | null;
  killSwitch: KillSwitch;
  /** Content hashes of the latest requests that set it, by their keys; the oldest go first. */
  readonly killSwitchKeys: Map<string, string>;
  /** Stops that were canceled to make room and are to be in the market again. */
  readonly keptStops: Map<OrderId, KeptStop>;
  /** Content hashes of the latest adoptions, by their keys; the oldest go first. */
  readonly adoptionKeys: Map<string, string>;
  /** The receipts of the latest of those requests, by their keys, as JSON text; bounded (risk/kill-switch-record.ts). */
  readonly killSwitchReceipts: Map<string, string>;
  /** Settings that were asked of venues and not answered yet, oldest first. */
  openSettings: readonly OpenSetting[];
  /** The last reading of each mode (risk/mode-books.ts answers for a mode). */
  readonly equity: Map<AccountMode, EquityRecord>;
  readonly ladder: Map<AccountMode, LadderState>;
  /** As earlier releases kept them, over all modes together; null once a mode has its own. */
  formerEquity: EquityRecord | null;
  formerLadder: LadderState | null;
  /** The accounts that count in the equity of their mode. */
  readonly capitals: Map<AccountId, AccountCapital>;
  readonly detached: Map<AccountId, DetachedAccount>;
  /** Oldest first, bounded. */
  unexplained: readonly UnexplainedChange[];
  /** Transfers of which one side has been seen, oldest first, bounded. */
  openTransfers: readonly OneSidedTransfer[];
  /** When records of the venue that moved capital were taken in, by account and id; bounded. */
  readonly flowsSeen: Map<string, TimeMs>;
  /**
   * Steady times (steady-time.ts) of the last acceptances, oldest first, bounded; for the order rate. Those from while the accounts
   * were all of one mode, and all of earlier releases: they count for every mode.
   */
  recentAcceptances: TimeMs[];
  /** As above, by mode: those from while there were several modes, each for its own alone. */
  readonly acceptancesOfMode: Map<AccountMode, TimeMs[]>;
  /** By how much the wall clock was set since the first record: positive for ahead. */
  clockStepsMs: number;
}

export function initialState(): PortfolioState {
  return {
    accounts: new Map(),
    unfinished: new Map(),
    finished: new Map(),
    byVenueClientOrderId: new Map(),
    byVenueOrderId: new Map(),
    byIdempotencyKey: new Map(),
    positions: new Map(),
    balances: new Map(),
    fillsCursors: new Map(),
    parkedFills: new Map(),
    externalFills: new Map(),
    assetMoves: new Map(),
    recordsSeen: new Map(),
    recordsRead: new Map(),
    accountResults: new Map(),
    drift: new Map(),
    storedLimits: new Map(),
    tradingStates: new Map(),
    strategyBooks: new Map(),
    strategyResultsForgottenAt: null,
    dayStarts: new Map(),
    baseCurrency: null,
    killSwitch: { engaged: false, requestedBy: '', why: '', at: 0 },
    killSwitchKeys: new Map(),
    adoptionKeys: new Map(),
    keptStops: new Map(),
    killSwitchReceipts: new Map(),
    openSettings: [],
    equity: new Map(),
    ladder: new Map(),
    formerEquity: null,
    formerLadder: null,
    capitals: new Map(),
    detached: new Map(),
    unexplained: [],
    openTransfers: [],
    flowsSeen: new Map(),
    recentAcceptances: [],
    acceptancesOfMode: new Map(),
    clockStepsMs: 0,
  };
}

export function orderOf(state: PortfolioState, orderId: OrderId): Order | undefined {
  return state.unfinished.get(orderId) ?? state.finished.get(orderId);
}

/** The position mode of an account; one-way until the venue has shown another. */
export function positionModeOf(state: PortfolioState, account: AccountId): PositionMode {
  return state.accounts.get(account)?.positionMode ?? 'one_way';
}

/** The wallets of an account; spot and swaps apart until it has declared others. */
export function walletsOf(state: PortfolioState, account: AccountId): readonly WalletDeclaration[] {
  return state.accounts.get(account)?.wallets ?? SEPARATE_WALLETS;
}

/**
 * The order that a venue's report or execution belongs to, by either id. Our own id is looked up first: it is random and never
 * given twice, while venues have been seen to count theirs anew.
 */
export function findByVenueIds(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  venueOrderId: VenueOrderId | null,
  venueClientOrderId: VenueClientOrderId | null,
): Order | undefined {
  const byOurId =
    venueClientOrderId === null
      ? undefined
      : state.byVenueClientOrderId.get(venueClientOrderKey(account, venueClientOrderId));
  const found =
    byOurId ??
    (venueOrderId === null
      ? undefined
      : state.byVenueOrderId.get(venueOrderKey(account, symbol, venueOrderId)));
  return found === undefined ? undefined : orderOf(state, found);
}
