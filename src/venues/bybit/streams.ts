/**
 * Bybit's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `privateStream`, `marketProtocol`. They speak the venue's WebSocket protocol directly rather than through ccxt's client,
 * which collapses bursts and passes figures through floats. Source: "Connect", "Orderbook" and "Ticker" of the v5 documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import {
  asObject,
  optionalFigure,
  optionalText,
  parseExactJson,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import { levelsFrom } from '../market-data.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import { signedLogin } from '../signed-stream.ts';
import type { SignedStreamOptions } from '../signed-stream.ts';
import { signText } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';

/** The venue recommends a ping every 20 s; sooner ones show a loss sooner. */
const PING_EVERY_MS = 5_000;
const pingMessage = (): string => JSON.stringify({ op: 'ping' });

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

const TOPICS = ['order', 'execution', 'wallet'] as const;
/** How long a login is valid from when it is signed. */
const LOGIN_VALID_MS = 10_000;

export interface PrivateOptions extends SignedStreamOptions {
  readonly url: string;
}

/** One stream for both kinds; executions come on a topic of their own. */
export function privateStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read } = options;
  return new PrivateStream({
    name: 'bybit private stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await signedLogin(options, async () => request(send, answers, loginOf(options)));
      await request(send, answers, { op: 'subscribe', args: [...TOPICS] });
    },
    read,
    listener,
    evidenceMs,
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    pingMessage,
  });
}

function loginOf({ credentials, venueNow }: PrivateOptions): Message {
  const expires = Math.trunc(venueNow()) + LOGIN_VALID_MS;
  const signature = signText(credentials.secret, `GET/realtime${expires}`);
  return { op: 'auth', args: [credentials.apiKey, expires, signature] };
}

interface Message {
  readonly op: string;
  readonly args: readonly unknown[];
}

/** The answer to a request names its `op`; a refusal says why. */
async function request(
  send: (message: string) => void,
  answers: AnswerQueue,
  message: Message,
): Promise<void> {
  const isAnswer = (body: JsonObject): boolean => body['op'] === message.op && body['success'] !== undefined;
  const answer = await requestOverStream(send, answers, JSON.stringify(message), isAnswer);
  if (answer['success'] !== true)
    throw new Error(`${message.op}: ${optionalText(answer, 'ret_msg') ?? 'refused without a word'}`);
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Kept far below what "args" may hold. */
const TOPICS_PER_CONNECTION = 1_000;
/** Spot "can input up to 10 args for each subscription request"; contracts up to 21,000 characters. */
const TOPICS_PER_MESSAGE: Readonly<Record<InstrumentKind, number>> = { spot: 10, linear_swap: 200 };

export function marketProtocol(kind: InstrumentKind, url: string): MarketProtocol {
  return {
    name: `bybit ${kind} public stream`,
    url: async () => url,
    mostTopics: TOPICS_PER_CONNECTION,
    topicsPerMessage: TOPICS_PER_MESSAGE[kind],
    subscribe: (topics, number) => JSON.stringify({ op: 'subscribe', req_id: String(number), args: topics }),
    reader: () => {
      const messages = new MarketMessages();
      return (message) => messages.read(message);
    },
    pingMessage,
    pingEveryMs: PING_EVERY_MS,
  };
}

const EMPTY: TopOfBook = { bid: null, bidQuantity: null, ask: null, askQuantity: null, venueAt: null };

/**
 * Reads the messages of one market connection. A figure that a change leaves out has not changed: the last mark and the last book of each
 * instrument are kept for that.
 */
export class MarketMessages {
  readonly #marks = new Map<string, Decimal>();
  readonly #tops = new Map<string, TopOfBook>();

  read(message: string): readonly MarketEvent[] {
    const body = asObject(parseExactJson(message), 'message');
    const topic = optionalText(body, 'topic');
    if (topic === null) return [];
    if (topic.startsWith('tickers.')) return this.#ofTicker(asObject(body['data'], 'ticker'));
    if (topic.startsWith('orderbook.1.')) return this.#ofBook(body);
    return [];
  }

  #ofTicker(ticker: JsonObject): readonly MarketEvent[] {
    const venueSymbol = text(ticker, 'symbol');
    const mark = optionalFigure(ticker, 'markPrice') ?? this.#marks.get(venueSymbol);
    if (mark === undefined) return [];
    this.#marks.set(venueSymbol, mark);
    return [{ kind: 'mark', venueSymbol, mark }];
  }

  /** "Level 1 data has snapshot message only"; a change of one side, if there should be one, leaves the other as it was. */
  #ofBook(body: JsonObject): readonly MarketEvent[] {
    const book = asObject(body['data'], 'book');
    const venueSymbol = text(book, 's');
    const before = text(body, 'type') === 'snapshot' ? EMPTY : (this.#tops.get(venueSymbol) ?? EMPTY);
    const [bid] = levelsFrom(book['b'], 1);
    const [ask] = levelsFrom(book['a'], 1);
    const top: TopOfBook = {
      bid: bid?.price ?? before.bid,
      bidQuantity: bid?.quantity ?? before.bidQuantity,
      ask: ask?.price ?? before.ask,
      askQuantity: ask?.quantity ?? before.askQuantity,
      venueAt: wholeNumber(body, body['cts'] === undefined ? 'ts' : 'cts'),
    };
    this.#tops.set(venueSymbol, top);
    return [{ kind: 'top', venueSymbol, top }];
  }
}
