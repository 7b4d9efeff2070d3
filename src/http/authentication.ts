/**
 * Authentication by bearer token, for every route that names a scope.
 *
 * A token is looked up by its SHA-256, so that the time an answer takes reveals nothing about the token. An address that
 * sends many wrong tokens is throttled; a valid token from that address is not.
 */
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../directory/callers.ts';
import type { Directory } from '../directory/directory.ts';
import { allows, hasPower, type Scope, type TokenBounds, type UsersPower } from '../directory/token.ts';
import { Problem } from './problem.ts';

const MAX_TOKEN_LENGTH = 512;
const FAILURES_WINDOW_MS = 60_000;
const FAILURES_ALLOWED = 120;
const ADDRESSES_KEPT = 10_000;

/** The tokens for a part of a portfolio that may use a route: bound to accounts alone, to strategies, or to either. */
export type BoundTokens = 'accounts' | 'strategies' | 'accounts and strategies';

/** Scope, power and bounds that a route asks of a token, as its config has them. */
export interface Needed {
  readonly scope: Scope;
  readonly power?: Exclude<UsersPower, 'none'>;
  readonly bound?: BoundTokens;
}

/** Throws a `Problem` where the caller has less power over other users. */
export function requirePower(caller: Caller, needed: Exclude<UsersPower, 'none'>): void {
  if (hasPower(caller.users, needed)) return;
  throw new Problem(
    'scope_missing',
    `This needs a token with power over other users (users: ${needed}); this one has users: ${caller.users}.`,
    { needed: `users: ${needed}`, scopes: caller.scopes },
  );
}

/** Throws a `Problem` where the caller's token does not allow what is needed. */
export function requireAllowed(caller: Caller, { scope, power, bound }: Needed): void {
  if (!allows(caller.scopes, scope)) {
    throw new Problem('scope_missing', `This needs a token with scope ${scope}.`, {
      needed: scope,
      scopes: caller.scopes,
    });
  }
  if (power !== undefined) requirePower(caller, power);
  if (!isAdmitted(caller.bounds, bound)) {
    throw new Problem(
      'token_bound',
      'This is of the whole portfolio, or of accounts that strategies share; this token is for a part of it alone.',
    );
  }
}

interface Failures {
  readonly since: number;
  readonly count: number;
}

export class Authenticator {
  readonly #directory: Pick<Directory, 'authenticate'>;
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(directory: Pick<Directory, 'authenticate'>, now: () => number) {
    this.#directory = directory;
    this.#now = now;
  }

  /** The caller of a request, whatever its token allows. Throws a `Problem` where there is none. */
  async identify(request: FastifyRequest): Promise<Caller> {
    const token = bearerToken(request.headers.authorization);
    if (token === null) {
      throw new Problem('unauthenticated', 'Send the header "Authorization: Bearer <token>".');
    }
    return this.#callerOf(token, request.ip);
  }

  /** The caller of a token that allows what is needed. Throws a `Problem` otherwise. */
  async admitToken(token: string, address: string, needed: Needed): Promise<Caller> {
    const caller = await this.#callerOf(token, address);
    requireAllowed(caller, needed);
    return caller;
  }

  async #callerOf(token: string, address: string): Promise<Caller> {
    const caller = token.length > MAX_TOKEN_LENGTH ? null : await this.#directory.authenticate(token);
    if (caller !== null) return caller;
    this.#noteFailure(address);
    throw new Problem('unauthenticated', 'This token is unknown, expired or revoked.');
  }

  #noteFailure(address: string): void {
    const at = this.#now();
    const before = this.#failures.get(address);
    this.#failures.delete(address);
    const failures =
      before === undefined || at - before.since > FAILURES_WINDOW_MS
        ? { since: at, count: 1 }
        : { since: before.since, count: before.count + 1 };
    if (this.#failures.size >= ADDRESSES_KEPT) {
      const oldest = this.#failures.keys().next();
      if (oldest.done === false) this.#failures.delete(oldest.value);
    }
    this.#failures.set(address, failures);
    if (failures.count > FAILURES_ALLOWED) {
      throw new Problem(
        'login_throttled',
        'Too many wrong tokens from this address.',
        {},
        failures.since + FAILURES_WINDOW_MS - at,
      );
    }
  }
}

function isAdmitted({ accounts, strategies }: TokenBounds, bound: BoundTokens | undefined): boolean {
  if (strategies !== null) return bound === 'strategies' || bound === 'accounts and strategies';
  return accounts === null || bound === 'accounts' || bound === 'accounts and strategies';
}

/** The token of an Authorization header; null where there is none. */
export function bearerToken(header: string | undefined): string | null {
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '');
  return match?.[1] ?? null;
}
