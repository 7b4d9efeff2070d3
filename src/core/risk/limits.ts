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
