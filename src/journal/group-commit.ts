/**
 * Appends of all portfolios of a node, written in groups: one statement, one transaction, one flush to disk.
 *
 * Entry point: `GroupCommit`.
 *
 * Invariants:
 *  1. One group is under way at a time: what waits meanwhile becomes the next group.
 *  2. Every append is settled once: durable, refused by its head or its key, proven lost, or, after a lost connection, by
 *     what the head says once the new session has taken it over.
 *  3. One portfolio's trouble is not the others': a group that is refused is bisected until those at fault stand alone.
 *  4. An owner that lost its session owns nothing until the new session has found its epoch unchanged.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { appendStatement, type AppendStatementRow } from './append-statement.ts';
import type { ChainPosition } from './hash-chain.ts';
import type { Leases } from './leases.ts';
import type { JournalLog } from './log.ts';
import type { Owned, OwnedPortfolios, Pending } from './ownership.ts';
import { classifyError, type Session } from './postgres-session.ts';
import { readRowTypes, type RowTypes } from './row-arrays.ts';
import type { WritingSession } from './writing-session.ts';

const MAX_GROUP_BYTES = 8 * 1024 * 1024;
const PASSING_ATTEMPTS = 5;

export interface GroupCommitOptions {
  readonly maxGroupAppends: number;
  readonly log: JournalLog;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #owned: OwnedPortfolios;
  readonly #leases: Leases;
  readonly #writing: WritingSession;
  #waiting: Pending[] = [];
  /** Sent on a session that was lost before it answered. */
  #inDoubt: readonly Pending[] = [];
  /** As of the last connection: a database that was restored has other ones. */
  #rowTypes: RowTypes = new Map();
  #counters = { groups: 0, appends: 0, records: 0 };

  constructor(options: GroupCommitOptions, owned: OwnedPortfolios, leases: Leases, writing: WritingSession) {
    this.#options = options;
    this.#owned = owned;
    this.#leases = leases;
    this.#writing = writing;
  }

  /** Since the journal was opened. */
  get counters(): { readonly groups: number; readonly appends: number; readonly records: number } {
    return { ...this.#counters };
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(pending: Pending): void {
    this.#waiting.push(pending);
  }

  /** Readies a new session: reads the row types, takes the heads over again and settles all that is in doubt. */
  async prepare(session: Session): Promise<void> {
    this.#rowTypes = await readRowTypes((text, values) => session.query(text, values));
    await this.#settleDoubts(session);
  }

  /** Writes what waits, up to the bounds of one group. */
  async commitWaiting(session: Session): Promise<void> {
    const group: Pending[] = [];
    let bytes = 0;
    let taken = 0;
    for (const pending of this.#waiting) {
      if (group.length >= this.#options.maxGroupAppends || bytes >= MAX_GROUP_BYTES) break;
      taken += 1;
      if (!this.#owned.holds(pending.owned)) {
        pending.settle({ kind: 'fenced' });
        continue;
      }
      for (const record of pending.prepared.records) bytes += record.payloadText.length;
      group.push(pending);
    }
    this.#waiting = this.#waiting.slice(taken);
    if (group.length > 0) await this.#commit(session, group, PASSING_ATTEMPTS);
  }

  /** Settles waiting appends as lost. An append without an answer is abandoned: only the next load can find its outcome. */
  abandonAll(reason: Error): void {
    for (const pending of this.#waiting.splice(0)) {
      pending.settle({ kind: 'lost', detail: 'the journal was closed before it was sent' });
    }
    for (const pending of this.#inDoubt) pending.abandon(reason);
  }

  /** Writes a group and settles all of it, except when the connection is lost: then it is in doubt until reconnected. */
  async #commit(session: Session, group: readonly Pending[], attempts: number): Promise<void> {
    const { log } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const statement = appendStatement(
          group.map((pending) => pending.prepared),
          session.id,
          this.#rowTypes,
        );
        const rows = await session.query<AppendStatementRow & pg.QueryResultRow>(statement, statement.values);
        this.#writing.noteAttempt(true);
        this.#counters.groups += 1;
        this.#settleGroup(group, rows);
        return;
      } catch (error) {
        this.#writing.noteAttempt(false);
        const errorClass = classifyError(error);
        if (errorClass === 'disconnected') {
          this.#inDoubt = [...this.#inDoubt, ...group];
          this.#writing.lose(session, error);
          return;
        }
        if (errorClass === 'passing' && attempt < attempts) {
          log.warn({ reason: String(error), attempt }, 'a group commit failed; trying again');
          await pause(20 * 2 ** attempt);
          continue;
        }
        await this.#bisect(session, group, error);
        return;
      }
    }
  }

  async #bisect(session: Session, group: readonly Pending[], error: unknown): Promise<void> {
    const [only] = group;
    if (only !== undefined && group.length === 1) {
      this.#options.log.error(
        { portfolioId: only.owned.portfolioId, reason: String(error) },
        'an append was refused',
      );
      only.settle({
        kind: classifyError(error) === 'refused' ? 'refused' : 'lost',
        detail: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    const middle = Math.ceil(group.length / 2);
    for (const half of [group.slice(0, middle), group.slice(middle)]) {
      if (this.#writing.current === session) await this.#commit(session, half, 1);
      // The session was lost with the first half: this one was never sent and goes back to its place in the queue.
      else this.#waiting = [...half, ...this.#waiting];
    }
  }

  #settleGroup(group: readonly Pending[], rows: readonly AppendStatementRow[]): void {
    const byPortfolio = new Map(rows.map((row) => [row.portfolio_id, row]));
    for (const pending of group) {
      const row = byPortfolio.get(pending.owned.portfolioId);
      if (row?.advanced === true) {
        this.#settleDurable(pending);
      } else if (row?.head_matched === true && row.taken_key !== null) {
        pending.settle({ kind: 'duplicate_key', key: row.taken_key });
      } else {
        this.#owned.disown(pending.owned);
        pending.settle({ kind: 'fenced' });
      }
    }
  }

  #settleDurable({ prepared, settle }: Pending): void {
    this.#counters.appends += 1;
    this.#counters.records += prepared.records.length;
    settle({ kind: 'durable', seq: prepared.after.seq, hash: prepared.after.hash });
  }

  /** Takes the heads that are still ours over, and settles the appends that the session before left in doubt. */
  async #settleDoubts(session: Session): Promise<void> {
    const owned = this.#owned.all();
    if (owned.length > 0) {
      const { heads, untilMs } = await this.#leases.takeOverAgain(session, owned);
      const doubts = new Map(this.#inDoubt.map((pending) => [pending.owned, pending]));
      const written = await writtenUnderOthers(
        session,
        this.#inDoubt.filter((pending) => !heads.has(pending.owned.portfolioId)),
      );
      // From here on nothing awaits: either all of it is settled or, after an error above, none of it.
      for (const mine of owned) {
        const head = heads.get(mine.portfolioId);
        const doubt = doubts.get(mine);
        if (head !== undefined) {
          mine.untilMs = untilMs;
          this.#settleByHead(mine, head, doubt);
          continue;
        }
        this.#owned.disown(mine);
        if (doubt === undefined) continue;
        if (written.has(doubt)) this.#settleDurable(doubt);
        else doubt.settle({ kind: 'fenced' });
      }
    }
    for (const pending of this.#inDoubt) {
      // Given up (claimed anew, released) while in doubt: nobody builds on it.
      if (pending.owned.outstanding !== null) pending.settle({ kind: 'fenced' });
    }
    this.#inDoubt = [];
  }

  /** The head of a portfolio that is still ours stands where it stood before the append in doubt, after it, or wrongly. */
  #settleByHead(mine: Owned, head: ChainPosition, doubt: Pending | undefined): void {
    if (doubt !== undefined && isAt(head, doubt.prepared.after)) {
      this.#settleDurable(doubt);
    } else if (isAt(head, mine.head)) {
      doubt?.settle({ kind: 'lost', detail: 'the connection was lost and the head has not moved' });
    } else {
      this.#options.log.error(
        { portfolioId: mine.portfolioId, expected: mine.head, found: head },
        'the head is not where it was left: the database has been restored or failed over with a loss',
      );
      this.#owned.disown(mine);
      doubt?.settle({ kind: 'fenced' });
    }
  }
}

function isAt(head: ChainPosition, position: ChainPosition): boolean {
  return head.seq === position.seq && head.hash === position.hash;
}

/** Which of these appends stand in the journal although another owner has gone on from there. */
async function writtenUnderOthers(
  session: Session,
  doubts: readonly Pending[],
): Promise<ReadonlySet<Pending>> {
  const written = new Set<Pending>();
  for (const doubt of doubts) {
    const { after, append } = doubt.prepared;
    const rows = await session.query<{ hash: string }>(
      'SELECT hash FROM journal WHERE portfolio_id = $1 AND seq = $2',
      [append.portfolioId, after.seq],
    );
    if (rows[0]?.hash === after.hash) written.add(doubt);
  }
  return written;
}
