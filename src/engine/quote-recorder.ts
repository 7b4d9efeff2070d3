/**
 * Keeps what cannot be had later: the best bid and ask around each order's decision, acknowledgement and fills, and
 * 1, 10 and 60 seconds after a fill. Observations, not books: they ride along with an append, at most once a second, since
 * each table that an append touches makes it slower; they are not part of what the journal can rebuild, and what waits is
 * lost with the process. Bounded here by count, in the database by count and age.
 *
 * A quote is kept once for an instrument and moment, whatever number of orders it concerns: the moment of a record is the
 * time it was journaled at, so that an order's records lead to its quotes.
 */
import type { AccountId, InstrumentSymbol, TimeMs } from '../core/ids.ts';
import type { Quote } from '../core/instrument.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import type { ReadModelChange } from '../journal/journal.ts';
import type { Clock } from './clock.ts';
import type { DurableNews } from './desk.ts';

/** Looks back at a fill this much later. */
const AFTER_FILL_MS = [1_000, 10_000, 60_000] as const;
/** Between two appends that take observations along. */
const DRAIN_EVERY_MS = 1_000;
/** Observations that may wait for an append, and looks back that may be due; further ones are left out. */
const MOST_WAITING = 10_000;

export interface QuoteRecorderOptions {
  readonly clock: Clock;
  readonly state: () => PortfolioState;
  readonly quote: (accountId: AccountId, symbol: InstrumentSymbol) => Quote | undefined;
}

interface Moment {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly at: TimeMs;
}

function keyOf({ accountId, symbol, at }: Moment): string {
  return `${at} ${symbol} ${accountId}`;
}

export class QuoteRecorder {
  readonly #options: QuoteRecorderOptions;
  readonly #waiting = new Map<string, ReadModelChange>();
  #nextDrainAt: number | null = null;
  /** One queue for each distance, so that each is in order of time. */
  readonly #lookBacks = new Map<number, Map<string, Moment>>(
    AFTER_FILL_MS.map((afterMs) => [afterMs, new Map()]),
  );

  constructor(options: QuoteRecorderOptions) {
    this.#options = options;
  }

  /** Takes note of what became durable. */
  note(news: DurableNews): void {
    for (const { at, event } of news.events) {
      if (event.type === 'order_accepted') {
        const { accountId, symbol } = event.request;
        this.#record({ accountId, symbol, at });
      } else if (event.type === 'send_accepted') {
        const order = orderOf(this.#options.state(), event.orderId);
        if (order !== undefined) this.#record({ accountId: order.accountId, symbol: order.symbol, at });
      } else if (event.type === 'fill_booked') {
        const moment = { accountId: event.accountId, symbol: event.fill.symbol, at };
        this.#record(moment);
        this.#lookBackLater(moment);
      }
    }
  }

  /** What is to be written with the next append. */
  drain(): readonly ReadModelChange[] {
    const { clock } = this.#options;
    this.#nextDrainAt ??= clock.monotonic() + DRAIN_EVERY_MS;
    if (clock.monotonic() < this.#nextDrainAt) return [];
    this.#nextDrainAt = clock.monotonic() + DRAIN_EVERY_MS;
    const now = clock.now();
    for (const queue of this.#lookBacks.values()) {
      for (const [key, moment] of queue) {
        if (moment.at > now) break;
        queue.delete(key);
        this.#record(moment);
      }
    }
    const drained = [...this.#waiting.values()];
    this.#waiting.clear();
    return drained;
  }

  #lookBackLater(fill: Moment): void {
    for (const [afterMs, queue] of this.#lookBacks) {
      if (queue.size >= MOST_WAITING) continue;
      const moment = { ...fill, at: fill.at + afterMs };
      queue.set(keyOf(moment), moment);
    }
  }

  #record(moment: Moment): void {
    const key = keyOf(moment);
    if (this.#waiting.size >= MOST_WAITING || this.#waiting.has(key)) return;
    const { accountId, symbol, at } = moment;
    const quote = this.#options.quote(accountId, symbol);
    if (quote === undefined) return;
    this.#waiting.set(key, {
      model: 'quote',
      accountId,
      symbol,
      moment: at,
      document: {
        bid: quote.bid.toString(),
        bidQuantity: quote.bidQuantity.toString(),
        ask: quote.ask.toString(),
        askQuantity: quote.askQuantity.toString(),
        mark: quote.mark.toString(),
        venueAt: quote.venueAt,
        receivedAt: quote.receivedAt,
        seenAt: this.#options.clock.now(),
      },
    });
  }
}
