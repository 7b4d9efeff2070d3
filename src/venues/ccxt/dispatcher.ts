/**
 * Where a venue's requests leave us: redirects them, lets each leave at most once, and knows whether it left.
 *
 * Entry points: `VenueDispatcher` (the real `HttpTransport`), `Departure`. Requests are built and signed for the production URLs, so that paths
 * and signatures stay those of production; only the origin is exchanged here, for a local simulator or a venue's
 * own sandbox. Nothing is repeated and no redirect is followed.
 *
 * Invariants:
 *  1. A departure writes at most one request; a second write in its name is refused.
 *  2. `departed` is false only if no byte of the request was written.
 *  3. A request whose lifetime has passed, or that was revoked, is refused at the socket, after connecting.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';

/** A whole HTTP answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as it is signed, for the venue's production URL. */
export interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

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

export interface DispatcherOptions {
  /** Production origin to where it goes instead; an origin not named goes where it says. */
  readonly origins: Readonly<Record<string, string>>;
  /** How long an idle connection is kept: below the venue's own figure, or its resets become unknown outcomes. */
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

/** The largest answer that is read, packed or not; the largest real one is a list of instruments of some 20 MB. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
const CONNECTIONS = 256;

export class VenueDispatcher {
  readonly #agent: Agent;
  readonly #origins: Readonly<Record<string, string>>;

  constructor(options: DispatcherOptions) {
    this.#origins = options.origins;
    this.#agent = new Agent({
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
      keepAliveTimeoutThreshold: 1_000,
      connect: { timeout: options.connectTimeoutMs },
      // One request per socket: a failure then concerns exactly one request.
      pipelining: 1,
      allowH2: false,
      autoSelectFamily: true,
      connections: CONNECTIONS,
      // The caller's deadline covers the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Resolves with the whole answer, whatever its status; rejects when there is none. */
  async request(request: SignedRequest, departure: Departure): Promise<RawAnswer> {
    const { origin, pathname, search } = new URL(request.url);
    return new Promise<RawAnswer>((resolve, reject) => {
      this.#agent.dispatch(
        {
          origin: this.#origins[origin] ?? origin,
          path: pathname + search,
          method: request.method,
          headers: { ...request.headers, 'accept-encoding': 'gzip' },
          body: request.body,
        },
        new AnswerReader(departure, resolve, reject),
      );
    });
  }

  async destroy(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Notes the moment of writing, and gathers the answer. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #departure: Departure;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #headers: Record<string, string> = {};
  #status = 0;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(departure: Departure, resolve: (answer: RawAnswer) => void, reject: (error: Error) => void) {
    this.#departure = departure;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#departure.leave((reason) => {
      controller.abort(reason);
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined)
        this.#headers[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BODY_BYTES) {
      controller.abort(new Error(`an answer of more than ${MAX_BODY_BYTES} bytes`));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const bytes = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    const encoding = this.#headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity' || bytes.length === 0) {
      this.#answer(bytes.toString('utf8'));
      return;
    }
    unpacked(bytes, encoding).then(
      (body) => {
        this.#answer(body);
      },
      (error: unknown) => {
        this.#reject(error instanceof Error ? error : new Error('the answer could not be unpacked'));
      },
    );
  }

  #answer(body: string): void {
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(
    _controller: Dispatcher.DispatchController,
    error: Error & { readonly code?: unknown },
  ): void {
    if (!this.#departure.departed && this.#departure.refused === null)
      this.#departure.connectFailure = typeof error.code === 'string' ? error.code : error.message;
    this.#reject(error);
  }
}

const unpack = promisify(gunzip);

async function unpacked(bytes: Buffer, encoding: string): Promise<string> {
  if (encoding !== 'gzip') throw new Error(`content-encoding ${encoding} was not asked for`);
  return (await unpack(bytes, { maxOutputLength: MAX_BODY_BYTES })).toString('utf8');
}
