/** What a portfolio's accounts may trade, and at what price. Entry point: `PortfolioMarkets`. */
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { Accounts } from './accounts.ts';
import type { Markets } from './desk.ts';

export class PortfolioMarkets implements Markets {
  readonly #accounts: Accounts;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  instrument(accountId: AccountId, symbol: InstrumentSymbol): Instrument | undefined {
    return this.#accounts.instrument(accountId, symbol);
  }

  instruments(accountId: AccountId): readonly Instrument[] {
    return this.#accounts.get(accountId)?.gateway.instruments() ?? [];
  }

  quote(accountId: AccountId, symbol: InstrumentSymbol): Promise<Quote | null> {
    return this.#accounts.freshQuote(accountId, symbol);
  }
}
