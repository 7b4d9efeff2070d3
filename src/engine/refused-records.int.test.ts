/** On PostgreSQL: a row that a constraint or a trigger refuses costs the input at fault, and nothing that came with it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import pg from 'pg';
import { orderId } from '../core/ids.ts';
import type { Reply } from '../core/portfolio/decide.ts';
import { orderOf } from '../core/portfolio/state.ts';
import { openPostgresJournal, type PostgresJournal } from '../journal/postgres-journal.ts';
import { freshDatabase, quietLog, type TestDatabase } from '../journal/testing/postgres-fixture.ts';
import { systemClock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import { silentLog } from './log.ts';
import { cancel, funded, openNodeOn, place, type WriterNode } from './testing/writer-node.ts';

let database: TestDatabase;
let client: pg.Client;
let node: WriterNode<PostgresJournal>;

beforeEach(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
  const journal = await openPostgresJournal({ connection: database.connection, log: quietLog });
  node = await openNodeOn(journal, systemClock, 'node-1', silentLog);
  await funded(node);
});
afterEach(async () => {
  await node.writer.close();
  await node.journal.close();
  await client.end();
  await database.release();
});

const settled = async (replies: readonly Promise<Reply>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(replies)).map((result) =>
    result.status === 'fulfilled'
      ? result.value.kind
      : result.reason instanceof EngineUnavailable
        ? result.reason.reason
        : String(result.reason),
  );

it.each([
  ['a constraint', `ALTER TABLE journal ADD CONSTRAINT no_poison CHECK (payload::text NOT LIKE '%poison%')`],
  [
    'a trigger',
    `CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF NEW.payload::text LIKE '%poison%' THEN RAISE EXCEPTION 'no_poison'; END IF; RETURN NEW; END $$;
     CREATE TRIGGER refuse_poison BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION refuse_poison()`,
  ],
])('one row that %s refuses', async (_kind, statement) => {
  await place(node, 'a');
  await client.query(statement);
  const replies = [
    node.writer.submit('outcome', () => ({
      type: 'send_outcome',
      orderId: orderId('a'),
      n: 1,
      outcome: { kind: 'unknown', detail: 'timeout' },
      jitter: 0,
    })),
    cancel(node, 'a'),
    place(node, 'b'),
    place(node, 'poison'),
    place(node, 'c'),
  ];
  expect(await settled(replies)).toEqual(['done', 'canceling', 'accepted', 'record_refused', 'accepted']);
  await expect(replies[3]).rejects.toThrow(/^place_order poison: .*no_poison/);
  expect(orderOf(node.writer.state, orderId('a'))).toMatchObject({
    status: 'unknown',
    cancelRequested: true,
  });
  const { rows } = await client.query<{ found: string }>(
    `SELECT count(*) AS found FROM journal WHERE type = 'order_accepted'`,
  );
  expect(Number(rows[0]?.found)).toBe(3);
});

it('a disk without room refuses nothing for good: outcomes and cancels are kept until there is some', async () => {
  await place(node, 'a');
  // The answer of PostgreSQL when its disk is full.
  await client.query(
    `CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
     CREATE TRIGGER disk_full BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION disk_full()`,
  );
  const canceled = cancel(node, 'a');
  const placed = place(node, 'b');
  await expect(placed).rejects.toMatchObject({ reason: 'journal_stalled' });
  await expect.poll(() => node.writer.journalTrouble?.detail, { timeout: 20_000 }).toContain('No space left');
  expect(await node.writer.read((state) => state.unfinished.size)).toBe(1);
  await client.query('DROP TRIGGER disk_full ON journal');
  expect((await canceled).kind).toBe('canceling');
  expect(node.writer.journalTrouble).toBeNull();
  expect((await place(node, 'b')).kind).toBe('accepted');
}, 60_000);
