/**
 * The leverage of swaps that no reading of positions shows: asked for when an order needs it, and kept for a while.
 *
 * Entry points: `LeverageReadings`: `read`, `known`, `noteShown`. Some venues list a swap's settings with its position alone, and right after a
 * start nothing was listed yet.
 */
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { PositionSide } from '../core/order/terms.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { Gateway } from '../venues/gateway.ts';
import type { Clock } from './clock.ts';

/** The leverage of a swap that was asked for is known for so long: somebody may change it at the venue. */
export const LEVERAGE_FRESH_MS = 60_000;

export class LeverageReadings {
  readonly #clock: Clock;
  /** Questions under way; a setting that is changed meanwhile takes its question out, and the answer counts for nothing. */
  readonly #asked = new Map<string, { answered: Promise<void> }>();
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
    if (this.known().has(key)) return;
    const asked = this.#asked.get(key) ?? { answered: Promise.resolve() };
    if (!this.#asked.has(key)) {
      this.#asked.set(key, asked);
      asked.answered = this.#ask(key, gateway.swapSettings(symbol), () => this.#asked.get(key) === asked);
    }
    await asked.answered;
  }

  /** Without an answer it stays unknown, and the next order asks again. */
  async #ask(
    key: string,
    answering: ReturnType<Gateway['swapSettings']>,
    isWanted: () => boolean,
  ): Promise<void> {
    const answer = await answering.catch(() => null);
    if (!isWanted()) return;
    this.#asked.delete(key);
    const leverage = answer?.kind === 'ok' ? answer.value.leverage : null;
    if (leverage !== null) this.#known.set(key, { at: this.#clock.monotonic(), leverage });
  }

  /** By `instrumentKey`, those that were read within `LEVERAGE_FRESH_MS`. */
  known(): ReadonlyMap<string, Decimal> {
    const oldest = this.#clock.monotonic() - LEVERAGE_FRESH_MS;
    for (const [key, { at }] of this.#known) if (at <= oldest) this.#known.delete(key);
    return new Map([...this.#known].map(([key, { leverage }]) => [key, leverage]));
  }

  /**
   * A reading of positions shows a leverage, and is newer than what was asked for. Of a net position the older answer must not come back
   * once it is gone. One side of a hedged swap says nothing against an answer that the other side goes by, unless the two differ.
   */
  noteShown(accountId: AccountId, symbol: InstrumentSymbol, side: PositionSide, shown: Decimal): void {
    const answered = this.#known.get(instrumentKey(accountId, symbol));
    const isRefuted = answered !== undefined && !answered.leverage.equals(shown);
    if (side === 'net' || isRefuted) this.forget(accountId, symbol);
  }

  /** Nothing of the account, or of one of its swaps, is known any more. */
  forget(accountId: AccountId, symbol?: InstrumentSymbol): void {
    for (const kept of [this.#asked, this.#known])
      for (const key of kept.keys())
        if (symbol === undefined ? key.startsWith(`${accountId} `) : key === instrumentKey(accountId, symbol))
          kept.delete(key);
  }
}
