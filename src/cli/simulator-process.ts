/**
 * The simulators behind paper accounts: a child process that ends with us, or one that runs already.
 *
 * Entry points: `startSimulatorProcess`, `simulatorHealth`, `waitForSimulator`.
 *
 * Invariants:
 *  1. A child that dies is started again on the same ports, with backoff; its state is on disk, so that it goes on where
 *     it was. Its ports are reserved while we live, so that no other service's child takes them meanwhile.
 *  2. The process that answers on the ports is our own child: it reports that it serves on its own standard output. A
 *     child that finds a port taken on its first start gets others.
 *  3. A start waits for a child that lives and takes its steps in time, however slow the machine is (startup-wait.ts).
 *  4. After a restart of the service the ports are the same, unless another process has taken one of them meanwhile.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { VENUES } from '../core/ids.ts';
import { StartupWait } from './startup-wait.ts';
import { EXIT_PORT_TAKEN, reservePortBlock, type PortBlock } from './port-block.ts';

const health = z.object({
  ready: z.literal(true),
  instance: z.string(),
  venues: z.partialRecord(
    z.enum(VENUES),
    z.object({
      rest: z.string(),
      ws: z.string(),
      key: z.string(),
      secret: z.string(),
      passphrase: z.string().nullable(),
      instance: z.string().optional(),
    }),
  ),
});

export type SimulatorHealth = z.output<typeof health>;

/** One that has said that it serves answers its first request within this, in milliseconds, however busy the machine is. */
const ANSWERS_WITHIN_MS = 120_000;
/** How often a start looks whether it still waits in vain, in milliseconds. */
const WAIT_CHECK_MS = 250;
const POLL_MS = 50;
const POLL_TIMEOUT_MS = 2_000;
const END_WITHIN_MS = 5_000;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;
/** A child that ran for so long is restarted without delay again. */
const STEADY_MS = 30_000;
/** How many blocks of ports are tried before a start gives up. */
const MAX_BLOCKS = 10;

/** Asks a control API. Rejects when it does not answer or is not ready. */
export async function simulatorHealth(controlUrl: string): Promise<SimulatorHealth> {
  const response = await fetch(`${controlUrl}/control/health`, {
    signal: AbortSignal.timeout(POLL_TIMEOUT_MS),
  });
  return health.parse(await response.json());
}

/** A simulator that is somebody else's is not ready within this, in milliseconds: a wrong address should show at once. */
export const FOREIGN_READY_WITHIN_MS = 5_000;

/** Waits until it is ready. Throws `SimulatorSilent`, which names the address, when it is not in time. */
export async function waitForSimulator(
  controlUrl: string,
  { readyWithinMs = ANSWERS_WITHIN_MS, signal }: { readyWithinMs?: number; signal?: AbortSignal } = {},
): Promise<SimulatorHealth> {
  const until = performance.now() + readyWithinMs;
  for (;;) {
    try {
      return await simulatorHealth(controlUrl);
    } catch (error) {
      if (signal?.aborted === true)
        throw new Error('stopped while waiting for the simulator', { cause: error });
      if (performance.now() > until) {
        throw new SimulatorSilent(`the simulator at ${controlUrl} is not ready after ${readyWithinMs} ms`, {
          cause: error,
        });
      }
      await pause(POLL_MS);
    }
  }
}

export interface SimulatorProcess {
  readonly controlUrl: string;
  readonly health: SimulatorHealth;
  /** The child that runs now, or ran last. */
  processId(): number | undefined;
  stop(): Promise<void>;
}

export interface SimulatorProcessOptions {
  /** Keeps the child's state. */
  readonly stateDirectory: string;
  readonly log: Logger;
  /** Keeps the first port, so that the simulator comes back on the same ones after a restart of the service. */
  readonly portFile?: string;
  /** The child's option `--market`; null or absent: its own market. */
  readonly market?: string | null;
  /** A port for the control API and one for each venue. */
  readonly reservePorts?: () => Promise<PortBlock>;
}

/** Starts the child; resolves when it serves. Throws an Error when it does not in time. */
export async function startSimulatorProcess(options: SimulatorProcessOptions): Promise<SimulatorProcess> {
  const former = options.portFile === undefined ? null : await formerPort(options.portFile);
  const reservePorts = options.reservePorts ?? (() => reservePortBlock(1 + VENUES.length, undefined, former));
  for (let attempt = 1; ; attempt += 1) {
    const block = await reservePorts();
    try {
      const started = await startOn(block, options);
      if (options.portFile !== undefined && block.first !== former)
        await writeFile(options.portFile, `${block.first}\n`, { mode: 0o600 });
      return started;
    } catch (error) {
      await block.release();
      if (!(error instanceof PortTaken) || attempt === MAX_BLOCKS) throw error;
      options.log.warn({ port: block.first }, 'a port of the simulator was taken; trying others');
    }
  }
}

/** Null where none is kept. */
async function formerPort(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const port = Number(text);
  return text !== '' && Number.isInteger(port) ? port : null;
}

class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** A simulator does not answer in time. */
export class SimulatorSilent extends Error {
  override readonly name = 'SimulatorSilent';
}

/** A line of a child's output: what it does next, that it serves, or why it does not. */
const outputLine = z.union([
  z.object({ step: z.string() }),
  z.object({ ready: z.boolean(), problem: z.string().optional() }),
]);

/** The child cannot serve from its state directory, however often it is started. The message says why. */
export class SimulatorRefused extends Error {
  override readonly name = 'SimulatorRefused';
}

async function startOn(
  block: PortBlock,
  options: Pick<SimulatorProcessOptions, 'stateDirectory' | 'log' | 'market'>,
): Promise<SimulatorProcess> {
  const controlUrl = `http://127.0.0.1:${block.first}`;
  const stopping = new AbortController();
  const serving = Promise.withResolvers<void>();
  let hasServed = false;
  let child: ChildProcessByStdio<Writable, Readable, null>;
  let restartMs = FIRST_RESTART_MS;
  const wait = new StartupWait('reading its program', performance.now());
  const compileCache = process.env['NODE_COMPILE_CACHE'];

  const run = (): void => {
    const startedAt = performance.now();
    child = spawn(
      process.execPath,
      [
        // Markets that move make garbage at a slow, steady rate: a large young generation would only fill the memory of a machine.
        '--max-semi-space-size=4',
        join(import.meta.dirname, 'main.ts'),
        'simulate',
        '--control-port',
        String(block.first),
        '--state-dir',
        options.stateDirectory,
        '--parent-pid',
        String(process.pid),
        ...((options.market ?? null) === null ? [] : ['--market', String(options.market)]),
      ],
      {
        // Its standard input is the tie to us: the pipe closes however we end. Its output says what it does until it serves.
        stdio: ['pipe', 'pipe', 'inherit'],
        env: {
          PATH: process.env['PATH'] ?? '',
          LOG_LEVEL: 'warn',
          NODE_NO_WARNINGS: '1',
          // Compiled code is kept where ours is.
          ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
        },
      },
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = outputLine.parse(JSON.parse(line));
      if ('step' in said) wait.note(said.step, performance.now());
      else if (said.problem === undefined) {
        hasServed = true;
        serving.resolve();
      } else if (hasServed) options.log.error({ problem: said.problem }, 'the simulator refuses to start');
      else serving.reject(new SimulatorRefused(said.problem));
    });
    child.on('error', (error) => options.log.error({ err: error }, 'the simulator cannot be started'));
    child.on('exit', (code, signal) => {
      if (stopping.signal.aborted) return;
      if (code === EXIT_PORT_TAKEN && !hasServed) {
        serving.reject(new PortTaken(`a port from ${block.first} on is taken`));
        return;
      }
      if (performance.now() - startedAt > STEADY_MS) restartMs = FIRST_RESTART_MS;
      options.log.error({ code, signal, restartMs }, 'the simulator ended; starting it again');
      pause(restartMs, null, { signal: stopping.signal, ref: false }).then(run, () => undefined);
      restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS);
    });
  };

  const end = async (): Promise<void> => {
    stopping.abort();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    child.kill('SIGTERM');
    const isEnded = await Promise.race([ended.then(() => true), pause(END_WITHIN_MS, false, { ref: false })]);
    if (isEnded) return;
    child.kill('SIGKILL');
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end();
    await block.release();
  };

  const waiting = new AbortController();
  run();
  try {
    await Promise.race([serving.promise, givenUp(wait, options.log, waiting.signal)]).finally(() =>
      waiting.abort(),
    );
    const health = await waitForSimulator(controlUrl, { signal: stopping.signal });
    return { controlUrl, health, processId: () => child.pid, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Rejects once the child has not got on for too long; says meanwhile what is waited for. */
async function givenUp(wait: StartupWait, log: Logger, signal: AbortSignal): Promise<never> {
  for (;;) {
    await pause(WAIT_CHECK_MS, null, { signal, ref: false });
    const now = performance.now();
    const reason = wait.overdue(now);
    if (reason !== null) throw new SimulatorSilent(`the simulator of this service is ${reason}`);
    if (wait.reportsNow(now)) log.warn({ step: wait.step }, 'the simulator is still starting');
  }
}

/** Gives a further paper account at a venue keys of its own, which the caller keeps; null when the venue is not simulated. */
export async function registerPaperAccount(
  controlUrl: string,
  venue: string,
  account: {
    readonly accountId: string;
    readonly key?: string;
    readonly secret?: string;
    readonly passphrase?: string | null;
  },
): Promise<{ readonly key: string; readonly secret: string; readonly passphrase: string | null }> {
  const response = await fetch(`${controlUrl}/control/${venue}/accounts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      account_id: account.accountId,
      ...(account.key === undefined ? {} : { key: account.key, secret: account.secret }),
      ...(account.passphrase === undefined ? {} : { passphrase: account.passphrase }),
    }),
    signal: AbortSignal.timeout(POLL_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the simulator of ${venue} takes no account ${account.accountId}`);
  return z
    .object({ key: z.string(), secret: z.string(), passphrase: z.string().nullable() })
    .parse(await response.json());
}
