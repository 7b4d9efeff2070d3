/**
 * `restore`: puts a backup into an empty place, and brings it up to this release.
 *
 * Invariants:
 *  1. Nothing is touched before the file was found whole, of a form and schema that this release knows, and the place empty.
 *  2. The database appears at once, when everything is loaded. An attempt that fails removes what it has made; of one that
 *     was killed a mark stays, at which the service does not start.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { openBackupFile, type BackupFile } from '../journal/backup/backup-file.ts';
import {
  DatabaseNotEmpty,
  restoreDatabase,
  schemaOf,
  type DatabaseTarget,
} from '../journal/backup/database-copy.ts';
import { BackupInvalid, type BackupClosing, type BackupHeader } from '../journal/backup/format.ts';
import { livingUsers } from '../journal/embedded-postgres/keeper.ts';
import { migrate } from '../journal/migrate.ts';
import {
  isRestoreUnfinished,
  markRestore,
  namesInUse,
  removeInstallation,
  restoreUnfinishedWords,
  unmarkRestore,
  writeInstallationFile,
} from './installation-files.ts';
import { CheckImpossible, endInWords, type Place, placeOf, withServer } from './stored-database.ts';

export const restoreCommand = new Command('restore')
  .description('put a backup into an empty DATA_DIR, or an empty database and an empty DATA_DIR')
  .argument('<file>', 'a file that `backup` has written')
  .addHelpText('after', '\nExample: DATA_DIR=/new/place npm run -s restore -- /elsewhere/plimsoll.plimsoll')
  .action((file: string) =>
    endInWords(async (say) => {
      const path = resolve(file);
      try {
        await restore(path, say);
      } catch (error) {
        if (error instanceof BackupInvalid)
          throw new CheckImpossible(`${path} cannot be restored: ${error.message}.`);
        throw error;
      }
    }),
  );

async function restore(path: string, say: (line: string) => void): Promise<void> {
  const place = placeOf(process.env);
  const backup = await openBackupFile(path);
  try {
    // A backup of a newer release is refused before anything is made.
    await schemaOf(backup.header);
    await takeDirectory(place.dataDir);
    let ran: readonly string[];
    try {
      ran = await withServer(place, 'restore', async (connection) => {
        await restoreDatabase(connection, backup.header, (target) => fill(place.dataDir, backup, target));
        return migrate(connection);
      });
    } catch (error) {
      await removeInstallation(place.dataDir);
      throw describeTarget(error, place);
    }
    await unmarkRestore(place.dataDir);
    announce(path, backup.header, place, ran, say);
  } finally {
    await backup.close();
  }
}

/** Marks an empty directory as ours. Throws `CheckImpossible` for any other. */
async function takeDirectory(dataDir: string): Promise<void> {
  try {
    await refuseNotEmpty(dataDir);
    await markRestore(dataDir);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new CheckImpossible(`Nothing was restored: ${dataDir} cannot be written: ${error.message}.`);
  }
}

async function refuseNotEmpty(dataDir: string): Promise<void> {
  if (isRestoreUnfinished(dataDir))
    throw new CheckImpossible(`Nothing was restored: ${restoreUnfinishedWords(dataDir)}`);
  const [user] = await livingUsers(dataDir);
  if (user !== undefined)
    throw new CheckImpossible(
      `Nothing was restored: a service runs on ${dataDir}. Stop it, and set DATA_DIR to an empty directory.`,
    );
  const names = await namesInUse(dataDir);
  if (names.length > 0)
    throw new CheckImpossible(
      `Nothing was restored: ${dataDir} holds an installation (${names.join(', ')}). Set DATA_DIR to an empty directory.`,
    );
}

async function fill(dataDir: string, backup: BackupFile, target: DatabaseTarget): Promise<void> {
  const written = new Map<string, number>();
  let closing: BackupClosing | null = null;
  for await (const section of backup.sections()) {
    if (section.kind === 'table') await target.load(section.name, section.data);
    else if (section.kind === 'file')
      written.set(section.path, await writeInstallationFile(dataDir, section.path, section.data));
    else closing = section.closing;
  }
  if (closing === null) throw new BackupInvalid('its content has no end');
  const differs = closing.files.find(({ path, bytes }) => written.get(path) !== bytes);
  if (differs !== undefined || closing.files.length !== written.size)
    throw new BackupInvalid(`it does not hold the files that it names (${differs?.path ?? ''})`);
  await target.check(closing);
}

/** The reason why the target failed, in one line for the user. */
function describeTarget(error: unknown, { dataDir, databaseUrl }: Place): unknown {
  if (error instanceof DatabaseNotEmpty)
    return new CheckImpossible(
      `Nothing was restored: the database is not empty: ${error.message}. Set DATABASE_URL to an empty one.`,
    );
  const ofDisk = error instanceof Error && 'syscall' in error && 'path' in error && databaseUrl === null;
  return ofDisk
    ? new CheckImpossible(`Nothing was restored: ${dataDir} cannot be written: ${error.message}.`)
    : error;
}

function announce(
  path: string,
  { heads, made_at: madeAt, release, master_key: masterKey }: BackupHeader,
  { dataDir, databaseUrl }: Place,
  ran: readonly string[],
  say: (line: string) => void,
): void {
  const records = heads.reduce((sum, { seq }) => sum + seq, 0);
  say(
    `Restored ${path} of ${madeAt}, made by release ${release}, into ${dataDir}${databaseUrl === null ? '' : ' and the database'}.`,
  );
  say(`It holds ${heads.length} ${heads.length === 1 ? 'portfolio' : 'portfolios'} with ${records} records.`);
  if (ran.length > 0) say(`Brought up to this release by ${ran.join(', ')}.`);
  if (masterKey === 'environment')
    say('The master key was not in it: start the service with the PLIMSOLL_MASTER_KEY of that installation.');
  say(
    'Before you start: the service that it was made of must not run any more. Then `verify`, `replay`, and start.',
  );
}
