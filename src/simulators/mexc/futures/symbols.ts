/**
 * The USDT perpetuals that the simulated MEXC lists, with their figures, and the JSON of the contract list.
 *
 * Entry points: `CONTRACTS`, `contractJson`. Source: "Get the contract information" of the contract documentation, whose example the fields
 * and their types are taken from; the figures are of the same kind.
 */
import { decimal, type Decimal } from '../../../core/decimal.ts';
import type { SymbolStatus } from '../../exchange/state.ts';

export interface Contract {
  /** `BTC_USDT`. */
  readonly id: string;
  readonly contractId: number;
  readonly base: string;
  readonly quote: string;
  /** Base units in one contract. */
  readonly contractSize: Decimal;
  readonly priceUnit: Decimal;
  /** In contracts. */
  readonly minVolume: Decimal;
  readonly maxVolume: Decimal;
  readonly maxLeverage: number;
  readonly maintenanceMarginRate: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
  /** "whether support api": a contract without it takes no orders over the API. */
  readonly isApiAllowed: boolean;
}

type Figures = readonly [
  base: string,
  contractId: number,
  contractSize: string,
  priceUnit: string,
  maxVolume: string,
  maxLeverage: number,
  maintenanceMarginRate: string,
  startPrice: string,
  volatilityPpm: number,
];

const QUOTE = 'USDT';
/** Bases whose contracts are closed to the API. */
const NOT_FOR_THE_API: ReadonlySet<string> = new Set(['PEPE']);

const LISTED: readonly Figures[] = [
  ['BTC', 10, '0.0001', '0.1', '5000000', 125, '0.004', '60000', 60],
  ['ETH', 11, '0.01', '0.01', '1000000', 125, '0.004', '2500', 80],
  ['SOL', 136, '0.1', '0.01', '1500000', 100, '0.005', '150', 120],
  ['XRP', 25, '1', '0.0001', '20000000', 75, '0.0075', '0.55', 120],
  ['DOGE', 93, '100', '0.00001', '1000000', 75, '0.0075', '0.12', 150],
  ['PEPE', 441, '10000000', '0.0000000001', '1000000', 50, '0.01', '0.0000092', 250],
];

export const CONTRACTS: readonly Contract[] = LISTED.map(
  ([base, contractId, size, unit, maxVolume, maxLeverage, rate, startPrice, volatilityPpm]) => ({
    id: `${base}_${QUOTE}`,
    contractId,
    base,
    quote: QUOTE,
    contractSize: decimal(size),
    priceUnit: decimal(unit),
    minVolume: decimal('1'),
    maxVolume: decimal(maxVolume),
    maxLeverage,
    maintenanceMarginRate: decimal(rate),
    startPrice: decimal(startPrice),
    volatilityPpm,
    isApiAllowed: !NOT_FOR_THE_API.has(base),
  }),
);

/** `bidLimitPriceRate` and `askLimitPriceRate`: how far a bid may lie above the fair price, and an ask below it. */
export const PRICE_LIMIT_RATE = decimal('0.1');
/** Those of the list; what an account pays is in `account/tiered_fee_rate`. */
export const LISTED_FEES = { maker: decimal('0.0002'), taker: decimal('0.0006') } as const;
export const FUNDING_HOURS = 8;
const VOLUME_UNIT = 1;

/** "0:enabled, 1:delivery, 2:completed, 3: offline, 4: pause". */
function stateOf(status: SymbolStatus): number {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return 0;
    case 'cancel_only':
    case 'halted':
      return 4;
    case 'settled':
      return 2;
  }
}

/** An entry of the contract list; figures are bare numbers. */
export function contractJson(contract: Contract, status: SymbolStatus): Record<string, unknown> {
  const { id, maxLeverage, maintenanceMarginRate } = contract;
  return {
    symbol: id,
    displayName: `${id}永续`,
    displayNameEn: `${id} PERPETUAL`,
    positionOpenType: 3,
    baseCoin: contract.base,
    quoteCoin: contract.quote,
    settleCoin: contract.quote,
    contractSize: contract.contractSize,
    minLeverage: 1,
    maxLeverage,
    priceScale: contract.priceUnit.scale,
    volScale: 0,
    amountScale: 4,
    priceUnit: contract.priceUnit,
    volUnit: VOLUME_UNIT,
    minVol: contract.minVolume,
    maxVol: contract.maxVolume,
    bidLimitPriceRate: PRICE_LIMIT_RATE,
    askLimitPriceRate: PRICE_LIMIT_RATE,
    takerFeeRate: LISTED_FEES.taker,
    makerFeeRate: LISTED_FEES.maker,
    maintenanceMarginRate,
    initialMarginRate: decimal('1').divide(decimal(String(maxLeverage)), 4, 'up'),
    riskBaseVol: contract.maxVolume,
    riskIncrVol: contract.maxVolume,
    riskIncrMmr: maintenanceMarginRate,
    riskIncrImr: maintenanceMarginRate,
    riskLevelLimit: 1,
    priceCoefficientVariation: decimal('0.05'),
    indexOrigin: ['BINANCE', 'OKX', 'BYBIT', 'MEXC'],
    state: stateOf(status),
    isNew: false,
    isHot: true,
    isHidden: false,
    conceptPlate: [],
    riskLimitType: 'BY_VOLUME',
    maxNumOrders: [200, 50],
    marketOrderMaxLevel: 20,
    marketOrderPriceLimitRate1: decimal('0.2'),
    marketOrderPriceLimitRate2: decimal('0.005'),
    triggerProtect: decimal('0.1'),
    appraisal: 0,
    showAppraisalCountdown: 0,
    automaticDelivery: 0,
    apiAllowed: contract.isApiAllowed,
  };
}
