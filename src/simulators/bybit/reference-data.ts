/**
 * Bybit's public data beside books and trades: candles of mark and index prices, open interest, risk limits, announcements.
 *
 * Entry point: `referenceEndpoints`. Sources: "Get Mark Price Kline", "Get Index Price Kline", "Get Premium Index Price Kline", "Get Open
 * Interest", "Get Risk Limit", "Get Long Short Ratio", "Get Insurance", "Get Historical Volatility", "Get Order Price Limit", "Get Announcement"
 * and "Get System Status" of the v5 documentation. Nobody trades here but the accounts, so that open interest is none.
 */
import { Decimal } from '../../core/decimal.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { LISTINGS, type Listing } from './instruments.ts';
import { candlesOf, type MarketSettings } from './market-data.ts';
import type { Json } from './order-json.ts';
import { categoryOf, linearOnly, listingFrom, optionalListing, readLimit } from './parameters.ts';

const PERIODS_MS: Readonly<Record<string, number>> = {
  '5min': 300_000,
  '15min': 900_000,
  '30min': 1_800_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
};

export function referenceEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    ...['mark-price-kline', 'index-price-kline'].map((path) =>
      marketEndpoint(`/v5/market/${path}`, (call) => priceCandles(settings, call)),
    ),
    marketEndpoint('/v5/market/premium-index-price-kline', (call) => premiumCandles(settings, call)),
    publicEndpoint('/v5/market/open-interest', (call) => openInterest(call)),
    publicEndpoint('/v5/market/account-ratio', ({ parameters: { parameters } }) => {
      linearOnly(parameters);
      listingFrom(parameters, 'linear');
      return { list: [], nextPageCursor: '' };
    }),
    publicEndpoint('/v5/market/risk-limit', ({ parameters: { parameters } }) => {
      linearOnly(parameters);
      const named = optionalListing(parameters, 'linear');
      const shown = named === undefined ? LISTINGS.filter(({ category }) => category === 'linear') : [named];
      return { category: 'linear', list: shown.map(riskLimit), nextPageCursor: '' };
    }),
    publicEndpoint('/v5/market/insurance', ({ clockMs }) => ({ updatedTime: String(clockMs), list: [] })),
    publicEndpoint('/v5/market/historical-volatility', () => []),
    publicEndpoint('/v5/market/delivery-price', ({ parameters: { parameters } }) => ({
      category: parameters.required('category'),
      list: [],
      nextPageCursor: '',
    })),
    marketEndpoint('/v5/market/price-limit', ({ parameters: { parameters }, clockMs }) => {
      const category = parameters.has('category') ? categoryOf(parameters) : 'linear';
      const listing = listingFrom(parameters, category);
      const { symbol, unified, price, id } = listing;
      const market = exchange.market(unified);
      const from = (category === 'spot' ? market?.lastPrice : market?.markPrice) ?? symbol.startPrice;
      const distance = from.multiply(symbol.priceLimit.y);
      return {
        symbol: id,
        buyLmt: price(from.add(distance).roundToMultipleOf(symbol.tickSize, 'down')),
        sellLmt: price(from.subtract(distance).roundToMultipleOf(symbol.tickSize, 'up')),
        ts: String(clockMs),
      };
    }),
    publicEndpoint('/v5/announcements/index', () => ({ total: 0, list: [] })),
    publicEndpoint('/v5/system/status', () => ({ list: [] })),
  ];
}

function readSwap({ parameters: { parameters } }: Call): Listing {
  if (parameters.has('category')) linearOnly(parameters);
  return listingFrom(parameters, 'linear');
}

/** Newest first: start, open, high, low, close. */
function priceCandles(settings: MarketSettings, call: Call): unknown {
  const listing = readSwap(call);
  const list = candlesOf(settings, call, listing).map(({ openAt, open, high, low, close }) => [
    String(openAt),
    ...[open, high, low, close].map((figure) => listing.price(figure)),
  ]);
  return { category: 'linear', symbol: listing.id, list: list.toReversed() };
}

/** Mark and index price are one here, unless the operator parts them. */
function premiumCandles(settings: MarketSettings, call: Call): unknown {
  const listing = readSwap(call);
  const list = candlesOf(settings, call, listing).map(({ openAt }) => [
    String(openAt),
    ...Array.from({ length: 4 }, () => '0.000000'),
  ]);
  return { category: 'linear', symbol: listing.id, list: list.toReversed() };
}

function openInterest(call: Call): unknown {
  const { parameters } = call.parameters;
  linearOnly(parameters);
  const listing = listingFrom(parameters, 'linear');
  const periodMs = PERIODS_MS[parameters.required('intervalTime')];
  if (periodMs === undefined) throw malformed('intervalTime');
  const last = Math.floor(call.clockMs / periodMs) * periodMs;
  const list = Array.from({ length: readLimit(parameters, 50, 200) }, (_, index): Json => ({
    openInterest: '0',
    timestamp: String(last - index * periodMs),
  }));
  return { category: 'linear', symbol: listing.id, list, nextPageCursor: '' };
}

/** One tier, since margin rates do not rise with the size of a position here. */
function riskLimit({ symbol, id }: Listing): Json {
  return {
    id: 1,
    symbol: id,
    riskLimitValue: '2000000',
    maintenanceMargin: symbol.maintenanceMarginRate.toString(),
    initialMargin: Decimal.one.divide(Decimal.fromInteger(symbol.maxLeverage), 6, 'up').toString(),
    isLowestRisk: 1,
    maxLeverage: symbol.maxLeverage.toFixed(2),
    mmDeduction: '',
  };
}
