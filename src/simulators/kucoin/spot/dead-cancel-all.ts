/**
 * The countdown that cancels an account's spot orders unless it is wound up again ("Disconnection Protect"): of all pairs, or of some.
 *
 * Entry point: `DeadCancelAll`. The exchange keeps it as an option of the account, so that it outlives a restart. Source: "Set DCP" and "Get DCP"
 * of the documentation. There is one for each account; another takes its place. Times are in seconds.
 */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { malformed } from '../errors.ts';
import { listingNamed } from './instruments.ts';
import type { Json } from './order-json.ts';
import { unknownSymbol } from './refusals.ts';

interface Countdown {
  readonly timeoutSeconds: number;
  /** Names at the exchange; none: every pair. */
  readonly symbols: readonly string[];
  readonly endsAt: number;
}

const OPTION = 'deadCancelAll';
const ENDED = '';
const LOOKED_AT_EVERY_MS = 100;
const SHORTEST_SECONDS = 5;
const LONGEST_SECONDS = 86_400;
const UNSET = -1;
const MOST_SYMBOLS = 50;

export interface CountdownSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class DeadCancelAll {
  readonly #settings: CountdownSettings;
  readonly #countdowns = new Map<string, Countdown>();
  #isRunning = false;

  constructor(settings: CountdownSettings) {
    this.#settings = settings;
    for (const { accountId } of settings.exchange.accounts()) {
      const countdown = countdownOf(settings.exchange.options(accountId)[OPTION] ?? ENDED);
      if (countdown !== null) this.#countdowns.set(accountId, countdown);
    }
    if (this.#countdowns.size > 0) void this.#run();
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
          const countdown = this.#countdowns.get(accountId);
          if (countdown === undefined) return null;
          const { timeoutSeconds, symbols, endsAt } = countdown;
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
    this.#settings.exchange.setOption(
      at,
      accountId,
      OPTION,
      isUnset ? ENDED : [timeoutSeconds, endsAt, ...symbols].join(' '),
    );
    if (isUnset) this.#countdowns.delete(accountId);
    else this.#countdowns.set(accountId, { timeoutSeconds, symbols, endsAt });
    if (!this.#isRunning && !isUnset) void this.#run();
    const nowSeconds = Math.floor(clockMs / 1_000);
    return { currentTime: nowSeconds, triggerTime: isUnset ? 0 : nowSeconds + timeoutSeconds };
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#settings;
    this.#isRunning = true;
    while (!signal.aborted && this.#countdowns.size > 0) {
      await clock.sleep(LOOKED_AT_EVERY_MS, signal);
      if (signal.aborted) break;
      const now = clock.nowMs();
      for (const [accountId, countdown] of this.#countdowns)
        if (countdown.endsAt <= now) {
          this.#countdowns.delete(accountId);
          this.#fire(accountId, countdown, now);
        }
    }
    this.#isRunning = false;
  }

  #fire(accountId: string, { symbols }: Countdown, at: number): void {
    const { exchange } = this.#settings;
    exchange.setOption(at, accountId, OPTION, ENDED);
    const wanted = symbols.map((symbol) => listingNamed(symbol)?.unified);
    for (const { symbol, venueOrderId } of exchange.openOrders(accountId, { marketType: 'spot' }))
      if (wanted.length === 0 || wanted.includes(symbol))
        exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
  }
}

function countdownOf(option: string): Countdown | null {
  if (option === ENDED) return null;
  const [timeoutSeconds, endsAt, ...symbols] = option.split(' ');
  return { timeoutSeconds: Number(timeoutSeconds), endsAt: Number(endsAt), symbols };
}
