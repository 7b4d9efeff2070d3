/**
 * A whole service as a process of its own: started, killed, stopped, started again in the same place.
 *
 * Entry points: `makeHome` (what stays the same over restarts), `startService`, `startSimulator`.
 *
 * Every process leads a process group of its own, so that a test can kill the group as a terminal or a supervisor would.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePortBlock } from '../../src/cli/port-block.ts';
import { servicePort } from '../../src/cli/testing/service-port.ts';
import { Api } from './api.ts';
import { Control } from './control.ts';
import { processesOf, signalProcess, waitedForCpuMs } from './processes.ts';
import { pollAfterMs, until } from './until.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const TOKEN = 'acceptance-token';
/** A start under load of other tests; the promise of 10 s is measured apart. */
const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 60_000;
const LOG_TAIL_BYTES = 6_000;

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`, under whose ids the service runs as an ordinary user when the tests run as root. */
export const NOBODY: UserIds = { uid: 65_534, gid: 65_534 };

export interface Home {
  /** Temporary directory of mode 0700 that holds everything; removed by `release`. */
  readonly root: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly runAs: UserIds | null;
  /** Kills what is left and removes the directory. */
  release(): Promise<void>;
}

export interface HomeOptions {
  /** Further variables of the service. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Null runs it as the user of the tests. */
  readonly runAs?: UserIds | null;
}

export async function makeHome(options: HomeOptions = {}): Promise<Home> {
  const root = await mkdtemp(join(tmpdir(), 'plimsoll-acceptance-'));
  const runAs = options.runAs ?? null;
  if (runAs !== null) await chown(root, runAs.uid, runAs.gid);
  const dataDir = join(root, 'data');
  return {
    root,
    dataDir,
    logFile: join(root, 'service.log'),
    port: await servicePort(),
    environment: {
      // One that runs as another user may not keep compiled code where the others do.
      ...(runAs === null ? {} : { NODE_COMPILE_CACHE: join(root, 'compile-cache') }),
      ...options.environment,
    },
    runAs,
    release: async () => {
      await killAllOf(root);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Kills everything that belongs to a directory, PostgreSQL too, and waits until it is gone. */
export async function killAllOf(directory: string): Promise<void> {
  await until(`nothing runs for ${directory}`, () => {
    const left = processesOf(directory);
    for (const { pid } of left) signalProcess(pid, 'SIGKILL');
    return left.length === 0;
  });
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServiceProcess {
  readonly home: Home;
  readonly api: Api;
  readonly pid: number;
  /** From the start of the process to the first 200 of /health/ready. */
  readonly readyAfterMs: number;
  /** How much of that the service and its simulator stood waiting for a CPU that other work had. */
  readonly waitedForCpuMs: number;
  readonly ended: Promise<Ending>;

  constructor(home: Home, child: StartedChild, start: { readyAfterMs: number; waitedForCpuMs: number }) {
    this.home = home;
    this.api = new Api(urlOf(home), TOKEN);
    this.pid = child.pid;
    this.ended = child.ended;
    this.readyAfterMs = start.readyAfterMs;
    this.waitedForCpuMs = start.waitedForCpuMs;
  }

  /** Of the first user, for connections that are no requests. */
  get token(): string {
    return TOKEN;
  }

  get streamUrl(): string {
    return `${urlOf(this.home).replace('http:', 'ws:')}/api/v1/stream`;
  }

  /** `kill -9` of the process group: the service and its simulator. PostgreSQL is in a session of its own. */
  async killGroup(): Promise<void> {
    signalProcess(-this.pid, 'SIGKILL');
    await this.ended;
  }

  /** `kill -9` of the service alone. */
  async killAlone(): Promise<void> {
    signalProcess(this.pid, 'SIGKILL');
    await this.ended;
  }

  /** `kill -9` of everything of this data directory at once, PostgreSQL and its keeper too. */
  async killEverything(): Promise<void> {
    await killAllOf(this.home.dataDir);
    await this.ended;
  }

  isReady(): Promise<boolean> {
    return isInState(this.home, 'ready');
  }

  signal(signal: NodeJS.Signals): void {
    signalProcess(this.pid, signal);
  }

  /** Asks it to end, and waits for it. */
  async stop(): Promise<Ending> {
    this.signal('SIGTERM');
    return withinBound(this.ended, END_WITHIN_MS, () => this.describe('does not end after SIGTERM'));
  }

  /** The control API of the simulator that the service has started as its child. */
  async control(): Promise<Control> {
    let port: string | undefined;
    await until('the simulator of the service runs', () => {
      for (const { command } of processesOf(this.home.dataDir)) {
        if (command[command.indexOf('--parent-pid') + 1] !== String(this.pid)) continue;
        port = command[command.indexOf('--control-port') + 1];
      }
      return port !== undefined;
    });
    return new Control(`http://127.0.0.1:${port}`);
  }

  async describe(what: string): Promise<string> {
    return `the service ${what}; its log ends:\n${await logTail(this.home)}`;
  }
}

/**
 * Starts the service and waits until it is ready; `live` waits only until it listens, as a node does while another one
 * owns the portfolio.
 */
export async function startService(home: Home, state: 'ready' | 'live' = 'ready'): Promise<ServiceProcess> {
  const startedAt = performance.now();
  const child = await startChild(
    ['serve'],
    {
      PORT: String(home.port),
      DATA_DIR: home.dataDir,
      PLIMSOLL_ADMIN_TOKEN: TOKEN,
      ...home.environment,
    },
    home,
  );
  const end = { now: null as Ending | null };
  void child.ended.then((ending) => {
    end.now = ending;
  });
  while (!(await isInState(home, state))) {
    if (end.now !== null) throw new Error(`ended before it was ready:\n${await logTail(home)}`);
    if (performance.now() - startedAt > READY_WITHIN_MS) {
      signalProcess(-child.pid, 'SIGKILL');
      throw new Error(`the service is not ready after ${READY_WITHIN_MS} ms:\n${await logTail(home)}`);
    }
    await pause(pollAfterMs(performance.now() - startedAt));
  }
  const readyAfterMs = performance.now() - startedAt;
  // The simulator is loaded after the service and before anything is served: both stand on the way to readiness.
  const simulators = processesOf(home.dataDir).filter(({ command }) => command.includes('simulate'));
  const waits = await Promise.all([child.pid, ...simulators.map(({ pid }) => pid)].map(waitedForCpuMs));
  return new ServiceProcess(home, child, {
    readyAfterMs,
    waitedForCpuMs: waits.reduce((sum, wait) => sum + wait, 0),
  });
}

export interface SimulatorProcess {
  readonly pid: number;
  readonly control: Control;
  readonly controlUrl: string;
  stop(): Promise<void>;
}

/** Starts simulators that belong to the test, without the venues' rate limits; they outlive every service. */
export async function startSimulator(
  home: Home,
  venues: readonly string[] = ['binance'],
): Promise<SimulatorProcess> {
  const controlPort = await freePortBlock(10);
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  const child = await startChild(
    [
      'simulate',
      '--control-port',
      String(controlPort),
      '--limits',
      'off',
      '--venues',
      venues.join(','),
      '--state-dir',
      join(home.root, 'venues'),
    ],
    { LOG_LEVEL: 'warn' },
    home,
  );
  const control = new Control(controlUrl);
  await until(
    'the simulator serves',
    () =>
      control.health().then(
        ({ ready }) => ready,
        () => false,
      ),
    READY_WITHIN_MS,
  );
  return {
    pid: child.pid,
    control,
    controlUrl,
    stop: async () => {
      signalProcess(child.pid, 'SIGTERM');
      await withinBound(child.ended, END_WITHIN_MS, async () => 'the simulator does not end');
    },
  };
}

interface StartedChild {
  readonly pid: number;
  readonly ended: Promise<Ending>;
}

async function startChild(
  commandArguments: readonly string[],
  environment: Readonly<Record<string, string>>,
  home: Home,
): Promise<StartedChild> {
  const log = await open(home.logFile, 'a');
  try {
    const child: ChildProcess = spawn(process.execPath, [MAIN, ...commandArguments], {
      cwd: home.root,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...environment },
      ...home.runAs,
    });
    const ended = new Promise<Ending>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`cannot start ${process.execPath}`);
    return { pid, ended };
  } finally {
    await log.close();
  }
}

function urlOf(home: Home): string {
  return `http://127.0.0.1:${home.port}`;
}

async function isInState(home: Home, state: 'ready' | 'live'): Promise<boolean> {
  try {
    const response = await fetch(`${urlOf(home)}/health/${state}`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    // Not listening yet.
    return false;
  }
}

async function logTail(home: Home): Promise<string> {
  return (await readFile(home.logFile, 'utf8')).slice(-LOG_TAIL_BYTES);
}

async function withinBound<Value>(
  promise: Promise<Value>,
  boundMs: number,
  describe: () => Promise<string>,
): Promise<Value> {
  const late = Symbol('late');
  const first = await Promise.race([promise, pause(boundMs, late, { ref: false })]);
  if (first === late) throw new Error(await describe());
  return first;
}
