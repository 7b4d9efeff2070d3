/** The first start on a database: its user, portfolio, accounts and token. Entry point: `firstStart`. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../configuration/environment.ts';
import type { Venue } from '../core/ids.ts';
import type { NewAccount } from '../directory/accounts.ts';
import type { Directory } from '../directory/directory.ts';
import { writeSecretFile } from '../directory/secret-file.ts';
import { newToken } from '../directory/token.ts';
import { isSupported, SUPPORTED_VENUES } from '../venues/registry.ts';
import { StartRefused } from './start-refused.ts';

/** In the data directory; holds the token of the first start. */
export const ADMIN_TOKEN_FILE = 'admin-token';

/**
 * On a database without users: makes the first one, with a paper account at each exchange that `isSimulated`. Returns the token that
 * was generated, to be shown once.
 */
export async function firstStart(
  environment: Environment,
  directory: Directory,
  dataDir: string,
  isSimulated: (exchange: Venue) => Promise<boolean>,
): Promise<string | null> {
  if ((await directory.users()).length > 0) return null;
  const accounts = await firstAccounts(environment, isSimulated);
  const generated = environment.adminToken === null ? newToken() : null;
  const path = join(dataDir, ADMIN_TOKEN_FILE);
  // Kept before it works: a stop in between must not lock everybody out.
  if (generated !== null) await writeSecretFile(path, generated);
  const made = await directory.firstStart(environment.adminToken ?? generated, accounts, generated !== null);
  if (made !== null) return generated;
  // Another node was first, with a token of its own.
  if (generated !== null) await rm(path, { force: true });
  return null;
}

async function firstAccounts(
  { seedAccount }: Environment,
  isSimulated: (exchange: Venue) => Promise<boolean>,
): Promise<readonly Omit<NewAccount, 'portfolioId'>[]> {
  if (seedAccount === null) {
    const simulated = await Promise.all(SUPPORTED_VENUES.map(isSimulated));
    return SUPPORTED_VENUES.filter((_exchange, index) => simulated[index]).map((exchange) => ({
      exchange,
      mode: 'paper',
      label: 'paper',
      credentials: null,
    }));
  }
  const { exchange, mode, apiKey, secret, passphrase } = seedAccount;
  if (!isSupported(exchange)) {
    throw new StartRefused(
      `EXCHANGE: ${String(exchange)} is not supported yet; supported: ${SUPPORTED_VENUES.join(', ')}`,
    );
  }
  return [{ exchange, mode, label: mode, credentials: { apiKey, secret, passphrase } }];
}
