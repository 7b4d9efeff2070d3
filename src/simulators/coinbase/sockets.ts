/**
 * Coinbase's WebSockets: subscriptions to channels, the count of each connection's messages, heartbeats, and what cuts a connection.
 *
 * Entry point: `connectStream`. The address of market data serves every channel, that of user data the private one and heartbeats alone. A
 * token belongs to each message, not to the connection. A subscription to a product that shares another's book is answered with that one's
 * data, under its name, but for the user channel. Sources: "WebSocket Overview", "WebSocket Channels" and "WebSocket Rate Limits".
 */
import { isObject } from '../wire/request-fields.ts';
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { AccountStreams } from '../wire/account-streams.ts';
import type { Listener, Topics } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import { LISTINGS, listingNamed } from './instruments.ts';
import { CHANNELS, isMarketChannel, type MarketChannel, type MarketTopic } from './market-topics.ts';
import { timeText, userIdOf, type Json } from './order-json.ts';
import type { StreamLimits } from './rate-limits.ts';
import { readToken, tokenFault } from './signing.ts';
import type { UserEvents } from './user-events.ts';

export interface StreamSettings {
  readonly exchange: Exchange;
  readonly topics: Topics;
  /** The topic of a name as a new listener finds it; undefined where there is none. */
  readonly open: (name: string) => MarketTopic | undefined;
  readonly accounts: AccountStreams;
  readonly userEvents: UserEvents;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tokenLeewayMs: number;
  /** Null where limits are lifted. */
  readonly limits: StreamLimits | null;
  /** Whether this is the address of user data. */
  readonly isUserAddress: boolean;
}

/** "you are disconnected if no subscribe has been received within 5 seconds". */
const SUBSCRIBE_WITHIN_MS = 5_000;
/** "Most channels close within 60-90 seconds if no updates are sent." */
const IDLE_FOR_MS = 60_000;
const HEARTBEAT_EVERY_MS = 1_000;
const POLICY_VIOLATION = 1008;

interface Message {
  readonly type: string;
  readonly channel: string;
  readonly products: readonly string[];
  readonly token: string;
}

/** Null for what is no request. */
function messageOf(raw: string | Uint8Array): Message | null {
  const text = typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed)) return null;
    const { type, channel, product_ids: products, jwt } = parsed;
    return {
      type: typeof type === 'string' ? type : '',
      channel: typeof channel === 'string' ? channel : '',
      products: Array.isArray(products) ? products.map(String) : [],
      token: typeof jwt === 'string' ? jwt : '',
    };
  } catch {
    return null;
  }
}

export function connectStream(settings: StreamSettings, connection: SocketConnection): SocketSession {
  const stream = new Stream(settings, connection);
  stream.begin();
  return { onMessage: (raw) => stream.onMessage(raw), onClose: () => stream.onClose() };
}

class Stream {
  readonly #settings: StreamSettings;
  readonly #connection: SocketConnection;
  /** Books by market channel. */
  readonly #joined = new Map<MarketChannel, Set<string>>();
  readonly #ended = new AbortController();
  readonly #listener: Listener = { push: (name, json) => this.#pushTopic(name, json) };
  #user: {
    readonly accountId: string;
    readonly products: ReadonlySet<string> | null;
    readonly detach: () => void;
  } | null = null;
  #hasHeartbeats = false;
  #heartbeats = 0;
  #sequence = 0;
  #lastPushAt = 0;

  constructor(settings: StreamSettings, connection: SocketConnection) {
    this.#settings = settings;
    this.#connection = connection;
  }

  begin(): void {
    const { limits, signal } = this.#settings;
    const end = (): void => this.#ended.abort();
    signal.addEventListener('abort', end, { once: true });
    this.#ended.signal.addEventListener('abort', () => signal.removeEventListener('abort', end), {
      once: true,
    });
    this.#lastPushAt = this.#connection.at();
    if (limits?.admitsConnection(this.#connection.at()) === false) {
      this.#fail('rate limit exceeded');
      this.#connection.close(POLICY_VIOLATION, 'rate limit exceeded');
      return;
    }
    void this.#watch();
  }

  onClose(): void {
    this.#ended.abort();
    for (const [channel, books] of this.#joined)
      for (const book of books) this.#settings.topics.leave(`${channel} ${book}`, this.#listener);
    this.#user?.detach();
  }

  onMessage(raw: string | Uint8Array): void {
    const message = messageOf(raw);
    const { limits } = this.#settings;
    if (message === null || (message.type !== 'subscribe' && message.type !== 'unsubscribe')) {
      this.#fail('invalid message');
      return;
    }
    if (message.token === '' && limits?.admitsMessage(this.#connection.at()) === false) {
      this.#fail('rate limit exceeded');
      return;
    }
    if (message.token !== '' && this.#accountOf(message.token) === null) {
      this.#fail('authentication failure');
      return;
    }
    if (message.type === 'subscribe') this.#subscribe(message);
    else this.#unsubscribe(message);
  }

  #fail(text: string): void {
    this.#connection.send(JSON.stringify({ type: 'error', message: text }));
  }

  /** The account whose key signed the token; null: nobody's. */
  #accountOf(text: string): string | null {
    const { exchange, tokenLeewayMs } = this.#settings;
    const token = readToken(text);
    const account = token === null ? null : exchange.accountByKey(token.keyName);
    if (token === null || account === null) return null;
    const rules = { nowMs: this.#connection.clockMs(), leewayMs: tokenLeewayMs, request: null };
    return tokenFault(token, account.credentials, rules) === null ? account.accountId : null;
  }

  #subscribe(message: Message): void {
    const { channel, products } = message;
    const unknown = products.find((id) => listingNamed(id) === undefined);
    if (unknown !== undefined) {
      this.#fail(`${unknown} is not a valid product`);
      return;
    }
    if (channel === 'heartbeats') {
      this.#hasHeartbeats = true;
      this.#acknowledge();
      return;
    }
    if (channel === 'user') {
      this.#subscribeUser(message);
      return;
    }
    if (this.#settings.isUserAddress || !isMarketChannel(channel)) {
      this.#fail(`${channel} is not a valid channel`);
      return;
    }
    const books = new Set(
      (products.length === 0 ? LISTINGS.map(({ id }) => id) : products).map(
        (id) => listingNamed(id)?.bookId ?? id,
      ),
    );
    const joined = this.#joined.get(channel) ?? new Set<string>();
    this.#joined.set(channel, joined);
    for (const book of books) joined.add(book);
    this.#acknowledge();
    for (const book of books) {
      const name = `${channel} ${book}`;
      const first = this.#settings.open(name)?.first(this.#connection.at());
      if (first !== undefined) this.#pushTopic(name, JSON.stringify(first));
      this.#settings.topics.join(name, this.#listener);
    }
  }

  #subscribeUser({ products, token }: Message): void {
    const accountId = this.#accountOf(token);
    if (accountId === null) {
      this.#fail('authentication failure');
      return;
    }
    const { accounts, userEvents } = this.#settings;
    this.#user?.detach();
    const wanted = products.length === 0 ? null : new Set(products);
    const detach = accounts.attach(accountId, ({ product, event }) => {
      if (wanted === null || wanted.has(String(product))) this.#push('user', JSON.stringify([event]));
    });
    this.#user = { accountId, products: wanted, detach };
    this.#acknowledge();
    for (const event of userEvents.snapshot(accountId, wanted, this.#connection.clockMs()))
      this.#push('user', JSON.stringify([event]));
  }

  #unsubscribe({ channel, products }: Message): void {
    if (channel === 'heartbeats') this.#hasHeartbeats = false;
    if (channel === 'user') {
      this.#user?.detach();
      this.#user = null;
    }
    if (isMarketChannel(channel)) {
      const joined = this.#joined.get(channel) ?? new Set<string>();
      const books =
        products.length === 0 ? [...joined] : products.map((id) => listingNamed(id)?.bookId ?? id);
      for (const book of books) {
        joined.delete(book);
        this.#settings.topics.leave(`${channel} ${book}`, this.#listener);
      }
    }
    this.#acknowledge();
  }

  /** All that the connection is subscribed to. */
  #acknowledge(): void {
    const subscriptions: Record<string, readonly string[]> = {};
    for (const [channel, books] of this.#joined) if (books.size > 0) subscriptions[channel] = [...books];
    if (this.#hasHeartbeats) subscriptions['heartbeats'] = ['heartbeats'];
    if (this.#user !== null)
      subscriptions['user'] =
        this.#user.products === null ? [userIdOf(this.#user.accountId)] : [...this.#user.products];
    this.#connection.send(
      this.#envelope('subscriptions', JSON.stringify([{ subscriptions }] satisfies Json[])),
    );
  }

  #pushTopic(name: string, json: string): void {
    const [channel = ''] = name.split(' ');
    if (isMarketChannel(channel)) this.#push(CHANNELS[channel], json);
  }

  #push(channel: string, events: string): void {
    this.#lastPushAt = this.#connection.at();
    const isPrivate = this.#user !== null || this.#settings.isUserAddress;
    const route = isPrivate ? 'private_stream' : 'public_stream';
    this.#connection.push(route, this.#envelope(channel, events));
  }

  /** Every message of the connection has the next number. */
  #envelope(channel: string, events: string): string {
    const head = JSON.stringify({
      channel,
      client_id: '',
      timestamp: timeText(this.#connection.clockMs()),
      sequence_num: this.#sequence,
    });
    this.#sequence += 1;
    return `${head.slice(0, -1)},"events":${events}}`;
  }

  /** Heartbeats each second, and the end of a connection that asked for nothing or receives nothing. */
  async #watch(): Promise<void> {
    const { clock } = this.#settings;
    const since = this.#connection.at();
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_EVERY_MS, signal);
      if (signal.aborted) return;
      const now = this.#connection.at();
      const isSubscribed = this.#hasHeartbeats || this.#user !== null || this.#joined.size > 0;
      const isLate = !isSubscribed && now - since >= SUBSCRIBE_WITHIN_MS;
      const isIdle = !this.#hasHeartbeats && now - this.#lastPushAt >= IDLE_FOR_MS;
      if (isLate || isIdle) {
        this.#connection.close(POLICY_VIOLATION, isLate ? 'no subscribe message' : 'no updates');
        return;
      }
      if (this.#hasHeartbeats) this.#beat();
    }
  }

  #beat(): void {
    this.#heartbeats += 1;
    const time = timeText(this.#connection.clockMs()).replace('T', ' ').replace('Z', '');
    const events: readonly Json[] = [
      {
        current_time: `${time} +0000 UTC m=+${this.#heartbeats}.000`,
        heartbeat_counter: String(this.#heartbeats),
      },
    ];
    this.#push('heartbeats', JSON.stringify(events));
  }
}
