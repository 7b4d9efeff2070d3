/**
 * Countdowns that cancel orders of an account unless they are wound up again.
 *
 * Entry point: `Countdowns`. The exchange keeps each as an option of its account, so that it outlives a restart; an option that is empty has
 * ended. A venue's folder says how options are named, what their texts say beside the end, which times it takes, and what is canceled.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';

const LOOKED_AT_EVERY_MS = 100;
const ENDED = '';

export interface Countdown {
  readonly accountId: string;
  /** The name of the option that it is kept as. */
  readonly option: string;
  /** The value of the option. */
  readonly text: string;
  /** Ms of the exchange's own time. */
  readonly endsAt: number;
}

export interface CountdownSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether an account's option of this name is a countdown. */
  readonly isCountdown: (option: string) => boolean;
  /** When a countdown of this text ends, in ms; absent: the text is the time. */
  readonly endsAtOf?: (text: string) => number;
  /** Cancels what the countdown was for; `at` is the moment, in ms. */
  readonly onEnd: (countdown: Countdown, at: number) => void;
}

export class Countdowns {
  readonly #settings: CountdownSettings;
  readonly #running = new Map<string, Countdown>();
  #isWatching = false;

  /** Goes on with what accounts have as options. */
  constructor(settings: CountdownSettings) {
    this.#settings = settings;
    const { exchange, isCountdown } = settings;
    for (const { accountId } of exchange.accounts())
      for (const [option, text] of Object.entries(exchange.options(accountId)))
        if (isCountdown(option) && text !== ENDED) this.#watch(accountId, option, text);
  }

  /** Begins a countdown, in place of the one of that option. */
  start(at: number, accountId: string, option: string, text: string): void {
    this.#settings.exchange.setOption(at, accountId, option, text);
    this.#watch(accountId, option, text);
  }

  stop(at: number, accountId: string, option: string): void {
    this.#running.delete(keyOf(accountId, option));
    this.#settings.exchange.setOption(at, accountId, option, ENDED);
  }

  /** Those of an account that run. */
  of(accountId: string): readonly Countdown[] {
    return [...this.#running.values()].filter((countdown) => countdown.accountId === accountId);
  }

  #watch(accountId: string, option: string, text: string): void {
    const endsAt = (this.#settings.endsAtOf ?? Number)(text);
    this.#running.set(keyOf(accountId, option), { accountId, option, text, endsAt });
    if (!this.#isWatching) void this.#run();
  }

  async #run(): Promise<void> {
    const { clock, signal, onEnd } = this.#settings;
    this.#isWatching = true;
    while (!signal.aborted && this.#running.size > 0) {
      await clock.sleep(LOOKED_AT_EVERY_MS, signal);
      if (signal.aborted) break;
      const now = clock.nowMs();
      for (const countdown of this.#running.values()) {
        if (countdown.endsAt > now) continue;
        this.stop(now, countdown.accountId, countdown.option);
        onEnd(countdown, now);
      }
    }
    this.#isWatching = false;
  }
}

function keyOf(accountId: string, option: string): string {
  return `${accountId} ${option}`;
}
