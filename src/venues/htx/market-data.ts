/**
 * HTX's public market data of spot: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `HtxMarketData`. Sources: "Get Market Depth", "Get the Most Recent Trades", "Get Klines" and "Get Latest Aggregated Ticker" of the
 * spot documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { TimeMs } from '../../core/ids.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../core/venue/market.ts';
import { asArray, asObject, figure, text, wholeNumber, word } from '../ccxt/exact-json.ts';
import type { MarketData } from '../connected-account.ts';
import { closeOf, dayFiguresOf, levelsFrom, spanEnd } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { HtxAccount } from './account.ts';
import { dataOf } from './classify.ts';
import { ENDPOINTS, INTERVALS } from './endpoints.ts';
import type { HtxRequests } from './requests.ts';

/** "depth": these, or all 150 levels without it. */
const DEPTHS = [5, 10, 20] as const;
const MOST_TRADES = 2_000;
const MOST_CANDLES = 2_000;

export class HtxMarketData implements MarketData {
  readonly #requests: HtxRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: HtxAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book({ instrument, venueSymbol }: ListedInstrument, depth: number): Promise<OrderBook> {
    const enough = DEPTHS.find((one) => one >= depth);
    const parameters = {
      symbol: venueSymbol,
      type: 'step0',
      ...(enough === undefined ? {} : { depth: String(enough) }),
    };
    const body = await this.#requests.read(ENDPOINTS.book, parameters, 'poll');
    return bookFrom(body, instrument, depth, this.#clock.localNow());
  }

  async trades({ venueSymbol }: ListedInstrument, limit: number): Promise<readonly PublicTrade[]> {
    const parameters = { symbol: venueSymbol, size: String(Math.min(limit, MOST_TRADES)) };
    return tradesFrom(await this.#requests.read(ENDPOINTS.publicTrades, parameters, 'poll')).slice(-limit);
  }

  /** No span can be asked for: the newest are read, and those of the span are taken from them. */
  async candles(
    { venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const period = INTERVALS[interval];
    if (period === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
    const limit = Math.min(span.limit, MOST_CANDLES);
    const isNewest = span.since === null && span.until === null;
    const size = String(isNewest ? limit : MOST_CANDLES);
    const body = await this.#requests.read(ENDPOINTS.candles, { symbol: venueSymbol, period, size }, 'poll');
    const end = spanEnd(span, interval, limit);
    return candlesFrom(body, interval, this.#clock.now())
      .filter(
        ({ openedAt }) =>
          (span.since === null || openedAt >= span.since) && (end === null || openedAt <= end),
      )
      .slice(-limit);
  }

  async dayFigures({ venueSymbol }: ListedInstrument): Promise<DayFigures> {
    const body = await this.#requests.read(ENDPOINTS.ticker, { symbol: venueSymbol }, 'poll');
    return dayFiguresFrom(body);
  }
}

/** The one content of an answer about one pair. */
export function tickOf(body: JsonValue): JsonObject {
  return asObject(asObject(body, 'answer')['tick'], 'tick');
}

export function bookFrom(
  body: JsonValue,
  { symbol }: Instrument,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const tick = tickOf(body);
  return {
    symbol,
    bids: levelsFrom(tick['bids'], depth),
    asks: levelsFrom(tick['asks'], depth),
    venueAt: wholeNumber(tick, 'ts'),
    receivedAt,
  };
}

const DIRECTIONS = { buy: 'buy', sell: 'sell' } as const;

/** Groups of trades, newest first, each with its trades. */
export function tradesFrom(body: JsonValue): readonly PublicTrade[] {
  return asArray(dataOf(body), 'groups')
    .flatMap((group) => asArray(asObject(group, 'group')['data'], 'trades'))
    .map((item) => {
      const trade = asObject(item, 'trade');
      return {
        tradeId: text(trade, 'trade-id'),
        price: figure(trade, 'price'),
        quantity: figure(trade, 'amount'),
        takerSide: word(trade, 'direction', DIRECTIONS),
        executedAt: wholeNumber(trade, 'ts'),
      };
    })
    .toReversed();
}

/** `amount` is in the base coin, `vol` in the quote coin. */
const DAY_KEYS = {
  last: 'close',
  open: 'open',
  high: 'high',
  low: 'low',
  volume: 'amount',
  quoteVolume: 'vol',
} as const;
/** Digits of a percentage that is computed here, rounded half to even. */
const PERCENT_SCALE = 6;
const HUNDRED = Decimal.fromInteger(100);

export function dayFiguresFrom(body: JsonValue): DayFigures {
  const figures = dayFiguresOf(tickOf(body), DAY_KEYS, { changePercent: null, closesAt: null });
  const { change, open } = figures;
  const changePercent =
    change === null || open === null
      ? null
      : change.multiply(HUNDRED).divide(open, PERCENT_SCALE, 'half_even');
  return { ...figures, changePercent };
}

/** Newest first; `id` is the second in which a candle opens. */
export function candlesFrom(body: JsonValue, interval: CandleInterval, venueNow: TimeMs): readonly Candle[] {
  return asArray(dataOf(body), 'candles')
    .map((item) => {
      const candle = asObject(item, 'candle');
      const openedAt = wholeNumber(candle, 'id') * 1_000;
      const closesAt = closeOf(openedAt, interval);
      return {
        openedAt,
        closesAt,
        open: figure(candle, 'open'),
        high: figure(candle, 'high'),
        low: figure(candle, 'low'),
        close: figure(candle, 'close'),
        volume: figure(candle, 'amount'),
        quoteVolume: figure(candle, 'vol'),
        trades: wholeNumber(candle, 'count'),
        isComplete: venueNow > closesAt,
      };
    })
    .toReversed();
}
