/**
 * HTX's pairs and perpetuals, read once from its lists and shared by every account.
 *
 * Entry points: `parseSpotSymbols`, `parseSwapContracts`, which takes two lists. Sources: "Get Market Symbols Setting" of the spot documentation, where
 * the digits of prices, amounts and values are stated as counts; "Query Swap Info" and "Query Swap Price Limitation" of the
 * USDT-margined one. Sizes of perpetuals are whole contracts. Only those that settle in USDT are read.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PriceBand } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, figure, positiveFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import { feesOf, identityOf } from '../markets.ts';
import type { BaseFees, ListedInstrument } from '../markets.ts';
import { dataOf } from './classify.ts';

const RATE = Decimal.parse('0.002');
/** "Base fee rate" of a regular user: the worst case. */
const BASE_FEES: BaseFees = {
  spot: { maker: RATE, taker: RATE },
  // Of a regular user; their pages need a private question.
  linear_swap: { maker: Decimal.parse('0.0002'), taker: Decimal.parse('0.0006') },
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

const SETTLE = 'USDT';

/** The answers about all contracts and about the limits of their prices. */
export function parseSwapContracts(contracts: JsonValue, limits: JsonValue): readonly ListedInstrument[] {
  const bands = bandsIn(limits);
  return asArray(dataOf(contracts), 'contracts')
    .map((row) => asObject(row, 'contract'))
    .filter((contract) => text(contract, 'business_type') === 'swap' && isOfUsdt(contract))
    .map((contract) => {
      const venueSymbol = text(contract, 'contract_code');
      const contractSize = figure(contract, 'contract_size');
      const [base = ''] = venueSymbol.split('-');
      return {
        venueSymbol,
        instrument: {
          ...identityOf('htx', 'linear_swap', [base, SETTLE, SETTLE]),
          tickSize: figure(contract, 'price_tick'),
          lotSize: contractSize,
          minQuantity: contractSize,
          // The most that an order may have is shown to an account alone.
          maxQuantity: null,
          maxMarketQuantity: null,
          minNotional: null,
          minPrice: null,
          maxPrice: null,
          priceBand: bands.get(venueSymbol) ?? null,
          contractSize,
          ...feesOf(BASE_FEES, 'linear_swap'),
          buyFeeTakenFrom: 'quote',
          // "1: Listing".
          active: text(contract, 'contract_status') === '1',
        },
      };
    });
}

function isOfUsdt(contract: JsonObject): boolean {
  return text(contract, 'contract_code').endsWith(`-${SETTLE}`);
}

/** Digits of a multiple, each rounded into the band. */
const BAND_SCALE = 4;

/**
 * `high_limit` of purchases and `low_limit` of sales lie as far above as below the price that they are measured from, which no page names: the
 * mark stands for it.
 */
function bandsIn(limits: JsonValue): ReadonlyMap<string, PriceBand> {
  const bands = new Map<string, PriceBand>();
  for (const row of asArray(dataOf(limits), 'limits')) {
    const limit = asObject(row, 'limit');
    const [highest, lowest] = [positiveFigure(limit, 'high_limit'), positiveFigure(limit, 'low_limit')];
    if (highest === null || lowest === null) continue;
    const rate = highest.subtract(lowest).divide(highest.add(lowest), BAND_SCALE, 'toward_zero');
    bands.set(text(limit, 'contract_code'), {
      reference: 'mark',
      buy: { down: null, up: Decimal.one.add(rate) },
      sell: { down: Decimal.one.subtract(rate), up: null },
    });
  }
  return bands;
}
