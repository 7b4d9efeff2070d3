/**
 * OKX's public data beside books and trades: index and mark-price candles, index tickers, open interest, position tiers, the status of the
 * system and of trading statistics.
 *
 * Entry point: `referenceEndpoints`. Sources: "Get index tickers", "Get index candlesticks", "Get mark price candlesticks", "Get open interest",
 * "Get position tiers", "Get underlying", "Get insurance fund", "Status" and "Trading Statistics" of the v5 documentation. Nobody trades here
 * but the accounts, so that open interest is none, and statistics of other users are empty.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Candle } from '../market/market-history.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { missing, parameterError } from './errors.ts';
import { LISTINGS, listingNamed, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import { tickerJson, type Json, type MarketSettings } from './market-data.ts';
import { instTypeFrom, listingFrom, optionalListing, readLimit, unknownInstrument } from './parameters.ts';

const MOST_CANDLES = 100;

export function referenceEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    publicEndpoint('system/status', () => []),
    publicEndpoint('support/announcements', () => [{ details: [], totalPage: '0' }]),
    publicEndpoint('public/underlying', ({ parameters: { parameters } }) =>
      instTypeFrom(parameters) === 'SWAP' ? [swaps().map(({ id }) => indexOf(id))] : [[]],
    ),
    publicEndpoint('public/open-interest', (call) => openInterest(call)),
    publicEndpoint('public/position-tiers', (call) => positionTiers(call)),
    publicEndpoint('public/insurance-fund', () => []),
    publicEndpoint('public/estimated-price', () => []),
    publicEndpoint('public/convert-contract-coin', (call) => convertedSize(call)),
    marketEndpoint('market/index-tickers', (call) => indexTickers(settings, call)),
    marketEndpoint('market/books-full', ({ parameters: { parameters }, clockMs }) => {
      const shown = exchange.book(listingFrom(parameters).unified, parameters.optionalInteger('sz') ?? 1);
      const levels = (side: 'asks' | 'bids'): string[][] =>
        Array.from(shown?.[side] ?? [], ([price, size]) => [price.toString(), size.toString(), '1']);
      return [{ asks: levels('asks'), bids: levels('bids'), ts: String(clockMs) }];
    }),
    ...['market/index-candles', 'market/history-index-candles'].map((path) =>
      marketEndpoint(path, (call) => candles(settings, call, spotOfIndex(call))),
    ),
    ...['market/mark-price-candles', 'market/history-mark-price-candles'].map((path) =>
      marketEndpoint(path, (call) => candles(settings, call, listingFrom(call.parameters.parameters))),
    ),
    ...STATISTICS.map((path) => publicEndpoint(`rubik/stat/${path}`, () => [])),
  ];
}

const STATISTICS = [
  'taker-volume',
  'taker-volume-contract',
  'margin/loan-ratio',
  'contracts/long-short-account-ratio',
  'contracts/long-short-account-ratio-contract',
  'contracts/long-short-account-ratio-contract-top-trader',
  'contracts/long-short-position-ratio-contract-top-trader',
  'contracts/open-interest-history',
  'contracts/open-interest-volume',
] as const;

function swaps(): readonly Listing[] {
  return LISTINGS.filter(({ instType }) => instType === 'SWAP');
}

/** `BTC-USDT` of `BTC-USDT-SWAP`: the name of the index and of the family. */
function indexOf(id: string): string {
  return id.replace(/-SWAP$/, '');
}

/** The swap of an index, by whose index price it goes. */
function listingOfIndex(index: string): Listing {
  const listing = listingNamed(`${index}-SWAP`) ?? listingNamed(index);
  if (listing === undefined) throw unknownInstrument();
  return listing;
}

function spotOfIndex({ parameters: { parameters } }: Call): Listing {
  const index = parameters.required('instId');
  return listingNamed(index) ?? listingOfIndex(index);
}

/** Newest first, without volumes: time, open, high, low, close, and whether it has ended. */
function candles({ history }: MarketSettings, { parameters, at }: Call, { unified }: Listing): unknown {
  const { parameters: given } = parameters;
  const interval = intervalNamed(given.optional('bar') ?? '1m');
  if (interval === undefined) throw parameterError('bar');
  const before = given.optionalInteger('before');
  const after = given.optionalInteger('after');
  const limit = readLimit(given, MOST_CANDLES, MOST_CANDLES);
  return history
    .candles(unified, interval, { limit, ...(after === undefined ? {} : { endMs: after - 1 }) }, at)
    .filter(({ openAt }) => before === undefined || openAt > before)
    .map((candle: Candle) => [
      String(candle.openAt),
      ...[candle.open, candle.high, candle.low, candle.close].map((figure) => figure.toString()),
      candle.closeAt < at ? '1' : '0',
    ])
    .toReversed();
}

function indexTickers(settings: MarketSettings, { parameters: { parameters }, at, clockMs }: Call): unknown {
  const index = parameters.optional('instId');
  const quote = parameters.optional('quoteCcy');
  if (index === undefined && quote === undefined) throw missing('quoteCcy');
  const asked =
    index === undefined ? swaps().filter(({ symbol }) => symbol.quote === quote) : [listingOfIndex(index)];
  return asked.map((listing): Json => {
    const day = tickerJson(settings, listing, at, clockMs);
    return {
      high24h: day['high24h'],
      idxPx: (settings.exchange.market(listing.unified)?.indexPrice ?? Decimal.zero).toString(),
      instId: indexOf(listing.id),
      low24h: day['low24h'],
      open24h: day['open24h'],
      sodUtc0: day['sodUtc0'],
      sodUtc8: day['sodUtc8'],
      ts: String(clockMs),
    };
  });
}

function openInterest({ parameters: { parameters }, clockMs }: Call): unknown {
  const instType = instTypeFrom(parameters);
  if (instType === undefined) throw missing('instType');
  const named = optionalListing(parameters);
  if (instType !== 'SWAP') return [];
  return swaps()
    .filter((listing) => named === undefined || named === listing)
    .map(({ id }) => ({ instId: id, instType, oi: '0', oiCcy: '0', oiUsd: '0', ts: String(clockMs) }));
}

/** One tier, since margin rates do not rise with the size of a position here. */
function positionTiers({ parameters: { parameters } }: Call): unknown {
  const instType = instTypeFrom(parameters);
  if (instType === undefined) throw missing('instType');
  parameters.required('tdMode');
  if (instType !== 'SWAP') return [];
  const asked = [parameters.optional('instFamily') ?? parameters.optional('uly') ?? '']
    .flatMap((families) => families.split(','))
    .filter((family) => family !== '');
  if (asked.length === 0) throw missing('instFamily');
  return asked.flatMap((family) => {
    const listing = listingNamed(`${family}-SWAP`);
    if (listing === undefined) return [];
    const { symbol } = listing;
    return [
      {
        baseMaxLoan: '',
        imr: Decimal.one.divide(Decimal.fromInteger(symbol.maxLeverage), 6, 'up').toString(),
        instFamily: family,
        instId: '',
        maxLever: String(symbol.maxLeverage),
        maxSz: symbol.maxLimitSize.toString(),
        minSz: '0',
        mmr: symbol.maintenanceMarginRate.toString(),
        optMgnFactor: '0',
        quoteMaxLoan: '',
        tier: '1',
        uly: family,
      },
    ];
  });
}

/** "Convert the crypto value to the number of contracts, or vice versa". */
function convertedSize({ parameters: { parameters } }: Call): unknown {
  const { id, symbol, instType } = listingFrom(parameters);
  if (instType !== 'SWAP') throw parameterError('instId');
  const type = parameters.optional('type') ?? '1';
  const size = parameters.requiredDecimal('sz');
  const converted =
    type === '1'
      ? size.divide(symbol.contractValue, 12, 'half_even').roundToMultipleOf(symbol.lotSize, 'down')
      : size.multiply(symbol.contractValue);
  return [
    {
      instId: id,
      px: parameters.optional('px') ?? '',
      sz: converted.toString(),
      type,
      unit: parameters.optional('unit') ?? 'coin',
    },
  ];
}
