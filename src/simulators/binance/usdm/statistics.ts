/**
 * The statistics of USD-M symbols under `/futures/data`: open interest, ratios of long and short, taker volume, basis.
 *
 * Entry point: `statisticsEndpoints`. Open interest and ratios are those of the accounts that trade here, as they are now,
 * at every time asked for: their past is not kept. An even ratio stands where nobody holds anything. Taker volume comes from the
 * candles. Source: "Market Data" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import { fixed } from '../../wire/figures.ts';
import { marketEndpoint, type Call, type Endpoint } from '../authentication.ts';
import { invalidParameter, invalidSymbol } from '../errors.ts';
import { intervalNamed } from '../intervals.ts';
import type { Listing } from '../listing.ts';
import { readLimit } from '../market-data.ts';
import { usdmListing } from './instruments.ts';

const PERIODS = ['5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d'];
const USUAL_ROWS = 30;
const MOST_ROWS = 500;
const KEPT_MS = 30 * 24 * 3_600_000;
const RATIO_SCALE = 4;

export type StatisticsSettings = { readonly exchange: Exchange; readonly history: MarketHistory };

export function statisticsEndpoints(settings: StatisticsSettings): Endpoint[] {
  const { exchange } = settings;
  const ratio = (name: string, show: (sides: Sides) => Shares): Endpoint =>
    series(`/futures/data/${name}`, 'symbol', (listing, timestamp) => ({
      symbol: listing.id,
      ...ratioFields(show(sidesOf(exchange, listing))),
      timestamp,
    }));
  return [
    series('/futures/data/openInterestHist', 'symbol', (listing, timestamp) => {
      const open = openInterest(exchange, listing.unified);
      const price = exchange.market(listing.unified)?.markPrice ?? Decimal.zero;
      return {
        symbol: listing.id,
        sumOpenInterest: fixed(open, 8),
        sumOpenInterestValue: fixed(open.multiply(price), 8),
        CMCCirculatingSupply: '0',
        timestamp,
      };
    }),
    ratio('topLongShortPositionRatio', ({ longQuantity, shortQuantity }) => [longQuantity, shortQuantity]),
    ratio('topLongShortAccountRatio', ({ longs, shorts }) => [longs, shorts]),
    ratio('globalLongShortAccountRatio', ({ longs, shorts }) => [longs, shorts]),
    takerVolume(settings),
    basis(settings),
    marketEndpoint('/futures/data/delivery-price', 0, (call) => {
      call.parameters.required('pair');
      return [];
    }),
  ];
}

/** All long positions that the venue's clients hold. */
export function openInterest(exchange: Exchange, symbol: string): Decimal {
  return sidesOf(exchange, { unified: symbol }).longQuantity;
}

type Sides = {
  readonly longQuantity: Decimal;
  readonly shortQuantity: Decimal;
  /** Accounts. */
  readonly longs: Decimal;
  readonly shorts: Decimal;
};

function sidesOf(exchange: Exchange, { unified }: Pick<Listing, 'unified'>): Sides {
  const held = exchange
    .accounts()
    .flatMap(({ accountId }) => exchange.positions(accountId))
    .filter((position) => position.symbol === unified && !position.quantity.isZero())
    .map(({ quantity }) => quantity);
  const longs = held.filter((quantity) => quantity.isPositive());
  const shorts = held.filter((quantity) => quantity.isNegative());
  const sum = (quantities: readonly Decimal[]): Decimal =>
    quantities.reduce((total, quantity) => total.add(quantity.abs()), Decimal.zero);
  return {
    longQuantity: sum(longs),
    shortQuantity: sum(shorts),
    longs: Decimal.fromInteger(longs.length),
    shorts: Decimal.fromInteger(shorts.length),
  };
}

type Shares = readonly [long: Decimal, short: Decimal];

const HALF = Decimal.of(5n, 1);

/** Rounded half to even. A side that is empty counts as one part in ten thousand, since no ratio to nothing can be shown. */
function ratioFields([long, short]: Shares): Record<string, string> {
  const all = long.add(short);
  const least = Decimal.of(1n, RATIO_SCALE);
  const share = all.isZero() ? HALF : long.divide(all, RATIO_SCALE, 'half_even');
  const longAccount = share.max(least).min(Decimal.one.subtract(least));
  const shortAccount = Decimal.one.subtract(longAccount);
  return {
    longShortRatio: fixed(longAccount.divide(shortAccount, RATIO_SCALE, 'half_even'), RATIO_SCALE),
    longAccount: fixed(longAccount, RATIO_SCALE),
    shortAccount: fixed(shortAccount, RATIO_SCALE),
  };
}

type Period = { readonly ms: number; readonly timestamps: readonly number[] };

/** The ends of the periods that `period`, `startTime`, `endTime` and `limit` name, oldest first. */
function readPeriod({ parameters, at }: Call): Period {
  const name = parameters.required('period');
  const interval = PERIODS.includes(name) ? intervalNamed(name) : undefined;
  if (interval === undefined || interval === 'month') throw invalidParameter('period');
  const { ms } = interval;
  const startMs = parameters.optionalInteger('startTime');
  const endMs = Math.min(parameters.optionalInteger('endTime') ?? at, at);
  if (startMs !== undefined && startMs < at - KEPT_MS) throw invalidParameter('startTime');
  const limit = readLimit(parameters, USUAL_ROWS, MOST_ROWS);
  const last = Math.floor(endMs / ms) * ms;
  const earliest = Math.max(startMs ?? 0, last - (limit - 1) * ms);
  const timestamps: number[] = [];
  for (let end = last; end >= earliest; end -= ms) timestamps.unshift(end);
  return { ms, timestamps };
}

function readListing(call: Call, name: 'symbol' | 'pair'): Listing {
  const listing = usdmListing(call.parameters.required(name));
  if (listing === undefined) throw invalidSymbol();
  return listing;
}

function series(
  path: string,
  name: 'symbol' | 'pair',
  row: (listing: Listing, timestamp: number) => unknown,
): Endpoint {
  return marketEndpoint(path, 0, (call) => {
    const listing = readListing(call, name);
    return readPeriod(call).timestamps.map((timestamp) => row(listing, timestamp));
  });
}

function takerVolume({ history }: StatisticsSettings): Endpoint {
  return marketEndpoint('/futures/data/takerlongshortRatio', 0, (call) => {
    const listing = readListing(call, 'symbol');
    const { ms, timestamps } = readPeriod(call);
    const first = timestamps[0] ?? call.at;
    const query = { startMs: first - ms, endMs: call.at, limit: timestamps.length + 1 };
    return history
      .candles(listing.unified, { ms }, query, call.at)
      .filter((candle) => timestamps.includes(candle.openAt + ms))
      .map((candle) => {
        const sold = candle.volume.subtract(candle.takerBuyVolume);
        return {
          buySellRatio: fixed(ratioOf(candle.takerBuyVolume, sold), RATIO_SCALE),
          buyVol: listing.quantity(candle.takerBuyVolume),
          sellVol: listing.quantity(sold),
          timestamp: candle.openAt + ms,
        };
      });
  });
}

function ratioOf(part: Decimal, other: Decimal): Decimal {
  return other.isZero() ? Decimal.one : part.divide(other, RATIO_SCALE, 'half_even');
}

function basis({ exchange }: StatisticsSettings): Endpoint {
  return marketEndpoint('/futures/data/basis', 0, (call) => {
    const listing = readListing(call, 'pair');
    const contractType = call.parameters.required('contractType');
    if (!['PERPETUAL', 'CURRENT_QUARTER', 'NEXT_QUARTER'].includes(contractType))
      throw invalidParameter('contractType');
    const { timestamps } = readPeriod(call);
    if (contractType !== 'PERPETUAL') return [];
    const market = exchange.market(listing.unified);
    const [index, price] = [market?.indexPrice ?? Decimal.zero, market?.lastPrice ?? Decimal.zero];
    const difference = price.subtract(index);
    const rate = index.isZero() ? Decimal.zero : difference.divide(index, RATIO_SCALE, 'half_even');
    return timestamps.map((timestamp) => ({
      indexPrice: fixed(index, 8),
      contractType,
      basisRate: fixed(rate, RATIO_SCALE),
      futuresPrice: listing.price(price),
      annualizedBasisRate: '',
      basis: fixed(difference, 8),
      pair: listing.id,
      timestamp,
    }));
  });
}
