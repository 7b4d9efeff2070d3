/**
 * Runs the simulators of one process: a port for the control API and one for each venue, state in one directory.
 *
 * Entry point: `runSimulators`. Ports count from the control port (9100, venues 9101 and on, in the order of
 * VENUE_NAMES); control port 0 takes any free port for each. A state directory serves one process at a time.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import { binanceProtocol } from './binance/protocol.ts';
import { bitgetProtocol } from './bitget/protocol.ts';
import { bybitProtocol } from './bybit/protocol.ts';
import { systemClock, type Clock } from './clock.ts';
import { coinbaseProtocol } from './coinbase/protocol.ts';
import { createControl } from './control.ts';
import { htxProtocol } from './htx/protocol.ts';
import { ccxtClient, LiveMarket, type LiveClient } from './market/live-market.ts';
import { instrumentsToFollow, readMarketOption, type MarketChoice } from './market/market-option.ts';
import type { MarketSource } from './market/market-source.ts';
import { MirroredMarket } from './market/mirrored-market.ts';
import { RecordingError } from './market/recorded-market.ts';
import { kucoinProtocol } from './kucoin/protocol.ts';
import { mexcProtocol } from './mexc/protocol.ts';
import { okxProtocol } from './okx/protocol.ts';
import { lockDirectory } from './state/directory-lock.ts';
import { StateError } from './state/disk.ts';
import { readInstance, writeInstance } from './state/instance-file.ts';
import { VENUE_NAMES, type VenueName, type VenueProtocol } from './venue-protocol.ts';
import { VenueRuntime } from './venue-runtime.ts';

/** The venues that can be simulated. */
export const PROTOCOLS: readonly VenueProtocol[] = [
  binanceProtocol,
  okxProtocol,
  bybitProtocol,
  bitgetProtocol,
  mexcProtocol,
  coinbaseProtocol,
  kucoinProtocol,
  htxProtocol,
];

export const DEFAULT_CONTROL_PORT = 9100;
const DEFAULT_SEED = 7;
/** How long a start waits until a former process releases the directory. */
const LOCK_WAIT_MS = 10_000;
/** How long a start waits for the first books of the live exchange. */
const LIVE_WAIT_MS = 20_000;

export interface SimulatorOptions {
  /** 0 takes any free port for the control API and for each venue. */
  readonly controlPort?: number;
  /** Seed of the markets of a fresh state. */
  readonly seed?: number;
  /** Default: all there are. */
  readonly venues?: readonly string[];
  /** False lifts the venues' rate and count limits. */
  readonly limits?: boolean;
  /** Null or absent keeps nothing on disk. */
  readonly stateDirectory?: string | null;
  /** Where prices come from in place of the seeded walk, as `--market` says it (market/market-option.ts). */
  readonly market?: readonly string[];
  /** How many times faster than it was made a recording comes. */
  readonly speed?: number;
  /** False lets a start that mirrors the live exchange succeed while it cannot be reached: nothing is known of its market then. */
  readonly requiresLive?: boolean;
  /** How long a start waits for the live exchange. */
  readonly liveWaitMs?: number;
  /** The client of the live exchange, for tests. */
  readonly liveClient?: (venue: VenueName) => Promise<LiveClient>;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Called once when the state cannot be written; the process should end then. */
  readonly onFailure?: (failure: unknown) => void;
  /** Called with what the start does next, in words: `opening <venue>`. */
  readonly onStep?: (step: string) => void;
  /** How long a start waits until another process releases the directory, in ms. */
  readonly lockWaitMs?: number;
  /** Further venues, for tests. */
  readonly protocols?: readonly VenueProtocol[];
}

export interface Simulators {
  readonly controlUrl: string;
  readonly instance: () => string;
  readonly venues: ReadonlyMap<string, VenueRuntime>;
  readonly close: () => Promise<void>;
}

/** A start that was asked for what is not there; the message names the option. */
export class SimulatorOptionError extends Error {}

/** Starts everything; resolves when all of it serves. Throws a SimulatorOptionError for options that make no sense. */
export async function runSimulators(options: SimulatorOptions = {}): Promise<Simulators> {
  const protocols = chooseProtocols(options.protocols ?? PROTOCOLS, options.venues);
  const controlPort = options.controlPort ?? DEFAULT_CONTROL_PORT;
  const logger = options.logger ?? pino({ level: 'warn' });
  const clock = options.clock ?? systemClock;
  const stateDirectory = options.stateDirectory ?? null;
  const choice = await readMarket(options);
  const onFailure =
    options.onFailure ??
    ((failure: unknown): void => {
      throw new Error('the simulators cannot write their state', { cause: failure });
    });
  const unlock =
    stateDirectory === null
      ? null
      : await lockDirectory(stateDirectory, options.lockWaitMs ?? LOCK_WAIT_MS).catch((failure: unknown) => {
          throw stateFailure(failure, stateDirectory);
        });
  const venues = new Map<string, VenueRuntime>();
  const shutdownHooks: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of shutdownHooks.splice(0).reverse()) await closer();
  };
  if (unlock !== null) shutdownHooks.push(unlock);
  try {
    let instance = stateDirectory === null ? randomUUID() : await readInstance(stateDirectory);
    const markets = await openMarkets(choice, protocols, { options, clock, logger, shutdownHooks });
    for (const protocol of protocols) {
      options.onStep?.(`opening ${protocol.name}`);
      const venue = await VenueRuntime.open(protocol, {
        seed: options.seed ?? DEFAULT_SEED,
        limits: options.limits ?? true,
        port: controlPort === 0 ? 0 : controlPort + 1 + VENUE_NAMES.indexOf(protocol.name),
        stateDirectory,
        market: markets.get(protocol.name) ?? null,
        clock,
        logger,
        onFailure,
      });
      venues.set(protocol.name, venue);
      shutdownHooks.push(() => venue.close());
    }
    options.onStep?.('opening its control address');
    const control = createControl(
      {
        venues,
        clock,
        instance: () => instance,
        reset: async (venue) => {
          // The new instance name is written before the reset: a crash between the two reports a reset that was not done, never the reverse.
          const next = randomUUID();
          if (stateDirectory !== null) await writeInstance(stateDirectory, next);
          instance = next;
          await venue.reset();
        },
      },
      logger,
    );
    shutdownHooks.push(() => control.close());
    await control.listen({ host: '127.0.0.1', port: controlPort });
    const { port } = control.server.address() as AddressInfo;
    return { controlUrl: `http://127.0.0.1:${port}`, instance: () => instance, venues, close };
  } catch (failure) {
    await close();
    throw stateFailure(failure, stateDirectory);
  }
}

/** The failure of a start, named by the option `state-dir` where the state or the disk under it is at fault. */
function stateFailure(failure: unknown, stateDirectory: string | null): unknown {
  if (stateDirectory === null || !(failure instanceof Error)) return failure;
  const isOfDisk =
    ('path' in failure && String(failure.path).startsWith(stateDirectory)) ||
    ('syscall' in failure && ['write', 'fsync', 'fdatasync'].includes(String(failure.syscall)));
  if (failure instanceof StateError)
    return new SimulatorOptionError(`state-dir: ${failure.message}`, { cause: failure });
  return isOfDisk
    ? new SimulatorOptionError(
        `state-dir: ${stateDirectory} cannot be read and written: ${failure.message}`,
        { cause: failure },
      )
    : failure;
}

function chooseProtocols(
  protocols: readonly VenueProtocol[],
  names: readonly string[] | undefined,
): readonly VenueProtocol[] {
  if (names === undefined) return protocols;
  const wanted = new Set(names.map((name) => (name === 'huobi' ? 'htx' : name)));
  for (const name of wanted) {
    if (!isVenueName(name))
      throw new SimulatorOptionError(`venues: ${name} is none of ${VENUE_NAMES.join(', ')}`);
    if (!protocols.some((protocol) => protocol.name === name))
      throw new SimulatorOptionError(`venues: ${name} cannot be simulated yet`);
  }
  if (wanted.size === 0) throw new SimulatorOptionError('venues: name at least one');
  return protocols.filter((protocol) => wanted.has(protocol.name));
}

function isVenueName(name: string): name is VenueName {
  return VENUE_NAMES.some((known) => known === name);
}

/** Null for the seeded walk. */
async function readMarket({ market = [], speed = 1 }: SimulatorOptions): Promise<MarketChoice | null> {
  if (market.length === 0) return null;
  return readMarketOption(market, speed).catch((failure: unknown) => {
    throw failure instanceof RecordingError ? new SimulatorOptionError(failure.message) : failure;
  });
}

/** The source of each venue's market, opened at its start. Throws a SimulatorOptionError where a live exchange cannot be reached. */
async function openMarkets(
  choice: MarketChoice | null,
  protocols: readonly VenueProtocol[],
  {
    options: { liveClient = ccxtClient, liveWaitMs = LIVE_WAIT_MS, requiresLive = true },
    clock,
    logger,
    shutdownHooks,
  }: {
    readonly options: SimulatorOptions;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly shutdownHooks: (() => Promise<void>)[];
  },
): Promise<ReadonlyMap<VenueName, () => MarketSource>> {
  if (choice === null) return new Map();
  if (choice.kind === 'recorded') return new Map(protocols.map(({ name }) => [name, choice.open]));
  const lives: LiveMarket[] = [];
  for (const { name, instruments } of protocols) {
    const followed = instrumentsToFollow(instruments, choice.symbols);
    const live = new LiveMarket(name, followed, await liveClient(name), { clock, logger });
    shutdownHooks.push(() => live.close());
    live.start();
    lives.push(live);
  }
  const reached = requiresLive ? await Promise.all(lives.map((live) => live.reached(liveWaitMs))) : [];
  for (const [index, why] of reached.entries())
    if (why !== null)
      throw new SimulatorOptionError(
        `market: the live market of ${lives[index]?.venue ?? ''} cannot be followed: ${why}; leave mirror out, or name other venues`,
      );
  return new Map(lives.map((live) => [live.venue, () => new MirroredMarket(live)]));
}
