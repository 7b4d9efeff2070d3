/** A record of an adoption, and its place among the executions of a position. */
import { Decimal } from '../decimal.ts';
import { tradeId, type TimeMs } from '../ids.ts';
import type { PositionFill } from './position.ts';

/** An adoption as the journal keeps it. */
export interface Adoption {
  readonly adoptionId: string;
  /** Base units. */
  readonly quantity: Decimal;
  /** Quote units per base unit that the owner paid. */
  readonly costBasis: Decimal;
  /** Quote units per base unit, the mark at the adoption. */
  readonly price: Decimal;
  /** Venue clock. */
  readonly executedAt: TimeMs;
}

/** The adoption among the executions of its position. */
export function adoptionFill(adoption: Adoption): PositionFill {
  const { adoptionId, quantity, costBasis, price, executedAt } = adoption;
  return {
    tradeId: tradeId(adoptionId),
    sequence: null,
    side: 'buy',
    price,
    quantity,
    fee: Decimal.zero,
    feeAsset: null,
    executedAt,
    costBasis,
  };
}
