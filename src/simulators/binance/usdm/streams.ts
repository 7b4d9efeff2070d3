/**
 * USD-M market streams: aggTrade, trade, markPrice, kline, ticker, miniTicker, bookTicker, partial and diff depth.
 *
 * Entry point: `usdmTopic` gives the behaviour of a stream name. Source: "Websocket Market Streams" of the USD-M futures
 * documentation.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { ExchangeEvent } from '../../exchange/event.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import { DepthChanges } from '../depth-changes.ts';
import { fixed } from '../figures.ts';
import { intervalNamed } from '../intervals.ts';
import type { Topic } from '../market-streams.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { levelJson, usdmBest, usdmDay } from './market-data.ts';
import { priceText, quantityText } from './orders.ts';
import { USDM_SYMBOLS, usdmSymbol, type UsdmSymbol } from './symbols.ts';

export type UsdmTopicSettings = { readonly exchange: Exchange; readonly history: MarketHistory };

type TradeEvent = Extract<ExchangeEvent, { kind: 'trade' }>;
type Show = (settings: UsdmTopicSettings, symbol: UsdmSymbol, nowMs: number) => unknown;

/** The behaviour of a stream name such as `btcusdt@markPrice@1s`; undefined for an unknown one. */
export function usdmTopic(settings: UsdmTopicSettings, name: string): Topic | undefined {
  const [target = '', stream = '', speed] = name.split('@');
  if (target === '!miniTicker') return allOf(settings, 1000, miniTicker);
  if (target === '!ticker') return allOf(settings, 1000, ticker);
  if (target === '!markPrice') return allOf(settings, speed === '1s' ? 1000 : 3000, markPrice);
  if (target === '!bookTicker') return bookTickerTopic(settings.exchange, USDM_SYMBOLS);
  if (target !== target.toLowerCase()) return undefined;
  const symbol = usdmSymbol(target.toUpperCase());
  if (symbol === undefined) return undefined;
  if (stream.startsWith('kline_')) return klineTopic(settings, symbol, stream.slice('kline_'.length));
  const depth = /^depth(5|10|20)?$/.exec(stream);
  if (depth !== null) {
    const everyMs = speed === '100ms' ? 100 : speed === '500ms' ? 500 : 250;
    return depthTopic(settings.exchange, symbol, everyMs, depth[1] === undefined ? null : Number(depth[1]));
  }
  switch (stream) {
    case 'trade':
      return tradeTopic(symbol, tradeJson);
    case 'aggTrade':
      return tradeTopic(symbol, aggregateTradeJson);
    case 'markPrice':
      return { everyMs: speed === '1s' ? 1000 : 3000, onTick: (nowMs) => markPrice(settings, symbol, nowMs) };
    case 'ticker':
      return { everyMs: 2000, onTick: (nowMs) => ticker(settings, symbol, nowMs) };
    case 'miniTicker':
      return { everyMs: 2000, onTick: (nowMs) => miniTicker(settings, symbol, nowMs) };
    case 'bookTicker':
      return bookTickerTopic(settings.exchange, [symbol]);
    default:
      return undefined;
  }
}

function allOf(settings: UsdmTopicSettings, everyMs: number, show: Show): Topic {
  return { everyMs, onTick: (nowMs) => USDM_SYMBOLS.map((symbol) => show(settings, symbol, nowMs)) };
}

function tradeTopic(symbol: UsdmSymbol, json: (symbol: UsdmSymbol, event: TradeEvent) => unknown): Topic {
  const unified = unifiedUsdmSymbol(symbol);
  return {
    onEvent: (event) =>
      event.kind === 'trade' && event.symbol === unified ? json(symbol, event) : undefined,
  };
}

function tradeJson(symbol: UsdmSymbol, event: TradeEvent): unknown {
  return {
    e: 'trade',
    E: event.at,
    T: event.at,
    s: symbol.id,
    t: Number(event.tradeId),
    p: priceText(symbol, event.price),
    q: quantityText(symbol, event.quantity),
    X: 'MARKET',
    m: event.takerSide === 'sell',
  };
}

function aggregateTradeJson(symbol: UsdmSymbol, event: TradeEvent): unknown {
  return {
    e: 'aggTrade',
    E: event.at,
    s: symbol.id,
    a: Number(event.tradeId),
    p: priceText(symbol, event.price),
    q: quantityText(symbol, event.quantity),
    nq: quantityText(symbol, event.quantity),
    f: Number(event.tradeId),
    l: Number(event.tradeId),
    T: event.at,
    m: event.takerSide === 'sell',
  };
}

function markPrice(settings: UsdmTopicSettings, symbol: UsdmSymbol, nowMs: number): unknown {
  const market = settings.exchange.market(unifiedUsdmSymbol(symbol));
  if (market === null) return undefined;
  const mark = fixed(market.markPrice, 8);
  return {
    e: 'markPriceUpdate',
    E: nowMs,
    s: symbol.id,
    p: mark,
    i: mark,
    P: mark,
    r: fixed(market.fundingRate, 8),
    T: market.nextFundingAt,
  };
}

function miniTicker(settings: UsdmTopicSettings, symbol: UsdmSymbol, nowMs: number): unknown {
  const day = usdmDay(settings.history, symbol, nowMs);
  if (day === null) return undefined;
  return {
    e: '24hrMiniTicker',
    E: nowMs,
    s: symbol.id,
    c: priceText(symbol, day.figures.last),
    o: priceText(symbol, day.figures.open),
    h: priceText(symbol, day.figures.high),
    l: priceText(symbol, day.figures.low),
    v: quantityText(symbol, day.figures.volume),
    q: fixed(day.figures.quoteVolume, 2),
  };
}

function ticker(settings: UsdmTopicSettings, symbol: UsdmSymbol, nowMs: number): unknown {
  const day = usdmDay(settings.history, symbol, nowMs);
  if (day === null) return undefined;
  const { figures } = day;
  return {
    e: '24hrTicker',
    E: nowMs,
    s: symbol.id,
    p: day.change,
    P: day.changePercent,
    w: day.weightedAverage,
    c: priceText(symbol, figures.last),
    Q: quantityText(symbol, figures.lastQuantity),
    o: priceText(symbol, figures.open),
    h: priceText(symbol, figures.high),
    l: priceText(symbol, figures.low),
    v: quantityText(symbol, figures.volume),
    q: fixed(figures.quoteVolume, 2),
    O: figures.openAt,
    C: figures.closeAt,
    F: figures.firstTradeId,
    L: figures.lastTradeId,
    n: figures.trades,
  };
}

function klineTopic(settings: UsdmTopicSettings, symbol: UsdmSymbol, name: string): Topic | undefined {
  const interval = intervalNamed(name);
  if (interval === undefined) return undefined;
  const unified = unifiedUsdmSymbol(symbol);
  let openAt = 0;
  return {
    everyMs: 250,
    onTick: (nowMs) => {
      const latest = settings.history.candles(unified, interval, { limit: 2 }, nowMs);
      const current = latest.at(-1);
      const former = latest.at(-2);
      if (current === undefined) return undefined;
      // A candle that ended since the last tick is shown once more, closed, before its successor.
      const closing = former !== undefined && openAt === former.openAt;
      openAt = current.openAt;
      const shown = closing ? former : current;
      return {
        e: 'kline',
        E: nowMs,
        s: symbol.id,
        k: {
          t: shown.openAt,
          T: shown.closeAt,
          s: symbol.id,
          i: name,
          f: shown.trades === 0 ? -1 : 0,
          L: shown.trades === 0 ? -1 : shown.trades - 1,
          o: priceText(symbol, shown.open),
          c: priceText(symbol, shown.close),
          h: priceText(symbol, shown.high),
          l: priceText(symbol, shown.low),
          v: quantityText(symbol, shown.volume),
          n: shown.trades,
          x: closing,
          q: fixed(shown.quoteVolume, 5),
          V: quantityText(symbol, shown.takerBuyVolume),
          Q: fixed(shown.takerBuyQuoteVolume, 5),
          B: '0',
        },
      };
    },
  };
}

function bookTickerTopic(exchange: Exchange, symbols: readonly UsdmSymbol[]): Topic {
  const byUnified = new Map(symbols.map((symbol) => [unifiedUsdmSymbol(symbol), symbol]));
  const shown = new Map<string, string>();
  return {
    onEvent: (event) => {
      if (event.kind !== 'book') return undefined;
      const symbol = byUnified.get(event.symbol);
      if (symbol === undefined) return undefined;
      const best = usdmBest(exchange, symbol);
      const top = `${best.bidPrice} ${best.bidQuantity} ${best.askPrice} ${best.askQuantity}`;
      if (top === shown.get(symbol.id)) return undefined;
      shown.set(symbol.id, top);
      return {
        e: 'bookTicker',
        u: best.updateId,
        E: event.at,
        T: event.at,
        s: symbol.id,
        b: best.bidPrice,
        B: best.bidQuantity,
        a: best.askPrice,
        A: best.askQuantity,
      };
    },
  };
}

/** `levels` null sends the changes, else the best so many of each side whenever something changed. */
function depthTopic(exchange: Exchange, symbol: UsdmSymbol, everyMs: number, levels: number | null): Topic {
  const unified = unifiedUsdmSymbol(symbol);
  const changes = new DepthChanges();
  let before = 0;
  return {
    everyMs,
    onEvent: (event) => {
      if (event.kind === 'book' && event.symbol === unified) changes.add(event);
      return undefined;
    },
    onTick: (nowMs) => {
      if (changes.empty) return undefined;
      const book = levels === null ? null : exchange.book(unified, levels);
      const show = (side: Iterable<readonly [Decimal, Decimal]>): unknown[] =>
        [...side].map((level) => levelJson(symbol, level));
      const message = {
        e: 'depthUpdate',
        E: nowMs,
        T: nowMs,
        s: symbol.id,
        U: changes.first,
        u: changes.last,
        pu: before === 0 ? changes.first - 1 : before,
        b: show(book?.bids ?? changes.bids.values()),
        a: show(book?.asks ?? changes.asks.values()),
      };
      before = changes.last;
      changes.clear();
      return message;
    },
  };
}
