/**
 * Authenticates bearer tokens: finds the caller of a token and keeps it in memory for a short while.
 *
 * Entry points: `Callers`, `Caller`.
 *
 * Invariants:
 *  1. A revoked or expired token stops working here at once, on other nodes within `TOKEN_CACHE_MS`.
 *  2. While the database is unavailable, a token that was read within `TOKEN_CACHE_OUTAGE_MS` goes on working, so that
 *     cancels and the kill switch do.
 *  3. At most one query runs at a time for each token, for any number of requests with it.
 */
import { timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { portfolioId, type PortfolioId } from '../core/ids.ts';
import { storedTokenHash, tokenHash, type Scope, type TokenBounds, type UsersPower } from './token.ts';

export type UserId = string;

/** Who a request comes from. */
export interface Caller {
  readonly userId: UserId;
  readonly userName: string;
  readonly tokenId: string;
  readonly tokenLabel: string;
  readonly scopes: readonly Scope[];
  readonly users: UsersPower;
  readonly bounds: TokenBounds;
  /** The caller's own portfolio. */
  readonly portfolioId: PortfolioId;
}

/** For how long another node may not know of a revocation, in milliseconds. */
export const TOKEN_CACHE_MS = 2_000;
/** For how long a token seen before goes on working while the database does not answer, in milliseconds. */
export const TOKEN_CACHE_OUTAGE_MS = 15 * 60_000;
/** How long a request of a cached caller waits for a fresh reading, in milliseconds. */
const FRESH_WITHIN_MS = 300;
const TOKEN_CACHE_ENTRIES = 10_000;

interface CachedCaller {
  readonly caller: Caller;
  readonly expiresAt: number | null;
  readonly readAt: number;
}

interface CallerRow {
  readonly token_id: string;
  readonly token_hash: Buffer;
  readonly label: string;
  readonly scopes: Scope[];
  readonly users: UsersPower;
  readonly accounts: string[] | null;
  readonly strategies: string[] | null;
  readonly expires_at: Date | null;
  readonly user_id: string;
  readonly name: string;
  readonly portfolio_id: string;
}

export class Callers {
  readonly #pool: pg.Pool;
  readonly #now: () => number;
  /** By the token's hash, as `#readings` is. */
  readonly #known = new Map<string, CachedCaller>();
  #revocations = 0;
  readonly #readings = new Map<string, Promise<Caller | null>>();

  /** `now` is the wall clock, in milliseconds. */
  constructor(pool: pg.Pool, now: () => number) {
    this.#pool = pool;
    this.#now = now;
  }

  /** The caller of a token; null for one that is unknown, expired or revoked. Rejects while the database is unavailable. */
  async authenticate(token: string): Promise<Caller | null> {
    const key = tokenHash(token);
    const cached = this.#known.get(key);
    const at = this.#now();
    if (cached !== undefined && at - cached.readAt < TOKEN_CACHE_MS) return living(cached, at);
    const isLately = cached !== undefined && at - cached.readAt < TOKEN_CACHE_OUTAGE_MS;
    // One query at a time for each token, for any number of requests.
    const fresh =
      this.#readings.get(key) ??
      this.#readAgain(key, at).finally(() => {
        this.#readings.delete(key);
      });
    this.#readings.set(key, fresh);
    if (!isLately) return fresh;
    // A cancel must not wait for a database that hangs.
    const known = living(cached, at);
    const late = Promise.withResolvers<Caller | null>();
    const timer = setTimeout(() => late.resolve(known), FRESH_WITHIN_MS);
    try {
      return await Promise.race([fresh, late.promise]);
    } catch {
      return known;
    } finally {
      clearTimeout(timer);
    }
  }

  async #readAgain(key: string, at: number): Promise<Caller | null> {
    const revocations = this.#revocations;
    const read = await this.#read(storedTokenHash(key));
    // A token that was read before a revocation may be the one that was revoked.
    if (revocations !== this.#revocations) return this.#readAgain(key, at);
    this.#known.delete(key);
    if (read === null) return null;
    if (this.#known.size >= TOKEN_CACHE_ENTRIES) {
      const oldest = this.#known.keys().next();
      if (oldest.done === false) this.#known.delete(oldest.value);
    }
    this.#known.set(key, { ...read, readAt: at });
    return living(read, at);
  }

  /** Drops every caller that was read so far: a token or a user was revoked. */
  forget(): void {
    this.#revocations += 1;
    this.#known.clear();
    this.#readings.clear();
  }

  async #read(hash: Buffer): Promise<Omit<CachedCaller, 'readAt'> | null> {
    const { rows } = await this.#pool.query<CallerRow>({
      name: 'caller_of_token',
      text: `SELECT t.token_id, t.token_hash, t.label, t.scopes, t.users, t.accounts, t.strategies, t.expires_at, u.user_id, u.name, p.portfolio_id
             FROM tokens t JOIN users u USING (user_id) JOIN portfolios p ON p.owner_user_id = u.user_id
             WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND u.disabled_at IS NULL
             ORDER BY p.created_at, p.portfolio_id LIMIT 1`,
      values: [hash],
    });
    const row = rows[0];
    if (row === undefined || !timingSafeEqual(row.token_hash, hash)) return null;
    return {
      expiresAt: row.expires_at === null ? null : row.expires_at.getTime(),
      caller: {
        userId: row.user_id,
        userName: row.name,
        tokenId: row.token_id,
        tokenLabel: row.label,
        scopes: row.scopes,
        users: row.users,
        bounds: { accounts: row.accounts, strategies: row.strategies },
        portfolioId: portfolioId(row.portfolio_id),
      },
    };
  }
}

function living(entry: Pick<CachedCaller, 'caller' | 'expiresAt'>, at: number): Caller | null {
  return entry.expiresAt === null || at < entry.expiresAt ? entry.caller : null;
}
