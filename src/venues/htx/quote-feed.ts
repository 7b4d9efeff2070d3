/**
 * Where HTX publishes best bids and asks.
 *
 * Entry point: `HtxQuoteFeed`. Sources: "Best Bid/Offer" of the public stream, "Get Latest Aggregated Ticker" and "Get Latest Tickers for All Pairs" of
 * the spot documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import { asArray, asObject, figureAt, positiveFigure, wholeNumber } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { HtxAccess } from './access.ts';
import type { HtxAccount } from './account.ts';
import { dataOf } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import { tickOf } from './market-data.ts';
import type { HtxRequests } from './requests.ts';
import { topicOf } from './streams.ts';

/** Of the endpoint's requests: one reading counts as one. */
const READING_WEIGHT = 1;

export class HtxQuoteFeed implements QuoteFeed {
  readonly #access: HtxAccess;
  readonly #requests: HtxRequests;

  constructor({ access, requests }: HtxAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    return [{ connection: this.#access.marketStream(), name: topicOf(venueSymbol) }];
  }

  async read({ venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    const body = await this.#requests.read(ENDPOINTS.ticker, { symbol: venueSymbol }, lane);
    return {
      top: topFrom(tickOf(body), wholeNumber(asObject(body, 'answer'), 'ts')),
      mark: null,
      average: null,
    };
  }

  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    if (kind !== 'spot') return null;
    return this.#access.tickers.get('tickers', READING_WEIGHT, async () => {
      const body = await this.#requests.read(ENDPOINTS.tickers, {}, 'poll');
      const venueAt = wholeNumber(asObject(body, 'answer'), 'ts');
      return pricesIn(asArray(dataOf(body), 'tickers'), 'symbol', (row) => rowTop(row, venueAt));
    });
  }

  async allMarks(): Promise<PriceReading<Decimal> | null> {
    return null;
  }
}

/** `[price, size]`; a side that nobody quotes is empty. */
function topFrom(tick: JsonObject, venueAt: number): TopOfBook {
  const [bid, bidQuantity] = levelIn(tick, 'bid');
  const [ask, askQuantity] = levelIn(tick, 'ask');
  return { bid, bidQuantity, ask, askQuantity, venueAt };
}

function levelIn(tick: JsonObject, key: string): readonly [Decimal | null, Decimal | null] {
  const level = tick[key];
  if (!Array.isArray(level) || level.length === 0) return [null, null];
  return [figureAt(level, 0, 'price'), figureAt(level, 1, 'size')];
}

/** Zeros where nobody quotes. */
function rowTop(row: JsonObject, venueAt: number): TopOfBook {
  const [bid, ask] = [positiveFigure(row, 'bid'), positiveFigure(row, 'ask')];
  return {
    bid,
    bidQuantity: bid === null ? null : positiveFigure(row, 'bidSize'),
    ask,
    askQuantity: ask === null ? null : positiveFigure(row, 'askSize'),
    venueAt,
  };
}
