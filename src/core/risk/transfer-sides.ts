/**
 * Transfers of which one side alone has a record: the other one is seen as a change of a balance, in another wallet or account of the
 * same mode. Both sides are flows then, and neither is a loss.
 *
 * Entry points: `openTransferOf` and `oppositeChange` find the other side, `pairChange` makes a flow of a change.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { TRANSFER_SIDES_MS } from './capital-changes.ts';
import { isCountedLoss } from './counted-loss.ts';
import { heldNote, valueOf, worthInCapital } from './capital-holdings.ts';
import type { OneSidedTransfer, UnexplainedChange } from './equity-record.ts';
import { scalingNote } from './reading-times.ts';
import { baselines } from './unexplained-baselines.ts';

/** One side of what may be a transfer. */
interface Side {
  readonly asset: Asset;
  /** Base units; negative for what left. */
  readonly amount: Decimal;
}

/** The transfer of the mode that has a record for the opposite side alone. */
export function openTransferOf(
  state: PortfolioState,
  mode: AccountMode,
  { asset, amount }: Side,
  at: TimeMs,
): OneSidedTransfer | undefined {
  return state.openTransfers.find(
    (transfer) =>
      transfer.asset === asset &&
      transfer.amount.equals(amount.negate()) &&
      isNear(transfer.at, at) &&
      state.capitals.get(transfer.accountId)?.mode === mode,
  );
}

/** The change of a balance in the mode that nothing has explained and that is the opposite of `side`; of `except` none. */
export function oppositeChange(
  state: PortfolioState,
  mode: AccountMode,
  { asset, amount }: Side,
  at: TimeMs,
  except: AccountId | null,
): UnexplainedChange | undefined {
  return state.unexplained.find(
    (change) =>
      change.accountId !== except &&
      change.asset === asset &&
      change.amount.equals(amount.negate()) &&
      isNear(change.at, at) &&
      change.explainedBy === undefined &&
      change.pairedWith === undefined &&
      change.reclassifiedAs === undefined &&
      change.unpricedFlow === undefined &&
      change.beforeJoining === undefined &&
      // A decrease without a price: how much it moves is not known.
      !(change.amount.isNegative() && !isCountedLoss(change)) &&
      state.capitals.get(change.accountId)?.mode === mode,
  );
}

/** Times that lie ahead are of before the clock was set back. */
function isNear(before: TimeMs, at: TimeMs): boolean {
  return at - before <= TRANSFER_SIDES_MS;
}

/** Makes a change of a balance one side of the transfer `pairedWith`: a flow, and its loss is none any more. */
export function pairChange(
  draft: Draft,
  mode: AccountMode,
  change: UnexplainedChange,
  pairedWith: string,
): void {
  const { state } = draft;
  const { accountId, lost } = change;
  const value = !isCountedLoss(change)
    ? worthInCapital(state, accountId, change, valueOf(state, mode, change, draft.at))
    : null;
  const worth = value ?? Decimal.zero;
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'flow',
    asset: change.asset,
    amount: change.amount,
    kind: 'transfer',
    capital: worth,
    equity: worth,
    ...baselines(change, worth.subtract(lost), worth),
    ...scalingNote(state, mode, draft.at),
    ...(value === null ? {} : heldNote(state, accountId, change, value)),
    pairs: pairedWith,
    explains: change.changeId,
    // Kept, since a record of this side may still come: it moves nothing then.
    unexplained: { ...change, lost: Decimal.zero, pairedWith },
  });
}
