/**
 * Where OKX publishes best bids and asks, and the mark prices of its swaps.
 *
 * Entry point: `OkxQuoteFeed`. Sources: "Order book channel" (`bbo-tbt`) and "Mark price channel" of the public streams, "Ticker", "Tickers" and
 * "Get mark price" of the v5 documentation. Sizes of swaps are contracts there.
 */
import type { Decimal } from '../../core/decimal.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { Instrument, InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn, pricesOf } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import { asArray, figure, optionalFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { OkxAccess } from './access.ts';
import type { OkxAccount } from './account.ts';
import { ENDPOINTS, INST_TYPES } from './endpoints.ts';
import { onlyEntry } from './normalize-account.ts';
import type { OkxRequests } from './requests.ts';
import { topicOf } from './streams.ts';

/** Of the endpoint's requests: one reading counts as one. */
const READING_WEIGHT = 1;

export class OkxQuoteFeed implements QuoteFeed {
  readonly #access: OkxAccess;
  readonly #requests: OkxRequests;

  constructor({ access, requests }: OkxAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    const connection = this.#access.marketStream();
    const book = { connection, name: topicOf('bbo-tbt', venueSymbol) };
    return instrument.kind === 'spot'
      ? [book]
      : [book, { connection, name: topicOf('mark-price', venueSymbol) }];
  }

  async read({ instrument, venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const [tickers, mark] = await Promise.all([
      this.#requests.read(ENDPOINTS.ticker, { instId: venueSymbol }, lane),
      instrument.kind === 'spot' ? null : this.#mark(venueSymbol, lane),
    ]);
    return { top: topFrom(onlyEntry(tickers, 'ticker'), instrument), mark, average: null };
  }

  async #mark(venueSymbol: string, lane: Lane): Promise<Decimal> {
    const parameters = { instType: INST_TYPES.linear_swap, instId: venueSymbol };
    return figure(
      onlyEntry(await this.#requests.read(ENDPOINTS.markPrices, parameters, lane), 'mark price'),
      'markPx',
    );
  }

  /** An instrument that is not known has no size in base units, and is left out. */
  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    const { markets } = this.#access;
    const tickers = await this.#access.tickers[kind].get('tickers', READING_WEIGHT, async () => {
      const data = await this.#requests.read(ENDPOINTS.tickers, { instType: INST_TYPES[kind] }, 'poll');
      return pricesIn(asArray(data, 'tickers'), 'instId', (ticker) => ticker);
    });
    return pricesOf(tickers, (ticker) => {
      const instrument = markets.byVenueSymbol(kind, text(ticker, 'instId'));
      return instrument === undefined ? null : topFrom(ticker, instrument);
    });
  }

  async allMarks(): Promise<PriceReading<Decimal> | null> {
    const marks = await this.#access.marks.get('marks', READING_WEIGHT, async () => {
      const parameters = { instType: INST_TYPES.linear_swap };
      const data = await this.#requests.read(ENDPOINTS.markPrices, parameters, 'poll');
      return pricesIn(asArray(data, 'marks'), 'instId', (mark) => mark);
    });
    return pricesOf(marks, (mark) => optionalFigure(mark, 'markPx'));
  }
}

/** A side that nobody quotes is empty. */
function topFrom(ticker: JsonObject, instrument: Instrument): TopOfBook {
  const size = (key: string): Decimal | null => {
    const contracts = optionalFigure(ticker, key);
    return contracts === null ? null : fromContracts(instrument, contracts);
  };
  return {
    bid: optionalFigure(ticker, 'bidPx'),
    bidQuantity: size('bidSz'),
    ask: optionalFigure(ticker, 'askPx'),
    askQuantity: size('askSz'),
    venueAt: wholeNumber(ticker, 'ts'),
  };
}
