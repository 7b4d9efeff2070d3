/**
 * The simulators behind paper accounts: a child process that ends with us, or one that runs already.
 *
 * Entry points: `startSimulatorProcess`, `simulatorHealth`, `waitForSimulator`.
 *
 * A child that dies is started again on the same ports, with backoff; its state is on disk, so that it goes on where it was.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { VENUES } from '../core/ids.ts';
import { freePortBlock } from './port-block.ts';

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

const READY_WITHIN_MS = 30_000;
const POLL_MS = 50;
const POLL_TIMEOUT_MS = 2_000;
const END_WITHIN_MS = 5_000;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;
/** A child that ran for so long is restarted without delay again. */
const STEADY_MS = 30_000;

/** Asks a control API. Rejects when it does not answer or is not ready. */
export async function simulatorHealth(controlUrl: string): Promise<SimulatorHealth> {
  const response = await fetch(`${controlUrl}/control/health`, {
    signal: AbortSignal.timeout(POLL_TIMEOUT_MS),
  });
  return health.parse(await response.json());
}

/** Waits until it is ready. Throws an Error that names the address when it is not in time. */
export async function waitForSimulator(controlUrl: string, signal?: AbortSignal): Promise<SimulatorHealth> {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await simulatorHealth(controlUrl);
    } catch (error) {
      if (signal?.aborted === true)
        throw new Error('stopped while waiting for the simulator', { cause: error });
      if (performance.now() > until) {
        throw new Error(`The simulator at ${controlUrl} did not get ready within ${READY_WITHIN_MS} ms.`, {
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
  stop(): Promise<void>;
}

/** Starts the child; resolves when it serves. `stateDirectory` keeps its state. */
export async function startSimulatorProcess(options: {
  readonly stateDirectory: string;
  readonly log: Logger;
}): Promise<SimulatorProcess> {
  const controlPort = await freePortBlock(1 + VENUES.length);
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  const stopping = new AbortController();
  let child: ChildProcess;
  let restartMs = FIRST_RESTART_MS;

  const run = (): void => {
    const startedAt = performance.now();
    child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'main.ts'),
        'simulate',
        '--control-port',
        String(controlPort),
        '--state-dir',
        options.stateDirectory,
        '--parent-pid',
        String(process.pid),
      ],
      {
        // Its standard input is the tie to us: the pipe closes however we end.
        stdio: ['pipe', 'ignore', 'inherit'],
        env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', NODE_NO_WARNINGS: '1' },
      },
    );
    child.on('error', (error) => options.log.error({ err: error }, 'the simulator cannot be started'));
    child.on('exit', (code, signal) => {
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > STEADY_MS) restartMs = FIRST_RESTART_MS;
      options.log.error({ code, signal, restartMs }, 'the simulator ended; starting it again');
      pause(restartMs, null, { signal: stopping.signal, ref: false }).then(run, () => undefined);
      restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS);
    });
  };

  const stop = async (): Promise<void> => {
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

  run();
  try {
    return { controlUrl, health: await waitForSimulator(controlUrl, stopping.signal), stop };
  } catch (error) {
    await stop();
    throw error;
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
