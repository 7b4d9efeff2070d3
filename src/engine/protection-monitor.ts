/**
 * Says when stops do not protect a position that they were to protect, and when that is over: in the log, and to the readers of
 * `alarms`.
 *
 * Entry point: `ProtectionMonitor`. Core judges, by the books alone; this keeps since when an alarm stands, and what the log has said.
 */
import {
  protectionAlarms,
  type PROTECTION_ALARM_KINDS,
  type ProtectionAlarm,
} from '../core/order/protection-alarms.ts';
import type { AccountId, OrderId } from '../core/ids.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { LOG_AGAIN_AT_MOST_MS, LOG_AGAIN_MS } from './margin-monitor.ts';

/** How often the books are looked at for stops that protect no more, in milliseconds. */
export const LOOK_AT_STOPS_EVERY_MS = 1_000;

/** How long a stop-limit that has triggered may rest until that is an alarm, in milliseconds: one that fills as usual is none. */
export const UNFILLED_STOP_AFTER_MS = 2_000;

const BEGINS: Readonly<Record<(typeof PROTECTION_ALARM_KINDS)[number], string>> = {
  stop_too_large: 'a stop is larger than what its position has left for it',
  stop_unfilled: 'a stop-limit has triggered and rests, and the position that it protected is open',
  stop_lost: 'the exchange ended a stop, and the position that it protected is open',
};

export interface ProtectionMonitorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly isOpen: () => boolean;
  readonly state: () => PortfolioState;
  /** Whether the stop that an order is in the place of is looked after, which has an alarm of its own (stop-keeper.ts). */
  readonly isLookedAfter: (orderId: OrderId) => boolean;
  /** Whether the portfolio has the account no more: nobody can protect what was left there. */
  readonly isRemoved: (accountId: AccountId) => boolean;
}

interface Standing {
  readonly alarm: ProtectionAlarm;
  /** On the monotonic clock. */
  readonly loggedAt: number;
  readonly logAgainMs: number;
}

export class ProtectionMonitor {
  readonly #options: ProtectionMonitorOptions;
  readonly #standing = new Map<string, Standing>();
  /** Of stop-limits that have triggered and rest: when they were first seen so, on the monotonic clock. */
  readonly #unfilledSince = new Map<OrderId, number>();
  #stopTimer: (() => void) | null = null;

  constructor(options: ProtectionMonitorOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, isOpen } = this.#options;
    const tick = (): void => {
      this.#stopTimer = clock.after(LOOK_AT_STOPS_EVERY_MS, tick);
      if (isOpen()) this.#look();
    };
    this.#stopTimer ??= clock.after(LOOK_AT_STOPS_EVERY_MS, tick);
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** Those that stand now, of every account: by the books of this moment, each since it was first seen; a stop-limit that rests once it has for its time. */
  alarms(): readonly ProtectionAlarm[] {
    const { isLookedAfter, isRemoved, state } = this.#options;
    return protectionAlarms(state())
      .filter(({ accountId }) => !isRemoved(accountId))
      .filter(({ kind, orderId }) => kind !== 'stop_lost' || !isLookedAfter(orderId))
      .filter(({ kind, orderId }) => kind !== 'stop_unfilled' || this.#hasRestedLong(orderId))
      .map((alarm) => ({ ...alarm, since: this.#standing.get(keyOf(alarm))?.alarm.since ?? alarm.since }));
  }

  #hasRestedLong(orderId: OrderId): boolean {
    const since = this.#unfilledSince.get(orderId);
    return since !== undefined && this.#options.clock.monotonic() - since >= UNFILLED_STOP_AFTER_MS;
  }

  #noteUnfilled(): void {
    const { clock, state } = this.#options;
    const unfilled = new Set(
      protectionAlarms(state()).flatMap(({ kind, orderId }) => (kind === 'stop_unfilled' ? [orderId] : [])),
    );
    for (const orderId of this.#unfilledSince.keys())
      if (!unfilled.has(orderId)) this.#unfilledSince.delete(orderId);
    for (const orderId of unfilled)
      if (!this.#unfilledSince.has(orderId)) this.#unfilledSince.set(orderId, clock.monotonic());
  }

  #look(): void {
    const { clock, log } = this.#options;
    this.#noteUnfilled();
    const alarms = new Map(this.alarms().map((alarm) => [keyOf(alarm), alarm]));
    const now = clock.monotonic();
    for (const [key, alarm] of alarms) {
      const before = this.#standing.get(key);
      if (before !== undefined && now - before.loggedAt < before.logAgainMs) {
        this.#standing.set(key, { ...before, alarm });
        continue;
      }
      log.warn(fieldsOf(alarm), BEGINS[alarm.kind]);
      const logAgainMs =
        before === undefined ? LOG_AGAIN_MS : Math.min(before.logAgainMs * 2, LOG_AGAIN_AT_MOST_MS);
      this.#standing.set(key, { alarm, loggedAt: now, logAgainMs });
    }
    for (const [key, { alarm }] of this.#standing) {
      if (alarms.has(key)) continue;
      this.#standing.delete(key);
      log.info(fieldsOf(alarm), 'an alarm about the protection of a position is over');
    }
  }
}

function keyOf({ kind, orderId }: ProtectionAlarm): string {
  return `${kind} ${orderId}`;
}

function fieldsOf(alarm: ProtectionAlarm): Readonly<Record<string, unknown>> {
  const { kind, stopQuantity, positionQuantity, ...rest } = alarm;
  return {
    ...rest,
    alarm: kind,
    stopQuantity: stopQuantity.toString(),
    positionQuantity: positionQuantity.toString(),
  };
}
