/**
 * The orders in flight, added up: what they hold of each balance and what they come to on each instrument.
 *
 * Entry points: `openOn`, `heldUnder`, `openGroups`; `noteOrderReplaced`, which `evolve` alone calls. With a thousand open
 * orders these sums are most of what a decision costs, so they are kept from decision to decision and moved by each change of an
 * order. They are derived from the unfinished orders alone, are made from them when first asked for, and are no state.
 */
import { Decimal, DecimalSum } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { balanceKey, instrumentKey, type PortfolioState } from '../portfolio/state.ts';
import { rawMarketPrice, worstPriceOf, type ExposedOrder, type OpenOnInstrument } from '../risk/exposure.ts';
import { heldAmount, remainingQuantity, type Order } from './order.ts';

/** The orders on one instrument, added up at `mark`; `excluding` leaves one order out. */
export function openOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  mark: Decimal,
  excluding: OrderId | null,
): OpenOnInstrument {
  const instrument = indexOf(state).instruments.get(instrumentKey(account, symbol));
  if (instrument === undefined) return new OpenSums(mark).result();
  const excluded = excluding === null ? undefined : instrument.orders.get(excluding);
  return instrument.at(mark, excluded);
}

/** Sum of what the orders in flight hold of a balance, by `balanceKey`. */
export function heldUnder(state: PortfolioState, key: string): Decimal {
  return indexOf(state).held.get(key)?.total() ?? Decimal.zero;
}

/** The balance that an order holds of, as `balanceKey`; null where it holds of none. */
export function holdKey(order: Order): string | null {
  return order.hold === null ? null : balanceKey(order.accountId, order.hold.wallet, order.hold.holdAsset);
}

/** The orders on an instrument that one of them names, for those who look at all instruments. */
export interface OpenGroup {
  readonly key: string;
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly kind: InstrumentKind;
  readonly orders: Iterable<Order>;
}

/** Every instrument with an unfinished order. */
export function openGroups(state: PortfolioState): readonly OpenGroup[] {
  const groups: OpenGroup[] = [];
  for (const [key, { orders }] of indexOf(state).instruments) {
    const [first] = orders.values();
    if (first === undefined) continue;
    const { accountId, symbol, kind } = first;
    groups.push({ key, accountId, symbol, kind, orders: orders.values() });
  }
  return groups;
}

/** Moves the sums by one change of an order; null where it is not among the unfinished ones. */
export function noteOrderReplaced(state: PortfolioState, before: Order | null, after: Order | null): void {
  const index = INDEXES.get(state);
  if (index === undefined) return;
  if (before !== null) index.remove(before);
  if (after !== null) index.add(after);
}

const INDEXES = new WeakMap<PortfolioState, OpenIndex>();

function indexOf(state: PortfolioState): OpenIndex {
  let index = INDEXES.get(state);
  if (index === undefined) {
    index = new OpenIndex();
    for (const order of state.unfinished.values()) index.add(order);
    INDEXES.set(state, index);
  }
  return index;
}

class OpenIndex {
  readonly held = new Map<string, DecimalSum>();
  readonly instruments = new Map<string, OpenInstrument>();

  add(order: Order): void {
    const key = instrumentKey(order.accountId, order.symbol);
    let instrument = this.instruments.get(key);
    if (instrument === undefined) {
      instrument = new OpenInstrument();
      this.instruments.set(key, instrument);
    }
    instrument.add(order);
    const balance = holdKey(order);
    if (balance === null) return;
    let held = this.held.get(balance);
    if (held === undefined) {
      held = new DecimalSum();
      this.held.set(balance, held);
    }
    held.add(heldAmount(order));
  }

  remove(order: Order): void {
    const key = instrumentKey(order.accountId, order.symbol);
    const instrument = this.instruments.get(key);
    instrument?.remove(order);
    if (instrument?.orders.size === 0) this.instruments.delete(key);
    const balance = holdKey(order);
    if (balance !== null) this.held.get(balance)?.subtract(heldAmount(order));
  }
}

class OpenInstrument {
  readonly orders = new Map<OrderId, Order>();
  /** At the mark of the last decision; another mark needs new ones. */
  #sums: OpenSums | null = null;

  add(order: Order): void {
    this.orders.set(order.orderId, order);
    this.#sums?.add(order);
  }

  remove(order: Order): void {
    this.orders.delete(order.orderId);
    this.#sums?.remove(order);
  }

  at(mark: Decimal, excluded: Order | undefined): OpenOnInstrument {
    if (this.#sums?.mark.equals(mark) !== true || this.#sums.isStale) {
      this.#sums = new OpenSums(mark);
      for (const order of this.orders.values()) this.#sums.add(order);
    }
    if (excluded === undefined) return this.#sums.result();
    this.remove(excluded);
    const without = this.at(mark, undefined);
    this.add(excluded);
    return without;
  }
}

class OpenSums {
  readonly mark: Decimal;
  readonly #buys = new SideSums('buy');
  readonly #sells = new SideSums('sell');
  #lowestOffer: Decimal | null = null;
  #highestBid: Decimal | null = null;
  /** Set when the best of our resting orders went: what is best now is not known. */
  isStale = false;

  constructor(mark: Decimal) {
    this.mark = mark;
  }

  add(order: Order): void {
    const open = openPart(order);
    const { restingPrice } = open;
    this.#sideOf(open).change(open, this.mark, 'add');
    if (restingPrice === null) return;
    if (open.side === 'buy') this.#highestBid = this.#highestBid?.max(restingPrice) ?? restingPrice;
    else this.#lowestOffer = this.#lowestOffer?.min(restingPrice) ?? restingPrice;
  }

  remove(order: Order): void {
    const open = openPart(order);
    this.#sideOf(open).change(open, this.mark, 'subtract');
    const best = open.side === 'buy' ? this.#highestBid : this.#lowestOffer;
    if (open.restingPrice !== null && best?.equals(open.restingPrice) === true) this.isStale = true;
  }

  result(): OpenOnInstrument {
    return {
      buyQuantity: this.#buys.quantity.total(),
      sellQuantity: this.#sells.quantity.total(),
      buyValue: this.#buys.value(this.mark),
      sellValue: this.#sells.value(this.mark),
      lowestOffer: this.#lowestOffer,
      highestBid: this.#highestBid,
    };
  }

  #sideOf(open: OpenPart): SideSums {
    return open.side === 'buy' ? this.#buys : this.#sells;
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
  readonly #side: 'buy' | 'sell';

  constructor(side: 'buy' | 'sell') {
    this.#side = side;
  }

  change(open: OpenPart, mark: Decimal, how: 'add' | 'subtract'): void {
    if (open.openQuantity !== null) this.quantity[how](open.openQuantity);
    if (open.reduceOnly) return;
    if (open.openCost !== null) this.#dear[how](open.openCost);
    else if (open.openQuantity === null) return;
    else if (open.worstPrice === null) this.#raw[how](open.openQuantity);
    else if (open.worstValue !== null && open.worstPrice.greaterThan(mark)) this.#dear[how](open.worstValue);
    else this.#atMark[how](open.openQuantity);
  }

  value(mark: Decimal): Decimal {
    return this.#dear
      .total()
      .add(this.#atMark.total().multiply(mark))
      .add(this.#raw.total().multiply(rawMarketPrice(this.#side, mark).max(mark)));
  }
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
