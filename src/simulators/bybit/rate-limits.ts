/**
 * Bybit's two limits: requests of an address in five seconds, and requests of an account to an endpoint in one.
 *
 * Entry points: `AddressLimit`, `AccountLimits`. Both are rolling windows. With limits off neither refuses, and nothing is counted.
 * Source: "Rate Limit Rules" of the v5 documentation.
 */
import { RollingWindow, type WindowCount } from '../wire/rolling-window.ts';
import { accessTooFrequent, tooManyVisits } from './errors.ts';
import type { Category } from './symbols.ts';

const ADDRESS_WINDOW_MS = 5_000;
const ADDRESS_REQUESTS = 600;
/** "wait for at least 10 minutes. The ban will be lifted automatically." */
const BAN_MS = 600_000;
const SECOND_MS = 1_000;

/** Every request of one address: a simulator sees one. */
export class AddressLimit {
  readonly #window = new RollingWindow(ADDRESS_WINDOW_MS);
  #bannedUntilMs = 0;

  /** Counts a request; throws 403 past the limit and for ten minutes from then on. */
  charge(nowMs: number): void {
    if (nowMs < this.#bannedUntilMs) throw accessTooFrequent();
    if (this.#window.take(ADDRESS_REQUESTS, nowMs).isAdmitted) return;
    this.#bannedUntilMs = nowMs + BAN_MS;
    throw accessTooFrequent();
  }
}

/** Requests in a second by path; spot has other limits where two are given. */
const LIMITS: Readonly<Record<string, number | readonly [linear: number, spot: number]>> = {
  '/v5/order/create': [10, 20],
  '/v5/order/amend': 10,
  '/v5/order/cancel': [10, 20],
  '/v5/order/cancel-all': [10, 20],
  '/v5/order/create-batch': [10, 20],
  '/v5/order/amend-batch': [10, 20],
  '/v5/order/cancel-batch': [10, 20],
  '/v5/position/set-leverage': 10,
  '/v5/position/switch-mode': 10,
  '/v5/position/trading-stop': 10,
  '/v5/account/transaction-log': 25,
  '/v5/account/fee-rate': 5,
  '/v5/account/set-limit-px-action': 10,
  '/v5/account/set-margin-mode': 5,
  '/v5/user/query-api': 10,
};
/** Of the reads of orders, executions, positions and the account. */
const USUAL_LIMIT = 50;

function limitOf(path: string, category: Category): number {
  const limit = LIMITS[path] ?? USUAL_LIMIT;
  return typeof limit === 'number' ? limit : limit[category === 'spot' ? 1 : 0];
}

interface Charge extends WindowCount {
  readonly limit: number;
}

/** Requests of accounts to endpoints, the categories apart. Accounts and endpoints are few, so the map is bounded by them. */
export class AccountLimits {
  readonly #windows = new Map<string, RollingWindow>();
  /** The last charge of each account, for the headers of its answer. */
  readonly #last = new Map<string, Charge>();

  /** Counts a request; throws 10006 past the limit. */
  charge(accountId: string, path: string, category: Category, nowMs: number): void {
    const charge = this.#take(accountId, path, category, nowMs);
    if (!charge.isAdmitted) throw tooManyVisits(headersOf(charge, nowMs));
  }

  /** How many of `count` orders of a batch are within the limit; those count. */
  admit(accountId: string, path: string, category: Category, count: number, nowMs: number): number {
    let admitted = 0;
    while (admitted < count && this.#take(accountId, path, category, nowMs).isAdmitted) admitted += 1;
    return admitted;
  }

  /** The headers of the account's last request. */
  headers(accountId: string, nowMs: number): Record<string, string> {
    const last = this.#last.get(accountId);
    return last === undefined ? {} : headersOf(last, nowMs);
  }

  #take(accountId: string, path: string, category: Category, nowMs: number): Charge {
    const key = `${accountId} ${path} ${category}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(SECOND_MS);
      this.#windows.set(key, window);
    }
    const limit = limitOf(path, category);
    const charge = { limit, ...window.take(limit, nowMs) };
    this.#last.set(accountId, charge);
    return charge;
  }
}

function headersOf({ limit, left, freesAtMs }: Charge, nowMs: number): Record<string, string> {
  return {
    'X-Bapi-Limit': String(limit),
    'X-Bapi-Limit-Status': String(left),
    // "if you have exceeded your rate_limit. Otherwise, this is just the current timestamp".
    'X-Bapi-Limit-Reset-Timestamp': String(left > 0 ? nowMs : freesAtMs),
  };
}
