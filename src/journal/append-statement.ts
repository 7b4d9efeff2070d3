/**
 * One SQL statement that writes a whole group of appends. Pure.
 *
 * Entry points: `appendStatement`; `rowStatements` for a rebuild.
 *
 * The statement is its own transaction, so a group costs one round trip and one fsync whatever its size. It advances the
 * heads that stand where their writers think and are still theirs, and writes the rows of exactly those portfolios; every
 * portfolio comes back as a row that says what became of it. Its text depends only on which tables the group touches, so
 * that few prepared statements serve.
 */
import type { PortfolioId } from '../core/ids.ts';
import type { OrderIndexRow, PreparedAppend, ReadModelRows } from './prepared-append.ts';
import { type FieldValue, RowArray, type RowTypes } from './row-arrays.ts';
import {
  columnsOf,
  type RowSet,
  rowTypeOf,
  type Table,
  TABLE_NAMES,
  TABLES,
  type TableShape,
} from './tables.ts';

/** The outcome of one portfolio's append. */
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
  readonly values: readonly Buffer[];
}

const TEXTS = new Map<number, string>();

/** `session` is the owner's database session; a portfolio stands in `group` at most once. */
export function appendStatement(
  group: readonly PreparedAppend[],
  session: number,
  rowTypes: RowTypes,
): AppendStatement {
  const heads = new RowArray('heads', rowTypes);
  const journal = new RowArray('journal', rowTypes);
  const tables = new TableRows(rowTypes);
  for (const { append, before, after, records, runLengths, orderIndex, rows } of group) {
    const { portfolioId, epoch } = append;
    heads.add([portfolioId, session, epoch, before.seq, after.seq, after.hash]);
    for (const [index, { seq, at, type, payloadText, hash, previousHash }] of records.entries())
      journal.add([portfolioId, seq, at, type, payloadText, hash, previousHash, runLengths[index] ?? null]);
    pushOrderIndex(tables, portfolioId, orderIndex);
    pushRows(tables, portfolioId, rows);
  }
  const touched = TABLE_NAMES.filter((table) => tables.byTable.has(table));
  const mask = touched.reduce((bits, table) => bits | (1 << TABLE_NAMES.indexOf(table)), 0);
  let text = TEXTS.get(mask);
  if (text === undefined) {
    text = statementText(touched);
    TEXTS.set(mask, text);
  }
  const values = [heads, journal, ...touched.flatMap((table) => tables.byTable.get(table) ?? [])];
  return { name: `append_${mask}`, text, values: values.map((rows) => rows.finish()) };
}

/**
 * Writes rows of read models without moving a head, into copies of the tables named by `copyOf`: for a rebuild, inside a
 * transaction of the caller's.
 */
export function rowStatements(
  portfolioId: PortfolioId,
  rows: ReadModelRows,
  orderIndex: readonly OrderIndexRow[],
  copyOf: (table: Table) => string,
  rowTypes: RowTypes,
): readonly { readonly text: string; readonly values: readonly Buffer[] }[] {
  const tables = new TableRows(rowTypes);
  pushOrderIndex(tables, portfolioId, orderIndex);
  pushRows(tables, portfolioId, rows);
  return [...tables.byTable].map(([table, tableRows]) => ({
    text: insertion(table, 1, 'true', copyOf(table)),
    values: [tableRows.finish()],
  }));
}

/** The rows of each table that has any. */
class TableRows {
  readonly byTable = new Map<Table, RowArray>();
  readonly #rowTypes: RowTypes;

  constructor(rowTypes: RowTypes) {
    this.#rowTypes = rowTypes;
  }

  push(table: Table, values: readonly FieldValue[]): void {
    let rows = this.byTable.get(table);
    if (rows === undefined) {
      rows = new RowArray(table, this.#rowTypes);
      this.byTable.set(table, rows);
    }
    rows.add(values);
  }
}

function pushOrderIndex(
  tables: TableRows,
  portfolioId: PortfolioId,
  orderIndex: readonly OrderIndexRow[],
): void {
  for (const { orderId, seq } of orderIndex) tables.push('journal_orders', [portfolioId, orderId, seq]);
}

function pushRows(tables: TableRows, portfolioId: PortfolioId, rows: ReadModelRows): void {
  for (const row of rows.account_generations.values())
    tables.push('account_generations', [portfolioId, row.accountId, row.instance, row.generation]);
  for (const row of rows.orders.values()) {
    tables.push('orders', [
      portfolioId,
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
      row.isSale,
      row.strategy,
      row.document,
    ]);
  }
  for (const row of rows.venue_order_ids.values()) {
    const { accountId, symbol, venueOrderId, generation, orderId } = row;
    tables.push('venue_order_ids', [portfolioId, accountId, symbol, venueOrderId, generation, orderId]);
  }
  for (const row of rows.fills.values()) {
    tables.push('fills', [
      portfolioId,
      row.accountId,
      row.symbol,
      row.tradeId,
      row.venueOrderId,
      row.generation,
      row.orderId,
      row.executedAt,
      row.document,
    ]);
  }
  for (const { accountId, symbol, positionSide, generation, document } of rows.positions.values())
    tables.push('positions', [portfolioId, accountId, symbol, positionSide, generation, document]);
  for (const { accountId, wallet, asset, generation, document } of rows.balances.values())
    tables.push('balances', [portfolioId, accountId, wallet, asset, generation, document]);
  for (const { driftId, open, document } of rows.drift.values())
    tables.push('drift', [portfolioId, driftId, open, document]);
  for (const { accountId, at, document } of rows.equity.values())
    tables.push('equity', [portfolioId, accountId, at, document]);
  for (const { accountId, symbol, moment, document } of rows.quotes.values())
    tables.push('quotes', [portfolioId, accountId, symbol, moment, document]);
  for (const { key, contentHash, orderId, answer } of rows.idempotency_keys.values())
    tables.push('idempotency_keys', [portfolioId, key, contentHash, orderId, answer]);
}

/** The rows in a parameter, with the names of their columns. */
function rowsIn(parameter: number, rows: RowSet): string {
  return `unnest($${parameter}::${rowTypeOf(rows)}[])`;
}

function namesOf(rows: RowSet, prefix = ''): string {
  return columnsOf(rows)
    .map(([name]) => prefix + name)
    .join(', ');
}

function insertion(table: Table, parameter: number, condition: string, target: string = table): string {
  return `INSERT INTO ${target} AS stored (${namesOf(table)})
         SELECT ${namesOf(table, 'r.')} FROM ${rowsIn(parameter, table)} AS r
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
const IN_HEADS = (rows: string): string =>
  `(${rows}.portfolio_id IN (SELECT a.portfolio_id FROM heads a)) IS TRUE`;

const HEADS_PARAMETER = 1;
const JOURNAL_PARAMETER = 2;
const FIRST_TABLE_PARAMETER = 3;

function statementText(touched: readonly Table[]): string {
  const parameterOf = (table: Table): number => FIRST_TABLE_PARAMETER + touched.indexOf(table);
  const parts = [
    `input AS MATERIALIZED (SELECT ${namesOf('heads', 'i.')} FROM ${rowsIn(HEADS_PARAMETER, 'heads')} AS i)`,
  ];
  const withKeys = touched.includes('idempotency_keys');
  if (withKeys) {
    // A scalar subquery keeps this an index look-up per key whatever the planner thinks of the table's size. Another
    // writer of the same portfolio cannot slip a key in between: it would have moved the head, which is compared below.
    parts.push(
      `taken AS MATERIALIZED (
         SELECT k.portfolio_id, min(k.key) AS key FROM ${rowsIn(parameterOf('idempotency_keys'), 'idempotency_keys')} AS k
          WHERE (SELECT true FROM idempotency_keys i WHERE i.portfolio_id = k.portfolio_id AND i.key = k.key)
          GROUP BY k.portfolio_id)`,
    );
  }
  parts.push(
    `matched AS MATERIALIZED (
       SELECT i.portfolio_id FROM input i
        WHERE (SELECT h.seq = i.expected_seq AND h.epoch = i.epoch AND h.session = i.session
                 FROM portfolio_head h WHERE h.portfolio_id = i.portfolio_id))`,
    `heads AS (
       UPDATE portfolio_head h SET seq = i.seq, hash = i.hash FROM input i
        WHERE h.portfolio_id = i.portfolio_id AND h.seq = i.expected_seq AND h.epoch = i.epoch AND h.session = i.session
        ${withKeys ? 'AND i.portfolio_id NOT IN (SELECT t.portfolio_id FROM taken t)' : ''}
       RETURNING h.portfolio_id)`,
    `w_journal AS (
       INSERT INTO journal (${namesOf('journal')})
       SELECT ${namesOf('journal', 'r.')} FROM ${rowsIn(JOURNAL_PARAMETER, 'journal')} AS r WHERE ${IN_HEADS('r')})`,
  );
  for (const table of touched)
    parts.push(`w_${table} AS (${insertion(table, parameterOf(table), IN_HEADS('r'))})`);
  return `WITH ${parts.join(',\n')}
    SELECT i.portfolio_id,
           ${IN_HEADS('i')} AS advanced,
           (i.portfolio_id IN (SELECT m.portfolio_id FROM matched m)) IS TRUE AS head_matched,
           ${withKeys ? '(SELECT t.key FROM taken t WHERE t.portfolio_id = i.portfolio_id)' : 'NULL'} AS taken_key
      FROM input i`;
}
