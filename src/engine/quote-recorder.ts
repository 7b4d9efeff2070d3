/**
 * Keeps what cannot be had later: the best bid and ask around each order's decision, acknowledgement and fills, and
 * 1, 10 and 60 seconds after a fill. Observations, not books: they ride along with the next append and are not part of
 * what the journal can rebuild. Bounded here by count, in the database by count and age.
 */
import type { AccountId, InstrumentSymbol, OrderId, TimeMs } from '../core/ids.ts';
import type { Quote } from '../core/instrument.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import type { ReadModelChange } from '../journal/journal.ts';
import type { Clock } from './clock.ts';
import type { DurableNews } from './desk.ts';

/** Looks back at a fill this much later. */
const AFTER_FILL_MS = [1_000, 10_000, 60_000] as const;
/** Observations that may wait for an append, and looks back that may be due; further ones are left out. */
const MOST_WAITING = 10_000;

export interface QuoteRecorderOptions {
  readonly clock: Clock;
  readonly state: () => PortfolioState;
  readonly quote: (accountId: AccountId, symbol: InstrumentSymbol) => Quote | undefined;
}

interface LookBack {
  readonly dueAt: TimeMs;
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly moment: string;
}

export class QuoteRecorder {
  readonly #options: QuoteRecorderOptions;
  #waiting: ReadModelChange[] = [];
  /** One queue for each distance, so that each is in order of time. */
  readonly #lookBacks = new Map<number, LookBack[]>(AFTER_FILL_MS.map((afterMs) => [afterMs, []]));

  constructor(options: QuoteRecorderOptions) {
    this.#options = options;
  }

  /** Takes note of what became durable. */
  note(news: DurableNews): void {
    for (const { seq, event } of news.events) {
      if (event.type === 'order_accepted') {
        this.#record(event.request.orderId, event.request.accountId, event.request.symbol, 'decision');
      } else if (event.type === 'send_accepted') {
        const order = orderOf(this.#options.state(), event.orderId);
        if (order !== undefined) this.#record(event.orderId, order.accountId, order.symbol, `ack ${event.n}`);
      } else if (event.type === 'fill_booked') {
        const { orderId, accountId, fill } = event;
        const moment = `fill ${seq}`;
        this.#record(orderId, accountId, fill.symbol, moment);
        this.#lookBackLater({ orderId, accountId, symbol: fill.symbol, moment });
      }
    }
  }

  /** What is to be written with the next append. */
  drain(): readonly ReadModelChange[] {
    const at = this.#options.clock.now();
    for (const queue of this.#lookBacks.values()) {
      while (queue[0] !== undefined && queue[0].dueAt <= at) {
        const due = queue.shift();
        if (due !== undefined) this.#record(due.orderId, due.accountId, due.symbol, due.moment);
      }
    }
    const drained = this.#waiting;
    this.#waiting = [];
    return drained;
  }

  #lookBackLater(fill: Omit<LookBack, 'dueAt'>): void {
    const at = this.#options.clock.now();
    for (const [afterMs, queue] of this.#lookBacks) {
      if (queue.length >= MOST_WAITING) continue;
      queue.push({ ...fill, moment: `${fill.moment} + ${afterMs / 1_000} s`, dueAt: at + afterMs });
    }
  }

  #record(orderId: OrderId, accountId: AccountId, symbol: InstrumentSymbol, moment: string): void {
    const quote = this.#options.quote(accountId, symbol);
    if (quote === undefined || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push({
      model: 'quote_snapshot',
      orderId,
      moment,
      at: this.#options.clock.now(),
      document: {
        bid: quote.bid.toString(),
        bidQuantity: quote.bidQuantity.toString(),
        ask: quote.ask.toString(),
        askQuantity: quote.askQuantity.toString(),
        mark: quote.mark.toString(),
        venueAt: quote.venueAt,
        receivedAt: quote.receivedAt,
      },
    });
  }
}
