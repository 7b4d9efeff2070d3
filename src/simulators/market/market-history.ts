/**
 * The past for a venue's public market data: candles and the figures of the last 24 hours.
 *
 * Entry points: `MarketHistory.candles`, `day`, `since`. Live minutes are folded from the exchange's trades and kept
 * for two days. Everything before the first live minute is a made-up past: a smooth seeded curve that meets the live
 * price, asked at any time, stored nowhere. It does not survive a restart: the curve then meets the price of the restart.
 * A market that is made elsewhere has no made-up past: its candles begin with its first trade.
 * The curve is drawn in floats (a chart, not money) and put on the instrument's grid; live figures are exact.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { VenueContext } from '../venue-protocol.ts';

const MINUTE_MS = 60_000;
const KEPT_MINUTES = 2 * 24 * 60;
const DAY_MINUTES = 24 * 60;
/** Points at which the curve is looked at inside one made-up candle, for its high and low. */
const SAMPLES = 12;

export interface Candle {
  readonly openAt: number;
  /** The last millisecond of the candle. */
  readonly closeAt: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  /** In units of quantity. */
  readonly volume: Decimal;
  readonly quoteVolume: Decimal;
  readonly trades: number;
  readonly takerBuyVolume: Decimal;
  readonly takerBuyQuoteVolume: Decimal;
}

/** The figures of a time that ends now, such as the last 24 hours. */
export interface DayFigures {
  readonly openAt: number;
  readonly closeAt: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly last: Decimal;
  readonly lastQuantity: Decimal;
  readonly volume: Decimal;
  readonly quoteVolume: Decimal;
  readonly trades: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/** A candle length: a fixed number of ms, or a calendar month (UTC). Weeks begin on Monday. */
export type CandleInterval = { readonly ms: number } | 'month';

export interface CandleQuery {
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit: number;
}

interface Live {
  readonly instrument: Instrument;
  /** The first minute that live trades may fall in; infinite until the first trade, where no past is made up. */
  since: number;
  /** Where the made-up past ends; null: there is none. */
  readonly anchorPrice: number | null;
  /** By minute number, oldest first; minutes without a trade are absent. */
  readonly minutes: Map<number, Candle>;
  lastPrice: Decimal;
  lastQuantity: Decimal;
  lastTradeId: number;
}

/** Thursday 1 January 1970 was the fourth day of a week that begins on Monday. */
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
const MONDAY_OFFSET_MS = 4 * 24 * 60 * MINUTE_MS;

/** The history of a venue's exchange, for as long as the venue runs. */
export function historyOf({
  exchange,
  clock,
  signal,
}: Pick<VenueContext, 'exchange' | 'clock' | 'signal'>): MarketHistory {
  const history = new MarketHistory(exchange, clock.nowMs());
  signal.addEventListener('abort', () => history.close(), { once: true });
  return history;
}

export class MarketHistory {
  readonly #exchange: Exchange;
  readonly #live = new Map<string, Live>();
  readonly #seed: number;
  readonly #stop: () => void;

  /** Begins to follow `exchange` at `at` (ms since the epoch). */
  constructor(exchange: Exchange, at: number, seed = 1) {
    this.#exchange = exchange;
    this.#seed = seed;
    for (const instrument of exchange.instruments()) {
      const market = exchange.market(instrument.symbol);
      const lastPrice = market?.lastPrice ?? instrument.liquidity.startPrice;
      const hasPast = market?.isMadeElsewhere !== true;
      this.#live.set(instrument.symbol, {
        instrument,
        since: hasPast ? Math.floor(at / MINUTE_MS) : Number.POSITIVE_INFINITY,
        anchorPrice: hasPast ? lastPrice.toApproximateNumber() : null,
        minutes: new Map(),
        lastPrice,
        lastQuantity: instrument.minQuantity,
        lastTradeId: 0,
      });
    }
    this.#stop = exchange.subscribe((events) => {
      for (const event of events) {
        if (event.kind !== 'trade') continue;
        const live = this.#live.get(event.symbol);
        if (live !== undefined) fold(live, event);
      }
    });
  }

  /** Ends the subscription. */
  close(): void {
    this.#stop();
  }

  /**
   * Candles in time order up to the current one. With `startMs`: the oldest from there; else the latest up to `endMs`.
   * An unknown symbol has none.
   */
  candles(symbol: string, interval: CandleInterval, query: CandleQuery, nowMs: number): Candle[] {
    const live = this.#live.get(symbol);
    if (live === undefined || query.limit < 1) return [];
    const endMs = Math.min(query.endMs ?? nowMs, nowMs);
    let openAt: number;
    if (query.startMs !== undefined) {
      openAt = startOf(query.startMs, interval);
      if (openAt < query.startMs) openAt = nextStart(openAt, interval);
    } else {
      openAt = startOf(endMs, interval);
      for (let back = 1; back < query.limit; back += 1) openAt = startOf(openAt - 1, interval);
    }
    if (live.anchorPrice === null) openAt = Math.max(openAt, startOf(live.since * MINUTE_MS, interval));
    const candles: Candle[] = [];
    while (openAt <= endMs && candles.length < query.limit) {
      const next = nextStart(openAt, interval);
      candles.push(this.#candle(live, openAt, next, nowMs));
      openAt = next;
    }
    return candles;
  }

  /** The last 24 hours; null for an unknown symbol. */
  day(symbol: string, nowMs: number): DayFigures | null {
    const lastMinute = Math.floor(nowMs / MINUTE_MS);
    const figures = this.since(symbol, (lastMinute - DAY_MINUTES + 1) * MINUTE_MS, nowMs);
    return figures === null ? null : { ...figures, openAt: nowMs - DAY_MINUTES * MINUTE_MS };
  }

  /** From a whole minute until now, both in ms; null for an unknown symbol. */
  since(symbol: string, openAt: number, nowMs: number): DayFigures | null {
    const live = this.#live.get(symbol);
    if (live === undefined) return null;
    if (live.since === Number.POSITIVE_INFINITY)
      live.lastPrice = this.#exchange.market(symbol)?.lastPrice ?? live.lastPrice;
    const lastMinute = Math.floor(nowMs / MINUTE_MS);
    const whole = this.#candle(live, openAt, (lastMinute + 1) * MINUTE_MS, nowMs);
    return {
      openAt,
      closeAt: nowMs,
      open: whole.open,
      high: whole.high,
      low: whole.low,
      last: live.lastPrice,
      lastQuantity: live.lastQuantity,
      volume: whole.volume,
      quoteVolume: whole.quoteVolume,
      trades: whole.trades,
      firstTradeId: Math.max(0, live.lastTradeId - whole.trades + 1),
      lastTradeId: live.lastTradeId,
    };
  }

  #candle(live: Live, openAt: number, nextOpenAt: number, nowMs: number): Candle {
    const parts: Candle[] = [];
    const liveFrom = live.since * MINUTE_MS;
    if (openAt < liveFrom && live.anchorPrice !== null)
      parts.push(this.#past(live, live.anchorPrice, openAt, Math.min(nextOpenAt, liveFrom)));
    const firstMinute = Math.max(live.since, Math.floor(openAt / MINUTE_MS));
    const endMinute = Math.min(Math.ceil(nextOpenAt / MINUTE_MS), Math.floor(nowMs / MINUTE_MS) + 1);
    if (endMinute - firstMinute < live.minutes.size) {
      for (let minute = firstMinute; minute < endMinute; minute += 1) {
        const candle = live.minutes.get(minute);
        if (candle !== undefined) parts.push(candle);
      }
    } else {
      for (const [minute, candle] of live.minutes)
        if (minute >= firstMinute && minute < endMinute) parts.push(candle);
    }
    const closeAt = nextOpenAt - 1;
    const first = parts[0];
    if (first === undefined) return flat(this.#closeBefore(live, openAt), openAt, closeAt);
    let joined = { ...first, openAt, closeAt };
    for (const part of parts.slice(1)) joined = join(joined, part);
    return joined;
  }

  /** The last price before `at`: of the newest earlier minute with a trade, else where the past ends. */
  #closeBefore(live: Live, at: number): Decimal {
    let close: Decimal | null = null;
    for (const [minute, candle] of live.minutes) if (minute * MINUTE_MS < at) close = candle.close;
    return close ?? (live.anchorPrice === null ? live.lastPrice : onGrid(live, live.anchorPrice));
  }

  #past(live: Live, anchorPrice: number, fromMs: number, untilMs: number): Candle {
    const open = this.#curve(live, anchorPrice, fromMs);
    const close = this.#curve(live, anchorPrice, untilMs);
    let high = Math.max(open, close);
    let low = Math.min(open, close);
    for (let sample = 1; sample < SAMPLES; sample += 1) {
      const price = this.#curve(live, anchorPrice, fromMs + ((untilMs - fromMs) * sample) / SAMPLES);
      high = Math.max(high, price);
      low = Math.min(low, price);
    }
    const minutes = Math.max(1, Math.round((untilMs - fromMs) / MINUTE_MS));
    const busyness = 0.5 + hash(this.#seed, symbolNumber(live), Math.floor(fromMs / MINUTE_MS));
    const value = live.instrument.liquidity.levelNotional.toApproximateNumber() * 0.2 * busyness * minutes;
    const volume = onStep(live, value / ((open + close) / 2));
    const middle = onGrid(live, (open + close) / 2);
    const quoteVolume = volume.multiply(middle).multiply(live.instrument.contractSize);
    const half = Decimal.parse('0.5');
    return {
      openAt: fromMs,
      closeAt: untilMs - 1,
      open: onGrid(live, open),
      high: onGrid(live, high),
      low: onGrid(live, low),
      close: onGrid(live, close),
      volume,
      quoteVolume,
      trades: minutes * 20,
      takerBuyVolume: volume.multiply(half).roundToMultipleOf(live.instrument.quantityStep, 'down'),
      takerBuyQuoteVolume: quoteVolume.multiply(half),
    };
  }

  /** The made-up price at a time before the live ones: octaves of value noise around the price they end at. */
  #curve(live: Live, anchorPrice: number, atMs: number): number {
    const volatility = live.instrument.liquidity.volatilityPpm / 1_000_000;
    const anchorMs = live.since * MINUTE_MS;
    let wave = 0;
    let periodMs = MINUTE_MS;
    for (let octave = 0; octave < 14; octave += 1) {
      const size = volatility * Math.sqrt(periodMs / 1000);
      wave +=
        size * (this.#noise(live, octave, atMs / periodMs) - this.#noise(live, octave, anchorMs / periodMs));
      periodMs *= 2;
    }
    return anchorPrice * Math.exp(Math.max(-2, Math.min(2, wave * 0.3)));
  }

  #noise(live: Live, octave: number, position: number): number {
    const left = Math.floor(position);
    const share = position - left;
    const eased = share * share * (3 - 2 * share);
    const from = hash(this.#seed + octave * 101, symbolNumber(live), left);
    const to = hash(this.#seed + octave * 101, symbolNumber(live), left + 1);
    return (from + (to - from) * eased) * 2 - 1;
  }
}

function fold(
  live: Live,
  trade: {
    readonly at: number;
    readonly price: Decimal;
    readonly quantity: Decimal;
    readonly tradeId: string;
    readonly takerSide: 'buy' | 'sell';
  },
): void {
  const minute = Math.floor(trade.at / MINUTE_MS);
  const openAt = minute * MINUTE_MS;
  if (live.since === Number.POSITIVE_INFINITY) {
    live.since = minute;
    live.lastPrice = trade.price;
  }
  const cost = trade.price.multiply(trade.quantity).multiply(live.instrument.contractSize);
  const bought = trade.takerSide === 'buy';
  const single: Candle = {
    openAt,
    closeAt: openAt + MINUTE_MS - 1,
    open: trade.price,
    high: trade.price,
    low: trade.price,
    close: trade.price,
    volume: trade.quantity,
    quoteVolume: cost,
    trades: 1,
    takerBuyVolume: bought ? trade.quantity : Decimal.zero,
    takerBuyQuoteVolume: bought ? cost : Decimal.zero,
  };
  const known = live.minutes.get(minute);
  if (known === undefined) {
    const opened = { ...single, open: live.lastPrice };
    live.minutes.set(minute, {
      ...opened,
      high: opened.open.max(opened.high),
      low: opened.open.min(opened.low),
    });
    for (const old of live.minutes.keys()) {
      if (live.minutes.size <= KEPT_MINUTES) break;
      live.minutes.delete(old);
    }
  } else {
    live.minutes.set(minute, { ...join(known, single), openAt, closeAt: known.closeAt });
  }
  live.lastPrice = trade.price;
  live.lastQuantity = trade.quantity;
  const tradeId = Number(trade.tradeId);
  live.lastTradeId = Number.isSafeInteger(tradeId) ? tradeId : live.lastTradeId + 1;
}

/** `later` added to `earlier`; the outer times are those of `earlier`. */
function join(earlier: Candle, later: Candle): Candle {
  return {
    openAt: earlier.openAt,
    closeAt: earlier.closeAt,
    open: earlier.open,
    high: earlier.high.max(later.high),
    low: earlier.low.min(later.low),
    close: later.close,
    volume: earlier.volume.add(later.volume),
    quoteVolume: earlier.quoteVolume.add(later.quoteVolume),
    trades: earlier.trades + later.trades,
    takerBuyVolume: earlier.takerBuyVolume.add(later.takerBuyVolume),
    takerBuyQuoteVolume: earlier.takerBuyQuoteVolume.add(later.takerBuyQuoteVolume),
  };
}

function flat(price: Decimal, openAt: number, closeAt: number): Candle {
  return {
    openAt,
    closeAt,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: Decimal.zero,
    quoteVolume: Decimal.zero,
    trades: 0,
    takerBuyVolume: Decimal.zero,
    takerBuyQuoteVolume: Decimal.zero,
  };
}

/** Where the candle that holds `at` begins. */
function startOf(at: number, interval: CandleInterval): number {
  if (interval === 'month') {
    const date = new Date(at);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }
  const offset = interval.ms === WEEK_MS ? MONDAY_OFFSET_MS : 0;
  return Math.floor((at - offset) / interval.ms) * interval.ms + offset;
}

function nextStart(openAt: number, interval: CandleInterval): number {
  if (interval !== 'month') return openAt + interval.ms;
  const date = new Date(openAt);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

function onGrid(live: Live, price: number): Decimal {
  const tick = live.instrument.priceTick;
  return Decimal.parse(price.toFixed(12)).roundToMultipleOf(tick, 'half_even').max(tick);
}

function onStep(live: Live, quantity: number): Decimal {
  const step = live.instrument.quantityStep;
  return Decimal.parse(quantity.toFixed(12)).roundToMultipleOf(step, 'half_even').max(step);
}

function symbolNumber(live: Live): number {
  let number = 17;
  for (const character of live.instrument.symbol)
    number = (Math.imul(number, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return number;
}

/** A number of 0 up to 1 that depends on all three and on nothing else. */
function hash(seed: number, symbol: number, position: number): number {
  let value = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(symbol, 0xc2b2ae35);
  value =
    Math.imul(value ^ (position | 0), 0x27d4eb2f) ^ Math.imul(Math.floor(position / 2 ** 32), 0x165667b1);
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  value ^= value >>> 12;
  value = Math.imul(value, 0x297a2d39);
  value ^= value >>> 15;
  return (value >>> 0) / 2 ** 32;
}
