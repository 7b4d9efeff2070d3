/** Entries of KuCoin's lists of instruments as its documentation shows them, and what they are read as. */
import type { InstrumentKind } from '../../../core/instrument.ts';
import { parseExactJson } from '../../ccxt/exact-json.ts';
import type { ListedInstrument } from '../../markets.ts';
import { parseSpotInstruments, parseSwapInstruments } from '../markets.ts';

/** "Get All Symbols" of spot. */
export const BTC_USDT = {
  symbol: 'BTC-USDT',
  name: 'BTC-USDT',
  baseCurrency: 'BTC',
  quoteCurrency: 'USDT',
  feeCurrency: 'USDT',
  market: 'USDS',
  baseMinSize: '0.00001',
  quoteMinSize: '0.1',
  baseMaxSize: '10000000000',
  quoteMaxSize: '99999999',
  baseIncrement: '0.00000001',
  quoteIncrement: '0.000001',
  priceIncrement: '0.1',
  priceLimitRate: '0.1',
  minFunds: '0.1',
  isMarginEnabled: true,
  enableTrading: true,
  feeCategory: 1,
  makerFeeCoefficient: '1.00',
  takerFeeCoefficient: '1.00',
};

/** "Get All Symbols" of futures, without what nobody reads. */
export const XBTUSDTM = {
  symbol: 'XBTUSDTM',
  rootSymbol: 'USDT',
  type: 'FFWCSX',
  baseCurrency: 'XBT',
  quoteCurrency: 'USDT',
  settleCurrency: 'USDT',
  maxOrderQty: 1_000_000,
  maxPrice: 1_000_000,
  lotSize: 1,
  tickSize: 0.1,
  multiplier: 0.001,
  makerFeeRate: 0.0002,
  takerFeeRate: 0.0006,
  isInverse: false,
  status: 'Open',
  markPrice: 86_378.69,
  buyLimit: 90_697.6245,
  sellLimit: 82_059.7555,
};

/** As a payload comes: figures keep their digits. */
export const json = (value: unknown) => parseExactJson(JSON.stringify(value));

function only(listed: readonly ListedInstrument[]): ListedInstrument {
  const [first] = listed;
  if (first === undefined) throw new Error('nothing was read');
  return first;
}

export const LISTED: Readonly<Record<InstrumentKind, ListedInstrument>> = {
  spot: only(parseSpotInstruments(json([BTC_USDT]))),
  linear_swap: only(parseSwapInstruments(json([XBTUSDTM]))),
};
