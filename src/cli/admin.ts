/**
 * `admin`: recovers an installation whose admins are locked out, on the machine that has its database.
 *
 * `new-token` works with the service running or stopped: a running one reads the new token with the first request that
 * carries it. It opens no keys of accounts and needs no master key.
 */
import { hostname } from 'node:os';
import { Command } from 'commander';
import type pg from 'pg';
import { issueLocalToken, type LocalToken } from '../directory/tokens.ts';
import { withClient } from '../journal/postgres-session.ts';
import { CheckImpossible, endInWords, placeOf, withDatabase } from './stored-database.ts';
import { systemUserName } from './system-user.ts';

const MAX_LABEL_LENGTH = 64;

interface NewTokenOptions {
  readonly user?: string;
  readonly label: string;
}

export const adminCommand = new Command('admin')
  .description('recover the administration of an installation, on its own machine')
  .addCommand(
    new Command('new-token')
      .description('make an admin token and print it once; works beside a running service')
      .option('--user <name>', 'the user that gets it, enabled again if disabled; the first user without')
      .option('--label <text>', 'what the list of tokens calls it', 'local')
      .action((options: NewTokenOptions) => endInWords((say) => makeToken(options, say))),
  );

async function makeToken({ user, label }: NewTokenOptions, say: (line: string) => void): Promise<void> {
  if (label.length === 0 || label.length > MAX_LABEL_LENGTH)
    throw new CheckImpossible(`--label: must have 1 to ${MAX_LABEL_LENGTH} characters.`);
  const place = placeOf(process.env);
  const by = `${systemUserName()}@${hostname()} (npm run admin)`;
  const made = await withDatabase(
    place,
    'this schema',
    (connection) => issue(connection, { userName: user ?? null, label, by }),
    'administer',
  );
  if (made === null) {
    throw new CheckImpossible(
      user === undefined
        ? 'There is no user yet: start the service once.'
        : `There is no user ${user}: look at --user.`,
    );
  }
  const { tokenId, token, userName, enabledUser } = made;
  say(token);
  process.stderr.write(
    `An admin token of user ${userName}, shown this once; its id is ${tokenId}, made by ${by}.\n` +
      (enabledUser
        ? `User ${userName} was disabled and is enabled again; its older tokens are revoked.\n`
        : ''),
  );
}

function issue(
  connection: pg.ClientConfig,
  wish: Parameters<typeof issueLocalToken>[1],
): Promise<LocalToken | null> {
  return withClient(connection, async (client) => {
    await client.query('BEGIN');
    const made = await issueLocalToken(client, wish);
    await client.query('COMMIT');
    return made;
  });
}
