/**
 * Slices: short runs of one subject with one number of callers, alternated with all others so that what disturbs the
 * machine disturbs them alike. Entry points: `measureSlice`, `runRounds`, `Sample`.
 */
import { median } from './statistics.ts';

/** One kind of slice: who is measured, with how many callers. */
export interface Subject {
  readonly name: string;
  readonly callers: number;
  readonly run: (forMs: number) => Promise<SliceOutcome>;
  /** Whose CPU is counted meanwhile, by name: milliseconds so far. */
  readonly cpu: Readonly<Record<string, () => Promise<number | null>>>;
}

export interface SliceOutcome {
  /** Orders acknowledged. */
  readonly done: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
}

export interface Sample {
  readonly done: number;
  readonly ordersPerSecond: number;
  readonly p50Ms: number;
  /** By name of the process; null where it cannot be measured. */
  readonly cpuMsPerOrder: Readonly<Record<string, number | null>>;
}

export async function measureSlice(subject: Subject, forMs: number): Promise<Sample> {
  const before = await readCpu(subject);
  const { done, seconds, latenciesMs } = await subject.run(forMs);
  const after = await readCpu(subject);
  if (done === 0) throw new Error(`${subject.name}: no order was acknowledged in ${forMs} ms`);
  return {
    done,
    ordersPerSecond: done / seconds,
    p50Ms: median(latenciesMs),
    cpuMsPerOrder: Object.fromEntries(
      Object.keys(subject.cpu).map((name) => {
        const [from, to] = [before[name], after[name]];
        return [name, typeof from === 'number' && typeof to === 'number' ? (to - from) / done : null];
      }),
    ),
  };
}

async function readCpu(subject: Subject): Promise<Record<string, number | null>> {
  const entries = Object.entries(subject.cpu);
  const values = await Promise.all(entries.map(([, read]) => read()));
  return Object.fromEntries(entries.map(([name], index) => [name, values[index] ?? null]));
}

/** One sample of each subject, in the order of `subjects`. */
export type Round = readonly Sample[];

/** Every other round goes backwards, so that nobody always follows the same neighbour. */
export async function runRounds(
  subjects: readonly Subject[],
  options: { readonly rounds: number; readonly sliceMs: number },
  onRound: (round: number) => void | Promise<void> = () => undefined,
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const order = round % 2 === 0 ? subjects : subjects.toReversed();
    const samples = new Map<Subject, Sample>();
    for (const subject of order) samples.set(subject, await measureSlice(subject, options.sliceMs));
    rounds.push(subjects.flatMap((subject) => samples.get(subject) ?? []));
    await onRound(round);
  }
  return rounds;
}
