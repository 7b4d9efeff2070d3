/**
 * The cost of reading a long history, by the rows and blocks that the plans touch; no clock is read.
 *
 * The portfolio is made so that a query that walks one index and drops rows that do not fit reads most of it: each symbol,
 * exchange, status, side, strategy and account is common by itself, and most of their combinations are rare or old.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountId, instrumentSymbol, orderId, portfolioId, tradeId, venueOrderId } from '../core/ids.ts';
import { driftCursor, fillCursor, orderCursor, recordTimeCursor } from './history-cursor.ts';
import {
  RECORDS_LOOKED_THROUGH,
  type FillsFilter,
  type HistoryFilter,
  type RecordFilter,
} from './journal.ts';
import { keysStatement } from './key-look-ups.ts';
import { clientConfig } from './postgres-session.ts';
import {
  driftStatement,
  endOfStretchStatement,
  fillsOfOrderStatement,
  fillsStatement,
  historyStatement,
  knownFillsStatement,
  orderByVenueOrderIdStatement,
  READ_SETTINGS,
  recordsOfOrderStatement,
  recordsStatement,
  type Statement,
} from './read-statements.ts';
import { freshDatabase, type TestDatabase } from './testing/postgres-fixture.ts';

const ORDERS = 100_000;
const LIMIT = 100;
/** A few seconds by itself; on a machine that is busy with other tests, longer. */
const FILL_WITHIN_MS = 180_000;
/** Blocks that two pages of the same length may differ in, by how their rows lie; ten thousand rows passed over cost more. */
const SPREAD = 40;
const MAIN = portfolioId('main');
const BTC = instrumentSymbol('BTC/USDT');
/** Traded on one exchange alone, and then only among the oldest thousandth. */
const OLD = instrumentSymbol('OLD/USDT');

/** Order `n` was made at `n`; the last one is the newest. */
const FILL = `
  INSERT INTO orders (portfolio_id, order_id, account_id, exchange, symbol, venue_client_order_id, status, finished,
                      created_at, updated_at, is_sale, strategy, document)
  SELECT p, 'o' || lpad(n::text, 6, '0'), 'a' || n % 4, CASE WHEN n % 4 < 3 THEN 'binance' ELSE 'okx' END,
         CASE WHEN n <= 100 THEN 'OLD/USDT' WHEN n % 4 = 0 THEN 'ETH/USDT' ELSE 'BTC/USDT' END, 'v' || n,
         CASE WHEN n <= 50 THEN 'rejected' WHEN n % 3 = 0 THEN 'canceled' ELSE 'filled' END, n % 5000 <> 0,
         n, n, n <= 150, CASE WHEN n <= 200 THEN 'old' WHEN n % 2 = 0 THEN 'grid' END,
         json_build_object('id', n, 'note', repeat('x', 40))
    FROM generate_series(1, $1) AS n, unnest(ARRAY['main', 'other']) AS p WHERE p = 'main' OR n <= 1000;
  INSERT INTO fills (portfolio_id, account_id, symbol, trade_id, venue_order_id, generation, order_id, executed_at, document)
  SELECT portfolio_id, account_id, symbol, 't' || order_id, 'w' || order_id, 0, order_id, created_at, document FROM orders;
  CREATE TEMPORARY TABLE a_fifth AS SELECT * FROM orders WHERE created_at % 5 = 0;
  INSERT INTO venue_order_ids (portfolio_id, account_id, symbol, venue_order_id, generation, order_id)
  SELECT portfolio_id, account_id, symbol, 'w' || order_id, n, order_id FROM a_fifth, generate_series(0, 1) AS n
   WHERE n = 0 OR account_id = 'a1';
  INSERT INTO account_generations VALUES ('main', 'a1', 'anew', 1);
  INSERT INTO idempotency_keys SELECT portfolio_id, 'k' || order_id, 'h', order_id FROM a_fifth;
  INSERT INTO drift SELECT 'main', 'd' || n % 7 || '-' || n, n % 5000 = 0, json_build_object('openedAt', n)
    FROM generate_series(1, 20000) AS n;
  INSERT INTO journal SELECT portfolio_id, created_at, CASE WHEN created_at < 50000 THEN created_at ELSE created_at - created_at % 50 END,
                             'any', document, 'h', 'p',
                             CASE WHEN created_at >= 50000 THEN CASE WHEN created_at % 50 = 0 THEN 50 ELSE 0 END END
                        FROM a_fifth;
  INSERT INTO journal_orders SELECT portfolio_id, order_id, created_at FROM a_fifth`;

const OTHERS = [
  'venue_order_ids',
  'account_generations',
  'idempotency_keys',
  'journal',
  'journal_orders',
  'drift',
];

/** Runs of the journal come sorted, and PostgreSQL sorts what is within them some dozens of records at once. */
const READ_AHEAD = 50;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(clientConfig({ ...database.connection, options: READ_SETTINGS }));
  await client.connect();
  // Made after the rows, which takes a fraction of the time; as the migrations define them.
  const indexes = await client.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes
      WHERE tablename IN ('orders', 'fills', 'journal') AND indexname NOT LIKE '%\\_pkey'`,
  );
  for (const { indexname } of indexes.rows) await client.query(`DROP INDEX ${indexname}`);
  for (const table of ['orders', 'fills', ...OTHERS]) await client.query(`ALTER TABLE ${table} SET UNLOGGED`);
  await client.query(`SET enable_seqscan = on; SET maintenance_work_mem = '128MB'`);
  for (const statement of FILL.split(';'))
    await client.query(statement, statement.includes('$1') ? [ORDERS] : []);
  for (const { indexdef } of indexes.rows) await client.query(indexdef);
  await client.query('RESET enable_seqscan');
}, FILL_WITHIN_MS);
afterAll(async () => {
  await client.end();
  await database.release();
});

interface Cost {
  /** Blocks of tables and indexes that the whole plan touched. */
  readonly blocks: number;
  /** Rows that came out of scans, or were read there and dropped. */
  readonly rows: number;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

function rowsTouched(node: PlanNode): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const own =
    node['Relation Name'] === undefined ? 0 : (node['Actual Rows'] + removed) * node['Actual Loops'];
  return (node.Plans ?? []).reduce((sum, inner) => sum + rowsTouched(inner), own);
}

/** As the service would run it; a named statement under a plan that knows no values. */
async function costOf({ name, text, values }: Statement): Promise<Cost> {
  const explain = 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)';
  let plan: string;
  if (name === undefined) {
    const explained = await client.query<{ 'QUERY PLAN': string }>(`${explain} ${text}`, [...values]);
    plan = explained.rows[0]?.['QUERY PLAN'] ?? '';
  } else {
    const given = values.map((value) =>
      Array.isArray(value) ? `ARRAY['${value.join("','")}']` : `'${String(value)}'`,
    );
    await client.query(`SET plan_cache_mode = force_generic_plan`);
    await client.query(`PREPARE ${name} AS ${text}`);
    const explained = await client.query<{ 'QUERY PLAN': string }>(
      `${explain} EXECUTE ${name} (${given.join(', ')})`,
    );
    plan = explained.rows[0]?.['QUERY PLAN'] ?? '';
    await client.query(`DEALLOCATE ${name}; RESET plan_cache_mode`);
  }
  const [{ Plan: top }] = JSON.parse(plan) as [{ Plan: PlanNode }];
  return {
    blocks: (top['Shared Hit Blocks'] ?? 0) + (top['Shared Read Blocks'] ?? 0),
    rows: rowsTouched(top),
  };
}

const a = (id: number) => accountId(`a${id}`);
const window = { since: 20_000, until: 80_000 };
const HISTORY: readonly Omit<HistoryFilter, 'portfolioId' | 'limit' | 'cursor'>[] = [
  {},
  { exchange: 'okx' },
  { exchange: 'kucoin' },
  { symbol: BTC },
  { symbol: OLD },
  { status: 'canceled' },
  { status: 'rejected' },
  { status: 'denied' },
  window,
  { exchange: 'okx', symbol: BTC },
  { exchange: 'okx', symbol: instrumentSymbol('ETH/USDT') },
  { exchange: 'okx', status: 'rejected' },
  { symbol: BTC, status: 'rejected' },
  { exchange: 'binance', symbol: BTC, status: 'canceled', ...window },
  { exchange: 'binance', symbol: BTC, status: 'rejected', ...window },
  { side: 'buy' },
  { side: 'sell' },
  { side: 'sell', symbol: BTC },
  { side: 'sell', accountIds: [a(1)], symbol: BTC, status: 'filled' },
  { strategy: 'grid' },
  { strategy: 'old' },
  { strategy: 'none' },
  { strategy: 'grid', symbol: OLD },
  { strategy: 'old', symbol: BTC, side: 'sell' },
  { strategy: 'grid', side: 'sell', exchange: 'binance', status: 'canceled' },
  { accountIds: [a(0)] },
  { accountIds: [a(0), a(3)], symbol: BTC },
  { accountIds: [a(0)], status: 'canceled' },
  { accountIds: [a(1)], symbol: BTC, status: 'rejected', ...window },
];
const FILLS: readonly Omit<FillsFilter, 'portfolioId' | 'limit' | 'cursor'>[] = [
  {},
  { accountId: a(0) },
  { symbol: BTC },
  { symbol: OLD },
  window,
  { accountId: a(3), symbol: BTC },
  { accountId: a(1), symbol: OLD },
  { accountId: a(0), symbol: BTC, ...window },
];

describe.each([
  ['before the tables were ever analysed', []],
  [
    'as autovacuum leaves them',
    ['VACUUM ANALYZE orders', 'VACUUM ANALYZE fills', `ANALYZE ${OTHERS.join(', ')}`],
  ],
])('on 100,000 orders, %s', (_, preparations) => {
  beforeAll(async () => {
    for (const statement of preparations) await client.query(statement);
  });

  test('a page of history touches as little at its end as at its beginning, under every filter', async () => {
    for (const filter of HISTORY) {
      const costs: Cost[] = [];
      for (const at of [null, 60_000, 300]) {
        const cursor = at === null ? {} : { cursor: orderCursor({ createdAt: at, orderId: `o${at}` }) };
        costs.push(await costOf(historyStatement({ portfolioId: MAIN, limit: LIMIT, ...filter, ...cursor })));
      }
      const label = `${JSON.stringify(filter)} ${JSON.stringify(costs)}`;
      const statuses = filter.status === undefined ? 6 : 1;
      const accounts = filter.accountIds?.length ?? 4;
      const sides = filter.side === undefined ? 2 : 1;
      const ranges = statuses * accounts * sides;
      const [first] = costs;
      for (const { rows, blocks } of costs) {
        // Of each range a page and one more at the most; of what is on the page, the document, by its key.
        expect(rows, label).toBeLessThanOrEqual((ranges + 1) * (LIMIT + 1) + accounts);
        expect(blocks, label).toBeLessThanOrEqual((5 + accounts) * (LIMIT + 1));
        expect(blocks, label).toBeLessThanOrEqual((first?.blocks ?? 0) + SPREAD);
      }
    }
  });

  test('a page of executions likewise', async () => {
    for (const filter of FILLS) {
      const costs: Cost[] = [];
      for (const at of [null, 60_000, 300]) {
        const position = {
          executedAt: at ?? 0,
          accountId: 'a9',
          symbol: 'X',
          tradeId: 't',
          venueOrderId: 'w',
          generation: 0,
        };
        const cursor = at === null ? {} : { cursor: fillCursor(position) };
        costs.push(await costOf(fillsStatement({ portfolioId: MAIN, limit: LIMIT, ...filter, ...cursor })));
      }
      const label = `${JSON.stringify(filter)} ${JSON.stringify(costs)}`;
      const accounts = filter.accountId === undefined ? 4 : 1;
      const [first] = costs;
      for (const { rows, blocks } of costs) {
        expect(rows, label).toBeLessThanOrEqual(accounts * (LIMIT + 3));
        expect(blocks, label).toBeLessThanOrEqual(accounts * 30);
        expect(blocks, label).toBeLessThanOrEqual((first?.blocks ?? 0) + SPREAD);
      }
    }
  });

  test('a page of drift cases likewise, of open and resolved ones and of both', async () => {
    for (const which of [{}, { open: true }, { open: false }]) {
      for (const at of [null, 15_000, 300]) {
        const cursor = at === null ? {} : { cursor: driftCursor({ openedAt: at, driftId: 'd' }) };
        const cost = await costOf(driftStatement({ portfolioId: MAIN, limit: LIMIT, ...which, ...cursor }));
        const label = `${JSON.stringify({ which, at })} ${JSON.stringify(cost)}`;
        expect(cost.rows, label).toBeLessThanOrEqual(LIMIT + 1);
        expect(cost.blocks, label).toBeLessThanOrEqual(2 * LIMIT);
      }
    }
  });

  test('a page of the journal looks through its share and no further, however rare its records are', async () => {
    const cases: readonly Omit<RecordFilter, 'portfolioId' | 'limit'>[] = [
      {},
      { types: ['none'] },
      { actor: 'nobody' },
      { accountId: a(1), types: ['any'] },
      { since: 20_000, until: 60_000 },
      { cursor: recordTimeCursor({ at: 60_000, seq: 60_000 }) },
      { since: 20_000, cursor: recordTimeCursor({ at: 60_000, seq: 60_000 }), types: ['none'] },
    ];
    for (const filter of cases) {
      const asked = { portfolioId: MAIN, limit: LIMIT, ...filter };
      const isNarrowed = ['types', 'actor', 'accountId'].some((name) => name in filter);
      const looked = isNarrowed ? RECORDS_LOOKED_THROUGH : LIMIT + 1;
      const cost = await costOf(recordsStatement(asked));
      expect(cost.rows, JSON.stringify({ filter, cost })).toBeLessThanOrEqual(2 * (looked + READ_AHEAD));
      const end = await costOf(endOfStretchStatement(asked));
      expect(end.rows, JSON.stringify({ filter, end })).toBeLessThanOrEqual(
        2 * (RECORDS_LOOKED_THROUGH + READ_AHEAD),
      );
    }
  });

  test.runIf(preparations.length > 0)('what is looked up by a key touches that key alone', async () => {
    for (const n of [5, 50_000, ORDERS]) {
      const id = `o${String(n).padStart(6, '0')}`;
      const account = a(n % 4);
      const symbol = instrumentSymbol(n <= 100 ? 'OLD/USDT' : n % 4 === 0 ? 'ETH/USDT' : 'BTC/USDT');
      const trades = [`t${id}`, 'none', 't'].map((text) => tradeId(text));
      for (const statement of [
        keysStatement([{ portfolioId: MAIN, key: `k${id}` }]),
        keysStatement([{ portfolioId: MAIN, key: 'none' }]),
        recordsOfOrderStatement(MAIN, orderId(id)),
        fillsOfOrderStatement(MAIN, orderId(id)),
        orderByVenueOrderIdStatement(MAIN, account, symbol, venueOrderId(`w${id}`)),
        orderByVenueOrderIdStatement(MAIN, a(1), BTC, venueOrderId('none')),
        knownFillsStatement(MAIN, account, symbol, trades),
      ]) {
        const cost = await costOf(statement);
        const label = `${statement.name ?? ''} ${id} ${JSON.stringify(cost)}`;
        expect(cost.rows, label).toBeLessThanOrEqual(4);
        expect(cost.blocks, label).toBeLessThanOrEqual(24);
      }
    }
  });
});
