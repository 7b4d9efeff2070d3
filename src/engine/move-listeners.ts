/** Reports what moves balances and positions here, so that a reading of the venue knows what it overlapped. */
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import { moveOf, type Move } from '../core/reconcile/moves.ts';

export class MoveListeners {
  readonly #listeners = new Set<(move: Move) => void>();

  /** Calls `listener` with every execution and account record that is booked, until the returned call. */
  add(listener: (move: Move) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  report(state: PortfolioState, events: readonly PortfolioEvent[]): void {
    if (this.#listeners.size === 0) return;
    for (const event of events) {
      const move = moveOf(state, event);
      if (move !== null) for (const listener of this.#listeners) listener(move);
    }
  }
}
