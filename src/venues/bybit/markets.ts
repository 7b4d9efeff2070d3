/**
 * Bybit's instruments, read once from the instrument list and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`, `nextPageOf`. Source: "Get Instruments Info" of the v5 documentation.
 * Only perpetuals that settle in USDT are read: dated futures and contracts in USDC are other products.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset, instrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind, PriceBand } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import {
  asArray,
  asObject,
  figure,
  isObject,
  optionalFigure,
  optionalText,
  text,
} from '../ccxt/exact-json.ts';
import type { ListedInstrument } from '../markets.ts';

interface FeeRates {
  readonly maker: Decimal;
  readonly taker: Decimal;
}

/** Rates of an account without volume ("Trading Fee Structure" of the help centre): the worst case. */
export const BASE_FEES: Readonly<Record<InstrumentKind, FeeRates>> = {
  spot: { maker: Decimal.parse('0.001'), taker: Decimal.parse('0.001') },
  linear_swap: { maker: Decimal.parse('0.0002'), taker: Decimal.parse('0.00055') },
};

/** The rows of a `result`. */
function rowsOf(result: JsonValue): readonly JsonObject[] {
  return asArray(asObject(result, 'instruments')['list'], 'instruments').map((item) =>
    asObject(item, 'instrument'),
  );
}

/** The cursor of the page after this one; null on the last. */
export function nextPageOf(result: JsonValue): string | null {
  return optionalText(asObject(result, 'page'), 'nextPageCursor');
}

/** `minOrderQty` is deprecated and not checked: the least amount alone counts, and the grid. */
export function parseSpotInstruments(result: JsonValue): readonly ListedInstrument[] {
  return rowsOf(result).map((symbol) => {
    const base = text(symbol, 'baseCoin');
    const quote = text(symbol, 'quoteCoin');
    const lot = asObject(symbol['lotSizeFilter'], 'lotSizeFilter');
    const lotSize = figure(lot, 'basePrecision');
    return {
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        venue: 'bybit',
        symbol: instrumentSymbol(`${base}/${quote}`),
        kind: 'spot',
        base: asset(base),
        quote: asset(quote),
        settle: asset(quote),
        tickSize: tickSizeOf(symbol),
        lotSize,
        minQuantity: lotSize,
        maxQuantity: bound(lot, 'maxLimitOrderQty') ?? bound(lot, 'maxOrderQty'),
        maxMarketQuantity: bound(lot, 'maxMarketOrderQty'),
        minNotional: bound(lot, 'minOrderAmt'),
        minPrice: null,
        maxPrice: null,
        priceBand: bandOf(symbol),
        contractSize: Decimal.one,
        makerFeeRate: BASE_FEES.spot.maker,
        takerFeeRate: BASE_FEES.spot.taker,
        // "Spot Fee Currency Instruction": a buy is charged in its base coin.
        buyFeeTakenFrom: 'base',
        active: text(symbol, 'status') === 'Trading',
      },
    };
  });
}

/** Sizes are in base units: a contract is one unit of the base coin. */
export function parseSwapInstruments(result: JsonValue): readonly ListedInstrument[] {
  return rowsOf(result)
    .filter(
      (symbol) => text(symbol, 'contractType') === 'LinearPerpetual' && text(symbol, 'settleCoin') === 'USDT',
    )
    .map((symbol) => {
      const base = text(symbol, 'baseCoin');
      const quote = text(symbol, 'quoteCoin');
      const lot = asObject(symbol['lotSizeFilter'], 'lotSizeFilter');
      const price = asObject(symbol['priceFilter'], 'priceFilter');
      return {
        venueSymbol: text(symbol, 'symbol'),
        instrument: {
          venue: 'bybit',
          symbol: instrumentSymbol(`${base}/${quote}:USDT`),
          kind: 'linear_swap',
          base: asset(base),
          quote: asset(quote),
          settle: asset('USDT'),
          tickSize: tickSizeOf(symbol),
          lotSize: figure(lot, 'qtyStep'),
          minQuantity: figure(lot, 'minOrderQty'),
          maxQuantity: bound(lot, 'maxOrderQty'),
          maxMarketQuantity: bound(lot, 'maxMktOrderQty'),
          minNotional: bound(lot, 'minNotionalValue'),
          minPrice: bound(price, 'minPrice'),
          maxPrice: bound(price, 'maxPrice'),
          priceBand: bandOf(symbol),
          contractSize: Decimal.one,
          makerFeeRate: BASE_FEES.linear_swap.maker,
          takerFeeRate: BASE_FEES.linear_swap.taker,
          buyFeeTakenFrom: 'quote',
          active: text(symbol, 'status') === 'Trading',
        },
      };
    });
}

function tickSizeOf(symbol: JsonObject): Decimal {
  return figure(asObject(symbol['priceFilter'], 'priceFilter'), 'tickSize');
}

/**
 * Ratio X of the mark bounds purchases above and sales below. Of contracts the venue's own bound lies there or beyond: it takes the index
 * and an average premium into account as far as they widen it ("Set Price Limit Behaviour"). On spot it is measured from the index and
 * the book's premium over it of two minutes, which together are near the middle of the book; that is the mark there.
 */
function bandOf(symbol: JsonObject): PriceBand | null {
  const risk = symbol['riskParameters'];
  const ratio = isObject(risk) ? bound(risk, 'priceLimitRatioX') : null;
  if (ratio === null) return null;
  return {
    reference: 'mark',
    buy: { down: null, up: Decimal.one.add(ratio) },
    sell: { down: Decimal.one.subtract(ratio), up: null },
  };
}

/** The bound, or null where none is stated. */
function bound(filter: JsonObject, key: string): Decimal | null {
  const value = optionalFigure(filter, key);
  return value === null || value.isZero() ? null : value;
}
