/**
 * The whole service in one process for tests: PostgreSQL, simulators, gateways, engines and the HTTP server on a socket.
 *
 * Entry point: `startService`. Two users, so that what belongs to one can be asked for by the other.
 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { AccountId, Asset, PortfolioId, Venue } from '../../core/ids.ts';
import { NOTHING_SET, type SetLimits } from '../../core/risk/limits.ts';
import { connect } from '../../cli/connecting.ts';
import { PaperAccounts } from '../../cli/paper-accounts.ts';
import { simulatorHealth } from '../../cli/simulator-process.ts';
import { openDirectory, type Directory } from '../../directory/directory.ts';
import type { AccountRecord } from '../../directory/accounts.ts';
import { isStorageUnavailable } from '../../directory/storage-fault.ts';
import type { EngineAccount } from '../../engine/accounts.ts';
import { systemClock } from '../../engine/clock.ts';
import type { Desk } from '../../engine/desk.ts';
import { memoryEmergencyLog, type EmergencyLog } from '../../engine/emergency-log.ts';
import { createIdentity, secureFraction } from '../../engine/identity.ts';
import { PortfolioEngine } from '../../engine/portfolio-engine.ts';
import { openPostgresJournal } from '../../journal/postgres-journal.ts';
import { openPostgresReadModels } from '../../journal/read-models.ts';
import { freshDatabase, quietLog } from '../../journal/testing/postgres-fixture.ts';
import { runSimulators } from '../../simulators/host.ts';
import type { Credentials } from '../../venues/ccxt/exchange.ts';
import { capabilitiesOf, GatewayRegistry, isSupported } from '../../venues/registry.ts';
import { AccountBook } from '../account-choice.ts';
import type { ServedRoute } from '../contract/document.ts';
import { tryKeys, type KeyTrial } from '../../venues/key-trial.ts';
import { createMetrics } from '../metrics.ts';
import { API_PREFIX, createServer } from '../server.ts';
import type { StreamLimits } from '../stream/limits.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; an empty object for an empty one. */
  readonly body: Record<string, unknown>;
}

export interface CallOptions {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; text goes as it is. */
  readonly body?: object | string;
}

export interface TestService {
  readonly url: string;
  readonly streamUrl: string;
  /** `admin`, `trade` and `read` are of the first user, `otherUser` (trade) and `otherAdmin` of a second one without accounts. */
  readonly tokens: {
    readonly admin: string;
    readonly trade: string;
    readonly read: string;
    readonly otherUser: string;
    readonly otherAdmin: string;
  };
  readonly directory: Directory;
  readonly desk: Desk;
  /** A call under `/api/v1`, or of the root where the path begins with `//`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The control API of the simulators. */
  control(method: string, path: string, body?: object): Promise<unknown>;
  /** How many orders the simulated venue ever accepted. */
  ordersAtVenue(): Promise<number>;
  /** Every route that the server has. */
  readonly served: readonly ServedRoute[];
  /** Ends what a process would lose, and starts it again over the same database and exchange; `url` changes. */
  restart(): Promise<void>;
  /** Of the database that this service has to itself. */
  readonly connection: Awaited<ReturnType<typeof freshDatabase>>['connection'];
  /** The process id of its PostgreSQL; of the one that all test files share unless it has its own. */
  postgresPid(): number;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;

export interface ServiceOptions {
  /** The exchanges with a paper account at the start, which are simulated; Binance by default. */
  readonly exchanges?: readonly Venue[];
  /** Exchanges that are simulated beside those. */
  readonly alsoSimulated?: readonly Venue[];
  /**
   * Keys are tried at the simulated venue, in every mode, and accounts that are added or changed trade there; otherwise the
   * names of keys decide, and only the accounts of the start trade.
   */
  readonly triesKeysAtVenue?: boolean;
  readonly streamLimits?: Partial<StreamLimits>;
  /** For tests that freeze or kill PostgreSQL: all others share one. Default false. */
  readonly ownCluster?: boolean;
  /** The currency of every limit and figure; the default of a portfolio that was given none. */
  readonly baseCurrency?: Asset;
  /** The emergency log of a portfolio; one in memory by default. */
  readonly emergencyLog?: (portfolioId: PortfolioId) => Promise<EmergencyLog>;
}

export async function startService(
  limits: Partial<SetLimits> = {},
  options: ServiceOptions = {},
): Promise<TestService> {
  const { exchanges = ['binance'], alsoSimulated = [] } = options;
  const [database, simulators] = await Promise.all([
    freshDatabase({ ownCluster: options.ownCluster === true }),
    runSimulators({
      controlPort: 0,
      limits: false,
      venues: [...exchanges, ...alsoSimulated],
      logger: pino({ level: 'silent' }),
    }),
  ]);
  const { connection } = database;
  const masterKey = randomBytes(32);
  const directory = openDirectory({ connection, masterKey });
  const first = await directory.firstStart(
    'admin-token-of-tests',
    exchanges.map((exchange) => ({ exchange, mode: 'paper', label: 'paper', credentials: null })),
  );
  if (first === null) throw new Error('the database is not fresh');
  const admin = await directory.authenticate('admin-token-of-tests');
  if (admin === null) throw new Error('the first token does not work');
  const { userId } = admin;
  const tokenWith = async (user: string, scopes: ('read' | 'trade' | 'admin')[]): Promise<string> =>
    (
      await directory.addToken({
        userId: user,
        label: 'test',
        scopes,
        expiresAt: null,
        createdBy: 'test/fixture',
      })
    ).token;
  const other = await directory.addUser('other');
  const tokens = {
    admin: 'admin-token-of-tests',
    trade: await tokenWith(userId, ['trade']),
    read: await tokenWith(userId, ['read']),
    otherUser: await tokenWith(other.userId, ['trade']),
    otherAdmin: await tokenWith(other.userId, ['admin']),
  };
  const world: World = {
    connection,
    directory,
    controlUrl: simulators.controlUrl,
    portfolioIds: [first.portfolioId, other.portfolioId],
    limits: { ...NOTHING_SET, ...limits },
    options,
  };
  let running = await startProcess(world);

  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${simulators.controlUrl}/control/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    get url() {
      return running.url;
    },
    get streamUrl() {
      return `${running.url.replace('http:', 'ws:')}${API_PREFIX}/stream`;
    },
    get desk() {
      return running.desk;
    },
    get served() {
      return running.served;
    },
    tokens,
    directory,
    connection,
    control,
    call: async (method, path, options = {}) => {
      const { token = tokens.trade, headers = {}, body } = options;
      const { url } = running;
      const response = await fetch(path.startsWith('//') ? url + path.slice(1) : url + API_PREFIX + path, {
        method,
        headers: {
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : { text },
      };
    },
    ordersAtVenue: async () => ((await control('GET', 'binance/orders')) as unknown[]).length,
    postgresPid: () => database.postgres.postmasterPid(),
    restart: async () => {
      await running.stop();
      running = await startProcess(world);
    },
    stop: async () => {
      await running.stop();
      await directory.close();
      await simulators.close();
      await database.release();
    },
  };
}

/** The parts that stay over a restart. */
/** `wrong` ones are refused, `withdrawing` ones may withdraw, others work. */
function judgedByName(apiKey: string): KeyTrial {
  return apiKey.startsWith('wrong')
    ? { kind: 'refused', reason: 'the exchange does not know this key' }
    : { kind: 'work', mayWithdraw: apiKey.startsWith('withdrawing') };
}

function credentialsOf(keys: {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string | null;
}): Credentials {
  const { apiKey, secret, passphrase } = keys;
  return { apiKey, secret, ...(passphrase === null ? {} : { password: passphrase }) };
}

interface World {
  readonly connection: Awaited<ReturnType<typeof freshDatabase>>['connection'];
  readonly directory: Directory;
  readonly controlUrl: string;
  readonly portfolioIds: readonly PortfolioId[];
  readonly limits: SetLimits;
  readonly options: ServiceOptions;
}

/** The parts that a process of the service has in memory. */
interface RunningProcess {
  readonly url: string;
  readonly desk: Desk;
  readonly served: readonly ServedRoute[];
  stop(): Promise<void>;
}

async function startProcess(world: World): Promise<RunningProcess> {
  const { connection, directory, controlUrl, portfolioIds, limits, options } = world;
  const journal = await openPostgresJournal({ connection, log: quietLog });
  const readModels = openPostgresReadModels({ connection, log: quietLog });
  const health = (await (await fetch(`${controlUrl}/control/health`)).json()) as {
    venues: Record<
      string,
      { rest: string; ws: string; key: string; secret: string; passphrase: string | null; instance: string }
    >;
  };
  const registry = new GatewayRegistry();
  const simulator = { controlUrl, health: await simulatorHealth(controlUrl) };
  const paperAccounts = new PaperAccounts({
    directory,
    simulator: () => Promise.resolve(simulator),
    needsPassphrase: (account) => account.exchange === 'okx',
  });
  /** Accounts with keys of the simulated venue trade with those, all others with its ready-made ones. */
  const connected = async (account: AccountRecord): Promise<EngineAccount> => {
    const { accountId, exchange, mode, portfolioId } = account;
    if (account.paperResets > 0) return connect(account, { registry, directory, simulator, isFirst: false });
    const venue = health.venues[exchange];
    if (venue === undefined) throw new Error(`${exchange} is not simulated`);
    const stored =
      options.triesKeysAtVenue === true ? await directory.credentials(portfolioId, accountId) : null;
    const credentials = stored ?? { apiKey: venue.key, secret: venue.secret, passphrase: venue.passphrase };
    const gateway = registry.create(exchange, {
      accountId,
      mode,
      credentials: credentialsOf(credentials),
      endpoints: { rest: venue.rest, ws: venue.ws },
    });
    return {
      accountId,
      venue: exchange,
      mode,
      gateway,
      connectionId: credentials.apiKey,
      instance: mode === 'paper' ? venue.instance : null,
    };
  };
  const alignAccount = async (portfolioId: PortfolioId, accountId: AccountId): Promise<void> => {
    if (options.triesKeysAtVenue === true) await takeOver(portfolioId, accountId);
  };
  const takeOver = async (portfolioId: PortfolioId, accountId: AccountId): Promise<void> => {
    await engines.get(portfolioId)?.alignAccount(accountId, async () => {
      const found = (await directory.accounts(portfolioId)).find(
        (account) => account.accountId === accountId,
      );
      return found === undefined ? null : connected(found);
    });
  };
  const engines = new Map<PortfolioId, PortfolioEngine>();
  for (const portfolioId of portfolioIds) {
    await journal.createPortfolio(portfolioId);
    const accounts = await directory.accounts(portfolioId);
    engines.set(
      portfolioId,
      new PortfolioEngine({
        portfolioId,
        node: 'test',
        journal,
        readModels,
        accounts: await Promise.all(accounts.map(connected)),
        removedAccounts: await directory.removedAccounts(portfolioId),
        limits,
        ...(options.baseCurrency === undefined ? {} : { baseCurrency: options.baseCurrency }),
        clock: systemClock,
        identity: createIdentity('test', secureFraction),
        emergencyLog: (await options.emergencyLog?.(portfolioId)) ?? memoryEmergencyLog(),
        log: quietLog,
      }),
    );
  }
  const accounts = new AccountBook(directory, Date.now);
  await accounts.refresh();
  const desks = (): Desk[] => [...engines.values()];
  const server = await createServer(
    {
      administration: {
        openPortfolio: async () => undefined,
        alignAccount,
        closeAccount: async (portfolioId, accountId) =>
          (await engines.get(portfolioId)?.closeAccount(accountId)) ?? [],
        tryKeys: (exchange, mode, keys) =>
          options.triesKeysAtVenue === true
            ? tryKeys(exchange, {
                mode,
                credentials: credentialsOf(keys),
                endpoints: health.venues[exchange] ?? { rest: null, ws: null },
                timeouts: { readAttemptMs: 1_000 },
              })
            : Promise.resolve(judgedByName(keys.apiKey)),
        resetPaperAccount: async (account) => {
          await paperAccounts.reset(account);
          await takeOver(account.portfolioId, account.accountId);
        },
        movePaperAssets: (account, move) => paperAccounts.move(account, move),
        simulatorControlUrl: () => controlUrl,
        simulatorAccounts: (records) => paperAccounts.names(records),
        needsPassphrase: (exchange) => exchange === 'okx',
        allowsLive: true,
      },
      directory,
      accounts,
      deskOf: (portfolioId) => engines.get(portfolioId),
      desks,
      isWarm: () => true,
      readModels,
      capabilitiesOf: (venue) => (isSupported(venue) ? capabilitiesOf(venue) : null),
      metrics: createMetrics(desks),
      isStorageUnavailable,
      now: Date.now,
      ...(options.streamLimits === undefined ? {} : { streamLimits: options.streamLimits }),
    },
    pino({ level: 'silent' }),
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  await Promise.all([...engines.values()].map((engine) => engine.start()));
  const [first] = portfolioIds;
  const desk = first === undefined ? undefined : engines.get(first);
  if (desk === undefined) throw new Error('the first portfolio has no engine');
  const account = (await directory.accounts(first ?? null))[0];
  const until = performance.now() + READY_WITHIN_MS;
  if (account === undefined) throw new Error('the first portfolio has no account');
  while ((await desk.books.account(account.accountId))?.account.balancesKnown !== true) {
    if (performance.now() > until) throw new Error('the simulated venue did not answer in time');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  const { port } = server.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    desk,
    served: server.served,
    stop: async () => {
      await server.close();
      for (const engine of engines.values()) await engine.stop();
      await journal.close();
      await readModels.close();
    },
  };
}
