/**
 * Reads the portfolio's equity every second and carries out the ladder's last step: closing what was opened through us.
 *
 * The decision (what a reading means, which step is due) is core's; this brings the figures and places the orders.
 */
import { Decimal } from '../core/decimal.ts';
import type { AccountId, Asset, InstrumentSymbol } from '../core/ids.ts';
import { instrumentSymbol } from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { Input } from '../core/portfolio/decide.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Position } from '../core/position/position.ts';
import { tradingPnl } from '../core/risk/equity.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import type { Clock } from './clock.ts';
import type { PlaceIntent } from './desk.ts';
import type { InboxLane } from './inbox.ts';
import type { Log } from './log.ts';

const READ_EVERY_MS = 1_000;
/** Currencies counted one to one with the quote unit that limits are given in. */
const PAR_ASSETS: ReadonlySet<string> = new Set(['USDT', 'USDC', 'FDUSD', 'USD']);
/** What other assets are priced in. */
const PRICED_IN = 'USDT';

export interface EquityWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly isOpen: () => boolean;
  readonly state: () => PortfolioState;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<unknown>;
  readonly limits: () => RiskLimits;
  readonly marks: () => ReadonlyMap<string, Decimal>;
  readonly instrument: (accountId: AccountId, symbol: InstrumentSymbol) => Instrument | undefined;
  /** The last quote known; asking subscribes. */
  readonly quote: (accountId: AccountId, symbol: InstrumentSymbol) => Quote | undefined;
  readonly freshQuote: (accountId: AccountId, symbol: InstrumentSymbol) => Promise<Quote | null>;
  readonly place: (intent: PlaceIntent) => Promise<unknown>;
}

export class EquityWatch {
  readonly #options: EquityWatchOptions;
  #stopTimer: (() => void) | null = null;
  #reading = false;

  constructor(options: EquityWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const tick = (): void => {
      this.#stopTimer = this.#options.clock.after(READ_EVERY_MS, tick);
      if (this.#reading || !this.#options.isOpen()) return;
      this.#reading = true;
      this.#read().then(
        () => {
          this.#reading = false;
        },
        (error: unknown) => {
          this.#reading = false;
          this.#options.log.warn({ error }, 'the equity could not be read');
        },
      );
    };
    this.#stopTimer ??= this.#options.clock.after(READ_EVERY_MS, tick);
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  async #read(): Promise<void> {
    const { state, submit, limits, marks } = this.#options;
    const accounts = [...state().accounts.values()];
    if (accounts.length === 0 || accounts.some((account) => !account.balancesKnown)) return;
    // The first reading takes the starting capital: it needs a price for everything that is held.
    if (state().equity === null && !(await this.#quotesAreKnown())) return;
    await submit('timer', () => ({
      type: 'equity_reading',
      pnl: tradingPnl(state(), marks(), (asset) => this.#anyPrice(asset)),
      accountValue: this.#accountValue(),
      transferred: Decimal.zero,
      limits: limits(),
    }));
    if (state().ladder.step === 'flatten') await this.#flatten();
  }

  async #quotesAreKnown(): Promise<boolean> {
    for (const { accountId, asset, total } of this.#options.state().balances.values()) {
      const symbol = this.#pricingSymbol(accountId, asset);
      if (symbol === null || total.isZero()) continue;
      if ((await this.#options.freshQuote(accountId, symbol)) === null) return false;
    }
    return true;
  }

  #accountValue(): Decimal {
    let value = Decimal.zero;
    for (const { accountId, asset, total } of this.#options.state().balances.values()) {
      value = value.add(total.multiply(this.#price(accountId, asset) ?? Decimal.zero));
    }
    return value;
  }

  #price(accountId: AccountId, asset: Asset): Decimal | null {
    if (PAR_ASSETS.has(asset)) return Decimal.one;
    const symbol = this.#pricingSymbol(accountId, asset);
    return symbol === null ? null : (this.#options.quote(accountId, symbol)?.mark ?? null);
  }

  #anyPrice(asset: Asset): Decimal | null {
    for (const { accountId } of this.#options.state().accounts.values()) {
      const price = this.#price(accountId, asset);
      if (price !== null) return price;
    }
    return null;
  }

  /** Null for what needs no market, and for what has none here. */
  #pricingSymbol(accountId: AccountId, asset: Asset): InstrumentSymbol | null {
    if (PAR_ASSETS.has(asset)) return null;
    const symbol = instrumentSymbol(`${asset}/${PRICED_IN}`);
    return this.#options.instrument(accountId, symbol) === undefined ? null : symbol;
  }

  /** Closes every position opened through us that nothing is closing yet; asked again until all are flat. */
  async #flatten(): Promise<void> {
    for (const position of this.#options.state().positions.values()) {
      const intent = this.#closingIntent(position);
      if (intent !== null) await this.#options.place(intent);
    }
  }

  #closingIntent(position: Position): PlaceIntent | null {
    if (position.netQuantity.isZero() || this.#isBeingClosed(position)) return null;
    const instrument = this.#options.instrument(position.accountId, position.symbol);
    if (instrument === undefined) return null;
    // Rounded down: what is less than a lot cannot be sold and stays as dust.
    const quantity = position.netQuantity.abs().roundToMultipleOf(instrument.lotSize, 'down');
    if (quantity.lessThan(instrument.minQuantity) || quantity.isZero()) return null;
    return {
      accountId: position.accountId,
      clientOrderId: null,
      symbol: position.symbol,
      type: 'market',
      side: position.netQuantity.isPositive() ? 'sell' : 'buy',
      quantity,
      cost: null,
      price: null,
      stopPrice: null,
      trigger: null,
      timeInForce: 'IOC',
      expiresAt: null,
      postOnly: false,
      reduceOnly: position.kind === 'linear_swap',
      marketProtectionBps: null,
      sendWithinMs: null,
      strategy: null,
      requestedBy: 'risk ladder: flatten',
      idempotency: null,
    };
  }

  /** Whether an order of the ladder's is under way there, or one that still locks what is to be sold. */
  #isBeingClosed(position: Position): boolean {
    for (const order of this.#options.state().unfinished.values()) {
      if (order.accountId !== position.accountId || order.symbol !== position.symbol) continue;
      if (order.type === 'market' || order.cancelRequested) return true;
    }
    return false;
  }
}
