/**
 * The numbers that Coinbase gives to the messages of a connection, over all its channels.
 *
 * Entry point: `MessageCount`. Source: "Sequence Numbers" of "WebSocket Overview": a number more than one above the last says that a message
 * was dropped; a lower one is of a message that came late.
 */
import type { JsonObject } from '../../core/json.ts';
import { wholeNumber } from '../ccxt/exact-json.ts';

/** The number of a message against those before it; `missing` counts the messages before it that did not come. */
export type Counted =
  | { readonly kind: 'next' }
  | { readonly kind: 'late' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'gap'; readonly missing: number };

/** Numbers that are waited for; beyond it the oldest are given up. */
const MOST_MISSING = 1_000;

export class MessageCount {
  #last: number | null = null;
  readonly #missing = new Set<number>();

  /** A new connection counts anew. */
  begin(): void {
    this.#last = null;
    this.#missing.clear();
  }

  /** Throws `MalformedAnswer` for a message without a number. */
  note(message: JsonObject): Counted {
    const number = wholeNumber(message, 'sequence_num');
    const last = this.#last;
    if (last !== null && number <= last) return { kind: this.#missing.delete(number) ? 'late' : 'repeated' };
    this.#last = number;
    if (last === null || number === last + 1) return { kind: 'next' };
    for (let missing = Math.max(last + 1, number - MOST_MISSING); missing < number; missing += 1)
      this.#missing.add(missing);
    for (const oldest of this.#missing) {
      if (this.#missing.size <= MOST_MISSING) break;
      this.#missing.delete(oldest);
    }
    return { kind: 'gap', missing: number - last - 1 };
  }
}
