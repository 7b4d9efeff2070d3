/**
 * Binance's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `BinanceMarketData`. Sources: "Order book", "Recent trades list",
 * "Kline/Candlestick data" and "24hr ticker price change statistics" of rest-api.md in binance-spot-api-docs; the pages of
 * the same names of the USD-M futures documentation. Sizes of USD-M are in base units, as on spot.
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
import {
  asArray,
  asObject,
  figure,
  flag,
  optionalFigure,
  text,
  wholeNumber,
  wholeNumberAt,
} from '../ccxt/exact-json.ts';
import type { MarketData } from '../connected-account.ts';
import { candleFrom, dayFiguresOf, levelsFrom } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { BinanceAccount } from './account.ts';
import { SPOT, SWAP, weighing } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { BinanceRequests } from './requests.ts';

/** The weight of a question of `limit` items: the first entry that holds it. */
type Weights = readonly { readonly upTo: number; readonly weight: number }[];

const DEPTH_WEIGHTS: Readonly<Record<InstrumentKind, Weights>> = {
  spot: [
    { upTo: 100, weight: 5 },
    { upTo: 500, weight: 25 },
    { upTo: 1_000, weight: 50 },
    { upTo: 5_000, weight: 250 },
  ],
  linear_swap: [
    { upTo: 50, weight: 2 },
    { upTo: 100, weight: 5 },
    { upTo: 500, weight: 10 },
    { upTo: 1_000, weight: 20 },
  ],
};

const CANDLE_WEIGHTS: Readonly<Record<InstrumentKind, Weights>> = {
  spot: [{ upTo: 1_000, weight: 2 }],
  linear_swap: [
    { upTo: 99, weight: 1 },
    { upTo: 499, weight: 2 },
    { upTo: 1_000, weight: 5 },
    { upTo: 1_500, weight: 10 },
  ],
};

/** USD-M takes these numbers of levels and no others. */
const SWAP_DEPTHS = [5, 10, 20, 50, 100, 500, 1_000] as const;
const MOST_SPOT_LEVELS = 5_000;
const MOST_SWAP_LEVELS = 1_000;
const MOST_TRADES = 1_000;
const MOST_CANDLES: Readonly<Record<InstrumentKind, number>> = { spot: 1_000, linear_swap: 1_500 };

export class BinanceMarketData implements MarketData {
  readonly #requests: BinanceRequests;
  readonly #clock: VenueClock;

  constructor({ requests, clock }: BinanceAccount) {
    this.#requests = requests;
    this.#clock = clock;
  }

  async book({ instrument, venueSymbol }: ListedInstrument, depth: number): Promise<OrderBook> {
    const { kind, symbol } = instrument;
    const limit =
      kind === 'spot'
        ? Math.min(depth, MOST_SPOT_LEVELS)
        : (SWAP_DEPTHS.find((offered) => offered >= depth) ?? MOST_SWAP_LEVELS);
    const endpoint = endpointOf(kind, SPOT.depth, SWAP.depth, DEPTH_WEIGHTS, limit);
    const body = await this.#requests.read(endpoint, { symbol: venueSymbol, limit }, 'poll');
    return bookFrom(body, symbol, depth, this.#clock.localNow());
  }

  async trades(
    { instrument, venueSymbol }: ListedInstrument,
    limit: number,
  ): Promise<readonly PublicTrade[]> {
    const endpoint = instrument.kind === 'spot' ? SPOT.publicTrades : SWAP.publicTrades;
    const asked = Math.min(limit, MOST_TRADES);
    return tradesFrom(await this.#requests.read(endpoint, { symbol: venueSymbol, limit: asked }, 'poll'));
  }

  async candles(
    { instrument, venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    { since, until, limit }: CandleSpan,
  ): Promise<readonly Candle[]> {
    const { kind } = instrument;
    const asked = Math.min(limit, MOST_CANDLES[kind]);
    const body = await this.#requests.read(
      endpointOf(kind, SPOT.candles, SWAP.candles, CANDLE_WEIGHTS, asked),
      {
        symbol: venueSymbol,
        interval,
        limit: asked,
        ...(since === null ? {} : { startTime: since }),
        // The venue's bound is inclusive and speaks of the time a candle opened.
        ...(until === null ? {} : { endTime: until - 1 }),
      },
      'poll',
    );
    return candlesFrom(body, this.#clock.now());
  }

  async dayFigures({ instrument, venueSymbol }: ListedInstrument): Promise<DayFigures> {
    const endpoint = instrument.kind === 'spot' ? SPOT.dayFigures : SWAP.dayFigures;
    return dayFiguresFrom(await this.#requests.read(endpoint, { symbol: venueSymbol }, 'poll'));
  }
}

function endpointOf(
  kind: InstrumentKind,
  spot: Endpoint,
  swap: Endpoint,
  weights: Readonly<Record<InstrumentKind, Weights>>,
  limit: number,
): Endpoint {
  const endpoint = kind === 'spot' ? spot : swap;
  const known = weights[kind];
  const step = known.find(({ upTo }) => limit <= upTo) ?? known[known.length - 1];
  return weighing(endpoint, step?.weight ?? endpoint.weight);
}

/** The answer of `depth`; the futures one carries the venue's time, the spot one none. */
export function bookFrom(
  body: JsonValue,
  symbol: InstrumentSymbol,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const book = asObject(body, 'book');
  return {
    symbol,
    bids: levelsFrom(book['bids'], depth),
    asks: levelsFrom(book['asks'], depth),
    venueAt: book['E'] === undefined ? null : wholeNumber(book, 'E'),
    receivedAt,
  };
}

/** The answer of `trades`. Where the buyer made, the seller took. */
export function tradesFrom(body: JsonValue): readonly PublicTrade[] {
  return asArray(body, 'trades').map((item) => {
    const trade = asObject(item, 'trade');
    return {
      tradeId: text(trade, 'id'),
      price: figure(trade, 'price'),
      quantity: figure(trade, 'qty'),
      takerSide: flag(trade, 'isBuyerMaker') ? 'sell' : 'buy',
      executedAt: wholeNumber(trade, 'time'),
    };
  });
}

/** The answer of `ticker/24hr`. */
export function dayFiguresFrom(body: JsonValue): DayFigures {
  const day = asObject(body, 'ticker');
  return dayFiguresOf(day, DAY_KEYS, {
    changePercent: optionalFigure(day, 'priceChangePercent'),
    closesAt: day['closeTime'] === undefined ? null : wholeNumber(day, 'closeTime'),
  });
}

const DAY_KEYS = {
  last: 'lastPrice',
  open: 'openPrice',
  high: 'highPrice',
  low: 'lowPrice',
  volume: 'volume',
  quoteVolume: 'quoteVolume',
} as const;

const COLUMNS = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: 7 } as const;

/** The answer of `klines`: a list a candle, by position. */
export function candlesFrom(body: JsonValue, venueNow: TimeMs): readonly Candle[] {
  return asArray(body, 'candles').map((item) => {
    const candle = asArray(item, 'candle');
    const times = {
      openedAt: wholeNumberAt(candle, 0, 'open time'),
      closesAt: wholeNumberAt(candle, 6, 'close time'),
      trades: wholeNumberAt(candle, 8, 'trades'),
    };
    return candleFrom(candle, COLUMNS, times, venueNow);
  });
}
