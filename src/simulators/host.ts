/**
 * Runs the simulators of one process: a port for the control API and one for each venue, state in one directory.
 *
 * Entry point: `runSimulators`. Ports count from the control port (9100, venues 9101 and on, in the order of
 * VENUE_NAMES); control port 0 takes any free port for each. A state directory serves one process at a time.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import { z } from 'zod';
import { binanceSkin } from './binance/skin.ts';
import { systemClock, type Clock } from './clock.ts';
import { createControl } from './control.ts';
import { StateError, syncDirectory } from './state/store.ts';
import { VENUE_NAMES, type VenueName, type VenueSkin } from './venue-skin.ts';
import { VenueRuntime } from './venue-runtime.ts';

/** The venues that can be simulated. */
export const SKINS: readonly VenueSkin[] = [binanceSkin];

export const DEFAULT_CONTROL_PORT = 9100;
const DEFAULT_SEED = 7;
/** How long a start waits for a former process to let go of the directory. */
const LOCK_WAIT_MS = 10_000;
const LOCK_RETRY_MS = 100;

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
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Told once when the state cannot be written; the process should end then. */
  readonly onFailure?: (failure: unknown) => void;
  /** How long a start waits for another process to let go of the directory, in ms. */
  readonly lockWaitMs?: number;
  /** Further venues, for tests. */
  readonly skins?: readonly VenueSkin[];
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
  const skins = chooseSkins(options.skins ?? SKINS, options.venues);
  const controlPort = options.controlPort ?? DEFAULT_CONTROL_PORT;
  const logger = options.logger ?? pino({ level: 'warn' });
  const clock = options.clock ?? systemClock;
  const stateDirectory = options.stateDirectory ?? null;
  const onFailure =
    options.onFailure ??
    ((failure: unknown): void => {
      throw new Error('the simulators cannot write their state', { cause: failure });
    });
  const unlock =
    stateDirectory === null
      ? null
      : await lock(stateDirectory, options.lockWaitMs ?? LOCK_WAIT_MS).catch((failure: unknown) => {
          throw stateFailure(failure, stateDirectory);
        });
  const venues = new Map<string, VenueRuntime>();
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  if (unlock !== null) closers.push(unlock);
  try {
    let instance = stateDirectory === null ? randomUUID() : await readInstance(stateDirectory);
    for (const skin of skins) {
      const venue = await VenueRuntime.open(skin, {
        seed: options.seed ?? DEFAULT_SEED,
        limits: options.limits ?? true,
        port: controlPort === 0 ? 0 : controlPort + 1 + VENUE_NAMES.indexOf(skin.name),
        stateDirectory,
        clock,
        logger,
        onFailure,
      });
      venues.set(skin.name, venue);
      closers.push(() => venue.close());
    }
    const control = createControl(
      {
        venues,
        clock,
        instance: () => instance,
        reset: async (venue) => {
          // First the name, then the deed: a crash between them tells of a reset that did not happen, never the reverse.
          const next = randomUUID();
          if (stateDirectory !== null) await writeInstance(stateDirectory, next);
          instance = next;
          await venue.reset();
        },
      },
      logger,
    );
    closers.push(() => control.close());
    await control.listen({ host: '127.0.0.1', port: controlPort });
    const { port } = control.server.address() as AddressInfo;
    return { controlUrl: `http://127.0.0.1:${port}`, instance: () => instance, venues, close };
  } catch (failure) {
    await close();
    throw stateFailure(failure, stateDirectory);
  }
}

/** What a start failed by, in terms of the option where the state or the disk under it is what is wrong. */
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

function chooseSkins(
  skins: readonly VenueSkin[],
  names: readonly string[] | undefined,
): readonly VenueSkin[] {
  if (names === undefined) return skins;
  const wanted = new Set(names.map((name) => (name === 'huobi' ? 'htx' : name)));
  for (const name of wanted) {
    if (!isVenueName(name))
      throw new SimulatorOptionError(`venues: ${name} is none of ${VENUE_NAMES.join(', ')}`);
    if (!skins.some((skin) => skin.name === name))
      throw new SimulatorOptionError(`venues: ${name} cannot be simulated yet`);
  }
  if (wanted.size === 0) throw new SimulatorOptionError('venues: name at least one');
  return skins.filter((skin) => wanted.has(skin.name));
}

function isVenueName(name: string): name is VenueName {
  return VENUE_NAMES.some((known) => known === name);
}

/** Undefined when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  }
}

const instanceFile = z.object({ instance: z.string() });

async function readInstance(directory: string): Promise<string> {
  try {
    const path = join(directory, 'instance.json');
    const text = await readFile(path, 'utf8');
    const parsed = instanceFile.safeParse(parseJson(text));
    if (!parsed.success) throw new StateError(`${path} is damaged: delete the directory to begin anew`);
    return parsed.data.instance;
  } catch (failure) {
    if (!isMissing(failure)) throw failure;
    const instance = randomUUID();
    await writeInstance(directory, instance);
    return instance;
  }
}

async function writeInstance(directory: string, instance: string): Promise<void> {
  const path = join(directory, 'instance.json');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ instance }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}

/** Who holds a directory. `startedAt` tells a process from a later one that was given the same number. */
const holderFile = z.object({ processId: z.int().positive(), startedAt: z.string().nullable() });

/** Takes the directory for this process; resolves to the way to give it back. Waits for one that is just ending. */
async function lock(directory: string, waitMs: number): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const draft = `${path}.${process.pid}`;
  const own = JSON.stringify({ processId: process.pid, startedAt: await startOf(process.pid) });
  for (let waitedMs = 0; ; waitedMs += LOCK_RETRY_MS) {
    // Written first and linked then, so that nobody ever reads a lock without its holder.
    try {
      await writeFile(draft, own, { mode: 0o600 });
      await link(draft, path);
      return () => rm(path, { force: true });
    } catch (failure) {
      if (!isTaken(failure)) throw failure;
    } finally {
      await rm(draft, { force: true });
    }
    const holder = await readHolder(path);
    if (holder === null || !(await isAlive(holder))) await rm(path, { force: true });
    else if (waitedMs >= waitMs)
      throw new SimulatorOptionError(`state-dir: ${directory} is in use by process ${holder.processId}`);
    else await pause(LOCK_RETRY_MS);
  }
}

/** Null when it is gone or not a lock of ours. */
async function readHolder(path: string): Promise<z.infer<typeof holderFile> | null> {
  const text = await readFile(path, 'utf8').catch((failure: unknown) => {
    if (isMissing(failure)) return '';
    throw failure;
  });
  if (!text.startsWith('{')) return null;
  const parsed = holderFile.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

async function isAlive(holder: z.infer<typeof holderFile>): Promise<boolean> {
  const { processId, startedAt } = holder;
  try {
    process.kill(processId, 0);
  } catch (failure) {
    if (codeOf(failure) !== 'EPERM') return false;
  }
  const running = await startOf(processId);
  if (running !== null && startedAt !== null) return running === startedAt;
  return processId !== process.pid;
}

/** When a process began, in the system's own measure; null where the system does not tell (it has no /proc). */
async function startOf(processId: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
    // The 22nd field; the second one, the name in parentheses, may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (failure) {
    if (codeOf(failure) === 'ENOENT' || codeOf(failure) === 'ESRCH') return null;
    throw failure;
  }
}

function isMissing(failure: unknown): boolean {
  return codeOf(failure) === 'ENOENT';
}

function isTaken(failure: unknown): boolean {
  return codeOf(failure) === 'EEXIST';
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && 'code' in failure ? failure.code : undefined;
}
