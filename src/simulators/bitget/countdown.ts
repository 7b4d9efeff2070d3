/**
 * The countdown that cancels all orders of an account unless it is wound up again.
 *
 * Entry point: `Countdowns`. The exchange keeps a countdown as an option of the account, so that it outlives a restart. Source: "CountDown
 * Cancel All" of the unified account's documentation.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';

const OPTION = 'countdownCancelAll';
const ENDED = '';
const LOOKED_AT_EVERY_MS = 100;
const [LEAST_SECONDS, MOST_SECONDS] = [5, 60] as const;

export interface CountdownSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class Countdowns {
  readonly #settings: CountdownSettings;
  /** When each ends, by account. */
  readonly #ends = new Map<string, number>();
  #isRunning = false;

  constructor(settings: CountdownSettings) {
    this.#settings = settings;
    for (const { accountId } of settings.exchange.accounts()) {
      const endsAt = settings.exchange.options(accountId)[OPTION] ?? ENDED;
      if (endsAt !== ENDED) this.#ends.set(accountId, Number(endsAt));
    }
    if (this.#ends.size > 0) void this.#run();
  }

  endpoint(): Endpoint {
    return tradingEndpoint('trade/countdown-cancel-all', 'other', (call) => this.#set(call));
  }

  #set({ parameters: { parameters }, accountId, at }: AccountCall): unknown {
    const { exchange } = this.#settings;
    const seconds = parameters.requiredInteger('countdown');
    if (seconds !== 0 && (seconds < LEAST_SECONDS || seconds > MOST_SECONDS)) throw malformed('countdown');
    if (seconds === 0) {
      this.#ends.delete(accountId);
      exchange.setOption(at, accountId, OPTION, ENDED);
      return 'success';
    }
    const endsAt = at + seconds * 1_000;
    this.#ends.set(accountId, endsAt);
    exchange.setOption(at, accountId, OPTION, String(endsAt));
    if (!this.#isRunning) void this.#run();
    return 'success';
  }

  async #run(): Promise<void> {
    const { clock, signal, exchange } = this.#settings;
    this.#isRunning = true;
    while (!signal.aborted && this.#ends.size > 0) {
      await clock.sleep(LOOKED_AT_EVERY_MS, signal);
      if (signal.aborted) break;
      const now = clock.nowMs();
      for (const [accountId, endsAt] of this.#ends) {
        if (endsAt > now) continue;
        this.#ends.delete(accountId);
        exchange.setOption(now, accountId, OPTION, ENDED);
        exchange.cancelAll(now, accountId, {});
      }
    }
    this.#isRunning = false;
  }
}
