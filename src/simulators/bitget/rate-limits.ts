/**
 * Bitget's limits: requests of an address in a minute, of an address to a public endpoint, and of an account to a private one, in a second.
 *
 * Entry point: `RequestLimits`. Rolling windows; with limits off nothing is counted. Sources: the line "Rate limit" of each endpoint's page, and
 * "6000/IP/Min" of the former API's introduction. No answer states a count.
 */
import { RollingWindow } from '../wire/rolling-window.ts';
import { tooManyRequests } from './errors.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const ADDRESS_REQUESTS = 6_000;

/** In a second, by path below `/api/v3/`. */
const LIMITS: Readonly<Record<string, number>> = {
  'trade/place-order': 10,
  'trade/place-batch': 5,
  'trade/modify-order': 10,
  'trade/batch-modify-order': 10,
  'trade/cancel-order': 10,
  'trade/cancel-batch': 5,
  'trade/cancel-symbol-order': 5,
  'trade/close-positions': 5,
  'trade/countdown-cancel-all': 1,
  'account/info': 5,
  'account/collateral-type': 10,
  'account/set-leverage': 10,
  'account/set-hold-mode': 10,
  'account/fee-rate': 3,
  'account/all-fee-rate': 3,
  'account/max-transferable': 3,
  'account/switch-deduct': 1,
  'account/deduct-info': 1,
  'market/oi-limit': 10,
};
/** Of all others. */
const USUAL = 20;
const BASE = /^\/api\/v\d\//;

/** Endpoints and accounts are few, so the map is bounded by them. */
export class RequestLimits {
  readonly #windows = new Map<string, RollingWindow>();
  readonly #address = new RollingWindow(MINUTE_MS);

  /** Counts a request of the address; throws 429 past a limit. */
  chargeAddress(path: string, nowMs: number): void {
    if (!this.#address.take(ADDRESS_REQUESTS, nowMs).isAdmitted) throw tooManyRequests();
    if (/^\/api\/v\d\/(?:market|public)\//.test(path)) this.#charge('address', path, nowMs);
  }

  /** Counts a request of an account; throws 429 past the limit of the endpoint. Requests over WebSocket count with those of REST. */
  chargeAccount(accountId: string, path: string, nowMs: number): void {
    this.#charge(accountId, path, nowMs);
  }

  #charge(owner: string, path: string, nowMs: number): void {
    const name = path.replace(BASE, '');
    const key = `${owner} ${name}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(SECOND_MS);
      this.#windows.set(key, window);
    }
    if (!window.take(LIMITS[name] ?? USUAL, nowMs).isAdmitted) throw tooManyRequests();
  }
}
