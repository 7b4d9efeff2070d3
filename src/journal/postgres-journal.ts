/**
 * The journal on PostgreSQL: group commit over all portfolios of a node, ownership by epoch, recovery of lost answers.
 *
 * Entry point: `openPostgresJournal`. The contract is in `journal.ts`.
 *
 * Invariants:
 *  1. All writing goes through one session at a time, one statement at a time: what waits meanwhile becomes the next group.
 *  2. A head moves only under (seq, epoch, session) all as expected. A session that is replaced leaves its number in no
 *     head, so nothing that it left in flight can take effect after the new session has looked.
 *  3. After a lost connection the new session first takes the heads over again, which waits for whatever the old one left
 *     running; what the heads say then is final, and every append in doubt is settled by it.
 *  4. An owner that lost its session owns nothing until the new session has found its epoch unchanged.
 *
 * The connection must reach PostgreSQL itself or a pooler in session mode: the advisory lock belongs to the session.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { OrderId, PortfolioId, TimeMs } from '../core/ids.ts';
import { appendStatement, type AppendStatementRow } from './append-statement.ts';
import type { JournalLog } from './log.ts';
import { EQUITY_RETENTION, type EquityRetention, EquityThinning } from './equity-retention.ts';
import {
  advanceChain,
  canonicalJson,
  type ChainPosition,
  GENESIS_HASH,
  holdAgainstHead,
  storableText,
} from './hash-chain.ts';
import {
  type Append,
  type AppendResult,
  type ClaimResult,
  type Journal,
  type JournalRecord,
  type HandedOverCancel,
  type Loaded,
  type LoadedSnapshot,
  type Snapshot,
} from './journal.ts';
import { storedRecords } from './record-pages.ts';
import { readRowTypes, type RowTypes } from './row-arrays.ts';
import { HandedOverCancels } from './handed-over-cancels.ts';
import { stateTextHash, toJournalRecord, toJsonObject } from './stored-record.ts';
import { OwnedPortfolios, ownershipRecord, type Pending } from './ownership.ts';
import { classifyError, clientConfig, openSession, type Session } from './postgres-session.ts';

export interface PostgresJournalOptions {
  readonly connection: pg.ClientConfig;
  readonly log: JournalLog;
  /** How long an owner that shows no sign of life keeps a portfolio. Default 10,000; renewed every third of it. */
  readonly leaseMs?: number;
  /** How long before the lease's end the owner itself stops. Default a fifth of it. */
  readonly leaseMarginMs?: number;
  /** False leaves leases to run out, as those of a frozen process do. Default true. */
  readonly renewsLeases?: boolean;
  /** A statement without an answer for so long counts as lost. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Bound on one group. Default 512 appends. */
  readonly maxGroupAppends?: number;
  /** Rows of quotes that a portfolio keeps, and their greatest age. Default 200,000 and 90 days. */
  readonly quotesKept?: number;
  readonly quoteMaxAgeMs?: number;
  /** How readings of equity are thinned out as they age. Default all for 7 days, one of each minute for 90, then of each hour. */
  readonly equityRetention?: EquityRetention;
}

/** Counters since the journal was opened. */
export interface JournalCounters {
  readonly groups: number;
  readonly appends: number;
  readonly records: number;
  readonly reconnects: number;
}

export interface PostgresJournal extends Journal {
  readonly counters: JournalCounters;
}

/** Connects, or rejects with what `pg` throws. The schema must be there (`migrate`). */
export async function openPostgresJournal(options: PostgresJournalOptions): Promise<PostgresJournal> {
  const journal = new GroupCommitJournal(options);
  await journal.open();
  return journal;
}

const MAX_GROUP_BYTES = 8 * 1024 * 1024;
const SNAPSHOTS_KEPT = 2;
const PASSING_ATTEMPTS = 5;
const RECONNECT_FIRST_MS = 20;
const RECONNECT_MAX_MS = 1_000;
const DAY_MS = 86_400_000;
const PAST_SESSIONS_KEPT = 16;

interface Task {
  run(session: Session): Promise<void>;
  reject(error: Error): void;
}

class GroupCommitJournal implements PostgresJournal {
  readonly #options: Required<PostgresJournalOptions>;
  readonly #pool: pg.Pool;
  readonly #equity: EquityThinning;
  readonly #left: HandedOverCancels;
  readonly #owned = new OwnedPortfolios();
  readonly #tasks: Task[] = [];
  #waiting: Pending[] = [];
  #inDoubt: readonly Pending[] = [];
  #session: Session | null = null;
  /** As of the last connection: a database that was restored has other ones. */
  #rowTypes: RowTypes = new Map();
  /** Sessions of ours that are over, newest last: what still stands under one of them is ours to take. */
  readonly #pastSessions: number[] = [];
  #lastAttemptSucceeded = false;
  #closing = false;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #writing: Promise<void> = Promise.resolve();
  #renewal: NodeJS.Timeout | null = null;
  #counters = { groups: 0, appends: 0, records: 0, reconnects: 0 };

  constructor(options: PostgresJournalOptions) {
    const leaseMs = options.leaseMs ?? 10_000;
    this.#options = {
      leaseMs,
      leaseMarginMs: leaseMs / 5,
      renewsLeases: true,
      statementTimeoutMs: 30_000,
      maxGroupAppends: 512,
      quotesKept: 200_000,
      quoteMaxAgeMs: 90 * DAY_MS,
      equityRetention: EQUITY_RETENTION,
      ...options,
    };
    this.#pool = new pg.Pool({ ...clientConfig(options.connection), max: 4, allowExitOnIdle: true });
    this.#equity = new EquityThinning(this.#pool, this.#options.equityRetention);
    this.#pool.on('error', (error) => {
      options.log.warn({ reason: error.message }, 'an idle reading connection was lost');
    });
    this.#left = new HandedOverCancels(this.#pool);
  }

  get healthy(): boolean {
    return this.#session !== null && this.#lastAttemptSucceeded;
  }

  get counters(): JournalCounters {
    return { ...this.#counters };
  }

  async open(): Promise<void> {
    await this.#connect();
    await this.#warnOfSettings();
    this.#writing = this.#write();
    if (!this.#options.renewsLeases) return;
    this.#renewal = setInterval(() => this.#renew(), this.#options.leaseMs / 3);
    this.#renewal.unref();
  }

  async close(): Promise<void> {
    if (this.#closing) return this.#writing;
    this.#closing = true;
    if (this.#renewal !== null) clearInterval(this.#renewal);
    this.#wake.resolve();
    await this.#writing;
    await this.#pool.end();
  }

  createPortfolio(portfolioId: PortfolioId): Promise<void> {
    return this.#enqueue(async (session) => {
      await session.query(
        `INSERT INTO portfolio_head (portfolio_id, seq, hash, epoch) VALUES ($1, 0, $2, 0) ON CONFLICT DO NOTHING`,
        [portfolioId, GENESIS_HASH],
      );
    });
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
    await this.#enqueue(async (session) => {
      await session.query(
        `UPDATE portfolio_head SET owner_node = NULL, lease_until = NULL, session = NULL WHERE portfolio_id = $1 AND epoch = $2`,
        [portfolioId, owned.epoch],
      );
    });
  }

  append(append: Append): Promise<AppendResult> {
    if (this.#closing) return Promise.reject(new Error('The journal is closed.'));
    return this.#owned.handIn(append, (pending) => {
      this.#waiting.push(pending);
      this.#wake.resolve();
    });
  }

  async load(portfolioId: PortfolioId): Promise<Loaded> {
    const heads = await this.#pool.query<{ seq: number; hash: string }>(
      'SELECT seq, hash FROM portfolio_head WHERE portfolio_id = $1',
      [portfolioId],
    );
    const head = heads.rows[0];
    if (head === undefined) throw new Error(`Portfolio ${portfolioId} has no journal: create it first.`);
    const found = await this.#newestSoundSnapshot(portfolioId, head.seq);
    return {
      snapshot: found?.snapshot ?? null,
      records: this.#verifiedRecords(portfolioId, found?.position ?? { seq: 0, hash: GENESIS_HASH }, head),
    };
  }

  async saveSnapshot(portfolioId: PortfolioId, snapshot: Snapshot): Promise<void> {
    const text = canonicalJson(snapshot.state);
    await this.#pool.query(
      `INSERT INTO snapshots (portfolio_id, seq, state, state_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (portfolio_id, seq) DO UPDATE SET state = excluded.state, state_hash = excluded.state_hash`,
      [portfolioId, snapshot.seq, text, stateTextHash(text)],
    );
    await this.#pool.query(
      `DELETE FROM snapshots WHERE portfolio_id = $1 AND seq < (
         SELECT min(seq) FROM (SELECT seq FROM snapshots WHERE portfolio_id = $1 ORDER BY seq DESC LIMIT ${SNAPSHOTS_KEPT}) AS kept)`,
      [portfolioId],
    );
    await this.#pruneQuotes(portfolioId);
    await this.#equity.thin(portfolioId);
  }

  leaveCancels(portfolioId: PortfolioId, cancels: readonly HandedOverCancel[]): Promise<void> {
    return this.#enqueue(async (session) => {
      for (const { orderId, requestedBy, at } of cancels) {
        await session.query(
          `INSERT INTO handed_over_cancels (portfolio_id, order_id, requested_by, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
          [portfolioId, orderId, storableText(requestedBy), at],
        );
      }
    });
  }

  async handedOverCancels(portfolioId: PortfolioId): Promise<readonly HandedOverCancel[]> {
    return (await this.#left.all()).get(portfolioId) ?? [];
  }

  dropHandedOverCancels(portfolioId: PortfolioId, orderIds: readonly OrderId[]): Promise<void> {
    return this.#enqueue(async (session) => {
      await session.query(
        'DELETE FROM handed_over_cancels WHERE portfolio_id = $1 AND order_id = ANY ($2::text[])',
        [portfolioId, orderIds],
      );
      this.#left.forget();
    });
  }

  // --- the writing loop ---

  async #write(): Promise<void> {
    while (!this.#closing || this.#tasks.length > 0 || this.#waiting.length > 0) {
      const session = this.#session;
      if (session === null) {
        if (this.#closing) break;
        await this.#reconnect();
        continue;
      }
      const task = this.#tasks.shift();
      if (task !== undefined) {
        await this.#runTask(session, task);
      } else if (this.#waiting.length > 0) {
        // Whoever is ready to append in this turn of the event loop comes along.
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        await this.#commitWaiting(session);
      } else {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
    }
    await this.#endWriting();
  }

  async #endWriting(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    const closed = new Error('The journal was closed while the database was away.');
    for (const task of this.#tasks.splice(0)) task.reject(closed);
    for (const pending of this.#waiting.splice(0)) {
      pending.settle({ kind: 'lost', detail: 'the journal was closed before it was sent' });
    }
    // Sent, unanswered, and no time left to ask: only the next load can tell.
    for (const pending of this.#inDoubt) pending.abandon(closed);
    await session?.end().catch((error: unknown) => {
      this.#options.log.warn({ reason: String(error) }, 'the writing session did not end in order');
    });
  }

  #enqueue<Result>(run: (session: Session) => Promise<Result>): Promise<Result> {
    if (this.#closing) return Promise.reject(new Error('The journal is closed.'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#tasks.push({
      run: async (session) => {
        resolve(await run(session));
      },
      reject,
    });
    this.#wake.resolve();
    return promise;
  }

  async #runTask(session: Session, task: Task): Promise<void> {
    try {
      await task.run(session);
      this.#lastAttemptSucceeded = true;
    } catch (error) {
      this.#lastAttemptSucceeded = false;
      if (classifyError(error) === 'disconnected') {
        this.#lose(session, error);
        this.#tasks.unshift(task);
        return;
      }
      // A failed task may have left a transaction open.
      await this.#rollBack(session);
      task.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #rollBack(session: Session): Promise<void> {
    try {
      await session.query('ROLLBACK', []);
    } catch (error) {
      this.#lose(session, error);
    }
  }

  async #commitWaiting(session: Session): Promise<void> {
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

  /** Writes a group and settles all of it, except when the connection is lost: then it is in doubt until reconnected. */
  async #commit(session: Session, group: readonly Pending[], attempts: number): Promise<void> {
    const statement = appendStatement(
      group.map((pending) => pending.prepared),
      session.id,
      this.#rowTypes,
    );
    for (let attempt = 1; ; attempt += 1) {
      try {
        const rows = await session.query<AppendStatementRow & pg.QueryResultRow>(statement, statement.values);
        this.#lastAttemptSucceeded = true;
        this.#counters.groups += 1;
        this.#settleGroup(group, rows);
        return;
      } catch (error) {
        this.#lastAttemptSucceeded = false;
        const errorClass = classifyError(error);
        if (errorClass === 'disconnected') {
          this.#inDoubt = [...this.#inDoubt, ...group];
          this.#lose(session, error);
          return;
        }
        if (errorClass === 'passing' && attempt < attempts) {
          this.#options.log.warn({ reason: String(error), attempt }, 'a group commit failed; trying again');
          await pause(20 * 2 ** attempt);
          continue;
        }
        await this.#bisect(session, group, error);
        return;
      }
    }
  }

  /** One portfolio's trouble must not be the others': halves are tried until those at fault stand alone. */
  async #bisect(session: Session, group: readonly Pending[], error: unknown): Promise<void> {
    const [only] = group;
    if (only !== undefined && group.length === 1) {
      this.#options.log.error(
        { portfolioId: only.owned.portfolioId, reason: String(error) },
        'an append was refused',
      );
      only.settle({ kind: 'lost', detail: String(error) });
      return;
    }
    const middle = Math.ceil(group.length / 2);
    for (const half of [group.slice(0, middle), group.slice(middle)]) {
      if (this.#session === session) await this.#commit(session, half, 1);
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

  // --- connections ---

  #lose(session: Session, reason: unknown): void {
    session.destroy();
    if (this.#session !== session) return;
    this.#session = null;
    this.#lastAttemptSucceeded = false;
    this.#pastSessions.push(session.id);
    if (this.#pastSessions.length > PAST_SESSIONS_KEPT) this.#pastSessions.shift();
    this.#options.log.warn({ reason: String(reason) }, 'the connection to the database was lost');
    this.#wake.resolve();
  }

  async #reconnect(): Promise<void> {
    let delayMs = RECONNECT_FIRST_MS;
    while (!this.#closing) {
      try {
        await this.#connect();
        this.#counters.reconnects += 1;
        this.#options.log.info({}, 'the database is reached again');
        return;
      } catch (error) {
        this.#options.log.warn({ reason: String(error) }, 'the database is away; trying on');
        await pause(delayMs);
        delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
      }
    }
  }

  async #connect(): Promise<void> {
    let opened: Session | null = null;
    let lostEarly = false;
    opened = await openSession(this.#options.connection, this.#options.statementTimeoutMs, (reason) => {
      lostEarly = true;
      if (opened !== null) this.#lose(opened, reason);
    });
    try {
      this.#rowTypes = await readRowTypes((text, values) => opened.query(text, values));
      await this.#takeOverAgain(opened);
    } catch (error) {
      opened.destroy();
      throw error;
    }
    if (lostEarly) throw new Error('The connection was lost while it was set up.');
    this.#session = opened;
    this.#lastAttemptSucceeded = true;
  }

  /** Puts the new session into the heads that are still ours, and settles what the old session left in doubt. */
  async #takeOverAgain(session: Session): Promise<void> {
    const owned = this.#owned.all();
    if (owned.length > 0) {
      const startedMs = performance.now();
      const rows = await session.query<{ portfolio_id: string; seq: number; hash: string }>(
        `UPDATE portfolio_head h SET session = $2::bigint, lease_until = clock_timestamp() + $3::bigint * interval '1 millisecond'
           FROM json_to_recordset($1::json) AS o(p text, e bigint)
          WHERE h.portfolio_id = o.p AND h.epoch = o.e RETURNING h.portfolio_id, h.seq, h.hash`,
        [
          JSON.stringify(owned.map(({ portfolioId, epoch }) => ({ p: portfolioId, e: epoch }))),
          session.id,
          this.#options.leaseMs,
        ],
      );
      const heads = new Map(rows.map((row) => [row.portfolio_id, row]));
      const doubts = new Map(this.#inDoubt.map((pending) => [pending.owned, pending]));
      const written = await this.#writtenByOthersTime(
        session,
        this.#inDoubt.filter((pending) => !heads.has(pending.owned.portfolioId)),
      );
      // From here on nothing awaits: either all of it is settled or, after an error above, none of it.
      for (const mine of owned) {
        const head = heads.get(mine.portfolioId);
        const doubt = doubts.get(mine);
        if (head === undefined) {
          this.#owned.disown(mine);
          if (doubt === undefined) continue;
          if (written.has(doubt)) this.#settleDurable(doubt);
          else doubt.settle({ kind: 'fenced' });
          continue;
        }
        mine.untilMs = startedMs + this.#options.leaseMs - this.#options.leaseMarginMs;
        const after = doubt?.prepared.after;
        if (
          doubt !== undefined &&
          after !== undefined &&
          head.seq === after.seq &&
          head.hash === after.hash
        ) {
          this.#settleDurable(doubt);
        } else if (head.seq === mine.head.seq && head.hash === mine.head.hash) {
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
    for (const pending of this.#inDoubt) {
      // Given up (claimed anew, released) while in doubt: nobody builds on it.
      if (pending.owned.outstanding !== null) pending.settle({ kind: 'fenced' });
    }
    this.#inDoubt = [];
  }

  /** Which of these appends stand in the journal although another owner has gone on from there. */
  async #writtenByOthersTime(session: Session, doubts: readonly Pending[]): Promise<ReadonlySet<Pending>> {
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

  // --- ownership ---

  async #claim(session: Session, portfolioId: PortfolioId, node: string, at: TimeMs): Promise<ClaimResult> {
    await session.query('BEGIN', []);
    const heads = await session.query<{
      seq: number;
      hash: string;
      epoch: number;
      owner_node: string | null;
      session: number | null;
      lease_left_ms: number | null;
    }>(
      `SELECT seq, hash, epoch, owner_node, session,
              (extract(epoch FROM lease_until - clock_timestamp()) * 1000)::bigint AS lease_left_ms
         FROM portfolio_head WHERE portfolio_id = $1 FOR UPDATE`,
      [portfolioId],
    );
    const head = heads[0];
    if (head === undefined) {
      await session.query('ROLLBACK', []);
      throw new UnknownPortfolio(portfolioId);
    }
    const leaseLeftMs = head.lease_left_ms ?? 0;
    const ours =
      head.session === session.id || (head.session !== null && this.#pastSessions.includes(head.session));
    if (head.session !== null && !ours && leaseLeftMs > 0) {
      // The lock is free when the owner's session is gone: its process died or its connection did.
      const locks = await session.query<{ free: boolean }>(
        'SELECT pg_try_advisory_xact_lock($1::bigint) AS free',
        [head.session],
      );
      if (locks[0]?.free !== true) {
        await session.query('ROLLBACK', []);
        return {
          kind: 'owned_elsewhere',
          node: head.owner_node ?? '',
          retryAfterMs: Math.max(1, Math.min(leaseLeftMs, this.#options.leaseMs / 10)),
        };
      }
    }
    const { epoch, record } = ownershipRecord(portfolioId, head, node, at);
    const generations = await session.query<{ account_id: string; generation: number }>(
      'SELECT account_id, generation FROM account_generations WHERE portfolio_id = $1',
      [portfolioId],
    );
    const startedMs = performance.now();
    await session.query(
      `WITH head AS (
         UPDATE portfolio_head SET seq = $2, hash = $3, epoch = $4, owner_node = $5, session = $6,
                lease_until = clock_timestamp() + $7::bigint * interval '1 millisecond'
          WHERE portfolio_id = $1 RETURNING portfolio_id)
       INSERT INTO journal (portfolio_id, seq, at, type, payload, hash, prev_hash)
       SELECT portfolio_id, $2, $8, $9, $10, $3, $11 FROM head`,
      [
        portfolioId,
        record.seq,
        record.hash,
        epoch,
        storableText(node),
        session.id,
        this.#options.leaseMs,
        at,
        record.type,
        record.payloadText,
        record.previousHash,
      ],
    );
    await session.query('COMMIT', []);
    const taken = { seq: record.seq, hash: record.hash };
    this.#owned.take({
      portfolioId,
      epoch,
      head: taken,
      generations: new Map(generations.map((row) => [row.account_id, row.generation])),
      untilMs: startedMs + this.#options.leaseMs - this.#options.leaseMarginMs,
    });
    return { kind: 'owned', epoch, ...taken };
  }

  #renewing = false;

  #renew(): void {
    if (this.#renewing || this.#closing || this.#session === null || this.#owned.size === 0) return;
    this.#renewing = true;
    this.#enqueue(async (session) => {
      const owned = this.#owned.all();
      const startedMs = performance.now();
      const rows = await session.query<{ portfolio_id: string }>(
        {
          name: 'renew',
          text: `UPDATE portfolio_head h SET lease_until = clock_timestamp() + $2::bigint * interval '1 millisecond'
                   FROM json_to_recordset($1::json) AS o(p text, e bigint, n bigint)
                  WHERE h.portfolio_id = o.p AND h.epoch = o.e AND h.session = o.n RETURNING h.portfolio_id`,
        },
        [
          JSON.stringify(
            owned.map(({ portfolioId, epoch }) => ({ p: portfolioId, e: epoch, n: session.id })),
          ),
          this.#options.leaseMs,
        ],
      );
      const renewed = new Set(rows.map((row) => row.portfolio_id));
      for (const mine of owned) {
        if (renewed.has(mine.portfolioId)) {
          mine.untilMs = startedMs + this.#options.leaseMs - this.#options.leaseMarginMs;
        } else {
          this.#options.log.warn({ portfolioId: mine.portfolioId }, 'another node has taken the portfolio');
          this.#owned.disown(mine);
        }
      }
    })
      .catch((error: unknown) => {
        this.#options.log.error({ reason: String(error) }, 'the leases could not be renewed');
      })
      .finally(() => {
        this.#renewing = false;
      });
  }

  /** A server of the user's may be set up to lose what it acknowledged. */
  async #warnOfSettings(): Promise<void> {
    const settings = await this.#pool.query<{ name: string }>(
      `SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'`,
    );
    for (const { name } of settings.rows) {
      this.#options.log.error(
        { setting: name },
        'the database server runs with this setting off: power loss loses orders',
      );
    }
  }

  // --- reading back ---

  async #newestSoundSnapshot(
    portfolioId: PortfolioId,
    headSeq: number,
  ): Promise<{ readonly snapshot: LoadedSnapshot; readonly position: ChainPosition } | null> {
    const result = await this.#pool.query<{ seq: number; state: string; state_hash: string; hash: string }>(
      `SELECT s.seq, s.state, s.state_hash, j.hash FROM snapshots s JOIN journal j USING (portfolio_id, seq)
        WHERE s.portfolio_id = $1 AND s.seq <= $2 ORDER BY s.seq DESC`,
      [portfolioId, headSeq],
    );
    for (const row of result.rows) {
      if (stateTextHash(row.state) === row.state_hash) {
        return {
          snapshot: { seq: row.seq, state: toJsonObject(row.state) },
          position: { seq: row.seq, hash: row.hash },
        };
      }
      this.#options.log.error({ portfolioId, seq: row.seq }, 'a snapshot is damaged and was passed over');
    }
    return null;
  }

  async *#verifiedRecords(
    portfolioId: PortfolioId,
    from: ChainPosition,
    head: ChainPosition,
  ): AsyncGenerator<JournalRecord> {
    let position = from;
    const range = { after: from.seq, upTo: head.seq };
    for await (const stored of storedRecords(this.#pool, portfolioId, range)) {
      position = advanceChain(position, stored);
      yield toJournalRecord(stored);
    }
    holdAgainstHead(portfolioId, position, head);
  }

  async #pruneQuotes(portfolioId: PortfolioId): Promise<void> {
    await this.#pool.query(
      `DELETE FROM quotes WHERE portfolio_id = $1 AND moment < greatest(
         (extract(epoch FROM now()) * 1000)::bigint - $2::bigint,
         coalesce((SELECT moment FROM quotes WHERE portfolio_id = $1 ORDER BY moment DESC OFFSET $3 LIMIT 1), 0))`,
      [portfolioId, this.#options.quoteMaxAgeMs, this.#options.quotesKept],
    );
  }
}

/** A portfolio was claimed that has no head. */
export class UnknownPortfolio extends Error {
  override readonly name = 'UnknownPortfolio';

  constructor(portfolioId: PortfolioId) {
    super(`Portfolio ${portfolioId} has no journal: create it first.`);
  }
}
