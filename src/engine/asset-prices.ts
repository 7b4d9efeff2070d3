/**
 * Prices of assets in the portfolio's base currency, from the quotes that are known.
 *
 * Entry point: `AssetPrices`. Reading a price subscribes to the quote that it is taken from; nothing here waits for one.
 */
import { Decimal } from '../core/decimal.ts';
import type { AccountId, Asset, InstrumentSymbol } from '../core/ids.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Valuation } from '../core/risk/equity.ts';
import type { Accounts } from './accounts.ts';
import type { ConversionPrices } from './conversions.ts';

const HALF = Decimal.parse('0.5');

export class AssetPrices {
  readonly #accounts: Accounts;
  readonly #state: () => PortfolioState;
  readonly #conversions: Pick<ConversionPrices, 'rate' | 'symbolsFor'>;

  constructor(
    accounts: Accounts,
    state: () => PortfolioState,
    conversions: Pick<ConversionPrices, 'rate' | 'symbolsFor'>,
  ) {
    this.#accounts = accounts;
    this.#state = state;
    this.#conversions = conversions;
  }

  /** The instruments that an asset is priced by; none for an asset that needs no market, or has none at this account. */
  pricedBy(accountId: AccountId, asset: Asset): readonly InstrumentSymbol[] {
    return this.#conversions.symbolsFor(accountId, asset);
  }

  /** The price of one unit, in the middle of what it may be; null where no quote in time says. */
  priceAt(accountId: AccountId, asset: Asset): Decimal | null {
    const rate = this.#conversions.rate(accountId, asset);
    return rate === null ? null : rate.low.add(rate.high).multiply(HALF);
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
      if (balance.accountId === accountId && !balance.total.isZero())
        for (const symbol of this.pricedBy(accountId, balance.asset)) symbols.add(symbol);
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
