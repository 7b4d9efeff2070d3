/** Bearer tokens: random, shown once, kept as their SHA-256 only. A token of 256 random bits needs no slow hash. */
import { hash, randomBytes } from 'node:crypto';

/** Each scope includes the ones before it. */
export const SCOPES = ['read', 'trade', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Power over other users: none, to manage them and their accounts, or that and to hand out tokens that trade for them and to end
 * their orders and positions. Each includes the ones before it.
 */
export const USERS_POWERS = ['none', 'manage', 'trade'] as const;
export type UsersPower = (typeof USERS_POWERS)[number];

/** The part of a portfolio that a token is for; null where it is not bound. */
export interface TokenBounds {
  readonly accounts: readonly string[] | null;
  readonly strategies: readonly string[] | null;
}

export const UNBOUND: TokenBounds = { accounts: null, strategies: null };

export function isBound({ accounts, strategies }: TokenBounds): boolean {
  return accounts !== null || strategies !== null;
}

/** Whether a power over other users includes `needed`. */
export function hasPower(power: UsersPower, needed: UsersPower): boolean {
  return USERS_POWERS.indexOf(power) >= USERS_POWERS.indexOf(needed);
}

const TOKEN_PREFIX = 'plm_';

export function newToken(): string {
  return `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** SHA-256 of a token, in base64. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64');
}

/** As the database keeps it. */
export function storedTokenHash(hashText: string): Buffer {
  return Buffer.from(hashText, 'base64');
}

/** Whether a token with these scopes may do what needs `needed`. */
export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((scope) => SCOPES.indexOf(scope) >= SCOPES.indexOf(needed));
}
