/**
 * Writes to the venue that a gateway has not answered yet. Each ends as unanswered when its gateway has stopped.
 *
 * Entry point: `UnansweredWrites`.
 */
import type { Gateway } from '../venues/gateway.ts';

export class UnansweredWrites {
  /** By gateway, what ends each of its writes. */
  readonly #ends = new Map<Gateway, Set<() => void>>();

  /** Whether a write of the gateway is not answered yet. */
  has(gateway: Gateway): boolean {
    return this.#ends.has(gateway);
  }

  /** The gateway has stopped: each of its writes has the outcome `otherwise` from now on. */
  end(gateway: Gateway): void {
    for (const end of this.#ends.get(gateway) ?? []) end();
  }

  /** The answer of a write, or `otherwise` when the gateway was stopped before it came. Rejects as the answer does. */
  answerOf<Outcome>(
    gateway: Gateway,
    answer: Promise<Outcome>,
    otherwise: (detail: string) => Outcome,
  ): Promise<Outcome> {
    const ends = this.#ends.get(gateway) ?? new Set<() => void>();
    this.#ends.set(gateway, ends);
    return new Promise<Outcome>((resolve, reject) => {
      const end = (): void => {
        forget();
        resolve(otherwise('the gateway of the account was stopped before an answer came'));
      };
      const forget = (): void => {
        // An answer that comes after the end must not touch the writes since then.
        if (ends.delete(end) && ends.size === 0) this.#ends.delete(gateway);
      };
      ends.add(end);
      answer.then(
        (outcome) => {
          forget();
          resolve(outcome);
        },
        (error: unknown) => {
          forget();
          reject(error);
        },
      );
    });
  }
}
