/**
 * Where Binance publishes best bids and asks, and the mark prices of its swaps.
 *
 * Entry point: `BinanceQuoteFeed`. Sources: "Individual Symbol Book Ticker Streams" and "Symbol order book ticker" of
 * binance-spot-api-docs; the same and "Mark Price Stream", "Mark Price" of the USD-M futures documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, figure, wholeNumber } from '../ccxt/exact-json.ts';
import { pricesIn } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { TopOfBook } from '../../core/quote.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import { nullIfUnread } from '../read-retry.ts';
import type { BinanceAccess } from './access.ts';
import type { BinanceAccount } from './account.ts';
import { SPOT, SWAP, weighing } from './endpoints.ts';
import type { BinanceRequests } from './requests.ts';

export class BinanceQuoteFeed implements QuoteFeed {
  readonly #access: BinanceAccess;
  readonly #requests: BinanceRequests;

  constructor({ access, requests }: BinanceAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    const { kind } = instrument;
    const { spotPublic, swapPublic, swapMarket } = this.#access.addresses.streams;
    const name = venueSymbol.toLowerCase();
    const book = {
      connection: this.#access.marketStream(kind, kind === 'spot' ? spotPublic : swapPublic),
      name: `${name}@bookTicker`,
    };
    // The venue's price band of spot is measured from it.
    if (kind === 'spot') return [book, { ...book, name: `${name}@avgPrice` }];
    return [book, { connection: this.#access.marketStream(kind, swapMarket), name: `${name}@markPrice@1s` }];
  }

  async read({ instrument, venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const isSpot = instrument.kind === 'spot';
    const parameters = { symbol: venueSymbol };
    const [index, top, average] = await Promise.all([
      isSpot ? null : this.#requests.read(SWAP.premiumIndex, parameters, lane),
      this.#requests.read(isSpot ? SPOT.bookTicker : SWAP.bookTicker, parameters, lane),
      isSpot ? this.#average(venueSymbol, lane) : null,
    ]);
    return {
      top: topFromRest(top),
      mark: index === null ? null : figure(asObject(index, 'premium index'), 'markPrice'),
      average,
    };
  }

  /** Null where it cannot be read: the book is of use without it. */
  async #average(venueSymbol: string, lane: Lane): Promise<Decimal | null> {
    const reading = this.#requests.read(SPOT.averagePrice, { symbol: venueSymbol }, lane);
    return nullIfUnread(reading.then((body) => figure(asObject(body, 'average price'), 'price')));
  }

  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    const endpoint =
      kind === 'spot'
        ? weighing(SPOT.bookTicker, ALL_WEIGHTS.spotBooks)
        : weighing(SWAP.bookTicker, ALL_WEIGHTS.swapBooks);
    return this.#access.prices[kind].get('books', endpoint.weight, async () =>
      pricesIn(asArray(await this.#requests.read(endpoint, {}, 'poll'), 'books'), 'symbol', topFromRest),
    );
  }

  async allMarks(): Promise<PriceReading<Decimal> | null> {
    const endpoint = weighing(SWAP.premiumIndex, ALL_WEIGHTS.marks);
    return this.#access.prices.linear_swap.get('marks', endpoint.weight, async () =>
      pricesIn(asArray(await this.#requests.read(endpoint, {}, 'poll'), 'marks'), 'symbol', (entry) =>
        figure(entry, 'markPrice'),
      ),
    );
  }
}

/** Weights of the same endpoints without a symbol: "Symbol order book ticker", "Mark Price". */
const ALL_WEIGHTS = { spotBooks: 4, swapBooks: 5, marks: 10 } as const;

/** From `ticker/bookTicker`. */
export function topFromRest(body: JsonValue): TopOfBook {
  const top = asObject(body, 'bookTicker');
  return {
    bid: figure(top, 'bidPrice'),
    bidQuantity: figure(top, 'bidQty'),
    ask: figure(top, 'askPrice'),
    askQuantity: figure(top, 'askQty'),
    venueAt: top['time'] === undefined ? null : wholeNumber(top, 'time'),
  };
}

/** From the `bookTicker` stream. */
export function topFromStream(top: JsonObject): TopOfBook {
  return {
    bid: figure(top, 'b'),
    bidQuantity: figure(top, 'B'),
    ask: figure(top, 'a'),
    askQuantity: figure(top, 'A'),
    // Spot does not say when.
    venueAt: top['T'] === undefined ? null : wholeNumber(top, 'T'),
  };
}
