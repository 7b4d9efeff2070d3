/**
 * One account's requests to Binance: through the rate budget, under a deadline, with the venue's counts taken in.
 *
 * Entry points: `BinanceRequests.write` for what has an effect (sent once, never repeated), `.read` for what has
 * none (repeated, and watched by the breaker).
 */
import type { TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { VenueBreaker } from '../breaker.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import type { JsonValue } from '../../core/json.ts';
import type { VenueCalls } from '../ccxt/call.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import type { GatewayTimeouts } from '../connection.ts';
import type { Lane } from '../gateway.ts';
import { RateBudget, RateWindow } from '../rate-budget.ts';
import type { RateCost } from '../rate-budget.ts';
import { ReadFailure, RetryableReadFailure, retryRead } from '../read-retry.ts';
import type { WriteResult } from '../write.ts';
import { WEIGHT } from './access.ts';
import type { BinanceAccess } from './access.ts';
import { classifyRead } from './classify.ts';
import { SPOT, SWAP, WEIGHT_LIMITS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { RateLimit } from './markets.ts';

export type Parameters = Readonly<Record<string, string | number>>;

/** The venue knows no order of that id. */
export class NoSuchOrder extends ReadFailure {
  constructor(message: string) {
    super(message, 'refused');
  }
}

/** A read that finds no room says so before its own deadline says less. */
const ADMISSION_MARGIN_MS = 50;
/** Reads and cancels are valid for this long; creates state their own lifetime. */
const ORDINARY_WINDOW_MS = 5_000;
const ORDERS_10_S = 'orders_10s';
/** The header names that the venue gives its order counts. */
const ORDER_COUNTS: Readonly<Record<number, { readonly name: string; readonly header: string }>> = {
  10_000: { name: ORDERS_10_S, header: 'x-mbx-order-count-10s' },
  60_000: { name: 'orders_1m', header: 'x-mbx-order-count-1m' },
  86_400_000: { name: 'orders_1d', header: 'x-mbx-order-count-1d' },
};

interface KindBudget {
  readonly budget: RateBudget;
  readonly weight: RateWindow;
  readonly orders: readonly { readonly window: RateWindow; readonly header: string }[];
}

export interface BinanceRequestsOptions {
  readonly calls: VenueCalls;
  readonly access: BinanceAccess;
  readonly timeouts: GatewayTimeouts;
  readonly breaker: { readonly failures: number; readonly halfOpenAfterMs: number };
  readonly kinds: readonly InstrumentKind[];
  /** Of the account's order allowance. */
  readonly orderShare: number;
}

export class BinanceRequests {
  readonly breaker: VenueBreaker;
  readonly #calls: VenueCalls;
  readonly #access: BinanceAccess;
  readonly #timeouts: GatewayTimeouts;
  readonly #kinds: readonly InstrumentKind[];
  readonly #orderShare: number;
  readonly #budgets = new Map<InstrumentKind, KindBudget>();
  #measuring: Promise<void> | null = null;

  constructor(options: BinanceRequestsOptions) {
    this.#calls = options.calls;
    this.#access = options.access;
    this.#timeouts = options.timeouts;
    this.#kinds = options.kinds;
    this.#orderShare = options.orderShare;
    this.breaker = new VenueBreaker({ ...options.breaker, probe: async () => this.#probe() });
    for (const kind of options.kinds) this.applyRateLimits(kind, []);
  }

  /** Sets the order windows from what the venue published; called once per kind, before orders flow. */
  applyRateLimits(kind: InstrumentKind, limits: readonly RateLimit[]): void {
    const now = (): number => this.#access.clock.now();
    const share = this.#orderShare;
    const published = limits
      .filter((limit) => limit.type === 'ORDERS')
      .flatMap((limit) => {
        const known = ORDER_COUNTS[limit.intervalMs];
        return known === undefined
          ? []
          : [
              {
                window: new RateWindow(known.name, limit.limit * share, limit.intervalMs, now),
                header: known.header,
              },
            ];
      });
    const orders =
      published.length > 0
        ? published
        : [
            {
              window: new RateWindow(ORDERS_10_S, WEIGHT_LIMITS[kind].orders * share, 10_000, now),
              header: 'x-mbx-order-count-10s',
            },
          ];
    const weight = this.#access.weights[kind];
    this.#budgets.get(kind)?.budget.close();
    this.#budgets.set(kind, {
      budget: new RateBudget({
        windows: [weight, ...orders.map((order) => order.window)],
        stop: this.#access.stops[kind],
        now: () => this.#access.clock.localNow(),
      }),
      weight,
      orders,
    });
  }

  rateBudgetLeft(): number {
    return Math.min(1, ...[...this.#budgets.values()].map(({ budget }) => budget.freeShare()));
  }

  close(): void {
    this.breaker.close();
    for (const { budget } of this.#budgets.values()) budget.close();
  }

  /**
   * Sends once. With `signedAt` the request is signed with that time, valid for `lifetimeMs` from it, and does
   * not leave later than that; without, it is signed as it leaves.
   */
  async write(
    endpoint: Endpoint,
    parameters: Parameters,
    options: {
      readonly lane: Lane;
      readonly signedAt: TimeMs | null;
      readonly lifetimeMs: number;
      readonly annul?: AbortSignal;
    },
  ): Promise<WriteResult> {
    const expiresAt = options.signedAt === null ? null : options.signedAt + options.lifetimeMs;
    const leftMs = expiresAt === null ? this.#timeouts.writeMs : expiresAt - this.#access.clock.now();
    if (leftMs < 0) return { kind: 'not_sent', reason: 'expired', detail: `${-leftMs} ms too late` };
    const { budget } = this.#budget(endpoint);
    const cost = this.#cost(endpoint);
    const { annul } = options;
    const admission = await budget.acquire(
      options.lane,
      cost,
      Math.min(leftMs, this.#timeouts.writeMs),
      annul,
    );
    if (admission.kind === 'no_room')
      return {
        kind: 'not_sent',
        reason: annul?.aborted === true ? 'annulled' : 'rate_budget',
        detail: admission.detail,
      };
    const result = await this.#calls.call(
      endpoint,
      { ...parameters, recvWindow: options.lifetimeMs },
      {
        timeoutMs: this.#timeouts.writeMs,
        signedAt: options.signedAt,
        expiresAt,
        ...(annul === undefined ? {} : { annul }),
      },
    );
    this.#takeIn(endpoint, cost, result.kind === 'answered' ? result.answer : null);
    return result;
  }

  /** Cancels and the like: signed as they leave. */
  async writeNow(endpoint: Endpoint, parameters: Parameters, lane: Lane): Promise<WriteResult> {
    return this.write(endpoint, parameters, { lane, signedAt: null, lifetimeMs: ORDINARY_WINDOW_MS });
  }

  /** The body of a read. Rejects with `NoSuchOrder` or another `ReadFailure`, after the attempts are used up. */
  async read(endpoint: Endpoint, parameters: Parameters, lane: Lane): Promise<JsonValue> {
    return retryRead(async (timeoutMs) => this.#attempt(endpoint, parameters, lane, timeoutMs), {
      timeoutMs: this.#timeouts.readMs,
      now: () => this.#access.clock.localNow(),
    });
  }

  /** The venue's own clock, read once now; also a sample for ours. */
  async venueTime(kind: InstrumentKind, lane: Lane): Promise<TimeMs> {
    return retryRead(async (timeoutMs) => this.#readTime(kind, lane, timeoutMs), {
      timeoutMs: this.#timeouts.readMs,
      now: () => this.#access.clock.localNow(),
    });
  }

  /** Samples the clock in the background, one at a time. */
  measureClock(): void {
    const [kind] = this.#kinds;
    if (this.#measuring !== null || kind === undefined) return;
    this.#measuring = this.#readTime(kind, 'look_up', this.#timeouts.readAttemptMs)
      .then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof ReadFailure) && !(error instanceof RetryableReadFailure)) throw error;
        },
      )
      .finally(() => {
        this.#measuring = null;
      });
  }

  async #readTime(kind: InstrumentKind, lane: Lane, timeoutMs: number): Promise<TimeMs> {
    const endpoint = kind === 'spot' ? SPOT.time : SWAP.time;
    let sentAt = 0;
    const body = await this.#attempt(endpoint, {}, lane, timeoutMs, () => {
      sentAt = this.#access.clock.localNow();
    });
    const receivedAt = this.#access.clock.localNow();
    const venueTime = wholeNumber(asObject(body, 'server time'), 'serverTime');
    this.#access.clock.record(sentAt, receivedAt, venueTime);
    return venueTime;
  }

  async #probe(): Promise<void> {
    const [kind] = this.#kinds;
    if (kind === undefined) return;
    try {
      await this.#readTime(kind, 'look_up', this.#timeouts.readAttemptMs);
    } catch (error) {
      // The attempt has told the breaker; there is nobody else to tell.
      if (!(error instanceof ReadFailure) && !(error instanceof RetryableReadFailure)) throw error;
    }
  }

  async #attempt(
    endpoint: Endpoint,
    parameters: Parameters,
    lane: Lane,
    timeoutMs: number,
    onLeave: () => void = () => undefined,
  ): Promise<JsonValue> {
    const { budget } = this.#budget(endpoint);
    const cost = this.#cost(endpoint);
    const admission = await budget.acquire(lane, cost, timeoutMs - ADMISSION_MARGIN_MS);
    if (admission.kind === 'no_room') throw new ReadFailure(admission.detail, 'rate_budget');
    onLeave();
    const result = await this.#calls.call(
      endpoint,
      endpoint.signed ? { ...parameters, recvWindow: ORDINARY_WINDOW_MS } : parameters,
      { timeoutMs: Math.min(timeoutMs, this.#timeouts.readAttemptMs), signedAt: null, expiresAt: null },
    );
    this.#takeIn(endpoint, cost, result.kind === 'answered' ? result.answer : null);
    if (result.kind !== 'answered') {
      await this.breaker.observe('failing');
      throw new RetryableReadFailure(`${endpoint.path}: ${result.detail}`);
    }
    const classified = classifyRead(endpoint.kind, result.answer);
    await this.breaker.observe(
      classified.kind === 'retryable' && classified.unhealthy ? 'failing' : 'healthy',
    );
    switch (classified.kind) {
      case 'ok':
        return classified.body;
      case 'no_such_order':
        throw new NoSuchOrder(`${endpoint.path}: no such order`);
      case 'refused':
        throw new ReadFailure(`${endpoint.path}: ${classified.detail}`, 'refused');
      case 'retryable':
        if (classified.clockRefused) await this.#remeasure();
        throw new RetryableReadFailure(
          `${endpoint.path}: ${classified.detail}`,
          retryAfterMs(result.answer),
          result.answer.status === 429 || result.answer.status === 418 ? 'rate_budget' : 'unreachable',
        );
    }
  }

  async #remeasure(): Promise<void> {
    this.measureClock();
    await this.#measuring;
  }

  #budget(endpoint: Endpoint): KindBudget {
    const budget = this.#budgets.get(endpoint.kind);
    if (budget === undefined) throw new ReadFailure(`this account has no ${endpoint.kind}`, 'not_listed');
    return budget;
  }

  #cost(endpoint: Endpoint): RateCost {
    return {
      [WEIGHT]: endpoint.weight,
      ...(endpoint.order
        ? Object.fromEntries(this.#budget(endpoint).orders.map(({ window }) => [window.name, 1]))
        : {}),
    };
  }

  /** The venue's own counts, and its word to stop. */
  #takeIn(endpoint: Endpoint, cost: RateCost, answer: RawAnswer | null): void {
    const { weight, orders } = this.#budget(endpoint);
    weight.settle(cost[WEIGHT] ?? 0, count(answer, 'x-mbx-used-weight-1m'));
    for (const { window, header } of orders) window.settle(cost[window.name] ?? 0, count(answer, header));
    if (answer === null || (answer.status !== 429 && answer.status !== 418)) return;
    if (/"code"\s*:\s*-1015\b/.test(answer.body)) {
      // Only new orders are over their count; everything else may go on.
      for (const { window } of orders) if (window.intervalMs === 10_000) window.exhaust();
      return;
    }
    const waitMs = retryAfterMs(answer) ?? (answer.status === 418 ? 120_000 : 1_000);
    this.#access.stops[endpoint.kind].extend(this.#access.clock.localNow() + waitMs);
  }
}

function count(answer: RawAnswer | null, header: string): number | null {
  const value = Number(answer?.headers[header] ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** `Retry-After` in seconds, from a 429 or 418. */
function retryAfterMs(answer: RawAnswer): number | null {
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}
