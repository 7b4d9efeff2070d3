/**
 * Bitget's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `privateStream`, `marketProtocol`, `topicOf`. They speak the venue's WebSocket protocol directly rather than through ccxt's client,
 * which collapses bursts and passes figures through floats. Sources: "WebSocket API", "Depth Channel" and "Tickers Channel" of the unified
 * account's documentation. One name may be a spot pair and a perpetual: each kind has a connection of its own.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import {
  asArray,
  asObject,
  isObject,
  optionalFigure,
  optionalText,
  parseExactJson,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Credentials } from '../ccxt/exchange.ts';
import { levelsFrom } from '../market-data.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions } from '../private-stream.ts';
import { signText } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';

/** The venue ends a connection on which no ping came for two minutes; sooner ones show a loss sooner. */
const PING_EVERY_MS = 5_000;
const PING = 'ping';
const PONG = 'pong';
const pingMessage = (): string => PING;

type Argument = Readonly<Record<string, string>>;

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

const TOPICS: readonly Argument[] = ['order', 'fill', 'account'].map((topic) => ({ instType: 'UTA', topic }));

export interface PrivateOptions extends Pick<
  PrivateStreamOptions,
  'platform' | 'listener' | 'evidenceMs' | 'read'
> {
  readonly url: string;
  readonly credentials: Credentials;
  /** The venue's clock. */
  readonly venueNow: () => number;
  /** The venue may have refused our time. */
  readonly onRefused: () => void;
}

/** One stream for both kinds; executions come on a topic of their own. */
export function privateStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read } = options;
  return new PrivateStream({
    name: 'bitget private stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await logIn(options, send, answers);
      for (const argument of TOPICS) await subscribe(send, answers, argument);
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
async function logIn(
  { credentials, venueNow, onRefused }: PrivateOptions,
  send: (message: string) => void,
  answers: AnswerQueue,
): Promise<void> {
  const timestamp = String(Math.trunc(venueNow()));
  const sign = signText(credentials.secret, `${timestamp}GET/user/verify`, 'base64');
  const login = { apiKey: credentials.apiKey, passphrase: credentials.password ?? '', timestamp, sign };
  try {
    await request(send, answers, 'login', login, (body) => body['event'] === 'login');
  } catch (error) {
    onRefused();
    throw error;
  }
}

async function subscribe(
  send: (message: string) => void,
  answers: AnswerQueue,
  argument: Argument,
): Promise<void> {
  await request(send, answers, 'subscribe', argument, ({ event, arg }) => {
    return event === 'subscribe' && isObject(arg) && arg['topic'] === argument['topic'];
  });
}

/** An error is an event of its own, which names no request: one is asked at a time. */
async function request(
  send: (message: string) => void,
  answers: AnswerQueue,
  op: string,
  argument: Argument,
  isSuccess: (body: JsonObject) => boolean,
): Promise<void> {
  const isError = (body: JsonObject): boolean => body['event'] === 'error';
  const message = JSON.stringify({ op, args: [argument] });
  const answer = await requestOverStream(send, answers, message, (body) => isSuccess(body) || isError(body));
  if (isError(answer) || !/^0*$/.test(optionalText(answer, 'code') ?? ''))
    throw new Error(`${op}: ${optionalText(answer, 'msg') ?? 'refused without a word'}`);
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
    case 'books1':
      return [{ kind: 'top', venueSymbol, top: topFrom(asObject(data, 'book')) }];
    case 'ticker': {
      const mark = optionalFigure(asObject(data, 'ticker'), 'markPrice');
      return mark === null ? [] : [{ kind: 'mark', venueSymbol, mark }];
    }
    default:
      return [];
  }
}

function topFrom(book: JsonObject): TopOfBook {
  const [bid] = levelsFrom(book['b'], 1);
  const [ask] = levelsFrom(book['a'], 1);
  return {
    bid: bid?.price ?? null,
    bidQuantity: bid?.quantity ?? null,
    ask: ask?.price ?? null,
    askQuantity: ask?.quantity ?? null,
    venueAt: wholeNumber(book, 'ts'),
  };
}
