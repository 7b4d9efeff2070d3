/**
 * Topics that many connections listen to, such as a symbol's trades: each lives while somebody listens, and its payload
 * is made once for all of them.
 *
 * Entry points: `Topics.join` and `leave`. A protocol says what a topic of a name sends and when (`open`), and how a listener
 * puts it on its connection (`push`).
 */
import type { Clock } from '../clock.ts';
import type { ExchangeEvent } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';

/** Timed topics are looked at this often; the shortest period of any venue is 100 ms. */
const TICK_MS = 50;

/** The messages of one topic. A payload of undefined sends nothing. */
export interface Topic {
  /** Asked for a payload on every trade, book, mark and order event. */
  readonly onEvent?: (event: ExchangeEvent) => unknown;
  /** Asked for a payload every `everyMs`. */
  readonly everyMs?: number;
  readonly onTick?: (nowMs: number) => unknown;
}

export interface Listener {
  /** `json` is the payload's text. */
  push(name: string, json: string): void;
}

export interface TopicSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The behaviour of a topic's name; undefined for one that the venue does not have. */
  readonly open: (name: string) => Topic | undefined;
}

interface Running {
  readonly name: string;
  readonly topic: Topic;
  readonly listeners: Set<Listener>;
  nextAtMs: number;
}

export class Topics {
  readonly #settings: TopicSettings;
  readonly #running = new Map<string, Running>();
  #ticking = false;

  constructor(settings: TopicSettings) {
    this.#settings = settings;
    const stop = settings.exchange.subscribe((events) => this.#onEvents(events));
    settings.signal.addEventListener('abort', stop, { once: true });
  }

  /** False when the venue has no topic of this name: the listener gets no message. */
  join(name: string, listener: Listener): boolean {
    let running = this.#running.get(name);
    if (running === undefined) {
      const topic = this.#settings.open(name);
      if (topic === undefined) return false;
      running = { name, topic, listeners: new Set(), nextAtMs: 0 };
      this.#running.set(name, running);
    }
    running.listeners.add(listener);
    if (running.topic.everyMs !== undefined && !this.#ticking) {
      this.#ticking = true;
      void this.#tick();
    }
    return true;
  }

  leave(name: string, listener: Listener): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.listeners.delete(listener);
    if (running.listeners.size === 0) this.#running.delete(name);
  }

  #onEvents(events: readonly ExchangeEvent[]): void {
    if (this.#running.size === 0) return;
    for (const event of events) {
      if (!isOfMarket(event)) continue;
      for (const running of this.#running.values()) send(running, running.topic.onEvent?.(event));
    }
  }

  async #tick(): Promise<void> {
    const { clock, signal } = this.#settings;
    while (!signal.aborted && this.#anyTimed()) {
      await clock.sleep(TICK_MS, signal);
      if (signal.aborted) break;
      const nowMs = clock.nowMs();
      for (const running of this.#running.values()) {
        const { everyMs, onTick } = running.topic;
        if (everyMs === undefined || onTick === undefined || nowMs < running.nextAtMs) continue;
        running.nextAtMs = (Math.floor(nowMs / everyMs) + 1) * everyMs;
        send(running, onTick(nowMs));
      }
    }
    this.#ticking = false;
  }

  #anyTimed(): boolean {
    for (const running of this.#running.values()) if (running.topic.everyMs !== undefined) return true;
    return false;
  }
}

/** Orders count for what the public learns of them: that one was a liquidation. */
function isOfMarket({ kind }: ExchangeEvent): boolean {
  return kind === 'trade' || kind === 'book' || kind === 'mark' || kind === 'order';
}

function send(running: Running, payload: unknown): void {
  if (payload === undefined) return;
  const json = JSON.stringify(payload);
  for (const listener of running.listeners) listener.push(running.name, json);
}
