/**
 * The rate allowance of one group of requests, kept in step with the counts that the venue's answers state.
 *
 * Entry points: `Allowance` (lanes before counted windows), `Allowances` (all of one account). A venue says which
 * windows it counts in, where an answer states the count, and which answers hold requests back.
 *
 * Invariants:
 *  1. Each request that was admitted is settled once, answered or not.
 *  2. A count that the venue states replaces ours; ours counts until then.
 *  3. A stop holds every allowance that shares it, cancels too.
 */
import type { RawAnswer } from './ccxt/dispatcher.ts';
import type { Scheduler } from './platform.ts';
import { RateBudget } from './rate-budget.ts';
import type { RateCost, RateStop, RateWindow } from './rate-budget.ts';

/** A window with where an answer says how much of it is used. */
export interface CountedWindow {
  readonly window: RateWindow;
  /** Null for an answer that does not say. */
  readonly used: (answer: RawAnswer) => number | null;
}

/** How an answer holds further requests back. */
export type Brake =
  /** Nothing that shares the stop may leave for so long. */
  | { readonly kind: 'stop'; readonly waitMs: number }
  /** Nothing is left of these windows until they begin anew; other requests go on. */
  | { readonly kind: 'exhausted'; readonly windows: readonly RateWindow[] };

export interface AllowanceOptions {
  readonly windows: readonly CountedWindow[];
  readonly stop: RateStop;
  readonly scheduler: Scheduler;
  /** Null for an answer that holds nothing back. */
  readonly brake: (answer: RawAnswer) => Brake | null;
}

export class Allowance {
  readonly budget: RateBudget;
  readonly #options: AllowanceOptions;

  constructor(options: AllowanceOptions) {
    const { windows, stop, scheduler } = options;
    this.#options = options;
    this.budget = new RateBudget({ windows: windows.map(({ window }) => window), stop, scheduler });
  }

  /** Takes in the end of a request that drew `cost`; `answer` is null when none came. */
  settle(cost: RateCost, answer: RawAnswer | null): void {
    const { windows, stop, scheduler, brake } = this.#options;
    for (const { window, used } of windows)
      window.settle(cost[window.name] ?? 0, answer === null ? null : used(answer));
    const held = answer === null ? null : brake(answer);
    if (held === null) return;
    switch (held.kind) {
      case 'stop':
        stop.extend(scheduler.monotonic() + held.waitMs);
        return;
      case 'exhausted':
        for (const window of held.windows) window.exhaust();
        return;
    }
  }
}

/** One account's allowances, each under a key of the venue's folder: a product, an endpoint, an instrument. */
export class Allowances {
  readonly #byKey = new Map<string, Allowance>();

  get(key: string): Allowance | undefined {
    return this.#byKey.get(key);
  }

  /** Replaces the allowance of that key; what waits in the one before is refused. */
  put(key: string, allowance: Allowance): void {
    this.#byKey.get(key)?.budget.close();
    this.#byKey.set(key, allowance);
  }

  /** The smallest free share of all of them, 0 to 1. */
  freeShare(): number {
    return Math.min(1, ...[...this.#byKey.values()].map(({ budget }) => budget.freeShare()));
  }

  /** Refuses everything that waits. */
  close(): void {
    for (const { budget } of this.#byKey.values()) budget.close();
  }
}

/** The whole number of a header, not below zero; null for anything else. */
export function countIn(answer: RawAnswer, header: string): number | null {
  const value = Number(answer.headers[header] ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** `Retry-After` in milliseconds (RFC 9110, section 10.2.3, the form in seconds); null for anything else. */
export function retryAfterMs(answer: RawAnswer): number | null {
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}
