/**
 * The limits of MEXC's contract API: requests to each endpoint in so many seconds, of an account, or of the address for public ones.
 *
 * Entry point: `FuturesLimits`. With limits off nothing is counted. Source: "Rate limit" on the page of each endpoint of the contract
 * documentation. No header says what is left.
 */
import { RollingWindow } from '../../wire/rolling-window.ts';
import { tooFrequent } from './errors.ts';

interface EndpointLimit {
  readonly requests: number;
  readonly windowMs: number;
}

const USUAL: EndpointLimit = { requests: 20, windowMs: 2_000 };

const LIMITS: Readonly<Record<string, EndpointLimit>> = {
  '/api/v1/contract/detail': { requests: 1, windowMs: 5_000 },
  '/api/v1/private/order/batch_query': { requests: 5, windowMs: 2_000 },
  '/api/v1/private/order/submit_batch': { requests: 1, windowMs: 2_000 },
};

export class FuturesLimits {
  readonly #windows = new Map<string, RollingWindow>();

  /** Counts a request of `whose` to the endpoint with this path pattern; throws 510 past the limit. */
  charge(whose: string, path: string, nowMs: number): void {
    const { requests, windowMs } = LIMITS[path] ?? USUAL;
    const key = `${whose} ${path}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(windowMs);
      this.#windows.set(key, window);
    }
    if (!window.take(requests, nowMs).isAdmitted) throw tooFrequent();
  }
}
