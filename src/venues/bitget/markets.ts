/**
 * Bitget's instruments, read once from the instrument list and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`, for the rows of the list. Source: "Get Instruments" of the unified account's
 * documentation. Sizes of futures are in the base coin already. Only perpetuals that settle in USDT are read.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Instrument, PriceBand } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asObject, optionalText, positiveFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';

/** Rates of an account without volume ("Fee Rate" of the help centre): the worst case. */
const BASE_FEES: BaseFees = {
  spot: { maker: Decimal.parse('0.001'), taker: Decimal.parse('0.001') },
  linear_swap: { maker: Decimal.parse('0.0002'), taker: Decimal.parse('0.0006') },
};

const symbolOf = (row: JsonValue): JsonObject => asObject(row, 'instrument');

type Figures = Pick<
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
  | 'contractSize'
>;

/** A quantity of zero bounds nothing (`maxOrderQty` of spot). */
function figuresOf(symbol: JsonObject): Figures {
  const lotSize = stepOf(symbol, 'quantityMultiplier', 'quantityPrecision');
  const maxQuantity = positiveFigure(symbol, 'maxOrderQty');
  return {
    tickSize: stepOf(symbol, 'priceMultiplier', 'pricePrecision'),
    lotSize,
    minQuantity: (positiveFigure(symbol, 'minOrderQty') ?? lotSize).max(lotSize),
    maxQuantity,
    maxMarketQuantity: positiveFigure(symbol, 'maxMarketOrderQty'),
    minNotional: positiveFigure(symbol, 'minOrderAmount'),
    minPrice: null,
    maxPrice: null,
    priceBand: bandOf(symbol),
    contractSize: Decimal.one,
  };
}

export function parseSpotInstruments(rows: readonly JsonValue[]): readonly ListedInstrument[] {
  return rows.map(symbolOf).map((symbol) => {
    const quote = text(symbol, 'quoteCoin');
    return {
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        ...identityOf('bitget', 'spot', [text(symbol, 'baseCoin'), quote, quote]),
        ...figuresOf(symbol),
        ...feesOf(BASE_FEES, 'spot'),
        // "Fee Rate" of the help centre: a buy is charged in its base coin, unless BGB pays.
        buyFeeTakenFrom: 'base',
        active: isOnline(symbol),
      },
    };
  });
}

/** A name like `1000BONK` is the base coin here, as the venue has it. */
export function parseSwapInstruments(rows: readonly JsonValue[]): readonly ListedInstrument[] {
  return rows
    .map(symbolOf)
    .filter(
      (symbol) =>
        text(symbol, 'quoteCoin') === 'USDT' && (optionalText(symbol, 'type') ?? 'perpetual') === 'perpetual',
    )
    .map((symbol) => ({
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        ...identityOf('bitget', 'linear_swap', [text(symbol, 'baseCoin'), 'USDT', 'USDT']),
        ...figuresOf(symbol),
        ...feesOf(BASE_FEES, 'linear_swap'),
        buyFeeTakenFrom: 'quote',
        active: isOnline(symbol),
      },
    }));
}

/** `listed`, `limit_open` and `restrictedAPI` take no new orders of ours, `limit_open` none that opens. */
function isOnline(symbol: JsonObject): boolean {
  return text(symbol, 'status') === 'online';
}

/** A step is stated by itself (futures), or by its decimal places. */
function stepOf(symbol: JsonObject, stepKey: string, placesKey: string): Decimal {
  const step = positiveFigure(symbol, stepKey);
  const places = wholeNumber(symbol, placesKey);
  const digit = places <= 0 ? Decimal.one : Decimal.parse(`0.${'0'.repeat(places - 1)}1`);
  return step === null ? digit : step.max(digit);
}

/**
 * `buyLimitPriceRatio` bounds purchases above, `sellLimitPriceRatio` sales below. The page does not say from which price; the codes say that
 * other sides are not bounded (25205, 25206). The mark stands near each that it could be.
 */
function bandOf(symbol: JsonObject): PriceBand | null {
  const above = positiveFigure(symbol, 'buyLimitPriceRatio');
  const below = positiveFigure(symbol, 'sellLimitPriceRatio');
  if (above === null && below === null) return null;
  return {
    reference: 'mark',
    buy: { down: null, up: above === null ? null : Decimal.one.add(above) },
    sell: { down: below === null ? null : Decimal.one.subtract(below), up: null },
  };
}
