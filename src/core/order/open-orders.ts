/**
 * The orders in flight, added up: their holds on each balance and their quantity and worth on each position.
 *
 * Entry points: `openOn`, `openQuantities`, `openCount`, `restingOn`, `heldUnder`, `heldAssets`, `openGroups`, `hasUnresolvedOrder`, `stopsOn`; `noteOrderReplaced`, which `evolve` alone
 * calls. With a thousand open orders these sums are most of what a decision costs, so they are kept from decision to decision
 * and moved by each change of an order: neither a decision nor a change looks at all of the orders. They are derived from the
 * unfinished orders alone, are made from them when first asked for, and are no state.
 */
import { Decimal, DecimalSum } from '../decimal.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { AccountId, AccountMode, Asset, InstrumentSymbol, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { balanceKey, positionKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { heldAmount, remainingQuantity, type Order } from './order.ts';
import { rawMarketPrice, worstPriceOf } from './price-bounds.ts';
import { PriceLevels } from './price-levels.ts';
import { onlyReduces, POSITION_SIDES, type PositionSide } from './terms.ts';

/** Base units open on each side of one position, orders that only reduce too. */
export interface OpenQuantities {
  readonly buyQuantity: Decimal;
  readonly sellQuantity: Decimal;
}

/** The orders in flight on one position, added up once per decision. */
export interface OpenOnPosition extends OpenQuantities {
  /** Quote units, each order at the dearer of its worst price and the mark; orders that only reduce are left out. */
  readonly buyValue: Decimal;
  readonly sellValue: Decimal;
}

/** Our own best prices in the book of one instrument, whichever position they trade; null without a resting order. */
export interface RestingOnInstrument {
  readonly lowestOffer: Decimal | null;
  readonly highestBid: Decimal | null;
}

/** The orders on one position, added up at `mark`; `excluding` leaves one order out. */
export function openOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  side: PositionSide,
  mark: Decimal,
  excluding: OrderId | null,
): OpenOnPosition {
  return (
    indexOf(state)
      .positions.get(positionKey(account, symbol, side))
      ?.at(mark, excluding) ?? NOTHING_OPEN
  );
}

/** As `openOn`, where the worth at a mark is of no use. */
export function openQuantities(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  side: PositionSide,
  excluding: OrderId | null,
): OpenQuantities {
  return (
    indexOf(state)
      .positions.get(positionKey(account, symbol, side))
      ?.quantities(excluding) ?? NOTHING_OPEN
  );
}

/** How many unfinished orders there are of a mode. */
export function openCount(state: PortfolioState, mode: AccountMode): number {
  let count = 0;
  for (const position of indexOf(state).positions.values())
    if (position.mode === mode) count += position.orders.size;
  return count;
}

const NOTHING_OPEN: OpenOnPosition = {
  buyQuantity: Decimal.zero,
  sellQuantity: Decimal.zero,
  buyValue: Decimal.zero,
  sellValue: Decimal.zero,
};

/** Our own best prices on an instrument; `excluding` leaves one order out. */
export function restingOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
  excluding: OrderId | null,
): RestingOnInstrument {
  let lowestOffer: Decimal | null = null;
  let highestBid: Decimal | null = null;
  for (const position of positionsOn(state, account, symbol)) {
    const resting = position.resting(excluding);
    lowestOffer = leastOf(lowestOffer, resting.lowestOffer);
    highestBid = mostOf(highestBid, resting.highestBid);
  }
  return { lowestOffer, highestBid };
}

function leastOf(left: Decimal | null, right: Decimal | null): Decimal | null {
  return left === null ? right : right === null ? left : left.min(right);
}

function mostOf(left: Decimal | null, right: Decimal | null): Decimal | null {
  return left === null ? right : right === null ? left : left.max(right);
}

/** The sums of each position of an instrument that ever had an order. */
function positionsOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
): readonly OpenPosition[] {
  const { positions } = indexOf(state);
  return POSITION_SIDES.flatMap((side) => {
    const position = positions.get(positionKey(account, symbol, side));
    return position === undefined ? [] : [position];
  });
}

/** Sum of what the orders in flight hold of a balance, by `balanceKey`. */
export function heldUnder(state: PortfolioState, key: string): Decimal {
  return indexOf(state).held.get(key)?.sum.total() ?? Decimal.zero;
}

/** The assets of a wallet that orders in flight hold of, or held of before. */
export function heldAssets(state: PortfolioState, account: AccountId, wallet: Wallet): readonly Asset[] {
  return [...indexOf(state).held.values()]
    .filter((held) => held.accountId === account && held.wallet === wallet)
    .map(({ asset }) => asset);
}

interface HeldBalance {
  readonly accountId: AccountId;
  readonly wallet: Wallet;
  readonly asset: Asset;
  readonly sum: DecimalSum;
}

/** The balance that an order holds of, as `balanceKey`; null where it holds of none. */
export function holdKey(order: Order): string | null {
  return order.hold === null ? null : balanceKey(order.accountId, order.hold.wallet, order.hold.holdAsset);
}

/** The orders on a position that one of them names, for those who look at all positions. */
export interface OpenGroup {
  /** By `positionKey`. */
  readonly key: string;
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly kind: InstrumentKind;
  readonly quote: Asset;
  readonly orders: Iterable<Order>;
}

/** Every position with an unfinished order. */
export function openGroups(state: PortfolioState): readonly OpenGroup[] {
  const groups: OpenGroup[] = [];
  for (const [key, { orders, accountId, symbol, positionSide, kind, quote }] of indexOf(state).positions) {
    if (orders.size > 0)
      groups.push({ key, accountId, symbol, positionSide, kind, quote, orders: orders.values() });
  }
  return groups;
}

/** Whether an unmatched execution may yet turn out to be ours: an order there has no venue id yet. */
export function hasUnresolvedOrder(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
): boolean {
  return positionsOn(state, account, symbol).some(({ unresolved }) => unresolved.size > 0);
}

/** The unfinished stops on one instrument of one account, those of each position in the order of their acceptance. */
export function stopsOn(
  state: PortfolioState,
  account: AccountId,
  symbol: InstrumentSymbol,
): readonly Order[] {
  return positionsOn(state, account, symbol).flatMap(({ stops }) => [...stops.values()]);
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

/** Of an order that is not finished, nothing that is added up here changes but by what is filled of it, and when a stop is closed instead. */
function isOpenAsBefore(before: Order, after: Order): boolean {
  return (
    before.filledQuantity.equals(after.filledQuantity) &&
    before.filledCost.equals(after.filledCost) &&
    before.hold === after.hold &&
    before.stopPrice === after.stopPrice
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
  readonly held = new Map<string, HeldBalance>();
  readonly positions = new Map<string, OpenPosition>();

  /** Takes an order in, and puts it in the place of what was subtracted of it before. */
  add(order: Order): void {
    const key = positionKeyOf(order);
    let position = this.positions.get(key);
    if (position === undefined) {
      position = new OpenPosition(order);
      this.positions.set(key, position);
    }
    position.keep(order);
    position.add(order);
    const balance = holdKey(order);
    if (balance === null || order.hold === null) return;
    let held = this.held.get(balance);
    if (held === undefined) {
      const { wallet, holdAsset: asset } = order.hold;
      held = { accountId: order.accountId, wallet, asset, sum: new DecimalSum() };
      this.held.set(balance, held);
    }
    held.sum.add(heldAmount(order));
  }

  subtract(order: Order): void {
    this.positions.get(positionKeyOf(order))?.subtract(order);
    const balance = holdKey(order);
    if (balance !== null) this.held.get(balance)?.sum.subtract(heldAmount(order));
  }

  /** The newest record of an order whose figures stay. */
  keep(order: Order): void {
    this.positions.get(positionKeyOf(order))?.keep(order);
  }

  /** After it was subtracted. The position stays, empty or not: there are no more than the venue lists instruments. */
  forget(order: Order): void {
    this.positions.get(positionKeyOf(order))?.forget(order.orderId);
  }
}

class OpenPosition {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly kind: InstrumentKind;
  readonly quote: Asset;
  readonly mode: AccountMode;
  readonly orders = new Map<OrderId, Order>();
  /** Those that may be at the venue under an id that we do not know. */
  readonly unresolved = new Set<OrderId>();
  readonly stops = new Map<OrderId, Order>();
  readonly #buys = new OpenSide('buy');
  readonly #sells = new OpenSide('sell');

  constructor({ accountId, symbol, positionSide, kind, quote, mode }: Order) {
    this.quote = quote;
    this.mode = mode;
    this.accountId = accountId;
    this.symbol = symbol;
    this.positionSide = positionSide;
    this.kind = kind;
  }

  keep(order: Order): void {
    const { orderId, status } = order;
    this.orders.set(orderId, order);
    if (order.stopPrice !== null) this.stops.set(orderId, order);
    else this.stops.delete(orderId);
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

  at(mark: Decimal, excluding: OrderId | null): OpenOnPosition {
    return this.#without(excluding, () => ({
      buyQuantity: this.#buys.quantity.total(),
      sellQuantity: this.#sells.quantity.total(),
      buyValue: this.#buys.valueAt(mark),
      sellValue: this.#sells.valueAt(mark),
    }));
  }

  quantities(excluding: OrderId | null): OpenQuantities {
    const excluded = excluding === null ? undefined : this.orders.get(excluding);
    const left = (side: 'buy' | 'sell', total: Decimal): Decimal =>
      excluded?.side === side ? total.subtract(remainingQuantity(excluded) ?? Decimal.zero) : total;
    return {
      buyQuantity: left('buy', this.#buys.quantity.total()),
      sellQuantity: left('sell', this.#sells.quantity.total()),
    };
  }

  resting(excluding: OrderId | null): RestingOnInstrument {
    return this.#without(excluding, () => ({
      lowestOffer: this.#sells.resting.lowest(),
      highestBid: this.#buys.resting.highest(),
    }));
  }

  #without<Sums>(excluding: OrderId | null, read: () => Sums): Sums {
    const excluded = excluding === null ? undefined : this.orders.get(excluding);
    if (excluded === undefined) return read();
    this.subtract(excluded);
    const sums = read();
    this.add(excluded);
    return sums;
  }

  #sideOf(order: Order): OpenSide {
    return order.side === 'buy' ? this.#buys : this.#sells;
  }
}

class OpenSide {
  /** Base units, of orders that only reduce too. */
  readonly quantity = new DecimalSum();
  /** Orders that can rest in the book, at their limit. */
  readonly resting = new PriceLevels();
  /** Orders that count at the dearer of their worst price and the mark. */
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
    if (onlyReduces(order)) return;
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
