/**
 * Which fault meets which request. Faults are data; the registry decides, the wire layer (wire/) applies.
 *
 * A fault with `count` is used up after so many requests; one with `probability` draws from its own seeded generator
 * for each matching request and lasts until deleted. Where several match, the oldest decides.
 */
import { Random } from './exchange/random.ts';

export const FAULT_ROUTES = [
  'create_order',
  'cancel_order',
  'query_order',
  'open_orders',
  'balances',
  'positions',
  'fills',
  'market_data',
  'prices',
  'settings',
  'private_stream',
  'public_stream',
] as const;

/** The purpose of a request. `other` (instruments, time, listen keys) is met by faults on `*` alone. */
export type RouteName = (typeof FAULT_ROUTES)[number] | 'other';

export const FAULT_KINDS = [
  'drop_request',
  'drop_response',
  'delay',
  'delay_response',
  'http_error',
  'http_error_after',
  'rate_limit',
  'stall_body',
  'truncate_body',
  'empty_body',
  'ws_disconnect',
  'ws_drop',
  'ws_duplicate',
  'ws_reorder',
  'clock_skew',
  'maintenance',
  'hide',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRequest {
  readonly kind: FaultKind;
  readonly route: Exclude<RouteName, 'other'> | '*';
  /** How many requests (or stream messages) it meets. One of `count` and `probability`; neither: until deleted. */
  readonly count?: number;
  /** Above 0, at most 1. */
  readonly probability?: number;
  readonly seed?: number;
  /** `delay` and `delay_response`. */
  readonly delayMs?: number;
  /** `http_error`, `http_error_after`, `rate_limit` (429 or 418), `maintenance`. */
  readonly status?: number;
  /** `rate_limit`: the Retry-After that is sent. */
  readonly retryAfterS?: number;
  /** `http_error`, `http_error_after`: the venue's error in these words in place of its usual ones. */
  readonly code?: number;
  readonly message?: string;
  /** `http_error`, `http_error_after`: the whole answer as it is sent, in whatever form. */
  readonly body?: string;
  /** `hide`: how long after its making an order or fill is not shown; absent: as long as the fault lasts. */
  readonly ageMs?: number;
  /** `clock_skew`: added to the venue's clock as its clients see it; may be negative. */
  readonly skewMs?: number;
}

export interface Fault extends FaultRequest {
  readonly id: string;
  /** How often it was applied. */
  readonly applied: number;
}

/** Live faults of one venue. Kept in memory alone: a restart heals everything. */
export class FaultRegistry {
  readonly #active = new Map<string, ActiveFault>();
  readonly #listeners = new Set<(fault: Fault) => void>();
  #nextNumber = 1;
  #isMarketSilent = false;

  /**
   * The market is unknown at present: its data are refused over REST and not sent on streams, beside the faults there are and until it is
   * known again. A fault that meets the same request decides.
   */
  silenceMarket(isSilent: boolean): void {
    this.#isMarketSilent = isSilent;
  }

  /** The request must have been checked (control.ts); a fault beyond the bound is refused with an error. */
  add(request: FaultRequest): Fault {
    if (this.#active.size >= MAX_FAULTS) throw new RangeError(`at most ${MAX_FAULTS} faults at a time`);
    const id = `fault-${this.#nextNumber}`;
    this.#nextNumber += 1;
    const active = { request, id, applied: 0, random: new Random(request.seed ?? this.#nextNumber) };
    this.#active.set(id, active);
    const fault = viewOf(active);
    for (const listener of this.#listeners) listener(fault);
    return fault;
  }

  /** All of them, or one. Answers how many were removed. */
  remove(id?: string): number {
    if (id !== undefined) return this.#active.delete(id) ? 1 : 0;
    const count = this.#active.size;
    this.#active.clear();
    return count;
  }

  list(): readonly Fault[] {
    return [...this.#active.values()].map(viewOf);
  }

  /** The fault that meets this request, used up by one; null: none. Never a ws_*, clock_skew or hide fault. */
  forRequest(route: RouteName): Fault | null {
    const isOfRequests = (kind: FaultKind): boolean =>
      !kind.startsWith('ws_') && kind !== 'clock_skew' && kind !== 'hide';
    return (
      this.#take(route, isOfRequests) ??
      (this.#isMarketSilent && (route === 'market_data' || route === 'prices') ? REFUSED_MARKET_DATA : null)
    );
  }

  /** The age in ms up to which rows of this kind are not shown: zero where none is hidden, infinite where all are. */
  hiddenForMs(route: 'query_order' | 'open_orders' | 'fills'): number {
    let ageMs = 0;
    for (const { request } of this.#active.values())
      if (request.kind === 'hide' && meets(request, route))
        ageMs = Math.max(ageMs, request.ageMs ?? Number.POSITIVE_INFINITY);
    return ageMs;
  }

  /** The ws_* fault that meets this stream message, used up by one; null: none. */
  forMessage(route: 'private_stream' | 'public_stream'): Fault | null {
    return (
      this.#take(route, (kind) => kind.startsWith('ws_')) ??
      (this.#isMarketSilent && route === 'public_stream' ? WITHHELD_MARKET_DATA : null)
    );
  }

  /** The fault that closes or refuses connections of this kind now; not used up. */
  maintenance(route: 'private_stream' | 'public_stream'): Fault | null {
    for (const active of this.#active.values())
      if (active.request.kind === 'maintenance' && meets(active.request, route)) return viewOf(active);
    return null;
  }

  /** Counts one use of a fault that was applied outside a request (a cut connection). */
  use(id: string): void {
    const active = this.#active.get(id);
    if (active !== undefined) this.#use(active);
  }

  /** Sum of the skews that meet this request, in ms. With `count`, each request that is met uses one. */
  clockSkewMs(route: RouteName): number {
    let skewMs = 0;
    for (const active of this.#active.values()) {
      const { request } = active;
      if (request.kind !== 'clock_skew' || !meets(request, route) || !isDrawn(active)) continue;
      this.#use(active);
      skewMs += request.skewMs ?? 0;
    }
    return skewMs;
  }

  /** Called when a fault is added, so that streams can be cut at once. Returns the way to stop. */
  subscribe(listener: (fault: Fault) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(route: RouteName, admits: (kind: FaultKind) => boolean): Fault | null {
    if (this.#active.size === 0) return null;
    for (const active of this.#active.values()) {
      if (!admits(active.request.kind) || !meets(active.request, route) || !isDrawn(active)) continue;
      this.#use(active);
      return viewOf(active);
    }
    return null;
  }

  #use(active: ActiveFault): void {
    active.applied += 1;
    if (active.request.count !== undefined && active.applied >= active.request.count)
      this.#active.delete(active.id);
  }
}

const REFUSED_MARKET_DATA: Fault = {
  id: 'market',
  applied: 0,
  kind: 'http_error',
  route: 'market_data',
  status: 503,
};
const WITHHELD_MARKET_DATA: Fault = { id: 'market', applied: 0, kind: 'ws_drop', route: 'public_stream' };

/** Faults that may be live at the same time. */
const MAX_FAULTS = 1000;

interface ActiveFault {
  readonly request: FaultRequest;
  readonly id: string;
  applied: number;
  readonly random: Random;
}

function viewOf(active: ActiveFault): Fault {
  return { ...active.request, id: active.id, applied: active.applied };
}

function meets(request: FaultRequest, route: RouteName): boolean {
  return request.route === '*' || request.route === route;
}

function isDrawn(active: ActiveFault): boolean {
  const { probability } = active.request;
  return probability === undefined || active.random.fraction() < probability;
}
