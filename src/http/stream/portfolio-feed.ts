/**
 * Sends the durable events of one portfolio to one connection, from a seq on.
 *
 * Entry point: `PortfolioFeed`.
 *
 * Invariants:
 *  1. Messages are sent in the order of `seq`, each once. Past events are read from the journal up to the first live one;
 *     events that are missing among the live ones (another node owned the portfolio meanwhile) are read from the journal.
 *  2. No queue grows without bound: past events wait for the reader, and a reader that cannot keep up with the live ones is
 *     closed; it may come back with `after`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OrderId } from '../../core/ids.ts';
import { decodeEvent, encodeEvent } from '../../core/portfolio/codec.ts';
import { orderIdsOf, type PortfolioEvent } from '../../core/portfolio/events.ts';
import type { Desk, DurableEvents } from '../../engine/desk.ts';
import type { HttpContext } from '../context.ts';
import { isoTime } from '../fields.ts';
import { toOrderView } from '../views/order.ts';
import { CHANNELS_OF, type PortfolioChannel } from './channels.ts';
import type { StreamLimits } from './limits.ts';

const PAGE = 500;
const LOOK_AGAIN_MS = 20;

/** The part of a connection that the feed of a portfolio uses. */
export interface EventReader {
  readonly isOpen: boolean;
  readonly unsentBytes: number;
  /** Closes the connection where it does not keep up. */
  send(message: object): void;
  /** Reports an error of live events, whose sending no caller awaits. */
  fail(error: unknown): void;
}

export interface PortfolioFeedOptions {
  readonly desk: Desk;
  readonly readModels: HttpContext['readModels'];
  readonly reader: EventReader;
  readonly limits: StreamLimits;
  /** The seq after which the feed begins. */
  readonly from: number;
  readonly channels: ReadonlySet<PortfolioChannel>;
}

type DurableEvent = DurableEvents['events'][number];

export class PortfolioFeed {
  channels: ReadonlySet<PortfolioChannel>;
  readonly #options: PortfolioFeedOptions;
  /** The seq of the last event that was sent, or left out because no channel has it. */
  #seq: number;
  /** Live events that came while earlier ones were being sent. */
  #waiting: DurableEvent[] = [];
  #isEmitting = false;
  /** Whether live events were dropped that have to be read from the journal. */
  #hasMissed = false;
  #isStopped = false;
  #stopListening = (): void => undefined;

  constructor(options: PortfolioFeedOptions) {
    this.#options = options;
    this.#seq = options.from;
    this.channels = options.channels;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Begins to listen, and resolves once every event up to now is sent. Rejects when the journal cannot be read. */
  async start(): Promise<void> {
    // From here on no event is missed: live events wait while past ones are read.
    this.#stopListening = this.#options.desk.onDurable(({ events }) => this.#note(events));
    await this.#emitAll(true);
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
    this.#stopListening();
  }

  #note(events: readonly DurableEvent[]): void {
    this.#waiting.push(...events);
    if (this.#waiting.length > this.#options.limits.waitingEvents) {
      // The journal has them as well, and gives them out page by page, no faster than the reader takes them.
      this.#waiting = [];
      this.#hasMissed = true;
    }
    this.#emitAll(false).catch((error: unknown) => this.#options.reader.fail(error));
  }

  async #emitAll(readsPast: boolean): Promise<void> {
    if (this.#isEmitting) return;
    this.#isEmitting = true;
    try {
      if (readsPast) await this.#emitPast();
      await this.#emitWaiting();
      while (this.#hasMissed && !this.#isStopped) {
        this.#hasMissed = false;
        await this.#emitPast();
        await this.#emitWaiting();
      }
    } finally {
      this.#isEmitting = false;
    }
  }

  async #emitWaiting(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.seq <= this.#seq) continue;
      if (next.seq > this.#seq + 1) await this.#emitPast();
      if (next.seq > this.#seq) await this.#emit(next);
      if (this.#isStopped) return;
    }
  }

  /** Sends every event that the journal has by now, no faster than the reader takes them. */
  async #emitPast(): Promise<void> {
    const { desk, readModels } = this.#options;
    for (;;) {
      const records = await readModels.recordsAfter(desk.portfolioId, this.#seq, PAGE);
      for (const { seq, at, type, payload } of records) {
        if (!(await this.#readerIsReady())) return;
        await this.#emit({ seq, at, event: decodeEvent(type, payload) });
      }
      if (records.length < PAGE) return;
    }
  }

  async #readerIsReady(): Promise<boolean> {
    const { reader, limits } = this.#options;
    while (!this.#isStopped && reader.isOpen && reader.unsentBytes > limits.bufferedBytes / 2)
      await pause(LOOK_AGAIN_MS);
    return !this.#isStopped && reader.isOpen;
  }

  async #emit({ seq, at, event }: DurableEvent): Promise<void> {
    const orders = new Map<OrderId, unknown>();
    for (const channel of CHANNELS_OF[event.type]) {
      if (!this.channels.has(channel)) continue;
      const message: Record<string, unknown> = {
        channel,
        seq,
        at: isoTime(at),
        event: event.type,
        data: encodeEvent(event),
      };
      if (channel === 'orders') message['orders'] = await this.#ordersOf(event, orders);
      if (this.#isStopped) return;
      this.#options.reader.send(message);
    }
    this.#seq = seq;
  }

  /** The orders of an event, in their current state. */
  async #ordersOf(event: PortfolioEvent, known: Map<OrderId, unknown>): Promise<unknown[]> {
    for (const orderId of orderIdsOf(event)) {
      if (known.has(orderId)) continue;
      const order = await this.#options.desk.books.order(orderId);
      if (order !== null) known.set(orderId, toOrderView(order));
    }
    return [...known.values()];
  }
}
