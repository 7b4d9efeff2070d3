/**
 * The orders in flight, added up: what they hold of each balance and what they come to on each instrument.
 *
 * Entry points: `openOn`, `heldUnder`, `openGroups`, `hasUnresolvedOrder`, `stopsOn`; `noteOrderReplaced`, which `evolve` alone
 * calls. With a thousand open orders these sums are most of what a decision costs, so they are kept from decision to decision
 * and moved by each change of an order: neither a decision nor a change looks at all of the orders. They are derived from the
 * unfinished orders alone, are made from them when first asked for, and are no state.
 */
import { Decimal, DecimalSum } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { balanceKey, instrumentKey, type PortfolioState } from '../portfolio/state.ts';
import { rawMarketPrice, worstPriceOf, type OpenOnInstrument } from '../risk/exposure.ts';
import { heldAmount, remainingQuantity, type Order } from './order.ts';
import { PriceLevels } from './price-levels.ts';

/** The orders on one instrument, added up at `mark`; `excluding` leaves one order out. */
export function openOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  mark: Decimal,
  excluding: OrderId | null,
): OpenOnInstrument {
  return indexOf(state).instruments.get(instrumentKey(account, symbol))?.at(mark, excluding) ?? NOTHING_OPEN;
}

const NOTHING_OPEN: OpenOnInstrument = {
  buyQuantity: Decimal.zero,
  sellQuantity: Decimal.zero,
  buyValue: Decimal.zero,
  sellValue: Decimal.zero,
  lowestOffer: null,
  highestBid: null,
};

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
  for (const [key, { orders, accountId, symbol, kind }] of indexOf(state).instruments) {
    if (orders.size > 0) groups.push({ key, accountId, symbol, kind, orders: orders.values() });
  }
  return groups;
}

/** Whether an execution that matches nothing may yet turn out to be ours: an order there has no venue id yet. */
export function hasUnresolvedOrder(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
): boolean {
  const instrument = indexOf(state).instruments.get(instrumentKey(account, symbol));
  return instrument !== undefined && instrument.unresolved.size > 0;
}

/** The unfinished stops on one instrument of one account, in the order in which they were accepted. */
export function stopsOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
): readonly Order[] {
  const instrument = indexOf(state).instruments.get(instrumentKey(account, symbol));
  return instrument === undefined ? [] : [...instrument.stops.values()];
}

/** Moves the sums by one change of an order; null where it is not among the unfinished ones. */
export function noteOrderReplaced(state: PortfolioState, before: Order | null, after: Order | null): void {
  const index = INDEXES.get(state);
  if (index === undefined) return;
  if (before !== null && after !== null && isOpenAsBefore(before, after)) {
    index.keep(after);
    return;
  }
  if (before !== null) index.subtract(before);
  if (after !== null) index.add(after);
  else if (before !== null) index.forget(before);
}

/** Of an order that is not finished, nothing that is added up here changes but by what is filled of it. */
function isOpenAsBefore(before: Order, after: Order): boolean {
  return (
    before.filledQuantity.equals(after.filledQuantity) &&
    before.filledCost.equals(after.filledCost) &&
    before.hold === after.hold
  );
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

  /** Takes an order in, and puts it in the place of what was subtracted of it before. */
  add(order: Order): void {
    const key = instrumentKey(order.accountId, order.symbol);
    let instrument = this.instruments.get(key);
    if (instrument === undefined) {
      instrument = new OpenInstrument(order);
      this.instruments.set(key, instrument);
    }
    instrument.keep(order);
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

  subtract(order: Order): void {
    this.instruments.get(instrumentKey(order.accountId, order.symbol))?.subtract(order);
    const balance = holdKey(order);
    if (balance !== null) this.held.get(balance)?.subtract(heldAmount(order));
  }

  /** The newest record of an order whose figures stay. */
  keep(order: Order): void {
    this.instruments.get(instrumentKey(order.accountId, order.symbol))?.keep(order);
  }

  /** After it was subtracted. The instrument stays, empty or not: there are no more than the venue lists. */
  forget(order: Order): void {
    this.instruments.get(instrumentKey(order.accountId, order.symbol))?.forget(order.orderId);
  }
}

class OpenInstrument {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly kind: InstrumentKind;
  readonly orders = new Map<OrderId, Order>();
  /** Those that may be at the venue under an id that we do not know. */
  readonly unresolved = new Set<OrderId>();
  readonly stops = new Map<OrderId, Order>();
  readonly #buys = new OpenSide('buy');
  readonly #sells = new OpenSide('sell');

  constructor({ accountId, symbol, kind }: Order) {
    this.accountId = accountId;
    this.symbol = symbol;
    this.kind = kind;
  }

  keep(order: Order): void {
    const { orderId, status } = order;
    this.orders.set(orderId, order);
    if (order.stopPrice !== null) this.stops.set(orderId, order);
    if (status === 'submitting' || status === 'unknown') this.unresolved.add(orderId);
    else this.unresolved.delete(orderId);
  }

  forget(orderId: OrderId): void {
    this.orders.delete(orderId);
    this.stops.delete(orderId);
    this.unresolved.delete(orderId);
  }

  add(order: Order): void {
    this.#sideOf(order).change(order, 'add');
  }

  subtract(order: Order): void {
    this.#sideOf(order).change(order, 'subtract');
  }

  at(mark: Decimal, excluding: OrderId | null): OpenOnInstrument {
    const excluded = excluding === null ? undefined : this.orders.get(excluding);
    if (excluded !== undefined) this.subtract(excluded);
    const open = {
      buyQuantity: this.#buys.quantity.total(),
      sellQuantity: this.#sells.quantity.total(),
      buyValue: this.#buys.valueAt(mark),
      sellValue: this.#sells.valueAt(mark),
      lowestOffer: this.#sells.resting.lowest(),
      highestBid: this.#buys.resting.highest(),
    };
    if (excluded !== undefined) this.add(excluded);
    return open;
  }

  #sideOf(order: Order): OpenSide {
    return order.side === 'buy' ? this.#buys : this.#sells;
  }
}

class OpenSide {
  /** Base units, of reduce-only orders too. */
  readonly quantity = new DecimalSum();
  /** What can rest in the book, at its limit. */
  readonly resting = new PriceLevels();
  /** What counts at the dearer of its worst price and the mark. */
  readonly #priced = new PriceLevels();
  /** Quote units still to be spent by orders by cost. */
  readonly #cost = new DecimalSum();
  /** Base units of raw market orders, which count beyond the mark. */
  readonly #raw = new DecimalSum();
  readonly #side: 'buy' | 'sell';

  constructor(side: 'buy' | 'sell') {
    this.#side = side;
  }

  change(order: Order, how: 'add' | 'subtract'): void {
    const levelChange = how === 'add' ? 'add' : 'remove';
    const open = remainingQuantity(order);
    if (open !== null) this.quantity[how](open);
    if (order.price !== null && canRest(order)) this.resting[levelChange](order.price, open ?? Decimal.zero);
    if (order.reduceOnly) return;
    if (order.cost !== null) {
      this.#cost[how](order.cost.subtract(order.filledCost).max(Decimal.zero));
      return;
    }
    if (open === null || open.isZero()) return;
    const worstPrice = worstPriceOf(order, order.protectionPrice);
    if (worstPrice === null) this.#raw[how](open);
    else this.#priced[levelChange](worstPrice, open);
  }

  valueAt(mark: Decimal): Decimal {
    const value = this.#cost.total().add(this.#priced.valueAt(mark));
    const raw = this.#raw.total();
    return raw.isZero() ? value : value.add(raw.multiply(rawMarketPrice(this.#side, mark).max(mark)));
  }
}

/** Whether an order can rest in the book at its limit: one that trades at once or waits for a trigger cannot. */
function canRest(order: Order): boolean {
  return order.stopPrice === null && order.timeInForce !== 'IOC' && order.timeInForce !== 'FOK';
}
