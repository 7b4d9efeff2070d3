/** The limits an order is held against. Null means that the limit is not set; defaults stand in docs/risk.md. */
import { decimal, type Decimal } from '../decimal.ts';

export interface RiskLimits {
  /** False leaves only the kill switch, filters, balance and reduce-only on. */
  readonly checksEnabled: boolean;
  /** Quote units per instrument, worst case of position and open orders. */
  readonly maxPositionNotional: Decimal | null;
  /** Quote units over all instruments of the portfolio, worst case. */
  readonly maxTotalExposure: Decimal | null;
  readonly maxOrderNotional: Decimal | null;
  /** Base units. */
  readonly maxOrderQuantity: Decimal | null;
  readonly maxOpenOrders: number | null;
  readonly maxOrdersPerWindow: number | null;
  readonly orderRateWindowMs: number;
  readonly maxLeverage: Decimal | null;
  /** Quote units, as a positive figure. */
  readonly maxDailyLoss: Decimal | null;
  /** Fraction of peak equity that may be lost: 0.2 is 20 %. */
  readonly maxDrawdown: Decimal | null;
  /** How far beyond the mark, on the aggressive side, a price may lie. */
  readonly priceCollarBps: number | null;
  /** A quote older than this is no basis for a decision. */
  readonly staleQuoteMs: number;
  /** An order like one accepted this recently is refused; 0 turns the rule off. */
  readonly duplicateWindowMs: number;
  /** Symbols that may be traded; null allows all. */
  readonly allowedSymbols: readonly string[] | null;
}

export const DEFAULT_LIMITS: RiskLimits = {
  checksEnabled: true,
  maxPositionNotional: null,
  maxTotalExposure: null,
  maxOrderNotional: decimal('1000000'),
  maxOrderQuantity: null,
  maxOpenOrders: 1_000,
  maxOrdersPerWindow: 500,
  orderRateWindowMs: 1_000,
  maxLeverage: decimal('20'),
  maxDailyLoss: null,
  maxDrawdown: null,
  priceCollarBps: 1_000,
  staleQuoteMs: 5_000,
  duplicateWindowMs: 0,
  allowedSymbols: null,
};

/** The stricter of two sets of limits, field by field: the environment's and the stored ones. */
export function stricter(left: RiskLimits, right: RiskLimits): RiskLimits {
  return {
    checksEnabled: left.checksEnabled && right.checksEnabled,
    maxPositionNotional: least(left.maxPositionNotional, right.maxPositionNotional),
    maxTotalExposure: least(left.maxTotalExposure, right.maxTotalExposure),
    maxOrderNotional: least(left.maxOrderNotional, right.maxOrderNotional),
    maxOrderQuantity: least(left.maxOrderQuantity, right.maxOrderQuantity),
    maxOpenOrders: leastNumber(left.maxOpenOrders, right.maxOpenOrders),
    maxOrdersPerWindow: leastNumber(left.maxOrdersPerWindow, right.maxOrdersPerWindow),
    orderRateWindowMs: Math.max(left.orderRateWindowMs, right.orderRateWindowMs),
    maxLeverage: least(left.maxLeverage, right.maxLeverage),
    maxDailyLoss: least(left.maxDailyLoss, right.maxDailyLoss),
    maxDrawdown: least(left.maxDrawdown, right.maxDrawdown),
    priceCollarBps: leastNumber(left.priceCollarBps, right.priceCollarBps),
    staleQuoteMs: Math.min(left.staleQuoteMs, right.staleQuoteMs),
    duplicateWindowMs: Math.max(left.duplicateWindowMs, right.duplicateWindowMs),
    allowedSymbols: bothAllow(left.allowedSymbols, right.allowedSymbols),
  };
}

function least(left: Decimal | null, right: Decimal | null): Decimal | null {
  if (left === null || right === null) return left ?? right;
  return left.min(right);
}

function leastNumber(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

function bothAllow(
  left: readonly string[] | null,
  right: readonly string[] | null,
): readonly string[] | null {
  if (left === null || right === null) return left ?? right;
  return left.filter((symbol) => right.includes(symbol));
}
