/** The programs of a checkout, of whatever release: its service and its simulator. Entry points: `serveFrom`, `simulateFrom`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePortBlock } from '../../src/cli/port-block.ts';
import { servicePort } from '../../src/cli/testing/service-port.ts';
import { Api } from '../acceptance/api.ts';
import { Control } from '../acceptance/control.ts';
import { processesOf } from '../acceptance/processes.ts';
import { until } from '../acceptance/until.ts';

export const TOKEN = 'upgrade-token';
const READY_WITHIN_MS = 60_000;

export interface RunningProgram {
  /** SIGTERM, and waits for the end. Throws when it ends otherwise than in order. */
  stop(): Promise<void>;
}

export interface RunningService extends RunningProgram {
  readonly api: Api;
  /** Of the simulator that the service started itself. */
  control(): Promise<Control>;
}

function start(
  checkout: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): ChildProcess {
  return spawn(process.execPath, [join(checkout, 'src/cli/main.ts'), ...words], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', NODE_NO_WARNINGS: '1', ...variables },
  });
}

function stopper(child: ChildProcess): () => Promise<void> {
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  return async () => {
    child.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) throw new Error(`ended with ${code}`);
  };
}

export async function serveFrom(
  checkout: string,
  dataDir: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const port = await servicePort();
  const child = start(checkout, ['serve'], {
    DATA_DIR: dataDir,
    PORT: String(port),
    PLIMSOLL_ADMIN_TOKEN: TOKEN,
    ...variables,
  });
  const stop = stopper(child);
  const url = `http://127.0.0.1:${port}`;
  await until(
    'the service is ready',
    () =>
      fetch(`${url}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    READY_WITHIN_MS,
  );
  return {
    api: new Api(url, TOKEN),
    stop,
    control: async () => {
      const running = processesOf(dataDir);
      const simulator = running.find(({ command }) => command.includes('--control-port'))?.command ?? [];
      return new Control(`http://127.0.0.1:${simulator[simulator.indexOf('--control-port') + 1]}`);
    },
  };
}

/** Without the venue's rate limits, on the state in `stateDir`. */
export async function simulateFrom(
  checkout: string,
  stateDir: string,
): Promise<RunningProgram & { readonly control: Control; readonly controlUrl: string }> {
  const port = await freePortBlock(10);
  const options = ['--control-port', String(port), '--limits', 'off', '--venues', 'binance'];
  const child = start(checkout, ['simulate', ...options, '--state-dir', stateDir], {});
  const controlUrl = `http://127.0.0.1:${port}`;
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
  return { control, controlUrl, stop: stopper(child) };
}
