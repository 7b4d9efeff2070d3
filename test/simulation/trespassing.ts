/**
 * Callers whose token is for one account try for the others: they place there, and cancel what others have placed.
 *
 * Entry point: `Trespassing`.
 */
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol, orderId } from '../../src/core/ids.ts';
import { EngineUnavailable, marketIntent } from '../../src/engine/desk.ts';
import { Problem } from '../../src/http/problem.ts';
import type { Random } from '../../src/simulators/exchange/random.ts';
import type { Trespass } from './answers.ts';
import type { Seat, SeatProcess } from './seat.ts';

const EVERY_MS = 1_500;

export class Trespassing {
  readonly attempts: Trespass[] = [];
  readonly #seat: Seat;
  readonly #random: Random;
  readonly #ordersElsewhere: () => readonly string[];
  #ended = false;
  #count = 0;

  /** `ordersElsewhere`: ids of orders on other accounts, the oldest first. */
  constructor(seat: Seat, ordersElsewhere: () => readonly string[]) {
    this.#seat = seat;
    this.#random = seat.stream('trespassing');
    this.#ordersElsewhere = ordersElsewhere;
  }

  begin(): void {
    if (this.#seat.others.length === 0) return;
    this.#seat.time.after(
      1 + this.#random.below(2 * EVERY_MS),
      () => {
        if (this.#ended) return;
        const process = this.#seat.front();
        if (process !== undefined) this.#try(process);
        this.begin();
      },
      null,
    );
  }

  end(): void {
    this.#ended = true;
  }

  #try(process: SeatProcess): void {
    const { others, time } = this.#seat;
    const { orders } = this.#seat.deskOf(process);
    const [other] = others.slice(this.#random.below(others.length));
    const known = this.#ordersElsewhere();
    const target = known[known.length - 1 - this.#random.below(Math.max(1, known.length))];
    if (other === undefined) return;
    this.#count += 1;
    const label = `trespass-${this.#count}`;
    const isPlacing = target === undefined || this.#random.below(2) === 0;
    const attempt: Trespass = { what: isPlacing ? 'place' : 'cancel', label, answer: 'nothing' };
    this.attempts.push(attempt);
    const ask = (): Promise<{ readonly kind: string }> =>
      isPlacing
        ? orders.place(
            marketIntent({
              accountId: other,
              symbol: instrumentSymbol('BTC/USDT'),
              side: 'buy',
              quantity: decimal('0.001'),
              requestedBy: 'trespasser',
              strategy: label,
            }),
          )
        : orders.cancel(orderId(target), 'trespasser');
    const settle = (answer: string): void => {
      attempt.answer = answer;
      this.#seat.trace(`${label}: ${attempt.what} was answered ${answer}`);
    };
    time.after(
      1,
      () => {
        ask().then(
          ({ kind }) => settle(kind),
          (error: unknown) => settle(refusalIn(error)),
        );
      },
      process.gate,
    );
  }
}

function refusalIn(error: unknown): string {
  if (error instanceof Problem) return error.problemCode;
  return error instanceof EngineUnavailable ? 'unavailable' : String(error);
}
