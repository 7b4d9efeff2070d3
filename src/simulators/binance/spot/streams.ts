/**
 * Spot market streams: trade, aggTrade, kline, ticker, miniTicker, bookTicker, partial and diff depth, avgPrice.
 *
 * Entry point: `spotTopic` gives the behaviour of a stream name. Source: web-socket-streams.md of
 * binance-spot-api-docs.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { ExchangeEvent } from '../../exchange/event.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import { DepthChanges } from '../depth-changes.ts';
import { eight } from '../figures.ts';
import { intervalNamed } from '../intervals.ts';
import type { Topic } from '../market-streams.ts';
import type { AveragePrices } from './average-price.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import { bestOf, depthJson, spotDay } from './market-data.ts';
import { SPOT_SYMBOLS, spotSymbol, type SpotSymbol } from './symbols.ts';

export type SpotTopicSettings = {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
  readonly averagePrices: AveragePrices;
};

type TradeEvent = Extract<ExchangeEvent, { kind: 'trade' }>;

/** The behaviour of a stream name such as `btcusdt@depth@100ms`; undefined for an unknown one. */
export function spotTopic(settings: SpotTopicSettings, name: string): Topic | undefined {
  if (name === '!miniTicker@arr') return allTickers(settings, miniTicker);
  if (name === '!ticker@arr') return allTickers(settings, ticker);
  const [lowerId = '', stream = '', speed] = name.split('@');
  if (lowerId !== lowerId.toLowerCase()) return undefined;
  const symbol = spotSymbol(lowerId.toUpperCase());
  if (symbol === undefined) return undefined;
  if (stream.startsWith('kline_')) return klineTopic(settings, symbol, stream.slice('kline_'.length));
  const partial = /^depth(5|10|20)$/.exec(stream);
  const depthEveryMs = speed === '100ms' ? 100 : 1000;
  if (partial !== null)
    return {
      everyMs: depthEveryMs,
      onTick: () => depthJson(settings.exchange, symbol, Number(partial[1])),
    };
  switch (stream) {
    case 'trade':
      return tradeTopic(symbol, tradeJson);
    case 'aggTrade':
      return tradeTopic(symbol, aggregateTradeJson);
    case 'ticker':
      return { everyMs: 1000, onTick: (nowMs) => ticker(settings, symbol, nowMs) };
    case 'miniTicker':
      return { everyMs: 1000, onTick: (nowMs) => miniTicker(settings, symbol, nowMs) };
    case 'bookTicker':
      return bookTickerTopic(settings.exchange, symbol);
    case 'avgPrice':
      return { everyMs: 1000, onTick: (nowMs) => averagePrice(settings, symbol, nowMs) };
    case 'depth':
      return depthTopic(symbol, depthEveryMs);
    default:
      return undefined;
  }
}

function tradeTopic(symbol: SpotSymbol, json: (symbol: SpotSymbol, event: TradeEvent) => unknown): Topic {
  const unified = unifiedSpotSymbol(symbol);
  return {
    onEvent: (event) =>
      event.kind === 'trade' && event.symbol === unified ? json(symbol, event) : undefined,
  };
}

function tradeJson(symbol: SpotSymbol, event: TradeEvent): unknown {
  return {
    e: 'trade',
    E: event.at,
    s: symbol.id,
    t: Number(event.tradeId),
    p: eight(event.price),
    q: eight(event.quantity),
    T: event.at,
    m: event.takerSide === 'sell',
    M: true,
  };
}

function aggregateTradeJson(symbol: SpotSymbol, event: TradeEvent): unknown {
  return {
    e: 'aggTrade',
    E: event.at,
    s: symbol.id,
    a: Number(event.tradeId),
    p: eight(event.price),
    q: eight(event.quantity),
    f: Number(event.tradeId),
    l: Number(event.tradeId),
    T: event.at,
    m: event.takerSide === 'sell',
    M: true,
  };
}

function klineTopic(settings: SpotTopicSettings, symbol: SpotSymbol, name: string): Topic | undefined {
  const interval = intervalNamed(name);
  if (interval === undefined) return undefined;
  const unified = unifiedSpotSymbol(symbol);
  let openAt = 0;
  const show = (at: number, closed: boolean, nowMs: number): unknown => {
    const [candle] = settings.history.candles(unified, interval, { endMs: at, limit: 1 }, nowMs);
    if (candle === undefined) return undefined;
    openAt = candle.openAt;
    return {
      e: 'kline',
      E: nowMs,
      s: symbol.id,
      k: {
        t: candle.openAt,
        T: candle.closeAt,
        s: symbol.id,
        i: name,
        f: candle.trades === 0 ? -1 : 0,
        L: candle.trades === 0 ? -1 : candle.trades - 1,
        o: eight(candle.open),
        c: eight(candle.close),
        h: eight(candle.high),
        l: eight(candle.low),
        v: eight(candle.volume),
        n: candle.trades,
        x: closed,
        q: eight(candle.quoteVolume),
        V: eight(candle.takerBuyVolume),
        Q: eight(candle.takerBuyQuoteVolume),
        B: '0',
      },
    };
  };
  return {
    everyMs: 1000,
    onTick: (nowMs) => {
      const [current] = settings.history.candles(unified, interval, { limit: 1 }, nowMs);
      // A candle that ended since the last tick is shown once more, closed, before its successor.
      if (current !== undefined && openAt !== 0 && current.openAt > openAt) {
        const closed = show(openAt, true, nowMs);
        openAt = current.openAt;
        return closed;
      }
      return show(nowMs, false, nowMs);
    },
  };
}

function miniTicker(settings: SpotTopicSettings, symbol: SpotSymbol, nowMs: number): unknown {
  const day = spotDay(settings.history, symbol, nowMs);
  if (day === null) return undefined;
  return {
    e: '24hrMiniTicker',
    E: nowMs,
    s: symbol.id,
    c: eight(day.figures.last),
    o: eight(day.figures.open),
    h: eight(day.figures.high),
    l: eight(day.figures.low),
    v: eight(day.figures.volume),
    q: eight(day.figures.quoteVolume),
  };
}

function ticker(settings: SpotTopicSettings, symbol: SpotSymbol, nowMs: number): unknown {
  const day = spotDay(settings.history, symbol, nowMs);
  if (day === null) return undefined;
  const best = bestOf(settings.exchange, symbol);
  const { figures } = day;
  return {
    e: '24hrTicker',
    E: nowMs,
    s: symbol.id,
    p: day.change,
    P: day.changePercent,
    w: day.weightedAverage,
    x: eight(figures.open),
    c: eight(figures.last),
    Q: eight(figures.lastQuantity),
    b: best.bidPrice,
    B: best.bidQuantity,
    a: best.askPrice,
    A: best.askQuantity,
    o: eight(figures.open),
    h: eight(figures.high),
    l: eight(figures.low),
    v: eight(figures.volume),
    q: eight(figures.quoteVolume),
    O: figures.openAt,
    C: figures.closeAt,
    F: figures.firstTradeId,
    L: figures.lastTradeId,
    n: figures.trades,
  };
}

function allTickers(
  settings: SpotTopicSettings,
  show: (settings: SpotTopicSettings, symbol: SpotSymbol, nowMs: number) => unknown,
): Topic {
  return {
    everyMs: 1000,
    onTick: (nowMs) => SPOT_SYMBOLS.map((symbol) => show(settings, symbol, nowMs)),
  };
}

function bookTickerTopic(exchange: Exchange, symbol: SpotSymbol): Topic {
  const unified = unifiedSpotSymbol(symbol);
  let shown = '';
  return {
    onEvent: (event) => {
      if (event.kind !== 'book' || event.symbol !== unified) return undefined;
      const best = bestOf(exchange, symbol);
      const top = `${best.bidPrice} ${best.bidQuantity} ${best.askPrice} ${best.askQuantity}`;
      if (top === shown) return undefined;
      shown = top;
      return {
        u: best.updateId,
        s: symbol.id,
        b: best.bidPrice,
        B: best.bidQuantity,
        a: best.askPrice,
        A: best.askQuantity,
      };
    },
  };
}

function averagePrice(settings: SpotTopicSettings, symbol: SpotSymbol, nowMs: number): unknown {
  const average = settings.averagePrices.of(unifiedSpotSymbol(symbol), nowMs);
  return {
    e: 'avgPrice',
    E: nowMs,
    s: symbol.id,
    i: '5m',
    w: eight(average.price),
    T: average.closeTimeMs,
  };
}

function depthTopic(symbol: SpotSymbol, everyMs: number): Topic {
  const unified = unifiedSpotSymbol(symbol);
  const changes = new DepthChanges();
  return {
    everyMs,
    onEvent: (event) => {
      if (event.kind === 'book' && event.symbol === unified) changes.add(event);
      return undefined;
    },
    onTick: (nowMs) => {
      if (changes.empty) return undefined;
      const message = {
        e: 'depthUpdate',
        E: nowMs,
        s: symbol.id,
        U: changes.first,
        u: changes.last,
        b: [...changes.bids.values()].map(([price, quantity]) => [eight(price), eight(quantity)]),
        a: [...changes.asks.values()].map(([price, quantity]) => [eight(price), eight(quantity)]),
      };
      changes.clear();
      return message;
    },
  };
}
