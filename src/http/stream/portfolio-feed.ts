/**
 * What becomes durable in one portfolio, told to one connection from a seq on.
 *
 * Entry point: `PortfolioFeed`.
 *
 * Invariants:
 *  1. Messages come in the order of `seq`, each once. The past is read from the journal up to where the live part begins;
 *     wherever the live part leaves something out (another node owned the portfolio meanwhile), the journal fills it in.
 *  2. No queue grows without bound: past events wait for the reader, and one that cannot keep up with the live ones is given
 *     up, to come back with `after`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OrderId } from '../../core/ids.ts';
import { decodeEvent, encodeEvent } from '../../core/portfolio/codec.ts';
import { orderIdsOf, type PortfolioEvent } from '../../core/portfolio/events.ts';
import type { Desk, DurableNews } from '../../engine/desk.ts';
import type { HttpContext } from '../context.ts';
import { isoTime } from '../fields.ts';
import { toOrderView } from '../views/order.ts';
import { CHANNELS_OF, type PortfolioChannel } from './channels.ts';
import type { StreamLimits } from './limits.ts';

const PAGE = 500;
const LOOK_AGAIN_MS = 20;

/** The connection, as far as a portfolio goes. */
export interface NewsReader {
  readonly isOpen: boolean;
  readonly unsentBytes: number;
  /** Ends the connection where it does not keep up. */
  send(message: object): void;
  /** What goes wrong while news are told that nobody waits for. */
  fail(error: unknown): void;
}

export interface PortfolioFeedOptions {
  readonly desk: Desk;
  readonly readModels: HttpContext['readModels'];
  readonly reader: NewsReader;
  readonly limits: StreamLimits;
  /** The seq that was told last. */
  readonly from: number;
  readonly channels: ReadonlySet<PortfolioChannel>;
}

type News = DurableNews['events'][number];

export class PortfolioFeed {
  channels: ReadonlySet<PortfolioChannel>;
  readonly #options: PortfolioFeedOptions;
  /** The seq of the last news that was told or left out. */
  #seq: number;
  /** News that came while earlier ones were being told. */
  #waiting: News[] = [];
  #isEmitting = false;
  /** Whether news were let go that only the journal has now. */
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

  /** Begins to listen, and resolves once everything up to now is told. Rejects when the journal cannot be read. */
  async start(): Promise<void> {
    // From here on nothing is missed: what comes while the past is read waits behind it.
    this.#stopListening = this.#options.desk.onDurable(({ events }) => this.#note(events));
    await this.#emitAll(true);
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
    this.#stopListening();
  }

  #note(events: readonly News[]): void {
    this.#waiting.push(...events);
    if (this.#waiting.length > this.#options.limits.waitingNews) {
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
    for (let news = this.#waiting.shift(); news !== undefined; news = this.#waiting.shift()) {
      if (news.seq <= this.#seq) continue;
      if (news.seq > this.#seq + 1) await this.#emitPast();
      if (news.seq > this.#seq) await this.#tell(news);
      if (this.#isStopped) return;
    }
  }

  /** Tells everything that the journal has by now, no faster than the reader takes it. */
  async #emitPast(): Promise<void> {
    const { desk, readModels } = this.#options;
    for (;;) {
      const records = await readModels.recordsAfter(desk.portfolioId, this.#seq, PAGE);
      for (const { seq, at, type, payload } of records) {
        if (!(await this.#readerIsReady())) return;
        await this.#tell({ seq, at, event: decodeEvent(type, payload) });
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

  async #tell({ seq, at, event }: News): Promise<void> {
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

  /** The orders that an event is about, as they stand now. */
  async #ordersOf(event: PortfolioEvent, known: Map<OrderId, unknown>): Promise<unknown[]> {
    for (const orderId of orderIdsOf(event)) {
      if (known.has(orderId)) continue;
      const order = await this.#options.desk.books.order(orderId);
      if (order !== null) known.set(orderId, toOrderView(order));
    }
    return [...known.values()];
  }
}
