/**
 * KuCoin's limits: pools of weight that are filled anew every 30 seconds.
 *
 * Entry point: `Pools`. Source: "Rate Limit" (www.kucoin.com/docs-new/rate-limit), VIP 0. A pool is an account's own, that of public
 * endpoints the address's; its 30 seconds begin with the first request. Every answer states what is left in headers.
 */
import { tooManyRequests } from './errors.ts';

export type Pool = 'spot' | 'futures' | 'management' | 'public';

export const POOL_MS = 30_000;

/** Weight in 30 seconds. */
export const QUOTAS: Readonly<Record<Pool, number>> = {
  spot: 4_000,
  futures: 2_000,
  management: 2_000,
  public: 2_000,
};

interface Window {
  readonly startedAt: number;
  used: number;
}

/** Pools and their owners are few, so the map is bounded by them. */
export class Pools {
  readonly #windows = new Map<string, Window>();
  readonly #enforced: boolean;

  /** Without enforcement nothing is counted, and the headers show whole pools. */
  constructor(enforced: boolean) {
    this.#enforced = enforced;
  }

  /** Draws `weight`; throws 429000 where the pool has not enough of it, which draws nothing. */
  charge(pool: Pool, weight: number, owner: string, nowMs: number): void {
    if (!this.#enforced) return;
    const window = this.#window(pool, owner, nowMs);
    if (window.used + weight > QUOTAS[pool]) throw tooManyRequests(this.headers(pool, owner, nowMs));
    window.used += weight;
  }

  /** `gw-ratelimit-reset` is in ms. */
  headers(pool: Pool, owner: string, nowMs: number): Record<string, string> {
    const { startedAt, used } = this.#window(pool, owner, nowMs);
    return {
      'gw-ratelimit-limit': String(QUOTAS[pool]),
      'gw-ratelimit-remaining': String(Math.max(0, QUOTAS[pool] - used)),
      'gw-ratelimit-reset': String(startedAt + POOL_MS - nowMs),
    };
  }

  #window(pool: Pool, owner: string, nowMs: number): Window {
    const key = `${pool} ${owner}`;
    const known = this.#windows.get(key);
    if (known !== undefined && nowMs < known.startedAt + POOL_MS) return known;
    const fresh = { startedAt: nowMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}
