/**
 * Readings of equity, thinned out as they age: one comes every five seconds, six million a year of each portfolio.
 *
 * Entry points: `EquityThinning` for the stored rows; `leaveOutThinned` for a comparison with the journal, which
 * keeps every reading for ever.
 *
 * Invariants:
 *  1. The readings kept of any age are enough for a curve and for a drawdown: the last of each minute, later of each hour;
 *     the highest and the lowest of each hour; and each that was journaled for another reason than the time or a new peak.
 *  2. The readings kept later are among those kept earlier, so that it does not matter how often or when they were thinned.
 *  3. One call does a bounded part of the work; what is left is for the next one.
 */
import type pg from 'pg';
import type { AccountId, PortfolioId, TimeMs } from '../core/ids.ts';
import { EQUITY_ROWS } from './journal.ts';

export interface EquityRetention {
  /** How long every reading stays, in ms. */
  readonly allForMs: number;
  /** How long one of each minute stays, in ms; one of each hour stays for ever. */
  readonly minutesForMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export const EQUITY_RETENTION: EquityRetention = { allForMs: 7 * DAY_MS, minutesForMs: 90 * DAY_MS };

/** Whole hours, since the highest and the lowest are those of an hour. */
const CHUNK_MS = { minutes: DAY_MS, hours: 10 * DAY_MS } as const;
const CHUNKS_AT_ONCE = 30;
/** How many portfolios are remembered; one that is not is looked at from its oldest reading on. */
const MAX_REMEMBERED = 10_000;

type Step = keyof typeof CHUNK_MS;
const STEPS: readonly Step[] = ['minutes', 'hours'];
const INTERVAL_MS: Readonly<Record<Step, number>> = { minutes: MINUTE_MS, hours: HOUR_MS };

/** The connection that queries are sent through: a pool's, or one within its transaction. */
type Queryable = Pick<pg.Pool | pg.ClientBase, 'query'>;

export class EquityThinning {
  readonly #database: pg.Pool;
  readonly #retention: EquityRetention;
  /** Until when each step is done, by portfolio and what its readings are kept under. */
  readonly #doneUntil = new Map<string, Readonly<Record<Step, TimeMs>>>();

  constructor(database: pg.Pool, retention: EquityRetention = EQUITY_RETENTION) {
    this.#database = database;
    this.#retention = retention;
  }

  /** Removes the portfolio's readings that age has made superfluous, a bounded part of it at a time. Throws what `pg` throws. */
  async thin(portfolioId: PortfolioId): Promise<void> {
    for (const accountId of EQUITY_ROWS) await this.#thin(portfolioId, accountId);
  }

  async #thin(portfolioId: PortfolioId, accountId: AccountId): Promise<void> {
    const { now, oldest } = await readAges(this.#database, portfolioId, accountId);
    if (oldest === null) return;
    const begin = wholeHour(oldest);
    const key = `${portfolioId} ${accountId}`;
    const done = { ...(this.#doneUntil.get(key) ?? { minutes: begin, hours: begin }) };
    const due = dueUntil(this.#retention, now);
    let chunks = 0;
    for (const step of STEPS) {
      for (; done[step] < due[step] && chunks < CHUNKS_AT_ONCE; chunks += 1) {
        const until = Math.min(done[step] + CHUNK_MS[step], due[step]);
        await this.#database.query(
          `DELETE FROM equity WHERE portfolio_id = $1 AND account_id = $2 AND at = ANY (ARRAY(${drop('equity')}))`,
          [portfolioId, accountId, done[step], until, INTERVAL_MS[step]],
        );
        done[step] = until;
      }
    }
    this.#remember(key, done);
  }

  #remember(key: string, done: Readonly<Record<Step, TimeMs>>): void {
    this.#doneUntil.delete(key);
    this.#doneUntil.set(key, done);
    for (const least of this.#doneUntil.keys()) {
      if (this.#doneUntil.size <= MAX_REMEMBERED) break;
      this.#doneUntil.delete(least);
    }
  }
}

/**
 * Leaves out of `rebuilt`, a table with every reading that the journal gives, those that are not stored and may have been
 * dropped by now. The readings left in it that are not stored are missing.
 */
export async function leaveOutThinned(
  client: pg.ClientBase,
  portfolioId: PortfolioId,
  rebuilt: string,
  retention: EquityRetention = EQUITY_RETENTION,
): Promise<void> {
  for (const accountId of EQUITY_ROWS) {
    const { now } = await readAges(client, portfolioId, accountId);
    const due = dueUntil(retention, now);
    // The hours first: what they keep is part of what the minutes keep.
    for (const [step, from, until] of [
      ['hours', 0, due.hours],
      ['minutes', due.hours, due.minutes],
    ] as const) {
      await client.query(
        `DELETE FROM ${rebuilt} WHERE portfolio_id = $1 AND account_id = $2 AND at = ANY (ARRAY(
           ${drop(rebuilt)} EXCEPT SELECT at FROM equity WHERE portfolio_id = $1 AND account_id = $2))`,
        [portfolioId, accountId, from, until, INTERVAL_MS[step]],
      );
    }
  }
}

/**
 * Moments of the readings that do not stay. For an array: a table without statistics must not lead to a plan that finds
 * them anew for each row. Parameters: $1 portfolio, $2 account, $3 and $4 from and until, $5 the interval in ms.
 */
function drop(table: string): string {
  return `SELECT at FROM (
      SELECT at, document->>'reasonOfReading' AS reason,
             row_number() OVER (PARTITION BY at / $5::bigint ORDER BY at DESC) AS from_last,
             row_number() OVER (PARTITION BY at / ${HOUR_MS} ORDER BY (document->>'equity')::numeric DESC, at) AS from_highest,
             row_number() OVER (PARTITION BY at / ${HOUR_MS} ORDER BY (document->>'equity')::numeric, at) AS from_lowest
        FROM ${table} WHERE portfolio_id = $1 AND account_id = $2 AND at >= $3 AND at < $4) readings
     WHERE from_last > 1 AND from_highest > 1 AND from_lowest > 1 AND reason IN ('interval', 'peak')`;
}

/** By the clock of the database, which all nodes share. */
async function readAges(
  database: Queryable,
  portfolioId: PortfolioId,
  accountId: AccountId,
): Promise<{ readonly now: TimeMs; readonly oldest: TimeMs | null }> {
  const found = await database.query<{ now: TimeMs; oldest: TimeMs | null }>(
    `SELECT (extract(epoch FROM now()) * 1000)::bigint AS now,
            (SELECT at FROM equity WHERE portfolio_id = $1 AND account_id = $2 ORDER BY at LIMIT 1) AS oldest`,
    [portfolioId, accountId],
  );
  const [row] = found.rows;
  if (row === undefined) throw new TypeError('a query without a condition gave no row');
  return row;
}

function dueUntil(retention: EquityRetention, now: TimeMs): Readonly<Record<Step, TimeMs>> {
  return {
    minutes: wholeHour(now - retention.allForMs),
    hours: wholeHour(now - Math.max(retention.minutesForMs, retention.allForMs)),
  };
}

function wholeHour(at: TimeMs): TimeMs {
  return at - (at % HOUR_MS);
}
