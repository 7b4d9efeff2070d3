/**
 * The instruments that the simulated OKX lists, with their figures, and the JSON of the instrument list.
 *
 * Entry points: `OKX_SYMBOLS`, `instrumentJson`. Source: "Get instruments" of the v5 documentation; the figures of BTC-USDT are those of
 * its example, those of ETH-USDT-SWAP of a recorded answer, the others are of the same kind. Sizes of swaps are contracts: `ctVal` says
 * how much of the base coin one is, and `lotSz` may be a fraction of one.
 */
import { decimal, type Decimal } from '../../core/decimal.ts';
import type { SymbolStatus } from '../exchange/state.ts';

/** The product types that are served; the venue has margin, futures, options and events beside them. */
export type InstType = 'SPOT' | 'SWAP';

export interface OkxSymbol {
  readonly id: string;
  readonly instType: InstType;
  /** The number by which requests over WebSocket name it. */
  readonly idCode: number;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: Decimal;
  readonly lotSize: Decimal;
  readonly minSize: Decimal;
  readonly maxLimitSize: Decimal;
  readonly maxMarketSize: Decimal;
  /** `ctVal`: base units in one contract; one on spot. */
  readonly contractValue: Decimal;
  readonly maxLeverage: number;
  readonly maintenanceMarginRate: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Figures = readonly [
  base: string,
  idCode: number,
  tickSize: string,
  lotSize: string,
  minSize: string,
  maxLimitSize: string,
  maxMarketSize: string,
  startPrice: string,
  volatilityPpm: number,
];

const SPOT: readonly Figures[] = [
  ['BTC', 1_000_000_000, '0.1', '0.00000001', '0.00001', '9999999999', '1000000', '60000', 60],
  ['ETH', 1_000_000_001, '0.01', '0.000001', '0.0001', '9999999999', '1000000', '2500', 80],
  ['SOL', 1_000_000_002, '0.01', '0.000001', '0.001', '9999999999', '1000000', '150', 120],
  ['XRP', 1_000_000_003, '0.0001', '0.000001', '1', '9999999999', '1000000', '0.55', 120],
  ['DOGE', 1_000_000_004, '0.00001', '0.000001', '10', '9999999999', '1000000', '0.12', 150],
];

type SwapFigures = readonly [
  ...Figures,
  contractValue: string,
  maxLeverage: number,
  maintenanceMarginRate: string,
];

const SWAPS: readonly SwapFigures[] = [
  ['BTC', 10_459, '0.1', '0.01', '0.01', '100000000', '12000', '60000', 60, '0.01', 100, '0.004'],
  ['ETH', 10_461, '0.01', '0.01', '0.01', '100000000', '20000', '2500', 80, '0.1', 100, '0.004'],
  ['SOL', 10_462, '0.01', '0.01', '0.01', '100000000', '17000', '150', 120, '1', 50, '0.0065'],
  ['XRP', 10_463, '0.0001', '0.01', '0.01', '100000000', '16000', '0.55', 120, '100', 50, '0.0065'],
  ['DOGE', 10_464, '0.00001', '0.01', '0.01', '100000000', '17000', '0.12', 150, '1000', 50, '0.0065'],
  ['PEPE', 10_465, '0.000000001', '0.1', '0.1', '100000000', '5500', '0.000009', 200, '10000000', 50, '0.01'],
];

const QUOTE = 'USDT';

function symbolOf(instType: InstType, figures: Figures, terms: readonly [string, number, string]): OkxSymbol {
  const [base, idCode, tick, lot, min, maxLimit, maxMarket, startPrice, volatilityPpm] = figures;
  const [contractValue, maxLeverage, rate] = terms;
  return {
    id: instType === 'SPOT' ? `${base}-${QUOTE}` : `${base}-${QUOTE}-SWAP`,
    instType,
    idCode,
    base,
    quote: QUOTE,
    tickSize: decimal(tick),
    lotSize: decimal(lot),
    minSize: decimal(min),
    maxLimitSize: decimal(maxLimit),
    maxMarketSize: decimal(maxMarket),
    contractValue: decimal(contractValue),
    maxLeverage,
    maintenanceMarginRate: decimal(rate),
    startPrice: decimal(startPrice),
    volatilityPpm,
  };
}

export const OKX_SYMBOLS: readonly OkxSymbol[] = [
  ...SPOT.map((figures) => symbolOf('SPOT', figures, ['1', 10, '0'])),
  ...SWAPS.map(([base, code, tick, lot, min, maxLimit, maxMarket, price, ppm, ...terms]) =>
    symbolOf('SWAP', [base, code, tick, lot, min, maxLimit, maxMarket, price, ppm], terms),
  ),
];

/** Hours between two fundings of a swap. */
export const FUNDING_HOURS = 8;
const LISTED_AT = '1606468572000';

/** `state` of an instrument; null for one that is no longer in the list. */
export function stateOf(status: SymbolStatus): string | null {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return 'live';
    case 'cancel_only':
    case 'halted':
      return 'suspend';
    case 'settled':
      return null;
  }
}

/** An entry of the instrument list. */
export function instrumentJson(symbol: OkxSymbol, state: string): Record<string, unknown> {
  const isSpot = symbol.instType === 'SPOT';
  const family = isSpot ? '' : `${symbol.base}-${symbol.quote}`;
  const maxAlgo = `${symbol.maxLimitSize.toString()}.0000000000000000`;
  return {
    alias: '',
    auctionEndTime: '',
    baseCcy: isSpot ? symbol.base : '',
    category: '1',
    contTdSwTime: '',
    ctMult: isSpot ? '' : '1',
    ctType: isSpot ? '' : 'linear',
    ctVal: isSpot ? '' : symbol.contractValue.toString(),
    ctValCcy: isSpot ? '' : symbol.base,
    expTime: '',
    futureSettlement: false,
    groupId: isSpot ? '1' : '2',
    instFamily: family,
    instId: symbol.id,
    instIdCode: symbol.idCode,
    instCategory: '1',
    instType: symbol.instType,
    lever: String(symbol.maxLeverage),
    listTime: LISTED_AT,
    lotSz: symbol.lotSize.toString(),
    maxIcebergSz: maxAlgo,
    maxLmtAmt: '20000000',
    maxLmtSz: symbol.maxLimitSize.toString(),
    maxMktAmt: isSpot ? '1000000' : '',
    maxMktSz: symbol.maxMarketSize.toString(),
    maxStopSz: symbol.maxMarketSize.toString(),
    maxTriggerSz: maxAlgo,
    maxTwapSz: maxAlgo,
    minSz: symbol.minSize.toString(),
    openType: '',
    optType: '',
    preMktSwTime: '',
    quoteCcy: isSpot ? symbol.quote : '',
    ruleType: 'normal',
    settleCcy: isSpot ? '' : symbol.quote,
    state,
    stk: '',
    tickSz: symbol.tickSize.toString(),
    tradeQuoteCcyList: isSpot ? [symbol.quote] : [],
    uly: family,
    upcChg: [],
  };
}
