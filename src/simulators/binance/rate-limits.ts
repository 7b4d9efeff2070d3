/**
 * Binance's two kinds of limit: request weight per minute and address, new orders per interval and account.
 *
 * Entry points: `RequestWeights` and `OrderCounts`; the venue's clock comes in with every call. Windows are
 * aligned to the clock, as the venue's are. Going on after a 429 turns into a 418 ban with a growing term.
 * With limits off neither refuses, and weight stays at 0: a client that has not read the lifted limit yet goes by the
 * documented one, and would hold back. Source: "LIMITS" in rest-api.md and
 * faqs/order_count_decrement.md of binance-spot-api-docs.
 */
import { banned, tooManyOrders, tooMuchWeight } from './errors.ts';

const MINUTE_MS = 60_000;
const FIRST_BAN_MS = 2 * MINUTE_MS;
const LONGEST_BAN_MS = 3 * 24 * 60 * MINUTE_MS;
/** Requests that may follow a 429 inside the same minute before the address is banned. */
const REFUSALS_BEFORE_BAN = 20;

/** How many times their true size limits are shown to clients that are not held to them. */
const LIFTED_BY = 1_000;

/** The limits as exchangeInfo shows them: clients that keep to them must not be slowed by ones that are off. */
export function shownLimits<Limit extends { readonly limit: number }>(
  limits: readonly Limit[],
  enforced: boolean,
): readonly (Omit<Limit, 'limit'> & { readonly limit: number })[] {
  return enforced ? limits : limits.map((limit) => ({ ...limit, limit: limit.limit * LIFTED_BY }));
}

/** Weight used by everyone who calls: a simulator sees one address. */
export class RequestWeights {
  readonly limitPerMinute: number;
  #window = -1;
  #used = 0;
  #refusals = 0;
  #bannedUntilMs = 0;
  #nextBanMs = FIRST_BAN_MS;

  constructor(limitPerMinute: number) {
    this.limitPerMinute = limitPerMinute;
  }

  /** The weight used in the minute of `nowMs`, for `X-MBX-USED-WEIGHT-1M`. */
  used(nowMs: number): number {
    this.#roll(nowMs);
    return this.#used;
  }

  /** Adds `weight`; throws 429 past the limit and 418 while banned. Nothing at all unless `enforced`. */
  charge(weight: number, nowMs: number, enforced: boolean): void {
    this.#roll(nowMs);
    if (!enforced) return;
    if (nowMs < this.#bannedUntilMs)
      throw banned(this.#bannedUntilMs, Math.ceil((this.#bannedUntilMs - nowMs) / 1000));
    this.#used += weight;
    if (this.#used <= this.limitPerMinute) return;
    this.#refusals += 1;
    if (this.#refusals > REFUSALS_BEFORE_BAN) {
      this.#bannedUntilMs = nowMs + this.#nextBanMs;
      this.#nextBanMs = Math.min(this.#nextBanMs * 2, LONGEST_BAN_MS);
      throw banned(this.#bannedUntilMs, Math.ceil((this.#bannedUntilMs - nowMs) / 1000));
    }
    throw tooMuchWeight(this.limitPerMinute, Math.ceil(((this.#window + 1) * MINUTE_MS - nowMs) / 1000));
  }

  /** Takes back what a request was charged, for the requests that the venue weighs zero when they succeed. */
  giveBack(weight: number): void {
    this.#used = Math.max(0, this.#used - weight);
  }

  #roll(nowMs: number): void {
    const window = Math.floor(nowMs / MINUTE_MS);
    if (window === this.#window) return;
    this.#window = window;
    this.#used = 0;
    this.#refusals = 0;
  }
}

/** One interval over which new orders are counted. */
export type OrderInterval = {
  readonly interval: 'SECOND' | 'MINUTE' | 'DAY';
  readonly intervalNum: number;
  readonly limit: number;
};

const INTERVAL_MS = { SECOND: 1000, MINUTE: MINUTE_MS, DAY: 24 * 60 * MINUTE_MS } as const;
const INTERVAL_LETTER = { SECOND: 'S', MINUTE: 'M', DAY: 'D' } as const;

type Count = { window: number; count: number };

/** New orders per account and interval. Accounts are few and known, so the map is bounded by them. */
export class OrderCounts {
  readonly intervals: readonly OrderInterval[];
  readonly #counts = new Map<string, Count[]>();

  constructor(intervals: readonly OrderInterval[]) {
    this.intervals = intervals;
  }

  /** Counts `orders` new ones; throws -1015 when that passes a limit, and then counts nothing. */
  add(account: string, orders: number, nowMs: number, enforced: boolean): void {
    const counts = this.#current(account, nowMs);
    for (const [index, interval] of this.intervals.entries()) {
      const count = counts[index];
      if (!enforced || count === undefined || count.count + orders <= interval.limit) continue;
      const lengthMs = INTERVAL_MS[interval.interval] * interval.intervalNum;
      throw tooManyOrders(
        interval.limit,
        `${interval.intervalNum} ${interval.interval}`,
        Math.ceil(((count.window + 1) * lengthMs - nowMs) / 1000),
      );
    }
    for (const count of counts) count.count += orders;
  }

  /** An order that trades for the first time gives capacity back; never below zero. */
  giveBack(account: string, orders: number, nowMs: number): void {
    for (const count of this.#current(account, nowMs)) count.count = Math.max(0, count.count - orders);
  }

  /** `X-MBX-ORDER-COUNT-10S` and the like. */
  headers(account: string, nowMs: number): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const entry of this.report(account, nowMs))
      headers[`X-MBX-ORDER-COUNT-${entry.intervalNum}${INTERVAL_LETTER[entry.interval]}`] = String(
        entry.count,
      );
    return headers;
  }

  /** The entries of `GET /api/v3/rateLimit/order`. */
  report(account: string, nowMs: number): (OrderInterval & { rateLimitType: 'ORDERS'; count: number })[] {
    const counts = this.#current(account, nowMs);
    return this.intervals.map((interval, index) => ({
      rateLimitType: 'ORDERS',
      ...interval,
      count: counts[index]?.count ?? 0,
    }));
  }

  #current(account: string, nowMs: number): Count[] {
    let counts = this.#counts.get(account);
    if (counts === undefined) {
      counts = this.intervals.map(() => ({ window: -1, count: 0 }));
      this.#counts.set(account, counts);
    }
    for (const [index, interval] of this.intervals.entries()) {
      const count = counts[index];
      const window = Math.floor(nowMs / (INTERVAL_MS[interval.interval] * interval.intervalNum));
      if (count === undefined || count.window === window) continue;
      count.window = window;
      count.count = 0;
    }
    return counts;
  }
}
