/**
 * MEXC's instruments, read once from its lists and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`. Sources: "Exchange Information" of the spot v3 documentation, "Get the contract
 * information" of the contract documentation. Sizes of contracts are base units here. Only linear perpetuals that settle in USDT are read.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Instrument } from '../../core/instrument.ts';
import {
  asArray,
  asObject,
  figure,
  flag,
  positiveFigure,
  positiveOrNull,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';

/**
 * Spot: the listed rates of an account without volume. Contracts: the rates of orders over the API in the venue's announcement of 2026-05-01,
 * dearer than those of the list.
 */
const BASE_FEES: BaseFees = {
  spot: { maker: Decimal.zero, taker: Decimal.parse('0.0005') },
  linear_swap: { maker: Decimal.parse('0.0006'), taker: Decimal.parse('0.0008') },
};

/** "1 - online"; the example of the page has the word. */
const ONLINE: ReadonlySet<string> = new Set(['1', 'ENABLED']);

export function parseSpotInstruments(body: JsonValue): readonly ListedInstrument[] {
  return asArray(asObject(body, 'exchangeInfo')['symbols'], 'symbols').map((item) => {
    const symbol = asObject(item, 'symbol');
    const base = text(symbol, 'baseAsset');
    const quote = text(symbol, 'quoteAsset');
    const lotSize = digits(symbol, 'baseAssetPrecision');
    return {
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        ...identityOf('mexc', 'spot', [base, quote, quote]),
        tickSize: digits(symbol, 'quoteAssetPrecision'),
        lotSize,
        // "min order quantity"; zero where there is none.
        minQuantity: positiveFigure(symbol, 'baseSizePrecision') ?? lotSize,
        // Orders are bounded above by what they are worth (`maxQuoteAmount`).
        maxQuantity: null,
        maxMarketQuantity: null,
        // "min order amount", whatever its name says.
        minNotional: positiveFigure(symbol, 'quoteAmountPrecision'),
        minPrice: null,
        maxPrice: null,
        // PERCENT_PRICE_BY_SIDE measures from the last price, which no quote here has, and reaches to five times of it.
        priceBand: null,
        contractSize: Decimal.one,
        ...feesOf(BASE_FEES, 'spot'),
        // The recorded answers name USDT as the asset of the fee of buys and sales.
        buyFeeTakenFrom: 'quote',
        active: isTradable(symbol),
      },
    };
  });
}

/** "allow api spot trading": without it an order is refused with 10007. */
function isTradable(symbol: JsonObject): boolean {
  return ONLINE.has(text(symbol, 'status')) && flag(symbol, 'isSpotTradingAllowed');
}

/** One unit of the last digit. */
function digits(object: JsonObject, key: string): Decimal {
  return Decimal.of(1n, wholeNumber(object, key));
}

/** "0:enabled". */
const ENABLED = 0;

/** `contractSize` base units are one contract. */
export function parseSwapInstruments(body: JsonValue): readonly ListedInstrument[] {
  return asArray(body, 'contracts')
    .map((item) => asObject(item, 'contract'))
    .filter(
      (contract) =>
        text(contract, 'settleCoin') === 'USDT' &&
        text(contract, 'quoteCoin') === 'USDT' &&
        positiveFigure(contract, 'contractSize') !== null,
    )
    .map((contract) => {
      const contractSize = figure(contract, 'contractSize');
      const inBase = (key: string): Decimal => figure(contract, key).multiply(contractSize);
      return {
        venueSymbol: text(contract, 'symbol'),
        instrument: {
          ...identityOf('mexc', 'linear_swap', [text(contract, 'baseCoin'), 'USDT', 'USDT']),
          tickSize: figure(contract, 'priceUnit'),
          lotSize: inBase('volUnit'),
          minQuantity: inBase('minVol'),
          maxQuantity: positiveOrNull(inBase('maxVol')),
          maxMarketQuantity: null,
          minNotional: null,
          minPrice: null,
          maxPrice: null,
          priceBand: bandOf(contract),
          contractSize,
          ...feesOf(BASE_FEES, 'linear_swap'),
          buyFeeTakenFrom: 'quote',
          active: wholeNumber(contract, 'state') === ENABLED && contract['apiAllowed'] !== false,
        },
      };
    });
}

/** How far a bid may lie above the fair price, and an ask below it. */
function bandOf(contract: JsonObject): Instrument['priceBand'] {
  const up = positiveFigure(contract, 'bidLimitPriceRate');
  const down = positiveFigure(contract, 'askLimitPriceRate');
  return {
    reference: 'mark',
    buy: { down: null, up: up === null ? null : Decimal.one.add(up) },
    sell: { down: down === null ? null : positiveOrNull(Decimal.one.subtract(down)), up: null },
  };
}
