/**
 * Watches how near accounts and positions are to liquidation, and says so: in the log, and to the readers of `alarms`.
 *
 * Entry point: `MarginMonitor`. Core measures and judges; this keeps since when an alarm lasts. Readings come with each
 * comparison; an account with an alarm, or with a position that has changed since its last reading although a limit needs it, is
 * read again sooner.
 */
import type { AccountId } from '../core/ids.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import { bookedSwaps, hasChangedSince } from '../core/risk/booked-swaps.ts';
import {
  accountMargin,
  alarmKey,
  marginAlarms,
  type MarginAlarm,
  type StandingMarginAlarm,
} from '../core/risk/liquidation.ts';
import type { LimitSubject } from '../core/risk/limit-scopes.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import type { Accounts, ActiveAccount } from './accounts.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { marginReadingOf } from './margin-reading.ts';
import { START_QUIET_MS } from './start-quiet.ts';

const LOOK_EVERY_MS = 1_000;
/** How soon margin is read again while it matters. */
export const MARGIN_READ_AGAIN_MS = 2_000;
/** A lasting alarm is logged again after this, and then after twice as long each time. */
export const LOG_AGAIN_MS = 60_000;
export const LOG_AGAIN_AT_MOST_MS = 3_600_000;

interface Standing {
  readonly alarm: StandingMarginAlarm;
  /** On the monotonic clock; null while it is not logged, right after the start (`START_QUIET_MS`). */
  readonly loggedAt: number | null;
  readonly logAgainMs: number;
}

export interface MarginMonitorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly isOpen: () => boolean;
  readonly state: () => PortfolioState;
  readonly limits: (subject: LimitSubject | null) => RiskLimits;
  readonly accounts: Pick<Accounts, 'all' | 'marks' | 'margins' | 'setMargins' | 'startedGateway'>;
  readonly background: Pick<Background, 'run'>;
}

export class MarginMonitor {
  readonly #options: MarginMonitorOptions;
  readonly #standing = new Map<string, Standing>();
  /** When margin was last read here, by account, on the monotonic clock. */
  readonly #askedAt = new Map<AccountId, number>();
  #stopTimer: (() => void) | null = null;
  /** On the monotonic clock. */
  #startedAt = 0;

  constructor(options: MarginMonitorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#startedAt = this.#options.clock.monotonic();
    const tick = (): void => {
      this.#stopTimer = this.#options.clock.after(LOOK_EVERY_MS, tick);
      if (this.#options.isOpen()) this.#look();
    };
    this.#stopTimer ??= this.#options.clock.after(LOOK_EVERY_MS, tick);
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** Those that stand now, of every account. */
  alarms(): readonly StandingMarginAlarm[] {
    return [...this.#standing.values()].map(({ alarm }) => alarm);
  }

  #look(): void {
    const { accounts, limits, state, clock } = this.#options;
    const marks = accounts.marks();
    const seen = new Set<string>();
    for (const account of accounts.all()) {
      const { accountId, venue } = account;
      const reading = accounts.margins().get(accountId);
      const actual = accountMargin(accountId, reading, marks);
      const inForce = limits({ accountId, venue, symbol: null });
      const alarms = marginAlarms(state(), account, actual, inForce, clock.now());
      for (const alarm of alarms) {
        seen.add(alarmKey(alarm));
        this.#note(alarm, reading === undefined);
      }
      const isLimited = inForce.maxMarginRatio !== null || inForce.minLiquidationDistance !== null;
      const isOfOthers = reading !== undefined && hasChangedSince(state(), accountId, reading);
      if (alarms.length > 0 || (isLimited && isOfOthers)) this.#readAgain(account);
    }
    for (const [key, { alarm, loggedAt }] of this.#standing) {
      if (seen.has(key)) continue;
      this.#standing.delete(key);
      if (loggedAt !== null) this.#options.log.info(fieldsOf(alarm), 'a margin alarm is over');
    }
  }

  /** `isUnread`: no reading of the account has come since the start. */
  #note(alarm: MarginAlarm, isUnread: boolean): void {
    const { clock, log } = this.#options;
    const key = alarmKey(alarm);
    const before = this.#standing.get(key);
    const now = clock.monotonic();
    const since = before?.alarm.since ?? clock.now();
    const loggedAt = before?.loggedAt ?? null;
    const isQuiet = isUnread && now - this.#startedAt < START_QUIET_MS;
    const isDue = before === undefined || loggedAt === null ? !isQuiet : now - loggedAt >= before.logAgainMs;
    const standing = { ...alarm, since };
    if (isDue)
      log.warn(
        fieldsOf(standing),
        alarm.kind === 'margin_unknown'
          ? 'its venue does not say how near to liquidation an account is'
          : 'an account is near liquidation',
      );
    this.#standing.set(key, {
      alarm: standing,
      loggedAt: isDue ? now : loggedAt,
      logAgainMs:
        before === undefined || loggedAt === null
          ? LOG_AGAIN_MS
          : isDue
            ? Math.min(before.logAgainMs * 2, LOG_AGAIN_AT_MOST_MS)
            : before.logAgainMs,
    });
  }

  #readAgain({ accountId }: ActiveAccount): void {
    const { accounts, background, clock, state } = this.#options;
    const gateway = accounts.startedGateway(accountId);
    const now = clock.monotonic();
    const askedAt = this.#askedAt.get(accountId);
    if (gateway === undefined || (askedAt !== undefined && now - askedAt < MARGIN_READ_AGAIN_MS)) return;
    this.#askedAt.set(accountId, now);
    const reading = async (): Promise<void> => {
      const booked = bookedSwaps(state(), accountId);
      const [positions, margins] = await Promise.all([gateway.positions(), gateway.margins()]);
      if (positions.kind === 'failed' || margins.kind === 'failed') return;
      if (accounts.startedGateway(accountId) !== gateway) return;
      accounts.setMargins(accountId, marginReadingOf(positions, margins, booked));
    };
    background.run(reading());
  }
}

function fieldsOf(alarm: StandingMarginAlarm): Readonly<Record<string, unknown>> {
  const { accountId, kind, wallet, symbol, positionSide, threshold, actual, since } = alarm;
  return {
    accountId,
    alarm: kind,
    wallet,
    symbol,
    positionSide,
    threshold: threshold?.toString() ?? null,
    actual: actual?.toString() ?? null,
    since,
  };
}
