/**
 * `backup`: a whole installation in one file, with the service running or stopped.
 *
 * The order matters. Cancels that are not journaled yet are read before the database: journaled in between they are in the
 * backup twice, which changes nothing, and never missing. The simulators' state is read after the database's moment: every
 * order that the journal has of a paper account is then in its simulator, too. An order placed in between is at the simulator alone,
 * like an order at an exchange that was placed after a backup, and is shown as a drift case; the other way round the journal
 * would hold orders and fills that its exchange had never seen.
 */
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type pg from 'pg';
import { opensEveryAccount } from '../directory/accounts.ts';
import { MASTER_KEY_FILE, parseMasterKey } from '../directory/secret-file.ts';
import { describeDatabase, tableSections } from '../journal/backup/database-copy.ts';
import { refuseTarget, writeBackupFile } from '../journal/backup/backup-file.ts';
import {
  BACKUP_FORMAT,
  BACKUP_VERSION,
  type BackupHeader,
  type OutgoingSection,
} from '../journal/backup/format.ts';
import { withClient } from '../journal/postgres-session.ts';
import { openStateCopy, type StateFile } from '../simulators/state/copy.ts';
import { type InstallationFile, secretAndCancelFiles, SIMULATORS_DIRECTORY } from './installation-files.ts';
import { release } from './release.ts';
import { CheckImpossible, endInWords, placeOf, withDatabase } from './stored-database.ts';

const LEAST_COMPRESSION = 1;
const MOST_COMPRESSION = 19;

interface BackupCommandOptions {
  readonly compression: number;
}

export const backupCommand = new Command('backup')
  .description('copy the whole installation into one file; works beside a running service')
  .argument('<file>', 'a new file; it will hold the keys to the accounts')
  .addHelpText('after', '\nExample: npm run -s backup -- /elsewhere/plimsoll.plimsoll')
  .option(
    '--compression <level>',
    `${LEAST_COMPRESSION} (fast) to ${MOST_COMPRESSION} (small)`,
    compressionLevel,
    3,
  )
  .action((file: string, { compression }: BackupCommandOptions) =>
    endInWords(async (say) => {
      const path = resolve(file);
      await refuseTarget(path);
      const ending = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
      try {
        await backUp(path, { compression, signal: ending.signal }, say);
      } catch (error) {
        if (ending.signal.aborted)
          throw new CheckImpossible(`The backup was ended before it was whole; ${path} was not written.`);
        throw error;
      }
    }),
  );

async function backUp(
  path: string,
  options: { readonly compression: number; readonly signal: AbortSignal },
  say: (line: string) => void,
): Promise<void> {
  const place = placeOf(process.env);
  const files = await secretAndCancelFiles(place.dataDir);
  await withDatabase(place, 'known schemas', (connection) =>
    withClient(connection, async (client) => {
      const { others, ...described } = await describeDatabase(client);
      const simulators = await openStateCopy(join(place.dataDir, SIMULATORS_DIRECTORY));
      try {
        const header: BackupHeader = {
          format: BACKUP_FORMAT,
          version: BACKUP_VERSION,
          release: await release(),
          made_at: new Date().toISOString(),
          ...described,
          master_key: (await holdsMasterKey(client, files, described)) ? 'included' : 'environment',
        };
        const sections = allSections(files, simulators.files, tableSections(client, header.tables));
        const bytes = await writeBackupFile(path, header, sections, options);
        announce(path, bytes, header, simulators.files.length > 0, others, say);
      } finally {
        await simulators.close();
      }
    }),
  );
}

/** Whether the key file is the master key: a service that is given PLIMSOLL_MASTER_KEY leaves the file of an earlier start as it is. */
async function holdsMasterKey(
  client: pg.Client,
  files: readonly InstallationFile[],
  { tables }: Pick<BackupHeader, 'tables'>,
): Promise<boolean> {
  const file = files.find(({ path }) => path === MASTER_KEY_FILE);
  const key = file === undefined ? null : parseMasterKey(file.bytes.toString('utf8').trim());
  if (key === null) return false;
  // The first schemas have no accounts.
  return !tables.some(({ name }) => name === 'accounts') || opensEveryAccount(client, key);
}

async function* allSections(
  files: readonly InstallationFile[],
  simulators: readonly StateFile[],
  tables: AsyncIterable<OutgoingSection>,
): AsyncGenerator<OutgoingSection> {
  for (const { path, bytes } of files) yield { kind: 'file', path, data: once(bytes) };
  for (const { path, data } of simulators)
    yield { kind: 'file', path: `${SIMULATORS_DIRECTORY}/${path}`, data };
  yield* tables;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function announce(
  path: string,
  bytes: number,
  { heads, migrations, master_key: masterKey }: BackupHeader,
  hasSimulators: boolean,
  others: readonly string[],
  say: (line: string) => void,
): void {
  const records = heads.reduce((sum, { seq }) => sum + seq, 0);
  say(`Backup written to ${path}: ${bytes} bytes, schema ${migrations.at(-1)?.name ?? ''}.`);
  say(
    `It holds ${heads.length} ${heads.length === 1 ? 'portfolio' : 'portfolios'} with ${records} records` +
      `${hasSimulators ? ', and the simulators of paper accounts' : ''}.`,
  );
  if (others.length > 0) say(`Not in it, since they are not the service's: ${others.join(', ')}.`);
  if (masterKey === 'included')
    say('It holds the keys to your accounts and the key that opens them: keep it as safe as those.');
  else
    say(
      'It holds the sealed keys of your accounts. The master key that opens them is not in it, since no file of DATA_DIR holds it: keep PLIMSOLL_MASTER_KEY elsewhere.',
    );
}

function compressionLevel(text: string): number {
  const level = Number(text);
  if (!/^\d+$/.test(text) || level < LEAST_COMPRESSION || level > MOST_COMPRESSION)
    throw new InvalidArgumentError(`must be a whole number from ${LEAST_COMPRESSION} to ${MOST_COMPRESSION}`);
  return level;
}
