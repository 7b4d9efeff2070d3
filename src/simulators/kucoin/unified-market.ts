/**
 * The public endpoints of KuCoin's unified API (`/api/ua`) that clients of a classic account ask too: funding rates, open interest, tiers, candles
 * of trades and of mark, index and premium.
 *
 * Entry point: `unifiedMarketEndpoints`. Sources: "Get Current Funding Rate", "Get Open Interest", "Get Position Tiers" and "Get Klines" of the unified
 * API in the documentation; fields as ccxt reads them where the pages are silent. Open interest is not counted here.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Candle } from '../market/market-history.ts';
import { publicEndpoint, type Call, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { CONTRACTS, contractNamed, FUNDING_MS, type Contract } from './futures/instruments.ts';
import { unknownContract } from './futures/refusals.ts';
import { MOST_RISK, tierRates } from './futures/risk-limits.ts';
import { intervalNamed } from './intervals.ts';
import { readLimit, readWord, type Parameters } from './parameters.ts';
import { listingNamed } from './spot/instruments.ts';
import type { MarketSettings } from './spot/market-data.ts';
import { candleRow } from './spot/market-data.ts';
import { unknownSymbol } from './spot/refusals.ts';

const MOST_CANDLES = 1_500;
const INTEREST = '6748176';

export function unifiedMarketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    ...(['ua/v1', 'ua/v2'] as const).map((base) =>
      publicEndpoint(
        `${base}/market/funding-rate`,
        'market_data',
        2,
        ({ parameters: { parameters }, at, clockMs }) => {
          const rows = contractsFrom(parameters).map(({ id, unified }) => {
            const market = exchange.market(unified);
            return {
              symbol: id,
              nextFundingRate: (market?.fundingRate ?? Decimal.zero).toString(),
              fundingTime: (market?.nextFundingAt ?? at) + clockMs - at,
              fundingRateCap: '0.003',
              fundingRateFloor: '-0.003',
              currentGranularity: FUNDING_MS,
              newGranularity: null,
              newGranularityStartTime: null,
            };
          });
          // One contract in the first version, all in the second.
          return base === 'ua/v1' ? (rows[0] ?? null) : rows;
        },
      ),
    ),
    publicEndpoint('ua/v1/market/open-interest', 'market_data', 10, (call) => openInterest(call)),
    publicEndpoint('ua/v1/market/position-tiers', 'other', 5, ({ parameters: { parameters } }) =>
      contractsFrom(parameters).map((contract) => {
        const { initial, maintenance } = tierRates(contract);
        return {
          symbol: contract.id,
          tier: 1,
          maxSize: String(MOST_RISK),
          minSize: '0',
          maxLeverage: String(contract.symbol.maxLeverage),
          initialMarginRate: initial.toString(),
          maintainMarginRate: maintenance.toString(),
        };
      }),
    ),
    publicEndpoint('ua/v1/market/kline', 'market_data', 3, (call) => candles(settings, call)),
  ];
}

/** The contracts that are named, or all. */
function contractsFrom(parameters: Parameters): readonly Contract[] {
  const names = parameters.optional('symbol')?.split(',');
  if (names === undefined) return CONTRACTS;
  return names.map((name) => {
    const contract = contractNamed(name);
    if (contract === undefined) throw unknownContract();
    return contract;
  });
}

const INTEREST_INTERVALS_MS: Readonly<Record<string, number>> = {
  '5min': 300_000,
  '15min': 900_000,
  '30min': 1_800_000,
  '1hour': 3_600_000,
  '4hour': 14_400_000,
  '1day': 86_400_000,
};

/** Now; with an interval back in time, newest first. */
function openInterest({ parameters: { parameters }, clockMs }: Call): unknown {
  const contracts = contractsFrom(parameters);
  const interval = parameters.optional('interval');
  if (interval === undefined)
    return contracts.map(({ id }) => ({ symbol: id, openInterest: INTEREST, ts: clockMs }));
  const everyMs = INTEREST_INTERVALS_MS[interval];
  if (everyMs === undefined) throw malformed('interval');
  const last =
    Math.floor(Math.min(clockMs, parameters.optionalInteger('endAt') ?? clockMs) / everyMs) * everyMs;
  const from = parameters.optionalInteger('startAt') ?? 0;
  return Array.from(
    { length: readLimit(parameters, 'pageSize', 100, 200) },
    (_, index) => last - index * everyMs,
  )
    .filter((ts) => ts >= from)
    .flatMap((ts) => contracts.map(({ id }) => ({ symbol: id, openInterest: INTEREST, ts })));
}

const PRICE_KINDS = /-(?:mark-price|index-price|premium-index)$/;

/** Newest first; times are in seconds. Mark and index follow the book here, and the premium is nothing. */
function candles({ history }: MarketSettings, { parameters: { parameters }, at }: Call): unknown {
  const tradeType = readWord(parameters, 'tradeType', ['SPOT', 'FUTURES']) ?? 'SPOT';
  const asked = parameters.required('symbol');
  const name = asked.replace(PRICE_KINDS, '');
  const listing = tradeType === 'SPOT' ? listingNamed(name) : contractNamed(name);
  if (listing === undefined) throw tradeType === 'SPOT' ? unknownSymbol() : unknownContract();
  const interval = intervalNamed(parameters.required('interval'));
  if (interval === undefined) throw malformed('interval');
  const startAt = parameters.optionalInteger('startAt') ?? 0;
  const endAt = parameters.optionalInteger('endAt') ?? 0;
  const endMs = endAt === 0 ? at : Math.min(at, endAt * 1_000 - 1);
  const isPremium = asked.endsWith('-premium-index');
  const list = history
    .candles(listing.unified, interval, { limit: MOST_CANDLES, endMs }, at)
    .filter(({ openAt }) => openAt >= startAt * 1_000)
    .map((candle) => candleRow(isPremium ? without(candle) : candle))
    .reverse();
  return { tradeType, symbol: asked, list };
}

function without(candle: Candle): Candle {
  const zero = Decimal.zero;
  return { ...candle, open: zero, high: zero, low: zero, close: zero, volume: zero, quoteVolume: zero };
}
