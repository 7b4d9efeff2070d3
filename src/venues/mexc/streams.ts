/**
 * MEXC's private streams: that of spot by a listen key, that of contracts by a login.
 *
 * Entry points: `spotPrivateStream`, `swapPrivateStream`. They speak the venue's WebSocket protocol directly rather than through ccxt's client,
 * which collapses bursts and passes figures through floats. Sources: "Websocket User Data Streams" and "Live Subscription/Unsubscription to
 * Data Streams" of the spot v3 documentation; "Login authentication" of the contract documentation.
 */
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asObject, optionalText, text } from '../ccxt/exact-json.ts';
import { PrivateStream } from '../private-stream.ts';
import type { PrivateStreamOptions } from '../private-stream.ts';
import { signedLogin } from '../signed-stream.ts';
import type { SignedStreamOptions } from '../signed-stream.ts';
import { signText } from '../signing.ts';
import { requestOverStream } from '../stream-request.ts';
import type { AnswerQueue } from '../stream-socket.ts';
import { PING_EVERY_MS, SPOT_PING, SWAP_PING } from './market-streams.ts';
import { pushText } from './push-messages.ts';

type Common = Pick<PrivateStreamOptions, 'platform' | 'listener' | 'evidenceMs' | 'read'>;

// ── Spot ───────────────────────────────────────────────────────────────────────────────────────────────────────

const CHANNELS = [
  'spot@private.orders.v3.api.pb',
  'spot@private.deals.v3.api.pb',
  'spot@private.account.v3.api.pb',
] as const;

/** "Keepalive … every 30 minutes": a key lives for 60 from the last time it was extended. */
const KEEP_ALIVE_MS = 25 * 60_000;
/** "Each UID can apply for a maximum of 60 listen keys": a connection that keeps being lost asks for no more than half of them in an hour. */
const KEY_AT_MOST_EVERY_MS = 2 * 60_000;

export interface SpotPrivateOptions extends Common {
  readonly url: string;
  /** Asks for a listen key. */
  readonly start: () => Promise<JsonValue>;
  /** Extends it; rejects when the venue no longer knows it. */
  readonly keepAlive: (listenKey: string) => Promise<JsonValue>;
}

export function spotPrivateStream(options: SpotPrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read } = options;
  const key = new ListenKey(options);
  return new PrivateStream({
    name: 'mexc spot private stream',
    platform,
    url: async () => `${url}?listenKey=${encodeURIComponent(await key.current())}`,
    subscribe,
    read,
    decode: pushText,
    listener,
    evidenceMs,
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    pingMessage: () => SPOT_PING,
    keepAlive: { what: 'the listen key', everyMs: KEEP_ALIVE_MS, run: async () => key.extend() },
  });
}

/** The key of the account's stream: a new connection gets a new one, unless the last is young. */
class ListenKey {
  readonly #options: Pick<SpotPrivateOptions, 'platform' | 'start' | 'keepAlive'>;
  #key = '';
  #madeAt = Number.NEGATIVE_INFINITY;

  constructor(options: Pick<SpotPrivateOptions, 'platform' | 'start' | 'keepAlive'>) {
    this.#options = options;
  }

  async current(): Promise<string> {
    const { platform, start } = this.#options;
    if (platform.scheduler.monotonic() - this.#madeAt < KEY_AT_MOST_EVERY_MS) return this.#key;
    this.#key = text(asObject(await start(), 'listen key'), 'listenKey');
    this.#madeAt = platform.scheduler.monotonic();
    return this.#key;
  }

  async extend(): Promise<unknown> {
    return this.#options.keepAlive(this.#key);
  }
}

/** A refused subscription has code 0 as well: the channels that are there are named by the text. */
async function subscribe(send: (message: string) => void, answers: AnswerQueue): Promise<void> {
  const message = JSON.stringify({ method: 'SUBSCRIPTION', params: CHANNELS });
  const isAnswer = (body: JsonObject): boolean => {
    const said = optionalText(body, 'msg');
    return said !== null && said !== 'PONG';
  };
  const said = text(await requestOverStream(send, answers, message, isAnswer), 'msg');
  if (/not subscribed/i.test(said) || CHANNELS.some((channel) => !said.includes(channel)))
    throw new Error(`subscription: ${said}`);
}

// ── Contracts ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface SwapPrivateOptions extends SignedStreamOptions {
  readonly url: string;
}

/** After a login everything private is pushed. */
export function swapPrivateStream(options: SwapPrivateOptions): PrivateStream {
  const { platform, url, listener, evidenceMs, read } = options;
  return new PrivateStream({
    name: 'mexc swap private stream',
    platform,
    url: async () => url,
    subscribe: async (send, answers) => signedLogin(options, async () => logIn(options, send, answers)),
    read,
    listener,
    evidenceMs,
    executions: 'apart',
    pingEveryMs: PING_EVERY_MS,
    pingMessage: () => SWAP_PING,
  });
}

async function logIn(
  { credentials, venueNow }: SwapPrivateOptions,
  send: (message: string) => void,
  answers: AnswerQueue,
): Promise<void> {
  const { apiKey, secret } = credentials;
  const reqTime = String(Math.trunc(venueNow()));
  const signature = signText(secret, `${apiKey}${reqTime}`);
  const message = JSON.stringify({ method: 'login', param: { apiKey, reqTime, signature } });
  const channelOf = (body: JsonObject): string | null => optionalText(body, 'channel');
  const answer = await requestOverStream(send, answers, message, (body) =>
    ['rs.login', 'rs.error'].includes(channelOf(body) ?? ''),
  );
  if (channelOf(answer) === 'rs.login' && answer['data'] === 'success') return;
  const { data } = answer;
  throw new Error(`login: ${typeof data === 'string' ? data : 'refused without a word'}`);
}
