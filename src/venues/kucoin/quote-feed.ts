/**
 * Where KuCoin publishes best bids and asks, and the mark prices of its swaps.
 *
 * Entry points: `KucoinQuoteFeed`, `topFrom`. Sources: "Get Ticker" and "Get All Tickers" of spot and futures, "Get Mark Price" and "Get All Symbols" of futures of the
 * documentation; the topics are those of `streams.ts`.
 */
import type { Decimal } from '../../core/decimal.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { Instrument, InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn, pricesOf } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import { asArray, asObject, figure, optionalFigure, text } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { KucoinAccess } from './access.ts';
import type { KucoinAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { KucoinRequests } from './requests.ts';

/** Below the 15 that the reading of all pairs weighs: a mark that jumped has to be confirmed within two seconds. */
const SPOT_TICKERS_PACE = 8;

export class KucoinQuoteFeed implements QuoteFeed {
  readonly #access: KucoinAccess;
  readonly #requests: KucoinRequests;

  constructor({ access, requests }: KucoinAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  /** One message subscribes to one sort of topics, so that each sort has a connection. */
  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    if (instrument.kind === 'spot')
      return [{ connection: this.#access.marketStream('spot tickers'), name: venueSymbol }];
    return [
      { connection: this.#access.marketStream('swap tickers'), name: venueSymbol },
      { connection: this.#access.marketStream('swap marks'), name: venueSymbol },
    ];
  }

  async read({ instrument, venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const symbol = { symbol: venueSymbol };
    if (instrument.kind === 'spot') {
      const ticker = asObject(await this.#requests.read(SPOT.ticker, symbol, lane), 'ticker');
      return { top: topFrom(ticker, BEST, null), mark: null, average: null };
    }
    const [ticker, mark] = await Promise.all([
      this.#requests.read(SWAP.ticker, symbol, lane),
      this.#requests.read(SWAP.mark, symbol, lane),
    ]);
    return {
      top: topFrom(asObject(ticker, 'ticker'), SWAP_BEST, instrument),
      mark: figure(asObject(mark, 'mark'), 'value'),
      average: null,
    };
  }

  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    return kind === 'spot' ? this.#spotBooks() : this.#swapBooks();
  }

  async #spotBooks(): Promise<PriceReading<TopOfBook> | null> {
    const tickers = await this.#access.prices.spot.get('books', SPOT_TICKERS_PACE, async () => {
      const data = asObject(await this.#requests.read(SPOT.tickers, {}, 'poll'), 'tickers');
      return pricesIn(asArray(data['ticker'], 'tickers'), 'symbol', (ticker) => ticker);
    });
    return pricesOf(tickers, (ticker) => topFrom(ticker, LISTED_BEST, null));
  }

  /** A contract that is not known has no size in base units, and is left out. */
  async #swapBooks(): Promise<PriceReading<TopOfBook> | null> {
    const tickers = await this.#access.prices.linear_swap.get('books', SWAP.tickers.weight, async () =>
      pricesIn(
        asArray(await this.#requests.read(SWAP.tickers, {}, 'poll'), 'tickers'),
        'symbol',
        (ticker) => ticker,
      ),
    );
    return pricesOf(tickers, (ticker) => {
      const instrument = this.#access.markets.byVenueSymbol('linear_swap', text(ticker, 'symbol'));
      return instrument === undefined ? null : topFrom(ticker, SWAP_BEST, instrument);
    });
  }

  async allMarks(): Promise<PriceReading<Decimal> | null> {
    const contracts = await this.#access.prices.linear_swap.get('marks', SWAP.instruments.weight, async () =>
      pricesIn(
        asArray(await this.#requests.read(SWAP.instruments, {}, 'poll'), 'contracts'),
        'symbol',
        (contract) => contract,
      ),
    );
    return pricesOf(contracts, (contract) => optionalFigure(contract, 'markPrice'));
  }
}

/** The keys of the best of each side. */
type BestKeys = Readonly<Record<'bid' | 'bidQuantity' | 'ask' | 'askQuantity', string>>;

/** Of spot's ticker and its stream. */
export const BEST: BestKeys = {
  bid: 'bestBid',
  bidQuantity: 'bestBidSize',
  ask: 'bestAsk',
  askQuantity: 'bestAskSize',
};
/** Of the list of all pairs. */
const LISTED_BEST: BestKeys = { ...BEST, bid: 'buy', ask: 'sell' };
/** Of futures. */
export const SWAP_BEST: BestKeys = { ...BEST, bid: 'bestBidPrice', ask: 'bestAskPrice' };

/** A side that nobody quotes is empty. `instrument`: of a contract, whose sizes are lots. */
export function topFrom(ticker: JsonObject, keys: BestKeys, instrument: Instrument | null): TopOfBook {
  const size = (key: string): Decimal | null => {
    const counted = optionalFigure(ticker, key);
    return counted === null || instrument === null ? counted : fromContracts(instrument, counted);
  };
  return {
    bid: optionalFigure(ticker, keys.bid),
    bidQuantity: size(keys.bidQuantity),
    ask: optionalFigure(ticker, keys.ask),
    askQuantity: size(keys.askQuantity),
    venueAt: null,
  };
}
