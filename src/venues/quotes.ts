/**
 * Best bids and asks with mark prices: streamed for each instrument asked for, read where the stream says nothing.
 *
 * Entry point: `Quotes`, made from a venue's `QuoteFeed`.
 *
 * Invariants:
 *  1. A book and a mark are as fresh as the last datum of that instrument, streamed or read. A connection that lives says
 *     nothing of an instrument: it may have lost its subscription.
 *  2. An instrument that was asked for lately is never silent for long: its prices are read with those of all others, by one
 *     reading for all accounts at the address. The same prices again are fresh ones.
 *  3. A mark that jumped is asked for again until a second datum confirms it or takes it back.
 *  4. A datum is as old as the monotonic clock says: where our own clock is set, its times move along.
 */
import type { Decimal } from '../core/decimal.ts';
import type { InstrumentSymbol, TimeMs } from '../core/ids.ts';
import type { Instrument, InstrumentKind, Quote } from '../core/instrument.ts';
import { oldestAt, type TopOfBook } from '../core/quote.ts';
import type { PriceReading } from './all-prices.ts';
import type { QuoteSource } from './connected-account.ts';
import type { ConnectionState, GatewayListener, Lane } from './gateway.ts';
import { HeldQuote } from './held-quote.ts';
import type { ListedInstrument, Markets } from './markets.ts';
import { ReadFailure } from './read-retry.ts';
import type { VenueClock } from './venue-clock.ts';

/** One instrument's prices, as they were read. */
export interface ReadPrices {
  readonly top: TopOfBook;
  /** Null for spot. */
  readonly mark: Decimal | null;
  /** The average price that a price band is measured from; null where it was not read. */
  readonly average: Decimal | null;
}

/** Where a venue publishes its quotes. */
export interface QuoteFeed {
  /** The topics of an instrument; the first carries its best bid and ask. */
  channelsOf(listed: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]];
  /** Read now. Rejects with `ReadFailure` or `MalformedAnswer`. */
  read(listed: ListedInstrument, lane: Lane): Promise<ReadPrices>;
  /** The books of all instruments of a kind, by the venue's names; null while the allowance permits no first reading. */
  allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null>;
  /** The mark prices of all swaps, as `allBooks`. */
  allMarks(): Promise<PriceReading<Decimal> | null>;
}

/** One subscription on one connection. */
export interface QuoteChannel {
  readonly connection: MarketConnection;
  /** As the venue names the subscription. */
  readonly name: string;
}

/** A market-data connection that accounts share. */
export interface MarketConnection {
  readonly state: ConnectionState['publicStream'];
  join(listener: MarketListener): void;
  leave(listener: MarketListener): void;
  /** Subscribes; says whether the connection has room for it. */
  want(name: string): boolean;
}

export interface MarketListener {
  onTop(venueSymbol: string, top: TopOfBook): void;
  onMark(venueSymbol: string, mark: Decimal): void;
  /** The average price that the venue's price band is measured from. */
  onAverage(venueSymbol: string, price: Decimal): void;
}

/** A book or a mark without a datum for this long is silent: it is read before it is too old to decide on. */
export const SILENT_AFTER_MS = 2_500;
/** An instrument matters for this long after it was last asked for: a position or an open order asks each second. */
export const MATTERS_FOR_MS = 10_000;
/** How often it is looked for what is silent. */
export const LOOK_EVERY_MS = 500;
/** Our own clock and the monotonic one coming apart by this much means that our own was set. */
const CLOCK_SET_MS = 250;

export interface QuotesOptions {
  readonly feed: QuoteFeed;
  readonly clock: VenueClock;
  readonly markets: Markets;
  readonly listener: Pick<GatewayListener, 'onQuote'>;
}

interface Joined {
  readonly connection: MarketConnection;
  readonly kind: InstrumentKind;
  readonly listener: MarketListener;
}

export class Quotes implements QuoteSource {
  readonly #options: QuotesOptions;
  readonly #held = new Map<InstrumentSymbol, HeldQuote>();
  readonly #asked = new Map<InstrumentSymbol, ListedInstrument>();
  /** When each was last asked for, on our own clock. */
  readonly #askedAt = new Map<InstrumentSymbol, number>();
  /** A connection that serves both kinds stands in it once a kind. */
  readonly #joined: Joined[] = [];
  readonly #reading = new Map<InstrumentSymbol, Promise<Quote>>();
  readonly #stopTimer: () => void;
  /** Our own clock less the monotonic one, as the times that are held were taken. */
  #apartMs: number;

  constructor(options: QuotesOptions) {
    this.#options = options;
    const { local } = options.clock;
    this.#apartMs = local.now() - local.monotonic();
    this.#stopTimer = local.every(LOOK_EVERY_MS, () => {
      this.#readWhatIsSilent();
    });
  }

  get state(): ConnectionState['publicStream'] {
    const states = this.#joined.map(({ connection }) => connection.state);
    if (states.length === 0) return 'closed';
    return states.every((state) => state === 'connected') ? 'connected' : 'connecting';
  }

  /** The last one known; asking subscribes. */
  latest(symbol: InstrumentSymbol): Quote | undefined {
    const listed = this.#ask(symbol);
    return listed === undefined ? undefined : (this.#known(symbol) ?? undefined);
  }

  #known(symbol: InstrumentSymbol): Quote | null {
    this.#now();
    return this.#held.get(symbol)?.quote() ?? null;
  }

  /** No older than `maxAgeMs` on our clock; read when need be. */
  async fresh(symbol: InstrumentSymbol, maxAgeMs: number): Promise<Quote> {
    const listed = this.#ask(symbol);
    if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
    const known = this.#known(symbol);
    const at = known === null ? null : completeAt(known, listed.instrument.kind);
    if (known !== null && at !== null && this.#now() - at <= maxAgeMs) return known;
    return this.#read(listed, 'new');
  }

  close(): void {
    this.#stopTimer();
    for (const { connection, listener } of this.#joined.splice(0)) connection.leave(listener);
  }

  /** Our own clock; where it was set since the last call, the times that are held are of the new one afterwards. */
  #now(): TimeMs {
    const { local } = this.#options.clock;
    const now = local.now();
    const stepMs = Math.round(now - local.monotonic() - this.#apartMs);
    if (Math.abs(stepMs) < CLOCK_SET_MS) return now;
    this.#apartMs += stepMs;
    for (const held of this.#held.values()) held.shiftTimes(stepMs);
    for (const [symbol, askedAt] of this.#askedAt) this.#askedAt.set(symbol, askedAt + stepMs);
    return now;
  }

  /** A moment of the monotonic clock, as our own shows it now. */
  #timeOf(monotonic: number): TimeMs {
    return this.#now() - Math.round(this.#options.clock.local.monotonic() - monotonic);
  }

  #ask(symbol: InstrumentSymbol): ListedInstrument | undefined {
    const asked = this.#asked.get(symbol);
    const listed = asked ?? this.#options.markets.get(symbol);
    if (listed === undefined) return undefined;
    this.#askedAt.set(symbol, this.#now());
    if (asked !== undefined) return asked;
    this.#asked.set(symbol, listed);
    for (const { connection, name } of this.#options.feed.channelsOf(listed)) {
      this.#join(connection, listed.instrument.kind);
      // Where the connection has no room, the instrument is silent and therefore read.
      connection.want(name);
    }
    // The stream speaks only when something changes.
    this.#readQuietly(listed);
    return listed;
  }

  #join(connection: MarketConnection, kind: InstrumentKind): void {
    if (this.#joined.some((joined) => joined.connection === connection && joined.kind === kind)) return;
    const listener: MarketListener = {
      onTop: (venueSymbol, top) => {
        const symbol = this.#symbolAsked(kind, venueSymbol);
        if (symbol === null) return;
        this.#heldOf(symbol)?.takeTop(top, this.#now());
        this.#publish(symbol);
      },
      onMark: (venueSymbol, mark) => {
        const symbol = this.#symbolAsked(kind, venueSymbol);
        if (symbol === null) return;
        this.#heldOf(symbol)?.takeMark(mark, this.#now());
        this.#publish(symbol);
      },
      onAverage: (venueSymbol, price) => {
        const symbol = this.#symbolAsked(kind, venueSymbol);
        if (symbol !== null) this.#heldOf(symbol)?.takeAverage(price, this.#now());
      },
    };
    connection.join(listener);
    this.#joined.push({ connection, kind, listener });
  }

  /** Other accounts' instruments come over the same connection. */
  #symbolAsked(kind: InstrumentKind, venueSymbol: string): InstrumentSymbol | null {
    const symbol = this.#options.markets.byVenueSymbol(kind, venueSymbol)?.symbol;
    return symbol !== undefined && this.#asked.has(symbol) ? symbol : null;
  }

  #heldOf(symbol: InstrumentSymbol): HeldQuote | undefined {
    const listed = this.#asked.get(symbol);
    if (listed === undefined) return undefined;
    const held = this.#held.get(symbol) ?? new HeldQuote(listed.instrument);
    this.#held.set(symbol, held);
    return held;
  }

  #publish(symbol: InstrumentSymbol): void {
    const quote = this.#known(symbol);
    if (quote !== null) this.#options.listener.onQuote(quote);
  }

  /** One read at a time for an instrument; those who ask meanwhile share it. An order that waits for it is no mere poll. */
  async #read(listed: ListedInstrument, lane: Lane): Promise<Quote> {
    const { symbol } = listed.instrument;
    let reading = this.#reading.get(symbol);
    if (reading === undefined) {
      reading = this.#readNow(listed, lane).finally(() => {
        this.#reading.delete(symbol);
      });
      this.#reading.set(symbol, reading);
    }
    return reading;
  }

  async #readNow(listed: ListedInstrument, lane: Lane): Promise<Quote> {
    const { symbol } = listed.instrument;
    const { clock, feed } = this.#options;
    const startedAtMonotonic = clock.local.monotonic();
    const { top, mark, average } = await feed.read(listed, lane);
    const startedAt = this.#timeOf(startedAtMonotonic);
    if (average !== null) this.#heldOf(symbol)?.takeAverage(average, startedAt);
    this.#takeRead(symbol, startedAt, top, mark);
    const quote = this.#known(symbol);
    if (quote === null) throw new ReadFailure(`${symbol} has no price`, 'unreachable');
    return quote;
  }

  /**
   * Takes in what was read, as it was when the reading began: what was streamed or read meanwhile is newer than an answer
   * that was asked for before.
   */
  #takeRead(symbol: InstrumentSymbol, startedAt: number, top: TopOfBook | null, mark: Decimal | null): void {
    const held = this.#heldOf(symbol);
    if (held === undefined) return;
    const takesMark = mark !== null && (held.venueMarkAt ?? 0) < startedAt;
    const takesTop = top !== null && (held.bookAt ?? 0) < startedAt;
    if (takesMark) held.takeMark(mark, startedAt);
    if (takesTop) held.takeTop(top, startedAt);
    if (takesMark || takesTop) this.#publish(symbol);
  }

  #readQuietly(listed: ListedInstrument): void {
    void this.#read(listed, 'poll').catch((error: unknown) => {
      // A caller that needs the quote asks for a fresh one and gets the failure then.
      if (!(error instanceof Error)) throw error;
    });
  }

  #readWhatIsSilent(): void {
    const { feed } = this.#options;
    const silent = [...this.#asked.values()].filter(({ instrument }) => this.#matters(instrument.symbol));
    for (const kind of ['spot', 'linear_swap'] as const)
      if (silent.some(({ instrument }) => instrument.kind === kind && this.#isBookSilent(instrument)))
        this.#takeAll(kind, feed.allBooks(kind), (symbol, startedAt, top) => {
          this.#takeRead(symbol, startedAt, top, null);
        });
    if (silent.some(({ instrument }) => this.#isMarkSilent(instrument)))
      this.#takeAll('linear_swap', feed.allMarks(), (symbol, startedAt, mark) => {
        this.#takeRead(symbol, startedAt, null, mark);
      });
  }

  #takeAll<Price>(
    kind: InstrumentKind,
    reading: Promise<PriceReading<Price> | null>,
    take: (symbol: InstrumentSymbol, startedAt: number, price: Price) => void,
  ): void {
    reading.then(
      (all) => {
        if (all === null) return;
        for (const { venueSymbol, instrument } of this.#asked.values()) {
          const price = instrument.kind === kind ? all.prices.get(venueSymbol) : undefined;
          if (price !== undefined) take(instrument.symbol, this.#timeOf(all.startedAt), price);
        }
      },
      (error: unknown) => {
        // The prices grow old, and every decision on them sees their age.
        if (!(error instanceof Error)) throw error;
      },
    );
  }

  #matters(symbol: InstrumentSymbol): boolean {
    return this.#now() - (this.#askedAt.get(symbol) ?? 0) <= MATTERS_FOR_MS;
  }

  #isBookSilent({ symbol, kind }: Instrument): boolean {
    const held = this.#held.get(symbol);
    return this.#isSilent(held?.bookAt ?? null) || (kind === 'spot' && held?.hasUnconfirmedJump === true);
  }

  #isMarkSilent({ symbol, kind }: Instrument): boolean {
    const held = this.#held.get(symbol);
    if (kind === 'spot') return false;
    return this.#isSilent(held?.venueMarkAt ?? null) || held?.hasUnconfirmedJump === true;
  }

  #isSilent(at: number | null): boolean {
    return at === null || this.#now() - at > SILENT_AFTER_MS;
  }
}

/** When the older of the data that an order on the instrument rests on was known; null while one of them is missing. */
function completeAt(quote: Quote, kind: InstrumentKind): number | null {
  return kind === 'linear_swap' && quote.markAt === null ? null : oldestAt(quote);
}
