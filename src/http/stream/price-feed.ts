/**
 * Prices to everybody who subscribed to them.
 *
 * Entry point: `PriceFeed.subscribe`.
 *
 * Invariants:
 *  1. The latest wins: a quote that was not told before the next one came is never told. Nothing is queued but the
 *     newest quote of each instrument, however slow a reader is or however many there are.
 *  2. Telling costs the venue's stream nothing but noting the quote: messages are made once for all readers of an
 *     instrument, on a timer, sent in small portions between which everything else has its turn, and the timer waits longer
 *     when telling takes long.
 *  3. The first message of a subscription is a snapshot. Whether a quote is too old to trade on is told when it becomes so
 *     and when it no longer is.
 */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { AccountId, InstrumentSymbol, Venue } from '../../core/ids.ts';
import type { Quote } from '../../core/instrument.ts';
import type { Desk } from '../../engine/desk.ts';
import { isoTime } from '../fields.ts';

const EMIT_EVERY_MS = 100;
/** Telling may take this share of the time at most. */
const WAIT_PER_SPENT = 4;
/** Messages sent in one portion. */
const PORTION = 100;
const LOOK_FOR_STALE_EVERY_MS = 500;

/** One connection, as far as prices go. */
export interface PriceReader {
  /** False once it is closed. */
  readonly isOpen: boolean;
  /** True while too much that was sent is still on its way. */
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
  /** Those that have not been told the latest. */
  readonly behind: Set<PriceReader>;
  latest: Quote | null;
  /** Whether the latest has not been told. */
  isNews: boolean;
  isStale: boolean;
  stopWatching: () => void;
}

export class PriceFeed {
  readonly #now: () => number;
  readonly #onBug: (error: unknown) => void;
  readonly #topics = new Map<Desk, Map<string, Topic>>();
  #timer: NodeJS.Timeout | null = null;
  #lookedForStaleAt = 0;

  /** `onBug` is told of what must not happen; the other readers are told their prices all the same. */
  constructor(now: () => number, onBug: (error: unknown) => void) {
    this.#now = now;
    this.#onBug = onBug;
  }

  /**
   * Sends a snapshot, then what changes; the returned function ends it. `onNothing` is called when no first quote can be
   * had; the subscription stays, and tells when there is one.
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

  /** Of all instruments that anybody reads. */
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
      isNews: false,
      isStale: false,
      stopWatching: () => undefined,
    };
    ofDesk.set(key, topic);
    topic.stopWatching = desk.markets.watchQuote(accountId, symbol, (quote) => {
      topic.latest = quote;
      topic.isNews = true;
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
      void this.#tell().then(() => {
        const spentMs = performance.now() - startedAt;
        this.#timer =
          this.#topics.size === 0 ? null : this.#emitLater(Math.max(EMIT_EVERY_MS, WAIT_PER_SPENT * spentMs));
      });
    }, waitMs).unref();
  }

  async #tell(): Promise<void> {
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
    if (topic.isNews) {
      topic.isNews = false;
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
      await yieldTurn();
    }
  }

  /** A venue that is silent because nothing changes is no older for it; one whose stream is dead is. */
  #lookForStale(topic: Topic): void {
    const { accountId, desk, symbol } = topic.subject;
    // The account may have been removed, or its venue not answer any more: the last quote gets old.
    const known = desk.markets.knownQuote(accountId, symbol) ?? topic.latest;
    if (known === null || topic.isNews) return;
    if (this.#isStale(topic.subject, known) === topic.isStale) return;
    topic.latest = known;
    topic.isNews = true;
  }

  #isStale({ accountId, desk, symbol }: PriceSubject, quote: Quote): boolean {
    const staleMs = desk.markets.staleQuoteMs(accountId, symbol) ?? 0;
    return this.#now() - quote.receivedAt > staleMs;
  }

  #textOf(subject: PriceSubject, quote: Quote, isSnapshot: boolean): string {
    return JSON.stringify({
      channel: subject.channel,
      exchange: subject.exchange,
      account: subject.accountId,
      symbol: subject.symbol,
      bid: quote.bid.toString(),
      bid_quantity: quote.bidQuantity.toString(),
      ask: quote.ask.toString(),
      ask_quantity: quote.askQuantity.toString(),
      mark: quote.mark.toString(),
      venue_at: quote.venueAt === null ? null : isoTime(quote.venueAt),
      received_at: isoTime(quote.receivedAt),
      age_ms: Math.max(0, Math.round(this.#now() - quote.receivedAt)),
      stale: this.#isStale(subject, quote),
      ...(isSnapshot ? { snapshot: true } : {}),
    });
  }
}
