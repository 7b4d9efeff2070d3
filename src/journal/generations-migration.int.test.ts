/** The migration to generations, on a database that was used before: what was written after a reset is of the new generation. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountId, instrumentSymbol, portfolioId, tradeId, venueOrderId } from '../core/ids.ts';
import { fillKey } from './journal.ts';
import { clientConfig } from './postgres-session.ts';
import { openPostgresReadModels } from './read-models.ts';
import { freshDatabase, quietLog, type TestDatabase } from './testing/postgres-fixture.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');
const GENERATIONS = '0005_pages.sql';
const MAIN = portfolioId('main');
const BTC = instrumentSymbol('BTC/USDT');

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase({ migrated: false });
  client = new pg.Client(clientConfig(database.connection));
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.release();
});

test('rows from before get the generation they were written in, and look-ups go on finding those of now', async () => {
  const names = (await readdir(MIGRATIONS)).sort();
  const run = async (name: string): Promise<void> => {
    await client.query('BEGIN');
    await client.query(await readFile(join(MIGRATIONS, name), 'utf8'));
    await client.query('COMMIT');
  };
  for (const name of names.filter((other) => other < GENERATIONS)) await run(name);
  // `reset` gets its instance at 10 and begins anew at 100 and 200; `kept` gets its instance and never does.
  await client.query(`
    INSERT INTO journal (portfolio_id, seq, at, type, payload, hash, prev_hash)
    SELECT 'main', row_number() OVER (), at, 'account_reset', json_build_object('accountId', account, 'instance', at::text), '', ''
      FROM (VALUES (10, 'reset'), (20, 'kept'), (100, 'reset'), (200, 'reset')) AS r(at, account);
    INSERT INTO orders (portfolio_id, order_id, account_id, exchange, symbol, venue_client_order_id, status, finished, created_at, updated_at, document)
    SELECT 'main', account || at, account, 'binance', 'BTC/USDT', account || at, 'filled', true, at, at, json_build_object('id', account || at)
      FROM unnest(ARRAY['reset', 'kept', 'live']) AS account, unnest(ARRAY[50, 150, 250]) AS at;
    INSERT INTO venue_order_ids (portfolio_id, account_id, symbol, venue_order_id, order_id)
    SELECT portfolio_id, account_id, symbol, 'v' || created_at, order_id FROM orders;
    INSERT INTO fills (portfolio_id, account_id, symbol, trade_id, venue_order_id, order_id, executed_at, document)
    SELECT portfolio_id, account_id, symbol, 't' || created_at, 'v' || created_at,
           CASE created_at WHEN 150 THEN NULL ELSE order_id END, created_at, document FROM orders;
    INSERT INTO positions (portfolio_id, account_id, symbol, document)
    SELECT DISTINCT portfolio_id, account_id, symbol, json_build_object('of', account_id)::jsonb FROM orders;
    INSERT INTO balances (portfolio_id, account_id, wallet, asset, document)
    SELECT portfolio_id, account_id, 'spot', 'BTC', document FROM positions`);
  for (const name of names.filter((other) => other >= GENERATIONS)) await run(name);

  const generations = async (table: string, at: string): Promise<unknown> =>
    (
      await client.query<{ account_id: string; at: number; generation: number }>(
        `SELECT account_id, ${at} AS at, generation FROM ${table} WHERE generation > 0 ORDER BY 1, 2`,
      )
    ).rows.map((row) => [row.account_id, row.at, row.generation]);
  const later = [
    ['reset', 'v150', 1],
    ['reset', 'v250', 2],
  ];
  expect(await generations('account_generations', 'instance')).toEqual([['reset', '200', 2]]);
  expect(await generations('venue_order_ids', 'venue_order_id')).toEqual(later);
  expect(await generations('fills', 'venue_order_id')).toEqual(later);

  const readModels = openPostgresReadModels({ connection: database.connection, log: quietLog });
  const found = async (account: string): Promise<readonly unknown[]> =>
    Promise.all(
      [50, 150, 250].map(async (at) => [
        (await readModels.orderByVenueOrderId(MAIN, accountId(account), BTC, venueOrderId(`v${at}`)))?.['id'],
        (await readModels.knownFills(MAIN, accountId(account), BTC, [tradeId(`t${at}`)])).has(
          fillKey(venueOrderId(`v${at}`), tradeId(`t${at}`)),
        ),
      ]),
    );
  const nothing = [undefined, false];
  expect(await found('reset')).toEqual([nothing, nothing, ['reset250', true]]);
  for (const account of ['kept', 'live'])
    expect(await found(account)).toEqual([50, 150, 250].map((at) => [`${account}${at}`, true]));
  expect(await readModels.positions(MAIN)).toEqual([{ of: 'kept' }, { of: 'live' }, { of: 'reset' }]);
  expect(await readModels.balances(MAIN)).toHaveLength(3);
  expect((await readModels.fills({ portfolioId: MAIN, limit: 20 })).fills).toHaveLength(9);
  expect((await readModels.history({ portfolioId: MAIN, limit: 20 })).documents).toHaveLength(9);
  await readModels.close();
});
