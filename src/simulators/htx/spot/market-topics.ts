/**
 * The topics of HTX's public spot stream: `market.{symbol}.bbo`, `.depth.step0` to `.step5`, `.mbp.refresh.{5,10,20}`, `.detail`, `.ticker`,
 * `.trade.detail` and `.kline.{period}`.
 *
 * Entry points: `marketTopic`, `answerTo`. Sources: the pages of these names in the spot documentation. Incremental books (`.mbp.{levels}`) are
 * not served.
 */
import { candleTopic, tradeTopic } from '../../market/market-topics.ts';
import type { Topic } from '../../wire/topics.ts';
import { plainNumber } from '../figures.ts';
import { listingNamed, type Listing } from '../instruments.ts';
import { intervalNamed } from '../intervals.ts';
import {
  candleTick,
  depthTick,
  detailTick,
  tickerJson,
  tradeTick,
  type MarketSettings,
} from './market-data.ts';
import type { Json } from './order-json.ts';

const EVERY_MS = { depth: 1_000, refresh: 100, detail: 1_000, candle: 1_000 } as const;
const DEPTH_TYPES = new Set(['step0', 'step1', 'step2', 'step3', 'step4', 'step5']);
const DEPTH_LEVELS = 150;

/** The topic of this name; undefined where the venue has none. */
export function marketTopic(settings: MarketSettings, ch: string): Topic | undefined {
  const [market, id = '', kind, ...rest] = ch.split('.');
  const listing = listingNamed('spot', id);
  if (market !== 'market' || listing === undefined) return undefined;
  const name = rest.join('.');
  const timed = (everyMs: number, tick: (nowMs: number) => Json): Topic => ({
    everyMs,
    onTick: (nowMs) => ({ ch, ts: nowMs, tick: tick(nowMs) }),
  });
  switch (kind) {
    case 'bbo':
      return name === '' ? bestTopic(settings, listing, ch) : undefined;
    case 'depth':
      return DEPTH_TYPES.has(name)
        ? timed(EVERY_MS.depth, (nowMs) => depthTick(settings.exchange, listing, DEPTH_LEVELS, nowMs))
        : undefined;
    case 'mbp': {
      const [, count] = /^refresh\.(5|10|20)$/.exec(name) ?? [];
      if (count === undefined) return undefined;
      return timed(EVERY_MS.refresh, (nowMs) => {
        const { version, bids, asks } = depthTick(settings.exchange, listing, Number(count), nowMs);
        return { seqNum: version, bids, asks };
      });
    }
    case 'detail':
      return timed(EVERY_MS.detail, (nowMs) => detailTick(settings, listing, nowMs));
    case 'ticker':
      return timed(EVERY_MS.detail, (nowMs) => {
        const { symbol: _symbol, ...tick } = tickerJson(settings, listing, nowMs);
        return { ...tick, lastPrice: tick['close'], lastSize: 0 };
      });
    case 'trade':
      return name === 'detail'
        ? tradeTopic(listing.unified, (event) => {
            const { data, ...tick } = tradeTick([event], event.at);
            const rows = (data as Json[]).map(({ 'trade-id': tradeId, ...row }) => ({ ...row, tradeId }));
            return { ch, ts: event.at, tick: { ...tick, data: rows } };
          })
        : undefined;
    case 'kline': {
      const interval = intervalNamed(name);
      if (interval === undefined) return undefined;
      return candleTopic(
        settings.history,
        listing.unified,
        interval,
        EVERY_MS.candle,
        (candle, _ends, nowMs) => ({
          ch,
          ts: nowMs,
          tick: candleTick(candle),
        }),
      );
    }
    default:
      return undefined;
  }
}

/** Pushed when "any of bid, bidSize, ask, askSize changes". */
function bestTopic({ exchange }: MarketSettings, { id, unified }: Listing, ch: string): Topic {
  let shown = '';
  return {
    onEvent: (event) => {
      if (event.kind !== 'book' || event.symbol !== unified) return undefined;
      const book = exchange.book(unified, 1);
      const [bid] = book?.bids ?? [];
      const [ask] = book?.asks ?? [];
      const best = {
        ask: ask === undefined ? null : plainNumber(ask[0]),
        askSize: ask === undefined ? null : plainNumber(ask[1]),
        bid: bid === undefined ? null : plainNumber(bid[0]),
        bidSize: bid === undefined ? null : plainNumber(bid[1]),
      };
      const now = JSON.stringify(best);
      if (now === shown) return undefined;
      shown = now;
      return {
        ch,
        ts: event.at,
        tick: { seqId: event.updateId, ...best, quoteTime: event.at, symbol: id },
      };
    },
  };
}

/** The answer to a question about a topic: candles and trades. */
export function answerTo({ exchange, history }: MarketSettings, topic: string, at: number): unknown {
  const [market, id = '', kind, name = ''] = topic.split('.');
  const listing = listingNamed('spot', id);
  if (market !== 'market' || listing === undefined) return undefined;
  if (kind === 'trade')
    return exchange.recentTrades(listing.unified, 300).map((trade) => ({ ...tradeTick([trade], trade.at) }));
  const interval = kind === 'kline' ? intervalNamed(name) : undefined;
  return interval === undefined
    ? undefined
    : history.candles(listing.unified, interval, { limit: 300 }, at).map(candleTick);
}
