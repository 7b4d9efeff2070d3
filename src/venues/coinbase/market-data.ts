/**
 * Coinbase's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `CoinbaseMarketData`. Sources: "Get Public Product Book", "Get Public Market Trades" and "Get Public Product Candles". A product
 * states its last price and its volume alone; the other figures of a day are those of its candles.
 */
import { Decimal } from '../../core/decimal.ts';
import type { InstrumentSymbol, TimeMs } from '../../core/ids.ts';
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
import { asArray, asObject, figure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { MarketData } from '../connected-account.ts';
import { closeOf, lengthOf } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { CoinbaseAccount } from './account.ts';
import { ENDPOINTS, GRANULARITIES } from './endpoints.ts';
import { optionalTimeIn, timeIn } from './fields.ts';
import { sideOf } from './normalize-orders.ts';
import type { CoinbaseRequests } from './requests.ts';

const MOST_LEVELS = 1_000;
const MOST_TRADES = 1_000;
const MOST_CANDLES = 350;
const SECOND_MS = 1_000;
const DAY_INTERVAL: CandleInterval = '15m';
const CANDLES_OF_A_DAY = 96;

export class CoinbaseMarketData implements MarketData {
  readonly #requests: CoinbaseRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: CoinbaseAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book({ venueSymbol, instrument }: ListedInstrument, depth: number): Promise<OrderBook> {
    const parameters = { product_id: venueSymbol, limit: Math.min(depth, MOST_LEVELS) };
    const body = await this.#requests.read(ENDPOINTS.book, parameters, 'poll');
    return bookFrom(body, instrument.symbol, depth, this.#clock.localNow());
  }

  async trades({ venueSymbol }: ListedInstrument, limit: number): Promise<readonly PublicTrade[]> {
    const parameters = { product_id: venueSymbol, limit: Math.min(limit, MOST_TRADES) };
    return tradesFrom(await this.#requests.read(ENDPOINTS.publicTrades, parameters, 'poll'));
  }

  /** The venue wants both ends of a span, which holds no more than a page. */
  async candles(
    { venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const granularity = GRANULARITIES[interval];
    if (granularity === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
    const now = this.#clock.now();
    const limit = Math.min(span.limit, MOST_CANDLES);
    const [start, end] = boundsOf({ ...span, limit }, lengthOf(interval), now);
    const body = await this.#requests.read(
      ENDPOINTS.candles,
      {
        product_id: venueSymbol,
        granularity,
        start: String(start / SECOND_MS),
        end: String(end / SECOND_MS),
        limit: MOST_CANDLES,
      },
      'poll',
    );
    const candles = candlesFrom(body, interval, now).filter(
      ({ openedAt }) => openedAt >= start && openedAt < (span.until ?? Number.POSITIVE_INFINITY),
    );
    return span.since === null ? candles.slice(-limit) : candles.slice(0, limit);
  }

  async dayFigures(listed: ListedInstrument): Promise<DayFigures> {
    const span = { since: null, until: null, limit: CANDLES_OF_A_DAY };
    return dayFiguresOf(await this.candles(listed, DAY_INTERVAL, span));
  }
}

/** Where the first and the last candle that is asked for open. */
function boundsOf(
  { since, until, limit }: CandleSpan,
  lengthMs: number,
  now: TimeMs,
): readonly [start: TimeMs, end: TimeMs] {
  const spanMs = (limit - 1) * lengthMs;
  const last = openOf(until === null ? now : until - 1, lengthMs);
  if (since === null) return [last - spanMs, last];
  const first = openOf(since + lengthMs - 1, lengthMs);
  return [first, Math.max(first, Math.min(last, first + spanMs))];
}

/** Of the candle that a moment belongs to. */
function openOf(at: TimeMs, lengthMs: number): TimeMs {
  return at - (at % lengthMs);
}

export function bookFrom(
  body: JsonValue,
  symbol: InstrumentSymbol,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = asObject(asObject(body, 'answer')['pricebook'], 'pricebook');
  return {
    symbol,
    bids: levelsIn(book['bids'], depth),
    asks: levelsIn(book['asks'], depth),
    venueAt: optionalTimeIn(book, 'time'),
    receivedAt,
  };
}

function levelsIn(side: JsonValue | undefined, depth: number): readonly BookLevel[] {
  return asArray(side, 'levels')
    .slice(0, depth)
    .map((item) => {
      const level = asObject(item, 'level');
      return { price: figure(level, 'price'), quantity: figure(level, 'size') };
    });
}

/** The venue lists them newest first, each with the side of its maker. */
export function tradesFrom(body: JsonValue): readonly PublicTrade[] {
  return asArray(asObject(body, 'answer')['trades'], 'trades')
    .map((item) => {
      const trade = asObject(item, 'trade');
      return {
        tradeId: text(trade, 'trade_id'),
        price: figure(trade, 'price'),
        quantity: figure(trade, 'size'),
        takerSide: sideOf(trade) === 'buy' ? ('sell' as const) : ('buy' as const),
        executedAt: timeIn(trade, 'time'),
      };
    })
    .toReversed();
}

/** The venue lists them newest first, by the second in which they opened, and states no amount in quote. */
export function candlesFrom(body: JsonValue, interval: CandleInterval, venueNow: TimeMs): readonly Candle[] {
  return asArray(asObject(body, 'answer')['candles'], 'candles')
    .map((item) => {
      const candle = asObject(item, 'candle');
      const openedAt = wholeNumber(candle, 'start') * SECOND_MS;
      const closesAt = closeOf(openedAt, interval);
      return {
        openedAt,
        closesAt,
        open: figure(candle, 'open'),
        high: figure(candle, 'high'),
        low: figure(candle, 'low'),
        close: figure(candle, 'close'),
        volume: figure(candle, 'volume'),
        quoteVolume: null,
        trades: null,
        isComplete: venueNow > closesAt,
      };
    })
    .toReversed();
}

const HUNDRED = Decimal.fromInteger(100);
const PERCENT_SCALE = 4;

/** Of the candles of a day, oldest first; a product that nobody traded has none. */
export function dayFiguresOf(candles: readonly Candle[]): DayFigures {
  const [first] = candles;
  const newest = candles.at(-1);
  if (first === undefined || newest === undefined)
    return {
      last: null,
      open: null,
      high: null,
      low: null,
      volume: null,
      quoteVolume: null,
      change: null,
      changePercent: null,
      closesAt: null,
    };
  const change = newest.close.subtract(first.open);
  return {
    last: newest.close,
    open: first.open,
    high: candles.reduce((most, { high }) => most.max(high), first.high),
    low: candles.reduce((least, { low }) => least.min(low), first.low),
    volume: candles.reduce((sum, { volume }) => sum.add(volume), Decimal.zero),
    quoteVolume: null,
    change,
    changePercent: change.multiply(HUNDRED).divide(first.open, PERCENT_SCALE, 'half_even'),
    closesAt: null,
  };
}
