/**
 * Authentication by bearer token, for every route that names a scope.
 *
 * A token is looked up by its SHA-256, so that the time an answer takes reveals nothing about the token. An address that
 * sends many wrong tokens is throttled; a valid token from that address is not.
 */
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../directory/callers.ts';
import type { Directory } from '../directory/directory.ts';
import { allows, type Scope } from '../directory/token.ts';
import { Problem } from './problem.ts';

const MAX_TOKEN_LENGTH = 512;
const FAILURES_WINDOW_MS = 60_000;
const FAILURES_ALLOWED = 120;
const ADDRESSES_KEPT = 10_000;

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

  /** The caller of a request whose token allows `scope`. Throws a `Problem` otherwise. */
  async admit(request: FastifyRequest, scope: Scope): Promise<Caller> {
    const token = bearerToken(request.headers.authorization);
    if (token === null) {
      throw new Problem('unauthenticated', 'Send the header "Authorization: Bearer <token>".');
    }
    return this.admitToken(token, request.ip, scope);
  }

  async admitToken(token: string, address: string, scope: Scope): Promise<Caller> {
    const caller = token.length > MAX_TOKEN_LENGTH ? null : await this.#directory.authenticate(token);
    if (caller === null) {
      this.#noteFailure(address);
      throw new Problem('unauthenticated', 'This token is unknown, expired or revoked.');
    }
    if (!allows(caller.scopes, scope)) {
      throw new Problem('scope_missing', `This needs a token with scope ${scope}.`, {
        needed: scope,
        scopes: caller.scopes,
      });
    }
    return caller;
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

/** The token of an Authorization header; null where there is none. */
export function bearerToken(header: string | undefined): string | null {
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '');
  return match?.[1] ?? null;
}
