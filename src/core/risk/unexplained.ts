/**
 * Changes of an account's balances that no execution and no record of the venue explains.
 *
 * Entry points: `noteUnexplained`, `settleUnexplained`, `reclassifyChange`; `countPriced` and `awaitingExplanation` for a reading.
 *
 *  - a decrease that nothing explains is a loss of today at once. For `EXPLANATION_MS` the high end of the equity goes on
 *    holding it, since the venue's record may come later than the balance, and until a second reading shows it.
 *  - an increase that nothing explains counts for nothing.
 *  - a record that comes later, the same amount coming back, or an administrator with a reason explains the change.
 */
import type { BalanceDelta } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { CapitalMoved } from '../portfolio/events.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { baseCurrencyOf } from './conversion.ts';
import { priceInBase, type Valuation } from './equity.ts';
import type { AccountCapital, UnexplainedChange } from './equity-record.ts';
import { equityOf } from './mode-books.ts';
import { middleOf } from './valuation.ts';

/** How long the high end of the equity holds a decrease that the venue may still explain. */
export const EXPLANATION_MS = 60_000;
/** Digits of the part of a loss that a partial return takes back; rounded down, so that no more is given back than was lost. */
const SHARE_SCALE = 18;
/** The figures of a move that moves nothing. */
export const NO_MOVE = { capital: Decimal.zero, equity: Decimal.zero, baseline: Decimal.zero };

type OwnedBy = Pick<AccountCapital, 'accountId' | 'mode'>;

/**
 * Takes in changes of an account's totals, by asset over all its wallets, that nothing explains. A change of the other
 * sign takes an earlier one back. `shownBy` says what the changes rest on: one reading, which confirms the earlier changes that are
 * left, or two of them, which confirm each other and say nothing of earlier ones.
 */
export function noteUnexplained(
  draft: Draft,
  accountId: AccountId,
  changes: ReadonlyMap<Asset, Decimal>,
  shownBy: 'one_reading' | 'two_readings',
): void {
  const { state } = draft;
  const mode = state.capitals.get(accountId)?.mode ?? state.accounts.get(accountId)?.mode;
  if (mode === undefined || state.detached.has(accountId)) return;
  const isJoined = state.capitals.has(accountId);
  const counted = { accountId, mode };
  const left = new Map(
    [...changes].map(([asset, amount]) => [asset, takeBack(draft, counted, asset, amount)]),
  );
  if (shownBy === 'one_reading') confirmEarlier(draft, counted);
  for (const [asset, amount] of left) {
    if (amount.isZero()) continue;
    const value = isJoined && amount.isNegative() ? valueOf(state, mode, asset, amount) : null;
    const lost = value?.negate() ?? Decimal.zero;
    draft.emit({
      type: 'capital_moved',
      accountId,
      mode,
      cause: 'unexplained',
      capital: lost.negate(),
      equity: lost.negate(),
      baseline: Decimal.zero,
      unexplained: {
        changeId: `${accountId} ${asset} ${draft.at}`,
        accountId,
        asset,
        amount,
        lost,
        at: draft.at,
        ...(isJoined ? {} : { beforeJoining: true as const }),
        ...(shownBy === 'two_readings' ? { confirmedAt: draft.at } : {}),
      },
    });
  }
}

/** Takes unexplained changes back as far as they are what moves the balances now; nothing new is noted. */
export function settleUnexplained(draft: Draft, accountId: AccountId, moves: readonly BalanceDelta[]): void {
  const counted = draft.state.capitals.get(accountId);
  if (counted === undefined) return;
  for (const { asset, delta } of moves) takeBack(draft, counted, asset, delta);
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
    if (price === null) continue;
    const value = change.amount.multiply(middleOf(price));
    const { accountId, asset, amount, changeId, unpricedFlow } = change;
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
      explains: changeId,
    });
  }
  for (const change of unpricedLosses(draft.state, mode)) {
    const price = priceInBase(valuation, baseCurrencyOf(draft.state), change.asset);
    if (price === null) continue;
    const lost = change.amount.negate().multiply(middleOf(price));
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
      explains: change.changeId,
      unexplained: { ...counted, lost },
    });
  }
}

/** The decreases that nothing explains and that have no price, so that how much was lost is not known. */
export function unpricedLosses(state: PortfolioState, mode: AccountMode): readonly UnexplainedChange[] {
  return state.unexplained.filter(
    ({ accountId, amount, beforeJoining, lost, explainedBy, unpricedFlow }) =>
      amount.isNegative() &&
      beforeJoining === undefined &&
      lost.isZero() &&
      explainedBy === undefined &&
      unpricedFlow === undefined &&
      state.capitals.get(accountId)?.mode === mode,
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
export function awaitsWord({ beforeJoining, explainedBy }: UnexplainedChange): boolean {
  return explainedBy === undefined && beforeJoining === undefined;
}

export type ReclassifyReply = { readonly kind: 'change_reclassified' } | { readonly kind: 'unknown_change' };

/** The meaning that a person gives a change: capital that came in or went out, or a result of trading. */
export type Reclassified = 'flow' | 'result';

/** Explains a change by the word of an administrator. */
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
  const counts = change.lost.isZero()
    ? (valueOf(draft.state, mode, asset, amount) ?? Decimal.zero)
    : Decimal.zero;
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'reclassified',
    capital: counts,
    equity: counts,
    ...(as === 'flow' ? baselines(change, counts.subtract(change.lost), counts) : { baseline: Decimal.zero }),
    explains: changeId,
    asset,
    amount,
    kind: as,
    requestedBy,
    why,
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

/** Takes earlier changes of the other sign back, oldest first, as far as `amount` reaches; what is left of it. */
function takeBack(draft: Draft, { accountId, mode }: OwnedBy, asset: Asset, amount: Decimal): Decimal {
  let left = amount;
  const isJoined = draft.state.capitals.has(accountId);
  for (const change of draft.state.unexplained) {
    if (left.isZero()) break;
    if (change.accountId !== accountId || change.asset !== asset) continue;
    if (change.unpricedFlow !== undefined) continue;
    // An account keeps what it brought in: a later change is another one, unless it undoes what a record moved twice.
    if (isJoined && change.beforeJoining === true && change.explainedBy === undefined) continue;
    if (change.amount.isNegative() === left.isNegative()) continue;
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
      asset,
      amount: signed,
      explains: change.changeId,
      ...(isWhole ? {} : { unexplained: lessOf(change, signed, returned) }),
    });
    left = left.subtract(signed);
  }
  return left;
}

/**
 * How a change that is explained moves the baselines: one from before its loss as `holding` says, and one that was taken after it,
 * in a later day or by a reset, as `after` says, since it holds no part of that loss.
 */
export function baselines(
  change: UnexplainedChange | undefined,
  holding: Decimal,
  after: Decimal,
): Pick<CapitalMoved, 'baseline' | 'dayBaseline'> {
  const baseline = change?.beforePeak === true ? after : holding;
  const dayBaseline = change?.beforeDayStart === true ? after : holding;
  return { baseline, ...(dayBaseline.equals(baseline) ? {} : { dayBaseline }) };
}

function lessOf(change: UnexplainedChange, returned: Decimal, lost: Decimal): UnexplainedChange {
  return { ...change, amount: change.amount.add(returned), lost: change.lost.subtract(lost) };
}

/** Units of the base currency; null where no market has priced the asset. */
export function valueOf(
  state: PortfolioState,
  mode: AccountMode,
  asset: Asset,
  amount: Decimal,
): Decimal | null {
  if (asset === baseCurrencyOf(state)) return amount;
  const kept = equityOf(state, mode)?.prices.find(({ key }) => key === asset);
  return kept === undefined ? null : kept.price.multiply(amount);
}
