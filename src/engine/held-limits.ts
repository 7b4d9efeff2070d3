/**
 * The limits in force on each account and instrument, worked out again only where a scope that they rest on has changed.
 *
 * Entry point: `HeldLimits`. Every order asks for them several times, and they change when a person changes them.
 */
import { limitsInForce, PORTFOLIO_SCOPE, scopeKey } from '../core/risk/limit-scopes.ts';
import type { LimitScope, LimitSubject, StoredLimits } from '../core/risk/limit-scopes.ts';
import type { RiskLimits, SetLimits } from '../core/risk/limits.ts';

interface Held {
  /** By `scopeKey`, from the widest scope to the narrowest. */
  readonly scopes: readonly string[];
  /** The stored limits of each scope that `limits` were worked out from. */
  basis: readonly (StoredLimits | undefined)[];
  limits: RiskLimits;
}

export class HeldLimits {
  readonly #stored: () => ReadonlyMap<string, StoredLimits>;
  readonly #environment: SetLimits;
  readonly #held = new Map<string, Held>();

  /** `stored` gives the limits that stand now, by `scopeKey`; an entry that changes is another object. */
  constructor(stored: () => ReadonlyMap<string, StoredLimits>, environment: SetLimits) {
    this.#stored = stored;
    this.#environment = environment;
  }

  /** As `limitsInForce`. */
  of(subject: LimitSubject | null): RiskLimits {
    const stored = this.#stored();
    const key = subject === null ? '' : `${subject.accountId} ${subject.venue} ${subject.symbol ?? ''}`;
    const held = this.#held.get(key);
    if (held?.scopes.every((scope, index) => stored.get(scope) === held.basis[index]) === true)
      return held.limits;
    const scopes = held?.scopes ?? scopesOf(subject).map(scopeKey);
    const limits = limitsInForce(stored, this.#environment, subject);
    this.#held.set(key, { scopes, basis: scopes.map((scope) => stored.get(scope)), limits });
    return limits;
  }
}

function scopesOf(subject: LimitSubject | null): readonly LimitScope[] {
  if (subject === null) return [PORTFOLIO_SCOPE];
  const { accountId, venue, symbol } = subject;
  const account: LimitScope = { kind: 'account', accountId };
  return symbol === null
    ? [PORTFOLIO_SCOPE, account]
    : [PORTFOLIO_SCOPE, account, { kind: 'instrument', venue, symbol }];
}
