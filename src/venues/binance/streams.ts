/**
 * Binance's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `spotPrivateStream`, `swapPrivateStream`, `PublicStream`, `signText`. They speak the venue's WebSocket
 * protocol directly rather than through ccxt's client: that one collapses bursts, drops what nobody awaits, does
 * not reconnect until asked again, and passes figures through floats, all of which a fill must not meet.
 *
 * Sources: web-socket-api.md (`userDataStream.subscribe.signature`), user-data-stream.md and web-socket-streams.md
 * of binance-spot-api-docs; "User Data Streams" of the USD-M futures documentation.
 */
import { createHmac, createPrivateKey, sign as signWithKey } from 'node:crypto';
import type { InstrumentKind } from '../../core/instrument.ts';
import {
  MalformedAnswer,
  asObject,
  excerpt,
  figure,
  isObject,
  optionalText,
  parseExactJson,
  text,
} from '../ccxt/exact-json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Credentials } from '../ccxt/exchange.ts';
import { StreamSocket } from '../stream-socket.ts';
import type { AnswerQueue, StreamState } from '../stream-socket.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions, StreamEvent } from '../private-stream.ts';
import type { MarketConnection, MarketListener } from '../quotes.ts';
import { topFromStream } from './quote-feed.ts';

/** Hexadecimal HMAC-SHA256, or a base64 signature where the secret is a private key (RSA or Ed25519). */
export function signText(secret: string, payload: string): string {
  if (!secret.includes('PRIVATE KEY')) return createHmac('sha256', secret).update(payload).digest('hex');
  const key = createPrivateKey(secret);
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return signWithKey(digest, Buffer.from(payload), key).toString('base64');
}

const ANSWER_TIMEOUT_MS = 5_000;
const SUBSCRIBE_WINDOW_MS = 5_000;

interface AccountEvents extends Pick<PrivateStreamOptions, 'listener' | 'evidenceMs'> {
  readonly url: string;
  readonly read: (event: JsonObject) => StreamEvent;
}

/** The one event of a message. */
function eventOf(message: string, read: AccountEvents['read']): readonly StreamEvent[] {
  const body = asObject(parseExactJson(message), 'event');
  // The spot stream wraps events with the number of the subscription.
  const payload = isObject(body['event']) ? body['event'] : body;
  return payload['e'] === undefined ? [] : [read(payload)];
}

export interface SpotPrivateStreamOptions extends AccountEvents {
  readonly credentials: Credentials;
  /** The venue's clock. */
  readonly venueNow: () => number;
  /** The venue refused our timestamp. */
  readonly onClockRefused: () => void;
}

/** Subscribes by a signature, which needs no session and works with every type of key. */
export function spotPrivateStream(options: SpotPrivateStreamOptions): PrivateStream {
  return new PrivateStream({
    name: 'binance spot private stream',
    url: async () => options.url,
    subscribe: async (send, answers) => subscribe(options, send, answers),
    read: (message) => eventOf(message, options.read),
    listener: options.listener,
    evidenceMs: options.evidenceMs,
  });
}

async function subscribe(
  options: SpotPrivateStreamOptions,
  send: (message: string) => void,
  answers: AnswerQueue,
): Promise<void> {
  const id = 'subscribe';
  const parameters = {
    apiKey: options.credentials.apiKey,
    recvWindow: SUBSCRIBE_WINDOW_MS,
    timestamp: Math.trunc(options.venueNow()),
  };
  // Signed over all parameters, sorted by name; the literal above is in that order.
  const payload = Object.entries(parameters)
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
  const answered = answers.next((message) => answerTo(message, id), ANSWER_TIMEOUT_MS);
  send(
    JSON.stringify({
      id,
      method: 'userDataStream.subscribe.signature',
      params: { ...parameters, signature: signText(options.credentials.secret, payload) },
    }),
  );
  const answer = await answered;
  if (answer['status'] !== 200) {
    const error = isObject(answer['error']) ? answer['error'] : {};
    if (error['code'] === -1021) options.onClockRefused();
    throw new Error(`${optionalText(error, 'code') ?? 'no code'} ${optionalText(error, 'msg') ?? ''}`);
  }
}

/** The answer to request `id`; undefined for anything else. */
function answerTo(message: string, id: string | number): JsonObject | undefined {
  let body: JsonValue;
  try {
    body = parseExactJson(message);
  } catch (error) {
    if (error instanceof MalformedAnswer) return undefined;
    throw error;
  }
  return isObject(body) && body['id'] === id ? body : undefined;
}

/** A listen key lives for 60 minutes from the last time it was extended. */
const KEEP_ALIVE_MS = 25 * 60_000;

export interface SwapPrivateStreamOptions extends AccountEvents {
  /** Asks for a listen key. */
  readonly start: () => Promise<JsonValue>;
  /** Extends it; rejects when the venue no longer knows it. */
  readonly keepAlive: () => Promise<JsonValue>;
}

/** The venue itself pings every three minutes only; our pings are answered at once. */
export function swapPrivateStream(options: SwapPrivateStreamOptions): PrivateStream {
  return new PrivateStream({
    name: 'binance swap private stream',
    url: async () => {
      const key = text(asObject(await options.start(), 'listen key'), 'listenKey');
      // Without a list of events the stream carries all of them.
      return `${options.url}?listenKey=${encodeURIComponent(key)}`;
    },
    // The key in the address is the subscription.
    subscribe: async () => undefined,
    read: (message) => eventOf(message, options.read),
    listener: options.listener,
    evidenceMs: options.evidenceMs,
    keepAlive: { what: 'the listen key', everyMs: KEEP_ALIVE_MS, run: options.keepAlive },
  });
}

/** Subscriptions that one connection carries at the venue. */
const STREAMS_PER_CONNECTION = 1_000;
/** Names in one SUBSCRIBE; the venue takes five messages a second. */
const NAMES_PER_MESSAGE = 200;
const GATHER_MS = 20;

/** Well inside the age at which a quote is too old, and far below the venue's five messages a second. */
const PUBLIC_PING_MS = 1_000;

/**
 * One combined market-data connection, shared by the accounts at an address; remembers what was asked for and asks
 * again after each reconnect. It is closed while nobody listens.
 */
export class PublicStream implements MarketConnection {
  readonly #socket: StreamSocket;
  readonly #listeners = new Set<MarketListener>();
  readonly #wanted = new Set<string>();
  #pending: string[] = [];
  #pendingTimer: NodeJS.Timeout | undefined;
  #requests = 0;
  readonly #most: number;

  constructor(options: {
    readonly kind: InstrumentKind;
    readonly url: string;
    /** Subscriptions that it carries; the venue's own bound unless told. */
    readonly most?: number | undefined;
  }) {
    this.#most = options.most ?? STREAMS_PER_CONNECTION;
    this.#socket = new StreamSocket({
      name: `binance ${options.kind} public stream`,
      // Silence means "unchanged" only while the connection is known to live.
      pingEveryMs: PUBLIC_PING_MS,
      handlers: {
        url: async () => options.url,
        subscribe: async (send) => {
          this.#pending = [];
          this.#subscribe(send, [...this.#wanted]);
        },
        onUp: () => {
          this.#flush();
        },
        onDown: () => undefined,
        onMessage: (message) => {
          this.#read(message);
        },
      },
    });
  }

  get state(): StreamState {
    return this.#socket.state;
  }

  get lastMessageAt(): number | null {
    return this.#socket.lastMessageAt;
  }

  get connection(): number {
    return this.#socket.connection;
  }

  /** Tells `listener` of everything that anyone asked for. */
  join(listener: MarketListener): void {
    this.#listeners.add(listener);
  }

  leave(listener: MarketListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearTimeout(this.#pendingTimer);
    this.#pendingTimer = undefined;
    this.#pending = [];
    this.#wanted.clear();
    this.#socket.close();
  }

  /** `btcusdt@bookTicker`. Says whether the connection has room for it; connects on the first. */
  want(name: string): boolean {
    if (this.#wanted.has(name)) return true;
    if (this.#wanted.size >= this.#most) return false;
    this.#wanted.add(name);
    this.#socket.open();
    this.#pending.push(name);
    this.#pendingTimer ??= setTimeout(() => {
      this.#pendingTimer = undefined;
      this.#flush();
    }, GATHER_MS);
    return true;
  }

  #flush(): void {
    if (this.#socket.state !== 'connected') return;
    this.#subscribe((message) => this.#socket.send(message), this.#pending.splice(0));
  }

  #subscribe(send: (message: string) => void, names: readonly string[]): void {
    for (let start = 0; start < names.length; start += NAMES_PER_MESSAGE) {
      this.#requests += 1;
      send(
        JSON.stringify({
          method: 'SUBSCRIBE',
          params: names.slice(start, start + NAMES_PER_MESSAGE),
          id: this.#requests,
        }),
      );
    }
  }

  #read(message: string): void {
    try {
      const body = asObject(parseExactJson(message), 'event');
      const data = isObject(body['data']) ? body['data'] : body;
      const venueSymbol = data['s'];
      if (typeof venueSymbol !== 'string') return;
      if (data['e'] === 'markPriceUpdate') {
        const mark = figure(data, 'p');
        for (const listener of this.#listeners) listener.onMark(venueSymbol, mark);
      } else if (data['b'] !== undefined && data['B'] !== undefined) {
        const top = topFromStream(data);
        for (const listener of this.#listeners) listener.onTop(venueSymbol, top);
      }
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      this.#socket.reconnect(`unreadable market data: ${excerpt(error.message)}`);
    }
  }
}
