/**
 * OKX's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `OkxMarketData`. Sources: "Order book", "Trades", "Candlesticks" and "Ticker" of the v5 documentation. Sizes of swaps are
 * contracts there and base units here.
 */
import { Decimal } from '../../core/decimal.ts';
import type { TimeMs } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../core/venue/market.ts';
import { asArray, asObject, figure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { MarketData } from '../connected-account.ts';
import { candleOpenedFirst, dayFiguresOf, levelsFrom, spanEnd } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { OkxAccount } from './account.ts';
import { ENDPOINTS, INTERVALS } from './endpoints.ts';
import { onlyEntry } from './normalize-account.ts';
import { sideOf } from './normalize-orders.ts';
import type { OkxRequests } from './requests.ts';

const MOST_LEVELS = 400;
const MOST_TRADES = 500;
const MOST_CANDLES = 300;

export class OkxMarketData implements MarketData {
  readonly #requests: OkxRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: OkxAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book({ instrument, venueSymbol }: ListedInstrument, depth: number): Promise<OrderBook> {
    const parameters = { instId: venueSymbol, sz: String(Math.min(depth, MOST_LEVELS)) };
    const data = await this.#requests.read(ENDPOINTS.book, parameters, 'poll');
    return bookFrom(data, instrument, depth, this.#clock.localNow());
  }

  async trades(
    { instrument, venueSymbol }: ListedInstrument,
    limit: number,
  ): Promise<readonly PublicTrade[]> {
    const parameters = { instId: venueSymbol, limit: String(Math.min(limit, MOST_TRADES)) };
    return tradesFrom(await this.#requests.read(ENDPOINTS.publicTrades, parameters, 'poll'), instrument);
  }

  /** `after` and `before` leave the candle that opens at them out. */
  async candles(
    { instrument, venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const bar = INTERVALS[interval];
    if (bar === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
    const limit = Math.min(span.limit, MOST_CANDLES);
    const end = spanEnd(span, interval, limit);
    const data = await this.#requests.read(
      ENDPOINTS.candles,
      {
        instId: venueSymbol,
        bar,
        limit: String(limit),
        ...(span.since === null ? {} : { before: String(span.since - 1) }),
        ...(end === null ? {} : { after: String(end + 1) }),
      },
      'poll',
    );
    return candlesFrom(data, instrument, interval, this.#clock.now());
  }

  async dayFigures({ instrument, venueSymbol }: ListedInstrument): Promise<DayFigures> {
    const data = await this.#requests.read(ENDPOINTS.ticker, { instId: venueSymbol }, 'poll');
    return dayFiguresFrom(data, instrument);
  }
}

export function bookFrom(
  data: JsonValue,
  instrument: Instrument,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = onlyEntry(data, 'book');
  return {
    symbol: instrument.symbol,
    bids: levelsFrom(book['bids'], depth, instrument),
    asks: levelsFrom(book['asks'], depth, instrument),
    venueAt: wholeNumber(book, 'ts'),
    receivedAt,
  };
}

/** The venue lists them newest first. */
export function tradesFrom(data: JsonValue, instrument: Instrument): readonly PublicTrade[] {
  return asArray(data, 'trades')
    .map((item) => {
      const trade = asObject(item, 'trade');
      return {
        tradeId: text(trade, 'tradeId'),
        price: figure(trade, 'px'),
        quantity: fromContracts(instrument, figure(trade, 'sz')),
        takerSide: sideOf(trade),
        executedAt: wholeNumber(trade, 'ts'),
      };
    })
    .toReversed();
}

/** `volCcy24h` is in the quote coin on spot, and in the base coin of swaps, whose `vol24h` is in contracts. */
const DAY_KEYS = { last: 'last', open: 'open24h', high: 'high24h', low: 'low24h' } as const;
const VOLUME_KEYS: Readonly<Record<Instrument['kind'], { volume: string; quoteVolume: string | null }>> = {
  spot: { volume: 'vol24h', quoteVolume: 'volCcy24h' },
  linear_swap: { volume: 'volCcy24h', quoteVolume: null },
};
/** Digits of a percentage that is computed here, rounded half to even. */
const PERCENT_SCALE = 6;
const HUNDRED = Decimal.fromInteger(100);

export function dayFiguresFrom(data: JsonValue, { kind }: Instrument): DayFigures {
  const day = onlyEntry(data, 'ticker');
  const keys = { ...DAY_KEYS, ...VOLUME_KEYS[kind] };
  const figures = dayFiguresOf(day, keys, { changePercent: null, closesAt: null });
  const { change, open } = figures;
  const changePercent =
    change === null || open === null
      ? null
      : change.multiply(HUNDRED).divide(open, PERCENT_SCALE, 'half_even');
  return { ...figures, changePercent };
}

/** Time, prices, volume, volume in the other unit, volume in the quote coin. */
const COLUMNS = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: 7 } as const;

/** A list a candle, by position, newest first. */
export function candlesFrom(
  data: JsonValue,
  instrument: Instrument,
  interval: CandleInterval,
  venueNow: TimeMs,
): readonly Candle[] {
  return asArray(data, 'candles')
    .map((item) => candleOpenedFirst(item, COLUMNS, interval, venueNow))
    .map((candle) => ({ ...candle, volume: fromContracts(instrument, candle.volume) }))
    .toReversed();
}
