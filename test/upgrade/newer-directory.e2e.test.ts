/** A directory that a newer release has used: refused in one line, within seconds, and left as it is. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, type EndedCommand } from '../../src/cli/testing/run-command.ts';
import { portfolioId } from '../../src/core/ids.ts';
import { startEmbeddedPostgres } from '../../src/journal/embedded-postgres.ts';
import { openPostgresJournal } from '../../src/journal/postgres-journal.ts';
import { withClient } from '../../src/journal/postgres-session.ts';
import { quietLog } from '../../src/journal/testing/postgres-fixture.ts';
import { STATE_VERSION } from '../../src/simulators/state/instance-file.ts';
import { startSimulatorProcess } from '../../src/cli/simulator-process.ts';
import { servicePort } from '../../src/cli/testing/service-port.ts';
import { serveFrom } from './released-program.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A start takes a second or two; no attempt may go on trying. */
const WITHIN_MS = 20_000;

let root: string;
let dataDir: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'plimsoll-newer-'));
  dataDir = join(root, 'data');
  const service = await serveFrom(ROOT, dataDir);
  await service.stop();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function serve(): Promise<EndedCommand> {
  const started = performance.now();
  const ended = await runCommand(['serve'], {
    DATA_DIR: dataDir,
    PORT: String(await servicePort()),
    LOG_LEVEL: 'error',
    NODE_NO_WARNINGS: '1',
  });
  expect(performance.now() - started).toBeLessThan(WITHIN_MS);
  return ended;
}

async function onDatabase<Result>(
  work: (connection: { readonly host: string }) => Promise<Result>,
): Promise<Result> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: quietLog });
  try {
    return await work({ ...postgres.address });
  } finally {
    await postgres.stop();
  }
}

function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  return onDatabase((connection) =>
    withClient(connection, async (client) => (await client.query(text)).rows),
  );
}

/** Files that must be unchanged. A simulator whose form is the same may go on: its market moves by itself. */
async function content(): Promise<unknown> {
  return {
    names: await readdir(dataDir),
    key: await readFile(join(dataDir, 'master-key'), 'utf8'),
    instance: await readFile(join(dataDir, 'simulators', 'instance.json'), 'utf8'),
    heads: await sql('SELECT seq, hash, epoch, owner_node FROM portfolio_head'),
    snapshots: await sql('SELECT seq, state_hash FROM snapshots ORDER BY seq'),
  };
}

/** Each test puts back what it has changed. */
describe('a directory of a newer release', { timeout: 120_000 }, () => {
  it('by its schema: neither served, checked nor backed up', async () => {
    await sql(`INSERT INTO schema_migrations (name, sha256) VALUES ('9001_later.sql', 'x')`);
    const before = await content();
    const why =
      /The database was used by a newer release \(it has 9001_later\.sql\): run that release or a newer one\.\n$/;
    expect(await serve()).toEqual({ status: 1, out: '', problems: expect.stringMatching(oneLine(why)) });
    for (const words of [['verify'], ['replay'], ['backup', join(root, 'b')]])
      expect(await runCommand(words, { DATA_DIR: dataDir }), words.join(' ')).toEqual({
        status: 2,
        out: '',
        problems: expect.stringMatching(oneLine(why)),
      });
    expect(await readdir(root)).toEqual(['data']);
    expect(await content()).toEqual(before);
    await sql(`DELETE FROM schema_migrations WHERE name = '9001_later.sql'`);
  });

  it("by its simulators' state: neither served nor simulated", async () => {
    const file = join(dataDir, 'simulators', 'instance.json');
    const text = await readFile(file, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: STATE_VERSION });
    await writeFile(file, JSON.stringify({ ...JSON.parse(text), version: STATE_VERSION + 1 }));
    const before = await readdir(join(dataDir, 'simulators', 'binance'));
    const why = new RegExp(
      `was used by a newer release \\(its form is ${STATE_VERSION + 1}, this release knows up to ${STATE_VERSION}\\): run that release or a newer one\\.?\n$`,
    );
    expect(await serve()).toEqual({ status: 1, out: '', problems: expect.stringMatching(oneLine(why)) });
    const words = ['simulate', '--control-port', '0', '--state-dir', join(dataDir, 'simulators')];
    const simulated = await runCommand(words, {});
    expect(simulated).toEqual({ status: 2, out: '', problems: expect.stringMatching(oneLine(why)) });
    expect(await readdir(join(dataDir, 'simulators', 'binance'))).toEqual(before);
    // One from before there were versions is of the first.
    const { instance } = JSON.parse(text) as { readonly instance: string };
    await writeFile(file, JSON.stringify({ instance }));
    const stateDirectory = join(dataDir, 'simulators');
    const simulator = await startSimulatorProcess({ stateDirectory, log: pino({ level: 'silent' }) });
    expect(simulator.health.instance).toBe(instance);
    await simulator.stop();
  });

  it("by the form of a simulator's snapshot", async () => {
    const directory = join(dataDir, 'simulators', 'binance');
    const name = (await readdir(directory)).find((one) => one.startsWith('snapshot-')) ?? '';
    const text = await readFile(join(directory, name), 'utf8');
    const [head = '', ...rest] = text.split('\n');
    const json = head.slice(head.indexOf(' ') + 1).replace(/"version":\d+,/, '"version":99,');
    await writeFile(join(directory, name), [`${crc32(json).toString(16)} ${json}`, ...rest].join('\n'));
    const why =
      /the state of binance cannot be resumed: saved state has version 99, this program reads 1 to \d+: run the release that saved it or a newer one\.\n$/;
    expect(await serve()).toEqual({ status: 1, out: '', problems: expect.stringMatching(oneLine(why)) });
    await writeFile(join(directory, name), text);
  });

  it('by a record of a type that is not known here', async () => {
    await onDatabase(async (connection) => {
      const journal = await openPostgresJournal({ connection, log: quietLog });
      const id = await withClient(connection, (client) =>
        client.query<{ portfolio_id: string }>('SELECT portfolio_id FROM portfolio_head'),
      );
      const portfolio = portfolioId(id.rows[0]?.portfolio_id ?? '');
      const claimed = await journal.claim(portfolio, 'newer', Date.now());
      if (claimed.kind !== 'owned') throw new Error(claimed.kind);
      const appended = await journal.append({
        portfolioId: portfolio,
        epoch: claimed.epoch,
        expectedSeq: claimed.seq,
        records: [{ at: Date.now(), type: 'moon_landed', payload: {} }],
        changes: [],
      });
      expect(appended.kind).toBe('durable');
      await journal.close();
    });
    const why =
      /^Plimsoll does not start: portfolio \S+: this release does not know records of type moon_landed: run the release that wrote them or a newer one\.\n$/;
    const { status, problems } = await serve();
    expect({ status, problems }).toEqual({ status: 1, problems: expect.stringMatching(why) });
    expect(await runCommand(['verify'], { DATA_DIR: dataDir })).toMatchObject({ status: 0 });
    const replayed = await runCommand(['replay'], { DATA_DIR: dataDir });
    expect(replayed.status).toBe(1);
    expect(replayed.out).toMatch(
      /cannot be replayed\. .*does not know records of type moon_landed: run the release/,
    );
  });
});

/** The pattern, in a text of one line. */
function oneLine(pattern: RegExp): RegExp {
  return new RegExp(`^[^\\n]*${pattern.source}`);
}
