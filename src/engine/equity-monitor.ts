/**
 * Reads the portfolio's equity every second and carries out the ladder's last step: closing what was opened through us.
 *
 * Entry point: `EquityMonitor`. Core decides on a reading (its meaning, the step that is due); this reads the figures and
 * places the orders.
 */
import { Decimal } from '../core/decimal.ts';
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { Input } from '../core/portfolio/decide.ts';
import type { Order } from '../core/order/order.ts';
import { claimsHedgedSide } from '../core/order/terms.ts';
import { instrumentKey, positionKeyOf } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import { closableQuantity } from '../core/position/closable.ts';
import type { Position } from '../core/position/position.ts';
import { tradingResult, type Valuation } from '../core/risk/equity.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import type { AssetPrices } from './asset-prices.ts';
import type { Clock } from './clock.ts';
import { gettingOut, type PlaceIntent } from './desk.ts';
import type { InboxLane } from './inbox.ts';
import type { Log } from './log.ts';

const READ_EVERY_MS = 1_000;
const FLATTEN = 'risk ladder: flatten';
/**
 * The protection of the closing orders of the ladder, in basis points from the side that they take: each order for one position is
 * allowed the next step, and none more than the last. Orders of a person have whatever protection they ask for.
 */
export const FLATTEN_PROTECTION_BPS = [200, 400, 800, 1_600] as const;

export interface EquityMonitorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly isOpen: () => boolean;
  readonly state: () => PortfolioState;
  /** Whether the portfolio has the account now: the first reading does not wait for a removed one. */
  readonly isPresent: (accountId: AccountId) => boolean;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<unknown>;
  readonly limits: () => RiskLimits;
  readonly prices: AssetPrices;
  readonly instrument: (accountId: AccountId, symbol: InstrumentSymbol) => Instrument | undefined;
  readonly freshQuote: (accountId: AccountId, symbol: InstrumentSymbol) => Promise<Quote | null>;
  readonly place: (intent: PlaceIntent) => Promise<unknown>;
}

export class EquityMonitor {
  readonly #options: EquityMonitorOptions;
  #stopTimer: (() => void) | null = null;
  #reading = false;
  /** Closing orders that the ladder has placed for a position that is not flat yet, by `positionKey`. */
  readonly #closesPlaced = new Map<string, number>();
  /** The last mark of each open position, by `instrumentKey`: that of a removed account stands where it was. */
  #lastMarks: ReadonlyMap<string, Decimal> = new Map();

  constructor(options: EquityMonitorOptions) {
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
    const { state, submit, limits } = this.#options;
    if (state().accounts.size === 0) return;
    // The first reading takes the starting capital: it needs all balances, and a price for everything that is held. Later
    // ones rest on positions alone, and go on when an account is added whose venue has not answered yet.
    if (state().equity === null && !(this.#balancesAreKnown() && (await this.#quotesAreKnown()))) return;
    await submit('timer', () => ({
      type: 'equity_reading',
      result: tradingResult(state(), this.#valuation()),
      accountValue: this.#accountValue(),
      transferred: Decimal.zero,
      limits: limits(),
    }));
    if (state().ladder.step === 'flatten') await this.#flatten();
    else this.#closesPlaced.clear();
  }

  /** The prices of this moment; a position whose account was removed keeps its last mark, so that its result does not jump. */
  #valuation(): Valuation {
    const { marks, priceOf } = this.#options.prices.valuation();
    const known = new Map(marks);
    for (const { accountId, symbol, netQuantity } of this.#options.state().positions.values()) {
      const key = instrumentKey(accountId, symbol);
      const last = this.#lastMarks.get(key);
      if (!netQuantity.isZero() && last !== undefined && !known.has(key)) known.set(key, last);
    }
    this.#lastMarks = known;
    return { marks: known, priceOf };
  }

  #balancesAreKnown(): boolean {
    const present = [...this.#options.state().accounts].filter(([accountId]) =>
      this.#options.isPresent(accountId),
    );
    return present.length > 0 && present.every(([, { balancesKnown }]) => balancesKnown);
  }

  async #quotesAreKnown(): Promise<boolean> {
    const { state, prices, freshQuote } = this.#options;
    for (const { accountId, asset, total } of state().balances.values()) {
      if (total.isZero()) continue;
      for (const symbol of prices.pricedBy(accountId, asset))
        if ((await freshQuote(accountId, symbol)) === null) return false;
    }
    return true;
  }

  #accountValue(): Decimal {
    const { state, prices } = this.#options;
    let value = Decimal.zero;
    for (const { accountId, asset, total } of state().balances.values())
      value = value.add(total.multiply(prices.priceAt(accountId, asset) ?? Decimal.zero));
    return value;
  }

  /** Closes every position opened through us that nothing is closing yet; asked again until all are flat. */
  async #flatten(): Promise<void> {
    for (const position of this.#options.state().positions.values()) {
      const intent = this.#closingIntent(position);
      if (intent === null) continue;
      if (await this.#cancelClaims(position)) continue;
      const key = positionKeyOf(position);
      this.#closesPlaced.set(key, (this.#closesPlaced.get(key) ?? 0) + 1);
      await this.#options.place(intent);
    }
  }

  /**
   * Cancels orders in the book that would keep a hedged side from being closed, and those that lock what is to be sold on
   * spot, stops with them: the close takes the place of their protection. Whether there were any.
   */
  async #cancelClaims(position: Position): Promise<boolean> {
    const { state, submit } = this.#options;
    const claims = [...state().unfinished.values()].filter(
      (order) =>
        positionKeyOf(order) === positionKeyOf(position) &&
        (claimsHedgedSide(order) || (order.kind === 'spot' && order.side === 'sell')) &&
        isInBook(order),
    );
    for (const { orderId } of claims)
      await submit('cancel', () => ({ type: 'cancel_order', orderId, requestedBy: FLATTEN }));
    return claims.length > 0;
  }

  #closingIntent(position: Position): PlaceIntent | null {
    const key = positionKeyOf(position);
    if (position.netQuantity.isZero()) {
      this.#closesPlaced.delete(key);
      return null;
    }
    if (this.#isBeingClosed(position)) return null;
    const instrument = this.#options.instrument(position.accountId, position.symbol);
    if (instrument === undefined) return null;
    // Rounded down: what is less than a lot cannot be sold and stays as dust.
    const quantity = closableQuantity(this.#options.state(), position).roundToMultipleOf(
      instrument.lotSize,
      'down',
    );
    if (quantity.lessThan(instrument.minQuantity) || quantity.isZero()) return null;
    return gettingOut({
      accountId: position.accountId,
      symbol: position.symbol,
      side: position.netQuantity.isPositive() ? 'sell' : 'buy',
      quantity,
      positionSide: position.positionSide,
      reduceOnly: position.kind === 'linear_swap' && position.positionSide === 'net',
      marketProtectionBps:
        FLATTEN_PROTECTION_BPS[this.#closesPlaced.get(key) ?? 0] ?? FLATTEN_PROTECTION_BPS[3],
      requestedBy: FLATTEN,
    });
  }

  /** Whether an order of the ladder is under way there, or one that still locks the quantity to be sold. */
  #isBeingClosed(position: Position): boolean {
    for (const order of this.#options.state().unfinished.values()) {
      if (positionKeyOf(order) !== positionKeyOf(position)) continue;
      if (order.type === 'market' || order.cancelRequested) return true;
    }
    return false;
  }
}

/** An order whose place in the book is not certain does not keep the position from being closed. */
function isInBook({ status }: Order): boolean {
  return status === 'open' || status === 'partially_filled';
}
