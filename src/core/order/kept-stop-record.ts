/** The state's record of the stops that were canceled to make room for another order, and are to be in the market again. */
import type { Decimal } from '../decimal.ts';
import type { OrderId } from '../ids.ts';

/** Base units beside a position that stops which trigger on one side were to sell, and are to sell again. */
export interface BesidePosition {
  readonly ofThisStop: Decimal;
  readonly ofAllStops: Decimal;
}

export interface KeptStop {
  readonly orderId: OrderId;
  /** Who asked for the order that it made room for. */
  readonly requestedBy: string;
  readonly beside: BesidePosition;
  /** Orders in its place close less than it was to close: the rest is missing until there are coins for it. Left out where that is not so. */
  readonly isShort?: true | undefined;
}
