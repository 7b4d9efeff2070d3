/**
 * The settings of swaps that no reading of positions shows: asked for when an order or a client needs them, and kept for a while.
 *
 * Entry points: `LeverageReadings`: `read`, `ask`, `known`, `settings`, `noteShown`. Some venues list a swap's settings with its position alone, and right after a
 * start nothing was listed yet.
 */
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { PositionSide } from '../core/order/terms.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { SwapSettings } from '../core/venue/setting.ts';
import type { Gateway, ReadAnswer } from '../venues/gateway.ts';
import type { Clock } from './clock.ts';

/** The leverage of a swap that was asked for is known for so long: somebody may change it at the venue. */
export const LEVERAGE_FRESH_MS = 60_000;

export class LeverageReadings {
  readonly #clock: Clock;
  /** Questions under way; a setting that is changed meanwhile takes its question out, and the answer counts for nothing. */
  readonly #asked = new Map<string, { answered: Promise<ReadAnswer<SwapSettings> | null> }>();
  readonly #known = new Map<string, { readonly at: number; readonly settings: SwapSettings }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once the venue has answered, or does not answer; what it said is `known` then. Without an answer the next order asks again. */
  async read(
    accountId: AccountId,
    gateway: Pick<Gateway, 'swapSettings'>,
    symbol: InstrumentSymbol,
  ): Promise<void> {
    const key = instrumentKey(accountId, symbol);
    if (this.known().has(key)) return;
    await (this.#asked.get(key)?.answered ?? this.ask(accountId, gateway, symbol).catch(() => null));
  }

  /** Asks the venue now, whatever is known; its answer is `known` then, unless a setting was changed meanwhile. */
  async ask(
    accountId: AccountId,
    gateway: Pick<Gateway, 'swapSettings'>,
    symbol: InstrumentSymbol,
  ): Promise<ReadAnswer<SwapSettings>> {
    const key = instrumentKey(accountId, symbol);
    const answering = gateway.swapSettings(symbol);
    const asked = { answered: answering.catch(() => null) };
    this.#asked.set(key, asked);
    asked.answered = asked.answered.then((answer) => {
      if (this.#asked.get(key) !== asked) return answer;
      this.#asked.delete(key);
      if (answer?.kind === 'ok')
        this.#known.set(key, { at: this.#clock.monotonic(), settings: answer.value });
      return answer;
    });
    await asked.answered;
    return answering;
  }

  /** The leverage by `instrumentKey`, of those that were read within `LEVERAGE_FRESH_MS`. */
  known(): ReadonlyMap<string, Decimal> {
    this.#forgetOld();
    return new Map(
      [...this.#known].flatMap(([key, { settings }]) =>
        settings.leverage === null ? [] : [[key, settings.leverage] as const],
      ),
    );
  }

  /** The settings of a swap, where they were read within `LEVERAGE_FRESH_MS`. */
  settings(accountId: AccountId, symbol: InstrumentSymbol): SwapSettings | null {
    this.#forgetOld();
    return this.#known.get(instrumentKey(accountId, symbol))?.settings ?? null;
  }

  #forgetOld(): void {
    const oldest = this.#clock.monotonic() - LEVERAGE_FRESH_MS;
    for (const [key, { at }] of this.#known) if (at <= oldest) this.#known.delete(key);
  }

  /**
   * A reading of positions shows a leverage, and is newer than what was asked for. Of a net position the older answer must not come back
   * once it is gone. One side of a hedged swap says nothing against an answer that the other side goes by, unless the two differ.
   */
  noteShown(accountId: AccountId, symbol: InstrumentSymbol, side: PositionSide, shown: Decimal): void {
    const answered = this.#known.get(instrumentKey(accountId, symbol))?.settings.leverage ?? null;
    const isRefuted = answered !== null && !answered.equals(shown);
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
