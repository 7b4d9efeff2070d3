/**
 * Repeats the pending requests of unfinished orders until they are settled: a due retry, the look-up of an unknown order,
 * a cancel without effect, a reading of fills that the venue counts and we do not have. Also repeats the question which
 * order a parked execution belongs to: while it is open, an unknown order on the instrument cannot be proven absent.
 *
 * Entry point: `FollowUps`. Invariant: nothing here needs to be remembered across a restart. The state says which requests
 * are pending; this only spaces them.
 */
import type { AccountId, OrderId, TimeMs } from '../core/ids.ts';
import { finishesAtOnce, isAwaitingTrigger, type Order } from '../core/order/order.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { EffectExecutor } from './effect-executor.ts';
import type { Clock } from './clock.ts';

const TICK_MS = 100;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
/** Readings of new fills before the ones already passed are read again. */
const ORDINARY_READS = 3;
/** How long an order that should be finished at once, or a cancel, may take before the venue is asked. */
const PATIENCE_MS = 1_000;
/** Parked executions asked about in one tick. */
const MOST_IDENTIFIED = 5;

export interface FollowUpsOptions {
  readonly clock: Clock;
  readonly state: () => PortfolioState;
  readonly effectExecutor: EffectExecutor;
  readonly retry: (orderId: OrderId) => void;
  /** Whether the account has a gateway that can be asked. */
  readonly isConnected: (accountId: AccountId) => boolean;
}

interface Spacing {
  tries: number;
  dueAt: number;
}

export class FollowUps {
  readonly #options: FollowUpsOptions;
  readonly #spacing = new Map<OrderId, Spacing>();
  /** By the key of a parked execution. */
  readonly #identifying = new Map<string, Spacing>();
  #stopTimer: (() => void) | null = null;

  constructor(options: FollowUpsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopTimer !== null) return;
    const tick = (): void => {
      this.#stopTimer = this.#options.clock.after(TICK_MS, tick);
      this.#askAll();
      this.#identifyParked();
    };
    this.#stopTimer = this.#options.clock.after(TICK_MS, tick);
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#spacing.clear();
    this.#identifying.clear();
  }

  #askAll(): void {
    const { clock, isConnected, state } = this.#options;
    const at = clock.now();
    const pending = new Set<OrderId>();
    for (const order of state().unfinished.values()) {
      const own = needOf(order, at);
      const need = own === 'nothing' && isWaitedFor(order, state()) ? 'look_up' : own;
      if (need === 'nothing' || (need !== 'retry' && !isConnected(order.accountId))) continue;
      pending.add(order.orderId);
      const spacing = this.#spacing.get(order.orderId) ?? { tries: 0, dueAt: clock.monotonic() };
      this.#spacing.set(order.orderId, spacing);
      if (clock.monotonic() < spacing.dueAt) continue;
      spacing.tries += 1;
      spacing.dueAt =
        clock.monotonic() + Math.min(FIRST_DELAY_MS * 2 ** (spacing.tries - 1), LONGEST_DELAY_MS);
      this.#ask(order, need, spacing.tries);
    }
    for (const orderId of this.#spacing.keys()) if (!pending.has(orderId)) this.#spacing.delete(orderId);
  }

  /** The first question about an execution is asked when it is parked; it is repeated until it is answered. */
  #identifyParked(): void {
    const { clock, isConnected, state, effectExecutor } = this.#options;
    const now = clock.monotonic();
    const { parkedFills } = state();
    let asked = 0;
    for (const [key, { accountId, fill }] of parkedFills) {
      if (fill.venueClientOrderId !== null || !isConnected(accountId)) continue;
      const spacing = this.#identifying.get(key) ?? { tries: 0, dueAt: now + PATIENCE_MS };
      this.#identifying.set(key, spacing);
      if (now < spacing.dueAt || asked === MOST_IDENTIFIED) continue;
      asked += 1;
      spacing.tries += 1;
      spacing.dueAt = now + Math.min(PATIENCE_MS * 2 ** spacing.tries, LONGEST_DELAY_MS);
      const { symbol, venueOrderId } = fill;
      effectExecutor.execute([{ type: 'identify', accountId, symbol, venueOrderId }]);
    }
    for (const key of this.#identifying.keys()) if (!parkedFills.has(key)) this.#identifying.delete(key);
  }

  #ask(order: Order, need: Exclude<Need, 'nothing'>, tries: number): void {
    const { effectExecutor, retry } = this.#options;
    switch (need) {
      case 'retry':
        retry(order.orderId);
        return;
      case 'look_up':
        effectExecutor.lookUp(order.orderId);
        return;
      case 'cancel':
        effectExecutor.cancel(order.orderId);
        effectExecutor.lookUp(order.orderId);
        return;
      case 'fills':
        if (tries > ORDINARY_READS) effectExecutor.searchFills(order);
        else
          effectExecutor.execute([{ type: 'fetch_fills', accountId: order.accountId, symbol: order.symbol }]);
        return;
    }
  }
}

type Need = 'nothing' | 'retry' | 'look_up' | 'cancel' | 'fills';

/** Whether a parked execution may belong to this stop, triggered as another venue order: a look-up of the stop decides. */
function isWaitedFor(order: Order, state: PortfolioState): boolean {
  if (!isAwaitingTrigger(order)) return false;
  for (const { accountId, fill, ruledOut } of state.parkedFills.values()) {
    if (
      accountId === order.accountId &&
      fill.symbol === order.symbol &&
      fill.side === order.side &&
      fill.positionSide === order.positionSide &&
      !ruledOut.includes(order.orderId)
    )
      return true;
  }
  return false;
}

function needOf(order: Order, at: TimeMs): Need {
  if (order.final !== null) return 'fills';
  const isLate = at - order.updatedAt > PATIENCE_MS;
  switch (order.status) {
    case 'accepted':
      return order.retryAt === null || order.retryAt <= at ? 'retry' : 'nothing';
    case 'unknown':
      return 'look_up';
    case 'canceling':
      return isLate ? 'cancel' : 'nothing';
    case 'open':
    case 'partially_filled':
      return isLate && finishesAtOnce(order) ? 'look_up' : 'nothing';
    case 'submitting':
    case 'armed':
    case 'filled':
    case 'canceled':
    case 'rejected':
    case 'denied':
    case 'expired':
    case 'failed':
      return 'nothing';
  }
}
