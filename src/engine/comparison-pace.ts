/**
 * When an account is compared with its venue the next time.
 *
 * Entry point: `ComparisonPace`. A comparison that is not done, because the venue did not answer or a difference waits for another
 * reading, is repeated soon; an idle paper account, which nobody moves without a message, is compared seldom.
 */
import type { AccountId } from '../core/ids.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Clock } from './clock.ts';
import type { EffectExecutor } from './effect-executor.ts';

export const INTERVAL_MS = 10_000;
/** The same for a paper account that holds no position and has no order under way. */
export const IDLE_PAPER_INTERVAL_MS = 60_000;
/** How soon a comparison is repeated that is not done. */
const AGAIN_MS = 2_000;
/** Comparisons repeated so before the next one waits for the whole interval. */
const MAX_REPEATS = 10;

export interface ComparisonPaceOptions {
  readonly accountId: AccountId;
  readonly clock: Clock;
  readonly effectExecutor: Pick<EffectExecutor, 'activity'>;
  readonly isBehind: () => boolean;
  readonly state: () => PortfolioState;
}

/** A comparison that is over. */
interface Ended {
  /** On our monotonic clock. */
  readonly at: number;
  /** How much the account's requests had done by then (`EffectExecutor.activity`). */
  readonly activity: number;
  readonly isDone: boolean;
}

export class ComparisonPace {
  readonly #options: ComparisonPaceOptions;
  readonly #request: () => void;
  #stopTimer: (() => void) | null = null;
  #repeats = 0;

  /** `request` asks for the next comparison when its time has come. */
  constructor(options: ComparisonPaceOptions, request: () => void) {
    this.#options = options;
    this.#request = request;
  }

  /** A comparison is over; `isDone` unless something waits for another one. Sets the timer of the next. */
  ended(isDone: boolean): void {
    const { clock, effectExecutor } = this.#options;
    this.#repeats = isDone ? 0 : this.#repeats + 1;
    const soon = !isDone && this.#repeats <= MAX_REPEATS;
    this.#wait(soon ? AGAIN_MS : INTERVAL_MS, {
      at: clock.monotonic(),
      activity: effectExecutor.activity,
      isDone,
    });
  }

  cancel(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** The next comparison comes `waitMs` from now, or later by whole intervals while the account is idle. */
  #wait(waitMs: number, last: Ended): void {
    this.#stopTimer = this.#options.clock.after(waitMs, () => {
      if (this.#isIdle(last)) this.#wait(INTERVAL_MS, last);
      else this.#request();
    });
  }

  /** Whether nothing was done on a paper account that would have to be compared sooner than after `IDLE_PAPER_INTERVAL_MS`. */
  #isIdle({ at, activity, isDone }: Ended): boolean {
    const { accountId, clock, effectExecutor, isBehind, state } = this.#options;
    const { accounts, positions, unfinished } = state();
    return (
      isDone &&
      accounts.get(accountId)?.mode === 'paper' &&
      clock.monotonic() - at < IDLE_PAPER_INTERVAL_MS &&
      effectExecutor.activity === activity &&
      !isBehind() &&
      [...unfinished.values()].every((order) => order.accountId !== accountId) &&
      [...positions.values()].every((held) => held.accountId !== accountId || held.netQuantity.isZero())
    );
  }
}
