/**
 * Changes of an account's balances that no execution and no record of the venue explains.
 *
 * Entry points: `noteUnexplained`, `settleUnexplained`, `reclassifyChange`; `countPriced` and `awaitingExplanation` for a reading.
 *
 *  - a decrease that nothing explains is a loss of today at once. For `EXPLANATION_MS` the high end of the equity goes on
 *    holding it, since the venue's record may come later than the balance, and until a second reading shows it.
 *  - an increase that nothing explains counts for nothing.
 *  - a change that is the opposite of a transfer, or of another change of the mode, is the other side of it (transfer-sides.ts).
 *  - a record that comes later, the same amount coming back, or an administrator with a reason explains the change.
 */
import type { BalanceDelta } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { baseCurrencyOf } from './conversion.ts';
import { priceInBase, type Valuation } from './equity.ts';
import type { AccountCapital, Reclassified, UnexplainedChange } from './equity-record.ts';
import { flowKey } from './capital-changes.ts';
import { heldNote, valueOf, worthInCapital, type AssetChange } from './capital-holdings.ts';
import { isCountedLoss, worthlessNote } from './counted-loss.ts';
import { openTransferOf, oppositeChange, pairChange } from './transfer-sides.ts';
import { baselines } from './unexplained-baselines.ts';
import { equityOf } from './mode-books.ts';
import { isReadingNear, scalingNote } from './reading-times.ts';
import { middleOf } from './valuation.ts';

/** How long the high end of the equity holds a decrease that the venue may still explain. */
export const EXPLANATION_MS = 60_000;
/**
 * How long a part of a change, or more than it, may still come back. Later an opposite change is another one, unless it is the same
 * amount: a refused withdrawal comes back days later.
 */
export const RETURNED_WITHIN_MS = 600_000;
/** Digits of the part of a loss that a partial return or record takes back; rounded down, so that no more is given back than was lost. */
export const SHARE_SCALE = 18;
/** The figures of a move that moves nothing. */
export const NO_MOVE = { capital: Decimal.zero, equity: Decimal.zero, baseline: Decimal.zero };

type OwnedBy = Pick<AccountCapital, 'accountId' | 'mode'>;

/**
 * Takes in changes of an account's totals, by asset over all its wallets, that nothing explains. A change of the other
 * sign takes an earlier one back. `shownBy` says what the changes rest on: one reading, which confirms the earlier changes that are
 * left, or two of them, which confirm each other and say nothing of earlier ones. A take-over has none, whatever was due.
 */
export function noteUnexplained(
  draft: Draft,
  accountId: AccountId,
  changes: ReadonlyMap<Asset, Decimal>,
  shownBy: 'one_reading' | 'two_readings' | 'take_over',
): void {
  const { state } = draft;
  const mode = state.capitals.get(accountId)?.mode ?? state.accounts.get(accountId)?.mode;
  if (mode === undefined || state.detached.has(accountId)) return;
  const isJoined = state.capitals.has(accountId);
  const counted = { accountId, mode };
  const found = new Map(changes);
  if (shownBy !== 'two_readings')
    for (const [asset, due] of returnsDue(draft, counted))
      if (shownBy === 'one_reading') found.set(asset, (found.get(asset) ?? Decimal.zero).subtract(due));
  const left = new Map(
    [...found].map(([asset, amount]) => [asset, takeBack(draft, counted, { asset, amount }, mayReturn)]),
  );
  if (shownBy !== 'two_readings') confirmEarlier(draft, counted);
  for (const [asset, amount] of left) {
    if (amount.isZero() || (isJoined && isOtherSide(draft, counted, { asset, amount }))) continue;
    const side = { asset, amount };
    const value =
      isJoined && amount.isNegative()
        ? worthInCapital(state, accountId, side, valueOf(state, mode, side, draft.at))
        : null;
    const lost = value?.negate() ?? Decimal.zero;
    draft.emit({
      type: 'capital_moved',
      accountId,
      mode,
      cause: 'unexplained',
      capital: lost.negate(),
      equity: lost.negate(),
      baseline: Decimal.zero,
      ...(value === null ? {} : heldNote(state, accountId, side, value)),
      unexplained: {
        changeId: changeIdOf(accountId, asset, draft.at),
        accountId,
        asset,
        amount,
        lost,
        at: draft.at,
        ...worthlessNote(value),
        ...(isJoined ? equityNote(state, mode, draft.at, value, amount) : { beforeJoining: true as const }),
        ...(shownBy === 'two_readings' ? { confirmedAt: draft.at } : {}),
      },
    });
  }
}

/**
 * A record has moved a balance once more than the venue did, and a comparison finds that. Where it finds less, the rest is another change.
 * By asset, what it has to find.
 */
function returnsDue(draft: Draft, counted: OwnedBy): ReadonlyMap<Asset, Decimal> {
  const due = new Map<Asset, Decimal>();
  for (const { accountId, asset, amount, explainedBy } of draft.state.unexplained)
    if (accountId === counted.accountId && explainedBy !== undefined)
      due.set(asset, (due.get(asset) ?? Decimal.zero).subtract(amount));
  for (const { asset, amount, accountId, explainedBy } of draft.state.unexplained)
    if (accountId === counted.accountId && explainedBy !== undefined)
      takeBack(
        draft,
        counted,
        { asset, amount: amount.negate() },
        (change) => change.explainedBy === explainedBy,
      );
  return due;
}

/** Takes a change for the other side of a transfer, where there is one within the mode; whether it was. */
function isOtherSide(
  draft: Draft,
  { accountId, mode }: OwnedBy,
  side: Pick<UnexplainedChange, 'asset' | 'amount'>,
): boolean {
  const { state, at } = draft;
  const transfer = openTransferOf(state, mode, side, at);
  const opposite = transfer === undefined ? oppositeChange(state, mode, side, at, accountId) : undefined;
  if (transfer === undefined && opposite === undefined) return false;
  if (worthInCapital(state, accountId, side, valueOf(state, mode, side, at)) === null) return false;
  const changeId = changeIdOf(accountId, side.asset, at);
  if (opposite !== undefined) pairChange(draft, mode, opposite, changeId);
  const pairedWith = transfer === undefined ? (opposite?.changeId ?? '') : flowKey(transfer);
  pairChange(draft, mode, { changeId, accountId, ...side, lost: Decimal.zero, at }, pairedWith);
  return true;
}

/** The equity that a later explanation measures the change by; none of one that has no worth yet. */
function equityNote(
  state: PortfolioState,
  mode: AccountMode,
  at: TimeMs,
  lost: Decimal | null,
  amount: Decimal,
): Pick<UnexplainedChange, 'equityBefore' | 'awaitsReading'> {
  const equity = equityOf(state, mode);
  if (equity === null || (amount.isNegative() && lost?.isZero() !== false)) return {};
  return { equityBefore: equity.current, ...(isReadingNear(equity, at) ? {} : { awaitsReading: true }) };
}

function changeIdOf(accountId: AccountId, asset: Asset, at: TimeMs): string {
  return `${accountId} ${asset} ${at}`;
}

/** Takes unexplained changes back as far as they are what moves the balances now; nothing new is noted. */
export function settleUnexplained(draft: Draft, accountId: AccountId, moves: readonly BalanceDelta[]): void {
  const counted = draft.state.capitals.get(accountId);
  if (counted === undefined) return;
  for (const { asset, delta } of moves) takeBack(draft, counted, { asset, amount: delta }, () => true);
}

/**
 * The part of a movement of the wallet that comparisons since `since` have found before it is explained now: those changes are taken back,
 * and the movement is in the balance as far as they reach. A change that a record has explained is left to the next comparison.
 */
export function takeFound(
  draft: Draft,
  accountId: AccountId,
  { asset, amount }: AssetChange,
  since: TimeMs,
): Decimal {
  const mode = draft.state.accounts.get(accountId)?.mode;
  if (mode === undefined || amount.isZero()) return Decimal.zero;
  const isFound: MayReturn = ({ explainedBy, at }) => explainedBy === undefined && at >= since;
  return amount.add(takeBack(draft, { accountId, mode }, { asset, amount: amount.negate() }, isFound));
}

/** A decrease that an earlier reading found and that this one still shows. */
function confirmEarlier(draft: Draft, { accountId, mode }: OwnedBy): void {
  for (const change of draft.state.unexplained) {
    if (change.accountId !== accountId || change.confirmedAt !== undefined || !change.lost.isPositive())
      continue;
    draft.emit({
      type: 'capital_moved',
      accountId,
      mode,
      cause: 'unexplained',
      ...NO_MOVE,
      explains: change.changeId,
      unexplained: { ...change, confirmedAt: draft.at },
    });
  }
}

/** Counts flows and decreases that had no price when they came, once they have one. */
export function countPriced(draft: Draft, mode: AccountMode, valuation: Valuation): void {
  for (const change of unpricedFlows(draft.state, mode)) {
    const price = valuation.priceOf(change.asset);
    const { accountId, asset, amount, changeId, unpricedFlow } = change;
    const now = price === null ? null : amount.multiply(middleOf(price));
    const value = worthInCapital(draft.state, accountId, change, now);
    if (value === null) continue;
    draft.emit({
      type: 'capital_moved',
      accountId,
      mode,
      cause: 'flow',
      asset,
      amount,
      ...unpricedFlow,
      capital: value,
      equity: value,
      baseline: value,
      ...heldNote(draft.state, accountId, change, value),
      explains: changeId,
    });
  }
  for (const change of unpricedLosses(draft.state, mode)) {
    const price = priceInBase(valuation, baseCurrencyOf(draft.state), change.asset);
    const now = price === null ? null : change.amount.multiply(middleOf(price));
    const value = worthInCapital(draft.state, change.accountId, change, now);
    if (value === null) continue;
    const lost = value.negate();
    // The baselines of now hold what is counted now.
    const { beforeDayStart: _day, beforePeak: _peak, ...counted } = change;
    draft.emit({
      type: 'capital_moved',
      accountId: change.accountId,
      mode,
      cause: 'unexplained',
      capital: lost.negate(),
      equity: lost.negate(),
      baseline: Decimal.zero,
      ...heldNote(draft.state, change.accountId, change, value),
      explains: change.changeId,
      unexplained: { ...counted, lost, ...worthlessNote(value) },
    });
  }
}

/** The decreases that nothing explains and that have no price, so that how much was lost is not known. */
export function unpricedLosses(state: PortfolioState, mode: AccountMode): readonly UnexplainedChange[] {
  return state.unexplained.filter(
    (change) =>
      change.amount.isNegative() &&
      change.unpricedFlow === undefined &&
      awaitsWord(change) &&
      !isCountedLoss(change) &&
      state.capitals.get(change.accountId)?.mode === mode,
  );
}

/** The flows that have no price yet, so that how much capital they moved is not known. */
export function unpricedFlows(state: PortfolioState, mode: AccountMode): readonly UnexplainedChange[] {
  return state.unexplained.filter(
    ({ accountId, unpricedFlow }) =>
      unpricedFlow !== undefined && state.capitals.get(accountId)?.mode === mode,
  );
}

/** Whether a person may still say what a change was. */
export function awaitsWord(change: UnexplainedChange): boolean {
  const { beforeJoining, explainedBy, pairedWith, reclassifiedAs } = change;
  return [beforeJoining, explainedBy, pairedWith, reclassifiedAs].every((word) => word === undefined);
}

export type ReclassifyReply = { readonly kind: 'change_reclassified' } | { readonly kind: 'unknown_change' };

/**
 * Explains a change by the word of an administrator. The change is kept, since a record of it may still come: it moves nothing then. One
 * whose record was there already waits for none.
 */
export function reclassifyChange(
  draft: Draft,
  changeId: string,
  as: Reclassified,
  requestedBy: string,
  why: string,
): ReclassifyReply {
  const change = draft.state.unexplained.find((one) => one.changeId === changeId && awaitsWord(one));
  const counted = change === undefined ? undefined : draft.state.capitals.get(change.accountId);
  if (change === undefined || counted === undefined) return { kind: 'unknown_change' };
  const { accountId, asset, amount } = change;
  const { mode } = counted;
  // The worth of a decrease is a loss already; an increase has counted for nothing, and so has a change without a price.
  const value = !isCountedLoss(change)
    ? worthInCapital(draft.state, accountId, change, valueOf(draft.state, mode, change, draft.at))
    : null;
  const counts = value ?? Decimal.zero;
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'reclassified',
    capital: counts,
    equity: counts,
    ...(value === null ? {} : heldNote(draft.state, accountId, change, value)),
    ...(as === 'flow'
      ? {
          ...baselines(change, counts.subtract(change.lost), counts),
          ...scalingNote(draft.state, mode, draft.at),
        }
      : { baseline: Decimal.zero }),
    explains: changeId,
    asset,
    amount,
    kind: as,
    requestedBy,
    why,
    ...(change.unpricedFlow === undefined
      ? { unexplained: { ...change, lost: Decimal.zero, reclassifiedAs: as } }
      : {}),
  });
  return { kind: 'change_reclassified' };
}

/** The worth of the decreases that the venue may still explain, or that it has shown only once; in the base currency. */
export function awaitingExplanation(state: PortfolioState, mode: AccountMode, at: TimeMs): Decimal {
  let lost = Decimal.zero;
  for (const change of state.unexplained) {
    const isOpen = at - change.at < EXPLANATION_MS || change.confirmedAt === undefined;
    if (isOpen && state.capitals.get(change.accountId)?.mode === mode) lost = lost.add(change.lost);
  }
  return lost;
}

/** Whether `amount`, which is the other way and is seen now, may be the change that comes back. */
type MayReturn = (change: UnexplainedChange, amount: Decimal, at: TimeMs) => boolean;

/** A record has moved the balance once more than the venue did: that comes back at any time, and in parts. */
const mayReturn: MayReturn = (change, amount, at) =>
  change.explainedBy !== undefined ||
  change.amount.negate().equals(amount) ||
  at - change.at <= RETURNED_WITHIN_MS;

/** Takes earlier changes of the other sign back, oldest first, as far as `amount` reaches; what is left of it. */
function takeBack(
  draft: Draft,
  { accountId, mode }: OwnedBy,
  { asset, amount }: AssetChange,
  isReturn: MayReturn,
): Decimal {
  let left = amount;
  const isJoined = draft.state.capitals.has(accountId);
  // Of a record that has moved the balance once more the return is certain.
  const { unexplained } = draft.state;
  const inOrder = [
    ...unexplained.filter(({ explainedBy }) => explainedBy !== undefined),
    ...unexplained.filter(({ explainedBy }) => explainedBy === undefined),
  ];
  for (const change of inOrder) {
    if (left.isZero()) break;
    if (change.accountId !== accountId || change.asset !== asset) continue;
    if (change.unpricedFlow !== undefined) continue;
    const isSettled = change.pairedWith !== undefined || change.reclassifiedAs !== undefined;
    if (isSettled && change.explainedBy === undefined) continue;
    // An account keeps what it brought in: a later change is another one, unless it undoes what a record moved twice.
    if (isJoined && change.beforeJoining === true && change.explainedBy === undefined) continue;
    if (change.amount.isNegative() === left.isNegative() || !isReturn(change, left, draft.at)) continue;
    const part = left.abs().min(change.amount.abs());
    const isWhole = part.equals(change.amount.abs());
    const returned = isWhole
      ? change.lost
      : change.lost.multiply(part).divide(change.amount.abs(), SHARE_SCALE, 'down');
    const signed = left.isNegative() ? part.negate() : part;
    draft.emit({
      type: 'capital_moved',
      accountId,
      mode,
      cause: 'returned',
      capital: returned,
      equity: returned,
      ...baselines(change, Decimal.zero, returned),
      ...(isCountedLoss(change) ? heldNote(draft.state, accountId, { asset, amount: signed }, returned) : {}),
      asset,
      amount: signed,
      explains: change.changeId,
      ...(isWhole ? {} : { unexplained: lessOf(change, signed, returned) }),
    });
    left = left.subtract(signed);
  }
  return left;
}

function lessOf(change: UnexplainedChange, returned: Decimal, lost: Decimal): UnexplainedChange {
  return { ...change, amount: change.amount.add(returned), lost: change.lost.subtract(lost) };
}
