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
import { ReadFailure } from '../read-retry.ts';
import type { BinanceAccess } from './access.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { ListedInstrument, MarketTable } from './markets.ts';
import { topFromRest } from './normalize.ts';
import type { TopOfBook } from './normalize.ts';
import type { BinanceRequests } from './requests.ts';
import { PublicStream } from './streams.ts';

/** While a stream is down, this many instruments are read a round. */
const POLLED_PER_ROUND = 20;
const POLL_EVERY_MS = 2_000;

export interface QuotesOptions {
  readonly access: BinanceAccess;
  readonly requests: BinanceRequests;
  readonly markets: MarketTable;
  readonly listener: Pick<GatewayListener, 'onQuote'>;
}

export class Quotes {
  readonly #options: QuotesOptions;
  readonly #quotes = new Map<InstrumentSymbol, Quote>();
  /** The connection, by its count, that an instrument's quote came over; none for one that was read. */
  readonly #streamedOver = new Map<InstrumentSymbol, number>();
  readonly #marks = new Map<InstrumentSymbol, Decimal>();
  readonly #asked = new Map<InstrumentSymbol, ListedInstrument>();
  readonly #streams = new Map<string, PublicStream>();
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
    const states = [...this.#streams.values()].map((stream) => stream.state);
    if (states.length === 0) return 'closed';
    return states.every((state) => state === 'connected') ? 'connected' : 'connecting';
  }

  /** The last one known; asking subscribes. */
  latest(symbol: InstrumentSymbol): Quote | undefined {
    const listed = this.#ask(symbol);
    return listed === undefined ? undefined : this.#known(listed.instrument);
  }

  /** The last one known, as fresh as the stream that would have told of a newer one. */
  #known({ symbol, kind }: ListedInstrument['instrument']): Quote | undefined {
    const quote = this.#quotes.get(symbol);
    const { clock } = this.#options.access;
    const { streams } = this.#options.access.addresses;
    const stream = this.#streams.get(kind === 'spot' ? streams.spotPublic : streams.swapPublic);
    if (quote === undefined || stream === undefined) return quote;
    const { heardAt } = stream;
    if (heardAt === null || this.#streamedOver.get(symbol) !== stream.connection) return quote;
    const aliveAt = clock.localNow() - (performance.now() - heardAt);
    return aliveAt > quote.receivedAt ? { ...quote, receivedAt: aliveAt } : quote;
  }

  /** No older than `maxAgeMs` on our clock; read when need be. */
  async fresh(symbol: InstrumentSymbol, maxAgeMs: number): Promise<Quote> {
    const listed = this.#ask(symbol);
    if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`);
    const known = this.#known(listed.instrument);
    if (known !== undefined && this.#options.access.clock.localNow() - known.receivedAt <= maxAgeMs)
      return known;
    return this.#read(listed, 'new');
  }

  close(): void {
    clearInterval(this.#timer);
    for (const stream of this.#streams.values()) stream.close();
  }

  #ask(symbol: InstrumentSymbol): ListedInstrument | undefined {
    const asked = this.#asked.get(symbol);
    if (asked !== undefined) return asked;
    const listed = this.#options.markets.get(symbol);
    if (listed === undefined) return undefined;
    this.#asked.set(symbol, listed);
    const name = listed.venueSymbol.toLowerCase();
    const { streams } = this.#options.access.addresses;
    if (listed.instrument.kind === 'spot') {
      this.#stream('spot', streams.spotPublic).want(`${name}@bookTicker`);
    } else {
      this.#stream('linear_swap', streams.swapPublic).want(`${name}@bookTicker`);
      this.#stream('linear_swap', streams.swapMarket).want(`${name}@markPrice@1s`);
    }
    // The stream speaks only when something changes.
    this.#readQuietly(listed);
    return listed;
  }

  #stream(kind: InstrumentKind, url: string): PublicStream {
    let stream = this.#streams.get(url);
    if (stream === undefined) {
      stream = new PublicStream({
        kind,
        url,
        listener: {
          onTop: (venueSymbol, top) => {
            this.#onTop(kind, venueSymbol, top);
          },
          onMark: (venueSymbol, mark) => {
            this.#onMark(kind, venueSymbol, mark);
          },
        },
      });
      this.#streams.set(url, stream);
    }
    return stream;
  }

  #onTop(kind: InstrumentKind, venueSymbol: string, top: TopOfBook): void {
    const instrument = this.#options.markets.byVenueSymbol(kind, venueSymbol);
    if (instrument === undefined) return;
    this.#keep(instrument.symbol, kind, top);
    const { streams } = this.#options.access.addresses;
    const stream = this.#streams.get(kind === 'spot' ? streams.spotPublic : streams.swapPublic);
    if (stream !== undefined) this.#streamedOver.set(instrument.symbol, stream.connection);
  }

  #onMark(kind: InstrumentKind, venueSymbol: string, mark: Decimal): void {
    const instrument = this.#options.markets.byVenueSymbol(kind, venueSymbol);
    if (instrument === undefined) return;
    this.#marks.set(instrument.symbol, mark);
    const known = this.#quotes.get(instrument.symbol);
    if (known !== undefined && !known.mark.equals(mark)) this.#publish({ ...known, mark });
  }

  #keep(symbol: InstrumentSymbol, kind: InstrumentKind, top: TopOfBook): Quote | null {
    const mark = kind === 'spot' ? middle(top) : this.#marks.get(symbol);
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
    if (kind === 'linear_swap') {
      const index = asObject(await requests.read(SWAP.premiumIndex, parameters, lane), 'premium index');
      this.#marks.set(symbol, figure(index, 'markPrice'));
    }
    const top = topFromRest(
      await requests.read(kind === 'spot' ? SPOT.bookTicker : SWAP.bookTicker, parameters, lane),
    );
    const quote = this.#keep(symbol, kind, top);
    if (quote === null) throw new ReadFailure(`${symbol} has no mark price`);
    return quote;
  }

  #readQuietly(listed: ListedInstrument): void {
    void this.#read(listed, 'poll').catch((error: unknown) => {
      // Whoever needs the quote asks for a fresh one and hears of the failure then.
      if (!(error instanceof Error)) throw error;
    });
  }

  #pollWhatIsStale(): void {
    if (this.state === 'connected') return;
    const oldest = [...this.#asked.values()]
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
