/**
 * Prices of assets in the portfolio's base currency, from the quotes that are known.
 *
 * Entry point: `AssetPrices`. Reading a price subscribes to the quote that it is taken from; nothing here waits for one.
 */
import {
  asset as asAsset,
  type AccountId,
  type AccountMode,
  type Asset,
  type InstrumentSymbol,
  type TimeMs,
} from '../core/ids.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import { keptValuation } from '../core/risk/capital.ts';
import type { Valuation } from '../core/risk/equity.ts';
import { pricedKeys } from '../core/risk/equity-reading.ts';
import type { KeptPrice } from '../core/risk/equity-record.ts';
import { EQUITY_HAIRCUT, priceInterval, type ConfirmedPrice } from '../core/risk/valuation.ts';
import type { Accounts } from './accounts.ts';
import type { ConversionPrices } from './conversions.ts';

export class AssetPrices {
  readonly #accounts: Accounts;
  readonly #state: () => PortfolioState;
  readonly #conversions: Pick<ConversionPrices, 'confirmed' | 'symbolsFor'>;
  readonly #now: () => TimeMs;

  constructor(
    accounts: Accounts,
    state: () => PortfolioState,
    conversions: Pick<ConversionPrices, 'confirmed' | 'symbolsFor'>,
    now: () => TimeMs,
  ) {
    this.#accounts = accounts;
    this.#state = state;
    this.#conversions = conversions;
    this.#now = now;
  }

  /** The instruments that an asset is priced by; none for an asset that needs no market, or has none at this account. */
  pricedBy(accountId: AccountId, asset: Asset): readonly InstrumentSymbol[] {
    return this.#conversions.symbolsFor(accountId, asset);
  }

  /** The instruments whose quotes the books of an account are valued at. */
  symbolsValued(accountId: AccountId): readonly InstrumentSymbol[] {
    const state = this.#state();
    const symbols = new Set<InstrumentSymbol>();
    for (const position of state.positions.values())
      if (position.accountId === accountId && !position.netQuantity.isZero()) {
        symbols.add(position.symbol);
        for (const symbol of this.pricedBy(accountId, position.quote)) symbols.add(symbol);
      }
    for (const order of state.unfinished.values())
      if (order.accountId === accountId) symbols.add(order.symbol);
    for (const balance of state.balances.values()) {
      if (balance.accountId === accountId && !balance.total.isZero())
        for (const symbol of this.pricedBy(accountId, balance.asset)) symbols.add(symbol);
    }
    return [...symbols];
  }

  /**
   * The newest confirmed price of everything that the equity of a mode rests on, as far as a market has one; the call
   * subscribes to what it is taken from. Where an account's own market has none, that of another account there is taken.
   */
  confirmed(mode: AccountMode): readonly KeptPrice[] {
    const state = this.#state();
    const prices = new Map<string, KeptPrice>();
    for (const { accountId, symbol, netQuantity } of state.positions.values()) {
      const account = state.accounts.get(accountId);
      if (account?.mode !== mode || netQuantity.isZero()) continue;
      const key = instrumentKey(accountId, symbol);
      const price =
        this.#confirmedMark(accountId, symbol) ??
        this.#newestOf(mode, (other) =>
          state.accounts.get(other)?.venue === account.venue ? this.#confirmedMark(other, symbol) : null,
        );
      if (price !== null) prices.set(key, { key, ...price });
    }
    for (const key of pricedKeys(state, mode)) {
      if (prices.has(key) || key.includes(' ')) continue;
      const price = this.#newestOf(mode, (accountId) => this.#conversions.confirmed(accountId, asAsset(key)));
      if (price !== null) prices.set(key, { key, ...price });
    }
    return [...prices.values()];
  }

  /** The prices of this moment; where a market has none, the ones that the last reading of equity kept. */
  valuation(mode: AccountMode): Valuation {
    const at = this.#now();
    const fresh = new Map(this.confirmed(mode).map((price) => [price.key, price]));
    const kept = keptValuation(this.#state(), mode, at);
    return {
      priceOf: (key) => {
        const price = fresh.get(key);
        return price === undefined ? kept.priceOf(key) : priceInterval(price, at, EQUITY_HAIRCUT);
      },
    };
  }

  #confirmedMark(accountId: AccountId, symbol: InstrumentSymbol): ConfirmedPrice | null {
    const quote = this.#accounts.knownQuote(accountId, symbol);
    if (quote === undefined || quote.confirmedMark === null || quote.confirmedMarkAt === null) return null;
    return { price: quote.confirmedMark, at: quote.confirmedMarkAt };
  }

  #newestOf(
    mode: AccountMode,
    priceAt: (accountId: AccountId) => ConfirmedPrice | null,
  ): ConfirmedPrice | null {
    let newest: ConfirmedPrice | null = null;
    for (const account of this.#state().accounts.values()) {
      const price = account.mode === mode ? priceAt(account.accountId) : null;
      if (price !== null && (newest === null || price.at > newest.at)) newest = price;
    }
    return newest;
  }
}
