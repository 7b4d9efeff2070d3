/**
 * HTX's public data of contracts over REST: time, contracts, price limits, books, trades, candles, figures of a day, marks, funding rates.
 *
 * Entry points: `marketEndpoints`; `bestTick`, `depthTick`, `detailTick`, `tradeRow`, `candleTick` and `markCandle` make what streams have too. Sources:
 * "Query Swap Info", "Query Swap Price Limitation", "Query Swap Index Price Information", "Get Market Depth", "Get Market BBO Data", "Get
 * KLine Data", "Get Kline Data of Mark Price", "Get Market Data Overview", "Get a Batch of Market Data Overview(V2)", "Query The Last Trade of a
 * Contract" and "Query a Batch of Trade Records" of the USDT-margined documentation, which outlived its private part, and ccxt's class for
 * `/v5/market/funding_rate`. Sizes are contracts; the figures of a day are texts, others JSON numbers.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { SymbolStatus } from '../../exchange/state.ts';
import type { PublicTrade } from '../../exchange/views.ts';
import type { Candle, CandleInterval } from '../../market/market-history.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { cut, plainNumber } from '../figures.ts';
import { contractExecutionId, LISTINGS_OF, type Listing } from '../instruments.ts';
import { intervalNamed } from '../intervals.ts';
import { readCount, type Parameters } from '../parameters.ts';
import type { MarketSettings } from '../spot/market-data.ts';
import type { Json } from '../spot/order-json.ts';
import { FUNDING_HOURS } from '../symbols.ts';
import { contractFrom, optionalContract } from './order-requests.ts';

const BOOK_DEPTH = 150;
const SHORT_DEPTH = 20;
const FUNDING_MS = FUNDING_HOURS * 60 * 60 * 1_000;

export function marketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  const asked = ({ parameters: { parameters } }: Call): readonly Listing[] => {
    const listing = optionalContract(parameters);
    return listing === undefined ? LISTINGS_OF.linear : [listing];
  };
  const of = ({ parameters: { parameters } }: Call): Listing => contractFrom(parameters);
  return [
    publicEndpoint('bare', '/api/v1/timestamp', ({ clockMs }) => ({ status: 'ok', ts: clockMs })),
    publicEndpoint('bare', '/linear-swap-api/v1/swap_contract_info', (call) =>
      listed(
        call,
        asked(call).map((listing) => contractJson(exchange, listing, call.at)),
      ),
    ),
    publicEndpoint('bare', '/linear-swap-api/v1/swap_price_limit', (call) =>
      listed(
        call,
        asked(call).map((listing) => limitJson(exchange, listing)),
      ),
    ),
    publicEndpoint('bare', '/linear-swap-api/v1/swap_index', (call) =>
      listed(
        call,
        asked(call).map(({ id, unified }) => ({
          contract_code: id,
          index_price: plainNumber(cut(exchange.market(unified)?.indexPrice ?? Decimal.zero)),
          index_ts: call.clockMs,
        })),
      ),
    ),
    marketEndpoint('bare', '/linear-swap-ex/market/depth', (call) => {
      const listing = of(call);
      const type = call.parameters.parameters.required('type');
      const depth = depthNamed(type);
      if (depth === null) throw invalidParameter('type');
      const ch = `market.${listing.id}.depth.${type}`;
      return wrapped(ch, call, { tick: depthTick(exchange, listing, depth, ch, call.clockMs) });
    }),
    marketEndpoint('bare', '/linear-swap-ex/market/bbo', (call) => ({
      status: 'ok',
      ticks: asked(call).map((listing) => {
        const { mrid, ask, bid, ts } = bestTick(exchange, listing, '', call.clockMs);
        return { business_type: 'swap', contract_code: listing.id, ask, bid, mrid, ts };
      }),
      ts: call.clockMs,
    })),
    marketEndpoint('bare', '/linear-swap-ex/market/history/kline', (call) => candles(settings, call)),
    marketEndpoint('bare', '/index/market/history/linear_swap_mark_price_kline', (call) =>
      markCandles(settings, call),
    ),
    marketEndpoint('bare', '/linear-swap-ex/market/detail/merged', (call) => {
      const listing = of(call);
      return wrapped(`market.${listing.id}.detail.merged`, call, {
        tick: mergedTick(settings, listing, call),
      });
    }),
    marketEndpoint('bare', '/v2/linear-swap-ex/market/detail/batch_merged', (call) => ({
      status: 'ok',
      ticks: asked(call).map((listing) => ({
        ...mergedTick(settings, listing, call),
        contract_code: listing.id,
        business_type: 'swap',
      })),
      ts: call.clockMs,
    })),
    marketEndpoint('bare', '/linear-swap-ex/market/trade', (call) => {
      const data = asked(call).flatMap((listing) =>
        exchange.recentTrades(listing.unified, 1).map((trade) => ({
          ...tradeRow(listing, trade),
          contract_code: listing.id,
          business_type: 'swap',
        })),
      );
      return wrapped('market.*.trade.detail', call, {
        tick: { data, id: call.clockMs, ts: call.clockMs },
      });
    }),
    marketEndpoint('bare', '/linear-swap-ex/market/history/trade', (call) => {
      const listing = of(call);
      const size = readCount(call.parameters.parameters, 'size', 1, 2_000);
      const trades = exchange.recentTrades(listing.unified, size).toReversed();
      return wrapped(`market.${listing.id}.trade.detail`, call, {
        data: trades.map((trade) => ({
          data: [tradeRow(listing, trade)],
          id: Number(trade.tradeId),
          ts: trade.at,
        })),
      });
    }),
    publicEndpoint('v5', '/v5/market/funding_rate', (call) =>
      asked(call).map((listing) => fundingJson(exchange, listing, call)),
    ),
    publicEndpoint('v5', '/v5/market/funding_rate_history', (call) => fundingHistory(exchange, call)),
  ];
}

function listed({ clockMs }: Call, data: readonly Json[]): Json {
  return { status: 'ok', data, ts: clockMs };
}

function wrapped(ch: string, { clockMs }: Call, body: Json): Json {
  return { ch, status: 'ok', ts: clockMs, ...body };
}

function invalidParameter(name: string): HtxRefusal {
  return new HtxRefusal('1067', `Illegal parameter ${name}.`);
}

/** "step 150, use step0 …; step 20, use step6 …". Only what is not merged is served. */
export function depthNamed(type: string): number | null {
  if (type === 'step0') return BOOK_DEPTH;
  return type === 'step6' ? SHORT_DEPTH : null;
}

/** "0: Delisting,1: Listing,2: Pending Listing,3: Suspension". */
function statusNumber(status: SymbolStatus): number {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return 1;
    case 'cancel_only':
    case 'halted':
      return 3;
    case 'settled':
      return 0;
  }
}

function contractJson(exchange: Exchange, { id, symbol, unified }: Listing, at: number): Json {
  return {
    symbol: symbol.base,
    contract_code: id,
    contract_size: plainNumber(symbol.contractSize),
    price_tick: plainNumber(symbol.tickSize),
    delivery_date: '',
    delivery_time: '',
    create_date: '20201021',
    contract_status: statusNumber(exchange.market(unified)?.status ?? 'trading'),
    settlement_date: String(exchange.market(unified)?.nextFundingAt ?? at),
    support_margin_mode: 'all',
    business_type: 'swap',
    pair: id,
    contract_type: 'swap',
    trade_partition: symbol.quote,
  };
}

function limitJson(exchange: Exchange, { id, symbol, unified }: Listing): Json {
  const mark = exchange.market(unified)?.markPrice ?? symbol.startPrice;
  const limit = (factor: Decimal, rounding: 'down' | 'up'): number =>
    plainNumber(mark.multiply(factor).roundToMultipleOf(symbol.tickSize, rounding));
  return {
    symbol: symbol.base,
    contract_code: id,
    high_limit: limit(Decimal.one.add(symbol.priceLimit), 'down'),
    low_limit: limit(Decimal.one.subtract(symbol.priceLimit), 'up'),
    business_type: 'swap',
    pair: id,
    contract_type: 'swap',
  };
}

function levels(list: Iterable<BookLevel>): [number, number][] {
  return Array.from(list, ([price, quantity]) => [plainNumber(price), plainNumber(quantity)]);
}

export function depthTick(
  exchange: Exchange,
  { unified }: Listing,
  depth: number,
  ch: string,
  ts: number,
): Json {
  const book = exchange.book(unified, depth);
  const version = book?.updateId ?? 0;
  return {
    asks: levels(book?.asks ?? []),
    bids: levels(book?.bids ?? []),
    ch,
    id: Math.floor(ts / 1_000),
    mrid: version,
    ts,
    version,
  };
}

/** A side that is empty is left out: "ask … false" in the table of what is always there. */
export function bestTick(exchange: Exchange, { unified }: Listing, ch: string, ts: number): Json {
  const book = exchange.book(unified, 1);
  const [ask] = levels(book?.asks ?? []);
  const [bid] = levels(book?.bids ?? []);
  const version = book?.updateId ?? 0;
  return {
    mrid: version,
    id: Math.floor(ts / 1_000),
    ...(bid === undefined ? {} : { bid }),
    ...(ask === undefined ? {} : { ask }),
    ts,
    version,
    ch,
  };
}

/** Figures of a day: `vol` in contracts, `amount` in coins, `trade_turnover` in USDT; of both sides together. */
export function detailTick(
  { exchange, history }: MarketSettings,
  { unified, symbol }: Listing,
  at: number,
  clockMs: number,
): Json {
  const day = history.day(unified, at);
  const last = day?.last ?? exchange.market(unified)?.lastPrice ?? symbol.startPrice;
  const volume = (day?.volume ?? Decimal.zero).multiply(Decimal.fromInteger(2));
  return {
    id: Math.floor(clockMs / 1_000),
    amount: volume.multiply(symbol.contractSize).toString(),
    close: last.toString(),
    count: 0,
    high: (day?.high ?? last).toString(),
    low: (day?.low ?? last).toString(),
    open: (day?.open ?? last).toString(),
    trade_turnover: (day?.quoteVolume ?? Decimal.zero).multiply(Decimal.fromInteger(2)).toString(),
    vol: volume.toString(),
  };
}

function mergedTick(settings: MarketSettings, listing: Listing, { at, clockMs }: Call): Json {
  const { bid, ask } = bestTick(settings.exchange, listing, '', clockMs);
  return { ...detailTick(settings, listing, at, clockMs), bid: bid ?? null, ask: ask ?? null, ts: clockMs };
}

/** "Quantity(Cont.). Sum of both buy and sell sides". */
export function tradeRow({ symbol, unified }: Listing, trade: PublicTrade): Json {
  const coins = trade.quantity.multiply(symbol.contractSize);
  const both = Decimal.fromInteger(2);
  return {
    amount: plainNumber(trade.quantity.multiply(both)),
    direction: trade.takerSide,
    id: Number(contractExecutionId({ symbol: unified, tradeId: trade.tradeId })),
    price: plainNumber(trade.price),
    ts: trade.at,
    quantity: plainNumber(coins.multiply(both)),
    trade_turnover: plainNumber(cut(coins.multiply(trade.price).multiply(both))),
  };
}

function intervalFrom(parameters: Parameters): { readonly name: string; readonly interval: CandleInterval } {
  const name = parameters.required('period');
  const interval = intervalNamed(name);
  if (interval === undefined) throw invalidParameter('period');
  return { name, interval };
}

/** "If from to size are all filled, from and to will be ignored"; the oldest first, times in seconds. */
function candles({ history }: MarketSettings, call: Call): unknown {
  const { parameters } = call.parameters;
  const listing = contractFrom(parameters);
  const { name, interval } = intervalFrom(parameters);
  const from = parameters.optionalInteger('from');
  const to = parameters.optionalInteger('to');
  const size = parameters.optionalInteger('size');
  if (size === undefined && (from === undefined || to === undefined)) throw invalidParameter('size');
  const span =
    size !== undefined || from === undefined || to === undefined
      ? {}
      : { startMs: from * 1_000, endMs: Math.min(call.at, to * 1_000) };
  const limit = readCount(parameters, 'size', 2_000, 2_000);
  const data = history
    .candles(listing.unified, interval, { limit, ...span }, call.at)
    .map((candle) => candleTick(listing, candle));
  return wrapped(`market.${listing.id}.kline.${name}`, call, { data });
}

export function candleTick({ symbol }: Listing, candle: Candle): Json {
  const { openAt, open, close, low, high, volume, quoteVolume } = candle;
  const both = volume.multiply(Decimal.fromInteger(2));
  return {
    id: Math.floor(openAt / 1_000),
    open: plainNumber(open),
    close: plainNumber(close),
    low: plainNumber(low),
    high: plainNumber(high),
    amount: plainNumber(both.multiply(symbol.contractSize)),
    vol: plainNumber(both),
    trade_turnover: plainNumber(cut(quoteVolume.multiply(Decimal.fromInteger(2)))),
    count: 0,
  };
}

/** The last one ends at the mark of now; those before it are made of what was traded. */
function markCandles({ exchange, history }: MarketSettings, call: Call): unknown {
  const { parameters } = call.parameters;
  const listing = contractFrom(parameters);
  const { name, interval } = intervalFrom(parameters);
  const limit = parameters.requiredInteger('size');
  const rows = history.candles(listing.unified, interval, { limit: Math.min(2_000, limit) }, call.at);
  const mark = exchange.market(listing.unified)?.markPrice ?? listing.symbol.startPrice;
  return wrapped(`market.${listing.id}.mark_price.${name}`, call, {
    data: rows.map((candle, index) => markCandle(candle, index === rows.length - 1 ? mark : candle.close)),
  });
}

/** Figures are texts, and nothing is traded at a mark. */
export function markCandle({ openAt, open, low, high }: Candle, close: Decimal): Json {
  return {
    id: Math.floor(openAt / 1_000),
    open: cut(open).toString(),
    close: cut(close).toString(),
    low: cut(low.min(close)).toString(),
    high: cut(high.max(close)).toString(),
    amount: '0',
    vol: '0',
    count: '0',
    trade_turnover: '0',
  };
}

function fundingJson(exchange: Exchange, { id, unified }: Listing, { at, clockMs }: Call): Json {
  const market = exchange.market(unified);
  const next = (market?.nextFundingAt ?? at) + clockMs - at;
  return {
    contract_code: id,
    funding_rate: (market?.fundingRate ?? Decimal.zero).toString(),
    funding_time: String(next),
    next_funding_time: String(next + FUNDING_MS),
    min_funding_rate: '-0.00375',
    max_funding_rate: '0.00375',
  };
}

/** The newest first, at the rate of now. */
function fundingHistory(exchange: Exchange, call: Call): unknown {
  const { parameters } = call.parameters;
  const { id, unified } = contractFrom(parameters);
  const limit = readCount(parameters, 'limit', 10, 100);
  const last = Math.floor(call.at / FUNDING_MS) * FUNDING_MS;
  const rate = (exchange.market(unified)?.fundingRate ?? Decimal.zero).toString();
  return Array.from({ length: limit }, (_row, index) => ({
    id: String((last - index * FUNDING_MS) / FUNDING_MS),
    contract_code: id,
    funding_rate: rate,
    funding_time: String(last - index * FUNDING_MS),
  }));
}
