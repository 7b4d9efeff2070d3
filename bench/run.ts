/**
 * `npm run bench`: what an order costs through the service, next to bare ccxt, a naive gateway and the bare disk.
 *
 * Everything is measured in one run, in short alternated slices with every process warm; docs/performance.md says how to
 * read it. Ctrl-C ends every process that was started.
 */
import { writeFile } from 'node:fs/promises';
import { Children } from './children.ts';
import { openContest, PROCESSORS, type Contest } from './contest.ts';
import { flushPages } from './flushed-pages.ts';
import { measureGateways } from './gateways.ts';
import { measureGrowth, measureHistory } from './growth.ts';
import { measureIdle } from './idle.ts';
import { parseOptions, type BenchOptions } from './options.ts';
import { printRatios, printSummary, ratiosOf, summarize, type RunFacts } from './report.ts';
import { runRounds, type Subject } from './slices.ts';
import { median } from './statistics.ts';
import { machineLoad, residentBytes } from './usage.ts';
import { missingAtStub, startSimulator, startStub } from './venues.ts';

interface Plan {
  /** Each subject is warm after so many orders, or after so long on a machine that is too slow for them. */
  readonly warmOrders: number;
  readonly warmAtMostMs: number;
  readonly sliceMs: number;
  readonly rounds: number;
  readonly simulatorRounds: number;
  readonly flushMs: number;
}

const PLANS: Readonly<Record<'quick' | 'ordinary', Plan>> = {
  quick: {
    warmOrders: 1_500,
    warmAtMostMs: 3_000,
    sliceMs: 1_000,
    rounds: 3,
    simulatorRounds: 1,
    flushMs: 300,
  },
  ordinary: {
    warmOrders: 8_000,
    warmAtMostMs: 15_000,
    sliceMs: 2_500,
    rounds: 7,
    simulatorRounds: 3,
    flushMs: 500,
  },
};
/** After the start a moment passes until the first readings are done. */
const IDLE_AFTER_MS = 3_000;
const WARM_SLICE_MS = 500;
/** Finished orders leave memory after half a minute; then the heap has had time to shrink. */
const SETTLED_AFTER_MS = 40_000;
const LONG_BLOCK_ORDERS = 100_000;
/** The heap finds its size in the first blocks: how much is in memory at once depends on the rate, and it is freed in steps. */
const LONG_WARM_BLOCKS = 3;
const LONG_BLOCKS = 3;

const options = parseOptions(process.argv.slice(2));
const children = await Children.open();
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    say(`\n${signal}: ending what was started\n`);
    children.close().then(
      () => process.exit(130),
      () => process.exit(1),
    );
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function pause(forMs: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, forMs);
  });
}

async function compare(plan: Plan): Promise<object> {
  const loadBefore = await machineLoad();
  say(
    `${PROCESSORS} processors, Node ${process.version}, load before ${loadBefore ?? '?'}${(loadBefore ?? 0) > 0.5 ? ' (not quiet: look at ratios only, and repeat)' : ''}\n`,
  );
  const stub = await startStub(children);
  const contest = await openContest(children, stub);
  const subjects = [
    contest.subject('bare ccxt', 1),
    contest.subject('service', 1),
    contest.subject('bare ccxt', 64),
    contest.subject('service', 64),
    contest.subject('naive gateway', 64),
    contest.subject('service', 256),
    contest.subject('naive gateway', 1),
  ];
  await pause(IDLE_AFTER_MS);
  const idleBytes = await residentBytes(contest.service.pid);
  await warm(subjects, plan);

  const flushes: number[] = [];
  let firstRound: { readonly bytes: number | null; readonly orders: number } | null = null;
  const rounds = await runRounds(subjects, plan, async (round) => {
    flushes.push(median(flushPages(children.root, plan.flushMs)));
    if (round === 0)
      firstRound = { bytes: await residentBytes(contest.service.pid), orders: contest.acknowledged.length };
    process.stdout.write(`  round ${round + 1} of ${plan.rounds}\r`);
  });
  const fsyncsPerOrder = await countFlushes(contest, plan);
  const growth = options.long
    ? await growthOverBlocks(contest)
    : growthSince(firstRound, await residentBytes(contest.service.pid), contest);
  const facts: RunFacts = { fsyncsPerOrder, idleBytes, growthBytesPer100k: growth.bytesPer100k };
  const summaries = summarize(subjects, rounds);
  const ratios = ratiosOf(subjects, rounds, facts);
  const { missing, orders } = await missingAtStub(stub, contest.acknowledged);
  await contest.close();

  say(printSummary('Against the stub', summaries));
  say(`  write and fdatasync of one page: p50 ${median(flushes).toFixed(3)} ms`);
  say(
    `  acknowledged orders that are at the stub: ${contest.acknowledged.length - missing.length} of ${contest.acknowledged.length}; orders at the stub: ${orders}`,
  );
  if (contest.refused() > 0) say(`  requests that came to no order: ${contest.refused()}`);
  say(`  memory: ${growth.words}\n`);
  say(printRatios(ratios));
  const simulator = await compareAtSimulator(plan);
  const loadAfter = await machineLoad();
  say(
    `load of the machine: ${loadBefore ?? '?'} before, ${loadAfter ?? '?'} after (the bench itself makes about 2)`,
  );
  if (missing.length > 0) throw new Error(`${missing.length} acknowledged orders are not at the stub`);
  return { loadBefore, loadAfter, summaries, ratios, facts, flushP50Ms: median(flushes), simulator };
}

/** Compiled code is what is compared, so everybody runs for a while first, with many callers, which is quicker. */
async function warm(subjects: readonly Subject[], plan: Plan): Promise<void> {
  for (const subject of subjects.filter(({ callers }) => callers === 64)) {
    const until = performance.now() + plan.warmAtMostMs;
    for (let orders = 0; orders < plan.warmOrders && performance.now() < until;)
      orders += (await subject.run(WARM_SLICE_MS)).done;
  }
}

/** Flushes of PostgreSQL's log for each order of a slice of its own. */
async function countFlushes(contest: Contest, plan: Plan): Promise<number> {
  const before = await contest.service.walFlushes();
  const { done } = await contest.subject('service', 64).run(plan.sliceMs * 2);
  return ((await contest.service.walFlushes()) - before) / done;
}

interface MemoryGrowth {
  readonly bytesPer100k: number | null;
  readonly words: string;
}

function growthSince(
  first: { readonly bytes: number | null; readonly orders: number } | null,
  bytes: number | null,
  contest: Contest,
): MemoryGrowth {
  if (first === null || first.bytes === null || bytes === null)
    return { bytesPer100k: null, words: 'not measured here' };
  const grown = (bytes - first.bytes) / 1_048_576;
  const orders = contest.acknowledged.length - first.orders;
  return {
    bytesPer100k: null,
    words: `${grown.toFixed(0)} MB more after the last round than after the first one, ${orders} orders earlier (of all subjects); --long measures the growth`,
  };
}

/** Blocks of orders, each followed by a pause in which finished orders leave memory; the first ones only warm. */
async function growthOverBlocks(contest: Contest): Promise<MemoryGrowth> {
  const readings: number[] = [];
  const subject = contest.subject('service', 64);
  for (let block = 1; block <= LONG_WARM_BLOCKS + LONG_BLOCKS; block += 1) {
    for (let orders = 0; orders < LONG_BLOCK_ORDERS;) orders += (await subject.run(1_000)).done;
    await pause(SETTLED_AFTER_MS);
    const bytes = await residentBytes(contest.service.pid);
    if (bytes === null) return { bytesPer100k: null, words: 'not measured here' };
    readings.push(bytes);
    say(`  block ${block} of ${LONG_BLOCK_ORDERS} orders, settled: ${(bytes / 1_048_576).toFixed(0)} MB`);
  }
  const [first = 0, ...later] = readings.slice(LONG_WARM_BLOCKS - 1);
  return {
    bytesPer100k: ((later.at(-1) ?? first) - first) / later.length,
    words: `after each 100,000 orders: ${readings.map((bytes) => (bytes / 1_048_576).toFixed(0)).join(', ')} MB`,
  };
}

async function compareAtSimulator(plan: Plan): Promise<object> {
  const contest = await openContest(children, await startSimulator(children));
  const subjects: readonly Subject[] = [
    contest.subject('bare ccxt', 1),
    contest.subject('service', 1),
    contest.subject('bare ccxt', 64),
    contest.subject('service', 64),
    contest.subject('naive gateway', 64),
  ];
  await warm(subjects, plan);
  const rounds = await runRounds(subjects, { rounds: plan.simulatorRounds, sliceMs: plan.sliceMs });
  await contest.close();
  const summaries = summarize(subjects, rounds);
  say(printSummary("Against the project's own simulator, without limits", summaries));
  return summaries;
}

function measure({ gateways, growth, history, idle, quick }: BenchOptions): Promise<object> {
  if (idle) return measureIdle(children, quick, say);
  if (gateways) return measureGateways(children, quick, say);
  if (history !== null) return measureHistory(children, history, quick, say);
  return growth ? measureGrowth(children, quick, say) : compare(PLANS[quick ? 'quick' : 'ordinary']);
}

async function main(benchOptions: BenchOptions): Promise<void> {
  try {
    const figures = await measure(benchOptions);
    if (benchOptions.json !== null)
      await writeFile(benchOptions.json, `${JSON.stringify(figures, null, 2)}\n`);
  } catch (error) {
    if (!isInterrupted) {
      process.exitCode = 1;
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.stderr.write(`what was running wrote last:\n${await children.logTails()}\n`);
    }
  } finally {
    await children.close();
  }
}

await main(options);
