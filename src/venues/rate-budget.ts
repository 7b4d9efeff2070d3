/**
 * Decides which request goes to the venue next when its rate allowance is short.
 *
 * Entry points: `RateBudget.acquire`, `RateWindow`. Requests stand in lanes; a lane may only use its share of an
 * allowance, so that the rest stays free for the lanes before it. The venue's own counts, where it states them,
 * override ours.
 *
 * Invariants:
 *  1. A cancel never waits for any other lane, nor for our own estimate of the allowance: only for the venue
 *     having said "stop" (I6).
 *  2. New orders never use up the share of closing ones, nor closing orders that of look-ups and cancels.
 *  3. Waiting is bounded by the caller's deadline and by the length of the lane.
 */
import type { Lane } from './gateway.ts';
import type { Scheduler } from './platform.ts';

/** First to last. */
export const LANES = ['cancel', 'look_up', 'close', 'new', 'poll'] as const satisfies readonly Lane[];

/** The share of an allowance at which each lane stops. */
export type LaneShares = Readonly<Record<Lane, number>>;

/** The tenth between `new` and `close` is for closing orders alone, and what is above `close` for look-ups and cancels. */
export const DEFAULT_SHARES: LaneShares = { cancel: 1, look_up: 0.98, close: 0.95, new: 0.85, poll: 0.7 };

/** How an interval is counted: from whole multiples of it on the venue's clock, or back from each request. */
export type WindowCounting = 'aligned' | 'rolling';

/** One allowance of the venue over an interval; shared by all who draw on it. */
export class RateWindow {
  readonly name: string;
  readonly intervalMs: number;
  limit: number;
  readonly #now: () => number;
  readonly #counting: WindowCounting;
  /** Of a rolling window: what was drawn, the oldest first. */
  readonly #draws: { readonly at: number; readonly cost: number }[] = [];
  #started = -1;
  #used = 0;
  /** Drawn by requests that are not answered yet: the venue's count does not hold them. */
  #underWay = 0;

  /** `now` is the venue's clock. */
  constructor(
    name: string,
    limit: number,
    intervalMs: number,
    now: () => number,
    counting: WindowCounting = 'aligned',
  ) {
    this.name = name;
    this.limit = limit;
    this.intervalMs = intervalMs;
    this.#now = now;
    this.#counting = counting;
  }

  get used(): number {
    this.#roll();
    return this.#used;
  }

  has(cost: number, share: number): boolean {
    return cost === 0 || this.used + cost <= this.limit * share;
  }

  take(cost: number): void {
    this.#draw(cost);
    this.#underWay += cost;
  }

  /**
   * A request of this cost is answered or given up. `observed` is the venue's own count where it stated one;
   * it may be lower than ours, since some requests turn out to weigh nothing. Of a rolling window a higher one counts from now
   * on: others have drawn on it.
   */
  settle(cost: number, observed: number | null): void {
    this.#roll();
    this.#underWay -= cost;
    if (observed === null) return;
    if (this.#counting === 'aligned') this.#used = observed + this.#underWay;
    else if (observed > this.#used) this.#draw(observed - this.#used);
  }

  /** The venue says that nothing is left of this interval. */
  exhaust(): void {
    this.#roll();
    if (this.#used < this.limit) this.#draw(this.limit - this.#used);
  }

  /** Milliseconds until the allowance is whole again; of a rolling window until there is more of it. */
  untilFreshMs(): number {
    if (this.#counting === 'aligned') return this.intervalMs - (this.#now() % this.intervalMs);
    this.#roll();
    const [oldest] = this.#draws;
    return oldest === undefined ? this.intervalMs : Math.max(0, oldest.at + this.intervalMs - this.#now());
  }

  #draw(cost: number): void {
    this.#roll();
    this.#used += cost;
    if (this.#counting === 'rolling') this.#draws.push({ at: this.#now(), cost });
  }

  #roll(): void {
    if (this.#counting === 'rolling') {
      this.#rollBack();
      return;
    }
    const started = Math.floor(this.#now() / this.intervalMs);
    if (started === this.#started) return;
    this.#started = started;
    this.#used = 0;
  }

  /** Drops what was drawn longer ago than the interval; a clock that was set back drops what lies ahead of it. */
  #rollBack(): void {
    const now = this.#now();
    for (
      let [oldest] = this.#draws;
      oldest !== undefined && (now - oldest.at >= this.intervalMs || oldest.at > now);
      [oldest] = this.#draws
    ) {
      this.#draws.shift();
      this.#used -= oldest.cost;
    }
  }
}

/** The venue ordered this address to stop; shared by all accounts that call from it. */
export class RateStop {
  untilMs = 0;

  /** `untilMs` on the monotonic clock: one that is set must neither hold requests back nor let them go. */
  extend(untilMs: number): void {
    this.untilMs = Math.max(this.untilMs, untilMs);
  }
}

/** The draw of one request on each window, by the window's name. */
export type RateCost = Readonly<Record<string, number>>;

export type Admission = { readonly kind: 'admitted' } | { readonly kind: 'no_room'; readonly detail: string };

interface Waiting {
  readonly cost: RateCost;
  readonly settle: (admission: Admission) => void;
}

export interface RateBudgetOptions {
  readonly windows: readonly RateWindow[];
  readonly stop: RateStop;
  readonly scheduler: Scheduler;
  readonly shares?: LaneShares;
  /** Requests that may wait in one lane. */
  readonly laneLength?: number;
}

const ADMITTED: Admission = { kind: 'admitted' };
/** Windows may be drawn on by others, and the venue's counts come in between: look again at least this often. */
const LOOK_AGAIN_MS = 250;

export class RateBudget {
  readonly #windows: readonly RateWindow[];
  readonly #stop: RateStop;
  readonly #scheduler: Scheduler;
  readonly #shares: LaneShares;
  readonly #laneLength: number;
  readonly #lanes: Record<Lane, Set<Waiting>> = {
    cancel: new Set(),
    look_up: new Set(),
    close: new Set(),
    new: new Set(),
    poll: new Set(),
  };
  #stopTimer: (() => void) | undefined;

  constructor(options: RateBudgetOptions) {
    this.#windows = options.windows;
    this.#stop = options.stop;
    this.#scheduler = options.scheduler;
    this.#shares = options.shares ?? DEFAULT_SHARES;
    this.#laneLength = options.laneLength ?? 256;
  }

  /**
   * Resolves when the request may go, or when it may not before `timeoutMs` are over or `giveUp` is aborted; at once
   * for a poll that the venue's own word keeps back for longer than that. Never rejects.
   */
  async acquire(lane: Lane, cost: RateCost, timeoutMs: number, giveUp?: AbortSignal): Promise<Admission> {
    if (!this.#mustWaitBehind(lane, cost) && this.#admit(lane, cost)) return ADMITTED;
    const isKeptBack = lane === 'poll' && this.#stop.untilMs - this.#scheduler.monotonic() > timeoutMs;
    if (timeoutMs <= 0 || isKeptBack) return this.#refusal(lane);
    const queue = this.#lanes[lane];
    if (queue.size >= this.#laneLength)
      return { kind: 'no_room', detail: `${this.#laneLength} requests already wait in lane ${lane}` };
    return new Promise<Admission>((resolve) => {
      const waiting: Waiting = {
        cost,
        settle: (admission) => {
          stopTimer();
          giveUp?.removeEventListener('abort', leave);
          queue.delete(waiting);
          resolve(admission);
        },
      };
      const stopTimer = this.#scheduler.after(timeoutMs, () => {
        waiting.settle(this.#refusal(lane));
      });
      const leave = (): void => {
        waiting.settle({ kind: 'no_room', detail: 'given up while waiting' });
      };
      giveUp?.addEventListener('abort', leave, { once: true });
      queue.add(waiting);
      // Those that wait before it may have room by now: requests that keep coming must not put them off.
      this.#serve();
    });
  }

  /** The smallest free share of all windows, 0 while the venue says stop. */
  freeShare(): number {
    if (this.#stopped()) return 0;
    return this.#windows.reduce(
      (least, window) => Math.min(least, Math.max(0, 1 - window.used / window.limit)),
      1,
    );
  }

  /** Ends all waiting. */
  close(): void {
    this.#stopTimer?.();
    for (const lane of LANES)
      for (const waiting of this.#lanes[lane])
        waiting.settle({ kind: 'no_room', detail: 'the gateway stopped' });
  }

  #stopped(): boolean {
    return this.#scheduler.monotonic() < this.#stop.untilMs;
  }

  /**
   * First come, first served inside a lane; and nobody draws on what someone of a lane before his own waits for.
   * A request that waits for orders to be counted anew does not hold back those that draw on weight alone.
   */
  #mustWaitBehind(lane: Lane, cost: RateCost): boolean {
    const contested = new Set<string>();
    for (const before of LANES) {
      const [first] = this.#lanes[before];
      if (before === lane) return first !== undefined || draws(cost, contested);
      if (first !== undefined) this.#addShort(before, first.cost, contested);
    }
    return false;
  }

  #addShort(lane: Lane, cost: RateCost, contested: Set<string>): void {
    const share = this.#shares[lane];
    for (const window of this.#windows)
      if (!window.has(cost[window.name] ?? 0, share)) contested.add(window.name);
  }

  #admit(lane: Lane, cost: RateCost): boolean {
    if (this.#stopped()) return false;
    const share = this.#shares[lane];
    // Our count is an estimate; it never holds a cancel back.
    const room =
      lane === 'cancel' || this.#windows.every((window) => window.has(cost[window.name] ?? 0, share));
    if (!room) return false;
    for (const window of this.#windows) window.take(cost[window.name] ?? 0);
    return true;
  }

  #refusal(lane: Lane): Admission {
    if (this.#stopped())
      return {
        kind: 'no_room',
        detail: `the venue said to wait ${Math.ceil(this.#stop.untilMs - this.#scheduler.monotonic())} ms more`,
      };
    const full = this.#windows
      .filter((window) => !window.has(1, this.#shares[lane]))
      .map((window) => window.name);
    return {
      kind: 'no_room',
      detail: `no room for lane ${lane}${full.length > 0 ? `: ${full.join(', ')}` : ''}`,
    };
  }

  #serve(): void {
    const contested = new Set<string>();
    for (const lane of LANES) {
      for (const waiting of this.#lanes[lane]) {
        if (draws(waiting.cost, contested)) break;
        if (!this.#admit(lane, waiting.cost)) {
          this.#addShort(lane, waiting.cost, contested);
          break;
        }
        waiting.settle(ADMITTED);
      }
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (LANES.every((lane) => this.#lanes[lane].size === 0)) return;
    const waitMs = this.#stopped()
      ? this.#stop.untilMs - this.#scheduler.monotonic()
      : Math.min(...this.#windows.map((window) => window.untilFreshMs()));
    this.#stopTimer = this.#scheduler.after(Math.max(1, Math.min(waitMs, LOOK_AGAIN_MS)), () => {
      this.#serve();
    });
  }
}

function draws(cost: RateCost, names: ReadonlySet<string>): boolean {
  for (const name of names) if ((cost[name] ?? 0) > 0) return true;
  return false;
}
