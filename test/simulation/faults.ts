/**
 * Faults between a service and its venue, drawn from one seeded stream of random numbers.
 *
 * Entry point: `Faults`. While `active` is false there are no faults, and no random number is drawn.
 */
import type { Random } from '../../src/simulators/exchange/random.ts';
import type { RouteName } from '../../src/simulators/faults.ts';

/** The purpose of a request. */
export type Route = RouteName | 'venue_time' | 'quote';

export type RequestFault =
  | { readonly kind: 'none' }
  /** Lost before the venue acted. */
  | { readonly kind: 'drop_request' }
  /** The venue acted, its answer is lost. */
  | { readonly kind: 'drop_response' }
  | { readonly kind: 'delay_request'; readonly delayMs: number }
  | { readonly kind: 'delay_response'; readonly delayMs: number }
  /** 5xx without, and after, acting. */
  | { readonly kind: 'error_before' }
  | { readonly kind: 'error_after' }
  /** The venue acted; its answer cannot be read. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'rate_limit' }
  /** Admitted in time, carried out later: within the venue's engine allowance. */
  | { readonly kind: 'slow_engine'; readonly delayMs: number };

export type StreamFault = 'none' | 'drop' | 'duplicate' | 'reorder' | 'disconnect';

export type FaultKind = RequestFault['kind'] | StreamFault;

/** Probabilities per request, per message and per order; 0 to 1. */
export interface FaultRates {
  readonly request: number;
  readonly stream: number;
  /** How often an order, and an execution, is not listed at once. */
  readonly lag: number;
  /** How often a finished order is answered with figures from before its last executions. */
  readonly staleFigures: number;
  /** How often a send waits for the rate budget. */
  readonly queue: number;
}

export const NO_FAULTS: FaultRates = { request: 0, stream: 0, lag: 0, staleFigures: 0, queue: 0 };

/** Longest admission delay, below the venue's engine allowance of 10 s. */
const LONGEST_ENGINE_DELAY_MS = 8_000;
/** Longest listing lag, below the venue's read lag of 2 s. */
const LONGEST_LAG_MS = 1_800;
const NO_FAULT: RequestFault = { kind: 'none' };

export class Faults {
  readonly rates: FaultRates;
  readonly #random: Random;
  readonly #without: ReadonlySet<FaultKind>;
  active = true;
  /** The faults that were drawn, by name. */
  readonly met = new Set<string>();

  /** Of `without` none comes about: what draws one has no fault. */
  constructor(rates: FaultRates, random: Random, without: readonly FaultKind[] = []) {
    this.rates = rates;
    this.#random = random;
    this.#without = new Set(without);
  }

  chance(probability: number): boolean {
    return this.active && probability > 0 && this.#random.fraction() < probability;
  }

  /** A whole number of milliseconds, both ends included. */
  between(least: number, most: number): number {
    return least + this.#random.below(most - least + 1);
  }

  /** How long a message is on its way when nothing is wrong. */
  latencyMs(): number {
    return this.between(2, 40);
  }

  ofRequest(route: Route): RequestFault {
    const drawn = this.#drawn(route);
    const fault = this.#without.has(drawn.kind) ? NO_FAULT : drawn;
    if (fault.kind !== 'none') this.met.add(`fault ${route} ${fault.kind}`);
    return fault;
  }

  #drawn(route: Route): RequestFault {
    if (!this.chance(this.rates.request)) return NO_FAULT;
    switch (this.#random.below(route === 'create_order' ? 10 : 8)) {
      case 0:
        return { kind: 'drop_request' };
      case 1:
        return { kind: 'drop_response' };
      case 2:
        return { kind: 'delay_request', delayMs: this.between(50, 4_000) };
      case 3:
        return { kind: 'delay_response', delayMs: this.between(50, 7_000) };
      case 4:
        return { kind: 'error_before' };
      case 5:
        return { kind: 'error_after' };
      case 6:
        return { kind: 'truncated' };
      case 7:
        return { kind: 'rate_limit' };
      case 8:
        return { kind: 'slow_engine', delayMs: this.between(100, LONGEST_ENGINE_DELAY_MS) };
      // A packet that the network delivers long after its sender gave up.
      default:
        return { kind: 'delay_request', delayMs: this.between(1_500, 40_000) };
    }
  }

  ofStream(): StreamFault {
    if (!this.chance(this.rates.stream)) return 'none';
    const kinds = ['drop', 'duplicate', 'duplicate', 'reorder', 'reorder', 'disconnect'] as const;
    const fault = kinds[this.#random.below(6)] ?? 'none';
    if (this.#without.has(fault)) return 'none';
    this.met.add(`fault stream ${fault}`);
    return fault;
  }

  /** How long an order or an execution stays unlisted. */
  lagMs(): number {
    return this.chance(this.rates.lag) ? this.between(10, LONGEST_LAG_MS) : 0;
  }

  /** How long a send waits for the rate budget. */
  queueMs(): number {
    if (!this.chance(this.rates.queue)) return 0;
    return this.#random.below(4) === 0 ? this.between(500, 3_500) : this.between(5, 300);
  }
}
