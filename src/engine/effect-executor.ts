/**
 * Executes the effects of decisions at the venue, and submits their outcomes to the inbox.
 *
 * Entry points: `EffectExecutor`: `execute` (the effects of a decision), `cancel`, `lookUp`, `fetchFills`.
 * Invariants:
 *  1. Each order has at most one send, one cancel and one look-up under way; each instrument one reading of fills.
 *  2. A gateway that throws, against its contract, gives an unknown outcome, never a refusal.
 */
import type { AccountId, InstrumentSymbol, OrderId, TimeMs, VenueOrderId } from '../core/ids.ts';
import { venueClientOrderId } from '../core/ids.ts';
import type { Input } from '../core/portfolio/decide.ts';
import type { Effect } from '../core/portfolio/draft.ts';
import { finishesAtOnce, lastAttemptExpiresAt, type Order } from '../core/order/order.ts';
import { isFinished } from '../core/order/transitions.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import { closesPosition } from '../core/risk/exposure.ts';
import type { KindCapabilities } from '../core/venue/capabilities.ts';
import type { CancelOutcome, SendOutcome } from '../core/venue/outcome.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../core/venue/report.ts';
import type { Gateway, ReadAnswer } from '../venues/gateway.ts';
import { AcceptedCancels } from './accepted-cancels.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import type { Identity } from './identity.ts';
import type { InboxLane } from './inbox.ts';
import type { Log } from './log.ts';
import { UnansweredWrites } from './unanswered-writes.ts';
import { wireOrder } from './wire-order.ts';

/** How far before an order's first attempt its history and fills are searched, for clocks that differ. */
const HISTORY_MARGIN_MS = 60_000;
/** As above for one look-up: `signedAt` is venue time, and no venue takes a request from further in its future. */
const LOOK_UP_MARGIN_MS = 5_000;
const FINISH_POLL_MS = 20;
/** Pages of fills read in one go; the follow-up reads on. */
const MAX_PAGES = 50;

/** While the journal is unavailable, an unconfirmed cancel is repeated after this long, then at doubling intervals. */
const FIRST_CANCEL_REPEAT_MS = 200;
const LONGEST_CANCEL_REPEAT_MS = 5_000;

/** Makes a cancel that waits to be repeated go out at once. */
interface CancelRepeat {
  now: () => void;
}

export interface EffectExecutorOptions {
  readonly gatewayOf: (accountId: AccountId) => Gateway | undefined;
  readonly state: () => PortfolioState;
  /** Whether this node may still act as owner; false near the end of its lease. */
  readonly mayAct: () => boolean;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<unknown>;
  /** Takes in executions that were read; resolves once all of them are in the books, and the cursor, if given, has moved. */
  readonly takeFills: (
    accountId: AccountId,
    symbol: InstrumentSymbol,
    fills: readonly VenueFill[],
    cursor: FillsCursor | null,
  ) => Promise<void>;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly log: Log;
}

export class EffectExecutor {
  readonly #options: EffectExecutorOptions;
  readonly #sends = new Map<OrderId, AbortController>();
  /** Cancels under way, or waiting to be repeated. */
  readonly #cancels = new Map<OrderId, CancelRepeat>();
  readonly #acceptedCancels = new AcceptedCancels();
  readonly #lookUps = new Set<OrderId>();
  /** Instruments whose fills are being read; true when they are to be read once more. */
  readonly #fillReads = new Map<string, { again: boolean; since: TimeMs; done: Promise<boolean> }>();
  readonly #identifying = new Set<string>();
  readonly #unanswered = new UnansweredWrites();
  /** Counts everything that may move a balance at the venue: a reading during which it changes was overlapped. */
  #activity = 0;

  constructor(options: EffectExecutorOptions) {
    this.#options = options;
  }

  get activity(): number {
    return this.#activity;
  }

  get isSending(): boolean {
    return this.#sends.size > 0 || this.#cancels.size > 0;
  }

  /** Reads the executions of an order again, from its first send: the ordinary reading may have passed some by. */
  searchFills(order: Order): void {
    this.#inBackground(this.#rereadFills(order));
  }

  /** Resolves when every send and cancel under way has its outcome decided, or after `boundMs`. */
  async finished(boundMs: number): Promise<void> {
    const endsAt = this.#options.clock.monotonic() + boundMs;
    while (this.isSending && this.#options.clock.monotonic() < endsAt) {
      await new Promise<void>((resolve) => {
        this.#options.clock.after(FINISH_POLL_MS, resolve);
      });
    }
  }

  /** Resolves when every send and cancel through a gateway is answered, or after `boundMs`. */
  async answered(gateway: Gateway, boundMs: number): Promise<void> {
    const endsAt = this.#options.clock.monotonic() + boundMs;
    while (this.#unanswered.has(gateway) && this.#options.clock.monotonic() < endsAt) {
      await new Promise<void>((resolve) => {
        this.#options.clock.after(FINISH_POLL_MS, resolve);
      });
    }
  }

  /** The gateway has stopped: the outcome of each write that it has not answered is unknown from now on. */
  endUnanswered(gateway: Gateway): void {
    this.#unanswered.end(gateway);
  }

  execute(effects: readonly Effect[]): void {
    for (const effect of effects) this.#executeOne(effect);
  }

  #executeOne(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#inBackground(this.#send(effect.orderId));
        return;
      case 'cancel':
        this.cancel(effect.orderId);
        return;
      case 'annul':
        this.#sends.get(effect.orderId)?.abort();
        return;
      case 'look_up':
        this.lookUp(effect.orderId);
        return;
      case 'fetch_fills':
        this.#inBackground(this.fetchFills(effect.accountId, effect.symbol));
        return;
      case 'identify':
        this.#inBackground(this.#identify(effect.accountId, effect.symbol, effect.venueOrderId));
        return;
    }
  }

  /** Sends a cancel now unless one is under way. Does not wait for the journal. */
  cancel(orderId: OrderId): void {
    const underWay = this.#cancels.get(orderId);
    if (underWay === undefined) this.#inBackground(this.#cancel(orderId));
    else underWay.now();
  }

  /** Whether the venue has accepted a cancel of the order, since this process runs. */
  isCancelAccepted(orderId: OrderId): boolean {
    return this.#acceptedCancels.has(orderId);
  }

  lookUp(orderId: OrderId): void {
    if (!this.#lookUps.has(orderId)) this.#inBackground(this.#lookUp(orderId));
  }

  isBusyWith(orderId: OrderId): { readonly cancel: boolean; readonly lookUp: boolean } {
    return { cancel: this.#cancels.has(orderId), lookUp: this.#lookUps.has(orderId) };
  }

  /** Resolves when the look-up under way, or a new one, is decided. */
  async refresh(orderId: OrderId): Promise<void> {
    await this.#lookUp(orderId);
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      // The follow-ups try again from the state; a fenced or stopping portfolio rejects its inputs on purpose.
      this.#options.log.warn({ error }, 'an effect could not be completed');
    });
  }

  async #send(orderId: OrderId): Promise<void> {
    const order = this.#options.state().unfinished.get(orderId);
    const attempt = order?.attempts.at(-1);
    if (order === undefined || attempt === undefined || order.status !== 'submitting') return;
    const annul = new AbortController();
    this.#sends.set(orderId, annul);
    this.#activity += 1;
    let outcome: SendOutcome;
    try {
      outcome = await this.#trySend(order, attempt, annul.signal);
    } catch (error) {
      outcome = { kind: 'unknown', detail: `the gateway failed: ${String(error)}` };
    }
    const jitter = this.#options.identity.fraction();
    try {
      // In one lane, so that an order that follows the refusal is decided in the new mode.
      if (outcome.kind === 'refused' && outcome.reason.kind === 'position_mode')
        await Promise.all([
          this.#noteRefusedMode(order.accountId),
          this.#submitOutcome(orderId, attempt.n, outcome, jitter),
        ]);
      else await this.#submitOutcome(orderId, attempt.n, outcome, jitter);
    } finally {
      this.#sends.delete(orderId);
      this.#activity += 1;
    }
  }

  /** An outcome that the journal refuses to hold leaves the order in doubt: it is looked up like any other. */
  async #submitOutcome(orderId: OrderId, n: number, outcome: SendOutcome, jitter: number): Promise<void> {
    const { submit } = this.#options;
    try {
      await submit('outcome', () => ({ type: 'send_outcome', orderId, n, outcome, jitter }));
    } catch (error) {
      if (!(error instanceof EngineUnavailable) || error.reason !== 'record_refused') throw error;
      const inDoubt: SendOutcome = { kind: 'unknown', detail: 'the journal refused to hold its outcome' };
      await submit('outcome', () => ({ type: 'send_outcome', orderId, n, outcome: inDoubt, jitter }));
    }
  }

  /** An order that was refused for its position side shows that the account is in another mode than we had it in. */
  async #noteRefusedMode(accountId: AccountId): Promise<void> {
    const positionMode = this.#options.gatewayOf(accountId)?.connection().positionMode ?? null;
    if (positionMode === null) return;
    await this.#options.submit('outcome', () => ({ type: 'position_mode', accountId, positionMode }));
  }

  #trySend(order: Order, attempt: Order['attempts'][number], annul: AbortSignal): Promise<SendOutcome> {
    const gateway = this.#options.gatewayOf(order.accountId);
    if (gateway === undefined)
      return Promise.resolve({
        kind: 'not_sent',
        reason: 'connect_failed',
        detail: 'the account is not connected',
      });
    if (!this.#options.mayAct()) {
      return Promise.resolve({
        kind: 'not_sent',
        reason: 'expired',
        detail: 'the ownership of this portfolio has run out',
      });
    }
    const sent = gateway.send({
      order: wireOrder(order),
      venueClientOrderId: order.venueClientOrderId,
      signedAt: attempt.signedAt,
      requestLifetimeMs: attempt.requestLifetimeMs,
      reducing: order.approval?.reducing ?? false,
      closing: closesPosition(this.#options.state(), order),
      annul,
    });
    return this.#unanswered.answerOf(gateway, sent, (detail) => ({ kind: 'unknown', detail }));
  }

  /**
   * Asks the venue to cancel. Asks again while the answer leaves the cancel open and its outcome waits for the journal:
   * until the outcome is decided, the follow-ups cannot see that there is something to repeat.
   */
  async #cancel(orderId: OrderId): Promise<void> {
    const repeat: CancelRepeat = { now: () => undefined };
    this.#cancels.set(orderId, repeat);
    this.#activity += 1;
    try {
      for (let tries = 0; ; tries += 1) {
        const outcome = await this.#askToCancel(orderId);
        if (outcome === null) return;
        if (outcome.kind === 'accepted')
          this.#acceptedCancels.add(orderId, (earlier) => this.#options.state().unfinished.has(earlier));
        const decided = this.#options
          .submit('outcome', () => ({ type: 'cancel_outcome', orderId, outcome }))
          .then(() => true);
        if (outcome.kind === 'accepted' || (await this.#decidedBeforeRepeat(decided, repeat, tries))) {
          await decided;
          return;
        }
        this.#inBackground(decided);
      }
    } finally {
      this.#cancels.delete(orderId);
      this.#activity += 1;
    }
  }

  /** Null when there is nothing to cancel, or no gateway to ask. */
  async #askToCancel(orderId: OrderId): Promise<CancelOutcome | null> {
    const order = this.#options.state().unfinished.get(orderId);
    const gateway = order === undefined ? undefined : this.#options.gatewayOf(order.accountId);
    if (order === undefined || gateway === undefined) return null;
    const asked = gateway.cancel({
      symbol: order.symbol,
      venueClientOrderId: order.venueClientOrderId,
      venueOrderIds: order.venueOrderIds,
      conditional: isConditional(order, gateway),
    });
    return this.#unanswered.answerOf(gateway, asked, (detail) => ({ kind: 'unknown', detail }));
  }

  /** True once the outcome is decided; false when it is time to ask again before that. */
  async #decidedBeforeRepeat(
    decided: Promise<boolean>,
    repeat: CancelRepeat,
    tries: number,
  ): Promise<boolean> {
    const waitMs = Math.min(FIRST_CANCEL_REPEAT_MS * 2 ** tries, LONGEST_CANCEL_REPEAT_MS);
    let stopTimer = (): void => undefined;
    const due = new Promise<boolean>((resolve) => {
      repeat.now = () => resolve(false);
      stopTimer = this.#options.clock.after(waitMs, () => resolve(false));
    });
    try {
      return await Promise.race([decided, due]);
    } finally {
      stopTimer();
    }
  }

  async #lookUp(orderId: OrderId): Promise<void> {
    const order = orderOf(this.#options.state(), orderId);
    const gateway = order === undefined ? undefined : this.#options.gatewayOf(order.accountId);
    const signedAt = order?.attempts[0]?.signedAt;
    const capabilities = order === undefined ? null : (gateway?.capabilities.kinds[order.kind] ?? null);
    if (order === undefined || gateway === undefined || signedAt === undefined || capabilities === null)
      return;
    this.#lookUps.add(orderId);
    try {
      const answer = await gateway.lookUp({
        symbol: order.symbol,
        venueClientOrderId: order.venueClientOrderId,
        venueOrderIds: order.venueOrderIds,
        conditional: isConditional(order, gateway),
        thorough: absenceWouldCount(order, capabilities, gateway.venueNow()),
        since: signedAt - LOOK_UP_MARGIN_MS,
      });
      // Unmatched executions are parked by now; parked ones count against an absence as well.
      if (answer.kind === 'absent')
        await this.#options.takeFills(order.accountId, order.symbol, answer.fills, null);
      const reported = answer.kind === 'absent' ? { ...answer, fills: [] } : answer;
      const jitter = this.#options.identity.fraction();
      // A finished order may have left memory while the venue was asked: then the decision drops the answer. The order as it
      // was before must not come back, since it lacks what has been booked meanwhile.
      await this.#options.submit('outcome', () => ({
        type: 'look_up_answer',
        orderId,
        answer: reported,
        capabilities,
        jitter,
      }));
    } finally {
      this.#lookUps.delete(orderId);
    }
  }

  /**
   * Reads the executions of one instrument from where the last reading ended; resolves with whether all were read.
   * Readings of the same instrument share one; a request during a reading makes it read once more. A first reading starts no
   * later than at `since` (venue clock).
   */
  fetchFills(accountId: AccountId, symbol: InstrumentSymbol, since: TimeMs = Infinity): Promise<boolean> {
    const key = instrumentKey(accountId, symbol);
    const running = this.#fillReads.get(key);
    if (running !== undefined) {
      running.again = true;
      running.since = Math.min(running.since, since);
      return running.done;
    }
    const reading = { again: true, since, done: Promise.resolve(false) };
    this.#fillReads.set(key, reading);
    reading.done = (async () => {
      try {
        let complete = true;
        while (reading.again) {
          reading.again = false;
          complete = await this.#readFills(accountId, symbol, reading.since);
        }
        return complete;
      } finally {
        this.#fillReads.delete(key);
      }
    })();
    return reading.done;
  }

  async #readFills(accountId: AccountId, symbol: InstrumentSymbol, since: TimeMs): Promise<boolean> {
    const gateway = this.#options.gatewayOf(accountId);
    if (gateway === undefined) return false;
    const key = instrumentKey(accountId, symbol);
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const state = this.#options.state();
      const readTo = state.fillsCursors.get(key);
      // Of all orders in memory only a first reading asks where it is to start.
      const answer = await (readTo === undefined
        ? gateway.fills(
            symbol,
            null,
            Math.min(fillsStart(state, accountId, symbol, gateway), since - HISTORY_MARGIN_MS),
          )
        : gateway.fills(symbol, readTo, gateway.venueNow()));
      if (answer.kind === 'failed') return false;
      const { cursor, hasMore } = answer.value;
      await this.#options.takeFills(accountId, symbol, answer.value.fills, cursor);
      if (!hasMore) return true;
    }
    return false;
  }

  /**
   * Reads the executions since an order was first sent, wherever the ordinary reading has got to: a venue may list a
   * trade only after it has listed a later one.
   */
  async #rereadFills(order: Order): Promise<void> {
    const gateway = this.#options.gatewayOf(order.accountId);
    const signedAt = order.attempts[0]?.signedAt;
    if (gateway === undefined || signedAt === undefined) return;
    const { accountId, symbol } = order;
    let cursor: FillsCursor | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer: ReadAnswer<FillsPage> = await gateway.fills(symbol, cursor, signedAt - HISTORY_MARGIN_MS);
      if (answer.kind === 'failed') return;
      cursor = answer.value.cursor;
      await this.#options.takeFills(accountId, symbol, answer.value.fills, null);
      if (!answer.value.hasMore) return;
    }
  }

  async #identify(accountId: AccountId, symbol: InstrumentSymbol, venueOrderId: VenueOrderId): Promise<void> {
    const key = `${accountId} ${symbol} ${venueOrderId}`;
    const gateway = this.#options.gatewayOf(accountId);
    if (gateway === undefined || this.#identifying.has(key)) return;
    this.#identifying.add(key);
    try {
      const answer = await gateway.orderByVenueId(symbol, venueOrderId);
      if (answer.kind === 'failed' || answer.value === null) return;
      const owner = answer.value.venueClientOrderId ?? venueClientOrderId('none');
      await this.#options.submit('venue', () => ({
        type: 'order_identified',
        accountId,
        symbol,
        venueOrderId,
        venueClientOrderId: owner,
      }));
    } finally {
      this.#identifying.delete(key);
    }
  }
}

/** Where a first reading of fills starts: before the first order that we ever sent there, as far as memory goes. */
function fillsStart(
  state: PortfolioState,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  gateway: Gateway,
): number {
  let start = gateway.venueNow();
  for (const orders of [state.unfinished, state.finished]) {
    for (const order of orders.values()) {
      const signedAt = order.attempts[0]?.signedAt;
      if (order.accountId === accountId && order.symbol === symbol && signedAt !== undefined)
        start = Math.min(start, signedAt);
    }
  }
  return start - HISTORY_MARGIN_MS;
}

/** Whether a look-up begun at `venueAt` could prove that the order is not there; the decision itself judges again. */
function absenceWouldCount(order: Order, capabilities: KindCapabilities, venueAt: TimeMs): boolean {
  const expiresAt = lastAttemptExpiresAt(order);
  return expiresAt !== null && venueAt > expiresAt + capabilities.engineAllowanceMs;
}

/** Whether the order, as far as its events say, rests among the venue's conditional orders, which have ids and calls of their own. */
function isConditional(order: Order, gateway: Gateway): boolean {
  if (order.stopPrice === null || order.stopTriggered) return false;
  return gateway.capabilities.kinds[order.kind]?.triggeredStopIsNewOrder ?? false;
}

/** Whether nobody needs to wait for the order any longer: see `OrderEntry.settled`. */
export function isSettled(order: Order): boolean {
  if (isFinished(order.status)) return true;
  if (finishesAtOnce(order)) return false;
  return order.status === 'open' || order.status === 'partially_filled' || order.status === 'armed';
}
