/**
 * Questions that KuCoin's documentation leaves open or answers in two ways, as switches of the simulator. Each is to be probed at the
 * venue (docs/venues/kucoin.md).
 *
 * Entry points: `UndecidedBehaviour`, and `STRICTEST`, the answers that are hardest on a client.
 */
import type { LateRejection } from '../exchange/policy.ts';

export interface UndecidedBehaviour {
  /**
   * Which earlier orders make a `clientOid` a duplicate: "Please do not initiate requests using the same clientOid" ("Add Order") says
   * nothing of what becomes of one. `open`: the id of a finished order makes a second order. `never`: any repeat makes one.
   */
  readonly duplicateIdWhile: 'open' | 'ever' | 'never';
  /**
   * The answer to a look-up of a spot order that is not there: a text below 400100, as of the older endpoints, a code of its own, or a
   * success without data.
   */
  readonly absentSpotOrder: 'text' | 'code' | 'nothing';
  /**
   * Faults that are found only after the acknowledgement. "The HTTP Request will respond when an order is either rejected (insufficient
   * funds, invalid parameters, etc) or received" speaks of none, for futures.
   */
  readonly rejectsLate: readonly LateRejection[];
  /**
   * How long after its last fill an order can still be cancelled as far as the acknowledgement goes, in ms: "This endpoint only sends
   * cancellation requests" ("Cancel Order By OrderId"). How often that is, is not said.
   */
  readonly cancelTakenAfterFillMs: number;
  /** The HTTP status of refused keys, signatures and timestamps: 401 is "Invalid API Key", and the table of codes says nothing of it. */
  readonly statusOfRefusedKeys: 200 | 401;
  /** Whether `received`, the first message of a spot order, is left out: no page promises one for each order. */
  readonly leavesOutReceived: boolean;
  /** The margin mode of a contract whose user has never chosen one. */
  readonly freshMarginMode: 'CROSS' | 'ISOLATED';
  /** The effect of a stop of futures whose price the market has passed already: no page says. */
  readonly alreadyTriggered: 'refuse' | 'trigger';
}

export const STRICTEST: UndecidedBehaviour = {
  duplicateIdWhile: 'open',
  absentSpotOrder: 'text',
  rejectsLate: [],
  cancelTakenAfterFillMs: 0,
  statusOfRefusedKeys: 401,
  leavesOutReceived: false,
  freshMarginMode: 'CROSS',
  alreadyTriggered: 'trigger',
};
