/**
 * HTX's public spot data over REST: time, settings of symbols, tickers, books, trades, candles.
 *
 * Entry points: `marketEndpoints`, `detailTick`, `candleTick`, `depthTick`. Sources: "Get Current Timestamp", "Get Market Symbols Setting",
 * "Get Symbols Setting", "Get all Supported Trading Symbol(V2)", "APIv2 - Currency & Chains", "Get Klines", "Get Latest Aggregated Ticker", "Get
 * Latest Tickers for All Pairs", "Get Market Depth", "Get the Last Trade", "Get the Most Recent Trades" and "Get the Last 24h Market Summary"
 * of the spot documentation; `/v1/common/symbols` as ccxt reads it. Figures are JSON numbers.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { SymbolStatus } from '../../exchange/state.ts';
import type { PublicTrade } from '../../exchange/views.ts';
import type { Candle, MarketHistory } from '../../market/market-history.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { cut, plainNumber } from '../figures.ts';
import { LISTINGS_OF, listingNamed, type Listing } from '../instruments.ts';
import { intervalNamed } from '../intervals.ts';
import { readCount, type Parameters } from '../parameters.ts';
import { currencies } from './currencies.ts';
import type { Json } from './order-json.ts';

export interface MarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

export function marketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  const settingsOf = (json: (listing: Listing, state: string) => Json) => (call: Call) => ({
    status: 'ok',
    data: LISTINGS_OF.spot.map((listing) => json(listing, stateOf(exchange.market(listing.unified)?.status))),
    ts: String(call.clockMs),
    full: 1,
  });
  return [
    publicEndpoint('v1', '/v1/common/timestamp', ({ clockMs }) => clockMs),
    publicEndpoint('v2', '/v2/market-status', () => ({ marketStatus: 1 })),
    publicEndpoint('bare', '/v1/common/symbols', settingsOf(symbolJson)),
    publicEndpoint('bare', '/v1/settings/common/symbols', settingsOf(settingJson)),
    publicEndpoint('bare', '/v2/settings/common/symbols', settingsOf(settingJson)),
    publicEndpoint('bare', '/v1/settings/common/market-symbols', settingsOf(marketSettingJson)),
    publicEndpoint('v1', '/v1/common/currencys', () => currencies()),
    marketEndpoint('bare', '/market/depth', (call) => {
      const listing = listingIn(call.parameters.parameters);
      const depth = readCount(call.parameters.parameters, 'depth', 150, 150);
      const type = call.parameters.parameters.optional('type') ?? 'step0';
      return wrapped(`market.${listing.id}.depth.${type}`, call, {
        tick: depthTick(exchange, listing, depth, call.clockMs),
      });
    }),
    marketEndpoint('bare', '/market/trade', (call) => {
      const listing = listingIn(call.parameters.parameters);
      const trades = exchange.recentTrades(listing.unified, 1);
      return wrapped(`market.${listing.id}.trade.detail`, call, {
        tick: tradeTick(trades, call.clockMs),
      });
    }),
    marketEndpoint('bare', '/market/history/trade', (call) => {
      const listing = listingIn(call.parameters.parameters);
      const size = readCount(call.parameters.parameters, 'size', 1, 2_000);
      const trades = exchange.recentTrades(listing.unified, size).toReversed();
      return wrapped(`market.${listing.id}.trade.detail`, call, {
        data: trades.map((trade) => tradeTick([trade], trade.at)),
      });
    }),
    marketEndpoint('bare', '/market/history/kline', (call) => candles(settings, call)),
    // The same over a span of time, as ccxt asks for candles.
    marketEndpoint('bare', '/market/history/candles', (call) => candles(settings, call, MOST_SPANNED)),
    publicEndpoint('v1', '/v1/common/exchange', (call) => limitsJson(listingIn(call.parameters.parameters))),
    marketEndpoint('bare', '/market/detail', (call) => {
      const listing = listingIn(call.parameters.parameters);
      return wrapped(`market.${listing.id}.detail`, call, { tick: detailTick(settings, listing, call.at) });
    }),
    marketEndpoint('bare', '/market/detail/merged', (call) => {
      const listing = listingIn(call.parameters.parameters);
      const { bid, ask } = bestLevels(exchange, listing);
      const tick = { ...detailTick(settings, listing, call.at), bid, ask };
      return wrapped(`market.${listing.id}.detail.merged`, call, { tick });
    }),
    marketEndpoint('bare', '/market/tickers', (call) => ({
      status: 'ok',
      ts: call.clockMs,
      data: LISTINGS_OF.spot.map((listing) => tickerJson(settings, listing, call.at)),
    })),
  ];
}

function wrapped(ch: string, { clockMs }: Call, body: Json): Json {
  return { ch, status: 'ok', ts: clockMs, ...body };
}

/** The words of the public data are others than those of orders. */
export function listingIn(parameters: Parameters): Listing {
  const listing = listingNamed('spot', parameters.required('symbol'));
  if (listing === undefined) throw new HtxRefusal('invalid-parameter', 'invalid symbol');
  return listing;
}

function stateOf(status: SymbolStatus = 'trading'): string {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return 'online';
    case 'cancel_only':
    case 'halted':
      return 'suspend';
    case 'settled':
      return 'offline';
  }
}

function symbolJson({ id, symbol }: Listing, state: string): Json {
  return {
    'base-currency': symbol.base.toLowerCase(),
    'quote-currency': symbol.quote.toLowerCase(),
    'price-precision': symbol.tickSize.scale,
    'amount-precision': symbol.quantityStep.scale,
    'symbol-partition': 'main',
    symbol: id,
    state,
    'value-precision': 8,
    'min-order-amt': plainNumber(symbol.minQuantity),
    'max-order-amt': plainNumber(symbol.maxQuantity),
    'min-order-value': plainNumber(symbol.minNotional),
    'limit-order-min-order-amt': plainNumber(symbol.minQuantity),
    'limit-order-max-order-amt': plainNumber(symbol.maxQuantity),
    'sell-market-min-order-amt': plainNumber(symbol.minQuantity),
    'sell-market-max-order-amt': plainNumber(symbol.maxMarketQuantity),
    'buy-market-max-order-value': 10_000_000,
    'api-trading': 'enabled',
    tags: '',
  };
}

function settingJson({ id, symbol }: Listing, state: string): Json {
  const base = symbol.base.toLowerCase();
  const quote = symbol.quote.toLowerCase();
  return {
    tags: '',
    state,
    sc: id,
    symbol: id,
    bc: base,
    qc: quote,
    bcdn: symbol.base,
    qcdn: symbol.quote,
    sn: `${symbol.base}/${symbol.quote}`,
    dn: `${symbol.base}/${symbol.quote}`,
    tpp: symbol.tickSize.scale,
    tap: symbol.quantityStep.scale,
    ttp: 8,
    fp: 8,
    te: state === 'online',
    cd: false,
    sp: 'main',
    w: 1,
    lr: null,
    smlr: null,
    toa: 1_514_779_200_000,
  };
}

/** "blmlt" and "slmgt" bound limit prices, as multiples of the last one. */
function marketSettingJson({ id, symbol }: Listing, state: string): Json {
  return {
    symbol: id,
    state,
    bc: symbol.base.toLowerCase(),
    qc: symbol.quote.toLowerCase(),
    pp: symbol.tickSize.scale,
    ap: symbol.quantityStep.scale,
    sp: 'main',
    vp: 8,
    minoa: plainNumber(symbol.minQuantity),
    maxoa: plainNumber(symbol.maxQuantity),
    minov: plainNumber(symbol.minNotional),
    lominoa: plainNumber(symbol.minQuantity),
    lomaxoa: plainNumber(symbol.maxQuantity),
    lomaxba: plainNumber(symbol.maxQuantity),
    lomaxsa: plainNumber(symbol.maxQuantity),
    smminoa: plainNumber(symbol.minQuantity),
    smmaxoa: plainNumber(symbol.maxMarketQuantity),
    bmmaxov: 10_000_000,
    blmlt: plainNumber(Decimal.one.add(symbol.priceLimit)),
    slmgt: plainNumber(Decimal.one.subtract(symbol.priceLimit)),
    msormlt: 0.1,
    mbormlt: 0.1,
    at: 'enabled',
    tags: '',
  };
}

/** The limits of a pair in the words of the first version. */
function limitsJson({ id, symbol }: Listing): Json {
  return {
    symbol: id,
    'buy-limit-must-less-than': plainNumber(Decimal.one.add(symbol.priceLimit)),
    'sell-limit-must-greater-than': plainNumber(Decimal.one.subtract(symbol.priceLimit)),
    'limit-order-must-greater-than': plainNumber(symbol.minQuantity),
    'limit-order-must-less-than': plainNumber(symbol.maxQuantity),
    'market-buy-order-must-greater-than': plainNumber(symbol.minNotional),
    'market-buy-order-must-less-than': 10_000_000,
    'market-sell-order-must-greater-than': plainNumber(symbol.minQuantity),
    'market-sell-order-must-less-than': plainNumber(symbol.maxMarketQuantity),
    'market-sell-order-rate-must-less-than': 0.1,
    'market-buy-order-rate-must-less-than': 0.1,
    'circuit-break-when-greater-than': 10_000,
    'circuit-break-when-less-than': 10,
  };
}

function levels(list: Iterable<BookLevel>): [number, number][] {
  return Array.from(list, ([price, quantity]) => [plainNumber(price), plainNumber(quantity)]);
}

export function depthTick(exchange: Exchange, { unified }: Listing, depth: number, ts: number): Json {
  const book = exchange.book(unified, depth);
  return {
    ts,
    version: book?.updateId ?? 0,
    bids: levels(book?.bids ?? []),
    asks: levels(book?.asks ?? []),
  };
}

/** Empty lists where a side is empty. */
function bestLevels(exchange: Exchange, { unified }: Listing): Record<'bid' | 'ask', readonly number[]> {
  const book = exchange.book(unified, 1);
  return { bid: levels(book?.bids ?? [])[0] ?? [], ask: levels(book?.asks ?? [])[0] ?? [] };
}

/** The number of a trade on the tape is far beyond what a double carries; `trade-id` is the unique one. */
export function tradeTick(trades: readonly PublicTrade[], ts: number): Json {
  const [first] = trades;
  return {
    id: first === undefined ? 0 : 136_000_000_000 + Number(first.tradeId),
    ts,
    data: trades.map((trade) => ({
      id: Number(`136${trade.tradeId.padStart(24, '0')}`),
      ts: trade.at,
      'trade-id': Number(trade.tradeId),
      amount: plainNumber(trade.quantity),
      price: plainNumber(trade.price),
      direction: trade.takerSide,
    })),
  };
}

/** The figures of a day: `amount` in the base coin, `vol` in the quote coin. */
export function detailTick({ exchange, history }: MarketSettings, { unified }: Listing, at: number): Json {
  const day = history.day(unified, at);
  const last = day?.last ?? exchange.market(unified)?.lastPrice ?? Decimal.zero;
  const version = exchange.book(unified, 1)?.updateId ?? 0;
  return {
    id: version,
    version,
    open: plainNumber(day?.open ?? last),
    close: plainNumber(last),
    low: plainNumber(day?.low ?? last),
    high: plainNumber(day?.high ?? last),
    amount: plainNumber(day?.volume ?? Decimal.zero),
    vol: plainNumber(cut(day?.quoteVolume ?? Decimal.zero)),
    count: 0,
  };
}

export function tickerJson(settings: MarketSettings, listing: Listing, at: number): Json {
  const { id: _id, version: _version, ...day } = detailTick(settings, listing, at);
  const { bid, ask } = bestLevels(settings.exchange, listing);
  return {
    symbol: listing.id,
    ...day,
    bid: bid[0] ?? 0,
    bidSize: bid[1] ?? 0,
    ask: ask[0] ?? 0,
    askSize: ask[1] ?? 0,
  };
}

const MOST_SPANNED = 1_000;

/** Newest first; no span can be asked for, but where `mostSpanned` is given: `from` and `to` in seconds. */
function candles({ history }: MarketSettings, call: Call, mostSpanned?: number): unknown {
  const { parameters } = call.parameters;
  const listing = listingIn(parameters);
  const name = parameters.required('period');
  const interval = intervalNamed(name);
  if (interval === undefined) throw new HtxRefusal('invalid-parameter', 'invalid period');
  const limit = readCount(parameters, 'size', 150, mostSpanned ?? 2_000);
  const [from, to] = ['from', 'to'].map((bound) =>
    mostSpanned === undefined ? undefined : parameters.optionalInteger(bound),
  );
  const query = {
    limit,
    startMs: from === undefined ? undefined : from * 1_000,
    endMs: to === undefined ? undefined : to * 1_000,
  };
  const data = history.candles(listing.unified, interval, query, call.at).map(candleTick).toReversed();
  return wrapped(`market.${listing.id}.kline.${name}`, call, { data });
}

export function candleTick({ openAt, open, close, low, high, volume, quoteVolume }: Candle): Json {
  return {
    id: Math.floor(openAt / 1000),
    open: plainNumber(open),
    close: plainNumber(close),
    low: plainNumber(low),
    high: plainNumber(high),
    amount: plainNumber(volume),
    vol: plainNumber(cut(quoteVolume)),
    count: 0,
  };
}
