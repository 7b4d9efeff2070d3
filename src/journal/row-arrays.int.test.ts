import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientConfig } from './postgres-session.ts';
import { type FieldValue, readRowTypes, RowArray, type RowTypes } from './row-arrays.ts';
import { columnsOf, ROW_SETS, type RowSet, rowTypeOf } from './tables.ts';
import { freshDatabase, type TestDatabase } from './testing/postgres-fixture.ts';

let database: TestDatabase;
let client: pg.Client;
let rowTypes: RowTypes;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(clientConfig(database.connection));
  await client.connect();
  rowTypes = await readRowTypes(async (text, values) => (await client.query(text, [...values])).rows);
});
afterAll(async () => {
  await client.end();
  await database.release();
});

async function readBack(rowSet: RowSet, rows: readonly (readonly FieldValue[])[]): Promise<unknown[][]> {
  const array = new RowArray(rowSet, rowTypes);
  for (const row of rows) array.add(row);
  const read = await client.query({
    text: `SELECT r.* FROM unnest($1::${rowTypeOf(rowSet)}[]) WITH ORDINALITY AS r ORDER BY r.ordinality`,
    values: [array.finish()],
    rowMode: 'array',
  });
  return (read.rows as unknown[][]).map((row) => row.slice(0, -1));
}

test('the row types of the database are those of the tables, and the tables have these columns', async () => {
  for (const rowSet of ROW_SETS) {
    const attributes = async (relation: string): Promise<(readonly [string, string])[]> => {
      const { rows } = await client.query<{ name: string; type: string }>(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
          WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
        [relation],
      );
      return rows.map(({ name, type }) => [name, type]);
    };
    expect(await attributes(rowTypeOf(rowSet))).toEqual(columnsOf(rowSet));
    expect(rowTypes.get(rowSet)).toBeGreaterThan(0);
    if (rowSet === 'heads') continue;
    const byName = ([left]: readonly [string, string], [right]: readonly [string, string]): number =>
      left < right ? -1 : 1;
    expect((await attributes(rowSet)).toSorted(byName)).toEqual([...columnsOf(rowSet)].toSorted(byName));
  }
});

test('any rows are read back as they were written', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => !value.includes('\0'));
  const whole = fc.maxSafeInteger();
  const nullable = <Value>(of: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(of);
  const row = fc.tuple(
    text,
    text,
    text,
    text,
    text,
    nullable(text),
    text,
    text,
    nullable(fc.boolean()),
    whole,
    nullable(whole),
    nullable(fc.boolean()),
    nullable(text),
    fc.json(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      expect(await readBack('orders', rows)).toEqual(rows);
    }),
    { numRuns: 200 },
  );
});

test('the ends of what a column holds', async () => {
  const long = 'ü漢😀'.repeat(100_000);
  const rows = [
    ['', Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, '', '{}', '', '', null],
    [long, 0, -1, 'a', '"\\u0041"', 'h', 'p', 0],
    ['x', 2 ** 32, -(2 ** 32), 'a', '[1]', 'h', 'p', 1],
    ['x', 2 ** 32 - 1, -(2 ** 32) - 1, 'a', '[1]', 'h', 'p', 2],
  ];
  expect(await readBack('journal', rows)).toEqual(rows);
  expect(await readBack('journal', [])).toEqual([]);
});
