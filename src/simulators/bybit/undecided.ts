/**
 * Questions that Bybit's documentation leaves open, as switches of the simulator. Each is to be probed at the venue (docs/venues/bybit.md).
 *
 * Entry points: `UndecidedBehaviour`, and `STRICTEST`, the answers that are hardest on a client.
 */
import type { LateRejection } from '../exchange/policy.ts';

export interface UndecidedBehaviour {
  /**
   * Which earlier orders make an `orderLinkId` a duplicate: "always unique" ("Place Order"), but for how long an id stays taken
   * is not said. `open`: the id of a finished order makes a second order.
   */
  readonly duplicateIdWhile: 'open' | 'ever';
  /**
   * Faults that are found only after the acknowledgement ("the acknowledgement indicates that the request was accepted. This request
   * is asynchronous"). Both have a code of their own among the errors of requests, so that none is late unless asked for.
   */
  readonly rejectsLate: readonly LateRejection[];
  /**
   * How long after its last fill an order can still be cancelled as far as the acknowledgement goes, in ms: the order stream then
   * shows it filled a second time, with `EC_OrigClOrdIDDoesNotExist` (tip of the order stream). How often that is, is not said.
   */
  readonly cancelTakenAfterFillMs: number;
  /** The HTTP status of refused keys and signatures (10003, 10004): "HTTP Code" has 401 for both, the table of codes says nothing of it. */
  readonly statusOfRefusedKeys: 200 | 401;
  /** Whether pushes of an order come before those of its executions; no order between the two topics is stated. */
  readonly ordersBeforeExecutions: boolean;
}

export const STRICTEST: UndecidedBehaviour = {
  duplicateIdWhile: 'open',
  rejectsLate: [],
  cancelTakenAfterFillMs: 0,
  statusOfRefusedKeys: 401,
  ordersBeforeExecutions: true,
};
