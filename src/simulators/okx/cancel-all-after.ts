/**
 * The countdown that cancels an account's orders unless it is wound up again: for the whole account, or for one tag of orders.
 *
 * Entry point: `CancelAllAfter`. Source: "Cancel All After" of the v5 documentation.
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { Order } from '../exchange/order.ts';
import { Countdowns, type Countdown, type CountdownSettings } from '../wire/countdowns.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { OkxRefusal, parameterError } from './errors.ts';
import { readTag, TAGS } from './order-requests.ts';

/** The name of an account's option, before the tag; without a tag it is of every order. */
const OPTION = 'cancelAllAfter:';
const MOST_TAGS = 20;
const MOST_REMEMBERED = 1_000;

export class CancelAllAfter {
  readonly #exchange: Exchange;
  readonly #countdowns: Countdowns;
  /** The orders that were canceled last: the venue names the source. */
  readonly #canceled = new Set<string>();

  constructor({ exchange, clock, signal }: Pick<CountdownSettings, 'exchange' | 'clock' | 'signal'>) {
    this.#exchange = exchange;
    this.#countdowns = new Countdowns({
      exchange,
      clock,
      signal,
      isCountdown: (option) => option.startsWith(OPTION),
      onEnd: (countdown, at) => this.#cancel(countdown, at),
    });
  }

  endpoint(): Endpoint {
    return tradingEndpoint('trade/cancel-all-after', 'other', (call) => this.#set(call));
  }

  canceled({ venueOrderId }: Order): boolean {
    return this.#canceled.has(venueOrderId);
  }

  #set({ parameters: { parameters }, accountId, at, clockMs }: AccountCall): unknown {
    const seconds = parameters.requiredInteger('timeOut');
    if (seconds !== 0 && (seconds < 10 || seconds > 120)) throw parameterError('timeOut');
    const tag = readTag(parameters);
    const option = `${OPTION}${tag}`;
    if (seconds === 0) this.#countdowns.stop(at, accountId, option);
    else {
      const others = this.#countdowns
        .of(accountId)
        .filter((running) => running.option !== OPTION && running.option !== option);
      if (tag !== '' && others.length >= MOST_TAGS)
        throw new OkxRefusal(
          51071,
          "You've reached the maximum limit for tag level cancel all after timers.",
        );
      this.#countdowns.start(at, accountId, option, String(at + seconds * 1_000));
    }
    return [
      {
        triggerTime: seconds === 0 ? '0' : String(clockMs + seconds * 1_000),
        tag,
        ts: String(clockMs),
      },
    ];
  }

  /** "all pending orders for all order book trading symbols"; whether algo orders are among them is not said, so that they stay. */
  #cancel({ accountId, option }: Countdown, at: number): void {
    const tag = option.slice(OPTION.length);
    for (const { symbol, venueOrderId, tags } of this.#exchange.openOrders(accountId, {})) {
      if (tag !== '' && tags[TAGS.tag] !== tag) continue;
      this.#canceled.add(venueOrderId);
      this.#exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
    }
    while (this.#canceled.size > MOST_REMEMBERED) {
      const [oldest] = this.#canceled;
      if (oldest !== undefined) this.#canceled.delete(oldest);
    }
  }
}
