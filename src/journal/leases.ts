/**
 * Ownership of portfolios on PostgreSQL: claiming a head, renewing its lease, giving it up, and taking it over again under
 * a new session.
 *
 * Entry points: `Leases`, `UnknownPortfolio`. A node's own view of what it owns is in `ownership.ts`.
 *
 * Invariants:
 *  1. A claim raises the epoch and writes `ownership_taken` in the same transaction, so that the owner before writes no more.
 *  2. A lease is judged by the database's clock. The owner counts from before it asked, by its own monotonic clock, and
 *     stops a margin earlier.
 *  3. A head of another session is claimed only when its lease is over or its session's advisory lock is free.
 */
import type pg from 'pg';
import type { PortfolioId, TimeMs } from '../core/ids.ts';
import { type ChainPosition, storableText, type StoredRecord } from './hash-chain.ts';
import type { ClaimResult } from './journal.ts';
import type { JournalLog } from './log.ts';
import { type Owned, type OwnedPortfolios, ownershipRecord } from './ownership.ts';
import type { Session } from './postgres-session.ts';
import type { WritingSession } from './writing-session.ts';

/** A portfolio was claimed that has no head. */
export class UnknownPortfolio extends Error {
  override readonly name = 'UnknownPortfolio';

  constructor(portfolioId: PortfolioId) {
    super(`Portfolio ${portfolioId} has no journal: create it first.`);
  }
}

export interface LeaseOptions {
  readonly leaseMs: number;
  /** How long before the lease's end the owner itself stops. */
  readonly leaseMarginMs: number;
  readonly log: JournalLog;
}

interface HeadRow {
  readonly seq: number;
  readonly hash: string;
  readonly epoch: number;
  readonly owner_node: string | null;
  readonly session: number | null;
  readonly lease_left_ms: number | null;
}

export class Leases {
  readonly #options: LeaseOptions;
  readonly #owned: OwnedPortfolios;
  readonly #writing: WritingSession;

  constructor(options: LeaseOptions, owned: OwnedPortfolios, writing: WritingSession) {
    this.#options = options;
    this.#owned = owned;
    this.#writing = writing;
  }

  /** Claims a portfolio for `node` in one transaction. Rejects with `UnknownPortfolio`, or with what the session throws. */
  async claim(session: Session, portfolioId: PortfolioId, node: string, at: TimeMs): Promise<ClaimResult> {
    await session.query('BEGIN', []);
    const head = await lockHead(session, portfolioId);
    if (head === undefined) {
      await session.query('ROLLBACK', []);
      throw new UnknownPortfolio(portfolioId);
    }
    const leaseLeftMs = head.lease_left_ms ?? 0;
    if (await this.#isHeldElsewhere(session, head, leaseLeftMs)) {
      await session.query('ROLLBACK', []);
      return {
        kind: 'owned_elsewhere',
        node: head.owner_node ?? '',
        retryAfterMs: Math.max(1, Math.min(leaseLeftMs, this.#options.leaseMs / 10)),
      };
    }
    const { epoch, record } = ownershipRecord(portfolioId, head, node, at);
    const generations = await session.query<{ account_id: string; generation: number }>(
      'SELECT account_id, generation FROM account_generations WHERE portfolio_id = $1',
      [portfolioId],
    );
    const startedMs = performance.now();
    await writeOwnership(session, epoch, record, node, this.#options.leaseMs);
    await session.query('COMMIT', []);
    const taken = { seq: record.seq, hash: record.hash };
    this.#owned.take({
      portfolioId,
      epoch,
      head: taken,
      generations: new Map(generations.map((row) => [row.account_id, row.generation])),
      untilMs: this.#untilMs(startedMs),
    });
    return { kind: 'owned', epoch, ...taken };
  }

  async #isHeldElsewhere(session: Session, head: HeadRow, leaseLeftMs: number): Promise<boolean> {
    if (head.session === null || this.#writing.isOurs(session, head.session) || leaseLeftMs <= 0)
      return false;
    // The lock is free when the owner's session is gone: its process died or its connection did.
    const locks = await session.query<{ free: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1::bigint) AS free',
      [head.session],
    );
    return locks[0]?.free !== true;
  }

  /** Frees the head of a portfolio that was given up, unless another has claimed it since. */
  async release(session: Session, { portfolioId, epoch }: Owned): Promise<void> {
    await session.query(
      `UPDATE portfolio_head SET owner_node = NULL, lease_until = NULL, session = NULL WHERE portfolio_id = $1 AND epoch = $2`,
      [portfolioId, epoch],
    );
  }

  /** Renews all leases of this node; a portfolio that another node has taken is disowned. */
  async renew(session: Session): Promise<void> {
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
        JSON.stringify(owned.map(({ portfolioId, epoch }) => ({ p: portfolioId, e: epoch, n: session.id }))),
        this.#options.leaseMs,
      ],
    );
    const renewed = new Set(rows.map((row) => row.portfolio_id));
    for (const mine of owned) {
      if (renewed.has(mine.portfolioId)) {
        mine.untilMs = this.#untilMs(startedMs);
      } else {
        this.#options.log.warn({ portfolioId: mine.portfolioId }, 'another node has taken the portfolio');
        this.#owned.disown(mine);
      }
    }
  }

  /**
   * Puts a new session into the heads that still stand under our epochs, and waits for whatever the session before left
   * running on them. Answers with those heads, and until when the leases hold.
   */
  async takeOverAgain(
    session: Session,
    owned: readonly Owned[],
  ): Promise<{ readonly heads: ReadonlyMap<string, ChainPosition>; readonly untilMs: number }> {
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
    return {
      heads: new Map(rows.map((row) => [row.portfolio_id, row])),
      untilMs: this.#untilMs(startedMs),
    };
  }

  #untilMs(startedMs: number): number {
    return startedMs + this.#options.leaseMs - this.#options.leaseMarginMs;
  }
}

async function lockHead(session: Session, portfolioId: PortfolioId): Promise<HeadRow | undefined> {
  const heads = await session.query<HeadRow & pg.QueryResultRow>(
    `SELECT seq, hash, epoch, owner_node, session,
            (extract(epoch FROM lease_until - clock_timestamp()) * 1000)::bigint AS lease_left_ms
       FROM portfolio_head WHERE portfolio_id = $1 FOR UPDATE`,
    [portfolioId],
  );
  return heads[0];
}

async function writeOwnership(
  session: Session,
  epoch: number,
  record: StoredRecord,
  node: string,
  leaseMs: number,
): Promise<void> {
  await session.query(
    `WITH head AS (
       UPDATE portfolio_head SET seq = $2, hash = $3, epoch = $4, owner_node = $5, session = $6,
              lease_until = clock_timestamp() + $7::bigint * interval '1 millisecond'
        WHERE portfolio_id = $1 RETURNING portfolio_id)
     INSERT INTO journal (portfolio_id, seq, at, type, payload, hash, prev_hash)
     SELECT portfolio_id, $2, $8, $9, $10, $3, $11 FROM head`,
    [
      record.portfolioId,
      record.seq,
      record.hash,
      epoch,
      storableText(node),
      session.id,
      leaseMs,
      record.at,
      record.type,
      record.payloadText,
      record.previousHash,
    ],
  );
}
