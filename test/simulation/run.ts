/**
 * The simulation from the command line.
 *
 *   node test/simulation/run.ts --seed 17        one seed, with its trace
 *   node test/simulation/run.ts --seeds 1-2000   many, on every core; prints the seeds that fail
 *     --until-failure    stops at the first one that fails
 *     --show-met         says how many met each fault, refusal, transition and record
 *     --minutes 12       begins no seed after so long; how many they were is in the last lines
 *     --at-least 1000    but begins so many, however long they take
 *
 * Ends with status 1 when anything does not hold, 2 when it was not asked properly.
 */
import { availableParallelism } from 'node:os';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countKinds, type Kind } from './coverage.ts';
import { countMet } from './met.ts';
import { missingIn, seldomerIn } from './testing/must-meet.ts';
import { simulate } from './simulation.ts';

interface Answered {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly events: number;
  readonly calls: number;
  readonly kinds: readonly Kind[];
  readonly met: readonly string[];
}

const MOST_VIOLATIONS_SHOWN = 5;
/** Fewer runs than these say little of what is met. */
const FEWEST_TO_JUDGE = 300;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runOne(seed: number): Promise<number> {
  const verdict = await simulate(seed, { trace: true });
  for (const line of verdict.lines) say(line);
  for (const violation of verdict.violations) say(`does not hold: ${violation}`);
  say(
    `seed ${seed}: ${verdict.calls} orders asked for, ${verdict.events} events, trace ${verdict.traceHash.slice(0, 16)}, ` +
      (verdict.violations.length === 0
        ? 'everything holds'
        : `${verdict.violations.length} things do not hold`),
  );
  return verdict.violations.length === 0 ? 0 : 1;
}

interface Campaign {
  readonly first: number;
  readonly last: number;
  readonly untilFailure: boolean;
  readonly showsMet: boolean;
  /** No seed is begun after so long, once `atLeast` are. */
  readonly minutes: number;
  readonly atLeast: number;
}

/** Spreads the seeds over child processes of this same program. */
async function runMany({ first, last, untilFailure, showsMet, minutes, atLeast }: Campaign): Promise<number> {
  const failed: number[] = [];
  let next = first;
  let done = 0;
  let events = 0;
  let calls = 0;
  const runs: (readonly Kind[])[] = [];
  const met: (readonly string[])[] = [];
  const startedAt = performance.now();
  const workers = Math.min(availableParallelism(), last - first + 1);
  await Promise.all(
    Array.from(
      { length: workers },
      () =>
        new Promise<void>((resolve, reject) => {
          const child = fork(fileURLToPath(import.meta.url), ['--worker']);
          const giveNext = (): void => {
            const isTimeUp = performance.now() - startedAt >= minutes * 60_000;
            if (next > last || (isTimeUp && next - first >= atLeast)) {
              child.disconnect();
              return;
            }
            child.send(next);
            next += 1;
          };
          child.on('message', (message) => {
            const answer = message as Answered;
            done += 1;
            events += answer.events;
            calls += answer.calls;
            runs.push(answer.kinds);
            met.push(answer.met);
            if (answer.violations.length > 0) {
              failed.push(answer.seed);
              if (untilFailure) next = last + 1;
              say(`seed ${answer.seed} fails:`);
              for (const violation of answer.violations.slice(0, MOST_VIOLATIONS_SHOWN))
                say(`  ${violation}`);
            }
            giveNext();
          });
          child.on('error', reject);
          child.on('exit', (code) => {
            if (code === 0) resolve();
            else reject(new Error(`a worker ended with status ${String(code)}`));
          });
          giveNext();
        }),
    ),
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (done < last - first + 1 && failed.length === 0)
    say(`seeds ${first} to ${next - 1}: the ${minutes} minutes were up before seed ${next}`);
  say(
    `${done} seeds, ${calls} orders asked for, ${events} events in ${seconds} s: ` +
      (failed.length === 0
        ? 'everything holds'
        : `${failed.length} fail: ${failed.toSorted((a, b) => a - b).join(' ')}`),
  );
  say(`of these: ${[...countKinds(runs)].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  if (showsMet) for (const [name, count] of countMet(met)) say(`${count} ${name}`);
  const missing = met.length < FEWEST_TO_JUDGE ? [] : missingIn(met);
  for (const line of missing) say(`too seldom: ${line}`);
  const seldomer = met.length < FEWEST_TO_JUDGE ? [] : seldomerIn(met);
  for (const line of seldomer) say(`seldomer than it was measured: ${line}`);
  return failed.length === 0 && missing.length === 0 ? 0 : 1;
}

function work(): void {
  process.on('message', (seed) => {
    void (async () => {
      const { violations, events, calls, kinds, met } = await simulate(Number(seed));
      process.send?.({ seed: Number(seed), violations, events, calls, kinds, met } satisfies Answered);
    })();
  });
}

function usage(): number {
  process.stderr.write(
    'usage: run.ts --seed <number> | --seeds <first>-<last> [--until-failure] [--show-met] [--minutes <number>] [--at-least <number>]\n',
  );
  return 2;
}

function numberIn(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

async function run(programArguments: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...programArguments],
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      'until-failure': { type: 'boolean', default: false },
      'show-met': { type: 'boolean', default: false },
      minutes: { type: 'string' },
      'at-least': { type: 'string' },
    },
  });
  const { seed, seeds } = values;
  if (seed !== undefined)
    return /^\d{1,9}$/.test(seed) && programArguments.length === 2 ? runOne(Number(seed)) : usage();
  const [, first = NaN, last = NaN] = (/^(\d{1,9})-(\d{1,9})$/.exec(seeds ?? '') ?? []).map(Number);
  const minutes = numberIn(values.minutes, Number.POSITIVE_INFINITY);
  const atLeast = numberIn(values['at-least'], 1);
  if (!(first <= last) || Number.isNaN(minutes) || Number.isNaN(atLeast)) return usage();
  return runMany({
    first,
    last,
    untilFailure: values['until-failure'],
    showsMet: values['show-met'],
    minutes,
    atLeast,
  });
}

async function main(): Promise<void> {
  const [option, ...others] = process.argv.slice(2);
  if (option === '--worker' && others.length === 0) {
    work();
    return;
  }
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    // An option that does not exist, or one without its value.
    if (
      !(error instanceof TypeError) ||
      !('code' in error) ||
      !String(error.code).startsWith('ERR_PARSE_ARGS')
    )
      throw error;
    process.exitCode = usage();
  }
}

await main();
