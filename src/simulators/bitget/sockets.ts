/**
 * Bitget's WebSockets: logins, subscriptions and pings on the public and the private address.
 *
 * Entry point: `connect`. A subscription that is not there is answered with an error of its own, the others of the request are made. Sources: the
 * pages of the channels of the unified account's documentation; "Websocket" of the quick start of the former API for logins, pings and codes.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { AccountStreams, Payload } from '../wire/account-streams.ts';
import { signatureMatches } from '../wire/signatures.ts';
import type { Listener, Topics } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import { topicName, type MarketTopic } from './market-topics.ts';
import { textOf } from './parameters.ts';
import { isObject } from '../wire/request-fields.ts';
import { loginText } from './signing.ts';
import type { SocketOrders } from './socket-orders.ts';
import { PRIVATE_TOPICS, type PrivateTopic, type UserEvents } from './user-events.ts';

type Argument = Readonly<Record<string, unknown>>;

export interface SocketSettings {
  readonly address: 'public' | 'private';
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly streams: AccountStreams;
  readonly userEvents: UserEvents;
  readonly topics: Topics;
  /** The topic of a name as a new listener finds it; undefined where there is none. */
  readonly open: (name: string) => MarketTopic | undefined;
  readonly orders: SocketOrders;
  readonly connectionId: string;
}

/** "the request will expire 30 seconds after the timestamp". */
const LOGIN_MS = 30_000;
/** A connection without a ping is cut after two minutes. */
const IDLE_MS = 120_000;
const IDLE_LOOK_MS = 5_000;
/** "A new scheduled push mechanism has been added to the WebSocket Account and Position channels, with pushes at a fixed 5-second interval". */
const SCHEDULED_MS = 5_000;
/** Timestamps of logins above it are milliseconds. */
const LAST_SECOND = 100_000_000_000;

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
  readonly #subscribed = new Set<PrivateTopic>();
  readonly #listener: Listener;
  readonly #closing = new AbortController();
  #accountId: string | null = null;
  #detach: (() => void) | null = null;
  #lastMessageAt: number;

  constructor(settings: SocketSettings, connection: SocketConnection) {
    this.#settings = settings;
    this.#connection = connection;
    this.#lastMessageAt = settings.clock.nowMs();
    this.#listener = { push: (_name, json) => connection.push('public_stream', json) };
    void this.#run();
  }

  /** Cuts the connection when the client is silent, and pushes what is pushed by the clock. */
  async #run(): Promise<void> {
    const { clock, userEvents } = this.#settings;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.sleep(Math.min(IDLE_LOOK_MS, SCHEDULED_MS), signal);
      if (signal.aborted) return;
      const nowMs = clock.nowMs();
      if (nowMs - this.#lastMessageAt >= IDLE_MS) {
        this.#connection.close(1000, 'no ping');
        return;
      }
      for (const topic of ['account', 'position'] as const)
        if (this.#accountId !== null && this.#subscribed.has(topic))
          this.#push(userEvents.snapshot(topic, this.#accountId, nowMs));
    }
  }

  onMessage(text: string): void {
    this.#lastMessageAt = this.#settings.clock.nowMs();
    if (text === 'ping') {
      this.#connection.send('pong');
      return;
    }
    const message = parsed(text);
    const args = Array.isArray(message?.['args']) ? (message['args'] as unknown[]) : [];
    switch (message?.['op']) {
      case 'login':
        this.#logIn(args[0]);
        return;
      case 'subscribe':
        for (const argument of args) this.#subscribe(argument);
        return;
      case 'unsubscribe':
        for (const argument of args) this.#unsubscribe(argument);
        return;
      case 'trade':
        this.#order(message, args);
        return;
      default:
        this.#error(30_003, 'invalid op');
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

  #error(code: number, text: string, more: object = {}): void {
    this.#send({ event: 'error', ...more, code, msg: text, connId: this.#settings.connectionId });
  }

  #logIn(argument: unknown): void {
    const { exchange, connectionId, streams, address } = this.#settings;
    const given = isObject(argument) ? argument : {};
    const [key, passphrase, timestamp, sign] = ['apiKey', 'passphrase', 'timestamp', 'sign'].map((name) =>
      textOf(given[name]),
    );
    const account = exchange.accountByKey(key ?? '');
    const sent = Number(timestamp);
    const sentMs = sent > LAST_SECOND ? sent : sent * 1_000;
    const fault =
      account === null || address !== 'private'
        ? ([30_011, 'Invalid ACCESS_KEY'] as const)
        : account.credentials.passphrase !== passphrase
          ? ([30_012, 'Invalid ACCESS_PASSPHRASE'] as const)
          : !/^\d{10,13}$/.test(timestamp ?? '')
            ? ([30_013, 'Invalid ACCESS_TIMESTAMP'] as const)
            : Math.abs(this.#connection.clockMs() - sentMs) > LOGIN_MS
              ? ([30_014, 'Request timestamp expired'] as const)
              : signatureMatches(loginText(timestamp ?? ''), account.credentials, sign ?? '', 'base64')
                ? null
                : ([30_015, 'Invalid sign'] as const);
    if (fault !== null || account === null) {
      const [code, text] = fault ?? [30_005, 'Login failed'];
      this.#error(code, text);
      this.#connection.close(1000, 'login failed');
      return;
    }
    this.#accountId = account.accountId;
    this.#send({ event: 'login', code: 0, msg: '', connId: connectionId });
    this.#detach ??= streams.attach(account.accountId, (payload) => this.#push(payload));
  }

  #push(payload: Payload | null): void {
    if (payload === null || !this.#subscribed.has(payload['topic'] as PrivateTopic)) return;
    this.#connection.push('private_stream', JSON.stringify(payload['message']));
  }

  #subscribe(argument: unknown): void {
    const { address, open, topics, userEvents } = this.#settings;
    if (!isObject(argument)) {
      this.#error(30_016, 'Param error');
      return;
    }
    const topic = PRIVATE_TOPICS.find((one) => one === argument['topic'] && argument['instType'] === 'UTA');
    if (topic !== undefined && address === 'private') {
      if (this.#accountId === null) {
        this.#error(30_004, 'User needs to log in', { arg: argument });
        return;
      }
      this.#answered('subscribe', argument);
      this.#subscribed.add(topic);
      this.#push(userEvents.snapshot(topic, this.#accountId, this.#connection.clockMs()));
      return;
    }
    const name = topicName(argument);
    const found = address === 'public' ? open(name) : undefined;
    if (found === undefined) {
      const words = Object.entries(argument).map(([field, value]) => `${field}:${String(value)}`);
      this.#error(30_001, `${words.join(',')} doesn't exist`, { arg: argument });
      return;
    }
    this.#answered('subscribe', argument);
    if (this.#joined.has(name)) return;
    this.#joined.add(name);
    const first = found.first?.(this.#connection.at());
    if (first !== undefined) this.#listener.push(name, JSON.stringify(first));
    topics.join(name, this.#listener);
  }

  #answered(event: 'subscribe' | 'unsubscribe', arg: Argument): void {
    this.#send({ event, arg, connId: this.#settings.connectionId });
  }

  #unsubscribe(argument: unknown): void {
    if (!isObject(argument)) return;
    const name = topicName(argument);
    if (this.#joined.delete(name)) this.#settings.topics.leave(name, this.#listener);
    const topic = PRIVATE_TOPICS.find((one) => one === argument['topic']);
    if (topic !== undefined) this.#subscribed.delete(topic);
    this.#answered('unsubscribe', argument);
  }

  #order(message: Argument, args: readonly unknown[]): void {
    const { orders } = this.#settings;
    const [id, topic, category] = ['id', 'topic', 'category'].map((name) => textOf(message[name]));
    if (this.#accountId === null) {
      this.#error(30_004, 'User needs to log in', { id });
      return;
    }
    if (!orders.isKnown(topic ?? '')) {
      this.#error(30_003, 'invalid op', { id });
      return;
    }
    orders.answer(this.#connection, {
      id: id ?? '',
      topic: topic ?? '',
      category: category ?? '',
      args,
      accountId: this.#accountId,
    });
  }
}

function parsed(text: string): Argument | null {
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) ? message : null;
  } catch {
    return null;
  }
}
