/**
 * Capital: what moves the equity of a mode outside trading.
 *
 * Entry points: `joinEquity`, `leaveEquity`, `detachAccount`, `attachAccount`, `applyFlow`, `noteUnexplained`, `reclassifyChange`;
 * capital-changes.ts folds.
 *
 * An account joins with what it is worth once both its balances and its positions are known: losses from before are part of
 * what it brings in. From then on a record of the venue with an id moves its capital, and nothing else does:
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
import { priceInBase, tradingResult, type Valuation } from './equity.ts';
import type { AccountCapital, EquityRecord, UnexplainedChange } from './equity-record.ts';
import { flowKey } from './capital-changes.ts';
import { equityOf, hasJoinedAccount } from './mode-books.ts';
import { EQUITY_HAIRCUT, middleOf, priceInterval } from './valuation.ts';

/** How long the high end of the equity holds a decrease that the venue may still explain. */
export const EXPLANATION_MS = 60_000;
/** Digits of the part of a loss that a partial return takes back; rounded down, so that no more is given back than was lost. */
const SHARE_SCALE = 18;

/** A record of the venue that moves capital in or out of an account: a deposit, a withdrawal, a transfer. */
export interface Flow {
  readonly accountId: AccountId;
  /** The venue's id of the record, unique for the account. */
  readonly recordId: string;
  readonly asset: Asset;
  /** Base units of the asset; negative for what leaves. */
  readonly amount: Decimal;
  /** The venue's word for it, to show. */
  readonly kind: string;
  /** When the venue booked it. */
  readonly at: TimeMs;
  /** The same where `at` is a later time, from which the record counts. */
  readonly bookedAt?: TimeMs;
}

type OwnedBy = Pick<AccountCapital, 'accountId' | 'mode'>;

const NOTHING = { capital: Decimal.zero, equity: Decimal.zero, baseline: Decimal.zero };

/** The prices that a mode's last reading rests on, as they lie at `at`. */
export function keptValuation(state: PortfolioState, mode: AccountMode, at: TimeMs): Valuation {
  const kept = new Map(equityOf(state, mode)?.prices.map((price) => [price.key, price]));
  return {
    priceOf: (key) => {
      const price = kept.get(key);
      return price === undefined ? null : priceInterval(price, at, EQUITY_HAIRCUT);
    },
  };
}

/** The equity of one account at the prices of the last reading; null for one that does not count. */
export function accountEquityOf(state: PortfolioState, accountId: AccountId, at: TimeMs): Decimal | null {
  const counted = state.capitals.get(accountId);
  return counted === undefined
    ? null
    : counted.capital.add(accountPnl(state, accountId, keptValuation(state, counted.mode, at)));
}

/** Takes the account into the equity of its mode with what it is worth now. Call once its balances and positions are known. */
export function joinEquity(
  draft: Draft,
  accountId: AccountId,
  mode: AccountMode,
  valuation: Valuation,
): void {
  const { state } = draft;
  const pnl = accountPnl(state, accountId, valuation);
  const equity = worthOf(state, accountId, valuation);
  const capital = equity.subtract(pnl);
  const former = equityOf(state, mode);
  // The record of an earlier release is of all accounts together: the first one that joins takes its place.
  const replaces = former !== null && !hasJoinedAccount(state, mode);
  const standing = replaces ? standingOf(former, state, mode, valuation) : Decimal.zero;
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'joined',
    capital,
    equity: replaces ? equity.subtract(former.current) : equity,
    baseline: equity.subtract(standing),
  });
}

/** Takes an account that the portfolio has no more, or whose books go, out of the equity. Does nothing for one that does not count. */
export function leaveEquity(draft: Draft, accountId: AccountId): void {
  emitLeaving(draft, accountId, { cause: 'left' });
}

export type DetachReply =
  | { readonly kind: 'account_detached' | 'account_attached' | 'already_so' }
  | { readonly kind: 'unknown_account' };

/** Takes an account out of the equity until it is attached again, so that readings go on without it. */
export function detachAccount(
  draft: Draft,
  accountId: AccountId,
  requestedBy: string,
  why: string,
): DetachReply {
  const account = draft.state.accounts.get(accountId);
  if (account === undefined) return { kind: 'unknown_account' };
  if (draft.state.detached.has(accountId)) return { kind: 'already_so' };
  const note = { cause: 'detached', requestedBy, why } as const;
  if (draft.state.capitals.has(accountId)) emitLeaving(draft, accountId, note);
  else draft.emit({ type: 'capital_moved', accountId, mode: account.mode, ...note, ...NOTHING });
  return { kind: 'account_detached' };
}

/** Lets a detached account join again once its balances and positions are known. */
export function attachAccount(
  draft: Draft,
  accountId: AccountId,
  requestedBy: string,
  why: string,
): DetachReply {
  const account = draft.state.accounts.get(accountId);
  if (account === undefined) return { kind: 'unknown_account' };
  if (!draft.state.detached.has(accountId)) return { kind: 'already_so' };
  const { mode } = account;
  draft.emit({ type: 'capital_moved', accountId, mode, cause: 'attached', requestedBy, why, ...NOTHING });
  return { kind: 'account_attached' };
}

/**
 * Moves capital by a record of the venue. One that was seen before does nothing, nor does one from before the account joined:
 * it is part of what the account brought in. A decrease that was taken for a loss is none any more.
 */
export function applyFlow(draft: Draft, flow: Flow): void {
  const { state } = draft;
  const { accountId, recordId, asset, amount } = flow;
  const counted = state.capitals.get(accountId);
  const mode = counted?.mode ?? state.accounts.get(accountId)?.mode;
  if (mode === undefined || state.flowsSeen.has(flowKey(flow))) return;
  const joinedAt = counted?.joinedAt ?? null;
  if (joinedAt !== null && flow.at < joinedAt) return;
  const isOfBefore = joinedAt === null || (flow.bookedAt ?? flow.at) < joinedAt;
  const note = { accountId, mode, cause: 'flow', asset, amount, recordId, kind: flow.kind } as const;
  const explained = state.unexplained.find(
    (change) =>
      change.accountId === accountId &&
      change.asset === asset &&
      change.amount.equals(amount) &&
      change.explainedBy === undefined &&
      change.unpricedFlow === undefined &&
      (change.beforeJoining !== true || isOfBefore),
  );
  if (joinedAt === null && explained === undefined) return;
  const lost = explained?.lost ?? Decimal.zero;
  const isCountedAlready = lost.isPositive() || explained?.beforeJoining === true;
  const worth = isCountedAlready ? Decimal.zero : valueOf(state, mode, asset, amount);
  const value = worth ?? Decimal.zero;
  draft.emit({
    type: 'capital_moved',
    ...note,
    capital: value,
    equity: value,
    ...baselines(equityOf(state, mode), explained, value.subtract(lost), value),
    // Kept, because the record moves the balance once more, and the next comparison finds that it went too far.
    ...(explained === undefined
      ? {}
      : {
          explains: explained.changeId,
          unexplained: { ...explained, lost: Decimal.zero, explainedBy: recordId },
        }),
  });
  if (worth !== null) return;
  draft.emit({
    type: 'capital_moved',
    ...note,
    ...NOTHING,
    unexplained: {
      changeId: `${accountId} ${asset} ${recordId}`,
      accountId,
      asset,
      amount,
      lost: Decimal.zero,
      at: draft.at,
      unpricedFlow: { recordId, kind: flow.kind },
    },
  });
}

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
        ...sinceOf(equityOf(state, mode)),
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
      ...NOTHING,
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
    draft.emit({
      type: 'capital_moved',
      accountId: change.accountId,
      mode,
      cause: 'unexplained',
      capital: lost.negate(),
      equity: lost.negate(),
      baseline: Decimal.zero,
      explains: change.changeId,
      unexplained: { ...change, lost, ...sinceOf(equityOf(draft.state, mode)) },
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
    ...(as === 'flow'
      ? baselines(equityOf(draft.state, mode), change, counts.subtract(change.lost), counts)
      : { baseline: Decimal.zero }),
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

function emitLeaving(
  draft: Draft,
  accountId: AccountId,
  note: Pick<CapitalMoved, 'cause' | 'requestedBy' | 'why'>,
): void {
  const counted = draft.state.capitals.get(accountId);
  const equity = accountEquityOf(draft.state, accountId, draft.at)?.negate();
  if (counted === undefined || equity === undefined) return;
  const { mode, capital } = counted;
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    ...note,
    capital: capital.negate(),
    equity,
    baseline: equity,
  });
}

/** Takes earlier changes of the other sign back, oldest first, as far as `amount` reaches; what is left of it. */
function takeBack(draft: Draft, { accountId, mode }: OwnedBy, asset: Asset, amount: Decimal): Decimal {
  let left = amount;
  const isJoined = draft.state.capitals.has(accountId);
  for (const change of draft.state.unexplained) {
    if (left.isZero()) break;
    if (change.accountId !== accountId || change.asset !== asset) continue;
    if (change.unpricedFlow !== undefined) continue;
    // What an account brought in stays its own: a later change is another one, unless it undoes what a record moved twice.
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
      ...baselines(equityOf(draft.state, mode), change, Decimal.zero, returned),
      asset,
      amount: signed,
      explains: change.changeId,
      ...(isWhole ? {} : { unexplained: lessOf(change, signed, returned) }),
    });
    left = left.subtract(signed);
  }
  return left;
}

/** Since when the baselines hold that a loss is measured from. */
function sinceOf(equity: EquityRecord | null): Pick<EquityRecord, 'dayStartSince' | 'peakSince'> {
  if (equity === null) return {};
  const { dayStartSince, peakSince } = equity;
  return {
    ...(dayStartSince === undefined ? {} : { dayStartSince }),
    ...(peakSince === undefined ? {} : { peakSince }),
  };
}

/**
 * How a change that is explained moves the baselines: one from before its loss as `holding` says, and one that was taken after it,
 * in a later day or by a reset, as `after` says, since it holds no part of that loss.
 */
function baselines(
  equity: EquityRecord | null,
  change: UnexplainedChange | undefined,
  holding: Decimal,
  after: Decimal,
): Pick<CapitalMoved, 'baseline' | 'dayBaseline'> {
  const baseline = change?.peakSince === equity?.peakSince ? holding : after;
  const dayBaseline = change?.dayStartSince === equity?.dayStartSince ? holding : after;
  return { baseline, ...(dayBaseline.equals(baseline) ? {} : { dayBaseline }) };
}

function lessOf(change: UnexplainedChange, returned: Decimal, lost: Decimal): UnexplainedChange {
  return { ...change, amount: change.amount.add(returned), lost: change.lost.subtract(lost) };
}

function accountPnl(state: PortfolioState, accountId: AccountId, valuation: Valuation): Decimal {
  const { realized, unrealized } = tradingResult(state, valuation, (one) => one === accountId);
  return middleOf(realized).add(middleOf(unrealized));
}

/**
 * The worth of an earlier release's record now. Those releases added currencies up one to one: where there are several, their
 * last reading stands for itself.
 */
function standingOf(
  former: EquityRecord,
  state: PortfolioState,
  mode: AccountMode,
  valuation: Valuation,
): Decimal {
  const baseCurrency = baseCurrencyOf(state);
  const isMixed = [...state.positions.values()].some(
    (position) => position.mode === mode && position.quote !== baseCurrency,
  );
  return isMixed ? former.current : former.capital.add(pnlOfMode(state, mode, valuation));
}

function pnlOfMode(state: PortfolioState, mode: AccountMode, valuation: Valuation): Decimal {
  const { realized, unrealized } = tradingResult(
    state,
    valuation,
    (one) => state.accounts.get(one)?.mode === mode,
  );
  return middleOf(realized).add(middleOf(unrealized));
}

/** The balances of the account as far as they are priced, and what its open swaps would make: a spot position is a balance. */
function worthOf(state: PortfolioState, accountId: AccountId, valuation: Valuation): Decimal {
  const baseCurrency = baseCurrencyOf(state);
  let worth = Decimal.zero;
  for (const balance of state.balances.values()) {
    if (balance.accountId !== accountId) continue;
    const price = priceInBase(valuation, baseCurrency, balance.asset);
    if (price !== null) worth = worth.add(balance.total.multiply(middleOf(price)));
  }
  const swaps = new Map(
    [...state.positions].filter(
      ([, position]) => position.accountId === accountId && position.kind === 'linear_swap',
    ),
  );
  // A record that moved a balance which held its change already: the next comparison takes one of them back.
  for (const { accountId: owner, asset, amount, explainedBy } of state.unexplained) {
    const price = owner === accountId && explainedBy !== undefined ? valuation.priceOf(asset) : null;
    if (price !== null) worth = worth.subtract(amount.multiply(middleOf(price)));
  }
  const { unrealized } = tradingResult({ ...state, positions: swaps }, valuation, () => true);
  return worth.add(middleOf(unrealized));
}

/** Units of the base currency; null where no market has priced the asset. */
function valueOf(state: PortfolioState, mode: AccountMode, asset: Asset, amount: Decimal): Decimal | null {
  if (asset === baseCurrencyOf(state)) return amount;
  const kept = equityOf(state, mode)?.prices.find(({ key }) => key === asset);
  return kept === undefined ? null : kept.price.multiply(amount);
}
