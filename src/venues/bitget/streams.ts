/**
 * Bitget's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `privateStream`, `marketProtocol`, `topicOf`. They speak the venue's WebSocket protocol directly rather than through ccxt's client,
 * which collapses bursts and passes figures through floats. Sources: "WebSocket API", "Depth Channel" and "Tickers Channel" of the unified
 * account's documentation. One name may be a spot pair and a perpetual: each kind has a connection of its own.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import {
  asArray,
  asObject,
  isObject,
  optionalFigure,
  parseExactJson,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import { topOf } from '../market-data.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import { requestByEvent, signedLogin } from '../signed-stream.ts';
import type { EventRequest, SignedStreamOptions } from '../signed-stream.ts';
import { signText } from '../signing.ts';

/** The venue ends a connection on which no ping came for two minutes; sooner ones show a loss sooner. */
const PING_EVERY_MS = 5_000;
const PING = 'ping';
const PONG = 'pong';
const pingMessage = (): string => PING;

type Argument = Readonly<Record<string, string>>;

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

const TOPICS: readonly Argument[] = ['order', 'fill', 'account'].map((topic) => ({ instType: 'UTA', topic }));

export interface PrivateOptions extends SignedStreamOptions {
  readonly url: string;
}

/** One stream for both kinds; executions come on a topic of their own. */
export function privateStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read } = options;
  return new PrivateStream({
    name: 'bitget private stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await signedLogin(options, async () => requestByEvent(send, answers, loginOf(options)));
      for (const argument of TOPICS) await requestByEvent(send, answers, subscriptionTo(argument));
    },
    read,
    listener,
    evidenceMs,
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    pingMessage,
  });
}

/** "timestamp + GET + /user/verify". */
function loginOf({ credentials, venueNow }: PrivateOptions): EventRequest {
  const { apiKey, password: passphrase = '', secret } = credentials;
  const timestamp = String(Math.trunc(venueNow()));
  const sign = signText(secret, `${timestamp}GET/user/verify`, 'base64');
  return {
    op: 'login',
    argument: { apiKey, passphrase, timestamp, sign },
    isAnswer: ({ event }) => event === 'login',
  };
}

function subscriptionTo(argument: Argument): EventRequest {
  return {
    op: 'subscribe',
    argument,
    isAnswer: ({ event, arg }) =>
      event === 'subscribe' && isObject(arg) && arg['topic'] === argument['topic'],
  };
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Far below the thousand that a connection may have: "fewer than 50 channels" keep it stable. */
const TOPICS_PER_CONNECTION = 200;
const TOPICS_PER_MESSAGE = 50;

/** A channel with its instrument, as one text. */
export function topicOf(channel: 'books1' | 'ticker', venueSymbol: string): string {
  return `${channel} ${venueSymbol}`;
}

/** Messages write categories in lower case. */
const INST_TYPES: Readonly<Record<InstrumentKind, string>> = { spot: 'spot', linear_swap: 'usdt-futures' };

function argumentOf(kind: InstrumentKind, topic: string): Argument {
  const [channel = '', symbol = ''] = topic.split(' ');
  return { instType: INST_TYPES[kind], topic: channel, symbol };
}

/** Of one kind: messages of another one that has the same name are passed over. */
export function marketProtocol(kind: InstrumentKind, url: string): MarketProtocol {
  return {
    name: `bitget ${kind} public stream`,
    url: async () => url,
    mostTopics: TOPICS_PER_CONNECTION,
    topicsPerMessage: TOPICS_PER_MESSAGE,
    subscribe: (topics) =>
      JSON.stringify({ op: 'subscribe', args: topics.map((topic) => argumentOf(kind, topic)) }),
    reader: () => (message) => marketEvents(kind, message),
    pingMessage,
    pingEveryMs: PING_EVERY_MS,
  };
}

/** Every message has its figures whole. An error of a subscription is passed over: what is silent is read. */
export function marketEvents(kind: InstrumentKind, message: string): readonly MarketEvent[] {
  if (message === PONG) return [];
  const body = asObject(parseExactJson(message), 'message');
  const { arg } = body;
  if (!isObject(arg) || body['event'] !== undefined || arg['instType'] !== INST_TYPES[kind]) return [];
  const venueSymbol = text(arg, 'symbol');
  const [data] = asArray(body['data'], 'data');
  switch (text(arg, 'topic')) {
    case 'books1': {
      const book = asObject(data, 'book');
      const sides = { bids: book['b'], asks: book['a'] };
      return [{ kind: 'top', venueSymbol, top: topOf(sides, wholeNumber(book, 'ts')) }];
    }
    case 'ticker': {
      const mark = optionalFigure(asObject(data, 'ticker'), 'markPrice');
      return mark === null ? [] : [{ kind: 'mark', venueSymbol, mark }];
    }
    default:
      return [];
  }
}
