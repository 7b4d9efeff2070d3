/**
 * The tables that an append writes, as both the statements that write them and a rebuild know them. Pure.
 *
 * Entry points: `TABLES`, `TABLE_NAMES`. `migrations/` has a row type `append_<name>` of the same columns for each, and
 * for `journal` and `heads`: `row-arrays.ts` sends rows as arrays of these.
 */
import type { ReadModelRows } from './prepared-append.ts';

/** The tables that an append writes beside the journal itself; all of them follow from it but the quotes. */
export type Table = keyof ReadModelRows | 'journal_orders';

export type ColumnType = 'text' | 'bigint' | 'boolean' | 'json';
export type Column = readonly [name: string, type: ColumnType];

export interface TableShape {
  /** All of them but the portfolio, which stands first in every table and every key. */
  readonly columns: readonly Column[];
  /** The columns of the primary key, the portfolio left out. */
  readonly key: readonly string[];
  /** The effect of a row whose key is there already; `error` undoes the append. */
  readonly onSameKey: 'replaces' | 'replaces_where_different' | 'error';
}

const DOCUMENT: Column = ['document', 'json'];
const GENERATION: Column = ['generation', 'bigint'];

export const TABLES: Readonly<Record<Table, TableShape>> = {
  journal_orders: {
    columns: [
      ['order_id', 'text'],
      ['seq', 'bigint'],
    ],
    key: ['order_id', 'seq'],
    onSameKey: 'error',
  },
  account_generations: {
    columns: [['account_id', 'text'], ['instance', 'text'], GENERATION],
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
      ['is_sale', 'boolean'],
      ['strategy', 'text'],
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
      GENERATION,
      ['order_id', 'text'],
    ],
    key: ['account_id', 'symbol', 'venue_order_id', 'generation'],
    // The same id comes again with every change of its order: only a real change is written.
    onSameKey: 'replaces_where_different',
  },
  fills: {
    columns: [
      ['account_id', 'text'],
      ['symbol', 'text'],
      ['trade_id', 'text'],
      ['venue_order_id', 'text'],
      GENERATION,
      ['order_id', 'text'],
      ['executed_at', 'bigint'],
      DOCUMENT,
    ],
    key: ['account_id', 'symbol', 'trade_id', 'venue_order_id', 'generation'],
    onSameKey: 'replaces',
  },
  positions: {
    columns: [['account_id', 'text'], ['symbol', 'text'], ['position_side', 'text'], GENERATION, DOCUMENT],
    key: ['account_id', 'symbol', 'position_side', 'generation'],
    onSameKey: 'replaces',
  },
  balances: {
    columns: [['account_id', 'text'], ['wallet', 'text'], ['asset', 'text'], GENERATION, DOCUMENT],
    key: ['account_id', 'wallet', 'asset', 'generation'],
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
      ['answer', 'text'],
    ],
    key: ['key'],
    onSameKey: 'error',
  },
};

export const TABLE_NAMES: readonly Table[] = [
  'journal_orders',
  'account_generations',
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

/** The columns of the head and the journal, which every append writes beside the rows of `TABLES`. */
export const HEAD_COLUMNS: readonly Column[] = [
  ['session', 'bigint'],
  ['epoch', 'bigint'],
  ['expected_seq', 'bigint'],
  ['seq', 'bigint'],
  ['hash', 'text'],
];
export const JOURNAL_COLUMNS: readonly Column[] = [
  ['seq', 'bigint'],
  ['at', 'bigint'],
  ['type', 'text'],
  ['payload', 'json'],
  ['hash', 'text'],
  ['prev_hash', 'text'],
  ['run_length', 'bigint'],
];

/** A set of rows with a row type of its own. */
export type RowSet = Table | 'heads' | 'journal';

export const ROW_SETS: readonly RowSet[] = ['heads', 'journal', ...TABLE_NAMES];

/** The columns of a row, the portfolio first. */
export function columnsOf(rows: RowSet): readonly Column[] {
  const others =
    rows === 'heads' ? HEAD_COLUMNS : rows === 'journal' ? JOURNAL_COLUMNS : TABLES[rows].columns;
  return [['portfolio_id', 'text'], ...others];
}

/** The SQL type of such a row. */
export function rowTypeOf(rows: RowSet): string {
  return `append_${rows}`;
}
