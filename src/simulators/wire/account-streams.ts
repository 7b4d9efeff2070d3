/**
 * Private streams of one venue or product: an account's events to every connection that subscribed.
 *
 * Entry point: `AccountStreams.attach`. Payloads are made once per account and batch of events, so that two connections of
 * one account get the same. A protocol words them (`payloadsOf`) and decides who may attach.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeEvent } from '../exchange/event.ts';

/** A message before it is put into JSON. */
export type Payload = Record<string, unknown>;

export type AccountStreamSettings = {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The account's messages for a batch of events, in order. */
  readonly payloadsOf: (
    events: readonly ExchangeEvent[],
    accountId: string,
    nowMs: number,
  ) => readonly Payload[];
};

export class AccountStreams {
  readonly #settings: AccountStreamSettings;
  readonly #listeners = new Map<string, Set<(payload: Payload) => void>>();

  constructor(settings: AccountStreamSettings) {
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

  /** Sends a payload that no event of the exchange stands behind. */
  send(accountId: string, payload: Payload): void {
    for (const listener of this.#listeners.get(accountId) ?? []) listener(payload);
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
