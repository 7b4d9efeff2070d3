/**
 * Questions that Coinbase's documentation leaves open, as switches of the simulator. Each is to be probed at the venue (docs/venues/coinbase.md).
 *
 * Entry points: `UndecidedBehaviour`; `STRICTEST` and `SLOWEST`, the answers that are hardest on a client.
 */
import type { LateRejection } from '../exchange/policy.ts';

export interface UndecidedBehaviour {
  /**
   * The answer to a repeated `client_order_id`: the order that has it, as "Create Order" says, or the refusal `DUPLICATE_CLIENT_ORDER_ID`,
   * which the list of reasons has as well.
   */
  readonly duplicateId: 'existing' | 'refused';
  /** How long a new order and a new fill are missing from the lists and from "Get Order", in ms. A lag is stated nowhere, users report it. */
  readonly listedAfterMs: number;
  /** How long an order whose cancel was taken shows `CANCEL_QUEUED`, in ms ("Order queued to be cancelled by user or system"). */
  readonly cancelQueuedForMs: number;
  /** How long after its `exp` a token is still taken, in ms: readers of JWTs commonly allow a minute for clocks that differ. */
  readonly tokenLeewayMs: number;
  /** Faults that end an order as `FAILED` after it was accepted ("Order cannot be placed at all"). None is said to be late. */
  readonly rejectsLate: readonly LateRejection[];
  /** The end of a GTD order at its time: `EXPIRED` is described for TWAP orders alone. */
  readonly goodTillDateEndsAs: 'EXPIRED' | 'CANCELLED';
  /** Whether fills of an order by `quote_size` state their size in quote (`size_in_quote`). */
  readonly quoteOrdersFillInQuote: boolean;
}

export const STRICTEST: UndecidedBehaviour = {
  duplicateId: 'existing',
  listedAfterMs: 0,
  cancelQueuedForMs: 0,
  tokenLeewayMs: 0,
  rejectsLate: [],
  goodTillDateEndsAs: 'EXPIRED',
  quoteOrdersFillInQuote: true,
};

/** The same for a client that waits: what was just made or canceled shows later, and a token lives on. */
export const SLOWEST: UndecidedBehaviour = {
  ...STRICTEST,
  listedAfterMs: 250,
  cancelQueuedForMs: 100,
  tokenLeewayMs: 60_000,
};
