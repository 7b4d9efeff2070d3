import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of files that take longest, the longest first: one that began late would run alone at the end. */
const LONGEST = [
  'test/acceptance/crashes.e2e.test.ts',
  'test/acceptance/every-exchange.e2e.test.ts',
  'test/acceptance/takeover.e2e.test.ts',
  'test/acceptance/reconcile.e2e.test.ts',
  'test/acceptance/backup.e2e.test.ts',
  'test/upgrade/upgrade.e2e.test.ts',
  'test/acceptance/database.e2e.test.ts',
  'src/http/contract/generated-python-client.int.test.ts',
  'test/simulation/simulation.test.ts',
  'test/simulation/more-seeds.test.ts',
  'src/http/generated-requests.int.test.ts',
  'test/simulation/mutation.test.ts',
  'test/simulation/named-tests.test.ts',
  'src/cli/stored-checks.e2e.test.ts',
  'test/acceptance/position-limit.e2e.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((left, right) => rank(left) - rank(right));
  }
}

/** The conformance suite of each venue. */
const CONFORMANCE = 'src/venues/*/conformance.int.test.ts';
const PROCESSES = ['**/*.int.test.ts', '**/*.e2e.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A condition that is waited for has a bound, and none that a busy machine could reach.
    expect: { poll: { timeout: 20_000 } },
    // The tests of whole processes wait for most of their time: one more than there are cores keeps the cores busy.
    maxWorkers: Math.min(4, availableParallelism() + 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'isolated',
          env: { CONFORMANCE_CASES: 'core' },
          include: [
            ...PROCESSES.map((pattern) => `src/${pattern}`),
            'test/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        // Every case at every venue; `npm test` leaves this project out, `.ci/run` runs it.
        test: { name: 'conformance', include: [CONFORMANCE] },
      },
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['src/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...PROCESSES],
          // Most of the time of a pure test goes by in loading what it tests: files share a worker, and what it has loaded.
          isolate: false,
        },
      },
    ],
  },
});
