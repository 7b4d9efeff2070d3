/** The state of a portfolio as it is written down: the maps as lists, since keys are made again from the values. */
import type { Balance } from '../balance/balance.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
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
import type { KillSwitch, KillSwitchAnswer } from '../risk/kill-switch-record.ts';
import type { LadderState } from '../risk/ladder-step.ts';
import type { StoredLimits } from '../risk/limit-scopes.ts';
import type { SetLimits } from '../risk/limits.ts';
import type { StrategyBook } from '../risk/strategy-book-record.ts';
import type { StoredTradingState } from '../risk/trading-state-record.ts';
import type { FillsCursor } from '../venue/report.ts';
import type { AccountBooks, AccountResult, RecordsRead } from './account-books.ts';
import type { OpenSetting } from './open-settings.ts';
import type { ParkedFill } from './state.ts';

interface KeyedDayStart extends PositionDayStart {
  readonly key: string;
}

interface ModeEquity {
  readonly mode: AccountMode;
  readonly record: EquityRecord | null;
  readonly standing: LadderState | null;
}

/** The maps of the state as lists: keys are made again from what is in the values. */
export interface SnapshotRecord {
  readonly accounts: readonly AccountBooks[];
  /** Finished ones too; in the order in which the maps hold them. */
  readonly orders: readonly Order[];
  readonly positions: readonly Position[];
  readonly balances: readonly Balance[];
  readonly fillsCursors: readonly { readonly key: string; readonly cursor: FillsCursor }[];
  readonly parkedFills: readonly ParkedFill[];
  readonly externalFills: readonly { readonly key: string; readonly at: TimeMs }[];
  /** Account records; the name is from when funding was the only kind. */
  readonly fundingSeen: readonly { readonly key: string; readonly at: TimeMs }[];
  /** Left out while there are none. */
  readonly recordsRead?: readonly (RecordsRead & { readonly accountId: AccountId })[];
  readonly accountResults?: readonly AccountResult[];
  readonly drift: readonly DriftCase[];
  /** Snapshots from before there were scopes have `limits` of the portfolio instead. */
  readonly storedLimits?: readonly StoredLimits[];
  readonly limits?: SetLimits;
  /** Snapshots from before they were kept have none: those days begin with the next change. */
  readonly dayStarts?: readonly KeyedDayStart[];
  readonly killSwitch: KillSwitch;
  /** Snapshots from before they were kept have none. */
  readonly killSwitchKeys?: readonly { readonly key: string; readonly contentHash: string }[];
  readonly adoptionKeys?: readonly { readonly key: string; readonly contentHash: string }[];
  readonly killSwitchReceipts?: readonly KillSwitchAnswer[];
  readonly openSettings?: readonly OpenSetting[];
  /** As earlier releases kept them: over all modes together. */
  readonly equityRecord: EquityRecord | null;
  readonly ladder: LadderState;
  /** Left out while there are none, as are those below: snapshots of earlier releases have none. */
  readonly modes?: readonly ModeEquity[];
  readonly capitals?: readonly AccountCapital[];
  readonly detached?: readonly DetachedAccount[];
  readonly unexplained?: readonly UnexplainedChange[];
  readonly openTransfers?: readonly OneSidedTransfer[];
  readonly flowsSeen?: readonly { readonly key: string; readonly at: TimeMs }[];
  readonly keptStops?: readonly KeptStop[];
  readonly assetMoves?: readonly (KeptMoves & { readonly key: string })[];
  readonly recentAcceptances: readonly TimeMs[];
  /** Left out while there are none. */
  readonly acceptancesOfMode?: readonly { readonly mode: AccountMode; readonly times: readonly TimeMs[] }[];
  /** Left out while the clock was never set. */
  readonly clockStepsMs?: number;
  /** Left out for USDT where nobody ever set it. */
  readonly baseCurrency?: Asset;
  /** Both are left out while there are none. */
  readonly tradingStates?: readonly StoredTradingState[];
  readonly strategyBooks?: readonly StrategyBook[];
  readonly strategyResultsForgottenAt?: TimeMs;
}
