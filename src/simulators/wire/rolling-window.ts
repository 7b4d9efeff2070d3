/**
 * Requests counted back from each of them, as most venues count.
 *
 * Entry point: `RollingWindow`. A request that is refused is not counted.
 */
export class RollingWindow {
  readonly #windowMs: number;
  /** The oldest stand first. */
  readonly #times: number[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Counts one request where `limit` has room for it. */
  take(limit: number, nowMs: number): WindowCount {
    const times = this.#times;
    let old = 0;
    while (old < times.length && (times[old] ?? 0) <= nowMs - this.#windowMs) old += 1;
    if (old > 0) times.splice(0, old);
    const isAdmitted = times.length < limit;
    if (isAdmitted) times.push(nowMs);
    return { isAdmitted, left: limit - times.length, freesAtMs: (times[0] ?? nowMs) + this.#windowMs };
  }
}

export interface WindowCount {
  readonly isAdmitted: boolean;
  /** Requests that may follow now. */
  readonly left: number;
  /** When the oldest counted request leaves the window. */
  readonly freesAtMs: number;
}
