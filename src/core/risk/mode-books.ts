/** Equity and ladder of one mode: paper, testnet and live accounts share a portfolio and never a figure. */
import type { AccountId, AccountMode } from '../ids.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { EquityRecord } from './equity-record.ts';
import { NO_STEP, type LadderState } from './ladder-step.ts';

/**
 * The last reading of the mode's equity; null before the first. A reading from before modes were kept apart stands for a
 * portfolio whose accounts are all of one mode, and says nothing where it mixed several.
 */
export function equityOf(state: PortfolioState, mode: AccountMode): EquityRecord | null {
  const own = state.equity.get(mode);
  if (own !== undefined) return own;
  return state.formerEquity !== null && isTheOnlyMode(state, mode) ? state.formerEquity : null;
}

/** The ladder of the mode. A step from before modes were kept apart stands in each of them until that mode leaves it. */
export function ladderOf(state: PortfolioState, mode: AccountMode): LadderState {
  return state.ladder.get(mode) ?? state.formerLadder ?? NO_STEP;
}

/** Whether an account counts in its mode's equity. Before any did, as in records of earlier releases, each one does. */
export function countsInEquity(state: PortfolioState, accountId: AccountId, mode: AccountMode): boolean {
  const counted = state.capitals.get(accountId);
  if (counted !== undefined) return counted.mode === mode;
  if (state.equity.has(mode) || state.accounts.get(accountId)?.mode !== mode) return false;
  return equityOf(state, mode) !== null && !hasJoinedAccount(state, mode);
}

/** Whether an account has joined the equity of the mode. */
export function hasJoinedAccount(state: PortfolioState, mode: AccountMode): boolean {
  for (const counted of state.capitals.values()) if (counted.mode === mode) return true;
  return false;
}

/** The modes of all accounts that the portfolio ever had, each once. */
export function modesOf(state: PortfolioState): ReadonlySet<AccountMode> {
  return new Set([...state.accounts.values()].map(({ mode }) => mode));
}

/** The mode that most depends on, of some: live before testnet before paper. */
export function mainModeOf(modes: ReadonlySet<AccountMode>): AccountMode {
  return (['live', 'testnet'] as const).find((mode) => modes.has(mode)) ?? 'paper';
}

function isTheOnlyMode(state: PortfolioState, mode: AccountMode): boolean {
  const modes = modesOf(state);
  return modes.size === 1 && modes.has(mode);
}
