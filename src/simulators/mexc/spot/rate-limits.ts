/**
 * The limits of MEXC's spot API: weights of each endpoint in ten seconds, of an address or of an account.
 *
 * Entry points: `SpotLimits`, `limitOf`. Requests with a key count for their account, the others for their address. With limits off nothing is
 * counted. Source: "Rate Limits" of the spot v3 documentation, and the weights on the pages of the endpoints. After how many refusals an
 * address is banned is not said.
 */
import { RollingWindow } from '../../wire/rolling-window.ts';
import { addressBanned, tooManyRequests } from './errors.ts';

const WINDOW_MS = 10_000;
/** "Each endpoint with IP limits has an independent 500 every 10 second limit", and so has each with UID limits. */
const WEIGHT_IN_WINDOW = 500;
const SECOND_MS = 1_000;
/** "IP bans … scale in duration for repeat offenders, from 2 minutes to 3 days". */
const BAN_MS = 120_000;
/** Refusals in ten seconds that end in a ban. */
const REFUSALS_BEFORE_BAN = 100;

interface EndpointLimit {
  readonly weight: number;
  /** Requests in a second beside it; absent: any number. */
  readonly perSecond?: number;
}

const WEIGHTS: Readonly<Record<string, EndpointLimit>> = {
  'GET /api/v3/exchangeInfo': { weight: 10 },
  'GET /api/v3/trades': { weight: 5 },
  'GET /api/v3/ticker/24hr': { weight: 1 },
  'POST /api/v3/batchOrders': { weight: 1, perSecond: 2 },
  'GET /api/v3/order': { weight: 2 },
  'GET /api/v3/openOrders': { weight: 3 },
  'GET /api/v3/allOrders': { weight: 10 },
  'GET /api/v3/account': { weight: 10, perSecond: 2 },
  'GET /api/v3/myTrades': { weight: 10 },
  'GET /api/v3/tradeFee': { weight: 20 },
  'GET /api/v3/capital/config/getall': { weight: 10 },
};

/** The weight of a request to the endpoint; one where its page says nothing else. */
export function limitOf(method: string, path: string): EndpointLimit {
  return WEIGHTS[`${method} ${path}`] ?? { weight: 1 };
}

export class SpotLimits {
  /** By endpoint and whose requests they are; both are few. */
  readonly #windows = new Map<string, RollingWindow>();
  readonly #refusals = new RollingWindow(WINDOW_MS);
  #bannedUntilMs = 0;

  /** Counts a request of `whose` (an account, or the address of all others); throws 429, or 418 while the address is banned. */
  charge(whose: string, method: string, path: string, nowMs: number): void {
    if (nowMs < this.#bannedUntilMs) throw addressBanned(secondsUntil(this.#bannedUntilMs, nowMs));
    const { weight, perSecond } = limitOf(method, path);
    const key = `${whose} ${method} ${path}`;
    if (perSecond !== undefined) this.#take(`${key} second`, SECOND_MS, perSecond, nowMs);
    this.#take(key, WINDOW_MS, Math.floor(WEIGHT_IN_WINDOW / weight), nowMs);
  }

  #take(key: string, windowMs: number, limit: number, nowMs: number): void {
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(windowMs);
      this.#windows.set(key, window);
    }
    const { isAdmitted, freesAtMs } = window.take(limit, nowMs);
    if (isAdmitted) return;
    if (!this.#refusals.take(REFUSALS_BEFORE_BAN, nowMs).isAdmitted) this.#bannedUntilMs = nowMs + BAN_MS;
    throw tooManyRequests(secondsUntil(freesAtMs, nowMs));
  }
}

function secondsUntil(ms: number, nowMs: number): number {
  return Math.max(1, Math.ceil((ms - nowMs) / SECOND_MS));
}
