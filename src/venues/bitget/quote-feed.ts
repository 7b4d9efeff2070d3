/**
 * Where Bitget publishes best bids and asks, and the mark prices of its swaps.
 *
 * Entry point: `BitgetQuoteFeed`. Sources: "Depth Channel" (`books1`) and "Tickers Channel" of the public streams and "Get Tickers" of the unified
 * account's documentation. One reading of all tickers of a kind holds both.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn, pricesOf } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import { asArray, figure, optionalFigure, wholeNumber } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { BitgetAccess } from './access.ts';
import type { BitgetAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { ofInstrument, onlyTicker } from './market-data.ts';
import type { BitgetRequests } from './requests.ts';
import { topicOf } from './streams.ts';

/** Of the endpoint's requests: one reading counts as one. */
const READING_WEIGHT = 1;

export class BitgetQuoteFeed implements QuoteFeed {
  readonly #access: BitgetAccess;
  readonly #requests: BitgetRequests;

  constructor({ access, requests }: BitgetAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    const { kind } = instrument;
    const connection = this.#access.marketStream(kind);
    const book = { connection, name: topicOf('books1', venueSymbol) };
    return kind === 'spot' ? [book] : [book, { connection, name: topicOf('ticker', venueSymbol) }];
  }

  async read(listed: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const ticker = onlyTicker(await this.#requests.read(ENDPOINTS.tickers, ofInstrument(listed), lane));
    return {
      top: topFrom(ticker),
      mark: listed.instrument.kind === 'spot' ? null : figure(ticker, 'markPrice'),
      average: null,
    };
  }

  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    return pricesOf(await this.#allTickers(kind), topFrom);
  }

  async allMarks(): Promise<PriceReading<Decimal> | null> {
    return pricesOf(await this.#allTickers('linear_swap'), (ticker) => optionalFigure(ticker, 'markPrice'));
  }

  async #allTickers(kind: InstrumentKind): Promise<PriceReading<JsonObject> | null> {
    return this.#access.prices[kind].get('tickers', READING_WEIGHT, async () => {
      const data = await this.#requests.read(ENDPOINTS.tickers, { category: CATEGORIES[kind] }, 'poll');
      return pricesIn(asArray(data, 'tickers'), 'symbol', (ticker) => ticker);
    });
  }
}

/** A side that nobody quotes is empty. */
function topFrom(ticker: JsonObject): TopOfBook {
  return {
    bid: optionalFigure(ticker, 'bid1Price'),
    bidQuantity: optionalFigure(ticker, 'bid1Size'),
    ask: optionalFigure(ticker, 'ask1Price'),
    askQuantity: optionalFigure(ticker, 'ask1Size'),
    venueAt: wholeNumber(ticker, 'ts'),
  };
}
