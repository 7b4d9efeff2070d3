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
import { bybitProtocol } from './bybit/protocol.ts';
import { systemClock, type Clock } from './clock.ts';
import { createControl } from './control.ts';
import { readRecording, RecordingError, type Recording } from './market/recorded-market.ts';
import { okxProtocol } from './okx/protocol.ts';
import { lockDirectory } from './state/directory-lock.ts';
import { StateError } from './state/disk.ts';
import { readInstance, writeInstance } from './state/instance-file.ts';
import { VENUE_NAMES, type VenueName, type VenueProtocol } from './venue-protocol.ts';
import { VenueRuntime } from './venue-runtime.ts';

/** The venues that can be simulated. */
export const PROTOCOLS: readonly VenueProtocol[] = [binanceProtocol, okxProtocol, bybitProtocol];

export const DEFAULT_CONTROL_PORT = 9100;
const DEFAULT_SEED = 7;
/** How long a start waits until a former process releases the directory. */
const LOCK_WAIT_MS = 10_000;

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
  /** Recorded candles in place of the seeded walk: `FILE` or `SYMBOL=FILE` (market/recorded-market.ts). */
  readonly recording?: string;
  /** How many times faster than they were recorded candles come. */
  readonly speed?: number;
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
  const recording = await readMarket(options);
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
    for (const protocol of protocols) {
      options.onStep?.(`opening ${protocol.name}`);
      const venue = await VenueRuntime.open(protocol, {
        seed: options.seed ?? DEFAULT_SEED,
        limits: options.limits ?? true,
        port: controlPort === 0 ? 0 : controlPort + 1 + VENUE_NAMES.indexOf(protocol.name),
        stateDirectory,
        recording,
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

/** The recorded candles that the options name, and their speed; null for the seeded walk. */
async function readMarket({
  recording,
  speed = 1,
}: SimulatorOptions): Promise<readonly [Recording, number] | null> {
  if (recording === undefined) return null;
  const candles = await readRecording(recording).catch((failure: unknown) => {
    throw failure instanceof RecordingError ? new SimulatorOptionError(failure.message) : failure;
  });
  return [candles, speed];
}
