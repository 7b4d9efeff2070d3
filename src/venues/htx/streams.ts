/**
 * HTX's spot streams: the account's own events, best bids and asks.
 *
 * Entry points: `privateStream`, `marketProtocol`, `topicOf`. They speak the venue's WebSocket protocol directly rather than through ccxt's client, which
 * collapses bursts and passes figures through floats. Sources: "Websocket Account and Order" and "Websocket Market Data" of the spot
 * documentation. The venue pings by messages of its own; market data comes packed with gzip.
 */
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import {
  MalformedAnswer,
  asObject,
  isObject,
  optionalText,
  parseExactJson,
  positiveFigure,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Credentials } from '../ccxt/exchange.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions } from '../private-stream.ts';
import { signText } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';

/** How often we ask for a sign of life by a WebSocket ping, which the venue answers besides its own. */
const PING_EVERY_MS = 5_000;

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Orders of all pairs, their executions with fees and not their cancels, balances when they change. */
const CHANNELS = ['orders#*', 'trade.clearing#*#0', 'accounts.update#1'] as const;

export interface PrivateOptions extends Pick<
  PrivateStreamOptions,
  'platform' | 'listener' | 'evidenceMs' | 'read'
> {
  readonly readOrder: NonNullable<PrivateStreamOptions['readOrder']>;
  readonly url: string;
  /** The host and path that the venue has the login signed over, whatever address stands in for it. */
  readonly signedFor: string;
  readonly credentials: Credentials;
  /** The venue's clock. */
  readonly venueNow: () => number;
  /** The venue may have refused our time. */
  readonly onRefused: () => void;
}

export function privateStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read, readOrder } = options;
  return new PrivateStream({
    name: 'htx private stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await logIn(options, send, answers);
      for (const ch of CHANNELS) await request(send, answers, { action: 'sub', ch });
    },
    read,
    readOrder,
    listener,
    evidenceMs,
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    answerPing: answerPrivatePing,
  });
}

/** "{"action":"ping","data":{"ts":…}}" wants the same data back. */
export function answerPrivatePing(message: string): string | null {
  if (!message.includes('"ping"')) return null;
  const body = asObject(parseExactJson(message), 'message');
  return body['action'] === 'ping' ? JSON.stringify({ action: 'pong', data: body['data'] ?? {} }) : null;
}

/** The fields of a login and their order, which the signature has too. */
export function loginParameters(
  { apiKey, secret }: Credentials,
  signedFor: string,
  venueNow: number,
): Readonly<Record<string, string>> {
  const fields = {
    accessKey: apiKey,
    signatureMethod: secret.includes('PRIVATE KEY') ? 'Ed25519' : 'HmacSHA256',
    signatureVersion: '2.1',
    timestamp: new Date(Math.floor(venueNow)).toISOString().slice(0, 19),
  };
  const { hostname, pathname } = new URL(signedFor);
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const signature = signText(secret, ['GET', hostname, pathname, pairs.join('&')].join('\n'), 'base64');
  return { authType: 'api', ...fields, signature };
}

async function logIn(
  { credentials, signedFor, venueNow, onRefused }: PrivateOptions,
  send: (message: string) => void,
  answers: AnswerQueue,
): Promise<void> {
  try {
    await request(send, answers, {
      action: 'req',
      ch: 'auth',
      params: loginParameters(credentials, signedFor, venueNow()),
    });
  } catch (error) {
    onRefused();
    throw error;
  }
}

/** The answer names action and channel; one is asked at a time. */
async function request(
  send: (message: string) => void,
  answers: AnswerQueue,
  asked: { readonly action: string; readonly ch: string; readonly params?: object },
): Promise<void> {
  const { action, ch } = asked;
  const answer = await requestOverStream(
    send,
    answers,
    JSON.stringify(asked),
    (body) => body['action'] === action && body['ch'] === ch,
  );
  if (optionalText(answer, 'code') !== '200')
    throw new Error(`${action} ${ch}: ${optionalText(answer, 'message') ?? 'refused without a word'}`);
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** No page states a limit of the topics of a connection. */
const TOPICS_PER_CONNECTION = 500;
/** A message that is unpacked has at most so many bytes: one of a best price has some hundred. */
const LONGEST_MESSAGE = 1_000_000;

export function topicOf(venueSymbol: string): string {
  return `market.${venueSymbol}.bbo`;
}

export function marketProtocol(url: string): MarketProtocol {
  return {
    name: 'htx public stream',
    url: async () => url,
    mostTopics: TOPICS_PER_CONNECTION,
    topicsPerMessage: 1,
    subscribe: ([topic], count) => JSON.stringify({ sub: topic, id: String(count) }),
    reader: () => marketEvents,
    pingEveryMs: PING_EVERY_MS,
    answerPing: answerMarketPing,
    decode: unpacked,
  };
}

/** Throws `MalformedAnswer` for what is not packed with gzip, or too long. */
export function unpacked(message: Uint8Array): string {
  try {
    return gunzipSync(message, { maxOutputLength: LONGEST_MESSAGE }).toString('utf8');
  } catch (cause) {
    throw new MalformedAnswer('a message that is not packed with gzip', { cause });
  }
}

/** `{"ping":1492420473027}` wants `{"pong":1492420473027}`. */
export function answerMarketPing(message: string): string | null {
  if (!message.startsWith('{"ping"')) return null;
  const { ping } = asObject(parseExactJson(message), 'message');
  return ping === undefined ? null : JSON.stringify({ pong: ping });
}

/** Every message has its figures whole. An error of a subscription is passed over: an instrument that is silent is read. */
export function marketEvents(message: string): readonly MarketEvent[] {
  const { ch, tick } = asObject(parseExactJson(message), 'message');
  if (typeof ch !== 'string' || !isObject(tick)) return [];
  const [, venueSymbol = '', kind] = ch.split('.');
  return kind === 'bbo' ? [{ kind: 'top', venueSymbol, top: topFrom(tick) }] : [];
}

function topFrom(tick: JsonObject): TopOfBook {
  const [bid, ask] = [positiveFigure(tick, 'bid'), positiveFigure(tick, 'ask')];
  return {
    bid,
    bidQuantity: bid === null ? null : positiveFigure(tick, 'bidSize'),
    ask,
    askQuantity: ask === null ? null : positiveFigure(tick, 'askSize'),
    venueAt: wholeNumber(tick, 'quoteTime'),
  };
}
