/**
 * The journal on PostgreSQL: group commit over all portfolios of a node, ownership by epoch, recovery of lost answers.
 *
 * Entry point: `openPostgresJournal`. The contract is in `journal.ts`. The parts: `writing-session.ts` (the connection that
 * writes), `leases.ts` (ownership), `group-commit.ts` (appends), `recovery.ts` (loading and snapshots).
 *
 * Invariants:
 *  1. All writing goes through one session at a time, one statement at a time.
 *  2. A head moves only under (seq, epoch, session) all as expected. A session that is replaced leaves its number in no
 *     head, so nothing that it left in flight can take effect after the new session has looked.
 *  3. After a lost connection the new session first takes the heads over again, which waits for whatever the old one left
 *     running; what the heads say then is final, and every append in doubt is settled by it.
 *
 * The connection must reach PostgreSQL itself or a pooler in session mode: the advisory lock belongs to the session.
 */
import pg from 'pg';
import type { OrderId, PortfolioId, TimeMs } from '../core/ids.ts';
import { EQUITY_RETENTION, type EquityRetention, EquityThinning } from './equity-retention.ts';
import { GroupCommit } from './group-commit.ts';
import { HandedOverCancels } from './handed-over-cancels.ts';
import { GENESIS_HASH } from './hash-chain.ts';
import type {
  Append,
  AppendResult,
  ClaimResult,
  HandedOverCancel,
  Journal,
  Loaded,
  Snapshot,
} from './journal.ts';
import { Leases } from './leases.ts';
import type { JournalLog } from './log.ts';
import { OwnedPortfolios } from './ownership.ts';
import { classifyError, clientConfig, type Session } from './postgres-session.ts';
import { loadPortfolio, saveSnapshot } from './recovery.ts';
import { WritingSession } from './writing-session.ts';

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

const DAY_MS = 86_400_000;

interface Task {
  run(session: Session): Promise<void>;
  reject(error: Error): void;
}

class GroupCommitJournal implements PostgresJournal {
  readonly #options: Required<PostgresJournalOptions>;
  readonly #pool: pg.Pool;
  readonly #equity: EquityThinning;
  readonly #handedOver: HandedOverCancels;
  readonly #owned = new OwnedPortfolios();
  readonly #session: WritingSession;
  readonly #leases: Leases;
  readonly #appends: GroupCommit;
  /** Everything but appends that goes through the writing session, first in, first out. */
  readonly #tasks: Task[] = [];
  #closing = false;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #writing: Promise<void> = Promise.resolve();
  #renewal: NodeJS.Timeout | null = null;
  #renewing = false;

  constructor(given: PostgresJournalOptions) {
    const options = withDefaults(given);
    this.#options = options;
    this.#pool = new pg.Pool({ ...clientConfig(options.connection), max: 4, allowExitOnIdle: true });
    this.#pool.on('error', (error) => {
      // While it is closed a session may still see the database stop.
      if (this.#pool.ending) return;
      options.log.warn({ reason: error.message }, 'an idle reading connection was lost');
    });
    this.#equity = new EquityThinning(this.#pool, options.equityRetention);
    this.#handedOver = new HandedOverCancels(this.#pool);
    this.#session = new WritingSession({
      connection: options.connection,
      statementTimeoutMs: options.statementTimeoutMs,
      log: options.log,
      prepare: (session) => this.#appends.prepare(session),
      onLost: () => this.#wake.resolve(),
    });
    this.#leases = new Leases(options, this.#owned, this.#session);
    this.#appends = new GroupCommit(options, this.#owned, this.#leases, this.#session);
  }

  get healthy(): boolean {
    return this.#session.healthy;
  }

  get counters(): JournalCounters {
    return { ...this.#appends.counters, reconnects: this.#session.reconnects };
  }

  async open(): Promise<void> {
    await this.#session.connect();
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
    return this.#enqueue((session) => this.#leases.claim(session, portfolioId, node, at));
  }

  ownedUntil(portfolioId: PortfolioId): number {
    if (this.#session.current === null) return 0;
    return this.#owned.get(portfolioId)?.untilMs ?? 0;
  }

  async release(portfolioId: PortfolioId): Promise<void> {
    const owned = await this.#owned.giveUp(portfolioId);
    if (owned === undefined) return;
    await this.#enqueue((session) => this.#leases.release(session, owned));
  }

  append(append: Append): Promise<AppendResult> {
    if (this.#closing) return Promise.reject(new Error('The journal is closed.'));
    return this.#owned.handIn(append, (pending) => {
      this.#appends.add(pending);
      this.#wake.resolve();
    });
  }

  load(portfolioId: PortfolioId): Promise<Loaded> {
    return loadPortfolio(this.#pool, portfolioId, this.#options.log);
  }

  /** Prunes quotes and thins readings of equity as well: with snapshots they come regularly, and not on an order's path. */
  async saveSnapshot(portfolioId: PortfolioId, snapshot: Snapshot): Promise<void> {
    await saveSnapshot(this.#pool, portfolioId, snapshot);
    await this.#pruneQuotes(portfolioId);
    await this.#equity.thin(portfolioId);
  }

  handOverCancels(portfolioId: PortfolioId, cancels: readonly HandedOverCancel[]): Promise<void> {
    return this.#enqueue((session) => this.#handedOver.add(session, portfolioId, cancels));
  }

  async handedOverCancels(portfolioId: PortfolioId): Promise<readonly HandedOverCancel[]> {
    return (await this.#handedOver.all()).get(portfolioId) ?? [];
  }

  dropHandedOverCancels(portfolioId: PortfolioId, orderIds: readonly OrderId[]): Promise<void> {
    return this.#enqueue((session) => this.#handedOver.drop(session, portfolioId, orderIds));
  }

  // --- the writing loop ---

  async #write(): Promise<void> {
    while (!this.#closing || this.#tasks.length > 0 || this.#appends.hasWaiting) {
      const session = this.#session.current;
      if (session === null) {
        if (this.#closing) break;
        await this.#session.reconnect(() => this.#closing);
        continue;
      }
      const task = this.#tasks.shift();
      if (task !== undefined) {
        await this.#runTask(session, task);
      } else if (this.#appends.hasWaiting) {
        // Appends that become ready in this round of the event loop come along.
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        await this.#appends.commitWaiting(session);
      } else {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
    }
    await this.#endWriting();
  }

  async #endWriting(): Promise<void> {
    const session = this.#session.take();
    const closed = new Error('The journal was closed while the database was unavailable.');
    for (const task of this.#tasks.splice(0)) task.reject(closed);
    this.#appends.abandonAll(closed);
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
      this.#session.noteAttempt(true);
    } catch (error) {
      this.#session.noteAttempt(false);
      if (classifyError(error) === 'disconnected') {
        this.#session.lose(session, error);
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
      this.#session.lose(session, error);
    }
  }

  #renew(): void {
    if (this.#renewing || this.#closing || this.#session.current === null || this.#owned.size === 0) return;
    this.#renewing = true;
    this.#enqueue((session) => this.#leases.renew(session))
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

  async #pruneQuotes(portfolioId: PortfolioId): Promise<void> {
    await this.#pool.query(
      `DELETE FROM quotes WHERE portfolio_id = $1 AND moment < greatest(
         (extract(epoch FROM now()) * 1000)::bigint - $2::bigint,
         coalesce((SELECT moment FROM quotes WHERE portfolio_id = $1 ORDER BY moment DESC OFFSET $3 LIMIT 1), 0))`,
      [portfolioId, this.#options.quoteMaxAgeMs, this.#options.quotesKept],
    );
  }
}

function withDefaults(options: PostgresJournalOptions): Required<PostgresJournalOptions> {
  const leaseMs = options.leaseMs ?? 10_000;
  return {
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
}
