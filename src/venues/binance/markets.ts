/**
 * Binance's instruments, read once from `exchangeInfo` and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`, `parseRateLimits`.
 * Sources: "Exchange information" and filters.md of binance-spot-api-docs; "Exchange Information" of the USD-M
 * futures documentation. A bound that a filter leaves open (a zero) is null, not zero.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Instrument, PriceBand } from '../../core/instrument.ts';
import { asArray, asObject, figure, positiveFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';

/** The venue's published rates for an account without volume; the worst case. */
const BASE_FEES: BaseFees = {
  spot: { maker: Decimal.parse('0.001'), taker: Decimal.parse('0.001') },
  linear_swap: { maker: Decimal.parse('0.0002'), taker: Decimal.parse('0.0005') },
};

export function parseSpotInstruments(body: JsonValue): readonly ListedInstrument[] {
  return asArray(asObject(body, 'exchangeInfo')['symbols'], 'symbols').map((item) => {
    const symbol = asObject(item, 'symbol');
    const base = text(symbol, 'baseAsset');
    const quote = text(symbol, 'quoteAsset');
    return {
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        ...limitsOf(symbol),
        ...identityOf('binance', 'spot', [base, quote, quote]),
        contractSize: Decimal.one,
        ...feesOf(BASE_FEES, 'spot'),
        // From what is received, unless fees are paid in another asset.
        buyFeeTakenFrom: 'base',
        active: text(symbol, 'status') === 'TRADING' && symbol['isSpotTradingAllowed'] !== false,
      },
    };
  });
}

/** Perpetuals only. Sizes are in base units: a contract is one unit of the base asset. */
export function parseSwapInstruments(body: JsonValue): readonly ListedInstrument[] {
  return asArray(asObject(body, 'exchangeInfo')['symbols'], 'symbols')
    .map((item) => asObject(item, 'symbol'))
    .filter((symbol) => text(symbol, 'contractType') === 'PERPETUAL')
    .map((symbol) => {
      const base = text(symbol, 'baseAsset');
      const quote = text(symbol, 'quoteAsset');
      const margin = text(symbol, 'marginAsset');
      return {
        venueSymbol: text(symbol, 'symbol'),
        instrument: {
          ...limitsOf(symbol),
          ...identityOf('binance', 'linear_swap', [base, quote, margin]),
          contractSize: Decimal.one,
          ...feesOf(BASE_FEES, 'linear_swap'),
          buyFeeTakenFrom: 'quote',
          active: text(symbol, 'status') === 'TRADING',
        },
      };
    });
}

type Limits = Pick<
  Instrument,
  | 'tickSize'
  | 'lotSize'
  | 'minQuantity'
  | 'maxQuantity'
  | 'maxMarketQuantity'
  | 'minNotional'
  | 'minPrice'
  | 'maxPrice'
  | 'priceBand'
>;

function limitsOf(symbol: JsonObject): Limits {
  const filters = new Map(
    asArray(symbol['filters'], 'filters').map((item) => {
      const filter = asObject(item, 'filter');
      return [text(filter, 'filterType'), filter] as const;
    }),
  );
  const price = filters.get('PRICE_FILTER') ?? {};
  const lot = filters.get('LOT_SIZE') ?? {};
  const marketLot = filters.get('MARKET_LOT_SIZE') ?? {};
  const notional = filters.get('NOTIONAL') ?? filters.get('MIN_NOTIONAL') ?? {};
  // A filter turned off shows zero; then only the precision of the asset bounds the figure.
  const tickSize =
    positiveFigure(price, 'tickSize') ??
    precisionStep(symbol, ['quoteAssetPrecision', 'quotePrecision', 'pricePrecision']);
  const lotSize =
    positiveFigure(lot, 'stepSize') ?? precisionStep(symbol, ['baseAssetPrecision', 'quantityPrecision']);
  return {
    tickSize,
    lotSize,
    minQuantity: positiveFigure(lot, 'minQty') ?? lotSize,
    maxQuantity: positiveFigure(lot, 'maxQty'),
    maxMarketQuantity: positiveFigure(marketLot, 'maxQty'),
    // Spot writes `minNotional`, futures `notional`.
    minNotional: positiveFigure(notional, 'minNotional') ?? positiveFigure(notional, 'notional'),
    minPrice: positiveFigure(price, 'minPrice'),
    maxPrice: positiveFigure(price, 'maxPrice'),
    priceBand: bandFrom(filters),
  };
}

/**
 * Spot measures by the side of the order, or both sides alike on older symbols, from the average price (filters.md); USD-M
 * bounds purchases above and sales below, from the mark price ("Common Definition"). With zero `avgPriceMins` spot measures from the last
 * price, which no quote here has: a band around another price would move closing orders to where nothing fills.
 */
function bandFrom(filters: ReadonlyMap<string, JsonObject>): PriceBand | null {
  const bySide = filters.get('PERCENT_PRICE_BY_SIDE');
  const measured = bySide ?? filters.get('PERCENT_PRICE');
  if (measured?.['avgPriceMins'] !== undefined && wholeNumber(measured, 'avgPriceMins') === 0) return null;
  if (bySide !== undefined)
    return {
      reference: 'average',
      buy: {
        down: positiveFigure(bySide, 'bidMultiplierDown'),
        up: positiveFigure(bySide, 'bidMultiplierUp'),
      },
      sell: {
        down: positiveFigure(bySide, 'askMultiplierDown'),
        up: positiveFigure(bySide, 'askMultiplierUp'),
      },
    };
  const percent = filters.get('PERCENT_PRICE');
  if (percent === undefined) return null;
  const [down, up] = [positiveFigure(percent, 'multiplierDown'), positiveFigure(percent, 'multiplierUp')];
  return percent['avgPriceMins'] === undefined
    ? { reference: 'mark', buy: { down: null, up }, sell: { down, up: null } }
    : { reference: 'average', buy: { down, up }, sell: { down, up } };
}

function precisionStep(symbol: JsonObject, keys: readonly string[]): Decimal {
  const key = keys.find((candidate) => symbol[candidate] !== undefined);
  return Decimal.of(1n, key === undefined ? 8 : wholeNumber(symbol, key));
}

/** One entry of `rateLimits`. */
export interface RateLimit {
  readonly type: string;
  readonly intervalMs: number;
  readonly limit: number;
}

const INTERVAL_MS: Readonly<Record<string, number>> = {
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

/** Entries of an interval that we do not know are left out. */
export function parseRateLimits(body: JsonValue): readonly RateLimit[] {
  return asArray(asObject(body, 'exchangeInfo')['rateLimits'] ?? [], 'rateLimits').flatMap((item) => {
    const limit = asObject(item, 'rate limit');
    const unitMs = INTERVAL_MS[text(limit, 'interval')];
    return unitMs === undefined
      ? []
      : [
          {
            type: text(limit, 'rateLimitType'),
            intervalMs: unitMs * wholeNumber(limit, 'intervalNum'),
            limit: figure(limit, 'limit').toApproximateNumber(),
          },
        ];
  });
}
