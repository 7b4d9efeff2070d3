/**
 * The countdown that cancels an account's spot orders unless it is wound up again ("Disconnection Protect"): of all pairs, or of some.
 *
 * Entry point: `DeadCancelAll`. Source: "Set DCP" and "Get DCP"
 * of the documentation. There is one for each account; another takes its place. Times are in seconds.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { Countdowns, type Countdown, type CountdownSettings } from '../../wire/countdowns.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { malformed } from '../errors.ts';
import { listingNamed } from './instruments.ts';
import type { Json } from './order-json.ts';
import { unknownSymbol } from './refusals.ts';

/** The fields of the option's text, in this order, between spaces. */
interface Protection {
  readonly timeoutSeconds: number;
  /** Ms of the exchange's own time. */
  readonly endsAt: number;
  /** Names at the exchange; none: every pair. */
  readonly symbols: readonly string[];
}

const OPTION = 'deadCancelAll';
const SHORTEST_SECONDS = 5;
const LONGEST_SECONDS = 86_400;
const UNSET = -1;
const MOST_SYMBOLS = 50;

export class DeadCancelAll {
  readonly #exchange: Exchange;
  readonly #countdowns: Countdowns;

  constructor({ exchange, clock, signal }: Pick<CountdownSettings, 'exchange' | 'clock' | 'signal'>) {
    this.#exchange = exchange;
    this.#countdowns = new Countdowns({
      exchange,
      clock,
      signal,
      isCountdown: (option) => option === OPTION,
      endsAtOf: (text) => protectionOf(text).endsAt,
      onEnd: (countdown, at) => this.#cancel(countdown, at),
    });
  }

  endpoints(): Endpoint[] {
    return [
      tradingEndpoint('POST', 'v1/hf/orders/dead-cancel-all', 'other', ['spot', 2], (call) =>
        this.#set(call),
      ),
      privateEndpoint(
        'v1/hf/orders/dead-cancel-all/query',
        'other',
        ['spot', 2],
        ({ accountId, clockMs, at }) => {
          const [countdown] = this.#countdowns.of(accountId);
          if (countdown === undefined) return null;
          const { timeoutSeconds, symbols, endsAt } = protectionOf(countdown.text);
          const nowSeconds = Math.floor(clockMs / 1_000);
          return {
            timeout: timeoutSeconds,
            symbols: symbols.join(','),
            currentTime: nowSeconds,
            triggerTime: nowSeconds + Math.round((endsAt - at) / 1_000),
          };
        },
      ),
    ];
  }

  #set({ parameters: { parameters }, accountId, at, clockMs }: AccountCall): Json {
    const timeoutSeconds = parameters.requiredInteger('timeout');
    const isUnset = timeoutSeconds === UNSET;
    if (!isUnset && (timeoutSeconds < SHORTEST_SECONDS || timeoutSeconds > LONGEST_SECONDS))
      throw malformed('timeout');
    const symbols = parameters.optional('symbols')?.split(',') ?? [];
    if (symbols.length > MOST_SYMBOLS) throw malformed('symbols');
    if (symbols.some((symbol) => listingNamed(symbol) === undefined)) throw unknownSymbol();
    const endsAt = at + timeoutSeconds * 1_000;
    if (isUnset) this.#countdowns.stop(at, accountId, OPTION);
    else this.#countdowns.start(at, accountId, OPTION, [timeoutSeconds, endsAt, ...symbols].join(' '));
    const nowSeconds = Math.floor(clockMs / 1_000);
    return { currentTime: nowSeconds, triggerTime: isUnset ? 0 : nowSeconds + timeoutSeconds };
  }

  #cancel({ accountId, text }: Countdown, at: number): void {
    const wanted = protectionOf(text).symbols.map((symbol) => listingNamed(symbol)?.unified);
    for (const { symbol, venueOrderId } of this.#exchange.openOrders(accountId, { marketType: 'spot' }))
      if (wanted.length === 0 || wanted.includes(symbol))
        this.#exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
  }
}

function protectionOf(text: string): Protection {
  const [timeoutSeconds, endsAt, ...symbols] = text.split(' ');
  return { timeoutSeconds: Number(timeoutSeconds), endsAt: Number(endsAt), symbols };
}
