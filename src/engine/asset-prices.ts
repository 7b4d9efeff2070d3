/**
 * Prices of assets, in the unit that limits are given in, from the quotes that are known.
 *
 * Entry point: `AssetPrices`. Reading a price subscribes to the quote that it is taken from; nothing here waits for one.
 */
import { Decimal } from '../core/decimal.ts';
import { instrumentSymbol, type AccountId, type Asset, type InstrumentSymbol } from '../core/ids.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Valuation } from '../core/risk/equity.ts';
import type { Accounts } from './accounts.ts';

/** Currencies counted one to one with the quote unit that limits are given in. */
const PAR_ASSETS: ReadonlySet<string> = new Set(['USDT', 'USDC', 'FDUSD', 'USD']);
/** The asset that other assets are priced in. */
const PRICED_IN = 'USDT';

export class AssetPrices {
  readonly #accounts: Accounts;
  readonly #state: () => PortfolioState;

  constructor(accounts: Accounts, state: () => PortfolioState) {
    this.#accounts = accounts;
    this.#state = state;
  }

  /** The instrument that an asset is priced by; null for an asset that needs no market, or has none at this account. */
  pricedBy(accountId: AccountId, asset: Asset): InstrumentSymbol | null {
    if (PAR_ASSETS.has(asset)) return null;
    const symbol = instrumentSymbol(`${asset}/${PRICED_IN}`);
    return this.#accounts.instrument(accountId, symbol) === undefined ? null : symbol;
  }

  /** The price of one unit; null where no quote is known. */
  priceAt(accountId: AccountId, asset: Asset): Decimal | null {
    if (PAR_ASSETS.has(asset)) return Decimal.one;
    const symbol = this.pricedBy(accountId, asset);
    return symbol === null ? null : (this.#accounts.knownQuote(accountId, symbol)?.mark ?? null);
  }

  /** The instruments whose quotes the books of an account are valued at. */
  symbolsValued(accountId: AccountId): readonly InstrumentSymbol[] {
    const state = this.#state();
    const symbols = new Set<InstrumentSymbol>();
    for (const position of state.positions.values())
      if (position.accountId === accountId && !position.netQuantity.isZero()) symbols.add(position.symbol);
    for (const order of state.unfinished.values())
      if (order.accountId === accountId) symbols.add(order.symbol);
    for (const balance of state.balances.values()) {
      const symbol =
        balance.accountId === accountId && !balance.total.isZero()
          ? this.pricedBy(accountId, balance.asset)
          : null;
      if (symbol !== null) symbols.add(symbol);
    }
    return [...symbols];
  }

  /** The marks and prices of this moment, for the result of trading. */
  valuation(): Valuation {
    return { marks: this.#accounts.marks(), priceOf: (asset) => this.#anyPrice(asset) };
  }

  #anyPrice(asset: Asset): Decimal | null {
    for (const accountId of this.#state().accounts.keys()) {
      const price = this.priceAt(accountId, asset);
      if (price !== null) return price;
    }
    return null;
  }
}
