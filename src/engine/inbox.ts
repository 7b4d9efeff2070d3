/**
 * Inputs that wait to be decided, in lanes: inputs that reduce risk come before new orders, and executions of others on
 * the same keys come behind all inputs of ours.
 *
 * Invariants:
 *  - A batch holds at most one item of the `external` lane, which is one group of executions (`external-intake.ts`). The
 *    item is taken when no input of ours waits, or once it has waited for `EXTERNAL_WAIT_MS`: then with the very next batch,
 *    beside all inputs of ours that the batch has room for. So inputs of ours never wait for more than one group, and a
 *    group never waits for ours without end.
 *  - Inside a batch the group is decided before new orders, so that these are judged against the state it has changed.
 */
import type { Input, Reply } from '../core/portfolio/decide.ts';

/** Decided in this order inside a batch. */
export const LANES = ['cancel', 'outcome', 'venue', 'external', 'timer', 'place'] as const;
export type InboxLane = (typeof LANES)[number];

export interface InboxItem {
  readonly lane: InboxLane;
  /** Makes the input at the moment it is decided, so that it sees the newest quote and clock. */
  readonly make: () => Input;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  /** Our monotonic clock when it came in. */
  readonly arrivedAt: number;
  /** How often the append it was decided in was lost. */
  losses: number;
}

/** New orders that may wait at once; a further one is refused as `overloaded`. Venue events are never refused. */
export const MAX_WAITING_ORDERS = 10_000;
/** How long a group of external executions gives way to inputs of ours. */
export const EXTERNAL_WAIT_MS = 100;

export class Inbox {
  readonly #lanes: Record<InboxLane, InboxItem[]> = {
    cancel: [],
    outcome: [],
    venue: [],
    external: [],
    timer: [],
    place: [],
  };

  get hasRoomForOrders(): boolean {
    return this.#lanes.place.length < MAX_WAITING_ORDERS;
  }

  get isEmpty(): boolean {
    return LANES.every((lane) => this.#lanes[lane].length === 0);
  }

  add(item: InboxItem): void {
    this.#lanes[item.lane].push(item);
  }

  /** Puts items back in front of their lanes, in their order. */
  putBack(items: readonly InboxItem[]): void {
    for (const lane of LANES) {
      const own = items.filter((item) => item.lane === lane);
      if (own.length > 0) this.#lanes[lane] = [...own, ...this.#lanes[lane]];
    }
  }

  /** Takes the next batch: at most `most` items of ours, lane by lane, and an external one if it is due at `now` (monotonic). */
  take(most: number, now: number): InboxItem[] {
    const isExternalDue = this.#isExternalDue(now);
    const taken: InboxItem[] = [];
    let room = most;
    for (const lane of LANES) {
      const items = this.#lanes[lane];
      if (lane === 'external') {
        if (isExternalDue) taken.push(...items.splice(0, 1));
        continue;
      }
      const own = items.splice(0, room);
      room -= own.length;
      taken.push(...own);
    }
    return taken;
  }

  #isExternalDue(now: number): boolean {
    const [first] = this.#lanes.external;
    if (first === undefined) return false;
    if (now - first.arrivedAt >= EXTERNAL_WAIT_MS) return true;
    return LANES.every((lane) => lane === 'external' || this.#lanes[lane].length === 0);
  }

  /** Takes everything. */
  takeAll(): InboxItem[] {
    return LANES.flatMap((lane) => this.takeLane(lane));
  }

  /** Takes everything in one lane. */
  takeLane(lane: InboxLane): InboxItem[] {
    return this.#lanes[lane].splice(0);
  }
}
