/**
 * Private streams of one Binance product: account events to every connection that subscribed.
 *
 * Entry point: `UserStreams.attach`; listen-keys.ts attaches by listen key, socket-api.ts by signature. Payloads are made
 * once per account and batch, so that two connections of one account see the same execution ids. Source:
 * user-data-stream.md of binance-spot-api-docs.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeEvent } from '../exchange/event.ts';

export type Payload = Record<string, unknown>;

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
