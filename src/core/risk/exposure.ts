/**
 * Worst-case exposure: what is held on a side plus everything open on that side.
 *
 * Neither buys and sells nor an opposite position are netted: a resting sale may outlive the long position that it was
 * meant to close. With the mark unchanged, no interleaving of fills, cancels and unknown outcomes leads outside these
 * bounds, because each order is valued at the dearer of its worst price and the mark.
 * Reduce-only orders add nothing: the venue holds them to that. A spot sale adds nothing: it only sheds inventory.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import type { OrderRequest } from '../order/order.ts';
import { instrumentKey, type PortfolioState } from '../portfolio/state.ts';

/** An order, in the part that exposure needs. */
export interface ExposedOrder {
  readonly side: 'buy' | 'sell';
  /** Base units still open; null for an order by cost. */
  readonly openQuantity: Decimal | null;
  /** Quote units still to be spent, for an order by cost. */
  readonly openCost: Decimal | null;
  /** The worst price it can trade at; null for a raw market order. */
  readonly worstPrice: Decimal | null;
  readonly reduceOnly: boolean;
}

export interface Exposure {
  /** Quote units. */
  readonly longNotional: Decimal;
  readonly shortNotional: Decimal;
}

/** How far beyond the mark an order without any limit of its own is valued: the default protection. */
const RAW_MARKET_BPS = 200n;

/** The price an order without a limit is valued at, on its aggressive side. */
export function rawMarketPrice(side: 'buy' | 'sell', mark: Decimal): Decimal {
  return mark.multiply(Decimal.of(side === 'buy' ? 10_000n + RAW_MARKET_BPS : 10_000n - RAW_MARKET_BPS, 4));
}

/** The orders in flight on one instrument, added up once per decision. */
export interface OpenOnInstrument {
  /** Base units open on each side, reduce-only orders too. */
  readonly buyQuantity: Decimal;
  readonly sellQuantity: Decimal;
  /** Quote units, each order at the dearer of its worst price and the mark; reduce-only orders left out. */
  readonly buyValue: Decimal;
  readonly sellValue: Decimal;
  /** The lowest resting offer and the highest resting bid of ours; null without one. */
  readonly lowestOffer: Decimal | null;
  readonly highestBid: Decimal | null;
}

/** Quote units that an open order can come to at the worst, with the mark where it is. */
function valueOf(order: ExposedOrder, mark: Decimal): Decimal {
  if (order.reduceOnly) return Decimal.zero;
  if (order.openCost !== null) return order.openCost;
  if (order.openQuantity === null) return Decimal.zero;
  return order.openQuantity.multiply((order.worstPrice ?? rawMarketPrice(order.side, mark)).max(mark));
}

/** The worst price an order can trade at, as far as it has one: a stop-market order trades beyond its stop price. */
export function worstPriceOf(
  order: Pick<OrderRequest, 'price' | 'stopPrice' | 'side'>,
  protectionPrice: Decimal | null,
): Decimal | null {
  if (order.price !== null) return order.price;
  if (protectionPrice !== null) return protectionPrice;
  return order.stopPrice === null ? null : rawMarketPrice(order.side, order.stopPrice);
}

/** The exposure on one instrument with `adding` on top. */
export function exposureOf(
  net: Decimal,
  open: OpenOnInstrument,
  kind: InstrumentKind,
  mark: Decimal,
  adding: ExposedOrder | null,
): Exposure {
  const added = adding === null ? Decimal.zero : valueOf(adding, mark);
  const held = net.multiply(mark);
  const longNotional = held.max(Decimal.zero).add(open.buyValue);
  const shortNotional = held.negate().max(Decimal.zero).add(open.sellValue);
  return {
    longNotional: adding?.side === 'buy' ? longNotional.add(added) : longNotional,
    shortNotional:
      kind === 'spot' ? Decimal.zero : adding?.side === 'sell' ? shortNotional.add(added) : shortNotional,
  };
}

/** Base units held, negative for short. */
export function netQuantityOf(state: PortfolioState, account: AccountId, symbol: InstrumentSymbol): Decimal {
  return state.positions.get(instrumentKey(account, symbol))?.netQuantity ?? Decimal.zero;
}

/** A request that is not in the state yet, as an open order. */
export function exposedRequest(request: OrderRequest, protectionPrice: Decimal | null): ExposedOrder {
  return {
    side: request.side,
    openQuantity: request.quantity,
    openCost: request.cost,
    worstPrice: worstPriceOf(request, protectionPrice),
    reduceOnly: request.reduceOnly,
  };
}

/**
 * Whether a request only closes what we hold: reduce-only, or together with everything open on its side no more than
 * the position.
 */
export function isClosing(request: OrderRequest, net: Decimal, open: OpenOnInstrument): boolean {
  if (request.reduceOnly) return true;
  if (request.quantity === null) return false;
  const committed = request.quantity.add(request.side === 'sell' ? open.sellQuantity : open.buyQuantity);
  return committed.atMost(request.side === 'sell' ? net : net.negate());
}
