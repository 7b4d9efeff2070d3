/**
 * Sends the prices of instruments to their subscribers.
 *
 * Entry point: `PriceFeed.subscribe`.
 *
 * Invariants:
 *  1. The latest wins: a quote that was not sent before the next one came is never sent. Nothing is queued but the
 *     newest quote of each instrument, for any number of readers, slow ones too.
 *  2. The venue's stream does no more than note the quote. A timer makes one message for all readers of an instrument and
 *     sends it in small portions, between which the event loop runs other work; it waits longer when sending takes long.
 *  3. The first message of a subscription is a snapshot. A message is sent when a quote becomes too old to trade on, and
 *     when it no longer is.
 */
import { setImmediate as nextLoop } from 'node:timers/promises';
import type { AccountId, InstrumentSymbol, Venue } from '../../core/ids.ts';
import type { Quote } from '../../core/instrument.ts';
import type { Desk } from '../../engine/desk.ts';
import { oldestAt } from '../../core/quote.ts';
import type { PriceMessage } from './messages.ts';
import { quoteView } from '../views/quote.ts';

const EMIT_EVERY_MS = 100;
/** The timer waits this many times as long as the last sending took: at most a fifth of the time goes into sending. */
const WAIT_PER_SPENT = 4;
/** Messages sent in one portion. */
const PORTION = 100;
const LOOK_FOR_STALE_EVERY_MS = 500;

/** The part of a connection that the price feed uses. */
export interface PriceReader {
  /** False once it is closed. */
  readonly isOpen: boolean;
  /** True while too many bytes are still unsent on the socket. */
  readonly isBehind: boolean;
  send(text: string): void;
}

export interface PriceSubject {
  readonly desk: Desk;
  readonly accountId: AccountId;
  readonly exchange: Venue;
  readonly symbol: InstrumentSymbol;
  /** The name of the channel in messages. */
  readonly channel: string;
}

interface Topic {
  readonly subject: PriceSubject;
  readonly readers: Set<PriceReader>;
  /** The readers that have not been sent the latest quote. */
  readonly behind: Set<PriceReader>;
  latest: Quote | null;
  /** Whether the latest quote has not been sent. */
  isUnsent: boolean;
  isStale: boolean;
  stopWatching: () => void;
}

export class PriceFeed {
  readonly #now: () => number;
  readonly #onBug: (error: unknown) => void;
  readonly #topics = new Map<Desk, Map<string, Topic>>();
  #timer: NodeJS.Timeout | null = null;
  #lookedForStaleAt = 0;

  /** `onBug` is called with an unexpected error of one instrument; prices of the other instruments are sent all the same. */
  constructor(now: () => number, onBug: (error: unknown) => void) {
    this.#now = now;
    this.#onBug = onBug;
  }

  /**
   * Sends a snapshot, then each change; the returned function ends the subscription. `onNothing` is called when no first
   * quote can be read; the subscription stays, and sends the first quote that comes.
   */
  subscribe(subject: PriceSubject, reader: PriceReader, onNothing: () => void): () => void {
    const topic = this.#topic(subject);
    topic.readers.add(reader);
    const known = topic.latest ?? subject.desk.markets.knownQuote(subject.accountId, subject.symbol) ?? null;
    if (known === null) this.#fetchFirst(topic, reader, onNothing);
    else this.#sendSnapshot(topic, reader, known);
    return () => {
      topic.readers.delete(reader);
      topic.behind.delete(reader);
      if (topic.readers.size === 0) this.#drop(topic);
    };
  }

  /** The number of instruments with a subscriber. */
  get topicCount(): number {
    let count = 0;
    for (const topics of this.#topics.values()) count += topics.size;
    return count;
  }

  #topic(subject: PriceSubject): Topic {
    const { accountId, desk, symbol } = subject;
    const key = `${accountId} ${symbol}`;
    const ofDesk = this.#topics.get(desk) ?? new Map<string, Topic>();
    this.#topics.set(desk, ofDesk);
    const existing = ofDesk.get(key);
    if (existing !== undefined) return existing;
    const topic: Topic = {
      subject,
      readers: new Set(),
      behind: new Set(),
      latest: null,
      isUnsent: false,
      isStale: false,
      stopWatching: () => undefined,
    };
    ofDesk.set(key, topic);
    topic.stopWatching = desk.markets.watchQuote(accountId, symbol, (quote) => {
      topic.latest = quote;
      topic.isUnsent = true;
    });
    this.#timer ??= this.#emitLater(EMIT_EVERY_MS);
    return topic;
  }

  #drop(topic: Topic): void {
    const { accountId, desk, symbol } = topic.subject;
    topic.stopWatching();
    const ofDesk = this.#topics.get(desk);
    ofDesk?.delete(`${accountId} ${symbol}`);
    if (ofDesk?.size === 0) this.#topics.delete(desk);
    if (this.#topics.size > 0 || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #fetchFirst(topic: Topic, reader: PriceReader, onNothing: () => void): void {
    const { accountId, desk, symbol } = topic.subject;
    desk.markets.quote(accountId, symbol).then(
      (quote) => {
        if (!topic.readers.has(reader)) return;
        if (quote === null) onNothing();
        else this.#sendSnapshot(topic, reader, quote);
      },
      () => {
        if (topic.readers.has(reader)) onNothing();
      },
    );
  }

  #sendSnapshot(topic: Topic, reader: PriceReader, quote: Quote): void {
    if (topic.latest === null) {
      topic.latest = quote;
      topic.isStale = this.#isStale(topic.subject, quote);
    }
    if (reader.isOpen) reader.send(this.#textOf(topic.subject, quote, true));
  }

  #emitLater(waitMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const startedAt = performance.now();
      void this.#emitAll().then(() => {
        const spentMs = performance.now() - startedAt;
        this.#timer =
          this.#topics.size === 0 ? null : this.#emitLater(Math.max(EMIT_EVERY_MS, WAIT_PER_SPENT * spentMs));
      });
    }, waitMs).unref();
  }

  async #emitAll(): Promise<void> {
    const now = performance.now();
    const looksForStale = now - this.#lookedForStaleAt >= LOOK_FOR_STALE_EVERY_MS;
    if (looksForStale) this.#lookedForStaleAt = now;
    const portion = { left: PORTION };
    for (const topic of [...this.#topics.values()].flatMap((ofDesk) => [...ofDesk.values()])) {
      try {
        await this.#emitTopic(topic, looksForStale, portion);
      } catch (error) {
        this.#onBug(error);
      }
    }
  }

  async #emitTopic(topic: Topic, looksForStale: boolean, portion: { left: number }): Promise<void> {
    if (looksForStale) this.#lookForStale(topic);
    const { latest } = topic;
    if (latest === null) return;
    if (topic.isUnsent) {
      topic.isUnsent = false;
      topic.isStale = this.#isStale(topic.subject, latest);
      await this.#send(topic, latest, [...topic.readers], portion);
    } else if ([...topic.behind].some((reader) => !reader.isBehind)) {
      await this.#send(topic, latest, [...topic.behind], portion);
    }
  }

  async #send(
    topic: Topic,
    quote: Quote,
    readers: readonly PriceReader[],
    portion: { left: number },
  ): Promise<void> {
    const text = this.#textOf(topic.subject, quote, false);
    for (const reader of readers) {
      if (!reader.isOpen || !topic.readers.has(reader)) continue;
      if (reader.isBehind) {
        topic.behind.add(reader);
        continue;
      }
      topic.behind.delete(reader);
      reader.send(text);
      portion.left -= 1;
      if (portion.left > 0) continue;
      portion.left = PORTION;
      await nextLoop();
    }
  }

  /** A quote of a live stream stays fresh while nothing changes; a quote of a dead stream gets old. */
  #lookForStale(topic: Topic): void {
    const { accountId, desk, symbol } = topic.subject;
    // The account may have been removed, or its venue not answer any more: the last quote gets old.
    const known = desk.markets.knownQuote(accountId, symbol) ?? topic.latest;
    if (known === null || topic.isUnsent) return;
    if (this.#isStale(topic.subject, known) === topic.isStale) return;
    topic.latest = known;
    topic.isUnsent = true;
  }

  #isStale({ accountId, desk, symbol }: PriceSubject, quote: Quote): boolean {
    const staleMs = desk.markets.staleQuoteMs(accountId, symbol) ?? 0;
    return this.#now() - (oldestAt(quote) ?? 0) > staleMs;
  }

  #textOf(subject: PriceSubject, quote: Quote, isSnapshot: boolean): string {
    return JSON.stringify({
      channel: subject.channel,
      exchange: subject.exchange,
      account: subject.accountId,
      symbol: subject.symbol,
      ...quoteView(quote),
      age_ms: Math.max(0, Math.round(this.#now() - (oldestAt(quote) ?? 0))),
      stale: this.#isStale(subject, quote),
      ...(isSnapshot ? { snapshot: true } : {}),
    } satisfies PriceMessage);
  }
}
