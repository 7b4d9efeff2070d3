/**
 * HTX's streams: the account's own events, best bids and asks, marks.
 *
 * Entry points: `privateStream` and `marketProtocol` of spot, `contractStream` and `contractProtocol`; `topicOf`, `markTopicOf`. They speak the venue's
 * WebSocket protocol directly rather than through ccxt's client, which collapses bursts and passes figures through floats. Sources: "Websocket
 * Account and Order" and "Websocket Market Data" of the spot documentation, "Swap WebSocket Reference" of the USDT-margined one and the
 * topics of v5. The venue pings by messages of its own; all but the account of spot comes packed with gzip.
 */
import { gunzipSync } from 'node:zlib';
import type { Instrument } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import {
  MalformedAnswer,
  asObject,
  figure,
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
import { signedLogin } from '../signed-stream.ts';
import type { SignedStreamOptions } from '../signed-stream.ts';
import { signText } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';
import { bestIn } from './tops.ts';

/** How often we ask for a sign of life by a WebSocket ping, which the venue answers besides its own. */
const PING_EVERY_MS = 5_000;

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Orders of all pairs, their executions with fees and not their cancels, balances when they change. */
const CHANNELS = ['orders#*', 'trade.clearing#*#0', 'accounts.update#1'] as const;

export interface PrivateOptions extends SignedStreamOptions {
  readonly readOrder: NonNullable<PrivateStreamOptions['readOrder']>;
  readonly url: string;
  /** The host and path that the venue has the login signed over, whatever address stands in for it. */
  readonly signedFor: string;
}

export function privateStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read, readOrder } = options;
  const { credentials, signedFor, venueNow } = options;
  return new PrivateStream({
    name: 'htx private stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await signedLogin(options, async () =>
        request(send, answers, {
          action: 'req',
          ch: 'auth',
          params: loginParameters(credentials, signedFor, venueNow()),
        }),
      );
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
    timestamp: timestampOf(venueNow),
  };
  return { authType: 'api', ...fields, signature: signatureOf(fields, secret, signedFor) };
}

/** In seconds, without a zone. */
function timestampOf(venueNow: number): string {
  return new Date(Math.floor(venueNow)).toISOString().slice(0, 19);
}

/** Over the fields in their order, which is that of their names. */
function signatureOf(fields: Readonly<Record<string, string>>, secret: string, signedFor: string): string {
  const { hostname, pathname } = new URL(signedFor);
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return signText(secret, ['GET', hostname, pathname, pairs.join('&')].join('\n'), 'base64');
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

/** Orders with what was filled of them, executions without their fees, and what else moved positions and the account. */
const CONTRACT_TOPICS = ['orders', 'trade', 'positions', 'account'] as const;

/** The login is that of requests; every answer names the topic that was asked for. */
export function contractStream(options: PrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read, readOrder } = options;
  const { credentials, signedFor, venueNow } = options;
  return new PrivateStream({
    name: 'htx contract stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => {
      await signedLogin(options, async () =>
        requestContract(send, answers, contractLogin(credentials, signedFor, venueNow())),
      );
      for (const topic of CONTRACT_TOPICS)
        await requestContract(send, answers, { op: 'sub', cid: topic, topic, contract_code: '*' });
    },
    read,
    readOrder,
    decode: unpacked,
    listener,
    evidenceMs,
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    answerPing: answerContractPing,
  });
}

/** `{"op":"ping","ts":"1492420473058"}` wants the same time back. */
export function answerContractPing(message: string): string | null {
  if (!message.includes('"ping"')) return null;
  const body = asObject(parseExactJson(message), 'message');
  return body['op'] === 'ping' ? JSON.stringify({ op: 'pong', ts: optionalText(body, 'ts') }) : null;
}

export function contractLogin(
  { apiKey, secret }: Credentials,
  signedFor: string,
  venueNow: number,
): Readonly<Record<string, string>> {
  const fields = {
    AccessKeyId: apiKey,
    SignatureMethod: secret.includes('PRIVATE KEY') ? 'Ed25519' : 'HmacSHA256',
    SignatureVersion: '2',
    Timestamp: timestampOf(venueNow),
  };
  return { op: 'auth', type: 'api', ...fields, Signature: signatureOf(fields, secret, signedFor) };
}

/** One is asked at a time; an answer names the operation, and of a subscription its topic. */
async function requestContract(
  send: (message: string) => void,
  answers: AnswerQueue,
  asked: Readonly<Record<string, string>>,
): Promise<void> {
  const { op = '', topic } = asked;
  const answer = await requestOverStream(
    send,
    answers,
    JSON.stringify(asked),
    (body) => body['op'] === op && (topic === undefined || body['topic'] === topic),
  );
  if (optionalText(answer, 'err-code') !== '0')
    throw new Error(`${op} ${topic ?? ''}: ${optionalText(answer, 'err-msg') ?? 'refused without a word'}`);
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

export function markTopicOf(contract: string): string {
  return `market.${contract}.mark_price.1min`;
}

/** "40 subscriptions at most can be sent in one second". */
const CONTRACTS_PER_CONNECTION = 200;

/** Of contracts, or of their marks. `instrumentOf`: by the venue's name; undefined for one that is not listed. */
export function contractProtocol(
  name: 'contracts' | 'marks',
  url: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): MarketProtocol {
  return {
    ...marketProtocol(url),
    name: `htx ${name} stream`,
    mostTopics: CONTRACTS_PER_CONNECTION,
    reader: () => (message) => contractEvents(message, instrumentOf),
  };
}

/** Every message has its figures whole; sizes are contracts. */
export function contractEvents(
  message: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): readonly MarketEvent[] {
  const { ch, tick } = asObject(parseExactJson(message), 'message');
  if (typeof ch !== 'string' || !isObject(tick)) return [];
  const [, venueSymbol = '', kind] = ch.split('.');
  if (kind === 'mark_price') return [{ kind: 'mark', venueSymbol, mark: figure(tick, 'close') }];
  const instrument = instrumentOf(venueSymbol);
  return kind === 'bbo' && instrument !== undefined
    ? [{ kind: 'top', venueSymbol, top: bestIn(tick, wholeNumber(tick, 'ts'), instrument) }]
    : [];
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
