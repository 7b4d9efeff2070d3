/**
 * Bybit's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `BybitMarketData`. Sources: "Get Orderbook", "Get Recent Public Trades", "Get
 * Kline" and "Get Tickers" of the v5 documentation. Sizes of contracts are in base units, as on spot.
 */
import type { InstrumentSymbol, TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../core/venue/market.ts';
import { asObject, figure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { MarketData } from '../connected-account.ts';
import { candleOpenedFirst, dayFiguresOf, levelsFrom, percentIn, spanEnd } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { BybitAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS, INTERVALS } from './endpoints.ts';
import { onlyRow, rowsOf } from './history.ts';
import { sideOf } from './normalize-orders.ts';
import type { BybitRequests } from './requests.ts';

const MOST_LEVELS = 1_000;
const MOST_TRADES: Readonly<Record<InstrumentKind, number>> = { spot: 60, linear_swap: 1_000 };
const MOST_CANDLES = 1_000;

function ofInstrument({ instrument, venueSymbol }: ListedInstrument): Parameters {
  return { category: CATEGORIES[instrument.kind], symbol: venueSymbol };
}

export class BybitMarketData implements MarketData {
  readonly #requests: BybitRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: BybitAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book(listed: ListedInstrument, depth: number): Promise<OrderBook> {
    const limit = Math.min(depth, MOST_LEVELS);
    const body = await this.#requests.read(ENDPOINTS.book, { ...ofInstrument(listed), limit }, 'poll');
    return bookFrom(body, listed.instrument.symbol, depth, this.#clock.localNow());
  }

  async trades(listed: ListedInstrument, limit: number): Promise<readonly PublicTrade[]> {
    const asked = Math.min(limit, MOST_TRADES[listed.instrument.kind]);
    const parameters = { ...ofInstrument(listed), limit: asked };
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
    const body = await this.#requests.read(
      ENDPOINTS.candles,
      {
        ...ofInstrument(listed),
        interval: name,
        limit,
        ...(span.since === null ? {} : { start: span.since }),
        // The venue's bound is inclusive and speaks of the time a candle opened.
        ...(end === null ? {} : { end }),
      },
      'poll',
    );
    return candlesFrom(body, interval, this.#clock.now());
  }

  async dayFigures(listed: ListedInstrument): Promise<DayFigures> {
    return dayFiguresFrom(await this.#requests.read(ENDPOINTS.tickers, ofInstrument(listed), 'poll'));
  }
}

export function bookFrom(
  result: JsonValue,
  symbol: InstrumentSymbol,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = asObject(result, 'book');
  return {
    symbol,
    bids: levelsFrom(book['b'], depth),
    asks: levelsFrom(book['a'], depth),
    // When the matching engine made it; older answers state only when they were put together.
    venueAt: wholeNumber(book, book['cts'] === undefined ? 'ts' : 'cts'),
    receivedAt,
  };
}

/** The venue lists them newest first. */
export function tradesFrom(result: JsonValue): readonly PublicTrade[] {
  return rowsOf(result)
    .map((item) => {
      const trade = asObject(item, 'trade');
      return {
        tradeId: text(trade, 'execId'),
        price: figure(trade, 'price'),
        quantity: figure(trade, 'size'),
        takerSide: sideOf(trade),
        executedAt: wholeNumber(trade, 'time'),
      };
    })
    .toReversed();
}

const DAY_KEYS = {
  last: 'lastPrice',
  open: 'prevPrice24h',
  high: 'highPrice24h',
  low: 'lowPrice24h',
  volume: 'volume24h',
  quoteVolume: 'turnover24h',
} as const;

/** The row of one instrument. */
export function dayFiguresFrom(result: JsonValue): DayFigures {
  const day = onlyRow(result, 'ticker');
  return dayFiguresOf(day, DAY_KEYS, { changePercent: percentIn(day, 'price24hPcnt'), closesAt: null });
}

const COLUMNS = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: 6 } as const;

/** A list a candle, by position, newest first. */
export function candlesFrom(
  result: JsonValue,
  interval: CandleInterval,
  venueNow: TimeMs,
): readonly Candle[] {
  return rowsOf(result)
    .map((item) => candleOpenedFirst(item, COLUMNS, interval, venueNow))
    .toReversed();
}
