/**
 * KuCoin's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `KucoinMarketData`. Sources: "Get Part OrderBook", "Get Trade History", "Get Klines" of spot and futures, "Get 24hr Stats" of spot and "Get Symbol"
 * of futures of the documentation. Sizes of futures are lots.
 */
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
import { asArray, asObject, figure, optionalFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { MarketData } from '../connected-account.ts';
import { candleOpenedFirst, dayFiguresOf, lengthOf, levelsFrom, percentIn, spanEnd } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { KucoinAccount } from './account.ts';
import { GRANULARITIES, INTERVALS, SPOT, SWAP } from './endpoints.ts';
import { millisecondsOf, sideOf } from './normalize-orders.ts';
import type { KucoinRequests } from './requests.ts';

const SHORT_BOOK = 20;

export class KucoinMarketData implements MarketData {
  readonly #requests: KucoinRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: KucoinAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book({ instrument, venueSymbol }: ListedInstrument, depth: number): Promise<OrderBook> {
    const table = instrument.kind === 'spot' ? SPOT : SWAP;
    const endpoint = depth <= SHORT_BOOK ? table.shortBook : table.book;
    const data = await this.#requests.read(endpoint, { symbol: venueSymbol }, 'poll');
    return bookFrom(data, instrument, depth, this.#clock.localNow());
  }

  async trades(
    { instrument, venueSymbol }: ListedInstrument,
    limit: number,
  ): Promise<readonly PublicTrade[]> {
    const endpoint = instrument.kind === 'spot' ? SPOT.publicTrades : SWAP.publicTrades;
    const data = await this.#requests.read(endpoint, { symbol: venueSymbol }, 'poll');
    return tradesFrom(data, instrument).slice(-limit);
  }

  /** A span is always stated: without one the venue picks it. */
  async candles(
    { instrument, venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const { kind } = instrument;
    const name = kind === 'spot' ? INTERVALS[interval] : GRANULARITIES[interval];
    if (name === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
    const now = this.#clock.now();
    const end = Math.min(spanEnd(span, interval, span.limit) ?? now, now);
    const start = span.since ?? end - span.limit * lengthOf(interval);
    const symbol = { symbol: venueSymbol };
    const data =
      kind === 'spot'
        ? await this.#requests.read(
            SPOT.candles,
            { ...symbol, type: name, startAt: Math.floor(start / 1_000), endAt: Math.floor(end / 1_000) + 1 },
            'poll',
          )
        : await this.#requests.read(
            SWAP.candles,
            { ...symbol, granularity: name, from: start, to: end },
            'poll',
          );
    return candlesFrom(data, instrument, interval, now)
      .filter(({ openedAt }) => openedAt >= start && openedAt <= end)
      .slice(span.since === null ? -span.limit : 0);
  }

  async dayFigures({ instrument, venueSymbol }: ListedInstrument): Promise<DayFigures> {
    const endpoint = instrument.kind === 'spot' ? SPOT.dayFigures : SWAP.instrument;
    return dayFiguresFrom(await this.#requests.read(endpoint, { symbol: venueSymbol }, 'poll'), instrument);
  }
}

export function bookFrom(
  data: JsonValue,
  instrument: Instrument,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = asObject(data, 'book');
  return {
    symbol: instrument.symbol,
    bids: levelsFrom(book['bids'], depth, instrument),
    asks: levelsFrom(book['asks'], depth, instrument),
    venueAt: instrument.kind === 'spot' ? wholeNumber(book, 'time') : millisecondsOf(book, 'ts'),
    receivedAt,
  };
}

/** In whichever order the venue lists them; each states its time in nanoseconds. */
export function tradesFrom(data: JsonValue, instrument: Instrument): readonly PublicTrade[] {
  const isSpot = instrument.kind === 'spot';
  return asArray(data, 'trades')
    .map((item) => {
      const trade = asObject(item, 'trade');
      return {
        tradeId: text(trade, isSpot ? 'sequence' : 'tradeId'),
        price: figure(trade, 'price'),
        quantity: fromContracts(instrument, figure(trade, 'size')),
        takerSide: sideOf(trade),
        executedAt: millisecondsOf(trade, isSpot ? 'time' : 'ts'),
      };
    })
    .toSorted((left, right) => left.executedAt - right.executedAt);
}

const SPOT_DAY = {
  last: 'last',
  open: null,
  high: 'high',
  low: 'low',
  volume: 'vol',
  quoteVolume: 'volValue',
} as const;

const SWAP_DAY = {
  last: 'lastTradePrice',
  open: null,
  high: 'highPrice',
  low: 'lowPrice',
  // In base already, whatever sizes are counted in.
  volume: 'volumeOf24h',
  quoteVolume: 'turnoverOf24h',
} as const;

/** The venue states the change and not where it began. */
export function dayFiguresFrom(data: JsonValue, { kind }: Instrument): DayFigures {
  const day = asObject(data, 'day');
  const figures = dayFiguresOf(day, kind === 'spot' ? SPOT_DAY : SWAP_DAY, {
    changePercent: null,
    closesAt: null,
  });
  const change = optionalFigure(day, kind === 'spot' ? 'changePrice' : 'priceChg');
  if (change === null || figures.last === null) return figures;
  return {
    ...figures,
    open: figures.last.subtract(change),
    change,
    changePercent: percentIn(day, kind === 'spot' ? 'changeRate' : 'priceChgPct'),
  };
}

const SPOT_COLUMNS = { open: 1, close: 2, high: 3, low: 4, volume: 5, quoteVolume: 6 } as const;
/** Without an amount in quote. */
const SWAP_COLUMNS = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: null } as const;

/** A list a candle, by position: of spot newest first with seconds, of futures oldest first with milliseconds. */
export function candlesFrom(
  data: JsonValue,
  instrument: Instrument,
  interval: CandleInterval,
  venueNow: TimeMs,
): readonly Candle[] {
  const isSpot = instrument.kind === 'spot';
  return asArray(data, 'candles')
    .map((item) =>
      isSpot
        ? candleOpenedFirst(item, SPOT_COLUMNS, interval, venueNow, 1_000)
        : candleOpenedFirst(item, SWAP_COLUMNS, interval, venueNow),
    )
    .map((candle) => ({ ...candle, volume: fromContracts(instrument, candle.volume) }))
    .toSorted((left, right) => left.openedAt - right.openedAt);
}
