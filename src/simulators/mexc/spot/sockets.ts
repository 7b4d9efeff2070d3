/**
 * MEXC's spot WebSocket: subscriptions, pings, and the private channels of a connection that came with a listen key.
 *
 * Entry point: `connectSpot`. Pushes are protobuf in binary frames; acknowledgements and pongs are JSON text. A channel that is not there is
 * refused with code 0 as well, by the text alone. Source: "Websocket Market Streams", "Live Subscription/Unsubscription to Data Streams" and
 * "Websocket User Data Streams" of the spot v3 documentation; the text of a refused subscription from logs of clients.
 */
import { isObject } from '../../wire/request-fields.ts';
import type { Clock } from '../../clock.ts';
import type { AccountStreams } from '../../wire/account-streams.ts';
import type { Listener, Topics } from '../../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../../wire/wire.ts';
import type { ListenKeys } from './listen-keys.ts';
import { pushBytes, type Push } from './push-messages.ts';
import { PRIVATE_CHANNELS } from './user-events.ts';

export interface SpotSocketSettings {
  readonly clock: Clock;
  readonly listenKeys: ListenKeys;
  readonly streams: AccountStreams;
  readonly topics: Topics;
  /** Whether there is a public channel of the name. */
  readonly hasTopic: (channel: string) => boolean;
}

/** "One ws connection supports a maximum of 30 subscriptions". */
const MOST_SUBSCRIPTIONS = 30;
/** "If there is no valid subscription on the websocket, the server will actively disconnect after 30 seconds". */
const UNSUBSCRIBED_MS = 30_000;
/** "If the subscription is successful but there is no data flow, the server will disconnect after one minute". */
const SILENT_MS = 60_000;
/** "expect to be disconnected at the 24 hour mark". */
const LONGEST_MS = 24 * 60 * 60 * 1000;
const LOOK_EVERY_MS = 1_000;
const PRIVATE: ReadonlySet<string> = new Set(Object.values(PRIVATE_CHANNELS));

export function connectSpot(settings: SpotSocketSettings, connection: SocketConnection): SocketSession {
  const listenKey = new URLSearchParams(connection.query).get('listenKey');
  const held = listenKey === null ? null : settings.listenKeys.connect(listenKey, connection.at());
  if (listenKey !== null && held === null) {
    connection.send('Invalid listen key');
    connection.close(1000, 'Invalid listen key');
    return { onMessage: () => undefined, onClose: () => undefined };
  }
  const session = new Session(settings, connection, listenKey);
  if (held !== null) session.attach(held.accountId);
  return {
    onMessage: (raw) => session.onMessage(typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8')),
    onClose: () => {
      held?.leave();
      session.end();
    },
  };
}

class Session {
  readonly #settings: SpotSocketSettings;
  readonly #connection: SocketConnection;
  readonly #listenKey: string | null;
  readonly #channels = new Set<string>();
  readonly #listener: Listener;
  readonly #ending = new AbortController();
  readonly #beganAt: number;
  #lastMessageAt: number;
  #detach: (() => void) | null = null;

  constructor(settings: SpotSocketSettings, connection: SocketConnection, listenKey: string | null) {
    this.#settings = settings;
    this.#connection = connection;
    this.#listenKey = listenKey;
    this.#beganAt = settings.clock.nowMs();
    this.#lastMessageAt = this.#beganAt;
    this.#listener = {
      push: (_channel, json) => {
        this.#touch();
        connection.push('public_stream', Buffer.from(JSON.parse(json) as string, 'base64'));
      },
    };
    void this.#cutWhenDue();
  }

  /** Sends the account's pushes of the private channels that are subscribed to. */
  attach(accountId: string): void {
    this.#detach = this.#settings.streams.attach(accountId, (payload) => {
      const push = payload as Push;
      if (!this.#channels.has(push.channel)) return;
      this.#touch();
      this.#connection.push('private_stream', pushBytes(push));
    });
  }

  end(): void {
    this.#ending.abort();
    for (const channel of this.#channels) this.#settings.topics.leave(channel, this.#listener);
    this.#detach?.();
  }

  onMessage(text: string): void {
    this.#touch();
    const { method, channels, id } = messageOf(text);
    switch (method) {
      case 'PING':
        this.#answer(id, 'PONG');
        return;
      case 'SUBSCRIPTION':
        this.#subscribe(channels, id);
        return;
      case 'UNSUBSCRIPTION':
        for (const channel of channels)
          if (this.#channels.delete(channel)) this.#settings.topics.leave(channel, this.#listener);
        this.#answer(id, channels.join(','));
        return;
      default:
        this.#answer(id, 'msg format invalid');
    }
  }

  #touch(): void {
    this.#lastMessageAt = this.#settings.clock.nowMs();
  }

  #answer(id: number, msg: string): void {
    this.#connection.send(JSON.stringify({ id, code: 0, msg }));
  }

  #subscribe(channels: readonly string[], id: number): void {
    const taken: string[] = [];
    const blocked: string[] = [];
    for (const channel of channels) {
      const isThere = PRIVATE.has(channel) ? this.#detach !== null : this.#settings.hasTopic(channel);
      const isRoom = this.#channels.has(channel) || this.#channels.size < MOST_SUBSCRIPTIONS;
      if (!isThere || !isRoom) {
        blocked.push(channel);
        continue;
      }
      taken.push(channel);
      if (this.#channels.has(channel)) continue;
      this.#channels.add(channel);
      if (!PRIVATE.has(channel)) this.#settings.topics.join(channel, this.#listener);
    }
    const refused = `Not Subscribed successfully! [${blocked.join(',')}].  Reason： Blocked! `;
    this.#answer(id, blocked.length === 0 ? taken.join(',') : refused);
  }

  /** Ends the connection with its listen key, when nothing is subscribed to or sent, and after a day. */
  async #cutWhenDue(): Promise<void> {
    const { clock, listenKeys } = this.#settings;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      const nowMs = clock.nowMs();
      const silentForMs = nowMs - this.#lastMessageAt;
      const isOver =
        nowMs - this.#beganAt >= LONGEST_MS ||
        silentForMs >= (this.#channels.size === 0 ? UNSUBSCRIBED_MS : SILENT_MS) ||
        (this.#listenKey !== null && !listenKeys.isAlive(this.#listenKey, nowMs));
      if (!isOver) continue;
      this.#connection.close(1000, '');
      return;
    }
  }
}

/** A message without a method is none that is served. Clients write `PING` in lower case too. */
function messageOf(text: string): {
  readonly method: string;
  readonly channels: readonly string[];
  readonly id: number;
} {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    // No request: answered as one without a method.
  }
  const message = isObject(parsed) ? parsed : {};
  const { method, params, id } = message;
  return {
    method: typeof method === 'string' ? method.toUpperCase() : '',
    channels: Array.isArray(params) ? params.filter((name): name is string => typeof name === 'string') : [],
    id: typeof id === 'number' ? id : 0,
  };
}
