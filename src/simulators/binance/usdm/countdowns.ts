/** Countdowns that cancel an account's orders unless they are set again in time. Source: "Auto-Cancel All Open Orders". */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';

/** How often countdowns are looked at. The venue says about every 10 ms. */
const COUNTDOWN_TICK_MS = 10;

/**
 * Countdowns that cancel an account's open orders on a symbol unless they are set again in time. They end with the
 * process. Conditional orders stay: the documentation does not say that they go.
 */
export class Countdowns {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #due = new Map<
    string,
    { readonly accountId: string; readonly symbol: string; readonly at: number }
  >();
  #running = false;

  constructor(exchange: Exchange, clock: Clock, signal: AbortSignal) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Starts the countdown anew; 0 stops it. */
  set(accountId: string, symbol: string, countdownMs: number, at: number): void {
    const key = `${accountId} ${symbol}`;
    if (countdownMs === 0) {
      this.#due.delete(key);
      return;
    }
    this.#due.set(key, { accountId, symbol, at: at + countdownMs });
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted && this.#due.size > 0) {
      await this.#clock.sleep(COUNTDOWN_TICK_MS, this.#signal);
      if (this.#signal.aborted) break;
      const nowMs = this.#clock.nowMs();
      for (const [key, due] of this.#due) {
        if (nowMs < due.at) continue;
        this.#due.delete(key);
        this.#exchange.cancelAll(nowMs, due.accountId, { symbol: due.symbol });
      }
    }
    this.#running = false;
  }
}
