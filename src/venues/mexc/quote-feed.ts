/**
 * Where MEXC publishes best bids and asks, and the fair prices of its contracts, which positions are marked by.
 *
 * Entry point: `MexcQuoteFeed`. Sources: "Symbol Order Book Ticker" of the spot v3 documentation; "Get the contract's depth information", "Get
 * contract fair price" and "Get contract trend data" of the contract documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn, pricesOf } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import {
  asArray,
  asObject,
  figure,
  optionalFigure,
  positiveFigure,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import { topOf } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { MexcAccess } from './access.ts';
import type { MexcAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { bookTopic, fairPriceTopic } from './market-streams.ts';
import type { MexcRequests } from './requests.ts';

/** Of the endpoint's requests: one reading counts as one. */
const READING_WEIGHT = 1;
const FEWEST_LEVELS = 5;

export class MexcQuoteFeed implements QuoteFeed {
  readonly #access: MexcAccess;
  readonly #requests: MexcRequests;

  constructor({ access, requests }: MexcAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    const { kind } = instrument;
    const connection = this.#access.marketStream(kind, venueSymbol);
    const book = { connection, name: bookTopic(kind, venueSymbol) };
    return kind === 'spot' ? [book] : [book, { connection, name: fairPriceTopic(venueSymbol) }];
  }

  async read({ instrument, venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const symbol = { symbol: venueSymbol };
    if (instrument.kind === 'spot') {
      const top = topFromTicker(asObject(await this.#requests.read(SPOT.bookTicker, symbol, lane), 'ticker'));
      return { top, mark: null, average: null };
    }
    const [book, price] = await Promise.all([
      this.#requests.read(SWAP.depth, { ...symbol, limit: FEWEST_LEVELS }, lane),
      this.#requests.read(SWAP.fairPrice, symbol, lane),
    ]);
    const depth = asObject(book, 'book');
    return {
      top: topOf({ bids: depth['bids'], asks: depth['asks'] }, wholeNumber(depth, 'timestamp'), instrument),
      mark: figure(asObject(price, 'fair price'), 'fairPrice'),
      average: null,
    };
  }

  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    if (kind === 'linear_swap') return pricesOf(await this.#allTickers(), (ticker) => this.#topOf(ticker));
    return this.#access.prices.spot.get('books', READING_WEIGHT, async () =>
      pricesIn(
        asArray(await this.#requests.read(SPOT.bookTicker, {}, 'poll'), 'books'),
        'symbol',
        topFromTicker,
      ),
    );
  }

  async allMarks(): Promise<PriceReading<Decimal> | null> {
    return pricesOf(await this.#allTickers(), (ticker) => positiveFigure(ticker, 'fairPrice'));
  }

  async #allTickers(): Promise<PriceReading<JsonObject> | null> {
    return this.#access.prices.linear_swap.get('tickers', READING_WEIGHT, async () =>
      pricesIn(
        asArray(await this.#requests.read(SWAP.tickers, {}, 'poll'), 'tickers'),
        'symbol',
        (ticker) => ticker,
      ),
    );
  }

  /** The list has prices without quantities: at a price that is there somebody trades the least that can be. */
  #topOf(ticker: JsonObject): TopOfBook | null {
    const instrument = this.#access.markets.byVenueSymbol('linear_swap', text(ticker, 'symbol'));
    if (instrument === undefined) return null;
    const [bid, ask] = [positiveFigure(ticker, 'bid1'), positiveFigure(ticker, 'ask1')];
    const least = instrument.minQuantity;
    return {
      bid,
      bidQuantity: bid === null ? null : least,
      ask,
      askQuantity: ask === null ? null : least,
      venueAt: wholeNumber(ticker, 'timestamp'),
    };
  }
}

/** Of spot; a side that nobody quotes is empty. */
function topFromTicker(ticker: JsonObject): TopOfBook {
  return {
    bid: optionalFigure(ticker, 'bidPrice'),
    bidQuantity: optionalFigure(ticker, 'bidQty'),
    ask: optionalFigure(ticker, 'askPrice'),
    askQuantity: optionalFigure(ticker, 'askQty'),
    venueAt: null,
  };
}
