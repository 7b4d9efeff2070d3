/**
 * Worst-case exposure: what is held on a side plus everything open on that side.
 *
 * Neither buys and sells nor an opposite position are netted: a resting sale may outlive the long position that it was
 * meant to close. With the mark unchanged, no interleaving of fills, cancels and unknown outcomes leads outside these
 * bounds, because each order is valued at the dearer of its worst price and the mark.
 * Reduce-only orders add nothing: the venue holds them to that. A spot sale adds nothing: it only sheds inventory.
 */
import { Decimal, DecimalSum } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { remainingQuantity, type Order, type OrderRequest } from '../order/order.ts';
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

/** Adds the unfinished orders on one instrument up; `excluding` leaves one order out. */
export function openOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  mark: Decimal,
  excluding: OrderId | null,
): OpenOnInstrument {
  const sums = new OpenSums(mark);
  for (const order of state.unfinished.values()) {
    if (order.symbol === symbol && order.accountId === account && order.orderId !== excluding)
      sums.add(order);
  }
  return sums.result();
}

/** Adds open orders on one instrument up: with a thousand of them this is most of what a decision costs. */
export class OpenSums {
  readonly #mark: Decimal;
  readonly #buys = new SideSums();
  readonly #sells = new SideSums();
  #lowestOffer: Decimal | null = null;
  #highestBid: Decimal | null = null;

  constructor(mark: Decimal) {
    this.#mark = mark;
  }

  add(order: Order): void {
    const open = openPart(order);
    if (order.side === 'buy') {
      this.#buys.add(open, this.#mark);
      this.#highestBid = further(this.#highestBid, open.restingPrice, 'up');
    } else {
      this.#sells.add(open, this.#mark);
      this.#lowestOffer = further(this.#lowestOffer, open.restingPrice, 'down');
    }
  }

  result(): OpenOnInstrument {
    return {
      buyQuantity: this.#buys.quantity.total(),
      sellQuantity: this.#sells.quantity.total(),
      buyValue: this.#buys.value(this.#mark),
      sellValue: this.#sells.value(this.#mark),
      lowestOffer: this.#lowestOffer,
      highestBid: this.#highestBid,
    };
  }
}

class SideSums {
  readonly quantity = new DecimalSum();
  /** Quote units of what is dearer than the mark. */
  readonly #dear = new DecimalSum();
  /** Base units of what counts at the mark. */
  readonly #atMark = new DecimalSum();
  /** Base units of raw market orders, which count beyond the mark. */
  readonly #raw = new DecimalSum();
  #side: 'buy' | 'sell' = 'buy';

  add(open: OpenPart, mark: Decimal): void {
    this.#side = open.side;
    if (open.openQuantity !== null) this.quantity.add(open.openQuantity);
    if (open.reduceOnly) return;
    if (open.openCost !== null) this.#dear.add(open.openCost);
    else if (open.openQuantity === null) return;
    else if (open.worstPrice === null) this.#raw.add(open.openQuantity);
    else if (open.worstValue !== null && open.worstPrice.greaterThan(mark)) this.#dear.add(open.worstValue);
    else this.#atMark.add(open.openQuantity);
  }

  value(mark: Decimal): Decimal {
    return this.#dear
      .total()
      .add(this.#atMark.total().multiply(mark))
      .add(this.#raw.total().multiply(rawMarketPrice(this.#side, mark).max(mark)));
  }
}

function further(left: Decimal | null, right: Decimal | null, direction: 'up' | 'down'): Decimal | null {
  if (left === null || right === null) return left ?? right;
  return direction === 'up' ? left.max(right) : left.min(right);
}

interface OpenPart extends ExposedOrder {
  /** Its limit while it can rest in the book; null for what trades at once or waits for a trigger. */
  readonly restingPrice: Decimal | null;
  /** Quote units of what is open at its worst price; null where it has none. */
  readonly worstValue: Decimal | null;
}

/** Orders are replaced and never changed, so what is open of one is worked out once. */
const OPEN_PARTS = new WeakMap<Order, OpenPart>();

function openPart(order: Order): OpenPart {
  const known = OPEN_PARTS.get(order);
  if (known !== undefined) return known;
  const rests = order.stopPrice === null && order.timeInForce !== 'IOC' && order.timeInForce !== 'FOK';
  const openQuantity = remainingQuantity(order);
  const worstPrice = worstPriceOf(order, order.protectionPrice);
  const part: OpenPart = {
    side: order.side,
    openQuantity,
    openCost: order.cost === null ? null : order.cost.subtract(order.filledCost).max(Decimal.zero),
    worstPrice,
    worstValue: openQuantity === null || worstPrice === null ? null : openQuantity.multiply(worstPrice),
    reduceOnly: order.reduceOnly,
    restingPrice: rests ? order.price : null,
  };
  OPEN_PARTS.set(order, part);
  return part;
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
  const open = openOn(state, account, symbol, mark, excluding);
  return exposureOf(netQuantityOf(state, account, symbol), open, kind, mark, adding);
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
