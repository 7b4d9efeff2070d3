/**
 * Questions that Bitget's documentation leaves open or answers in two ways, as switches of the simulator. Each is to be probed at the venue
 * (docs/venues/bitget.md).
 *
 * Entry points: `UndecidedBehaviour`, and `STRICTEST`, the answers that are hardest on a client.
 */
export interface UndecidedBehaviour {
  /**
   * How long after its creation a finished order is found by its `clientOid`, in ms; null: as long as by its own id. The change log of 9
   * October 2025 names "Order Details" among the endpoints whose rule of two hours became one of the order's status, and does not say what
   * that means for an order that has ended; a look-up of spot in the former API went back two hours (20 March 2025).
   */
  readonly finishedByClientOidForMs: number | null;
  /** The HTTP status of a refusal: the pages show the code in the body alone. */
  readonly statusOfRefusals: 200 | 400;
  /** The words of `tradeSide`: `open` and `close` as in the examples, or those of the page of enumerations (`open_long`, `buy_single`). */
  readonly tradeSide: 'short' | 'enumerated';
  /**
   * How long after its last fill an order can still be cancelled as far as the acknowledgement goes, in ms: no page says what an accepted
   * cancel of a filled order is.
   */
  readonly cancelTakenAfterFillMs: number;
  /** Whether pushes of an order come before those of its fills; no order between the two topics is stated. */
  readonly ordersBeforeFills: boolean;
  /**
   * An order that closes more of a side of a hedged account than other orders leave of it: refused, or cut to what is left. The pages of the
   * former API say both.
   */
  readonly hedgeCloseBeyond: 'refused' | 'cut';
}

const HOUR_MS = 60 * 60 * 1_000;

export const STRICTEST: UndecidedBehaviour = {
  finishedByClientOidForMs: 2 * HOUR_MS,
  statusOfRefusals: 400,
  tradeSide: 'short',
  cancelTakenAfterFillMs: 0,
  ordersBeforeFills: true,
  hedgeCloseBeyond: 'refused',
};
