/**
 * Users' orders by venue id and by client id, and the policy's rules about the two: which ids are known when a new
 * order comes, and how long a finished order can be looked up.
 */
import { isOpen, type OrderReference } from './order.ts';
import type { SymbolState, WorkingOrder } from './state.ts';

export class OrderIndex {
  readonly #symbols: ReadonlyMap<string, SymbolState>;
  readonly #byId = new Map<string, WorkingOrder>();
  /** Oldest first. */
  readonly #byClientId = new Map<string, WorkingOrder[]>();

  constructor(symbols: ReadonlyMap<string, SymbolState>) {
    this.#symbols = symbols;
  }

  add(order: WorkingOrder): void {
    this.#byId.set(idKey(order.symbol, order.conditional, order.venueOrderId), order);
    this.#addClientId(order);
  }

  /** Gives the order another client id, under which alone it is found from now on. */
  rename(order: WorkingOrder, clientOrderId: string): void {
    const symbol = this.#symbols.get(order.symbol);
    if (symbol !== undefined && order.clientOrderId !== null) {
      const key = clientKey(order.accountId, symbol, order.conditional, order.clientOrderId);
      const others = this.#byClientId.get(key)?.filter((other) => other !== order) ?? [];
      if (others.length === 0) this.#byClientId.delete(key);
      else this.#byClientId.set(key, others);
    }
    order.clientOrderId = clientOrderId;
    this.#addClientId(order);
  }

  #addClientId(order: WorkingOrder): void {
    const symbol = this.#symbols.get(order.symbol);
    if (symbol === undefined || order.clientOrderId === null) return;
    const key = clientKey(order.accountId, symbol, order.conditional, order.clientOrderId);
    const same = this.#byClientId.get(key);
    if (same === undefined) this.#byClientId.set(key, [order]);
    else same.push(order);
  }

  /** An open order goes before a finished one with the same client id; then the newest. */
  find(accountId: string, reference: OrderReference): WorkingOrder | null {
    return this.#find(accountId, reference, () => true);
  }

  /** As `find`, within the policy's retention at `at` (ms since the epoch). */
  lookUp(at: number, accountId: string, reference: OrderReference): WorkingOrder | null {
    const byClientId = 'clientOrderId' in reference;
    return this.#find(accountId, reference, (order) => this.isRetained(at, order, byClientId));
  }

  #find(
    accountId: string,
    reference: OrderReference,
    admits: (order: WorkingOrder) => boolean,
  ): WorkingOrder | null {
    const conditional = reference.conditional ?? false;
    if ('venueOrderId' in reference) {
      const order = this.#byId.get(idKey(reference.symbol, conditional, reference.venueOrderId));
      return order !== undefined && order.accountId === accountId && admits(order) ? order : null;
    }
    const symbol = this.#symbols.get(reference.symbol);
    if (symbol === undefined) return null;
    const same =
      this.#byClientId.get(clientKey(accountId, symbol, conditional, reference.clientOrderId)) ?? [];
    const ofSymbol = same.filter((order) => order.symbol === reference.symbol);
    if (symbol.policy.lookUp.byClientOrderId !== undefined) {
      const newest = ofSymbol.at(-1);
      return newest !== undefined && admits(newest) ? newest : null;
    }
    const admitted = ofSymbol.filter(admits);
    return admitted.findLast((order) => isOpen(order.status)) ?? admitted.at(-1) ?? null;
  }

  /** Whether a look-up at `at` still finds the order. */
  isRetained(at: number, order: WorkingOrder, byClientId: boolean): boolean {
    const lookUp = this.#symbols.get(order.symbol)?.policy.lookUp;
    const byClientOrderId = byClientId ? lookUp?.byClientOrderId : undefined;
    const ageMs = at - order.createdAt;
    if (isOpen(order.status)) return byClientOrderId === undefined || ageMs <= byClientOrderId.openForMs;
    if (lookUp === undefined) return false;
    if (byClientOrderId !== undefined && ageMs > byClientOrderId.finishedForMs) return false;
    if (byClientId && lookUp.clientOrderIdEndsWithOrder) return false;
    if (lookUp.finishedForMs !== null && at - order.createdAt > lookUp.finishedForMs) return false;
    const isUnfilled = order.filled.isZero() && order.status !== 'triggered';
    return !(isUnfilled && lookUp.unfilledForMs !== null && at - order.updatedAt > lookUp.unfilledForMs);
  }

  /** The earlier order that makes this client id a duplicate at `now`, by the policy; null: the id is free. */
  knownBefore(
    now: number,
    accountId: string,
    symbol: SymbolState,
    conditional: boolean,
    clientOrderId: string,
  ): WorkingOrder | null {
    const policy = symbol.policy.clientOrderId;
    if (policy.onDuplicate === 'accept') return null;
    const same = this.#byClientId.get(clientKey(accountId, symbol, conditional, clientOrderId)) ?? [];
    const isKnown = (order: WorkingOrder): boolean => {
      if (policy.forMs !== null && now - order.createdAt > policy.forMs) return false;
      switch (policy.knownWhile) {
        case 'open':
          return isOpen(order.status);
        case 'unfilled':
          return order.filled.isZero();
        case 'ever':
          return true;
      }
    };
    return same.findLast(isKnown) ?? null;
  }
}

function idKey(symbol: string, conditional: boolean, venueOrderId: string): string {
  return `${symbol}|${conditional ? 'c' : 'o'}|${venueOrderId}`;
}

function clientKey(
  accountId: string,
  symbol: SymbolState,
  conditional: boolean,
  clientOrderId: string,
): string {
  const scope =
    symbol.policy.clientOrderId.scope === 'symbol' ? symbol.instrument.symbol : symbol.instrument.marketType;
  return `${accountId}|${scope}|${conditional ? 'c' : 'o'}|${clientOrderId}`;
}
