/**
 * Sends the durable events of one portfolio to one connection, from a seq on, with what they changed in positions and balances.
 *
 * Entry point: `PortfolioFeed`.
 *
 * Invariants:
 *  1. Messages are sent in the order of `seq`, each once. Past events are read from the journal up to the first live one;
 *     events that are missing among the live ones (another node owned the portfolio meanwhile) are read from the journal.
 *  2. No queue grows without bound: past events wait for the reader, and a reader that cannot keep up with the live ones is
 *     closed; it may come back with `after`.
 *  3. A change of positions and balances is sent with its event or with an earlier one, never later: who comes back with a
 *     seq has seen all that was changed up to it. Leverage and margin mode have no event: another one is sent under the seq
 *     of the last event, and again to who comes back with that.
 *  4. A token for a part of the portfolio gets the orders and executions that are its own, and the books of its accounts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId, Venue } from '../../core/ids.ts';
import { decodeEvent, encodeEvent } from '../../core/portfolio/codec.ts';
import { orderIdsOf, type PortfolioEvent } from '../../core/portfolio/events.ts';
import { isBound, type TokenBounds } from '../../directory/token.ts';
import type { Desk, DurableEvents } from '../../engine/desk.ts';
import { isOwnEvent } from '../bound-desk.ts';
import type { HttpContext } from '../context.ts';
import { isoTime } from '../fields.ts';
import { toDriftEventView } from '../views/drift-case.ts';
import { toFillView } from '../views/fill.ts';
import { toOrderView } from '../views/order.ts';
import { BookChanges } from './book-changes.ts';
import type { BalanceWords, BookReading, BookReadings, PositionWords } from './book-reading.ts';
import { CHANNELS_OF, type PortfolioChannel } from './channels.ts';
import type { StreamLimits } from './limits.ts';
import type { NumberedMessage } from './messages.ts';

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
  readonly bounds: TokenBounds;
  readonly readings: BookReadings;
  /** The books at `from`, which the first changes are measured by; null where they are not known. */
  readonly booksAtFrom: BookReading | null;
  readonly exchangeOf: (accountId: AccountId) => Venue | null;
  /** The wall clock. */
  readonly now: () => number;
}

type DurableEvent = DurableEvents['events'][number];

export class PortfolioFeed {
  readonly #options: PortfolioFeedOptions;
  #channels: ReadonlySet<PortfolioChannel>;
  #positions: BookChanges<PositionWords>;
  #balances: BookChanges<BalanceWords>;
  /** The seq of the last event that was sent, or left out because no channel has it. */
  #seq: number;
  /** Live events that came while earlier ones were being sent. */
  #waiting: DurableEvent[] = [];
  #isEmitting = false;
  /** Whether live events were dropped that have to be read from the journal. */
  #hasMissed = false;
  /** Whether leverage or margin mode of a position may be other ones than were sent. */
  #hasOtherSettings = false;
  #isStopped = false;
  #stopListening = (): void => undefined;
  #stopWatching: (() => void) | null = null;

  constructor(options: PortfolioFeedOptions) {
    this.#options = options;
    this.#seq = options.from;
    this.#channels = options.channels;
    this.#positions = this.#positionChanges();
    this.#balances = this.#balanceChanges();
    if (options.booksAtFrom === null) return;
    this.#positions.begin(positionsOf(options.booksAtFrom));
    this.#balances.begin(balancesOf(options.booksAtFrom));
  }

  get channels(): ReadonlySet<PortfolioChannel> {
    return this.#channels;
  }

  /** Goes on with these: what is sent on a further channel begins with the next event. */
  set channels(next: ReadonlySet<PortfolioChannel>) {
    if (!this.#channels.has('positions')) this.#positions = this.#positionChanges();
    if (!this.#channels.has('balances')) this.#balances = this.#balanceChanges();
    this.#channels = next;
    this.#watchSettings();
  }

  get seq(): number {
    return this.#seq;
  }

  /** Begins to listen, and resolves once every event up to now is sent. Rejects when the journal cannot be read. */
  async start(): Promise<void> {
    // From here on no event is missed: live events wait while past ones are read.
    this.#stopListening = this.#options.desk.onDurable(({ events }) => this.#note(events));
    this.#watchSettings();
    this.#hasOtherSettings = this.#options.booksAtFrom === null;
    await this.#emitAll(true);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopWatching?.();
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

  #watchSettings(): void {
    const isWanted = this.#channels.has('positions') && !this.#isStopped;
    if (isWanted === (this.#stopWatching !== null)) return;
    this.#stopWatching?.();
    const { desk, readings, reader } = this.#options;
    this.#stopWatching = isWanted
      ? readings.watchSettings(desk, () => {
          this.#hasOtherSettings = true;
          this.#emitAll(false).catch((error: unknown) => reader.fail(error));
        })
      : null;
  }

  async #emitAll(readsPast: boolean): Promise<void> {
    if (this.#isEmitting) return;
    this.#isEmitting = true;
    try {
      if (readsPast) await this.#emitPast();
      await this.#emitWaiting();
      while ((this.#hasMissed || this.#hasOtherSettings) && !this.#isStopped) {
        if (this.#hasMissed) {
          this.#hasMissed = false;
          await this.#emitPast();
        } else {
          this.#hasOtherSettings = false;
          await this.#emitSettings();
        }
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

  async #emit(durable: DurableEvent): Promise<void> {
    const messages = await this.#messagesOf(durable);
    for (const [index, message] of messages.entries()) {
      if (this.#isStopped) return;
      this.#options.reader.send(index < messages.length - 1 ? { ...message, more: true } : message);
    }
    this.#seq = durable.seq;
  }

  async #emitSettings(): Promise<void> {
    if (!this.#channels.has('positions')) return;
    const { desk, readings, reader, now } = this.#options;
    const reading = await readings.read(desk, this.#seq);
    const place = { seq: this.#seq, at: isoTime(now()), as_of_seq: reading.seq };
    for (const words of this.#positions.now(positionsOf(reading))) {
      if (this.#isStopped) return;
      reader.send({ channel: 'positions', ...place, ...words } satisfies NumberedMessage);
    }
  }

  async #messagesOf({ seq, at, event }: DurableEvent): Promise<readonly NumberedMessage[]> {
    const channels = CHANNELS_OF[event.type].filter((channel) => this.#channels.has(channel));
    if (channels.length === 0) return [];
    const { desk, bounds, readings } = this.#options;
    const [orderId] = orderIdsOf(event);
    const order = orderId === undefined ? null : await desk.books.order(orderId);
    const place = { seq, at: isoTime(at) };
    const data = isBound(bounds) ? {} : { data: encodeEvent(event) };
    const messages: NumberedMessage[] = [];
    for (const channel of channels) {
      switch (channel) {
        case 'orders':
          if (isOwnEvent(this.#options.bounds, event, order))
            messages.push({
              channel,
              ...place,
              event: event.type,
              orders: order === null ? [] : [toOrderView(order)],
              ...data,
            });
          break;
        case 'fills':
          if (isOwnEvent(this.#options.bounds, event, order))
            messages.push(...this.#fillMessages(event, place, data));
          break;
        case 'positions': {
          const reading = await readings.read(desk, seq);
          const changed = this.#positions.after(event, order, seq, positionsOf(reading));
          messages.push(...changed.map((words) => ({ channel, ...place, as_of_seq: reading.seq, ...words })));
          break;
        }
        case 'balances': {
          const reading = await readings.read(desk, seq);
          const changed = this.#balances.after(event, order, seq, balancesOf(reading));
          messages.push(
            ...changed.map((words) => ({
              channel,
              ...place,
              as_of_seq: reading.seq,
              exchange: this.#options.exchangeOf(words.account as AccountId),
              ...words,
            })),
          );
          break;
        }
        case 'risk':
          messages.push({ channel, ...place, event: event.type, ...data });
          break;
        case 'drift':
          messages.push({
            channel,
            ...place,
            event: event.type,
            drift: toDriftEventView(event, at),
            ...data,
          });
          break;
      }
    }
    return messages;
  }

  #fillMessages(
    event: PortfolioEvent,
    place: { readonly seq: number; readonly at: string },
    data: Pick<NumberedMessage & { channel: 'fills' }, 'data'>,
  ): readonly NumberedMessage[] {
    if (event.type !== 'fill_booked' && event.type !== 'external_fill_seen') return [];
    const { accountId, fill } = event;
    const orderId = event.type === 'fill_booked' ? event.orderId : null;
    const exchange = this.#options.exchangeOf(accountId);
    return [
      {
        channel: 'fills',
        ...place,
        event: event.type,
        fill: toFillView(fill, { orderId, accountId, exchange }),
        ...data,
      },
    ];
  }

  #sees(accountId: AccountId): boolean {
    const { accounts } = this.#options.bounds;
    return accounts === null || accounts.includes(accountId);
  }

  #positionChanges(): BookChanges<PositionWords> {
    return new BookChanges({
      since: this.#seq,
      sees: (accountId) => this.#sees(accountId),
      begunAnew: (account) => ({
        exchange: this.#options.exchangeOf(account),
        account,
        symbol: null,
        position_side: null,
        position: null,
        realized_pnl: null,
      }),
    });
  }

  #balanceChanges(): BookChanges<BalanceWords> {
    return new BookChanges({
      since: this.#seq,
      sees: (accountId) => this.#sees(accountId),
      begunAnew: (account) => ({ account, asset: null, wallet: null, balance: null }),
    });
  }
}

type ReadingOf<Words> = Parameters<BookChanges<Words>['begin']>[0];

function positionsOf({ positions: entries, seq, version }: BookReading): ReadingOf<PositionWords> {
  return { entries, seq, version };
}

function balancesOf({ balances: entries, seq, version }: BookReading): ReadingOf<BalanceWords> {
  return { entries, seq, version };
}
