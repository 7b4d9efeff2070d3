/**
 * Coinbase's limits: requests of a user to private endpoints and of an address to public ones in a second; connections and
 * unauthenticated messages of an address to its streams in a second.
 *
 * Entry points: `UserLimits`, `AddressLimit`, `StreamLimits`. With limits off none refuses, and nothing is counted. Sources: "Advanced Trade
 * WebSocket Rate Limits" for the streams; the former "REST API Rate Limits" for 30 and 10 a second, which the pages of today do not
 * state; the names of the headers are those that the official Python client reads.
 */
import { RollingWindow, type WindowCount } from '../wire/rolling-window.ts';
import { tooManyRequests } from './errors.ts';

const SECOND_MS = 1_000;
const PRIVATE_REQUESTS = 30;
const PUBLIC_REQUESTS = 10;
const CONNECTIONS = 8;
const UNAUTHENTICATED_MESSAGES = 8;

function headersOf(limit: number, { left, freesAtMs }: WindowCount, nowMs: number): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(left),
    'x-ratelimit-reset': String(Math.max(0, Math.ceil((freesAtMs - nowMs) / SECOND_MS))),
  };
}

/** Requests of users to private endpoints. Users are few, so the map is bounded by them. */
export class UserLimits {
  readonly #windows = new Map<string, RollingWindow>();
  /** The last count of each user, for the headers of its answer. */
  readonly #last = new Map<string, WindowCount>();

  /** Counts a request; throws 429 past the limit. */
  charge(accountId: string, nowMs: number): void {
    let window = this.#windows.get(accountId);
    if (window === undefined) {
      window = new RollingWindow(SECOND_MS);
      this.#windows.set(accountId, window);
    }
    const count = window.take(PRIVATE_REQUESTS, nowMs);
    this.#last.set(accountId, count);
    if (!count.isAdmitted) throw tooManyRequests(headersOf(PRIVATE_REQUESTS, count, nowMs));
  }

  /** The headers of the user's last request. */
  headers(accountId: string, nowMs: number): Record<string, string> {
    const last = this.#last.get(accountId);
    return last === undefined ? {} : headersOf(PRIVATE_REQUESTS, last, nowMs);
  }
}

/** Requests of one address to public endpoints: a simulator sees one. */
export class AddressLimit {
  readonly #window = new RollingWindow(SECOND_MS);

  /** Counts a request; throws 429 past the limit. */
  charge(nowMs: number): void {
    const count = this.#window.take(PUBLIC_REQUESTS, nowMs);
    if (!count.isAdmitted) throw tooManyRequests(headersOf(PUBLIC_REQUESTS, count, nowMs));
  }
}

/** Connections and messages of one address on the streams. */
export class StreamLimits {
  readonly #connections = new RollingWindow(SECOND_MS);
  readonly #messages = new RollingWindow(SECOND_MS);

  admitsConnection(nowMs: number): boolean {
    return this.#connections.take(CONNECTIONS, nowMs).isAdmitted;
  }

  /** Of a message without a token. */
  admitsMessage(nowMs: number): boolean {
    return this.#messages.take(UNAUTHENTICATED_MESSAGES, nowMs).isAdmitted;
  }
}
