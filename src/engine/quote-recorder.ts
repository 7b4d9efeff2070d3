/**
 * Records quotes that cannot be had later: the best bid and ask around each order's decision, acknowledgement and fills,
 * and 1, 10 and 60 seconds after a fill.
 *
 * Entry point: `QuoteRecorder`. They are observations, not books: the journal cannot rebuild them, and the ones that wait
 * are lost with the process. They are written with an append, at most once a second, since each table that an append
 * touches makes it slower. Bounded here by count, in the database by count and age.
 *
 * A quote is kept once for an instrument and moment, whatever number of orders it concerns: the moment of a record is the
 * time it was journaled at, so that an order's records lead to its quotes.
 */
import type { AccountId, InstrumentSymbol, TimeMs } from '../core/ids.ts';
import type { Quote } from '../core/instrument.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import type { ReadModelChange } from '../journal/journal.ts';
import type { Clock } from './clock.ts';
import type { DurableEvents } from './desk.ts';

/** Times after a fill at which the quote is recorded again. */
const AFTER_FILL_MS = [1_000, 10_000, 60_000] as const;
/** Between two appends that observations are written with. */
const DRAIN_EVERY_MS = 1_000;
/** Observations that may wait for an append, and quotes after fills that may be due; further ones are left out. */
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
  /** One queue for each time after a fill, so that each queue is in order of time. */
  readonly #laterMoments = new Map<number, Map<string, Moment>>(
    AFTER_FILL_MS.map((afterMs) => [afterMs, new Map()]),
  );

  constructor(options: QuoteRecorderOptions) {
    this.#options = options;
  }

  /** Records the quotes at the decisions, acknowledgements and fills that became durable. */
  onDurable(durable: DurableEvents): void {
    for (const { at, event } of durable.events) {
      if (event.type === 'order_accepted') {
        const { accountId, symbol } = event.request;
        this.#record({ accountId, symbol, at });
      } else if (event.type === 'send_accepted') {
        const order = orderOf(this.#options.state(), event.orderId);
        if (order !== undefined) this.#record({ accountId: order.accountId, symbol: order.symbol, at });
      } else if (event.type === 'fill_booked') {
        const moment = { accountId: event.accountId, symbol: event.fill.symbol, at };
        this.#record(moment);
        this.#recordAgainLater(moment);
      }
    }
  }

  /** Observations to be written with the next append. */
  drain(): readonly ReadModelChange[] {
    const { clock } = this.#options;
    this.#nextDrainAt ??= clock.monotonic() + DRAIN_EVERY_MS;
    if (clock.monotonic() < this.#nextDrainAt) return [];
    this.#nextDrainAt = clock.monotonic() + DRAIN_EVERY_MS;
    const now = clock.now();
    for (const queue of this.#laterMoments.values()) {
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

  #recordAgainLater(fill: Moment): void {
    for (const [afterMs, queue] of this.#laterMoments) {
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
        bid: quote.bid?.toString() ?? null,
        bidQuantity: quote.bidQuantity?.toString() ?? null,
        ask: quote.ask?.toString() ?? null,
        askQuantity: quote.askQuantity?.toString() ?? null,
        mark: quote.mark?.toString() ?? null,
        venueAt: quote.venueAt,
        receivedAt: quote.bookAt,
        markAt: quote.markAt,
        seenAt: this.#options.clock.now(),
      },
    });
  }
}
