/**
 * Where a venue's requests leave us: redirects them, lets each leave at most once, and knows whether it left.
 *
 * Entry points: `VenueDispatcher`, `Departure`. ccxt keeps the production URLs, so that signing and paths stay
 * those of production; only the origin is exchanged here, for a local simulator or a venue's own sandbox.
 *
 * Invariants:
 *  1. A departure writes at most one request; a second write in its name is refused.
 *  2. `departed` is false only if no byte of the request was written.
 *  3. A request whose lifetime has passed, or that was revoked, is refused at the socket, after connecting.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { InnerAgent, UndiciModule } from './exchange.ts';

/** Why a request was refused at the socket. */
export type RefusedDeparture = 'expired' | 'revoked' | 'second_write';

/** One request on its way out, and what became of it. */
export class Departure {
  /** Whether it may have reached the socket. */
  departed = false;
  refused: RefusedDeparture | null = null;
  /** The code of a failure to connect, such as `ECONNREFUSED`; null when there was none. */
  connectFailure: string | null = null;
  #revoked = false;
  #abort: ((reason: Error) => void) | null = null;
  readonly #expired: () => boolean;

  constructor(expired: () => boolean) {
    this.#expired = expired;
  }

  /**
   * Gives the request up. One that has not left never will; one that has is cut off with its socket, so that
   * no late answer is read and the socket is not reused.
   */
  revoke(reason: string): void {
    this.#revoked = true;
    this.#abort?.(new Error(reason));
  }

  /** Called when the connection is there and the request is about to be written. Throws to refuse. */
  leave(abort: (reason: Error) => void): void {
    const refused = this.departed
      ? 'second_write'
      : this.#revoked
        ? 'revoked'
        : this.#expired()
          ? 'expired'
          : null;
    if (refused !== null) {
      this.refused ??= refused;
      throw new Error(`request refused at the socket: ${refused}`);
    }
    this.departed = true;
    this.#abort = abort;
  }
}

/** Names the departure for what is dispatched below it. */
export const currentDeparture = new AsyncLocalStorage<Departure>();

/** The callbacks of one request, as ccxt's HTTP client hands them to a dispatcher. */
interface RequestCallbacks {
  onConnect(abort: (reason?: Error) => void, context?: unknown): void;
  onHeaders(status: number, headers: unknown, resume: () => void, statusText: string): boolean;
  onData(chunk: Buffer): boolean;
  onComplete(trailers: unknown): void;
  onError(error: Error): void;
}

export interface DispatcherOptions {
  /** Production origin to where it goes instead; an origin not named goes where it says. */
  readonly origins: Readonly<Record<string, string>>;
  /** How long an idle connection is kept: below the venue's own figure, or its resets become unknown outcomes. */
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

export class VenueDispatcher {
  readonly #agent: InnerAgent;
  readonly #origins: Readonly<Record<string, string>>;

  constructor(undici: UndiciModule, options: DispatcherOptions) {
    this.#origins = options.origins;
    this.#agent = new undici.Agent({
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
      keepAliveTimeoutThreshold: 1_000,
      connect: { timeout: options.connectTimeoutMs },
      // One request per socket: a failure then concerns exactly one request.
      pipelining: 1,
      allowH2: false,
      autoSelectFamily: true,
      connections: 256,
      // Our own deadline covers the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  dispatch(options: { readonly origin?: string | URL }, callbacks: RequestCallbacks): boolean {
    const departure = currentDeparture.getStore();
    if (departure === undefined) throw new Error('a request without a departure');
    const origin = String(options.origin);
    return this.#agent.dispatch(
      { ...options, origin: this.#origins[origin] ?? origin },
      new GuardedCallbacks(callbacks, departure),
    );
  }

  async destroy(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Stands between the client and the caller, to refuse or note the moment of writing. */
class GuardedCallbacks {
  readonly #inner: RequestCallbacks;
  readonly #departure: Departure;

  constructor(inner: RequestCallbacks, departure: Departure) {
    this.#inner = inner;
    this.#departure = departure;
  }

  onConnect(abort: (reason?: Error) => void, context?: unknown): void {
    this.#departure.leave(abort);
    this.#inner.onConnect(abort, context);
  }

  onHeaders(status: number, headers: unknown, resume: () => void, statusText: string): boolean {
    return this.#inner.onHeaders(status, headers, resume, statusText);
  }

  onData(chunk: Buffer): boolean {
    return this.#inner.onData(chunk);
  }

  onComplete(trailers: unknown): void {
    this.#inner.onComplete(trailers);
  }

  onError(error: Error & { readonly code?: unknown }): void {
    if (!this.#departure.departed && this.#departure.refused === null)
      this.#departure.connectFailure = typeof error.code === 'string' ? error.code : error.message;
    this.#inner.onError(error);
  }
}
