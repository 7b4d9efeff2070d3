/** The state's record of the trading states that people have set; see trading-state.ts. */
import type { TimeMs } from '../ids.ts';
import type { LimitScope } from './limit-scopes.ts';

/** From the loosest to the strictest. */
export const TRADING_STATES = ['active', 'reduce_only', 'halted'] as const;

/**
 * `reduce_only`: orders that shrink exposure alone. `halted`: none but those that get out: a position closed on request, the
 * kill switch, the ladder, a stop that made room for another order and is put back. Cancels are taken in every state, and orders that work already stay.
 */
export type TradingState = (typeof TRADING_STATES)[number];

/** The state of one scope, and who last set it. */
export interface StoredTradingState {
  readonly scope: LimitScope;
  readonly state: TradingState;
  /** Counts the changes of this scope. */
  readonly version: number;
  readonly requestedBy: string;
  readonly why: string;
  readonly at: TimeMs;
}
