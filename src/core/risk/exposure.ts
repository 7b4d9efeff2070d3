/**
 * Worst-case exposure: what is held on a side plus everything open on that side.
 *
 * Neither buys and sells nor an opposite position are netted: a resting sale may outlive the long position that it was
 * meant to close. With the mark unchanged, no interleaving of fills, cancels and unknown outcomes leads outside these
 * bounds, because each order is valued at the dearer of its worst price and the mark.
 * Orders that only reduce add nothing: the venue holds them to that. A spot sale adds nothing: it only sheds inventory.
 *
 * In hedged mode the long and the short position of an instrument are two exposures: neither is netted against the other.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { openQuantities, stopsOn, type OpenOnPosition, type OpenQuantities } from '../order/open-orders.ts';
import { finishesAtOnce, remainingQuantity, type Order, type OrderRequest } from '../order/order.ts';
import { rawMarketPrice, worstPriceOf } from '../order/price-bounds.ts';
import { onlyReduces, type PositionSide } from '../order/terms.ts';
import { unprovableOrders } from '../order/unprovable.ts';
import { positionKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';

/** An order, in the part that exposure needs. */
export interface ExposedOrder {
  readonly side: 'buy' | 'sell';
  /** Base units still open; null for an order by cost. */
  readonly openQuantity: Decimal | null;
  /** Quote units still to be spent, for an order by cost. */
  readonly openCost: Decimal | null;
  /** The worst price it can trade at; null for a raw market order. */
  readonly worstPrice: Decimal | null;
  /** Whether it can only shrink its position: it adds no exposure. */
  readonly onlyReduces: boolean;
}

/** Of one position: of an instrument in one-way mode, of one of its sides in hedged mode. */
export interface Exposure {
  /** Quote units. */
  readonly longNotional: Decimal;
  readonly shortNotional: Decimal;
}

/** The greatest worth that an open order can reach with the mark where it is; quote units. */
export function worstValueOf(order: ExposedOrder, mark: Decimal): Decimal {
  if (order.onlyReduces) return Decimal.zero;
  if (order.openCost !== null) return order.openCost;
  if (order.openQuantity === null) return Decimal.zero;
  return order.openQuantity.multiply((order.worstPrice ?? rawMarketPrice(order.side, mark)).max(mark));
}

/** The exposure of one position with `adding` on top. */
export function exposureOf(
  net: Decimal,
  open: OpenOnPosition,
  kind: InstrumentKind,
  mark: Decimal,
  adding: ExposedOrder | null,
): Exposure {
  const added = adding === null ? Decimal.zero : worstValueOf(adding, mark);
  const held = net.multiply(mark);
  const longNotional = held.max(Decimal.zero).add(open.buyValue);
  const shortNotional = held.negate().max(Decimal.zero).add(open.sellValue);
  return {
    longNotional: adding?.side === 'buy' ? longNotional.add(added) : longNotional,
    shortNotional:
      kind === 'spot' ? Decimal.zero : adding?.side === 'sell' ? shortNotional.add(added) : shortNotional,
  };
}

/** Base units held on a position, negative for short. */
export function netQuantityOf(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  side: PositionSide,
): Decimal {
  return state.positions.get(positionKey(account, symbol, side))?.netQuantity ?? Decimal.zero;
}

/** A request that is not in the state yet, as an open order. */
export function exposedRequest(request: OrderRequest, protectionPrice: Decimal | null): ExposedOrder {
  return {
    side: request.side,
    openQuantity: request.quantity,
    openCost: request.cost,
    worstPrice: worstPriceOf(request, protectionPrice),
    onlyReduces: onlyReduces(request),
  };
}

/**
 * Whether an order, in flight or not yet, only closes what is held now, together with what is open on its side. A spot sale of more than
 * the position is no close.
 */
export function closesPosition(state: PortfolioState, order: OrderRequest): boolean {
  const { accountId, symbol, positionSide, orderId } = order;
  return closesBeside(state, order, openQuantities(state, accountId, symbol, positionSide, orderId), orderId);
}

/**
 * Whether a request only closes what is held now, beside `open`, the orders on its position without the one that is `excluding`. Of spot
 * the sales that may never trade stand in no way of one that trades now: stops that wait for their trigger, and orders of which nothing
 * can be proven; and no sale that rests stands in the way of a close that somebody has asked for, which is sized by the position. The
 * balance bounds all that is sold, and a sale adds no exposure.
 */
export function closesBeside(
  state: PortfolioState,
  request: OrderRequest,
  open: OpenQuantities,
  excluding: OrderId | null,
): boolean {
  const position = state.positions.get(positionKeyOf(request));
  const net = position?.netQuantity ?? Decimal.zero;
  if (isClosing(request, net, open)) return true;
  if (position?.kind !== 'spot' || request.side !== 'sell' || request.stopPrice !== null) return false;
  if (request.quantity === null || request.quantity.greaterThan(net)) return false;
  const { accountId, symbol } = request;
  const disregarded = new Set<Order>(stopsOn(state, accountId, symbol).filter(isUntriggered));
  for (const order of unprovableOrders(state)) disregarded.add(order);
  if (request.getsOut === true)
    for (const order of state.unfinished.values()) if (!finishesAtOnce(order)) disregarded.add(order);
  let sellQuantity = open.sellQuantity;
  for (const order of disregarded)
    if (
      order.orderId !== excluding &&
      order.side === 'sell' &&
      positionKeyOf(order) === positionKeyOf(request)
    )
      sellQuantity = sellQuantity.subtract(remainingQuantity(order) ?? Decimal.zero);
  return isClosing(request, net, { ...open, sellQuantity });
}

/** A stop whose trigger nothing has shown yet. */
function isUntriggered(stop: Order): boolean {
  return !stop.stopTriggered && stop.filledQuantity.isZero();
}

/**
 * Whether a request only closes what is held: by its terms, or together with everything open on its side no more than
 * the position.
 */
export function isClosing(request: OrderRequest, net: Decimal, open: OpenQuantities): boolean {
  if (onlyReduces(request)) return true;
  if (request.quantity === null || request.positionSide !== 'net') return false;
  const committed = request.quantity.add(request.side === 'sell' ? open.sellQuantity : open.buyQuantity);
  return committed.atMost(request.side === 'sell' ? net : net.negate());
}
