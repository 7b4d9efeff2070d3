/**
 * The portfolios that this process runs: each with a desk that stays the same while the engine behind it is replaced.
 *
 * Entry point: `Portfolios`. An engine is replaced when the accounts of its portfolio change: the old one answers what is
 * in flight, keeps a snapshot and lets go; the new one recovers from the journal, as after a restart.
 *
 * Invariants:
 *  1. At most one engine of a portfolio is started at a time.
 *  2. Who listens to a desk hears every durable append of every engine behind it, in order.
 */
import type { AccountId, PortfolioId } from '../core/ids.ts';
import {
  EngineUnavailable,
  type Books,
  type Controls,
  type Desk,
  type DurableNews,
  type Markets,
  type OrderEntry,
} from '../engine/desk.ts';
import type { PortfolioEngine } from '../engine/portfolio-engine.ts';

export class Portfolios {
  readonly #make: (portfolioId: PortfolioId) => Promise<PortfolioEngine>;
  readonly #onFailure: (portfolioId: PortfolioId, error: unknown) => void;
  readonly #desks = new Map<PortfolioId, ReplaceableDesk>();
  /** The last change of each portfolio; changes of one portfolio come one after another. */
  readonly #changes = new Map<PortfolioId, Promise<void>>();
  #isStopped = false;

  /** `make` gives an engine that is not started, with the accounts as they are now. */
  constructor(
    make: (portfolioId: PortfolioId) => Promise<PortfolioEngine>,
    onFailure: (portfolioId: PortfolioId, error: unknown) => void,
  ) {
    this.#make = make;
    this.#onFailure = onFailure;
  }

  deskOf(portfolioId: PortfolioId): Desk | undefined {
    return this.#desks.get(portfolioId);
  }

  desks(): readonly Desk[] {
    return [...this.#desks.values()];
  }

  /** Opens the portfolio, or takes over its accounts as they are now. Resolves when the engine is made; it starts in the background. */
  async reopen(portfolioId: PortfolioId): Promise<void> {
    const before = this.#changes.get(portfolioId) ?? Promise.resolve();
    const change = before.catch(() => undefined).then(() => this.#replace(portfolioId));
    this.#changes.set(portfolioId, change);
    await change;
  }

  /** Tells the engine what the simulator behind a paper account calls itself now. */
  async noteInstance(portfolioId: PortfolioId, accountId: AccountId, instance: string): Promise<void> {
    await this.#desks.get(portfolioId)?.engine?.noteInstance(accountId, instance);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#changes.values());
    await Promise.all(
      [...this.#desks.values()].flatMap(({ engine }) => (engine === null ? [] : [engine.stop()])),
    );
  }

  async #replace(portfolioId: PortfolioId): Promise<void> {
    if (this.#isStopped) return;
    // Made before the old one goes: what cannot be made leaves all as it was.
    const engine = await this.#make(portfolioId);
    const desk = this.#desks.get(portfolioId) ?? new ReplaceableDesk(portfolioId);
    this.#desks.set(portfolioId, desk);
    const former = desk.engine;
    if (former !== null) await former.stop();
    desk.engine = engine;
    engine.start().catch((error: unknown) => this.#onFailure(portfolioId, error));
  }
}

class ReplaceableDesk implements Desk {
  readonly portfolioId: PortfolioId;
  readonly #listeners = new Set<(news: DurableNews) => void>();
  #engine: PortfolioEngine | null = null;

  constructor(portfolioId: PortfolioId) {
    this.portfolioId = portfolioId;
  }

  get engine(): PortfolioEngine | null {
    return this.#engine;
  }

  set engine(engine: PortfolioEngine | null) {
    this.#engine = engine;
    engine?.onDurable((news) => {
      for (const listener of this.#listeners) listener(news);
    });
  }

  get ready(): boolean {
    return this.#engine?.ready === true;
  }

  get orders(): OrderEntry {
    return this.#now().orders;
  }

  get books(): Books {
    return this.#now().books;
  }

  get controls(): Controls {
    return this.#now().controls;
  }

  get markets(): Markets {
    return this.#now().markets;
  }

  #now(): PortfolioEngine {
    if (this.#engine === null)
      throw new EngineUnavailable('recovering', 'the portfolio is being opened', 1_000);
    return this.#engine;
  }

  onDurable(listener: (news: DurableNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
