/**
 * OKX's instruments, read once from the instrument list and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`, for the rows of the list. Source: "Get instruments" of the v5 documentation.
 * Sizes of swaps are contracts there and base units here. Only linear perpetuals that settle in USDT are read.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import {
  asObject,
  figure,
  optionalFigure,
  positiveFigure,
  positiveOrNull,
  text,
} from '../ccxt/exact-json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';

/** Rates of a regular user of the first level ("Fee rates" of the help centre): the worst case. */
const BASE_FEES: BaseFees = {
  spot: { maker: Decimal.parse('0.0008'), taker: Decimal.parse('0.001') },
  linear_swap: { maker: Decimal.parse('0.0002'), taker: Decimal.parse('0.0005') },
};

/**
 * Bounds of limit prices are stated as prices of a moment ("Get limit price") and follow from figures that no page gives: no band is
 * declared. Orders that must not rest are sent with `pxAmendType` instead (order-parameters.ts).
 */
const NO_BAND = { minPrice: null, maxPrice: null, priceBand: null } as const;

const symbolOf = (row: JsonValue): JsonObject => asObject(row, 'instrument');

/** Instruments before their listing have empty figures. */
function isPriced(symbol: JsonObject): boolean {
  return ['tickSz', 'lotSz', 'minSz'].every((key) => positiveFigure(symbol, key) !== null);
}

const isLive = (symbol: JsonObject): boolean => text(symbol, 'state') === 'live';

export function parseSpotInstruments(rows: readonly JsonValue[]): readonly ListedInstrument[] {
  return rows
    .map(symbolOf)
    .filter(isPriced)
    .map((symbol) => {
      const quote = text(symbol, 'quoteCcy');
      return {
        venueSymbol: text(symbol, 'instId'),
        instrument: {
          ...identityOf('okx', 'spot', [text(symbol, 'baseCcy'), quote, quote]),
          ...NO_BAND,
          tickSize: figure(symbol, 'tickSz'),
          lotSize: figure(symbol, 'lotSz'),
          minQuantity: figure(symbol, 'minSz'),
          maxQuantity: positiveFigure(symbol, 'maxLmtSz'),
          // `maxMktSz` is an amount of USDT here.
          maxMarketQuantity: null,
          minNotional: null,
          contractSize: Decimal.one,
          ...feesOf(BASE_FEES, 'spot'),
          // "fee is charged in the currency you receive from the trade" (`feeType` 0, the only one that is connected).
          buyFeeTakenFrom: 'base',
          active: isLive(symbol),
        },
      };
    });
}

/** `ctVal` times `ctMult` base units are one contract; `lotSz` may be a fraction of it. */
export function parseSwapInstruments(rows: readonly JsonValue[]): readonly ListedInstrument[] {
  return rows
    .map(symbolOf)
    .filter(
      (symbol) =>
        text(symbol, 'ctType') === 'linear' &&
        text(symbol, 'settleCcy') === 'USDT' &&
        isPriced(symbol) &&
        positiveFigure(symbol, 'ctVal') !== null,
    )
    .map((symbol) => {
      const base = text(symbol, 'ctValCcy');
      const contractSize = figure(symbol, 'ctVal').multiply(optionalFigure(symbol, 'ctMult') ?? Decimal.one);
      const inBase = (key: string): Decimal => figure(symbol, key).multiply(contractSize);
      const boundInBase = (key: string): Decimal | null =>
        positiveOrNull(optionalFigure(symbol, key)?.multiply(contractSize) ?? null);
      return {
        venueSymbol: text(symbol, 'instId'),
        instrument: {
          ...identityOf('okx', 'linear_swap', [base, 'USDT', 'USDT']),
          ...NO_BAND,
          tickSize: figure(symbol, 'tickSz'),
          lotSize: inBase('lotSz'),
          minQuantity: inBase('minSz'),
          maxQuantity: boundInBase('maxLmtSz'),
          maxMarketQuantity: boundInBase('maxMktSz'),
          minNotional: null,
          contractSize,
          ...feesOf(BASE_FEES, 'linear_swap'),
          buyFeeTakenFrom: 'quote',
          active: isLive(symbol),
        },
      };
    });
}
