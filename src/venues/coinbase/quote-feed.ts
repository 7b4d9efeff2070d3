/**
 * Where Coinbase publishes best bids and asks.
 *
 * Entry point: `CoinbaseQuoteFeed`. Sources: the ticker channel of "WebSocket Channels", which speaks with each trade, "Get Public Product
 * Book" and "Get Best Bid/Ask". Products of one book have one best bid and ask.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import { asArray, asObject, figure } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { CoinbaseAccess } from './access.ts';
import type { CoinbaseAccount } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { optionalTimeIn } from './fields.ts';
import type { CoinbaseRequests } from './requests.ts';

/** Of the requests of a user: keeps readings of all prices, which are long, a second apart. */
const ALL_BOOKS_WEIGHT = 3;

export class CoinbaseQuoteFeed implements QuoteFeed {
  readonly #access: CoinbaseAccess;
  readonly #requests: CoinbaseRequests;

  constructor({ access, requests }: CoinbaseAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ venueSymbol }: ListedInstrument): readonly [QuoteChannel] {
    return [{ connection: this.#access.marketStream(), name: this.#access.books.bookOf(venueSymbol) }];
  }

  async read({ venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const parameters = { product_id: venueSymbol, limit: 1 };
    const answer = asObject(await this.#requests.read(ENDPOINTS.book, parameters, lane), 'answer');
    return { top: topFrom(answer['pricebook'] ?? null), mark: null, average: null };
  }

  async allBooks(): Promise<PriceReading<TopOfBook> | null> {
    return this.#access.prices.get('books', ALL_BOOKS_WEIGHT, async () => {
      const answer = asObject(await this.#requests.read(ENDPOINTS.bestBidAsk, {}, 'poll'), 'answer');
      return this.#ofAllProducts(
        pricesIn(asArray(answer['pricebooks'], 'pricebooks'), 'product_id', topFrom),
      );
    });
  }

  /** A product that the list leaves out has the prices of its book. */
  #ofAllProducts(tops: ReadonlyMap<string, TopOfBook>): ReadonlyMap<string, TopOfBook> {
    const all = new Map(tops);
    for (const [bookId, top] of tops)
      for (const product of this.#access.books.productsOf(bookId))
        if (!all.has(product)) all.set(product, top);
    return all;
  }

  /** There are no swaps. */
  async allMarks(): Promise<PriceReading<Decimal> | null> {
    return null;
  }
}

/** Of a price book; a side that nobody quotes is empty. */
export function topFrom(body: JsonValue): TopOfBook {
  const book = asObject(body, 'pricebook');
  const [bid, ask] = [bestOf(book, 'bids'), bestOf(book, 'asks')];
  return {
    bid: bid === null ? null : figure(bid, 'price'),
    bidQuantity: bid === null ? null : figure(bid, 'size'),
    ask: ask === null ? null : figure(ask, 'price'),
    askQuantity: ask === null ? null : figure(ask, 'size'),
    venueAt: optionalTimeIn(book, 'time'),
  };
}

function bestOf(book: JsonObject, side: string): JsonObject | null {
  const [level] = asArray(book[side], side);
  return level === undefined ? null : asObject(level, 'level');
}
