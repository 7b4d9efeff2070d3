/**
 * A long history put into a stopped service's database, by SQL: copies of an order that the service really made.
 *
 * Entry points: `loadHistory`, `oldOrders`. Each copy has every row that the real order has, in every table, with ids and
 * times of its own; quote snapshots stay out, since their number is bounded anyway. The head moves behind the copies, with
 * the last snapshot, so that the service starts as after an orderly stop. Two things differ from a history that was traded:
 * the hashes are chance (nothing here verifies them), and the folded state does not hold what the copies would have come to.
 */
import { pino } from 'pino';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/journal/embedded-postgres.ts';
import { connectionTo } from './service.ts';
import { postmasterOf } from './usage.ts';

/** Copies in one transaction. */
const AT_ONCE = 50_000;
/** Between two copies in time: a million span eleven days. */
const APART_MS = 1_000;

export interface OldOrder {
  readonly orderId: string;
  readonly createdAt: number;
}

interface Model {
  readonly portfolio_id: string;
  readonly order_id: string;
  readonly created_at: string;
  readonly venue_client_order_id: string;
  readonly key: string;
  readonly records: string;
}

/** The service must have placed orders with keys, and be stopped. */
export async function loadHistory(dataDir: string, orders: number): Promise<void> {
  const log = pino({ level: 'warn' }, pino.destination(2));
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  const client = new pg.Client({ ...postgres.address });
  try {
    await client.connect();
    await client.query('SET synchronous_commit = off');
    const model = await modelOrder(client);
    for (let first = 1; first <= orders; first += AT_ONCE)
      await copy(client, model, first, Math.min(first + AT_ONCE - 1, orders));
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
    await postgres.stop();
  }
}

async function modelOrder(client: pg.Client): Promise<Model> {
  const { rows } = await client.query<Model>(
    `SELECT o.portfolio_id, o.order_id, o.created_at, o.venue_client_order_id, k.key,
            (SELECT count(*) FROM journal_orders j WHERE j.portfolio_id = o.portfolio_id AND j.order_id = o.order_id) AS records
       FROM orders o JOIN idempotency_keys k USING (portfolio_id, order_id)
      WHERE o.status = 'filled' ORDER BY o.created_at LIMIT 1`,
  );
  const model = rows[0];
  if (model === undefined) throw new Error('there is no filled order with a key to copy');
  return model;
}

/** All columns of a table but these, which the copies have their own of. */
async function otherColumns(client: pg.Client, name: string, own: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`,
    [name],
  );
  return rows
    .map((row) => row.column_name)
    .filter((column) => !own.includes(column))
    .map((column) => `, ${column}`)
    .join('');
}

async function copy(client: pg.Client, model: Model, first: number, last: number): Promise<void> {
  // As ids of the service's: the time in front, chance behind it.
  const id = `'ord_0' || lpad(to_hex(n), 8, '0') || substr(md5(n::text), 1, 16)`;
  const venueId = `'9' || lpad(n::text, 9, '0')`;
  const clientId = `'p' || md5('c' || n::text)`;
  const at = `(${model.created_at}::bigint - ${APART_MS}::bigint * (100000000 - n))`;
  const text = (column: string): string =>
    `replace(replace(replace(${column}::text, '${model.order_id}', c.id), '${model.venue_client_order_id}', c.client_id), '${model.key}', c.key)::json`;
  const copies = `(SELECT n, ${id} AS id, ${venueId} AS venue_id, ${clientId} AS client_id, 'old-' || n AS key, ${at} AS at
                     FROM generate_series(${first}, ${last}) AS n) AS c`;
  const mine = `m.portfolio_id = '${model.portfolio_id}' AND m.order_id = '${model.order_id}'`;
  const others = (name: string, own: readonly string[]): Promise<string> =>
    otherColumns(client, name, ['portfolio_id', ...own]);
  const orderColumns = await others('orders', [
    'order_id',
    'venue_client_order_id',
    'created_at',
    'updated_at',
    'document',
  ]);
  const venueColumns = await others('venue_order_ids', ['venue_order_id', 'order_id']);
  const fillColumns = await others('fills', [
    'trade_id',
    'venue_order_id',
    'order_id',
    'executed_at',
    'document',
  ]);
  const keyColumns = await others('idempotency_keys', ['key', 'order_id']);
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO orders (portfolio_id, order_id, venue_client_order_id, created_at, updated_at, document${orderColumns})
     SELECT portfolio_id, c.id, c.client_id, c.at, c.at, ${text('m.document')}${orderColumns} FROM orders m, ${copies} WHERE ${mine}`,
  );
  await client.query(
    `INSERT INTO venue_order_ids (portfolio_id, venue_order_id, order_id${venueColumns})
     SELECT portfolio_id, c.venue_id, c.id${venueColumns} FROM venue_order_ids m, ${copies} WHERE ${mine}`,
  );
  await client.query(
    `INSERT INTO fills (portfolio_id, trade_id, venue_order_id, order_id, executed_at, document${fillColumns})
     SELECT portfolio_id, c.venue_id, c.venue_id, c.id, c.at, ${text('m.document')}${fillColumns} FROM fills m, ${copies} WHERE ${mine}`,
  );
  await client.query(
    `INSERT INTO idempotency_keys (portfolio_id, key, order_id${keyColumns})
     SELECT portfolio_id, c.key, c.id${keyColumns} FROM idempotency_keys m, ${copies} WHERE ${mine}`,
  );
  await copyRecords(client, model, copies, text);
  await client.query('COMMIT');
}

/** The records go behind the head, which then moves behind them; the newest snapshot is valid there too. */
async function copyRecords(
  client: pg.Client,
  model: Model,
  copies: string,
  text: (column: string) => string,
): Promise<void> {
  const portfolio = `'${model.portfolio_id}'`;
  const made = await client.query(
    `WITH model AS (
       SELECT j.*, row_number() OVER (ORDER BY j.seq) AS k FROM journal j JOIN journal_orders o USING (portfolio_id, seq)
        WHERE o.portfolio_id = ${portfolio} AND o.order_id = '${model.order_id}'),
     numbered AS (
       SELECT (SELECT h.seq FROM portfolio_head h WHERE h.portfolio_id = ${portfolio})
                + row_number() OVER (ORDER BY c.n, m.k) AS seq,
              c.id, c.at, m.type, ${text('m.payload')} AS payload
         FROM model m, ${copies}),
     records AS (
       INSERT INTO journal (portfolio_id, seq, at, type, payload, hash, prev_hash)
       SELECT ${portfolio}, seq, at, type, payload, md5(seq::text) || md5(id), md5((seq - 1)::text) || md5(id) FROM numbered)
     INSERT INTO journal_orders (portfolio_id, order_id, seq) SELECT ${portfolio}, id, seq FROM numbered`,
  );
  await client.query(
    `UPDATE portfolio_head h SET seq = h.seq + $2, hash = j.hash FROM journal j
      WHERE h.portfolio_id = $1 AND j.portfolio_id = $1 AND j.seq = h.seq + $2`,
    [model.portfolio_id, made.rowCount ?? 0],
  );
  await client.query(
    `UPDATE snapshots s SET seq = h.seq FROM portfolio_head h
      WHERE s.portfolio_id = $1 AND h.portfolio_id = $1 AND s.seq = (SELECT max(seq) FROM snapshots WHERE portfolio_id = $1)`,
    [model.portfolio_id],
  );
}

/** Finished orders spread over the older half of the history, of the service that runs in this directory. */
export async function oldOrders(dataDir: string, count: number): Promise<readonly OldOrder[]> {
  const client = new pg.Client(connectionTo(await postmasterOf(dataDir)));
  await client.connect();
  try {
    const { rows } = await client.query<{ order_id: string; created_at: string }>(
      `SELECT order_id, created_at FROM (
         SELECT order_id, created_at, row_number() OVER (ORDER BY created_at, order_id) AS n, count(*) OVER () AS total
           FROM orders WHERE finished) AS numbered
        WHERE n > total / 4 AND n <= total / 2 AND n % greatest(1, total / 4 / $1::bigint) = 0 LIMIT $1::bigint`,
      [count],
    );
    return rows.map((row) => ({ orderId: row.order_id, createdAt: Number(row.created_at) }));
  } finally {
    await client.end();
  }
}
