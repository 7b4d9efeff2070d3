/**
 * The countdown that cancels an account's spot orders unless it is wound up again.
 *
 * Entry point: `DeadManSwitch`. The exchange keeps it as an option of the account, so that it outlives a restart. Source: "Dead man's switch" of
 * the spot documentation: 0, or five seconds at least; 500 orders at most.
 */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';

const OPTION = 'cancelAllAfter';
const ENDED = '';
const LOOKED_AT_EVERY_MS = 100;
const SHORTEST_S = 5;
const MOST_CANCELED = 500;

export interface DeadManSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class DeadManSwitch {
  readonly #settings: DeadManSettings;
  /** When each account's orders go, by the venue's true time. */
  readonly #endsAt = new Map<string, number>();
  #isRunning = false;

  constructor(settings: DeadManSettings) {
    this.#settings = settings;
    const { exchange } = settings;
    for (const { accountId } of exchange.accounts()) {
      const endsAt = exchange.options(accountId)[OPTION] ?? ENDED;
      if (endsAt !== ENDED) this.#endsAt.set(accountId, Number(endsAt));
    }
    if (this.#endsAt.size > 0) void this.#run();
  }

  endpoint(): Endpoint {
    return tradingEndpoint({ form: 'v2' }, '/v2/algo-orders/cancel-all-after', 'other', (call) =>
      this.#set(call),
    );
  }

  #set({ parameters: { parameters }, accountId, at, clockMs }: AccountCall): unknown {
    const { exchange } = this.#settings;
    const seconds = parameters.requiredInteger('timeout');
    if (seconds !== 0 && seconds < SHORTEST_S) throw new HtxRefusal('2002', 'invalid field value in timeout');
    if (seconds === 0) {
      this.#endsAt.delete(accountId);
      exchange.setOption(at, accountId, OPTION, ENDED);
      return { currentTime: clockMs, triggerTime: 0 };
    }
    this.#endsAt.set(accountId, at + seconds * 1_000);
    exchange.setOption(at, accountId, OPTION, String(at + seconds * 1_000));
    if (!this.#isRunning) void this.#run();
    return { currentTime: clockMs, triggerTime: clockMs + seconds * 1_000 };
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#settings;
    this.#isRunning = true;
    while (!signal.aborted && this.#endsAt.size > 0) {
      await clock.sleep(LOOKED_AT_EVERY_MS, signal);
      if (signal.aborted) break;
      const now = clock.nowMs();
      for (const [accountId, endsAt] of this.#endsAt) if (endsAt <= now) this.#fire(accountId, now);
    }
    this.#isRunning = false;
  }

  #fire(accountId: string, at: number): void {
    const { exchange } = this.#settings;
    this.#endsAt.delete(accountId);
    exchange.setOption(at, accountId, OPTION, ENDED);
    for (const order of exchange.openOrders(accountId, { marketType: 'spot' }).slice(0, MOST_CANCELED))
      exchange.cancelOrder(at, accountId, order);
  }
}
