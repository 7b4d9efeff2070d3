/**
 * Coinbase's market data over REST: time, products, books, trades, candles.
 *
 * Entry points: `marketDataEndpoints`, `levelJson`, `tradeJson`, `candleJson`, `dayFigures`. Sources: "Get Server Time", "List Public Products", "Get
 * Public Product", "Get Public Product Book", "Get Public Market Trades", "Get Public Product Candles" and "Get Best Bid/Ask". A product that
 * shares the book of another shows that one's figures.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BookLevel } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Candle, MarketHistory } from '../market/market-history.ts';
import type { PublicTrade } from '../exchange/views.ts';
import { marketEndpoints, privateEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { invalidArgument, malformed, notFound } from './errors.ts';
import { LISTINGS, listingNamed, tradeIdOf, type Listing } from './instruments.ts';
import { granularityMs } from './intervals.ts';
import { timeText, type Json } from './order-json.ts';
import { listingFrom, readLimit, readSeconds } from './parameters.ts';
import { productJson } from './symbols.ts';

export interface MarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

const MOST_LEVELS = 1_000;
const USUAL_TRADES = 100;
const MOST_TRADES = 1_000;
const MOST_CANDLES = 350;
const HUNDRED = Decimal.fromInteger(100);
const BASIS_POINTS = Decimal.fromInteger(10_000);

export function marketDataEndpoints(settings: MarketSettings): Endpoint[] {
  return [
    publicEndpoint('/api/v3/brokerage/time', 'other', ({ clockMs }) => ({
      iso: timeText(clockMs),
      epochSeconds: String(Math.floor(clockMs / 1000)),
      epochMillis: String(clockMs),
    })),
    ...marketEndpoints('/products', (call) => products(settings, call)),
    ...marketEndpoints('/products/:product_id', (call) => oneProduct(settings, call)),
    ...marketEndpoints('/products/:product_id/candles', (call) => candles(settings, call)),
    ...marketEndpoints('/products/:product_id/ticker', (call) => trades(settings, call)),
    ...marketEndpoints('/product_book', (call) => book(settings, call)),
    privateEndpoint('/best_bid_ask', 'prices', (call) => bestBidAsk(settings, call)),
  ];
}

/** The figures of the last day of a product's book. */
export function dayFigures({ exchange, history }: MarketSettings, { bookUnified }: Listing, at: number) {
  const day = history.day(bookUnified, at);
  const last = exchange.market(bookUnified)?.lastPrice ?? Decimal.zero;
  const open = day?.open ?? last;
  return {
    last,
    high: day?.high ?? last,
    low: day?.low ?? last,
    volume: day?.volume ?? Decimal.zero,
    quoteVolume: (day?.quoteVolume ?? Decimal.zero).divide(Decimal.one, 2, 'down'),
    changePercent: open.isZero()
      ? Decimal.zero
      : last.subtract(open).multiply(HUNDRED).divide(open, 14, 'half_even'),
  };
}

function productOf(settings: MarketSettings, listing: Listing, at: number): Json {
  const { last, volume, quoteVolume, changePercent } = dayFigures(settings, listing, at);
  return productJson(listing.product, {
    status: settings.exchange.market(listing.unified)?.status ?? 'trading',
    price: last.toString(),
    changePercent: changePercent.toString(),
    volume: volume.toString(),
    quoteVolume: quoteVolume.toString(),
  });
}

/** Spot, which is all there is; other product types are lists without an entry. */
function products(settings: MarketSettings, { parameters: { parameters, list }, at }: Call): Json {
  const ids = list('product_ids');
  const isOfSpot = ['SPOT', 'UNKNOWN_PRODUCT_TYPE'].includes(parameters.optional('product_type') ?? 'SPOT');
  const offset = parameters.optionalInteger('offset') ?? 0;
  const limit = readLimit(parameters, LISTINGS.length, LISTINGS.length);
  const found = LISTINGS.filter(({ id }) => isOfSpot && (ids.length === 0 || ids.includes(id)))
    .slice(offset, offset + limit)
    .map((listing) => productOf(settings, listing, at));
  return { products: found, num_products: found.length, pagination: null };
}

function oneProduct(settings: MarketSettings, { parameters, at }: Call): Json {
  const listing = listingNamed(parameters.pathParameter('product_id'));
  if (listing === undefined) throw notFound('product');
  return productOf(settings, listing, at);
}

export function levelJson([price, size]: BookLevel): { readonly price: Decimal; readonly size: Decimal } {
  return { price, size };
}

function pricebook({ exchange }: MarketSettings, { id, bookUnified }: Listing, depth: number, at: number) {
  const shown = exchange.book(bookUnified, depth);
  return {
    product_id: id,
    bids: (shown?.bids ?? []).map(levelJson),
    asks: (shown?.asks ?? []).map(levelJson),
    time: timeText(at),
  };
}

function book(settings: MarketSettings, { parameters: { parameters }, clockMs }: Call): Json {
  const listing = listingFrom(parameters.required('product_id'));
  const shown = pricebook(settings, listing, readLimit(parameters, MOST_LEVELS, MOST_LEVELS), clockMs);
  const [bid, ask] = [shown.bids[0]?.price, shown.asks[0]?.price];
  const spread = bid === undefined || ask === undefined ? null : ask.subtract(bid);
  const middle =
    bid === undefined || ask === undefined
      ? null
      : bid.add(ask).divide(Decimal.fromInteger(2), 18, 'half_even');
  return {
    pricebook: shown,
    last: settings.exchange.market(listing.unified)?.lastPrice ?? '',
    mid_market: middle ?? '',
    spread_bps:
      spread === null || middle === null || middle.isZero()
        ? ''
        : spread.multiply(BASIS_POINTS).divide(middle, 12, 'half_even'),
    spread_absolute: spread ?? '',
  };
}

function bestBidAsk(settings: MarketSettings, { parameters: { list }, clockMs }: Call): Json {
  const ids = list('product_ids');
  const asked = ids.length === 0 ? LISTINGS : ids.map(listingFrom);
  return { pricebooks: asked.map((listing) => pricebook(settings, listing, 1, clockMs)) };
}

/** The side of a trade is its maker's. */
export function tradeJson({ bookUnified }: Listing, id: string, trade: PublicTrade): Json {
  return {
    trade_id: tradeIdOf({ symbol: bookUnified, tradeId: trade.tradeId }),
    product_id: id,
    price: trade.price,
    size: trade.quantity,
    time: timeText(trade.at),
    side: trade.takerSide === 'buy' ? 'SELL' : 'BUY',
  };
}

/** Newest first, with the best prices beside them. */
function trades({ exchange }: MarketSettings, { parameters }: Call): Json {
  const listing = listingFrom(parameters.pathParameter('product_id'));
  // "required" on the page; clients that were written against the venue leave it out.
  const limit = Math.min(parameters.parameters.optionalInteger('limit') ?? USUAL_TRADES, MOST_TRADES);
  const from = readSeconds(parameters.parameters, 'start') ?? Number.NEGATIVE_INFINITY;
  const until = readSeconds(parameters.parameters, 'end') ?? Number.POSITIVE_INFINITY;
  const top = exchange.book(listing.bookUnified, 1);
  return {
    trades: exchange
      .recentTrades(listing.bookUnified, MOST_TRADES)
      .filter(({ at }) => at >= from && at <= until)
      .slice(-limit)
      .map((trade) => ({ ...tradeJson(listing, listing.id, trade), bid: '', ask: '', exchange: 'coinbase' }))
      .reverse(),
    best_bid: top?.bids[0]?.[0] ?? '',
    best_ask: top?.asks[0]?.[0] ?? '',
  };
}

export function candleJson(candle: Candle): Json {
  return {
    start: String(Math.floor(candle.openAt / 1000)),
    low: candle.low,
    high: candle.high,
    open: candle.open,
    close: candle.close,
    volume: candle.volume,
  };
}

/** Newest first; a span of more candles than a page has is refused. */
function candles({ history }: MarketSettings, { parameters, at }: Call): Json {
  const { parameters: fields } = parameters;
  const { bookUnified } = listingFrom(parameters.pathParameter('product_id'));
  const ms = granularityMs(fields.required('granularity'));
  if (ms === undefined) throw malformed('granularity');
  fields.required('start');
  fields.required('end');
  const startMs = readSeconds(fields, 'start') ?? 0;
  const endMs = readSeconds(fields, 'end') ?? 0;
  if ((endMs - startMs) / ms > MOST_CANDLES)
    throw invalidArgument(`number of candles requested should be less than ${MOST_CANDLES}`);
  const limit = readLimit(fields, MOST_CANDLES, MOST_CANDLES);
  const found = history
    .candles(bookUnified, { ms }, { startMs, endMs, limit: MOST_CANDLES }, at)
    .map(candleJson);
  return { candles: found.reverse().slice(0, limit) };
}
