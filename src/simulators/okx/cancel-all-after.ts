/**
 * The countdown that cancels an account's orders unless it is wound up again: for the whole account, or for one tag of orders.
 *
 * Entry point: `CancelAllAfter`. The exchange keeps the countdowns as options of the account, so that they outlive a restart. Source:
 * "Cancel All After" of the v5 documentation.
 */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order } from '../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { OkxRefusal, parameterError } from './errors.ts';
import { readTag, TAGS } from './order-requests.ts';

interface Countdown {
  readonly accountId: string;
  /** Empty: every order. */
  readonly tag: string;
  readonly endsAt: number;
}

/** The name of an account's option, before the tag. */
const OPTION = 'cancelAllAfter:';
const ENDED = '';
const LOOKED_AT_EVERY_MS = 100;
const MOST_TAGS = 20;
const MOST_REMEMBERED = 1_000;

export interface CountdownSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class CancelAllAfter {
  readonly #settings: CountdownSettings;
  readonly #countdowns = new Map<string, Countdown>();
  /** The orders that were canceled last: the venue names the source. */
  readonly #canceled = new Set<string>();
  #isRunning = false;

  constructor(settings: CountdownSettings) {
    this.#settings = settings;
    for (const { accountId } of settings.exchange.accounts())
      for (const [name, endsAt] of Object.entries(settings.exchange.options(accountId)))
        if (name.startsWith(OPTION) && endsAt !== ENDED) {
          const tag = name.slice(OPTION.length);
          this.#countdowns.set(`${accountId} ${tag}`, { accountId, tag, endsAt: Number(endsAt) });
        }
    if (this.#countdowns.size > 0) void this.#run();
  }

  endpoint(): Endpoint {
    return tradingEndpoint('trade/cancel-all-after', 'other', (call) => this.#set(call));
  }

  canceled({ venueOrderId }: Order): boolean {
    return this.#canceled.has(venueOrderId);
  }

  #set({ parameters: { parameters }, accountId, at, clockMs }: AccountCall): unknown {
    const { exchange } = this.#settings;
    const seconds = parameters.requiredInteger('timeOut');
    if (seconds !== 0 && (seconds < 10 || seconds > 120)) throw parameterError('timeOut');
    const tag = readTag(parameters);
    const key = `${accountId} ${tag}`;
    const endsAt = at + seconds * 1_000;
    if (seconds === 0) {
      this.#countdowns.delete(key);
      exchange.setOption(at, accountId, `${OPTION}${tag}`, ENDED);
    } else {
      const tags = [...this.#countdowns.values()].filter(
        (countdown) => countdown.accountId === accountId && countdown.tag !== '',
      );
      if (tag !== '' && !this.#countdowns.has(key) && tags.length >= MOST_TAGS)
        throw new OkxRefusal(
          51071,
          "You've reached the maximum limit for tag level cancel all after timers.",
        );
      this.#countdowns.set(key, { accountId, tag, endsAt });
      exchange.setOption(at, accountId, `${OPTION}${tag}`, String(endsAt));
      if (!this.#isRunning) void this.#run();
    }
    return [
      {
        triggerTime: seconds === 0 ? '0' : String(clockMs + seconds * 1_000),
        tag,
        ts: String(clockMs),
      },
    ];
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#settings;
    this.#isRunning = true;
    while (!signal.aborted && this.#countdowns.size > 0) {
      await clock.sleep(LOOKED_AT_EVERY_MS, signal);
      if (signal.aborted) break;
      const now = clock.nowMs();
      for (const [key, countdown] of this.#countdowns)
        if (countdown.endsAt <= now) {
          this.#countdowns.delete(key);
          this.#fire(countdown, now);
        }
    }
    this.#isRunning = false;
  }

  /** "all pending orders for all order book trading symbols"; whether algo orders are among them is not said, so that they stay. */
  #fire({ accountId, tag }: Countdown, at: number): void {
    const { exchange } = this.#settings;
    exchange.setOption(at, accountId, `${OPTION}${tag}`, ENDED);
    for (const { symbol, venueOrderId, tags } of exchange.openOrders(accountId, {})) {
      if (tag !== '' && tags[TAGS.tag] !== tag) continue;
      this.#canceled.add(venueOrderId);
      exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
    }
    while (this.#canceled.size > MOST_REMEMBERED) {
      const [oldest] = this.#canceled;
      if (oldest !== undefined) this.#canceled.delete(oldest);
    }
  }
}
