/**
 * Idempotency keys looked up in groups: one question is under way at a time, and all that come meanwhile are the next one.
 *
 * Entry points: `KeyLookUps`; `keysStatement` is the question it asks, `partsStatement` the one about the parts of a request. Every order with a key asks before it is decided; one by one the questions would cost more
 * than the decisions. A single caller waits no longer than for a question of its own.
 *
 * Invariant: a look-up is answered from a reading that began after it was asked for.
 */
import type pg from 'pg';
import { orderId, type OrderId, type PortfolioId } from '../core/ids.ts';
import { storableText } from './hash-chain.ts';
import type { KeyFound } from './journal.ts';

/** The key of one part of a request, found. */
export interface PartFound {
  readonly key: string;
  readonly contentHash: string;
  readonly orderId: OrderId;
}

interface LookUp {
  readonly portfolioId: string;
  readonly key: string;
  readonly resolve: (found: KeyFound | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys in one question. */
const MOST_KEYS = 512;

/** One question about keys, each of its portfolio. An index look-up for each, whatever the planner thinks of the table: `LIMIT` keeps it from joining otherwise. */
export function keysStatement(lookUps: readonly { readonly portfolioId: string; readonly key: string }[]): {
  readonly name: string;
  readonly text: string;
  readonly values: string[][];
} {
  return {
    name: 'read_keys',
    text: `SELECT q.n, f.content_hash, f.order_id, f.answer
             FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q(p, k, n)
            CROSS JOIN LATERAL (SELECT i.content_hash, i.order_id, i.answer FROM idempotency_keys i
                                 WHERE i.portfolio_id = q.p AND i.key = q.k LIMIT 1) AS f`,
    values: [lookUps.map(({ portfolioId }) => portfolioId), lookUps.map(({ key }) => key)],
  };
}

/** How many parts of one request are looked up at most. */
export const MOST_PARTS = 1_000;

/** A row of `partsStatement`. */
export interface KeyRow {
  readonly key: string;
  readonly content_hash: string;
  readonly order_id: string;
}

/**
 * The keys of the parts of a request, in the form of now and in the former one: each from the character before the part on to the
 * one after it, in the byte order that the column has.
 */
export function partsStatement(
  portfolioId: string,
  key: string,
): { readonly name: string; readonly text: string; readonly values: (string | number)[] } {
  return {
    name: 'read_parts_of_key',
    text: `(SELECT key, content_hash, order_id FROM idempotency_keys
             WHERE portfolio_id = $1 AND key >= $2 AND key < $3 AND order_id IS NOT NULL ORDER BY key LIMIT $6)
            UNION ALL
           (SELECT key, content_hash, order_id FROM idempotency_keys
             WHERE portfolio_id = $1 AND key >= $4 AND key < $5 AND order_id IS NOT NULL ORDER BY key LIMIT $6)
            ORDER BY key LIMIT $6`,
    values: [
      storableText(portfolioId),
      ...[`${key} `, `${key}!`, `${key}/`, `${key}0`].map(storableText),
      MOST_PARTS,
    ],
  };
}

interface FoundRow {
  /** The place of the key in the question, from 1. */
  readonly n: number;
  readonly content_hash: string;
  readonly order_id: string | null;
  readonly answer: string | null;
}

function toFound({ content_hash: contentHash, order_id: id, answer }: FoundRow): KeyFound {
  return { contentHash, orderId: id === null ? null : orderId(id), answer };
}

export class KeyLookUps {
  readonly #pool: pg.Pool;
  #waiting: LookUp[] = [];
  #isAsking = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The use of a key, or null. Rejects with what `pg` throws. */
  find(portfolioId: PortfolioId, key: string): Promise<KeyFound | null> {
    return new Promise((resolve, reject) => {
      // As the key was made storable when it was written: a text that no table can hold must not fail the others.
      this.#waiting.push({ portfolioId: storableText(portfolioId), key: storableText(key), resolve, reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    // Callers that ask in the same round of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#ask(this.#waiting.splice(0, MOST_KEYS));
    this.#isAsking = false;
  }

  async #ask(group: readonly LookUp[]): Promise<void> {
    try {
      const { rows } = await this.#pool.query<FoundRow>(keysStatement(group));
      const found = new Map(rows.map((row) => [row.n, row]));
      group.forEach(({ resolve }, index) => {
        const row = found.get(index + 1);
        resolve(row === undefined ? null : toFound(row));
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
