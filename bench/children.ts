/**
 * The processes of a run: started here under a name each, and all ended again, also when the run is interrupted.
 *
 * Entry point: `Children`. Each takes part in one temporary directory; whatever of that directory still runs at the end
 * (a PostgreSQL whose service was killed) is killed by its id.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processesOf, signalProcess } from '../test/acceptance/processes.ts';

const END_WITHIN_MS = 15_000;
const LOG_TAIL_BYTES = 4_000;

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** The end of what it wrote. */
  logTail(): Promise<string>;
  stop(): Promise<void>;
}

export class Children {
  readonly root: string;
  readonly #running = new Set<Child>();
  #ending: Promise<void> | null = null;

  private constructor(root: string) {
    this.root = root;
  }

  static async open(): Promise<Children> {
    const children = new Children(await mkdtemp(join(tmpdir(), 'plimsoll-bench-')));
    // However this process ends: what still runs then goes with it.
    process.once('exit', () => {
      for (const { pid } of children.#running) signalProcess(pid, 'SIGKILL');
    });
    return children;
  }

  /** A program of the bench, with an IPC channel. */
  fork(name: string, file: string, programArguments: readonly string[] = []): Promise<Child> {
    return this.#start(name, (log) =>
      fork(join(import.meta.dirname, file), programArguments, {
        stdio: ['ignore', log, log, 'ipc'],
        serialization: 'advanced',
        cwd: this.root,
        env: environment({}),
      }),
    );
  }

  /** The project's own command line. */
  main(
    name: string,
    mainArguments: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Promise<Child> {
    return this.#start(name, (log) =>
      spawn(
        process.execPath,
        [...nodeFlags(variables), join(import.meta.dirname, '../src/cli/main.ts'), ...mainArguments],
        { cwd: this.root, stdio: ['ignore', log, log], env: environment(variables) },
      ),
    );
  }

  async #start(name: string, start: (log: number) => ChildProcess): Promise<Child> {
    if (this.#ending !== null) throw new Error('the run is ending');
    const logFile = join(this.root, `${name}.log`);
    const log = await open(logFile, 'a');
    try {
      const process = start(log.fd);
      const { pid } = process;
      if (pid === undefined) throw new Error(`cannot start ${name}`);
      const child: Child = {
        name,
        pid,
        process,
        logTail: async () => (await readFile(logFile, 'utf8')).slice(-LOG_TAIL_BYTES),
        stop: async () => {
          await stopProcess(process);
          this.#running.delete(child);
        },
      };
      // The error of a message that can no longer be sent arrives here; the end of the process is noticed where it is awaited.
      process.on('error', (error) => {
        if (this.#ending === null) writeSync(2, `${name}: ${error.message}\n`);
      });
      this.#running.add(child);
      return child;
    } finally {
      await log.close();
    }
  }

  /** The last output of each process, for the report of a failure. */
  async logTails(): Promise<string> {
    const tails = await Promise.all(
      [...this.#running].map(async (child) => `--- ${child.name}\n${await child.logTail()}`),
    );
    return tails.join('\n');
  }

  /** Ends everything and removes the directory. */
  close(): Promise<void> {
    this.#ending ??= (async () => {
      await Promise.all([...this.#running].map((child) => child.stop()));
      for (const { pid } of processesOf(this.root)) signalProcess(pid, 'SIGKILL');
      await rm(this.root, { recursive: true, force: true });
    })();
    return this.#ending;
  }
}

/** Variables that are not the service's: `BENCH_NODE_FLAGS` goes to Node, for profiles. */
function nodeFlags(variables: Readonly<Record<string, string>>): readonly string[] {
  return (variables['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
}

function environment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...variables };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<true>((resolve) => {
    child.once('exit', () => resolve(true));
  });
  child.kill('SIGTERM');
  if (await Promise.race([ended, pause(END_WITHIN_MS, false, { ref: false })])) return;
  child.kill('SIGKILL');
  await ended;
}

/** The next message of a child. Rejects when it ends first. */
export async function nextMessage<Message>(child: Child): Promise<Message> {
  return new Promise<Message>((resolve, reject) => {
    const onExit = (): void => {
      child.logTail().then(
        (tail) => reject(new Error(`${child.name} ended:\n${tail}`)),
        (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
      );
    };
    if (child.process.exitCode !== null || child.process.signalCode !== null) {
      onExit();
      return;
    }
    child.process.once('exit', onExit);
    child.process.once('message', (message: unknown) => {
      child.process.off('exit', onExit);
      // Both ends are of this folder; the type is what the sender declares.
      resolve(message as Message);
    });
  });
}
