/**
 * The one place that touches ccxt's own types: loads one exchange class and signs requests with it.
 *
 * Entry points: `loadSigner`. ccxt gives us each venue's URLs and signing. Transport and meaning are ours: its
 * transport leaves a body without a deadline and does not say whether a request was written, and its error classes
 * hide the answer that an outcome is read from.
 *
 * The class is imported by file path: the package's root import loads every exchange, at several times the
 * memory, and its export map hides the files.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Venue } from '../../core/ids.ts';
import { tokenMaker } from '../signing.ts';
import type { SignedRequest } from './dispatcher.ts';

export interface Credentials {
  readonly apiKey: string;
  readonly secret: string;
  /** Venues that have one: OKX, Bitget, KuCoin. */
  readonly password?: string;
}

/** The members of a ccxt instance that we use. */
interface CcxtExchange {
  readonly options: Record<string, unknown>;
  hmac: CcxtHmac;
  encode: (text: string) => Uint8Array;
  urlencode: (parameters: Readonly<Record<string, unknown>>) => string;
  nonce(): number;
  milliseconds(): number;
  /** Coinbase's. */
  createAuthToken?: (seconds: number, method: string, url: string) => string;
  sign(
    path: string,
    api: string | readonly string[],
    method: string,
    params: SignedParameters | readonly SignedParameters[] | readonly string[],
  ): {
    readonly url: string;
    readonly method: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

type SignedParameters = Record<string, ParameterValue>;

/** `hash` is a hash function of ccxt's own library; the length of its digest names it. */
type CcxtHmac = (
  request: Uint8Array | string,
  secret: Uint8Array | string,
  hash: { readonly outputLen: number },
  digest?: 'hex' | 'base64' | 'binary',
) => string | Uint8Array;

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

/** An endpoint as ccxt's own tables name it. */
export interface NamedEndpoint {
  /** A list where the table is nested (Bitget: `private`, `uta`). */
  readonly api: string | readonly string[];
  readonly path: string;
  readonly method: string;
}

/** Flags, lists and objects are of JSON bodies alone, but that a query may repeat the entries of a list (Coinbase). */
export type ParameterValue =
  | string
  | number
  | boolean
  | readonly ParameterValue[]
  | { readonly [name: string]: ParameterValue };

/** The parameters of one request; figures are texts, so that they go out digit for digit. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** The part of a request that stands outside its parameters. */
export interface SigningExtras {
  /** The lifetime that is signed with the request, where the venue takes it as a header (Bybit, MEXC swaps) or in a token (Coinbase). */
  readonly receiveWindowMs?: number;
  /** Headers beside those of the signature; the signature does not cover them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body is a list, of which the parameters are the one entry (cancels of OKX's algo orders). */
  readonly asList?: boolean;
  /** The body in place of the parameters: a list of bare values (cancels of MEXC's contracts). */
  readonly list?: readonly string[];
}

export interface Signer {
  /**
   * The request as it goes out. `signedAt` is the timestamp that it carries, on the venue's clock; null takes the
   * present. Throws what ccxt throws for missing keys or an endpoint that it does not know.
   */
  sign(
    endpoint: NamedEndpoint,
    params: Parameters,
    signedAt: number | null,
    extras?: SigningExtras,
  ): SignedRequest;
}

export interface SignerOptions {
  readonly credentials: Credentials | null;
  /** The venue's clock, for what is signed without a journaled time. */
  readonly venueNow: () => number;
}

/** A signer of one account at one venue. */
export async function loadSigner(venue: Venue, options: SignerOptions): Promise<Signer> {
  const Exchange = await loadClass(venue);
  const exchange = new Exchange({
    apiKey: options.credentials?.apiKey ?? '',
    secret: options.credentials?.secret ?? '',
    password: options.credentials?.password ?? '',
    enableRateLimit: false,
    // Figures as the venue wrote them, wherever ccxt's own parsing is used; the option's type says number.
    number: String,
  });
  // Requests are of our account alone: ccxt names itself as a partner where it knows how (KuCoin).
  delete exchange.options['partner'];
  const ownWindow = exchange.options['recvWindow'];
  let pinnedAt: number | null = null;
  const now = (): number => pinnedAt ?? Math.trunc(options.venueNow());
  exchange.nonce = now;
  exchange.milliseconds = now;
  exchange.hmac = nativeHmac;
  let tokenLifetimeMs: number | undefined;
  if (exchange.createAuthToken !== undefined) {
    // Keys of the former kind, which an HMAC signs for, are no longer given out.
    exchange.options['v2CloudAPiKey'] = true;
    const { apiKey: keyName = '', secret = '' } = options.credentials ?? {};
    const makeToken = tokenMaker(keyName, secret);
    exchange.createAuthToken = (_seconds, method, url) => makeToken(now(), { method, url }, tokenLifetimeMs);
  }
  exchange.encode = (words) => Buffer.from(words);
  exchange.urlencode = urlEncoded(exchange.urlencode.bind(exchange));
  return {
    sign: (endpoint, params, signedAt, extras = {}) => {
      // ccxt signs without awaiting anything, so no other call can see this call's time or window.
      pinnedAt = signedAt;
      tokenLifetimeMs = extras.receiveWindowMs;
      if (extras.receiveWindowMs !== undefined) exchange.options['recvWindow'] = extras.receiveWindowMs;
      try {
        const own = { ...params };
        const signed = extras.list ?? (extras.asList === true ? [own] : own);
        const { url, method, headers, body } = exchange.sign(
          endpoint.path,
          endpoint.api,
          endpoint.method,
          signed,
        );
        return {
          url,
          method,
          headers: { ...headers, ...extras.headers, 'User-Agent': 'plimsoll' },
          body: body ?? null,
        };
      } finally {
        pinnedAt = null;
        if (extras.receiveWindowMs !== undefined) exchange.options['recvWindow'] = ownWindow;
      }
    },
  };
}

/** Characters that an address holds unescaped (RFC 3986, section 2.3). */
const UNRESERVED = /^[\w.~-]*$/;

/**
 * As ccxt's own, which is asked for whatever is nested or has to be escaped: parameters of an order hardly ever are, and
 * escaping each name and value costs as much as the signature.
 */
export function urlEncoded(
  ccxts: (parameters: Readonly<Record<string, unknown>>) => string,
): (parameters: Readonly<Record<string, unknown>>) => string {
  return (parameters) => {
    let text = '';
    for (const [name, value] of Object.entries(parameters)) {
      if (typeof value !== 'string' && typeof value !== 'number') return ccxts(parameters);
      const written = String(value);
      if (!UNRESERVED.test(name) || !UNRESERVED.test(written)) return ccxts(parameters);
      text += `${text === '' ? '' : '&'}${name}=${written}`;
    }
    return text;
  };
}

const HASH_NAMES: Readonly<Record<number, string>> = {
  16: 'md5',
  20: 'sha1',
  32: 'sha256',
  48: 'sha384',
  64: 'sha512',
};

/** As ccxt's, which is written in JavaScript and blocks the event loop several times longer. */
export const nativeHmac: CcxtHmac = (request, secret, hash, digest = 'hex') => {
  const name = HASH_NAMES[hash.outputLen];
  if (name === undefined) throw new RangeError(`no hash of ${hash.outputLen} bytes`);
  const mac = createHmac(name, secret).update(request);
  return digest === 'binary' ? new Uint8Array(mac.digest()) : mac.digest(digest);
};
