/**
 * One HTTP request to a venue under our own deadline, answered with what is proven of it.
 *
 * Entry points: `VenueCalls.call`. It never rejects for anything on the wire. The deadline covers
 * the whole call, the body included.
 */
import type { Venue } from '../../core/ids.ts';
import type { HttpTransport, Platform, Scheduler } from '../platform.ts';
import { Departure } from './dispatcher.ts';
import type { RawAnswer, SignedRequest } from './dispatcher.ts';
import { loadSigner } from './exchange.ts';
import type { Credentials, NamedEndpoint, Parameters, Signer, SigningExtras } from './exchange.ts';
import { excerpt } from './exact-json.ts';

export type CallResult =
  | { readonly kind: 'answered'; readonly answer: RawAnswer }
  /** No byte of it was written. */
  | {
      readonly kind: 'not_sent';
      readonly reason: 'expired' | 'connect_failed' | 'annulled';
      readonly detail: string;
    }
  /** Written, at least in part, and no whole answer came back. */
  | { readonly kind: 'lost'; readonly detail: string };

export interface CallOptions {
  /** Milliseconds from now until the call is given up. */
  readonly timeoutMs: number;
  /** The timestamp to sign with, venue clock; null for the venue's current time. */
  readonly signedAt: number | null;
  /** When the request must no longer leave, venue clock; null when it may leave at any time. */
  readonly expiresAt: number | null;
  /** Takes the request back as long as it has not left. */
  readonly annul?: AbortSignal;
  readonly extras?: SigningExtras;
}

export interface VenueCallsOptions {
  readonly platform: Pick<Platform, 'scheduler' | 'transport'>;
  readonly venue: Venue;
  readonly credentials: Credentials | null;
  readonly venueNow: () => number;
  readonly origins: Readonly<Record<string, string>>;
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

const ANNULLED: CallResult = {
  kind: 'not_sent',
  reason: 'annulled',
  detail: 'taken back before it left',
};

export class VenueCalls {
  readonly #signer: Signer;
  readonly #http: HttpTransport;
  readonly #scheduler: Scheduler;
  readonly #venueNow: () => number;

  private constructor(signer: Signer, { platform, venueNow, ...http }: VenueCallsOptions) {
    this.#signer = signer;
    this.#http = platform.transport.http(http);
    this.#scheduler = platform.scheduler;
    this.#venueNow = venueNow;
  }

  static async open(options: VenueCallsOptions): Promise<VenueCalls> {
    const signer = await loadSigner(options.venue, options);
    return new VenueCalls(signer, options);
  }

  /** `params` go out as written. Throws for a request that cannot be signed: keys missing, or no such endpoint. */
  async call(endpoint: NamedEndpoint, params: Parameters, options: CallOptions): Promise<CallResult> {
    const { expiresAt, annul } = options;
    if (annul?.aborted === true) return ANNULLED;
    const request = this.#signer.sign(endpoint, params, options.signedAt, options.extras);
    const departure = new Departure(() => expiresAt !== null && this.#venueNow() > expiresAt);
    let stopDeadline: (() => void) | undefined;
    const deadline = new Promise<'deadline'>((resolve) => {
      stopDeadline = this.#scheduler.after(options.timeoutMs, () => {
        resolve('deadline');
      });
    });
    let takeBack: (() => void) | undefined;
    const annulled = new Promise<'annulled'>((resolve) => {
      takeBack = () => {
        if (departure.departed) return;
        departure.revoke('annulled');
        resolve('annulled');
      };
      annul?.addEventListener('abort', takeBack, { once: true });
    });
    const answering = this.#request(request, departure);
    try {
      const first = await Promise.race([answering, deadline, annulled]);
      if (first === 'annulled') return ANNULLED;
      if (first === 'deadline') {
        departure.revoke('deadline');
        return departure.departed
          ? { kind: 'lost', detail: `no whole answer within ${options.timeoutMs} ms` }
          : {
              kind: 'not_sent',
              reason: 'connect_failed',
              detail: `no connection within ${options.timeoutMs} ms`,
            };
      }
      if ('answer' in first) return { kind: 'answered', answer: first.answer };
      if (departure.departed) return { kind: 'lost', detail: first.failure };
      if (departure.refused === 'expired')
        return {
          kind: 'not_sent',
          reason: 'expired',
          detail: 'the request lifetime passed before the socket',
        };
      return {
        kind: 'not_sent',
        reason: 'connect_failed',
        detail: departure.connectFailure ?? first.failure,
      };
    } finally {
      stopDeadline?.();
      if (takeBack !== undefined) annul?.removeEventListener('abort', takeBack);
    }
  }

  async #request(
    request: SignedRequest,
    departure: Departure,
  ): Promise<{ readonly answer: RawAnswer } | { readonly failure: string }> {
    try {
      return { answer: await this.#http.request(request, departure) };
    } catch (error) {
      return { failure: describeFailure(error) };
    }
  }

  /** Ends every connection; calls under way are lost. */
  async close(): Promise<void> {
    await this.#http.destroy();
  }
}

/** A failure's class and words, without the URL: a signed URL holds the signature and the account's figures. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed without an error';
  const code: unknown = 'code' in error ? error.code : undefined;
  const words = excerpt(error.message).replaceAll(/https?:\/\/\S+/g, '<url>');
  return typeof code === 'string' ? `${code}: ${words}` : `${error.name}: ${words}`;
}
