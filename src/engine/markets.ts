/**
 * The instruments that a portfolio's accounts may trade, their prices, and the public market data of their venues.
 *
 * Entry point: `PortfolioMarkets`. Reads only; nothing here is journaled.
 */
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../core/venue/market.ts';
import type { SwapSettings } from '../core/venue/setting.ts';
import type { Gateway, ReadAnswer } from '../venues/gateway.ts';
import type { Accounts } from './accounts.ts';
import type { Markets } from './desk-markets.ts';
import type { QuoteListener, QuoteSubscriptions } from './quote-subscriptions.ts';

/** Tickers are polled: one question a second serves all who ask. */
const DAY_FIGURES_KEPT_MS = 1_000;

export class PortfolioMarkets implements Markets {
  readonly #accounts: Accounts;
  readonly #subscriptions: QuoteSubscriptions;
  readonly #monotonicMs: () => number;
  /** The last question for each instrument of an account; those who ask meanwhile share its answer. */
  readonly #dayFigures = new Map<
    string,
    { readonly askedAt: number; readonly answer: Promise<ReadAnswer<DayFigures>> }
  >();

  constructor(accounts: Accounts, subscriptions: QuoteSubscriptions, monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#accounts = accounts;
    this.#subscriptions = subscriptions;
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

  knownQuote(accountId: AccountId, symbol: InstrumentSymbol): Quote | undefined {
    return this.#accounts.knownQuote(accountId, symbol);
  }

  watchQuote(accountId: AccountId, symbol: InstrumentSymbol, listener: QuoteListener): () => void {
    const stop = this.#subscriptions.subscribe(accountId, symbol, listener);
    // The call subscribes the gateway to the instrument's quotes.
    this.#accounts.knownQuote(accountId, symbol);
    return stop;
  }

  staleQuoteMs(accountId: AccountId, symbol: InstrumentSymbol): number | undefined {
    return this.#accounts.staleQuoteMs(accountId, symbol);
  }

  swapSettings(accountId: AccountId, symbol: InstrumentSymbol, side?: PositionSide): SwapSettings | null {
    return this.#accounts.swapSettings(accountId, symbol, side);
  }

  readSwapSettings(accountId: AccountId, symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>> {
    return this.#accounts.readSwapSettings(accountId, symbol);
  }

  dayFigures(accountId: AccountId, symbol: InstrumentSymbol): Promise<ReadAnswer<DayFigures>> {
    const name = `${accountId} ${symbol}`;
    const now = this.#monotonicMs();
    const kept = this.#dayFigures.get(name);
    if (kept !== undefined && now - kept.askedAt < DAY_FIGURES_KEPT_MS) return kept.answer;
    const answer = this.#ask(accountId, (gateway) => gateway.dayFigures(symbol));
    this.#dayFigures.set(name, { askedAt: now, answer });
    return answer;
  }

  book(accountId: AccountId, symbol: InstrumentSymbol, depth: number): Promise<ReadAnswer<OrderBook>> {
    return this.#ask(accountId, (gateway) => gateway.book(symbol, depth));
  }

  trades(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    limit: number,
  ): Promise<ReadAnswer<readonly PublicTrade[]>> {
    return this.#ask(accountId, (gateway) => gateway.trades(symbol, limit));
  }

  candles(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<ReadAnswer<readonly Candle[]>> {
    return this.#ask(accountId, (gateway) => gateway.candles(symbol, interval, span));
  }

  #ask<Value>(
    accountId: AccountId,
    question: (gateway: Gateway) => Promise<ReadAnswer<Value>>,
  ): Promise<ReadAnswer<Value>> {
    const gateway = this.#accounts.startedGateway(accountId);
    return gateway === undefined
      ? Promise.resolve({
          kind: 'failed',
          reason: 'unreachable',
          detail: 'the exchange has not answered yet',
        })
      : question(gateway);
  }
}
