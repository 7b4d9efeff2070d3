/**
 * A portfolio's journal folded anew, with the rows of the read models that follow from it.
 *
 * Entry point: `foldPortfolio`.
 *
 * Invariant: the rows are those that the writer made, however it had grouped the events into appends. Entries that leave
 * the state (evicted orders, the books of an account that is reset or declares other wallets) are therefore projected before
 * they leave, and such an event is projected by itself, since it touches every order that is in memory at that moment.
 */
import { decodeEvent } from '../core/portfolio/codec.ts';
import { evolve } from '../core/portfolio/evolve.ts';
import { decodeState, encodeState } from '../core/portfolio/snapshot.ts';
import { initialState, type PortfolioState } from '../core/portfolio/state.ts';
import { project, type DatedEvent } from '../engine/projection.ts';
import type { JournalRecord, JsonObject, ReadModelChange } from '../journal/journal.ts';
import type { JournalFold } from '../journal/rebuild.ts';

/** Bounds what is projected at once. */
const MOST_EVENTS = 500;

export function foldPortfolio(): JournalFold {
  return new PortfolioFold();
}

class PortfolioFold implements JournalFold {
  readonly #state: PortfolioState = initialState();
  #waiting: DatedEvent[] = [];

  take(record: JournalRecord): readonly ReadModelChange[] {
    const event = decodeEvent(record.type, record.payload);
    const removesEntries =
      event.type === 'orders_evicted' || event.type === 'account_reset' || event.type === 'wallets_declared';
    const before = removesEntries || this.#waiting.length >= MOST_EVENTS ? this.rest() : [];
    evolve(this.#state, record.at, event);
    this.#waiting.push({ at: record.at, event });
    return removesEntries ? [...before, ...this.rest()] : before;
  }

  rest(): readonly ReadModelChange[] {
    const events = this.#waiting;
    this.#waiting = [];
    return project(events, this.#state);
  }

  state(): JsonObject {
    return encodeState(this.#state);
  }

  rewritten(snapshot: JsonObject): JsonObject {
    return encodeState(decodeState(snapshot));
  }
}
