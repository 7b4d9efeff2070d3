/**
 * Private streams of one Binance product: account events to every connection that subscribed, and listen keys.
 *
 * Entry points: `UserStreams.attach`, `ListenKeys`, `attachByListenKey`. Payloads are made once per account and batch, so that two
 * connections of one account see the same execution ids. Source: user-data-stream.md of
 * binance-spot-api-docs; "Start User Data Stream" of the USD-M futures documentation.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeEvent } from '../exchange/event.ts';
import type { SocketConnection } from '../wire/wire.ts';
import type { BinanceRefusal } from './errors.ts';
import { alphanumeric } from './figures.ts';

type Payload = Record<string, unknown>;

export type UserStreamSettings = {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly payloadsOf: (
    events: readonly ExchangeEvent[],
    accountId: string,
    nowMs: number,
  ) => readonly Payload[];
};

export class UserStreams {
  readonly #settings: UserStreamSettings;
  readonly #listeners = new Map<string, Set<(payload: Payload) => void>>();

  constructor(settings: UserStreamSettings) {
    this.#settings = settings;
    const stop = settings.exchange.subscribe((events) => this.#onEvents(events));
    settings.signal.addEventListener('abort', stop, { once: true });
  }

  /** Calls `listener` with every payload of the account, in order. Returns the way to stop. */
  attach(accountId: string, listener: (payload: Payload) => void): () => void {
    let listeners = this.#listeners.get(accountId);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(accountId, listeners);
    }
    const own = listeners;
    own.add(listener);
    return () => {
      own.delete(listener);
      if (own.size === 0) this.#listeners.delete(accountId);
    };
  }

  #onEvents(events: readonly ExchangeEvent[]): void {
    if (this.#listeners.size === 0) return;
    const nowMs = this.#settings.clock.nowMs();
    for (const [accountId, listeners] of this.#listeners) {
      const payloads = this.#settings.payloadsOf(events, accountId, nowMs);
      for (const payload of payloads) for (const listener of listeners) listener(payload);
    }
  }
}

const LIFETIME_MS = 60 * 60 * 1000;
const LISTEN_KEY_LENGTH = 64;

type Key = { readonly listenKey: string; expiresAtMs: number };

/** One key per account, good for 60 minutes from its last extension. */
export class ListenKeys {
  readonly #randomHex: (bytes: number) => string;
  readonly #keys = new Map<string, Key>();

  readonly #unknownKey: () => BinanceRefusal;

  /** `unknownKey` words the product's -1125. */
  constructor(randomHex: (bytes: number) => string, unknownKey: () => BinanceRefusal) {
    this.#randomHex = randomHex;
    this.#unknownKey = unknownKey;
  }

  /** The account's living key, extended, or a new one. */
  open(accountId: string, nowMs: number): string {
    const known = this.#keys.get(accountId);
    if (known !== undefined && nowMs < known.expiresAtMs) {
      known.expiresAtMs = nowMs + LIFETIME_MS;
      return known.listenKey;
    }
    const listenKey = alphanumeric(LISTEN_KEY_LENGTH, this.#randomHex);
    this.#keys.set(accountId, { listenKey, expiresAtMs: nowMs + LIFETIME_MS });
    return listenKey;
  }

  /** Extends the account's key; throws the refusal when it has none, or another than `listenKey`. */
  extend(accountId: string, listenKey: string | undefined, nowMs: number): string {
    const known = this.#keys.get(accountId);
    if (
      known === undefined ||
      nowMs >= known.expiresAtMs ||
      (listenKey !== undefined && listenKey !== known.listenKey)
    )
      throw this.#unknownKey();
    known.expiresAtMs = nowMs + LIFETIME_MS;
    return known.listenKey;
  }

  close(accountId: string, listenKey: string | undefined, nowMs: number): void {
    this.extend(accountId, listenKey, nowMs);
    this.#keys.delete(accountId);
  }

  /** Whose key this is, or undefined when it is unknown or has lapsed. */
  accountOf(listenKey: string, nowMs: number): string | undefined {
    for (const [accountId, key] of this.#keys)
      if (key.listenKey === listenKey && nowMs < key.expiresAtMs) return accountId;
    return undefined;
  }
}

/**
 * Sends an account's events to a connection that came with a listen key, until the key lapses or is closed: then one
 * `listenKeyExpired` in place of the next event, and nothing more. `wrap` gives a payload the connection's form. Null when
 * the key is unknown; else the way to stop.
 */
export function attachByListenKey(
  userStreams: UserStreams,
  listenKeys: ListenKeys,
  listenKey: string,
  connection: SocketConnection,
  wrap: (payload: Payload) => Payload,
): (() => void) | null {
  const accountId =
    listenKey.length === LISTEN_KEY_LENGTH ? listenKeys.accountOf(listenKey, connection.at()) : undefined;
  if (accountId === undefined) return null;
  let expired = false;
  return userStreams.attach(accountId, (payload) => {
    if (expired) return;
    expired = listenKeys.accountOf(listenKey, connection.at()) === undefined;
    const told = expired ? { e: 'listenKeyExpired', E: connection.clockMs(), listenKey } : payload;
    connection.push('private_stream', JSON.stringify(wrap(told)));
  });
}
