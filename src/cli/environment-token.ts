/**
 * Access at a start: the admin token of the environment, and a warning before nobody is admin any more.
 *
 * Entry points: `takeEnvironmentToken`, `removeDeadTokenFile`, `warnOfAdminsEnd`.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from '../directory/directory.ts';
import { readSecretFile } from '../directory/secret-file.ts';
import type { Log } from '../engine/log.ts';
import { ADMIN_TOKEN_FILE } from './first-start.ts';

/** How long before the last admin token expires each start says so, in milliseconds: seven days. */
const WARN_BEFORE_MS = 7 * 86_400_000;

/**
 * Makes a changed `PLIMSOLL_ADMIN_TOKEN` work and ends the former one, and logs what became of it; on a first start it works
 * already. One that was revoked, that expired or whose user was disabled stays dead: the log says why.
 */
export async function takeEnvironmentToken(
  token: string | null,
  directory: Pick<Directory, 'alignEnvironmentToken'>,
  log: Log,
): Promise<void> {
  if (token === null) return;
  const outcome = await directory.alignEnvironmentToken(token);
  switch (outcome.kind) {
    case 'works':
      return;
    case 'unusable':
      log.warn(
        { token_id: outcome.tokenId },
        `PLIMSOLL_ADMIN_TOKEN does not work: ${outcome.reason}; set another one`,
      );
      return;
    case 'changed': {
      const { tokenId, formerIds, uncertainIds, enabledUser } = outcome;
      log.warn(
        { token_id: tokenId, revoked: formerIds, enabled_user: enabledUser },
        `PLIMSOLL_ADMIN_TOKEN was changed: the new token works from now on${formerIds.length === 0 ? '' : ', the former one does not'}`,
      );
      if (uncertainIds.length > 0) {
        log.warn(
          { token_ids: uncertainIds },
          'the token of the first start still works; if it was the former PLIMSOLL_ADMIN_TOKEN, revoke it: DELETE /api/v1/tokens/{token_id}',
        );
      }
    }
  }
}

/**
 * Removes the file with the token of the first start once that token has ended, and logs why: a request with it would be refused.
 * A token that this database never had stays, since it may belong to another one.
 */
export async function removeDeadTokenFile(
  dataDir: string,
  directory: Pick<Directory, 'endOfToken'>,
  log: Log,
): Promise<void> {
  const path = join(dataDir, ADMIN_TOKEN_FILE);
  const token = await readSecretFile(path);
  if (token === null || token === '') return;
  const end = await directory.endOfToken(token);
  if (end === null) return;
  if (end === 'unknown') {
    log.warn({ path }, 'the file holds a token that this database does not know; it is left as it is');
    return;
  }
  await rm(path, { force: true });
  log.warn({ path }, `the file is removed, since its token does not work any more: ${end}`);
}

/** Logs a warning where nobody is admin, or will be in `WARN_BEFORE_MS`. `at` is the wall clock in milliseconds. */
export async function warnOfAdminsEnd(
  directory: Pick<Directory, 'adminAccess'>,
  at: number,
  log: Log,
): Promise<void> {
  const until = await directory.adminAccess();
  if (until === null || until.getTime() > at + WARN_BEFORE_MS) return;
  log.warn(
    until.getTime() <= at ? {} : { expires_at: until.toISOString() },
    until.getTime() <= at
      ? 'nobody has an admin token that works; make one: npm run admin -- new-token'
      : 'the last admin token expires soon; make one that lasts: POST /api/v1/tokens, or npm run admin -- new-token',
  );
}
