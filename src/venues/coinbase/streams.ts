/**
 * Coinbase's streams: the account's own events, best bids and asks.
 *
 * Entry points: `privateStream`, `marketProtocol`. Sources: "WebSocket Overview", "WebSocket Channels" and "WebSocket Authentication": one channel
 * a message, a token of its own for each, and heartbeats, without which a channel that has nothing to say is closed.
 */
import type { JsonObject } from '../../core/json.ts';
import {
  asArray,
  asObject,
  isObject,
  optionalFigure,
  optionalText,
  parseExactJson,
  text,
} from '../ccxt/exact-json.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions } from '../private-stream.ts';
import type { SignedStreamOptions } from '../signed-stream.ts';
import { tokenMaker } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { SharedBooks } from './access.ts';
import { timeIn } from './fields.ts';
import type { MessageCount } from './message-count.ts';

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PrivateOptions extends SignedStreamOptions {
  readonly readOrder: NonNullable<PrivateStreamOptions['readOrder']>;
  readonly url: string;
  /** Of the messages of a connection; those that answer a subscription are noted here. */
  readonly count: MessageCount;
}

export function privateStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read, readOrder, count, credentials, venueNow } = options;
  const makeToken = tokenMaker(credentials.apiKey, credentials.secret);
  return new PrivateStream({
    name: 'coinbase user stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      count.begin();
      for (const channel of ['heartbeats', 'user']) {
        const message = JSON.stringify({ type: 'subscribe', channel, jwt: makeToken(venueNow(), null) });
        const answer = await requestOverStream(send, answers, message, (body) => {
          const isTaken = isAnswer(body, channel);
          // At once: the next message may come before this one is awaited.
          if (isTaken && body['type'] !== 'error') count.note(body);
          return isTaken;
        });
        if (answer['type'] !== 'error') continue;
        options.onRefused();
        throw new Error(`${channel}: ${optionalText(answer, 'message') ?? 'refused without a word'}`);
      }
    },
    read,
    readOrder,
    listener,
    evidenceMs,
    executions: 'apart',
  });
}

/** An error, or the list of what the connection is subscribed to, the channel among it. */
function isAnswer(body: JsonObject, channel: string): boolean {
  if (body['type'] === 'error') return true;
  if (body['channel'] !== 'subscriptions') return false;
  return asArray(body['events'], 'events').some((event) => {
    const subscriptions = asObject(event, 'event')['subscriptions'];
    return isObject(subscriptions) && subscriptions[channel] !== undefined;
  });
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Kept far below what a connection carries; more instruments are read. */
const TOPICS_PER_CONNECTION = 500;
const TOPICS_PER_MESSAGE = 100;
/** "Most channels close within 60-90 seconds if no updates are sent": a repeated subscription to heartbeats keeps them open. */
const HEARTBEATS_EVERY_MS = 20_000;

/** Topics are the names of books. */
export function marketProtocol(url: string, books: SharedBooks): MarketProtocol {
  return {
    name: 'coinbase market stream',
    url: async () => url,
    mostTopics: TOPICS_PER_CONNECTION,
    topicsPerMessage: TOPICS_PER_MESSAGE,
    subscribe: (topics) => JSON.stringify({ type: 'subscribe', channel: 'ticker', product_ids: topics }),
    reader: () => (message) => marketEventsIn(message, books),
    pingMessage: () => JSON.stringify({ type: 'subscribe', channel: 'heartbeats' }),
    pingEveryMs: HEARTBEATS_EVERY_MS,
  };
}

/** A book is that of each product which trades in it. */
export function marketEventsIn(message: string, books: SharedBooks): readonly MarketEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  if (body['channel'] !== 'ticker') return [];
  const venueAt = timeIn(body, 'timestamp');
  return asArray(body['events'], 'events').flatMap((event) =>
    asArray(asObject(event, 'event')['tickers'], 'tickers').flatMap((item) => {
      const ticker = asObject(item, 'ticker');
      const top = {
        bid: optionalFigure(ticker, 'best_bid'),
        bidQuantity: optionalFigure(ticker, 'best_bid_quantity'),
        ask: optionalFigure(ticker, 'best_ask'),
        askQuantity: optionalFigure(ticker, 'best_ask_quantity'),
        venueAt,
      };
      return books
        .productsOf(text(ticker, 'product_id'))
        .map((venueSymbol): MarketEvent => ({ kind: 'top', venueSymbol, top }));
    }),
  );
}
