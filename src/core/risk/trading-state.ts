/**
 * The trading state that people set on demand: active, reduce-only or halted, for the portfolio, an account, an instrument of
 * an exchange, or a strategy.
 *
 * Entry points: `setTradingState` judges a change; `tradingStateFor` is the state that an order is held against.
 *
 * Invariants:
 *  1. The strictest state of the scopes that an order belongs to is in force.
 *  2. A state is made stricter whatever version its author has seen. A looser one needs the version that it replaces, and a
 *     caller who may loosen.
 */
import type { AccountId, InstrumentSymbol, Venue } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { MOST_LIMIT_SCOPES, PORTFOLIO_SCOPE, scopeKey, type LimitScope } from './limit-scopes.ts';
import { TRADING_STATES, type StoredTradingState, type TradingState } from './trading-state-record.ts';

export interface TradingStateChange {
  readonly scope: LimitScope;
  readonly state: TradingState;
  /** The version that the author has seen, 0 where the state was never set; null asks for whatever version there is. */
  readonly expectedVersion: number | null;
  /** Whether the author may make a state less strict. */
  readonly mayLoosen: boolean;
  readonly requestedBy: string;
  readonly why: string;
}

export type TradingStateReply =
  | { readonly kind: 'trading_state_set'; readonly stored: StoredTradingState }
  /** It is in force already: nothing was journaled. Null for a scope that was never set, which is active. */
  | { readonly kind: 'trading_state_unchanged'; readonly stored: StoredTradingState | null }
  /** Somebody has set it since, or no version was given with a looser state. Nothing was journaled. */
  | { readonly kind: 'trading_state_version_conflict'; readonly version: number }
  | { readonly kind: 'loosening_not_allowed'; readonly state: TradingState }
  | { readonly kind: 'too_many_trading_states' };

/** Judges a change against the state that is stored now. */
export function setTradingState(draft: Draft, change: TradingStateChange): TradingStateReply {
  const { scope, state, expectedVersion, requestedBy, why } = change;
  const { tradingStates } = draft.state;
  const key = scopeKey(scope);
  const before = tradingStates.get(key) ?? null;
  const version = before?.version ?? 0;
  const standing = before?.state ?? 'active';
  const loosens = TRADING_STATES.indexOf(state) < TRADING_STATES.indexOf(standing);
  if (loosens && !change.mayLoosen) return { kind: 'loosening_not_allowed', state: standing };
  const isOther = expectedVersion !== version;
  if (isOther && (loosens || expectedVersion !== null))
    return { kind: 'trading_state_version_conflict', version };
  if (state === standing) return { kind: 'trading_state_unchanged', stored: before };
  if (before === null && tradingStates.size >= MOST_LIMIT_SCOPES) return { kind: 'too_many_trading_states' };
  const stored = { scope, state, version: version + 1, requestedBy, why };
  draft.emit({ type: 'trading_state_set', ...stored });
  return { kind: 'trading_state_set', stored: { ...stored, at: draft.at } };
}

/** The account, instrument and strategy that a trading state is asked for; null for any of them. */
export interface TradingSubject {
  readonly accountId: AccountId | null;
  readonly instrument: { readonly venue: Venue; readonly symbol: InstrumentSymbol } | null;
  readonly strategy: string | null;
}

/** The strictest state that holds for an order; of equally strict ones the widest scope's. Null: every scope is active. */
export function tradingStateFor(
  stored: ReadonlyMap<string, StoredTradingState>,
  { accountId, instrument, strategy }: TradingSubject,
): StoredTradingState | null {
  if (stored.size === 0) return null;
  const scopes: LimitScope[] = [PORTFOLIO_SCOPE];
  if (accountId !== null) scopes.push({ kind: 'account', accountId });
  if (instrument !== null) scopes.push({ kind: 'instrument', ...instrument });
  if (strategy !== null) scopes.push({ kind: 'strategy', strategy });
  let strictest: StoredTradingState | null = null;
  for (const scope of scopes) {
    const found = stored.get(scopeKey(scope));
    if (found !== undefined && strictnessOf(found) > strictnessOf(strictest)) strictest = found;
  }
  return strictest;
}

function strictnessOf(stored: StoredTradingState | null): number {
  return stored === null ? 0 : TRADING_STATES.indexOf(stored.state);
}

/** A scope in words: `account binance-live`. */
export function scopeText(scope: LimitScope): string {
  return scope.kind === 'portfolio' ? 'the portfolio' : scopeKey(scope);
}
