/**
 * HTX's limits: of spot for each endpoint of a user in two seconds, of contracts for all trading and all reading requests of a user in three.
 *
 * Entry points: `SpotLimits`, `ContractLimits`. With limits off nothing is refused or counted. Sources: "New Version Rate limit Rule" and
 * the limit of each page of the spot documentation; "API Rate Limit Illustration" of the USDT-margined one. The windows are taken
 * to roll: the pages do not say from when they count.
 */
import { RollingWindow, type WindowCount } from '../wire/rolling-window.ts';
import { HtxRefusal } from './errors.ts';

const SPOT_WINDOW_MS = 2_000;
const CONTRACT_WINDOW_MS = 3_000;
/** "Trade Interface: at most 72 times every 3 seconds. Read Interface: at most 72 times every 3 seconds". */
const CONTRACT_REQUESTS = 72;

export class SpotLimits {
  readonly #status: number;
  readonly #windows = new Map<string, RollingWindow>();
  readonly #last = new Map<string, WindowCount>();

  constructor(status: number) {
    this.#status = status;
  }

  /** Counts a request; throws past the limit. */
  charge(accountId: string, endpoint: string, limit: number, nowMs: number): void {
    const count = take(this.#windows, `${accountId} ${endpoint}`, SPOT_WINDOW_MS, limit, nowMs);
    this.#last.set(accountId, count);
    if (!count.isAdmitted)
      throw new HtxRefusal('rate-too-many-requests', 'exceeded rate limit', {
        status: this.#status,
        headers: spotHeaders(count),
      });
  }

  /** The headers of the account's last request. */
  headers(accountId: string): Record<string, string> {
    const last = this.#last.get(accountId);
    return last === undefined ? {} : spotHeaders(last);
  }
}

function spotHeaders({ left, freesAtMs }: WindowCount): Record<string, string> {
  return {
    'X-HB-RateLimit-Requests-Remain': String(Math.max(0, left)),
    'X-HB-RateLimit-Requests-Expire': String(freesAtMs),
  };
}

export class ContractLimits {
  readonly #windows = new Map<string, RollingWindow>();
  readonly #last = new Map<string, WindowCount>();

  charge(accountId: string, isTrade: boolean, nowMs: number): void {
    const key = `${accountId} ${isTrade ? 'trade' : 'read'}`;
    const count = take(this.#windows, key, CONTRACT_WINDOW_MS, CONTRACT_REQUESTS, nowMs);
    this.#last.set(accountId, count);
    if (!count.isAdmitted)
      throw new HtxRefusal('1032', 'The number of access exceeded the limit.', {
        headers: contractHeaders(count, nowMs),
      });
  }

  headers(accountId: string, nowMs: number): Record<string, string> {
    const last = this.#last.get(accountId);
    return last === undefined ? {} : contractHeaders(last, nowMs);
  }
}

function contractHeaders({ left, freesAtMs }: WindowCount, nowMs: number): Record<string, string> {
  return {
    'ratelimit-limit': String(CONTRACT_REQUESTS),
    'ratelimit-interval': String(CONTRACT_WINDOW_MS),
    'ratelimit-remaining': String(Math.max(0, left)),
    'ratelimit-reset': String(Math.max(0, freesAtMs - nowMs)),
  };
}

/** Accounts and endpoints are few, so the map is bounded by them. */
function take(
  windows: Map<string, RollingWindow>,
  key: string,
  windowMs: number,
  limit: number,
  nowMs: number,
): WindowCount {
  let window = windows.get(key);
  if (window === undefined) {
    window = new RollingWindow(windowMs);
    windows.set(key, window);
  }
  return window.take(limit, nowMs);
}
