/** What waits to be decided, in lanes: what gets a trader out comes before what gets one in. */
import type { Input, Reply } from '../core/portfolio/decide.ts';

/** Served in this order. */
export const LANES = ['cancel', 'outcome', 'venue', 'timer', 'place'] as const;
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

/** New orders that may wait at once; past it a caller is told to come again. What comes from venues is never turned away. */
export const MAX_WAITING_ORDERS = 10_000;

export class Inbox {
  readonly #lanes: Record<InboxLane, InboxItem[]> = {
    cancel: [],
    outcome: [],
    venue: [],
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

  /** Takes at most `most` items, lane by lane. */
  take(most: number): InboxItem[] {
    const taken: InboxItem[] = [];
    for (const lane of LANES) {
      if (taken.length >= most) break;
      taken.push(...this.#lanes[lane].splice(0, most - taken.length));
    }
    return taken;
  }

  /** Takes everything in one lane. */
  takeLane(lane: InboxLane): InboxItem[] {
    return this.#lanes[lane].splice(0);
  }
}
