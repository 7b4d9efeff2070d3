/**
 * The service at rest as `npm start` leaves it: a first start with a paper account at every exchange, until it is ready; then memory and CPU.
 *
 * Entry point: `measureIdle`. Linux only, as all figures of processes here.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePortBlock } from '../src/cli/port-block.ts';
import type { Children } from './children.ts';
import { isReady } from './service.ts';
import { cpuOf, residentBytes } from './usage.ts';
import { processesOf } from '../test/acceptance/processes.ts';

interface Plan {
  /** First readings, markets and streams are over. */
  readonly settledAfterMs: number;
  /** Of several comparisons of each idle paper account. */
  readonly measuredForMs: number;
}

const PLANS: Readonly<Record<'quick' | 'ordinary', Plan>> = {
  quick: { settledAfterMs: 10_000, measuredForMs: 20_000 },
  ordinary: { settledAfterMs: 60_000, measuredForMs: 180_000 },
};
const READY_WITHIN_MS = 180_000;
const POLL_MS = 20;
const MEBIBYTE = 1_048_576;

export interface IdleFigures {
  readonly readyMs: number;
  readonly service: ProcessFigures;
  readonly simulators: ProcessFigures;
  /** With its backends. */
  readonly database: { readonly cpuPercent: number };
}

interface ProcessFigures {
  readonly megabytes: number;
  /** Of one processor. */
  readonly cpuPercent: number;
}

export async function measureIdle(
  children: Children,
  isQuick: boolean,
  say: (text: string) => void,
): Promise<IdleFigures> {
  const { settledAfterMs, measuredForMs } = PLANS[isQuick ? 'quick' : 'ordinary'];
  const port = await freePortBlock(1);
  const startedAt = performance.now();
  const child = await children.main('service', ['serve'], {
    PORT: String(port),
    DATA_DIR: join(children.root, 'data'),
    LOG_LEVEL: 'warn',
  });
  while (!(await isReady(port))) {
    if (child.process.exitCode !== null || performance.now() - startedAt > READY_WITHIN_MS)
      throw new Error(`the service does not get ready:\n${await child.logTail()}`);
    await pause(POLL_MS);
  }
  const readyMs = performance.now() - startedAt;
  await pause(settledAfterMs);
  const others = processesOf(children.root).filter(({ pid }) => pid !== child.pid);
  const simulators = others.find(({ command }) => command.includes('simulate'))?.pid;
  if (simulators === undefined) throw new Error('the service has no simulators');
  const database = others.map(({ pid }) => pid).filter((pid) => pid !== simulators);
  const measured = [[child.pid], [simulators], database];
  const before = await Promise.all(measured.map(cpuOfAll));
  await pause(measuredForMs);
  const after = await Promise.all(measured.map(cpuOfAll));
  const percent = (index: number): number =>
    (100 * ((after[index] ?? 0) - (before[index] ?? 0))) / measuredForMs;
  const megabytes = async (pid: number): Promise<number> => ((await residentBytes(pid)) ?? 0) / MEBIBYTE;
  const figures = {
    readyMs,
    service: { megabytes: await megabytes(child.pid), cpuPercent: percent(0) },
    simulators: { megabytes: await megabytes(simulators), cpuPercent: percent(1) },
    database: { cpuPercent: percent(2) },
  };
  const shown = ({ megabytes: size, cpuPercent }: ProcessFigures): string =>
    `${size.toFixed(0)} MB, ${cpuPercent.toFixed(1)} % of a processor`;
  say(`first start, ready after ${(readyMs / 1_000).toFixed(1)} s; at rest over ${measuredForMs / 1_000} s:`);
  say(`  service     ${shown(figures.service)}`);
  say(`  simulators  ${shown(figures.simulators)}`);
  say(`  database    ${figures.database.cpuPercent.toFixed(1)} % of a processor`);
  await child.stop();
  return figures;
}

async function cpuOfAll(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(cpuOf));
  return each.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
}
