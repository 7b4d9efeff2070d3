/**
 * Best bids and asks with mark prices: streamed for each instrument asked for, read where the stream has nothing fresh.
 *
 * Entry point: `Quotes`, made from a venue's `QuoteFeed`. Spot has no mark price of its own: the middle of bid and ask
 * stands for it. A stream speaks only when the top of the book changes, so a quote that came over a connection known to
 * live is as fresh as the last sign of life on it.
 */
import type { Decimal } from '../core/decimal.ts';
import type { InstrumentSymbol } from '../core/ids.ts';
import type { InstrumentKind, Quote } from '../core/instrument.ts';
import { oldestAt, type TopOfBook } from '../core/quote.ts';
import type { QuoteSource } from './connected-account.ts';
import type { ConnectionState, GatewayListener, Lane } from './gateway.ts';
import { HeldQuote } from './held-quote.ts';
import type { ListedInstrument, Markets } from './markets.ts';
import { ReadFailure } from './read-retry.ts';
import type { VenueClock } from './venue-clock.ts';

/** Where a venue publishes its quotes. */
export interface QuoteFeed {
  /** The topics of an instrument; the first carries its best bid and ask. */
  channelsOf(listed: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]];
  /** Read now; `mark` is null for spot. Rejects with `ReadFailure` or `MalformedAnswer`. */
  read(
    listed: ListedInstrument,
    lane: Lane,
  ): Promise<{ readonly top: TopOfBook; readonly mark: Decimal | null }>;
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
  /** Rises with every connection made. */
  readonly connection: number;
  /** The last sign of life on the monotonic clock; null before the first. */
  readonly lastMessageAt: number | null;
  join(listener: MarketListener): void;
  leave(listener: MarketListener): void;
  /** Subscribes; says whether the connection has room for it. */
  want(name: string): boolean;
}

export interface MarketListener {
  onTop(venueSymbol: string, top: TopOfBook): void;
  onMark(venueSymbol: string, mark: Decimal): void;
}

/** While a stream is down, or has no room, this many instruments are read a round. */
const POLLED_PER_ROUND = 20;
const POLL_EVERY_MS = 2_000;

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
  /** The connection, by its count, that an instrument's quote came over; none for one that was read. */
  readonly #streamedOver = new Map<InstrumentSymbol, number>();
  /** The connection, by its count, that there was when an instrument was last read. */
  readonly #readOver = new Map<InstrumentSymbol, number>();
  readonly #asked = new Map<InstrumentSymbol, ListedInstrument>();
  /** Instruments that the connection has no room for: they are read one after the other. */
  readonly #unstreamed = new Map<InstrumentSymbol, ListedInstrument>();
  /** The connections that carry the best bid and ask of those asked for. */
  readonly #books = new Map<InstrumentSymbol, MarketConnection>();
  /** A connection that serves both kinds stands in it once a kind. */
  readonly #joined: Joined[] = [];
  readonly #reading = new Map<InstrumentSymbol, Promise<Quote>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: QuotesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#pollWhatIsStale();
    }, POLL_EVERY_MS);
    this.#timer.unref();
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

  /** The last one known, its book as fresh as the stream that would have brought a newer one. */
  #known(symbol: InstrumentSymbol): Quote | null {
    return this.#held.get(symbol)?.quote(this.#bookAt(symbol)) ?? null;
  }

  /** The last sign of life of the connection that the book came over; null when it did not come over this one. */
  #bookAt(symbol: InstrumentSymbol): number | null {
    const connection = this.#books.get(symbol);
    if (connection === undefined || this.#streamedOver.get(symbol) !== connection.connection) return null;
    const { lastMessageAt } = connection;
    return lastMessageAt === null
      ? null
      : this.#options.clock.localNow() - (performance.now() - lastMessageAt);
  }

  /** No older than `maxAgeMs` on our clock; read when need be. */
  async fresh(symbol: InstrumentSymbol, maxAgeMs: number): Promise<Quote> {
    const listed = this.#ask(symbol);
    if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
    const known = this.#known(symbol);
    const at = known === null ? null : completeAt(known, listed.instrument.kind);
    if (known !== null && at !== null && this.#options.clock.localNow() - at <= maxAgeMs) return known;
    return this.#read(listed, 'new');
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { connection, listener } of this.#joined.splice(0)) connection.leave(listener);
    this.#books.clear();
  }

  #ask(symbol: InstrumentSymbol): ListedInstrument | undefined {
    const asked = this.#asked.get(symbol);
    if (asked !== undefined) return asked;
    const listed = this.#options.markets.get(symbol);
    if (listed === undefined) return undefined;
    this.#asked.set(symbol, listed);
    const channels = this.#options.feed.channelsOf(listed);
    this.#books.set(symbol, channels[0].connection);
    const isStreamed = channels.every(({ connection, name }) => {
      this.#join(connection, listed.instrument.kind);
      return connection.want(name);
    });
    if (!isStreamed) this.#unstreamed.set(symbol, listed);
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
        this.#heldOf(symbol)?.takeTop(top, this.#options.clock.localNow());
        this.#streamedOver.set(symbol, connection.connection);
        this.#publish(symbol);
      },
      onMark: (venueSymbol, mark) => {
        const symbol = this.#symbolAsked(kind, venueSymbol);
        if (symbol === null) return;
        this.#heldOf(symbol)?.takeMark(mark, this.#options.clock.localNow());
        this.#publish(symbol);
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
    const startedAt = this.#options.clock.localNow();
    const connection = this.#books.get(symbol)?.connection;
    const { top, mark } = await this.#options.feed.read(listed, lane);
    if (connection !== undefined) this.#readOver.set(symbol, connection);
    const held = this.#heldOf(symbol);
    const now = this.#options.clock.localNow();
    if (mark !== null) held?.takeMark(mark, now);
    // A book that was streamed meanwhile is newer than an answer that was asked for before.
    const isOvertaken = (held?.bookAt ?? 0) > startedAt && this.#bookAt(symbol) !== null;
    if (!isOvertaken) held?.takeTop(top, now);
    this.#publish(symbol);
    const quote = this.#known(symbol);
    if (quote === null) throw new ReadFailure(`${symbol} has no price`, 'unreachable');
    return quote;
  }

  #readQuietly(listed: ListedInstrument): void {
    void this.#read(listed, 'poll').catch((error: unknown) => {
      // A caller that needs the quote asks for a fresh one and gets the failure then.
      if (!(error instanceof Error)) throw error;
    });
  }

  /**
   * Whether an instrument was streamed or read since its connection was made. A new one says nothing of an instrument until
   * its book changes: in a calm market what was read before would grow stale at once.
   */
  #isHadOverConnection(symbol: InstrumentSymbol): boolean {
    const connection = this.#books.get(symbol)?.connection;
    return this.#streamedOver.get(symbol) === connection || this.#readOver.get(symbol) === connection;
  }

  #pollWhatIsStale(): void {
    const isDown = this.state !== 'connected';
    const oldest = [...this.#asked.values()]
      .map((listed) => ({ listed, at: this.#held.get(listed.instrument.symbol)?.bookAt ?? 0 }))
      .filter(
        ({ listed: { instrument } }) =>
          isDown || this.#unstreamed.has(instrument.symbol) || !this.#isHadOverConnection(instrument.symbol),
      )
      .sort((left, right) => left.at - right.at)
      .slice(0, POLLED_PER_ROUND);
    for (const { listed } of oldest) this.#readQuietly(listed);
  }
}

/** When the older of the data that an order on the instrument rests on was known; null while one of them is missing. */
function completeAt(quote: Quote, kind: InstrumentKind): number | null {
  return kind === 'linear_swap' && quote.markAt === null ? null : oldestAt(quote);
}
