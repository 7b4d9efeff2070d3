/**
 * A whole service in one process but for HTTP: a real PostgreSQL, Binance's simulator behind real sockets, the real
 * gateway and engine. Tests drive it through the desk and compare it with the simulator's control API.
 */
import { accountId, instrumentSymbol, portfolioId } from '../../src/core/ids.ts';
import { decimal } from '../../src/core/decimal.ts';
import { DEFAULT_LIMITS, type RiskLimits } from '../../src/core/risk/limits.ts';
import { systemClock } from '../../src/engine/clock.ts';
import type { PlaceIntent } from '../../src/engine/desk.ts';
import { memoryEmergencyLog } from '../../src/engine/emergency-log.ts';
import { createIdentity, secureFraction } from '../../src/engine/identity.ts';
import { silentLog } from '../../src/engine/log.ts';
import { PortfolioEngine } from '../../src/engine/portfolio-engine.ts';
import { openPostgresJournal, type PostgresJournal } from '../../src/journal/postgres-journal.ts';
import { openPostgresReadModels, type PostgresReadModels } from '../../src/journal/read-models.ts';
import { freshDatabase, quietLog, type TestDatabase } from '../../src/journal/testing/postgres-fixture.ts';
import { runSimulators, type Simulators } from '../../src/simulators/host.ts';
import { GatewayRegistry } from '../../src/venues/registry.ts';
import { Control } from './control.ts';
import { until } from './until.ts';

export const PAPER = accountId('acc_paper');
export const MAIN = portfolioId('main');
export const BTC = instrumentSymbol('BTC/USDT');

export interface DeskWorld {
  readonly engine: PortfolioEngine;
  readonly control: Control;
  readonly database: TestDatabase;
  readonly journal: PostgresJournal;
  close(): Promise<void>;
}

/** Starts everything; resolves once the account's balances are known. */
export async function openDeskWorld(limits: RiskLimits = DEFAULT_LIMITS): Promise<DeskWorld> {
  const [database, simulators] = await Promise.all([
    freshDatabase(),
    runSimulators({ controlPort: 0, venues: ['binance'], limits: false }),
  ]);
  const journal = await openPostgresJournal({ connection: database.connection, log: quietLog });
  const readModels: PostgresReadModels = openPostgresReadModels({
    connection: database.connection,
    log: quietLog,
  });
  const control = new Control(simulators.controlUrl);
  const engine = await startEngine(simulators, control, journal, readModels, limits);
  await until('balances are known', async () => (await engine.books.balances(PAPER)).value.length > 0);
  return {
    engine,
    control,
    database,
    journal,
    close: async () => {
      await engine.stop();
      await journal.close();
      await readModels.close();
      await simulators.close();
      await database.release();
    },
  };
}

async function startEngine(
  simulators: Simulators,
  control: Control,
  journal: PostgresJournal,
  readModels: PostgresReadModels,
  limits: RiskLimits,
): Promise<PortfolioEngine> {
  const venue = (await control.health()).venues['binance'];
  if (venue === undefined) throw new Error('the simulator serves no binance');
  const gateway = new GatewayRegistry().create('binance', {
    accountId: PAPER,
    mode: 'paper',
    credentials: { apiKey: venue.key, secret: venue.secret },
    endpoints: { rest: venue.rest, ws: venue.ws },
  });
  const engine = new PortfolioEngine({
    portfolioId: MAIN,
    node: 'test-node',
    journal,
    readModels,
    accounts: [
      {
        accountId: PAPER,
        venue: 'binance',
        mode: 'paper',
        gateway,
        connectionId: venue.key,
        instance: simulators.instance(),
      },
    ],
    limits,
    clock: systemClock,
    identity: createIdentity('test', secureFraction),
    emergencyLog: memoryEmergencyLog(),
    log: silentLog,
  });
  await engine.start();
  return engine;
}

/** A market buy of 0.001 BTC, changed by `parts`. */
export function intent(parts: Partial<PlaceIntent> = {}): PlaceIntent {
  return {
    accountId: PAPER,
    clientOrderId: null,
    symbol: BTC,
    type: 'market',
    side: 'buy',
    positionSide: 'net',
    quantity: decimal('0.001'),
    cost: null,
    price: null,
    stopPrice: null,
    trigger: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    marketProtectionBps: null,
    sendWithinMs: null,
    strategy: null,
    requestedBy: 'test',
    idempotency: null,
    ...parts,
  };
}
