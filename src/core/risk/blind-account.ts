/** Accounts of which the equity is not known from their venue. */
import type { AccountId, AccountMode, TimeMs } from '../ids.ts';

/**
 * - `detached`: a person took it out of the equity.
 * - `removed`: the portfolio has it no more.
 * - `not_connected`: its venue has not answered since the start.
 * - `books_unknown`: its balances or positions have not been compared yet, or not since the start and it has not joined.
 * - `unreachable`: its private stream is down, or its venue refuses requests.
 * - `records_unread`: a balance differs, and the venue's list of account records, which may explain it, does not answer.
 * - `prices_old`: a position on it has no fresh price.
 */
export const BLIND_REASONS = [
  'detached',
  'removed',
  'not_connected',
  'books_unknown',
  'unreachable',
  'records_unread',
  'prices_old',
] as const;
export type BlindReason = (typeof BLIND_REASONS)[number];

/** An account of which the equity is not known from its venue now. */
export interface BlindAccount {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  readonly why: BlindReason;
  readonly since: TimeMs;
}
