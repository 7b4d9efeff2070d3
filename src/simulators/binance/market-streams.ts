/**
 * Public market streams of one Binance product: subscriptions and the control messages for them.
 *
 * Entry point: `MarketStreams.connect` gives the session of a new connection. Payloads go out raw or wrapped as
 * `{"stream":..,"data":..}`. An unknown stream name is accepted and stays silent, as at the venue. Source:
 * web-socket-streams.md of binance-spot-api-docs, "Live Subscribing/Unsubscribing to streams".
 */
import { Topics, type Listener, type TopicSettings } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';

const MOST_STREAMS = 1024;
const ONE_SECOND_MS = 1000;

export type MarketStreamSettings = TopicSettings & {
  /** Control messages that a connection may send in one second; more cuts it. */
  readonly messagesPerSecond: number;
  /** False lifts the limits. */
  readonly limits: boolean;
};

export class MarketStreams {
  readonly #settings: MarketStreamSettings;
  readonly #topics: Topics;

  constructor(settings: MarketStreamSettings) {
    this.#settings = settings;
    this.#topics = new Topics(settings);
  }

  /** A session that begins with the given streams. `combined` wraps payloads with the stream's name. */
  connect(
    connection: SocketConnection,
    streams: readonly string[],
    combined: boolean,
    carriage: Carriage = {},
  ): SocketSession {
    const session = new MarketSession(connection, this.#topics, combined, this.#settings, carriage);
    session.add(streams);
    return session;
  }
}

/** The streams that one connection carries; every market stream unless it says otherwise. */
export type Carriage = {
  /** False for a market stream of another address: it is acknowledged, and stays silent. */
  readonly carries?: (name: string) => boolean;
  /** Begins a stream that is none of the market's and returns the way to stop it; null for any other name. */
  readonly begin?: (name: string, push: (json: string) => void) => (() => void) | null;
};

const NOTHING_TO_STOP = (): void => undefined;

type ControlMessage = { readonly method?: unknown; readonly params?: unknown; readonly id?: unknown };

class MarketSession implements SocketSession, Listener {
  readonly #connection: SocketConnection;
  readonly #topics: Topics;
  readonly #settings: MarketStreamSettings;
  readonly #carriage: Carriage;
  /** With the way to stop each. */
  readonly #streams = new Map<string, () => void>();
  #combined: boolean;
  #second = 0;
  #messages = 0;

  constructor(
    connection: SocketConnection,
    topics: Topics,
    combined: boolean,
    settings: MarketStreamSettings,
    carriage: Carriage,
  ) {
    this.#carriage = carriage;
    this.#connection = connection;
    this.#topics = topics;
    this.#combined = combined;
    this.#settings = settings;
  }

  add(names: readonly string[]): void {
    for (const name of names) {
      if (this.#streams.has(name)) continue;
      const push = (json: string): void => this.#push('private_stream', name, json);
      this.#streams.set(name, this.#carriage.begin?.(name, push) ?? this.#join(name));
    }
  }

  #join(name: string): () => void {
    if (this.#carriage.carries?.(name) === false) return NOTHING_TO_STOP;
    this.#topics.join(name, this);
    return () => this.#topics.leave(name, this);
  }

  push(name: string, json: string): void {
    this.#push('public_stream', name, json);
  }

  #push(route: 'public_stream' | 'private_stream', name: string, json: string): void {
    const message = this.#combined ? `{"stream":${JSON.stringify(name)},"data":${json}}` : json;
    this.#connection.push(route, message);
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
    for (const stop of this.#streams.values()) stop();
    this.#streams.clear();
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
        return { result: [...this.#streams.keys()], id };
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
    if (this.#streams.size + names.length > MOST_STREAMS)
      return { code: 2, msg: `Invalid request: at most ${MOST_STREAMS} streams`, id };
    this.add(names);
    return { result: null, id };
  }

  #unsubscribe(params: unknown, id: unknown): unknown {
    const names = streamNames(params);
    if (names === null) return { code: 2, msg: 'Invalid request: params must be a list of streams', id };
    for (const name of names) {
      this.#streams.get(name)?.();
      this.#streams.delete(name);
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
