/**
 * The leverage of swaps that no reading of positions shows: asked for when an order needs it, and kept for a while.
 *
 * Entry points: `LeverageReadings`: `read`, `known`. Some venues list a swap's settings with its position alone, and right after a
 * start nothing was listed yet.
 */
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { Gateway } from '../venues/gateway.ts';
import { SharedReading } from '../venues/shared-reading.ts';
import type { Clock } from './clock.ts';

/** The leverage of a swap that was asked for is known for so long: somebody may change it at the venue. */
export const LEVERAGE_FRESH_MS = 60_000;

export class LeverageReadings {
  readonly #clock: Clock;
  readonly #readings = new Map<string, SharedReading<Decimal | null>>();
  readonly #known = new Map<string, { readonly at: number; readonly leverage: Decimal }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once the venue has answered, or does not answer; what it said is `known` then. */
  async read(
    accountId: AccountId,
    gateway: Pick<Gateway, 'swapSettings'>,
    symbol: InstrumentSymbol,
  ): Promise<void> {
    const key = instrumentKey(accountId, symbol);
    const shared = this.#readings.get(key) ?? new SharedReading(() => this.#clock.monotonic());
    this.#readings.set(key, shared);
    try {
      const leverage = await shared.get(LEVERAGE_FRESH_MS, async () => {
        const answer = await gateway.swapSettings(symbol);
        if (answer.kind === 'failed') throw new Error(answer.detail);
        return answer.value.leverage;
      });
      if (leverage !== null && !this.#known.has(key))
        this.#known.set(key, { at: this.#clock.monotonic(), leverage });
    } catch {
      // It stays unknown, and the next order asks again.
    }
  }

  /** By `instrumentKey`, those that were read within `LEVERAGE_FRESH_MS`. */
  known(): ReadonlyMap<string, Decimal> {
    const oldest = this.#clock.monotonic() - LEVERAGE_FRESH_MS;
    for (const [key, { at }] of this.#known) if (at <= oldest) this.#known.delete(key);
    return new Map([...this.#known].map(([key, { leverage }]) => [key, leverage]));
  }

  /** Nothing of the account, or of one of its swaps, is known any more. */
  forget(accountId: AccountId, symbol?: InstrumentSymbol): void {
    for (const kept of [this.#readings, this.#known])
      for (const key of kept.keys())
        if (symbol === undefined ? key.startsWith(`${accountId} `) : key === instrumentKey(accountId, symbol))
          kept.delete(key);
  }
}
