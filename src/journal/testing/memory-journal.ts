/**
 * The journal in memory, under a virtual clock and with faults from a seed: storage for whole-service simulation.
 *
 * Entry points: `MemoryStorage` (what a disk is: it outlives crashes), `openMemoryJournal` (what a process has).
 * The contract is in `../journal.ts`; both journals pass `../conformance.ts`.
 *
 * Invariants:
 *  1. Deterministic: time comes from the scheduler, chance from `random`, and nothing else is asked.
 *  2. A commit takes virtual time. Until its moment nothing of it is stored; at that moment all of its group is, or nothing.
 *  3. `crash` drops whatever was not flushed; a group whose commit was under way is kept or dropped by chance, and no
 *     promise of a crashed journal ever settles.
 *  4. A commit may lose its answer, written or not; it is then settled by reading the head, as on PostgreSQL.
 */
import type { OrderId, PortfolioId, TimeMs } from '../../core/ids.ts';
import {
  advanceChain,
  canonicalJson,
  type ChainPosition,
  GENESIS_HASH,
  holdAgainstHead,
  storableText,
  type StoredRecord,
} from '../hash-chain.ts';
import {
  type Append,
  type AppendResult,
  type ClaimResult,
  type Journal,
  type JournalRecord,
  type HandedOverCancel,
  type Loaded,
  type Snapshot,
} from '../journal.ts';
import { OwnedPortfolios, ownershipRecord, type Pending } from '../ownership.ts';
import { emptyRows, type PreparedAppend, type ReadModelRows } from '../prepared-append.ts';
import { stateTextHash, toJournalRecord, toJsonObject } from '../stored-record.ts';

/** The virtual clock. Callbacks run one at a time, in order of their time, then of their scheduling. */
export interface Scheduler {
  /** The wall clock, which stands for the database's as well. */
  now(): TimeMs;
  monotonicMs(): number;
  after(delayMs: number, run: () => void): void;
}

/** Faults of commits; probabilities from 0 to 1. */
export interface MemoryFaults {
  /** How long a commit takes, in milliseconds, both ends included. */
  readonly commitMs: readonly [least: number, most: number];
  /** The connection is lost at the commit, which was written in half of the cases. */
  readonly lostAnswerProbability: number;
  /** How long a lost connection takes to come back, in milliseconds. */
  readonly reconnectMs: readonly [least: number, most: number];
}

export const NO_MEMORY_FAULTS: MemoryFaults = {
  commitMs: [1, 1],
  lostAnswerProbability: 0,
  reconnectMs: [10, 10],
};

interface StoredSnapshot {
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

interface StoredPortfolio {
  head: ChainPosition;
  epoch: number;
  ownerNode: string | null;
  session: number | null;
  leaseUntil: TimeMs;
  readonly records: StoredRecord[];
  readonly orderIndex: Map<string, number[]>;
  readonly rows: ReadModelRows;
  snapshots: StoredSnapshot[];
  readonly handedOverCancels: Map<OrderId, HandedOverCancel>;
}

/** The storage, which survives every crash. Several journals, each a node of its own, may be open on one storage. */
export class MemoryStorage {
  readonly scheduler: Scheduler;
  readonly #portfolios = new Map<PortfolioId, StoredPortfolio>();
  readonly #sessions = new Set<number>();
  #lastSession = 0;
  #unavailableUntil: TimeMs = Number.NEGATIVE_INFINITY;
  #refusal: ((append: Append) => AppendResult | null) | null = null;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  /** The storage cannot be reached for so long: commits in flight lose their answer, later ones wait. */
  becomeUnavailable(durationMs: number): void {
    this.#unavailableUntil = this.scheduler.now() + durationMs;
  }

  /** Refuses each append with such a record, as a constraint or a full disk would; null takes everything again. */
  refuseAppends(refusal: ((append: Append) => AppendResult | null) | null): void {
    this.#refusal = refusal;
  }

  refusalOf({ append }: PreparedAppend): AppendResult | null {
    return this.#refusal?.(append) ?? null;
  }

  get isUnavailable(): boolean {
    return this.scheduler.now() < this.#unavailableUntil;
  }

  openSession(): number {
    this.#lastSession += 1;
    this.#sessions.add(this.#lastSession);
    return this.#lastSession;
  }

  closeSession(session: number): void {
    this.#sessions.delete(session);
  }

  sessionLives(session: number): boolean {
    return this.#sessions.has(session);
  }

  createPortfolio(portfolioId: PortfolioId): void {
    if (this.#portfolios.has(portfolioId)) return;
    this.#portfolios.set(portfolioId, {
      head: { seq: 0, hash: GENESIS_HASH },
      epoch: 0,
      ownerNode: null,
      session: null,
      leaseUntil: Number.NEGATIVE_INFINITY,
      records: [],
      orderIndex: new Map(),
      rows: emptyRows(),
      snapshots: [],
      handedOverCancels: new Map(),
    });
  }

  portfolio(portfolioId: PortfolioId): StoredPortfolio | undefined {
    return this.#portfolios.get(portfolioId);
  }

  /** Every portfolio, for auditors. */
  portfolioIds(): readonly PortfolioId[] {
    return [...this.#portfolios.keys()];
  }

  /** The records as stored, for auditors and `verifyChain`. */
  records(portfolioId: PortfolioId): readonly StoredRecord[] {
    return this.#portfolios.get(portfolioId)?.records ?? [];
  }

  /** Damages what is stored, to show that damage is found. */
  corrupt(portfolioId: PortfolioId, seq: number, change: (record: StoredRecord) => StoredRecord): void {
    const records = this.#portfolios.get(portfolioId)?.records;
    const record = records?.[seq - 1];
    if (records !== undefined && record !== undefined) records[seq - 1] = change(record);
  }

  /** Writes one append if head, epoch, session and keys allow it; what became of it otherwise. */
  write(prepared: PreparedAppend, session: number): AppendResult {
    const { append, before, after } = prepared;
    const stored = this.#portfolios.get(append.portfolioId);
    if (
      stored === undefined ||
      stored.epoch !== append.epoch ||
      stored.session !== session ||
      stored.head.seq !== before.seq
    ) {
      return { kind: 'fenced' };
    }
    for (const key of prepared.rows.idempotency_keys.keys()) {
      if (stored.rows.idempotency_keys.has(key)) return { kind: 'duplicate_key', key };
    }
    stored.head = after;
    stored.records.push(...prepared.records);
    for (const { orderId, seq } of prepared.orderIndex) {
      const seqs = stored.orderIndex.get(orderId);
      if (seqs === undefined) stored.orderIndex.set(orderId, [seq]);
      else seqs.push(seq);
    }
    putAll(stored.rows.account_generations, prepared.rows.account_generations);
    putAll(stored.rows.orders, prepared.rows.orders);
    putAll(stored.rows.venue_order_ids, prepared.rows.venue_order_ids);
    putAll(stored.rows.fills, prepared.rows.fills);
    putAll(stored.rows.positions, prepared.rows.positions);
    putAll(stored.rows.balances, prepared.rows.balances);
    putAll(stored.rows.drift, prepared.rows.drift);
    putAll(stored.rows.equity, prepared.rows.equity);
    putAll(stored.rows.quotes, prepared.rows.quotes);
    putAll(stored.rows.idempotency_keys, prepared.rows.idempotency_keys);
    return { kind: 'durable', seq: after.seq, hash: after.hash };
  }
}

function putAll<Key, Row>(target: Map<Key, Row>, rows: ReadonlyMap<Key, Row>): void {
  for (const [key, row] of rows) target.set(key, row);
}

export interface MemoryJournalOptions {
  readonly storage: MemoryStorage;
  /** Uniform in [0, 1), seeded. */
  readonly random: () => number;
  readonly faults?: MemoryFaults;
  /** Default 10,000; renewed every third of it unless `renewsLeases` is false (a frozen owner). */
  readonly leaseMs?: number;
  readonly renewsLeases?: boolean;
}

export interface MemoryJournal extends Journal {
  /** The process dies here and now. */
  crash(): void;
  /** The next commit loses its answer, written or not. */
  loseNextAnswer(written: boolean): void;
}

export function openMemoryJournal(options: MemoryJournalOptions): MemoryJournal {
  return new SimulatedJournal(options);
}

const SNAPSHOTS_KEPT = 2;

interface Task {
  /** Changes the storage and returns what reports it to the caller. */
  apply(session: number): () => void;
}

type Fate = 'answered' | 'lost_written' | 'lost_unwritten';

class SimulatedJournal implements MemoryJournal {
  readonly #storage: MemoryStorage;
  readonly #scheduler: Scheduler;
  readonly #random: () => number;
  readonly #faults: MemoryFaults;
  readonly #leaseMs: number;
  readonly #owned = new OwnedPortfolios();
  readonly #tasks: Task[] = [];
  #waiting: Pending[] = [];
  #inFlight: readonly Pending[] | null = null;
  #inDoubt: readonly Pending[] = [];
  #busy = false;
  #session: number | null;
  #forcedFate: Fate | null = null;
  #ended: 'no' | 'closing' | 'closed' | 'crashed' = 'no';
  #whenIdle: (() => void)[] = [];

  constructor(options: MemoryJournalOptions) {
    this.#storage = options.storage;
    this.#scheduler = options.storage.scheduler;
    this.#random = options.random;
    this.#faults = options.faults ?? NO_MEMORY_FAULTS;
    this.#leaseMs = options.leaseMs ?? 10_000;
    this.#session = this.#storage.openSession();
    if (options.renewsLeases !== false) this.#scheduleRenewal();
  }

  get healthy(): boolean {
    return this.#session !== null && this.#ended === 'no';
  }

  crash(): void {
    if (this.#ended === 'closed' || this.#ended === 'crashed') return;
    const session = this.#session;
    if (this.#inFlight !== null && session !== null && this.#random() < 0.5) {
      for (const pending of this.#inFlight) this.#storage.write(pending.prepared, session);
    }
    this.#ended = 'crashed';
    if (session !== null) this.#storage.closeSession(session);
  }

  loseNextAnswer(written: boolean): void {
    this.#forcedFate = written ? 'lost_written' : 'lost_unwritten';
  }

  close(): Promise<void> {
    if (this.#ended !== 'no') return Promise.resolve();
    this.#ended = 'closing';
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(() => {
      this.#ended = 'closed';
      if (this.#session !== null) this.#storage.closeSession(this.#session);
      resolve();
    });
    this.#pump();
    return promise;
  }

  createPortfolio(portfolioId: PortfolioId): Promise<void> {
    return this.#enqueue(() => this.#storage.createPortfolio(portfolioId));
  }

  claim(portfolioId: PortfolioId, node: string, at: TimeMs): Promise<ClaimResult> {
    return this.#enqueue((session) => this.#claim(session, portfolioId, node, at));
  }

  ownedUntil(portfolioId: PortfolioId): number {
    if (this.#session === null) return 0;
    return this.#owned.get(portfolioId)?.untilMs ?? 0;
  }

  async release(portfolioId: PortfolioId): Promise<void> {
    const owned = await this.#owned.giveUp(portfolioId);
    if (owned === undefined) return;
    await this.#enqueue(() => {
      const stored = this.#storage.portfolio(portfolioId);
      if (stored === undefined || stored.epoch !== owned.epoch) return;
      stored.ownerNode = null;
      stored.session = null;
      stored.leaseUntil = Number.NEGATIVE_INFINITY;
    });
  }

  append(append: Append): Promise<AppendResult> {
    if (this.#ended === 'crashed') return never();
    if (this.#ended !== 'no') return Promise.reject(new Error('The journal is closed.'));
    return this.#owned.handIn(append, (pending) => {
      this.#waiting.push(pending);
      this.#pump();
    });
  }

  async load(portfolioId: PortfolioId): Promise<Loaded> {
    await this.#read();
    const stored = this.#storage.portfolio(portfolioId);
    if (stored === undefined) throw new Error(`Portfolio ${portfolioId} has no journal: create it first.`);
    const { head } = stored;
    const sound = stored.snapshots
      .filter((snapshot) => snapshot.seq <= head.seq && stateTextHash(snapshot.text) === snapshot.hash)
      .at(-1);
    const from: ChainPosition =
      sound === undefined || sound.seq === 0
        ? { seq: 0, hash: GENESIS_HASH }
        : { seq: sound.seq, hash: stored.records[sound.seq - 1]?.hash ?? '' };
    return {
      snapshot: sound === undefined ? null : { seq: sound.seq, state: toJsonObject(sound.text) },
      records: verifiedRecords(portfolioId, stored.records.slice(from.seq, head.seq), from, head),
    };
  }

  async saveSnapshot(portfolioId: PortfolioId, snapshot: Snapshot): Promise<void> {
    const text = canonicalJson(snapshot.state);
    await this.#enqueue(() => {
      const stored = this.#storage.portfolio(portfolioId);
      if (stored === undefined) return;
      stored.snapshots = [
        ...stored.snapshots.filter((kept) => kept.seq !== snapshot.seq),
        { seq: snapshot.seq, text, hash: stateTextHash(text) },
      ]
        .sort((left, right) => left.seq - right.seq)
        .slice(-SNAPSHOTS_KEPT);
    });
  }

  handOverCancels(portfolioId: PortfolioId, cancels: readonly HandedOverCancel[]): Promise<void> {
    return this.#enqueue(() => {
      const left = this.#storage.portfolio(portfolioId)?.handedOverCancels;
      for (const cancel of cancels) if (left?.has(cancel.orderId) === false) left.set(cancel.orderId, cancel);
    });
  }

  async handedOverCancels(portfolioId: PortfolioId): Promise<readonly HandedOverCancel[]> {
    await this.#read();
    const left = [...(this.#storage.portfolio(portfolioId)?.handedOverCancels.values() ?? [])];
    return left.sort((one, other) => one.at - other.at || (one.orderId < other.orderId ? -1 : 1));
  }

  dropHandedOverCancels(portfolioId: PortfolioId, orderIds: readonly OrderId[]): Promise<void> {
    return this.#enqueue(() => {
      for (const orderId of orderIds) this.#storage.portfolio(portfolioId)?.handedOverCancels.delete(orderId);
    });
  }

  // --- commits ---

  #enqueue<Result>(run: (session: number) => Result): Promise<Result> {
    if (this.#ended === 'crashed') return never();
    if (this.#ended !== 'no') return Promise.reject(new Error('The journal is closed.'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#tasks.push({
      apply: (session) => {
        try {
          const result = run(session);
          return () => resolve(result);
        } catch (error) {
          return () => reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
    });
    this.#pump();
    return promise;
  }

  #pump(): void {
    if (this.#busy || this.#ended === 'crashed' || this.#ended === 'closed' || this.#session === null) return;
    const task = this.#tasks.shift();
    if (task !== undefined) {
      this.#busy = true;
      this.#afterAWhile(this.#faults.commitMs, () => this.#finishTask(task));
      return;
    }
    if (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      this.#inFlight = group;
      this.#busy = true;
      this.#afterAWhile(this.#faults.commitMs, () => this.#finishGroup(group));
      return;
    }
    for (const idle of this.#whenIdle.splice(0)) idle();
  }

  #finishTask(task: Task): void {
    const session = this.#session;
    this.#busy = false;
    if (session === null) return;
    const fate = this.#fate();
    if (fate === 'answered') {
      task.apply(session)();
      this.#pump();
      return;
    }
    // Done or not, it is done again: every task may be repeated.
    if (fate === 'lost_written') task.apply(session);
    this.#tasks.unshift(task);
    this.#lose(session);
  }

  #finishGroup(group: readonly Pending[]): void {
    const session = this.#session;
    this.#busy = false;
    this.#inFlight = null;
    if (session === null) return;
    const fate = this.#fate();
    if (fate === 'answered') {
      for (const pending of group) {
        const result: AppendResult = this.#owned.holds(pending.owned)
          ? (this.#storage.refusalOf(pending.prepared) ?? this.#storage.write(pending.prepared, session))
          : { kind: 'fenced' };
        if (result.kind === 'fenced') this.#owned.disown(pending.owned);
        pending.settle(result);
      }
      this.#pump();
      return;
    }
    if (fate === 'lost_written') for (const pending of group) this.#storage.write(pending.prepared, session);
    this.#inDoubt = group;
    this.#lose(session);
  }

  #fate(): Fate {
    const forced = this.#forcedFate;
    this.#forcedFate = null;
    if (forced !== null) return forced;
    // Chance is asked the same number of times in every case, so that one fault does not shift all later ones.
    const lost = this.#random() < this.#faults.lostAnswerProbability;
    const written = this.#random() < 0.5;
    if (this.#storage.isUnavailable) return 'lost_unwritten';
    return lost ? (written ? 'lost_written' : 'lost_unwritten') : 'answered';
  }

  #lose(session: number): void {
    this.#storage.closeSession(session);
    this.#session = null;
    this.#afterAWhile(this.#faults.reconnectMs, () => this.#reconnect());
  }

  #reconnect(): void {
    if (this.#storage.isUnavailable) {
      this.#afterAWhile(this.#faults.reconnectMs, () => this.#reconnect());
      return;
    }
    const session = this.#storage.openSession();
    this.#session = session;
    const doubts = new Map(this.#inDoubt.map((pending) => [pending.owned, pending]));
    for (const owned of this.#owned.all()) {
      const stored = this.#storage.portfolio(owned.portfolioId);
      const doubt = doubts.get(owned);
      if (stored === undefined || stored.epoch !== owned.epoch) {
        this.#owned.disown(owned);
        const after = doubt?.prepared.after;
        const written = after !== undefined && stored?.records[after.seq - 1]?.hash === after.hash;
        doubt?.settle(written ? { kind: 'durable', seq: after.seq, hash: after.hash } : { kind: 'fenced' });
        continue;
      }
      stored.session = session;
      stored.leaseUntil = this.#scheduler.now() + this.#leaseMs;
      owned.untilMs = this.#ownUntil();
      if (doubt === undefined) continue;
      const { after } = doubt.prepared;
      doubt.settle(
        stored.head.hash === after.hash
          ? { kind: 'durable', seq: after.seq, hash: after.hash }
          : { kind: 'lost', detail: 'the connection was lost and the head has not moved' },
      );
    }
    for (const pending of this.#inDoubt) {
      if (pending.owned.outstanding !== null) pending.settle({ kind: 'fenced' });
    }
    this.#inDoubt = [];
    this.#pump();
  }

  // --- ownership ---

  #claim(session: number, portfolioId: PortfolioId, node: string, at: TimeMs): ClaimResult {
    const stored = this.#storage.portfolio(portfolioId);
    if (stored === undefined) throw new Error(`Portfolio ${portfolioId} has no journal: create it first.`);
    const leaseLeftMs = stored.leaseUntil - this.#scheduler.now();
    if (
      stored.session !== null &&
      stored.session !== session &&
      leaseLeftMs > 0 &&
      this.#storage.sessionLives(stored.session)
    ) {
      return {
        kind: 'owned_elsewhere',
        node: stored.ownerNode ?? '',
        retryAfterMs: Math.max(1, Math.min(leaseLeftMs, this.#leaseMs / 10)),
      };
    }
    const { epoch, record } = ownershipRecord(portfolioId, { ...stored.head, epoch: stored.epoch }, node, at);
    stored.records.push(record);
    stored.head = { seq: record.seq, hash: record.hash };
    stored.epoch = epoch;
    stored.ownerNode = storableText(node);
    stored.session = session;
    stored.leaseUntil = this.#scheduler.now() + this.#leaseMs;
    this.#owned.take({
      portfolioId,
      epoch,
      head: stored.head,
      generations: new Map(
        [...stored.rows.account_generations.values()].map((row) => [row.accountId, row.generation]),
      ),
      untilMs: this.#ownUntil(),
    });
    return { kind: 'owned', epoch, seq: record.seq, hash: record.hash };
  }

  #ownUntil(): number {
    // The lease less a fifth of it as a margin, counted from before the commit.
    return this.#scheduler.monotonicMs() - this.#faults.commitMs[1] + this.#leaseMs * 0.8;
  }

  #scheduleRenewal(): void {
    this.#scheduler.after(this.#leaseMs / 3, () => {
      if (this.#ended !== 'no') return;
      const session = this.#session;
      if (session !== null && !this.#storage.isUnavailable) {
        for (const owned of this.#owned.all()) {
          const stored = this.#storage.portfolio(owned.portfolioId);
          if (stored !== undefined && stored.epoch === owned.epoch && stored.session === session) {
            stored.leaseUntil = this.#scheduler.now() + this.#leaseMs;
            owned.untilMs = this.#ownUntil();
          } else {
            this.#owned.disown(owned);
          }
        }
      }
      this.#scheduleRenewal();
    });
  }

  // --- time ---

  #afterAWhile([least, most]: readonly [number, number], run: () => void): void {
    const delayMs = least + Math.floor(this.#random() * (most - least + 1));
    this.#scheduler.after(delayMs, () => {
      if (this.#ended !== 'crashed' && this.#ended !== 'closed') run();
    });
  }

  /** Reading takes no virtual time but a step of the scheduler; a crashed process reads nothing. */
  #read(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#scheduler.after(0, () => {
      if (this.#ended !== 'crashed') resolve();
    });
    return promise;
  }
}

function never<Result>(): Promise<Result> {
  return Promise.withResolvers<Result>().promise;
}

async function* verifiedRecords(
  portfolioId: PortfolioId,
  records: readonly StoredRecord[],
  from: ChainPosition,
  head: ChainPosition,
): AsyncGenerator<JournalRecord> {
  let position = from;
  for (const record of records) {
    position = advanceChain(position, record);
    yield toJournalRecord(record);
  }
  holdAgainstHead(portfolioId, position, head);
}
