/**
 * KuCoin's WebSockets: the token of a connection, its subscriptions and its pings.
 *
 * Entry point: `connect`. A connection is of spot or of futures, as its first topic says: tokens of the two "cannot be mixed", and the topics of
 * the other are not there. Subscriptions take effect with their `ack`, which is sent where it was asked for. Sources: "Introduction",
 * "Subscribe", "Unsubscribe" and "Ping" of the WebSocket documentation, "WebSocket" of its limits.
 */
import type { Clock } from '../clock.ts';
import type { AccountStreams } from '../wire/account-streams.ts';
import { RollingWindow } from '../wire/rolling-window.ts';
import type { Listener, Topics } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import { exactJson, withNumerals } from './exact-json.ts';
import { textOf } from './parameters.ts';
import { isObject } from '../wire/request-fields.ts';
import { messageFor } from './payloads.ts';
import { PING_INTERVAL_MS, PING_TIMEOUT_MS, type Admission, type Tokens } from './tokens.ts';

export type Product = 'spot' | 'futures';

/** The topics and messages of one of the two products. */
export interface ProductStreams {
  readonly isPublic: (name: string) => boolean;
  /** Whether this is a private topic, as it stands without a symbol behind it. */
  readonly isPrivate: (name: string) => boolean;
  readonly streams: AccountStreams;
  /** Called before an account's first private message. */
  readonly begin: (accountId: string) => void;
}

export interface SocketSettings {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly topics: Topics;
  readonly products: Readonly<Record<Product, ProductStreams>>;
  readonly limits: boolean;
}

/** "The maximum number of topics that can be subscribed to a single connection: 300", "100 topics at once". */
const MOST_TOPICS = 300;
const MOST_AT_ONCE = 100;
/** "Message limit sent to the server: 100 per 10 seconds". */
const MOST_MESSAGES = 100;
const MESSAGES_MS = 10_000;
const SILENT_LOOK_MS = 1_000;

export function connect(settings: SocketSettings, connection: SocketConnection): SocketSession {
  const query = new URLSearchParams(connection.query);
  const admission = settings.tokens.admission(query.get('token') ?? '', connection.at());
  if (admission === null) {
    connection.send(
      exactJson({ id: query.get('connectId') ?? '', type: 'error', code: 401, data: 'token is invalid' }),
    );
    connection.close(1000, 'token is invalid');
    return { onMessage: () => undefined, onClose: () => undefined };
  }
  const session = new Session(settings, connection, admission);
  connection.send(JSON.stringify({ id: query.get('connectId') ?? '', type: 'welcome' }));
  return {
    onMessage: (raw) => session.onMessage(typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8')),
    onClose: () => session.close(),
  };
}

class Session {
  readonly #settings: SocketSettings;
  readonly #connection: SocketConnection;
  readonly #admission: Admission;
  readonly #joined = new Set<string>();
  readonly #subscribed = new Set<string>();
  readonly #listener: Listener;
  readonly #messages = new RollingWindow(MESSAGES_MS);
  readonly #closing = new AbortController();
  #product: Product | null = null;
  #detach: (() => void) | null = null;
  #receivedAt: number;

  constructor(settings: SocketSettings, connection: SocketConnection, admission: Admission) {
    this.#settings = settings;
    this.#connection = connection;
    this.#admission = admission;
    this.#receivedAt = settings.clock.nowMs();
    this.#listener = { push: (_name, json) => connection.push('public_stream', withNumerals(json)) };
    void this.#cutWhenSilent();
  }

  /** "If the server has not received any message from the client for a long time, the connection will be disconnected". */
  async #cutWhenSilent(): Promise<void> {
    const { clock } = this.#settings;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.sleep(SILENT_LOOK_MS, signal);
      if (signal.aborted || clock.nowMs() - this.#receivedAt <= PING_INTERVAL_MS + PING_TIMEOUT_MS) continue;
      this.#connection.close(1001, 'ping timeout');
      return;
    }
  }

  onMessage(text: string): void {
    const { clock, limits } = this.#settings;
    this.#receivedAt = clock.nowMs();
    const message = objectOf(text);
    const id = textOf(message['id']);
    if (limits && !this.#messages.take(MOST_MESSAGES, this.#receivedAt).isAdmitted) {
      this.#error(id, 509, 'exceed max permits per second');
      return;
    }
    switch (message['type']) {
      case 'ping':
        this.#connection.send(
          JSON.stringify({ id, type: 'pong', timestamp: this.#connection.clockMs() * 1_000 }),
        );
        return;
      case 'subscribe':
        this.#subscribe(id, message);
        return;
      case 'unsubscribe':
        for (const name of namesOf(textOf(message['topic']))) {
          if (this.#joined.delete(name)) this.#settings.topics.leave(name, this.#listener);
          this.#subscribed.delete(name);
        }
        this.#acknowledge(id, message);
        return;
      default:
        this.#error(id, 400, 'type is not supported');
    }
  }

  close(): void {
    this.#closing.abort();
    for (const name of this.#joined) this.#settings.topics.leave(name, this.#listener);
    this.#detach?.();
  }

  #error(id: string, code: number, data: string): void {
    this.#connection.send(JSON.stringify({ id, type: 'error', code, data }));
  }

  #acknowledge(id: string, { response }: Readonly<Record<string, unknown>>): void {
    if (response === true) this.#connection.send(JSON.stringify({ id, type: 'ack' }));
  }

  #subscribe(id: string, message: Readonly<Record<string, unknown>>): void {
    const names = namesOf(textOf(message['topic']));
    if (names.length === 0) {
      this.#error(id, 406, 'topic is required');
      return;
    }
    const isTooMany =
      names.length > MOST_AT_ONCE || this.#joined.size + this.#subscribed.size + names.length > MOST_TOPICS;
    if (isTooMany) {
      this.#error(id, 509, 'exceed max subscription count limitation of 300 per session');
      return;
    }
    const fault = this.#faultOf(names);
    if (fault !== null) {
      this.#error(id, ...fault);
      return;
    }
    this.#acknowledge(id, message);
    for (const name of names)
      if (this.#streams.isPrivate(name)) this.#listenTo(name);
      else if (!this.#joined.has(name)) {
        this.#joined.add(name);
        this.#settings.topics.join(name, this.#listener);
      }
  }

  get #streams(): ProductStreams {
    return this.#settings.products[this.#product ?? 'spot'];
  }

  #faultOf(names: readonly string[]): readonly [code: number, text: string] | null {
    const { products } = this.#settings;
    for (const name of names) {
      const home = (['spot', 'futures'] as const).find(
        (product) => products[product].isPublic(name) || products[product].isPrivate(name),
      );
      if (home === undefined || (this.#product !== null && this.#product !== home))
        return [404, `topic ${name} is not found`];
      this.#product = home;
      if (products[home].isPrivate(name) && this.#admission.accountId === null)
        return [403, 'Login is required'];
    }
    return null;
  }

  #listenTo(name: string): void {
    const { accountId } = this.#admission;
    if (accountId === null) return;
    const { streams, begin } = this.#streams;
    if (this.#detach === null) begin(accountId);
    this.#subscribed.add(name);
    this.#detach ??= streams.attach(accountId, (payload) => {
      const message = messageFor(payload, this.#subscribed);
      if (message !== undefined) this.#connection.push('private_stream', exactJson(message));
    });
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** `/market/ticker:BTC-USDT,ETH-USDT` is two topics. */
function namesOf(topic: string): readonly string[] {
  const [kind = '', list] = topic.split(':');
  if (kind === '') return [];
  return list === undefined ? [kind] : list.split(',').map((one) => `${kind}:${one}`);
}
