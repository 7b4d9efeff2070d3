/**
 * Rows on their way into a statement: one parameter for each table, an array of its row type in PostgreSQL's binary
 * form. As JSON or as a column each, the database spends half as much again on the same rows.
 *
 * Entry points: `RowArray`, `readRowTypes`.
 *
 * The form (`array_recv`, `record_recv`, `int8recv`, `textrecv` in PostgreSQL's src/backend/utils/adt): an array is
 * (dimensions, has nulls, element type, length, lower bound) and its elements; a row is (number of columns) and for each
 * (type, value); a value is its length in bytes and itself, or the length -1 for null. All numbers are big-endian.
 */
import type pg from 'pg';
import { type ColumnType, columnsOf, ROW_SETS, type RowSet, rowTypeOf } from './tables.ts';

/** The object id of each row type: another one in every database. */
export type RowTypes = ReadonlyMap<RowSet, number>;

/** Object ids of built-in types, the same in every PostgreSQL (src/include/catalog/pg_type.dat). */
const OID: Readonly<Record<ColumnType, number>> = { boolean: 16, bigint: 20, text: 25, json: 114 };

/** `query` runs a statement on the session that the rows will go to. Throws what it throws; the schema must be there. */
export async function readRowTypes(
  query: (text: string, values: readonly unknown[]) => Promise<readonly pg.QueryResultRow[]>,
): Promise<RowTypes> {
  const rows = await query(
    'SELECT n AS name, to_regtype(n)::oid::bigint AS oid FROM unnest($1::text[]) AS n',
    [ROW_SETS.map(rowTypeOf)],
  );
  const oids = new Map(rows.map((row) => [String(row['name']), Number(row['oid'])]));
  return new Map(ROW_SETS.map((rowSet) => [rowSet, oids.get(rowTypeOf(rowSet)) ?? 0]));
}

export type FieldValue = string | number | boolean | null;

const HEADER_BYTES = 20;
const FIRST_BYTES = 1_024;
/** UTF-8 takes at most so many bytes for one unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3;
const TWO_TO_32 = 2 ** 32;

export class RowArray {
  readonly #types: readonly number[];
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #end = HEADER_BYTES;
  #rows = 0;

  constructor(rowSet: RowSet, rowTypes: RowTypes) {
    this.#types = columnsOf(rowSet).map(([, type]) => OID[type]);
    this.#buffer.writeInt32BE(1, 0);
    this.#buffer.writeInt32BE(1, 4);
    this.#buffer.writeInt32BE(rowTypes.get(rowSet) ?? 0, 8);
    this.#buffer.writeInt32BE(1, 16);
  }

  /** The values of one row in the order of `columnsOf`; whole numbers where a column is `bigint`. */
  add(values: readonly FieldValue[]): void {
    const start = this.#end;
    this.#reserve(8);
    this.#buffer.writeInt32BE(this.#types.length, start + 4);
    this.#end = start + 8;
    for (let column = 0; column < this.#types.length; column += 1)
      this.#addField(this.#types[column] ?? 0, values[column] ?? null);
    this.#buffer.writeInt32BE(this.#end - start - 4, start);
    this.#rows += 1;
  }

  /** The parameter. Nothing is added after it. */
  finish(): Buffer {
    this.#buffer.writeInt32BE(this.#rows, 12);
    return this.#buffer.subarray(0, this.#end);
  }

  #addField(type: number, value: FieldValue): void {
    this.#reserve(16);
    const at = this.#end;
    this.#buffer.writeInt32BE(type, at);
    this.#end = at + 8;
    if (value === null) {
      this.#buffer.writeInt32BE(-1, at + 4);
    } else if (typeof value === 'string') {
      this.#reserve(value.length * MOST_BYTES_A_UNIT);
      const bytes = this.#buffer.write(value, this.#end, 'utf8');
      this.#buffer.writeInt32BE(bytes, at + 4);
      this.#end += bytes;
    } else if (typeof value === 'number') {
      this.#buffer.writeInt32BE(8, at + 4);
      this.#buffer.writeInt32BE(Math.floor(value / TWO_TO_32), at + 8);
      this.#buffer.writeUInt32BE(value >>> 0, at + 12);
      this.#end += 8;
    } else {
      this.#buffer.writeInt32BE(1, at + 4);
      this.#buffer.writeUInt8(value ? 1 : 0, at + 8);
      this.#end += 1;
    }
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + bytes));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}
