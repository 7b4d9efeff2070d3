/**
 * Checks the journal as it lies on PostgreSQL: every portfolio's chain of hashes from its first record to its head, and
 * heads that were exported before.
 *
 * Entry points: `verifyJournals`, `exportHeads`.
 *
 * Invariants:
 *  1. A portfolio is read in one snapshot of the database, so that it may be written meanwhile.
 *  2. Memory does not grow with the journal: records are read in pages and nothing of them is kept.
 *  3. One change is one fault: the walk goes on from what the records around it say.
 */
import type pg from 'pg';
import { portfolioId as brandPortfolioId, type PortfolioId } from '../core/ids.ts';
import {
  canonicalJson,
  type ChainPosition,
  GENESIS_HASH,
  recordHash,
  type StoredRecord,
} from './hash-chain.ts';
import { withClient } from './postgres-session.ts';
import { storedRecords } from './record-pages.ts';
import { toJsonObject } from './stored-record.ts';

export interface Head extends ChainPosition {
  readonly portfolioId: PortfolioId;
}

export type JournalFaultKind =
  | 'records_missing'
  /** Records past the head, or before the first. */
  | 'records_surplus'
  | 'content_changed'
  | 'hash_changed'
  | 'previous_hash_changed'
  /** A record that is whole in itself but does not follow from the one before it. */
  | 'chain_broken'
  | 'head_missing'
  | 'head_seq_wrong'
  | 'head_hash_wrong'
  /** An exported head is not what the journal holds at its seq. */
  | 'anchor_differs'
  /** The journal ends before an exported head. */
  | 'anchor_lost'
  /** A record that is whole, but that pages by time would leave out or show twice. */
  | 'run_length_wrong';

export interface JournalFault {
  readonly kind: JournalFaultKind;
  readonly seq: number;
  /** In words: which columns or records, and what they should have been. */
  readonly detail: string;
}

export interface Verified {
  readonly portfolioId: PortfolioId;
  /** Null for records whose portfolio has no head. */
  readonly head: Head | null;
  readonly records: number;
  /** The first of them, at most `FAULTS_SHOWN`. */
  readonly faults: readonly JournalFault[];
  readonly faultCount: number;
}

export interface VerifyOptions {
  /** This portfolio alone. Default: all. */
  readonly portfolioId?: PortfolioId;
  /** Heads exported before, which the journal must still hold. */
  readonly anchors?: readonly Head[];
}

export const FAULTS_SHOWN = 50;

/** The heads of all portfolios, for those who want an anchor outside the database. */
export async function exportHeads(connection: pg.ClientConfig): Promise<readonly Head[]> {
  return withClient(connection, async (client) => {
    const result = await client.query<HeadRow>(
      'SELECT portfolio_id, seq, hash FROM portfolio_head ORDER BY portfolio_id',
    );
    return result.rows.map((row) => toHead(row));
  });
}

/**
 * Walks every portfolio that has a head, records or an anchor, in order of their ids. Throws what `pg` throws; whatever is
 * wrong with the journal itself comes back as faults.
 */
export async function* verifyJournals(
  connection: pg.ClientConfig,
  options: VerifyOptions = {},
): AsyncGenerator<Verified> {
  const anchors = options.anchors ?? [];
  const only = options.portfolioId;
  const ids =
    only === undefined ? await withClient(connection, (client) => portfolioIds(client, anchors)) : [only];
  for (const portfolioId of ids) {
    const own = anchors.filter((anchor) => anchor.portfolioId === portfolioId);
    yield await withClient(connection, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return verifyPortfolio(client, portfolioId, own);
    });
  }
}

interface HeadRow {
  readonly portfolio_id: string;
  readonly seq: number;
  readonly hash: string;
}

function toHead(row: HeadRow): Head {
  return { portfolioId: brandPortfolioId(row.portfolio_id), seq: row.seq, hash: row.hash };
}

async function portfolioIds(client: pg.Client, anchors: readonly Head[]): Promise<readonly PortfolioId[]> {
  // Records without a head show too; the index is walked from one portfolio to the next.
  const result = await client.query<{ portfolio_id: string }>(
    `WITH RECURSIVE named AS (
       (SELECT portfolio_id FROM journal ORDER BY portfolio_id LIMIT 1)
       UNION ALL
       SELECT (SELECT j.portfolio_id FROM journal j WHERE j.portfolio_id > n.portfolio_id ORDER BY j.portfolio_id LIMIT 1)
         FROM named n WHERE n.portfolio_id IS NOT NULL)
     SELECT portfolio_id FROM named WHERE portfolio_id IS NOT NULL
     UNION SELECT portfolio_id FROM portfolio_head
     UNION SELECT unnest($1::text[])
     ORDER BY portfolio_id`,
    [anchors.map((anchor) => anchor.portfolioId)],
  );
  return result.rows.map((row) => brandPortfolioId(row.portfolio_id));
}

async function verifyPortfolio(
  client: pg.Client,
  portfolioId: PortfolioId,
  anchors: readonly Head[],
): Promise<Verified> {
  const heads = await client.query<HeadRow>(
    'SELECT portfolio_id, seq, hash FROM portfolio_head WHERE portfolio_id = $1',
    [portfolioId],
  );
  const row = heads.rows[0];
  const head = row === undefined ? null : toHead(row);
  const walk = new ChainWalk(head, anchors);
  for await (const record of storedRecords(client, portfolioId)) walk.take(record);
  const walked = walk.end();
  if (walked.faultCount > 0) return { portfolioId, head, ...walked };
  const faults = await runLengthFaults(client, portfolioId);
  return { portfolioId, head, ...walked, faults, faultCount: faults.length };
}

/**
 * Where the lengths of runs do not fit the records; the hashes say nothing of them. Of a chain that holds: where records are
 * missing, so are parts of runs.
 */
async function runLengthFaults(
  client: pg.Client,
  portfolioId: PortfolioId,
): Promise<readonly JournalFault[]> {
  const { rows } = await client.query<{ seq: number; run_length: number | null }>(
    `SELECT seq, run_length FROM (
       SELECT seq, run_length, at = lag(at) OVER (ORDER BY seq) AS is_of_one_time, lead(seq) OVER (ORDER BY seq) IS NULL AS is_last,
              max(seq + run_length) FILTER (WHERE run_length > 0)
                OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_to
         FROM journal WHERE portfolio_id = $1) AS records
      WHERE CASE WHEN covered_to > seq THEN run_length IS DISTINCT FROM 0 OR NOT is_of_one_time OR is_last AND covered_to > seq + 1
                 ELSE run_length <= 0 OR is_last AND run_length > 1 END
      ORDER BY seq LIMIT ${FAULTS_SHOWN}`,
    [portfolioId],
  );
  return rows.map(({ seq, run_length: length }) => ({
    kind: 'run_length_wrong',
    seq,
    detail:
      `run_length is ${length ?? 'null'}, which does not fit the records around it: pages of the journal by time are wrong here; ` +
      'null in every row of the portfolio is right',
  }));
}

/** One walk along a chain. A record is judged when the next one is known: that one says what the hash had been. */
class ChainWalk {
  readonly #head: Head | null;
  readonly #anchors: readonly Head[];
  readonly #faults: JournalFault[] = [];
  #faultCount = 0;
  #records = 0;
  #waiting: StoredRecord | null = null;
  /** The record judged last, with the hash that the one after it should name. */
  #position: ChainPosition = { seq: 0, hash: GENESIS_HASH };
  /** Whether nothing can be said of the next record's previous hash: what came before it is missing. */
  #isAfterGap = false;
  #hashAtHead: string | null;

  constructor(head: Head | null, anchors: readonly Head[]) {
    this.#head = head;
    this.#anchors = anchors;
    this.#hashAtHead = head?.seq === 0 ? GENESIS_HASH : null;
  }

  take(record: StoredRecord): void {
    this.#records += 1;
    if (record.seq < 1) {
      this.#fault(
        'records_surplus',
        record.seq,
        `there is a record with seq ${record.seq}; the first one is 1`,
      );
      return;
    }
    const before = this.#waiting;
    this.#waiting = record;
    if (before !== null) this.#judge(before, record.seq === before.seq + 1 ? record.previousHash : null);
  }

  end(): Pick<Verified, 'records' | 'faults' | 'faultCount'> {
    const last = this.#waiting;
    const head = this.#head;
    if (last !== null) this.#judge(last, head?.seq === last.seq ? head.hash : null);
    this.#compareHead();
    for (const anchor of this.#anchors) {
      if (anchor.seq > this.#position.seq) {
        this.#fault(
          'anchor_lost',
          anchor.seq,
          `the exported head stands at seq ${anchor.seq}, but the records end at seq ${this.#position.seq}: ` +
            'records were lost, or an older backup was put back',
        );
      }
    }
    return { records: this.#records, faults: this.#faults, faultCount: this.#faultCount };
  }

  /** `named` is the hash by which the next record or the head knows this one; null when neither is there. */
  #judge(record: StoredRecord, named: string | null): void {
    const { seq } = record;
    const expectedSeq = this.#position.seq + 1;
    if (seq > expectedSeq) {
      const range =
        seq - 1 === expectedSeq ? `seq ${expectedSeq} is` : `seq ${expectedSeq} to ${seq - 1} are`;
      this.#fault('records_missing', expectedSeq, `${range} missing`);
      this.#isAfterGap = true;
    }
    const follows = this.#isAfterGap || record.previousHash === this.#position.hash;
    this.#isAfterGap = false;
    const hash = recordHash(record);
    let chained = record.hash;
    if (hash === record.hash) {
      if (!follows) {
        this.#fault(
          'chain_broken',
          seq,
          `seq ${seq} does not follow from seq ${seq - 1}: prev_hash is ${record.previousHash}, the hash before it ` +
            `${this.#position.hash}; one of the two records was replaced`,
        );
      }
    } else if (follows && named === hash) {
      this.#fault('hash_changed', seq, `hash was changed: it is ${record.hash}, of the record it is ${hash}`);
      chained = hash;
    } else if (!follows && recordHash({ ...record, previousHash: this.#position.hash }) === record.hash) {
      this.#fault(
        'previous_hash_changed',
        seq,
        `prev_hash was changed: it is ${record.previousHash}, the hash before it ${this.#position.hash}`,
      );
    } else {
      const columns = isCanonical(record.payloadText) ? 'type, at or payload' : 'payload';
      this.#fault(
        'content_changed',
        seq,
        `${columns} was changed: the hash is ${record.hash}, of what stands there it is ${hash}` +
          (follows ? '' : '; prev_hash differs as well'),
      );
    }
    this.#position = { seq, hash: chained };
    if (this.#head?.seq === seq) this.#hashAtHead = chained;
    for (const anchor of this.#anchors) {
      if (anchor.seq !== seq) continue;
      if (anchor.hash !== chained) {
        this.#fault(
          'anchor_differs',
          seq,
          `the exported head has hash ${anchor.hash} here, the journal ${chained}: it was written anew since`,
        );
      }
    }
  }

  #compareHead(): void {
    const { seq: lastSeq, hash: lastHash } = this.#position;
    const head = this.#head;
    if (head === null) {
      this.#fault('head_missing', lastSeq, `the portfolio has no head; its records end at seq ${lastSeq}`);
    } else if (head.seq !== lastSeq && head.hash === lastHash && head.hash !== this.#hashAtHead) {
      this.#fault(
        'head_seq_wrong',
        head.seq,
        `the head says seq ${head.seq}, but names the hash of seq ${lastSeq}`,
      );
    } else if (head.seq > lastSeq) {
      const range = head.seq === lastSeq + 1 ? `seq ${head.seq} is` : `seq ${lastSeq + 1} to ${head.seq} are`;
      this.#fault('records_missing', lastSeq + 1, `${range} missing: the head says seq ${head.seq}`);
    } else if (head.seq < lastSeq) {
      this.#fault(
        'records_surplus',
        head.seq + 1,
        `there are records up to seq ${lastSeq}, but the head says seq ${head.seq}`,
      );
    }
    if (head === null || this.#hashAtHead === null || head.seq !== lastSeq) return;
    if (head.hash !== this.#hashAtHead) {
      this.#fault(
        'head_hash_wrong',
        head.seq,
        `the head names hash ${head.hash}, but seq ${head.seq} has ${this.#hashAtHead}`,
      );
    }
  }

  #fault(kind: JournalFaultKind, seq: number, detail: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < FAULTS_SHOWN) this.#faults.push({ kind, seq, detail });
  }
}

/** Whether a payload still reads as this service wrote it: then what was changed may stand elsewhere. */
function isCanonical(payloadText: string): boolean {
  try {
    return canonicalJson(toJsonObject(payloadText)) === payloadText;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
