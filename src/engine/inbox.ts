/**
 * Inputs that wait to be decided, in lanes: inputs that reduce risk come before new orders, and executions of others on
 * the same keys come behind all inputs of ours.
 *
 * Invariants:
 *  - A batch holds at most one item of the `external` lane, which is one group of executions (`external-intake.ts`). The
 *    item is taken when no input of ours waits, or once it has waited for `EXTERNAL_WAIT_MS`: then with the very next batch,
 *    beside all inputs of ours that the batch has room for. So inputs of ours never wait for more than one group, and a
 *    group never waits for ours without end.
 *  - A closing order waits for no new one, and not for ever for cancels: some places of each batch are kept for it.
 *  - Inside a batch the group is decided before new orders, so that these are judged against the state it has changed.
 *  - A cancel of an order whose placement waits here is decided right behind that placement, in the same batch: decided
 *    before it, it would find no order, and the order would be sent afterwards.
 */
import type { OrderId } from '../core/ids.ts';
import type { Input, Reply } from '../core/portfolio/decide.ts';

/** Decided in this order inside a batch. */
export const LANES = ['cancel', 'outcome', 'venue', 'external', 'timer', 'close', 'place'] as const;
/** The lanes of new orders: first those that by their terms, or with all that is open on their side, only close. */
export type PlacementLane = 'close' | 'place';
export type InboxLane = (typeof LANES)[number];

/** Facts of an input that are known before it is decided. */
export interface InputFacts {
  /** When it came to us (our monotonic clock), if not just now. */
  readonly since?: number;
  /** The orders that it places. */
  readonly places?: readonly OrderId[];
}

export interface InboxItem {
  readonly lane: InboxLane;
  /** Makes the input at the moment it is decided, so that it sees the newest quote and clock. */
  readonly make: () => Input;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  /** Our monotonic clock when it came in. */
  readonly arrivedAt: number;
  /** The orders that it places. */
  readonly places: readonly OrderId[];
  /** The order that it cancels. */
  readonly cancels: OrderId | null;
  /** How often the append it was decided in was lost. */
  losses: number;
  /** How often the journal refused what it leads to, by itself. */
  refusals: number;
}

/** New orders that may wait in each of their lanes; a further one is refused as `overloaded`. Venue events are never refused. */
export const MAX_WAITING_ORDERS = 10_000;
/** The share of a batch that is kept for closing orders, however much waits in the lanes before theirs: one in so many. */
export const CLOSING_IN_BATCH = 16;
/** How long a group of external executions gives way to inputs of ours. */
export const EXTERNAL_WAIT_MS = 100;

export class Inbox {
  readonly #lanes: Record<InboxLane, InboxItem[]> = {
    cancel: [],
    outcome: [],
    venue: [],
    external: [],
    timer: [],
    close: [],
    place: [],
  };
  /** Placements that wait, by each order that they place. */
  readonly #placements = new Map<OrderId, InboxItem>();
  /** The cancels that wait behind a placement. */
  readonly #behind = new Map<InboxItem, InboxItem[]>();

  hasRoomFor(lane: PlacementLane): boolean {
    return this.#lanes[lane].length < MAX_WAITING_ORDERS;
  }

  get isEmpty(): boolean {
    return LANES.every((lane) => this.#lanes[lane].length === 0);
  }

  add(item: InboxItem): void {
    if (this.#standsBehind(item)) return;
    this.#lanes[item.lane].push(item);
    this.#notePlacement(item);
  }

  /** Puts items back in front of their lanes, in their order. */
  putBack(items: readonly InboxItem[]): void {
    for (const item of items) this.#notePlacement(item);
    const others = items.filter((item) => !this.#standsBehind(item));
    for (const lane of LANES) {
      const own = others.filter((item) => item.lane === lane);
      if (own.length > 0) this.#lanes[lane] = [...own, ...this.#lanes[lane]];
    }
    // These came while their placement was being written.
    this.#lanes.cancel = this.#lanes.cancel.filter((item) => !this.#standsBehind(item));
  }

  /** Whether the placement of an order waits here. */
  isPlacing(orderId: OrderId): boolean {
    return this.#placements.has(orderId);
  }

  /** The orders that a cancel waits for. */
  canceled(): Set<OrderId> {
    return new Set(this.#lanes.cancel.flatMap(({ cancels }) => (cancels === null ? [] : [cancels])));
  }

  /**
   * Takes the next batch: at most `most` items of ours, lane by lane, an external one if it is due at `now` (monotonic), and the
   * cancels that stand behind a placement of the batch.
   */
  take(most: number, now: number): InboxItem[] {
    const isExternalDue = this.#isExternalDue(now);
    const taken: InboxItem[] = [];
    const kept = Math.min(this.#lanes.close.length, Math.floor(most / CLOSING_IN_BATCH));
    let room = most - kept;
    for (const lane of LANES) {
      if (lane === 'close') room += kept;
      const items = this.#lanes[lane];
      if (lane === 'external') {
        if (isExternalDue) taken.push(...items.splice(0, 1));
        continue;
      }
      const own = items.splice(0, room);
      room -= own.length;
      for (const item of own) taken.push(item, ...this.#release(item));
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
    return LANES.flatMap((lane) => this.#lanes[lane].splice(0)).flatMap((item) => [
      item,
      ...this.#release(item),
    ]);
  }

  /** Takes every placement. The cancels behind them are kept: they find no order. */
  takePlacements(): InboxItem[] {
    const taken = [...this.#lanes.close.splice(0), ...this.#lanes.place.splice(0)];
    for (const item of taken) this.#lanes.cancel.push(...this.#release(item));
    return taken;
  }

  #notePlacement(item: InboxItem): void {
    for (const orderId of item.places) this.#placements.set(orderId, item);
  }

  /** Whether the item is a cancel of an order whose placement waits; it is put behind that one. */
  #standsBehind(item: InboxItem): boolean {
    const placement = item.cancels === null ? undefined : this.#placements.get(item.cancels);
    if (placement === undefined) return false;
    const behind = this.#behind.get(placement);
    if (behind === undefined) this.#behind.set(placement, [item]);
    else behind.push(item);
    return true;
  }

  /** The placement does not wait any more. Gives the cancels that stood behind it. */
  #release(item: InboxItem): readonly InboxItem[] {
    if (item.places.length === 0) return [];
    for (const orderId of item.places) this.#placements.delete(orderId);
    const behind = this.#behind.get(item) ?? [];
    this.#behind.delete(item);
    return behind;
  }
}

/** The order that an input cancels. */
export function canceledBy(input: Input): OrderId | null {
  return input.type === 'cancel_order' ? input.orderId : null;
}

export function isPlacement(lane: InboxLane): lane is PlacementLane {
  return lane === 'close' || lane === 'place';
}
