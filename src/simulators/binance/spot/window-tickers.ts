/**
 * Figures of a time that ends now: the rolling window of any length, and the day of trading, as endpoints and streams.
 *
 * Entry points: `windowTickerEndpoints`, `windowTickerTopic`. Source: "Rolling window price change statistics" and "Trading Day
 * Ticker" of rest-api.md, "Rolling Window Statistics Streams" of web-socket-streams.md in binance-spot-api-docs.
 */
import type { MarketHistory } from '../../market/market-history.ts';
import type { Topic } from '../../wire/topics.ts';
import { priceEndpoint, type Call, type Endpoint } from '../authentication.ts';
import { BinanceRefusal, eitherMissing, invalidParameter, mandatoryMissing } from '../errors.ts';
import type { Listing } from '../listing.ts';
import { computedDay, type Day } from '../market-data.ts';
import type { Parameters } from '../parameters.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const WEIGHT_OF_ONE = 4;
const MOST_WEIGHT = 200;
const MOST_SYMBOLS = 100;

export type TickerType = 'FULL' | 'MINI';

/** `type`, FULL where it is not sent. Throws -1139. */
export function readTickerType(parameters: Parameters): TickerType {
  const text = parameters.optional('type') ?? 'FULL';
  if (text !== 'FULL' && text !== 'MINI') throw new BinanceRefusal(400, -1139, 'Invalid ticker type.');
  return text;
}

/** `1m` to `59m`, `1h` to `23h`, `1d` to `7d`, in ms; undefined for anything else. */
function windowMs(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([1-9][0-9]?)([mhd])$/.exec(text) ?? [];
  const count = Number(digits);
  if (unit === 'm' && count <= 59) return count * MINUTE_MS;
  if (unit === 'h' && count <= 23) return count * HOUR_MS;
  return unit === 'd' && count <= 7 ? count * DAY_MS : undefined;
}

export type WindowTickerSettings = {
  readonly history: MarketHistory;
  /** `symbol` or `symbols` as listings; undefined when neither was sent. */
  readonly readListings: (parameters: Parameters) => readonly Listing[] | undefined;
};

export function windowTickerEndpoints(settings: WindowTickerSettings): Endpoint[] {
  return [
    endpoint(settings, '/api/v3/ticker', ({ parameters, at }) => {
      const text = parameters.optional('windowSize') ?? '1d';
      const lengthMs = windowMs(text);
      if (lengthMs === undefined) throw invalidParameter('windowSize');
      const openAt = Math.floor((at - lengthMs) / MINUTE_MS) * MINUTE_MS;
      return { openAt, closeAt: at };
    }),
    endpoint(settings, '/api/v3/ticker/tradingDay', ({ parameters, at }) => {
      const offsetMs = readTimeZone(parameters);
      const openAt = Math.floor((at + offsetMs) / DAY_MS) * DAY_MS - offsetMs;
      return { openAt, closeAt: openAt + DAY_MS - 1 };
    }),
  ];
}

/** `timeZone`, whole hours or hours and minutes from -12:00 to +14:00, in ms. */
function readTimeZone(parameters: Parameters): number {
  const text = parameters.optional('timeZone') ?? '0';
  const [, sign = '', hours = '', minutes = '0'] = /^([+-]?)([0-9]{1,2})(?::([0-5][0-9]))?$/.exec(text) ?? [];
  const offsetMs = (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS) * (sign === '-' ? -1 : 1);
  if (hours === '' || offsetMs < -12 * HOUR_MS || offsetMs > 14 * HOUR_MS) throw invalidParameter('timeZone');
  return offsetMs;
}

function endpoint(
  { history, readListings }: WindowTickerSettings,
  path: string,
  times: (call: Call) => { readonly openAt: number; readonly closeAt: number },
): Endpoint {
  return priceEndpoint(path, weightOf, (call) => {
    const { parameters } = call;
    const listings = readListings(parameters);
    if (listings === undefined) throw eitherMissing('symbol', 'symbols');
    if (listings.length === 0) throw mandatoryMissing('symbols');
    if (listings.length > MOST_SYMBOLS)
      throw new BinanceRefusal(
        400,
        -1101,
        `Too many parameters; expected '${MOST_SYMBOLS}' and received '${listings.length}'.`,
      );
    const type = readTickerType(parameters);
    const { openAt, closeAt } = times(call);
    parameters.ignore('symbolStatus');
    parameters.refuseUnread();
    const shown = listings.map((listing) => {
      const figures = history.since(listing.unified, openAt, call.at);
      return figures === null ? {} : windowJson(listing, computedDay(listing, { ...figures, closeAt }), type);
    });
    return parameters.has('symbol') ? shown[0] : shown;
  });
}

function weightOf(parameters: Parameters): number {
  const list = parameters.optional('symbols');
  return list === undefined ? WEIGHT_OF_ONE : Math.min(MOST_WEIGHT, WEIGHT_OF_ONE * list.split(',').length);
}

/** A symbol's entry of these endpoints, and of the MINI form of the 24 hours. */
export function windowJson(listing: Listing, day: Day, type: TickerType): Record<string, unknown> {
  const { figures } = day;
  return {
    symbol: listing.id,
    ...(type === 'MINI'
      ? {}
      : {
          priceChange: day.change,
          priceChangePercent: day.changePercent,
          weightedAvgPrice: day.weightedAverage,
        }),
    openPrice: listing.price(figures.open),
    highPrice: listing.price(figures.high),
    lowPrice: listing.price(figures.low),
    lastPrice: listing.price(figures.last),
    volume: listing.quantity(figures.volume),
    quoteVolume: listing.turnover(figures.quoteVolume),
    openTime: figures.openAt,
    closeTime: figures.closeAt,
    firstId: figures.firstTradeId,
    lastId: figures.lastTradeId,
    count: figures.trades,
  };
}

// ── Streams ────────────────────────────────────────────────────────────────────────────────────────────────────

const STREAM_WINDOWS: ReadonlyMap<string, number> = new Map([
  ['1h', HOUR_MS],
  ['4h', 4 * HOUR_MS],
  ['1d', DAY_MS],
]);

/** A symbol's entry in `<symbol>@ticker_<window>` and `!ticker_<window>@arr`; undefined for an unknown window. */
export function windowTickerTopic(
  history: MarketHistory,
  window: string,
): ((listing: Listing, nowMs: number) => unknown) | undefined {
  const lengthMs = STREAM_WINDOWS.get(window);
  if (lengthMs === undefined) return undefined;
  return (listing, nowMs) => {
    const openAt = Math.floor((nowMs - lengthMs) / MINUTE_MS) * MINUTE_MS;
    const figures = history.since(listing.unified, openAt, nowMs);
    return figures === null
      ? undefined
      : windowMessage(listing, computedDay(listing, figures), window, nowMs);
  };
}

function windowMessage(listing: Listing, day: Day, window: string, nowMs: number): Record<string, unknown> {
  const { figures } = day;
  return {
    e: `${window}Ticker`,
    E: nowMs,
    s: listing.id,
    p: day.change,
    P: day.changePercent,
    o: listing.price(figures.open),
    h: listing.price(figures.high),
    l: listing.price(figures.low),
    c: listing.price(figures.last),
    w: day.weightedAverage,
    v: listing.quantity(figures.volume),
    q: listing.turnover(figures.quoteVolume),
    O: figures.openAt,
    C: figures.closeAt,
    F: figures.firstTradeId,
    L: figures.lastTradeId,
    n: figures.trades,
  };
}

/** Only the tickers that have changed since the message before; nothing where none has. */
export function changedTickers(
  listings: readonly Listing[],
  everyMs: number,
  show: (listing: Listing, nowMs: number) => unknown,
  lastTradeOf: (listing: Listing) => unknown,
): Topic {
  const shownAt = new Map<string, unknown>();
  return {
    everyMs,
    onTick: (nowMs) => {
      const changed = listings.filter((listing) => {
        const last = lastTradeOf(listing);
        if (shownAt.get(listing.id) === last) return false;
        shownAt.set(listing.id, last);
        return true;
      });
      const shown = changed.map((listing) => show(listing, nowMs)).filter((one) => one !== undefined);
      return shown.length === 0 ? undefined : shown;
    },
  };
}
