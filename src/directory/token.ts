/** Bearer tokens: random, shown once, kept as their SHA-256 only. A token of 256 random bits needs no slow hash. */
import { hash, randomBytes } from 'node:crypto';

/** Each scope includes the ones before it. */
export const SCOPES = ['read', 'trade', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

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
