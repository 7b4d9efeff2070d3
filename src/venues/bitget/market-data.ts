/**
 * Bitget's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `BitgetMarketData`. Sources: "Get OrderBook", "Get Recent Public Fills", "Get Kline/Candlestick" and "Get Tickers" of the unified
 * account's documentation. Sizes of contracts are in base units, as on spot.
 */
import type { InstrumentSymbol, TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../core/venue/market.ts';
import { MalformedAnswer, asArray, asObject, figure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { MarketData } from '../connected-account.ts';
import { candleOpenedFirst, dayFiguresOf, levelsFrom, percentIn, spanEnd } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { BitgetAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS, INTERVALS } from './endpoints.ts';
import { sideOf } from './normalize-orders.ts';
import type { BitgetRequests } from './requests.ts';

const MOST_LEVELS = 200;
const MOST_TRADES = 100;
const MOST_CANDLES = 1_000;

export function ofInstrument({ instrument, venueSymbol }: ListedInstrument): Parameters {
  return { category: CATEGORIES[instrument.kind], symbol: venueSymbol };
}

export class BitgetMarketData implements MarketData {
  readonly #requests: BitgetRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: BitgetAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book(listed: ListedInstrument, depth: number): Promise<OrderBook> {
    const parameters = { ...ofInstrument(listed), limit: String(Math.min(depth, MOST_LEVELS)) };
    const data = await this.#requests.read(ENDPOINTS.book, parameters, 'poll');
    return bookFrom(data, listed.instrument.symbol, depth, this.#clock.localNow());
  }

  async trades(listed: ListedInstrument, limit: number): Promise<readonly PublicTrade[]> {
    const parameters = { ...ofInstrument(listed), limit: String(Math.min(limit, MOST_TRADES)) };
    return tradesFrom(await this.#requests.read(ENDPOINTS.publicTrades, parameters, 'poll'));
  }

  async candles(
    listed: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const name = INTERVALS[interval];
    if (name === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
    const limit = Math.min(span.limit, MOST_CANDLES);
    const end = spanEnd(span, interval, limit);
    const data = await this.#requests.read(
      ENDPOINTS.candles,
      {
        ...ofInstrument(listed),
        interval: name,
        limit: String(limit),
        ...(span.since === null ? {} : { startTime: String(span.since) }),
        ...(end === null ? {} : { endTime: String(end) }),
      },
      'poll',
    );
    return candlesFrom(data, interval, this.#clock.now());
  }

  async dayFigures(listed: ListedInstrument): Promise<DayFigures> {
    const data = await this.#requests.read(ENDPOINTS.tickers, ofInstrument(listed), 'poll');
    return dayFiguresFrom(data);
  }
}

/** The one row of a question about one instrument. */
export function onlyTicker(data: JsonValue): JsonObject {
  const [ticker] = asArray(data, 'tickers');
  if (ticker === undefined) throw new MalformedAnswer('the ticker is missing');
  return asObject(ticker, 'ticker');
}

export function bookFrom(
  data: JsonValue,
  symbol: InstrumentSymbol,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = asObject(data, 'book');
  return {
    symbol,
    bids: levelsFrom(book['b'], depth),
    asks: levelsFrom(book['a'], depth),
    venueAt: wholeNumber(book, 'ts'),
    receivedAt,
  };
}

/** The venue lists them newest first. */
export function tradesFrom(data: JsonValue): readonly PublicTrade[] {
  return asArray(data, 'trades')
    .map((item) => {
      const trade = asObject(item, 'trade');
      return {
        tradeId: text(trade, 'execId'),
        price: figure(trade, 'price'),
        quantity: figure(trade, 'size'),
        takerSide: sideOf(trade),
        executedAt: wholeNumber(trade, 'ts'),
      };
    })
    .toReversed();
}

const DAY_KEYS = {
  last: 'lastPrice',
  open: 'openPrice24h',
  high: 'highPrice24h',
  low: 'lowPrice24h',
  volume: 'volume24h',
  quoteVolume: 'turnover24h',
} as const;

export function dayFiguresFrom(data: JsonValue): DayFigures {
  const day = onlyTicker(data);
  return dayFiguresOf(day, DAY_KEYS, { changePercent: percentIn(day, 'price24hPcnt'), closesAt: null });
}

const COLUMNS = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: 6 } as const;

/** A list a candle, by position, oldest first in the page's example; they are put in order by their times. */
export function candlesFrom(data: JsonValue, interval: CandleInterval, venueNow: TimeMs): readonly Candle[] {
  return asArray(data, 'candles')
    .map((item) => candleOpenedFirst(item, COLUMNS, interval, venueNow))
    .toSorted((left, right) => left.openedAt - right.openedAt);
}
