/**
 * Makes the fixture of a release: `node test/upgrade/make-fixture.ts CHECKOUT`, where CHECKOUT is a checkout of that release with
 * its packages installed. Its own programs write a directory; this release's `backup` packs it, unmigrated, into
 * `test/upgrade/<last migration>.plimsoll`, with what its API answered in `<last migration>.answers.json.gz` beside it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, crc32, gzipSync } from 'node:zlib';
import { killAllOf } from '../acceptance/service.ts';
import { readAnswers } from './answers.ts';
import { serveFrom, simulateFrom } from './released-program.ts';
import { pinPrices, tradeALot, tradeEverything, tradeHedged, tradeInFormerGeneration } from './scenario.ts';

/** Some 5,000 records. Snapshots come from the orderly stops in between; orders are evicted into the read models. */
const MANY_ORDERS = 1_000;
/** Finished orders leave memory half a minute after their end. */
const UNTIL_EVICTED_MS = 40_000;
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
/** Far from every day on which a test may run. */
const NEVER = Date.UTC(2100, 0, 1);

const [checkout] = process.argv.slice(2).map((path) => resolve(path));
if (checkout === undefined) throw new Error('name the checkout of a release');
const migrations = (await readdir(join(checkout, 'src/journal/migrations'))).filter((name) =>
  name.endsWith('.sql'),
);
const form = migrations.sort().at(-1)?.replace('.sql', '') ?? '';
const root = await mkdtemp(join(tmpdir(), 'plimsoll-fixture-'));
const dataDir = join(root, 'data');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  // The long part without the venue's rate limits, on the state that the service's own simulator goes on with.
  const simulator = await simulateFrom(checkout, join(dataDir, 'simulators'));
  const variables = { PLIMSOLL_SIMULATOR_URL: simulator.controlUrl };
  await pinPrices(simulator.control);
  let service = await serveFrom(checkout, dataDir, variables);
  await tradeInFormerGeneration(service.api, simulator.control);
  const examples = {
    ...(await tradeEverything(service.api, simulator.control)),
    ...(await tradeHedged(service.api)),
  };
  say(`traded everything: ${Object.keys(examples).join(', ')}`);
  await service.stop();
  service = await serveFrom(checkout, dataDir, variables);
  await tradeALot(service.api, MANY_ORDERS);
  say(`traded ${MANY_ORDERS} more`);
  await service.stop();
  await simulator.stop();

  service = await serveFrom(checkout, dataDir);
  await pause(UNTIL_EVICTED_MS);
  const answers = await readAnswers(service.api, Object.values(examples));
  const orders = (await (await service.control()).orders()).length;
  await service.stop();
  await postponeFunding(join(dataDir, 'simulators/binance'));

  const target = join(import.meta.dirname, `${form}.plimsoll`);
  await rm(target, { force: true });
  await promisify(execFile)(process.execPath, [MAIN, 'backup', target, '--compression', '19'], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir },
  });
  const document = JSON.stringify({ examples, venue_orders: orders, answers });
  const file = join(import.meta.dirname, `${form}.answers.json.gz`);
  await writeFile(file, gzipSync(document, { level: constants.Z_BEST_COMPRESSION }));
  for (const path of [target, file]) say(`${path}: ${(await stat(path)).size} bytes`);
} finally {
  await killAllOf(root);
  await rm(root, { recursive: true, force: true });
}

/**
 * The simulator settles funding for every eight hours that have passed, also of the years between a fixture and a test. Its next
 * one is put off, so that the fixture does not age. Lines are `<crc32> <JSON>` (src/simulators/state/store.ts).
 */
async function postponeFunding(directory: string): Promise<void> {
  const name = (await readdir(directory)).find((one) => one.startsWith('snapshot-'));
  if (name === undefined) throw new Error('the simulator left no snapshot');
  const [head = '', ...rest] = (await readFile(join(directory, name), 'utf8')).split('\n');
  const json = head
    .slice(head.indexOf(' ') + 1)
    .replaceAll(/"nextFundingAt":\d+/g, `"nextFundingAt":${NEVER}`);
  await writeFile(join(directory, name), [`${crc32(json).toString(16)} ${json}`, ...rest].join('\n'));
}
