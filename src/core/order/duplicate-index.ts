/**
 * The newest order of its kind: of the orders in memory with the same terms, the one that was accepted last.
 *
 * Entry points: `newestDuplicateCandidate`; `noteOrderKept` and `noteOrderForgotten`, which `evolve` alone calls. Derived from the orders
 * in memory, made from them when first asked for, and no state: for the rule on duplicates, which would otherwise look at
 * every order of the last half minute. Orders with a client order id and denied ones have no kind.
 */
import type { OrderId, TimeMs } from '../ids.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Order, OrderRequest } from './order.ts';

export interface DuplicateCandidate {
  readonly orderId: OrderId;
  /** Steady time. */
  readonly countedFrom: TimeMs;
}

/** The order in memory with the terms of `request` that was accepted last; null without one. */
export function newestDuplicateCandidate(
  state: PortfolioState,
  request: OrderRequest,
): DuplicateCandidate | null {
  return indexOf(state).get(kindOf(request))?.newest ?? null;
}

export function noteOrderKept(state: PortfolioState, order: Order): void {
  const index = INDEXES.get(state);
  if (index !== undefined) keep(index, order);
}

export function noteOrderForgotten(state: PortfolioState, order: Order): void {
  const index = INDEXES.get(state);
  if (index === undefined || !hasKind(order)) return;
  const kind = kindOf(order);
  const alike = index.get(kind);
  alike?.forget(order.orderId);
  if (alike?.newest === null) index.delete(kind);
}

type KindIndex = Map<string, DuplicateCandidates>;

const INDEXES = new WeakMap<PortfolioState, KindIndex>();

function indexOf(state: PortfolioState): KindIndex {
  let index = INDEXES.get(state);
  if (index === undefined) {
    index = new Map();
    for (const orders of [state.unfinished, state.finished])
      for (const order of orders.values()) keep(index, order);
    INDEXES.set(state, index);
  }
  return index;
}

function keep(index: KindIndex, order: Order): void {
  if (!hasKind(order)) return;
  const kind = kindOf(order);
  let alike = index.get(kind);
  if (alike === undefined) {
    alike = new DuplicateCandidates();
    index.set(kind, alike);
  }
  alike.keep(order);
}

function hasKind(order: Order): boolean {
  return order.clientOrderId === null && order.status !== 'denied';
}

function kindOf(terms: OrderRequest): string {
  const { accountId, symbol, side, positionSide, type, quantity, cost, price, stopPrice } = terms;
  return [accountId, symbol, side, positionSide, type, quantity, cost, price, stopPrice].join(' ');
}

class DuplicateCandidates {
  newest: DuplicateCandidate | null = null;
  readonly #countedFrom = new Map<OrderId, TimeMs>();

  keep({ orderId, countedFrom }: DuplicateCandidate): void {
    this.#countedFrom.set(orderId, countedFrom);
    if (this.newest === null || countedFrom >= this.newest.countedFrom)
      this.newest = { orderId, countedFrom };
  }

  /** Orders leave memory oldest first, mostly, so that another newest one is seldom looked for among many. */
  forget(orderId: OrderId): void {
    this.#countedFrom.delete(orderId);
    if (this.newest?.orderId !== orderId) return;
    this.newest = null;
    for (const [left, countedFrom] of this.#countedFrom) this.keep({ orderId: left, countedFrom });
  }
}
