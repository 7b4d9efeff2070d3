/**
 * One account's requests to a venue: through the rate budget, under a deadline, with the venue's counts taken in.
 *
 * Entry points: `VenueRequests.write` for a request that has an effect, `.read` for one that has none, `.venueTime`.
 * A venue's folder says by `RequestRules` what a request draws, how its lifetime is stated and what an answer proves.
 *
 * Invariants:
 *  1. A write leaves at most once, and not after its lifetime has passed on the venue's clock.
 *  2. A read is repeated inside one deadline; each attempt that was carried out is reported to the breaker.
 *  3. The draw of a request is settled with its allowance, answered or not.
 */
import type { TimeMs } from '../core/ids.ts';
import type { InstrumentKind } from '../core/instrument.ts';
import type { JsonValue } from '../core/json.ts';
import type { Allowance, Allowances } from './allowance.ts';
import { VenueBreaker } from './breaker.ts';
import type { VenueCalls } from './ccxt/call.ts';
import type { RawAnswer } from './ccxt/dispatcher.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { NamedEndpoint, Parameters, SigningExtras } from './ccxt/exchange.ts';
import type { AccountRequests } from './connected-account.ts';
import type { GatewayTimeouts } from './connection.ts';
import type { Lane } from './gateway.ts';
import type { RateCost } from './rate-budget.ts';
import type { ClassifiedRead } from './read-answer.ts';
import { NoSuchOrder, ReadFailure, RetryableReadFailure, retryRead } from './read-retry.ts';
import type { VenueClock } from './venue-clock.ts';
import type { WriteResult, WriteTerms } from './write.ts';

/** The draw of one request, and the allowance that it is on. */
export interface Draw {
  readonly allowance: Allowance;
  readonly cost: RateCost;
}

/** For how long the venue may still act on a request. */
export interface Lifetime {
  /** From the time that the request is signed with. */
  readonly lifetimeMs: number;
  /** The same as a moment of the venue's clock. */
  readonly expiresAt: TimeMs;
}

/** A request with its lifetime, where the venue takes it: among the parameters, as a header, or by signing with it. */
export interface BoundedRequest extends SigningExtras {
  readonly parameters: Parameters;
}

/** How one venue is asked and how its answers read. */
export interface RequestRules<Endpoint extends NamedEndpoint> {
  /** Throws `ReadFailure` for an endpoint that this account has no use of. */
  readonly draw: (endpoint: Endpoint, parameters: Parameters) => Draw;
  readonly bounded: (endpoint: Endpoint, parameters: Parameters, lifetime: Lifetime) => BoundedRequest;
  readonly classifyRead: (endpoint: Endpoint, answer: RawAnswer) => ClassifiedRead;
  /** Whether an answer says that we ask too much. */
  readonly isThrottled: (answer: RawAnswer) => boolean;
  /** How long an answer asks us to wait, milliseconds; null when it does not say. */
  readonly waitMs: (answer: RawAnswer) => number | null;
  /** Where the venue's time is read, by the kind that is asked about. */
  readonly timeEndpoint: (kind: InstrumentKind) => Endpoint;
  /** Throws `MalformedAnswer`. */
  readonly timeFrom: (body: JsonValue) => TimeMs;
}

export interface VenueRequestsOptions<Endpoint extends NamedEndpoint> {
  readonly calls: Pick<VenueCalls, 'call'>;
  readonly rules: RequestRules<Endpoint>;
  readonly allowances: Allowances;
  readonly clock: VenueClock;
  /** As `Platform.random`. */
  readonly random: () => number;
  readonly timeouts: GatewayTimeouts;
  readonly breaker: { readonly failures: number; readonly halfOpenAfterMs: number };
  /** The kinds that the account trades; the clock is measured at the first. */
  readonly kinds: readonly InstrumentKind[];
}

/** A read that finds no room says so before its own deadline says less. */
const ADMISSION_MARGIN_MS = 50;
/** Reads and cancels are valid for this long; creates state their own lifetime. */
const ORDINARY_LIFETIME_MS = 5_000;

export class VenueRequests<Endpoint extends NamedEndpoint> implements AccountRequests {
  readonly breaker: VenueBreaker;
  readonly allowances: Allowances;
  readonly #options: VenueRequestsOptions<Endpoint>;
  #measuring: Promise<void> | null = null;

  constructor(options: VenueRequestsOptions<Endpoint>) {
    this.#options = options;
    this.allowances = options.allowances;
    this.breaker = new VenueBreaker({
      ...options.breaker,
      scheduler: options.clock.local,
      probe: async () => this.#measure(),
    });
  }

  rateBudgetLeft(): number {
    return this.allowances.freeShare();
  }

  close(): void {
    this.breaker.close();
    this.allowances.close();
  }

  /**
   * Sends once. With `signedAt` the request is signed with that time, valid for `lifetimeMs` from it, and does
   * not leave later than that; without, it is signed as it leaves. Never rejects for anything on the wire.
   */
  async write(endpoint: Endpoint, parameters: Parameters, terms: WriteTerms): Promise<WriteResult> {
    const { calls, clock, rules, timeouts } = this.#options;
    const { annul, lifetimeMs, signedAt } = terms;
    const expiresAt = signedAt === null ? null : signedAt + lifetimeMs;
    const leftMs = expiresAt === null ? timeouts.writeMs : expiresAt - clock.now();
    if (leftMs < 0) return { kind: 'not_sent', reason: 'expired', detail: `${-leftMs} ms too late` };
    const { allowance, cost } = rules.draw(endpoint, parameters);
    const admission = await allowance.budget.acquire(
      terms.lane,
      cost,
      Math.min(leftMs, timeouts.writeMs),
      annul,
    );
    if (admission.kind === 'no_room')
      return {
        kind: 'not_sent',
        reason: annul?.aborted === true ? 'annulled' : 'rate_budget',
        detail: admission.detail,
      };
    const request = this.#bounded(endpoint, parameters, lifetimeMs, expiresAt);
    const result = await calls.call(endpoint, request.parameters, {
      timeoutMs: timeouts.writeMs,
      signedAt,
      expiresAt,
      extras: request,
      ...(annul === undefined ? {} : { annul }),
    });
    allowance.settle(cost, result.kind === 'answered' ? result.answer : null);
    return result;
  }

  /** Cancels and settings: signed as they leave. */
  async writeNow(endpoint: Endpoint, parameters: Parameters, lane: Lane): Promise<WriteResult> {
    return this.write(endpoint, parameters, { lane, signedAt: null, lifetimeMs: ORDINARY_LIFETIME_MS });
  }

  /** The body of a read. Rejects with `NoSuchOrder` or another `ReadFailure`, after the attempts are used up. */
  async read(endpoint: Endpoint, parameters: Parameters, lane: Lane): Promise<JsonValue> {
    return this.#retried(async (timeoutMs) => this.#attempt(endpoint, parameters, lane, timeoutMs));
  }

  /** The venue's own clock, read now; also a sample for ours. */
  async venueTime(kind: InstrumentKind, lane: Lane): Promise<TimeMs> {
    return this.#retried(async (timeoutMs) => this.#readTime(kind, lane, timeoutMs));
  }

  /** Samples the clock in the background, one at a time. */
  measureClock(): void {
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = null;
    });
  }

  async #retried<Value>(attempt: (timeoutMs: number) => Promise<Value>): Promise<Value> {
    const { clock, random, timeouts } = this.#options;
    return retryRead(attempt, { timeoutMs: timeouts.readMs, scheduler: clock.local, random });
  }

  /** One reading of the venue's clock. A failed one has been reported to the breaker; no caller waits for it. */
  async #measure(): Promise<void> {
    const { kinds, timeouts } = this.#options;
    const [kind] = kinds;
    if (kind === undefined) return;
    try {
      await this.#readTime(kind, 'look_up', timeouts.readAttemptMs);
    } catch (error) {
      const isFailedRead =
        error instanceof ReadFailure ||
        error instanceof RetryableReadFailure ||
        error instanceof MalformedAnswer;
      if (!isFailedRead) throw error;
    }
  }

  async #readTime(kind: InstrumentKind, lane: Lane, timeoutMs: number): Promise<TimeMs> {
    const { clock, rules } = this.#options;
    let sentAtMs = 0;
    const body = await this.#attempt(rules.timeEndpoint(kind), {}, lane, timeoutMs, () => {
      sentAtMs = clock.local.monotonic();
    });
    const receivedAtMs = clock.local.monotonic();
    const venueTime = rules.timeFrom(body);
    clock.record(sentAtMs, receivedAtMs, venueTime);
    return venueTime;
  }

  async #attempt(
    endpoint: Endpoint,
    parameters: Parameters,
    lane: Lane,
    timeoutMs: number,
    onLeave: () => void = () => undefined,
  ): Promise<JsonValue> {
    const { calls, rules, timeouts } = this.#options;
    const { allowance, cost } = rules.draw(endpoint, parameters);
    const admission = await allowance.budget.acquire(lane, cost, timeoutMs - ADMISSION_MARGIN_MS);
    if (admission.kind === 'no_room') throw new ReadFailure(admission.detail, 'rate_budget');
    onLeave();
    const request = this.#bounded(endpoint, parameters, ORDINARY_LIFETIME_MS, null);
    const result = await calls.call(endpoint, request.parameters, {
      timeoutMs: Math.min(timeoutMs, timeouts.readAttemptMs),
      signedAt: null,
      expiresAt: null,
      extras: request,
    });
    allowance.settle(cost, result.kind === 'answered' ? result.answer : null);
    if (result.kind !== 'answered') {
      this.breaker.observe('failing');
      throw new RetryableReadFailure(`${endpoint.path}: ${result.detail}`);
    }
    return this.#bodyOf(endpoint, result.answer);
  }

  /** The body that a read's answer proves; reports to the breaker what the answer says of the venue's state. */
  async #bodyOf(endpoint: Endpoint, answer: RawAnswer): Promise<JsonValue> {
    const { rules } = this.#options;
    const classified = rules.classifyRead(endpoint, answer);
    this.breaker.observe(classified.kind === 'retryable' && classified.unhealthy ? 'failing' : 'healthy');
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
          rules.waitMs(answer),
          rules.isThrottled(answer) ? 'rate_budget' : 'unreachable',
        );
    }
  }

  async #remeasure(): Promise<void> {
    this.measureClock();
    await this.#measuring;
  }

  #bounded(
    endpoint: Endpoint,
    parameters: Parameters,
    lifetimeMs: number,
    expiresAt: TimeMs | null,
  ): BoundedRequest {
    const { clock, rules } = this.#options;
    return rules.bounded(endpoint, parameters, {
      lifetimeMs,
      expiresAt: expiresAt ?? clock.now() + lifetimeMs,
    });
  }
}
