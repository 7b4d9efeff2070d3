/**
 * One SQL statement that writes a whole group of appends. Pure.
 *
 * Entry points: `appendStatement`; `rowStatements`, `TABLES` and `TABLE_NAMES` for a rebuild.
 *
 * The statement is its own transaction, so a group costs one round trip and one fsync whatever its size. It advances the
 * heads that stand where their writers think and are still theirs, and writes the rows of exactly those portfolios; every
 * portfolio comes back as a row that says what became of it. Its text depends only on which tables the group touches, so
 * that few prepared statements serve.
 */
import type { PortfolioId } from '../core/ids.ts';
import { jsonText } from './hash-chain.ts';
import type { OrderMentionRow, PreparedAppend, ReadModelRows } from './prepared-append.ts';

/** The tables that an append writes beside the journal itself; all of them follow from it but the quotes. */
export type Table = keyof ReadModelRows | 'journal_orders';

/** A column: its name in the table, its SQL type. The field in the JSON parameter is `c<index>`. */
type Column = readonly [name: string, type: string];

interface TableShape {
  /** All of them but the portfolio, which stands first in every table and every key. */
  readonly columns: readonly Column[];
  /** The columns of the primary key, the portfolio left out. */
  readonly key: readonly string[];
  /** What a row does whose key is there already; `error` undoes the append. */
  readonly onSameKey: 'replaces' | 'replaces_where_different' | 'error';
}

/** Always the last column of its table. */
const DOCUMENT: Column = ['document', 'json'];
const ERA: Column = ['era', 'bigint'];

/**
 * Documents go in beside the other columns, as one text that is cut at this character, which JSON never holds bare: as
 * values inside a JSON parameter they would be taken apart to their last field three times over.
 */
const DOCUMENT_END = '\u001e';
const cutDocuments = (parameter: string): string =>
  `string_to_table(${parameter}::text COLLATE "C", U&'\\001E')`;

export const TABLES: Readonly<Record<Table, TableShape>> = {
  journal_orders: {
    columns: [
      ['order_id', 'text'],
      ['seq', 'bigint'],
    ],
    key: ['order_id', 'seq'],
    onSameKey: 'error',
  },
  account_eras: {
    columns: [['account_id', 'text'], ['instance', 'text'], ERA],
    key: ['account_id'],
    onSameKey: 'replaces',
  },
  orders: {
    columns: [
      ['order_id', 'text'],
      ['account_id', 'text'],
      ['exchange', 'text'],
      ['symbol', 'text'],
      ['client_order_id', 'text'],
      ['venue_client_order_id', 'text'],
      ['status', 'text'],
      ['finished', 'boolean'],
      ['created_at', 'bigint'],
      ['updated_at', 'bigint'],
      DOCUMENT,
    ],
    key: ['order_id'],
    onSameKey: 'replaces',
  },
  venue_order_ids: {
    columns: [
      ['account_id', 'text'],
      ['symbol', 'text'],
      ['venue_order_id', 'text'],
      ERA,
      ['order_id', 'text'],
    ],
    key: ['account_id', 'symbol', 'venue_order_id', 'era'],
    // The same id comes again with every change of its order: only a real change is written.
    onSameKey: 'replaces_where_different',
  },
  fills: {
    columns: [
      ['account_id', 'text'],
      ['symbol', 'text'],
      ['trade_id', 'text'],
      ['venue_order_id', 'text'],
      ERA,
      ['order_id', 'text'],
      ['executed_at', 'bigint'],
      DOCUMENT,
    ],
    key: ['account_id', 'symbol', 'trade_id', 'venue_order_id', 'era'],
    onSameKey: 'replaces',
  },
  positions: {
    columns: [['account_id', 'text'], ['symbol', 'text'], ERA, DOCUMENT],
    key: ['account_id', 'symbol', 'era'],
    onSameKey: 'replaces',
  },
  balances: {
    columns: [['account_id', 'text'], ['wallet', 'text'], ['asset', 'text'], ERA, DOCUMENT],
    key: ['account_id', 'wallet', 'asset', 'era'],
    onSameKey: 'replaces',
  },
  drift: {
    columns: [['drift_id', 'text'], ['open', 'boolean'], DOCUMENT],
    key: ['drift_id'],
    onSameKey: 'replaces',
  },
  equity: {
    columns: [['account_id', 'text'], ['at', 'bigint'], DOCUMENT],
    key: ['account_id', 'at'],
    onSameKey: 'replaces',
  },
  quotes: {
    columns: [['account_id', 'text'], ['symbol', 'text'], ['moment', 'bigint'], DOCUMENT],
    key: ['account_id', 'symbol', 'moment'],
    onSameKey: 'replaces',
  },
  idempotency_keys: {
    columns: [
      ['key', 'text'],
      ['content_hash', 'text'],
      ['order_id', 'text'],
    ],
    key: ['key'],
    onSameKey: 'error',
  },
};

export const TABLE_NAMES: readonly Table[] = [
  'journal_orders',
  'account_eras',
  'orders',
  'venue_order_ids',
  'fills',
  'positions',
  'balances',
  'drift',
  'equity',
  'quotes',
  'idempotency_keys',
];

/** What became of one portfolio's append. */
export interface AppendStatementRow {
  readonly portfolio_id: string;
  readonly advanced: boolean;
  /** The head stood where the writer thought and was the writer's: then only a taken key can have kept it. */
  readonly head_matched: boolean;
  readonly taken_key: string | null;
}

export interface AppendStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly string[];
}

const TEXTS = new Map<number, string>();

/** `session` is the owner's database session; a portfolio stands in `group` at most once. */
export function appendStatement(group: readonly PreparedAppend[], session: number): AppendStatement {
  const heads: string[] = [];
  const journal: string[] = [];
  const payloads: string[] = [];
  const byTable = new Map<Table, TableRows>();
  for (const { append, before, after, records, mentions, rows } of group) {
    const portfolio = JSON.stringify(append.portfolioId);
    heads.push(
      `{"p":${portfolio},"n":${session},"e":${append.epoch},"x":${before.seq},"s":${after.seq},"h":"${after.hash}"}`,
    );
    for (const record of records) {
      journal.push(
        `{"p":${portfolio},"c0":${record.seq},"c1":${record.at},"c2":${JSON.stringify(record.type)},` +
          `"c3":"${record.hash}","c4":"${record.previousHash}"}`,
      );
      payloads.push(record.payloadText);
    }
    pushMentions(byTable, portfolio, mentions);
    pushRows(byTable, portfolio, rows);
  }
  const touched = TABLE_NAMES.filter((table) => byTable.has(table));
  const mask = touched.reduce((bits, table) => bits | (1 << TABLE_NAMES.indexOf(table)), 0);
  let text = TEXTS.get(mask);
  if (text === undefined) {
    text = statementText(touched);
    TEXTS.set(mask, text);
  }
  const values = [`[${heads.join(',')}]`, `[${journal.join(',')}]`, payloads.join(DOCUMENT_END)];
  for (const table of touched) values.push(...parametersOf(byTable.get(table)));
  return { name: `append_${mask}`, text, values };
}

/**
 * Writes rows of read models without moving a head, into copies of the tables named by `copyOf`: for a rebuild, inside a
 * transaction of the caller's.
 */
export function rowStatements(
  portfolioId: PortfolioId,
  rows: ReadModelRows,
  mentions: readonly OrderMentionRow[],
  copyOf: (table: Table) => string,
): readonly { readonly text: string; readonly values: readonly string[] }[] {
  const byTable = new Map<Table, TableRows>();
  const portfolio = JSON.stringify(portfolioId);
  pushMentions(byTable, portfolio, mentions);
  pushRows(byTable, portfolio, rows);
  return [...byTable].map(([table, tableRows]) => ({
    text: insertion(table, 1, 'true', copyOf(table)),
    values: parametersOf(tableRows),
  }));
}

/** Rows as they go into the parameters of a table. */
interface TableRows {
  /** All columns but the document, a JSON object each. */
  readonly fields: string[];
  /** One for each row where the table has documents, or none. */
  readonly documents: string[];
}

function parametersOf(rows: TableRows | undefined): readonly string[] {
  if (rows === undefined) return [];
  const fields = `[${rows.fields.join(',')}]`;
  return rows.documents.length === 0 ? [fields] : [fields, rows.documents.join(DOCUMENT_END)];
}

function hasDocuments(table: Table): boolean {
  return TABLES[table].columns.includes(DOCUMENT);
}

function pushMentions(
  byTable: Map<Table, TableRows>,
  portfolio: string,
  mentions: readonly OrderMentionRow[],
): void {
  for (const { orderId, seq } of mentions) push(byTable, 'journal_orders', portfolio, [orderId, seq]);
}

function pushRows(byTable: Map<Table, TableRows>, portfolio: string, rows: ReadModelRows): void {
  for (const row of rows.account_eras.values()) {
    push(byTable, 'account_eras', portfolio, [row.accountId, row.instance, row.era]);
  }
  for (const row of rows.orders.values()) {
    push(
      byTable,
      'orders',
      portfolio,
      [
        row.orderId,
        row.accountId,
        row.exchange,
        row.symbol,
        row.clientOrderId,
        row.venueClientOrderId,
        row.status,
        row.finished,
        row.createdAt,
        row.updatedAt,
      ],
      row.document,
    );
  }
  for (const row of rows.venue_order_ids.values()) {
    push(byTable, 'venue_order_ids', portfolio, [
      row.accountId,
      row.symbol,
      row.venueOrderId,
      row.era,
      row.orderId,
    ]);
  }
  for (const row of rows.fills.values()) {
    push(
      byTable,
      'fills',
      portfolio,
      [row.accountId, row.symbol, row.tradeId, row.venueOrderId, row.era, row.orderId, row.executedAt],
      row.document,
    );
  }
  for (const row of rows.positions.values()) {
    push(byTable, 'positions', portfolio, [row.accountId, row.symbol, row.era], row.document);
  }
  for (const row of rows.balances.values()) {
    push(byTable, 'balances', portfolio, [row.accountId, row.wallet, row.asset, row.era], row.document);
  }
  for (const row of rows.drift.values())
    push(byTable, 'drift', portfolio, [row.driftId, row.open], row.document);
  for (const row of rows.equity.values())
    push(byTable, 'equity', portfolio, [row.accountId, row.at], row.document);
  for (const row of rows.quotes.values()) {
    push(byTable, 'quotes', portfolio, [row.accountId, row.symbol, row.moment], row.document);
  }
  for (const row of rows.idempotency_keys.values()) {
    push(byTable, 'idempotency_keys', portfolio, [row.key, row.contentHash, row.orderId]);
  }
}

function push(
  byTable: Map<Table, TableRows>,
  table: Table,
  portfolio: string,
  fields: readonly (string | number | boolean | null)[],
  document?: string,
): void {
  let row = `{"p":${portfolio}`;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index];
    row += `,"c${index}":${typeof field === 'string' ? jsonText(field) : String(field)}`;
  }
  const rows = byTable.get(table) ?? { fields: [], documents: [] };
  byTable.set(table, rows);
  rows.fields.push(`${row}}`);
  // The document goes in as it is: `json` keeps the very text.
  if (document !== undefined) rows.documents.push(document);
}

/** `first` is the number of the table's first parameter; one with documents has a second one after it. */
function insertion(table: Table, first: number, condition: string, target: string = table): string {
  const { columns } = TABLES[table];
  const names = columns.map(([name]) => name).join(', ');
  const fields = columns.filter((column) => column !== DOCUMENT);
  const definition = fields.map(([, type], index) => `c${index} ${type}`).join(', ');
  const aliases = fields.map((_, index) => `c${index}`);
  const values = aliases.map((alias) => `r.${alias}`).join(', ');
  const rows = `json_to_recordset($${first}::json)`;
  const selection = hasDocuments(table)
    ? `SELECT r.p, ${values}, r.d::json
           FROM ROWS FROM (${rows} AS (p text, ${definition}), ${cutDocuments(`$${first + 1}`)}) AS r(p, ${aliases.join(', ')}, d)`
    : `SELECT r.p, ${values} FROM ${rows} AS r(p text, ${definition})`;
  return `INSERT INTO ${target} AS stored (portfolio_id, ${names})
         ${selection}
          WHERE ${condition}
         ${onConflict(TABLES[table])}`;
}

function onConflict({ columns, key, onSameKey }: TableShape): string {
  if (onSameKey === 'error') return '';
  const others = columns.map(([name]) => name).filter((name) => !key.includes(name));
  const update = `ON CONFLICT (portfolio_id, ${key.join(', ')})
         DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
  if (onSameKey === 'replaces') return update;
  return `${update} WHERE ${others.map((name) => `stored.${name} IS DISTINCT FROM excluded.${name}`).join(' OR ')}`;
}

/** `IS TRUE` keeps it a hashed look-up: the writing session joins by nested loops only (see `postgres-session.ts`). */
const IN_HEADS = (rows: string): string => `(${rows}.p IN (SELECT a.p FROM heads a)) IS TRUE`;

function statementText(touched: readonly Table[]): string {
  const parts: string[] = [];
  const firstParameter = new Map<Table, number>();
  let parameters = 3;
  for (const table of touched) {
    firstParameter.set(table, parameters + 1);
    parameters += hasDocuments(table) ? 2 : 1;
  }
  const parameterOf = (table: Table): number => firstParameter.get(table) ?? 0;
  parts.push(
    `input AS MATERIALIZED (
       SELECT * FROM json_to_recordset($1::json) AS i(p text, n bigint, e bigint, x bigint, s bigint, h text))`,
  );
  const withKeys = touched.includes('idempotency_keys');
  if (withKeys) {
    // A scalar subquery keeps this an index look-up per key whatever the planner thinks of the table's size. Another
    // writer of the same portfolio cannot slip a key in between: it would have moved the head, which is compared below.
    parts.push(
      `taken AS MATERIALIZED (
         SELECT k.p, min(k.c0) AS key
           FROM json_to_recordset($${parameterOf('idempotency_keys')}::json) AS k(p text, c0 text)
          WHERE (SELECT true FROM idempotency_keys i WHERE i.portfolio_id = k.p AND i.key = k.c0)
          GROUP BY k.p)`,
    );
  }
  parts.push(
    `matched AS MATERIALIZED (
       SELECT i.p FROM input i
        WHERE (SELECT h.seq = i.x AND h.epoch = i.e AND h.session = i.n FROM portfolio_head h WHERE h.portfolio_id = i.p))`,
    `heads AS (
       UPDATE portfolio_head h SET seq = i.s, hash = i.h FROM input i
        WHERE h.portfolio_id = i.p AND h.seq = i.x AND h.epoch = i.e AND h.session = i.n
        ${withKeys ? 'AND i.p NOT IN (SELECT t.p FROM taken t)' : ''}
       RETURNING h.portfolio_id AS p)`,
    `w_journal AS (
       INSERT INTO journal (portfolio_id, seq, at, type, payload, hash, prev_hash)
       SELECT r.p, r.c0, r.c1, r.c2, r.d::json, r.c3, r.c4
         FROM ROWS FROM (json_to_recordset($2::json) AS (p text, c0 bigint, c1 bigint, c2 text, c3 text, c4 text),
                         ${cutDocuments('$3')}) AS r(p, c0, c1, c2, c3, c4, d)
        WHERE ${IN_HEADS('r')})`,
  );
  for (const table of touched) {
    parts.push(`w_${table} AS (${insertion(table, parameterOf(table), IN_HEADS('r'))})`);
  }
  return `WITH ${parts.join(',\n')}
    SELECT i.p AS portfolio_id,
           ${IN_HEADS('i')} AS advanced,
           (i.p IN (SELECT m.p FROM matched m)) IS TRUE AS head_matched,
           ${withKeys ? '(SELECT t.key FROM taken t WHERE t.p = i.p)' : 'NULL'} AS taken_key
      FROM input i`;
}
