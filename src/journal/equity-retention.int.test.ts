/** Readings of equity as they age, against an account of what must stay that is made in another way. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portfolioId, type PortfolioId } from '../core/ids.ts';
import { EquityThinning, leaveOutThinned } from './equity-retention.ts';
import { WHOLE_PORTFOLIO } from './journal.ts';
import { clientConfig } from './postgres-session.ts';
import { freshDatabase, type TestDatabase } from './testing/postgres-fixture.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 5_000;

let database: TestDatabase;
let pool: pg.Pool;
/** A whole hour, at most one before now. */
let thisHour = 0;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ ...clientConfig(database.connection), max: 2 });
  const now = Date.now();
  thisHour = now - (now % HOUR_MS);
});
afterAll(async () => {
  await pool.end();
  await database.release();
});

interface Reading {
  readonly at: number;
  readonly equity: number;
  readonly reason: string;
}

/** Two hours of readings that begin so long ago, in no order of their figures. */
function twoHours(agoMs: number): readonly Reading[] {
  const begin = thisHour - agoMs;
  return Array.from({ length: (2 * HOUR_MS) / STEP_MS }, (_, index) => ({
    at: begin + index * STEP_MS + (index % 3),
    equity: 1_000 + ((index * 7_919) % 997) / 100,
    reason: index % 500 === 123 ? 'ladder' : index % 7 === 0 ? 'peak' : 'interval',
  }));
}

async function write(portfolio: PortfolioId, readings: readonly Reading[], table = 'equity'): Promise<void> {
  await pool.query(
    `INSERT INTO ${table} (portfolio_id, account_id, at, document)
     SELECT $1, $2, (r->>'at')::bigint, json_build_object('equity', r->>'equity', 'reasonOfReading', r->>'reason')
       FROM json_array_elements($3) AS r`,
    [portfolio, WHOLE_PORTFOLIO, JSON.stringify(readings)],
  );
}

async function stored(portfolio: PortfolioId): Promise<readonly number[]> {
  const found = await pool.query<{ at: number }>(
    'SELECT at FROM equity WHERE portfolio_id = $1 ORDER BY at',
    [portfolio],
  );
  return found.rows.map(({ at }) => at);
}

/** The readings that must stay of a series with one in each interval. */
function kept(readings: readonly Reading[], intervalMs: number): readonly number[] {
  const stays = new Set<number>();
  for (const interval of Map.groupBy(readings, ({ at }) => Math.floor(at / intervalMs)).values())
    stays.add(Math.max(...interval.map(({ at }) => at)));
  for (const hour of Map.groupBy(readings, ({ at }) => Math.floor(at / HOUR_MS)).values())
    for (const extreme of [Math.max, Math.min]) {
      const figure = extreme(...hour.map(({ equity }) => equity));
      stays.add(hour.find(({ equity }) => equity === figure)?.at ?? Number.NaN);
    }
  for (const { at, reason } of readings) if (reason === 'ladder') stays.add(at);
  return [...stays].sort((left, right) => left - right);
}

const instants = (readings: readonly Reading[]): readonly number[] => readings.map(({ at }) => at);

test('every reading of a week, one of each minute for 90 days, then one of each hour; the extremes always', async () => {
  const portfolio = portfolioId('aging');
  const other = portfolioId('other');
  const [ancient, old, young] = [twoHours(200 * DAY_MS), twoHours(30 * DAY_MS), twoHours(6 * DAY_MS)];
  // Across the moment at which readings come of age: the hour that is whole by then, and the one that is not.
  const across = twoHours(7 * DAY_MS + HOUR_MS);
  const written = [...ancient, ...old, ...across, ...young];
  for (const each of [portfolio, other]) await write(each, written);
  const thinning = new EquityThinning(pool);
  // A call does a bounded part.
  for (let call = 0; call < 10; call += 1) await thinning.thin(portfolio);
  const expected = [
    ...kept(ancient, HOUR_MS),
    ...kept(old, 60_000),
    ...kept(across.slice(0, across.length / 2), 60_000),
    ...instants(across.slice(across.length / 2)),
    ...instants(young),
  ];
  expect(await stored(portfolio)).toEqual(expected);
  expect(kept(ancient, HOUR_MS).length).toBeLessThanOrEqual(2 * 3 + 3);
  expect(await stored(other)).toEqual(instants(written));
  // By one that remembers nothing of it: what stays stays.
  const again = new EquityThinning(pool);
  for (let call = 0; call < 10; call += 1) await again.thin(portfolio);
  expect(await stored(portfolio)).toEqual(expected);
});

test('what was thinned to minutes first ends as what is thinned to hours at once', async () => {
  const [stepwise, atOnce] = [portfolioId('stepwise'), portfolioId('at-once')];
  const readings = twoHours(30 * DAY_MS);
  for (const each of [stepwise, atOnce]) await write(each, readings);
  await new EquityThinning(pool, { allForMs: DAY_MS, minutesForMs: 300 * DAY_MS }).thin(stepwise);
  expect((await stored(stepwise)).length).toBe(kept(readings, 60_000).length);
  const toHours = { allForMs: DAY_MS, minutesForMs: DAY_MS };
  for (const each of [stepwise, atOnce])
    for (let call = 0; call < 4; call += 1) await new EquityThinning(pool, toHours).thin(each);
  expect(await stored(stepwise)).toEqual(kept(readings, HOUR_MS));
  expect(await stored(atOnce)).toEqual(kept(readings, HOUR_MS));
});

test('against the journal: a reading that was dropped by age is not missing, one that should have stayed is', async () => {
  const portfolio = portfolioId('compared');
  const readings = [...twoHours(200 * DAY_MS), ...twoHours(30 * DAY_MS), ...twoHours(6 * DAY_MS)];
  await write(portfolio, readings);
  const missing = async (): Promise<readonly number[]> => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        'CREATE TEMPORARY TABLE rebuilt (LIKE equity, PRIMARY KEY (portfolio_id, account_id, at)) ON COMMIT DROP',
      );
      await client.query(
        `INSERT INTO rebuilt SELECT portfolio_id, account_id, (r->>'at')::bigint, json_build_object('equity', r->>'equity', 'reasonOfReading', r->>'reason')
           FROM json_array_elements($2) AS r, (SELECT $1 AS portfolio_id, $3 AS account_id) AS p`,
        [portfolio, JSON.stringify(readings), WHOLE_PORTFOLIO],
      );
      await leaveOutThinned(client, portfolio, 'rebuilt');
      const found = await client.query<{ at: number }>(
        `SELECT at FROM rebuilt EXCEPT SELECT at FROM equity WHERE portfolio_id = $1 AND account_id = $2 ORDER BY at`,
        [portfolio, WHOLE_PORTFOLIO],
      );
      return found.rows.map(({ at }) => at);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };
  // As stored in full, as thinned in part, as thinned to the end.
  expect(await missing()).toEqual([]);
  const thinning = new EquityThinning(pool);
  for (let call = 0; call < 8; call += 1) {
    await thinning.thin(portfolio);
    if (call === 0 || call === 7) expect(await missing()).toEqual([]);
  }
  const left = await stored(portfolio);
  expect(left.length).toBeLessThan(readings.length);
  for (const gone of [left[0], left[20], left[100], left.at(-1)]) {
    await pool.query('DELETE FROM equity WHERE portfolio_id = $1 AND at = $2', [portfolio, gone]);
    expect(await missing()).toContain(gone);
  }
  expect(await missing()).toHaveLength(4);
});
