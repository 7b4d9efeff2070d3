/**
 * The owner of an account moves money at the venue, and an administrator leaves the risk ladder again.
 *
 * Entry point: `Treasury`.
 */
import { Decimal } from '../../src/core/decimal.ts';
import type { Random } from '../../src/simulators/exchange/random.ts';
import type { Seat } from './seat.ts';

const FLOW_EVERY_MS = 1_800;
const LOOK_EVERY_MS = 2_500;

export class Treasury {
  readonly #seat: Seat;
  readonly #random: Random;
  /** The kinds of moves that were made at the venue. */
  readonly moved = new Set<'deposit' | 'withdrawal' | 'transfer'>();
  #ended = false;

  constructor(seat: Seat) {
    this.#seat = seat;
    this.#random = seat.stream('treasury');
  }

  begin(): void {
    const { losses } = this.#seat.setting;
    if (losses.flows) this.#later(FLOW_EVERY_MS, () => this.#move());
    if (losses.maxDailyLoss !== null || losses.maxDrawdown !== null)
      this.#later(LOOK_EVERY_MS, () => this.#leaveLadder());
  }

  end(): void {
    this.#ended = true;
  }

  #later(meanMs: number, action: () => void): void {
    this.#seat.time.after(
      1 + this.#random.below(2 * meanMs),
      () => {
        if (this.#ended) return;
        action();
        this.#later(meanMs, action);
      },
      null,
    );
  }

  #move(): void {
    const { setting, trace, venue } = this.#seat;
    const amount = Decimal.fromInteger(50 + this.#random.below(400));
    const hasWallets = setting.venue.swap && setting.venue.wallets === 'separate';
    const choice = this.#random.below(hasWallets ? 4 : 2);
    switch (choice) {
      case 0:
        venue.deposit('USDT', amount);
        this.moved.add('deposit');
        break;
      case 1:
        if (venue.withdraw('USDT', amount)) this.moved.add('withdrawal');
        break;
      default:
        if (venue.transfer('USDT', amount, choice === 2 ? ['spot', 'swap'] : ['swap', 'spot']))
          this.moved.add('transfer');
    }
    trace(`the owner moves ${amount.toString()} (${['in', 'out', 'to swaps', 'to spot'][choice] ?? ''})`);
  }

  /** A step is left by a person; without one nothing more would be bought in the run. */
  #leaveLadder(): void {
    const { mode, time, trace } = this.#seat;
    const process = this.#seat.front();
    if (process === undefined) return;
    time.after(
      1,
      () => {
        process.engine.controls.resetLadder(mode, 'administrator', 'simulation').then(
          ({ kind }) => trace(`the ladder: ${kind}`),
          (error: unknown) => trace(`the ladder was not left: ${String(error)}`),
        );
      },
      process.gate,
    );
  }
}
