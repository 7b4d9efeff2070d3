/**
 * Runs the named tests of planted bugs, one after another in one process: a child of the test that asks (`asked-process.ts`).
 *
 * The text of a patched file is handed to the test runner in place of the one on disk, where nothing is written. Each test has a
 * worker of its own; what is transformed for one serves the next, patched files excepted.
 */
import { join, resolve } from 'node:path';
import { createVitest } from 'vitest/node';
import { answerQuestions } from './asked-process.ts';
import { FOUND_BY_TESTS, patchedFiles } from './planted-bugs.ts';

export interface NamedRun {
  /** The name of a planted bug that a test finds. */
  readonly bug: string;
}

export interface NamedOutcome {
  /** Of each test of that title that ran: `passed` or `failed`. */
  readonly states: readonly string[];
  /** Of each error: of the file and its suites, and of the tests that failed. */
  readonly messages: readonly string[];
}

const ROOT = resolve(import.meta.dirname, '../../..');

let present: ReadonlyMap<string, string> = new Map();

const vitest = await createVitest(
  'test',
  // The cache on disk keeps a file by its text there: a patched one would be taken for it in later runs.
  {
    root: ROOT,
    config: false,
    watch: false,
    fsModuleCache: false,
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: [{}],
  },
  { plugins: [{ name: 'planted-bug', enforce: 'pre', load: (path: string) => present.get(path) }] },
);

async function run({ bug }: NamedRun): Promise<NamedOutcome> {
  const planted = FOUND_BY_TESTS.find(({ name }) => name === bug);
  if (planted === undefined) throw new Error(`no bug of that name is found by a test: ${bug}`);
  const { file, title } = planted.foundIn;
  plant(new Map([...patchedFiles(planted)].map(([path, text]) => [join(ROOT, path), text])));
  vitest.setGlobalTestNamePattern(title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const specification = vitest.getRootProject().createSpecification(join(ROOT, file));
  const { testModules } = await vitest.runTestSpecifications([specification]);
  // The runner gives the modules of earlier runs too.
  const module = testModules.find(({ moduleId }) => moduleId === specification.moduleId);
  const tests = [...(module?.children.allTests() ?? [])].filter(({ name }) => name === title);
  const results = tests.map((test) => test.result()).filter(({ state }) => state !== 'skipped');
  return {
    states: results.map(({ state }) => state),
    messages: [
      ...(module?.errors() ?? []),
      ...[...(module?.children.allSuites() ?? [])].flatMap((suite) => suite.errors()),
      ...results.flatMap(({ errors }) => errors ?? []),
    ].map((error) => `${error.name ?? ''}: ${error.message}`),
  };
}

/** The patched texts by path, in place of those that were planted before. */
function plant(texts: ReadonlyMap<string, string>): void {
  for (const path of [...present.keys(), ...texts.keys()]) vitest.invalidateFile(path);
  present = texts;
}

process.on('disconnect', () => void vitest.close());
answerQuestions(run);
