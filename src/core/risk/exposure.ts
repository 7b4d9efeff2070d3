/**
 * Worst-case exposure: what the position becomes if every open buy fills and no sell does, and the other way round.
 *
 * Buys and sells are never netted against each other. With the mark unchanged, no interleaving of fills, cancels and
 * unknown outcomes can lead outside these bounds, because each order is valued at the dearer of its limit and the mark.
 * Reduce-only orders add nothing: the venue holds them to that. A spot sale adds nothing: it only sheds inventory.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { limitPrice, remainingQuantity, type OrderRequest } from '../order/order.ts';
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

/** The exposure on one instrument with `adding` on top; `excluding` leaves one order out. */
export function exposureOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  kind: InstrumentKind,
  mark: Decimal,
  adding: ExposedOrder | null,
  excluding: OrderId | null,
): Exposure {
  const net = state.positions.get(instrumentKey(account, symbol))?.netQuantity ?? Decimal.zero;
  const buys = new OpenSide();
  const sells = new OpenSide();
  for (const order of state.unfinished.values()) {
    if (order.accountId !== account || order.symbol !== symbol || order.orderId === excluding) continue;
    const open: ExposedOrder = {
      side: order.side,
      openQuantity: remainingQuantity(order),
      openCost: order.cost === null ? null : order.cost.subtract(order.filledCost).max(Decimal.zero),
      worstPrice: limitPrice(order),
      reduceOnly: order.reduceOnly,
    };
    (order.side === 'buy' ? buys : sells).add(open, mark);
  }
  if (adding !== null) (adding.side === 'buy' ? buys : sells).add(adding, mark);
  return {
    longNotional: worst(net, buys, mark),
    shortNotional: kind === 'spot' ? Decimal.zero : worst(net.negate(), sells, mark),
  };
}

/** One side's open orders added up. */
class OpenSide {
  quantity: Decimal = Decimal.zero;
  /** Value of `quantity`, each order at the dearer of its limit and the mark. */
  value: Decimal = Decimal.zero;
  cost: Decimal = Decimal.zero;
  dearest: Decimal = Decimal.zero;

  add(order: ExposedOrder, mark: Decimal): void {
    if (order.reduceOnly) return;
    if (order.openCost !== null) this.cost = this.cost.add(order.openCost);
    if (order.openQuantity === null) return;
    const price = (order.worstPrice ?? rawMarketPrice(order.side, mark)).max(mark);
    this.quantity = this.quantity.add(order.openQuantity);
    this.value = this.value.add(order.openQuantity.multiply(price));
    this.dearest = this.dearest.max(price);
  }
}

/** Worst notional on the side that `held` counts positive: what is held plus everything open on that side. */
function worst(held: Decimal, open: OpenSide, mark: Decimal): Decimal {
  if (!held.isNegative()) return held.multiply(mark).add(open.value).add(open.cost);
  // Orders against an opposite position close it first; what is left over is valued at the dearest of them.
  const beyond = held.add(open.quantity).max(Decimal.zero);
  return beyond.multiply(open.dearest).add(open.cost);
}

/** A request that is not in the state yet, as an open order. */
export function exposedRequest(request: OrderRequest, protectionPrice: Decimal | null): ExposedOrder {
  return {
    side: request.side,
    openQuantity: request.quantity,
    openCost: request.cost,
    worstPrice: request.price ?? protectionPrice,
    reduceOnly: request.reduceOnly,
  };
}

/** Whether a request can only shrink worst-case exposure on its instrument, whatever else happens. */
export function isReducing(
  state: PortfolioState,
  request: OrderRequest,
  kind: InstrumentKind,
  excluding: OrderId | null,
): boolean {
  if (kind === 'spot') return request.side === 'sell';
  if (request.reduceOnly) return true;
  if (request.quantity === null) return false;
  const net =
    state.positions.get(instrumentKey(request.accountId, request.symbol))?.netQuantity ?? Decimal.zero;
  let committed = request.quantity;
  for (const order of state.unfinished.values()) {
    if (
      order.accountId !== request.accountId ||
      order.symbol !== request.symbol ||
      order.orderId === excluding
    )
      continue;
    if (order.side === request.side) committed = committed.add(remainingQuantity(order) ?? Decimal.zero);
  }
  const closable = request.side === 'sell' ? net : net.negate();
  return committed.atMost(closable);
}
