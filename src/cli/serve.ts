/**
 * The composition root: from the environment to a service that answers, and back down in order.
 *
 * Entry point: `serve`.
 *
 * Order of the start: database and simulator together; migrations; journal and directory; gateways and engines; HTTP.
 * Order of the end: intake closes (new requests get 503), what is in flight is answered within a bound, engines release
 * their portfolios, then the simulator and the database end.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';
import {
  EnvironmentInvalid,
  LIVE_NEEDS_RISK_CHECK,
  parseEnvironment,
  type Environment,
} from '../configuration/environment.ts';
import type { PortfolioId, Venue } from '../core/ids.ts';
import { RecordTypeUnknown } from '../core/portfolio/codec.ts';
import { NOTHING_SET, type SetLimits } from '../core/risk/limits.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import { openDirectory } from '../directory/directory.ts';
import { SealBroken } from '../directory/sealing.ts';
import { loadMasterKey, SecretFileInvalid } from '../directory/secret-file.ts';
import { isStorageUnavailable } from '../directory/storage-fault.ts';
import type { EngineAccount } from '../engine/accounts.ts';
import { systemClock } from '../engine/clock.ts';
import { openFileEmergencyLog } from '../engine/emergency-log.ts';
import { createIdentity, secureFraction } from '../engine/identity.ts';
import { PortfolioEngine } from '../engine/portfolio-engine.ts';
import { AccountBook } from '../http/account-choice.ts';
import type { HttpContext } from '../http/context.ts';
import { createMetrics } from '../http/metrics.ts';
import { createServer } from '../http/server.ts';
import { startEmbeddedPostgres } from '../journal/embedded-postgres.ts';
import { EmbeddedPostgresError } from '../journal/postgres-programs.ts';
import { migrate, SchemaMismatch } from '../journal/migrate.ts';
import { openPostgresJournal } from '../journal/postgres-journal.ts';
import { openPostgresReadModels } from '../journal/read-models.ts';
import { capabilitiesOf, GatewayRegistry, isSupported } from '../venues/registry.ts';
import { announceStart } from './announce-start.ts';
import { ShutdownHooks } from './shutdown-hooks.ts';
import { connect, isServed, simulatorNow, tryKeys, type OpenSimulator } from './connecting.ts';
import { takeDataDirectory } from './data-directory.ts';
import { takeEnvironmentAccount } from './environment-account.ts';
import { removeDeadTokenFile, takeEnvironmentToken, warnOfAdminsEnd } from './environment-token.ts';
import { firstStart } from './first-start.ts';
import { isRestoreUnfinished, namesInUse, restoreUnfinishedWords } from './installation-files.ts';
import { createLog } from './log.ts';
import { logOrders } from './order-log.ts';
import { PaperAccounts } from './paper-accounts.ts';
import { Portfolios } from './portfolios.ts';
import { watchReadiness } from './readiness-watch.ts';
import { StartRefused } from './start-refused.ts';
import {
  FOREIGN_READY_WITHIN_MS,
  SimulatorRefused,
  SimulatorSilent,
  simulatorHealth,
  startSimulatorProcess,
  waitForSimulator,
} from './simulator-process.ts';

/** How long readiness waits for the first answers of the exchanges. */
const WARM_WITHIN_MS = 10_000;
const WARM_POLL_MS = 50;
const STATUS_FAILED = 1;
const STATUS_SETTINGS = 2;

const PASSPHRASE_VENUES: ReadonlySet<Venue> = new Set(['okx', 'bitget', 'kucoin']);

/** How often the instance of a simulator is read, to notice a reset. */
const INSTANCE_POLL_MS = 3_000;

/** Runs the service until a signal ends it. Sets the exit status; writes problems of the settings to standard error. */
export async function serve(variables: NodeJS.ProcessEnv): Promise<void> {
  let environment: Environment;
  try {
    environment = parseEnvironment(variables, {
      hasSandbox: (venue) => !isSupported(venue) || capabilitiesOf(venue).modes.testnet,
      needsPassphrase: (venue) => PASSPHRASE_VENUES.has(venue),
    });
  } catch (error) {
    if (!(error instanceof EnvironmentInvalid)) throw error;
    process.stderr.write(`Plimsoll does not start: these variables are wrong.\n\n${error.message}\n`);
    process.exitCode = STATUS_SETTINGS;
    return;
  }
  const log = createLog({
    level: environment.logLevel,
    format: environment.logFormat,
    isTerminal: process.stderr.isTTY,
    monotonic: () => performance.now(),
  });
  const shutdownHooks = new ShutdownHooks();
  let isEnding = false;
  /** `reason` is null where it has been said. */
  const end = (reason: string | null, status: number): void => {
    if (isEnding) {
      if (reason === 'SIGINT') process.exit(STATUS_FAILED);
      return;
    }
    isEnding = true;
    if (reason !== null) log.info({ reason }, 'ending');
    shutdownHooks.closeAll(log).then(
      () => process.exit(status),
      () => process.exit(STATUS_FAILED),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM', 0));
  process.on('SIGINT', () => end('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    log.fatal(
      { err: error },
      'a bug: the process ends, and recovers from the journal when it is started again',
    );
    end('bug', STATUS_FAILED);
  });
  process.on('unhandledRejection', (reason) => {
    log.fatal(
      { err: reason },
      'a bug: the process ends, and recovers from the journal when it is started again',
    );
    end('bug', STATUS_FAILED);
  });
  try {
    await start(environment, log, shutdownHooks, () => end('a portfolio cannot be started', STATUS_FAILED));
  } catch (error) {
    if (isEnding) return;
    const words = explain(error);
    if (words === null) log.fatal({ err: error }, 'the start failed');
    else process.stderr.write(`Plimsoll does not start: ${words}\n`);
    end(null, STATUS_FAILED);
  }
}

/** `fail` ends the process when a portfolio cannot be started; that is known only after the start. */
async function start(
  environment: Environment,
  log: Logger,
  shutdownHooks: ShutdownHooks,
  fail: () => void,
): Promise<void> {
  const dataDir = resolve(environment.dataDir);
  if (isRestoreUnfinished(dataDir)) throw new StartRefused(restoreUnfinishedWords(dataDir));
  const lock = await takeDataDirectory(dataDir);
  shutdownHooks.add('data directory', () => lock.release());
  await refuseTakenPort(environment);
  // A service with exchange keys may need no simulator; that is known once the accounts are read.
  const early =
    environment.seedAccount === null ? openSimulator(environment, dataDir, log, shutdownHooks) : null;
  early?.catch(() => undefined);
  // A first start has paper accounts: with their simulator missing it makes nothing, and says so at once.
  const isFirstStart = environment.databaseUrl === null && (await namesInUse(dataDir)).length === 0;
  if (isFirstStart && environment.simulatorUrl !== null) await early;
  const connection = await openDatabase(environment, dataDir, log, shutdownHooks);
  const [masterKey] = await Promise.all([loadMasterKey(dataDir, environment.masterKey), migrate(connection)]);
  const journal = await openPostgresJournal({ connection, log });
  shutdownHooks.add('journal', () => journal.close());
  const readModels = openPostgresReadModels({ connection, log });
  shutdownHooks.add('read models', () => readModels.close());
  const directory = openDirectory({ connection, masterKey });
  shutdownHooks.add('directory', () => directory.close());
  // A simulator that is not ours may serve some exchanges only; one that does not answer is reported further down.
  const isSimulated = async (exchange: Venue): Promise<boolean> => {
    if (environment.simulatorUrl === null || early === null) return true;
    const opened = await early.catch(() => null);
    return opened === null || opened.health.venues[exchange] !== undefined;
  };
  const token = await firstStart(environment, directory, dataDir, isSimulated);
  await takeEnvironmentToken(environment.adminToken, directory, log);
  await removeDeadTokenFile(dataDir, directory, log);
  await takeEnvironmentAccount(environment.seedAccount, directory, log);
  await warnOfAdminsEnd(directory, systemClock.now(), log);

  const accounts = (await directory.accounts(null)).filter((account) => isServed(account, log));
  const isLive = accounts.some((account) => account.mode === 'live');
  if (isLive && !environment.riskCheckEnabled && !environment.liveWithoutRiskCheck) {
    throw new EnvironmentInvalid([LIVE_NEEDS_RISK_CHECK]);
  }
  const needsSimulator = accounts.some((account) => account.mode === 'paper');
  let simulatorOpening = early;
  let simulatorUrl: string | null = null;
  const simulatorOnce = (): Promise<OpenSimulator> => {
    simulatorOpening ??= openSimulator(environment, dataDir, log, shutdownHooks).catch((error: unknown) => {
      // The next account that needs one tries again.
      simulatorOpening = null;
      throw error;
    });
    return simulatorOpening.then((opened) => {
      simulatorUrl = opened.controlUrl;
      return opened;
    });
  };
  if (needsSimulator) await simulatorOnce();

  const portfolios = await directory.portfolios();
  const firstPortfolio = portfolios[0]?.portfolioId;
  const tag = createHash('sha256')
    .update(firstPortfolio ?? '')
    .digest('hex')
    .slice(0, 6);
  const identity = createIdentity(tag, secureFraction);
  const node = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const registry = new GatewayRegistry();
  const connected = async (account: AccountRecord): Promise<EngineAccount> =>
    connect(account, {
      registry,
      directory,
      simulator: account.mode === 'paper' ? await simulatorNow(await simulatorOnce()) : null,
      isFirst: account.portfolioId === firstPortfolio,
    });
  const servedAccounts = async (portfolioId: PortfolioId): Promise<readonly AccountRecord[]> =>
    (await directory.accounts(portfolioId)).filter((account) => isServed(account, log));
  const served = new Portfolios({
    make: async (portfolioId) => {
      await journal.createPortfolio(portfolioId);
      const engine = new PortfolioEngine({
        portfolioId,
        node,
        journal,
        readModels,
        accounts: await Promise.all((await servedAccounts(portfolioId)).map(connected)),
        removedAccounts: await directory.removedAccounts(portfolioId),
        limits: limitsOf(environment),
        baseCurrency: environment.baseCurrency,
        clock: systemClock,
        identity,
        emergencyLog: await openFileEmergencyLog(
          join(dataDir, `emergency-cancels-${portfolioId}.jsonl`),
          log,
        ),
        log,
      });
      logOrders(engine, log);
      return engine;
    },
    accountOf: async (portfolioId, accountId) => {
      const account = (await servedAccounts(portfolioId)).find((record) => record.accountId === accountId);
      return account === undefined ? null : connected(account);
    },
    onFailure: (portfolioId, error) => {
      if (error instanceof RecordTypeUnknown)
        process.stderr.write(`Plimsoll does not start: portfolio ${portfolioId}: ${error.message}.\n`);
      else log.fatal({ err: error, portfolioId }, 'a portfolio cannot be started');
      fail();
    },
    onDelay: (portfolioId, accountId, error) => {
      log.warn(
        { err: error, portfolioId, accountId },
        'a changed account cannot be taken over; trying again',
      );
    },
    clock: systemClock,
  });
  shutdownHooks.add('engines', () => served.stop());

  const paperAccounts = new PaperAccounts({
    directory,
    simulator: simulatorOnce,
    needsPassphrase: ({ exchange }) => PASSPHRASE_VENUES.has(exchange),
  });

  let isWarm = false;
  const accountBook = new AccountBook(directory, Date.now);
  await accountBook.refresh();
  const context: HttpContext = {
    administration: {
      openPortfolio: (portfolioId) => served.open(portfolioId),
      alignAccount: (portfolioId, accountId) => served.alignAccount(portfolioId, accountId),
      closeAccount: (portfolioId, accountId) => served.closeAccount(portfolioId, accountId),
      tryKeys,
      resetPaperAccount: async (account) => {
        await paperAccounts.reset(account);
        await served.alignAccount(account.portfolioId, account.accountId);
      },
      movePaperAssets: (account, move) => paperAccounts.move(account, move),
      simulatorControlUrl: () => simulatorUrl,
      simulatorAccounts: (records) => paperAccounts.names(records),
      needsPassphrase: (exchange) => PASSPHRASE_VENUES.has(exchange),
      allowsLive: environment.riskCheckEnabled || environment.liveWithoutRiskCheck,
    },
    directory,
    accounts: accountBook,
    deskOf: (portfolioId) => served.deskOf(portfolioId),
    desks: () => served.desks(),
    isWarm: () => isWarm,
    readModels,
    capabilitiesOf: (venue) => (isSupported(venue) ? capabilitiesOf(venue) : null),
    metrics: createMetrics(() => served.desks()),
    isStorageUnavailable,
    now: Date.now,
  };
  const stopWatching = watchInstances(served, accountBook, () => simulatorOpening, log);
  shutdownHooks.add('watch over the simulator', () => Promise.resolve(stopWatching()));
  const server = await createServer(context, log);
  shutdownHooks.add('http', () => server.close());
  await listen(server, environment);

  for (const { portfolioId } of portfolios) await served.open(portfolioId);
  await warmUp(served, accounts);
  // Compiled code is kept before the service is ready, which takes it a moment once: one that is killed never comes to its end.
  flushCompileCache();
  isWarm = true;
  announceStart(environment, {
    dataDir,
    port: (server.server.address() as AddressInfo).port,
    accounts,
    token,
    simulatorUrl,
    isConnected: served.desks().every((desk) => desk.ready),
  });
  const stopReadiness = watchReadiness({ clock: systemClock, log, desks: () => served.desks() });
  shutdownHooks.add('watch over readiness', () => Promise.resolve(stopReadiness()));
}

async function openDatabase(
  environment: Environment,
  dataDir: string,
  log: Logger,
  shutdownHooks: ShutdownHooks,
): Promise<pg.ClientConfig> {
  if (environment.databaseUrl !== null) return { connectionString: environment.databaseUrl };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  shutdownHooks.add('PostgreSQL', () => postgres.stop());
  return { ...postgres.address };
}

/** Reports new instances of the simulator: one that was reset has no orders, and its paper accounts begin anew. Returns a stop. */
function watchInstances(
  served: Portfolios,
  accountBook: AccountBook,
  simulator: () => Promise<OpenSimulator> | null,
  log: Logger,
): () => void {
  const look = async (): Promise<void> => {
    const opened = await simulator();
    if (opened === null) return;
    const now = await simulatorHealth(opened.controlUrl);
    for (const { portfolioId } of served.desks()) {
      for (const { accountId, exchange, mode } of accountBook.of(portfolioId)) {
        const venue = mode === 'paper' ? now.venues[exchange] : undefined;
        if (venue !== undefined)
          await served.observeInstance(portfolioId, accountId, venue.instance ?? now.instance);
      }
    }
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      log.debug({ err: error }, 'the instance of the simulator cannot be read');
    });
  }, INSTANCE_POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function openSimulator(
  environment: Environment,
  dataDir: string,
  log: Logger,
  shutdownHooks: ShutdownHooks,
): Promise<OpenSimulator> {
  if (environment.simulatorUrl !== null) {
    const controlUrl = environment.simulatorUrl;
    try {
      const health = await waitForSimulator(controlUrl, { readyWithinMs: FOREIGN_READY_WITHIN_MS });
      return { controlUrl, health };
    } catch (error) {
      if (!(error instanceof SimulatorSilent)) throw error;
      throw new StartRefused(
        `PLIMSOLL_SIMULATOR_URL: ${error.message}: start it (npm run simulate), or set another address.`,
      );
    }
  }
  const simulator = await startSimulatorProcess({
    stateDirectory: join(dataDir, 'simulators'),
    portFile: join(dataDir, 'simulator-port'),
    market: environment.paperMarket,
    log,
  });
  shutdownHooks.add('simulator', () => simulator.stop());
  return simulator;
}

/** Limits that the environment does not set are left to stored limits and to the defaults. */
function limitsOf(environment: Environment): SetLimits {
  return {
    ...NOTHING_SET,
    checksEnabled: environment.riskCheckEnabled,
    maxPositionNotional: environment.maxPositionSize,
    maxDailyLoss: environment.maxDailyLoss,
  };
}

async function listen(
  server: Awaited<ReturnType<typeof createServer>>,
  { host, port }: Environment,
): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw refusedAddress(error, host, port);
  }
}

/** Before anything is started: a port that is in use then is so at the end, too. Throws `StartRefused`. */
async function refuseTakenPort({ host, port }: Environment): Promise<void> {
  const probe = createSocketServer();
  try {
    await new Promise<void>((listening, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port }, listening);
    });
  } catch (error) {
    throw refusedAddress(error, host, port);
  }
  await new Promise((closed) => {
    probe.close(closed);
  });
}

/** The reason in words for the user; the error itself where it is another. */
function refusedAddress(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') return new StartRefused(`PORT: ${port} on ${host} is in use; choose another.`);
  if (code === 'EACCES') return new StartRefused(`PORT: ${port} may not be used by this user.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartRefused(`HOST: ${host} is no address of this machine.`);
  return error;
}

/** Waits until every account has shown its balances once, or `WARM_WITHIN_MS`: an exchange may be down. */
async function warmUp(served: Portfolios, accounts: readonly AccountRecord[]): Promise<void> {
  const until = performance.now() + WARM_WITHIN_MS;
  const isKnown = async ({ portfolioId, accountId }: AccountRecord): Promise<boolean> => {
    const desk = served.deskOf(portfolioId);
    if (desk?.ready !== true) return false;
    return (await desk.books.account(accountId))?.account.balancesKnown === true;
  };
  while (performance.now() < until) {
    const known = await Promise.all(accounts.map(isKnown));
    if (known.every(Boolean)) return;
    await pause(WARM_POLL_MS);
  }
}

/** The reason why a start failed, in words for the user; null for a bug. */
function explain(error: unknown): string | null {
  if (error instanceof EnvironmentInvalid) return `these variables are wrong.\n\n${error.message}`;
  if (
    error instanceof StartRefused ||
    error instanceof EmbeddedPostgresError ||
    error instanceof SchemaMismatch ||
    error instanceof SecretFileInvalid
  )
    return error.message;
  if (error instanceof SimulatorRefused) return `its simulator refuses, ${error.message}.`;
  if (error instanceof SealBroken)
    return `${error.message}: PLIMSOLL_MASTER_KEY or the file master-key is not the one that sealed them.`;
  if (isStorageUnavailable(error))
    return `the database does not answer (${error instanceof Error ? error.message : ''}).`;
  if (error instanceof SimulatorSilent) return `${error.message}.`;
  return null;
}
