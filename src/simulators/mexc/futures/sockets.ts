/**
 * MEXC's WebSocket of contracts: logins, filters, subscriptions and pings on one address, `/edge`.
 *
 * Entry point: `connectFutures`. Everything private is pushed after a login unless it says otherwise; `personal.filter` narrows it. Source:
 * "Detailed data interaction commands", "Filter Subscription", "Login authentication" and "Public Channels" of the contract documentation.
 */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { AccountStreams } from '../../wire/account-streams.ts';
import { signatureMatches } from '../../wire/signatures.ts';
import type { Listener, Topics } from '../../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../../wire/wire.ts';
import { jsonText } from '../bare-figures.ts';
import { signedText } from './access.ts';
import { contractNamed } from './instruments.ts';
import { topicName } from './market-topics.ts';
import { FILTERS, type Filter, type Push } from './user-events.ts';

export interface FuturesSocketSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly streams: AccountStreams;
  readonly topics: Topics;
  readonly hasTopic: (name: string) => boolean;
  /** How far the time of a login may lie from the clock, in ms. */
  readonly requestLifetimeMs: number;
}

/** "If no ping is received within 1 minute, the connection will be disconnected". */
const SILENT_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

type Fields = Readonly<Record<string, unknown>>;

export function connectFutures(settings: FuturesSocketSettings, connection: SocketConnection): SocketSession {
  const session = new Session(settings, connection);
  return {
    onMessage: (raw) => session.onMessage(typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8')),
    onClose: () => session.end(),
  };
}

class Session {
  readonly #settings: FuturesSocketSettings;
  readonly #connection: SocketConnection;
  readonly #joined = new Set<string>();
  readonly #listener: Listener;
  readonly #ending = new AbortController();
  /** By filter the contracts that it lets through; null: all. */
  #filters: ReadonlyMap<Filter, ReadonlySet<string> | null> = allFilters();
  #detach: (() => void) | null = null;
  #lastMessageAt: number;

  constructor(settings: FuturesSocketSettings, connection: SocketConnection) {
    this.#settings = settings;
    this.#connection = connection;
    this.#lastMessageAt = settings.clock.nowMs();
    this.#listener = {
      push: (_name, json) => connection.push('public_stream', JSON.parse(json) as string),
    };
    void this.#cutWhenSilent();
  }

  end(): void {
    this.#ending.abort();
    for (const name of this.#joined) this.#settings.topics.leave(name, this.#listener);
    this.#detach?.();
  }

  onMessage(text: string): void {
    this.#lastMessageAt = this.#settings.clock.nowMs();
    const { method, param } = messageOf(text);
    const [verb, ...rest] = method.split('.');
    const channel = rest.join('.');
    switch (verb) {
      case 'ping':
        this.#send('pong', this.#connection.clockMs());
        return;
      case 'login':
        this.#logIn(text, param);
        return;
      case 'personal':
        this.#filter(param);
        return;
      case 'sub':
        this.#subscribe(method, channel, param);
        return;
      case 'unsub':
      case 'usub':
        this.#unsubscribe(method, channel, param);
        return;
      default:
        this.#send('rs.error', 'Invalid request');
    }
  }

  #send(channel: string, data: unknown): void {
    this.#connection.send(jsonText({ channel, data, ts: this.#connection.clockMs() }));
  }

  #logIn(text: string, param: Fields): void {
    const { exchange, streams, requestLifetimeMs } = this.#settings;
    const [key, requestTime, signature] = ['apiKey', 'reqTime', 'signature'].map((name) =>
      textOf(param[name]),
    );
    const account = exchange.accountByKey(key ?? '');
    const isInTime =
      Math.abs(this.#connection.clockMs() - Number(requestTime)) <= requestLifetimeMs && requestTime !== '';
    if (
      account === null ||
      !isInTime ||
      !signatureMatches(signedText(key ?? '', requestTime ?? '', ''), account.credentials, signature ?? '')
    ) {
      this.#send('rs.error', 'Login failed');
      return;
    }
    if (/"subscribe"\s*:\s*false/.test(text)) this.#filters = new Map();
    this.#send('rs.login', 'success');
    this.#detach ??= streams.attach(account.accountId, (payload) => this.#push(payload as Push));
  }

  #push({ filter, symbol, data }: Push): void {
    const contracts = this.#filters.get(filter);
    if (contracts === undefined || (contracts !== null && symbol !== null && !contracts.has(symbol))) return;
    const ts = this.#connection.clockMs();
    this.#connection.push('private_stream', jsonText({ channel: `push.personal.${filter}`, data, ts }));
  }

  /** "The filter event sent later will overwrites the previous one"; none is all of them. */
  #filter(param: Fields): void {
    const asked = Array.isArray(param['filters']) ? param['filters'] : [];
    const filters = new Map<Filter, ReadonlySet<string> | null>();
    for (const entry of asked as readonly Fields[]) {
      const filter = FILTERS.find((name) => name === entry['filter']);
      const rules = Array.isArray(entry['rules']) ? entry['rules'] : [];
      const contracts = rules.map((id) => contractNamed(String(id))?.unified ?? '');
      if (filter !== undefined) filters.set(filter, contracts.length === 0 ? null : new Set(contracts));
    }
    this.#filters = asked.length === 0 ? allFilters() : filters;
    this.#send('rs.personal.filter', 'success');
  }

  #subscribe(method: string, channel: string, param: Fields): void {
    const name = topicName(channel, param);
    if (!this.#settings.hasTopic(name)) {
      this.#send('rs.error', `Contract [${textOf(param['symbol'])}] not exists`);
      return;
    }
    this.#send(`rs.${method}`, 'success');
    if (this.#joined.has(name)) return;
    this.#joined.add(name);
    this.#settings.topics.join(name, this.#listener);
  }

  /** Limits and lengths need not be repeated. */
  #unsubscribe(method: string, channel: string, param: Fields): void {
    const prefix = `${channel} ${textOf(param['symbol'])}`;
    const left = [...this.#joined].filter((name) => name.startsWith(prefix));
    for (const name of left) {
      this.#joined.delete(name);
      this.#settings.topics.leave(name, this.#listener);
    }
    this.#send(`rs.${method}`, 'success');
  }

  async #cutWhenSilent(): Promise<void> {
    const { clock } = this.#settings;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      if (signal.aborted || clock.nowMs() - this.#lastMessageAt < SILENT_MS) continue;
      this.#connection.close(1000, '');
      return;
    }
  }
}

function allFilters(): ReadonlyMap<Filter, null> {
  return new Map(FILTERS.map((filter) => [filter, null]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function messageOf(text: string): { readonly method: string; readonly param: Fields } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) {
      const { method, param } = parsed as Fields;
      return {
        method: textOf(method),
        param: typeof param === 'object' && param !== null ? (param as Fields) : {},
      };
    }
  } catch {
    // No request: answered as one that is not known.
  }
  return { method: '', param: {} };
}
