/**
 * A market-data connection that accounts share: remembers the topics that were asked for and subscribes to them again
 * on every new connection.
 *
 * Entry points: `MarketStream` (one connection), `MarketStreams` (all at one address). A venue's folder says by
 * `MarketProtocol` how topics are subscribed to and what a message holds.
 *
 * Invariants:
 *  1. The connection is open only while an account has joined it.
 *  2. A topic that was asked for is subscribed to on every connection until the last account leaves.
 *  3. A message that cannot be read ends the connection: a new one starts from what the venue says then.
 */
import type { Decimal } from '../core/decimal.ts';
import { MalformedAnswer, excerpt } from './ccxt/exact-json.ts';
import type { TopOfBook } from '../core/quote.ts';
import type { Platform } from './platform.ts';
import type { MarketConnection, MarketListener } from './quotes.ts';
import { StreamSocket } from './stream-socket.ts';
import type { StreamHabits, StreamState } from './stream-socket.ts';

/** A price of one instrument, under the venue's name for it. */
export type MarketEvent =
  | { readonly kind: 'top'; readonly venueSymbol: string; readonly top: TopOfBook }
  | { readonly kind: 'mark'; readonly venueSymbol: string; readonly mark: Decimal }
  | { readonly kind: 'average'; readonly venueSymbol: string; readonly price: Decimal };

/** How one venue's market-data connection is spoken to. */
export interface MarketProtocol extends StreamHabits {
  /** For reasons and logs: `binance spot public stream`. */
  readonly name: string;
  /** Where to connect; may ask the venue for a token first. */
  readonly url: () => Promise<string>;
  /** Topics that one connection carries. */
  readonly mostTopics: number;
  /** Topics that one message subscribes to. */
  readonly topicsPerMessage: number;
  /** The message that subscribes; `request` counts them from one. */
  readonly subscribe: (topics: readonly string[], request: number) => string;
  /**
   * Makes the reader of one connection's messages, in their order; it may keep what partial updates build on. The
   * reader throws `MalformedAnswer`; a message that says nothing of a price gives no event.
   */
  readonly reader: () => (message: string) => readonly MarketEvent[];
}

/** Topics that are asked for within this time go out in one message: venues bound the messages of a connection. */
const GATHER_MS = 20;
/** How often we ask unless the venue says otherwise. Well inside the age at which a quote is too old: silence means "unchanged" only while the connection is known to live. */
const PING_MS = 1_000;

export class MarketStream implements MarketConnection {
  readonly #protocol: MarketProtocol;
  readonly #platform: Platform;
  readonly #socket: StreamSocket;
  readonly #listeners = new Set<MarketListener>();
  readonly #wanted = new Set<string>();
  #pending: string[] = [];
  #stopPendingTimer: (() => void) | undefined;
  #requests = 0;
  #reader: (message: string) => readonly MarketEvent[];

  constructor(protocol: MarketProtocol, platform: Platform) {
    this.#protocol = protocol;
    this.#platform = platform;
    this.#reader = protocol.reader();
    this.#socket = new StreamSocket({
      name: protocol.name,
      platform,
      pingEveryMs: protocol.pingEveryMs ?? PING_MS,
      pingMessage: protocol.pingMessage,
      answerPing: protocol.answerPing,
      decode: protocol.decode,
      handlers: {
        url: protocol.url,
        subscribe: async (send) => {
          this.#reader = protocol.reader();
          this.#pending = [];
          this.#subscribe(send, [...this.#wanted]);
        },
        onUp: () => {
          this.#flush();
        },
        onDown: () => undefined,
        onMessage: (message) => {
          this.#read(message);
        },
      },
    });
  }

  get state(): StreamState {
    return this.#socket.state;
  }

  get connection(): number {
    return this.#socket.connection;
  }

  /** Reports to `listener` what comes of every topic, whichever account asked for it. */
  join(listener: MarketListener): void {
    this.#listeners.add(listener);
  }

  leave(listener: MarketListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stopPendingTimer?.();
    this.#stopPendingTimer = undefined;
    this.#pending = [];
    this.#wanted.clear();
    this.#socket.close();
  }

  /** Subscribes to a topic, and connects for the first; false where the connection has no room for it. */
  want(topic: string): boolean {
    if (this.#wanted.has(topic)) return true;
    if (this.#wanted.size >= this.#protocol.mostTopics) return false;
    this.#wanted.add(topic);
    this.#socket.open();
    this.#pending.push(topic);
    this.#stopPendingTimer ??= this.#platform.scheduler.after(GATHER_MS, () => {
      this.#stopPendingTimer = undefined;
      this.#flush();
    });
    return true;
  }

  #flush(): void {
    if (this.#socket.state !== 'connected') return;
    this.#subscribe((message) => this.#socket.send(message), this.#pending.splice(0));
  }

  #subscribe(send: (message: string) => void, topics: readonly string[]): void {
    const { subscribe, topicsPerMessage } = this.#protocol;
    for (let start = 0; start < topics.length; start += topicsPerMessage) {
      this.#requests += 1;
      send(subscribe(topics.slice(start, start + topicsPerMessage), this.#requests));
    }
  }

  #read(message: string): void {
    let events: readonly MarketEvent[];
    try {
      events = this.#reader(message);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      this.#socket.reconnect(`unreadable market data: ${excerpt(error.message)}`);
      return;
    }
    for (const event of events) for (const listener of this.#listeners) report(event, listener);
  }
}

function report(event: MarketEvent, listener: MarketListener): void {
  switch (event.kind) {
    case 'top':
      listener.onTop(event.venueSymbol, event.top);
      return;
    case 'mark':
      listener.onMark(event.venueSymbol, event.mark);
      return;
    case 'average':
      listener.onAverage(event.venueSymbol, event.price);
      return;
  }
}

/** The market-data connections at one address, one for each key; made when first asked for. */
export class MarketStreams {
  readonly #platform: Platform;
  readonly #byKey = new Map<string, MarketStream>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  get(key: string, protocol: () => MarketProtocol): MarketStream {
    let stream = this.#byKey.get(key);
    if (stream === undefined) {
      stream = new MarketStream(protocol(), this.#platform);
      this.#byKey.set(key, stream);
    }
    return stream;
  }
}
