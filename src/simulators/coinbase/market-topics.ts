/**
 * The events of Coinbase's public channels, one topic for each channel and book: `ticker`, `ticker_batch`, `level2`, `market_trades`, `candles`,
 * `status`.
 *
 * Entry points: `marketTopic`, `CHANNELS`. A topic's messages are lists of events; the connection puts its own count around them. A new
 * listener first gets a snapshot, then updates. Source: "WebSocket Channels".
 */
import { depthTopic } from '../market/market-topics.ts';
import type { PublicTrade } from '../exchange/views.ts';
import type { Topic } from '../wire/topics.ts';
import { listingNamed, type Listing } from './instruments.ts';
import { candleJson, dayFigures, tradeJson, type MarketSettings } from './market-data.ts';
import { timeText, type Json } from './order-json.ts';
import { QUOTE_MIN_SIZE } from './symbols.ts';

/** A topic with the events that a listener gets when it subscribes. */
export interface MarketTopic extends Topic {
  readonly first: (nowMs: number) => readonly Json[];
}

/** Public channels, and the name that their messages have. */
export const CHANNELS = {
  ticker: 'ticker',
  ticker_batch: 'ticker_batch',
  level2: 'l2_data',
  market_trades: 'market_trades',
  candles: 'candles',
  status: 'status',
} as const;
export type MarketChannel = keyof typeof CHANNELS;

export function isMarketChannel(name: string): name is MarketChannel {
  return Object.hasOwn(CHANNELS, name);
}

/** The shortest time between two messages; a ticker comes with each match, those of one moment together. */
const TICKER_EVERY_MS = 50;
const BATCH_EVERY_MS = 5_000;
const BOOK_EVERY_MS = 50;
/** "collects all updates over the last 250 ms". */
const TRADES_EVERY_MS = 250;
const CANDLES_EVERY_MS = 1_000;
/** "on a preset interval". */
const STATUS_EVERY_MS = 5_000;
const CANDLE_MS = 300_000;
const SHOWN_TRADES = 100;
const WHOLE_BOOK = 5_000;

/** The topic `<channel> <product>`; undefined where there is none. */
export function marketTopic(settings: MarketSettings, name: string): MarketTopic | undefined {
  const [channel = '', id = ''] = name.split(' ');
  const listing = listingNamed(id);
  if (listing === undefined || !isMarketChannel(channel)) return undefined;
  switch (channel) {
    case 'ticker':
      return tickerTopic(settings, listing, TICKER_EVERY_MS, true);
    case 'ticker_batch':
      return tickerTopic(settings, listing, BATCH_EVERY_MS, false);
    case 'level2':
      return bookTopic(settings, listing);
    case 'market_trades':
      return tradesTopic(settings, listing);
    case 'candles':
      return candlesTopic(settings, listing);
    case 'status':
      return statusTopic(settings, listing);
  }
}

/** With each match, not with each change of the book. */
function tickerTopic(
  settings: MarketSettings,
  listing: Listing,
  everyMs: number,
  hasBest: boolean,
): MarketTopic {
  const { id, bookUnified } = listing;
  let isChanged = false;
  const events = (type: string, nowMs: number): readonly Json[] => {
    const { last, high, low, volume, changePercent } = dayFigures(settings, listing, nowMs);
    const top = settings.exchange.book(bookUnified, 1);
    const [bid, ask] = [top?.bids[0], top?.asks[0]];
    const best = {
      best_bid: bid?.[0] ?? '',
      best_bid_quantity: bid?.[1] ?? '',
      best_ask: ask?.[0] ?? '',
      best_ask_quantity: ask?.[1] ?? '',
    };
    const ticker = {
      type: 'ticker',
      product_id: id,
      price: last,
      volume_24_h: volume,
      low_24_h: low,
      high_24_h: high,
      low_52_w: low,
      high_52_w: high,
      price_percent_chg_24_h: changePercent,
      ...(hasBest ? best : {}),
    };
    return [{ type, tickers: [ticker] }];
  };
  return {
    everyMs,
    first: (nowMs) => events('snapshot', nowMs),
    onEvent: (event) => {
      if (event.kind === 'trade' && event.symbol === bookUnified) isChanged = true;
      return undefined;
    },
    onTick: (nowMs) => {
      if (!isChanged) return undefined;
      isChanged = false;
      return events('update', nowMs);
    },
  };
}

function bookTopic({ exchange }: MarketSettings, { id, bookUnified }: Listing): MarketTopic {
  const updatesOf = (
    bids: Iterable<readonly [unknown, unknown]>,
    asks: Iterable<readonly [unknown, unknown]>,
    time: string,
  ): readonly Json[] =>
    [
      ['bid', bids],
      ['offer', asks],
    ].flatMap(([side, levels]) =>
      Array.from(levels as Iterable<readonly [unknown, unknown]>, ([price, quantity]) => ({
        side,
        event_time: time,
        price_level: price,
        new_quantity: quantity,
      })),
    );
  const changed = depthTopic(bookUnified, BOOK_EVERY_MS, (changes, nowMs) => [
    {
      type: 'update',
      product_id: id,
      updates: updatesOf(changes.bids.values(), changes.asks.values(), timeText(nowMs)),
    },
  ]);
  return {
    ...changed,
    first: () => {
      const book = exchange.book(bookUnified, WHOLE_BOOK);
      const updates = updatesOf(book?.bids ?? [], book?.asks ?? [], '1970-01-01T00:00:00Z');
      return [{ type: 'snapshot', product_id: id, updates }];
    },
  };
}

function tradesTopic({ exchange }: MarketSettings, listing: Listing): MarketTopic {
  const { id, bookUnified } = listing;
  let gathered: PublicTrade[] = [];
  const jsonOf = (trades: readonly PublicTrade[]): readonly Json[] =>
    trades.map((trade) => tradeJson(listing, id, trade));
  return {
    everyMs: TRADES_EVERY_MS,
    first: () => {
      const latest = [...exchange.recentTrades(bookUnified, SHOWN_TRADES)].reverse();
      return [{ type: 'snapshot', trades: jsonOf(latest) }];
    },
    onEvent: (event) => {
      if (event.kind === 'trade' && event.symbol === bookUnified) gathered.push(event);
      return undefined;
    },
    onTick: () => {
      if (gathered.length === 0) return undefined;
      const trades = jsonOf(gathered);
      gathered = [];
      return [{ type: 'update', trades }];
    },
  };
}

/** Of five minutes, the current one. */
function candlesTopic({ history }: MarketSettings, { id, bookUnified }: Listing): MarketTopic {
  const events = (type: string, count: number, nowMs: number): readonly Json[] => {
    const latest = history.candles(bookUnified, { ms: CANDLE_MS }, { limit: count }, nowMs);
    const shown = latest.map((candle) => ({ ...candleJson(candle), product_id: id }));
    return [{ type, candles: shown.reverse() }];
  };
  return {
    everyMs: CANDLES_EVERY_MS,
    first: (nowMs) => events('snapshot', SHOWN_TRADES, nowMs),
    onTick: (nowMs) => events('update', 1, nowMs),
  };
}

function statusTopic({ exchange }: MarketSettings, { id, product, unified }: Listing): MarketTopic {
  const events = (type: string): readonly Json[] => {
    const status = exchange.market(unified)?.status ?? 'trading';
    const isOnline = status !== 'halted' && status !== 'settled';
    const shown = {
      product_type: 'SPOT',
      id,
      base_currency: product.base,
      quote_currency: product.quote,
      base_increment: product.baseIncrement,
      quote_increment: product.priceIncrement,
      display_name: `${product.base}/${product.quote}`,
      status: isOnline ? 'online' : status === 'halted' ? 'offline' : 'delisted',
      status_message: '',
      min_market_funds: QUOTE_MIN_SIZE,
    };
    return [{ type, products: [shown] }];
  };
  return { everyMs: STATUS_EVERY_MS, first: () => events('snapshot'), onTick: () => events('update') };
}
