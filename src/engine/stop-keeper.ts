/**
 * Looks after stops that were canceled to make room for another order, until one is in their place: a placement that was lost, refused
 * or proven never to have been made is tried again, and an alarm stands meanwhile.
 *
 * Entry point: `StopKeeper`.
 *
 * Invariants:
 *  1. A stop is looked after until an order like it works, somebody has canceled that, nothing is left that it would close, its account is
 *     removed, or the journal has it no more because somebody else has released it.
 *  2. No second order is placed while the outcome of the first is not known.
 *  3. Placements are tried for `PUT_BACK_FOR_MS`; the alarm stands beyond that.
 *  4. Where the market has passed the stop price meanwhile, and a second datum says so too, the position is closed at once, as the stop
 *     would have done: for what the stop was to close of it, over all orders in its place together, and never for more than is open and
 *     no other stop closes. Coins beside the position are not sold.
 *  5. The journal has each stop from its cancel on: the next owner of the portfolio goes on with it, also one that owned it before. Nothing is
 *     placed before the account has been compared with the exchange under this owner.
 */
import type { Decimal } from '../core/decimal.ts';
import { JUMP_CONFIRM_AFTER_MS, JUMP_CONFIRM_WITHIN_MS } from '../core/mark-confirmation.ts';
import type { AccountId, AccountMode, OrderId, PortfolioId, TimeMs } from '../core/ids.ts';
import { placedFor } from '../core/order/kept-stops.ts';
import type { Order } from '../core/order/order.ts';
import { putBackOf } from '../core/order/placed-anew.ts';
import { isFinished } from '../core/order/transitions.ts';
import {
  knownUncovered,
  NOTHING_BESIDE,
  uncoveredOfPosition,
  uncoveredQuantity,
} from '../core/order/uncovered.ts';
import type { BesidePosition } from '../core/order/kept-stop-record.ts';
import type { Input } from '../core/portfolio/decide.ts';
import { positionKeyOf } from '../core/portfolio/keys.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import { quantityBeingClosed } from '../core/position/closable.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import {
  EngineUnavailable,
  type CanceledStop,
  type LostStop,
  type PlaceAnswer,
  type PlaceIntent,
} from './desk.ts';
import type { Log } from './log.ts';
import { fateOf, wordsOf } from './placement-fate.ts';

/** How long placements of a stop are tried again, in milliseconds, from when its place was first found empty. */
export const PUT_BACK_FOR_MS = 600_000;
/** Between the first two placements, in milliseconds; then double, to the longest. */
export const FIRST_PUT_BACK_MS = 1_000;
export const LONGEST_PUT_BACK_MS = 15_000;
/** How long a placement may be in doubt until the alarm begins, in milliseconds. */
export const PUT_BACK_DOUBT_MS = 5_000;
/** How long an order on its way may close a position without a stop until the alarm begins, in milliseconds. */
export const CLOSE_DOUBT_MS = 15_000;
/** After this an order that the books do not have is not taken in any more, in milliseconds. */
export const PUT_BACK_ABSENT_MS = 30_000;
/**
 * How long a request that has canceled a stop may take to place what the stop makes room for, in milliseconds; then the stop is looked after
 * without it.
 */
export const KEPT_BY_REQUEST_MS = 120_000;
const LOOK_EVERY_MS = 500;

const CANCEL_IN_DOUBT = 'its cancel is not confirmed yet';
const PLACEMENT_IN_DOUBT = 'whether the new stop was placed is not known yet';
const NO_STOP = 'no stop is in its place';
const NOT_COMPARED = 'its account has not been compared with the exchange since the start';
const CLOSE_IN_DOUBT = 'whether an order on its way closes the position is not known yet';
const ACCOUNT_REMOVED = 'a stop is not looked after any more: its account was removed';
const RELEASED = 'a stop is not looked after any more: it was released';
const PASSED = 'the market has passed its stop price';

interface Kept {
  readonly canceled: CanceledStop;
  readonly beside: BesidePosition;
  readonly mode: AccountMode;
  replacement: OrderId | null;
  /** Whether the replacement leaves what the stop was to sell beside the position. */
  isOfPosition: boolean;
  /** The last refusal for a market beyond the stop price, on the monotonic clock, and whether it confirmed another one; null before any. */
  passed: { readonly at: number; readonly by: 'rules' | 'venue'; readonly isConfirmed: boolean } | null;
  /** On the monotonic clock: since the replacement is waited for. */
  waitsSince: number;
  /** Null while nothing is wrong. */
  alarm: { readonly since: TimeMs; why: string } | null;
  /** On the monotonic clock: since its place is found empty, and since an order on its way closes the position; null while not. */
  emptySince: number | null;
  closingSince: number | null;
  nextTryAt: number;
  waitMs: number;
  isGivenUp: boolean;
  /** Whether the journal has taken it in: where it has it no more, somebody else has released it. */
  isJournaled: boolean;
}

export interface StopKeeperOptions {
  readonly portfolioId: PortfolioId;
  readonly clock: Clock;
  readonly log: Log;
  readonly background: Pick<Background, 'run'>;
  readonly isOpen: () => boolean;
  readonly state: () => PortfolioState;
  /** In memory or in the read model. */
  readonly order: (orderId: OrderId) => Promise<Order | null>;
  /** Whether the books hold what went on at the account's venue before this process came to own the portfolio. */
  readonly isCompared: (accountId: AccountId) => boolean;
  /** Whether the portfolio has the account no more: what is there is left to its venue. */
  readonly isRemoved: (accountId: AccountId) => boolean;
  readonly place: (intent: PlaceIntent) => Promise<PlaceAnswer>;
  readonly submit: (make: () => Input) => Promise<unknown>;
  /** The lot that a quantity of the stop's instrument is rounded down to; null where it is not known now. */
  readonly lotSize: (order: Order) => Decimal | null;
  /** Whether the market has reached the stop price, by a price that is no older than this; null where none is to be had. */
  readonly isReachedNow: (stop: Order, maxAgeMs: number) => Promise<boolean | null>;
}

export class StopKeeper {
  readonly #options: StopKeeperOptions;
  readonly #kept = new Map<OrderId, Kept>();
  /** Those that a request is to hand over, with when it canceled them, on the monotonic clock. */
  readonly #claimed = new Map<OrderId, number>();
  #stopTimer: (() => void) | null = null;
  #isLooking = false;
  #isStopped = false;

  constructor(options: StopKeeperOptions) {
    this.#options = options;
  }

  /** Ends it; every stop that is not known to be in its place is named in the log, also one that comes after. */
  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
    this.#stopTimer = null;
    for (const kept of this.#kept.values()) {
      const why = kept.alarm?.why ?? this.#missingNow(kept);
      if (why !== null) this.#nameAtEnd(kept.canceled, why);
    }
  }

  /** Goes on with the stops that the journal has, and with those that it never got, once the portfolio is recovered. */
  start(): void {
    if (this.#kept.size + this.#options.state().keptStops.size > 0) this.#lookLater();
  }

  /** Another node owns the portfolio: the stops that the journal has are that node's, or taken over from it later. */
  leave(): void {
    for (const [orderId, { isJournaled }] of this.#kept) if (isJournaled) this.#kept.delete(orderId);
  }

  /** A request cancels the stop and hands it over to `keep` once it has placed its own order. */
  claim(orderId: OrderId): void {
    if (!this.#kept.has(orderId)) this.#claimed.set(orderId, this.#options.clock.monotonic());
    this.#lookLater();
  }

  /** Looks after a stop from now on; one that is looked after already goes on as before. */
  keep(canceled: CanceledStop, isOfPosition = false): void {
    const { stop, replacement } = canceled;
    const beside = canceled.beside ?? NOTHING_BESIDE;
    this.#claimed.delete(stop.orderId);
    if (this.#kept.has(stop.orderId)) return;
    if (this.#isStopped) {
      const why = this.#missingNow({ canceled, beside, replacement });
      if (why !== null) this.#nameAtEnd(canceled, why);
      return;
    }
    const { background, clock } = this.#options;
    const now = clock.monotonic();
    const kept: Kept = {
      canceled,
      beside,
      mode: stop.mode,
      replacement,
      isOfPosition,
      passed: null,
      waitsSince: now,
      alarm: null,
      emptySince: null,
      closingSince: null,
      nextTryAt: now,
      waitMs: FIRST_PUT_BACK_MS,
      isGivenUp: false,
      isJournaled: false,
    };
    this.#kept.set(stop.orderId, kept);
    background.run(this.#journal(kept).catch(unlessUnavailable));
    this.#lookLater();
  }

  async #journal(kept: Kept): Promise<void> {
    const { submit } = this.#options;
    const { beside, canceled } = kept;
    const { requestedBy, stop, isShort } = canceled;
    const short = isShort === undefined ? {} : { isShort };
    await submit(() => ({ type: 'keep_stop', orderId: stop.orderId, requestedBy, beside, ...short }));
    kept.isJournaled = true;
  }

  /** Whether it is a stop that is looked after. */
  looksAfterStop(orderId: OrderId): boolean {
    return this.#kept.has(orderId);
  }

  /** Whether it is one, or was placed for one. */
  looksAfter(orderId: OrderId): boolean {
    const replaced = orderOf(this.#options.state(), orderId)?.replaces;
    return this.#kept.has(orderId) || (replaced !== undefined && this.#kept.has(replaced));
  }

  /** The positions that miss a stop now. */
  lost(): readonly LostStop[] {
    return [...this.#kept.values()].flatMap(({ canceled: { stop }, beside, mode, alarm, isGivenUp }) =>
      alarm === null
        ? []
        : [
            {
              accountId: stop.accountId,
              mode,
              symbol: stop.symbol,
              positionSide: stop.positionSide,
              orderId: stop.orderId,
              stopPrice: stop.stopPrice,
              uncovered: knownUncovered(this.#options.state(), stop, beside),
              why: alarm.why,
              since: alarm.since,
              isTried: !isGivenUp,
            },
          ],
    );
  }

  /** Looks do not overlap: the next one comes after the one under way. */
  #lookLater(): void {
    if (this.#isStopped || this.#isLooking) return;
    this.#stopTimer ??= this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#stopTimer = null;
      if (this.#isStopped) return;
      this.#options.background.run(this.#look());
    });
  }

  /** One after the other: each stop is placed for what those before it leave. */
  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      if (this.#options.isOpen()) await this.#takeOver();
      for (const kept of this.#kept.values()) {
        if (this.#isStopped || !this.#options.isOpen()) break;
        await this.#carryOn(kept);
      }
    } catch (error) {
      // The books cannot be read now: they are looked at again.
      if (!(error instanceof EngineUnavailable)) throw error;
    } finally {
      this.#isLooking = false;
      if (this.#kept.size + this.#claimed.size + this.#options.state().keptStops.size > 0) this.#lookLater();
    }
  }

  /** Those of the journal that nobody here looks after: of a former process, or of a request that has not handed them over. */
  async #takeOver(): Promise<void> {
    const { clock, order, place, state } = this.#options;
    for (const [orderId, since] of this.#claimed)
      if (clock.monotonic() - since >= KEPT_BY_REQUEST_MS) this.#claimed.delete(orderId);
    for (const { orderId, requestedBy, beside, isShort } of state().keptStops.values()) {
      if (this.#kept.has(orderId) || this.#claimed.has(orderId)) continue;
      const stop = await order(orderId);
      if (stop === null) continue;
      const placeAnew: CanceledStop['placeAnew'] = async (quantity, onWouldTrigger) => {
        const terms = putBackOf(stop, quantity, requestedBy);
        const closesNow = onWouldTrigger === 'close_now' ? { onWouldTrigger } : {};
        return terms === null ? null : place({ ...terms, ...closesNow });
      };
      const placed = placedFor(state(), orderId);
      // Only a close in the stop's place has `close_now` where the stop has not.
      const isOfPosition = placed?.onWouldTrigger === 'close_now' && stop.onWouldTrigger !== 'close_now';
      // An order that closes less than the stop was to close does not end that it is missing.
      const replacement = isShort === true ? null : (placed?.orderId ?? null);
      this.keep({ stop, replacement, requestedBy, beside, isShort, placeAnew }, isOfPosition);
    }
  }

  async #carryOn(kept: Kept): Promise<void> {
    const { order, state, clock } = this.#options;
    const { stop } = kept.canceled;
    // The journal has it from its cancel on: where it does not, somebody has released it, maybe before it was handed over.
    if (!kept.isJournaled) await this.#journal(kept);
    if (!state().keptStops.has(stop.orderId)) return this.#drop(kept, RELEASED);
    if (this.#options.isRemoved(stop.accountId)) return this.#end(kept, ACCOUNT_REMOVED);
    if (!this.#options.isCompared(stop.accountId)) return this.#inDoubt(kept, NOT_COMPARED);
    const old = (await order(stop.orderId)) ?? stop;
    if (!isFinished(old.status)) return this.#inDoubt(kept, CANCEL_IN_DOUBT);
    // It was not canceled after all: it was triggered or has ended by its own terms.
    if (old.status !== 'canceled') return this.#end(kept);
    if (kept.replacement !== null) {
      const placed = await order(kept.replacement);
      const isLate = clock.monotonic() - kept.waitsSince >= PUT_BACK_ABSENT_MS;
      switch (placed === null ? (isLate ? 'lost' : 'waits') : fateOf(placed, clock.now())) {
        case 'works':
          if (placed === null || !kept.isOfPosition) return this.#end(kept);
          // A close may leave a part of the position, and what the stop was to sell beside it.
          if (placed.stopPrice === null && !isFinished(placed.status)) return this.#closing(kept, old);
          kept.replacement = null;
          break;
        case 'waits':
          return this.#inDoubt(kept, PLACEMENT_IN_DOUBT);
        case 'lost':
          kept.replacement = null;
          this.#alarm(kept, placed?.reason?.detail ?? 'it was not placed');
          if (placed?.reason?.code === 'would_trigger') this.#notePassed(kept, 'venue');
      }
    }
    const position = state().positions.get(positionKeyOf(old));
    // An order on its way may close all of it, or fail: the stop waits for that.
    if (position !== undefined && quantityBeingClosed(state(), position).isPositive())
      return this.#closing(kept, old);
    kept.closingSince = null;
    const lot = this.#options.lotSize(old);
    const onLot = (figure: Decimal): Decimal =>
      lot === null ? figure : figure.roundToMultipleOf(lot, 'down');
    const quantity = onLot(uncoveredQuantity(state(), old, kept.beside));
    if (!quantity.isPositive()) return this.#end(kept);
    await this.#tryAgain(kept, quantity, onLot(uncoveredOfPosition(state(), old, kept.beside)));
  }

  /** `ofPosition` is the part of the quantity that is open of the position and that no other stop closes. */
  async #tryAgain(kept: Kept, quantity: Decimal, ofPosition: Decimal): Promise<void> {
    const { clock, log } = this.#options;
    const now = clock.monotonic();
    if (kept.alarm === null) this.#alarm(kept, NO_STOP);
    kept.emptySince ??= now;
    if (kept.isGivenUp || now < kept.nextTryAt) return;
    if (now - kept.emptySince >= PUT_BACK_FOR_MS) {
      kept.isGivenUp = true;
      log.error(
        this.#fields(kept.canceled, kept.alarm?.why ?? NO_STOP),
        'a stop could not be placed anew and is not tried any more',
      );
      return;
    }
    const next = ofPosition.isPositive() ? await this.#afterPassed(kept, now) : 'place';
    if (next === 'wait' || this.#kept.get(kept.canceled.stop.orderId) !== kept) return;
    const closesNow = next === 'close';
    kept.isOfPosition = closesNow;
    if (closesNow) kept.passed = null;
    try {
      const answer = await kept.canceled.placeAnew(
        closesNow ? ofPosition : quantity,
        closesNow ? 'close_now' : 'refuse',
      );
      if (answer === null) return this.#end(kept);
      if (answer.kind === 'accepted') {
        kept.replacement = answer.order.orderId;
        kept.waitsSince = now;
        if (closesNow && answer.order.stopPrice === null)
          log.warn(
            { ...this.#fields(kept.canceled, PASSED), closedBy: answer.order.orderId },
            'the market has passed a stop while it was canceled: its position is closed at once',
          );
      } else if (kept.alarm !== null) {
        kept.alarm.why = wordsOf(answer);
        if (answer.kind === 'denied' && answer.refusals.some(({ code }) => code === 'would_trigger')) {
          this.#notePassed(kept, 'rules');
          // Nothing of it can be closed at once: the market may come back.
          if (ofPosition.isPositive()) return;
        }
      }
    } catch (error) {
      if (kept.alarm !== null) kept.alarm.why = error instanceof Error ? error.message : 'it failed here';
      // It may have been taken in: the books say so once they can be read.
      if (error instanceof EngineUnavailable && error.orderInDoubt !== null) {
        kept.replacement = error.orderInDoubt;
        kept.waitsSince = now;
      }
    }
    kept.nextTryAt = clock.monotonic() + kept.waitMs;
    kept.waitMs = Math.min(kept.waitMs * 2, LONGEST_PUT_BACK_MS);
  }

  /** Notes a datum of the market beyond the stop price. A refusal of the venue is always a new one; one of the rules may be the last again. */
  #notePassed(kept: Kept, by: 'rules' | 'venue'): void {
    const now = this.#options.clock.monotonic();
    const isConfirmed = by === 'venue' && kept.passed !== null && isSecond(kept.passed.at, now);
    kept.passed = { at: now, by, isConfirmed };
    kept.nextTryAt = now + JUMP_CONFIRM_AFTER_MS;
  }

  /** A close takes a second datum of the market beyond the stop price, later than the first and soon enough. */
  async #afterPassed({ canceled: { stop }, passed }: Kept, now: number): Promise<'close' | 'wait' | 'place'> {
    if (passed === null || !isSecond(passed.at, now)) return 'place';
    if (passed.isConfirmed) return 'close';
    const isReached = await this.#options.isReachedNow(stop, now - passed.at - JUMP_CONFIRM_AFTER_MS);
    if (isReached !== null) return isReached ? 'close' : 'place';
    // Where no price is to be had here, the venue says by another placement how it stands.
    return passed.by === 'venue' ? 'place' : 'wait';
  }

  /** An order on its way closes the position: the stop waits for that, and what is bare meanwhile is an alarm from its bound on. */
  #closing(kept: Kept, old: Order): void {
    const now = this.#options.clock.monotonic();
    kept.closingSince ??= now;
    // The time for placements is that of an empty place, which is not known to be one now.
    kept.emptySince = null;
    if (now - kept.closingSince < CLOSE_DOUBT_MS) return;
    if (knownUncovered(this.#options.state(), old, kept.beside).isPositive())
      this.#alarm(kept, CLOSE_IN_DOUBT);
  }

  #inDoubt(kept: Kept, why: string): void {
    if (this.#options.clock.monotonic() - kept.waitsSince >= PUT_BACK_DOUBT_MS) this.#alarm(kept, why);
  }

  #alarm(kept: Kept, why: string): void {
    if (kept.alarm !== null) {
      kept.alarm.why = why;
      return;
    }
    const { clock, log } = this.#options;
    kept.alarm = { since: clock.now(), why };
    log.warn(this.#fields(kept.canceled, why), 'a position misses its stop');
  }

  /** Why a stop is not known to be in its place, as memory has it; null where it is, or nothing is left that it would close. */
  #missingNow({
    canceled: { stop },
    beside,
    replacement,
  }: Pick<Kept, 'canceled' | 'beside' | 'replacement'>): string | null {
    const state = this.#options.state();
    const old = orderOf(state, stop.orderId) ?? stop;
    if (isFinished(old.status) && old.status !== 'canceled') return null;
    const placed = replacement === null ? undefined : orderOf(state, replacement);
    const fate = placed === undefined ? 'lost' : fateOf(placed, this.#options.clock.now());
    if (fate === 'works') return null;
    if (fate === 'waits') return PLACEMENT_IN_DOUBT;
    if (!uncoveredQuantity(state, old, beside).isPositive()) return null;
    return isFinished(old.status) ? NO_STOP : CANCEL_IN_DOUBT;
  }

  #nameAtEnd(canceled: CanceledStop, why: string): void {
    this.#options.log.error(this.#fields(canceled, why), 'a stop is not in its place at the end');
  }

  async #end(kept: Kept, words?: string): Promise<void> {
    const { orderId } = kept.canceled.stop;
    // It is looked at again where this cannot be journaled now.
    await this.#options.submit(() => ({ type: 'release_stop', orderId }));
    this.#drop(kept, words);
  }

  /** It is not looked after any more; the log has why where that is said, or where an alarm stood. */
  #drop(kept: Kept, words = kept.alarm === null ? null : 'a position misses its stop no longer'): void {
    this.#kept.delete(kept.canceled.stop.orderId);
    if (words !== null) this.#options.log.info(this.#fields(kept.canceled, kept.alarm?.why ?? ''), words);
  }

  #fields({ stop }: CanceledStop, why: string): Readonly<Record<string, unknown>> {
    const { orderId, accountId, symbol, positionSide, stopPrice } = stop;
    const { portfolioId } = this.#options;
    return { portfolioId, orderId, accountId, symbol, positionSide, stopPrice: stopPrice?.toString(), why };
  }
}

/** Whether a datum at `now` comes as long after a first one, on the monotonic clock, as one that confirms it must. */
function isSecond(firstAt: number, now: number): boolean {
  return now - firstAt >= JUMP_CONFIRM_AFTER_MS && now - firstAt <= JUMP_CONFIRM_WITHIN_MS;
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof EngineUnavailable)) throw error;
}
