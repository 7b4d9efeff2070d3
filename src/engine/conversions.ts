/**
 * The rates at which assets convert into the portfolio's base currency, over the markets of the account that holds them.
 *
 * Entry point: `ConversionPrices`. Which markets convert an asset is decided by what the account lists: its own market, the inverse
 * one, or two over a common quote currency. Asking for a rate subscribes to their quotes; only `read` waits for one.
 * Invariants:
 *  1. A rate comes from the account's own venue and mode: paper prices value nothing live.
 *  2. No two currencies are equal by assumption.
 */
import { Decimal } from '../core/decimal.ts';
import { asset as assetOf, instrumentSymbol, type AccountId, type Asset, type TimeMs } from '../core/ids.ts';
import type { InstrumentSymbol } from '../core/ids.ts';
import type { Quote } from '../core/instrument.ts';
import { openGroups } from '../core/order/open-orders.ts';
import { assetKey } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import {
  baseCurrencyOf,
  conversionRate,
  type ConversionMarket,
  type Conversions,
} from '../core/risk/conversion.ts';
import { equityOf } from '../core/risk/mode-books.ts';
import {
  EQUITY_HAIRCUT,
  middleOf,
  priceInterval,
  type ConfirmedPrice,
  type Interval,
} from '../core/risk/valuation.ts';

/** The currency that venues count collateral in, whatever the base currency is. */
export const COLLATERAL_CURRENCY: Asset = assetOf('USDT');

/** The currencies that a conversion may go over, the most liquid first. */
const HUBS: readonly Asset[] = ['USDT', 'USDC', 'BTC', 'FDUSD', 'USD'].map(assetOf);

export interface ConversionPricesOptions {
  readonly state: () => PortfolioState;
  /** Our clock. */
  readonly now: () => TimeMs;
  readonly lists: (accountId: AccountId, symbol: InstrumentSymbol) => boolean;
  /** The last quote, however old; asking subscribes. */
  readonly knownQuote: (accountId: AccountId, symbol: InstrumentSymbol) => Quote | undefined;
  /** Reads a quote of the account's market unless one is known that still converts. */
  readonly read: (accountId: AccountId, symbol: InstrumentSymbol) => Promise<unknown>;
}

interface Market {
  readonly base: Asset;
  readonly quote: Asset;
  readonly symbol: InstrumentSymbol;
}

export class ConversionPrices {
  readonly #options: ConversionPricesOptions;

  constructor(options: ConversionPricesOptions) {
    this.#options = options;
  }

  get baseCurrency(): Asset {
    return baseCurrencyOf(this.#options.state());
  }

  /** The instruments that an asset is converted over; none for the base currency and for an asset that has no market. */
  symbolsFor(accountId: AccountId, asset: Asset): readonly InstrumentSymbol[] {
    return this.#route(accountId, asset, this.baseCurrency).map(({ symbol }) => symbol);
  }

  /** Units of the base currency for one of the asset; null where no market in time says so. */
  rate(accountId: AccountId, asset: Asset): Interval | null {
    return this.rateTo(accountId, asset, this.baseCurrency);
  }

  /** Units of `to` for one of the asset; null where no market in time says so. */
  rateTo(accountId: AccountId, asset: Asset, to: Asset): Interval | null {
    const markets = this.#markets(accountId, asset, to, (quote) => ({ price: quote.mark, at: quote.markAt }));
    return conversionRate(asset, to, markets, this.#options.now());
  }

  /**
   * The last confirmed price of one unit in the base currency, however old, and the time of the older market that it rests on; null
   * where one of them has never been confirmed.
   */
  confirmed(accountId: AccountId, asset: Asset): ConfirmedPrice | null {
    if (asset === this.baseCurrency) return { price: Decimal.one, at: this.#options.now() };
    const markets = this.#markets(accountId, asset, this.baseCurrency, (quote) => ({
      price: quote.confirmedMark,
      at: quote.confirmedMarkAt,
    }));
    const at = Math.min(...markets.map(({ confirmed }) => confirmed.at));
    // As of the older price, so that none of them has a haircut here: the kept price ages as a whole.
    const rate = conversionRate(asset, this.baseCurrency, markets, at);
    return rate === null ? null : { price: middleOf(rate), at };
  }

  /**
   * The rates of every currency that something is held or open in, and of one more. A price that an administrator has stated counts for
   * fees alone: no order is valued at it.
   */
  conversions(accountId: AccountId | null, quote: Asset | null): Conversions {
    const { baseCurrency } = this;
    const baseRates = new Map<string, Interval>();
    const valued = new Set<Asset>();
    const put = (account: AccountId, asset: Asset, rateOf: () => Interval | null): void => {
      const key = assetKey(account, asset);
      if (asset === baseCurrency || baseRates.has(key)) return;
      const rate = rateOf();
      if (rate !== null) baseRates.set(key, rate);
    };
    const add = (account: AccountId, asset: Asset): void => {
      valued.add(asset);
      put(account, asset, () => this.rate(account, asset));
    };
    if (accountId !== null && quote !== null) add(accountId, quote);
    const state = this.#options.state();
    for (const position of state.positions.values())
      if (!position.netQuantity.isZero()) add(position.accountId, position.quote);
    for (const group of openGroups(state)) add(group.accountId, group.quote);
    for (const { position } of state.strategyBooks.values()) add(position.accountId, position.quote);
    for (const { position } of state.strategyBooks.values())
      for (const { asset } of position.fees)
        put(
          position.accountId,
          asset,
          () =>
            this.rate(position.accountId, asset) ??
            (valued.has(asset) ? null : this.#stated(position.accountId, asset)),
        );
    return { baseCurrency, baseRates };
  }

  #stated(accountId: AccountId, asset: Asset): Interval | null {
    const state = this.#options.state();
    const mode = state.accounts.get(accountId)?.mode;
    const prices = mode === undefined ? [] : (equityOf(state, mode)?.prices ?? []);
    const price = prices.find(({ key, stated }) => key === asset && stated === true);
    return price === undefined ? null : priceInterval(price, this.#options.now(), EQUITY_HAIRCUT);
  }

  /** Reads what converts an asset, so that a decision on it finds a rate. Never rejects: without one the decision says so. */
  async read(accountId: AccountId, asset: Asset): Promise<void> {
    const symbols = this.symbolsFor(accountId, asset);
    if (symbols.length === 0) return;
    await Promise.allSettled(symbols.map(async (symbol) => this.#options.read(accountId, symbol)));
  }

  #markets(
    accountId: AccountId,
    asset: Asset,
    to: Asset,
    markOf: (quote: Quote) => { readonly price: Decimal | null; readonly at: TimeMs | null },
  ): readonly ConversionMarket[] {
    return this.#route(accountId, asset, to).flatMap(({ base, quote, symbol }): ConversionMarket[] => {
      const known = this.#options.knownQuote(accountId, symbol);
      if (known === undefined) return [];
      const { price, at } = markOf(known);
      return price === null || at === null ? [] : [{ base, quote, confirmed: { price, at } }];
    });
  }

  #route(accountId: AccountId, asset: Asset, to: Asset): readonly Market[] {
    if (asset === to) return [];
    const direct = this.#market(accountId, asset, to);
    if (direct !== null) return [direct];
    for (const hub of HUBS) {
      if (hub === asset || hub === to) continue;
      const first = this.#market(accountId, asset, hub);
      const second = first === null ? null : this.#market(accountId, hub, to);
      if (first !== null && second !== null) return [first, second];
    }
    return [];
  }

  /** The market between two assets, whichever of them it is quoted in. */
  #market(accountId: AccountId, one: Asset, other: Asset): Market | null {
    for (const [base, quote] of [
      [one, other],
      [other, one],
    ] as const) {
      const symbol = instrumentSymbol(`${base}/${quote}`);
      if (this.#options.lists(accountId, symbol)) return { base, quote, symbol };
    }
    return null;
  }
}
