/** Words of HTX's spot orders, to and from those of the neutral exchange. Source: "Trading" of the spot documentation (order type, state). */
import type { Order, OrderRequest, Side } from '../../exchange/order.ts';
import { isOpen } from '../../exchange/order.ts';
import { HtxRefusal } from '../errors.ts';

/** `tags` of an order: its type as it was sent. */
export const TYPE_TAG = 'type';

const BEHAVIOURS = {
  market: { type: 'market' },
  limit: { type: 'limit', timeInForce: 'GTC' },
  'limit-maker': { type: 'limit', timeInForce: 'GTC', postOnly: true },
  ioc: { type: 'limit', timeInForce: 'IOC' },
  'limit-fok': { type: 'limit', timeInForce: 'FOK' },
} as const satisfies Readonly<Record<string, Partial<OrderRequest>>>;

export type Behaviour = keyof typeof BEHAVIOURS;
const NAMES = Object.keys(BEHAVIOURS) as readonly Behaviour[];

export interface OrderKind {
  readonly side: Side;
  readonly behaviour: Behaviour;
  readonly terms: Pick<OrderRequest, 'type' | 'timeInForce' | 'postOnly'>;
}

/** `buy-limit`; stop orders are replaced by conditional ones at the venue, and not served. */
export function orderKindOf(type: string): OrderKind {
  const [, side, name] = /^(buy|sell)-(.+)$/.exec(type) ?? [];
  const behaviour = NAMES.find((known) => known === name);
  if ((side !== 'buy' && side !== 'sell') || behaviour === undefined)
    throw new HtxRefusal('order-type-invalid', 'Order type is invalid');
  return { side, behaviour, terms: BEHAVIOURS[behaviour] };
}

/** The type of an order as it was sent. */
export function typeOf(order: Order): string {
  return order.tags[TYPE_TAG] ?? `${order.side}-${order.type === 'market' ? 'market' : 'limit'}`;
}

/** IOC and FOK orders, which cannot be cancelled. */
export function isAtOnce(order: Order): boolean {
  return order.timeInForce === 'IOC' || order.timeInForce === 'FOK';
}

/** `isCanceling`: its cancel was taken and has not been carried out. */
export function stateName(order: Order, isCanceling: boolean): string {
  if (isCanceling && isOpen(order.status)) return 'canceling';
  switch (order.status) {
    case 'pending':
    case 'untriggered':
      return 'created';
    case 'open':
      return 'submitted';
    case 'partially_filled':
      return 'partial-filled';
    case 'filled':
      return 'filled';
    case 'canceled':
    case 'expired':
    case 'rejected':
    case 'triggered':
      return order.filled.isZero() ? 'canceled' : 'partial-canceled';
  }
}

/** `order-state` of a cancel that failed: "5: partial-canceled, 6: filled, 7: canceled, 10: cancelling". */
export function stateNumber(order: Order): number {
  if (isOpen(order.status)) return 10;
  if (order.status === 'filled') return 6;
  return order.filled.isZero() ? 7 : 5;
}

/** "canceled source", a number with its words. */
export function canceledSource(order: Order): readonly [code: number, words: string] | null {
  switch (order.endReason) {
    case 'user_canceled':
      return [114, 'api'];
    case 'rest_not_filled':
      return [103, order.type === 'market' ? 'market' : 'ioc'];
    case 'fok_not_fillable':
      return [102, 'fok'];
    case 'post_only_would_take':
      return [104, 'limit_maker'];
    case 'self_trade_prevention':
      return [105, 'self_match_prevent'];
    case 'symbol_settled':
      return [106, 'coin-listing-delisting'];
    case 'insufficient_balance':
    case 'refused_on_trigger':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'reduce_only':
    case 'liquidation':
      return [107, 'system-manually-cancels-order'];
    case null:
      return null;
  }
}
