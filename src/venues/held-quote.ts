/**
 * The last known prices of one instrument: its book and its mark, each with its time, and the mark that is confirmed.
 *
 * Entry point: `HeldQuote`. Holds what is taken in and has no clock of its own.
 */
import type { Decimal } from '../core/decimal.ts';
import type { TimeMs } from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import {
  NO_MARK_YET,
  notedMark,
  witnessedMark,
  type MarkMemory,
  type PriceDatum,
} from '../core/mark-confirmation.ts';
import { bookMark, soundTop, type TopOfBook } from '../core/quote.ts';

const NO_TOP: TopOfBook = { bid: null, bidQuantity: null, ask: null, askQuantity: null, venueAt: null };

export class HeldQuote {
  readonly #instrument: Pick<Instrument, 'symbol' | 'kind' | 'tickSize'>;
  #top = NO_TOP;
  #bookAt: TimeMs | null = null;
  #mark: PriceDatum | null = null;
  #average: PriceDatum | null = null;
  #memory: MarkMemory = NO_MARK_YET;
  /** The quote of what is held; undefined once something has been taken in since. Several parts of an order's way ask for the same. */
  #quote: Quote | null | undefined = undefined;

  constructor(instrument: Pick<Instrument, 'symbol' | 'kind' | 'tickSize'>) {
    this.#instrument = instrument;
  }

  get bookAt(): TimeMs | null {
    return this.#bookAt;
  }

  /** Null for spot too: its mark is as old as its book. */
  get venueMarkAt(): TimeMs | null {
    return this.#mark?.at ?? null;
  }

  /** Whether a mark waits for a second datum that confirms it. */
  get hasUnconfirmedJump(): boolean {
    return this.#memory.pending !== null;
  }

  /** Takes in a book as the venue stated it, known to be so at `at` of our own clock. */
  takeTop(top: TopOfBook, at: TimeMs): void {
    this.#quote = undefined;
    this.#top = soundTop(top);
    this.#bookAt = at;
    const price = bookMark(this.#top, this.#instrument.tickSize);
    if (price === null) return;
    const datum = { price, at };
    this.#memory =
      this.#instrument.kind === 'spot'
        ? notedMark(this.#memory, datum, null)
        : witnessedMark(this.#memory, datum);
  }

  /** Takes in the venue's own mark price, known to be so at `at`; one that is not above zero is none. */
  takeMark(mark: Decimal, at: TimeMs): void {
    this.#quote = undefined;
    if (!mark.isPositive()) {
      this.#mark = null;
      return;
    }
    this.#mark = { price: mark, at };
    const middle = bookMark(this.#top, this.#instrument.tickSize);
    const witness = middle === null || this.#bookAt === null ? null : { price: middle, at: this.#bookAt };
    this.#memory = notedMark(this.#memory, this.#mark, witness);
  }

  /** Takes in the average price that the venue's band is measured from; one that is not above zero is none. */
  takeAverage(price: Decimal, at: TimeMs): void {
    this.#quote = undefined;
    this.#average = price.isPositive() ? { price, at } : null;
  }

  /** Our own clock was set by that much: every datum stays as old as it is. */
  shiftTimes(stepMs: number): void {
    this.#quote = undefined;
    const shifted = <Datum extends { readonly at: TimeMs }>(datum: Datum | null): Datum | null =>
      datum === null ? null : { ...datum, at: datum.at + stepMs };
    this.#bookAt = this.#bookAt === null ? null : this.#bookAt + stepMs;
    this.#mark = shifted(this.#mark);
    this.#average = shifted(this.#average);
    this.#memory = {
      confirmed: shifted(this.#memory.confirmed),
      pending: shifted(this.#memory.pending),
    };
  }

  /** The quote; null before the first datum. */
  quote(): Quote | null {
    if (this.#quote === undefined) this.#quote = this.#quoteOfHeld();
    return this.#quote;
  }

  #quoteOfHeld(): Quote | null {
    const { symbol, kind, tickSize } = this.#instrument;
    if (this.#bookAt === null && this.#mark === null) return null;
    const mark = kind === 'spot' ? bookMark(this.#top, tickSize) : (this.#mark?.price ?? null);
    const markAt = mark === null ? null : kind === 'spot' ? this.#bookAt : (this.#mark?.at ?? null);
    const { confirmed } = this.#memory;
    // A confirmed mark that is still the mark is as fresh as it.
    const isPresent = confirmed !== null && mark !== null && confirmed.price.equals(mark);
    return {
      symbol,
      ...this.#top,
      bookAt: this.#bookAt,
      mark,
      markSource: mark === null ? null : kind === 'spot' ? 'book' : 'venue',
      markAt,
      averagePrice: this.#average?.price ?? null,
      averagePriceAt: this.#average?.at ?? null,
      confirmedMark: confirmed?.price ?? null,
      confirmedMarkAt: isPresent ? markAt : (confirmed?.at ?? null),
    };
  }
}
