/**
 * HTX's pairs, read once from the list of settings and shared by every account.
 *
 * Entry point: `parseSpotSymbols`. Source: "Get Market Symbols Setting" of the spot documentation; the digits of prices, amounts and values are
 * stated as counts.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, positiveFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';
import { dataOf } from './classify.ts';

const RATE = Decimal.parse('0.002');
/** "Base fee rate" of a regular user: the worst case. */
const BASE_FEES: BaseFees = {
  spot: { maker: RATE, taker: RATE },
  linear_swap: { maker: RATE, taker: RATE },
};

/** Limit prices are bounded by multiples of the last price, a reference that is none of ours: no band is declared. */
const NO_BAND = { minPrice: null, maxPrice: null, priceBand: null } as const;

function stepOf(symbol: JsonObject, key: string): Decimal {
  return Decimal.of(1, wholeNumber(symbol, key));
}

export function parseSpotSymbols(body: JsonValue): readonly ListedInstrument[] {
  return asArray(dataOf(body), 'symbols')
    .map((row) => asObject(row, 'symbol'))
    .filter((symbol) => ['bc', 'qc', 'pp', 'ap'].every((key) => symbol[key] !== undefined))
    .map((symbol) => {
      const quote = text(symbol, 'qc').toUpperCase();
      const lotSize = stepOf(symbol, 'ap');
      return {
        venueSymbol: text(symbol, 'symbol'),
        instrument: {
          ...identityOf('htx', 'spot', [text(symbol, 'bc').toUpperCase(), quote, quote]),
          ...NO_BAND,
          tickSize: stepOf(symbol, 'pp'),
          lotSize,
          minQuantity: positiveFigure(symbol, 'lominoa') ?? positiveFigure(symbol, 'minoa') ?? lotSize,
          maxQuantity: positiveFigure(symbol, 'lomaxoa') ?? positiveFigure(symbol, 'maxoa'),
          maxMarketQuantity: positiveFigure(symbol, 'smmaxoa'),
          minNotional: positiveFigure(symbol, 'minov'),
          contractSize: Decimal.one,
          ...feesOf(BASE_FEES, 'spot'),
          // "transaction fee … in the currency received".
          buyFeeTakenFrom: 'base',
          active: text(symbol, 'state') === 'online' && symbol['at'] !== 'disabled',
        },
      };
    });
}
