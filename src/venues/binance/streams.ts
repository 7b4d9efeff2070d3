/**
 * Binance's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `spotPrivateStream`, `swapPrivateStream`, `marketProtocol`. They speak the venue's WebSocket
 * protocol directly rather than through ccxt's client: that one collapses bursts, drops what nobody awaits, does
 * not reconnect until asked again, and passes figures through floats, all of which a fill must not meet.
 *
 * Sources: web-socket-api.md (`userDataStream.subscribe.signature`), user-data-stream.md and web-socket-streams.md
 * of binance-spot-api-docs; "User Data Streams" of the USD-M futures documentation.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { asObject, figure, isObject, optionalText, parseExactJson, text } from '../ccxt/exact-json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Credentials } from '../ccxt/exchange.ts';
import { signText } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions, StreamEvent } from '../private-stream.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { topFromStream } from './quote-feed.ts';

const SUBSCRIBE_WINDOW_MS = 5_000;

interface AccountEvents extends Pick<PrivateStreamOptions, 'platform' | 'listener' | 'evidenceMs'> {
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
    platform: options.platform,
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
  const message = JSON.stringify({
    id,
    method: 'userDataStream.subscribe.signature',
    params: { ...parameters, signature: signText(options.credentials.secret, payload) },
  });
  const answer = await requestOverStream(send, answers, message, (body) => body['id'] === id);
  if (answer['status'] !== 200) {
    const error = isObject(answer['error']) ? answer['error'] : {};
    if (error['code'] === -1021) options.onClockRefused();
    throw new Error(`${optionalText(error, 'code') ?? 'no code'} ${optionalText(error, 'msg') ?? ''}`);
  }
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
    platform: options.platform,
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

/** Topics that one connection carries at the venue. */
const TOPICS_PER_CONNECTION = 1_000;
/** Topics in one SUBSCRIBE; the venue takes five messages a second. */
const TOPICS_PER_MESSAGE = 200;

/** A combined market-data stream; topics are named `btcusdt@bookTicker`. */
export function marketProtocol(options: {
  readonly kind: InstrumentKind;
  readonly url: string;
  /** Fewer topics than the venue's own bound. */
  readonly mostTopics?: number | undefined;
}): MarketProtocol {
  return {
    name: `binance ${options.kind} public stream`,
    url: async () => options.url,
    mostTopics: options.mostTopics ?? TOPICS_PER_CONNECTION,
    topicsPerMessage: TOPICS_PER_MESSAGE,
    subscribe: (topics, request) => JSON.stringify({ method: 'SUBSCRIBE', params: topics, id: request }),
    // Every message is whole by itself.
    reader: () => marketEvents,
  };
}

/** Of `bookTicker`, `markPrice` and `avgPrice`; anything else says nothing of a price. */
export function marketEvents(message: string): readonly MarketEvent[] {
  const body = asObject(parseExactJson(message), 'event');
  const data = isObject(body['data']) ? body['data'] : body;
  const venueSymbol = data['s'];
  if (typeof venueSymbol !== 'string') return [];
  if (data['e'] === 'markPriceUpdate') return [{ kind: 'mark', venueSymbol, mark: figure(data, 'p') }];
  if (data['e'] === 'avgPrice') return [{ kind: 'average', venueSymbol, price: figure(data, 'w') }];
  if (data['b'] === undefined || data['B'] === undefined) return [];
  return [{ kind: 'top', venueSymbol, top: topFromStream(data) }];
}
