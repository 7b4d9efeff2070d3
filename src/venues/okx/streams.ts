/**
 * OKX's streams: the account's own events, best bids and asks, mark prices.
 *
 * Entry points: `privateStream`, `marketProtocol`, `topicOf`. They speak the venue's WebSocket protocol directly rather than through ccxt's
 * client, which collapses bursts and passes figures through floats. Source: "Connect", "Login", "Subscribe", "Order book channel" and "Mark
 * price channel" of the v5 documentation. Algo orders have an address of their own, so that an account has two connections.
 */
import type { VenueOrderId } from '../../core/ids.ts';
import type { Instrument } from '../../core/instrument.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  isObject,
  parseExactJson,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import { JoinedStreams } from '../joined-streams.ts';
import { topOf } from '../market-data.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import { requestByEvent, signedLogin } from '../signed-stream.ts';
import type { EventRequest, SignedStreamOptions } from '../signed-stream.ts';
import { signText } from '../signing.ts';
import { isAlgoId } from './normalize-orders.ts';

/** The venue ends a connection on which nothing came for 30 s; sooner pings show a loss sooner. */
const PING_EVERY_MS = 5_000;
const PING = 'ping';
const pingMessage = (): string => PING;

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

type Argument = Readonly<Record<string, string>>;

const ORDERS: readonly Argument[] = [
  { channel: 'orders', instType: 'ANY' },
  // "only push due to account events"; "the following format should be strictly obeyed".
  { channel: 'account', extraParams: '{"updateInterval":"0"}' },
];
const ALGO_ORDERS: readonly Argument[] = [{ channel: 'orders-algo', instType: 'ANY' }];

export interface PrivateOptions extends SignedStreamOptions {
  readonly urls: Readonly<Record<'private' | 'business', string>>;
}

/** Two connections for both kinds; each execution comes with its order. */
export function privateStream(options: PrivateOptions): JoinedStreams {
  const { urls } = options;
  return new JoinedStreams([
    {
      stream: connection(options, 'okx algo order stream', urls.business, ALGO_ORDERS),
      carries: (id: VenueOrderId) => isAlgoId(id),
    },
    { stream: connection(options, 'okx private stream', urls.private, ORDERS), carries: () => true },
  ]);
}

function connection(
  options: PrivateOptions,
  name: string,
  url: string,
  channels: readonly Argument[],
): PrivateStream {
  const { platform, listener, evidenceMs, read } = options;
  return new PrivateStream({
    name,
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await signedLogin(options, async () => requestByEvent(send, answers, loginOf(options)));
      for (const argument of channels) await requestByEvent(send, answers, subscriptionTo(argument));
    },
    read,
    listener,
    evidenceMs,
    pingEveryMs: PING_EVERY_MS,
    pingMessage,
  });
}

/** "timestamp: the Unix Epoch time, the unit is seconds"; "The request will expire 30 seconds after the timestamp". */
function loginOf({ credentials, venueNow }: PrivateOptions): EventRequest {
  const { apiKey, password: passphrase = '', secret } = credentials;
  const timestamp = String(Math.floor(venueNow() / 1_000));
  const sign = signText(secret, `${timestamp}GET/users/self/verify`, 'base64');
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
      event === 'subscribe' && isObject(arg) && arg['channel'] === argument['channel'],
  };
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** "480 times per hour" a connection may subscribe, whatever the number of its topics. */
const TOPICS_PER_CONNECTION = 1_000;
/** "The total length of multiple channels cannot exceed 64 KB". */
const TOPICS_PER_MESSAGE = 100;

/** A channel with its instrument, as one text. */
export function topicOf(channel: 'bbo-tbt' | 'mark-price', venueSymbol: string): string {
  return `${channel} ${venueSymbol}`;
}

function argumentOf(topic: string): Argument {
  const [channel = '', instId = ''] = topic.split(' ');
  return { channel, instId };
}

/** `instrumentOf`: by the venue's name; undefined for one that is not listed. */
export function marketProtocol(
  url: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): MarketProtocol {
  return {
    name: 'okx public stream',
    url: async () => url,
    mostTopics: TOPICS_PER_CONNECTION,
    topicsPerMessage: TOPICS_PER_MESSAGE,
    subscribe: (topics) => JSON.stringify({ op: 'subscribe', args: topics.map(argumentOf) }),
    reader: () => (message) => marketEvents(message, instrumentOf),
    pingMessage,
    pingEveryMs: PING_EVERY_MS,
  };
}

/** Every message has its figures whole. An error of a subscription is passed over: what is silent is read. */
export function marketEvents(
  message: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): readonly MarketEvent[] {
  if (message === 'pong') return [];
  const body = asObject(parseExactJson(message), 'message');
  const { arg } = body;
  if (!isObject(arg) || body['event'] !== undefined) return [];
  const venueSymbol = text(arg, 'instId');
  const [data] = asArray(body['data'], 'data');
  switch (text(arg, 'channel')) {
    case 'bbo-tbt': {
      const instrument = instrumentOf(venueSymbol);
      if (instrument === undefined) throw new MalformedAnswer(`unlisted symbol ${venueSymbol}`);
      const { bids, asks, ...book } = asObject(data, 'book');
      const top = topOf({ bids, asks }, wholeNumber(book, 'ts'), instrument);
      return [{ kind: 'top', venueSymbol, top }];
    }
    case 'mark-price':
      return [{ kind: 'mark', venueSymbol, mark: figure(asObject(data, 'mark price'), 'markPx') }];
    default:
      return [];
  }
}
