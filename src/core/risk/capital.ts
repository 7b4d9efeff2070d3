/**
 * Capital: what moves the equity of a mode outside trading.
 *
 * Entry points: `joinEquity`, `leaveEquity`, `forgetEquity`, `detachAccount`, `attachAccount`, `applyFlow`; unexplained.ts
 * keeps the changes that no record explains, capital-changes.ts folds.
 *
 * An account joins with what it is worth once both its balances and its positions are known: losses from before are part of
 * what it brings in. From then on a record of the venue with an id moves its capital, and a change that nothing explains.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { CapitalMoved } from './capital-moved.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { baseCurrencyOf } from './conversion.ts';
import { priceInBase, tradingResult, type Valuation } from './equity.ts';
import { isCountedLoss } from './counted-loss.ts';
import type { CapitalHolding, EquityRecord, UnexplainedChange } from './equity-record.ts';
import { flowKey } from './capital-changes.ts';
import { equityOf, hasJoinedAccount } from './mode-books.ts';
import { heldNote, valueOf, worthInCapital } from './capital-holdings.ts';
import { openTransferOf, oppositeChange, pairChange } from './transfer-sides.ts';
import { scalingNote } from './reading-times.ts';
import { awaitsWord, NO_MOVE, SHARE_SCALE } from './unexplained.ts';
import { baselines } from './unexplained-baselines.ts';
import { EQUITY_HAIRCUT, middleOf, priceInterval } from './valuation.ts';

/** How long after a change was seen its record may be dated, by the venue's clock. A later one is of another change, though the amount be the same. */
export const RECORD_AFTER_CHANGE_MS = 60_000;

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
  /** Of one side of a conversion: what both sides are worth, base currency. */
  readonly exchanged?: Decimal;
}

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
  const replaces = former !== null && former.remaining === undefined && !hasJoinedAccount(state, mode);
  const standing = replaces ? standingOf(former, state, mode, valuation) : Decimal.zero;
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'joined',
    capital,
    equity: replaces ? equity.subtract(former.current) : equity,
    baseline: equity.subtract(standing),
    holdings: holdingsOf(state, accountId, valuation),
  });
}

/** Takes an account that the portfolio has no more, or whose books go, out of the equity. Does nothing for one that does not count. */
export function leaveEquity(draft: Draft, accountId: AccountId): void {
  emitLeaving(draft, accountId, { cause: 'left', keepsLosses: true });
}

/** As `leaveEquity` for an account whose books begin anew: what it lost goes with them. */
export function forgetEquity(draft: Draft, accountId: AccountId): void {
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
  if (draft.state.capitals.has(accountId)) emitLeaving(draft, accountId, { ...note, keepsLosses: true });
  else draft.emit({ type: 'capital_moved', accountId, mode: account.mode, ...note, ...NO_MOVE });
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
  draft.emit({ type: 'capital_moved', accountId, mode, cause: 'attached', requestedBy, why, ...NO_MOVE });
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
  const { bookedAt = flow.at } = flow;
  const isOfBefore = joinedAt === null || bookedAt < joinedAt;
  const note = { accountId, mode, cause: 'flow', asset, amount, recordId, kind: flow.kind } as const;
  const explained = state.unexplained.find(
    (change) =>
      change.accountId === accountId &&
      change.asset === asset &&
      change.amount.equals(amount) &&
      change.explainedBy === undefined &&
      change.unpricedFlow === undefined &&
      bookedAt - change.at <= RECORD_AFTER_CHANGE_MS &&
      (change.beforeJoining !== true || isOfBefore),
  );
  if (joinedAt === null && explained === undefined) return;
  const part = explained === undefined ? partlyExplained(state, flow, bookedAt) : undefined;
  if (part !== undefined) {
    explainPart(draft, mode, flow, part);
    return;
  }
  const lost = explained?.lost ?? Decimal.zero;
  const isCountedAlready = explained !== undefined && isInCapital(explained);
  const worth = isCountedAlready
    ? Decimal.zero
    : worthInCapital(state, accountId, flow, worthNow(state, mode, flow, draft.at));
  const value = worth ?? Decimal.zero;
  const pairing = explained === undefined && isTransfer(flow) ? pairingOf(draft, mode, flow) : {};
  const isUnpriced = worth === null && explained === undefined;
  draft.emit({
    type: 'capital_moved',
    ...note,
    capital: value,
    equity: value,
    ...baselines(explained, value.subtract(lost), value),
    ...scalingNote(state, mode, draft.at),
    ...(worth === null || isCountedAlready ? {} : heldNote(state, accountId, flow, worth)),
    ...pairing,
    // Kept, because the record moves the balance once more, and the next comparison finds that it went too far.
    ...(explained === undefined
      ? isUnpriced
        ? { unexplained: unpricedOf(flow, draft.at) }
        : {}
      : {
          explains: explained.changeId,
          unexplained: { ...explained, lost: Decimal.zero, explainedBy: recordId },
        }),
  });
  if (worth === null && explained !== undefined)
    draft.emit({ type: 'capital_moved', ...note, ...NO_MOVE, unexplained: unpricedOf(flow, draft.at) });
}

/**
 * Takes what stands in the capital of an account of one asset out of it, as a flow at the worth at which it stands. Does nothing where
 * none does: an asset that no market has priced.
 */
export function releaseHolding(draft: Draft, accountId: AccountId, asset: Asset): void {
  const { state, at } = draft;
  const counted = state.capitals.get(accountId);
  const standing = counted?.holdings?.find((holding) => holding.asset === asset);
  if (counted === undefined || standing === undefined) return;
  const { mode } = counted;
  const [amount, worth] = [standing.amount.negate(), standing.worth.negate()];
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'flow',
    asset,
    amount,
    kind: 'receipt',
    capital: worth,
    equity: worth,
    baseline: worth,
    ...scalingNote(state, mode, at),
    ...heldNote(state, accountId, { asset, amount }, worth),
  });
}

/** The counted loss that a record is a part of: two withdrawals are one change where no comparison came between them. */
function partlyExplained(state: PortfolioState, flow: Flow, bookedAt: TimeMs): UnexplainedChange | undefined {
  return state.unexplained.find(
    (change) =>
      change.accountId === flow.accountId &&
      change.asset === flow.asset &&
      change.lost.isPositive() &&
      change.amount.lessThan(flow.amount) &&
      flow.amount.isNegative() &&
      awaitsWord(change) &&
      bookedAt - change.at <= RECORD_AFTER_CHANGE_MS,
  );
}

/** Makes a flow of a part of a counted loss. The part is kept by itself, since the record moves the balance once more. */
function explainPart(
  draft: Draft,
  mode: AccountMode,
  { accountId, asset, amount, recordId, kind }: Flow,
  change: UnexplainedChange,
): void {
  const note = { accountId, mode, cause: 'flow', asset, amount, recordId, kind } as const;
  const lost = change.lost.multiply(amount).divide(change.amount, SHARE_SCALE, 'down');
  const rest = { ...change, amount: change.amount.subtract(amount), lost: change.lost.subtract(lost) };
  draft.emit({
    type: 'capital_moved',
    ...note,
    capital: Decimal.zero,
    equity: Decimal.zero,
    ...baselines(change, lost.negate(), Decimal.zero),
    ...scalingNote(draft.state, mode, draft.at),
    explains: change.changeId,
    unexplained: rest,
  });
  const { equityBefore: _equity, peakBefore: _peak, awaitsReading: _reading, ...kept } = change;
  draft.emit({
    type: 'capital_moved',
    ...note,
    ...NO_MOVE,
    unexplained: {
      ...kept,
      changeId: `${change.changeId} ${recordId}`,
      amount,
      lost: Decimal.zero,
      explainedBy: recordId,
    },
  });
}

/** Whether the change has moved the capital already, or is part of what the account brought in. */
function isInCapital(change: UnexplainedChange): boolean {
  const { beforeJoining, pairedWith, reclassifiedAs } = change;
  return (
    isCountedLoss(change) ||
    beforeJoining === true ||
    pairedWith !== undefined ||
    reclassifiedAs !== undefined
  );
}

/** A flow that counts once it has a price. */
function unpricedOf({ accountId, recordId, asset, amount, kind }: Flow, at: TimeMs): UnexplainedChange {
  const changeId = `${accountId} ${asset} ${recordId}`;
  const unpricedFlow = { recordId, kind };
  return { changeId, accountId, asset, amount, lost: Decimal.zero, at, unpricedFlow };
}

function worthNow(state: PortfolioState, mode: AccountMode, flow: Flow, at: TimeMs): Decimal | null {
  const { exchanged, amount } = flow;
  if (exchanged === undefined) return valueOf(state, mode, flow, at);
  return amount.isNegative() ? exchanged.negate() : exchanged;
}

function isTransfer({ kind }: Flow): boolean {
  return kind === 'transfer_in' || kind === 'transfer_out';
}

/** Finds the other side of a transfer; without one it may still be seen. */
function pairingOf(draft: Draft, mode: AccountMode, flow: Flow): Pick<CapitalMoved, 'oneSided' | 'pairs'> {
  const { state, at } = draft;
  const transfer = openTransferOf(state, mode, flow, at);
  if (transfer !== undefined) return { pairs: flowKey(transfer) };
  const change = oppositeChange(state, mode, flow, at, null);
  if (change === undefined) return { oneSided: true };
  pairChange(draft, mode, change, flowKey(flow));
  return {};
}

/** The assets that are held beside the results of trading. One that no market has priced does not stand in the capital. */
function holdingsOf(
  state: PortfolioState,
  accountId: AccountId,
  valuation: Valuation,
): readonly CapitalHolding[] {
  const baseCurrency = baseCurrencyOf(state);
  const units = new Map<Asset, Decimal>();
  const add = (asset: Asset, amount: Decimal): void => {
    units.set(asset, (units.get(asset) ?? Decimal.zero).add(amount));
  };
  for (const { accountId: owner, asset, total } of state.balances.values())
    if (owner === accountId) add(asset, total);
  for (const position of state.positions.values()) {
    if (position.accountId !== accountId) continue;
    const { kind, base, quote, netQuantity, openCost, realizedPnl, fundingTotal, fees } = position;
    if (kind === 'spot') {
      add(base, netQuantity.negate());
      add(quote, openCost);
    }
    add(quote, realizedPnl.add(fundingTotal).negate());
    for (const { asset, amount } of fees) add(asset, amount);
  }
  for (const { accountId: owner, asset, amount } of state.accountResults.values())
    if (owner === accountId) add(asset, amount.negate());
  for (const { accountId: owner, asset, amount, explainedBy } of state.unexplained)
    if (owner === accountId && explainedBy !== undefined) add(asset, amount.negate());
  const holdings: CapitalHolding[] = [];
  for (const [asset, amount] of units) {
    if (asset === baseCurrency || amount.isZero()) continue;
    const price = priceInBase(valuation, baseCurrency, asset);
    if (price !== null) holdings.push({ asset, amount, worth: amount.multiply(middleOf(price)) });
  }
  return holdings;
}

function emitLeaving(
  draft: Draft,
  accountId: AccountId,
  note: Pick<CapitalMoved, 'cause' | 'keepsLosses' | 'requestedBy' | 'why'>,
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
