/**
 * The topics of HTX's public streams of contracts: `market.{contract}.bbo`, `.depth.step0`, `.depth.step6`, `.detail`, `.trade.detail` and
 * `.kline.{period}` (`/linear-swap-ws`), `market.{contract}.mark_price.{period}` (`/ws_index`).
 *
 * Entry points: `marketTopic`, `indexTopic`, `answerTo`. Sources: the pages of these names in the USDT-margined documentation. Incremental
 * books (`.high_freq`), index prices, premiums and bases are not served.
 */
import { candleTopic, tradeTopic } from '../../market/market-topics.ts';
import type { Topic } from '../../wire/topics.ts';
import { listingNamed, type Listing } from '../instruments.ts';
import { intervalNamed } from '../intervals.ts';
import type { MarketSettings } from '../spot/market-data.ts';
import type { Json } from '../spot/order-json.ts';
import {
  bestTick,
  candleTick,
  depthNamed,
  depthTick,
  detailTick,
  markCandle,
  tradeRow,
} from './market-data.ts';

const EVERY_MS = { depth: 100, detail: 1_000, candle: 1_000, mark: 250 } as const;
const MOST_ASKED_FOR = 300;

interface Named {
  readonly listing: Listing;
  readonly kind: string;
  readonly rest: string;
}

function named(topic: string): Named | undefined {
  const [market, id = '', kind = '', ...rest] = topic.split('.');
  const listing = listingNamed('linear', id);
  return market !== 'market' || listing === undefined ? undefined : { listing, kind, rest: rest.join('.') };
}

/** The topic of this name on `/linear-swap-ws`; undefined where the venue has none. */
export function marketTopic(settings: MarketSettings, ch: string): Topic | undefined {
  const found = named(ch);
  if (found === undefined) return undefined;
  const { listing, kind, rest } = found;
  const { exchange, history } = settings;
  switch (kind) {
    case 'bbo':
      return rest === '' ? bestTopic(settings, listing, ch) : undefined;
    case 'depth': {
      const depth = depthNamed(rest);
      return depth === null
        ? undefined
        : timed(ch, EVERY_MS.depth, (nowMs) => depthTick(exchange, listing, depth, ch, nowMs));
    }
    case 'detail':
      return rest === ''
        ? timed(ch, EVERY_MS.detail, (nowMs) => detailTick(settings, listing, nowMs, nowMs))
        : undefined;
    case 'trade':
      return rest === 'detail'
        ? tradeTopic(listing.unified, (event) => ({
            ch,
            ts: event.at,
            tick: { id: Number(event.tradeId), ts: event.at, data: [tradeRow(listing, event)] },
          }))
        : undefined;
    case 'kline': {
      const interval = intervalNamed(rest);
      return interval === undefined
        ? undefined
        : candleTopic(history, listing.unified, interval, EVERY_MS.candle, (candle, _ends, nowMs) => ({
            ch,
            ts: nowMs,
            tick: { ...candleTick(listing, candle), mrid: 0 },
          }));
    }
    default:
      return undefined;
  }
}

/** The topic of this name on `/ws_index`. */
export function indexTopic({ exchange, history }: MarketSettings, ch: string): Topic | undefined {
  const found = named(ch);
  const interval = intervalNamed(found?.rest ?? '');
  if (found === undefined || found.kind !== 'mark_price' || interval === undefined) return undefined;
  const { unified, symbol } = found.listing;
  return candleTopic(history, unified, interval, EVERY_MS.mark, (candle, isClosed, nowMs) => ({
    ch,
    ts: nowMs,
    tick: markCandle(
      candle,
      isClosed ? candle.close : (exchange.market(unified)?.markPrice ?? symbol.startPrice),
    ),
  }));
}

function timed(ch: string, everyMs: number, tick: (nowMs: number) => Json): Topic {
  return { everyMs, onTick: (nowMs) => ({ ch, ts: nowMs, tick: tick(nowMs) }) };
}

/** Pushed "when any one of the buy_one price, buy_one quantity, sell_one price and sell_one quantity changes". */
function bestTopic({ exchange }: MarketSettings, listing: Listing, ch: string): Topic {
  let shown = '';
  return {
    onEvent: (event) => {
      if (event.kind !== 'book' || event.symbol !== listing.unified) return undefined;
      const tick = bestTick(exchange, listing, ch, event.at);
      const now = JSON.stringify([tick['bid'], tick['ask']]);
      if (now === shown) return undefined;
      shown = now;
      return { ch, ts: event.at, tick };
    },
  };
}

/** The answer to a question about a topic: candles and trades. */
export function answerTo({ exchange, history }: MarketSettings, topic: string, at: number): unknown {
  const found = named(topic);
  if (found === undefined) return undefined;
  const { listing, kind, rest } = found;
  if (kind === 'trade')
    return exchange.recentTrades(listing.unified, MOST_ASKED_FOR).map((trade) => tradeRow(listing, trade));
  const interval = kind === 'kline' ? intervalNamed(rest) : undefined;
  return interval === undefined
    ? undefined
    : history
        .candles(listing.unified, interval, { limit: MOST_ASKED_FOR }, at)
        .map((candle) => candleTick(listing, candle));
}
