/**
 * Listeners for quotes, by account and instrument. A listener is called from the venue's stream itself: it keeps the quote
 * and works on it later.
 *
 * Entry point: `QuoteSubscriptions`.
 */
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { Quote } from '../core/instrument.ts';

export type QuoteListener = (quote: Quote) => void;

export class QuoteSubscriptions {
  readonly #byAccount = new Map<AccountId, Map<InstrumentSymbol, Set<QuoteListener>>>();

  /** Calls the listeners for the quote's instrument. */
  emit(accountId: AccountId, quote: Quote): void {
    const listeners = this.#byAccount.get(accountId)?.get(quote.symbol);
    if (listeners === undefined) return;
    for (const listener of listeners) listener(quote);
  }

  /** The instruments of an account that have listeners. */
  symbolsOf(accountId: AccountId): Iterable<InstrumentSymbol> {
    return this.#byAccount.get(accountId)?.keys() ?? [];
  }

  /** Calls `listener` with every quote from now on; the returned function ends it. */
  subscribe(accountId: AccountId, symbol: InstrumentSymbol, listener: QuoteListener): () => void {
    const bySymbol = this.#byAccount.get(accountId) ?? new Map<InstrumentSymbol, Set<QuoteListener>>();
    this.#byAccount.set(accountId, bySymbol);
    const listeners = bySymbol.get(symbol) ?? new Set<QuoteListener>();
    bySymbol.set(symbol, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && bySymbol.get(symbol) === listeners) bySymbol.delete(symbol);
      if (bySymbol.size === 0 && this.#byAccount.get(accountId) === bySymbol)
        this.#byAccount.delete(accountId);
    };
  }
}
