/**
 * Market streams that spot and futures share: what a topic sends, and when. A product names its streams and their
 * periods in its own folder and adds the fields that the other has not.
 */
import type { TradeEvent } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Candle, MarketHistory } from '../market/market-history.ts';
import { candleTopic, type CandleTopic } from '../market/market-topics.ts';
import { intervalNamed } from './intervals.ts';
import type { Listing } from './listing.ts';
import { bestOf, dayOf, type Best } from './market-data.ts';
import type { Topic } from '../wire/topics.ts';

/** The fields of a trade message that both products have. */
export function tradeJson(listing: Listing, event: TradeEvent): Record<string, unknown> {
  return {
    e: 'trade',
    E: event.at,
    s: listing.id,
    t: Number(event.tradeId),
    p: listing.price(event.price),
    q: listing.quantity(event.quantity),
    T: event.at,
    m: event.takerSide === 'sell',
  };
}

export type KlineTopic = CandleTopic<KlineMessage>;

type KlineMessage = { readonly k: Readonly<Record<string, unknown>> };

/** Undefined for an interval that is not served. */
export function klineTopic(
  history: MarketHistory,
  listing: Listing,
  name: string,
  everyMs: number,
): KlineTopic | undefined {
  const interval = intervalNamed(name);
  if (interval === undefined) return undefined;
  return candleTopic(history, listing.unified, interval, everyMs, (candle, isClosed, nowMs) =>
    klineMessage(listing, name, candle, isClosed, nowMs),
  );
}

function klineMessage(
  listing: Listing,
  interval: string,
  candle: Candle,
  isClosed: boolean,
  nowMs: number,
): KlineMessage & Record<string, unknown> {
  return {
    e: 'kline',
    E: nowMs,
    s: listing.id,
    k: {
      t: candle.openAt,
      T: candle.closeAt,
      s: listing.id,
      i: interval,
      f: candle.trades === 0 ? -1 : 0,
      L: candle.trades === 0 ? -1 : candle.trades - 1,
      o: listing.price(candle.open),
      c: listing.price(candle.close),
      h: listing.price(candle.high),
      l: listing.price(candle.low),
      v: listing.quantity(candle.volume),
      n: candle.trades,
      x: isClosed,
      q: listing.amount(candle.quoteVolume),
      V: listing.quantity(candle.takerBuyVolume),
      Q: listing.amount(candle.takerBuyQuoteVolume),
      B: '0',
    },
  };
}

/** Undefined while nothing is known of the symbol. */
export function miniTicker(history: MarketHistory, listing: Listing, nowMs: number): unknown {
  const figures = dayOf(history, listing, nowMs)?.figures;
  if (figures === undefined) return undefined;
  return {
    e: '24hrMiniTicker',
    E: nowMs,
    s: listing.id,
    c: listing.price(figures.last),
    o: listing.price(figures.open),
    h: listing.price(figures.high),
    l: listing.price(figures.low),
    v: listing.quantity(figures.volume),
    q: listing.turnover(figures.quoteVolume),
  };
}

/** Spot shows the `best` of the book in it too; undefined while nothing is known of the symbol. */
export function ticker(history: MarketHistory, listing: Listing, nowMs: number, best: Best | null): unknown {
  const day = dayOf(history, listing, nowMs);
  if (day === null) return undefined;
  const { figures } = day;
  return {
    e: '24hrTicker',
    E: nowMs,
    s: listing.id,
    p: day.change,
    P: day.changePercent,
    w: day.weightedAverage,
    ...(best === null ? {} : { x: listing.price(figures.open) }),
    c: listing.price(figures.last),
    Q: listing.quantity(figures.lastQuantity),
    ...(best === null ? {} : bestFields(best)),
    o: listing.price(figures.open),
    h: listing.price(figures.high),
    l: listing.price(figures.low),
    v: listing.quantity(figures.volume),
    q: listing.turnover(figures.quoteVolume),
    O: figures.openAt,
    C: figures.closeAt,
    F: figures.firstTradeId,
    L: figures.lastTradeId,
    n: figures.trades,
  };
}

/** One message with an entry for each symbol that anything is known of. */
export function allOf(
  listings: readonly Listing[],
  everyMs: number,
  show: (listing: Listing, nowMs: number) => unknown,
): Topic {
  return {
    everyMs,
    onTick: (nowMs) => listings.map((listing) => show(listing, nowMs)).filter((shown) => shown !== undefined),
  };
}

/** Whenever the best of one of the books changes. `json` words it. */
export function bookTickerTopic(
  exchange: Exchange,
  listings: readonly Listing[],
  json: (listing: Listing, best: Best, at: number) => unknown,
): Topic {
  const byUnified = new Map(listings.map((listing) => [listing.unified, listing]));
  const shown = new Map<string, string>();
  return {
    onEvent: (event) => {
      if (event.kind !== 'book') return undefined;
      const listing = byUnified.get(event.symbol);
      if (listing === undefined) return undefined;
      const best = bestOf(exchange, listing);
      const top = topOf(best);
      if (top === shown.get(listing.id)) return undefined;
      shown.set(listing.id, top);
      return json(listing, best, event.at);
    },
  };
}

export function bestFields(best: Best): Record<string, unknown> {
  return { b: best.bidPrice, B: best.bidQuantity, a: best.askPrice, A: best.askQuantity };
}

function topOf({ bidPrice, bidQuantity, askPrice, askQuantity }: Best): string {
  return [bidPrice, bidQuantity, askPrice, askQuantity].join(' ');
}
