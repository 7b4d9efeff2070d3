import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountId, instrumentSymbol, portfolioId, type PortfolioId } from '../core/ids.ts';
import { journalConformance } from './conformance/suite.ts';
import type { StorageUnderTest } from './conformance/world.ts';
import { verifyChain } from './hash-chain.ts';
import type { Journal } from './journal.ts';
import { openPostgresJournal, type PostgresJournal } from './postgres-journal.ts';
import { clientConfig } from './postgres-session.ts';
import { openPostgresReadModels } from './read-models.ts';
import { type StoredRow, toStoredRecord } from './stored-record.ts';
import { type CuttingProxy, startCuttingProxy } from './testing/cutting-proxy.ts';
import { freshDatabase, quietLog, type TestDatabase } from './testing/postgres-fixture.ts';

const AT = 1_700_000_000_000;

async function storedRecords(
  client: pg.Client,
  portfolio: PortfolioId,
): Promise<ReturnType<typeof toStoredRecord>[]> {
  const result = await client.query<StoredRow>(
    'SELECT portfolio_id, seq, at, type, payload, hash, prev_hash FROM journal WHERE portfolio_id = $1 ORDER BY seq',
    [portfolio],
  );
  return result.rows.map((row) => toStoredRecord(row));
}

async function connect(database: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(database.connection));
  // PostgreSQL is killed under it in some tests.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

journalConformance('PostgreSQL', async () => {
  const database = await freshDatabase({ ownCluster: true });
  const client = await connect(database);
  const readModels = openPostgresReadModels({ connection: database.connection, log: quietLog });
  const proxies = new Map<Journal, CuttingProxy>();
  const proxyOf = (journal: Journal): CuttingProxy => {
    const proxy = proxies.get(journal);
    if (proxy === undefined) throw new Error('not a journal of this storage');
    return proxy;
  };
  const crashed: Journal[] = [];
  const underTest: StorageUnderTest = {
    open: async (options) => {
      const { host, port } = database.postgres.address;
      const proxy = await startCuttingProxy(host, port);
      const journal = await openPostgresJournal({
        connection: { ...database.connection, host: proxy.host },
        log: quietLog,
        ...options,
      });
      proxies.set(journal, proxy);
      return journal;
    },
    readModels,
    monotonicMs: () => performance.now(),
    pause: (durationMs) => pause(durationMs),
    crash: (journal) => {
      proxyOf(journal).block();
      crashed.push(journal);
    },
    loseNextAnswer: (journal, written) => {
      proxyOf(journal).cutNextCommit(written ? 'after_commit' : 'before_commit');
    },
    storedRecords: (portfolio) => storedRecords(client, portfolio),
    tamper: async (portfolio, seq, change) => {
      const record = (await storedRecords(client, portfolio)).find((stored) => stored.seq === seq);
      if (record === undefined) throw new Error(`no record ${seq}`);
      const changed = change(record);
      await client.query(
        'UPDATE journal SET at = $3, type = $4, payload = $5, hash = $6, prev_hash = $7 WHERE portfolio_id = $1 AND seq = $2',
        [portfolio, seq, changed.at, changed.type, changed.payloadText, changed.hash, changed.previousHash],
      );
    },
    dispose: async () => {
      await Promise.all(crashed.map((journal) => journal.close()));
      await readModels.close();
      await client.end();
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
      await database.release();
    },
  };
  return underTest;
});

describe('what only PostgreSQL does', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await freshDatabase({ ownCluster: true });
    client = await connect(database);
  });
  afterAll(async () => {
    await client.end();
    await database.release();
  });

  const open = (host?: string): Promise<PostgresJournal> =>
    openPostgresJournal({
      connection: { ...database.connection, ...(host === undefined ? {} : { host }) },
      log: quietLog,
    });

  interface Writer {
    readonly portfolio: PortfolioId;
    readonly epoch: number;
    seq: number;
  }

  const newWriters = async (journal: Journal, prefix: string, count: number): Promise<readonly Writer[]> => {
    const writers: Writer[] = [];
    for (let index = 0; index < count; index += 1) {
      const portfolio = portfolioId(`${prefix}-${index}`);
      await journal.createPortfolio(portfolio);
      const claimed = await journal.claim(portfolio, 'node-1', AT);
      if (claimed.kind !== 'owned') throw new Error('not owned');
      writers.push({ portfolio, epoch: claimed.epoch, seq: claimed.seq });
    }
    return writers;
  };

  /** Appends `type` and says what became of it. */
  const write = async (journal: Journal, writer: Writer, type: string): Promise<string> => {
    const result = await journal.append({
      portfolioId: writer.portfolio,
      epoch: writer.epoch,
      expectedSeq: writer.seq,
      records: [{ at: AT, type, payload: { orderId: type } }],
      changes: [{ model: 'drift', driftId: type, open: true, document: { type } }],
    });
    if (result.kind === 'durable') writer.seq = result.seq;
    return result.kind;
  };

  const typesOf = async (portfolio: PortfolioId): Promise<readonly string[]> => {
    const records = await storedRecords(client, portfolio);
    await verifyChain(records);
    return records.slice(1).map((record) => record.type);
  };

  const driftsOf = async (portfolio: PortfolioId): Promise<readonly string[]> => {
    const result = await client.query<{ drift_id: string }>(
      'SELECT drift_id FROM drift WHERE portfolio_id = $1',
      [portfolio],
    );
    return result.rows.map((row) => row.drift_id);
  };

  test('a connection cut in the middle of a commit: the result says what is stored', async () => {
    const { host, port } = database.postgres.address;
    const proxy = await startCuttingProxy(host, port);
    const journal = await open(proxy.host);
    const [writer] = await newWriters(journal, 'cut', 1);
    if (writer === undefined) throw new Error('no writer');
    const durable: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      proxy.cutNextCommit('during_commit');
      const kind = await write(journal, writer, `r${round}`);
      if (kind === 'durable') durable.push(`r${round}`);
      else expect(kind).toBe('lost');
    }
    expect(journal.counters.reconnects).toBeGreaterThanOrEqual(29);
    expect(await typesOf(writer.portfolio)).toEqual(durable);
    expect((await driftsOf(writer.portfolio)).toSorted(byText)).toEqual(durable.toSorted(byText));
    await journal.close();
    await proxy.close();
  });

  test('what an old session left in flight cannot take effect after it was judged lost', async () => {
    const { host, port } = database.postgres.address;
    const proxy = await startCuttingProxy(host, port);
    const journal = await open(proxy.host);
    const [writer] = await newWriters(journal, 'late', 1);
    if (writer === undefined) throw new Error('no writer');
    await write(journal, writer, 'first');
    proxy.cutNextCommit('hold_commit');
    expect(await write(journal, writer, 'late')).toBe('lost');
    // The old session is still alive on the server and gets the statement only now, with head and epoch as it expects.
    await proxy.deliverHeld();
    expect(await typesOf(writer.portfolio)).toEqual(['first']);
    expect(await write(journal, writer, 'next')).toBe('durable');
    expect(await typesOf(writer.portfolio)).toEqual(['first', 'next']);
    await journal.close();
    await proxy.close();
  });

  test('a group costs one commit, and 64 writers share it', async () => {
    const journal = await open();
    const writers = await newWriters(journal, 'group', 64);
    const before = journal.counters;
    const rounds = 20;
    await Promise.all(
      writers.map(async (writer) => {
        for (let round = 0; round < rounds; round += 1)
          expect(await write(journal, writer, `r${round}`)).toBe('durable');
      }),
    );
    const groups = journal.counters.groups - before.groups;
    const appends = journal.counters.appends - before.appends;
    expect(appends).toBe(64 * rounds);
    expect(groups / appends).toBeLessThan(0.07);
    await journal.close();
  });

  test('an error of one portfolio is its own: the others of its group are written', async () => {
    await client.query(
      `CREATE OR REPLACE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.type = 'poison' THEN RAISE EXCEPTION 'poisoned'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER refuse_poison BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION refuse_poison()`,
    );
    const journal = await open();
    const writers = await newWriters(journal, 'bisect', 9);
    const results = await Promise.all(
      writers.map((writer, index) => write(journal, writer, index === 4 ? 'poison' : 'fine')),
    );
    expect(results).toEqual(writers.map((_, index) => (index === 4 ? 'refused' : 'durable')));
    const [poisoned] = writers.slice(4);
    if (poisoned === undefined) throw new Error('no writer');
    expect(await write(journal, poisoned, 'fine')).toBe('durable');
    expect(await typesOf(poisoned.portfolio)).toEqual(['fine']);
    await client.query('DROP TRIGGER refuse_poison ON journal');
    await journal.close();
  });

  test('a damaged snapshot is passed over for the one before', async () => {
    const journal = await open();
    const [writer] = await newWriters(journal, 'snapshot', 1);
    if (writer === undefined) throw new Error('no writer');
    await journal.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { good: true } });
    await write(journal, writer, 'a');
    await journal.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { good: false } });
    await client.query(
      `UPDATE snapshots SET state = '{"good":"maybe"}' WHERE portfolio_id = $1 AND seq = $2`,
      [writer.portfolio, writer.seq],
    );
    const loaded = await journal.load(writer.portfolio);
    expect(loaded.snapshot).toEqual({ seq: 1, state: { good: true } });
    await journal.close();
  });

  test('a tail that is missing is found by the head', async () => {
    const journal = await open();
    const [writer] = await newWriters(journal, 'tail', 1);
    if (writer === undefined) throw new Error('no writer');
    await write(journal, writer, 'a');
    await write(journal, writer, 'b');
    await client.query('DELETE FROM journal WHERE portfolio_id = $1 AND seq = 3', [writer.portfolio]);
    const { records } = await journal.load(writer.portfolio);
    await expect(async () => {
      for await (const record of records) expect(record.seq).toBeLessThan(3);
    }).rejects.toThrow(/head says seq 3/);
    await journal.close();
  });

  test('quotes stay bounded', async () => {
    const journal = await openPostgresJournal({
      connection: database.connection,
      log: quietLog,
      quotesKept: 10,
      quoteMaxAgeMs: 10 * 365 * 86_400_000,
    });
    const [writer] = await newWriters(journal, 'quotes', 1);
    if (writer === undefined) throw new Error('no writer');
    const result = await journal.append({
      portfolioId: writer.portfolio,
      epoch: writer.epoch,
      expectedSeq: writer.seq,
      records: [{ at: AT, type: 'a', payload: {} }],
      changes: Array.from({ length: 50 }, (_, index) => ({
        model: 'quote' as const,
        accountId: accountId('a'),
        symbol: instrumentSymbol('BTC/USDT'),
        moment: AT + index,
        document: {},
      })),
    });
    expect(result.kind).toBe('durable');
    await journal.saveSnapshot(writer.portfolio, { seq: 2, state: {} });
    const left = await client.query<{ least: number; n: number }>(
      'SELECT min(moment) AS least, count(*) AS n FROM quotes WHERE portfolio_id = $1',
      [writer.portfolio],
    );
    expect(left.rows[0]?.n).toBeLessThanOrEqual(11);
    expect(left.rows[0]?.least).toBeGreaterThanOrEqual(AT + 39);
    await journal.close();
  });

  test('PostgreSQL is killed and restarted under load: nothing lost, nothing doubled', async () => {
    const journal = await open();
    const writers = await newWriters(journal, 'killed', 24);
    const stop = new AbortController();
    const load = Promise.all(
      writers.map(async (writer) => {
        const durable: string[] = [];
        let lost = 0;
        for (let round = 0; !stop.signal.aborted; round += 1) {
          const kind = await write(journal, writer, `r${round}`);
          if (kind === 'durable') durable.push(`r${round}`);
          else {
            expect(kind).toBe('lost');
            lost += 1;
          }
        }
        return { durable, lost };
      }),
    );
    const reached = async (appends: number): Promise<void> => {
      const deadline = performance.now() + 20_000;
      while (journal.counters.appends < appends) {
        if (performance.now() > deadline) throw new Error(`stuck at ${journal.counters.appends} appends`);
        await pause(5);
      }
    };
    await reached(200);
    for (const signal of ['SIGKILL', 'SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      const pid = database.postgres.postmasterPid();
      process.kill(pid, signal);
      const started = performance.now();
      // Sessions go on for a moment after their postmaster was killed: only the next one's appends count.
      while (database.postgres.postmasterPid() === pid) {
        if (performance.now() - started > 10_000) throw new Error(`no new postmaster after ${signal}`);
        await pause(5);
      }
      await reached(journal.counters.appends + 400);
      expect(performance.now() - started).toBeLessThan(10_000);
    }
    stop.abort();
    const outcomes = await load;
    await client.end().catch(() => undefined);
    client = await connect(database);
    for (const [index, writer] of writers.entries()) {
      const { durable } = outcomes[index] ?? { durable: [] };
      expect(await typesOf(writer.portfolio)).toEqual(durable);
      expect((await driftsOf(writer.portfolio)).toSorted(byText)).toEqual(durable.toSorted(byText));
    }
    await journal.close();
  });
});

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
