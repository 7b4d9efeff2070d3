/**
 * The portfolios that this process runs, each with one engine for as long as the process lives.
 *
 * Entry points: `Portfolios`: `open` (a portfolio with the accounts that the directory has), `alignAccount` (one account
 * as the directory has it now, while the others go on), `closeAccount` (before the directory removes it), `stop`.
 *
 * Invariants:
 *  1. A portfolio has at most one engine, and it is started once.
 *  2. Listeners of a desk get every durable append of its portfolio, in order.
 *  3. A change of an account is in the directory before it comes here, so that a process which ends in the middle of it
 *     starts with the account as it was changed. A change that cannot be made now is tried again until it is.
 */
import type { AccountId, PortfolioId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { EngineAccount } from '../engine/accounts.ts';
import type { Clock } from '../engine/clock.ts';
import type { Desk } from '../engine/desk.ts';
import type { PortfolioEngine } from '../engine/portfolio-engine.ts';

/** Pause before a change is tried again that could not be made: the database or the simulator is unavailable. */
const ALIGN_RETRY_MS = 2_000;

export interface PortfoliosOptions {
  /** An engine that is not started, with the accounts of the directory. */
  readonly make: (portfolioId: PortfolioId) => Promise<PortfolioEngine>;
  /** One account as the directory has it; null where it has none that can be served. */
  readonly accountOf: (portfolioId: PortfolioId, accountId: AccountId) => Promise<EngineAccount | null>;
  /** The engine of a portfolio could not be started. */
  readonly onFailure: (portfolioId: PortfolioId, error: unknown) => void;
  /** A change of an account could not be made; it is tried again. */
  readonly onDelay: (portfolioId: PortfolioId, accountId: AccountId, error: unknown) => void;
  readonly clock: Clock;
}

export class Portfolios {
  readonly #options: PortfoliosOptions;
  readonly #engines = new Map<PortfolioId, PortfolioEngine>();
  readonly #openings = new Map<PortfolioId, Promise<void>>();
  readonly #stopTimers = new Set<() => void>();
  #isStopped = false;

  constructor(options: PortfoliosOptions) {
    this.#options = options;
  }

  deskOf(portfolioId: PortfolioId): Desk | undefined {
    return this.#engines.get(portfolioId);
  }

  desks(): readonly Desk[] {
    return [...this.#engines.values()];
  }

  /** Opens the portfolio unless it is open. Resolves when its engine is made; the engine starts in the background. */
  async open(portfolioId: PortfolioId): Promise<void> {
    const opening = this.#openings.get(portfolioId) ?? this.#open(portfolioId);
    this.#openings.set(portfolioId, opening);
    try {
      await opening;
    } catch (error) {
      if (this.#openings.get(portfolioId) === opening) this.#openings.delete(portfolioId);
      throw error;
    }
  }

  /**
   * Takes over one account as the directory has it now; resolves after the first try. A portfolio that is not open yet
   * takes its accounts when it is opened.
   */
  async alignAccount(portfolioId: PortfolioId, accountId: AccountId): Promise<void> {
    const { accountOf, onDelay } = this.#options;
    try {
      await this.#openings.get(portfolioId);
      const engine = this.#engines.get(portfolioId);
      await engine?.alignAccount(accountId, () => accountOf(portfolioId, accountId));
    } catch (error) {
      onDelay(portfolioId, accountId, error);
      this.#alignLater(portfolioId, accountId);
    }
  }

  /**
   * Closes an account to new orders before the directory removes it, and cancels its unfinished ones. Resolves with the
   * orders that did not end in time; the account goes on as before then. Rejects with `EngineUnavailable`.
   */
  async closeAccount(portfolioId: PortfolioId, accountId: AccountId): Promise<readonly Order[]> {
    await this.#openings.get(portfolioId);
    return (await this.#engines.get(portfolioId)?.closeAccount(accountId)) ?? [];
  }

  /** Reports the current instance of the simulator behind a paper account. */
  async observeInstance(portfolioId: PortfolioId, accountId: AccountId, instance: string): Promise<void> {
    await this.#engines.get(portfolioId)?.observeInstance(accountId, instance);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stopTimer of this.#stopTimers) stopTimer();
    await Promise.allSettled(this.#openings.values());
    await Promise.all([...this.#engines.values()].map((engine) => engine.stop()));
  }

  async #open(portfolioId: PortfolioId): Promise<void> {
    if (this.#isStopped) return;
    const engine = await this.#options.make(portfolioId);
    if (this.#isStopped) return;
    this.#engines.set(portfolioId, engine);
    engine.start().catch((error: unknown) => this.#options.onFailure(portfolioId, error));
  }

  #alignLater(portfolioId: PortfolioId, accountId: AccountId): void {
    if (this.#isStopped) return;
    const stopTimer = this.#options.clock.after(ALIGN_RETRY_MS, () => {
      this.#stopTimers.delete(stopTimer);
      void this.alignAccount(portfolioId, accountId);
    });
    this.#stopTimers.add(stopTimer);
  }
}
