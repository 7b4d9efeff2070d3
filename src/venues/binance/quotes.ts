/**
 * Best bids and asks with mark prices, streamed per instrument asked for, read where the stream has nothing fresh.
 *
 * Entry points: `Quotes`. Spot has no mark price of its own: the middle of bid and ask stands for it.
 * The book ticker speaks only when the top of the book changes, so what came over a connection that is known to live
 * is as fresh as the last sign of life on it.
 */
import { Decimal } from '../../core/decimal.ts';
import type { InstrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind, Quote } from '../../core/instrument.ts';
import { asObject, figure } from '../ccxt/exact-json.ts';
import type { GatewayListener, ConnectionState, Lane } from '../gateway.ts';
import type { ListedInstrument, Markets } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { BinanceAccess } from './access.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { topFromRest } from './normalize.ts';
import type { TopOfBook } from './normalize.ts';
import type { BinanceRequests } from './requests.ts';
import type { PublicStream, PublicStreamListener } from './streams.ts';

/** While a stream is down, or has no room, this many instruments are read a round. */
const POLLED_PER_ROUND = 20;
const POLL_EVERY_MS = 2_000;

export interface QuotesOptions {
  readonly access: BinanceAccess;
  readonly requests: BinanceRequests;
  readonly markets: Markets;
  readonly listener: Pick<GatewayListener, 'onQuote'>;
}

export class Quotes {
  readonly #options: QuotesOptions;
  readonly #quotes = new Map<InstrumentSymbol, Quote>();
  /** The connection, by its count, that an instrument's quote came over; none for one that was read. */
  readonly #streamedOver = new Map<InstrumentSymbol, number>();
  /** Mark prices, with when we had them. */
  readonly #marks = new Map<InstrumentSymbol, { readonly mark: Decimal; readonly at: number }>();
  readonly #asked = new Map<InstrumentSymbol, ListedInstrument>();
  /** Those that the connection has no room for: they are read in turn. */
  readonly #unstreamed = new Map<InstrumentSymbol, ListedInstrument>();
  readonly #streams = new Map<
    string,
    { readonly stream: PublicStream; readonly listener: PublicStreamListener }
  >();
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
    const states = [...this.#streams.values()].map(({ stream }) => stream.state);
    if (states.length === 0) return 'closed';
    return states.every((state) => state === 'connected') ? 'connected' : 'connecting';
  }

  /** The last one known; asking subscribes. */
  latest(symbol: InstrumentSymbol): Quote | undefined {
    const listed = this.#ask(symbol);
    return listed === undefined ? undefined : this.#known(listed.instrument);
  }

  /** The last one known, as fresh as the stream that would have told of a newer one; with a swap, as its mark price too. */
  #known({ symbol, kind }: ListedInstrument['instrument']): Quote | undefined {
    const quote = this.#quotes.get(symbol);
    if (quote === undefined) return undefined;
    const bookAt = this.#bookAt(symbol, kind) ?? quote.receivedAt;
    const markAt = kind === 'spot' ? bookAt : (this.#marks.get(symbol)?.at ?? 0);
    return { ...quote, receivedAt: Math.min(Math.max(bookAt, quote.receivedAt), markAt) };
  }

  /** The last sign of life of the connection that the book came over; null when it did not come over this one. */
  #bookAt(symbol: InstrumentSymbol, kind: InstrumentKind): number | null {
    const stream = this.#bookStream(kind);
    if (stream === undefined || this.#streamedOver.get(symbol) !== stream.connection) return null;
    const { heardAt } = stream;
    return heardAt === null ? null : this.#options.access.clock.localNow() - (performance.now() - heardAt);
  }

  #bookStream(kind: InstrumentKind): PublicStream | undefined {
    const { streams } = this.#options.access.addresses;
    return this.#streams.get(kind === 'spot' ? streams.spotPublic : streams.swapPublic)?.stream;
  }

  /** No older than `maxAgeMs` on our clock; read when need be. */
  async fresh(symbol: InstrumentSymbol, maxAgeMs: number): Promise<Quote> {
    const listed = this.#ask(symbol);
    if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
    const known = this.#known(listed.instrument);
    if (known !== undefined && this.#options.access.clock.localNow() - known.receivedAt <= maxAgeMs)
      return known;
    return this.#read(listed, 'new');
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { stream, listener } of this.#streams.values()) stream.leave(listener);
    this.#streams.clear();
  }

  #ask(symbol: InstrumentSymbol): ListedInstrument | undefined {
    const asked = this.#asked.get(symbol);
    if (asked !== undefined) return asked;
    const listed = this.#options.markets.get(symbol);
    if (listed === undefined) return undefined;
    this.#asked.set(symbol, listed);
    const name = listed.venueSymbol.toLowerCase();
    const { streams } = this.#options.access.addresses;
    const isStreamed =
      listed.instrument.kind === 'spot'
        ? this.#stream('spot', streams.spotPublic).want(`${name}@bookTicker`)
        : this.#stream('linear_swap', streams.swapPublic).want(`${name}@bookTicker`) &&
          this.#stream('linear_swap', streams.swapMarket).want(`${name}@markPrice@1s`);
    if (!isStreamed) this.#unstreamed.set(symbol, listed);
    // The stream speaks only when something changes.
    this.#readQuietly(listed);
    return listed;
  }

  #stream(kind: InstrumentKind, url: string): PublicStream {
    const joined = this.#streams.get(url);
    if (joined !== undefined) return joined.stream;
    const stream = this.#options.access.publicStream(kind, url);
    const listener: PublicStreamListener = {
      onTop: (venueSymbol, top) => {
        const symbol = this.#symbolAsked(kind, venueSymbol);
        if (symbol === null) return;
        this.#keep(symbol, kind, top);
        this.#streamedOver.set(symbol, stream.connection);
      },
      onMark: (venueSymbol, mark) => {
        const symbol = this.#symbolAsked(kind, venueSymbol);
        if (symbol !== null) this.#onMark(symbol, mark);
      },
    };
    stream.join(listener);
    this.#streams.set(url, { stream, listener });
    return stream;
  }

  /** Other accounts' instruments come over the same connection. */
  #symbolAsked(kind: InstrumentKind, venueSymbol: string): InstrumentSymbol | null {
    const symbol = this.#options.markets.byVenueSymbol(kind, venueSymbol)?.symbol;
    return symbol !== undefined && this.#asked.has(symbol) ? symbol : null;
  }

  #onMark(symbol: InstrumentSymbol, mark: Decimal): void {
    this.#marks.set(symbol, { mark, at: this.#options.access.clock.localNow() });
    const known = this.#quotes.get(symbol);
    if (known !== undefined && !known.mark.equals(mark)) this.#publish({ ...known, mark });
  }

  #keep(symbol: InstrumentSymbol, kind: InstrumentKind, top: TopOfBook): Quote | null {
    const mark = kind === 'spot' ? middle(top) : this.#marks.get(symbol)?.mark;
    // A swap without its mark price is no quote yet: risk is measured against it.
    if (mark === undefined) return null;
    const quote: Quote = { symbol, ...top, mark, receivedAt: this.#options.access.clock.localNow() };
    this.#publish(quote);
    return quote;
  }

  #publish(quote: Quote): void {
    this.#quotes.set(quote.symbol, quote);
    this.#options.listener.onQuote(quote);
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
    const { kind, symbol } = listed.instrument;
    const { requests } = this.#options;
    const parameters = { symbol: listed.venueSymbol };
    const startedAt = this.#options.access.clock.localNow();
    const [index, body] = await Promise.all([
      kind === 'spot' ? null : requests.read(SWAP.premiumIndex, parameters, lane),
      requests.read(kind === 'spot' ? SPOT.bookTicker : SWAP.bookTicker, parameters, lane),
    ]);
    if (index !== null) this.#onMark(symbol, figure(asObject(index, 'premium index'), 'markPrice'));
    // What the stream told meanwhile is newer than an answer that was asked for before.
    const streamed = this.#quotes.get(symbol);
    if (streamed !== undefined && streamed.receivedAt > startedAt && this.#bookAt(symbol, kind) !== null)
      return streamed;
    const quote = this.#keep(symbol, kind, topFromRest(body));
    if (quote === null) throw new ReadFailure(`${symbol} has no mark price`, 'unreachable');
    return quote;
  }

  #readQuietly(listed: ListedInstrument): void {
    void this.#read(listed, 'poll').catch((error: unknown) => {
      // Whoever needs the quote asks for a fresh one and hears of the failure then.
      if (!(error instanceof Error)) throw error;
    });
  }

  #pollWhatIsStale(): void {
    const unheard = this.state === 'connected' ? this.#unstreamed : this.#asked;
    const oldest = [...unheard.values()]
      .map((listed) => ({ listed, at: this.#quotes.get(listed.instrument.symbol)?.receivedAt ?? 0 }))
      .sort((left, right) => left.at - right.at)
      .slice(0, POLLED_PER_ROUND);
    for (const { listed } of oldest) this.#readQuietly(listed);
  }
}

function middle(top: TopOfBook): Decimal {
  return top.bid.add(top.ask).multiply(HALF);
}

const HALF = Decimal.parse('0.5');
