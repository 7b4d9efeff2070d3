/**
 * Questions that OKX's documentation leaves open or answers in two ways, as switches of the simulator.
 *
 * Entry points: `UndecidedBehaviour`, and `STRICTEST`, the answers that are hardest on a client.
 */
export interface UndecidedBehaviour {
  /**
   * How a book channel begins. The change log announces the end of the first snapshot and the checksum for August 2026:
   * a client reads the book over REST and joins the changes to it by `prevSeqId`; the page of the channel still shows both.
   */
  readonly books: 'changes_alone' | 'snapshot_first';
  /**
   * How long after its last fill an order can still be cancelled as far as the acknowledgement goes, in ms: "It only
   * means that your cancellation request has been accepted by the system server" ("Cancel order"). How often that is, is not said.
   */
  readonly cancelTakenAfterFillMs: number;
  /** The HTTP status of 50011: 200 in the table of codes, 429 in its REST section. */
  readonly statusOfRateLimit: 200 | 429;
  /**
   * Whether a spot market order ends with a message of its own, `filled` with a `fillSz` of 0 and without a trade: "it's likely" ("Order
   * channel").
   */
  readonly marketOrdersEndWithoutFill: boolean;
  /** Whether the last message of an order comes twice, the second with another `uTime`: "In exceptional cases" ("Order channel"). */
  readonly repeatsLastMessage: boolean;
  /**
   * How long after it ended "Order details" finds an order that had a fill, in ms. The lists say seven days and three months, the page of
   * the look-up says nothing.
   */
  readonly lookUpFinishedForMs: number;
  /**
   * The type of instrument under which orders and fills of spot are listed and pushed in this account mode, where they are crossed: "Cross
   * SPOT: cross" says "Place order" of their mode, and the lists have `SPOT` and `MARGIN`.
   */
  readonly spotListedAs: 'SPOT' | 'MARGIN';
}

const DAY_MS = 24 * 60 * 60 * 1_000;

export const STRICTEST: UndecidedBehaviour = {
  books: 'changes_alone',
  cancelTakenAfterFillMs: 0,
  statusOfRateLimit: 200,
  marketOrdersEndWithoutFill: true,
  repeatsLastMessage: false,
  lookUpFinishedForMs: 7 * DAY_MS,
  spotListedAs: 'SPOT',
};
