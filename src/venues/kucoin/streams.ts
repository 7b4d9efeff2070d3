/**
 * KuCoin's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `privateStream`, `marketProtocol`, `addressFrom`. They speak the venue's WebSocket protocol directly rather than through ccxt's client, which
 * collapses bursts and passes figures through floats. An address comes with a token for it; a connection is of use once it said `welcome`, a
 * subscription once it was acknowledged. Source: "Introduction", "Subscribe" and "Ping" of the WebSocket documentation.
 */
import type { Instrument, InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  optionalText,
  parseExactJson,
  text,
} from '../ccxt/exact-json.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions } from '../private-stream.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';
import { BEST, SWAP_BEST, topFrom } from './quote-feed.ts';

/** The venue asks for a ping within 18 s; sooner ones show a loss sooner, and stay below its 100 messages in 10 s. */
const PING_EVERY_MS = 5_000;
const pingMessage = (): string => JSON.stringify({ id: 'ping', type: 'ping' });
const WELCOME_WITHIN_MS = 5_000;

/**
 * Where a token leads: the first of `instanceServers`. `origin` takes the place of scheme and host where it is given; else nothing
 * but an encrypted connection is taken. Throws `MalformedAnswer`.
 */
export function addressFrom(data: JsonValue, origin: string | null): string {
  const bullet = asObject(data, 'token');
  const [first] = asArray(bullet['instanceServers'], 'servers');
  const endpoint = text(asObject(first, 'server'), 'endpoint');
  if (!URL.canParse(endpoint)) throw new MalformedAnswer(`no address of a stream: ${endpoint}`);
  const url = new URL(endpoint);
  if (origin === null && url.protocol !== 'wss:')
    throw new MalformedAnswer(`a stream without encryption: ${endpoint}`);
  const token = encodeURIComponent(text(bullet, 'token'));
  return `${origin ?? url.origin}${url.pathname}?token=${token}&connectId=plimsoll`;
}

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

const TOPICS: Readonly<Record<InstrumentKind, readonly string[]>> = {
  spot: ['/spotMarket/tradeOrdersV2', '/account/balance'],
  linear_swap: ['/contractMarket/tradeOrders', '/contract/positionAll', '/contractAccount/wallet'],
};

export interface PrivateOptions extends Pick<
  PrivateStreamOptions,
  'platform' | 'listener' | 'evidenceMs' | 'read' | 'readOrder'
> {
  readonly kind: InstrumentKind;
  /** The answer to "Get Private Token". */
  readonly token: () => Promise<JsonValue>;
  readonly origin: string | null;
}

/** A stream of each kind, whose tokens "cannot be mixed". Messages of matches state no fee: `readOrder` reads the executions. */
export function privateStream({ kind, token, origin, ...options }: PrivateOptions): PrivateStream {
  return new PrivateStream({
    ...options,
    name: `kucoin ${kind === 'spot' ? 'spot' : 'swap'} private stream`,
    url: async () => addressFrom(await token(), origin),
    subscribe: async (send, answers) => {
      await welcomed(answers);
      for (const topic of TOPICS[kind]) await subscribe(send, answers, topic);
    },
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    pingMessage,
  });
}

/** The first message of a connection; an error in its place refuses the token. */
async function welcomed(answers: AnswerQueue): Promise<void> {
  const first = await answers.next((message) => {
    const body = asObject(parseExactJson(message), 'message');
    return body['type'] === 'welcome' || body['type'] === 'error' ? body : undefined;
  }, WELCOME_WITHIN_MS);
  mustNotBeError(first);
}

async function subscribe(
  send: (message: string) => void,
  answers: AnswerQueue,
  topic: string,
): Promise<void> {
  const message = JSON.stringify({ id: topic, type: 'subscribe', topic, response: true });
  const answer = await requestOverStream(
    send,
    answers,
    message,
    (body) => body['id'] === topic && (body['type'] === 'ack' || body['type'] === 'error'),
  );
  mustNotBeError(answer);
}

function mustNotBeError(body: JsonObject): void {
  if (body['type'] === 'error')
    throw new Error(`${optionalText(body, 'code') ?? 'no code'} ${optionalText(body, 'data') ?? ''}`);
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The topics of one connection: a message subscribes to instruments of one sort. */
export type MarketTopics = 'spot tickers' | 'swap tickers' | 'swap marks';

const PREFIXES: Readonly<Record<MarketTopics, string>> = {
  'spot tickers': '/market/ticker',
  'swap tickers': '/contractMarket/tickerV2',
  'swap marks': '/contract/instrument',
};

/** "The maximum number of topics that can be subscribed to a single connection". */
const TOPICS_PER_CONNECTION = 300;
/** "a topic supports up to 100 symbols". */
const TOPICS_PER_MESSAGE = 100;

/** `instrumentOf`: of a contract by the venue's name, whose sizes are lots; undefined for one that is not listed. */
export function marketProtocol(
  topics: MarketTopics,
  url: () => Promise<string>,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): MarketProtocol {
  return {
    name: `kucoin ${topics} stream`,
    url,
    mostTopics: TOPICS_PER_CONNECTION,
    topicsPerMessage: TOPICS_PER_MESSAGE,
    subscribe: (symbols, number) =>
      JSON.stringify({
        id: String(number),
        type: 'subscribe',
        topic: `${PREFIXES[topics]}:${symbols.join(',')}`,
      }),
    // Every message is whole by itself.
    reader: () => (message) => marketEvents(message, instrumentOf),
    pingMessage,
    pingEveryMs: PING_EVERY_MS,
  };
}

/** Of tickers and marks; anything else says nothing of a price. An error ends the connection. */
export function marketEvents(
  message: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): readonly MarketEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  if (body['type'] === 'error') throw new MalformedAnswer(optionalText(body, 'data') ?? 'an error');
  if (body['type'] !== 'message') return [];
  const [, venueSymbol = ''] = text(body, 'topic').split(':');
  const data = asObject(body['data'], 'data');
  switch (optionalText(body, 'subject')) {
    case 'trade.ticker':
      return [{ kind: 'top', venueSymbol, top: topFrom(data, BEST, null) }];
    case 'tickerV2': {
      const instrument = instrumentOf(venueSymbol);
      return instrument === undefined
        ? []
        : [{ kind: 'top', venueSymbol, top: topFrom(data, SWAP_BEST, instrument) }];
    }
    case 'mark.index.price':
      return [{ kind: 'mark', venueSymbol, mark: figure(data, 'markPrice') }];
    default:
      return [];
  }
}
