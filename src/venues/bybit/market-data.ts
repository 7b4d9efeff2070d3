/**
 * Bybit's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry points: `readBook`, `readTrades`, `readCandles`, `readDayFigures`. Sources: "Get Orderbook", "Get Recent Public Trades", "Get
 * Kline" and "Get Tickers" of the v5 documentation. Sizes of contracts are in base units, as on spot.
 */
import { Decimal } from '../../core/decimal.ts';
import type { InstrumentSymbol, TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type {
  BookLevel,
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../core/venue/market.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  figureAt,
  optionalFigure,
  text,
  wholeNumber,
  wholeNumberAt,
} from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { rowsOf } from './history.ts';
import { sideOf } from './normalize-orders.ts';
import type { BybitRequests } from './requests.ts';

const MOST_LEVELS = 1_000;
const MOST_TRADES: Readonly<Record<InstrumentKind, number>> = { spot: 60, linear_swap: 1_000 };
const MOST_CANDLES = 1_000;

function ofInstrument({ instrument, venueSymbol }: ListedInstrument): Parameters {
  return { category: CATEGORIES[instrument.kind], symbol: venueSymbol };
}

/** At most `depth` levels a side. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readBook(
  requests: BybitRequests,
  listed: ListedInstrument,
  depth: number,
  localNow: () => TimeMs,
): Promise<OrderBook> {
  const limit = Math.min(depth, MOST_LEVELS);
  const body = await requests.read(ENDPOINTS.book, { ...ofInstrument(listed), limit }, 'poll');
  return bookFrom(body, listed.instrument.symbol, depth, localNow());
}

/** The last `limit`, oldest first. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readTrades(
  requests: BybitRequests,
  listed: ListedInstrument,
  limit: number,
): Promise<readonly PublicTrade[]> {
  const asked = Math.min(limit, MOST_TRADES[listed.instrument.kind]);
  const body = await requests.read(ENDPOINTS.publicTrades, { ...ofInstrument(listed), limit: asked }, 'poll');
  return tradesFrom(body);
}

/** Oldest first. `venueNow` says which candle is complete. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readCandles(
  requests: BybitRequests,
  listed: ListedInstrument,
  interval: CandleInterval,
  { since, until, limit }: CandleSpan,
  venueNow: () => TimeMs,
): Promise<readonly Candle[]> {
  const name = INTERVALS[interval];
  if (name === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
  const asked = Math.min(limit, MOST_CANDLES);
  const body = await requests.read(
    ENDPOINTS.candles,
    {
      ...ofInstrument(listed),
      interval: name,
      limit: asked,
      ...(since === null ? {} : { start: since }),
      // The venue's bound is inclusive and speaks of the time a candle opened.
      ...spanEnd(since, until, interval, asked),
    },
    'poll',
  );
  return candlesFrom(body, interval, venueNow());
}

/** With a start the venue may give the newest of the span: the span then ends where the wanted number of candles does. */
function spanEnd(
  since: TimeMs | null,
  until: TimeMs | null,
  interval: CandleInterval,
  limit: number,
): Parameters {
  const ends = [
    ...(until === null ? [] : [until - 1]),
    ...(since === null ? [] : [since + limit * lengthOf(interval) - 1]),
  ];
  return ends.length === 0 ? {} : { end: Math.min(...ends) };
}

/** Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readDayFigures(requests: BybitRequests, listed: ListedInstrument): Promise<DayFigures> {
  return dayFiguresFrom(await requests.read(ENDPOINTS.tickers, ofInstrument(listed), 'poll'));
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

export function levelsFrom(side: JsonValue | undefined, depth: number): readonly BookLevel[] {
  return asArray(side, 'levels')
    .slice(0, depth)
    .map((item) => {
      const level = asArray(item, 'level');
      return { price: figureAt(level, 0, 'price'), quantity: figureAt(level, 1, 'quantity') };
    });
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

const HUNDRED = Decimal.fromInteger(100);

/** The row of one instrument. One that nobody has traded for a day has zeros or nothing for its prices: they are no prices. */
export function dayFiguresFrom(result: JsonValue): DayFigures {
  const [row] = rowsOf(result);
  if (row === undefined) throw new MalformedAnswer('the ticker is missing');
  const day = asObject(row, 'ticker');
  const price = (key: string): Decimal | null => {
    const value = optionalFigure(day, key);
    return value?.isPositive() === true ? value : null;
  };
  const [open, last] = [price('prevPrice24h'), price('lastPrice')];
  const isTraded = open !== null && last !== null;
  return {
    last,
    open,
    high: price('highPrice24h'),
    low: price('lowPrice24h'),
    volume: optionalFigure(day, 'volume24h'),
    quoteVolume: optionalFigure(day, 'turnover24h'),
    change: isTraded ? last.subtract(open) : null,
    changePercent: isTraded ? (optionalFigure(day, 'price24hPcnt')?.multiply(HUNDRED) ?? null) : null,
    closesAt: null,
  };
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The venue's names: minutes as numbers, then letters; null for what it has not. */
const INTERVALS: Readonly<Record<CandleInterval, string | null>> = {
  '1m': '1',
  '3m': '3',
  '5m': '5',
  '15m': '15',
  '30m': '30',
  '1h': '60',
  '2h': '120',
  '4h': '240',
  '6h': '360',
  '8h': null,
  '12h': '720',
  '1d': 'D',
  '3d': null,
  '1w': 'W',
  '1M': 'M',
};

/** Of a month the longest. */
function lengthOf(interval: CandleInterval): number {
  const name = INTERVALS[interval];
  switch (name) {
    case 'D':
      return DAY_MS;
    case 'W':
      return 7 * DAY_MS;
    case 'M':
      return 31 * DAY_MS;
    default:
      return Number(name ?? 1) * MINUTE_MS;
  }
}

/** The last millisecond of a candle, which the venue does not state. */
function closeOf(openedAt: TimeMs, interval: CandleInterval): TimeMs {
  if (interval !== '1M') return openedAt + lengthOf(interval) - 1;
  const opened = new Date(openedAt);
  return Date.UTC(opened.getUTCFullYear(), opened.getUTCMonth() + 1, 1) - 1;
}

/** A list a candle, by position, newest first. */
export function candlesFrom(
  result: JsonValue,
  interval: CandleInterval,
  venueNow: TimeMs,
): readonly Candle[] {
  return rowsOf(result)
    .map((item) => {
      const candle = asArray(item, 'candle');
      const openedAt = wholeNumberAt(candle, 0, 'open time');
      const closesAt = closeOf(openedAt, interval);
      return {
        openedAt,
        closesAt,
        open: figureAt(candle, 1, 'open'),
        high: figureAt(candle, 2, 'high'),
        low: figureAt(candle, 3, 'low'),
        close: figureAt(candle, 4, 'close'),
        volume: figureAt(candle, 5, 'volume'),
        quoteVolume: figureAt(candle, 6, 'turnover'),
        trades: null,
        isComplete: venueNow > closesAt,
      };
    })
    .toReversed();
}
