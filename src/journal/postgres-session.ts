/**
 * Connections to PostgreSQL: the one that writes, those for one piece of work, and what their errors mean.
 *
 * Entry points: `openSession`, `withClient`, `classifyError`, `clientConfig`.
 *
 * Invariants:
 *  1. A session holds the advisory lock of its own random number from before its first use to its end, so that others
 *     can see by that number alone whether its process lives.
 *  2. Every statement has a deadline; past it the socket is destroyed, and the outcome counts as unknown.
 */
import { randomInt } from 'node:crypto';
import { Socket } from 'node:net';
import pg from 'pg';

/** `bigint` as a number (all of ours fit in 53 bits), `json` as its stored text. */
const TYPES = new pg.TypeOverrides();
TYPES.setTypeParser(pg.types.builtins.INT8, Number);
TYPES.setTypeParser(pg.types.builtins.JSON, String);

/** The connection ended or gave no answer in time; what was in flight is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** A connection's configuration with this folder's value types. */
export function clientConfig(connection: pg.ClientConfig): pg.ClientConfig {
  return {
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...connection,
    types: TYPES,
  };
}

/** Runs `run` on a connection of its own, which ends with it, and with it any transaction that is still open. */
export async function withClient<Result>(
  connection: pg.ClientConfig,
  run: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(clientConfig(connection));
  // Statements in flight reject as well; this is for a connection that is lost between two statements.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

export type ErrorClass =
  /** The connection is gone or useless; what was in flight is unknown. */
  | 'disconnected'
  /** Proven not done, and another attempt may succeed: soon, or once somebody has mended the database. */
  | 'passing'
  /** Proven not done, and it would fail again: the values themselves are refused. */
  | 'refused';

/**
 * SQLSTATE classes of values that are refused: data exceptions, constraints, check options, an exception that a trigger
 * raises, and more than PostgreSQL can hold.
 */
const REFUSED_VALUES: ReadonlySet<string> = new Set(['22', '23', '44', 'P0', '54']);

/** Classes of SQLSTATE: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export function classifyError(error: unknown): ErrorClass {
  if (error instanceof ConnectionLost) return 'disconnected';
  if (!(error instanceof pg.DatabaseError)) return 'refused';
  const code = error.code ?? '';
  if (code.startsWith('08') || code.startsWith('57P') || code === '25006') return 'disconnected';
  return REFUSED_VALUES.has(code.slice(0, 2)) ? 'refused' : 'passing';
}

export interface Session {
  /** Random, positive, below 2^47: key of the advisory lock and fence in `portfolio_head.session`. */
  readonly id: number;
  query<Row extends pg.QueryResultRow>(
    statement: string | { readonly name: string; readonly text: string },
    values: readonly unknown[],
  ): Promise<readonly Row[]>;
  /** Ends the session now; statements in flight reject. */
  destroy(): void;
  /** Ends the session after what is in flight. */
  end(): Promise<void>;
}

/**
 * Connects and takes the session's lock. `onLost` is called once when the connection ends without `destroy` or `end`.
 * Rejects with what `pg` throws.
 */
export async function openSession(
  connection: pg.ClientConfig,
  statementTimeoutMs: number,
  onLost: (reason: string) => void,
): Promise<Session> {
  const socket = new Socket();
  const client = new pg.Client({ ...clientConfig(connection), stream: () => socket });
  let open = true;
  const lost = (reason: string): void => {
    if (!open) return;
    open = false;
    socket.destroy();
    onLost(reason);
  };
  client.on('error', (error) => lost(error.message));
  client.on('end', () => lost('the connection ended'));
  const query = async <Row extends pg.QueryResultRow>(
    statement: string | { readonly name: string; readonly text: string },
    values: readonly unknown[],
  ): Promise<readonly Row[]> => {
    const timer = setTimeout(() => socket.destroy(), statementTimeoutMs);
    try {
      const config = typeof statement === 'string' ? { text: statement } : statement;
      const result = await client.query<Row>({ ...config, values: [...values] });
      return result.rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError || error instanceof TypeError) throw error;
      throw new ConnectionLost(error instanceof Error ? error.message : String(error), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };
  const id = randomInt(1, 2 ** 47);
  try {
    await client.connect();
    // Cached plans are made while the tables are empty and must still be right when they are not: an index look-up for
    // each row of a group, never a walk through all heads.
    await client.query(
      `SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'; SET plan_cache_mode = force_generic_plan;
       SET enable_seqscan = off; SET enable_mergejoin = off; SET enable_hashjoin = off; SET jit = off; SET idle_in_transaction_session_timeout = '60s'`,
    );
    await query('SELECT pg_advisory_lock($1::bigint)', [id]);
  } catch (error) {
    open = false;
    socket.destroy();
    throw error;
  }
  return {
    id,
    query,
    destroy: () => {
      open = false;
      socket.destroy();
    },
    end: async () => {
      open = false;
      await client.end();
    },
  };
}
