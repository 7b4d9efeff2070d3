/**
 * The one place that touches ccxt's own types: loads one exchange class and shows the little of it that we use.
 *
 * Entry points: `loadExchange`. ccxt gives us each venue's URLs, signing and transport; what an answer means is
 * read from its raw status and body, never from ccxt's error classes.
 *
 * The class is imported by file path: the package's root import loads every exchange, at several times the
 * memory, and its export map hides the files.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Venue } from '../../core/ids.ts';
import type { VenueDispatcher } from './dispatcher.ts';

/** A whole HTTP answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Credentials {
  readonly apiKey: string;
  readonly secret: string;
  /** Venues that have one: OKX, Bitget, KuCoin. */
  readonly password?: string;
}

/** What we use of a ccxt instance. */
export interface CcxtExchange {
  apiKey: string;
  secret: string;
  password: string;
  fetchDispatcher: VenueDispatcher | undefined;
  undiciModule: UndiciModule | undefined;
  timeout: number;
  loadFetchImplementation(): Promise<void>;
  loadProxyModules(): Promise<void>;
  nonce(): number;
  milliseconds(): number;
  handleRestResponse(
    response: FetchResponse,
    url: string,
    method: string,
    requestHeaders: unknown,
    requestBody: unknown,
  ): Promise<unknown>;
  request(
    path: string,
    api: string,
    method: string,
    params: Record<string, string | number>,
  ): Promise<unknown>;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  text(): Promise<string>;
}

/** The HTTP client that ccxt brings; agents must be of its version, because handlers changed between versions. */
export interface UndiciModule {
  readonly Agent: new (options: Record<string, unknown>) => InnerAgent;
}

export interface InnerAgent {
  dispatch(options: object, handler: object): boolean;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

type ExchangeClass = new (config: Record<string, unknown>) => CcxtExchange;

const require = createRequire(import.meta.url);
const classes = new Map<Venue, Promise<ExchangeClass>>();

/** The file of a venue's REST class. Streams are ours, so the `pro` classes are not needed. */
function classFile(venue: Venue): string {
  return join(ccxtDirectory(), 'js', 'src', `${venue}.js`);
}

function ccxtDirectory(): string {
  // The root's entry lies at `<package>/dist/ccxt.cjs`.
  return dirname(dirname(require.resolve('ccxt')));
}

/** The version that is installed, for the startup log. */
export function ccxtVersion(): string {
  const manifest = JSON.parse(readFileSync(join(ccxtDirectory(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

async function loadClass(venue: Venue): Promise<ExchangeClass> {
  let loading = classes.get(venue);
  if (loading === undefined) {
    loading = import(pathToFileURL(classFile(venue)).href).then(
      (module: unknown) => (module as { default: ExchangeClass }).default,
    );
    classes.set(venue, loading);
  }
  return loading;
}

/** What one call pins for everything that ccxt does in its name. */
export interface PinnedCall {
  /** The timestamp that signing uses, venue clock; null signs with the venue's current time. */
  readonly signedAt: number | null;
}

/** Carries the pinned call through ccxt's awaits, so that concurrent calls never see each other's timestamp. */
export const pinnedCall = new AsyncLocalStorage<PinnedCall>();

export interface ExchangeOptions {
  readonly credentials: Credentials | null;
  /** The venue's clock, for what is signed without a journaled time. */
  readonly venueNow: () => number;
}

/**
 * A ready instance of the venue's class. Its `request` resolves with a `RawAnswer` whatever the status,
 * and signs with the `signedAt` of the surrounding `pinnedCall`.
 */
export async function loadExchange(venue: Venue, options: ExchangeOptions): Promise<CcxtExchange> {
  const Exchange = await loadClass(venue);
  const exchange = new Exchange({
    apiKey: options.credentials?.apiKey ?? '',
    secret: options.credentials?.secret ?? '',
    password: options.credentials?.password ?? '',
    // The limiter is first in, first out: a cancel would wait behind every poll. `RateBudget` stands in front instead.
    enableRateLimit: false,
    // A retried create is a second order.
    options: { maxRetriesOnFailure: 0 },
    // Otherwise ccxt says that it is a browser.
    userAgent: 'plimsoll',
    enableLastResponseHeaders: false,
    enableLastHttpResponse: false,
    enableLastJsonResponse: false,
    // Figures as the venue wrote them, wherever a unified call is used; the option's type says number.
    number: String,
  });
  const now = (): number => pinnedCall.getStore()?.signedAt ?? Math.trunc(options.venueNow());
  exchange.nonce = now;
  exchange.milliseconds = now;
  exchange.handleRestResponse = readWhole;
  await exchange.loadFetchImplementation();
  await exchange.loadProxyModules();
  return exchange;
}

async function readWhole(response: FetchResponse): Promise<RawAnswer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined)
      headers[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return { status: response.status, headers, body: await response.text() };
}
