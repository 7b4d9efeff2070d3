/**
 * Public market data as venues answer it: books, figures of the last 24 hours, candles.
 *
 * Entry points: `levelsFrom`, `topOf`, `dayFiguresOf`, `percentIn`, `candleFrom`, `candleOpenedFirst`; `lengthOf`, `closeOf` and `spanEnd` for
 * venues that state neither the close of a candle nor which end of a span they keep. Each reader throws `MalformedAnswer`. A venue's folder says where each figure
 * stands.
 */
import { Decimal } from '../core/decimal.ts';
import type { TimeMs } from '../core/ids.ts';
import { fromContracts } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { TopOfBook } from '../core/quote.ts';
import type { BookLevel, Candle, CandleInterval, CandleSpan, DayFigures } from '../core/venue/market.ts';
import { asArray, figureAt, optionalFigure, positiveFigure, wholeNumberAt } from './ccxt/exact-json.ts';

/**
 * At most `depth` levels of a side that is listed best price first, each as price, quantity and what else the venue adds. With an
 * instrument the quantities are its contracts there, and base units here.
 */
export function levelsFrom(
  side: JsonValue | undefined,
  depth: number,
  instrument: Instrument | null = null,
): readonly BookLevel[] {
  return asArray(side, 'levels')
    .slice(0, depth)
    .map((item) => {
      const level = asArray(item, 'level');
      const quantity = figureAt(level, 1, 'quantity');
      return {
        price: figureAt(level, 0, 'price'),
        quantity: instrument === null ? quantity : fromContracts(instrument, quantity),
      };
    });
}

/** The best level of each side of a book; null where nobody quotes. Quantities as in `levelsFrom`. */
export function topOf(
  { bids, asks }: Readonly<Record<'bids' | 'asks', JsonValue | undefined>>,
  venueAt: TimeMs | null,
  instrument: Instrument | null = null,
): TopOfBook {
  const [bid] = levelsFrom(bids, 1, instrument);
  const [ask] = levelsFrom(asks, 1, instrument);
  return {
    bid: bid?.price ?? null,
    bidQuantity: bid?.quantity ?? null,
    ask: ask?.price ?? null,
    askQuantity: ask?.quantity ?? null,
    venueAt,
  };
}

const HUNDRED = Decimal.fromInteger(100);

/** The percentage that stands as a fraction under `key`, whatever its name says; null where the venue states none. */
export function percentIn(object: JsonObject, key: string): Decimal | null {
  return optionalFigure(object, key)?.multiply(HUNDRED) ?? null;
}

/** The keys of a day's figures; null for what the venue does not say. */
export type DayFigureKeys = Readonly<
  Record<'last' | 'open' | 'high' | 'low' | 'volume' | 'quoteVolume', string | null>
>;

/** An instrument that nobody has traded for a day has zeros or nothing for its prices: they are no prices. */
export function dayFiguresOf(
  day: JsonObject,
  keys: DayFigureKeys,
  { changePercent, closesAt }: Pick<DayFigures, 'changePercent' | 'closesAt'>,
): DayFigures {
  const price = (key: string | null): Decimal | null => (key === null ? null : positiveFigure(day, key));
  const amount = (key: string | null): Decimal | null => (key === null ? null : optionalFigure(day, key));
  const [open, last] = [price(keys.open), price(keys.last)];
  const isTraded = open !== null && last !== null;
  return {
    last,
    open,
    high: price(keys.high),
    low: price(keys.low),
    volume: amount(keys.volume),
    quoteVolume: amount(keys.quoteVolume),
    change: isTraded ? last.subtract(open) : null,
    changePercent: isTraded ? changePercent : null,
    closesAt,
  };
}

/** The place of each figure in a candle that is a list; of the quote volume null where the venue does not state it. */
export interface CandleColumns extends Readonly<
  Record<'open' | 'high' | 'low' | 'close' | 'volume', number>
> {
  readonly quoteVolume: number | null;
}

/** `venueNow` says whether it is complete. */
export function candleFrom(
  list: readonly JsonValue[],
  columns: CandleColumns,
  times: Pick<Candle, 'openedAt' | 'closesAt' | 'trades'>,
  venueNow: TimeMs,
): Candle {
  return {
    ...times,
    open: figureAt(list, columns.open, 'open'),
    high: figureAt(list, columns.high, 'high'),
    low: figureAt(list, columns.low, 'low'),
    close: figureAt(list, columns.close, 'close'),
    volume: figureAt(list, columns.volume, 'volume'),
    quoteVolume: columns.quoteVolume === null ? null : figureAt(list, columns.quoteVolume, 'quote volume'),
    isComplete: venueNow > times.closesAt,
  };
}

/** A candle that is a list with the time of its opening in front, in ms or in units of `unitMs`. Throws `MalformedAnswer`. */
export function candleOpenedFirst(
  item: JsonValue,
  columns: CandleColumns,
  interval: CandleInterval,
  venueNow: TimeMs,
  unitMs = 1,
): Candle {
  const list = asArray(item, 'candle');
  const openedAt = wholeNumberAt(list, 0, 'open time') * unitMs;
  return candleFrom(
    list,
    columns,
    { openedAt, closesAt: closeOf(openedAt, interval), trades: null },
    venueNow,
  );
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds; of a month those of the longest. */
const LENGTHS_MS: Readonly<Record<CandleInterval, number>> = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
  '1M': 31 * DAY_MS,
};

export function lengthOf(interval: CandleInterval): number {
  return LENGTHS_MS[interval];
}

/** The last millisecond of a candle. */
export function closeOf(openedAt: TimeMs, interval: CandleInterval): TimeMs {
  if (interval !== '1M') return openedAt + lengthOf(interval) - 1;
  const opened = new Date(openedAt);
  return Date.UTC(opened.getUTCFullYear(), opened.getUTCMonth() + 1, 1) - 1;
}

/**
 * The last moment in which a candle of the span may open, included; null where the span is open. With a start a venue may give the newest
 * candles of a span: it then ends where `limit` candles do.
 */
export function spanEnd(
  { since, until }: CandleSpan,
  interval: CandleInterval,
  limit: number,
): TimeMs | null {
  const ends = [
    ...(until === null ? [] : [until - 1]),
    ...(since === null ? [] : [since + limit * lengthOf(interval) - 1]),
  ];
  return ends.length === 0 ? null : Math.min(...ends);
}
