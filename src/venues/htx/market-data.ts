/**
 * HTX's public market data: order books, recent trades, candles, figures of the last 24 hours.
 *
 * Entry point: `HtxMarketData`. Sources: "Get Market Depth", "Get the Most Recent Trades", "Get Klines" and "Get Latest Aggregated Ticker" of the
 * spot documentation; "Get Market Depth", "Query a Batch of Trade Records", "Get KLine Data" and "Get Market Data Overview" of the
 * USDT-margined one, whose amounts traded are the "sum of both buy and sell sides".
 */
import { Decimal } from '../../core/decimal.ts';
import type { TimeMs } from '../../core/ids.ts';
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
import { asArray, asObject, figure, text, wholeNumber, word } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { MarketData } from '../connected-account.ts';
import { closeOf, dayFiguresOf, lengthOf, levelsFrom, spanEnd } from '../market-data.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { HtxAccount } from './account.ts';
import { dataOf } from './classify.ts';
import { INTERVALS, SPOT, SWAP } from './endpoints.ts';
import type { HtxRequests } from './requests.ts';

/** "depth": these, or all 150 levels without it. */
const DEPTHS = [5, 10, 20] as const;
/** "step20, use step6" of contracts. */
const SHORT_DEPTH = 20;
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
    const body =
      instrument.kind === 'spot'
        ? await this.#requests.read(SPOT.book, { symbol: venueSymbol, ...spotDepth(depth) }, 'poll')
        : await this.#requests.read(
            SWAP.book,
            { contract_code: venueSymbol, type: depth > SHORT_DEPTH ? 'step0' : 'step6' },
            'poll',
          );
    return bookFrom(body, instrument, depth, this.#clock.localNow());
  }

  async trades(
    { instrument, venueSymbol }: ListedInstrument,
    limit: number,
  ): Promise<readonly PublicTrade[]> {
    const size = { size: String(Math.min(limit, MOST_TRADES)) };
    const body =
      instrument.kind === 'spot'
        ? await this.#requests.read(SPOT.publicTrades, { symbol: venueSymbol, ...size }, 'poll')
        : await this.#requests.read(SWAP.publicTrades, { contract_code: venueSymbol, ...size }, 'poll');
    return tradesFrom(body, instrument).slice(-limit);
  }

  async candles(
    listed: ListedInstrument,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const period = INTERVALS[interval];
    if (period === null) throw new ReadFailure(`the venue has no candles of ${interval}`, 'not_listed');
    return listed.instrument.kind === 'spot'
      ? this.#spotCandles(listed, interval, period, span)
      : this.#contractCandles(listed, interval, period, span);
  }

  /** No span can be asked for: the newest are read, and those of the span are taken from them. */
  async #spotCandles(
    { instrument, venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    period: string,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const limit = Math.min(span.limit, MOST_CANDLES);
    const isNewest = span.since === null && span.until === null;
    const size = String(isNewest ? limit : MOST_CANDLES);
    const body = await this.#requests.read(SPOT.candles, { symbol: venueSymbol, period, size }, 'poll');
    const end = spanEnd(span, interval, limit);
    return candlesFrom(body, instrument, interval, this.#clock.now())
      .filter(
        ({ openedAt }) =>
          (span.since === null || openedAt >= span.since) && (end === null || openedAt <= end),
      )
      .slice(-limit);
  }

  /** Both ends of a span are seconds, and a count overrides them. */
  async #contractCandles(
    { instrument, venueSymbol }: ListedInstrument,
    interval: CandleInterval,
    period: string,
    span: CandleSpan,
  ): Promise<readonly Candle[]> {
    const now = this.#clock.now();
    const limit = Math.min(span.limit, MOST_CANDLES);
    const end = Math.min(spanEnd(span, interval, limit) ?? now, now);
    const start = span.since ?? end - limit * lengthOf(interval);
    const asked = { from: String(Math.floor(start / 1_000)), to: String(Math.ceil(end / 1_000)) };
    const body = await this.#requests.read(
      SWAP.candles,
      { contract_code: venueSymbol, period, ...asked },
      'poll',
    );
    return candlesFrom(body, instrument, interval, now)
      .filter(({ openedAt }) => openedAt >= start && openedAt <= end)
      .slice(span.since === null ? -limit : 0, span.since === null ? undefined : limit);
  }

  async dayFigures({ instrument, venueSymbol }: ListedInstrument): Promise<DayFigures> {
    const body =
      instrument.kind === 'spot'
        ? await this.#requests.read(SPOT.ticker, { symbol: venueSymbol }, 'poll')
        : await this.#requests.read(SWAP.ticker, { contract_code: venueSymbol }, 'poll');
    return dayFiguresFrom(body, instrument);
  }
}

function spotDepth(depth: number): Parameters {
  const enough = DEPTHS.find((one) => one >= depth);
  return { type: 'step0', ...(enough === undefined ? {} : { depth: String(enough) }) };
}

/** The one content of an answer about one instrument. */
export function tickOf(body: JsonValue): JsonObject {
  return asObject(asObject(body, 'answer')['tick'], 'tick');
}

export function bookFrom(
  body: JsonValue,
  instrument: Instrument,
  depth: number,
  receivedAt: TimeMs,
): OrderBook {
  const tick = tickOf(body);
  return {
    symbol: instrument.symbol,
    bids: levelsFrom(tick['bids'], depth, instrument),
    asks: levelsFrom(tick['asks'], depth, instrument),
    venueAt: wholeNumber(tick, 'ts'),
    receivedAt,
  };
}

const DIRECTIONS = { buy: 'buy', sell: 'sell' } as const;

/** "Sum of both buy and sell sides": what was traded of contracts counts twice. */
const SIDES: Readonly<Record<InstrumentKind, Decimal>> = {
  spot: Decimal.one,
  linear_swap: Decimal.fromInteger(2),
};
/** Digits of what is halved, rounded half to even. */
const HALF_SCALE = 18;

function ofOneSide(amount: Decimal, { kind }: Instrument): Decimal {
  return amount.divide(SIDES[kind], HALF_SCALE, 'half_even');
}

/** Groups of trades, newest first, each with its trades. */
export function tradesFrom(body: JsonValue, instrument: Instrument): readonly PublicTrade[] {
  const isSpot = instrument.kind === 'spot';
  return asArray(dataOf(body), 'groups')
    .flatMap((group) => asArray(asObject(group, 'group')['data'], 'trades'))
    .map((item) => {
      const trade = asObject(item, 'trade');
      const amount = fromContracts(instrument, figure(trade, 'amount'));
      return {
        tradeId: text(trade, isSpot ? 'trade-id' : 'id'),
        price: figure(trade, 'price'),
        quantity: ofOneSide(amount, instrument),
        takerSide: word(trade, 'direction', DIRECTIONS),
        executedAt: wholeNumber(trade, 'ts'),
      };
    })
    .toReversed();
}

/** `amount` is in the base coin of both; what was paid is `vol` of spot, which of contracts counts them. */
const DAY_KEYS = {
  spot: { last: 'close', open: 'open', high: 'high', low: 'low', volume: 'amount', quoteVolume: 'vol' },
  linear_swap: {
    last: 'close',
    open: 'open',
    high: 'high',
    low: 'low',
    volume: 'amount',
    quoteVolume: 'trade_turnover',
  },
} as const;
/** Digits of a percentage that is computed here, rounded half to even. */
const PERCENT_SCALE = 6;
const HUNDRED = Decimal.fromInteger(100);

export function dayFiguresFrom(body: JsonValue, instrument: Instrument): DayFigures {
  const figures = dayFiguresOf(tickOf(body), DAY_KEYS[instrument.kind], {
    changePercent: null,
    closesAt: null,
  });
  const { change, open, volume, quoteVolume } = figures;
  const changePercent =
    change === null || open === null
      ? null
      : change.multiply(HUNDRED).divide(open, PERCENT_SCALE, 'half_even');
  return {
    ...figures,
    volume: volume === null ? null : ofOneSide(volume, instrument),
    quoteVolume: quoteVolume === null ? null : ofOneSide(quoteVolume, instrument),
    changePercent,
  };
}

/** `id` is the second in which a candle opens; of spot the newest come first. */
export function candlesFrom(
  body: JsonValue,
  instrument: Instrument,
  interval: CandleInterval,
  venueNow: TimeMs,
): readonly Candle[] {
  const { quoteVolume } = DAY_KEYS[instrument.kind];
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
        volume: ofOneSide(figure(candle, 'amount'), instrument),
        quoteVolume: ofOneSide(figure(candle, quoteVolume), instrument),
        trades: wholeNumber(candle, 'count'),
        isComplete: venueNow > closesAt,
      };
    })
    .toSorted((left, right) => left.openedAt - right.openedAt);
}
