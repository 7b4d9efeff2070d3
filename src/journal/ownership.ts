/**
 * Ownership as both journals keep it in memory: the portfolios of the node, their appends on the way, and the record that
 * ownership begins with.
 *
 * Entry points: `OwnedPortfolios`, `ownershipRecord`.
 *
 * Invariants:
 *  1. One append of a portfolio is on its way at most; the head that the next one builds on moves only when it is durable.
 *  2. Appends refused without the storage are refused alike in every journal: one that cannot be this owner's next, one with
 *     a key twice in it, and one with a value that no journal can hold.
 */
import type { PortfolioId, TimeMs } from '../core/ids.ts';
import { canonicalJson, type ChainPosition, recordHash, type StoredRecord } from './hash-chain.ts';
import type { Append, AppendResult } from './journal.ts';
import { type Generations, prepareAppend, type PreparedAppend } from './prepared-append.ts';

export interface Owned {
  readonly portfolioId: PortfolioId;
  readonly epoch: number;
  head: ChainPosition;
  generations: Generations;
  /** By our monotonic clock, milliseconds. */
  untilMs: number;
  outstanding: Promise<AppendResult> | null;
}

export interface Pending {
  readonly prepared: PreparedAppend;
  readonly owned: Owned;
  readonly settle: (result: AppendResult) => void;
  /** Nothing can be said of it any more. */
  readonly abandon: (error: Error) => void;
}

export class OwnedPortfolios {
  readonly #owned = new Map<PortfolioId, Owned>();

  get size(): number {
    return this.#owned.size;
  }

  get(portfolioId: PortfolioId): Owned | undefined {
    return this.#owned.get(portfolioId);
  }

  all(): readonly Owned[] {
    return [...this.#owned.values()];
  }

  take(owned: Omit<Owned, 'outstanding'>): void {
    this.#owned.set(owned.portfolioId, { ...owned, outstanding: null });
  }

  /** False for what was claimed anew or given up since. */
  holds(owned: Owned): boolean {
    return this.#owned.get(owned.portfolioId) === owned;
  }

  disown(owned: Owned): void {
    if (this.holds(owned)) this.#owned.delete(owned.portfolioId);
  }

  /** Stops owning once no append is on its way. Returns the former ownership, for the storage to free. */
  async giveUp(portfolioId: PortfolioId): Promise<Owned | undefined> {
    const owned = this.#owned.get(portfolioId);
    if (owned === undefined) return undefined;
    await owned.outstanding;
    this.disown(owned);
    return owned;
  }

  /**
   * Takes an append in. `pass` is called with it unless it can be answered at once, and must lead to its `settle` or
   * `abandon`. Rejects with `TypeError` for what no journal can hold.
   */
  handIn(append: Append, pass: (pending: Pending) => void): Promise<AppendResult> {
    const owned = this.#owned.get(append.portfolioId);
    let admitted: PreparedAppend | AppendResult;
    try {
      admitted = admit(append, owned);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if ('kind' in admitted || owned === undefined)
      return Promise.resolve('kind' in admitted ? admitted : { kind: 'fenced' });
    const prepared = admitted;
    const { promise, resolve, reject } = Promise.withResolvers<AppendResult>();
    owned.outstanding = promise;
    const settle = (result: AppendResult): void => {
      owned.outstanding = null;
      if (result.kind === 'durable') {
        owned.head = prepared.after;
        owned.generations = prepared.generations;
      }
      resolve(result);
    };
    pass({ prepared, owned, settle, abandon: reject });
    return promise;
  }
}

function admit(append: Append, owned: Owned | undefined): PreparedAppend | AppendResult {
  if (owned !== undefined && owned.outstanding !== null)
    throw new Error(`An append of portfolio ${append.portfolioId} is outstanding already.`);
  if (append.records.length === 0) {
    throw new TypeError(
      'An append holds at least one record: without one its outcome could not be found out.',
    );
  }
  if (owned === undefined || owned.epoch !== append.epoch || owned.head.seq !== append.expectedSeq)
    return { kind: 'fenced' };
  const prepared = prepareAppend(append, owned.head, owned.generations);
  return prepared.repeatedKey === null ? prepared : { kind: 'duplicate_key', key: prepared.repeatedKey };
}

/** The record that a new owner begins with, and the epoch it begins. */
export function ownershipRecord(
  portfolioId: PortfolioId,
  before: ChainPosition & { readonly epoch: number },
  node: string,
  at: TimeMs,
): { readonly epoch: number; readonly record: StoredRecord } {
  const epoch = before.epoch + 1;
  const unhashed = {
    portfolioId,
    seq: before.seq + 1,
    at,
    type: 'ownership_taken',
    payloadText: canonicalJson({ node, epoch }),
    previousHash: before.hash,
  };
  return { epoch, record: { ...unhashed, hash: recordHash(unhashed) } };
}
