/**
 * A draft: the events that one batch of inputs leads to, folded into the state as they are decided, so that each
 * decision already sees the ones before it. Nothing of it may be answered or sent until the journal has it.
 */
import type { AccountId, InstrumentSymbol, OrderId, TimeMs, VenueOrderId } from '../ids.ts';
import { movesOf, partsClosed } from '../risk/strategy-parts.ts';
import type { PortfolioEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { PortfolioState } from './state.ts';

/** An action outside the state, carried out once the events are durable. */
export type Effect =
  /** Carry the last journaled attempt to the venue. */
  | { readonly type: 'send'; readonly orderId: OrderId }
  /** Exempt from write-ahead: goes out at once, durable or not, but for one of a stop that is to be put back, of which the journal knows first. */
  | { readonly type: 'cancel'; readonly orderId: OrderId; readonly onceDurable?: true }
  /** Take back a send that still waits for the rate budget. */
  | { readonly type: 'annul'; readonly orderId: OrderId }
  | { readonly type: 'look_up'; readonly orderId: OrderId }
  /** Ask whose order a parked execution belongs to. */
  | {
      readonly type: 'identify';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly venueOrderId: VenueOrderId;
    }
  | { readonly type: 'fetch_fills'; readonly accountId: AccountId; readonly symbol: InstrumentSymbol };

export class Draft {
  readonly state: PortfolioState;
  readonly at: TimeMs;
  readonly events: PortfolioEvent[] = [];
  readonly effects: Effect[] = [];

  constructor(state: PortfolioState, at: TimeMs) {
    this.state = state;
    this.at = at;
  }

  /** Folds the event in, and what follows from it for the books of strategies. */
  emit(event: PortfolioEvent): void {
    const moves = movesOf(this.state, event);
    this.#fold(event);
    for (const move of moves) {
      const closed = partsClosed(this.state, move);
      if (closed !== null) this.#fold({ type: 'strategy_parts_closed', ...closed });
    }
  }

  #fold(event: PortfolioEvent): void {
    evolve(this.state, this.at, event);
    this.events.push(event);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Takes back a send that this draft has decided on: nothing has left yet. Returns whether there was one. */
  withhold(orderId: OrderId): boolean {
    const index = this.effects.findIndex((effect) => effect.type === 'send' && effect.orderId === orderId);
    if (index < 0) return false;
    this.effects.splice(index, 1);
    return true;
  }
}
