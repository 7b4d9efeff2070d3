/**
 * The limits an order is held against, and how those of several scopes become one set.
 *
 * `RiskLimits` are in force: null there means no limit. `SetLimits` are what the environment or a person has set: null
 * there means nothing is set, so that a default or another scope's figure holds. The defaults are in docs/risk.md.
 */
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
  /** Maintenance margin as a fraction of the margin balance behind it, at which no new risk is taken; 1 is liquidation. */
  readonly maxMarginRatio: Decimal | null;
  /** Fraction of the mark below which a position may not come near its liquidation price while new risk is taken. */
  readonly minLiquidationDistance: Decimal | null;
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
  maxMarginRatio: null,
  minLiquidationDistance: null,
  priceCollarBps: 1_000,
  staleQuoteMs: 5_000,
  duplicateWindowMs: 0,
  allowedSymbols: null,
};

/** The figures that one source of limits has set; null: it says nothing of that one. */
export type SetLimits = { readonly [Name in keyof RiskLimits]: RiskLimits[Name] | null };

export const NOTHING_SET: SetLimits = {
  checksEnabled: null,
  maxPositionNotional: null,
  maxTotalExposure: null,
  maxOrderNotional: null,
  maxOrderQuantity: null,
  maxOpenOrders: null,
  maxOrdersPerWindow: null,
  orderRateWindowMs: null,
  maxLeverage: null,
  maxDailyLoss: null,
  maxDrawdown: null,
  maxMarginRatio: null,
  minLiquidationDistance: null,
  priceCollarBps: null,
  staleQuoteMs: null,
  duplicateWindowMs: null,
  allowedSymbols: null,
};

/** The stricter of two sets of limits, field by field; a figure that is set is stricter than none. */
export function stricter(left: SetLimits, right: SetLimits): SetLimits {
  return {
    checksEnabled: either(left.checksEnabled, right.checksEnabled, (a, b) => a && b),
    maxPositionNotional: either(left.maxPositionNotional, right.maxPositionNotional, least),
    maxTotalExposure: either(left.maxTotalExposure, right.maxTotalExposure, least),
    maxOrderNotional: either(left.maxOrderNotional, right.maxOrderNotional, least),
    maxOrderQuantity: either(left.maxOrderQuantity, right.maxOrderQuantity, least),
    maxOpenOrders: either(left.maxOpenOrders, right.maxOpenOrders, Math.min),
    maxOrdersPerWindow: either(left.maxOrdersPerWindow, right.maxOrdersPerWindow, Math.min),
    orderRateWindowMs: either(left.orderRateWindowMs, right.orderRateWindowMs, Math.max),
    maxLeverage: either(left.maxLeverage, right.maxLeverage, least),
    maxDailyLoss: either(left.maxDailyLoss, right.maxDailyLoss, least),
    maxDrawdown: either(left.maxDrawdown, right.maxDrawdown, least),
    maxMarginRatio: either(left.maxMarginRatio, right.maxMarginRatio, least),
    minLiquidationDistance: either(left.minLiquidationDistance, right.minLiquidationDistance, (a, b) =>
      a.max(b),
    ),
    priceCollarBps: either(left.priceCollarBps, right.priceCollarBps, Math.min),
    staleQuoteMs: either(left.staleQuoteMs, right.staleQuoteMs, Math.min),
    duplicateWindowMs: either(left.duplicateWindowMs, right.duplicateWindowMs, Math.max),
    allowedSymbols: either(left.allowedSymbols, right.allowedSymbols, (a, b) =>
      a.filter((symbol) => b.includes(symbol)),
    ),
  };
}

/** The limits in force when only `set` says anything: the default wherever it says nothing. */
export function withDefaults(set: SetLimits): RiskLimits {
  return {
    checksEnabled: set.checksEnabled ?? DEFAULT_LIMITS.checksEnabled,
    maxPositionNotional: set.maxPositionNotional ?? DEFAULT_LIMITS.maxPositionNotional,
    maxTotalExposure: set.maxTotalExposure ?? DEFAULT_LIMITS.maxTotalExposure,
    maxOrderNotional: set.maxOrderNotional ?? DEFAULT_LIMITS.maxOrderNotional,
    maxOrderQuantity: set.maxOrderQuantity ?? DEFAULT_LIMITS.maxOrderQuantity,
    maxOpenOrders: set.maxOpenOrders ?? DEFAULT_LIMITS.maxOpenOrders,
    maxOrdersPerWindow: set.maxOrdersPerWindow ?? DEFAULT_LIMITS.maxOrdersPerWindow,
    orderRateWindowMs: set.orderRateWindowMs ?? DEFAULT_LIMITS.orderRateWindowMs,
    maxLeverage: set.maxLeverage ?? DEFAULT_LIMITS.maxLeverage,
    maxDailyLoss: set.maxDailyLoss ?? DEFAULT_LIMITS.maxDailyLoss,
    maxDrawdown: set.maxDrawdown ?? DEFAULT_LIMITS.maxDrawdown,
    maxMarginRatio: set.maxMarginRatio ?? DEFAULT_LIMITS.maxMarginRatio,
    minLiquidationDistance: set.minLiquidationDistance ?? DEFAULT_LIMITS.minLiquidationDistance,
    priceCollarBps: set.priceCollarBps ?? DEFAULT_LIMITS.priceCollarBps,
    staleQuoteMs: set.staleQuoteMs ?? DEFAULT_LIMITS.staleQuoteMs,
    duplicateWindowMs: set.duplicateWindowMs ?? DEFAULT_LIMITS.duplicateWindowMs,
    allowedSymbols: set.allowedSymbols ?? DEFAULT_LIMITS.allowedSymbols,
  };
}

function either<Value>(
  left: Value | null,
  right: Value | null,
  combine: (left: Value, right: Value) => Value,
): Value | null {
  return left === null || right === null ? (left ?? right) : combine(left, right);
}

function least(left: Decimal, right: Decimal): Decimal {
  return left.min(right);
}
