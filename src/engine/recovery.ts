/**
 * Recovers a portfolio's state from its journal, and saves the snapshots that bound how much of the journal is read.
 *
 * Entry points: `recover`, `Snapshots`.
 *
 * Invariants:
 *  1. While the database is unavailable, `recover` goes on trying. It throws on a corrupt journal.
 *  2. A snapshot is of durable state only. One that cannot be saved costs time at the next recovery and nothing else.
 */
import { BrokenAssertion } from '../core/broken-assertion.ts';
import type { PortfolioId } from '../core/ids.ts';
import { decodeEvent, RecordTypeUnknown } from '../core/portfolio/codec.ts';
import { evolve } from '../core/portfolio/evolve.ts';
import { decodeState, snapshotOf } from '../core/portfolio/snapshot.ts';
import { initialState, type PortfolioState } from '../core/portfolio/state.ts';
import { JournalCorrupt, type Journal } from '../journal/journal.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const RELOAD_RETRY_MS = 500;
/** Events after which a snapshot is worth its cost: at least so many, and so many for each order that it would hold. */
const SNAPSHOT_EVERY = 20_000;
const SNAPSHOT_EVERY_PER_ORDER = 4;

export interface RecoveryOptions {
  readonly portfolioId: PortfolioId;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Recovered {
  readonly state: PortfolioState;
  readonly seq: number;
  /** Seq of the snapshot that it began with; 0 when there was none. */
  readonly snapshotSeq: number;
}

/** Folds the state anew. Throws `JournalCorrupt`, `BrokenAssertion`, or `RecordTypeUnknown` for what a later release wrote. */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  for (;;) {
    try {
      return await foldJournal(options);
    } catch (error) {
      if (
        error instanceof JournalCorrupt ||
        error instanceof BrokenAssertion ||
        error instanceof RecordTypeUnknown
      )
        throw error;
      options.log.warn(
        { portfolioId: options.portfolioId, error },
        'the journal cannot be read; trying again',
      );
      await new Promise<void>((resolve) => {
        options.clock.after(RELOAD_RETRY_MS, resolve);
      });
    }
  }
}

async function foldJournal({ journal, portfolioId }: RecoveryOptions): Promise<Recovered> {
  const { snapshot, records } = await journal.load(portfolioId);
  const state = snapshot === null ? initialState() : fold(() => decodeState(snapshot.state));
  let seq = snapshot?.seq ?? 0;
  for await (const record of records) {
    fold(() => evolve(state, record.at, decodeEvent(record.type, record.payload)));
    seq = record.seq;
  }
  return { state, seq, snapshotSeq: snapshot?.seq ?? 0 };
}

/** A failure on a record whose hash is right is a bug, not an unavailable database. */
function fold<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof BrokenAssertion || error instanceof RecordTypeUnknown) throw error;
    throw new BrokenAssertion(`a journaled record cannot be folded: ${String(error)}`);
  }
}

export class Snapshots {
  readonly #options: Omit<RecoveryOptions, 'clock'>;
  #newestSeq = 0;
  /** The snapshot that is being saved. */
  #saving: Promise<void> | null = null;

  constructor(options: Omit<RecoveryOptions, 'clock'>) {
    this.#options = options;
  }

  /** The state was recovered from a snapshot of this seq. */
  startFrom(seq: number): void {
    this.#newestSeq = seq;
  }

  /** Saves one beside the next decisions, which need not wait for it: the state is written down before this returns. */
  saveIfDue(state: PortfolioState, seq: number): void {
    const orders = state.unfinished.size + state.finished.size;
    const since = seq - this.#newestSeq;
    if (this.#saving !== null || since < Math.max(SNAPSHOT_EVERY, SNAPSHOT_EVERY_PER_ORDER * orders)) return;
    this.#saving = this.save(state, seq).finally(() => {
      this.#saving = null;
    });
  }

  /** Resolves once the snapshot that is being saved, if any, is saved or has failed. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  /** Saves one unless the newest is of this seq. Never rejects. */
  async save(state: PortfolioState, seq: number): Promise<void> {
    const { journal, portfolioId, log } = this.#options;
    if (seq === this.#newestSeq) return;
    try {
      await journal.saveSnapshot(portfolioId, { seq, state: snapshotOf(state) });
      this.#newestSeq = seq;
    } catch (error) {
      log.warn({ portfolioId, error }, 'no snapshot could be saved; recovery will read more of the journal');
    }
  }
}
