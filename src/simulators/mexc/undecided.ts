/**
 * Questions that MEXC's documentation leaves open, as switches of the simulator. Each is to be probed at the venue (docs/venues/mexc.md).
 *
 * Entry points: `UndecidedBehaviour`, and `STRICTEST`, the answers that are hardest on a client.
 */

export interface UndecidedBehaviour {
  /**
   * A second order under an `externalOid` that an order of contracts has: the page of batches gives back the first one ("return the existing
   * order ID if it already exists"), the page of single orders says nothing. Spot says nothing of `newClientOrderId` at all: there it is
   * always another order.
   */
  readonly repeatedExternalId: 'another_order' | 'first_order';
  /**
   * How long after its creation `GET /api/v3/order` still answers -2013 for a spot order, in ms. It was seen "quite often and chaotically"
   * right after a create (ccxt #21614); for how long is not said. Tests that are not about it do without: time would decide them.
   */
  readonly lookUpLagMs: number;
  /** The answer to a look-up of an order of contracts that is not there: no data, or 2040 as in the answers to cancels. */
  readonly absentContractOrder: 'no_data' | 'refused';
  /** Whether the answer to a cancel on spot shows the order as it ended, or as it was when the request came. */
  readonly cancelShowsEnd: boolean;
  /** Whether pushes of an order come before those of its deals; no order between the two channels is stated. */
  readonly ordersBeforeDeals: boolean;
  /** Whether `IMMEDIATE_OR_CANCEL` and `FILL_OR_KILL` are taken where `orderTypes` does not list them, as in every listed example. */
  readonly takesUnlistedTypes: boolean;
}

export const STRICTEST: UndecidedBehaviour = {
  repeatedExternalId: 'another_order',
  lookUpLagMs: 0,
  absentContractOrder: 'no_data',
  cancelShowsEnd: false,
  ordersBeforeDeals: true,
  takesUnlistedTypes: true,
};
