/**
 * Makes the gateway of a stored account, with its keys and addresses.
 *
 * Entry points: `connect`, `simulatorNow`, `tryKeys`, `isServed`. A paper account gets its keys from the simulator and keeps them sealed
 * as any other.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { AccountMode, Venue } from '../core/ids.ts';
import type { AccountRecord, StoredCredentials } from '../directory/accounts.ts';
import type { Directory } from '../directory/directory.ts';
import type { EngineAccount } from '../engine/accounts.ts';
import type { Credentials } from '../venues/ccxt/exchange.ts';
import { tryKeys as tryKeysAtVenue, type KeyTrial } from '../venues/key-trial.ts';
import { instanceOf } from '../core/portfolio/simulator-instance.ts';
import { isSupported, type GatewayRegistry } from '../venues/registry.ts';
import { registerPaperAccount, simulatorHealth, type SimulatorHealth } from './simulator-process.ts';
import { StartRefused } from './start-refused.ts';

/** A simulator that answers, and its health report. */
export interface OpenSimulator {
  readonly controlUrl: string;
  readonly health: SimulatorHealth;
}

/**
 * The simulator with its health report as it is now: a reset since the last report has made other instances, and an
 * account that opened with a former one would have its first orders canceled as if the reset came after them. Rejects
 * where the simulator does not answer.
 */
export async function simulatorNow({ controlUrl }: OpenSimulator): Promise<OpenSimulator> {
  return { controlUrl, health: await simulatorHealth(controlUrl) };
}

/** Whether this release can trade on the account's exchange; logs a warning when it cannot. */
export function isServed(account: AccountRecord, log: Logger): boolean {
  if (isSupported(account.exchange)) return true;
  log.warn(
    { accountId: account.accountId, venue: account.exchange },
    'this venue is not supported by this release',
  );
  return false;
}

/** Throws `StartRefused` where keys or a simulator are missing. */
export async function connect(
  account: AccountRecord,
  parts: {
    readonly registry: GatewayRegistry;
    readonly directory: Directory;
    readonly simulator: OpenSimulator | null;
    readonly isFirst: boolean;
  },
): Promise<EngineAccount> {
  const { accountId, exchange, mode } = account;
  const found =
    mode === 'paper'
      ? await paperConnection(account, parts)
      : {
          credentials: await storedCredentials(account, parts.directory),
          endpoints: { rest: null, ws: null },
          instance: null,
        };
  const gateway = parts.registry.create(exchange, {
    accountId,
    mode,
    credentials: found.credentials,
    endpoints: found.endpoints,
  });
  const connectionId = connectionIdOf(found.credentials, found.endpoints);
  return { accountId, venue: exchange, mode, gateway, connectionId, instance: found.instance };
}

/** A digest of keys and addresses: the id holds no key. */
function connectionIdOf(
  { apiKey, secret, password }: Credentials,
  { rest, ws }: { readonly rest: string | null; readonly ws: string | null },
): string {
  const parts = [apiKey, secret, password ?? null, rest, ws];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

async function paperConnection(
  account: AccountRecord,
  parts: {
    readonly directory: Directory;
    readonly simulator: OpenSimulator | null;
    readonly isFirst: boolean;
  },
): Promise<{
  readonly credentials: Credentials;
  readonly endpoints: { readonly rest: string; readonly ws: string };
  readonly instance: string;
}> {
  const { simulator } = parts;
  const venue = simulator?.health.venues[account.exchange];
  if (simulator === null || venue === undefined) {
    throw new StartRefused(
      `the simulator does not serve ${account.exchange}, which ${account.accountId} needs.`,
    );
  }
  const endpoints = { rest: venue.rest, ws: venue.ws };
  const instance = instanceOf(venue.instance ?? simulator.health.instance, account.paperResets);
  // The first paper account of a venue uses the keys that the simulator has ready until it is reset; each other one has its own.
  const isReadyMade =
    parts.isFirst && account.accountId === `${account.exchange}-paper` && account.paperResets === 0;
  if (isReadyMade)
    return { credentials: toCredentials(venue.key, venue.secret, venue.passphrase), endpoints, instance };
  const { portfolioId, accountId } = account;
  const stored = await parts.directory.credentials(portfolioId, accountId);
  const name = `${account.paperResets === 0 ? '' : `${account.paperResets}-`}${portfolioId}-${accountId}`;
  const register = (nameThere: string): ReturnType<typeof registerPaperAccount> =>
    registerPaperAccount(simulator.controlUrl, account.exchange, {
      accountId: nameThere,
      ...(stored === null
        ? {}
        : { key: stored.apiKey, secret: stored.secret, passphrase: stored.passphrase }),
    });
  const keys = await register(name.slice(0, 64)).catch((): ReturnType<typeof registerPaperAccount> => {
    // The name is registered already: the stored keys work. Where none are stored, a process ended between the registration
    // and the storing, and the keys of that name are lost.
    if (stored === null) return register(`${name.slice(0, 55)}-${randomBytes(4).toString('hex')}`);
    return Promise.resolve({ key: stored.apiKey, secret: stored.secret, passphrase: stored.passphrase });
  });
  if (stored === null) {
    await parts.directory.changeAccount(portfolioId, accountId, {
      credentials: { apiKey: keys.key, secret: keys.secret, passphrase: keys.passphrase },
    });
  }
  return { credentials: toCredentials(keys.key, keys.secret, keys.passphrase), endpoints, instance };
}

async function storedCredentials(account: AccountRecord, directory: Directory): Promise<Credentials> {
  const stored = await directory.credentials(account.portfolioId, account.accountId);
  if (stored === null) {
    throw new StartRefused(`account ${account.accountId} has no keys stored.`);
  }
  return toCredentials(stored.apiKey, stored.secret, stored.passphrase);
}

function toCredentials(apiKey: string, secret: string, passphrase: string | null): Credentials {
  return { apiKey, secret, ...(passphrase === null ? {} : { password: passphrase }) };
}

/** Whether keys work at the exchange itself. Throws `UnsupportedVenue`. */
export function tryKeys(exchange: Venue, mode: AccountMode, keys: StoredCredentials): Promise<KeyTrial> {
  return tryKeysAtVenue(exchange, {
    mode,
    credentials: toCredentials(keys.apiKey, keys.secret, keys.passphrase),
    endpoints: { rest: null, ws: null },
  });
}
