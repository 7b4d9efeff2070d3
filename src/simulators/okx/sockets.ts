/**
 * OKX's WebSockets: logins, subscriptions and pings on the public, the private and the business address.
 *
 * Entry point: `connect`. Candles and algo orders have the business address, other public channels the public one, other private ones the
 * private one. A subscription that is not there is answered with an error of its own, the others of the request are made. Sources:
 * "Connect", "Login", "Subscribe" and "Unsubscribe" of the v5 documentation.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { AccountStreams, Payload } from '../wire/account-streams.ts';
import { signatureMatches } from '../wire/signatures.ts';
import type { Listener, Topics } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import { userNumber } from './account.ts';
import { topicName, type MarketTopic } from './market-topics.ts';
import { textOf } from './parameters.ts';
import { isObject } from '../wire/request-fields.ts';
import { loginText } from './signing.ts';
import type { SocketOrders } from './socket-orders.ts';
import type { Channel, UserEvents } from './user-events.ts';

export type Address = 'public' | 'private' | 'business';
type Argument = Readonly<Record<string, unknown>>;

export interface SocketSettings {
  readonly address: Address;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly streams: AccountStreams;
  readonly userEvents: UserEvents;
  readonly topics: Topics;
  /** The topic of a name as a new listener finds it; undefined where there is none at this address. */
  readonly open: (name: string) => MarketTopic | undefined;
  readonly orders: SocketOrders;
  readonly connectionId: string;
}

/** "The request will expire 30 seconds after the timestamp". */
const LOGIN_MS = 30_000;
/** "The connection will break automatically if the subscription is not established or data has not been pushed for more than 30 seconds." */
const IDLE_MS = 30_000;
const IDLE_LOOK_MS = 1_000;

const PRIVATE_CHANNELS: Readonly<Record<string, Address>> = {
  orders: 'private',
  account: 'private',
  positions: 'private',
  'orders-algo': 'business',
} satisfies Record<Channel, Address>;

interface Message {
  readonly id: string | undefined;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly expTime: string;
  readonly text: string;
}

/** A subscription to a private channel. */
interface Subscription {
  readonly key: string;
  readonly argument: Argument;
  readonly channel: Channel;
}

export function connect(settings: SocketSettings, connection: SocketConnection): SocketSession {
  const session = new Session(settings, connection);
  return {
    onMessage: (raw) => session.onMessage(typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8')),
    onClose: () => session.close(),
  };
}

class Session {
  readonly #settings: SocketSettings;
  readonly #connection: SocketConnection;
  readonly #joined = new Set<string>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #listener: Listener;
  #accountId: string | null = null;
  #detach: (() => void) | null = null;
  readonly #closing = new AbortController();
  #lastMessageAt: number;

  constructor(settings: SocketSettings, connection: SocketConnection) {
    this.#settings = settings;
    this.#connection = connection;
    this.#lastMessageAt = settings.clock.nowMs();
    this.#listener = {
      push: (_name, json) => {
        this.#touch();
        connection.push('public_stream', json);
      },
    };
    void this.#cutWhenIdle();
  }

  /** A message went either way: the connection stays. */
  #touch(): void {
    this.#lastMessageAt = this.#settings.clock.nowMs();
  }

  async #cutWhenIdle(): Promise<void> {
    const { clock } = this.#settings;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.sleep(IDLE_LOOK_MS, signal);
      if (signal.aborted || clock.nowMs() - this.#lastMessageAt < IDLE_MS) continue;
      this.#connection.close(4004, 'No data received in 30s.');
      return;
    }
  }

  onMessage(text: string): void {
    this.#touch();
    if (text === 'ping') {
      this.#connection.send('pong');
      return;
    }
    const message = messageOf(text);
    if (message === null) {
      this.#error(undefined, 60012, `Invalid request: ${text}`);
      return;
    }
    switch (message.op) {
      case 'login':
        this.#logIn(message.args[0]);
        return;
      case 'subscribe':
        for (const argument of message.args) this.#subscribe(message, argument);
        return;
      case 'unsubscribe':
        for (const argument of message.args) this.#unsubscribe(message, argument);
        return;
      default:
        this.#order(message);
    }
  }

  close(): void {
    this.#closing.abort();
    for (const name of this.#joined) this.#settings.topics.leave(name, this.#listener);
    this.#detach?.();
  }

  #send(message: object): void {
    this.#connection.send(JSON.stringify(message));
  }

  #error(id: string | undefined, code: number, text: string): void {
    const { connectionId } = this.#settings;
    this.#send({
      ...(id === undefined ? {} : { id }),
      event: 'error',
      code: String(code),
      msg: text,
      connId: connectionId,
    });
  }

  #logIn(argument: unknown): void {
    const { exchange, connectionId, streams } = this.#settings;
    const given = isObject(argument) ? argument : {};
    const [key, passphrase, timestamp, sign] = ['apiKey', 'passphrase', 'timestamp', 'sign'].map((name) =>
      textOf(given[name]),
    );
    const account = exchange.accountByKey(key ?? '');
    const age = this.#connection.clockMs() - Number(timestamp) * 1_000;
    const fault =
      account === null
        ? ([60005, 'Invalid apiKey'] as const)
        : account.credentials.passphrase !== passphrase
          ? ([60024, 'Wrong passphrase'] as const)
          : !/^\d+(?:\.\d+)?$/.test(timestamp ?? '')
            ? ([60004, 'Invalid timestamp'] as const)
            : Math.abs(age) > LOGIN_MS
              ? ([60006, 'Timestamp request expired'] as const)
              : signatureMatches(loginText(timestamp ?? ''), account.credentials, sign ?? '', 'base64')
                ? null
                : ([60007, 'Invalid sign'] as const);
    if (fault !== null || account === null) {
      const [code, text] = fault ?? [60009, 'Login failure'];
      this.#error(undefined, code, text);
      this.#connection.close(4001, 'Login failed');
      return;
    }
    this.#accountId = account.accountId;
    this.#send({ event: 'login', code: '0', msg: '', connId: connectionId });
    this.#detach ??= streams.attach(account.accountId, (payload) => this.#push(payload));
  }

  /** To each subscription that the payload is for. */
  #push(payload: Payload): void {
    for (const { channel, argument } of this.#subscriptions.values())
      if (isFor(payload, channel, argument)) this.#pushOne(payload, argument);
  }

  #pushOne({ more, data }: Payload, argument: Argument): void {
    this.#touch();
    const arg = { ...argument, uid: userNumber(this.#accountId ?? '') };
    this.#connection.push('private_stream', JSON.stringify({ arg, ...(isObject(more) ? more : {}), data }));
  }

  #subscribe({ id, text }: Message, argument: unknown): void {
    const { address, open, topics, userEvents } = this.#settings;
    const channel = isObject(argument) ? argument['channel'] : undefined;
    if (!isObject(argument) || typeof channel !== 'string') {
      this.#error(id, 60012, `Invalid request: ${text}`);
      return;
    }
    const home = PRIVATE_CHANNELS[channel];
    if (home === undefined) {
      const name = topicName(channel, String(argument['instId']));
      const topic = address === 'private' ? undefined : open(name);
      if (topic === undefined) {
        this.#absent(id, argument);
        return;
      }
      this.#subscribed(id, 'subscribe', argument);
      if (this.#joined.has(name)) return;
      this.#joined.add(name);
      const first = topic.first?.(this.#connection.at());
      if (first !== undefined) this.#listener.push(name, JSON.stringify(first));
      topics.join(name, this.#listener);
      return;
    }
    if (home !== address) {
      this.#absent(id, argument);
      return;
    }
    if (this.#accountId === null) {
      this.#error(id, 60011, 'Please log in');
      return;
    }
    if (channel !== 'account' && !isInstType(argument['instType'])) {
      this.#error(id, 60012, `Invalid request: ${text}`);
      return;
    }
    this.#subscribed(id, 'subscribe', argument);
    const subscription = { key: JSON.stringify(argument), argument, channel: channel as Channel };
    this.#subscriptions.set(subscription.key, subscription);
    for (const payload of userEvents.snapshot(
      subscription.channel,
      this.#accountId,
      this.#connection.clockMs(),
    ))
      this.#pushOne(payload, argument);
  }

  #absent(id: string | undefined, argument: Argument): void {
    const words = Object.entries(argument)
      .map(([name, value]) => `${name}:${String(value)}`)
      .join(',');
    this.#error(
      id,
      60018,
      `Wrong URL or ${words} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`,
    );
  }

  #subscribed(id: string | undefined, event: 'subscribe' | 'unsubscribe', arg: Argument): void {
    this.#send({ ...(id === undefined ? {} : { id }), event, arg, connId: this.#settings.connectionId });
  }

  #unsubscribe({ id }: Message, argument: unknown): void {
    if (!isObject(argument)) return;
    const name = topicName(String(argument['channel']), String(argument['instId']));
    if (this.#joined.delete(name)) this.#settings.topics.leave(name, this.#listener);
    this.#subscriptions.delete(JSON.stringify(argument));
    this.#subscribed(id, 'unsubscribe', argument);
  }

  #order({ id, op, args, expTime, text }: Message): void {
    const { orders, address } = this.#settings;
    const request = orders.named(op);
    if (request === undefined) {
      this.#error(id, 60012, `Invalid request: ${text}`);
      return;
    }
    if (address !== 'private') {
      this.#error(
        id,
        60028,
        'The current operation is not supported by this URL. Please use the correct WebSocket URL for the operation.',
      );
      return;
    }
    if (this.#accountId === null) {
      this.#error(id, 60011, 'Please log in');
      return;
    }
    orders.answer(this.#connection, { id, op, args, expTime, accountId: this.#accountId });
  }
}

function messageOf(text: string): Message | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed)) return null;
    const { id, op, args, expTime } = parsed;
    return {
      id: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
      op: typeof op === 'string' ? op : '',
      args: Array.isArray(args) ? args : [],
      expTime: typeof expTime === 'string' || typeof expTime === 'number' ? String(expTime) : '',
      text,
    };
  } catch {
    return null;
  }
}

function isInstType(value: unknown): boolean {
  return value === 'ANY' || value === 'SPOT' || value === 'SWAP' || value === 'MARGIN' || value === 'FUTURES';
}

/** Whether a payload is one of the channel that the argument narrows by type, family and instrument. */
function isFor(payload: Payload, channel: Channel, argument: Argument): boolean {
  if (payload['channel'] !== channel) return false;
  if (channel === 'account') return true;
  const { instType, instId, instFamily } = argument;
  const given = (value: unknown): boolean => value !== undefined && value !== '';
  return (
    (instType === 'ANY' || instType === payload['instType']) &&
    (!given(instId) || instId === payload['instId']) &&
    (!given(instFamily) || payload['instId'] === `${String(instFamily)}-SWAP`)
  );
}
