/**
 * Folds a portfolio's journal anew and holds what is derived from it against that: the rows of the read models, and the
 * snapshots that recovery begins with.
 *
 * Entry points: `rebuild`, `refuseOwned`.
 *
 * Invariants:
 *  1. Journal, rows and snapshots are read in one snapshot of the database, so that a portfolio may be written meanwhile.
 *  2. Nothing stored is touched unless `write` is asked for, and then only of a portfolio that no living node owns; its head
 *     stays locked until the end, so that nobody takes it over in between.
 *  3. Memory does not grow with the journal: records are read in pages, rows are collected in temporary tables.
 */
import type pg from 'pg';
import type { PortfolioId } from '../core/ids.ts';
import { type EquityRetention, leaveOutThinned } from './equity-retention.ts';
import { rowStatements } from './append-statement.ts';
import {
  advanceChain,
  canonicalJson,
  type ChainPosition,
  GENESIS_HASH,
  holdAgainstHead,
  ordersNamedIn,
} from './hash-chain.ts';
import { JournalCorrupt, type JournalRecord, type JsonObject, type ReadModelChange } from './journal.ts';
import { withClient } from './postgres-session.ts';
import { collectRows, type Generations, NO_GENERATIONS, type OrderIndexRow } from './prepared-append.ts';
import { storedRecords } from './record-pages.ts';
import { readRowTypes, type RowTypes } from './row-arrays.ts';
import { stateTextHash, toJournalRecord, toJsonObject } from './stored-record.ts';
import { columnsOf, type Table, TABLE_NAMES, TABLES } from './tables.ts';

/** The rows that follow from one portfolio's events; computed by the engine, which knows the events. */
export interface JournalFold {
  /** Takes the next record in. Returns changes of read models that are ready, of this record or of earlier ones. */
  take(record: JournalRecord): readonly ReadModelChange[];
  /** The changes that were not given out yet. */
  rest(): readonly ReadModelChange[];
  /** The state after the last record, as a snapshot holds it. */
  state(): JsonObject;
  /** A snapshot, perhaps of an earlier release, as this one would write the state that recovery reads from it. */
  rewritten(snapshot: JsonObject): JsonObject;
}

export interface RebuildOptions {
  readonly portfolioId: PortfolioId;
  readonly newFold: () => JournalFold;
  /** Puts the rebuilt rows in the place of those that differ, and removes snapshots that do. Default false. */
  readonly write?: boolean;
  /** Rows reported of each table. Default 20. */
  readonly rowsShown?: number;
  /** As the service has it. Default its default. */
  readonly equityRetention?: EquityRetention;
  /** Changes that are written at once. Default 1,000. */
  readonly batchChanges?: number;
}

export interface ColumnDifference {
  /** A column, or `document.<field>`. */
  readonly column: string;
  /** As text; null for SQL's NULL and for a field that is not there. */
  readonly stored: string | null;
  readonly rebuilt: string | null;
}

export interface RowDifference {
  readonly key: Readonly<Record<string, string>>;
  /** `missing`: the journal gives this row, and it is not stored. `surplus`: the journal does not give it. */
  readonly kind: 'changed' | 'missing' | 'surplus';
  /** Of a changed row. */
  readonly columns: readonly ColumnDifference[];
}

export interface TableComparison {
  readonly table: string;
  readonly rows: number;
  readonly differing: number;
  /** The first of them in order of their keys. */
  readonly shown: readonly RowDifference[];
}

export interface SnapshotComparison {
  readonly seq: number;
  /** In words; null when recovery reads from it the state that the journal gives, byte for byte. */
  readonly fault: string | null;
}

export interface Rebuilt {
  readonly portfolioId: PortfolioId;
  readonly seq: number;
  readonly tables: readonly TableComparison[];
  readonly snapshots: readonly SnapshotComparison[];
  /** Whether anything stored was replaced. */
  readonly written: boolean;
}

/** A living node owns the portfolio. */
export class PortfolioOwned extends Error {
  override readonly name = 'PortfolioOwned';
  readonly node: string;

  constructor(portfolioId: PortfolioId, node: string) {
    super(`Portfolio ${portfolioId} is owned by the living node ${node}: stop it first.`);
    this.node = node;
  }
}

/** A record is whole, but this release cannot fold it. */
export class RecordUnfoldable extends Error {
  override readonly name = 'RecordUnfoldable';
}

/** Quotes are observations: they do not follow from the events, and their number is bounded. */
type RebuiltTable = Exclude<Table, 'quotes'>;

const REBUILT_TABLES: readonly RebuiltTable[] = TABLE_NAMES.filter((table) => table !== 'quotes');

/**
 * Tables whose rows of a former generation are read no more. Whether such a row was written at all depends on whether the
 * reset came in the same append, so that such rows are not compared.
 */
const KEPT_BY_GENERATION: ReadonlySet<RebuiltTable> = new Set(['venue_order_ids', 'positions', 'balances']);

const DEFAULT_BATCH_CHANGES = 1_000;
const DEFAULT_ROWS_SHOWN = 20;

/**
 * Throws `JournalCorrupt` when the chain does not hold, `RecordUnfoldable`, `PortfolioOwned` (only with `write`), and what
 * `pg` throws. Then nothing was written.
 */
export async function rebuild(connection: pg.ClientConfig, options: RebuildOptions): Promise<Rebuilt> {
  return withClient(connection, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query(`SET LOCAL jit = off; SET LOCAL work_mem = '64MB'`);
    const { portfolioId } = options;
    const write = options.write === true;
    const head = write ? await lockHead(client, portfolioId) : await readHead(client, portfolioId);
    await client.query(REBUILT_TABLES.map(copyDefinition).join(';'));
    const snapshots = await foldInto(client, head, options);
    // Rows that the service drops as they age.
    await leaveOutThinned(client, portfolioId, copyOf('equity'), options.equityRetention);
    const tables: TableComparison[] = [];
    for (const table of REBUILT_TABLES)
      tables.push(await compare(client, table, portfolioId, options.rowsShown ?? DEFAULT_ROWS_SHOWN));
    const written = write && (await replace(client, portfolioId, tables, snapshots));
    if (written) await client.query('COMMIT');
    return { portfolioId, seq: head.seq, tables, snapshots, written };
  });
}

/** Throws `PortfolioOwned` when a living node owns the portfolio. */
export async function refuseOwned(connection: pg.ClientConfig, portfolioId: PortfolioId): Promise<void> {
  await withClient(connection, async (client) => {
    await client.query('BEGIN');
    await refuseOwnedHead(client, portfolioId, await readHead(client, portfolioId));
  });
}

// --- the head ---

interface HeadRow extends ChainPosition {
  readonly owner_node: string | null;
  readonly session: number | null;
}

async function readHead(client: pg.Client, portfolioId: PortfolioId, lock = ''): Promise<HeadRow> {
  const heads = await client.query<HeadRow>(
    `SELECT seq, hash, owner_node, session FROM portfolio_head WHERE portfolio_id = $1 ${lock}`,
    [portfolioId],
  );
  const head = heads.rows[0];
  if (head === undefined)
    throw new JournalCorrupt(`Journal of portfolio ${portfolioId}: the portfolio has no head.`);
  return head;
}

async function lockHead(client: pg.Client, portfolioId: PortfolioId): Promise<HeadRow> {
  const head = await readHead(client, portfolioId, 'FOR UPDATE');
  await refuseOwnedHead(client, portfolioId, head);
  return head;
}

/** The lock of an owner's session is free when its process or its connection is gone. */
async function refuseOwnedHead(client: pg.Client, portfolioId: PortfolioId, head: HeadRow): Promise<void> {
  if (head.session === null) return;
  const locks = await client.query<{ free: boolean }>(
    'SELECT pg_try_advisory_xact_lock($1::bigint) AS free',
    [head.session],
  );
  if (locks.rows[0]?.free !== true) throw new PortfolioOwned(portfolioId, head.owner_node ?? '');
}

// --- folding ---

function copyOf(table: Table): string {
  return `rebuilt_${table}`;
}

function copyDefinition(table: RebuiltTable): string {
  const key = ['portfolio_id', ...TABLES[table].key].join(', ');
  return `CREATE TEMPORARY TABLE ${copyOf(table)} (LIKE ${table}, PRIMARY KEY (${key})) ON COMMIT DROP`;
}

interface SnapshotRow {
  readonly seq: number;
  readonly state_hash: string;
}

async function foldInto(
  client: pg.Client,
  head: ChainPosition,
  { portfolioId, newFold, batchChanges = DEFAULT_BATCH_CHANGES }: RebuildOptions,
): Promise<readonly SnapshotComparison[]> {
  const fold = newFold();
  const found = await client.query<SnapshotRow>(
    'SELECT seq, state_hash FROM snapshots WHERE portfolio_id = $1 ORDER BY seq',
    [portfolioId],
  );
  const snapshots = new Map(found.rows.map((row) => [row.seq, row]));
  const compared: SnapshotComparison[] = [];
  const rowTypes = await readRowTypes(async (text, values) => (await client.query(text, [...values])).rows);
  const rows = new CollectedRows(client, portfolioId, rowTypes);
  let position: ChainPosition = { seq: 0, hash: GENESIS_HASH };
  for await (const stored of storedRecords(client, portfolioId, { upTo: head.seq })) {
    position = advanceChain(position, stored);
    const record = toJournalRecord(stored);
    rows.addReferences(record);
    rows.add(folded(record, () => fold.take(record)));
    await rows.writeIfMany(batchChanges);
    const snapshot = snapshots.get(record.seq);
    if (snapshot === undefined) continue;
    snapshots.delete(record.seq);
    compared.push(await compareSnapshot(client, portfolioId, snapshot, fold));
  }
  holdAgainstHead(portfolioId, position, head);
  rows.add(fold.rest());
  await rows.write();
  for (const seq of snapshots.keys())
    compared.push({ seq, fault: `the journal ends at seq ${head.seq}: there is no record ${seq}` });
  return compared;
}

function folded<Value>(record: JournalRecord, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new RecordUnfoldable(
      `Journal of portfolio ${record.portfolioId}: seq ${record.seq} (${record.type}) cannot be folded by this release: ` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error },
    );
  }
}

/** Changes on their way into the temporary tables, so many at a time. */
class CollectedRows {
  readonly #client: pg.Client;
  readonly #portfolioId: PortfolioId;
  readonly #rowTypes: RowTypes;
  #changes: ReadModelChange[] = [];
  #orderIndex: OrderIndexRow[] = [];
  #generations: Generations = NO_GENERATIONS;

  constructor(client: pg.Client, portfolioId: PortfolioId, rowTypes: RowTypes) {
    this.#client = client;
    this.#portfolioId = portfolioId;
    this.#rowTypes = rowTypes;
  }

  add(changes: readonly ReadModelChange[]): void {
    this.#changes.push(...changes);
  }

  addReferences(record: JournalRecord): void {
    for (const orderId of ordersNamedIn(record.payload)) this.#orderIndex.push({ orderId, seq: record.seq });
  }

  async writeIfMany(batchChanges: number): Promise<void> {
    if (this.#changes.length + this.#orderIndex.length >= batchChanges) await this.write();
  }

  async write(): Promise<void> {
    const { rows, generations } = collectRows(this.#changes, this.#generations);
    this.#generations = generations;
    for (const { text, values } of rowStatements(
      this.#portfolioId,
      rows,
      this.#orderIndex,
      copyOf,
      this.#rowTypes,
    ))
      await this.#client.query(text, [...values]);
    this.#changes = [];
    this.#orderIndex = [];
  }
}

async function compareSnapshot(
  client: pg.Client,
  portfolioId: PortfolioId,
  { seq, state_hash: storedHash }: SnapshotRow,
  fold: JournalFold,
): Promise<SnapshotComparison> {
  const found = await client.query<{ state: string }>(
    'SELECT state FROM snapshots WHERE portfolio_id = $1 AND seq = $2',
    [portfolioId, seq],
  );
  const stored = found.rows[0]?.state ?? '';
  if (stateTextHash(stored) !== storedHash)
    return { seq, fault: 'it is damaged (its hash does not fit); recovery passes it over' };
  const rebuilt = canonicalJson(fold.state());
  if (stored === rebuilt) return { seq, fault: null };
  let read: string;
  try {
    // One of an earlier release may lack what this release adds when it reads it.
    read = canonicalJson(fold.rewritten(toJsonObject(stored)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { seq, fault: `it cannot be read by this release: ${why}` };
  }
  if (read === rebuilt) return { seq, fault: null };
  const fields = documentDifferences(read, rebuilt).map(({ column }) => column);
  return { seq, fault: `it is not the state that the journal gives; it differs in ${fields.join(', ')}` };
}

// --- comparing ---

type ComparedRow = Readonly<Record<string, string | number | boolean | null>>;

async function compare(
  client: pg.Client,
  table: RebuiltTable,
  portfolioId: PortfolioId,
  rowsShown: number,
): Promise<TableComparison> {
  await client.query(`ANALYZE ${copyOf(table)}`);
  const { columns, key } = TABLES[table];
  const others = columns.map(([name]) => name).filter((name) => !key.includes(name));
  // `json` has no equality; as text it is compared byte by byte, like every other column.
  const unequal = others.map((name) => `s.${name}::text IS DISTINCT FROM r.${name}::text`);
  const ofStored = rowsOf(table, (name) => name);
  const ofRebuilt = rowsOf(table, copyOf);
  const keyFields = key.map((name, index) => `coalesce(s.${name}, r.${name})::text AS k${index}`);
  const otherFields = others.flatMap((name, index) => [
    `s.${name}::text AS s${index}`,
    `r.${name}::text AS r${index}`,
  ]);
  const differing = `FROM (${ofStored}) s
       FULL JOIN (${ofRebuilt}) r ON ${['portfolio_id', ...key].map((name) => `s.${name} = r.${name}`).join(' AND ')}
      WHERE s.portfolio_id IS NULL OR r.portfolio_id IS NULL ${unequal.map((condition) => `OR ${condition}`).join(' ')}`;
  const counts = await client.query<{ rows: number; differing: number }>(
    `SELECT (SELECT count(*) FROM (${ofRebuilt}) r) AS rows, (SELECT count(*) ${differing}) AS differing`,
    [portfolioId],
  );
  const { rows = 0, differing: count = 0 } = counts.rows[0] ?? {};
  const shown =
    count === 0
      ? []
      : (
          await client.query<ComparedRow>(
            `SELECT s.portfolio_id IS NOT NULL AS is_stored, r.portfolio_id IS NOT NULL AS is_rebuilt,
                    ${[...keyFields, ...otherFields].join(', ')}
             ${differing} ORDER BY ${key.map((name) => `coalesce(s.${name}, r.${name})`).join(', ')} LIMIT $2`,
            [portfolioId, rowsShown],
          )
        ).rows;
  return { table, rows, differing: count, shown: shown.map((row) => toRowDifference(row, key, others)) };
}

/**
 * The rows that a reading can find. Of an order that came alive again, and of its ids, rows are there or not by how the
 * events were grouped.
 */
function rowsOf(table: RebuiltTable, nameOf: (table: RebuiltTable) => string): string {
  const conditions = ['t.portfolio_id = $1'];
  let source = `${nameOf(table)} t`;
  if (KEPT_BY_GENERATION.has(table)) {
    source += ` LEFT JOIN ${nameOf('account_generations')} e USING (portfolio_id, account_id)`;
    conditions.push('t.generation = coalesce(e.generation, 0)');
  }
  if (table === 'orders') conditions.push('t.finished');
  if (table === 'venue_order_ids') {
    source += ` JOIN ${nameOf('orders')} o USING (portfolio_id, order_id)`;
    conditions.push('o.finished');
  }
  return `SELECT t.* FROM ${source} WHERE ${conditions.join(' AND ')}`;
}

function toRowDifference(row: ComparedRow, key: readonly string[], others: readonly string[]): RowDifference {
  const kind = row['is_stored'] !== true ? 'missing' : row['is_rebuilt'] !== true ? 'surplus' : 'changed';
  return {
    key: Object.fromEntries(key.map((name, index) => [name, textOf(row[`k${index}`]) ?? ''])),
    kind,
    columns:
      kind === 'changed'
        ? others.flatMap((name, index) => {
            const stored = textOf(row[`s${index}`]);
            const rebuilt = textOf(row[`r${index}`]);
            if (stored === rebuilt) return [];
            return name === 'document' && stored !== null && rebuilt !== null
              ? documentDifferences(stored, rebuilt).map((difference) => ({
                  ...difference,
                  column: difference.column === '' ? name : `${name}.${difference.column}`,
                }))
              : [{ column: name, stored, rebuilt }];
          })
        : [],
  };
}

/** By field where both texts are objects; the whole texts, under the column '', where the fields do not differ. */
function documentDifferences(stored: string, rebuilt: string): readonly ColumnDifference[] {
  const whole = [{ column: '', stored, rebuilt }];
  let left: JsonObject;
  let right: JsonObject;
  try {
    left = toJsonObject(stored);
    right = toJsonObject(rebuilt);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JournalCorrupt) return whole;
    throw error;
  }
  const fieldText = (document: JsonObject, field: string): string | null => {
    const value = document[field];
    return value === undefined ? null : canonicalJson(value);
  };
  const fields = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  const differing = fields
    .map((field) => ({ column: field, stored: fieldText(left, field), rebuilt: fieldText(right, field) }))
    .filter((difference) => difference.stored !== difference.rebuilt);
  return differing.length === 0 ? whole : differing;
}

function textOf(value: string | number | boolean | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

// --- writing ---

async function replace(
  client: pg.Client,
  portfolioId: PortfolioId,
  tables: readonly TableComparison[],
  snapshots: readonly SnapshotComparison[],
): Promise<boolean> {
  const differing = REBUILT_TABLES.filter((name) =>
    tables.some(({ table, differing: count }) => table === name && count > 0),
  );
  for (const table of differing) {
    await client.query(`DELETE FROM ${table} WHERE portfolio_id = $1`, [portfolioId]);
    // By name: migrations have added columns behind those that a new table would begin with.
    const columns = columnsOf(table)
      .map(([name]) => name)
      .join(', ');
    await client.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${copyOf(table)}`);
  }
  const faulty = snapshots.filter(({ fault }) => fault !== null).map(({ seq }) => seq);
  if (faulty.length > 0) {
    await client.query('DELETE FROM snapshots WHERE portfolio_id = $1 AND seq = ANY ($2::bigint[])', [
      portfolioId,
      faulty,
    ]);
  }
  return differing.length > 0 || faulty.length > 0;
}
