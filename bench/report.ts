/**
 * The results of a run, in numbers and in words. Pure.
 *
 * Entry points: `summarize`, `ratiosOf`, `printSummary`. A ratio is formed within each round, of slices that lay side by
 * side, and the median of the rounds is shown.
 */
import { isLoadTheLimit } from './contest.ts';
import type { Round, Sample, Subject } from './slices.ts';
import { median } from './statistics.ts';

export interface SubjectSummary {
  readonly name: string;
  readonly callers: number;
  readonly orders: number;
  readonly p50Ms: number;
  readonly ordersPerSecond: number;
  readonly cpuMsPerOrder: Readonly<Record<string, number | null>>;
}

export interface Ratio {
  readonly figure: string;
  readonly goal: string;
  /** NaN where it could not be measured. */
  readonly value: number;
  readonly reached: boolean;
  readonly unit: string;
}

export interface RunFacts {
  readonly fsyncsPerOrder: number;
  readonly idleBytes: number | null;
  readonly growthBytesPer100k: number | null;
}

export function summarize(subjects: readonly Subject[], rounds: readonly Round[]): readonly SubjectSummary[] {
  return subjects.map(({ name, callers, cpu }, index) => {
    const samples = rounds.flatMap((round) => round[index] ?? []);
    return {
      name,
      callers,
      orders: samples.reduce((sum, sample) => sum + sample.done, 0),
      p50Ms: median(samples.map((sample) => sample.p50Ms)),
      ordersPerSecond: median(samples.map((sample) => sample.ordersPerSecond)),
      cpuMsPerOrder: Object.fromEntries(
        Object.keys(cpu).map((process) => {
          const values = samples.flatMap((sample) => sample.cpuMsPerOrder[process] ?? []);
          return [process, values.length === samples.length ? median(values) : null];
        }),
      ),
    };
  });
}

/** The median over rounds of a figure of one subject divided by that of another. */
function ratio(
  subjects: readonly Subject[],
  rounds: readonly Round[],
  of: readonly [name: string, callers: number],
  to: readonly [name: string, callers: number],
  figure: (sample: Sample) => number,
): number {
  const indexOf = ([name, callers]: readonly [string, number]): number =>
    subjects.findIndex((subject) => subject.name === name && subject.callers === callers);
  const [upper, lower] = [indexOf(of), indexOf(to)];
  return median(
    rounds.flatMap((round) => {
      const [above, below] = [round[upper], round[lower]];
      return above === undefined || below === undefined ? [] : [figure(above) / figure(below)];
    }),
  );
}

const MEGABYTE = 1_048_576;

/** The seven figures of the performance budget, next to their goals. */
export function ratiosOf(
  subjects: readonly Subject[],
  rounds: readonly Round[],
  facts: RunFacts,
): readonly Ratio[] {
  const rate = (sample: Sample): number => sample.ordersPerSecond;
  const cpu = (sample: Sample): number => sample.cpuMsPerOrder['gateway'] ?? Number.NaN;
  const atLeast = (figure: string, value: number, goal: number): Ratio => ({
    figure,
    value,
    goal: `>= ${goal}`,
    reached: value >= goal,
    unit: '',
  });
  const atMost = (figure: string, value: number, goal: number, unit = ''): Ratio => ({
    figure,
    value,
    goal: `<= ${goal}${unit}`,
    reached: value <= goal,
    unit,
  });
  const between = (
    of: readonly [string, number],
    to: readonly [string, number],
    what: (sample: Sample) => number,
  ): number => ratio(subjects, rounds, of, to, what);
  const bare64 = ['bare ccxt', 64] as const;
  const ratios = [
    atLeast('orders/s at 64 callers against bare ccxt at 64', between(['service', 64], bare64, rate), 0.65),
    atLeast('orders/s at 256 callers against bare ccxt at 64', between(['service', 256], bare64, rate), 0.75),
    atLeast(
      'orders/s at 64 callers against the naive gateway at 64',
      between(['service', 64], ['naive gateway', 64], rate),
      1.8,
    ),
    atMost(
      'CPU per order of the service at 64 against bare ccxt',
      between(['service', 64], bare64, cpu),
      1.15,
    ),
    atMost(
      'p50 of one caller against bare ccxt',
      between(['service', 1], ['bare ccxt', 1], (sample) => sample.p50Ms),
      3.5,
    ),
    atMost('fsyncs per order at 64 callers', facts.fsyncsPerOrder, 0.07),
    atMost(
      'RSS of the service, idle, with every venue there is (Binance)',
      (facts.idleBytes ?? Number.NaN) / MEGABYTE,
      200,
      ' MB',
    ),
    atMost(
      '  growth per 100k finished orders',
      (facts.growthBytesPer100k ?? Number.NaN) / MEGABYTE,
      0,
      ' MB',
    ),
  ];
  return ratios.filter((one) => !Number.isNaN(one.value));
}

export function printSummary(title: string, summaries: readonly SubjectSummary[]): string {
  const processes = ['gateway', 'database', 'venue', 'load'];
  const rows = summaries.map((summary) => [
    `${summary.name} at ${summary.callers}`,
    String(summary.orders),
    summary.ordersPerSecond.toFixed(0),
    summary.p50Ms.toFixed(2),
    ...processes.map((process) => {
      const ms = summary.cpuMsPerOrder[process];
      return ms === undefined ? '' : ms === null ? '?' : (ms * 1_000).toFixed(0);
    }),
  ]);
  const warnings = summaries
    .filter(({ cpuMsPerOrder, ordersPerSecond }) =>
      isLoadTheLimit(cpuMsPerOrder['load'] ?? 0, ordersPerSecond),
    )
    .map(
      ({ name, callers }) =>
        `  ${name} at ${callers}: the load generator used a whole processor; it may be the limit.\n`,
    );
  return `${title}\n\n${table(
    ['', 'orders', 'orders/s', 'p50 ms', ...processes.map((process) => `${process} µs`)],
    rows,
  )}\n(µs: CPU of that process for each order)\n${warnings.join('')}`;
}

export function printRatios(ratios: readonly Ratio[]): string {
  return table(
    ['figure', 'goal', 'measured', ''],
    ratios.map(({ figure, goal, value, reached, unit }) => [
      figure,
      goal,
      `${value.toFixed(Math.abs(value) < 1 ? 3 : 2)}${unit}`,
      reached ? 'reached' : 'MISSED',
    ]),
  );
}

/** The first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].map((text) => `  ${text}\n`).join('');
}
