/**
 * Where Bybit publishes best bids and asks, and the mark prices of its swaps.
 *
 * Entry point: `BybitQuoteFeed`. Sources: "Orderbook" and "Ticker" of the public streams and "Get Tickers" of the v5
 * documentation. One reading of all tickers of a kind holds both.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn, pricesOf } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import { figure, optionalFigure } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { BybitAccess } from './access.ts';
import type { BybitAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { onlyRow, rowsOf } from './history.ts';
import type { BybitRequests } from './requests.ts';

/** Of the requests of an address: keeps readings of all tickers, which are long, a second apart. */
const ALL_TICKERS_WEIGHT = 12;

export class BybitQuoteFeed implements QuoteFeed {
  readonly #access: BybitAccess;
  readonly #requests: BybitRequests;

  constructor({ access, requests }: BybitAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    const { kind } = instrument;
    const connection = this.#access.marketStream(kind);
    const book = { connection, name: `orderbook.1.${venueSymbol}` };
    return kind === 'spot' ? [book] : [book, { connection, name: `tickers.${venueSymbol}` }];
  }

  async read({ instrument, venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const { kind } = instrument;
    const parameters = { category: CATEGORIES[kind], symbol: venueSymbol };
    const ticker = onlyRow(await this.#requests.read(ENDPOINTS.tickers, parameters, lane), 'ticker');
    return {
      top: topFrom(ticker),
      mark: kind === 'spot' ? null : figure(ticker, 'markPrice'),
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
    return this.#access.prices[kind].get('tickers', ALL_TICKERS_WEIGHT, async () =>
      pricesIn(
        rowsOf(await this.#requests.read(ENDPOINTS.tickers, { category: CATEGORIES[kind] }, 'poll')),
        'symbol',
        (ticker) => ticker,
      ),
    );
  }
}

/** A side that nobody quotes is empty. */
function topFrom(ticker: JsonObject): TopOfBook {
  return {
    bid: optionalFigure(ticker, 'bid1Price'),
    bidQuantity: optionalFigure(ticker, 'bid1Size'),
    ask: optionalFigure(ticker, 'ask1Price'),
    askQuantity: optionalFigure(ticker, 'ask1Size'),
    venueAt: null,
  };
}
