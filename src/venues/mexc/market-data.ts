/**
 * MEXC's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `MexcMarketData`. Sources: "Order Book", "Recent Trades List", "Kline/Candlestick Data" and "24hr Ticker Price Change
 * Statistics" of the spot v3 documentation; "Get the contract's depth information", "Get contract transaction data", "K-line data" and "Get contract
 * trend data" of the contract documentation. Sizes of contracts are contracts there; no trade has an id at either.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentSymbol, TimeMs } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { Instrument, InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../core/venue/market.ts';
import {
  asArray,
  asObject,
  figure,
  figureAt,
  flag,
  optionalFigure,
  wholeNumber,
  wholeNumberAt,
  word,
} from '../ccxt/exact-json.ts';
import type { MarketData } from '../connected-account.ts';
import {
  closeOf,
  dayFiguresOf,
  lengthOf,
  levelsFrom,
  spanEnd,
  candleOpenedFirst,
  percentIn,
} from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { MexcAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { MexcRequests } from './requests.ts';

/** "limit: max 5000"; of contracts no page says how deep the book may be asked for. */
export const MOST_LEVELS: Readonly<Record<InstrumentKind, number>> = { spot: 5_000, linear_swap: 1_000 };
/** "max 1000" and "maximum 100". */
export const MOST_TRADES: Readonly<Record<InstrumentKind, number>> = { spot: 1_000, linear_swap: 100 };
/** "limit … max 1000" of spot, "The maximum data in a single request is 2000 pieces" of contracts. */
export const MOST_CANDLES: Readonly<Record<InstrumentKind, number>> = { spot: 1_000, linear_swap: 2_000 };

type Names = Readonly<Partial<Record<CandleInterval, string>>>;

/** "ENUM definitions" of both; what is missing is not offered. */
const INTERVALS: Readonly<Record<InstrumentKind, Names>> = {
  spot: {
    '1m': '1m',
    '5m': '5m',
    '15m': '15m',
    '30m': '30m',
    '1h': '60m',
    '4h': '4h',
    '1d': '1d',
    '1w': '1W',
    '1M': '1M',
  },
  linear_swap: {
    '1m': 'Min1',
    '5m': 'Min5',
    '15m': 'Min15',
    '30m': 'Min30',
    '1h': 'Min60',
    '4h': 'Hour4',
    '8h': 'Hour8',
    '1d': 'Day1',
    '1w': 'Week1',
    '1M': 'Month1',
  },
};

export function intervalsOf(kind: InstrumentKind): readonly CandleInterval[] {
  return Object.keys(INTERVALS[kind]) as CandleInterval[];
}

export class MexcMarketData implements MarketData {
  readonly #requests: MexcRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: MexcAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book({ instrument, venueSymbol }: ListedInstrument, depth: number): Promise<OrderBook> {
    const { kind } = instrument;
    const limit = Math.min(depth, MOST_LEVELS[kind]);
    const endpoint = kind === 'spot' ? SPOT.depth : SWAP.depth;
    const body = await this.#requests.read(endpoint, { symbol: venueSymbol, limit }, 'poll');
    return bookFrom(body, instrument, limit, this.#clock.localNow());
  }

  async trades(
    { instrument, venueSymbol }: ListedInstrument,
    limit: number,
  ): Promise<readonly PublicTrade[]> {
    const { kind } = instrument;
    const asked = { symbol: venueSymbol, limit: Math.min(limit, MOST_TRADES[kind]) };
    const body = await this.#requests.read(
      kind === 'spot' ? SPOT.publicTrades : SWAP.publicTrades,
      asked,
      'poll',
    );
    // Newest first.
    return (kind === 'spot' ? spotTrades(body) : swapTrades(body, instrument))
      .toReversed()
      .slice(-asked.limit);
  }

  async candles(
    { instrument, venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const { kind } = instrument;
    const name = INTERVALS[kind][interval];
    if (name === undefined) return [];
    const limit = Math.min(span.limit, MOST_CANDLES[kind]);
    const end = spanEnd(span, interval, limit);
    const now = this.#clock.now();
    if (kind === 'spot') {
      const parameters = {
        symbol: venueSymbol,
        interval: name,
        limit,
        ...(span.since === null ? {} : { startTime: span.since }),
        ...(end === null ? {} : { endTime: end }),
      };
      return spotCandles(await this.#requests.read(SPOT.candles, parameters, 'poll'), interval, now).slice(
        -limit,
      );
    }
    // Both in seconds; without a start the most that there is would come.
    const since = span.since ?? (end ?? now) - limit * lengthOf(interval);
    const parameters = {
      symbol: venueSymbol,
      interval: name,
      start: Math.ceil(since / 1_000),
      end: Math.floor((end ?? now) / 1_000),
    };
    const body = await this.#requests.read(SWAP.candles, parameters, 'poll');
    return swapCandles(body, instrument, interval, now).slice(-limit);
  }

  async dayFigures({ instrument, venueSymbol }: ListedInstrument): Promise<DayFigures> {
    const symbol = { symbol: venueSymbol };
    return instrument.kind === 'spot'
      ? spotDay(await this.#requests.read(SPOT.dayFigures, symbol, 'poll'))
      : swapDay(await this.#requests.read(SWAP.tickers, symbol, 'poll'), instrument);
  }
}

/** Of spot without a time; a level of contracts is its price, its contracts and its orders. */
export function bookFrom(
  body: JsonValue,
  instrument: Instrument,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = asObject(body, 'book');
  const symbol: InstrumentSymbol = instrument.symbol;
  return {
    symbol,
    bids: levelsFrom(book['bids'], depth, instrument),
    asks: levelsFrom(book['asks'], depth, instrument),
    venueAt: book['timestamp'] === undefined ? null : wholeNumber(book, 'timestamp'),
    receivedAt,
  };
}

/** Where the buyer made, the seller took. */
export function spotTrades(body: JsonValue): readonly PublicTrade[] {
  return asArray(body, 'trades').map((item) => {
    const trade = asObject(item, 'trade');
    return {
      tradeId: null,
      price: figure(trade, 'price'),
      quantity: figure(trade, 'qty'),
      takerSide: flag(trade, 'isBuyerMaker') ? 'sell' : 'buy',
      executedAt: wholeNumber(trade, 'time'),
    };
  });
}

/** "T: deal type, 1: purchase, 2: sell". */
const TAKER_SIDES: Readonly<Record<string, PublicTrade['takerSide']>> = { '1': 'buy', '2': 'sell' };

export function swapTrades(body: JsonValue, instrument: Instrument): readonly PublicTrade[] {
  return asArray(body, 'deals').map((item) => {
    const deal = asObject(item, 'deal');
    return {
      tradeId: null,
      price: figure(deal, 'p'),
      quantity: fromContracts(instrument, figure(deal, 'v')),
      takerSide: word(deal, 'T', TAKER_SIDES),
      executedAt: wholeNumber(deal, 't'),
    };
  });
}

const SPOT_COLUMNS = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: 7 } as const;

/** A list a candle, by position: open time, open, high, low, close, volume, close time, quote volume. */
export function spotCandles(body: JsonValue, interval: CandleInterval, venueNow: TimeMs): readonly Candle[] {
  return asArray(body, 'candles').map((item) => candleOpenedFirst(item, SPOT_COLUMNS, interval, venueNow));
}

/** A list a column; times in seconds. */
export function swapCandles(
  body: JsonValue,
  instrument: Instrument,
  interval: CandleInterval,
  venueNow: TimeMs,
): readonly Candle[] {
  const columns = asObject(body, 'candles');
  const column = (key: string): readonly JsonValue[] => asArray(columns[key], key);
  return column('time').map((_time, index) => {
    const at = (key: string): Decimal => figureAt(column(key), index, key);
    const openedAt = wholeNumberAt(column('time'), index, 'time') * 1_000;
    const closesAt = closeOf(openedAt, interval);
    return {
      openedAt,
      closesAt,
      trades: null,
      open: at('open'),
      high: at('high'),
      low: at('low'),
      close: at('close'),
      volume: fromContracts(instrument, at('vol')),
      quoteVolume: at('amount'),
      isComplete: venueNow > closesAt,
    };
  });
}

export function spotDay(body: JsonValue): DayFigures {
  const day = asObject(body, 'ticker');
  const keys = {
    last: 'lastPrice',
    open: 'openPrice',
    high: 'highPrice',
    low: 'lowPrice',
    volume: 'volume',
    quoteVolume: 'quoteVolume',
  } as const;
  return dayFiguresOf(day, keys, {
    changePercent: percentIn(day, 'priceChangePercent'),
    closesAt: wholeNumber(day, 'closeTime'),
  });
}

/** The price of a day before is the last one less what it has changed by. */
export function swapDay(body: JsonValue, instrument: Instrument): DayFigures {
  const ticker = asObject(body, 'ticker');
  const last = figure(ticker, 'lastPrice');
  const change = optionalFigure(ticker, 'riseFallValue');
  const day: JsonObject = {
    ...ticker,
    ...(change === null ? {} : { open24Price: last.subtract(change).toString() }),
  };
  const keys = {
    last: 'lastPrice',
    open: 'open24Price',
    high: 'high24Price',
    low: 'lower24Price',
    volume: 'volume24',
    quoteVolume: 'amount24',
  } as const;
  const figures = dayFiguresOf(day, keys, {
    changePercent: percentIn(day, 'riseFallRate'),
    closesAt: wholeNumber(day, 'timestamp'),
  });
  const { volume } = figures;
  return { ...figures, volume: volume === null ? null : fromContracts(instrument, volume) };
}
