/**
 * The codes in `reason` of an order that are no refusals of ours, each with its meaning and what to do. docs/errors.md has them.
 *
 * Entry point: `ORDER_REASONS`. A code without an entry does not compile.
 */
import type { OrderReasonCode } from '../../core/order/reason.ts';
import type { RefusalCode } from '../../core/risk/refusal.ts';

export interface OrderReasonText {
  /** Who gave it, and when, as a sentence. */
  readonly when: string;
  readonly remedy: string;
}

const NEW_KEY = 'Correct it and place it under a new key.';
const AGAIN = 'Place it again under a new key if you still want it.';
const NOTHING_TO_DO = 'Nothing: it is looked up or tried again by itself.';

export const ORDER_REASONS: Readonly<Record<Exclude<OrderReasonCode, RefusalCode>, OrderReasonText>> = {
  unknown: {
    when: 'It was sent, and the answer of the exchange was lost: neither outcome is proven yet.',
    remedy: NOTHING_TO_DO + ' Never send it again under another key.',
  },
  absent: {
    when: 'Two look-ups past the lifetime of the request found no such order: it was never placed.',
    remedy: AGAIN,
  },
  not_placed: {
    when: 'The time that it might wait to be sent has passed before it could be placed.',
    remedy: AGAIN,
  },
  expired: {
    when: 'Its request passed its lifetime before it was sent; or the exchange ended it at its time, or because nothing was left to match.',
    remedy: AGAIN,
  },
  rate_budget: {
    when: 'The rate allowance of the exchange had no room for it in time.',
    remedy: 'Wait for the allowance that `GET /trading/v2/account/info` shows, and place it under a new key.',
  },
  throttled: {
    when: 'The exchange refused the request for its rate limit before it looked at the order.',
    remedy: 'Wait, and place it again under a new key.',
  },
  annulled: { when: 'It was canceled before it was sent.', remedy: AGAIN },
  connect_failed: { when: 'No connection to the exchange could be made.', remedy: AGAIN },
  breaker_open: {
    when: 'Readings of the exchange failed one after another, so that no new order was sent.',
    remedy:
      'Wait until `breaker` in `GET /trading/v2/account/info` is closed, and place it again under a new key.',
  },
  timestamp_refused: {
    when: 'The exchange received the request outside of its lifetime.',
    remedy: NOTHING_TO_DO + ' If it goes on, set the clock of the machine.',
  },
  batch_refused: {
    when: 'Another order of its batch with `all_or_none_risk` was refused.',
    remedy: 'Look at the order that was refused, and send the batch again under a new key.',
  },
  canceled_by_service: {
    when: 'It was canceled with others, or with its position: by the risk ladder, the kill switch, a stop whose position has ended, or the removal or reset of its account. `canceled_by` says by which, and why.',
    remedy: 'Look at what led to it, and place it again under a new key if you still want it.',
  },
  account_reset: {
    when: 'Its paper account began anew at the simulator, which does not know the order any more.',
    remedy: AGAIN,
  },
  filled: { when: 'The exchange shows it as filled, with the words in `detail`.', remedy: 'Nothing.' },
  canceled: {
    when: 'The exchange, or somebody with the keys of the account, canceled it.',
    remedy: AGAIN,
  },
  rejected: { when: 'The exchange took the order and then rejected it, as `detail` says.', remedy: NEW_KEY },
  filter: { when: 'The exchange refused it for a rule of the instrument.', remedy: NEW_KEY },
  would_take: {
    when: 'The exchange refused a post-only order that would have taken at once.',
    remedy: 'Place it further from the market, or without `post_only`.',
  },
  no_match: {
    when: 'The exchange refused an IOC or FOK order that found no match.',
    remedy: 'Place it again nearer to the market.',
  },
  reduce_only: {
    when: 'The exchange refused a reduce-only order that would not have reduced, or of which other open orders left nothing to close.',
    remedy: 'Look at the position, and cancel other orders that close it.',
  },
  price_band: {
    when: 'The exchange refused a price outside of its band.',
    remedy: 'Place it nearer to the mark.',
  },
  too_many_orders: {
    when: 'The exchange takes no further open order on the instrument or the account.',
    remedy: 'Cancel orders that are not needed.',
  },
  instrument_closed: {
    when: 'The exchange does not trade the instrument now.',
    remedy: 'Wait until `active` is true in `GET /instruments`.',
  },
  authentication: {
    when: 'The exchange refused the keys, or what they may do.',
    remedy: 'Try them with `POST /accounts/{account_id}/verify`, and correct them at the exchange or here.',
  },
  duplicate_client_order_id: {
    when: 'The exchange has an order with this id already: an earlier attempt arrived.',
    remedy: NOTHING_TO_DO,
  },
  position_mode: {
    when: 'The account is in another position mode at the exchange than the order was made for.',
    remedy: 'Look at `position_mode` in `GET /trading/v2/account/info`, and place it under a new key.',
  },
  other: { when: 'The exchange refused it for another reason, in `detail`.', remedy: NEW_KEY },
};
