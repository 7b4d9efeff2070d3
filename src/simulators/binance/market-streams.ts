/**
 * Public market streams of one Binance product: topics, subscriptions and the control messages.
 *
 * Entry points: `MarketStreams.connect` gives the session of a new connection. A topic lives while somebody
 * listens; its payload is made once and sent to all of them, raw or wrapped as `{"stream":..,"data":..}`.
 * An unknown stream name is accepted and stays silent, as at the venue. Source: web-socket-streams.md of
 * binance-spot-api-docs, "Live Subscribing/Unsubscribing to streams".
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeEvent } from '../exchange/event.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';

/** Timed topics are looked at this often; the venue's own shortest period is 100 ms. */
const TICK_MS = 50;
const MOST_STREAMS = 1024;
const ONE_SECOND_MS = 1000;

/** What one stream sends. A payload of undefined sends nothing. */
export type Topic = {
  readonly onEvent?: (event: ExchangeEvent) => unknown;
  /** Asked for a payload every `everyMs`. */
  readonly everyMs?: number;
  readonly onTick?: (nowMs: number) => unknown;
};

export type MarketStreamSettings = {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The behaviour of a stream name; undefined for one that the venue does not have. */
  readonly openTopic: (name: string) => Topic | undefined;
  /** Control messages that a connection may send in one second; more cuts it. */
  readonly messagesPerSecond: number;
  readonly limits: boolean;
};

type Running = {
  readonly name: string;
  readonly topic: Topic;
  readonly sessions: Set<MarketSession>;
  nextAtMs: number;
};

export class MarketStreams {
  readonly #settings: MarketStreamSettings;
  readonly #topics = new Map<string, Running>();
  #ticking = false;

  constructor(settings: MarketStreamSettings) {
    this.#settings = settings;
    const stop = settings.exchange.subscribe((events) => this.#onEvents(events));
    settings.signal.addEventListener('abort', stop, { once: true });
  }

  /** A session that begins with the given streams. `combined` wraps payloads with the stream's name. */
  connect(connection: SocketConnection, streams: readonly string[], combined: boolean): SocketSession {
    const session = new MarketSession(connection, this, combined, this.#settings);
    session.add(streams);
    return session;
  }

  join(name: string, session: MarketSession): void {
    let running = this.#topics.get(name);
    if (running === undefined) {
      const topic = this.#settings.openTopic(name);
      if (topic === undefined) return;
      running = { name, topic, sessions: new Set(), nextAtMs: 0 };
      this.#topics.set(name, running);
    }
    running.sessions.add(session);
    if (running.topic.everyMs !== undefined && !this.#ticking) {
      this.#ticking = true;
      void this.#tick();
    }
  }

  leave(name: string, session: MarketSession): void {
    const running = this.#topics.get(name);
    if (running === undefined) return;
    running.sessions.delete(session);
    if (running.sessions.size === 0) this.#topics.delete(name);
  }

  #onEvents(events: readonly ExchangeEvent[]): void {
    if (this.#topics.size === 0) return;
    for (const event of events) {
      if (event.kind !== 'trade' && event.kind !== 'book' && event.kind !== 'mark') continue;
      for (const running of this.#topics.values()) {
        const payload = running.topic.onEvent?.(event);
        if (payload !== undefined) send(running, payload);
      }
    }
  }

  async #tick(): Promise<void> {
    const { clock, signal } = this.#settings;
    while (!signal.aborted && this.#anyTimed()) {
      await clock.sleep(TICK_MS, signal);
      if (signal.aborted) break;
      const nowMs = clock.nowMs();
      for (const running of this.#topics.values()) {
        const { everyMs, onTick } = running.topic;
        if (everyMs === undefined || onTick === undefined || nowMs < running.nextAtMs) continue;
        running.nextAtMs = (Math.floor(nowMs / everyMs) + 1) * everyMs;
        const payload = onTick(nowMs);
        if (payload !== undefined) send(running, payload);
      }
    }
    this.#ticking = false;
  }

  #anyTimed(): boolean {
    for (const running of this.#topics.values()) if (running.topic.everyMs !== undefined) return true;
    return false;
  }
}

function send(running: Running, payload: unknown): void {
  const raw = JSON.stringify(payload);
  for (const session of running.sessions) session.push(running.name, raw);
}

type ControlMessage = { readonly method?: unknown; readonly params?: unknown; readonly id?: unknown };

class MarketSession implements SocketSession {
  readonly #connection: SocketConnection;
  readonly #streams: MarketStreams;
  readonly #settings: MarketStreamSettings;
  readonly #names = new Set<string>();
  #combined: boolean;
  #second = 0;
  #messages = 0;

  constructor(
    connection: SocketConnection,
    streams: MarketStreams,
    combined: boolean,
    settings: MarketStreamSettings,
  ) {
    this.#connection = connection;
    this.#streams = streams;
    this.#combined = combined;
    this.#settings = settings;
  }

  add(names: readonly string[]): void {
    for (const name of names) {
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      this.#streams.join(name, this);
    }
  }

  push(name: string, raw: string): void {
    this.#connection.push(
      'public_stream',
      this.#combined ? `{"stream":${JSON.stringify(name)},"data":${raw}}` : raw,
    );
  }

  onMessage(message: string | Uint8Array): void {
    if (this.#tooFast()) {
      this.#connection.close(1008, 'Too many requests');
      return;
    }
    const text = typeof message === 'string' ? message : Buffer.from(message).toString('utf8');
    this.#connection.send(JSON.stringify(this.#answer(text)));
  }

  onClose(): void {
    for (const name of this.#names) this.#streams.leave(name, this);
    this.#names.clear();
  }

  #tooFast(): boolean {
    const second = Math.floor(this.#connection.at() / ONE_SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#messages = 0;
    }
    this.#messages += 1;
    return this.#settings.limits && this.#messages > this.#settings.messagesPerSecond;
  }

  #answer(text: string): unknown {
    let message: ControlMessage;
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('not an object');
      message = parsed;
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'expected value';
      return { code: 3, msg: `Invalid JSON: ${detail}` };
    }
    const id = message.id ?? null;
    if (typeof id !== 'number' && typeof id !== 'string' && id !== null)
      return { code: 2, msg: 'Invalid request: request ID must be an unsigned integer' };
    switch (message.method) {
      case 'SUBSCRIBE':
        return this.#subscribe(message.params, id);
      case 'UNSUBSCRIBE':
        return this.#unsubscribe(message.params, id);
      case 'LIST_SUBSCRIPTIONS':
        return { result: [...this.#names], id };
      case 'SET_PROPERTY':
        return this.#setProperty(message.params, id);
      case 'GET_PROPERTY':
        return Array.isArray(message.params) && message.params[0] === 'combined'
          ? { result: this.#combined, id }
          : { code: 0, msg: 'Unknown property', id };
      case undefined:
        return { code: 2, msg: 'Invalid request: missing field `method`', id };
      default:
        return {
          code: 2,
          msg: `Invalid request: unknown variant ${JSON.stringify(message.method)}, expected one of \`SUBSCRIBE\`, \`UNSUBSCRIBE\`, \`LIST_SUBSCRIPTIONS\`, \`SET_PROPERTY\`, \`GET_PROPERTY\``,
          id,
        };
    }
  }

  #subscribe(params: unknown, id: unknown): unknown {
    const names = streamNames(params);
    if (names === null) return { code: 2, msg: 'Invalid request: params must be a list of streams', id };
    if (this.#names.size + names.length > MOST_STREAMS)
      return { code: 2, msg: `Invalid request: at most ${MOST_STREAMS} streams`, id };
    this.add(names);
    return { result: null, id };
  }

  #unsubscribe(params: unknown, id: unknown): unknown {
    const names = streamNames(params);
    if (names === null) return { code: 2, msg: 'Invalid request: params must be a list of streams', id };
    for (const name of names) {
      if (this.#names.delete(name)) this.#streams.leave(name, this);
    }
    return { result: null, id };
  }

  #setProperty(params: unknown, id: unknown): unknown {
    if (!Array.isArray(params) || params[0] !== 'combined') return { code: 0, msg: 'Unknown property', id };
    const value: unknown = params[1];
    if (typeof value !== 'boolean') return { code: 1, msg: 'Invalid value type: expected Boolean', id };
    this.#combined = value;
    return { result: null, id };
  }
}

function streamNames(params: unknown): string[] | null {
  if (!Array.isArray(params)) return null;
  const names: string[] = [];
  for (const name of params) {
    if (typeof name !== 'string') return null;
    names.push(name);
  }
  return names;
}

/** The streams in `/stream?streams=a/b/c`. */
export function streamsOfQuery(query: string): string[] {
  const streams = new URLSearchParams(query).get('streams') ?? '';
  return streams.split('/').filter((name) => name !== '');
}
