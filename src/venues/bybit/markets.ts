/**
 * Bybit's instruments, read once from the instrument list and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`, for the rows of the list. Source: "Get Instruments Info" of the v5 documentation.
 * Only perpetuals that settle in USDT are read: dated futures and contracts in USDC are other products.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PriceBand } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asObject, figure, isObject, positiveFigure, text } from '../ccxt/exact-json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';

/** Rates of an account without volume ("Trading Fee Structure" of the help centre): the worst case. */
const BASE_FEES: BaseFees = {
  spot: { maker: Decimal.parse('0.001'), taker: Decimal.parse('0.001') },
  linear_swap: { maker: Decimal.parse('0.0002'), taker: Decimal.parse('0.00055') },
};

const symbolOf = (row: JsonValue): JsonObject => asObject(row, 'instrument');

/** `minOrderQty` is deprecated and not checked: the least amount alone counts, and the grid. */
export function parseSpotInstruments(rows: readonly JsonValue[]): readonly ListedInstrument[] {
  return rows.map(symbolOf).map((symbol) => {
    const base = text(symbol, 'baseCoin');
    const quote = text(symbol, 'quoteCoin');
    const lot = asObject(symbol['lotSizeFilter'], 'lotSizeFilter');
    const lotSize = figure(lot, 'basePrecision');
    return {
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        ...identityOf('bybit', 'spot', [base, quote, quote]),
        tickSize: tickSizeOf(symbol),
        lotSize,
        minQuantity: lotSize,
        maxQuantity: positiveFigure(lot, 'maxLimitOrderQty') ?? positiveFigure(lot, 'maxOrderQty'),
        maxMarketQuantity: positiveFigure(lot, 'maxMarketOrderQty'),
        minNotional: positiveFigure(lot, 'minOrderAmt'),
        minPrice: null,
        maxPrice: null,
        priceBand: bandOf(symbol),
        contractSize: Decimal.one,
        ...feesOf(BASE_FEES, 'spot'),
        // "Spot Fee Currency Instruction": a buy is charged in its base coin.
        buyFeeTakenFrom: 'base',
        active: text(symbol, 'status') === 'Trading',
      },
    };
  });
}

/** Sizes are in base units: a contract is one unit of the base coin. */
export function parseSwapInstruments(rows: readonly JsonValue[]): readonly ListedInstrument[] {
  return rows
    .map(symbolOf)
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
          ...identityOf('bybit', 'linear_swap', [base, quote, 'USDT']),
          tickSize: tickSizeOf(symbol),
          lotSize: figure(lot, 'qtyStep'),
          minQuantity: figure(lot, 'minOrderQty'),
          maxQuantity: positiveFigure(lot, 'maxOrderQty'),
          maxMarketQuantity: positiveFigure(lot, 'maxMktOrderQty'),
          minNotional: positiveFigure(lot, 'minNotionalValue'),
          minPrice: positiveFigure(price, 'minPrice'),
          maxPrice: positiveFigure(price, 'maxPrice'),
          priceBand: bandOf(symbol),
          contractSize: Decimal.one,
          ...feesOf(BASE_FEES, 'linear_swap'),
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
  const ratio = isObject(risk) ? positiveFigure(risk, 'priceLimitRatioX') : null;
  if (ratio === null) return null;
  return {
    reference: 'mark',
    buy: { down: null, up: Decimal.one.add(ratio) },
    sell: { down: Decimal.one.subtract(ratio), up: null },
  };
}
