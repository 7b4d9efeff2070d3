/**
 * The start lock: one process at a time makes, starts, adopts or stops a cluster.
 *
 * Entry point: `withStartLock`.
 *
 * Invariants:
 *  1. The lock is a file that holds the process id of its holder. It appears whole, by a link, or not at all.
 *  2. A lock whose holder is dead is stale and is removed; a live holder's lock is waited for, with a bound.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedPostgresError } from '../postgres-programs.ts';
import { describeSystemError } from './failures.ts';
import { RECOVERY_TIMEOUT_MS, type Place } from './place.ts';
import { isAlive } from './processes.ts';

/** The name must stay: a process of an older release may hold the lock under it. */
const FILE_NAME = 'turn.lock';

/** Runs `run` while this process alone holds the start lock. Rejects with `not_answering` when the holder keeps it too long. */
export async function withStartLock<Result>(
  place: Pick<Place, 'base'>,
  run: () => Promise<Result>,
): Promise<Result> {
  const file = join(place.base, FILE_NAME);
  const deadline = performance.now() + RECOVERY_TIMEOUT_MS;
  for (;;) {
    // The whole file appears at once: a lock that is found always names its holder.
    const mine = `${file}.${randomUUID()}`;
    try {
      await writeFile(mine, String(process.pid));
      await link(mine, file);
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw describeSystemError(error, place.base);
      }
    } finally {
      await rm(mine, { force: true });
    }
    const holder = existsSync(file) ? Number(await readFile(file, 'utf8').catch(() => '')) : 0;
    // A lock whose process was killed is stale (perhaps one with our own id, before a reboot).
    const stale = holder > 0 && (holder === process.pid || !(await isAlive(holder)));
    if (stale && !heldHere.has(file)) await rm(file, { force: true });
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        'not_answering',
        `Process ${holder} has been starting or stopping PostgreSQL in ${place.base} for too long: end it, or remove ${file}.`,
      );
    }
    await pause(20);
  }
  heldHere.add(file);
  try {
    return await run();
  } finally {
    heldHere.delete(file);
    await rm(file, { force: true });
  }
}

/** Start locks that this very process holds: without it, its own lock would look like that of a dead process with the same id. */
const heldHere = new Set<string>();
