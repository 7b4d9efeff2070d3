/**
 * Questions that HTX's documentation leaves open, as switches of the simulator. Each is to be probed at the venue (docs/venues/htx.md).
 *
 * Entry points: `UndecidedBehaviour`, and `STRICTEST`, the answers that are hardest on a client.
 */

export interface UndecidedBehaviour {
  /**
   * How long an order stays `canceling` after its cancel was acknowledged, in ms: "under canceling, but haven't been removed from matching
   * queue yet"; it can still be filled. How long that takes is not said. The orders on their way out do not outlive a restart, so that none
   * is unless asked for.
   */
  readonly cancelTakesMs: number;
  /**
   * How long a deposit stays `confirmed`, by at least one block, before it is `safe`, by several, in ms. Its balance has it from the first of
   * the two on. None unless asked for: a deposit is then booked at once.
   */
  readonly depositSafeAfterMs: number;
  /** Whether `updated-at` of a deposit moves on with its state, or stays when it was credited. */
  readonly updatedAtMoves: boolean;
  /**
   * Whether `trade.clearing` comes after the `orders#` message of the same trade, and `trade` of contracts after `orders`; no order between
   * the two is stated.
   */
  readonly ordersBeforeClearing: boolean;
  /** The HTTP status of a spot request beyond its limit; the pages have a text ("You request too often") and no status. */
  readonly statusOfRateLimit: 200 | 429;
  /** Whether a page of "Search Match Results", or a page of contract orders, begins with the record that `from` names, or behind it. */
  readonly pagesBeginWithFrom: boolean;
  /** Whether `client_order_id` of a finished contract order is refused while it is known (1050), or makes another order. */
  readonly refusesKnownContractIds: boolean;
  /** The answer to a look-up of a contract order that is not there: no data inside a success, or a refusal (1017). */
  readonly absentContractOrder: 'no_data' | 'refused';
}

export const STRICTEST: UndecidedBehaviour = {
  cancelTakesMs: 0,
  depositSafeAfterMs: 0,
  updatedAtMoves: true,
  ordersBeforeClearing: true,
  statusOfRateLimit: 429,
  pagesBeginWithFrom: true,
  refusesKnownContractIds: false,
  absentContractOrder: 'no_data',
};
